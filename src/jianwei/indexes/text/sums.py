"""A query of a few words, answered for every listing at once: one array of scores, added up from lists of words.

The lists are those of a side file (`common.py`); of a word that it does not tell, or words that stand together, all
hits are asked of Tantivy. These are few, or the query is answered in the plain way.
What a listing earns is what the plain way gives it: the sum of its words, twice that where it holds all of them, and
more where they stand together (`TextQueryCompiler.in_turns`).

So the best hits, what some listings earn and how many hits there are come from one array, which is kept for the next
question: a search asks all three.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jianwei.indexes.text.common import Sums
from jianwei.indexes.text.query import CONTAINED_SCORE
from jianwei.indexes.text.reader import SCORE_DECIMALS, any_of
from jianwei.indexes.text.schema import LISTING_NO
from jianwei.ports import TextHits

if TYPE_CHECKING:
    from collections.abc import Sequence

    import tantivy
    from numpy.typing import NDArray

    from jianwei.indexes.text.common import CommonWords, WordList
    from jianwei.indexes.text.query import TextQueryCompiler
    from jianwei.indexes.text.rows import TextRows
    from jianwei.indexes.text.terms import CutTerm
    from jianwei.text.query_syntax import QueryField, QueryNode

_MOST_ASKED = 6000
"""Hits that are asked of Tantivy for a word or a phrase: half a microsecond each. With more the plain way is faster."""

_OFTEN_TOGETHER = 4 * _MOST_ASKED
"""Listings that hold the rarest pair of a phrase, from which on most likely too many hold the phrase itself: the 16 ms
that it takes to find that out are better spent on the plain way."""

_SAMPLED = 64
"""Every so many scores tell about how high the best are."""

_ROUNDING = 0.5 * 10.0**-SCORE_DECIMALS


class _Hits(NamedTuple):
    """Rows, each once, and what they earn."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]


class _Word(NamedTuple):
    """What one word earns: lists to be added up, and in each of them the rows that only contain its characters."""

    lists: list[_Hits]
    contained: list[NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Summing:
    """Adds up what listings earn. Give `compiler` the fields of the question, and let it be complete."""

    searcher: tantivy.Searcher
    rows: TextRows
    common: CommonWords
    compiler: TextQueryCompiler

    def sums(self, node: QueryNode) -> Sums | None:
        """Return what each listing earns; None for a query of another kind, or one with too many hits to ask for."""
        terms = self.compiler.few_terms(node)
        if not terms:
            return None
        together = self._together(terms)
        if together is None:
            return None
        words = []
        for cut in terms:
            fields = self.compiler.where(cut.term.field)
            for text in cut.words:
                word = self._word(text, fields)
                if word is None:
                    return None
                words.append(word)
        quick = self._added(words, together)
        if not any(word.contained for word in words):
            return Sums(quick, quick)
        least = np.float32(CONTAINED_SCORE)
        every = [
            _Word([*lists, *(_Hits(rows, np.full(len(rows), least)) for rows in contained)], [])
            for lists, contained in words
        ]
        return Sums(self._added(every, together), quick)

    def _added(self, words: Sequence[_Word], together: Sequence[_Hits]) -> NDArray[np.float32]:
        """Return the sum of words, twice where a listing holds all of several, and what it earns for them together."""
        total = np.zeros(self.rows.listings, np.float32)
        first, *others = (part for word in words for part in word.lists)
        total[first.rows] = first.scores
        for rows, scores in others:
            np.add.at(total, rows, scores)  # half the time of total[rows] += scores
        if len(words) > 1:
            total[self._holding(words)] *= 2  # of rows that come twice too: all are read before any is written
        for rows, scores in together:
            np.add.at(total, rows, scores)
        return total

    def _holding(self, words: Sequence[_Word]) -> NDArray[np.int64]:
        """Return the rows that hold all words; some may come twice."""
        rarest, *others = sorted(words, key=lambda word: sum(len(rows) for rows, _ in word.lists))
        rows = np.concatenate([rows for rows, _ in rarest.lists])
        for word in others:
            if not len(rows):
                break
            own = np.zeros(self.rows.listings, np.bool_)
            for held, _ in word.lists:
                own[held] = True
            rows = rows[own[rows]]
        return rows

    def _word(self, word: str, fields: Sequence[QueryField]) -> _Word | None:
        known = {field: own for field in fields if (own := self.common.of(field, word)) is not None}
        others = [field for field in fields if field not in known]
        if any(self.compiler.is_common(word, field) for field in others):
            return None
        hits = self._hits([part for field in others for part in self.compiler.found_in(word, field)])
        if hits is None:
            return None
        lists = [_earned(own) for own in known.values()]
        contained = [own.contained.astype(np.int64) for own in known.values() if len(own.contained)]
        return _Word([*lists, hits], contained)

    def _together(self, terms: Sequence[CutTerm]) -> list[_Hits] | None:
        """Return what listings earn for words that stand together; None where too many would have to be asked for."""
        known, asked = [], []
        for text, field in self.compiler.joined(terms):
            own = self.common.together(field, text)
            if own is not None:
                known.append(_earned(own))
            elif self.compiler.may_stand(text, field) > _OFTEN_TOGETHER:
                return None
            elif (phrase := self.compiler.standing(text, field)) is not None:
                asked.append(phrase)
        hits = self._hits(asked)
        return None if hits is None else [*known, hits]

    def _hits(self, queries: Sequence[tantivy.Query]) -> _Hits | None:
        """Return all hits of any of some queries; None where they are too many."""
        if not queries:
            return _Hits(np.empty(0, np.int64), np.empty(0, np.float32))
        query = queries[0] if len(queries) == 1 else any_of(queries)
        hits = self.searcher.search(query, limit=_MOST_ASKED, count=False).hits
        if len(hits) == _MOST_ASKED:
            return None
        numbers = self.searcher.fast_field_values(LISTING_NO, [address for _, address in hits])
        return _Hits(self.rows.places_of(np.array(numbers, np.int64)), np.array([score for score, _ in hits], "f4"))


def _earned(own: WordList) -> _Hits:
    return _Hits(own.rows.astype(np.int64), own.earned.take(own.codes, mode="clip"))


def best_of_sums(sums: NDArray[np.float32], numbers: NDArray[np.int64], limit: int) -> TextHits:
    """Return the best hits of (n,) scores of listings with (n,) ascending numbers, ties by ascending number."""
    sample = sums[::_SAMPLED]
    sample = sample[sample > 0]
    wanted = limit * 4 // _SAMPLED + 8
    rows = np.empty(0, np.intp)
    if len(sample) > wanted:
        # What is just below may count as equal.
        rows = np.flatnonzero(sums >= np.partition(sample, -wanted)[-wanted] - 2 * _ROUNDING)
    if len(rows) < limit:
        rows = np.flatnonzero(sums > 0)
    scores = sums[rows]
    if len(rows) > limit:
        last = np.partition(scores, len(scores) - limit)[len(scores) - limit]
        kept = scores >= last - 2 * _ROUNDING
        rows, scores = rows[kept], scores[kept]
    rounded = np.round(scores.astype(np.float64), SCORE_DECIMALS).astype(np.float64, copy=False)
    order = np.lexsort((rows, -rounded))[:limit]
    return TextHits(numbers[rows[order]], rounded[order])
