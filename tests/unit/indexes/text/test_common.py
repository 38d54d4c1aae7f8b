"""The side file of common words: with it, every answer is the one without it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.waiting import PATIENCE_S

from jianwei.errors import StorageFullError
from jianwei.indexes.text import common_build as text_index_common_build
from jianwei.indexes.text import common_process as text_index_common_process
from jianwei.indexes.text import query as text_index_query
from jianwei.indexes.text import reader as text_index_reader
from jianwei.indexes.text import sums as text_index_sums
from jianwei.indexes.text.common import (
    CommonWords,
    WordList,
    stamp_of,
    start_building,
    write_common,
)
from jianwei.indexes.text.rows import RowsSize
from jianwei.indexes.text.search import AskedText
from jianwei.indexes.text.side_file import SideFileOfState
from jianwei.indexes.text.sums import best_of_sums
from jianwei.indexes.text.text_index import TantivyTextIndex
from jianwei.records import Filters, TextDocument
from jianwei.text.query_syntax import parse_query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwei.ports import TextField, TextHits

FIELDS: tuple[TextField, ...] = ("title", "spec", "ocr", "caption")
EVERYTHING = Filters()
SOME = Filters(platforms=frozenset({"京东"}), price_max=5.0)
WORDS = st.sampled_from(
    [
        *["治疗", "国家级", "国家", "面膜", "胶囊", "的", "ab", "保温杯", "title:面膜", "面膜 胶囊", "g-1", "ab1"],
        *["洗衣液", "title:洗衣液", "面膜胶囊", "ab g"],
    ]
)
TEXTS = st.lists(
    st.sampled_from(["治疗", "国家级", "面膜", "胶囊", "的", "ab", "保温杯", " ", "g-1", "xab1", "ab1 ", "洗衣液"]),
    max_size=8,
)
DOCUMENTS = st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=7)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[TantivyTextIndex]:
    index = TantivyTextIndex.create(tmp_path / "text")
    yield index
    index.close()


def fill(index: TantivyTextIndex, *titles: str, first: int = 1) -> None:
    documents = [TextDocument(number, title, (), ()) for number, title in enumerate(titles, first)]
    index.apply(documents, deleted=(), sequence=index.sequence + 1)


def with_side_file(index: TantivyTextIndex) -> None:
    index.make_common(least_entries=1)
    index.reload()
    assert index._reader.common.found() is not None  # that the file is used shows in no answer


def answers(
    index: TantivyTextIndex, query: str, only: list[int], limit: int, filters: Filters = EVERYTHING
) -> tuple[list[int], list[float], int]:
    """Return the best hits and their scores, the scores of some listings behind them, and the count of hits."""
    node = parse_query(query)
    assert node is not None
    best = index.search(node, fields=FIELDS, filters=filters, limit=limit)
    among = index.search(node, fields=FIELDS, filters=filters, limit=len(only) or 1, only=only)
    hits: list[TextHits] = [best, among]
    return (
        [number for part in hits for number in part.listing_nos.tolist()],
        [score for part in hits for score in part.scores.tolist()],
        index.count(node, fields=FIELDS, filters=filters),
    )


@pytest.mark.parametrize("common", [0, 2000])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=DOCUMENTS, asked=st.lists(WORDS, min_size=1, max_size=4), gone=st.sets(st.integers(1, 7)))
@example(said=[(["xab1"], ["ab1"], []), (["ab1 "], ["xab1"], [])], asked=["ab1", "面膜"], gone=set())
@example(said=[(["保温杯"], [], []), (["保温杯", "的"], ["面膜"], [])], asked=["保温杯", "面膜"], gone=set())
@example(said=[(["洗衣液"], ["洗衣液"], []), (["洗衣液", "面膜"], [], ["洗衣液"])], asked=["洗衣液"], gone={3})
@example(said=[(["洗衣液", "面膜"], ["面膜"], []), (["面膜", "洗衣液"], [], [])], asked=["洗衣液", "面膜"], gone={1})
def test_every_answer_is_the_one_without_the_side_file(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    common: Literal[0, 2000],
    said: list[tuple[list[str], list[str], list[str]]],
    asked: list[str],
    gone: set[int],
) -> None:
    monkeypatch.setattr(text_index_query, "_COMMON_DOCUMENTS", common)
    index = TantivyTextIndex.create(tmp_path_factory.mktemp("common") / "text")
    index.apply(
        [
            TextDocument(number, "".join(title), ("".join(spec),), ("".join(read), "的"), platform="京东", price=number)
            for number, (title, spec, read) in enumerate(said, 1)
        ],
        deleted=(),
        sequence=1,
    )
    index.apply([], deleted=sorted(gone), sequence=2)
    query, only = " ".join(asked), [1, 3, 4, 9]
    ways = [(limit, filters) for limit in (2, 20) for filters in (EVERYTHING, SOME)]
    plain = [answers(index, query, only, *way) for way in ways]
    with_side_file(index)
    summed = [answers(index, query, only, *way) for way in ways]
    for (numbers, scores, count), (own_numbers, own_scores, own_count) in zip(plain, summed, strict=True):
        assert own_scores == pytest.approx(scores, abs=1.1e-3)  # sums of 32 bits, in another order
        assert own_count == count
        if own_numbers != numbers:  # what counts as equal may be rounded to either side
            assert sorted(own_numbers) == sorted(numbers)
            assert np.min(np.abs(np.diff(np.sort(scores)))) <= 1.1e-3
    index.close()


def test_the_best_hits_come_in_the_promised_order() -> None:
    scores = np.zeros(5000, np.float32)
    scores[[4000, 17, 2500]] = (2.0, 2.0004, 3.0)  # the first two are equal as scores are told
    numbers = np.arange(5000) * 2 + 1
    hits = best_of_sums(scores, numbers, 10)
    assert hits.listing_nos.tolist() == [5001, 35, 8001]
    assert best_of_sums(scores, numbers, 2).listing_nos.tolist() == [5001, 35]
    assert not len(best_of_sums(np.zeros(3, np.float32), np.arange(3), 2))


@settings(max_examples=30, deadline=None)
@given(values=st.lists(st.integers(0, 40), max_size=3000), limit=st.integers(1, 300))
def test_the_best_of_many_are_those_of_a_plain_sort(values: list[int], limit: int) -> None:
    scores = np.array(values, np.float32) / np.float32(8)
    expected = sorted((-value / 8, number) for number, value in enumerate(values) if value)[:limit]
    hits = best_of_sums(scores, np.arange(len(values)), limit)
    assert list(zip((-hits.scores).tolist(), hits.listing_nos.tolist(), strict=True)) == expected


def test_inside_a_wide_filter_words_are_asked_in_the_plain_way(
    index: TantivyTextIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(index, "面膜 正品", "面膜 胶囊", "胶囊")
    filters = [Filters(platforms=frozenset({name})) for name in ("", *"abcdefghij")]
    with_side_file(index)
    for most in (1, 100):
        monkeypatch.setattr(text_index_reader, "_MOST_INSIDE", most)
        index.reload()
        told = [answers(index, "面膜", [1, 3], 9, own)[::2] for own in filters]
        assert told == [([1, 2, 1], 2) if "" in own.platforms else ([], 0) for own in filters]


def test_sums_of_the_queries_asked_last_are_kept(index: TantivyTextIndex) -> None:
    fill(index, "面膜 正品", "面膜 胶囊", "胶囊")
    with_side_file(index)
    kept = text_index_reader._SUMS_KEPT
    queries = ["面膜", "胶囊", "正品", "面膜 胶囊", "面膜 正品", "胶囊 正品"]
    assert len(queries) > kept
    for asked, query in enumerate(queries, 1):
        answers(index, query, [1, 2], 3)
        assert list(index._reader.sums) == [(parse_query(own), ("title",)) for own in queries[:asked][-kept:]]


def test_answers_do_not_depend_on_what_other_threads_forget(
    index: TantivyTextIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Forgotten(dict[Any, Any]):
        def __setitem__(self, _asked: object, _known: object) -> None:
            """Leave nothing, as when another thread clears what is kept right after it was put there."""

    fill(index, "正品", "正品", "面膜", "面膜 正品")
    index.apply([TextDocument(5, "面膜", (), (), platform="京东")], deleted=(), sequence=2)
    with_side_file(index)
    filters = Filters(platforms=frozenset({"京东"}))
    expected = answers(index, "面膜", [3, 5], 9, filters)
    assert expected[0] == [5, 5]
    # Only what is kept may tell: the plain way would answer right by itself.
    monkeypatch.setattr(AskedText, "_best", None)
    monkeypatch.setattr(index, "_reader", index._reader._replace(inside=Forgotten(), sums=Forgotten()))
    node = parse_query("面膜")
    assert node is not None
    assert index.search(node, fields=FIELDS, filters=filters, limit=9).listing_nos.tolist() == [5]


def test_what_often_stands_together_is_asked_of_the_side_file_alone(
    index: TantivyTextIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(index, "洗衣液", "洗衣液 洗衣液", "洗衣", "面膜洗衣液", "手机壳")
    index.make_common(least_entries=2)
    index.reload()
    words = index._reader.common.found()
    assert words is not None
    held = words.together("title", "洗衣液")
    assert held is not None
    assert index._reader.rows.numbers[held.rows].tolist() == [1, 2, 4]
    assert words.together("title", "手机壳") is None  # in one listing only
    assert words.together("ocr", "洗衣液") is None
    expected = answers(index, "洗衣液", [2, 3], 9)
    assert expected[0] == [2, 1, 4, 3, 2, 3]
    index.reload()
    monkeypatch.setattr(text_index_sums, "_OFTEN_TOGETHER", 0)
    monkeypatch.setattr(AskedText, "_best", None)
    assert answers(index, "洗衣液", [2, 3], 9) == expected


def test_what_stands_together_takes_no_more_room_than_it_may(
    index: TantivyTextIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(index, "洗衣液", "洗衣液", "手机壳", "手机壳", "手机壳", "治疗")
    monkeypatch.setattr(text_index_common_build, "_MOST_TOGETHER", 0.5)  # three entries
    index.make_common(least_entries=2)
    index.reload()
    words = index._reader.common.found()
    assert words is not None
    assert words.together("title", "手机壳") is not None
    assert words.together("title", "洗衣液") is None


def test_an_index_of_more_listings_than_can_be_numbered_gets_no_file(
    index: TantivyTextIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(index, "面膜", "胶囊")
    monkeypatch.setattr(text_index_common_build, "_MOST_LISTINGS", 1)
    assert index.make_common(least_entries=1) == 0
    monkeypatch.setattr(text_index_common_build, "_MOST_LISTINGS", 2)
    assert index.make_common(least_entries=1) > 0


@pytest.mark.parametrize("often", [0, 1000])
def test_a_word_with_many_rare_hits_is_asked_in_the_plain_way(
    index: TantivyTextIndex, monkeypatch: pytest.MonkeyPatch, often: int
) -> None:
    monkeypatch.setattr(text_index_sums, "_MOST_ASKED", 3)
    monkeypatch.setattr(text_index_sums, "_OFTEN_TOGETHER", often)
    fill(index, "面膜 正品", "面膜 胶囊", "面膜 胶囊", "胶囊", "胶囊 面膜", "胶囊面膜")
    index.make_common(least_entries=10)  # only 面膜 and 胶囊, each in five listings and twice in each, are common
    index.reload()
    for query in ('"面膜"', "面膜", "面膜 胶囊", "胶囊面膜", "正品", "面"):
        node = parse_query(query)
        assert node is not None
        hits = index.search(node, fields=FIELDS, filters=Filters(), limit=9)
        assert len(hits) == index.count(node, fields=FIELDS, filters=Filters())
        assert len(hits) == {"正品": 1, "面膜": 5, "面": 5, '"面膜"': 5}.get(query, 6)


def test_after_a_change_the_index_is_asked_again(index: TantivyTextIndex) -> None:
    fill(index, "面膜 正品", "面膜", "胶囊")
    with_side_file(index)
    fill(index, "面膜", first=9)
    assert index._reader.common.found() is None
    assert 9 in answers(index, "面膜", [], 9)[0]
    with_side_file(index)
    assert 9 in answers(index, "面膜", [], 9)[0]
    (index._folder / "meta.json").rename(index._folder / "away.json")
    assert stamp_of(index._folder, RowsSize()) is None


def test_a_file_that_is_broken_or_of_another_state_says_nothing(tmp_path: Path) -> None:
    rows = np.array([2, 5], np.uint32)
    own = WordList(rows, np.array([1, 0], np.uint16), np.array([0.5, 0.25], np.float32), np.array([1], np.uint32))
    size = write_common(tmp_path, "state", [("words", "title", "面膜", own)])
    (path,) = tmp_path.iterdir()
    words = CommonWords.load(tmp_path, "state")
    assert words is not None
    assert (len(words), words.size_bytes, path.stat().st_size) == (1, size, size)
    assert words.of("ocr", "面膜") is None
    assert words.together("title", "面膜") is None
    read = words.of("title", "面膜")
    assert read is not None
    assert [part.tolist() for part in read] == [part.tolist() for part in own]
    assert CommonWords.load(tmp_path, "other") is None
    whole = path.read_bytes()
    for broken in (b"", whole[:4], whole[:-1], b"\xff" * len(whole), whole.replace(b"common-2", b"common-0")):
        path.with_name("common-broken.bin").write_bytes(broken)
        assert CommonWords.load(tmp_path, "broken") is None
    write_common(tmp_path, "later", [])
    assert [found.name for found in tmp_path.iterdir()] == ["common-later.bin"]


def test_making_it_is_started_once_by_whoever_asks_often(tmp_path: Path) -> None:
    started: list[Path] = []
    state = SideFileOfState(tmp_path, "state", CommonWords.load, started.append)
    assert [state.found() for _ in range(49)] == [None] * 49
    assert not started
    assert [state.found() for _ in range(200)] == [None] * 200
    assert started == [tmp_path]
    write_common(tmp_path, "state", [])
    assert any(state.found() is not None for _ in range(60))
    assert SideFileOfState(tmp_path, None, CommonWords.load, started.append).found() is None


def test_a_process_of_its_own_makes_it_unless_another_does(index: TantivyTextIndex) -> None:
    fill(index, *(["面膜 正品"] * 600), "胶囊")
    folder = index._folder
    command = [sys.executable, "-m", text_index_common_process.__name__, str(folder)]
    with text_index_common_process.alone(folder) as is_alone:
        assert is_alone
        assert subprocess.run(command, check=False, capture_output=True).returncode == 0
        assert not list(folder.glob("*-*.bin"))
    making = start_building(folder)
    making.join(timeout=PATIENCE_S)
    assert not making.is_alive()
    index.reload()
    words = index._reader.common.found()
    assert words is not None
    assert words.of("title", "面膜") is not None
    assert words.of("title", "胶囊") is None
    assert index._reader.heard.found() is not None


def test_a_full_disk_is_told(index: TantivyTextIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(index, "面膜")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jianwei.indexes.text.text_index.build_common", full)
    with pytest.raises(StorageFullError):
        index.make_common()
