"""Shares of plain words, by each field and by all together, worked out as tables.

Most queries are nothing but words, and each word is looked for in every field in the same way. What
`text_index_coverage` tells part by part and field by field is told here for all fields at once, in a fifth of the
steps and with the same numbers: sums are taken piece by piece in the same order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jianwei.indexes.text_index_schema import WRITTEN_FIELDS
from jianwei.text.query_syntax import And, Not, Term, Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwei.text.query_syntax import QueryField, QueryNode


def plain_words(node: QueryNode) -> tuple[str, ...]:
    """Return the words of a query of nothing else, side by side or under AND; what must not stand asks for nothing.

    Empty where any part names a field, may differ in a character, is a phrase or has parts of its own.
    """
    parts = node.children if isinstance(node, Words | And) else (node,)
    asked = [part for part in parts if not isinstance(part, Not)]
    plain = [part.text for part in asked if isinstance(part, Term) and part.field is None and not part.fuzzy]
    return tuple(plain) if len(plain) == len(asked) else ()


class WordPieces(NamedTuple):
    """One word asked in r ways, each a choice of fields, and cut into pieces, of which at most k count in each way.

    Attributes:
        rows: (r, k) the row of each piece in a table of pieces.
        weights: (r, k) its share of the word; 0 of one that stands nowhere.
        totals: (r,) what all of them tell, in nats.
    """

    rows: NDArray[np.intp]
    weights: NDArray[np.float64]
    totals: NDArray[np.float64]

    @classmethod
    def of(
        cls, pieces: Sequence[str], rows: Sequence[int], often: NDArray[np.int64], documents: int, most: int
    ) -> WordPieces:
        """Weigh pieces, the `most` rarest of them; `often` (r, pieces) are in how many documents each stands."""
        tells = rarity(often, documents)
        own = np.array([rows] * len(often), np.intp).reshape(often.shape)  # broadcasting takes several times as long
        if len(pieces) > most:
            by_name = np.argsort(np.argsort(np.array(pieces)))
            rarest = np.lexsort((np.broadcast_to(by_name, often.shape), -tells))[:, :most]
            own, often = np.take_along_axis(own, rarest, 1), np.take_along_axis(often, rarest, 1)
            tells = np.take_along_axis(tells, rarest, 1)
        totals = np.add.accumulate(tells, axis=1)[:, -1] if len(pieces) else np.zeros(len(often))
        weights = np.where(often > 0, tells, 0.0) / np.where(totals > 0.0, totals, 1.0)[:, None]
        return cls(own, weights, totals)

    def shares(self, written: NDArray[np.bool_], ways: Sequence[Sequence[QueryField]]) -> NDArray[np.float64]:
        """Return (r, n) which share of the word n listings hold; `written` (fields, pieces, n) tells what stands."""
        shares = np.zeros((len(ways), written.shape[2]))
        if not self.weights.any():  # nothing of it stands anywhere, and there may be no row to look at
            return shares
        single = [way for way, fields in enumerate(ways) if len(fields) == 1]
        if single:
            columns = np.array([WRITTEN_FIELDS.index(ways[way][0]) for way in single])[:, None]
            stands = written[columns, self.rows[single]]
            shares[single] = np.add.reduce(stands * self.weights[single][:, :, None], axis=1)
        for way, fields in enumerate(ways):
            if len(fields) > 1:
                columns = np.array([WRITTEN_FIELDS.index(field) for field in fields])[:, None]
                stands = np.logical_or.reduce(written[columns, self.rows[way]], axis=0)
                shares[way] = np.add.reduce(stands * self.weights[way][:, None], axis=0)
        return shares

    def held(self, written: NDArray[np.bool_], field: QueryField) -> NDArray[np.float64]:
        """Return (n,) of one way of asking the share of all that n listings hold, times the square of the greatest."""
        if not self.weights.any():
            return np.zeros(written.shape[2])
        found = written[WRITTEN_FIELDS.index(field), self.rows[0]] * self.weights[0][:, None]
        held: NDArray[np.float64] = found.sum(axis=0) * found.max(axis=0) ** 2
        return held


def rarity(often: NDArray[np.int64], documents: int) -> NDArray[np.float64]:
    """Return the information of meeting pieces whose most common tokens stand in so many documents, in nats.

    What stands nowhere counts as if it stood once: how improbable it is cannot be known from this library.
    """
    met = np.maximum(often, 1)
    told: NDArray[np.float64] = np.log(1.0 + (documents - np.minimum(met, documents) + 0.5) / (met + 0.5))
    return told
