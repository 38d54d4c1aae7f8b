"""Reads rows of a file that stand apart, a microsecond each where the system has them in memory.

Mapping the file costs more: Linux maps sixteen pages around each that is touched, and they have to be let go again. So
does `os.pread`, where other threads compute: it gives the lock of the interpreter up for each row and then waits for
it, five milliseconds at worst. The call of the system is made with the lock held instead. Left out: long runs of
neighbours, which are worth giving the lock up for.
"""

from __future__ import annotations

import ctypes
import os
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray


def read_rows(file: int, into: NDArray[np.float16], offsets: NDArray[np.int64]) -> None:
    """Fill the (n, width) contiguous rows of `into` with what stands in a file at (n,) offsets, in bytes.

    Raises:
        OSError: they cannot be read, or the file has become shorter.
    """
    row_bytes = into.strides[0]
    wanted = offsets.tolist()
    read = _system_pread()
    if read is not None:
        first = into.ctypes.data
        places = range(first, first + into.nbytes, row_bytes)
        got = list(map(read, repeat(file), places, repeat(row_bytes), wanted))
        if got.count(row_bytes) == len(wanted):
            return
    for row, offset in zip(into, wanted, strict=True):  # tells what is wrong, and goes on after half a row
        read_fully(file, row.data.cast("B"), offset)


def read_fully(file: int, into: memoryview, offset: int) -> None:
    """Fill bytes with what stands in a file from an offset on.

    Raises:
        OSError: it cannot be read, or the file has become shorter.
    """
    done = 0
    while done < len(into):
        got = os.preadv(file, [into[done:]], offset + done)
        if not got:
            raise OSError("the data file has become shorter")
        done += got


@lru_cache(maxsize=1)
def _system_pread() -> Callable[[int, int, int, int], int] | None:
    """Return the call of the system, which keeps the interpreter's lock; None where there is none of 64 bits."""
    system = ctypes.PyDLL(None)
    read = getattr(system, "pread64", None) or getattr(system, "pread", None)
    if read is None or ctypes.sizeof(ctypes.c_long) < 8:
        return None
    read.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64)
    read.restype = ctypes.c_ssize_t
    called: Callable[[int, int, int, int], int] = read
    return called
