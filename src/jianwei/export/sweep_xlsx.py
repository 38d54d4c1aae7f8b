"""Write a sweep as a workbook: one sheet of hits with thumbnails, links and reasons, one with a line for each clue."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from jianwei.bilingual import Both
from jianwei.channel_names import channel_name
from jianwei.errors import SettingsError
from jianwei.export.sheet_cells import MAX_ROWS, as_text, fitting
from jianwei.export.sheet_thumbnail import SheetThumbnails
from jianwei.wall_clock import to_the_minute

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpyxl.cell import Cell as SheetCell
    from openpyxl.worksheet.worksheet import Worksheet

    from jianwei.errors import Language
    from jianwei.library.sweep import SweptClue
    from jianwei.search.results import Hit

_HITS = Both("Hits", "命中")
_SUMMARY = Both("Clues", "线索汇总")
_HIT_COLUMNS: tuple[tuple[Both, int], ...] = (
    (Both("Picture", "缩略图"), 15),
    (Both("Source", "来源"), 18),
    (Both("Clue row", "线索行"), 9),
    (Both("Clue", "线索"), 24),
    (Both("Rank", "名次"), 7),
    (Both("Relevance", "相关度"), 10),
    (Both("Score", "得分"), 9),
    (Both("Title", "标题"), 40),
    (Both("Price", "价格"), 10),
    (Both("Shop", "店铺"), 18),
    (Both("Platform", "平台"), 12),
    (Both("Category", "类目"), 14),
    (Both("Listing", "商品编号"), 20),
    (Both("Link", "链接"), 36),
    (Both("Captured", "采集时间"), 20),
    (Both("Reasons", "理由"), 48),
)
_SUMMARY_COLUMNS: tuple[tuple[Both, int], ...] = (
    (Both("Clue row", "线索行"), 9),
    (Both("Source", "来源"), 24),
    (Both("Label", "备注"), 20),
    (Both("Words", "文字"), 32),
    (Both("Picture", "图片"), 24),
    (Both("Hits", "命中"), 8),
    (Both("Matches in all", "匹配总数"), 14),
    (Both("Best relevance", "最高相关度"), 14),
    (Both("Problem", "问题"), 60),
)
_INTERRUPTED = Both("Interrupted: the clues after this one were not looked for.", "已中断：此后的线索没有检索。")
_NOTHING = Both("Nothing relevant found", "没有找到相关商品")
_MATCHED = Both("matched: {words}", "命中词：{words}")
_DISTANCE = Both("hash differs in {distance} of 256 bits", "指纹相差 {distance}/256 位")
_SAME = Both("same picture as rank {rank}", "与第 {rank} 名同图")
_LINK_COLUMN = 14


class SweepWorkbook:
    """Takes swept clues one by one and saves them at the end, all or those that there are by then."""

    def __init__(self, language: Language, thumbnail: Callable[[str], bytes | None]) -> None:
        self._language = language
        self._book = Workbook()
        self._hits = self._book.worksheets[0]
        self._hits.title = _HITS.say(language)
        self._summary = self._book.create_sheet(_SUMMARY.say(language))
        self._files = tempfile.TemporaryDirectory(prefix="sweep-thumbnails-")
        self._thumbnails = SheetThumbnails(Path(self._files.name), thumbnail)
        for sheet, columns in ((self._hits, _HIT_COLUMNS), (self._summary, _SUMMARY_COLUMNS)):
            _lay_out(sheet, columns, language)

    def add(self, clue: SweptClue) -> None:
        """Write one clue and its hits.

        Raises:
            SettingsError: there are more hits than a sheet takes.
        """
        for hit in clue.hits:
            self._add_hit(clue, hit)
        best = max((hit.relevance for hit in clue.hits), default=None)
        problem = clue.problem_zh if self._language == "zh" else clue.problem
        if not problem and not clue.hits:
            problem = _NOTHING.say(self._language)
        counts = (len(clue.hits), clue.total, None if best is None else round(best, 3))
        self._append(self._summary, (clue.row, clue.place, clue.label, clue.words, clue.picture_name, *counts, problem))

    def note_interruption(self) -> None:
        """Say at the end of the summary that not all clues were looked for."""
        cells = [""] * len(_SUMMARY_COLUMNS)
        cells[-1] = _INTERRUPTED.say(self._language)
        self._append(self._summary, tuple(cells))

    def save(self, path: Path) -> None:
        """Write the workbook."""
        self._book.save(path)

    def close(self) -> None:
        """Remove the thumbnails that waited for the workbook."""
        self._files.cleanup()

    def _add_hit(self, clue: SweptClue, hit: Hit) -> None:
        listing = hit.listing
        if self._hits.max_row >= MAX_ROWS:
            raise _too_many_hits()
        captured = "" if listing.captured_at is None else to_the_minute(listing.captured_at)
        row = self._append(
            self._hits,
            (
                None,
                clue.place,
                clue.row,
                clue.words or clue.picture_name,
                hit.rank,
                round(hit.relevance, 3),
                round(hit.score, 3),
                listing.title,
                listing.price,
                listing.shop,
                listing.platform,
                listing.category,
                listing.listing_id,
                listing.url,
                captured,
                "\n".join(self._reasons(hit)),
            ),
        )
        if urlsplit(listing.url).scheme in {"http", "https"}:
            link = self._hits.cell(row, _LINK_COLUMN)
            link.hyperlink = fitting(listing.url)
            link.font = Font(color="0563C1", underline="single")
        if hit.picture is not None:
            self._thumbnails.place(self._hits, row, hit.picture.picture.facts.sha256)

    def _reasons(self, hit: Hit) -> list[str]:
        say = self._language
        reasons = [_MATCHED.say(say, words=" ".join(hit.matched_words))] if hit.matched_words else []
        if hit.picture is not None and hit.picture.near_distance is not None:
            reasons.append(_DISTANCE.say(say, distance=hit.picture.near_distance))
        if hit.picture is not None:
            reasons += [highlight.text for highlight in hit.picture.highlights[:2]]
        if hit.same_picture_as is not None:
            reasons.append(_SAME.say(say, rank=hit.same_picture_as))
        channels = sorted((str(name), score) for name, score in hit.channels.items())
        return [*reasons, " · ".join(f"{channel_name(name).say(say)} {score:.2f}" for name, score in channels)]

    def _append(self, sheet: Worksheet, values: tuple[str | float | None, ...]) -> int:
        row = sheet.max_row + 1
        for column, value in enumerate(values, start=1):
            cell = cast("SheetCell", sheet.cell(row, column))  # nothing is merged here
            if isinstance(value, str):
                cell.value = fitting(value)
                as_text(cell, value)
            else:
                cell.value = value
                cell.alignment = Alignment(vertical="top")
        return row


def _lay_out(sheet: Worksheet, columns: tuple[tuple[Both, int], ...], language: Language) -> None:
    sheet.freeze_panes = "A2"
    for number, (heading, width) in enumerate(columns, start=1):
        cell = sheet.cell(1, number, heading.say(language))
        cell.font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(number)].width = width


def _too_many_hits() -> SettingsError:
    return SettingsError(
        f"An Excel sheet takes {MAX_ROWS - 1:,} hits and there are more. Lower --limit, raise --min-relevance, or "
        "split the clues.",
        zh=f"一张 Excel 工作表最多容纳 {MAX_ROWS - 1:,} 条命中，现有数量超出。请减小 --limit、提高 --min-relevance，"
        "或拆分线索。",
        allowed=MAX_ROWS - 1,
    )
