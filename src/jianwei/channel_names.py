"""What the channels of a search are called where people read of them; programs go by `text:ocr` and the like."""

from __future__ import annotations

from jianwei.bilingual import Both

CHANNEL_NAMES = {
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
    "vector": Both("Meaning", "语义"),  # all of them, where no model is here
}


def channel_name(channel: str) -> Both:
    """Return what a channel is called; one without a name goes by its own."""
    return CHANNEL_NAMES.get(channel, Both(channel, channel))
