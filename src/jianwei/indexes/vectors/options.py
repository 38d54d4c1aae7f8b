"""What may be chosen about a vector index: when it stops being searched exactly, and how well it must find then.

The defaults suit 2 cores and 512 dimensions; `docs/vector-index.md` has the measurements behind them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

# Fewer rows per list than this, and the lists say nothing about where neighbours are.
_ROWS_PER_LIST = 32

# While an index is filled anew, this many vectors of 512 dimensions (256 MB) wait for a base, and as many again as it
# holds up to a gigabyte: each base costs a pass over all before it.
_FILLING_ROWS = 250_000
_FILLING_MOST_ROWS = 1_000_000
_FILLING_SAMPLE = 16  # those bases are soon replaced: their recall need only be known roughly


@dataclass(frozen=True, slots=True)
class VectorIndexOptions:
    """Choices that an index is built by. They are not stored: each process may bring its own."""

    flat_below: int = 50_000
    """With fewer vectors every search looks at all of them: exact, and no slower than two milliseconds."""

    recall_target: float = 0.985
    """Share of the true ten nearest that a search must find, surely: two standard errors below what a sample of the
    library's own vectors finds."""

    delta_share: float = 0.05
    """How many vectors may wait beside the lists, as a share of those inside; they are searched exactly."""

    dead_share: float = 0.2
    """How many removed vectors may stay in the lists before these are written anew, as a share of all."""

    sample: int = 512
    """How many vectors the recall is measured with."""

    least_waiting: int = 0
    """How many vectors may wait whatever else is said."""

    most_waiting: int | None = None
    """How many may wait at most, where memory is what limits it."""

    is_filling: bool = False
    """Whether a base is soon replaced by a larger one, so that it need not be checked and tuned as others are."""

    def waiting_limit(self, count: int) -> int:
        """Return how many vectors may wait beside `count` others."""
        wanted = max(self.flat_below // 2, int(self.delta_share * count), self.least_waiting)
        return wanted if self.most_waiting is None else min(wanted, self.most_waiting)

    def dead_limit(self, count: int) -> int:
        """Return how many of `count` vectors may be removed ones."""
        return max(self.flat_below // 2, int(self.dead_share * count))

    def while_filling(self) -> VectorIndexOptions:
        """Return the choices for a time in which very many vectors come and nobody searches."""
        return replace(
            self,
            delta_share=1.0,
            least_waiting=_FILLING_ROWS,
            most_waiting=_FILLING_MOST_ROWS,
            sample=min(self.sample, _FILLING_SAMPLE),
            is_filling=True,
        )


def lists_for(count: int) -> int:
    """Return into how many lists `count` vectors are divided: the power of two nearest to 4 √count, 1 at least.

    Source: the Faiss guidelines for choosing an index advise 4 √n to 16 √n; the low end trains fastest.
    """
    wanted: int = 2 ** round(math.log2(4 * math.sqrt(max(count, 1))))
    return max(1, min(wanted, count // _ROWS_PER_LIST))
