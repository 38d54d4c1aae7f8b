"""Channels that have nothing to look in, were not needed or whose model failed, so that an explanation can say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.search.channels import TEXT_CHANNELS
from jianwei.search.results import ChannelOff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwei.ports import TextIndex
    from jianwei.search.question import Plan, Weighing

_WITHOUT_TEXT = {
    channel: ChannelOff(channel, "no listing of this library has such text", "本库商品没有这类文字", kind="idle")
    for channel in TEXT_CHANNELS.values()
}
_UNHEARD = ChannelOff(
    "text:sound",
    "not asked: the words stand there as they are written",
    "未启用：原文匹配已足够",
    kind="idle",
)


def silent_channels(text: TextIndex, weighing: Weighing, *, unheard: bool) -> Iterator[ChannelOff]:
    """Yield the text channels that could take part but in which no listing has any text; none of an empty library.

    With `unheard` also that of sound, which was not asked.
    """
    held = text.fields
    if not held:
        return
    for field, channel in TEXT_CHANNELS.items():
        if field not in held and weighing.weight(channel):
            yield _WITHOUT_TEXT[channel]
    if unheard and "sound" in held and weighing.weight("text:sound"):
        yield _UNHEARD


def speechless_spaces(plan: Plan) -> Iterator[ChannelOff]:
    """Yield each space once whose model had no vector for a query, as when its server is down, with its reason."""
    told: set[str] = set()
    for asked in plan.asked_spaces():
        problem, name = asked.problem, asked.space.name
        if problem is not None and name not in told:
            told.add(name)
            yield ChannelOff(
                "vector",
                f"{name} gave no vector for this query; the other channels answered. {problem.message}",
                f"{name} 未能给出本次查询的向量，由其他通道回答。{problem.message_zh}",
            )
