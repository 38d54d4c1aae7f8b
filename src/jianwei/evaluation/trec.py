"""Judgements in the layout of TREC: qrels of four columns, and beside them the queries.

    qrels     q01 0 样例商城:1001 2
    queries   q01<tab>芦荟胶囊

Columns are parted by white space, so ids cannot hold any. The queries may also be JSON lines with `id` and `words`.

Source: the input of `trec_eval`, https://github.com/usnistgov/trec_eval.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from jianwei.bilingual import Both
from jianwei.errors import JudgementError
from jianwei.evaluation.json_lines import parse_object
from jianwei.evaluation.judgements import JudgedQuery, Judgements, Notice, broken_line, refuse_empty, unique

if TYPE_CHECKING:
    from pathlib import Path

_COLUMNS = 4


def read_trec(path: Path, lines: list[tuple[int, str]], queries: list[tuple[int, str]] | None) -> Judgements:
    """Return the judgements of a qrels file and the lines of the file of its queries.

    Queries without a judgement are left out with a notice, and so are judgements without a query.

    Raises:
        JudgementError: a line cannot be used, or there are no queries.
    """
    if queries is None:
        raise JudgementError(
            f"{path.name} is a qrels file: it names queries but does not hold them. Give the file of the queries too: "
            "--queries FILE (a line each: id, tab, words).",
            zh=f"{path.name} 是 qrels 文件，只有查询编号、没有查询内容。请同时给出查询文件：--queries 文件"
            "（每行：编号、制表符、查询词）。",
            path=path.name,
        )
    grades = _grades(path.name, lines)
    asked = _queries(queries)
    judged = tuple(replace(query, grades=grades[query.query_id]) for query in asked if query.query_id in grades)
    notices = [
        *_left_out(
            "{count} {count:query|queries} without a judgement",
            "没有判断的查询",
            [q.query_id for q in asked if q.query_id not in grades],
        ),
        *_left_out(
            "{count} {count:judgement|judgements} without a query",
            "没有查询内容的判断",
            sorted(grades.keys() - {q.query_id for q in asked}),
        ),
    ]
    refuse_empty(path.name, judged)
    return Judgements(path.name, judged, tuple(notices))


def _grades(name: str, lines: list[tuple[int, str]]) -> dict[str, dict[str, float]]:
    grades: dict[str, dict[str, float]] = {}
    for line_no, text in lines:
        columns = text.split()
        if len(columns) != _COLUMNS:
            raise broken_line(
                name,
                line_no,
                f"{len(columns)} columns; a line of qrels has 4: query id, 0, id, grade",
                f"有 {len(columns)} 列；qrels 每行应为 4 列：查询编号、0、编号、等级",
            )
        query_id, _, item, written = columns
        try:
            grade = float(written)
        except ValueError:
            grade = math.nan
        if not math.isfinite(grade):
            raise broken_line(name, line_no, f"the grade {written!r} is not a number", f"等级 {written!r} 不是数字")
        of_query = grades.setdefault(query_id, {})
        if of_query.setdefault(item, grade) != grade:
            raise broken_line(
                name,
                line_no,
                f"{item!r} was given another grade for {query_id!r} in an earlier line",
                f"{item!r} 在前面的行中对 {query_id!r} 有不同的等级",
            )
    return grades


def _queries(lines: list[tuple[int, str]]) -> tuple[JudgedQuery, ...]:
    found = []
    for line_no, text in lines:
        if text.startswith("{"):
            value = parse_object("queries", line_no, text)
            query_id = str(value.get("id", value.get("query_id", "")))
            words = str(value.get("words", value.get("text", "")))
        else:
            query_id, _, words = text.partition("\t")
        if not query_id.strip() or not words.strip():
            raise broken_line("queries", line_no, "expected an id, a tab and words", "应为：编号、制表符、查询词")
        found.append((line_no, JudgedQuery(query_id.strip(), words.strip(), {})))
    return unique("queries", found)


def _left_out(what: str, what_zh: str, ids: list[str]) -> list[Notice]:
    if not ids:
        return []
    named, named_zh = ", ".join(ids[:5]), "、".join(ids[:5])
    more, more_zh = (" …", "……") if len(ids) > 5 else ("", "")
    told = Both(f"{what} left out: {{named}}{more}", f"已略过 {{count}} 个{what_zh}：{{named}}{more_zh}")
    return [Notice(told.say("en", count=len(ids), named=named), told.say("zh", count=len(ids), named=named_zh))]
