"""`jianwei screen --texts` and `rules` as a program sees them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jianwei.cli.text_lines import GivenText, RefusedText, read_text_line

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Runner


@pytest.mark.parametrize(
    ("line", "text_id", "message"),
    [
        ("{", None, "is not JSON"),
        ("[]", None, "is not a JSON object"),
        ('{"id": 1}', 1, "has no text"),
        ('{"text": "  "}', None, "has no text"),
        ('{"id": "t9", "text": "a", "price": "9"}', "t9", "price that is no number"),
        ('{"id": 10, "text": "a", "date": "soon"}', 10, "date that cannot be read"),
    ],
)
def test_a_line_that_cannot_be_used_is_refused_with_its_number_and_id(
    line: str, text_id: str | int | None, message: str
) -> None:
    refused = read_text_line(line.encode(), 7)
    assert isinstance(refused, RefusedText)
    assert refused.text_id == text_id
    assert refused.error.message.startswith("Line 7 ")
    assert message in refused.error.message
    assert "第 7 行" in refused.error.message_zh


def test_a_line_keeps_id_title_category_price_and_day() -> None:
    text = '{"id": "x", "title": "茶", "text": "根治", "category": "食品", "price": 9.5, "date": "2025-01-02"}'
    given = read_text_line(text.encode(), 1)
    assert isinstance(given, GivenText)
    assert given.text_id == "x"
    assert [segment.field for segment in given.source.segments] == ["title", "title"]
    assert (given.source.category, given.source.price) == ("食品", 9.5)
    assert given.source.day.isoformat() == "2025-01-02"
    assert given.source.text_only
    assert not given.source.whole


def test_marked_texts_are_json_lines(tmp_path: Path) -> None:
    from jianwei.export.json_risk import screening_json
    from jianwei.library.rulebooks import open_screener
    from jianwei.settings import Settings

    given = read_text_line('{"text": "芦荟胶囊 保健食品 根治便秘 加薇 xugou88888"}'.encode(), 1)
    assert isinstance(given, GivenText)
    value = json.loads(json.dumps(screening_json(open_screener(Settings()).screen(given.source))))
    assert {"health_food_disease_claim", "off_platform_diversion"} <= set(value["categories"])
    assert value["contacts"][0]["value"] == "xugou88888"
    place = value["findings"][0]["places"][0]
    assert place["line"][slice(*place["span"])] in value["words"]


def test_many_texts_are_told_in_the_order_of_their_lines_as_each_alone_is(jianwei: Runner, tmp_path: Path) -> None:
    texts = [{"id": i, "text": ("蜂蜜 500g", "芦荟胶囊 根治便秘", "加薇 xugou88888")[i % 3]} for i in range(300)]
    lines = [json.dumps(text, ensure_ascii=False) for text in texts]
    lines[7] = "{"
    lines[8] = '{"id": 8}'
    (tmp_path / "texts.jsonl").write_text("\n".join(lines), "utf-8")
    told = jianwei("--json", "screen", "--texts", str(tmp_path / "texts.jsonl"))
    each = jianwei("--json", "screen", "--texts", "-", stdin="\n".join(lines).encode())
    assert told.exit_code == each.exit_code == 2
    assert told.stdout == each.stdout
    values = [json.loads(line) for line in told.stdout.splitlines()]
    assert [value["line"] for value in values] == list(range(1, 301))
    assert [value["id"] for value in values] == [None if i == 7 else i for i in range(300)]
    assert ["error" in value for value in values[7:10]] == [True, True, False]
    assert [value.get("status") for value in values[9:12]] == ["clear", "suspected", "suspected"]


def test_whoever_gives_a_text_in_place_of_a_file_is_told_how_texts_are_screened(jianwei: Runner) -> None:
    result = jianwei("screen", "根治糖尿病，加微信")
    assert result.exit_code == 2
    assert "jianwei rules test TEXT" in result.stderr
    assert "jianwei rules test 文字" in jianwei("screen", "根治糖尿病", language="zh").stderr
    missing = jianwei("screen", "missing.xlsx")
    assert "rules test" not in missing.stderr
    assert missing.exit_code != 0
