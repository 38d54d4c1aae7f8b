"""Channels of words that have nothing to look in or were not needed, so that an explanation can say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.search.channels import TEXT_CHANNELS
from jianwei.search.results import ChannelOff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwei.ports import TextIndex
    from jianwei.search.question import Weighing


def silent_channels(text: TextIndex, weighing: Weighing, *, unheard: bool) -> Iterator[ChannelOff]:
    """Yield the text channels that could take part but in which no listing has any text; none of an empty library.

    With `unheard` also that of sound, which was not asked.
    """
    if not text.fields:
        return
    for field, channel in TEXT_CHANNELS.items():
        if field not in text.fields and weighing.weight(channel):
            yield ChannelOff(channel, "no listing of this library has such text", "本库商品没有这类文字")
    if unheard and "sound" in text.fields and weighing.weight("text:sound"):
        yield ChannelOff("text:sound", "not asked: the words stand there as they are written", "未启用：原文匹配已足够")
