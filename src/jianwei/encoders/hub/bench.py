"""Measure how fast a model runs on this machine: pictures and texts per second, and the wait for one search text.

Pictures are made up here, of the size of a listing's main picture and already decoded; decoding is the ingest's part.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.encoders.opening import open_encoder
from jianwei.runtime.cores import usable_cores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from jianwei.encoders.manifest import Precision
    from jianwei.encoders.onnx_encoder import OnnxEncoder
    from jianwei.images.pixels import RgbPixels

_SIDE_PX = 800  # what shops upload as a main picture
_AT_ONCE = 32
_FEWEST_TEXTS = 30  # below it a p99 means nothing
_WORDS = ("红色连衣裙", "芦荟胶囊 润肠通便", "祛斑面霜 三天见效", "slimming tea", "老花镜", "降血糖 无糖饼干 500g")


@dataclass(frozen=True, slots=True)
class BenchResult:
    """What was measured. Loading counts both towers; latencies are those of one text alone."""

    space: str
    precision: Precision
    cores: int
    load_s: float
    pictures: int
    pictures_per_s: float
    texts: int
    texts_per_s: float
    text_p50_ms: float
    text_p99_ms: float


def bench_model(folder: Path, *, seconds: float = 10.0, threads: int | None = None) -> BenchResult:
    """Run a model for about `seconds` and return how fast it was; each measurement runs at least once.

    Raises:
        ModelError: the model cannot be loaded or run.
        MissingPackageError: the runtime's package is not installed.
    """
    pictures, texts = made_pictures(_AT_ONCE), made_texts(_AT_ONCE)
    started_s = time.perf_counter()
    encoder = open_encoder(folder, threads=threads)
    encoder.encode_images(pictures[:1])
    encoder.encode_texts(texts[:1])
    load_s = time.perf_counter() - started_s
    picture_rounds = _rounds(lambda: encoder.encode_images(pictures), seconds / 2)
    text_rounds = _rounds(lambda: encoder.encode_texts(texts), seconds / 4)
    waits_ms = _single_waits_ms(encoder, texts, seconds / 4)
    return BenchResult(
        space=encoder.space,
        precision=encoder.manifest.precision,
        cores=usable_cores() if threads is None else threads,
        load_s=load_s,
        pictures=len(picture_rounds) * _AT_ONCE,
        pictures_per_s=_AT_ONCE / float(np.median(picture_rounds)),
        texts=len(text_rounds) * _AT_ONCE,
        texts_per_s=_AT_ONCE / float(np.median(text_rounds)),
        text_p50_ms=float(np.percentile(waits_ms, 50)),
        text_p99_ms=float(np.percentile(waits_ms, 99)),
    )


def made_pictures(count: int) -> list[RgbPixels]:
    """Return pictures with soft colours and edges, the same ones every time."""
    random = np.random.default_rng(7)
    pictures = []
    for _ in range(count):
        coarse = random.integers(0, 256, (10, 10, 3), np.uint8)
        pictures.append(np.kron(coarse, np.ones((_SIDE_PX // 10, _SIDE_PX // 10, 1), np.uint8)))
    return pictures


def made_texts(count: int) -> list[str]:
    """Return texts as people search for, all different."""
    return [f"{_WORDS[number % len(_WORDS)]} {number}" for number in range(count)]


def _rounds(run: Callable[[], object], seconds: float) -> list[float]:
    """Run once to warm up, then until the time is over; return the seconds of each run."""
    run()
    ends_s = time.perf_counter() + seconds
    rounds: list[float] = []
    while not rounds or time.perf_counter() < ends_s:
        started_s = time.perf_counter()
        run()
        rounds.append(time.perf_counter() - started_s)
    return rounds


def _single_waits_ms(encoder: OnnxEncoder, texts: Sequence[str], seconds: float) -> list[float]:
    ends_s = time.perf_counter() + seconds
    waits_ms: list[float] = []
    while len(waits_ms) < _FEWEST_TEXTS or time.perf_counter() < ends_s:
        text = texts[len(waits_ms) % len(texts)]
        started_s = time.perf_counter()
        encoder.encode_texts([text])
        waits_ms.append((time.perf_counter() - started_s) * 1000)
    return waits_ms
