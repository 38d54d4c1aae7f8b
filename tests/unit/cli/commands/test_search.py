from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from jianwei.library import Library

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Runner

    from jianwei.errors import Language

LANGUAGES: tuple[Language, Language] = ("en", "zh")


def _ids(result: Any) -> list[str]:
    return [hit["listing_id"] for hit in json.loads(result.stdout)["hits"]]


def test_words_find_the_listing_whose_picture_says_them(jianwei: Runner, library: Path) -> None:
    result = jianwei("search", "根治", "--json")

    (hit,) = json.loads(result.stdout)["hits"]
    assert hit["listing_id"] == "jd:1"
    assert hit["picture"]["location"] == str(library.parent / "1_主图.png")
    assert len(hit["picture"]["sha256"]) == 64
    assert 0 <= hit["score"] <= 1
    assert hit["matched_words"] == ["根治"]
    (highlight,) = hit["picture"]["highlights"]
    assert [highlight["text"][start:end] for start, end in highlight["spans"]] == ["根治"]
    assert len(highlight["boxes"][0]) == 4


def test_an_empty_library_says_so_instead_of_blaming_the_words(jianwei: Runner, tmp_path: Path) -> None:
    empty = str(tmp_path / "empty")
    Library.open(empty).close()
    english, chinese = (jianwei("search", "根治", "--library", empty, language=one).stdout for one in LANGUAGES)
    assert "holds no listings yet. Take some in with: jianwei ingest SOURCE" in " ".join(english.split())
    assert "本库还没有商品" in chinese
    assert "Try fewer" in " ".join(jianwei("search", '"绝无此词"').stdout.split())


def test_words_need_no_quotes_on_the_command_line(jianwei: Runner) -> None:
    assert _ids(jianwei("search", "维生素C片", "OR", "祛斑", "--json")) == _ids(
        jianwei("search", "维生素C片 OR 祛斑", "--json")
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--platform", "taobao"], {"jd:3", "jd:4"}),
        (["--platform", "taobao", "--platform", "jd"], {"jd:1", "jd:2", "jd:3", "jd:4"}),
        (["--price-min", "20", "--price-max", "30"], {"jd:2", "jd:3"}),
        (["--from", "2025-03-02T00:00+00:00", "--to", "2025-03-03T00:00+00:00"], {"jd:2"}),
        (["--shop", "别家"], set()),
        (["--category", "食品", "--price-max", "10"], {"jd:1"}),
    ],
)
def test_filters_alone_list_what_they_leave(jianwei: Runner, arguments: list[str], expected: set[str]) -> None:
    assert set(_ids(jianwei("search", *arguments, "--json"))) == expected


def test_the_cursor_of_a_page_asks_for_the_next_one(jianwei: Runner) -> None:
    first = json.loads(jianwei("search", "--category", "食品", "-n", "3", "--json").stdout)
    second = json.loads(
        jianwei("search", "--category", "食品", "-n", "3", "--cursor", first["cursor"], "--json").stdout
    )

    assert first["total"] == 4
    assert len(first["hits"]) == 3
    assert len({hit["listing_id"] for hit in first["hits"] + second["hits"]}) == 4
    assert second["cursor"] == ""


def test_the_cursor_for_people_stands_on_one_line_to_be_copied(jianwei: Runner) -> None:
    first = json.loads(jianwei("search", "--category", "食品", "-n", "3", "--json").stdout)
    lines = jianwei("search", "--category", "食品", "-n", "3").stdout.splitlines()

    assert len(lines[-1]) > 80  # the width of what is no terminal
    assert lines[-1].endswith(f"--cursor {first['cursor']}")


@pytest.mark.parametrize("name", ["jd", "JD", "京东", "京东商城"])
def test_any_name_of_a_platform_finds_its_listings(jianwei: Runner, name: str) -> None:
    every = _ids(jianwei("search", "--platform", "jd", "--json"))

    assert every
    assert _ids(jianwei("search", "--platform", name, "--json")) == every
    assert _ids(jianwei("search", "根治", "--platform", name, "--json"))


