from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jianwei.errors import SettingsError
from jianwei.fusion.calibrated import Curve
from jianwei.library.calibration_file import read_calibration, write_calibration
from jianwei.search.calibration import Calibration

if TYPE_CHECKING:
    from pathlib import Path


def test_curves_are_read_as_they_were_written_and_the_shipped_ones_where_there_are_none(tmp_path: Path) -> None:
    assert read_calibration(tmp_path) == Calibration()
    mine = Calibration({"words:text": Curve(3.0, 0.5, 0.9), "words:vector:title@clip@1": Curve(1.0, 3.0, 0.4)}, 0.3)
    write_calibration(tmp_path, mine)
    assert read_calibration(tmp_path) == mine
    assert read_calibration(tmp_path).curve("words:vector:title", "clip@1").top == 0.4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"curves": {}, "min_relevance": 2}',
        '{"curves": {"a": {"slope": -1, "middle": 0, "top": 1}}, "min_relevance": 0.1}',
        '{"curves": {"a": {"slope": 1, "middle": 0, "top": 1.5}}, "min_relevance": 0.1}',
        '{"curves": {"a": {"slope": 1, "middle": 0}}, "min_relevance": 0.1}',
        '{"curves": {"a": 3}, "min_relevance": 0.1}',
    ],
)
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "calibration.json").write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=r"calibration\.json .*jianwei tune") as caught:
        read_calibration(tmp_path)
    assert "请删除" in caught.value.message_zh
