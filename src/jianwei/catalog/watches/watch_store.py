"""Watches in the catalog: `WatchesStore` over SQL."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jianwei.catalog.stored.values import (
    from_json,
    from_microseconds,
    from_stored_text,
    now_us,
    to_json,
    to_microseconds,
    to_stored_text,
)
from jianwei.catalog.watches import watch_statements as statements
from jianwei.errors import ConflictError, NotFoundError
from jianwei.ports.watches import Watch, WatchCounts, WatchHit, WatchQuery
from jianwei.records import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jianwei.catalog.engine.statements import Row, Session, Statement
    from jianwei.catalog.sql_catalog import SqlCatalog

_HITS: dict[tuple[bool, bool], Statement] = {
    (False, True): statements.every_hit,
    (True, True): statements.every_unseen_hit,
    (False, False): statements.shown_hits,
    (True, False): statements.shown_unseen_hits,
}


class SqlWatches:
    """Watches of one catalog."""

    def __init__(self, catalog: SqlCatalog) -> None:
        self._catalog = catalog

    def watches(self) -> list[Watch]:
        """Return all watches, by name."""
        with self._catalog.reading() as session:
            return [_watch_from_row(row) for row in session.rows(statements.all_watches)]

    def watch(self, name: str) -> Watch | None:
        """Return the watch of a name."""
        with self._catalog.reading() as session:
            row = session.row(statements.watch_named, to_stored_text(name))
        return None if row is None else _watch_from_row(row)

    def counts(self, watch_no: int) -> WatchCounts:
        """Count the hits of a watch."""
        with self._catalog.reading() as session:
            (row,) = session.rows(statements.counts, watch_no)
        return WatchCounts(*row)

    def hits(self, watch_no: int, *, unseen: bool, held_back: bool, limit: int) -> list[WatchHit]:
        """Return hits, newest first, of one moment the most relevant first; `held_back` adds those held back."""
        with self._catalog.reading() as session:
            return [_hit_from_row(row) for row in session.rows(_HITS[unseen, held_back], watch_no, limit)]

    def known(self, watch_no: int, listing_nos: Sequence[int]) -> set[int]:
        """Return which of the listings a watch has found before."""
        with self._catalog.reading() as session:
            rows = session.rows_for(statements.known_hits, listing_nos, watch_no)
        return {number for (number,) in rows}

    @contextmanager
    def writing(self) -> Iterator[SqlWatchesWriter]:
        """Open a transaction.

        Raises:
            WriterLockedError: another process is writing to the library.
            StorageFullError: the disk is full; nothing of the transaction is kept.
        """
        with self._catalog.transaction() as session:
            yield SqlWatchesWriter(session)


class SqlWatchesWriter:
    """Writes watches within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._now_us = now_us()

    def put_watch(self, name: str, query: WatchQuery, *, cap: int, sequence: int) -> int:
        """Insert a watch, return its number.

        Raises:
            ConflictError: there is a watch of this name.
        """
        if self._session.row(statements.watch_named, to_stored_text(name)) is not None:
            raise ConflictError(
                f"Somebody has just saved a watch {name!r}. Choose another name.",
                zh=f"刚刚有人保存了名为 {name!r} 的监控。请另取名称。",
                name=name,
            )
        row = (to_stored_text(name), _query_to_json(query), query.picture, cap, self._now_us, sequence, None)
        ((number,),) = self._session.rows(statements.insert_watch, *row)
        return int(number)

    def put_hits(self, watch_no: int, hits: Sequence[WatchHit]) -> None:
        """Record hits; one that is recorded already stays as it is."""
        numbers = [hit.listing_no for hit in hits]
        known = {number for (number,) in self._session.rows_for(statements.known_hits, numbers, watch_no)}
        rows = [_hit_to_row(watch_no, hit) for hit in hits if hit.listing_no not in known]
        self._session.run_many(statements.insert_hit, rows)

    def set_looked_until(self, watch_no: int, sequence: int) -> None:
        """Record the change up to which a watch has looked, and that it ran now; it never goes back.

        Raises:
            NotFoundError: the watch is not there any more.
        """
        before = self._session.row(statements.looked_until, watch_no)
        if before is None:
            raise NotFoundError(
                "The watch was removed while it ran. Nothing was recorded.",
                zh="监控在运行期间已被删除，未记录任何命中。",
            )
        self._session.rows(statements.set_looked_until, max(sequence, before[0]), self._now_us, watch_no)

    def mark_seen(self, watch_no: int, listing_ids: Sequence[str] | None) -> int:
        """Mark hits as seen, None for all; return how many were not before."""
        if listing_ids is None:
            return len(self._session.rows(statements.mark_all_seen, self._now_us, watch_no))
        stored = [to_stored_text(listing_id) for listing_id in listing_ids]
        return sum(len(self._session.rows(statements.mark_seen, self._now_us, watch_no, name)) for name in stored)

    def delete_watch(self, watch_no: int) -> None:
        """Remove a watch with its hits."""
        self._session.rows(statements.delete_watch, watch_no)


