"""Compiles a query into one whose score is the share of the query that a listing holds, from 0 to 1.

BM25 orders the listings of one query, but how high a score is good depends on how long and how rare the words are. The
share does not: it is 1 where all that is asked stands in the listing and near 0 where a scrap of it does. Every two
neighbouring Chinese characters and every other word is a piece; pieces weigh by their rarity, and places do not count.
"""

from __future__ import annotations

from itertools import pairwise
from math import log
from typing import TYPE_CHECKING

from jianwei.indexes.text_index_schema import SOUND_PAIRS, grams_field, words_field
from jianwei.text.fold import fold_text
from jianwei.text.query_syntax import And, Not, Or, Phrase, Term, Words
from jianwei.text.segment import cut_words
from jianwei.text.sound import sound_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import tantivy

    from jianwei.text.query_syntax import QueryField, QueryNode

_MOST_PIECES = 96
"""Of a longer text the rarest count, which bounds the time."""


class CoverageCompiler:
    """Compiles query trees for one schema.

    `fields` are where parts without a field name are looked for, in any of them; with `sound` alone by their sound.
    `document_frequency` tells in how many of the `document_count` documents a token of a field stands; `whole` compiles
    a phrase.
    """

    def __init__(
        self,
        schema: tantivy.Schema,
        fields: Sequence[QueryField],
        document_frequency: Callable[[str, str], int],
        document_count: int,
        *,
        whole: Callable[[QueryNode], tantivy.Query],
    ) -> None:
        import tantivy

        self._engine = tantivy.Query
        self._should = tantivy.Occur.Should
        self._schema = schema
        self._fields = tuple(fields)
        self._frequency = document_frequency
        self._count = document_count
        self._whole = whole
        self._known: dict[tuple[str, QueryField | None], float] = {}

    def compile(self, node: QueryNode) -> tantivy.Query:
        """Return the query of a whole tree."""
        return self._share(node, 1.0)

    def _share(self, node: QueryNode, share: float) -> tantivy.Query:
        """Return a query that gives `share` to what holds all of the node, and less to what holds less."""
        match node:
            case Term():
                return self._term(node, share)
            case Phrase():
                return self._engine.const_score_query(self._whole(node), share)
            case Or(children):
                return self._engine.disjunction_max_query([self._share(child, share) for child in children])
            case Words(children) | And(children):
                weights = [self._information(child) for child in children]
                total = sum(weights) or 1.0
                parts = [
                    self._share(child, share * weight / total)
                    for child, weight in zip(children, weights, strict=True)
                    if weight
                ]
                return self._any(parts)
            case Not():
                return self._engine.empty_query()

    def _term(self, term: Term, share: float) -> tantivy.Query:
        pieces = self._pieces(term)
        total = sum(pieces.values()) or 1.0
        return self._any(
            [
                self._engine.const_score_query(self._anywhere(piece, term.field), share * weight / total)
                for piece, weight in pieces.items()
            ]
        )

    def _information(self, node: QueryNode) -> float:
        match node:
            case Term():
                return sum(self._pieces(node).values())
            case Phrase():
                return sum(self._pieces(Term(node.text, node.field)).values())
            case Not():
                return 0.0
            case Or(children):
                return max(map(self._information, children))
            case Words(children) | And(children):
                return sum(map(self._information, children))

    def _pieces(self, term: Term) -> dict[str, float]:
        """Return the pieces of a term with their information in nats, those that stand nowhere included."""
        weighed = {piece: self._rarity(piece, term.field) for piece in pieces_of(fold_text(term.text))}
        if len(weighed) <= _MOST_PIECES:
            return weighed
        rarest = sorted(weighed.items(), key=lambda item: (-item[1], item[0]))
        return dict(rarest[:_MOST_PIECES])

    def _rarity(self, piece: str, field: QueryField | None) -> float:
        """Return the information of meeting a piece, by the field in which it is most common.

        What stands nowhere counts as if it stood once: how improbable it is cannot be known from this library.
        """
        key = (piece, field)
        if key not in self._known:
            found = [self._frequency(*token) for token in self._tokens(piece, field)]
            often = max(1, *found) if found else 1
            self._known[key] = log(1.0 + (self._count - min(often, self._count) + 0.5) / (often + 0.5))
        return self._known[key]

    def _anywhere(self, piece: str, field: QueryField | None) -> tantivy.Query:
        tokens = self._tokens(piece, field)
        return self._any([self._engine.term_query(self._schema, name, token, "basic") for name, token in tokens])

    def _tokens(self, piece: str, field: QueryField | None) -> list[tuple[str, str]]:
        """Return the (index field, token) in any of which a piece stands."""
        fields = self._fields if field is None else (field,)
        tokens = []
        for where in fields:
            if where == "sound":
                tokens += [(SOUND_PAIRS, pair) for pair in sound_pairs(piece)]
            else:
                is_pair = len(piece) <= 2 and not piece.isascii()
                tokens.append((grams_field(where) if is_pair else words_field(where), piece))
        return tokens

    def _any(self, parts: list[tantivy.Query]) -> tantivy.Query:
        if len(parts) == 1:
            return parts[0]
        return self._engine.boolean_query([(self._should, part) for part in parts])


def pieces_of(folded: str) -> list[str]:
    """Return what a text is made of, each once: pairs of neighbouring characters, and words of Latin and digits.

    A single Chinese character counts only where there is nothing else.
    """
    words = [word for word in cut_words(folded) if word.isascii()]
    pairs = [
        first + second
        for first, second in pairwise(folded)
        if not first.isascii() and not second.isascii() and first.isalnum() and second.isalnum()
    ]
    pieces = words + pairs
    if not pieces:
        pieces = [character for character in folded if character.isalnum()]
    return list(dict.fromkeys(pieces))
