"""A small real library: catalog, pictures and text lines as an ingest leaves them, without waiting for OCR."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.records import CaseRecord, ListingRecord, OcrLine, PictureFacts

if TYPE_CHECKING:
    from pathlib import Path

TITLES = ("芦荟胶囊 润肠通便", "维生素C片 补充营养", "祛斑面霜 美白", "[bold]红枣[/bold] =1+1 :smile:")
LINES = ("七天根治便秘 无效退款", "提高免疫力", "三天祛斑", "若羌灰枣")
BOX = ((40.0, 60.0), (360.0, 60.0), (360.0, 100.0), (40.0, 100.0))


def make_library(folder: Path) -> Path:
    """Write a library of four listings into `folder/library`, its pictures beside it; return the library."""
    library = folder / "library"
    library.mkdir()
    catalog = SqlCatalog.open(library / "catalog.sqlite", library_folder=library)
    with catalog.writing() as writer:
        for number, (title, line) in enumerate(zip(TITLES, LINES, strict=True), start=1):
            file = folder / f"{number}_主图.png"
            data = _picture(file, number)
            listing_no = writer.put_listing(_record(number, title), record_hash=str(number))
            facts = PictureFacts(hashlib.sha256(data).hexdigest(), "png", 400, 300, len(data))
            picture_no = writer.put_picture(facts, location=str(file))
            writer.set_pictures(listing_no, [(picture_no, "main", 0)])
            writer.put_ocr(picture_no, model_id="test", lines=[OcrLine(line, BOX, 0.97)])
    catalog.close()
    return library


def _record(number: int, title: str) -> ListingRecord:
    case = CaseRecord("虚假宣传", ("根治",), "广告法第十六条", "宣称根治") if number == 1 else None
    return ListingRecord(
        listing_id=f"jd:{number}",
        platform="jd" if number < 3 else "taobao",
        product_code=str(number),
        title=title,
        price=number * 10.0,
        shop="康健店",
        category="食品",
        captured_at=datetime(2025, 3, number, 12, tzinfo=UTC),
        case=case,
    )


def _picture(file: Path, number: int) -> bytes:
    picture = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(picture).rectangle((40, 60, 60 + number * 60, 200), fill="#804020")
    picture.save(file)
    return file.read_bytes()
