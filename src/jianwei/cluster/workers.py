"""What runs inside the processes of the cluster: thin, because all work is that of `ingest`, `ocr` and `encoders`.

Errors of ours travel as values: Ray would wrap them, and their classes cannot be rebuilt from a message alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from jianwei.errors import JianweiError, ModelError, PictureError
from jianwei.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from jianwei.images.pixels import RgbPixels
    from jianwei.ports.reading import PictureReading
    from jianwei.settings import OcrEngineName


@dataclass(frozen=True, slots=True)
class Ready:
    """What a worker says when it runs: its version of Jianwei, and the OCR model or the vector space it works in."""

    version: str
    name: str | None
    dims: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of ours on its way back; `reason` is that of a picture's error."""

    message: str
    message_zh: str
    reason: str = ""


class ReadingWorker:
    """Reads pictures, one at a time."""

    def __init__(self, ocr_engine: OcrEngineName, *, cores: int, max_pixels: int) -> None:
        from jianwei.ingest.picture_reading import LocalReader

        self._trouble: Refusal | None = None
        ocr = None
        if ocr_engine != "off":
            from jianwei.ocr.opening import open_ocr_engine

            try:
                ocr = open_ocr_engine(ocr_engine, threads=1, cores=cores)
            except JianweiError as error:
                self._trouble = _refusal(error)
        self._reader = LocalReader(ocr, max_pixels=max_pixels)

    def ready(self) -> Ready | Refusal:
        """Return what this worker is, or why it cannot work."""
        return self._trouble or Ready(__version__, self._reader.model_id)

    def read(self, data: bytes, sha256: str, name: str) -> PictureReading | Refusal:
        """Read a picture."""
        return self._read(data, sha256, name, keep_pixels=False)

    def read_for_encoding(
        self, data: bytes, sha256: str, name: str
    ) -> tuple[tuple[PictureReading | Refusal, int], RgbPixels | None]:
        """Read a picture; its pixels are a value of their own, so that they need not travel with the rest."""
        reading = self._read(data, sha256, name, keep_pixels=True)
        if isinstance(reading, Refusal) or reading.pixels is None:
            return (reading, 0), None
        return (replace(reading, pixels=None), reading.pixels.nbytes), reading.pixels

    def _read(self, data: bytes, sha256: str, name: str, *, keep_pixels: bool) -> PictureReading | Refusal:
        try:
            return self._reader.read(data, sha256, name=name, keep_pixels=keep_pixels)
        except PictureError as error:
            return _refusal(error)


class EncodingWorker:
    """Puts pictures and titles into the space of one model."""

    def __init__(self, models_folder: Path, model: str, *, cores: int) -> None:
        from jianwei.encoders.hub.installed import model_folder
        from jianwei.encoders.opening import open_encoder

        self._opened: Ready | Refusal
        try:
            self._encoder = open_encoder(model_folder(models_folder, model), threads=cores)
            self._opened = Ready(__version__, self._encoder.space, self._encoder.dims)
        except JianweiError as error:
            self._opened = _refusal(error)

    def ready(self) -> Ready | Refusal:
        """Return what this worker is, or why it cannot work."""
        return self._opened

    def encode(
        self, kind: Literal["pictures", "texts"], *items: RgbPixels | str | Sequence[str]
    ) -> NDArray[np.float32] | Refusal:
        """Encode items; Ray brings those that are kept elsewhere."""
        work = self._encoder.encode_images if kind == "pictures" else self._encoder.encode_texts
        try:
            return work(items)  # type: ignore[arg-type]  # of the kind that was named
        except ModelError as error:
            return _refusal(error)


def _refusal(error: JianweiError) -> Refusal:
    reason = error.reason if isinstance(error, PictureError) else ""
    return Refusal(error.message, error.message_zh, reason)
