from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Runner

WORDS = (
    "芦荟胶囊",
    "维生素C片",
    "祛斑面霜",
    "红枣",
    "润肠",
    "补充营养",
    "美白",
    "根治便秘",
    "提高免疫力",
    "若羌灰枣",
    "退款",
)
ANSWERS = (1, 2, 3, 4, 1, 2, 3, 1, 2, 4, 1)


@pytest.fixture
def judgements(tmp_path: Path) -> Path:
    file = tmp_path / "judged.jsonl"
    lines = [
        json.dumps({"id": f"q{place}", "words": words, "relevant": {f"jd:{answer}": 1, "jd:99": 1}})
        for place, (words, answer) in enumerate(zip(WORDS, ANSWERS, strict=True))
    ]
    file.write_text("\n".join(lines), "utf-8")
    return file


def test_tuning_tells_what_it_learnt_and_stores_it(jianwei: Runner, library: Path, judgements: Path) -> None:
    tried = jianwei("tune", "-j", str(judgements), "--dry-run", language="zh")
    assert "文字查询 11 条" in tried.stdout
    assert "未保存" in tried.stdout
    assert not (library / "calibration.json").exists()

    told = json.loads(jianwei("tune", "-j", str(judgements), "--json").stdout)
    assert told["kinds"][0]["queries"] == 11
    assert told["unknown_ids"] == 1
    assert (library / "calibration.json").exists()
    hits = json.loads(jianwei("search", "根治便秘", "--json").stdout)
    assert hits["min_relevance"] == told["min_relevance"]
    assert hits["hits"][0]["listing_id"] == "jd:1"


def test_a_qrels_file_teaches_the_same_with_the_file_of_its_queries(
    jianwei: Runner, library: Path, judgements: Path, tmp_path: Path
) -> None:
    qrels, queries = tmp_path / "qrels.txt", tmp_path / "queries.tsv"
    judged = [json.loads(line) for line in judgements.read_text("utf-8").splitlines()]
    lines = [f"{query['id']} 0 {listing} {grade}" for query in judged for listing, grade in query["relevant"].items()]
    qrels.write_text("\n".join(lines), "utf-8")
    queries.write_text("\n".join(f"{query['id']}\t{query['words']}" for query in judged), "utf-8")

    alone = jianwei("tune", "-j", str(qrels), "--dry-run")
    assert alone.exit_code != 0
    assert "--queries" in alone.stderr

    told = json.loads(jianwei("tune", "-j", str(qrels), "--queries", str(queries), "--dry-run", "--json").stdout)
    assert told == json.loads(jianwei("tune", "-j", str(judgements), "--dry-run", "--json").stdout)


def test_judgements_of_another_library_are_refused_with_what_they_name(jianwei: Runner, tmp_path: Path) -> None:
    file = tmp_path / "other.jsonl"
    file.write_text('{"id": "q", "words": "芦荟", "relevant": {"pdd:7": 1}}\n', "utf-8")

    result = jianwei("tune", "-j", str(file))

    assert result.exit_code != 0
    assert "names 1 listings, of which 1 are not in this library" in result.stderr.replace("\n", " ")
    assert jianwei("tune", "-j", "/none.jsonl").exit_code != 0
