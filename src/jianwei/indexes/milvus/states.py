"""What is recorded in Milvus of the indexes that one library has there: one row an index, in a collection of its own.

A row says which collection holds the index now, up to which catalog change it is complete, and how it was made. It is
written after the rows that it speaks of, so a crash in between leaves an older sequence, and what is replayed then
changes nothing. Replacing the row is how a newly built collection takes the place of an old one.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from jianwei.errors import IndexCorruptError
from jianwei.indexes.milvus.server import UNAWAITED

if TYPE_CHECKING:
    from jianwei.indexes.milvus.server import Consistency, MilvusServer

_FIELDS = {"facts": 4096}
_EMPTY_VECTOR = [1.0, 0.0]  # servers before 2.6 know no collection without vectors


class MilvusState(NamedTuple):
    """What is recorded of one index. `applied` counts the rows that were ever put, also those replaced since."""

    collection: str
    sequence: int
    version: str
    dims: int
    index_type: str
    lists: int = 0
    numbers: str = "float32"
    applied: int = 0


class MilvusStates:
    """The rows of one library in a Milvus. `library` is part of every name: letters, digits and underscores."""

    def __init__(self, server: MilvusServer, library: str) -> None:
        self.server = server
        self.prefix = f"jianwei_{library}"
        self._collection = f"{self.prefix}_state"

    def read(self, name: str, consistency: Consistency) -> MilvusState | None:
        """Return what is recorded of an index; None where there is none.

        Raises:
            IndexServerError: the server does not answer.
        """
        try:
            rows = self.server.call(
                "query", self._collection, ids=[name], output_fields=["facts"], consistency_level=consistency
            )
        except IndexCorruptError:
            return None
        try:
            return MilvusState(**json.loads(rows[0]["facts"])) if rows else None
        except (ValueError, TypeError, KeyError):
            return None  # another version wrote it

    def write(self, name: str, state: MilvusState) -> None:
        """Record the state of an index.

        Raises:
            IndexServerError: the server does not answer.
        """
        row = {"id": name, "vector": _EMPTY_VECTOR, "facts": json.dumps(state._asdict())}
        try:
            self.server.call("upsert", self._collection, [row])
        except IndexCorruptError:
            self._create()
            self.server.call("upsert", self._collection, [row])

    def collections(self, name: str) -> list[str]:
        """Return every collection that was ever made for an index and is still there."""
        start = f"{self.prefix}_{name}_x"
        return sorted(found for found in self.server.call("list_collections") if found.startswith(start))

    def remove(self, name: str) -> None:
        """Remove what is recorded under a name.

        Raises:
            IndexServerError: the server does not answer.
        """
        with suppress(IndexCorruptError):
            self.server.call("delete", self._collection, ids=[name])

    def forget(self, name: str) -> None:
        """Remove an index and what is recorded of it.

        Raises:
            IndexServerError: the server does not answer.
        """
        self.remove(name)
        for collection in self.collections(name):
            self.server.call("drop_collection", collection)

    def names(self) -> list[str]:
        """Return the names of all indexes that have a collection."""
        start, end = f"{self.prefix}_", "_x"
        found = [name for name in self.server.call("list_collections") if name.startswith(start)]
        return sorted({name[len(start) : name.rindex(end)] for name in found if end in name[len(start) :]})

    def _create(self) -> None:
        schema, index = self.server.schema(dims=len(_EMPTY_VECTOR), numbers="float32", fields=_FIELDS)
        index.add_index("vector", index_type="FLAT", metric_type="IP")
        self.server.call("create_collection", self._collection, schema=schema, consistency_level="Strong")
        self.server.call("create_index", self._collection, index, **UNAWAITED)
        self.server.call("load_collection", self._collection)
