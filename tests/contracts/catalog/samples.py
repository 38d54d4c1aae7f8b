"""Small records for the contract suite of the catalog, and the few steps that its tests repeat."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from jianwei.records import CaseRecord, ListingRecord, OcrLine, PictureFacts

if TYPE_CHECKING:
    from jianwei.ports import Catalog, CatalogWriter, ChangeKind

BEIJING = timezone(timedelta(hours=8))
CASE = CaseRecord("虚假宣传", ("根治", "无副作用"), "广告法第十六条", "宣称疾病治疗功能")
RECORD = ListingRecord(
    listing_id="jd:100",
    platform="jd",
    product_code="100",
    url="https://example.com/100",
    title="芦荟胶囊",
    price=39.9,
    shop="康健旗舰店",
    category="保健食品",
    captured_at=datetime(2024, 5, 1, 8, 30, 15, 123456, tzinfo=BEIJING),
    intro=(("品牌", "康健"), ("产地", "广东")),
    spec=(("净含量", "60粒"), ("净含量", "120粒")),
    case=CASE,
    source={"product_code": "100", "nested": {"数组": [1, 2.5, None, True]}},
)


def record(number: int, **fields: object) -> ListingRecord:
    return ListingRecord(listing_id=f"shop:{number}", title=f"商品{number}", **fields)  # type: ignore[arg-type]


def facts(number: int, *, pdq: bool = True) -> PictureFacts:
    return PictureFacts(
        sha256=f"{number:08x}".ljust(64, "0"),
        format="jpeg",
        width_px=750,
        height_px=10_000,
        size_bytes=123_456,
        frames=1,
        pdq=bytes([number % 256]) * 32 if pdq else None,
        pdq_quality=90 if pdq else 0,
    )


def line(text: str) -> OcrLine:
    return OcrLine(text, ((1.5, 2.0), (30.25, 2.0), (30.25, 18.0), (1.5, 18.0)), 0.97)


def put_picture(writer: CatalogWriter, number: int, *, pdq: bool = True) -> int:
    return writer.put_picture(facts(number, pdq=pdq), location=f"/pictures/{number}.jpg")


def put_shown(catalog: Catalog, listing: int, *pictures: int) -> tuple[int, list[int]]:
    """Store one listing that shows some pictures; return their numbers."""
    with catalog.writing() as writer:
        picture_nos = [put_picture(writer, number) for number in pictures]
        listing_no = writer.put_listing(record(listing), record_hash="h")
        writer.set_pictures(listing_no, [(no, "main", place) for place, no in enumerate(picture_nos)])
    return listing_no, picture_nos


def changed(catalog: Catalog, kind: ChangeKind, after: int, *, space: str = "") -> list[tuple[int, bool]]:
    changes = catalog.changes(kind, after, 1000, space=space)
    return [(change.entity_no, change.deleted) for change in changes]
