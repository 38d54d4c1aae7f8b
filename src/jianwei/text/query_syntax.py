"""The query language: what a person may type, and the tree that it means.

It is the one place that knows quotes, operators, field names and `~`; search engines and highlighting see only the
tree. Cutting text into words and folding characters are not done here: `text` holds what was typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

QueryField = Literal["title", "spec", "ocr", "caption"]
"""Where a word can be looked for; the same names as `jianwei.ports.TextField`."""


@dataclass(frozen=True, slots=True)
class Term:
    """One written word, which in Chinese may be a whole title.

    Side by side with others a part of it is enough to hit; under AND and NOT it has to be there as a whole.
    `field` None means: wherever the search looks by default. `fuzzy` also accepts one differing character.
    """

    text: str
    field: QueryField | None = None
    fuzzy: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Characters that stand together in one line in exactly this order, after folding."""

    text: str
    field: QueryField | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """Parts typed side by side: all are wanted, some are enough; the more match and the better, the higher the hit."""

    children: tuple[QueryNode, ...]


@dataclass(frozen=True, slots=True)
class And:
    """Every child has to match."""

    children: tuple[QueryNode, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one child has to match."""

    children: tuple[QueryNode, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The child must not match."""

    child: QueryNode


QueryNode = Term | Phrase | Words | And | Or | Not


def parse_query(text: str) -> QueryNode:
    """Read a query as a person typed it.

    Raises:
        QueryError: the query cannot be understood; says where and what to do.
    """
    raise NotImplementedError
