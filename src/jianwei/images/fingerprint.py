"""The name of a picture: the SHA-256 of its bytes. Two files with equal bytes are one picture everywhere."""

from __future__ import annotations

import hashlib


def picture_sha256(data: bytes) -> str:
    """Return the SHA-256 of the file's bytes as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
