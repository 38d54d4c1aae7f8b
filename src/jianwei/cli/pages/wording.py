"""The words for fields, roles, prices and sizes that several pages use, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.channel_names import channel_name
from jianwei.cli.language import Both
from jianwei.wall_clock import to_the_minute

if TYPE_CHECKING:
    from datetime import datetime

    from jianwei.cli.session import Session
    from jianwei.records import Listing

ROLES = {
    "main": Both("main picture", "主图"),
    "detail": Both("detail picture", "详情图"),
    "sku": Both("variant picture", "规格图"),
    "other": Both("other picture", "其他图片"),
}

FIELDS = {
    "title": Both("title", "标题"),
    "spec": Both("intro/spec", "介绍/规格"),
    "ocr": Both("text in picture", "图片文字"),
    "caption": Both("description of picture", "图片描述"),
}

INDEXES = {
    "text": Both("text", "文字"),
    "hash": Both("picture hash", "图片指纹"),
    "feature": Both("picture features", "图片特征"),
    "vector": Both("vectors", "向量"),
}
VECTOR_KINDS = {
    "picture": Both("pictures", "图片"),
    "title": Both("titles", "标题"),
    "caption": Both("captions", "描述"),
}

ACCENT = "cyan"
EMPHASIS = "bold red"
QUIET = "dim"


def field_label(field: str, session: Session) -> str:
    """Return the name of a field with its colon and what stands between it and a line."""
    return session.say(FIELDS[field]) + ("：" if session.language == "zh" else ": ")


def channel_text(channel: str, session: Session) -> str:
    """Return what a channel of a search is called; in English that is the word which `--channel` takes."""
    return channel_name(channel).zh if session.language == "zh" else channel


def price_text(price: float | None) -> str:
    """Return a price to two decimals; empty where there is none. The currency is the platform's, so it has no sign."""
    return "" if price is None else f"{price:,.2f}"


def seller_text(listing: Listing) -> str:
    """Return shop, platform and category, those that are known."""
    return " · ".join(part for part in (listing.shop, listing.platform, listing.category) if part)


def time_text(moment: datetime | None) -> str:
    """Return a time to the minute in the zone of this machine, which it names; empty where there is none."""
    return "" if moment is None else to_the_minute(moment)


def size_text(size_bytes: int) -> str:
    """Return a size in the unit that fits: 512 B, 14.2 KB, 3.1 GB (1 KB = 1024 B)."""
    size = float(size_bytes)
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GB"
