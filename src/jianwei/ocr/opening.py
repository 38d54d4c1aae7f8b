"""Opens the OCR engine: finds the models, picks the runtime, divides the cores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import cv2

from jianwei.ocr.detection import TextDetector
from jianwei.ocr.engine import PaddleOcrEngine
from jianwei.ocr.headstand import find_headstand_sign
from jianwei.ocr.model_files import find_model_files
from jianwei.ocr.orientation import LineReader
from jianwei.ocr.recognition import TextRecognizer
from jianwei.runtime.cores import usable_cores
from jianwei.runtime.heap import keep_free_memory
from jianwei.runtime.opening import choose_runtime, open_session

if TYPE_CHECKING:
    from jianwei.ports import OcrEngine

_PIPELINE_VERSION = 7
"""Part of the model id: raise it whenever the code around the networks changes what is read."""
_MAX_THREADS = 8
"""Each further thread costs about 400 MB; beyond this many, threads share the remaining cores."""
_MOST_BYTES = 250_000_000
_MOST_BYTES_PER_THREAD = 450_000_000
"""A process that has more than these together gives memory back after large strips: with two threads it then stays
below 1.4 GB. Giving back after each costs 5 % of an ingest, since the next strip takes the same pages anew."""


def open_ocr_engine(
    name: Literal["auto", "openvino", "onnxruntime"], *, threads: int | None = None, cores: int | None = None
) -> OcrEngine:
    """Load the OCR models; takes about half a second and 300 MB.

    `auto` takes OpenVINO on x86 processors and ONNX Runtime elsewhere. `threads` is how many threads will call `read`
    at once, at least 1: all usable cores are divided among them, so 1 reads a single picture soonest and None, one per
    core up to 8, reads many pictures fastest. More threads than that may call; they wait for each other.

    Raises:
        MissingPackageError: the runtime or the package with the models is not installed.
        ModelError: a model cannot be loaded.
    """
    files = find_model_files()
    runtime = choose_runtime(name)
    cores = usable_cores() if cores is None else max(1, cores)
    streams = _streams(threads, cores)
    # A step of OpenCV takes a millisecond here. Its own threads, one fewer than cores, would share it, and look for the
    # next one for a while in a loop: then more threads are awake than there are cores.
    cv2.setNumThreads(1)
    if streams > 1:  # whoever reads one picture at a time serves, and shall not hold what its largest one took
        keep_free_memory()
    detector = TextDetector(
        open_session(runtime, files.detection, streams=streams, cores=cores),
        most_bytes=_MOST_BYTES + streams * _MOST_BYTES_PER_THREAD if streams > 1 else 0,
    )
    digest = files.digest()
    recognizer = TextRecognizer(
        open_session(runtime, files.recognition, streams=streams, cores=cores, last_layer_apart=True),
        find_headstand_sign(digest),
    )
    return PaddleOcrEngine(
        detector,
        LineReader(recognizer),
        model_id=_model_id(digest),
        parallelism=streams,
    )


def planned_engine(*, threads: int | None = None) -> tuple[str, int]:
    """Return the `model_id` and the `parallelism` that `open_ocr_engine` would give, without loading the models.

    Raises:
        MissingPackageError: the package with the models is not installed.
        ModelError: it does not hold them.
    """
    return _model_id(find_model_files().digest()), _streams(threads, usable_cores())


def _model_id(digest: str) -> str:
    return f"pp-ocrv6-small@{digest[:8]}+{_PIPELINE_VERSION}"


def _streams(threads: int | None, cores: int) -> int:
    return max(1, threads) if threads is not None else min(cores, _MAX_THREADS)
