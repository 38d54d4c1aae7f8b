"""Which index of Milvus suits how many vectors, with what parameters, and how hard a search looks.

The steps and their memory are worked out in `docs/scale.md`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jianwei.indexes.milvus.address import MilvusIndexType

HNSW_EDGES = 16
"""Links of a node on each layer but the lowest, which has twice as many."""

_HNSW_BUILD = 200
_HNSW_SEARCH = 200  # as the embedded library's own measurements: recall 0.96 with 8-bit codes, more with whole vectors
_DISK_SEARCH = 100
_SEGMENT_ROWS = 4_000_000  # of 512 numbers in the 8 GB that docs/scale.md advises
_SHARE_OF_LISTS = 32
_FEWEST_PROBED = 16


@dataclass(frozen=True, slots=True)
class MilvusVectorOptions:
    """Choices about collections of vectors; the defaults are those of `docs/scale.md`."""

    flat_below: int = 50_000
    """With fewer vectors every search looks at all of them."""

    graph_below: int = 20_000_000
    """With fewer a graph in memory finds neighbours: 2.2 KB a vector of 512 numbers, 44 GB in all. With more, lists of
    8-bit codes: half a KB. A graph on SSDs takes as much memory and more time, so it is only made if asked for."""

    ids_at_once: int = 10_000
    """How many keys a search is restricted to by one filter: some 100 KB of text."""

    rows_at_once: int = 2_000
    """How many vectors of 512 numbers one request carries: 4 MB, far below what gRPC allows."""

    rows_kept: int = 8_192
    """How many vectors are kept here for scoring: those that every query is compared with come back each time."""


@dataclass(frozen=True, slots=True)
class MilvusIndexChoice:
    """An index of Milvus. `exact_scores`: whether its scores are those of the vectors themselves."""

    index_type: str
    lists: int = 0

    @property
    def exact_scores(self) -> bool:
        """Whether the scores of a search are those of the vectors, not of their codes."""
        return self.index_type in {"FLAT", "HNSW"}

    def build_parameters(self) -> dict[str, int]:
        """Return what the index is built with."""
        by_type = {
            "HNSW": {"M": HNSW_EDGES, "efConstruction": _HNSW_BUILD},
            "IVF_SQ8": {"nlist": self.lists},
        }
        return by_type.get(self.index_type, {})

    def search_parameters(self, k: int) -> dict[str, int]:
        """Return how hard a search for k neighbours looks."""
        by_type = {
            "HNSW": {"ef": max(_HNSW_SEARCH, 2 * k)},
            "IVF_SQ8": {"nprobe": min(self.lists, max(_FEWEST_PROBED, self.lists // _SHARE_OF_LISTS))},
            "DISKANN": {"search_list": max(_DISK_SEARCH, 2 * k)},
        }
        return by_type.get(self.index_type, {})


def index_for(
    count: int, wanted: MilvusIndexType, options: MilvusVectorOptions, *, is_lite: bool = False
) -> MilvusIndexChoice:
    """Return the index for `count` vectors: the wanted one, or with `auto` the one that suits their number.

    Milvus Lite keeps to the two types that it is fastest with; it is not made for many vectors.
    """
    if wanted != "auto":
        return MilvusIndexChoice(wanted, segment_lists(count))
    if count < options.flat_below:
        return MilvusIndexChoice("FLAT")
    if count < options.graph_below or is_lite:
        return MilvusIndexChoice("HNSW")
    return MilvusIndexChoice("IVF_SQ8", segment_lists(count))


def segment_lists(count: int) -> int:
    """Return into how many lists each segment of `count` vectors in all is divided: the power of two nearest to 4 √n.

    A collection is searched segment by segment, so n is what one segment holds.

    Source: the guidelines of Milvus for choosing nlist.
    """
    wanted: int = 2 ** round(math.log2(4 * math.sqrt(max(min(count, _SEGMENT_ROWS), 1))))
    return max(wanted, _FEWEST_PROBED)
