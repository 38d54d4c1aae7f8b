"""`docs/rulebook.md` and the page in Chinese name every category and rule that is packaged."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.packaged_rules import packaged_book

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("name", ["rulebook.md", "rulebook.zh.md"])
def test_the_page_lists_every_category_with_its_rules(name: str) -> None:
    page = (DOCS / name).read_text("utf-8")

    for category in packaged_book().categories.values():
        row = next((line for line in page.splitlines() if f"| `{category.code}` |" in line), "")
        assert category.zh in row, category.code
        missing = [rule.rule_id for rule in category.rules if rule.rule_id.split("/")[1] not in row]
        assert missing == []
