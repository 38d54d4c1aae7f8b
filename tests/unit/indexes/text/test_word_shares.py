"""Shares of plain words told as tables are those that are told part by part and field by field."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.indexes.text.coverage import CoveragePlan
from jianwei.indexes.text.rows import RowsSize, RowsWriter, TextRows, section_of
from jianwei.indexes.text.schema import WRITTEN_FIELDS
from jianwei.indexes.text.word_shares import plain_words
from jianwei.text.query_syntax import QueryField, Term, Words, parse_query

TEXT = st.text(alphabet="治疗国家级面膜芦荟胶囊ab1", min_size=1, max_size=60)
WAYS: list[tuple[QueryField, ...]] = [("title",), ("ocr",), ("title", "ocr", "spec")]


@settings(deadline=None, max_examples=60)
@given(
    words=st.lists(TEXT, min_size=1, max_size=3),
    said=st.lists(st.dictionaries(st.sampled_from(WRITTEN_FIELDS), TEXT, max_size=3), max_size=4),
    common=st.integers(0, 5),
    documents=st.integers(0, 9),
)
def test_words_asked_at_once_have_the_shares_that_each_has_by_itself(
    tmp_path_factory: pytest.TempPathFactory,
    words: list[str],
    said: list[dict[QueryField, str]],
    common: int,
    documents: int,
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    writer = RowsWriter(folder, RowsSize())
    for number, sections in enumerate(said):
        writer.put(number, {field: section_of([text], ["ab1"]) for field, text in sections.items()})
    rows = TextRows.load(folder, writer.keep()).of(range(len(said)))

    def frequency(field: str, token: str) -> int:
        return (len(field) * 7 + sum(map(ord, token))) % (common + 1)

    one_by_one, at_once = CoveragePlan(frequency, documents), CoveragePlan(frequency, documents)
    node = Words(tuple(Term(word) for word in words))
    told = [one_by_one.add(node, way) for way in WAYS]
    shares = at_once.add_words(plain_words(node), WAYS)
    expected = [share(one_by_one.present(rows, len(said))) for share in told]
    np.testing.assert_allclose(shares(at_once.present(rows, len(said))), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("芦荟", ("芦荟",)),
        ("芦荟 胶囊", ("芦荟", "胶囊")),
        ("芦荟 AND 胶囊 AND NOT 面膜", ("芦荟", "胶囊")),
        ("芦荟 OR 胶囊", ()),
        ("芦荟胶囊~", ()),
        ('芦荟 "胶囊"', ()),
        ("title:芦荟 胶囊", ()),
        ("芦荟 AND (胶囊 OR 面膜)", ()),
    ],
)
def test_only_words_side_by_side_or_under_and_are_plain(typed: str, words: tuple[str, ...]) -> None:
    assert plain_words(parse_query(typed)) == words
