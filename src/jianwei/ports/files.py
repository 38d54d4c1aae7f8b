"""What the store of picture files promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

FileKind = Literal["thumbnail", "original"]


class PictureFiles(Protocol):
    """Thumbnails and kept originals, by the SHA-256 of the picture they belong to.

    A reader never sees half a file, whatever happens to who wrote it. Safe to use from several threads and processes.
    """

    @property
    def place(self) -> str:
        """Where the files are, for people: without names of users, passwords or keys."""
        ...

    def put(self, kind: FileKind, sha256: str, data: bytes) -> None:
        """Store a file unless it is there already.

        Raises:
            StorageFullError: the disk is full; nothing is left behind.
            CatalogError: the folder cannot be written.
            PictureStoreError: the object store cannot be reached, or refuses.
        """
        ...

    def get(self, kind: FileKind, sha256: str) -> bytes | None:
        """Return the stored bytes, None where there is no such file.

        Raises:
            PictureStoreError: the object store cannot be reached, or refuses.
        """
        ...

    def remove(self, kind: FileKind, sha256: str) -> None:
        """Delete a file; nothing to do where there is none.

        Raises:
            PictureStoreError: the object store cannot be reached, or refuses.
        """
        ...

    def hashes(self, kind: FileKind) -> Iterator[str]:
        """Yield the hash of every stored file of a kind, in the order of hashes.

        Raises:
            PictureStoreError: the object store cannot be reached, or refuses.
        """
        ...

    def size_bytes(self, kind: FileKind) -> int | None:
        """Return the bytes that all files of a kind take together; None where nobody can tell without listing them."""
        ...
