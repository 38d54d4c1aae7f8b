"""Which part of a query concerns one field, so that each text channel can be scored and explained by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.text.query_syntax import And, Not, Or, Phrase, Term, Words

if TYPE_CHECKING:
    from jianwei.ports import TextField
    from jianwei.search.results import Channel
    from jianwei.text.query_syntax import QueryNode

TEXT_FIELDS: tuple[TextField, ...] = ("title", "spec", "ocr", "caption")
"""All fields that hold what is written, in the order in which explanations name them."""

TEXT_CHANNELS: dict[TextField, Channel] = {
    "title": "text:title",
    "spec": "text:spec",
    "ocr": "text:ocr",
    "caption": "text:caption",
    "sound": "text:sound",
}
"""The channel that scores each field."""


def spoken(node: QueryNode) -> str:
    """Return what a query asks for in words, for a text encoder: without signs, and without what must not match."""
    match node:
        case Term() | Phrase():
            return node.text
        case Not():
            return ""
        case Words(children) | And(children) | Or(children):
            return " ".join(text for child in children if (text := spoken(child)))


def restricted_to(node: QueryNode, field: TextField) -> QueryNode | None:
    """Return what a query asks of one field; None where it asks nothing of it.

    Parts that must not match ask for nothing. What had to match across fields only counts here as far as it is
    in this one, so AND becomes side by side.
    """
    match node:
        case Term() | Phrase():
            return node if node.field in (None, field) else None
        case Not():
            return None
        case Words(children) | And(children) | Or(children):
            kept = tuple(part for child in children if (part := restricted_to(child, field)) is not None)
            if isinstance(node, Words) and kept == children:
                return node
            return Words(kept) if kept else None
