"""Keeps memory that is free inside this process for its next use, or gives it back to the system.

A network's working memory comes and goes in blocks of many sizes. Of the system it comes page by page, each cleared
first, which costs more than a little where pictures follow each other; but the C library keeps what was freed between
those still in use, after large pictures some hundred megabytes. Left out: memory that Python objects still hold.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h
_KEPT_BYTES = 1 << 30
_LARGEST_KEPT_BLOCK_BYTES = 32 << 20  # glibc allows no more


def use_few_arenas(most: int) -> bool:
    """Let all threads take memory from a few heaps, and tell whether that could be said; call it before threads start.

    Otherwise glibc gives a heap to each of up to 8 threads a core, and each grows to what the largest task ever needed.

    Source: mallopt(3) of the Linux manual pages.
    """
    return _choose(_M_ARENA_MAX, most)


def keep_free_memory() -> bool:
    """Let the C library keep what is freed, and tell whether that could be said; `return_free_memory` still works.

    Otherwise glibc maps large blocks one by one and unmaps them when they are freed. For a process that works through
    many pictures, not for one that serves: what it needed once stays with it.

    Source: mallopt(3) of the Linux manual pages.
    """
    return _choose(_M_MMAP_THRESHOLD, _LARGEST_KEPT_BLOCK_BYTES) and _choose(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def resident_bytes() -> int | None:
    """Return how much memory of the machine this process has, None where the system does not tell."""
    if sys.platform != "linux":
        return None
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def return_free_memory() -> bool:
    """Ask the C library to give back what it does not use, and tell whether it could; takes a few milliseconds.

    Only glibc has such a call; the C libraries of other systems give memory back by themselves, or never.

    Source: malloc_trim(3) of the Linux manual pages.
    """
    if sys.platform != "linux":
        return False
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim is not None and bool(trim(0))


def _choose(parameter: int, value: int) -> bool:
    if sys.platform != "linux":
        return False
    choose = getattr(ctypes.CDLL(None), "mallopt", None)
    return choose is not None and bool(choose(parameter, value))
