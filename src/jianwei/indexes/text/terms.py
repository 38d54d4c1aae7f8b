"""What a query says, taken apart before it is looked for: terms with their words, and what kind of word one is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from jianwei.indexes.text.schema import INNER_BREAK, gram_tokens
from jianwei.text.fold import fold_text
from jianwei.text.query_syntax import And, Not, Or, Phrase, QueryNode, Term, Words
from jianwei.text.segment import cut_words, locate_words

_CUTS_KEPT = 1024
"""Texts of queries whose words are remembered: one search compiles its query for each field, and once for all."""


@dataclass(frozen=True, slots=True)
class CutTerm:
    """A term after folding. `wanted` are its words without overlap; single Chinese characters only if all are such."""

    term: Term
    folded: str
    wanted: tuple[str, ...]

    @classmethod
    def of(cls, term: Term) -> CutTerm:
        """Fold and cut a term."""
        folded = fold_text(term.text)
        return cls(term, folded, words_without_overlap(folded))

    @property
    def words(self) -> tuple[str, ...]:
        """What is looked for: its words, or all of it where it has none."""
        return self.wanted or (self.folded,)


@lru_cache(maxsize=_CUTS_KEPT)
def words_without_overlap(folded: str) -> tuple[str, ...]:
    """Return the words of a text, each once; single Chinese characters only if all are such."""
    words: list[str] = []
    end = 0
    for word in locate_words(folded):
        if word.end > end:
            words.append(word.text)
            end = word.end
    telling = [word for word in words if len(word) > 1 or word.isascii()]
    return tuple(dict.fromkeys(telling or words))


@lru_cache(maxsize=_CUTS_KEPT)
def words_and_pairs(folded: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return all words of a text but single Chinese characters, and its pairs of neighbouring characters."""
    words = tuple(word for word in cut_words(folded) if len(word) > 1 or word.isascii())
    return words, tuple(pair for pair in gram_tokens(folded)[1::2] if INNER_BREAK not in pair)


def is_met_inside(word: str) -> bool:
    """Tell whether a word is found wherever its characters stand; one ASCII character only is as a word of its own."""
    return len(word) > 1 or not word.isascii()


def is_part_of_lines(word: str) -> bool:
    """Tell whether a word that an index has is always a piece of a line: words of ASCII may be joined over signs."""
    return len(word) > 1 and not word.isascii() and word.isalnum()


def is_fuzzy(node: QueryNode) -> bool:
    """Tell whether a part may differ in one character."""
    return isinstance(node, Term) and node.fuzzy


def is_plain_term(node: QueryNode) -> bool:
    """Tell whether a part is looked for as it is written."""
    return isinstance(node, Term) and not node.fuzzy and node.field != "sound"


def is_heard_term(node: QueryNode) -> bool:
    """Tell whether a part is a word that is looked for by its sound."""
    return isinstance(node, Term) and not node.fuzzy and node.field == "sound"


def by_sound(node: QueryNode) -> QueryNode:
    """Return the query with all parts that name no field looked for by their sound."""
    match node:
        case Term(field=None) | Phrase(field=None):
            return Term(node.text, "sound") if isinstance(node, Term) else Phrase(node.text, "sound")
        case Words() | And() | Or():
            return type(node)(tuple(map(by_sound, node.children)))
        case Not():
            return Not(by_sound(node.child))
        case _:
            return node
