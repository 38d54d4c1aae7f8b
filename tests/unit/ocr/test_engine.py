"""The real models on drawn text: what a reader of pictures must get right whatever the picture's shape."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from jianwei.ocr import open_ocr_engine
from jianwei.text.fold import fold_text

if TYPE_CHECKING:
    from jianwei.ports import OcrEngine
    from jianwei.records import OcrLine

pytestmark = pytest.mark.models

FONTS = [
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"),
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"),
    Path("/System/Library/Fonts/PingFang.ttc"),
    Path("C:/Windows/Fonts/msyh.ttc"),
]


@pytest.fixture(scope="module")
def engine() -> OcrEngine:
    return open_ocr_engine("auto", threads=2)


@pytest.fixture(scope="module")
def font_file() -> Path:
    found = next((font for font in FONTS if font.is_file()), None)
    if found is None:
        pytest.skip("no Chinese font on this machine (Debian: apt install fonts-noto-cjk)")
    return found


class Page:
    """A white page on which tests write."""

    def __init__(self, width: int, height: int, font_file: Path) -> None:
        self.picture = Image.new("RGB", (width, height), "white")
        self.drawing = ImageDraw.Draw(self.picture)
        self.font_file = font_file

    def write(self, left: int, top: int, text: str, size: int = 32) -> tuple[float, float, float, float]:
        """Write one line and return the rectangle of its ink."""
        font = ImageFont.truetype(str(self.font_file), size, index=2 if self.font_file.name.startswith("Noto") else 0)
        self.drawing.text((left, top), text, fill=(30, 20, 20), font=font)
        return self.drawing.textbbox((left, top), text, font=font)

    def write_down(self, left: int, top: int, text: str, size: int, pitch: int) -> None:
        for number, character in enumerate(text):
            self.write(left, top + number * pitch, character, size)

    def pixels(self, quarter_turns: int = 0) -> np.ndarray:
        return np.rot90(np.asarray(self.picture), quarter_turns)


def _texts(lines: list[OcrLine]) -> list[str]:
    return [line.text for line in lines]


def _bounds(line: OcrLine) -> tuple[float, float, float, float]:
    xs, ys = [x for x, _ in line.box], [y for _, y in line.box]
    return min(xs), min(ys), max(xs), max(ys)


def test_level_lines_are_read_in_order_with_boxes_around_their_ink(engine: OcrEngine, font_file: Path) -> None:
    page = Page(800, 400, font_file)
    words = ["补肾壮阳胶囊", "无任何副作用", "Natural 100%"]
    inks = [page.write(60, 60 + 100 * row, word, 40) for row, word in enumerate(words)]
    lines = engine.read(page.pixels())
    assert [text.replace(" ", "") for text in _texts(lines)] == [word.replace(" ", "") for word in words]
    for line, ink in zip(lines, inks, strict=True):
        assert line.confidence > 0.9
        assert _bounds(line) == pytest.approx(ink, abs=12)
        assert line.box[0] == pytest.approx((ink[0], ink[1]), abs=12)


def test_two_columns_are_read_row_by_row(engine: OcrEngine, font_file: Path) -> None:
    page = Page(900, 300, font_file)
    for row, (left, right) in enumerate([("品名", "芦荟胶囊"), ("净含量", "六十粒装")]):
        page.write(60, 60 + 90 * row, left)
        page.write(500, 62 + 90 * row, right)
    # On drawn text half a pixel decides between 净 and 凈, which folding makes one.
    assert [fold_text(text) for text in _texts(engine.read(page.pixels()))] == [
        "品名",
        "芦荟胶囊",
        "净含量",
        "六十粒装",
    ]


def test_stacked_characters_are_read_downwards_and_columns_from_the_right(engine: OcrEngine, font_file: Path) -> None:
    page = Page(400, 500, font_file)
    page.write_down(240, 60, "祖传秘方", 48, 52)
    page.write_down(120, 60, "清热解毒", 48, 52)
    lines = engine.read(page.pixels())
    assert _texts(lines) == ["祖传秘方", "清热解毒"]
    assert lines[0].box[0] == pytest.approx((240, 70), abs=20)


def test_stacked_characters_with_air_between_are_one_line(engine: OcrEngine, font_file: Path) -> None:
    page = Page(300, 640, font_file)
    page.write_down(120, 60, "活血化瘀", 60, 110)
    assert _texts(engine.read(page.pixels())) == ["活血化瘀"]


def test_text_on_its_head_is_read_and_its_box_starts_at_its_own_top_left(engine: OcrEngine, font_file: Path) -> None:
    page = Page(700, 300, font_file)
    left, top, _, _ = page.write(60, 100, "三天见效无效退款", 48)
    lines = engine.read(page.pixels(quarter_turns=2))
    assert _texts(lines) == ["三天见效无效退款"]
    assert lines[0].box[0] == pytest.approx((700 - left, 300 - top), abs=16)


@pytest.mark.parametrize("quarter_turns", [1, 3])
def test_sideways_text_is_read_from_either_side(engine: OcrEngine, font_file: Path, quarter_turns: int) -> None:
    page = Page(700, 200, font_file)
    page.write(60, 60, "HUAWEI Natural", 48)
    assert [text.replace(" ", "") for text in _texts(engine.read(page.pixels(quarter_turns)))] == ["HUAWEINatural"]


def test_every_line_of_a_long_page_is_read_once_where_it_stands(engine: OcrEngine, font_file: Path) -> None:
    page = Page(750, 10_000, font_file)
    words = [f"第{number}行功效说明" for number in range(101, 101 + 130)]
    tops = [30 + 76 * row for row in range(len(words))]
    inks = [
        page.write(40 + 13 * (row % 20), top, word) for row, (top, word) in enumerate(zip(tops, words, strict=True))
    ]
    lines = engine.read(page.pixels())
    assert _texts(lines) == words
    for line, ink in zip(lines, inks, strict=True):
        assert _bounds(line) == pytest.approx(ink, abs=12)


def test_a_line_longer_than_a_strip_of_a_banner_is_read_whole(engine: OcrEngine, font_file: Path) -> None:
    page = Page(4000, 760, font_file)
    words = "纯天然植物提取无任何添加剂孕妇儿童均可放心食用"
    page.write(60, 300, words, 150)
    assert "".join(_texts(engine.read(page.pixels()))) == words


def test_a_picture_without_text_has_no_lines(engine: OcrEngine) -> None:
    assert engine.read(np.full((400, 400, 3), 255, np.uint8)) == []


@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (1, 5000), (5000, 2), (6, 6), (6, 5000), (31, 33), (3000, 12)])
def test_pictures_of_any_shape_are_read_without_an_error(engine: OcrEngine, shape: tuple[int, int]) -> None:
    assert engine.read(np.full((*shape, 3), 200, np.uint8)) == []


def test_pixels_that_are_a_view_of_something_larger_are_read(engine: OcrEngine, font_file: Path) -> None:
    page = Page(600, 200, font_file)
    page.write(60, 60, "百年老字号", 48)
    assert _texts(engine.read(page.pixels()[20:190, 30:, :])) == ["百年老字号"]


def test_four_threads_read_the_same_as_one(engine: OcrEngine, font_file: Path) -> None:
    pages = []
    for number in range(6):
        page = Page(400 + 40 * number, 300, font_file)
        page.write(30, 40, f"正品保证{number}", 36)
        page.write(30, 150, "假一赔十" * (1 + number % 3), 28)
        pages.append(page.pixels())
    alone = [engine.read(page) for page in pages]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(engine.read, pages)) == alone


def test_onnx_runtime_reads_the_same_text(font_file: Path) -> None:
    pytest.importorskip("onnxruntime")
    page = Page(500, 200, font_file)
    page.write(60, 60, "国家专利产品", 48)
    assert _texts(open_ocr_engine("onnxruntime", threads=1).read(page.pixels())) == ["国家专利产品"]


def test_the_engine_says_what_it_is(engine: OcrEngine) -> None:
    name, _, revision = engine.model_id.partition("@")
    assert name == "pp-ocrv6-small"
    assert revision.partition("+")[1] == "+"
    assert engine.parallelism == 2
