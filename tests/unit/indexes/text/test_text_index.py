from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.waiting import PATIENCE_S

from jianwei.errors import IndexCorruptError, WriterLockedError
from jianwei.indexes.text import query as text_index_query
from jianwei.indexes.text.query import TextQueryCompiler
from jianwei.indexes.text.reader import best_hits, best_of_turns
from jianwei.indexes.text.schema import gram_phrase, gram_tokens
from jianwei.indexes.text.text_index import TantivyTextIndex
from jianwei.ports import TextField
from jianwei.records import Filters, TextDocument
from jianwei.text.fold import fold_text
from jianwei.text.query_syntax import And, Not, Phrase, QueryNode, Term, literal_query, parse_query
from jianwei.text.segment import cut_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

ALPHABET = "治疗国家级面膜的ab1 ·-，.é①"
LINES = st.lists(st.text(alphabet=ALPHABET, max_size=12), max_size=3).map(tuple)


def document(listing_no: int, title: str) -> TextDocument:
    return TextDocument(listing_no, title, (), ())


def found(index: TantivyTextIndex, query: QueryNode, limit: int = 100) -> list[int]:
    return [hit.listing_no for hit in index.search(query, fields=get_args(TextField), filters=Filters(), limit=limit)]


@pytest.fixture(scope="module")
def shared_index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TantivyTextIndex]:
    index = TantivyTextIndex.create(tmp_path_factory.mktemp("shared") / "text")
    yield index
    index.close()


def replace_all(index: TantivyTextIndex, texts: list[tuple[str, ...]]) -> None:
    documents = [TextDocument(no, "", (), lines) for no, lines in enumerate(texts)]
    index.apply(documents, deleted=range(len(texts), 5), sequence=1)


