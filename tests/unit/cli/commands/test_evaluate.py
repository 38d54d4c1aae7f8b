"""`jianwei evaluate` from the command line: judgements in, tables, files and complaints out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.cli.conftest import Runner

from jianwei.library import Library

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.errors import Language

LINES: tuple[dict[str, object], ...] = (
    {"id": "a", "words": "芦荟胶囊", "relevant": {"jd:1": 2}, "kind": "title"},
    {"id": "b", "words": "三天祛斑", "relevant": {"3": 1, "jd:99": 1}, "kind": "picture text"},
    {"id": "c", "words": '灰枣 "', "relevant": {"4_主图.png": 1}},
    {"id": "d", "words": "挖掘机", "relevant": {}},
)


def write(folder: Path, lines: tuple[dict[str, object], ...] = LINES) -> str:
    path = folder / "judgements.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return str(path)


def test_every_way_to_search_is_measured_and_kept(jianwei: Runner, tmp_path: Path) -> None:
    kept, report = tmp_path / "a.json", tmp_path / "a.html"
    result = jianwei("evaluate", write(tmp_path), "--output", str(kept), "--report", str(report), "--json")
    assert result.exit_code == 0, result.stderr
    value = json.loads(result.stdout)
    assert json.loads(kept.read_text(encoding="utf-8")) == value
    names = [variant["name"] for variant in value["variants"]]
    assert names[:2] == ["default", "default, folded"]
    assert {"fusion rrf", "text:title", "text:ocr", "without text in pictures"} <= set(names)
    default, folded = value["variants"][:2]
    found = {name: outcome["metrics"] for name, outcome in default["queries"].items()}
    assert found["a"]["nDCG@10"] == found["a"]["MAP"] == 1.0
    # Of two judged listings one is in the library, and it is found first.
    assert (found["b"]["recall@10"], found["b"]["MRR"], found["b"]["MAP"]) == (0.5, 1.0, 0.5)
    assert found["c"]["R@1"] == 1.0  # asked again without the stray quote
    assert found["d"] == {}
    assert (default["no_match"], folded["no_match"]) == (None, 1.0)
    assert set(value["kinds"]) == {"title", "picture text"}
    title_only = next(variant for variant in value["variants"] if variant["name"] == "text:title")
    assert title_only["against_default"]["nDCG@10"]["losses"] == 1
    ((english, chinese),) = value["notices"]
    assert "jd:99" in english
    assert "jd:99" in chinese
    page = report.read_text(encoding="utf-8")
    assert "<svg" in page
    assert "http" not in page
    for english, chinese in (("default, folded", "默认，折叠低相关"), ("without text in pictures", "不用图中文字")):
        # In the plot and in the table; the page shows one of the two languages.
        assert page.count(f">{english}</text>") == page.count(f">{chinese}</text>") == 1
        assert f'lang="en">{english}</span><span class="zh" lang="zh">{chinese}</span>' in page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_people_get_a_table_and_are_told_of_unknown_ids(jianwei: Runner, tmp_path: Path, language: Language) -> None:
    result = jianwei("evaluate", write(tmp_path), "--report", str(tmp_path / "r.html"), language=language)
    assert result.exit_code == 0, result.stderr
    assert "text:title" in result.stdout
    assert ("按未检出计" if language == "zh" else "as not found") in result.stdout.replace("\n", "")
    assert "r.html" in result.stdout
    assert ("不用图中文字" if language == "zh" else "without text in pictures") in result.stderr


def test_qrels_without_ablation_measure_the_default_only(jianwei: Runner, tmp_path: Path) -> None:
    (tmp_path / "qrels").write_text("q1 0 jd:1 1\n", encoding="utf-8")
    (tmp_path / "queries").write_text("q1\t芦荟\n", encoding="utf-8")
    arguments = [str(tmp_path / "qrels"), "--queries", str(tmp_path / "queries"), "--one-way", "--json"]
    value = json.loads(jianwei("evaluate", *arguments).stdout)
    assert [variant["name"] for variant in value["variants"]] == ["default"]
    assert value["variants"][0]["metrics"]["MRR"]["mean"] == 1.0


def test_two_results_are_compared_query_by_query(jianwei: Runner, tmp_path: Path) -> None:
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    jianwei("evaluate", write(tmp_path), "--one-way", "--output", str(before))
    value = json.loads(before.read_text(encoding="utf-8"))
    value["variants"][0]["queries"]["a"]["metrics"]["nDCG@10"] = 0.25
    del value["variants"][0]["queries"]["c"]
    after.write_text(json.dumps(value), encoding="utf-8")
    result = jianwei("evaluate", "--compare", str(before), str(after), "--json")
    assert result.exit_code == 0, result.stderr
    compared = json.loads(result.stdout)
    assert (compared["shared"], compared["only_first"]) == (2, ["c"])
    assert [change["query_id"] for change in compared["losses"]] == ["a"]
    assert compared["metrics"]["nDCG@10"]["interval"]["mean"] == pytest.approx(-0.75 / 2)
    told = jianwei("evaluate", "--compare", str(after), str(before), "--report", str(tmp_path / "c.html"))
    assert "Largest wins" in told.stdout
    assert "芦荟胶囊" in (tmp_path / "c.html").read_text(encoding="utf-8")


def test_results_without_a_shared_query_or_of_another_program_are_refused(jianwei: Runner, tmp_path: Path) -> None:
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    jianwei("evaluate", write(tmp_path), "--one-way", "--output", str(first))
    other: tuple[dict[str, object], ...] = ({"id": "z", "words": "芦荟", "relevant": ["jd:1"]},)
    jianwei("evaluate", write(tmp_path, other), "--one-way", "--output", str(second))
    result = jianwei("evaluate", "--compare", str(first), str(second))
    assert result.exit_code == 2
    assert "share no judged query" in result.stderr
    for text in ("{}", "no json", '{"format": "jianwei-evaluation", "version": 1}'):
        second.write_text(text, encoding="utf-8")
        assert "is no result of jianwei evaluate" in jianwei("evaluate", "--compare", str(first), str(second)).stderr
    assert "cannot be read" in jianwei("evaluate", "--compare", str(first), str(tmp_path / "none")).stderr


def test_only_unanswerable_queries_leave_nothing_to_measure(jianwei: Runner, tmp_path: Path) -> None:
    path = write(tmp_path, ({"id": "n", "words": "挖掘机", "relevant": {}},))
    result = jianwei("evaluate", path, "--report", str(tmp_path / "r.html"))
    assert result.exit_code == 0, result.stderr
    assert "nothing to measure" in result.stdout
    assert "<svg" not in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_an_empty_library_is_measured_too(tmp_path: Path) -> None:
    Library.open(tmp_path / "empty").close()
    result = Runner(tmp_path / "empty")("evaluate", write(tmp_path), "--json")
    assert result.exit_code == 0, result.stderr
    value = json.loads(result.stdout)
    assert value["variants"][0]["metrics"]["MAP"]["mean"] == 0.0
    assert "4 judged ids are not in this library" in value["notices"][0][0]
    assert "None of the judged ids is in this library" in value["notices"][1][0]


def test_a_muge_set_without_vectors_says_what_its_own_table_needs(jianwei: Runner, tmp_path: Path) -> None:
    texts = tmp_path / "valid_texts.jsonl"
    texts.write_text('{"text_id": 1, "text": "手提包", "image_ids": [5]}\n', "utf-8")
    result = jianwei("evaluate", str(texts), "--one-way", language="zh")
    assert result.exit_code == 0, result.stderr
    assert "按 Chinese-CLIP 规则的图文互检" in result.stdout


def test_one_result_is_not_compared_with_the_next_option(jianwei: Runner) -> None:
    result = jianwei("evaluate", "--compare", "a.json", "--report", "r.html", language="zh")
    assert (result.exit_code, "--compare 需要两份" in result.stderr) == (2, True), result.stderr


def test_what_cannot_be_read_or_written_is_told(jianwei: Runner, tmp_path: Path) -> None:
    missing = jianwei("evaluate", str(tmp_path / "none.jsonl"))
    assert (missing.exit_code, "cannot be read" in missing.stderr) == (2, True)
    unwritable = jianwei("evaluate", write(tmp_path), "--one-way", "--output", str(tmp_path / "no" / "a.json"))
    assert (unwritable.exit_code, "cannot be written" in unwritable.stderr) == (2, True)


def test_without_the_samples_at_hand_a_file_of_judgements_is_asked_for(
    jianwei: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = jianwei("evaluate")
    assert (result.exit_code, "Name a file of your own judgements" in result.stderr) == (2, True)
