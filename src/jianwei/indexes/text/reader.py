"""Reading a full-text index of one state: what restricts a query, and hits in the promised order."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

import numpy as np

from jianwei.indexes.text.schema import CAPTURED_AT, LISTING_NO, PRICE, microseconds
from jianwei.ports import TextHits
from jianwei.text.platform_names import wanted_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    SummedQuery: TypeAlias = "tuple[QueryNode, tuple[TextField, ...]]"

    import tantivy
    from numpy.typing import NDArray

    from jianwei.indexes.text.common import CommonWords, Sums
    from jianwei.indexes.text.heard import HeardPairs
    from jianwei.indexes.text.rows import TextRows
    from jianwei.indexes.text.side_file import SideFileOfState
    from jianwei.ports import TextField
    from jianwei.records import Filters
    from jianwei.text.query_syntax import QueryNode

_Address = TypeVar("_Address")

_FREQUENCIES_KEPT = 65_536
"""Tokens whose frequency is remembered while the index stays as it is: asking costs a look into every segment."""

_SUMS_KEPT = 4
"""4 or 8 bytes for each listing and query: a search asks a query three times, and joined queries in turn."""

_FILTERS_KEPT = 8
"""At most 1.6 MB each: people change their words more often than their filters."""

_MOST_INSIDE = 200_000
"""Listings that a filter may leave to be told one by one, half a microsecond each; inside a wider one words are asked
of Tantivy, which takes less."""

_FEW_PARTS = 12
"""From about 20 on, adding up part by part takes longer than their union."""

_MOST_SINGLE_TERMS = 2000
"""From about here on a set of terms is faster than looking for each: 400 take 2.4 ms as a set and 0.9 ms as terms."""

_TIES_SEEN = 100
"""Hits that tie for the last place stand by number among this many more. Titles of few different lengths tie by
thousands, and nobody reads that far; asking a second time would cost as much again."""

SCORE_DECIMALS = 3
"""Sums of 32-bit floats differ in the sixth digit with the order of adding; beyond this, scores are called equal."""


NO_HITS = TextHits(np.empty(0, np.int64), np.empty(0))


class TextReader(NamedTuple):
    """One state of the index: what is committed, and what was found out about it, remembered.

    Attributes:
        searcher: Tantivy's own.
        doc_freq: in how many documents a token of a field stands.
        rows: what listings say.
        common: what common words earn, where that is known of this state.
        heard: in which listings pairs of syllables are heard, where that is known of this state.
        sums: what listings earn for the queries that were asked last.
        inside: the ascending rows of the listings that the filters asked last leave; None where these are too many.
        telling_inside: held by the thread that finds these out, which others of the same search wait for.
    """

    searcher: tantivy.Searcher
    doc_freq: Callable[[str, str], int]
    rows: TextRows
    common: SideFileOfState[CommonWords]
    heard: SideFileOfState[HeardPairs]
    sums: dict[SummedQuery, Sums | None]
    inside: dict[Filters, NDArray[np.int64] | None]
    telling_inside: Lock

    @classmethod
    def of(
        cls,
        index: tantivy.Index,
        rows: TextRows,
        common: SideFileOfState[CommonWords],
        heard: SideFileOfState[HeardPairs],
    ) -> TextReader:
        """Return the newest state that the index has loaded, with the rows of that state."""
        searcher = index.searcher()
        doc_freq = lru_cache(maxsize=_FREQUENCIES_KEPT)(searcher.doc_freq)
        return cls(searcher, doc_freq, rows, common, heard, {}, {}, Lock())

    def remember_sums(self, query: SummedQuery, sums: Sums | None) -> None:
        """Keep what listings earn for a query until a few others came."""
        for first in list(self.sums)[: max(0, len(self.sums) - _SUMS_KEPT + 1)]:
            self.sums.pop(first, None)  # another thread may have been faster
        self.sums[query] = sums

    def rows_inside(self, schema: tantivy.Schema, filters: Filters) -> NDArray[np.int64] | None:
        """Return the ascending rows of the listings that filters leave; None where these are too many to be told."""
        try:
            return self.inside[filters]
        except KeyError:
            pass
        with self.telling_inside:
            if filters in self.inside:
                return self.inside[filters]
            if len(self.inside) >= _FILTERS_KEPT:
                self.inside.clear()
            told = self.inside[filters] = self._told_inside(schema, filters)
            return told  # not what is kept: another thread may have cleared that by now

    def _told_inside(self, schema: tantivy.Schema, filters: Filters) -> NDArray[np.int64] | None:
        import tantivy

        query = restricted(tantivy.Query.all_query(), restrictions(schema, filters, None))
        count = count_hits(self.searcher, query)
        if count > _MOST_INSIDE:
            return None
        if not count:
            return np.empty(0, np.int64)
        hits = self.searcher.search(query, limit=count, count=False, order_by_field=LISTING_NO).hits
        return np.sort(self.rows.places_of(np.array([int(number) for number, _ in hits], np.int64)))


def restricted(query: tantivy.Query, restrictions: Sequence[tantivy.Query]) -> tantivy.Query:
    """Return the query inside the restrictions, which give no score."""
    import tantivy

    if not restrictions:
        return query
    clauses = [(tantivy.Occur.Must, tantivy.Query.const_score_query(part, 0.0)) for part in restrictions]
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), *clauses])


def any_of(parts: Sequence[tantivy.Query]) -> tantivy.Query:
    """Return what hits where any of the parts does, with the sum of their scores."""
    import tantivy

    return tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])


def all_scored(parts: Sequence[tantivy.Query], inside: Sequence[tantivy.Query]) -> tantivy.Query:
    """Return what scores listings inside the restrictions with the sum of the parts; with 0 where it meets none.

    For few listings. Of few parts Tantivy takes one after the other by skipping from listing to listing; their union it
    works out for whole ranges of documents around each listing, which takes twice as long.
    """
    import tantivy

    if len(parts) > _FEW_PARTS:
        return restricted(any_of(parts), inside)
    engine, occur = tantivy.Query, tantivy.Occur
    found = engine.boolean_query([(occur.Must, engine.const_score_query(part, 0.0)) for part in inside])
    for part in parts:
        found = engine.boolean_query([(occur.Must, found), (occur.Should, part)])
    return found


def restrictions(schema: tantivy.Schema, filters: Filters, only: Sequence[int] | None) -> list[tantivy.Query]:
    """Return what a listing has to satisfy beside the words; `only` None names no listings."""
    import tantivy

    engine, kinds = tantivy.Query, tantivy.FieldType
    wanted = wanted_texts(filters)._asdict()  # the fields of the schema are called as those of a listing
    parts = [_any_value(schema, name, sorted(values)) for name, values in wanted.items() if values]
    low, high = filters.price_min, filters.price_max
    if low is not None or high is not None:
        parts.append(engine.range_query(schema, PRICE, kinds.Float, low, high))
    since = None if filters.captured_from is None else microseconds(filters.captured_from)
    until = None if filters.captured_to is None else microseconds(filters.captured_to)
    if since is not None or until is not None:
        parts.append(engine.range_query(schema, CAPTURED_AT, kinds.Integer, since, until))
    if only is not None:
        parts.append(_any_value(schema, LISTING_NO, only))
    return parts


def _any_value(schema: tantivy.Schema, name: str, values: Sequence[int] | Sequence[str]) -> tantivy.Query:
    """Return what hits a document with any of the values.

    A set builds an automaton for each segment (0.4 ms for 20 values in 8 segments), terms are looked up (0.03 ms).
    """
    import tantivy

    if len(values) > _MOST_SINGLE_TERMS:
        return tantivy.Query.term_set_query(schema, name, list(values))
    terms = [(tantivy.Occur.Should, tantivy.Query.term_query(schema, name, value)) for value in values]
    return tantivy.Query.boolean_query(terms)


def highest_listing_no(searcher: tantivy.Searcher) -> int:
    """Return the highest `listing_no` of an index, -1 of an empty one."""
    import tantivy

    found = searcher.search(tantivy.Query.all_query(), limit=1, count=False, order_by_field=LISTING_NO).hits
    return max((int(key) for key, _ in found), default=-1)


def first_hits(searcher: tantivy.Searcher, query: tantivy.Query, limit: int) -> TextHits:
    """Return the hits of a query without words: all are equal, so the lowest `listing_no`s."""
    import tantivy

    found = searcher.search(query, limit=limit, count=False, order_by_field=LISTING_NO, order=tantivy.Order.Asc).hits
    return TextHits(np.array([int(listing_no) for listing_no, _ in found], np.int64), np.ones(len(found)))


def count_hits(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    """Return how many listings a query hits. One score for all saves working them out."""
    import tantivy

    found = searcher.search(tantivy.Query.const_score_query(query, 1.0), limit=1, count=True)
    return int(found.count)  # type: ignore[attr-defined]  # missing in the package's stub


def best_hits(searcher: tantivy.Searcher, query: tantivy.Query, limit: int, *, scoring: bool = False) -> TextHits:
    """Return the best hits in the promised order, which Tantivy's own order of ties (by segment) is not.

    Asks for more hits than wanted, since the last place may be shared with some that were left out. With `scoring`
    leaves out what has no score at all.
    """
    hits = searcher.search(query, limit=limit + _TIES_SEEN, count=False).hits
    return _in_order(searcher, [hit for hit in hits if hit[0] > 0.0] if scoring else hits, limit, repeats=False)


def best_of_turns(
    searcher: tantivy.Searcher, queries: Sequence[tantivy.Query], limit: int, *, counted: bool
) -> TextHits:
    """Return the best hits of several queries, each as high as the highest says; with `counted` how many the first has.

    A hit that is among the best of all is among the best of the query that says how high it is.
    """
    found = [
        searcher.search(query, limit=limit + _TIES_SEEN, count=counted and not turn)
        for turn, query in enumerate(queries)
    ]
    count = int(found[0].count) if counted else None  # type: ignore[attr-defined]  # missing in the package's stub
    hits = may_be_best([part.hits for part in found], limit)
    best = _in_order(searcher, hits, limit, repeats=len(found) > 1)
    return TextHits(best.listing_nos, best.scores, count)


def may_be_best(found: Sequence[Sequence[tuple[float, _Address]]], limit: int) -> list[tuple[float, _Address]]:
    """Return the hits of queries, each best first, without those that `limit` hits of one query leave no place.

    Looking up which listing a hit is takes longer than all else that is done with it. What ties once scores are rounded
    has its place still: the listing with the lower number comes first.
    """
    floors = [hits[limit - 1][0] for hits in found if len(hits) >= limit]
    lowest = max(floors, default=0.0) - 2.0 * 10.0**-SCORE_DECIMALS
    return [hit for hits in found for hit in hits[: bisect_right(hits, -lowest, key=_falling)]]


def _falling(hit: tuple[float, object]) -> float:
    return -hit[0]


def _in_order(
    searcher: tantivy.Searcher, hits: Sequence[tuple[float, tantivy.DocAddress]], limit: int, *, repeats: bool
) -> TextHits:
    """Return the best hits, score descending, ties by ascending `listing_no`.

    With `repeats` a listing may come several times, and counts once by its best score.
    """
    if not hits:
        return NO_HITS
    found_scores, addresses = zip(*hits, strict=True)
    scores = np.array(found_scores, np.float64).round(SCORE_DECIMALS)
    listing_nos = np.array(searcher.fast_field_values(LISTING_NO, list(addresses)), np.int64)
    order = np.lexsort((listing_nos, -scores))
    if repeats:
        _, first = np.unique(listing_nos[order], return_index=True)
        order = order[np.sort(first)]
    order = order[:limit]
    return TextHits(listing_nos[order], scores[order].astype(np.float64, copy=False))
