"""The pages of watches: which there are, what one asks for, what runs and ingests found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.marked_text import indented, printable
from jianwei.cli.pages.wording import ACCENT, QUIET, channel_text, price_text, time_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.ports.watches import Watch, WatchCounts, WatchHit, WatchRun

_NONE = Both(
    "No watch yet. Add one: jianwei watch add NAME WORDS", "还没有监控。添加一个：jianwei watch add 名称 检索词"
)
_NAME = Both("Watch", "监控")
_ASKS = Both("Looks for", "检索内容")
_UNSEEN = Both("Unseen", "未读")
_HITS = Both("Hits", "命中")
_LAST = Both("Last run", "上次运行")
_PICTURE = Both("a picture", "一张图片")
_PART = Both("the part {region} of a picture", "一张图片的局部 {region}")
_WITHOUT = Both("without {words}", "排除 {words}")
_RELEVANCE = Both("relevance from {least}", "相关度不低于 {least}")
_PLATFORM = Both("platform {names}", "平台 {names}")
_SHOP = Both("shop {names}", "店铺 {names}")
_CATEGORY = Both("category {names}", "类目 {names}")
_PRICE_FROM = Both("price from {price}", "价格不低于 {price}")
_PRICE_TO = Both("price up to {price}", "价格不高于 {price}")
_FROM = Both("captured from {time}", "采集时间不早于 {time}")
_TO = Both("captured up to {time}", "采集时间不晚于 {time}")
_CAP = Both("At most {cap} new hits a run, the others are held back.", "每次运行最多列出 {cap} 条新命中，其余另存。")
_COUNTS = Both(
    "{hits} {hits:hit|hits} · {unseen} unseen · {held_back} held back",
    "命中 {hits} 条 · 未读 {unseen} 条 · 另存 {held_back} 条",
)
_SINCE = Both("Since {created} · last run {last}", "创建于 {created} · 上次运行 {last}")
_RUN = Both(
    "{name}: {new} new of {looked_at} {looked_at:listing|listings} looked at.",
    "{name}：查看 {looked_at} 条商品，新命中 {new} 条。",
)
_HELD_BACK = Both(
    " {count} more {count:is|are} held back: jianwei watch hits {name} --all",
    "另有 {count} 条另存：jianwei watch hits {name} --all",
)
_PROBLEM = Both("{name} could not be run: {problem}", "{name} 未能运行：{problem}")
_NO_HITS = Both("No hits to show.", "没有可显示的命中。")
_WHY = Both("relevance {relevance:.0%} · {reasons}", "相关度 {relevance:.0%} · {reasons}")
_MATCHED = Both("matched: {words}", "命中词：{words}")
_FOUND = Both("found {time}", "发现于 {time}")
_GONE = Both("deleted since", "商品已删除")
_SEEN = Both("seen", "已读")
_WAS_HELD_BACK = Both("held back", "另存")
_SHOWN = Both(
    "{shown} shown of {hits} {hits:hit|hits}, {unseen} unseen. When you have seen them: jianwei watch seen {name}",
    "显示 {shown} 条，共命中 {hits} 条，未读 {unseen} 条。看过之后：jianwei watch seen {name}",
)
REMOVED = Both("{name} is removed with its hits.", "已删除 {name} 及其命中记录。")
MARKED = Both("{count} {count:hit|hits} of {name} marked as seen.", "已将 {name} 的 {count} 条命中标为已读。")


def watches_page(watches: Sequence[tuple[Watch, WatchCounts]], session: Session) -> RenderableType:
    """Return the list of watches."""
    if not watches:
        return Text(session.say(_NONE))
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(session.say(_NAME), overflow="fold", style=ACCENT)
    table.add_column(session.say(_ASKS), overflow="fold", ratio=1)
    table.add_column(session.say(_UNSEEN), justify="right")
    table.add_column(session.say(_HITS), justify="right")
    table.add_column(session.say(_LAST), no_wrap=True)
    for watch, counts in watches:
        asks = printable(" · ".join(_asked(watch, session)))
        table.add_row(printable(watch.name), asks, str(counts.unseen), str(counts.hits), time_text(watch.last_run_at))
    return table


def watch_page(watch: Watch, counts: WatchCounts, session: Session) -> RenderableType:
    """Return one watch: what it asks for and what it has found."""
    since = session.say(_SINCE, created=time_text(watch.created_at), last=time_text(watch.last_run_at))
    return Group(
        Text(printable(watch.name), style="bold"),
        *(indented(Text(printable(part)), 2) for part in _asked(watch, session)),
        Text(session.say(_CAP, cap=watch.cap), style=QUIET),
        Text(since, style=QUIET),
        Text(session.say(_COUNTS, hits=counts.hits, unseen=counts.unseen, held_back=counts.held_back)),
    )


def run_text(run: WatchRun, session: Session) -> str:
    """Return what one run found, in a sentence."""
    name = printable(run.name)
    if run.problem:
        problem = run.problem_zh if session.language == "zh" else run.problem
        return session.say(_PROBLEM, name=name, problem=problem)
    said = session.say(_RUN, name=name, new=run.new, looked_at=run.looked_at)
    return said + (session.say(_HELD_BACK, count=run.held_back, name=name) if run.held_back else "")


def runs_page(runs: Sequence[WatchRun], session: Session) -> RenderableType:
    """Return what runs found."""
    if not runs:
        return Text(session.say(_NONE))
    return Text("\n").join(Text(run_text(run, session)) for run in runs)


def watch_hits_page(
    name: str, hits: Sequence[tuple[WatchHit, bool]], counts: WatchCounts, session: Session
) -> RenderableType:
    """Return hits of a watch with the reason and the time of each."""
    if not hits:
        return Text(session.say(_NO_HITS))
    parts = [line for hit, exists in hits for line in _hit_lines(hit, session, exists=exists)]
    foot = session.say(_SHOWN, shown=len(hits), hits=counts.hits, unseen=counts.unseen, name=printable(name))
    return Group(*parts, Text(foot, style=QUIET, overflow="fold"))


def _hit_lines(hit: WatchHit, session: Session, *, exists: bool) -> list[RenderableType]:
    title = Text(printable(hit.title) or hit.listing_id, style="bold")
    facts = [part for part in (hit.shop, hit.platform, hit.listing_id) if part]
    facts.append(session.say(_FOUND, time=time_text(hit.found_at)))
    marks = ((not exists, _GONE), (hit.seen_at is not None, _SEEN), (hit.held_back, _WAS_HELD_BACK))
    facts += [session.say(mark) for holds, mark in marks if holds]
    matched = [session.say(_MATCHED, words=" ".join(hit.matched_words))] if hit.matched_words else []
    reasons = " · ".join(
        [*matched, *(f"{channel_text(name, session)} {score:.2f}" for name, score in sorted(hit.channels.items()))]
    )
    why = session.say(_WHY, relevance=hit.relevance, reasons=printable(reasons))
    return [
        title,
        indented(Text(printable(" · ".join(facts)), style=ACCENT), 2),
        indented(Text(why, style=QUIET), 2),
        Text(""),
    ]


def _asked(watch: Watch, session: Session) -> list[str]:
    query, filters = watch.query, watch.query.filters
    parts = [query.words] if query.words else []
    if query.picture is not None:
        parts.append(session.say(_PART, region=query.region) if query.region else session.say(_PICTURE))
    if query.avoid_words:
        parts.append(session.say(_WITHOUT, words=query.avoid_words))
    if query.min_relevance is not None:
        parts.append(session.say(_RELEVANCE, least=query.min_relevance))
    named = ((_PLATFORM, filters.platforms), (_SHOP, filters.shops), (_CATEGORY, filters.categories))
    parts += [session.say(text, names=", ".join(sorted(names))) for text, names in named if names]
    prices = ((_PRICE_FROM, filters.price_min), (_PRICE_TO, filters.price_max))
    parts += [session.say(text, price=price_text(price)) for text, price in prices if price is not None]
    times = ((_FROM, filters.captured_from), (_TO, filters.captured_to))
    return parts + [session.say(text, time=time_text(moment)) for text, moment in times if moment is not None]