WORDS = st.sampled_from(
    ["治疗", "国家级", "面膜", "的", "a", "b1", "ab1", "a面膜", "国家", "级面", '"治疗国"', "面莫~", "é"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(LINES, min_size=1, max_size=5),
    asked=st.lists(WORDS, min_size=1, max_size=4),
    sign=st.sampled_from([" ", " AND ", " OR ", " AND NOT "]),
    common=st.sampled_from([0, 2000]),
)
def test_as_many_are_counted_as_are_found(
    shared_index: TantivyTextIndex,
    monkeypatch: pytest.MonkeyPatch,
    texts: list[tuple[str, ...]],
    asked: list[str],
    sign: str,
    common: int,
) -> None:
    monkeypatch.setattr(text_index_query, "_COMMON_DOCUMENTS", common)
    replace_all(shared_index, texts)
    node = parse_query(sign.join(asked))

    counted = shared_index.count(node, fields=get_args(TextField), filters=Filters())
    assert counted == len(found(shared_index, node))


PLAIN = st.sampled_from(
    ["治疗", "国家级", "国家级面膜", "面膜", "的", "的面", "a", "b1", "ab1", "a面膜", "title:国家", "é"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(LINES, min_size=1, max_size=5),
    asked=st.lists(PLAIN, min_size=1, max_size=5),
    common=st.sampled_from([0, 2000]),
    complete=st.booleans(),
)
@example(texts=[("的é1",)], asked=["的", "é"], common=0, complete=False)  # a letter that is no word of its own
def test_queries_in_turns_rank_as_one_query_does(
    shared_index: TantivyTextIndex,
    monkeypatch: pytest.MonkeyPatch,
    texts: list[tuple[str, ...]],
    asked: list[str],
    common: int,
    complete: bool,
) -> None:
    monkeypatch.setattr(text_index_query, "_COMMON_DOCUMENTS", common)
    replace_all(shared_index, texts)
    node, reader = parse_query(" ".join(asked)), shared_index._reader

    def compiler() -> TextQueryCompiler:
        fields: tuple[TextField, ...] = ("title", "spec", "ocr")
        return TextQueryCompiler(shared_index._index.schema, fields, reader.doc_freq, complete=complete)

    whole = best_hits(reader.searcher, compiler().compile(node), 10)
    turns = compiler().in_turns(node)
    hits = best_of_turns(reader.searcher, turns.queries, 10, counted=turns.first_hits_all)
    assert dict(hits) == pytest.approx(dict(whole), abs=0.002)  # sums of 32-bit floats, rounded to 0.001
    assert hits.total in {None, len(whole)}


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(LINES, min_size=1, max_size=5), asked=st.lists(PLAIN, min_size=1, max_size=8))
def test_named_listings_score_as_in_a_search_of_all(
    shared_index: TantivyTextIndex, texts: list[tuple[str, ...]], asked: list[str]
) -> None:
    replace_all(shared_index, texts)
    node = parse_query(" ".join(asked))

    def scores(only: Sequence[int] | None) -> dict[int, float]:
        hits = shared_index.search(node, fields=get_args(TextField), filters=Filters(), limit=100, only=only)
        return dict(hits)

    everything = scores(None)
    named = [0, 2, 3, 77]
    assert scores(named) == pytest.approx({no: score for no, score in everything.items() if no in named}, abs=0.002)


@settings(max_examples=30, deadline=None)
@given(
    texts=st.lists(LINES, min_size=1, max_size=5),
    others=st.lists(st.text(alphabet=ALPHABET, min_size=1, max_size=5), max_size=8),
)
def test_no_part_of_two_or_more_characters_is_ever_missed(
    shared_index: TantivyTextIndex, texts: list[tuple[str, ...]], others: list[str]
) -> None:
    index = shared_index
    replace_all(index, texts)
    parts = {line[start : start + 4] for lines in texts for line in lines for start in range(len(line))}
    for query in parts.union(others):
        folded = fold_text(query)
        if len(folded) < 2:
            continue
        expected = [no for no, lines in enumerate(texts) if any(folded in fold_text(line) for line in lines)]
        assert sorted(found(index, Phrase(query))) == expected, query
        assert set(expected) <= set(found(index, Term(query))), query
        assert sorted(found(index, And((Term(query), Term(query))))) == expected, query
        assert not set(expected) & set(found(index, And((Not(Term(query)),)))), query


@settings(max_examples=30, deadline=None)
@given(
    texts=st.lists(LINES, min_size=1, max_size=5),
    query=st.text(alphabet="治疗国家级面膜ab1", min_size=3, max_size=5),
)
def test_a_fuzzy_term_finds_every_text_that_differs_in_one_character(
    shared_index: TantivyTextIndex, texts: list[tuple[str, ...]], query: str
) -> None:
    replace_all(shared_index, texts)

    def is_near(line: str) -> bool:
        windows = (line[start : start + len(query)] for start in range(len(line) - len(query) + 1))
        return any(sum(a != b for a, b in zip(window, query, strict=True)) <= 1 for window in windows)

    near = [no for no, lines in enumerate(texts) if any(is_near(fold_text(line)) for line in lines)]
    assert set(near) <= set(found(shared_index, Term(query, fuzzy=True)))


def test_a_long_text_still_finds_its_own_line_by_its_parts(tmp_path: Path) -> None:
    index = TantivyTextIndex.create(tmp_path / "text")
    index.apply([document(1, "雪莲培元")], deleted=(), sequence=1)
    long_text = "\n".join(f"第{n}行说明文字与成分介绍{n * 7919}" for n in range(800)) + "\n雪莲培元"
    assert found(index, literal_query(long_text)) == [1]


def test_a_common_word_still_finds_every_listing_that_contains_its_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_index_query, "_COMMON_DOCUMENTS", 0)
    index = TantivyTextIndex.create(tmp_path / "text")
    index.apply([document(1, "旗舰店"), document(2, "ab旗舰店ab"), document(3, "旗舰")], deleted=(), sequence=1)
    index.apply([document(4, "官方旗，舰店")], deleted=(), sequence=2)
    cut_elsewhere = "中国家级别"  # holds 国家级 across its words
    index.apply([document(5, cut_elsewhere), document(6, "国家级")], deleted=(), sequence=3)
    assert "国家级" not in cut_words(cut_elsewhere)
    assert sorted(found(index, Term("旗舰店"))) == [1, 2]
    assert found(index, Term("国家级")) == [6, 5]
    assert found(index, Term("国家级"), limit=1) == [6]
    assert index.count(Term("国家级"), fields=get_args(TextField), filters=Filters()) == 2


def test_exact_characters_outrank_one_wrong_one(tmp_path: Path) -> None:
    index = TantivyTextIndex.create(tmp_path / "text")
    index.apply([document(1, "减月茶"), document(2, "减肥茶")], deleted=(), sequence=1)
    assert found(index, Term("减肥茶", fuzzy=True)) == [2, 1]


def test_grams_hold_each_character_and_each_pair_at_its_place() -> None:
    assert gram_tokens("甲乙丙") == ["甲", "甲乙", "乙", "乙丙", "丙"]
    assert gram_phrase("甲乙丙丁") == [(1, "甲乙"), (5, "丙丁")]
    assert gram_phrase("甲乙丙") == [(1, "甲乙"), (3, "乙丙")]
    assert gram_phrase("甲") == [(0, "甲")]
    assert gram_phrase("") == []


