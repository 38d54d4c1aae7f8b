"""Shares of plain words, by each field and by all together, worked out as tables.

Most queries are nothing but words, and each word is looked for in every field in the same way. What
`coverage` tells part by part and field by field is told here for all fields at once, in a fifth of the
steps and with the same numbers: sums are taken piece by piece in the same order.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from operator import add
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jianwei.indexes.text.schema import WRITTEN_FIELDS
from jianwei.text.query_syntax import And, Not, Term, Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwei.text.query_syntax import QueryField, QueryNode


_FEW_PIECES = 4
"""Up to here adding up piece by piece takes less than arranging tables of all."""

_RARITIES_KEPT = 65_536
"""As many as frequencies of tokens are remembered."""


def plain_words(node: QueryNode) -> tuple[str, ...]:
    """Return the words of a query of nothing else, side by side or under AND; what must not stand asks for nothing.

    Empty where any part names a field, may differ in a character, is a phrase or has parts of its own.
    """
    parts = node.children if isinstance(node, Words | And) else (node,)
    asked = [part for part in parts if not isinstance(part, Not)]
    plain = [part.text for part in asked if isinstance(part, Term) and part.field is None and not part.fuzzy]
    return tuple(plain) if len(plain) == len(asked) else ()


class WordPieces(NamedTuple):
    """One word asked in r ways, each a choice of fields, and cut into pieces, of which some count in each way.

    Attributes:
        rows: of each way the row of each piece in a table of pieces.
        weights: of each way the share of the word that each piece is; 0 of one that stands nowhere.
        totals: of each way what all of them tell, in nats.
    """

    rows: list[list[int]]
    weights: list[list[float]]
    totals: list[float]

    @classmethod
    def of(
        cls, pieces: Sequence[str], rows: Sequence[int], often: Sequence[Sequence[int]], documents: int, most: int
    ) -> WordPieces:
        """Weigh pieces, the `most` rarest of them; `often` tells of each way in how many documents each stands."""
        asked = cls([], [], [])
        for counts in often:
            tells = [_rarity_of(count, documents) for count in counts]
            chosen: Sequence[int] = range(len(pieces))
            if len(pieces) > most:
                chosen = sorted(chosen, key=lambda piece: (-tells[piece], pieces[piece]))[:most]
            total = added([tells[piece] for piece in chosen])
            asked.rows.append([rows[piece] for piece in chosen])
            asked.weights.append([tells[piece] / (total or 1.0) if counts[piece] else 0.0 for piece in chosen])
            asked.totals.append(total)
        return asked

    def shares(self, written: NDArray[np.bool_], ways: Sequence[Sequence[QueryField]]) -> NDArray[np.float64]:
        """Return (r, n) which share of the word n listings hold; `written` (fields, pieces, n) tells what stands."""
        shares = np.zeros((len(ways), written.shape[2]))
        for way, (fields, rows, weights) in enumerate(zip(ways, self.rows, self.weights, strict=True)):
            columns = [WRITTEN_FIELDS.index(field) for field in fields]
            if len(rows) > _FEW_PIECES and any(weights):
                stands = np.logical_or.reduce(written[np.array(columns)[:, None], rows], axis=0)
                shares[way] = np.add.reduce(stands * np.array(weights)[:, None], axis=0)
                continue
            for row, weight in zip(rows, weights, strict=True):
                if weight:  # of what stands nowhere there may be no row to look at
                    shares[way] += _stands_in(written, columns, row) * weight
        return shares

    def held(self, written: NDArray[np.bool_], field: QueryField) -> NDArray[np.float64]:
        """Return (n,) of one way of asking the share of all that n listings hold, times the square of the greatest."""
        if not any(self.weights[0]):
            return np.zeros(written.shape[2])
        found = written[WRITTEN_FIELDS.index(field), self.rows[0]] * np.array(self.weights[0])[:, None]
        held: NDArray[np.float64] = found.sum(axis=0) * found.max(axis=0) ** 2
        return held


def _stands_in(written: NDArray[np.bool_], columns: Sequence[int], row: int) -> NDArray[np.bool_]:
    """Return (n,) whether a piece stands in any of some fields."""
    stands: NDArray[np.bool_] = written[columns[0], row]
    for column in columns[1:]:
        stands = stands | written[column, row]
    return stands


def rarity(often: NDArray[np.int64], documents: int) -> NDArray[np.float64]:
    """Return the information of meeting pieces whose most common tokens stand in so many documents, in nats.

    What stands nowhere counts as if it stood once: how improbable it is cannot be known from this library.
    """
    met = np.maximum(often, 1)
    told: NDArray[np.float64] = np.log(1.0 + (documents - np.minimum(met, documents) + 0.5) / (met + 0.5))
    return told


def added(values: Sequence[float]) -> float:
    """Return the sum of values added one after the other, as arrays are; `sum` may round otherwise."""
    return reduce(add, values, 0.0)


@lru_cache(maxsize=_RARITIES_KEPT)
def _rarity_of(count: int, documents: int) -> float:
    return float(rarity(np.array([count], np.int64), documents)[0])
