"""Watches as JSON objects; the field names are a promise, as in `json_shapes.py`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

if TYPE_CHECKING:
    from jianwei.export.json_shapes import WatchRunJson
    from jianwei.ports.watches import Watch, WatchCounts, WatchHit, WatchRun


class WatchJson(TypedDict):
    """One watch. Empty lists and null restrict nothing; `picture_sha256` is null where it has no picture.

    `region` is the part of the picture that is looked for, null for all of it.
    """

    name: str
    words: str
    avoid_words: str
    picture_sha256: str | None
    region: str | None
    min_relevance: float | None
    platforms: list[str]
    shops: list[str]
    categories: list[str]
    price_min: float | None
    price_max: float | None
    captured_from: str | None
    captured_to: str | None
    cap: int
    created_at: str
    last_run_at: str | None
    hits: int
    unseen: int
    held_back: int


class WatchHitJson(TypedDict):
    """One listing that a watch found, as it was then; `exists` is false where it has been deleted since."""

    listing_id: str
    title: str
    platform: str
    shop: str
    relevance: float
    channels: dict[str, float]
    matched_words: list[str]
    picture_sha256: str
    found_at: str
    seen_at: str | None
    held_back: bool
    exists: bool


def watch_run_json(run: WatchRun) -> WatchRunJson:
    """Return what a run found."""
    return {
        "name": run.name,
        "looked_at": run.looked_at,
        "new": run.new,
        "held_back": run.held_back,
        "problem": run.problem,
        "problem_zh": run.problem_zh,
    }


def watch_json(watch: Watch, counts: WatchCounts) -> WatchJson:
    """Return a watch with what it asks for and how many hits it has."""
    query, filters = watch.query, watch.query.filters
    return {
        "name": watch.name,
        "words": query.words,
        "avoid_words": query.avoid_words,
        "picture_sha256": None if query.picture is None else hashlib.sha256(query.picture).hexdigest(),
        "region": query.region or None,
        "min_relevance": query.min_relevance,
        "platforms": sorted(filters.platforms),
        "shops": sorted(filters.shops),
        "categories": sorted(filters.categories),
        "price_min": filters.price_min,
        "price_max": filters.price_max,
        "captured_from": None if filters.captured_from is None else filters.captured_from.isoformat(),
        "captured_to": None if filters.captured_to is None else filters.captured_to.isoformat(),
        "cap": watch.cap,
        "created_at": watch.created_at.isoformat(),
        "last_run_at": None if watch.last_run_at is None else watch.last_run_at.isoformat(),
        "hits": counts.hits,
        "unseen": counts.unseen,
        "held_back": counts.held_back,
    }


def watch_hit_json(hit: WatchHit, *, exists: bool) -> WatchHitJson:
    """Return a hit of a watch."""
    return {
        "listing_id": hit.listing_id,
        "title": hit.title,
        "platform": hit.platform,
        "shop": hit.shop,
        "relevance": round(hit.relevance, 4),
        "channels": dict(hit.channels),
        "matched_words": list(hit.matched_words),
        "picture_sha256": hit.picture_sha256,
        "found_at": hit.found_at.isoformat(),
        "seen_at": None if hit.seen_at is None else hit.seen_at.isoformat(),
        "held_back": hit.held_back,
        "exists": exists,
    }
