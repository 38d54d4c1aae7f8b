"""How an index is fed from the catalog, and where it is; here that of texts.

All that `index_keeper` has to know to keep one complete; the keeping itself is the same for every kind. Those of
pictures are in `picture_index_kinds` and those of vectors in `vector_index_kinds`: a search for words loads neither.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic

from jianwei.indexes.text.text_index import TantivyTextIndex
from jianwei.library.index_homes import FolderHome, Index

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.library.views import IndexName
    from jianwei.ports import Change, ChangeKind
    from jianwei.records import VectorKind

_BATCH = 2000  # changes per commit of an index: about 50 MB of text in memory


@dataclass(frozen=True, slots=True)
class IndexKind(Generic[Index]):
    """One index of a library: which changes it follows, and how it is fed."""

    name: IndexName
    changes: ChangeKind
    replay: Callable[[SqlCatalog, Index, Sequence[Change], int], None]
    batch: int = _BATCH
    space: str = ""
    vectors: VectorKind | None = None
    filling: Callable[[Index], AbstractContextManager[object]] = nullcontext
    """Opens a block in which an index is filled from the first change to the last, with nobody searching."""
    catching_up: Callable[[Index], AbstractContextManager[object]] = nullcontext
    """Opens a block in which an index that others search takes over what came since."""
    begin_writing: Callable[[Index], None] = field(default=lambda _: None)
    """Makes sure that nothing is missed of what another machine wrote to an index that is shared."""
    end_writing: Callable[[Index], None] = field(default=lambda _: None)
    """Gives back what only one process can hold, when an index has caught up."""
    is_outgrown: Callable[[Index], bool] = field(default=lambda _: False)
    """Tells whether an index that has caught up should be built anew for so much content."""

    @property
    def label(self) -> str:
        """What the index is called in progress."""
        return f"{self.name} {self.space} {self.vectors}" if self.vectors else self.name


def _replay_text(catalog: SqlCatalog, index: TantivyTextIndex, changes: Sequence[Change], sequence: int) -> None:
    present = [change.entity_no for change in changes if not change.deleted]
    deleted = [change.entity_no for change in changes if change.deleted]
    index.apply(catalog.text_documents(present), deleted=deleted, sequence=sequence)


TEXT = IndexKind(
    "text",
    "listing",
    _replay_text,
    filling=TantivyTextIndex.filling,
    catching_up=TantivyTextIndex.catching_up,
    end_writing=TantivyTextIndex.end_writing,
    is_outgrown=TantivyTextIndex.is_outgrown,
)


def text_home(folder: Path) -> FolderHome[TantivyTextIndex]:
    """Return where the text index is below the folder of all indexes."""
    return FolderHome(folder / "text", TantivyTextIndex.create, TantivyTextIndex.open)


VECTOR_FOLDER = "vector"
"""Below it stands one folder for each space."""
