from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.encoders.conversion.importing import import_model
from jianwei.encoders.hub.bench import bench_model, made_pictures, made_texts

if TYPE_CHECKING:
    from pathlib import Path


def test_a_bench_tells_rates_and_latencies(tiny_model: Path, tmp_path: Path) -> None:
    manifest = import_model(tiny_model, models_folder=tmp_path, name="tiny")
    result = bench_model(tmp_path / "tiny", seconds=0.1, threads=1)

    assert result.space == manifest.space
    assert result.cores == 1
    assert result.pictures_per_s > 0
    assert result.texts_per_s > 0
    assert 0 < result.text_p50_ms <= result.text_p99_ms
    assert min(result.pictures, result.texts) >= 32


def test_made_pictures_are_the_same_every_time_and_differ_from_each_other() -> None:
    first, second = made_pictures(2), made_pictures(2)

    assert np.array_equal(first[0], second[0])
    assert not np.array_equal(first[0], first[1])
    assert len(set(made_texts(32))) == 32
