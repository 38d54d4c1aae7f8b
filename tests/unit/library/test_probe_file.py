from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwei.errors import SettingsError
from jianwei.library.probe_file import KeptProbe, read_probe, remove_probe, write_probe
from jianwei.training.probe import Features, train_probe

if TYPE_CHECKING:
    from pathlib import Path


def made() -> KeptProbe:
    random = np.random.default_rng(0)
    labels = ["", "药品"] * 20
    rows = (random.standard_normal((40, 6)) + np.arange(40)[:, None] % 2 * 3).astype(np.float32)
    report = train_probe(Features(rows), labels, range(40))
    return KeptProbe(report.probe, report.types, "m@1", has_grams=False)


def test_what_is_kept_is_read_again_and_can_be_removed(tmp_path: Path) -> None:
    assert read_probe(tmp_path) is None
    kept = made()
    for _ in range(2):
        write_probe(tmp_path, kept)
    again = read_probe(tmp_path)
    assert again is not None
    assert (again.types, again.space, again.has_grams) == (kept.types, "m@1", False)
    rows = np.ones((2, 6), np.float32)
    assert np.array_equal(again.probe.scores(rows), kept.probe.scores(rows))
    assert [remove_probe(tmp_path), remove_probe(tmp_path)] == [True, False]
    assert read_probe(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"PK", b"no probe", b"{}"])
def test_a_damaged_file_is_told_and_can_be_removed(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "probe.npz").write_bytes(content)
    with pytest.raises(SettingsError, match="jianwei probe --remove"):
        read_probe(tmp_path)
    assert remove_probe(tmp_path)


@pytest.mark.parametrize(
    "change", [{"weights": np.ones((1, 1))}, {"deviation": np.zeros(6)}, {"mean": np.full(6, np.nan)}, {"version": 9}]
)
def test_arrays_that_do_not_fit_are_damage(tmp_path: Path, change: dict[str, object]) -> None:
    write_probe(tmp_path, made())
    with np.load(tmp_path / "probe.npz") as content:
        arrays = {name: content[name] for name in content.files}
    about = json.loads(str(arrays.pop("about"))) | {name: value for name, value in change.items() if name == "version"}
    arrays |= {name: np.asarray(value) for name, value in change.items() if name != "version"}
    buffer = io.BytesIO()
    np.savez(buffer, about=np.array(json.dumps(about)), **arrays)
    (tmp_path / "probe.npz").write_bytes(buffer.getvalue())
    with pytest.raises(SettingsError, match="does not hold a probe"):
        read_probe(tmp_path)
