"""The rows beside the full-text index: what stands in a listing is told as a search of the index would tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import IndexCorruptError
from jianwei.indexes.text import rows as text_index_rows
from jianwei.indexes.text import text_index
from jianwei.indexes.text.rows import UNKNOWN, RowsSize, RowsWriter, TextRows, section_of
from jianwei.indexes.text.schema import WRITTEN_FIELDS
from jianwei.indexes.text.stands import stands
from jianwei.indexes.text.text_index import TantivyTextIndex
from jianwei.records import Filters, TextDocument
from jianwei.text.fold import fold_text
from jianwei.text.highlight import BETWEEN_LINES
from jianwei.text.query_syntax import And, Phrase, QueryNode, Term
from jianwei.text.segment import cut_words
from jianwei.text.sound import sound_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from jianwei.text.query_syntax import QueryField

ALPHABET = "治疗国家级面膜的ab1 ·-，é①𠮷"
SECTIONS = st.dictionaries(st.sampled_from(WRITTEN_FIELDS), st.text(alphabet="治疗国家a𠮷\n", max_size=12), max_size=4)


def written(folder: Path, listings: Sequence[tuple[int, dict[QueryField, str]]], gone: Sequence[int] = ()) -> TextRows:
    writer = RowsWriter(folder, RowsSize())
    for number, sections in listings:
        writer.put(number, sections)
    for number in gone:
        writer.remove(number)
    return TextRows.load(folder, writer.keep())


@settings(deadline=None, max_examples=50)
@given(
    listings=st.lists(st.tuples(st.integers(-3, 6), SECTIONS), max_size=6),
    asked=st.lists(st.integers(-4, 7), max_size=5),
    tokens=st.lists(st.text(alphabet="治疗国家a𠮷", min_size=1, max_size=2), max_size=5, unique=True),
    gone=st.lists(st.integers(-3, 6), max_size=2),
)
def test_the_newest_text_counts_and_short_tokens_are_found_where_they_stand(
    tmp_path_factory: pytest.TempPathFactory,
    listings: list[tuple[int, dict[QueryField, str]]],
    asked: list[int],
    tokens: list[str],
    gone: list[int],
) -> None:
    closed = [(number, {field: f"{text}\x04" for field, text in said.items()}) for number, said in listings]
    rows = written(tmp_path_factory.mktemp("rows"), closed, gone)
    newest = {number: said for number, said in closed if number not in gone}
    said = rows.of(asked)
    assert said.sections() == [[newest.get(number, {}).get(field, "") for field in WRITTEN_FIELDS] for number in asked]
    expected = [
        [[token in newest.get(number, {}).get(field, "") for field in WRITTEN_FIELDS] for number in asked]
        for token in tokens
    ]
    assert said.short(tokens).tolist() == np.array(expected).reshape(len(tokens), len(asked), 4).tolist()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TantivyTextIndex]:
    made = TantivyTextIndex.create(tmp_path_factory.mktemp("stands") / "text")
    yield made
    made.close()


@settings(deadline=None, max_examples=80)
@given(
    lines=st.lists(st.text(alphabet=ALPHABET, max_size=12), max_size=3).map(tuple),
    text=st.text(alphabet=ALPHABET, min_size=1, max_size=6),
    fuzzy=st.booleans(),
    phrase=st.booleans(),
)
def test_a_part_stands_exactly_where_the_index_finds_it(
    index: TantivyTextIndex, lines: tuple[str, ...], text: str, fuzzy: bool, phrase: bool
) -> None:
    node: Phrase | Term = Phrase(text) if phrase else Term(text, fuzzy=fuzzy)
    index.apply([TextDocument(1, "", (), lines)], deleted=(), sequence=1)
    whole: QueryNode = And((node,))  # under AND a part is looked for as a whole
    hits = index.search(whole, fields=("ocr",), filters=Filters(), limit=5)
    folded = [line for line in map(fold_text, lines) if line]
    section = section_of(folded, set(cut_words("\n".join(folded))))
    assert stands(node)(section) == bool(hits)


@settings(deadline=None, max_examples=60)
@given(
    texts=st.lists(st.text(alphabet="微薇信心vxw a-𠮷。", max_size=9), min_size=1, max_size=3),
    asked=st.lists(st.sampled_from(["微信", "信微", "心微", "vx", "wx", "微v"]), max_size=4),
)
def test_syllables_are_heard_in_the_rows_as_in_each_line(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], asked: list[str]
) -> None:
    pairs = list(dict.fromkeys(pair for text in asked for pair in sound_pairs(text)))
    lines = [fold_text(text) for text in texts]
    sections: dict[QueryField, str] = {
        "spec": section_of(["ab"], {"ab"}),  # its marks stand just before the lines that were read
        "ocr": section_of(lines, set(cut_words("\n".join(lines)))),
        "caption": "微信\x04",
    }
    rows = written(tmp_path_factory.mktemp("heard"), [(1, sections), (2, {"title": "信\x04", "spec": "微\x04"})])
    heard = {pair for line in lines for pair in sound_pairs(line)}
    assert rows.of([2, 1]).heard(pairs).tolist() == [[False, pair in heard] for pair in pairs]


def test_what_a_crash_left_behind_the_recorded_end_is_cut_off(tmp_path: Path) -> None:
    writer = RowsWriter(tmp_path, RowsSize())
    writer.put(1, {"title": "芦荟\x04"})
    size = writer.keep()
    writer.put(2, {"title": "胶囊\x04"})
    writer.keep()
    assert TextRows.load(tmp_path, size).of([1, 2]).sections() == [["芦荟\x04", "", "", ""], [""] * 4]
    again = RowsWriter(tmp_path, size)
    again.put(3, {"title": "面膜\x04"})
    assert TextRows.load(tmp_path, again.keep()).of([2, 3]).sections() == [[""] * 4, ["面膜\x04", "", "", ""]]


def test_long_texts_are_written_before_all_have_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_index_rows, "_MOST_UNITS_HELD", 5)
    texts = [f"{number}号芦荟胶囊\x04" for number in range(5)]
    rows = written(tmp_path, [(number, {"spec": text}) for number, text in enumerate(texts)])
    assert [sections[1] for sections in rows.of(range(5)).sections()] == texts


@pytest.mark.parametrize("name", ["rows.bin", "texts.bin", "lines.bin"])
@pytest.mark.parametrize("lost", ["the end", "all"])
def test_rows_that_are_shorter_than_recorded_make_the_index_corrupt(tmp_path: Path, name: str, lost: str) -> None:
    folder = tmp_path / "text"
    made = TantivyTextIndex.create(folder)
    made.apply([TextDocument(1, "芦荟", (), ("胶囊",), ocr_places=((7, 0),))], deleted=(), sequence=1)
    made.close()
    path = folder / name
    if lost == "all":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(IndexCorruptError):
        TantivyTextIndex.open(folder)


def test_an_index_whose_rows_mostly_count_no_more_is_outgrown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_index, "_MOST_IDLE_ROWS", 2)
    made = TantivyTextIndex.create(tmp_path / "text")
    for sequence in range(1, 5):
        assert not made.is_outgrown()
        made.apply([TextDocument(1, f"第{sequence}版", (), ())], deleted=(), sequence=sequence)
    made.apply([TextDocument(1, "末版", (), ())], deleted=(), sequence=5)
    assert made.is_outgrown()
    made.close()


def test_a_failed_change_leaves_the_rows_as_they_were(tmp_path: Path) -> None:
    made = TantivyTextIndex.create(tmp_path / "text")
    made.apply([TextDocument(1, "芦荟", (), ())], deleted=(), sequence=1)

    def broken() -> Iterator[TextDocument]:
        yield TextDocument(1, "胶囊", (), ())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        made.apply(broken(), deleted=(), sequence=2)
    (share,) = made.coverage([(Term("芦荟"), ("title",))], only=[1])
    assert share[0] > 0.0
    made.apply([TextDocument(2, "芦荟", (), ())], deleted=[1], sequence=2)
    (shares,) = made.coverage([(Term("芦荟"), ("title",))], only=[1, 2])
    assert shares[0] == 0.0
    assert shares[1] > 0.0
    made.close()


@settings(deadline=None, max_examples=60)
@given(
    listings=st.lists(
        st.tuples(
            st.integers(1, 5),
            st.lists(st.tuples(st.text(alphabet=ALPHABET, max_size=8), st.integers(1, 3)), max_size=4),
        ),
        max_size=5,
    ),
    gone=st.lists(st.integers(1, 5), max_size=1),
    asked=st.lists(st.integers(1, 6), max_size=4),
)
def test_each_read_line_is_told_with_its_place_in_its_picture(
    index: TantivyTextIndex, listings: list[tuple[int, list[tuple[str, int]]]], gone: list[int], asked: list[int]
) -> None:
    index.apply([], deleted=range(1, 7), sequence=1)
    index.apply([read_document(number, lines) for number, lines in listings], deleted=(), sequence=2)
    index.apply([], deleted=gone, sequence=3)
    newest = {number: lines for number, lines in listings if number not in gone}
    expected = [
        (folded, (picture, place))
        for number in asked
        for place, (text, picture) in enumerate(newest.get(number, []))
        if (folded := fold_text(text))
    ]
    told = index.read_lines(asked)
    assert told.text == BETWEEN_LINES.join(folded for folded, _ in expected)
    assert told.places.tolist() == [place for _, place in expected]
    assert set(told.unknown) <= {number for number in asked if number not in {no for no, _ in listings} | set(gone)}
    pictures = {number: lines[0][1] if lines else 0 for number, lines in newest.items()}
    known = set(pictures)
    first = index.first_pictures(asked).tolist()
    assert first == [pictures[number] if number in known else UNKNOWN for number in asked]


def read_document(number: int, lines: Sequence[tuple[str, int]]) -> TextDocument:
    """Return a listing whose lines stand in pictures, each at its place among all of them."""
    return TextDocument(
        number,
        "",
        (),
        tuple(text for text, _ in lines),
        ocr_places=tuple((picture, place) for place, (_, picture) in enumerate(lines)),
        picture_no=lines[0][1] if lines else 0,
    )


def test_lines_whose_places_nobody_told_are_unknown(tmp_path: Path) -> None:
    made = TantivyTextIndex.create(tmp_path / "text")
    documents = [TextDocument(1, "", (), ("芦荟",)), TextDocument(2, "茶", (), ()), read_document(3, [("胶囊", 9)])]
    made.apply(documents, deleted=(), sequence=1)
    told = made.read_lines([1, 2, 3, 4])
    assert (told.text, told.places.tolist(), told.unknown) == ("胶囊", [(9, 0)], [1, 4])
    made.close()
