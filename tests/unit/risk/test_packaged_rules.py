"""The rules that come with Jianwei are in order."""

from __future__ import annotations

import pytest

from jianwei.risk.rule_check import check_examples
from jianwei.risk.rulebook_files import load_rulebook


@pytest.mark.no_cover  # each of its thousands of examples runs what others run too
def test_packaged_rules_load_and_pass_their_own_examples() -> None:
    book = load_rulebook(broken="skip")

    assert book.problems == ()
    assert check_examples(book) == []