def test_hits_for_people_show_where_the_words_stand(jianwei: Runner) -> None:
    result = jianwei("search", "根治", language="zh")

    assert result.exit_code == 0
    for part in ("芦荟胶囊 润肠通便", "七天根治便秘", "1_主图.png", "命中：根治", "已知案例", "共 1 条"):
        assert part in result.stdout


def test_a_picture_comes_as_a_file_or_from_standard_input(jianwei: Runner, library: Path) -> None:
    file = library.parent / "2_主图.png"

    by_name = jianwei("search", "--picture", str(file), "--json")
    by_stream = jianwei("search", "--picture", "-", "--json", stdin=file.read_bytes())

    assert by_name.exit_code == by_stream.exit_code == 0, by_name.stderr
    assert _ids(by_name) == _ids(by_stream)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["search"], 2),
        (["search", "x", "--limit", "0"], 2),
        (["search", "x", "--alpha", "2"], 2),
        (["search", '"unfinished'], 2),
        (["search", "x", "--cursor", "nonsense"], 2),
        (["search", "x", "--from", "soon"], 2),
        (["search", "--picture", "/none.jpg"], 2),
    ],
)
def test_a_request_that_cannot_be_understood_has_its_exit_code_and_one_message(
    jianwei: Runner, arguments: list[str], code: int
) -> None:
    result = jianwei(*arguments)

    assert result.exit_code == code
    assert result.stderr.startswith("Error: ")
    assert result.stdout == ""


def test_many_queries_are_answered_line_by_line_and_a_broken_one_stops_none(jianwei: Runner, tmp_path: Path) -> None:
    file = tmp_path / "queries.jsonl"
    lines = ['{"id": "a", "words": "根治"}', "{broken", "", '{"id": "b", "words": "祛斑", "limit": 1}', '{"id": "c"}']
    file.write_text("\n".join(lines), "utf-8")

    result = jianwei("search", "--queries", str(file))

    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(answer["query"], answer["line"]) for answer in answers] == [("a", 1), (None, 2), ("b", 4), ("c", 5)]
    assert answers[0]["hits"][0]["listing_id"] == "jd:1"
    assert answers[1]["error"]["line"] == 2
    assert answers[2]["hits"][0]["listing_id"] == "jd:3"
    assert answers[3]["error"]["code"] == "query"
    assert result.exit_code == 2
    assert "2 of 4 queries" in result.stderr


def test_many_queries_take_filters_from_the_command_line_and_pictures_beside_the_file(
    jianwei: Runner, library: Path
) -> None:
    file = library.parent / "queries.jsonl"
    file.write_text('{"words": "食品 OR 祛斑 OR 根治"}\n{"picture": "1_主图.png"}\n', "utf-8")

    result = jianwei("search", "--queries", str(file), "--platform", "jd")

    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0, result.stdout
    assert {hit["platform"] for answer in answers for hit in answer["hits"]} <= {"jd"}


def test_many_queries_fold_nothing_away_that_has_an_answer_unless_they_ask_for_it(
    jianwei: Runner, tmp_path: Path
) -> None:
    file = tmp_path / "queries.jsonl"
    words = "根治祛斑食品美白"
    file.write_text(json.dumps({"words": words}) + "\n" + json.dumps({"words": words, "min_relevance": 0.99}), "utf-8")

    result = jianwei("search", "--queries", str(file))

    whole, cut = (json.loads(line) for line in result.stdout.splitlines())
    assert len(cut["hits"]) < len(whole["hits"])
    assert whole["folded"] == 0


def test_queries_come_from_standard_input_too(jianwei: Runner) -> None:
    result = jianwei("search", "--queries", "-", stdin='{"words": "根治"}'.encode())

    assert json.loads(result.stdout)["total"] == 1


def test_a_file_of_queries_that_is_not_there_is_told(jianwei: Runner) -> None:
    assert jianwei("search", "--queries", "/none.jsonl").exit_code == 3
