"""A lock on an open file that the operating system drops when its process ends, however it ends.

The file is left in place when the lock goes: removing it would let two processes lock two different files of one name.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import msvcrt
    import os

    # Windows refuses to read locked bytes; one far behind the end leaves the holder's name readable.
    _OFFSET = 1 << 30

    def try_lock(descriptor: int) -> bool:
        """Lock the open file; False when another process holds it."""
        os.lseek(descriptor, _OFFSET, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def unlock(descriptor: int) -> None:
        """Give the lock back."""
        os.lseek(descriptor, _OFFSET, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    # flock, not lockf: a POSIX record lock is lost as soon as its process closes any descriptor of the file.

    def try_lock(descriptor: int) -> bool:
        """Lock the open file; False when another process holds it."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock(descriptor: int) -> None:
        """Give the lock back."""
        fcntl.flock(descriptor, fcntl.LOCK_UN)
