"""What the store of picture files promises."""

from __future__ import annotations

from typing import Literal, Protocol


class PictureFiles(Protocol):
    """Thumbnails and kept originals, by the SHA-256 of the picture they belong to."""

    def put(self, kind: Literal["thumbnail", "original"], sha256: str, data: bytes) -> None:
        """Store a file unless it is there already.

        Raises:
            StorageFullError: the disk is full; nothing is left behind.
        """
        ...

    def get(self, kind: Literal["thumbnail", "original"], sha256: str) -> bytes | None:
        """Return the stored bytes, None where there is no such file."""
        ...

    def size_bytes(self, kind: Literal["thumbnail", "original"]) -> int:
        """Return the bytes that all files of a kind take together."""
        ...
