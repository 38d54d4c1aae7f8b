"""Judgements in their three layouts, and what is said of lines that cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jianwei.errors import JudgementError
from jianwei.evaluation.reading import read_judgements

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_our_own_lines_hold_words_pictures_grades_and_kinds(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "j.jsonl",
        '\ufeff{"id": "a", "words": "芦荟", "relevant": {"x": 2, "y": 0, "z": -1}, "kind": "chinese"}\r\n\n'
        '{"query_id": 7, "text": "t", "relevant": ["x", "y"]}\n{"id": "p", "picture": "p/1.png", "relevant": {}}\n',
    )
    first, second, third = read_judgements(path).queries
    assert (first.query_id, first.words, first.kind, first.relevant) == ("a", "芦荟", "chinese", {"x": 2.0})
    assert (second.query_id, second.words, second.relevant) == ("7", "t", {"x": 1.0, "y": 1.0})
    assert (third.picture, third.relevant) == (tmp_path / "p" / "1.png", {})


def test_qrels_are_joined_with_their_queries(tmp_path: Path) -> None:
    qrels = write(tmp_path, "qrels", "q1 0 a 2\nq1 0 b 0\nq1 0 b 0\nq2 0 a -1\nq9 0 a 1\n")
    queries = write(tmp_path, "queries.tsv", 'q1\t芦荟 胶囊\n{"id": "q2", "words": "b"}\nq3\tc\n')
    read = read_judgements(qrels, queries=queries)
    assert [(query.query_id, query.words, query.relevant) for query in read.queries] == [
        ("q1", "芦荟 胶囊", {"a": 2.0}),
        ("q2", "b", {}),
    ]
    assert [notice.message for notice in read.notices] == [
        "1 query without a judgement left out: q3",
        "1 judgement without a query left out: q9",
    ]


def test_muge_texts_name_their_pictures(tmp_path: Path) -> None:
    path = write(tmp_path, "valid_texts.jsonl", '{"text_id": 1, "text": "包", "image_ids": [5, 6]}\n')
    read = read_judgements(path)
    assert read.cross_modal
    assert read.queries[0].grades == {"5": 1.0, "6": 1.0}
    assert not read_judgements(write(tmp_path, "j", '{"id": "a", "words": "b", "relevant": []}')).cross_modal


BROKEN = {
    "three columns": ("q1 0 a 1\nq1 0 a\n", r"line 2: 3 columns"),
    "grade": ("q1 0 a much\n", r"line 1: the grade 'much'"),
    "infinite grade": ("q1 0 a inf\n", r"line 1: the grade 'inf'"),
    "two grades": ("q1 0 a 1\nq1 0 a 2\n", r"line 2: 'a' was given another grade"),
    "not JSON": (
        '{"id": "a", "words": "b", "relevant": []}\n{broken\n',
        r"line 2: broken JSON at column 2: Ex",
    ),
    "no object": ('{"id": "a", "words": "b", "relevant": []}\n[1]\n', r"line 2: expected a JSON object"),
    "no id": ('{"words": "b", "relevant": []}\n', r"line 1: there is no id"),
    "no words": ('{"id": "a", "relevant": []}\n', r"line 1: query 'a' has neither"),
    "odd words": ('{"id": "a", "words": 3, "relevant": []}\n', r"line 1: query 'a' has neither"),
    "no relevant": ('{"id": "a", "words": "b"}\n', r"line 1: relevant has to be"),
    "odd grade": ('{"id": "a", "words": "b", "relevant": {"x": true}}\n', r"line 1: relevant has to be"),
    "twice": (
        '{"id": "a", "words": "b", "relevant": []}\n\n{"id": "a", "words": "c", "relevant": []}\n',
        r"line 3: .*in line 1",
    ),
    "no text": ('{"text_id": 1, "image_ids": [1]}\n', r"line 1: expected text_id"),
    "text twice": ('{"text_id": 1, "text": "a"}\n{"text_id": 1, "text": "b"}\n', r"line 2: .*in line 1"),
    "empty": ("\n \n", r"holds no query"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_be_used_is_named_with_its_line(tmp_path: Path, case: str) -> None:
    text, message = BROKEN[case]
    queries = write(tmp_path, "queries", "q1\twords\n")
    with pytest.raises(JudgementError, match=message) as caught:
        read_judgements(write(tmp_path, "judgements", text), queries=queries)
    assert caught.value.message_zh


@pytest.mark.parametrize("text", ["q1 no tab\n", "\twords\n", "q1\t\n"])
def test_queries_beside_qrels_need_an_id_and_words(tmp_path: Path, text: str) -> None:
    with pytest.raises(JudgementError, match="line 1: expected an id, a tab and words"):
        read_judgements(write(tmp_path, "qrels", "q1 0 a 1\n"), queries=write(tmp_path, "queries", text))


def test_qrels_alone_ask_for_the_queries_and_others_are_not_enough(tmp_path: Path) -> None:
    qrels = write(tmp_path, "qrels", "q1 0 a 1\n")
    with pytest.raises(JudgementError, match="--queries"):
        read_judgements(qrels)
    with pytest.raises(JudgementError, match="holds no query"):
        read_judgements(qrels, queries=write(tmp_path, "queries", "other\twords\n"))


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    with pytest.raises(JudgementError, match="No such file"):
        read_judgements(tmp_path / "none")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(JudgementError, match="not UTF-8"):
        read_judgements(tmp_path / "bytes")
