from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.contracts.catalog.samples import facts, put_picture

from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.ingest.embedding_jobs import WantedPicture, WantedTitles
from jianwei.ingest.embedding_plan import EmbeddingPlanner
from jianwei.records import ListingRecord
from jianwei.text.fingerprint import text_sha256

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PICTURES = 1200  # more than two pages
TITLES = 700


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlCatalog]:
    """Many pictures and titles; every third picture and every second title has a vector in the space `half@1`."""
    folder: Path = tmp_path_factory.mktemp("plan")
    opened = SqlCatalog.open(folder / "catalog.sqlite", library_folder=folder)
    with opened.writing() as writer:
        for number in range(PICTURES):
            put_picture(writer, number, pdq=False)
        for number in range(TITLES):
            writer.put_listing(ListingRecord(f"a:{number}", title=f"标题{number}"), record_hash="")
            writer.put_listing(ListingRecord(f"b:{number}", title=f" 标题{number} "), record_hash="")
        pictures = [facts(number).sha256 for number in range(0, PICTURES, 3)]
        titles = [text_sha256(f"标题{number}") for number in range(0, TITLES, 2)]
        one = np.eye(4, dtype=np.float32)[:1]
        writer.put_vectors("picture", space="half@1", keys=pictures, vectors=np.repeat(one, len(pictures), axis=0))
        writer.put_vectors("title", space="half@1", keys=titles, vectors=np.repeat(one, len(titles), axis=0))
    yield opened
    opened.close()


@pytest.mark.parametrize("spaces", [("half@1",), ("none@1",), ("half@1", "none@1")])
def test_each_content_without_a_vector_is_wanted_once(catalog: SqlCatalog, spaces: tuple[str, ...]) -> None:
    planner = EmbeddingPlanner(catalog, spaces)
    wanted = list(planner.wanted())
    pictures = [item.picture.facts.sha256 for item in wanted if isinstance(item, WantedPicture)]
    titles = [title.text for item in wanted if isinstance(item, WantedTitles) for title in item.titles]
    lacking = {number for number in range(PICTURES) if "none@1" in spaces or number % 3}
    assert pictures == [facts(number).sha256 for number in sorted(lacking)]
    assert titles == [f"标题{number}" for number in range(TITLES) if "none@1" in spaces or number % 2]
    assert sum(item.vectors for item in wanted) == planner.missing()


def test_a_filled_space_wants_nothing(catalog: SqlCatalog) -> None:
    assert EmbeddingPlanner(catalog, ()).missing() == 0
    assert list(EmbeddingPlanner(catalog, ()).wanted()) == []
