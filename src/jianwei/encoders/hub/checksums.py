"""Checksums of files as hubs state them: SHA-256 for large files, git's own id for small ones."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.encoders.hub.repositories import RepositoryFile

_BLOCK_BYTES = 1 << 20


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    return _digest(path, hashlib.sha256())


def git_sha1_of(path: Path) -> str:
    """Return the id that git gives to a file's content, in hexadecimal.

    Source: git's object format: SHA-1 over `blob SIZE`, a zero byte, and the content.
    """
    start = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    return _digest(path, start)


def difference(path: Path, file: RepositoryFile) -> tuple[str, str] | None:
    """Return what was stated and what was found where they differ; None where nothing that was stated differs."""
    size_bytes = path.stat().st_size
    if file.size_bytes is not None and file.size_bytes != size_bytes:
        return f"{file.size_bytes} bytes", f"{size_bytes} bytes"
    if file.sha256:
        found = sha256_of(path)
        return None if found == file.sha256 else (f"SHA-256 {file.sha256}", found)
    if file.git_sha1:
        found = git_sha1_of(path)
        return None if found == file.git_sha1 else (f"git {file.git_sha1}", found)
    return None


def _digest(path: Path, digest: hashlib._Hash) -> str:
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
