"""The original bytes of a picture: kept in the library, else read again where it was found, and checked either way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.errors import PictureFetchError
from jianwei.images.fingerprint import picture_sha256
from jianwei.records import PictureReference

if TYPE_CHECKING:
    from jianwei.ingest.fetching import PictureFetcher
    from jianwei.ports import PictureFiles
    from jianwei.records import Picture


def original_bytes(picture: Picture, files: PictureFiles, fetcher: PictureFetcher) -> bytes:
    """Return the bytes of a picture, whose hash is that of the catalog.

    Raises:
        PictureFetchError: the file is gone or has changed since it was ingested, or the kept one is damaged.
        PictureStoreError: the object store that keeps originals cannot be reached, or refuses.
    """
    sha256 = picture.facts.sha256
    kept = files.get("original", sha256)
    if kept is not None:
        if picture_sha256(kept) == sha256:
            return kept
        raise PictureFetchError(
            f"The kept original {sha256} in {files.place} is damaged: its bytes have another hash. Put it back from a "
            "backup.",
            zh=f"{files.place} 中保存的原图 {sha256} 已损坏：内容与哈希不符。请从备份恢复。",
            reason="damaged",
            location=picture.location,
        )
    data = fetcher.fetch(PictureReference(picture.location)).data
    if picture_sha256(data) != picture.facts.sha256:
        raise PictureFetchError(
            f"{picture.location} has changed since it was ingested. Ingest its source again.",
            zh=f"{picture.location} 在入库之后被改动过。请重新导入其来源。",
            reason="changed",
            location=picture.location,
        )
    return data
