"""Real listings on disk for tests that run the whole way: small pictures, some with text, and a sheet of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw
from tests.integration.models import make_models
from tests.watched_examples import unwatched

from jianwei.library import Library
from jianwei.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WITHOUT_OCR = Settings(ocr_engine="off", keep_originals="all")


def draw_picture(path: Path, seed: int, *, text: str = "") -> Path:
    """Write a picture whose PDQ hash is far from those of other seeds."""
    noise = np.random.default_rng(seed).integers(0, 256, (160, 160), np.uint8)
    picture = Image.fromarray(noise).convert("RGB")
    draw = ImageDraw.Draw(picture)
    for step in range(12):
        corner = ((seed * 37 + step * 53) % 130, (seed * 91 + step * 29) % 130)
        colour = ((seed * 47 + step * 80) % 256, (seed * 13 + step * 60) % 256, (seed * 7 + step * 40) % 256)
        draw.rectangle((*corner, corner[0] + 45, corner[1] + 45), fill=colour)
    if text:
        draw.rectangle((0, 60, 160, 100), fill="white")
        draw.text((6, 66), text, fill="black", font_size=26)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
    return path


def put_listings(place: Path, count: int, *, first: int = 0, text: str = "") -> Path:
    """Write listings with a picture each below `place`; return the sheet."""
    lines = []
    for number in range(first, first + count):
        draw_picture(place / "pictures" / f"{number}.png", number, text=text and f"{text}{number:03}")
        lines.append(
            json.dumps(
                {
                    "product_code": f"P{number:04}",
                    "product_name": f"芦荟胶囊 第{number}款",
                    "product_price": f"{number}.50",
                    "product_images": [{"file_url": f"pictures/{number}.png"}],
                    "shop": "甲店" if number % 2 else "乙店",
                    "platform": "demo",
                },
                ensure_ascii=False,
            )
        )
    sheet = place / "listings.jsonl"
    sheet.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return sheet


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with a Chinese and an English model, which takes seconds to make; nobody may change it."""
    with unwatched():  # tests of importing watch it
        return make_models(tmp_path_factory.mktemp("models"))


@pytest.fixture
def write_listings(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes n listings with a picture each and returns the sheet."""

    def write(count: int, *, folder: str = "source", first: int = 0, text: str = "") -> Path:
        return put_listings(tmp_path / folder, count, first=first, text=text)

    return write


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty library that reads no text, so that tests take milliseconds."""
    with Library.open(tmp_path / "library", settings=WITHOUT_OCR) as opened:
        yield opened
