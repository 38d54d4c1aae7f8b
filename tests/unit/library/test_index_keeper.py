from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING

import pytest
from tests.contracts.catalog.samples import record
from tests.unit.library.vector_catalog import catalog_with_vectors, put_vector, rows

from jianwei.library.index_keeper import IndexKeeper
from jianwei.library.vector_index_kinds import space_folder
from jianwei.records import VectorSpace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.records import TextDocument, VectorKind


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[SqlCatalog]:
    """Four pictures and a listing, with vectors in the space `m@1`."""
    with catalog_with_vectors(tmp_path) as opened:
        yield opened


@pytest.fixture
def keeper(catalog: SqlCatalog, tmp_path: Path) -> Iterator[IndexKeeper]:
    opened = IndexKeeper(catalog, tmp_path / "indexes")
    yield opened
    opened.close()


def nearest(keeper: IndexKeeper, catalog: SqlCatalog, direction: int) -> int:
    [space] = catalog.spaces()
    index = keeper.vectors(space, "picture").ready()
    return int(index.search(rows(direction, dims=space.dims), k=1).keys[0, 0])


def test_an_index_is_built_when_it_is_first_asked_for_and_follows_the_catalog(
    keeper: IndexKeeper, catalog: SqlCatalog
) -> None:
    assert [nearest(keeper, catalog, direction) for direction in range(4)] == [1, 2, 3, 4]
    put_vector(catalog, 2, rows(6))
    assert nearest(keeper, catalog, 6) == 2
    with catalog.writing() as writer:
        no = writer.put_listing(record(2), record_hash="")
        writer.set_pictures(no, [(2, "main", 0)])
    with catalog.writing() as writer:
        writer.delete_listing(no)
    assert nearest(keeper, catalog, 6) != 2


def test_a_filled_space_gives_other_indexes_nothing_to_replay(
    keeper: IndexKeeper, catalog: SqlCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper.catch_up()
    put_vector(catalog, 1, rows(0, dims=4), space="other@1")
    read: list[str] = []
    reading, vectors = catalog.text_documents, catalog.vectors

    def text_documents(numbers: Sequence[int]) -> list[TextDocument]:
        read.extend("text" for _ in numbers)
        return reading(numbers)

    def vectors_of(
        kind: VectorKind, space: str, numbers: Sequence[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        read.extend(space for _ in numbers)
        return vectors(kind, space, numbers)

    monkeypatch.setattr(catalog, "text_documents", text_documents)
    monkeypatch.setattr(catalog, "vectors", vectors_of)
    keeper.catch_up()
    assert read == ["other@1"]
    assert {state.status for state in keeper.states()} == {"ready"}
    assert {state.sequence for state in keeper.states()} == {catalog.sequence()}


def test_every_index_is_described_with_its_space(keeper: IndexKeeper, catalog: SqlCatalog) -> None:
    keeper.catch_up()
    described = [(state.name, state.space, state.vectors) for state in keeper.states()]
    assert described == [
        ("text", "", None),
        ("hash", "", None),
        ("feature", "", None),
        ("vector", "m@1", "picture"),
        ("vector", "m@1", "title"),
    ]
    put_vector(catalog, 1, rows(5))
    assert [state.status for state in keeper.states()] == ["ready", "ready", "ready", "behind", "ready"]


def test_the_folders_of_a_removed_space_go(keeper: IndexKeeper, catalog: SqlCatalog, tmp_path: Path) -> None:
    put_vector(catalog, 1, rows(0, dims=4), space="other@1")
    keeper.catch_up()
    folder = tmp_path / "indexes" / "vector"
    assert len(list(folder.iterdir())) == 2
    with catalog.writing() as writer:
        writer.delete_space("m@1")
    keeper.catch_up()
    assert [path.name for path in folder.iterdir()] == [space_folder(catalog.spaces()[0])]
    with catalog.writing() as writer:
        writer.delete_space("other@1")
    keeper.catch_up()
    assert list(folder.iterdir()) == []


def test_a_space_that_comes_back_never_finds_what_was_left_of_the_old_one(
    keeper: IndexKeeper, catalog: SqlCatalog, tmp_path: Path
) -> None:
    keeper.catch_up()
    with catalog.writing() as writer:  # a process that died before it removed the folder
        writer.delete_space("m@1")
    put_vector(catalog, 3, rows(0, dims=4))
    assert nearest(keeper, catalog, 0) == 3
    keeper.catch_up()
    assert len(list((tmp_path / "indexes" / "vector").iterdir())) == 1


def test_an_index_of_an_older_catalog_is_built_anew(catalog: SqlCatalog, tmp_path: Path) -> None:
    keeper = IndexKeeper(catalog, tmp_path / "indexes")
    keeper.catch_up()
    keeper.close()
    [space] = catalog.spaces()
    [other] = [VectorSpace(space.space_no, space.name, 4)]
    with catalog.writing() as writer:
        writer.delete_space("m@1")
    put_vector(catalog, 1, rows(2, dims=4))
    [fresh] = catalog.spaces()
    above = tmp_path / "indexes" / "vector"
    shutil.move(above / space_folder(other), above / space_folder(fresh))
    again = IndexKeeper(catalog, tmp_path / "indexes")
    assert nearest(again, catalog, 2) == 1
    again.close()


def test_a_rebuild_says_how_far_it_is(keeper: IndexKeeper) -> None:
    seen: list[tuple[str, int, int]] = []
    for kept in keeper.named("vector"):
        kept.rebuild(lambda name, done, total: seen.append((name, done, total)))
    assert [name for name, _, _ in seen] == ["vector m@1 picture", "vector m@1 title"]
    assert all(done <= total for _, done, total in seen)


def test_many_threads_may_ask_for_an_index_at_once(keeper: IndexKeeper, catalog: SqlCatalog) -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(nearest(keeper, catalog, 3))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [4] * 8


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("chinese-clip@0a1b", "chinese-clip@0a1b.7"),
        ("模型/../x@1", "-..-x@1.7"),
        ("a" * 200, "a" * 80 + ".7"),
        ("x:y*?@2", "x-y-@2.7"),
    ],
)
def test_a_space_has_a_folder_that_every_file_system_can_hold(name: str, folder: str) -> None:
    assert space_folder(VectorSpace(7, name, 4)) == folder
