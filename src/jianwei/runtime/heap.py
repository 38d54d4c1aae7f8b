"""Gives memory that is free inside this process back to the system, and keeps it from being scattered.

A network's working memory comes and goes in blocks of many sizes, and the C library keeps what was freed between those
still in use. After large pictures that is some hundred megabytes. Left out: memory that Python objects still hold.
"""

from __future__ import annotations

import ctypes
import sys

_M_ARENA_MAX = -8  # malloc.h


def use_few_arenas(most: int) -> bool:
    """Let all threads take memory from a few heaps, and tell whether that could be said; call it before threads start.

    Otherwise glibc gives a heap to each of up to 8 threads a core, and each grows to what the largest task ever needed.

    Source: mallopt(3) of the Linux manual pages.
    """
    if sys.platform != "linux":
        return False
    choose = getattr(ctypes.CDLL(None), "mallopt", None)
    return choose is not None and bool(choose(_M_ARENA_MAX, most))


def return_free_memory() -> bool:
    """Ask the C library to give back what it does not use, and tell whether it could; takes a few milliseconds.

    Only glibc has such a call; the C libraries of other systems give memory back by themselves, or never.

    Source: malloc_trim(3) of the Linux manual pages.
    """
    if sys.platform != "linux":
        return False
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim is not None and bool(trim(0))
