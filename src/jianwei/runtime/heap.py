"""Gives memory that is free inside this process back to the system.

A network's working memory comes and goes in blocks of many sizes, and the C library keeps what was freed between those
still in use. After large pictures that is some hundred megabytes. Left out: memory that Python objects still hold.
"""

from __future__ import annotations

import ctypes
import sys


def return_free_memory() -> bool:
    """Ask the C library to give back what it does not use, and tell whether it could; takes a few milliseconds.

    Only glibc has such a call; the C libraries of other systems give memory back by themselves, or never.

    Source: malloc_trim(3) of the Linux manual pages.
    """
    if sys.platform != "linux":
        return False
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim is not None and bool(trim(0))
