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
from jianwei.cli.pages.wording import ACCENT, QUIET, ROLES, channel_text, field_label, price_text, seller_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.search.results import ChannelOff, Highlight, Hit, HitPicture, PictureFold, SearchResult

NO_MATCH = Both(
    "No match: nothing in this library is relevant enough. {folded} weaker hits are folded away; "
    "--min-relevance 0 shows them.",
    "没有匹配：库中没有足够相关的商品。已折叠 {folded} 条较弱的结果，可用 --min-relevance 0 显示。",
)
_FOLDED = Both(
    "{folded} {folded:hit|hits} below relevance {least:.2f} {folded:is|are} folded away; --min-relevance 0 shows "
    "{folded:it|them}.",
    "已折叠 {folded} 条相关度低于 {least:.2f} 的结果，可用 --min-relevance 0 显示。",
)
_ALL_AVOIDED = Both(
    "No match: {avoided} {avoided:listing matches|listings match} but {avoided:says or shows|say or show} what is to "
    "be avoided, and {avoided:is|are} folded away. Avoid less, or let --min-relevance 0 show {avoided:it|them}.",
    "没有匹配：有 {avoided} 个商品相符，但含有要排除的内容，已折叠。可以减少排除条件，或用 --min-relevance 0 显示。",
)
_AVOIDED = Both(
    "Of these {avoided} would be shown but for what is to be avoided.", "其中 {avoided} 个因含有要排除的内容。"
)
_ROUTED = Both("Meaning looked for in {why}.", "语义检索所用空间：{why}。")
_RELEVANCE = Both("relevance {relevance:.0%}", "相关度 {relevance:.0%}")
_COPY = Both("same picture as hit {rank}", "与第 {rank} 条图片相同")
_FOLD = Both(
    "{listings} listings of {shops} {shops:shop|shops} show this picture; under this hit:",
    "此图共 {listings} 个商品、{shops} 家店铺使用，合并在本条下：",
)
_FOLD_WITHOUT_SHOPS = Both(
    "{listings} listings show this picture; under this hit:", "此图共 {listings} 个商品使用，合并在本条下："
)
_FOLDED_UNDER = Both("{distance} of 256 bits differ", "指纹相差 {distance}/256 位")
_SAME_FILE = Both("the same file", "同一文件")
_SAME_PICTURE = Both("the same picture", "同一图片")
_MORE_UNDER = Both("and {count} more; --all shows each", "另有 {count} 个，--all 逐条显示")
_IN_FOLDS = Both(
    "{count} more under hits with the same picture; --all shows each.",
    "有 {count} 个商品与某条结果同图，已合并在其下；--all 逐条显示。",
)
_ANSWERS = Both("answers query {number}", "匹配第 {number} 条查询")
NOTHING = Both(
    "Nothing found. Try fewer or shorter words, or fewer filters.", "没有找到。可以减少或缩短检索词，或放宽筛选条件。"
)
_COMMON = Both(
    "Too common to tell anything, so relevance is that of the other words: {words}. Quotes look for exactly that.",
    "过于常用、没有区分度，不计入相关度：{words}。加引号可按原样查找。",
)
_ONLY_COMMON = Both(
    "No match: words as common as {words} tell nothing. Add a word that says what is meant, or put them in quotes to "
    "find exactly them.",
    "没有匹配：{words} 过于常用，没有区分度。请补充能说明所找内容的词，或加引号按原样查找。",
)
_EMPTY = Both(
    "This library holds no listings yet. Take some in with: jianwei ingest SOURCE",
    "本库还没有商品。可用 jianwei ingest 数据来源 导入。",
)
_TOTAL = Both(
    "{shown} of {total} {total:listing|listings} · {elapsed:.0f} ms",
    "显示 {shown} 条，共 {total} 条 · {elapsed:.0f} 毫秒",
)
_NEXT = Both("Next page: the same command with --cursor {cursor}", "下一页：同一条命令加上 --cursor {cursor}")
_OFF = Both("Channels off: {channels}", "未启用的通道：{channels}")
_OFF_HERE = Both("Channels off: {channels}; why: jianwei doctor", "未启用的通道：{channels}；原因见 jianwei doctor")
_READ = Both("Read in the picture: {words}", "从图片中读到：{words}")
_MATCHED = Both("matched: {words}", "命中：{words}")
_CASE = Both("known case", "已知案例")
_PICTURES = Both("{count} pictures", "共 {count} 张图片")
_PLACE = Both("at x {left}, y {top}, {width} × {height} px", "位于 x {left}, y {top}，{width} × {height} px")
_DISTANCE = Both("{distance} of 256 bits differ", "指纹相差 {distance}/256 位")

