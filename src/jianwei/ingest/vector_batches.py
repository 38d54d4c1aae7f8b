"""Vectors that wait for a transaction, put together by kind and space so that each takes one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from jianwei.ports import CatalogWriter
    from jianwei.records import VectorKind


class VectorBatches:
    """Vectors of contents."""

    def __init__(self) -> None:
        self._rows: dict[tuple[VectorKind, str], dict[str, NDArray[np.float32]]] = {}

    def add(self, kind: VectorKind, space: str, rows: Mapping[str, NDArray[np.float32]]) -> None:
        """Take (dims,) vectors of one space by the SHA-256 of their contents."""
        self._rows.setdefault((kind, space), {}).update(rows)

    def counts(self) -> dict[tuple[VectorKind, str], int]:
        """Return how many vectors wait of each kind in each space."""
        return {key: len(rows) for key, rows in self._rows.items()}

    def put(self, writer: CatalogWriter) -> None:
        """Put all of them."""
        for (kind, space), rows in self._rows.items():
            if rows:
                writer.put_vectors(kind, space=space, keys=list(rows), vectors=np.stack(list(rows.values())))
