"""The side file of what is heard: with it, every answer is the one without it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jianwei.errors import StorageFullError
from jianwei.indexes.text import heard as text_index_heard
from jianwei.indexes.text import heard_build as text_index_heard_build
from jianwei.indexes.text.heard import HEARD_KIND, HeardPairs, number_of, pair_of
from jianwei.indexes.text.schema import SOUND_PAIRS
from jianwei.indexes.text.side_file import load_arrays, write_arrays
from jianwei.indexes.text.text_index import TantivyTextIndex
from jianwei.records import Filters, TextDocument
from jianwei.text.fold import fold_text
from jianwei.text.query_syntax import parse_query
from jianwei.text.sound import sound_pairs

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.text.query_syntax import QueryNode

EVERYTHING = Filters()
SOME = Filters(platforms=frozenset({"京东"}), price_max=5.0)
SAID = ["治疗", "薇信", "微信", "v信", "vx", "国家级", "面膜", "的", "保温杯", " ", "a𠮷", "\n"]
TEXTS = st.lists(st.sampled_from(SAID), max_size=8)
DOCUMENTS = st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=9)
WORDS = st.sampled_from(
    ["微信", "治疗", "国家级", "面膜", "保温杯", "家", "vx", "微信面膜治疗", "国家级 保温杯 面膜 治疗 微信 膜治"]
)


def filled(folder: Path, said: list[tuple[list[str], list[str], list[str]]]) -> TantivyTextIndex:
    index = TantivyTextIndex.create(folder / "text")
    documents = [
        TextDocument(
            number,
            "".join(title),
            ("".join(spec), "适用"),
            ("".join(read),),
            platform="京东",
            price=number,
            caption=("微信",),
        )
        for number, (title, spec, read) in enumerate(said, 1)
    ]
    index.apply(documents, deleted=(), sequence=1)
    return index


def answers(index: TantivyTextIndex, node: QueryNode, filters: Filters) -> list[list[tuple[float, int]]]:
    """Return the hits by sound, fewer and all of them, and those of some listings, as (−score, number)."""
    found = [
        index.search(node, fields=("sound",), filters=filters, limit=limit, only=only)
        for limit, only in ((2, None), (20, None), (20, [1, 3, 4, 9]))
    ]
    return [list(zip((-hits.scores).tolist(), hits.listing_nos.tolist(), strict=True)) for hits in found]


@pytest.mark.parametrize(("bits", "at_once"), [(1, 2048), (2, 3), (16, 2), (16, 2048)])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=DOCUMENTS, asked=st.lists(WORDS, min_size=1, max_size=4), gone=st.sets(st.integers(1, 9), max_size=3))
def test_what_is_heard_is_the_same_with_the_side_file(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    bits: int,
    at_once: int,
    said: list[tuple[list[str], list[str], list[str]]],
    asked: list[str],
    gone: set[int],
) -> None:
    monkeypatch.setattr(text_index_heard, "BLOCK_BITS", bits)
    monkeypatch.setattr(text_index_heard_build, "BLOCK_BITS", bits)
    monkeypatch.setattr(text_index_heard_build, "_READ_AT_ONCE", at_once)
    index = filled(tmp_path_factory.mktemp("heard"), said)
    index.apply([], deleted=sorted(gone), sequence=2)
    node = parse_query(" ".join(asked))
    assert node is not None
    plain = [answers(index, node, filters) for filters in (EVERYTHING, SOME)]
    count = index.count(node, fields=("sound",), filters=SOME)
    assert index.make_heard()
    index.reload()
    assert index._reader.heard.found() is not None  # that the file is used shows in no answer
    told = [answers(index, node, filters) for filters in (EVERYTHING, SOME)]
    assert index.count(node, fields=("sound",), filters=SOME) == count
    for own, other in zip(told, plain, strict=True):
        for hits, plain_hits in zip(own, other, strict=True):
            assert [score for score, _ in hits] == pytest.approx([score for score, _ in plain_hits], abs=1.1e-3)
            assert hits == plain_hits or np.abs(np.diff([score for score, _ in plain_hits])).min() <= 1.1e-3
    index.close()


@given(said=DOCUMENTS)
@settings(max_examples=12, deadline=None)
def test_every_pair_is_told_as_often_as_it_is_said(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[list[str], list[str], list[str]]]
) -> None:
    index = filled(tmp_path_factory.mktemp("heard"), said)
    rows = index._reader.rows
    pairs, listings = rows.of([*rows.numbers.tolist(), 99]).every_heard()
    told = Counter(zip(listings.tolist(), map(pair_of, pairs.tolist()), strict=True))
    lines = [(row, line) for row, texts in enumerate(said) for line in (*("".join(text) for text in texts), "适用")]
    assert told == Counter((row, pair) for row, line in lines for pair in sound_pairs(fold_text(line)))
    assert all(index._reader.doc_freq(SOUND_PAIRS, pair) for _, pair in told)
    index.close()


def test_a_pair_is_one_number() -> None:
    assert number_of("微信") != number_of("信微")
    assert pair_of(number_of("微信")) == "微信"


def test_a_file_of_another_state_or_kind_or_a_broken_one_says_nothing(tmp_path: Path) -> None:
    arrays = {"rows": np.arange(5, dtype=np.uint32), "scores": np.array([0.5], np.float32), "none": np.empty(0, "u2")}
    size = write_arrays(tmp_path, "some-1", "state", arrays)
    (path,) = tmp_path.iterdir()
    assert path.stat().st_size == size
    read = load_arrays(tmp_path, "some-1", "state")
    assert read is not None
    assert {name: (kept.dtype, kept.tolist()) for name, kept in read.items()} == {
        name: (kept.dtype, kept.tolist()) for name, kept in arrays.items()
    }
    assert load_arrays(tmp_path, "some-2", "state") is None
    assert load_arrays(tmp_path, "some-1", "other") is None
    whole = path.read_bytes()
    for broken in (b"", whole[:4], whole[:-1], b"\xff" * len(whole), whole.replace(b'"bytes"', b'"bites"')):
        path.write_bytes(broken)
        assert load_arrays(tmp_path, "some-1", "state") is None
    write_arrays(tmp_path, "some-1", "later", {})
    write_arrays(tmp_path, "other-1", "later", {})
    assert sorted(found.name for found in tmp_path.iterdir()) == ["other-later.bin", "some-later.bin"]
    write_arrays(tmp_path, HEARD_KIND, "state", arrays)
    assert HeardPairs.load(tmp_path, "state") is None


def test_a_full_disk_and_another_state_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = filled(tmp_path, [(["微信"], [], [])])
    other = TantivyTextIndex.open(tmp_path / "text", read_only=True)
    index.apply([], deleted=[1], sequence=2)
    assert other.make_heard() == 0

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jianwei.indexes.text.text_index.build_heard", full)
    with pytest.raises(StorageFullError):
        index.make_heard()
    index.close()


def test_places_beyond_four_bytes_are_kept_in_eight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = filled(tmp_path, [(["微信"], ["治疗"], []), (["薇信", "面膜"], [], []), (["国家级"], [], [])])
    node = parse_query("微信")
    assert node is not None
    told = []
    for narrow, kept in ((1 << 32, np.uint32), (3, np.uint64)):
        monkeypatch.setattr(text_index_heard_build, "_MOST_NARROW", narrow)
        index.make_heard()
        index.reload()
        heard = index._reader.heard.found()
        assert heard is not None
        assert heard.bounds.dtype == kept
        told.append(answers(index, node, EVERYTHING))
    assert told[0] == told[1]
    assert {number for _, number in told[0][0]} == {1, 2}
    index.close()
