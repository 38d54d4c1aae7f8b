from __future__ import annotations

import errno
import os
import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwei.training.pixel_cache import PixelCache

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

pytestmark = pytest.mark.skipif(not hasattr(os, "pread"), reason="nothing is kept on this system")


def pixels(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)


def test_what_was_put_in_comes_back_and_leaves_nothing_behind(tmp_path: Path) -> None:
    kept = PixelCache(tmp_path, ["a", "b", "a", "c"], size_px=4)
    assert kept.get("c") is None
    kept.put("c", pixels(1))
    kept.put("a", pixels(2))
    kept.put("unknown", pixels(3))
    for name, seed in (("c", 1), ("a", 2)):
        found = kept.get(name)
        assert found is not None
        assert np.array_equal(found, pixels(seed))
    assert kept.get("b") is None
    assert kept.get("unknown") is None
    kept.close()
    kept.close()
    assert kept.get("c") is None
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_kept_where_half_of_the_disk_is_too_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4 * 4 * 3 * 2 - 1))
    kept = PixelCache(tmp_path, ["a"], size_px=4)
    kept.put("a", pixels(1))
    assert kept.get("a") is None


def test_a_full_disk_ends_the_keeping_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = PixelCache(tmp_path, ["a", "b"], size_px=4)
    kept.put("a", pixels(1))

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(os, "pwrite", full)
    kept.put("b", pixels(2))
    assert kept.get("a") is not None
    assert kept.get("b") is None
    kept.close()
