"""One listing as one row of a table: which columns there are, their headings, and what stands in each.

CSV and XLSX share it. Several values in one cell stand on lines of their own, in the order of the listing's pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.wall_clock import to_the_second

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.errors import Language
    from jianwei.library.views import ListingView

Cell = str | float | int | None


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """What screening and people say of a listing, in words for a reader: verdict, open types, words that were found."""

    status: str
    types: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One listing to export; `rank`, score and matched words only where it is a hit of a search (rank from 1)."""

    view: ListingView
    rank: int = 0
    score: float | None = None
    matched_words: tuple[str, ...] = ()
    verdict: RowVerdict | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `width` is in characters of a spreadsheet's standard font, a Chinese character taking two."""

    name: str
    heading_zh: str
    width: int
    value: Callable[[ExportRow], Cell]
    of_hits: bool = False

    def heading(self, language: Language) -> str:
        """Return the heading for people; programs read `name`."""
        return self.heading_zh if language == "zh" else self.name.replace("_", " ").capitalize()


def columns_for(*, with_hits: bool) -> tuple[Column, ...]:
    """Return the columns in order; those of a search only when asked for."""
    return tuple(column for column in COLUMNS if with_hits or not column.of_hits)


def main_picture_sha256(row: ExportRow) -> str | None:
    """Return the hash of the picture that stands for the listing: its first one; None where it has none."""
    pictures = row.view.pictures
    return pictures[0].picture.facts.sha256 if pictures else None


def _ocr_text(row: ExportRow) -> str:
    return "\n".join(line.text for picture in row.view.pictures for line in picture.lines)


def _picture_places(row: ExportRow) -> str:
    return "\n".join(picture.picture.location for picture in row.view.pictures)


def _picture_hashes(row: ExportRow) -> str:
    return "\n".join(picture.picture.facts.sha256 for picture in row.view.pictures)


def _captured_at(row: ExportRow) -> str:
    moment = row.view.listing.captured_at
    return "" if moment is None else to_the_second(moment)


def _verdict(row: ExportRow) -> str:
    return row.verdict.status if row.verdict else ""


def _suspected(row: ExportRow) -> str:
    return "\n".join(row.verdict.types) if row.verdict else ""


def _suspected_words(row: ExportRow) -> str:
    return "\n".join(row.verdict.words) if row.verdict else ""


def _case_type(row: ExportRow) -> str:
    case = row.view.listing.case
    return case.illegal_type if case else ""


def _case_keywords(row: ExportRow) -> str:
    case = row.view.listing.case
    return "\n".join(case.keywords) if case else ""


def _case_basis(row: ExportRow) -> str:
    case = row.view.listing.case
    return case.basis if case else ""


def _case_description(row: ExportRow) -> str:
    case = row.view.listing.case
    return case.description if case else ""


COLUMNS: tuple[Column, ...] = (
    Column("rank", "名次", 6, lambda row: row.rank, of_hits=True),
    Column("score", "得分", 8, lambda row: row.score, of_hits=True),
    Column("matched_words", "命中词", 20, lambda row: "\n".join(row.matched_words), of_hits=True),
    Column("listing_id", "商品编号", 24, lambda row: row.view.listing.listing_id),
    Column("platform", "平台", 10, lambda row: row.view.listing.platform),
    Column("product_code", "平台商品码", 18, lambda row: row.view.listing.product_code),
    Column("url", "链接", 30, lambda row: row.view.listing.url),
    Column("title", "标题", 48, lambda row: row.view.listing.title),
    Column("price", "价格", 10, lambda row: row.view.listing.price),
    Column("shop", "店铺", 22, lambda row: row.view.listing.shop),
    Column("category", "类目", 16, lambda row: row.view.listing.category),
    Column("captured_at", "采集时间", 26, _captured_at),
    Column("verdict", "核查结论", 16, _verdict),
    Column("suspected", "疑似违法类型（线索）", 36, _suspected),
    Column("suspected_words", "疑似文字", 24, _suspected_words),
    Column("ocr_text", "图片文字", 60, _ocr_text),
    Column("pictures", "图片", 40, _picture_places),
    Column("sha256", "图片 SHA-256", 24, _picture_hashes),
    Column("case_type", "违法类型", 18, _case_type),
    Column("case_keywords", "违法关键词", 20, _case_keywords),
    Column("case_basis", "违法依据", 30, _case_basis),
    Column("case_description", "违法描述", 40, _case_description),
)
