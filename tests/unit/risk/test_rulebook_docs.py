"""`docs/rulebook.md` names every category and rule that is packaged."""

from __future__ import annotations

from pathlib import Path

from tests.packaged_rules import packaged_book

PAGE = Path(__file__).parents[3] / "docs" / "rulebook.md"


def test_the_page_lists_every_category_with_its_rules() -> None:
    page = PAGE.read_text("utf-8")

    for category in packaged_book().categories.values():
        row = next((line for line in page.splitlines() if line.startswith(f"| `{category.code}` |")), "")
        assert category.zh in row, category.code
        missing = [rule.rule_id for rule in category.rules if rule.rule_id.split("/")[1] not in row]
        assert missing == []
