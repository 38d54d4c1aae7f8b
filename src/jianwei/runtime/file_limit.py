"""How large a file of this process may become: a limit that SQLite meets as a "disk I/O error"."""

from __future__ import annotations

import sys


def file_size_limit_bytes() -> int | None:
    """Return the most bytes that a file may have (`ulimit -f`, `LimitFSIZE` of systemd); None for any number."""
    if sys.platform == "win32":
        return None
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    return None if soft == resource.RLIM_INFINITY else soft
