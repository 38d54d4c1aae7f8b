"""What the channels of a search are called where people read of them; programs go by `text:ocr` and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.bilingual import Both

if TYPE_CHECKING:
    from jianwei.search.results import Channel

CHANNEL_NAMES: dict[Channel, Both] = {
    "text:title": Both("Title", "标题"),
    "text:spec": Both("Specification", "规格参数"),
    "text:ocr": Both("Text in pictures", "图中文字"),
    "text:caption": Both("Captions", "图片描述"),
    "text:sound": Both("Sound of words", "谐音"),
    "hash": Both("Same picture", "同图"),
    "copy": Both("Part of the picture", "局部同图"),
    "vector:picture": Both("What pictures show", "画面含义"),
    "vector:title": Both("Meaning of titles", "标题含义"),
    "vector:caption": Both("Meaning of captions", "描述含义"),
}

_NAMES = {str(channel): name for channel, name in CHANNEL_NAMES.items()}
_NAMES["vector"] = Both("Meaning", "语义")  # all of them, where no model is here


def channel_name(channel: str) -> Both:
    """Return what a channel is called; one without a name goes by its own name."""
    return _NAMES.get(channel, Both(channel, channel))
