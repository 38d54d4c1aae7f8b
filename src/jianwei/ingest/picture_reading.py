"""Reading a picture in this process: decode once, then the facts, the thumbnail, the text, the codes, the patches.

It knows no catalog, no files and no listing, so that it can run on a machine that has none of them.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from jianwei.errors import ModelError, PictureDecodeError
from jianwei.images.codes import read_codes
from jianwei.images.decoding import decode_picture
from jianwei.images.local_features import local_features
from jianwei.images.perceptual_hash import pdq_hash
from jianwei.images.thumbnail import make_thumbnail
from jianwei.ports.reading import PictureReading
from jianwei.records import PictureFacts

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.images.decoding import DecodedPicture
    from jianwei.ports import OcrEngine
    from jianwei.ports.reading import PictureReader
    from jianwei.records import OcrLine


class LocalReader:
    """Reads pictures with an OCR engine of this process; `ocr` is None where text is not read.

    `threads` is how many shall call it at once; 0 for as many as suit the machine.
    """

    def __init__(self, ocr: OcrEngine | None, *, max_pixels: int, threads: int = 0) -> None:
        self._ocr = ocr
        self._threads = threads
        self._max_pixels = max_pixels

    @property
    def model_id(self) -> str | None:
        """The OCR model that reads, None where pictures are not read."""
        return self._ocr.model_id if self._ocr else None

    @property
    def parallelism(self) -> int:
        """How many threads should call `read` at once."""
        return self._threads or (self._ocr.parallelism if self._ocr else os.cpu_count() or 1)

    def read(self, data: bytes, sha256: str, *, name: str, keep_pixels: bool) -> PictureReading:
        """Read one picture.

        Raises:
            PictureDecodeError: it cannot be decoded.
        """
        decoded = self._decode(data, name)
        pdq, quality = pdq_hash(decoded.pixels)
        facts = PictureFacts(
            sha256=sha256,
            format=decoded.format,
            width_px=decoded.width_px,
            height_px=decoded.height_px,
            size_bytes=len(data),
            frames=decoded.frames,
            pdq=pdq,
            pdq_quality=quality,
        )
        thumbnail = make_thumbnail(decoded.pixels)
        lines, ocr_error = self._read_text(decoded)
        return PictureReading(
            facts,
            thumbnail,
            lines,
            ocr_error,
            decoded.missing_px,
            codes=read_codes(decoded.pixels),
            # What is too plain for a hash is too plain for this.
            features=local_features(decoded.pixels) if pdq is not None else None,
            pixels=decoded.pixels if keep_pixels else None,
        )

    def _decode(self, data: bytes, name: str) -> DecodedPicture:
        try:
            return decode_picture(data, max_pixels=self._max_pixels)
        except (MemoryError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise PictureDecodeError(
                f"{name} could not be decoded: {error!r}.",
                zh=f"{name} 解码失败：{error!r}。",
                reason="unexpected",
            ) from error

    def _read_text(self, decoded: DecodedPicture) -> tuple[tuple[OcrLine, ...] | None, tuple[str, str] | None]:
        if self._ocr is None:
            return None, None
        try:
            return tuple(self._ocr.read(decoded.pixels)), None
        except ModelError as error:
            return None, (error.message, error.message_zh)


class LateReader:
    """Reads by a reader that is opened when the first picture comes.

    A sheet without pictures, or with pictures that are all known, then takes neither the time nor the memory of models.

    Args:
        open_reader: opens it; what that raises ends the run.
        model_id: the OCR model that it will have.
        parallelism: how many threads should call `read` at once.
    """

    def __init__(self, open_reader: Callable[[], PictureReader], *, model_id: str | None, parallelism: int) -> None:
        self.model_id = model_id
        self.parallelism = parallelism
        self._open = open_reader
        self._lock = threading.Lock()
        self._reader: PictureReader | None = None

    def read(self, data: bytes, sha256: str, *, name: str, keep_pixels: bool) -> PictureReading:
        """Read one picture.

        Raises:
            PictureDecodeError: it cannot be decoded.
            MissingPackageError: the runtime of the models is not installed.
            ModelError: a model cannot be loaded.
        """
        with self._lock:
            if self._reader is None:
                self._reader = self._open()
        return self._reader.read(data, sha256, name=name, keep_pixels=keep_pixels)
