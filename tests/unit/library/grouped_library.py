"""A library whose pictures have chosen hashes, so that who belongs together is known without drawing anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.library import Library
from jianwei.records import ListingRecord, OcrLine, PictureFacts
from jianwei.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BOX = ((0.0, 0.0), (90.0, 0.0), (90.0, 20.0), (0.0, 20.0))


@dataclass(frozen=True)
class Shown:
    """A picture: which motif, with how many bits turned over, and what it says."""

    motif: int
    bits: int = 0
    lines: tuple[str, ...] = ()
    side_px: int = 400

    @property
    def sha256(self) -> str:
        return f"{self.motif * 977 + self.bits * 31 + self.side_px:x}".rjust(8, "a").ljust(64, "0")

    @property
    def pdq(self) -> bytes:
        bits = np.unpackbits(np.random.default_rng(self.motif).integers(0, 256, 32, np.uint8))
        bits[: self.bits] ^= 1
        return np.packbits(bits).tobytes()


def put_listing(
    folder: Path, number: int, shop: str, pictures: Sequence[Shown], *, title: str = "", platform: str = "jd"
) -> None:
    """Write a listing with its pictures into the library in `folder`."""
    catalog = SqlCatalog.open(folder / "catalog.sqlite", library_folder=folder)
    record = ListingRecord(
        listing_id=f"{platform}:{number}",
        platform=platform,
        product_code=str(number),
        title=title or f"商品{number}",
        shop=shop,
        captured_at=datetime(2026, 3, 1 + number % 20, 12, tzinfo=UTC),
    )
    with catalog.writing() as writer:
        listing_no = writer.put_listing(record, record_hash=str(number))
        places = []
        for place, shown in enumerate(pictures):
            side = shown.side_px
            facts = PictureFacts(shown.sha256, "png", side, side, 1000, pdq=shown.pdq, pdq_quality=90)
            picture_no = writer.put_picture(facts, location=f"/nowhere/{shown.motif}-{shown.bits}.png")
            places.append((picture_no, "main", place))
            writer.put_ocr(picture_no, model_id="test", lines=[OcrLine(text, BOX, 0.9) for text in shown.lines])
        writer.set_pictures(listing_no, places)  # type: ignore[arg-type]  # "main" is a role
    catalog.close()


def delete_listing(folder: Path, listing_id: str) -> None:
    catalog = SqlCatalog.open(folder / "catalog.sqlite", library_folder=folder)
    listing = catalog.listing_by_id(listing_id)
    assert listing is not None
    with catalog.writing() as writer:
        writer.delete_listing(listing.listing_no)
    catalog.close()


def open_library(folder: Path) -> Library:
    return Library.open(folder, settings=Settings(ocr_engine="off"))


def make_grouped_library(folder: Path) -> Path:
    """Two shops share three pictures of their own, five share a stock picture, one stands alone."""
    folder.mkdir(parents=True, exist_ok=True)
    own = [Shown(1), Shown(2), Shown(3)]
    put_listing(folder, 1, "甲店", [*own, Shown(9)])
    put_listing(folder, 2, "乙店", [Shown(1, bits=12, side_px=800), Shown(2, bits=5), Shown(3, bits=30), Shown(9)])
    put_listing(folder, 3, "丙店", [Shown(9, bits=3)])
    put_listing(folder, 4, "丁店", [Shown(9, bits=4)])
    put_listing(folder, 5, "戊店", [Shown(9, bits=5), Shown(50)])
    return folder