_MOST_LINES = 3  # of one picture; show tells the rest


def hits_page(result: SearchResult, session: Session, *, is_empty: bool = False) -> RenderableType:
    """Return the whole page of a search result; `is_empty` says that the library holds no listing at all."""
    parts: list[RenderableType] = []
    if result.words_read:
        words = session.say(_READ, words=" ".join(result.words_read[:20]))
        parts.append(Text(printable(words), style=QUIET))
    if result.function_words and not result.asks_nothing:
        common = session.say(_COMMON, words=" ".join(result.function_words))
        parts.append(Text(printable(common), style=QUIET))
    if result.routing is not None:
        why = result.routing.explanation_zh if session.language == "zh" else result.routing.explanation
        parts.append(Text(session.say(_ROUTED, why=printable(why)), style=QUIET))
    parts.extend(hit_block(hit, session) for hit in result.hits)
    parts.append(_foot(result, session, NOTHING if not is_empty else _EMPTY))
    return Group(*parts)


def hit_block(hit: Hit, session: Session) -> RenderableType:
    """Return one hit: rank and score at the sides, the listing and the reasons between them."""
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(justify="right", min_width=3, style=QUIET, no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")  # the usual ellipsis cuts a full line that has Chinese in it
    grid.add_column(justify="right", no_wrap=True, style="green")
    # One row for all lines: Rich measures and pads each cell of each row, which took longer than the search.
    grid.add_row(str(hit.rank), Group(_title(hit, session), *_facts(hit, session)), f"{hit.score:.3f}")
    return Padding(grid, (0, 0, 1, 0))


def _title(hit: Hit, session: Session) -> Text:
    title = Text(printable(hit.listing.title) or hit.listing.listing_id, style="bold")
    if hit.listing.case is not None:
        title.append(f"  [{session.say(_CASE)}]", style="bold yellow")
    return title


def _facts(hit: Hit, session: Session) -> list[RenderableType]:
    listing = hit.listing
    own = listing.listing_id if printable(listing.title) else ""  # without a title the id stands in its place
    parts = [part for part in (price_text(listing.price), seller_text(listing), own) if part]
    lines: list[RenderableType] = [Text(printable(" · ".join(parts)), style=ACCENT)] if parts else []
    lines.extend(_line(highlight, field_label(highlight.field, session)) for highlight in hit.highlights)
    if hit.picture is not None:
        lines.extend(_picture_lines(hit.picture, hit.picture_count, session))
    reasons = _reasons(hit, session)
    if reasons:
        lines.append(Text(reasons, style=QUIET))
    if hit.fold is not None:
        lines.extend(_fold_lines(hit.fold, session))
    return lines


def _fold_lines(fold: PictureFold, session: Session) -> list[RenderableType]:
    """Return how many listings show the picture of a hit, and the first of those that stand under it."""
    shown_by = _FOLD if fold.shops else _FOLD_WITHOUT_SHOPS
    told = session.say(shown_by, listings=fold.listings, shops=fold.shops)
    lines: list[RenderableType] = [Text(told, style="yellow")]
    for item in fold.under[:_MOST_LINES]:
        listing = item.listing
        why = session.say(_SAME_PICTURE)
        if item.distance is not None:
            why = session.say(_FOLDED_UNDER, distance=item.distance) if item.distance else session.say(_SAME_FILE)
        parts = [printable(listing.title), price_text(listing.price), seller_text(listing), listing.listing_id, why]
        lines.append(indented(Text(printable(" · ".join(part for part in parts if part)), style=QUIET), 2))
    more = fold.listings - 1 - len(fold.under[:_MOST_LINES])
    if more:
        lines.append(indented(Text(session.say(_MORE_UNDER, count=more), style=QUIET), 2))
    return lines


def _picture_lines(picture: HitPicture, count: int, session: Session) -> list[RenderableType]:
    facts = [place_name(picture.picture.location), session.say(ROLES[picture.role])]
    if count > 1:
        facts.append(session.say(_PICTURES, count=count))
    if picture.near_distance is not None:
        facts.append(session.say(_DISTANCE, distance=picture.near_distance))
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
        line.append(label, style=QUIET)
    return line.append_text(emphasised(highlight))


def _reasons(hit: Hit, session: Session) -> str:
    # The words are said here too: in a pipe and on a screen without colours nothing is emphasised.
    matched = [session.say(_MATCHED, words=printable(" ".join(hit.matched_words)))] if hit.matched_words else []
    if hit.same_picture_as is not None:
        matched.append(session.say(_COPY, rank=hit.same_picture_as))
    if hit.query_no:
        matched.append(session.say(_ANSWERS, number=hit.query_no + 1))
    reasons = [*matched, *_channels(hit, session)]
    if reasons:  # filters alone say nothing about relevance
        reasons.insert(0, session.say(_RELEVANCE, relevance=hit.relevance))
    return " · ".join(reasons)


def _channels(hit: Hit, session: Session) -> list[str]:
    """Return each channel with its score, and with its place where it is among the candidates: text:ocr 8.21 (#1)."""
    ordered = sorted(hit.channels.items(), key=lambda item: str(item[0]))
    told = []
    for channel, score in ordered:
        rank = hit.channel_ranks.get(channel)
        told.append(f"{channel_text(channel, session)} {score:.2f}" + (f" (#{rank})" if rank else ""))
    heard = hit.channel_ranks.get("text:sound")
    if heard and "text:sound" not in hit.channels:
        told.append(f"{channel_text('text:sound', session)} (#{heard})")
    return told


def _foot(result: SearchResult, session: Session, nothing: Both) -> RenderableType:
    lines: list[Text] = []
    if result.asks_nothing:
        lines.append(Text(printable(session.say(_ONLY_COMMON, words=" ".join(result.function_words)))))
    elif not result.hits and result.avoided:
        lines.append(Text(session.say(_ALL_AVOIDED, avoided=result.avoided)))
    elif not result.hits and result.folded:
        lines.append(Text(session.say(NO_MATCH, folded=result.folded)))
    elif not result.hits:
        lines.append(Text(session.say(nothing)))
    elif result.folded:
        folded = session.say(_FOLDED, folded=result.folded, least=result.min_relevance)
        if result.avoided:
            folded += ("" if session.language == "zh" else " ") + session.say(_AVOIDED, avoided=result.avoided)
        lines.append(Text(folded, style=QUIET))
    if result.in_folds:
        lines.append(Text(session.say(_IN_FOLDS, count=result.in_folds), style=QUIET))
    if result.channels_off:
        lines.extend(Text(line, style=QUIET) for line in _off_lines(result.channels_off, session))
    total = session.say(_TOTAL, shown=len(result.hits), total=result.total, elapsed=result.elapsed_ms)
    lines.append(Text(total, style="bold"))
    return Group(*lines)


def next_page_line(result: SearchResult, session: Session) -> str:
    """Return how to ask for the next page, empty on the last one; a cursor is copied, so its line is never broken."""
    return session.say(_NEXT, cursor=result.cursor) if result.cursor else ""


def _off_lines(channels_off: Sequence[ChannelOff], session: Session) -> list[str]:
    """Return what to say of channels that took no part.

    Those that are off whatever is asked are named only, since every search says it again; what happened to this query
    is told in full. One with nothing to look in, or that was not needed, is not worth a line.
    """
    chinese = session.language == "zh"
    usual = [channel_text(off.channel, session) for off in channels_off if off.kind == "usual"]
    lines = [session.say(_OFF_HERE, channels=("、" if chinese else ", ").join(usual))] if usual else []
    for off in channels_off:
        if off.kind == "now":
            why = f"{channel_text(off.channel, session)} ({off.reason_zh if chinese else off.reason})"
            lines.append(session.say(_OFF, channels=why + (f" → {off.command}" if off.command else "")))
    return lines
