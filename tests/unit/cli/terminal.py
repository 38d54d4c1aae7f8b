"""A stream that says that it is a terminal, for what is drawn only there."""

from __future__ import annotations

import io


class Terminal(io.StringIO):
    """Keeps what is written to it."""

    def isatty(self) -> bool:
        """Say yes."""
        return True
