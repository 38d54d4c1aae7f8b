"""Takes words that tell nothing, such as 的 and "the", out of a query of plain words.

They stand in most listings or, in a small library, in a few by chance; either way a share of the query that they make
up would pass for relevance. Operators, quotes, field names and `~` say what must match, so there they stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jianwei.errors import QueryError
from jianwei.text.function_words import tells_nothing
from jianwei.text.query_syntax import Term, Words, parse_query

if TYPE_CHECKING:
    from jianwei.text.query_syntax import QueryNode


class Telling(NamedTuple):
    """What of a query tells something, None where nothing does, and the words that were left out."""

    node: QueryNode | None
    left_out: tuple[str, ...]


def check_tells(words: str) -> None:
    """Refuse a query that tells nothing, where it is kept to be asked again and again.

    Raises:
        QueryError: it is nothing but such words, or cannot be understood.
    """
    left = telling_part(parse_query(words))
    if left.node is None:
        said = " ".join(left.left_out)
        raise QueryError(
            f"Words as common as {said} tell nothing and would find nothing. Add a word that says what is meant, or "
            "put them in quotes to find exactly them.",
            zh=f"{said} 过于常用，没有区分度，不会有命中。请补充能说明所找内容的词，或加引号按原样查找。",
            words=said,
        )


def telling_part(node: QueryNode) -> Telling:
    """Return what of a query tells something."""
    every = node.children if isinstance(node, Words) else (node,)
    plain = [child for child in every if isinstance(child, Term) and child.field is None and not child.fuzzy]
    if len(plain) < len(every):
        return Telling(node, ())
    left_out = tuple(term.text for term in plain if tells_nothing(term.text))
    if not left_out:
        return Telling(node, ())
    kept = tuple(term for term in plain if term.text not in left_out)
    if len(kept) < 2:
        return Telling(kept[0] if kept else None, left_out)
    return Telling(Words(kept), left_out)
