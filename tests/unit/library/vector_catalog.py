"""A catalog with four pictures and a listing that have vectors, for what follows it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from tests.contracts.catalog.samples import facts, put_picture, record

from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.text.fingerprint import text_sha256

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

DIMS = 8


def rows(*directions: int, dims: int = DIMS) -> NDArray[np.float32]:
    """Return unit vectors along some axes."""
    return np.eye(dims, dtype=np.float32)[list(directions)]


@contextmanager
def catalog_with_vectors(folder: Path) -> Iterator[SqlCatalog]:
    """Lend a catalog of four pictures and a listing, with vectors in the space `m@1`."""
    opened = SqlCatalog.open(folder / "catalog.sqlite", library_folder=folder)
    with opened.writing() as writer:
        for number in range(1, 5):
            put_picture(writer, number, pdq=False)
        writer.put_listing(record(1), record_hash="")
        keys = [facts(number).sha256 for number in range(1, 5)]
        writer.put_vectors("picture", space="m@1", keys=keys, vectors=rows(0, 1, 2, 3))
        writer.put_vectors("title", space="m@1", keys=[text_sha256("商品1")], vectors=rows(4))
    yield opened
    opened.close()


def put_vector(catalog: SqlCatalog, number: int, vectors: NDArray[np.float32], *, space: str = "m@1") -> None:
    """Give a picture a vector."""
    with catalog.writing() as writer:
        writer.put_vectors("picture", space=space, keys=[facts(number).sha256], vectors=vectors)
