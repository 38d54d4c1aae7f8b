"""The names that people give one platform: a filter for 京东 finds what another crawler filed under jd.

Listings keep the name that their source gave, which is part of their id; where listings are counted, the names of one
platform are one. Names that are not here mean themselves only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jianwei.records import Filters

_NAMES = (
    ("jd", "京东", "京东商城", "jd.com", "jingdong"),
    ("tmall", "天猫", "天猫商城", "tmall.com"),
    ("taobao", "淘宝", "淘宝网", "taobao.com"),
    ("xianyu", "闲鱼", "goofish"),
    ("1688", "1688.com"),
    ("alibaba", "阿里巴巴", "alibaba.com"),
    ("pinduoduo", "拼多多", "pdd"),
    ("douyin", "抖音", "抖音商城", "抖音电商"),
    ("kuaishou", "快手", "快手小店", "快手电商"),
    ("xiaohongshu", "小红书", "xhs", "rednote"),
    ("suning", "苏宁", "苏宁易购"),
    ("vip", "唯品会", "vip.com", "vipshop"),
    ("dangdang", "当当", "当当网"),
    ("kaola", "考拉", "考拉海购", "网易考拉"),
    ("weidian", "微店"),
    ("amazon", "亚马逊", "amazon.cn", "amazon.com"),
)
"""Source: what the platforms call themselves; the first name is the one that `ingest` gives by a listing's URL."""


def _written(name: str) -> frozenset[str]:
    """Return the ways in which a name is written: filters compare letter by letter."""
    head, point, rest = name.partition(".")
    return frozenset({name, name.upper(), name.capitalize(), name.title(), f"{head.upper()}{point}{rest}"})


_SAME = {
    written: frozenset().union(*map(_written, names))
    for names in _NAMES
    for name in names
    for written in _written(name)
}


class WantedTexts(NamedTuple):
    """The texts that filters let through, by the field of a listing that holds one of them; empty lets all through."""

    platform: frozenset[str]
    shop: frozenset[str]
    category: frozenset[str]


def wanted_texts(filters: Filters) -> WantedTexts:
    """Return what filters ask of the texts of a listing: a platform under any of its names.

    Whoever applies filters asks here, so that all let the same listings through.
    """
    return WantedTexts(same_platforms(filters.platforms), filters.shops, filters.categories)


def joined_counts(counts: Mapping[str, int]) -> dict[str, int]:
    """Return counts in which the names of one platform are one: that with the highest count, of equals the first.

    What counts most comes first, of equals what came first.
    """
    joined: dict[frozenset[str], dict[str, int]] = {}
    for name, count in counts.items():
        joined.setdefault(same_platforms((name,)), {})[name] = count
    called = {max(names, key=names.__getitem__): sum(names.values()) for names in joined.values()}
    return dict(sorted(called.items(), key=lambda item: -item[1]))


def same_platforms(names: Iterable[str]) -> frozenset[str]:
    """Return the names and every other name of the same platforms; nothing for none."""
    wanted = frozenset(names)
    return wanted.union(*(_SAME.get(name, ()) for name in wanted))
