"""Copies of which a part was cut off, framed or mirrored are found in a real library, and say so."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageOps
from tests.unit.images.test_local_features import drawn

from jianwei import Library
from jianwei.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WITHOUT_OCR = Settings(ocr_engine="off")

COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "cropped": lambda image: image.crop((10, 60, 420, 470)),
    "mirrored crop": lambda image: ImageOps.mirror(image.crop((60, 60, 490, 490))),
    "framed": lambda image: ImageOps.expand(image, 40, (200, 10, 10)),
}


def png(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("copies")
    rows = []
    for seed in range(12):
        (folder / f"{seed}.png").write_bytes(png(drawn(seed)))
        rows.append(
            {
                "platform": "jd",
                "product_code": str(seed),
                "product_name": f"商品{seed}",
                "product_images": [{"file_url": f"{seed}.png"}],
            }
        )
    (folder / "listings.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    with Library.open(folder / "library", settings=WITHOUT_OCR) as opened:
        opened.ingest(folder / "listings.jsonl")
        yield opened


@pytest.mark.parametrize("change", COPIES)
def test_a_partial_copy_finds_its_original_and_says_how_much_lies_alike(library: Library, change: str) -> None:
    hits = library.search(picture=png(COPIES[change](drawn(7)))).hits
    assert hits[0].listing.product_code == "7"
    assert 0.3 < hits[0].channels["copy"] <= 1.0
    assert hits[0].picture is not None


def test_an_unknown_picture_of_the_same_making_is_no_copy(library: Library) -> None:
    assert not any("copy" in hit.channels for hit in library.search(picture=png(drawn(99)), min_relevance=0.0).hits)


def test_the_channel_can_be_left_out(library: Library) -> None:
    crop = png(COPIES["cropped"](drawn(7)))
    assert library.search(picture=crop, channels=frozenset({"hash"})).hits == ()
    assert len(library.search(picture=crop, channels=frozenset({"copy"})).hits) == 1


def test_a_damaged_feature_index_is_built_anew(tmp_path: Path, library: Library) -> None:
    for file in (library.path / "indexes" / "feature").glob("features.*"):
        file.write_bytes(b"\x07" * 90)
    with Library.open(library.path, settings=WITHOUT_OCR) as opened:
        assert opened.search(picture=png(COPIES["cropped"](drawn(3)))).hits[0].listing.product_code == "3"


def test_copies_are_forgotten_with_their_picture(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(drawn(1)))
    source = tmp_path / "listings.jsonl"
    source.write_text(
        json.dumps(
            {"platform": "jd", "product_code": "1", "product_name": "甲", "product_images": [{"file_url": "a.png"}]}
        ),
        encoding="utf-8",
    )
    with Library.open(tmp_path / "library", settings=WITHOUT_OCR) as opened:
        opened.ingest(source)
        crop = png(COPIES["cropped"](drawn(1)))
        assert opened.search(picture=crop).total == 1
        source.write_text(
            json.dumps({"platform": "jd", "product_code": "1", "product_name": "甲", "product_images": []}),
            encoding="utf-8",
        )
        opened.ingest(source)
        assert opened.search(picture=crop).total == 0
