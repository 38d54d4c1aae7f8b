"""The page of a search: each hit with the reasons for it, then what took no part and how to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.excerpts import box_place, place_name
from jianwei.cli.pages.marked_text import emphasised, indented, printable
from jianwei.cli.pages.wording import ACCENT, FIELDS, QUIET, ROLES, price_text, seller_text

if TYPE_CHECKING:
    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.search.results import Highlight, Hit, HitPicture, SearchResult

NOTHING = Both(
    "Nothing found. Try fewer or shorter words, or fewer filters.", "没有找到。可以减少或缩短检索词，或放宽筛选条件。"
)
_TOTAL = Both("{shown} of {total} listings · {elapsed:.0f} ms", "显示 {shown} 条，共 {total} 条 · {elapsed:.0f} 毫秒")
_NEXT = Both("Next page: the same command with --cursor {cursor}", "下一页：同一条命令加上 --cursor {cursor}")
_OFF = Both("Channels off: {channels}", "未启用的通道：{channels}")
_READ = Both("Read in the picture: {words}", "从图片中读到：{words}")
_MATCHED = Both("matched: {words}", "命中：{words}")
_CASE = Both("known case", "已知案例")
_PICTURES = Both("{count} pictures", "共 {count} 张图片")
_PLACE = Both("at x {left}, y {top}, {width} × {height} px", "位于 x {left}, y {top}，{width} × {height} px")
_DISTANCE = Both("{distance} of 256 bits differ", "指纹相差 {distance}/256 位")

_MOST_LINES = 3  # of one picture; show tells the rest


def hits_page(result: SearchResult, session: Session) -> RenderableType:
    """Return the whole page of a search result."""
    parts: list[RenderableType] = []
    if result.words_read:
        words = session.say(_READ, words=" ".join(result.words_read[:20]))
        parts.append(Text(printable(words), style=QUIET))
    parts.extend(hit_block(hit, session) for hit in result.hits)
    parts.append(_foot(result, session))
    return Group(*parts)


def hit_block(hit: Hit, session: Session) -> RenderableType:
    """Return one hit: rank and score at the sides, the listing and the reasons between them."""
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(justify="right", min_width=3, style=QUIET, no_wrap=True)
    grid.add_column(ratio=1)
    grid.add_column(justify="right", no_wrap=True, style="green")
    grid.add_row(str(hit.rank), _title(hit, session), f"{hit.score:.3f}")
    for line in _facts(hit, session):
        grid.add_row("", line, "")
    return Padding(grid, (0, 0, 1, 0))


def _title(hit: Hit, session: Session) -> Text:
    title = Text(printable(hit.listing.title) or hit.listing.listing_id, style="bold")
    if hit.listing.case is not None:
        title.append(f"  [{session.say(_CASE)}]", style="bold yellow")
    return title


def _facts(hit: Hit, session: Session) -> list[RenderableType]:
    listing = hit.listing
    parts = [part for part in (price_text(listing.price), seller_text(listing), listing.listing_id) if part]
    lines: list[RenderableType] = [Text(printable(" · ".join(parts)), style=ACCENT)]
    lines.extend(_line(highlight, session.say(FIELDS[highlight.field])) for highlight in hit.highlights)
    if hit.picture is not None:
        lines.extend(_picture_lines(hit.picture, hit.picture_count, session))
    reasons = _reasons(hit, session)
    if reasons:
        lines.append(Text(reasons, style=QUIET))
    return lines


def _picture_lines(picture: HitPicture, count: int, session: Session) -> list[RenderableType]:
    facts = [place_name(picture.picture.location), session.say(ROLES[picture.role])]
    if count > 1:
        facts.append(session.say(_PICTURES, count=count))
    if picture.distance is not None:
        facts.append(session.say(_DISTANCE, distance=picture.distance))
    lines: list[RenderableType] = [Text(printable(" · ".join(facts)))]
    for highlight in picture.highlights[:_MOST_LINES]:
        lines.append(_line(highlight, ""))
        box = (*highlight.boxes, highlight.line_box)[0]
        if box is not None:
            left, top, width, height = box_place(box)
            place = session.say(_PLACE, left=left, top=top, width=width, height=height)
            lines.append(indented(Text(place, style=QUIET), 2))
    return lines


def _line(highlight: Highlight, label: str) -> RenderableType:
    line = Text("  ")
    if label:
        line.append(f"{label}: ", style=QUIET)
    return line.append_text(emphasised(highlight))


def _reasons(hit: Hit, session: Session) -> str:
    # The words are said here too: in a pipe and on a screen without colours nothing is emphasised.
    matched = [session.say(_MATCHED, words=printable(" ".join(hit.matched_words)))] if hit.matched_words else []
    ordered = sorted(hit.channels.items(), key=lambda item: str(item[0]))
    return " · ".join([*matched, *(f"{channel} {score:.2f}" for channel, score in ordered)])


def _foot(result: SearchResult, session: Session) -> RenderableType:
    lines: list[Text] = []
    if not result.hits:
        lines.append(Text(session.say(NOTHING)))
    if result.channels_off:
        channels = "; ".join(
            f"{off.channel} ({off.reason_zh if session.language == 'zh' else off.reason})"
            + (f" → {off.command}" if off.command else "")
            for off in result.channels_off
        )
        lines.append(Text(session.say(_OFF, channels=channels), style=QUIET))
    total = session.say(_TOTAL, shown=len(result.hits), total=result.total, elapsed=result.elapsed_ms)
    lines.append(Text(total, style="bold"))
    if result.cursor:
        lines.append(Text(session.say(_NEXT, cursor=result.cursor), overflow="fold"))
    return Group(*lines)
