"""Which values a request may hold, and what people read where it holds others.

Values are checked here by themselves; `SearchRequest.checked` says which of its values have to pass what.
"""

from __future__ import annotations

import math
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal, get_args

from jianwei.errors import QueryError
from jianwei.search.results import CHANNELS, PICTURE_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from jianwei.records import Filters
    from jianwei.search.results import Channel

MAX_HITS = 1000
"""How deep one request and its following pages go; beyond this, people narrow the query or export."""

MAX_JOINED = 50
"""Each joined query is a search of its own; sheets of clues have commands of their own."""

MAX_PICTURES = 20

Target = Literal["listings", "cases", "pictures"]
"""What is looked for: listings, known cases only, or pictures whichever listings show them."""

Sort = Literal["relevance", "cheapest", "dearest", "newest", "oldest"]
"""The order of hits. What has no price or time comes last."""

TARGETS: tuple[Target, ...] = get_args(Target)
SORTS: tuple[Sort, ...] = get_args(Sort)


def check_channels(channels: Collection[Channel], weights: Mapping[Channel, float], target: Target) -> None:
    """Check which channels may take part, empty for all, and how much each counts.

    Raises:
        QueryError: a channel is unknown, a weight is below 0, all are 0, or none of them says anything of the target.
    """
    for channel in (*channels, *weights):
        check_name("channel", "通道", channel, CHANNELS)
    _check_weights(channels, weights)
    if target == "pictures" and channels and PICTURE_CHANNELS.isdisjoint(channels):
        raise QueryError(
            f"Pictures are looked for, and {', '.join(sorted(channels))} says nothing of a single picture. "
            f"Channels that do: {', '.join(sorted(PICTURE_CHANNELS))}.",
            zh=f"检索目标是图片，而通道 {'、'.join(sorted(channels))} 与单张图片无关。"
            f"可用通道：{'、'.join(sorted(PICTURE_CHANNELS))}。",
            target=target,
        )


def check_numbers(*, limit: int, alpha: float, min_relevance: float | None) -> None:
    """Check how many hits are asked for, and the numbers between 0 and 1.

    Raises:
        QueryError: one of them is out of range.
    """
    if not 1 <= limit <= MAX_HITS:
        raise QueryError(
            f"limit is {limit}; allowed are 1 to {MAX_HITS}.",
            zh=f"limit 为 {limit}，可用范围是 1 到 {MAX_HITS}。",
            limit=limit,
        )
    if not 0.0 <= alpha <= 1.0:
        raise QueryError(
            f"alpha is {alpha}; it is a weight between 0 (words as written only) and 1 (pictures and meaning only).",
            zh=f"alpha 为 {alpha}；它是 0（只看文字）到 1（只看图片与语义）之间的权重。",
            alpha=alpha,
        )
    if min_relevance is not None and not 0.0 <= min_relevance <= 1.0:
        raise QueryError(
            f"min_relevance is {min_relevance}; it is a share between 0 (fold nothing away) and 1.",
            zh=f"min_relevance 为 {min_relevance}；可用范围是 0（不折叠）到 1。",
            min_relevance=min_relevance,
        )


def check_name(kind: str, kind_zh: str, name: str, known: Sequence[str]) -> None:
    """Check that a name is one of those known.

    Raises:
        QueryError: it is not; suggests the nearest.
    """
    if name in known:
        return
    near = get_close_matches(name, known, n=1, cutoff=0.4)
    asked = f" Did you mean {near[0]}?" if near else ""
    asked_zh = f"是否要写 {near[0]}？" if near else ""
    raise QueryError(
        f"There is no {kind} {name!r}.{asked} Known: {', '.join(known)}.",
        zh=f"没有名为 {name!r} 的{kind_zh}。{asked_zh}可用：{'、'.join(known)}。",
        name=name,
        nearest=near[0] if near else None,
    )


def check_texts(texts: Iterable[str]) -> None:
    """Check that words and names are text: a terminal or a file in another encoding gives what no index can hold.

    Raises:
        QueryError: one has characters that are none in UTF-8.
    """
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            shown, place = text.encode(errors="replace").decode(), error.start + 1
            raise QueryError(
                f"{shown!r} is not text in UTF-8, at character {place}. Check the encoding of the terminal, or of the "
                "file it comes from.",
                zh=f"{shown!r} 的第 {place} 个字符不是 UTF-8 文字。请检查终端或其来源文件的编码。",
                position=error.start,
            ) from error


def check_ranges(filters: Filters) -> None:
    """Check that ranges of prices and times do not end before they begin.

    Raises:
        QueryError: one does: no listing could be inside, and an empty page would look like an answer.
    """
    prices, times = (filters.price_min, filters.price_max), (filters.captured_from, filters.captured_to)
    if prices[0] is not None and prices[1] is not None and prices[0] > prices[1]:
        raise _backwards("price", "价格", f"{prices[0]:g}", f"{prices[1]:g}")
    if times[0] is not None and times[1] is not None and times[0] > times[1]:
        raise _backwards("time", "时间", times[0].isoformat(), times[1].isoformat())


def _backwards(what: str, what_zh: str, low: str, high: str) -> QueryError:
    return QueryError(
        f"The range of the {what} ends ({high}) before it begins ({low}): no listing can be inside. Swap the two.",
        zh=f"{what_zh}范围的下限（{low}）大于上限（{high}），不会有符合的商品。请对调两者。",
    )


def check_amounts(*, queries: int, pictures: int) -> None:
    """Check how much is asked at once.

    Raises:
        QueryError: more queries are joined, or more pictures looked for, than one request may hold.
    """
    if queries > MAX_JOINED:
        raise QueryError(
            f"{queries} queries are joined; {MAX_JOINED} are allowed. Ask in several searches.",
            zh=f"合并了 {queries} 条查询，最多 {MAX_JOINED} 条。请分几次检索。",
            count=queries,
        )
    if pictures > MAX_PICTURES:
        raise QueryError(
            f"{pictures} pictures are asked for at once; {MAX_PICTURES} are allowed. Ask in several searches.",
            zh=f"一次检索了 {pictures} 张图片，最多 {MAX_PICTURES} 张。请分几次检索。",
            count=pictures,
        )


def _check_weights(channels: Collection[Channel], weights: Mapping[Channel, float]) -> None:
    for channel, weight in weights.items():
        if not math.isfinite(weight) or weight < 0.0:
            raise QueryError(
                f"The weight of {channel} is {weight}; it must be 0 (leave out) or more.",
                zh=f"通道 {channel} 的权重为 {weight}；应为 0（不参与）或更大的数。",
                channel=channel,
                weight=weight,
            )
    if weights and not any(weights.get(channel, 1.0) for channel in channels or CHANNELS):
        raise QueryError(
            "Every channel has the weight 0, so nothing could be found. Give at least one channel a weight above 0.",
            zh="所有通道的权重都是 0，无法检索。请至少给一个通道大于 0 的权重。",
        )
