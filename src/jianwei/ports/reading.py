"""What reading a picture promises: from the bytes of its file to everything that is kept of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from jianwei.images.local_features import Features
    from jianwei.images.pixels import RgbPixels
    from jianwei.records import OcrLine, PictureCode, PictureFacts


@dataclass(frozen=True, slots=True)
class PictureReading:
    """What was read from one picture.

    `lines` is None where pictures are not read, or where the model failed on this one: `ocr_error` then says why, in
    English and Chinese. `missing_px` rows at the end could not be decoded. `pixels` are there if they were asked for.
    """

    facts: PictureFacts
    thumbnail: bytes = field(repr=False)
    lines: tuple[OcrLine, ...] | None
    ocr_error: tuple[str, str] | None = None
    missing_px: int = 0
    codes: tuple[PictureCode, ...] = ()
    features: Features | None = field(default=None, repr=False)
    pixels: RgbPixels | None = field(default=None, repr=False)


class PictureReader(Protocol):
    """Decodes, hashes and reads pictures, here or on other machines. Safe to call from several threads at once."""

    @property
    def model_id(self) -> str | None:
        """The OCR model that reads, None where pictures are not read."""
        ...

    @property
    def parallelism(self) -> int:
        """How many threads should call `read` at once."""
        ...

    def read(self, data: bytes, sha256: str, *, name: str, keep_pixels: bool) -> PictureReading:
        """Read one picture.

        Args:
            data: the bytes of its file.
            sha256: their hash.
            name: where it was found, for messages.
            keep_pixels: whether its pixels are wanted afterwards.

        Raises:
            PictureError: it cannot be decoded, or nobody lives long enough to read it.
            ClusterError: the machines that read cannot be used any more.
        """
        ...
