"""Names listings: by the mapping's pattern, the source's own ids and codes, else by content. Pure."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from jianwei.errors import MappingError
from jianwei.ingest.sources.nearest import nearest_name
from jianwei.ingest.sources.platforms import platform_of_url
from jianwei.ingest.sources.scalars import plain_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_SLOT = re.compile(r"\{([^{}]*)\}")
PATTERN_FIELDS = ("platform", "product_code", "url", "title", "shop", "category")
_HASH_DIGITS = 16  # 64 bits: among a million listings a chance collision has a probability below 1 in 10 million


def check_pattern(pattern: str, columns: Collection[str], *, file: str) -> None:
    """Accept a pattern whose slots are fields of a listing or columns of the source.

    Raises:
        MappingError: naming the unknown slot, what there is and the nearest name.
    """
    allowed = (*PATTERN_FIELDS, *columns)
    for name in _SLOT.findall(pattern):
        if name not in allowed:
            nearest = nearest_name(name, allowed)
            raise MappingError(
                f"The id pattern {pattern!r} names {name!r}, which is neither a field nor a column of {file}. "
                f"There are: {', '.join(allowed)}. Nearest: {nearest!r}.",
                zh=f"id 模式 {pattern!r} 中的 {name!r} 既不是字段，也不是 {file} 的列。"
                f"可用：{'、'.join(allowed)}。最接近的是 {nearest!r}。",
                column=name,
                nearest=nearest,
            )


def id_from_pattern(pattern: str, *, fields: Mapping[str, str], values: Mapping[str, object]) -> str | None:
    """Return the pattern with its `{slots}` filled, None where one of them is empty in this record."""
    parts = {name: fields.get(name) or plain_text(values.get(name)) for name in _SLOT.findall(pattern)}
    if not all(parts.values()):
        return None
    return _SLOT.sub(lambda match: parts[match[1]], pattern)


def id_from_code(code: str, *, platform: str, url: str, namespace: str) -> str:
    """Return `platform:code`; where no platform is stated, the one that the URL belongs to, else `namespace`."""
    return f"{platform or platform_of_url(url) or namespace}:{code}"


def content_code(*, url: str, title: str, shop: str, pictures: Sequence[str]) -> str:
    """Return a code made from the content: of the URL alone where there is one, else of the other parts.

    `pictures` are the places as written, so that moving the source changes nothing, and the row number plays no part,
    so that inserting a row changes nothing either.
    """
    parts = [url] if url else [title, shop, *pictures]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_DIGITS]
