"""Where vectors of a library are in a Milvus that several machines may share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.indexes.milvus.vector_index import MilvusVectorIndex

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.indexes.milvus.choices import MilvusVectorOptions
    from jianwei.indexes.milvus.states import MilvusStates
    from jianwei.records import VectorKind, VectorSpace


@dataclass(frozen=True, slots=True)
class MilvusVectorHome:
    """The vectors of one kind and space in a Milvus.

    `expected` tells how many there will be, `newest` the newest change of the catalog.
    """

    states: MilvusStates
    space: VectorSpace
    kind: VectorKind
    expected: Callable[[], int]
    newest: Callable[[], int]
    options: MilvusVectorOptions | None = None

    @property
    def name(self) -> str:
        """What the index is called there. A space that was removed and comes back has a new number."""
        return milvus_vector_name(self.space, self.kind)

    @property
    def is_shared(self) -> bool:
        """True."""
        return True

    def open(self) -> MilvusVectorIndex:
        """Open the collection that is the index now. Raises IndexCorruptError, IndexServerError."""
        return MilvusVectorIndex.open(self.states, self.name, dims=self.space.dims, options=self.options)

    def begin(self) -> MilvusVectorIndex:
        """Make an empty collection, or go on with one whose filling broke off."""
        return MilvusVectorIndex.begin(
            self.states,
            self.name,
            dims=self.space.dims,
            expected=self.expected(),
            newest=self.newest(),
            options=self.options,
        )

    def put_in_place(self, fresh: MilvusVectorIndex) -> None:
        """Make the new collection the index, and drop the old one and those of builds that broke off."""
        fresh.publish()

    def size_bytes(self) -> int:
        """Return 0: it takes nothing here."""
        return 0


def milvus_vector_name(space: VectorSpace, kind: VectorKind) -> str:
    """Return what the index of a space and kind is called in a Milvus."""
    return f"vector_{space.space_no}_{kind}"
