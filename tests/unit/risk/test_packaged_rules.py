"""The rules that come with Jianwei are in order."""

from __future__ import annotations

import pytest
from tests.packaged_rules import packaged_book, packaged_tables

from jianwei.risk.rule_check import check_examples
from jianwei.risk.screener import Screener


@pytest.mark.no_cover  # each of its thousands of examples runs what others run too
def test_packaged_rules_load_and_pass_their_own_examples() -> None:
    book = packaged_book()  # is refused where something is wrong with it

    assert book.problems == ()
    assert check_examples(Screener(book, packaged_tables())) == []
