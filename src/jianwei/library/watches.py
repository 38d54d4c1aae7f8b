"""`library.watches`: standing watches, as people and faces use them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jianwei.errors import JianweiError, NotFoundError, QueryError
from jianwei.ports.watches import DEFAULT_CAP, WatchHit, WatchQuery, WatchRun
from jianwei.search.regions import Region
from jianwei.search.request import AskedPicture, SearchRequest
from jianwei.search.request_checks import MAX_HITS
from jianwei.search.telling import check_tells
from jianwei.watches.runner import WatchRunner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.catalog.watches.watch_store import SqlWatches
    from jianwei.ports.watches import Watch, WatchCounts
    from jianwei.records import ListingPicture
    from jianwei.search.results import Hit, SearchResult

_LONGEST_NAME = 100
_GREATEST_CAP = 100_000
_MOST_HITS = 10_000


class LibraryWatches:
    """Watches of one library."""

    def __init__(
        self,
        catalog: SqlCatalog,
        store: SqlWatches,
        answer: Callable[[SearchRequest], SearchResult],
        searchable_until: Callable[[], int],
    ) -> None:
        self._catalog = catalog
        self._store = store
        self._answer = answer
        self._runner = WatchRunner(catalog, store, self._find, searchable_until)

    def add(self, name: str, query: WatchQuery, *, cap: int = DEFAULT_CAP) -> WatchRun:
        """Save a query under a name and hold it against all listings that are there.

        Raises:
            QueryError: the name is taken or empty, the cap is out of range, or the query cannot be used; nothing is
                saved.
            PictureError: the picture cannot be read.
            ConflictError: somebody has just taken the name.
        """
        shown = name.strip()
        if not shown or len(shown) > _LONGEST_NAME:
            raise QueryError(
                f"A watch needs a name of 1 to {_LONGEST_NAME} characters; {len(shown)} came.",
                zh=f"监控名称需为 1 到 {_LONGEST_NAME} 个字符，收到 {len(shown)} 个。",
                length=len(shown),
            )
        if not 1 <= cap <= _GREATEST_CAP:
            raise QueryError(
                f"cap is {cap}; allowed are 1 to {_GREATEST_CAP} new hits a run.",
                zh=f"cap 为 {cap}；每次运行可显示 1 到 {_GREATEST_CAP} 条新命中。",
                cap=cap,
            )
        if self._store.watch(shown) is not None:
            raise QueryError(
                f"There is a watch {shown!r} already. Choose another name, or remove it first: "
                f"jianwei watch remove {shown}",
                zh=f"已有名为 {shown!r} 的监控。请另取名称，或先删除：jianwei watch remove {shown}",
                name=shown,
            )
        if query.words.strip() and query.picture is None:
            check_tells(query.words)
        return self._runner.add(shown, query, cap=cap)

    def every(self) -> list[tuple[Watch, WatchCounts]]:
        """Return all watches by name, each with the counts of its hits."""
        return [(watch, self._store.counts(watch.watch_no)) for watch in self._store.watches()]

    def show(self, name: str) -> tuple[Watch, WatchCounts]:
        """Return one watch with the counts of its hits.

        Raises:
            NotFoundError: there is no watch of this name; names those that there are.
        """
        watch = self._watch(name)
        return watch, self._store.counts(watch.watch_no)

    def run(self, name: str = "") -> list[WatchRun]:
        """Run one watch, or all, over what changed since each ran last.

        A watch that cannot be run is reported as a `problem` when all are run, and looks at the same changes next time.
        While another process takes listings in, it looks at those that can be found already; the rest comes next time.

        Raises:
            NotFoundError: there is no watch of this name.
        """
        if name:
            return [self._runner.run(self._watch(name))]
        return [self._tried(watch) for watch in self._store.watches()]

    def remove(self, name: str) -> None:
        """Remove a watch with its hits.

        Raises:
            NotFoundError: there is no watch of this name.
        """
        watch = self._watch(name)
        with self._store.writing() as writer:
            writer.delete_watch(watch.watch_no)

    def hits(
        self, name: str, *, unseen: bool = False, held_back: bool = False, limit: int = 1000
    ) -> list[tuple[WatchHit, bool]]:
        """Return hits of a watch, newest first, each with whether its listing is still there.

        A hit that was recorded without a picture has the first one that its listing shows now.

        Raises:
            NotFoundError: there is no watch of this name.
            QueryError: `limit` is out of range.
        """
        if not 1 <= limit <= _MOST_HITS:
            raise QueryError(
                f"limit is {limit}; allowed are 1 to {_MOST_HITS}.",
                zh=f"limit 为 {limit}，可用范围是 1 到 {_MOST_HITS}。",
                limit=limit,
            )
        watch = self._watch(name)
        found = self._store.hits(watch.watch_no, unseen=unseen, held_back=held_back, limit=limit)
        there = self._catalog.listings([hit.listing_no for hit in found])
        bare = [hit.listing_no for hit in found if not hit.picture_sha256 and hit.listing_no in there]
        shown = self._catalog.pictures_of(bare)
        return [(_with_picture(hit, shown.get(hit.listing_no, ())), hit.listing_no in there) for hit in found]

    def mark_seen(self, name: str, listing_ids: Sequence[str] | None = None) -> int:
        """Mark hits of a watch as seen, all unless some are named; return how many were not before.

        Raises:
            NotFoundError: there is no watch of this name.
        """
        watch = self._watch(name)
        with self._store.writing() as writer:
            return writer.mark_seen(watch.watch_no, listing_ids)

    def _tried(self, watch: Watch) -> WatchRun:
        try:
            return self._runner.run(watch)
        except JianweiError as error:
            return WatchRun(watch.name, 0, 0, 0, error.message, error.message_zh)

    def _watch(self, name: str) -> Watch:
        watch = self._store.watch(name.strip())
        if watch is None:
            there = ", ".join(item.name for item in self._store.watches())
            raise NotFoundError(
                f"There is no watch {name!r}. " + (f"There are: {there}." if there else "There is none yet."),
                zh=f"没有名为 {name!r} 的监控。" + (f"已有：{there}。" if there else "目前还没有任何监控。"),
                name=name,
            )
        return watch

    def _find(self, query: WatchQuery, among: Sequence[int] | None) -> tuple[list[WatchHit], bool]:
        request = SearchRequest(
            words=query.words,
            pictures=() if query.picture is None else (AskedPicture(query.picture, _region(query)),),
            filters=query.filters,
            limit=MAX_HITS,
            avoid_words=query.avoid_words,
            min_relevance=query.min_relevance,
            among=None if among is None else frozenset(among),
            fold=False,  # every listing is recorded once, whatever it shows
        )
        result = self._answer(request)
        return [_watch_hit(hit) for hit in result.hits], len(result.hits) + result.folded < MAX_HITS


def _with_picture(hit: WatchHit, shown: Sequence[ListingPicture]) -> WatchHit:
    """Return a hit with the first picture of its listing where it was recorded without one."""
    return replace(hit, picture_sha256=shown[0].picture.facts.sha256) if shown else hit


def _region(query: WatchQuery) -> Region | None:
    return Region.read(query.region) if query.region else None


def _watch_hit(hit: Hit) -> WatchHit:
    listing = hit.listing
    return WatchHit(
        listing_no=listing.listing_no,
        listing_id=listing.listing_id,
        title=listing.title,
        platform=listing.platform,
        shop=listing.shop,
        relevance=hit.relevance,
        channels={str(channel): score for channel, score in hit.channels.items()},
        matched_words=hit.matched_words,
        picture_sha256="" if hit.picture is None else hit.picture.picture.facts.sha256,
        sequence=0,
        found_at=datetime.now(UTC),
    )
