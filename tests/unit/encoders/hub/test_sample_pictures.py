from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from jianwei.encoders.hub.sample_pictures import read_sample_pictures
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path


def test_pictures_are_spread_over_the_folder_and_other_files_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.txt").write_text("no picture")
    (tmp_path / "a" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    for number in range(200):
        Image.new("RGB", (2, 2), (number, 0, 0)).save(tmp_path / "a" / f"{number:03}.png")
    pictures = read_sample_pictures(tmp_path, max_pixels=1000)

    reds = [int(picture[0, 0, 0]) for picture in pictures]
    assert len(reds) == len(set(reds)) == 64
    assert max(reds) > 180


@pytest.mark.parametrize("name", ["", "none"])
def test_a_folder_without_pictures_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match="no picture"):
        read_sample_pictures(tmp_path / name, max_pixels=1000)
