"""A library whose vectors are in a Milvus: the same answers, and what happens when it is away, restarted or emptied."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.integration.conftest import WITHOUT_OCR
from tests.integration.models import CHINESE, ENGLISH
from tests.milvus_place import LiteProcess, drop_everything, need_lite
from tests.unit.library.vector_catalog import DIMS, catalog_with_vectors, put_vector, rows

from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.errors import IndexCorruptError, IndexServerError, SettingsError, WriterLockedError
from jianwei.indexes.milvus.address import parse_index_url
from jianwei.indexes.milvus.choices import MilvusVectorOptions
from jianwei.indexes.milvus.server import MilvusServer
from jianwei.indexes.milvus.states import MilvusStates
from jianwei.indexes.milvus.vector_index import MilvusVectorIndex
from jianwei.library import Library
from jianwei.library.diagnosis import diagnose
from jianwei.library.index_keeper import IndexKeeper, KeptIndex
from jianwei.library.milvus_homes import MilvusVectorHome
from jianwei.library.vector_index_kinds import vector_index_kind
from jianwei.search.request import SearchRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jianwei.library.vector_index_kinds import KeptVectors
    from jianwei.search.results import SearchResult


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[SqlCatalog]:
    """Four pictures and a listing, with vectors in the space `m@1`."""
    with catalog_with_vectors(tmp_path) as opened:
        yield opened


@pytest.fixture
def states(catalog: SqlCatalog, milvus: MilvusServer) -> Iterator[MilvusStates]:
    of_library = MilvusStates(milvus, catalog.identity())
    yield of_library
    drop_everything(of_library)


@pytest.fixture
def keeper(catalog: SqlCatalog, milvus: MilvusServer, states: MilvusStates, tmp_path: Path) -> Iterator[IndexKeeper]:
    opened = IndexKeeper(catalog, tmp_path / "indexes", MilvusServer(milvus.address))
    yield opened
    opened.close()


def nearest(keeper: IndexKeeper, catalog: SqlCatalog, direction: int) -> int:
    index = keeper.vectors(catalog.spaces()[0], "picture").ready()
    return int(index.search(rows(direction), k=1).keys[0, 0])


def test_the_index_is_filled_when_first_asked_for_and_follows_the_catalog(
    keeper: IndexKeeper, catalog: SqlCatalog, tmp_path: Path
) -> None:
    assert [nearest(keeper, catalog, direction) for direction in range(4)] == [1, 2, 3, 4]
    put_vector(catalog, 2, rows(6))
    assert nearest(keeper, catalog, 6) == 2
    keeper.catch_up()
    assert {state.status for state in keeper.states()} == {"ready"}
    assert not (tmp_path / "indexes" / "vector").exists()


def test_another_machine_sees_what_was_written_and_a_collection_that_was_replaced(
    keeper: IndexKeeper, catalog: SqlCatalog, milvus: MilvusServer, tmp_path: Path
) -> None:
    other = IndexKeeper(catalog, tmp_path / "other", MilvusServer(milvus.address))
    assert nearest(keeper, catalog, 1) == nearest(other, catalog, 1) == 2
    put_vector(catalog, 2, rows(6))
    assert nearest(keeper, catalog, 6) == 2
    index = other.vectors(catalog.spaces()[0], "picture").ready()
    assert index.search(rows(6), k=1).keys[0, 0] == 2
    keeper.vectors(catalog.spaces()[0], "picture").rebuild(None)
    assert index.search(rows(6), k=1).keys[0, 0] == 2  # its collection is gone, and it finds the new one
    assert index.score(rows(6), np.array([2, 3]))[0].tolist() == [1.0, 0.0]
    other.close()


def test_a_milvus_that_was_emptied_is_filled_again(
    keeper: IndexKeeper, catalog: SqlCatalog, states: MilvusStates
) -> None:
    assert nearest(keeper, catalog, 3) == 4
    drop_everything(states)
    assert [state.status for state in keeper.states()][-2:] == ["missing", "missing"]
    assert nearest(keeper, catalog, 3) == 4


def test_a_build_that_broke_off_leaves_the_old_index_and_is_continued(
    keeper: IndexKeeper, catalog: SqlCatalog, states: MilvusStates
) -> None:
    kept = keeper.vectors(catalog.spaces()[0], "picture")
    kept.ready()
    [name] = [name for name in states.names() if name.endswith("picture")]
    [before] = states.collections(name)

    def break_off(*_: object) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        kept.rebuild(break_off)
    [begun] = set(states.collections(name)) - {before}
    assert nearest(keeper, catalog, 0) == 1
    put_vector(catalog, 2, rows(6))
    kept.rebuild(None)
    assert states.collections(name) == [begun]
    assert [nearest(keeper, catalog, direction) for direction in (0, 6, 3)] == [1, 2, 4]
    kept.rebuild(None)
    assert states.collections(name) != [begun]


def test_a_build_that_the_catalog_or_the_settings_have_left_behind_is_begun_anew(
    catalog: SqlCatalog, states: MilvusStates
) -> None:
    [space] = catalog.spaces()
    options = MilvusVectorOptions(flat_below=2)
    home = MilvusVectorHome(states, space, "picture", lambda: 0, catalog.sequence, options)
    begun = home.begin()
    begun.apply(np.array([1]), rows(0), deleted=(), sequence=2)
    assert home.begin().state == begun.state
    assert replace(home, newest=lambda: 1).begin().state.collection != begun.state.collection
    assert replace(home, expected=lambda: 9).begin().state.index_type == "HNSW"
    states.server.call("drop_collection", begun.state.collection)
    assert home.begin().sequence == 0


@pytest.mark.parametrize("change", [{"version": "milvus-vector-0"}, {"dims": DIMS + 1}])
def test_an_index_of_another_version_or_other_vectors_is_filled_anew(
    keeper: IndexKeeper, catalog: SqlCatalog, states: MilvusStates, change: dict[str, Any]
) -> None:
    assert nearest(keeper, catalog, 1) == 2
    [name] = [name for name in states.names() if name.endswith("picture")]
    state = states.read(name, "Strong")
    assert state is not None
    states.write(name, state._replace(**change))
    keeper.close()  # a server of its own may show that to an open one some seconds later
    assert nearest(keeper, catalog, 1) == 2
    renewed = states.read(name, "Strong")
    assert renewed is not None
    assert (renewed.version, renewed.dims) == (state.version, state.dims)
    assert renewed.collection != state.collection


def test_what_a_newer_program_recorded_is_not_understood_and_filled_anew(
    keeper: IndexKeeper, catalog: SqlCatalog, states: MilvusStates
) -> None:
    assert nearest(keeper, catalog, 1) == 2
    [name] = [name for name in states.names() if name.endswith("picture")]
    row = {"id": name, "vector": [1.0, 0.0], "facts": '{"kind": "graph"}'}
    states.server.call("upsert", f"{states.prefix}_state", [row])
    keeper.close()
    assert nearest(keeper, catalog, 1) == 2


def test_an_older_catalog_that_was_put_back_is_followed(
    keeper: IndexKeeper, catalog: SqlCatalog, states: MilvusStates
) -> None:
    nearest(keeper, catalog, 1)
    [name] = [name for name in states.names() if name.endswith("picture")]
    state = states.read(name, "Strong")
    assert state is not None
    states.write(name, state._replace(sequence=catalog.sequence() + 5))
    keeper.close()
    assert nearest(keeper, catalog, 1) == 2
    index = keeper.vectors(catalog.spaces()[0], "picture").ready()
    assert index.sequence == catalog.sequence()


def test_a_collection_that_vanished_alone_is_told_and_filled_by_the_next_search(
    keeper: IndexKeeper, catalog: SqlCatalog, states: MilvusStates
) -> None:
    assert nearest(keeper, catalog, 1) == 2
    kept = keeper.vectors(catalog.spaces()[0], "picture")
    [name] = [name for name in states.names() if name.endswith("picture")]
    for collection in states.collections(name):
        states.server.call("drop_collection", collection)
    with pytest.raises(IndexCorruptError, match="filled again") as caught:
        kept.ready().search(rows(1), k=1)
    assert "重新写入" in caught.value.message_zh
    kept.rebuild(None)
    assert nearest(keeper, catalog, 1) == 2


def test_what_was_written_before_a_crash_is_written_again(keeper: IndexKeeper, catalog: SqlCatalog) -> None:
    index: Any = keeper.vectors(catalog.spaces()[0], "picture").ready()
    put_vector(catalog, 2, rows(6))
    entity = {"id": 2, "vector": rows(6)[0]}  # what a process sent that died before it recorded the change
    index._server.call("upsert", index.state.collection, [entity])
    assert nearest(keeper, catalog, 6) == 2
    assert (len(index), index.sequence) == (4, catalog.sequence())


def test_a_wanted_kind_is_never_outgrown(states: MilvusStates, milvus: MilvusServer) -> None:
    server = MilvusServer(replace(milvus.address, index_type="FLAT"))
    options = MilvusVectorOptions(flat_below=1)
    index = MilvusVectorIndex.create(MilvusStates(server, states.prefix[8:]), "flat", dims=DIMS, options=options)
    index.apply(np.arange(4), rows(0, 1, 2, 3), deleted=(), sequence=1)
    assert not index.outgrown
    server.close()


def test_vectors_that_do_not_arrive_are_noticed(
    catalog: SqlCatalog, states: MilvusStates, milvus: MilvusServer
) -> None:
    [space] = catalog.spaces()
    home = MilvusVectorHome(states, space, "picture", lambda: 0, catalog.sequence)
    index = home.begin()

    def fill_and_lose_one() -> None:
        with index.filling():
            index.apply(np.array([1, 2]), rows(0, 1), deleted=(), sequence=2)
            milvus.call("delete", index.state.collection, ids=[1])

    with pytest.raises(IndexServerError, match="holds 1 vectors after 2 were sent to 0") as caught:
        fill_and_lose_one()
    assert "发送了 2 个" in caught.value.message_zh
    assert home.begin().sequence == 0  # what is wrong is not continued


def test_the_collections_of_a_removed_space_go(keeper: IndexKeeper, catalog: SqlCatalog, states: MilvusStates) -> None:
    put_vector(catalog, 1, rows(0), space="other@1")
    keeper.catch_up()
    assert len(states.names()) == 4
    with catalog.writing() as writer:
        writer.delete_space("m@1")
    keeper.catch_up()
    assert len(states.names()) == 2
    assert all(state.space == "other@1" for state in keeper.states() if state.name == "vector")


def test_what_another_machine_is_writing_is_left_to_it(
    keeper: IndexKeeper, catalog: SqlCatalog, tmp_path: Path
) -> None:
    keeper.catch_up()
    put_vector(catalog, 2, rows(6))
    elsewhere = SqlCatalog.open(tmp_path / "catalog.sqlite", library_folder=tmp_path)
    with elsewhere.writer_session():
        assert nearest(keeper, catalog, 1) == 2  # as it was
        kept = keeper.vectors(catalog.spaces()[0], "picture")
        with pytest.raises(WriterLockedError), catalog.writer_session():
            kept.rebuild(None)
    elsewhere.close()
    assert nearest(keeper, catalog, 6) == 2


def as_any(home: MilvusVectorHome) -> Any:
    return home  # it is the home of any vector index here, and Protocols of generics are not covariant


def test_an_index_that_outgrew_its_kind_is_built_anew(catalog: SqlCatalog, states: MilvusStates) -> None:
    [space] = catalog.spaces()
    home = MilvusVectorHome(states, space, "picture", lambda: 0, catalog.sequence, MilvusVectorOptions(flat_below=2))
    kept: KeptIndex[KeptVectors] = KeptIndex(vector_index_kind(space, "picture"), catalog, as_any(home))
    index = kept.ready()
    assert home.open().state.index_type == "FLAT"
    kept.catch_up()
    assert home.open().state.index_type == "FLAT"  # asked for no vectors, it keeps to that until it has grown
    bigger = MilvusVectorHome(states, space, "picture", lambda: 4, catalog.sequence, home.options)
    kept = KeptIndex(vector_index_kind(space, "picture"), catalog, as_any(bigger))
    with catalog.writer_session():
        kept.catch_up()
    assert bigger.open().state.index_type == "HNSW"
    assert kept.ready().search(rows(2), k=1).keys[0, 0] == index.search(rows(2), k=1).keys[0, 0] == 3


def test_an_index_of_codes_gives_the_scores_of_the_vectors(states: MilvusStates, milvus: MilvusServer) -> None:
    server = MilvusServer(replace(milvus.address, index_type="IVF_SQ8"))
    index = MilvusVectorIndex.create(MilvusStates(server, states.prefix[8:]), "codes", dims=DIMS, expected=400)
    vectors = np.random.default_rng(5).standard_normal((400, DIMS)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    with index.filling():  # at its end Milvus makes the index
        index.apply(np.arange(400), vectors, deleted=(), sequence=1)
    hits = index.search(vectors[:3], k=20)
    assert index.state.index_type == "IVF_SQ8"
    assert hits.keys[:, 0].tolist() == [0, 1, 2]
    np.testing.assert_array_equal(index.score(vectors[:1], hits.keys[0])[0], hits.scores[0])
    server.close()


def test_numbers_that_the_server_does_not_know_are_refused(
    catalog: SqlCatalog, milvus: MilvusServer, states: MilvusStates
) -> None:
    short = MilvusServer(replace(milvus.address, numbers="float16"))
    if short.version().at_least(2, 4):
        pytest.skip("this Milvus knows float16")
    [space] = catalog.spaces()
    home = MilvusVectorHome(MilvusStates(short, states.prefix), space, "picture", lambda: 0, catalog.sequence)
    with pytest.raises(SettingsError, match=r"2\.4") as refused:
        home.begin()
    assert "2.4" in refused.value.message_zh
    short.close()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[LiteProcess]:
    need_lite()
    started = LiteProcess(tmp_path / "milvus.db")
    started.start()
    yield started
    started.kill()


def order(result: SearchResult) -> list[str]:
    return [hit.listing.listing_id for hit in result.hits]


def test_a_server_that_is_killed_leaves_the_other_channels_and_loses_nothing(
    tmp_path: Path, models: Path, process: LiteProcess, write_listings: Callable[..., Path]
) -> None:
    embedded = replace(WITHOUT_OCR, models_folder=models)
    in_milvus = replace(embedded, index_url=process.url)
    with Library.open(tmp_path / "library", settings=embedded) as library:
        library.embed([CHINESE, ENGLISH])
        library.ingest(write_listings(6))
        expected = {words: order(library.search(words, min_relevance=0.0)) for words in ("芦荟胶囊", "猫咪玩具")}
    with Library.open(tmp_path / "library", settings=in_milvus) as library:
        assert {words: order(library.search(words, min_relevance=0.0)) for words in expected} == expected
        assert "vector" not in {off.channel for off in library.search("芦荟胶囊").channels_off}

        process.kill()
        result = library.search("芦荟胶囊")
        assert order(result)[0] == expected["芦荟胶囊"][0]
        [off] = [off for off in result.channels_off if off.channel == "vector"]  # of both spaces
        assert off.reason.startswith(CHINESE)
        assert "does not answer" in off.reason
        assert "没有正常响应" in off.reason_zh
        library.ingest(write_listings(8))  # goes on, and what Milvus lacks follows
        assert {state.status for state in library.stats().indexes} == {"ready", "unreachable"}
        with pytest.raises(IndexServerError, match="Nothing is lost") as caught:
            library.reindex(("vector",))
        assert "JIANWEI_INDEX_URL" in caught.value.message_zh
        with pytest.raises(IndexServerError):  # what is learnt from judged searches must not lack a channel
            library._search.service().evidence(SearchRequest(words="芦荟"))
        [check] = [check for check in diagnose(tmp_path / "library", in_milvus) if check.name == "indexes"]
        assert (check.status, str(process.port) in check.summary) == ("problem", True)

        process.start()
        with Library.open(tmp_path / "library", settings=embedded) as whole:
            after = order(whole.search("猫咪玩具", min_relevance=0.0))
        again = Library.open(tmp_path / "library", settings=in_milvus)
        found = again.search("猫咪玩具", min_relevance=0.0)
        assert "vector" not in {off.channel for off in found.channels_off}, [off.reason for off in found.channels_off]
        assert order(found) == after
        assert len(after) > len(expected["猫咪玩具"])
        assert {state.status for state in again.stats().indexes} == {"ready"}
        [check] = [check for check in diagnose(tmp_path / "library", in_milvus) if check.name == "indexes"]
        assert check.status == "ok"
        assert "Milvus" in check.summary
        again.close()


def test_a_file_that_another_process_has_open_is_told(tmp_path: Path, process: LiteProcess) -> None:
    server = MilvusServer(parse_index_url(str(tmp_path / "milvus.db")))
    with pytest.raises(IndexServerError, match="Another process may have the file open"):
        server.version()