def test_opening_again_keeps_documents_and_sequence(tmp_path: Path) -> None:
    index = TantivyTextIndex.create(tmp_path / "text")
    index.apply([document(1, "芦荟")], deleted=(), sequence=42)
    index.close()
    again = TantivyTextIndex.open(tmp_path / "text")
    assert again.sequence == 42
    assert again.document_count == 1
    assert found(again, Term("芦荟")) == [1]


def test_a_crash_before_the_state_is_written_only_causes_a_replay(tmp_path: Path) -> None:
    index = TantivyTextIndex.create(tmp_path / "text")
    index.apply([document(1, "芦荟")], deleted=(), sequence=1)
    state = (tmp_path / "text" / "jianwei-text.json").read_bytes()
    index.apply([document(2, "芦荟茶")], deleted=(1,), sequence=2)
    index.close()
    (tmp_path / "text" / "jianwei-text.json").write_bytes(state)
    again = TantivyTextIndex.open(tmp_path / "text")
    assert again.sequence == 1
    again.apply([document(2, "芦荟茶")], deleted=(1,), sequence=2)
    assert found(again, Term("芦荟")) == [2]
    assert again.document_count == 1
    again.close()


def _remove_state(folder: Path) -> None:
    (folder / "jianwei-text.json").unlink()


def _garble_state(folder: Path) -> None:
    (folder / "jianwei-text.json").write_text("{", "utf-8")


def _age_state(folder: Path) -> None:
    (folder / "jianwei-text.json").write_text(json.dumps({"sequence": 1, "version": "text-0"}), "utf-8")


def _remove_meta(folder: Path) -> None:
    (folder / "meta.json").unlink()


def _garble_meta(folder: Path) -> None:
    (folder / "meta.json").write_text("no json", "utf-8")


def _remove_terms(folder: Path) -> None:
    next(folder.glob("*.term")).unlink()


def _truncate_terms(folder: Path) -> None:
    path = next(folder.glob("*.term"))
    path.write_bytes(path.read_bytes()[:-30])


def _truncate_postings(folder: Path) -> None:
    path = next(folder.glob("*.idx"))
    path.write_bytes(b"")


@pytest.mark.parametrize(
    "damage",
    [
        _remove_state,
        _garble_state,
        _age_state,
        _remove_meta,
        _garble_meta,
        _remove_terms,
        _truncate_terms,
        _truncate_postings,
    ],
)
def test_a_damaged_index_is_reported_as_such_and_can_be_made_again(tmp_path: Path, damage: object) -> None:
    folder = tmp_path / "text"
    index = TantivyTextIndex.create(folder)
    index.apply([document(1, "芦荟")], deleted=(), sequence=1)
    index.close()
    damage(folder)  # type: ignore[operator]  # one of the functions above
    with pytest.raises(IndexCorruptError) as caught:
        TantivyTextIndex.open(folder)
    assert "reindex" in caught.value.message
    TantivyTextIndex.create(folder).close()
    assert TantivyTextIndex.open(folder).document_count == 0


def test_a_folder_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(IndexCorruptError):
        TantivyTextIndex.open(tmp_path / "nothing")


def test_words_joined_over_a_sign_are_found_but_not_contained(tmp_path: Path) -> None:
    index = TantivyTextIndex.create(tmp_path / "text")
    index.apply([document(1, "耳机 3.5mm"), document(2, "胶卷 35mm")], deleted=(), sequence=1)
    assert found(index, Phrase("35mm")) == [2]
    assert set(found(index, Term("35mm"))) == {1, 2}
    index.close()


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    first = TantivyTextIndex.create(tmp_path / "text")
    first.apply([document(1, "芦荟")], deleted=(), sequence=1)
    with pytest.raises(WriterLockedError):
        TantivyTextIndex.open(tmp_path / "text").apply([], deleted=(), sequence=2)
    first.close()


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    TantivyTextIndex.create(tmp_path / "text").close()
    with pytest.raises(WriterLockedError, match="reading only"):
        TantivyTextIndex.open(tmp_path / "text", read_only=True).apply([], deleted=(), sequence=2)


