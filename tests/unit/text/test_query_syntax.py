from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.errors import QueryError
from jianwei.text.fold import fold_text
from jianwei.text.query_syntax import (
    MAX_QUERY_CHARACTERS,
    And,
    Not,
    Or,
    Phrase,
    QueryNode,
    Term,
    Words,
    literal_query,
    parse_query,
)

A, B, C = Term("甲"), Term("乙"), Term("丙")


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("甲", A),
        ("甲 乙", Words((A, B))),
        ("甲　乙", Words((A, B))),
        ("甲 AND 乙", And((A, B))),
        ("甲 AND 乙 AND 丙", And((A, B, C))),
        ("甲 OR 乙 OR 丙", Or((A, B, C))),
        ("甲 AND 乙 OR 丙", Or((And((A, B)), C))),
        ("甲 乙 AND 丙", And((Words((A, B)), C))),
        ("甲 AND (乙 OR 丙)", And((A, Or((B, C))))),
        ("（甲 OR 乙） 丙", Words((Or((A, B)), C))),
        ("甲 -乙", Words((A, Not(B)))),
        ("甲 AND NOT 乙", And((A, Not(B)))),
        ("甲 NOT 乙 丙", Words((A, Not(B), C))),
        ("甲 -“乙”", Words((A, Not(Phrase("乙"))))),
        ('"甲 乙"', Phrase("甲 乙")),
        ("“甲”「乙」『丙』", Words((Phrase("甲"), Phrase("乙"), Phrase("丙")))),
        ('"甲\\"乙"', Phrase('甲"乙')),
        ("title:甲", Term("甲", "title")),
        ("标题：甲 乙", Words((Term("甲", "title"), B))),
        ("OCR: 甲", Term("甲", "ocr")),
        ("spec:(甲 OR caption:乙)", Or((Term("甲", "spec"), Term("乙", "caption")))),
        ("文字:“甲”", Phrase("甲", "ocr")),
        ("减肥茶~", Term("减肥茶", fuzzy=True)),
        ("茶~", Term("茶")),
        ("减肥茶\\~", Term("减肥茶~")),
        ("and or not", Words((Term("and"), Term("or"), Term("not")))),
        ("\\AND", Term("AND")),
        ("http://a.com", Term("http://a.com")),
        ("12:30", Term("12:30")),
        ("净含量：500g", Term("净含量：500g")),
        ("CK1-709 - 甲", Words((Term("CK1-709"), A))),
        ('27" 甲', Words((Term('27"'), A))),
        ("甲 ， () 乙", Words((A, B))),
    ],
)
def test_queries_mean_the_tree_that_people_expect(query: str, tree: QueryNode) -> None:
    assert parse_query(query) == tree


@pytest.mark.parametrize(
    ("query", "position", "advice"),
    [
        ("", 0, "at least one word"),
        ("  ", 0, "at least one word"),
        ("，。！", 0, "at least one word"),
        ("-甲", 0, "at least one word"),
        ("NOT 甲 AND NOT 乙", 0, "at least one word"),
        ("AND", 0, "both sides"),
        ("甲 AND", 2, "both sides"),
        ("OR 甲", 0, "both sides"),
        ("甲 AND OR 乙", 2, "both sides"),
        ("甲 NOT", 2, "word is missing"),
        ("title:", 0, "word is missing"),
        ('甲 "乙', 2, "never closed"),
        ("甲 “乙", 2, "never closed"),
        ("(甲", 0, "never closed"),
        ("甲)", 1, "closes nothing"),
        ("titel:甲", 0, "Did you mean title:"),
        ("甲 foo:乙", 2, "no field 'foo'"),
        ("甲" * 17 + "~", 0, "up to 16 characters"),
        (" ".join(f"减肥茶{i}~" for i in range(9)), 48, "8 words"),
        ("(" * 60 + "甲" + ")" * 60, 51, "nested over 50"),
    ],
)
def test_a_query_that_makes_no_sense_says_where_and_what_to_do(query: str, position: int, advice: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(query)
    assert advice in caught.value.message
    assert caught.value.message_zh
    assert caught.value.facts["position"] == position


def test_a_query_beyond_the_limit_is_refused_with_the_limit() -> None:
    with pytest.raises(QueryError, match=str(MAX_QUERY_CHARACTERS)):
        parse_query("甲" * (MAX_QUERY_CHARACTERS + 1))
    assert parse_query("甲" * MAX_QUERY_CHARACTERS) == Term("甲" * MAX_QUERY_CHARACTERS)


@given(
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet='甲ab:：-~\\"“”「」()（） ANDORNOT', max_size=60),
        st.lists(st.sampled_from(["甲", "AND", "OR", "NOT", "(", ")", '"', "title:", "-", "~", " "]), max_size=30).map(
            "".join
        ),
    )
)
def test_any_text_gives_a_tree_that_wants_something_or_a_query_error(text: str) -> None:
    try:
        tree = parse_query(text)
    except QueryError:
        return
    assert any(fold_text(leaf) for leaf in _leaves(tree))


def test_the_worst_queries_of_full_length_are_read_quickly() -> None:
    started = time.process_time()
    for sign in ("-", "(", "title:", "a ", "~", "\\", "a AND "):
        try:
            parse_query((sign * MAX_QUERY_CHARACTERS)[:MAX_QUERY_CHARACTERS])
        except QueryError:
            continue
    assert time.process_time() - started < 6  # seconds of one processor; what grows with the square takes minutes


def test_literal_text_has_no_operators() -> None:
    assert literal_query('a AND "b (c') == Term('a AND "b (c')


def test_each_line_of_a_literal_text_is_a_part() -> None:
    assert literal_query("甲\n，\n乙") == Words((A, B))


def test_literal_text_without_a_character_to_look_for_is_refused() -> None:
    with pytest.raises(QueryError):
        literal_query(" ！\n")


def _leaves(node: QueryNode) -> list[str]:
    if isinstance(node, Term | Phrase):
        return [node.text]
    children = (node.child,) if isinstance(node, Not) else node.children
    return [leaf for child in children for leaf in _leaves(child)]
