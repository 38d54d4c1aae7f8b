"""Addresses, choices and conditions of indexes in a Milvus; nothing here needs one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.errors import IndexCorruptError, IndexServerError, MissingPackageError, SettingsError
from jianwei.indexes.milvus.address import MilvusAddress, parse_index_url
from jianwei.indexes.milvus.choices import MilvusIndexChoice, MilvusVectorOptions, index_for, segment_lists
from jianwei.indexes.milvus.filters import id_filters
from jianwei.indexes.milvus.rows import KeptRows, last_of_each, merged_hits, present_after, row_array
from jianwei.indexes.milvus.server import MilvusServer, MilvusVersion


def test_an_address_is_taken_apart() -> None:
    assert parse_index_url("http://milvus.example") == MilvusAddress("http://milvus.example:19530")
    assert parse_index_url("milvus://10.0.0.7:9000/shop") == MilvusAddress("http://10.0.0.7:9000", "shop")
    whole = parse_index_url(
        "https://root:p%40ss@[::1]:443/shop?ca=/etc/ca.pem&index=DISKANN&numbers=float16&replicas=2&shards=4&timeout=30"
    )
    assert whole == MilvusAddress(
        "https://[::1]:443",
        "shop",
        user="root",
        password="p@ss",
        authority="/etc/ca.pem",
        timeout_s=30.0,
        index_type="DISKANN",
        numbers="float16",
        shards=4,
        replicas=2,
    )


def test_a_token_stands_where_a_password_does_without_a_user_and_neither_is_shown() -> None:
    address = parse_index_url("https://:key-1@cloud.example:19530")
    assert (address.user, address.password, address.token) == ("", "", "key-1")
    assert "key-1" not in repr(address) + address.shown
    assert "geheim" not in repr(parse_index_url("http://root:geheim@host"))


def test_a_path_is_a_file_of_milvus_lite(tmp_path: Path) -> None:
    address = parse_index_url(str(tmp_path / "vectors.db"))
    assert address.lite == tmp_path / "vectors.db"
    assert address.shown == str(tmp_path / "vectors.db")
    assert parse_index_url("~/a.db").lite == Path.home() / "a.db"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("vectors", "no file that ends in .db"),
        ("vectors.sqlite", "no file that ends in .db"),
        ("postgresql://host/db", "postgresql:// is not known"),
        ("http://", "the host is missing"),
        ("http://host:99999", "cannot be understood"),
        ("http://host/no-name", "no name of a database"),
        ("http://host?metric=L2", "metric is not known"),
        ("http://host?index=LSH", "allowed are auto, FLAT, HNSW, IVF_SQ8, DISKANN"),
        ("http://host?numbers=int8", "allowed are float32, float16"),
        ("http://host?replicas=0", "numbers from 1 to 64"),
        ("http://host?shards=x", "numbers from 1 to 16"),
        ("http://me:secret@host?timeout=-1", "numbers from 1 to 600"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_what_may_be_given(text: str, what: str) -> None:
    with pytest.raises(SettingsError, match="JIANWEI_INDEX_URL") as refused:
        parse_index_url(text)
    assert what in refused.value.message
    assert ".db" in refused.value.message_zh
    assert "secret" not in refused.value.message + refused.value.message_zh


def test_the_index_goes_by_the_number_of_vectors_unless_one_is_wanted() -> None:
    options = MilvusVectorOptions()
    chosen = {count: index_for(count, "auto", options).index_type for count in (0, 10**5, 5 * 10**7, 10**9)}
    assert chosen == {0: "FLAT", 10**5: "HNSW", 5 * 10**7: "IVF_SQ8", 10**9: "IVF_SQ8"}
    assert index_for(10**9, "auto", options, is_lite=True).index_type == "HNSW"
    assert index_for(10, "IVF_SQ8", options) == MilvusIndexChoice("IVF_SQ8", 16)


@pytest.mark.parametrize("index_type", ["FLAT", "HNSW", "IVF_SQ8", "DISKANN"])
@pytest.mark.parametrize("k", [1, 1000, 16_384])
def test_parameters_are_inside_what_milvus_allows(index_type: str, k: int) -> None:
    choice = MilvusIndexChoice(index_type, segment_lists(10**8))
    assert choice.lists == segment_lists(4 * 10**6) == 8192  # what one segment holds decides
    found = choice.search_parameters(k)
    assert k <= found.get("ef", k) <= 32_768
    assert k <= found.get("search_list", k) <= 65_535
    assert 1 <= found.get("nprobe", 1) <= choice.lists
    assert set(choice.build_parameters()) <= {"M", "efConstruction", "nlist"}


def matches(conditions: list[str], key: int) -> bool:
    expression = " or ".join(f"({condition})" for condition in conditions)
    return bool(eval(expression, {"id": key}))  # the two languages agree so far


@given(st.sets(st.integers(0, 200), min_size=1), st.integers(1, 20))
def test_conditions_let_through_exactly_the_keys(keys: set[int], at_once: int) -> None:
    conditions = id_filters(np.array(sorted(keys), np.int64), at_once)
    assert {key for key in range(202) if matches(conditions, key)} == keys


def test_neighbouring_keys_are_ranges_and_many_scattered_ones_come_in_parts() -> None:
    assert id_filters(np.arange(5, 90_000), 10) == ["(id >= 5 and id <= 89999)"]
    assert id_filters(np.array([3]), 10) == ["(id >= 3 and id <= 3)"]
    assert id_filters(np.array([1, 3, 5]), 2) == ["id in [1,3]", "id in [5]"]


def test_of_a_key_that_comes_twice_the_last_row_counts() -> None:
    keys, rows = last_of_each(np.array([7, 3, 7]), np.array([[1], [2], [3]], np.float16))
    assert (keys.tolist(), rows.ravel().tolist()) == ([3, 7], [2, 3])


_BATCH = st.tuples(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))


@given(st.lists(_BATCH))
def test_what_is_there_after_batches_is_counted(batches: list[tuple[set[int], set[int]]]) -> None:
    there: set[int] = set()
    for put, gone in batches:
        there = (there - gone) | put
    arrays = [(np.array(sorted(put), np.int64), np.array(sorted(gone - put), np.int64)) for put, gone in batches]
    assert present_after(arrays) == len(there)


def test_several_answers_become_one() -> None:
    first = [(np.array([4, 9]), np.array([0.9, 0.1], np.float32))]
    second = [(np.array([2, 8]), np.array([0.9, 0.5], np.float32))]
    [(keys, scores)] = merged_hits([first, second], 3)
    assert keys.tolist() == [2, 4, 8]
    assert scores.tolist() == pytest.approx([0.9, 0.9, 0.5])


def test_vectors_come_as_lists_or_as_the_bytes_of_float16() -> None:
    row = np.array([0.5, -0.25], np.float16)
    assert row_array([[0.5, -0.25]], 2, "float32").tolist() == [[0.5, -0.25]]
    assert row_array([row.tobytes(), [row.tobytes()]], 2, "float16").tolist() == [[0.5, -0.25]] * 2
    assert row_array([], 2, "float32").shape == (0, 2)


def test_rows_that_were_read_are_kept_until_something_changes() -> None:
    asked: list[list[int]] = []

    def fetch(keys: np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[object, object]:
        asked.append(keys.tolist())
        found = keys[keys < 10]
        return found, found[:, None].astype(np.float32)

    kept = KeptRows(1, most=5)
    rows, there = kept.of(np.array([3, 99, 3, -1]), fetch)  # type: ignore[arg-type]
    assert (rows.ravel().tolist(), there.tolist()) == ([3, 0, 3, 0], [True, False, True, False])
    kept.of(np.array([3, 99, 4]), fetch)  # type: ignore[arg-type]
    kept.of(np.arange(7), fetch)  # type: ignore[arg-type]  # more than may be kept
    kept.of(np.array([3, 5, 6, 7]), fetch)  # type: ignore[arg-type]  # as many as may be kept: others go
    kept.forget()
    kept.of(np.array([7]), fetch)  # type: ignore[arg-type]
    assert asked == [[3, 99], [4], [0, 1, 2, 5, 6], [5, 6, 7], [7]]


def test_versions_of_servers_are_compared_and_milvus_lite_counts_otherwise() -> None:
    assert MilvusVersion("v2.5.4", is_lite=False).at_least(2, 4)
    assert not MilvusVersion("2.3.5-lite", is_lite=False).at_least(2, 4)
    assert not MilvusVersion("milvus_lite-3.2.2", is_lite=True).at_least(2, 4)


@pytest.mark.parametrize("code", [4, 100])
def test_a_collection_that_is_gone_is_filled_again(code: int) -> None:
    class AnswerError(Exception):
        pass

    error = AnswerError("collection")
    error.code = code  # type: ignore[attr-defined]
    assert isinstance(MilvusServer(MilvusAddress("http://h:1"))._meaning(error), IndexCorruptError)


def test_a_server_that_does_not_let_us_in_is_told_apart() -> None:
    meant = MilvusServer(MilvusAddress("http://h:1"))._meaning(RuntimeError("auth check failure, please check"))
    assert isinstance(meant, IndexServerError)
    assert "does not let us in" in meant.message
    assert "令牌" in meant.message_zh


def test_a_client_that_is_not_installed_is_told_with_its_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'jianwei\[milvus\]'") as missing:
        MilvusServer(parse_index_url("http://127.0.0.1:9")).version()
    assert "jianwei[milvus]" in missing.value.message_zh


def test_milvus_lite_that_is_not_installed_is_told_with_its_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("pymilvus")
    monkeypatch.setitem(sys.modules, "milvus_lite", None)
    with pytest.raises(MissingPackageError, match="pip install milvus-lite") as missing:
        MilvusServer(parse_index_url(str(tmp_path / "a.db"))).version()
    assert "pip install milvus-lite" in missing.value.message_zh


def test_a_folder_that_cannot_be_made_for_milvus_lite_is_told(tmp_path: Path) -> None:
    pytest.importorskip("pymilvus")
    pytest.importorskip("milvus_lite")
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(IndexServerError, match="does not answer") as refused:
        MilvusServer(parse_index_url(str(tmp_path / "file" / "a.db"))).version()
    assert str(tmp_path) in refused.value.message_zh


def test_a_server_that_does_not_answer_is_not_asked_again_at_once() -> None:
    pytest.importorskip("pymilvus")
    server = MilvusServer(parse_index_url("http://127.0.0.1:9?timeout=1"))
    with pytest.raises(IndexServerError) as first:
        server.version()
    silent_until = server._silent_until
    with pytest.raises(IndexServerError) as second:
        server.version()
    assert second.value.message_zh == first.value.message_zh
    assert second.value is not first.value  # or every one that is raised would grow its traceback
    assert server._silent_until == silent_until
    server._silent_until = 0.0
    with pytest.raises(IndexServerError):
        server.version()
    assert server._silent_until > silent_until
    server.close()


def test_a_process_that_was_forked_connects_anew(milvus: MilvusServer) -> None:
    server = MilvusServer(milvus.address)
    server.version()
    before = server._client
    server._owner = -1  # as if it had been made by a parent
    server.call("list_collections")
    assert server._client is not before
    server.close()


def test_nothing_loads_the_client_before_it_is_needed() -> None:
    program = (
        "import sys; import jianwei.indexes.milvus.vector_index, jianwei.library.facade; "
        "sys.exit('pymilvus' in sys.modules or 'grpc' in sys.modules or 'pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