def test_a_reader_sees_the_commits_of_another_process_after_reload(tmp_path: Path) -> None:
    folder = tmp_path / "text"
    TantivyTextIndex.create(folder).close()
    reader = TantivyTextIndex.open(folder, read_only=True)
    program = (
        "import sys, pathlib\n"
        "from jianwei.indexes.text.text_index import TantivyTextIndex\n"
        "from jianwei.records import TextDocument\n"
        "index = TantivyTextIndex.open(pathlib.Path(sys.argv[1]))\n"
        "index.apply([TextDocument(5, '芦荟', (), ())], deleted=(), sequence=3)\n"
        "index.close()\n"
    )
    subprocess.run([sys.executable, "-c", program, str(folder)], check=True, timeout=PATIENCE_S)
    assert found(reader, Term("芦荟")) == []
    reader.reload()
    assert found(reader, Term("芦荟")) == [5]
    assert reader.sequence == 3


def test_odd_values_are_indexed(tmp_path: Path) -> None:
    index = TantivyTextIndex.create(tmp_path / "text")
    odd = TextDocument(1, "a\ud800\x00\x03b" + "长" * 70_000, ("",), (), price=float("nan"), shop="\n")
    index.apply([odd, TextDocument(2**53, "", (), (), price=float("inf"))], deleted=(), sequence=1)
    assert found(index, Phrase("ab长")) == [1]
    assert index.document_count == 2
    index.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30))
def test_any_text_can_be_looked_for(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "text"
    index = TantivyTextIndex.open(folder) if folder.exists() else TantivyTextIndex.create(folder)
    for query in (Term(text), Phrase(text), Term(text[:16], fuzzy=True), parse_query("芦荟"), Not(Term(text))):
        assert found(index, query) == []


def test_an_index_filled_in_one_commit_finds_the_same_from_fewer_segments(tmp_path: Path) -> None:
    documents = [document(no, f"第{no}款补水面膜") for no in range(1, 41)]
    each, filled = (TantivyTextIndex.create(tmp_path / name) for name in ("each", "filled"))
    with filled.filling():
        for index in (each, filled):
            for start in range(0, 40, 20):
                index.apply(documents[start : start + 20], deleted=(), sequence=start + 20)
        assert (filled.sequence, filled.document_count) == (40, 0)
    wanted = parse_query("补水面膜 7")
    hits = [
        list(index.search(wanted, fields=get_args(TextField), filters=Filters(), limit=40)) for index in (each, filled)
    ]
    assert hits[0] == hits[1]
    assert len(hits[0]) == 40
    assert len(list((tmp_path / "filled").glob("*.idx"))) < len(list((tmp_path / "each").glob("*.idx")))
    for index in (each, filled):
        index.close()
    assert TantivyTextIndex.open(tmp_path / "filled").sequence == 40


def test_what_was_filled_before_a_failure_is_not_there(tmp_path: Path) -> None:
    index = TantivyTextIndex.create(tmp_path / "text")

    def filled_and_stopped() -> None:
        with index.filling():
            index.apply([document(1, "补水面膜")], deleted=(), sequence=1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filled_and_stopped()
    assert (index.sequence, index.document_count) == (0, 0)
    index.apply([document(2, "芦荟胶囊")], deleted=(), sequence=2)
    assert (index.sequence, found(index, Term("面膜")), found(index, Term("芦荟"))) == (2, [], [2])
    index.close()


def test_catching_up_leaves_one_segment_and_shows_what_was_there_until_its_end(tmp_path: Path) -> None:
    index = TantivyTextIndex.create(tmp_path / "text")
    index.apply([document(0, "补水面膜")], deleted=(), sequence=1)
    with index.catching_up():
        for no in range(1, 9):
            index.apply([document(no, "补水面膜")], deleted=(), sequence=no + 1)
        assert found(index, Term("面膜")) == [0]
    assert found(index, Term("面膜")) == list(range(9))
    assert len(list((tmp_path / "text").glob("*.idx"))) == 2
    index.close()


def test_the_count_that_comes_with_hits_is_that_of_a_count(tmp_path: Path) -> None:
    index = TantivyTextIndex.create(tmp_path / "text")
    index.apply([document(no, text) for no, text in enumerate(["补水", "面膜", "补水面膜"])], deleted=(), sequence=1)
    for asked, count in (("补水", 2), ("面膜", 2), ("补水面膜", 3), ("补水 AND 面膜", 1)):
        node, fields = parse_query(asked), get_args(TextField)
        hits = index.search(node, fields=fields, filters=Filters(), limit=1)
        assert len(hits) == 1
        assert hits.total == index.count(node, fields=fields, filters=Filters()) == count
    index.close()


def test_filling_with_nothing_leaves_the_index_empty(tmp_path: Path) -> None:
    index = TantivyTextIndex.create(tmp_path / "text")
    with index.filling():
        pass
    assert (index.sequence, index.document_count) == (0, 0)
