"""Other vector indexes behind one small interface, for `vector_search.py`: Faiss flat, LanceDB, Milvus Lite.

Each holds a `slot` beside a vector, its number modulo 100, so that a filter lets a tenth or a hundredth pass. How much
effort a search makes can be set, where an engine has a choice: its `ladders` are lines of settings, each line from
little effort to much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SLOTS = 100
Setting: TypeAlias = dict[str, int]
Ladder: TypeAlias = tuple[Setting, ...]
NO_CHOICE: tuple[Ladder, ...] = (({},),)

_BATCH = 5000
_NEIGHBOURS_KEPT = (16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)  # Milvus' `ef`
_PARTITIONS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 60, 80, 120, 160, 240, 320)  # LanceDB looks into 20 as it comes
_REFINED = (3, 5, 10, 20)  # times as many rows as wanted that LanceDB compares as whole vectors


class Peer(Protocol):
    """An index over vectors numbered from 0. It makes the effort that its maker advises until another is set."""

    @property
    def ladders(self) -> tuple[Ladder, ...]:
        """The settings that may be tried; along each line the effort grows."""
        ...

    def set(self, setting: Setting) -> None:
        """Make another effort from now on; an empty setting leaves the effort as it is."""
        ...

    def search(self, query: NDArray[np.float32], k: int, slots: int | None) -> list[int]:
        """Return the numbers of the k nearest among those with a slot below `slots`, None: among all."""
        ...


class FaissFlat:
    """Faiss's exact search in memory, with vectors of float32 or float16."""

    def __init__(self, vectors: NDArray[np.float32], *, half: bool) -> None:
        import faiss

        dims = vectors.shape[1]
        self._index: Any = faiss.IndexFlatIP(dims)
        if half:
            self._index = faiss.IndexScalarQuantizer(dims, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        self._index.add(vectors)
        self._slots = np.arange(len(vectors)) % SLOTS
        self.ladders = NO_CHOICE

    def set(self, setting: Setting) -> None:  # noqa: D102  # see `Peer`
        assert not setting

    def search(self, query: NDArray[np.float32], k: int, slots: int | None) -> list[int]:  # noqa: D102  # see `Peer`
        import faiss

        parameters = None
        if slots is not None:
            bits = np.packbits(self._slots < slots, bitorder="little")
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))
        found: list[int] = self._index.search(query[None], k, params=parameters)[1][0].tolist()
        return found


class LanceDb:
    """LanceDB with the index its documentation advises first for this size, and re-ranking by the vectors."""

    def __init__(self, vectors: NDArray[np.float32], folder: Path) -> None:
        import lancedb
        import pyarrow as pa

        rows = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])
        numbers = np.arange(len(vectors))
        content = pa.table({"number": numbers, "slot": numbers % SLOTS, "vector": rows})
        self._table = lancedb.connect(str(folder)).create_table("vectors", content)
        self._table.create_index(metric="dot", index_type="IVF_RQ")
        self._setting: Setting = {"refine_factor": 10}
        self.ladders = tuple(
            tuple({"nprobes": lists, "refine_factor": refined} for lists in _PARTITIONS) for refined in _REFINED
        )

    def set(self, setting: Setting) -> None:  # noqa: D102  # see `Peer`
        self._setting = setting or self._setting

    def search(self, query: NDArray[np.float32], k: int, slots: int | None) -> list[int]:  # noqa: D102  # see `Peer`
        asked = self._table.search(query).distance_type("dot").limit(k).select(["number"])
        asked = asked.refine_factor(self._setting["refine_factor"])
        if "nprobes" in self._setting:
            asked = asked.nprobes(self._setting["nprobes"])
        if slots is not None:
            asked = asked.where(f"slot < {slots}", prefilter=True)
        found: list[int] = asked.to_arrow()["number"].to_pylist()
        return found


class MilvusLite:
    """Milvus Lite with HNSW."""

    def __init__(self, vectors: NDArray[np.float32], folder: Path) -> None:
        from pymilvus import DataType, MilvusClient

        self._client = MilvusClient(str(folder / "milvus.db"))
        schema = self._client.create_schema()
        schema.add_field("number", DataType.INT64, is_primary=True)
        schema.add_field("slot", DataType.INT64)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=vectors.shape[1])
        index = self._client.prepare_index_params()
        index.add_index("vector", index_type="HNSW", metric_type="IP", params={"M": 16, "efConstruction": 200})
        self._client.create_collection("vectors", schema=schema, index_params=index)
        for start in range(0, len(vectors), _BATCH):
            rows = enumerate(vectors[start : start + _BATCH], start)
            data = [{"number": number, "slot": number % SLOTS, "vector": row} for number, row in rows]
            self._client.insert("vectors", data)
        self._client.load_collection("vectors")
        self._setting: Setting = {"ef": 64}
        self.ladders = (tuple({"ef": kept} for kept in _NEIGHBOURS_KEPT),)

    def set(self, setting: Setting) -> None:  # noqa: D102  # see `Peer`
        self._setting = setting or self._setting

    def search(self, query: NDArray[np.float32], k: int, slots: int | None) -> list[int]:  # noqa: D102  # see `Peer`
        hits = self._client.search(
            "vectors",
            [query],
            filter="" if slots is None else f"slot < {slots}",
            limit=k,
            search_params={"params": self._setting},
        )
        return [hit["number"] for hit in hits[0]]
