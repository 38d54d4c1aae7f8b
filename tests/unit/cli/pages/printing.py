"""Pages as people see them: what a console of some width prints."""

from __future__ import annotations

import io
from typing import Any

from jianwei.cli.plain_console import PlainConsole


def printed(page: Any, columns: int = 100) -> str:
    """Return a page as it stands on a console of so many columns."""
    stream = io.StringIO()
    PlainConsole(file=stream, width=columns, highlight=False, markup=False, emoji=False).print(page)
    return stream.getvalue()
