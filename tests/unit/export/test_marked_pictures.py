from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image
from tests.unit.export.answers import a_view, picture_bytes

from jianwei.errors import PictureFetchError
from jianwei.export.marked_pictures import write_marked_pictures

if TYPE_CHECKING:
    from pathlib import Path

MOST_PIXELS = 10_000_000


def _bytes_of(sha256: str) -> bytes:
    if sha256.startswith("ab"):
        return picture_bytes("PNG", (800, 1200))
    raise PictureFetchError("gone", zh="已不在", reason="not-found")


def test_read_lines_are_framed_and_pictures_that_are_gone_are_told(tmp_path: Path) -> None:
    marked = write_marked_pictures(tmp_path / "out", a_view(), _bytes_of, max_pixels=MOST_PIXELS)

    assert [file.name for file in marked.files] == ["01-main-abababababab.png"]
    assert marked.gone == ("/data/pictures/02_detail.jpg",)
    with Image.open(marked.files[0]) as picture:
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24) or []}
    assert (230, 30, 30) in colours


def test_writing_again_replaces_the_files(tmp_path: Path) -> None:
    first = write_marked_pictures(tmp_path, a_view(), _bytes_of, max_pixels=MOST_PIXELS)
    second = write_marked_pictures(tmp_path, a_view(), _bytes_of, max_pixels=MOST_PIXELS)

    assert first == second
    assert sorted(tmp_path.iterdir()) == sorted(first.files)
