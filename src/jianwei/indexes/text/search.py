"""One question to one state of a full-text index: the best hits of all listings or of named ones, and their count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.indexes.text.common import CommonWords, Sums
from jianwei.indexes.text.query import TextQueryCompiler
from jianwei.indexes.text.reader import (
    NO_HITS,
    all_scored,
    any_of,
    best_hits,
    best_of_turns,
    count_hits,
    restricted,
    restrictions,
)
from jianwei.indexes.text.schema import COLUMNS
from jianwei.indexes.text.sums import Summing, best_of_sums
from jianwei.ports import TextHits
from jianwei.sorted_numbers import rows_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import tantivy
    from numpy.typing import NDArray

    from jianwei.indexes.text.heard import HeardPairs
    from jianwei.indexes.text.reader import TextReader
    from jianwei.ports import TextField
    from jianwei.records import Filters
    from jianwei.text.query_syntax import QueryNode

_FEW_LISTINGS = 100
"""Up to here, which is a page, listings are scored part by part; see `all_scored`."""

_BY_SOUND: tuple[TextField, ...] = ("sound",)


@dataclass(frozen=True, slots=True)
class AskedText:
    """A question. `fields` are those in which parts without a field name are looked for, and any listing has text."""

    schema: tantivy.Schema
    reader: TextReader
    query: QueryNode
    fields: tuple[TextField, ...]
    filters: Filters

    def best(self, limit: int) -> TextHits:
        """Return the best hits of all, score descending, ties by ascending `listing_no`."""
        sums = self._sums()
        if sums is not None:
            return self._best_of(sums, limit)
        hits, is_complete = self._best(limit, complete=False)
        if len(hits) < limit and not is_complete:
            hits, _ = self._best(limit, complete=True)
        return hits

    def best_among(self, only: Sequence[int], limit: int) -> TextHits:
        """Return the best hits of some listings, asking Tantivy only about those that may be hits."""
        sums = self._sums()
        if sums is not None:
            return self._among(sums, only, limit)
        compiler = self._compiler(complete=True)
        tokens = compiler.telling(self.query)
        signs = list(dict.fromkeys(token[:2] for _, token, _ in tokens)) or compiler.signs(self.query)
        if signs and all(map(str.isprintable, signs)):  # signs of places stand for others in a text
            stands = self.reader.rows.of(only).short(signs)
            may_hit: NDArray[np.bool_] = np.logical_or.reduce(stands, axis=(0, 2))
            only = [only[row] for row in np.flatnonzero(may_hit).tolist()]
            tokens = _standing(tokens, dict(zip(signs, np.logical_or.reduce(stands, axis=1).tolist(), strict=True)))
        if not only:
            return NO_HITS
        inside = restrictions(self.schema, self.filters, only)
        parts = compiler.of_tokens(tokens)
        if len(only) <= _FEW_LISTINGS:
            scored = all_scored(parts or compiler.parts(self.query), inside)
            return best_hits(self.reader.searcher, scored, limit, scoring=True)
        compiled = any_of(parts) if parts else compiler.compile(self.query)
        return best_hits(self.reader.searcher, restricted(compiled, inside), limit)

    def count(self) -> int:
        """Return how many listings are hits."""
        compiled = self._compiler(complete=True).matching(self.query)
        return count_hits(self.reader.searcher, restricted(compiled, restrictions(self.schema, self.filters, None)))

    def _best(self, limit: int, *, complete: bool) -> tuple[TextHits, bool]:
        """Return the best hits, and whether nothing was left out of the query for speed."""
        compiler = self._compiler(complete=complete)
        inside = restrictions(self.schema, self.filters, None)
        turns = compiler.in_turns(self.query)
        queries = [restricted(part, inside) for part in turns.queries]
        # The binding looks at every hit of any query, so that counting them on the way adds a tenth at most.
        hits = best_of_turns(self.reader.searcher, queries, limit, counted=turns.first_hits_all)
        return hits, compiler.is_complete

    def _best_of(self, sums: Sums, limit: int) -> TextHits:
        numbers = self._numbers()
        is_quick = sums.quick is not sums.whole and np.count_nonzero(sums.quick > 0) >= limit
        best = best_of_sums(sums.quick if is_quick else sums.whole, numbers, limit)
        return TextHits(best.listing_nos, best.scores, int(np.count_nonzero(sums.whole > 0)))

    def _among(self, sums: Sums, only: Sequence[int], limit: int) -> TextHits:
        numbers = self._numbers()
        asked = np.unique(np.array(only, np.int64))
        rows, here = rows_in(numbers, asked)
        return best_of_sums(sums.whole[rows[here]], asked[here], limit)

    def _sums(self) -> Sums | None:
        """Return what every listing earns, where side files tell that; None where it has to be asked otherwise."""
        reader = self.reader
        side = reader.heard.found() if self.fields == _BY_SOUND else reader.common.found()
        if side is None:
            return None
        asked = (self.query, self.fields)
        try:
            sums = reader.sums[asked]
        except KeyError:
            sums = self._added(side)
            reader.remember_sums(asked, sums)
        if sums is None or self.filters.is_empty:
            return sums
        inside = reader.rows_inside(self.schema, self.filters)
        if inside is None:
            return None
        whole = sums.whole.take(inside)
        return Sums(whole, whole if sums.quick is sums.whole else sums.quick.take(inside))

    def _numbers(self) -> NDArray[np.int64]:
        """Return the numbers of the listings of which sums tell."""
        numbers = self.reader.rows.numbers
        inside = None if self.filters.is_empty else self.reader.rows_inside(self.schema, self.filters)
        return numbers if inside is None else numbers.take(inside)

    def _added(self, side: HeardPairs | CommonWords) -> Sums | None:
        reader, compiler = self.reader, self._compiler(complete=True)
        if isinstance(side, CommonWords):
            return Summing(reader.searcher, reader.rows, side, compiler).sums(self.query)
        pairs = compiler.heard(self.query)
        if not pairs:
            return None
        earned = side.earned(pairs)
        return Sums(earned, earned)

    def _compiler(self, *, complete: bool) -> TextQueryCompiler:
        return TextQueryCompiler(self.schema, self.fields, self.reader.doc_freq, complete=complete)


def _standing(
    tokens: Sequence[tuple[str, str, float]], stands: Mapping[str, Sequence[bool]]
) -> list[tuple[str, str, float]]:
    """Return the tokens that may stand somewhere; `stands` tells by beginning in which fields any listing has it.

    Of a pasted title half of what is looked for stands in none of 200 listings, and Tantivy would look it up for each.
    """
    return [token for token in tokens if stands[token[1][:2]][COLUMNS[token[0]]]]