def _query_to_json(query: WatchQuery) -> str:
    filters = query.filters
    return to_json(
        {
            "words": query.words,
            "avoid_words": query.avoid_words,
            "min_relevance": query.min_relevance,
            "region": query.region,
            "platforms": sorted(filters.platforms),
            "shops": sorted(filters.shops),
            "categories": sorted(filters.categories),
            "price_min": filters.price_min,
            "price_max": filters.price_max,
            "captured_from": filters.captured_from,
            "captured_to": filters.captured_to,
        }
    )


def _query_from_json(stored: str, picture: bytes | None) -> WatchQuery:
    fields: Mapping[str, Any] = from_json(stored)
    filters = Filters(
        platforms=frozenset(fields["platforms"]),
        shops=frozenset(fields["shops"]),
        categories=frozenset(fields["categories"]),
        price_min=fields["price_min"],
        price_max=fields["price_max"],
        captured_from=_moment(fields["captured_from"]),
        captured_to=_moment(fields["captured_to"]),
    )
    # Watches from before regions were kept have none.
    region = fields.get("region", "")
    return WatchQuery(fields["words"], picture, fields["avoid_words"], filters, fields["min_relevance"], region)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _optional(moment_us: int | None) -> datetime | None:
    return None if moment_us is None else from_microseconds(moment_us)


def _watch_from_row(row: Row) -> Watch:
    watch_no, name, query, picture, cap, created_at_us, sequence, last_run_at_us = row
    return Watch(
        watch_no,
        from_stored_text(name),
        _query_from_json(query, picture),
        cap,
        from_microseconds(created_at_us),
        sequence,
        _optional(last_run_at_us),
    )


def _hit_to_row(watch_no: int, hit: WatchHit) -> Row:
    return (
        watch_no,
        hit.listing_no,
        *map(to_stored_text, (hit.listing_id, hit.title, hit.platform, hit.shop)),
        hit.relevance,
        to_json(dict(hit.channels)),
        to_json(list(hit.matched_words)),
        hit.picture_sha256,
        hit.sequence,
        to_microseconds(hit.found_at),
        None if hit.seen_at is None else to_microseconds(hit.seen_at),
        hit.held_back,
    )


def _hit_from_row(row: Row) -> WatchHit:
    _, listing_no, listing_id, title, platform, shop, relevance, channels, words, sha256, *rest = row
    sequence, found_at_us, seen_at_us, held_back = rest
    return WatchHit(
        listing_no=listing_no,
        listing_id=from_stored_text(listing_id),
        title=from_stored_text(title),
        platform=from_stored_text(platform),
        shop=from_stored_text(shop),
        relevance=relevance,
        channels=from_json(channels),
        matched_words=tuple(from_json(words)),
        picture_sha256=sha256,
        sequence=sequence,
        found_at=from_microseconds(found_at_us),
        seen_at=_optional(seen_at_us),
        held_back=bool(held_back),
    )
