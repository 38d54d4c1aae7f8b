"""What is asked and which listings answer it: judgements, whatever file they came from.

A grade above 0 means relevant, the higher the better; 0 and below mean judged and not relevant. A query without any
relevant id is one that the library cannot answer: it is left out of the means of the metrics and counted by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jianwei.errors import JudgementError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """One query. `picture` is a file. `kind` groups queries in reports; empty where the file knows none."""

    query_id: str
    words: str
    grades: Mapping[str, float]
    picture: Path | None = None
    kind: str = ""

    @property
    def relevant(self) -> dict[str, float]:
        """The ids with a grade above 0."""
        return {item: grade for item, grade in self.grades.items() if grade > 0}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something in the judgements that a person should know; the evaluation goes on without it."""

    message: str
    message_zh: str


@dataclass(frozen=True, slots=True)
class Judgements:
    """All queries of one file, in its order, and what was wrong with some of its lines.

    `cross_modal` where it has the layout of Chinese-CLIP, whose rules then apply too.
    """

    name: str
    queries: tuple[JudgedQuery, ...]
    notices: tuple[Notice, ...] = field(default=())
    cross_modal: bool = False


def refuse_empty(name: str, queries: tuple[JudgedQuery, ...]) -> None:
    """Raise an error where there is not one query.

    Raises:
        JudgementError: there is none.
    """
    if not queries:
        raise JudgementError(
            f"{name} holds no query. See docs/evaluation.md for the layouts that can be read.",
            zh=f"{name} 中没有任何查询。可读取的格式见 docs/evaluation.md。",
            path=name,
        )


def broken_line(name: str, line_no: int, what: str, what_zh: str) -> JudgementError:
    """Return the error for a line that cannot be used."""
    return JudgementError(
        f"{name}, line {line_no}: {what}.", zh=f"{name} 第 {line_no} 行：{what_zh}。", path=name, line=line_no
    )


def unique(name: str, queries: list[tuple[int, JudgedQuery]]) -> tuple[JudgedQuery, ...]:
    """Return the queries of numbered lines.

    Raises:
        JudgementError: two have one id.
    """
    lines: dict[str, int] = {}
    for line_no, query in queries:
        if query.query_id in lines:
            first = lines[query.query_id]
            raise broken_line(
                name,
                line_no,
                f"the query id {query.query_id!r} was used in line {first} already; each query needs its own",
                f"查询编号 {query.query_id!r} 已在第 {first} 行用过；每个查询需要不同的编号",
            )
        lines[query.query_id] = line_no
    return tuple(query for _, query in queries)
