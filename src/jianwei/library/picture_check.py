"""Tries the store of picture files: writes a file, reads it back, deletes it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from jianwei.errors import PictureStoreError
from jianwei.images.fingerprint import picture_sha256

if TYPE_CHECKING:
    from jianwei.ports import PictureFiles


def try_store(files: PictureFiles) -> None:
    """Try that a store can be written, read and cleaned up; it is left as it was.

    Raises:
        PictureStoreError: it cannot be reached, refuses, or gives back something else.
        CatalogError: it is a folder that cannot be written.
    """
    data = secrets.token_bytes(64)
    sha256 = picture_sha256(data)
    files.put("thumbnail", sha256, data)
    try:
        back = files.get("thumbnail", sha256)
    finally:
        files.remove("thumbnail", sha256)
    if back != data:
        raise PictureStoreError(
            f"{files.place} took a file and does not give it back. Check that store.",
            zh=f"{files.place} 接受了文件，却无法取回。请检查该存储。",
            place=files.place,
            reason="failed",
        )
