from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.export.formula_guard import as_plain_text, looks_like_formula


@pytest.mark.parametrize("text", ["=1+1", "+86 138", "-20℃冷藏", "@SUM(A1)", "\t=1", "\r=1", "＝1+1"])
def test_text_that_a_spreadsheet_evaluates_gets_an_apostrophe(text: str) -> None:
    assert as_plain_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "芦荟胶囊", "a=b", " =1", "'=1"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert as_plain_text(text) == text


@given(st.text())
def test_nothing_looks_like_a_formula_afterwards_and_twice_is_as_once(text: str) -> None:
    safe = as_plain_text(text)

    assert not looks_like_formula(safe)
    assert as_plain_text(safe) == safe
    assert safe.endswith(text)
