"""Answers of a library, made by hand for tests of what is shown and written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

from PIL import Image

from jianwei.export.columns import ExportRow
from jianwei.ingest.report import IngestReport
from jianwei.library.views import IndexState, LibraryStats, ListingView, PictureView
from jianwei.records import CaseRecord, CatalogStats, Failure, Listing, OcrLine, Picture, PictureFacts
from jianwei.search.results import ChannelOff, Highlight, Hit, HitPicture, SearchResult

BOX = ((12.04, 30.0), (212.0, 30.0), (212.0, 66.6), (12.04, 66.6))
WORD_BOX = ((52.0, 30.0), (132.0, 30.0), (132.0, 66.0), (52.0, 66.0))
CAPTURED = datetime(2025, 3, 1, 8, 30, tzinfo=UTC)


def a_listing(**changes: object) -> Listing:
    listing = Listing(
        listing_no=1,
        listing_id="jd:100012",
        platform="jd",
        product_code="100012",
        url="https://item.example/100012.html",
        title="【正品】芦荟胶囊 润肠通便 60粒装",
        price=128.0,
        shop="康健大药房旗舰店",
        category="保健食品",
        captured_at=CAPTURED,
        intro=(("产地", "山东"),),
        spec=(("规格", "60粒"),),
        case=CaseRecord("虚假宣传", ("根治", "无效退款"), "广告法第十六条", "宣称根治便秘"),
    )
    return replace(listing, **changes)  # type: ignore[arg-type]  # a test names only fields there are


def a_picture(sha256: str = "ab" * 32, location: str = "/data/pictures/01_main.jpg") -> Picture:
    return Picture(1, PictureFacts(sha256, "jpeg", 800, 1200, 123_456), location)


def a_view(**changes: object) -> ListingView:
    lines = (OcrLine("七天根治便秘", BOX, 0.98765), OcrLine("无效退款", BOX, 0.9))
    pictures = (
        PictureView(a_picture(), "main", 0, lines, read=True),
        PictureView(a_picture("cd" * 32, "/data/pictures/02_detail.jpg"), "detail", 0, (), read=False),
    )
    return ListingView(a_listing(**changes), pictures, {})


def a_row(**changes: object) -> ExportRow:
    return ExportRow(a_view(**changes), rank=1, score=0.9, matched_words=("根治", "便秘"))


def a_hit(**changes: object) -> Hit:
    highlight = Highlight("ocr", "七天根治便秘", ((2, 4),), line_box=BOX, boxes=(WORD_BOX,))
    return Hit(
        rank=1,
        listing=a_listing(**changes),
        score=0.8731,
        channels={"text:ocr": 12.345, "hash": 0.98},
        matched_words=("根治",),
        highlights=(Highlight("title", "【正品】芦荟胶囊 润肠通便 60粒装", ((4, 8),)),),
        picture=HitPicture(a_picture(), "main", (highlight,), distance=5),
        picture_count=3,
    )


def a_result(*hits: Hit, cursor: str = "") -> SearchResult:
    off = ChannelOff("vectors", "no encoder is installed", "没有安装编码器", "pip install 'jianwei[vectors]'")
    return SearchResult(hits, total=41, cursor=cursor, elapsed_ms=2.5, words_read=("芦荟",), channels_off=(off,))


def a_failure(reason: str = "truncated", location: str = "listings.jsonl:7") -> Failure:
    return Failure("decode", location, reason, "The picture is cut short. Fetch it again.", "图片不完整，请重新获取。")


def a_report(*failures: Failure, interrupted: bool = False, dry_run: bool = False) -> IngestReport:
    return IngestReport("listings.jsonl", 10, 2, 3, 40, 5, failures, 83.2, interrupted=interrupted, dry_run=dry_run)


def some_stats() -> LibraryStats:
    catalog = CatalogStats(
        listings=15,
        pictures=45,
        pictures_with_text=40,
        ocr_lines=812,
        captions=0,
        vectors={"clip@1": 45},
        cases=3,
        failures=1,
        sequence=60,
        platforms={"jd": 10, "": 5},
        categories={f"类目{number}": number for number in range(1, 21)},
    )
    states = (IndexState("text", 60, 60, 4096, "ready"), IndexState("hash", 0, 60, 0, "missing"))
    return LibraryStats(catalog, states, {"catalog": 90_000, "indexes": 4096, "thumbnails": 3_000_000, "originals": 0})


def picture_bytes(format_name: str = "WEBP", size: tuple[int, int] = (320, 200), mode: str = "RGB") -> bytes:
    buffer = BytesIO()
    Image.new(mode, size, "#3070b0").save(buffer, format_name)
    return buffer.getvalue()
