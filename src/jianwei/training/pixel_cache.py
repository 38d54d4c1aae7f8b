"""Resized pictures of earlier epochs, kept in an unnamed file: the same bytes again, without decoding.

Sixteen cores decode about 500 pictures of 800 pixels a second, a third of what a fast GPU learns. The file vanishes
with the process, however that ends. It is written, not mapped: a full disk is then an error that can be met, which here
ends the keeping and nothing else. Left out: systems without positioned reads (Windows), where nothing is kept.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

_SHARE_OF_FREE = 0.5  # of the disk: states and the result must fit too


class PixelCache:
    """Pictures of one size, by name. Safe from several threads."""

    def __init__(self, folder: Path, pictures: Iterable[str], *, size_px: int) -> None:
        """Make room for pictures of (size_px, size_px, 3) bytes in a folder, if half of its disk is enough."""
        self._rows = {picture: row for row, picture in enumerate(dict.fromkeys(pictures))}
        self._shape = (size_px, size_px, 3)
        self._bytes = size_px * size_px * 3
        self._is_there = np.zeros(len(self._rows), np.bool_)
        free = shutil.disk_usage(folder).free
        self.is_open = hasattr(os, "pread") and self._bytes * len(self._rows) <= free * _SHARE_OF_FREE
        self._file = tempfile.TemporaryFile(dir=folder) if self.is_open else None  # noqa: SIM115  # closed in close()

    def get(self, picture: str) -> NDArray[np.uint8] | None:
        """Return a picture that was put in; None where it was not."""
        row = self._rows.get(picture)
        if row is None or self._file is None or not self._is_there[row]:
            return None
        found = os.pread(self._file.fileno(), self._bytes, row * self._bytes)
        return np.frombuffer(found, np.uint8).reshape(self._shape) if len(found) == self._bytes else None

    def put(self, picture: str, pixels: NDArray[np.uint8]) -> None:
        """Keep a picture; where the disk is full, no more are kept."""
        row = self._rows.get(picture)
        if row is None or self._file is None or not self.is_open:
            return
        try:
            written = os.pwrite(self._file.fileno(), np.ascontiguousarray(pixels).data, row * self._bytes)
        except OSError:
            self.is_open = False
        else:
            self._is_there[row] = written == self._bytes

    def close(self) -> None:
        """Give the room back."""
        if self._file is not None:
            self._file.close()
            self._file = None
