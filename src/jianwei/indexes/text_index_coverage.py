"""Tells which share of a query, or of a part of it that is enough, each of some listings holds.

BM25 orders the listings of one query, but how high a score is good depends on how long and how rare the words are. The
share does not: it is 1 where all that is asked stands in the listing and near 0 where a scrap of it does. Every two
neighbouring Chinese characters and every other word is a piece; pieces weigh by their rarity, and places do not count.

Shares of several queries and fields are asked for together, since they look for the same tokens. Whether a token stands
in a listing is told by the rows beside the index (`text_index_rows.py`), not by a search.
"""

from __future__ import annotations

from functools import lru_cache
from math import log
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jianwei.indexes.text_index_schema import SOUND_PAIRS, WRITTEN_FIELDS, grams_field, words_field
from jianwei.indexes.text_index_stands import holds_word, stands
from jianwei.text.fold import fold_text
from jianwei.text.pieces import pieces_of, titledness
from jianwei.text.query_syntax import And, Not, Or, Phrase, Term, Words
from jianwei.text.sound import sound_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwei.indexes.text_index_rows import SaidTexts
    from jianwei.text.query_syntax import QueryField, QueryNode

Present: TypeAlias = NDArray[np.bool_]
"""(signs, listings): whether each sign stands in each listing."""

_SignName: TypeAlias = "tuple[str, str] | tuple[Term | Phrase, tuple[QueryField, ...]]"

Share: TypeAlias = "Callable[[Present], NDArray[np.float64]]"
"""Gives the share that each listing holds."""

_ENOUGH_PIECES = 2.5
_ENOUGH_OF_A_TITLE = 2.0
"""As much as so many of the rarest pieces tell is enough to be sure, however long the text: pictures hold a part of a
title only, and of a longer one a smaller part. What a chance match tells grows with the logarithm of the number of
documents, and so does this. Chosen on 57 titles asked of real pictures: docs/search.md."""

_MOST_PIECES = 32
"""Of a longer text the rarest count, which bounds the time."""


class CoveragePlan:
    """What has to be looked for to tell the shares of some queries.

    `document_frequency` tells in how many of the `document_count` documents a token of a field stands.
    """

    def __init__(self, document_frequency: Callable[[str, str], int], document_count: int) -> None:
        self._frequency = document_frequency
        self._count = document_count
        self._signs: dict[_SignName, int] = {}
        self._tokens: dict[tuple[str, QueryField], tuple[int, list[tuple[str, str]]]] = {}
        self._weighed: dict[tuple[str, tuple[QueryField, ...]], dict[str, float]] = {}

    def add(self, node: QueryNode, fields: Sequence[QueryField]) -> Share:
        """Take in a query and return what tells its share, once it is known what is present.

        `fields` are where parts without a field name are looked for, in any of them; `sound` alone by their sound.
        """
        share = self._share(node, tuple(fields))
        rarest = log(1.0 + self._count)
        pieces = self._information(node, tuple(fields)) / rarest if rarest else 0.0
        sooner = max(1.0, pieces / _enough(pieces))
        return lambda present: share(present) * sooner

    def present(self, said: SaidTexts, count: int) -> Present:
        """Look for everything in what `count` listings say. A row more than there are signs is what is nowhere."""
        present = np.zeros((len(self._signs) + 1, count), np.bool_)
        short: dict[str, list[tuple[int, int]]] = {}
        heard: dict[str, int] = {}
        for name, row in self._signs.items():
            what, where = name
            if what == SOUND_PAIRS:
                heard[str(where)] = row
            elif isinstance(what, str) and (place := _GRAMS.get(what)) is not None:
                short.setdefault(str(where), []).append((row, place))
            else:
                present[row] = _told_one_by_one(name, said)
        stands = said.short(list(short))
        for token, places in enumerate(short.values()):
            for row, place in places:
                present[row] = stands[token, :, place]
        if heard:
            present[list(heard.values())] = said.heard(list(heard))
        return present

    def _share(self, node: QueryNode, fields: tuple[QueryField, ...]) -> Share:
        match node:
            case Term(fuzzy=True):
                sign = self._sign((node, fields))
                pieces, length = self._term(node, fields), len(fold_text(node.text))
                return lambda present: np.maximum(pieces(present), present[sign] * (1.0 - 1.0 / max(length, 1)))
            case Term():
                return self._term(node, fields)
            case Phrase():
                sign = self._sign((node, fields))
                return lambda present: present[sign].astype(np.float64)
            case Or(children):
                shares = [self._share(child, fields) for child in children]
                return lambda present: np.max([share(present) for share in shares], axis=0)
            case Words(children) | And(children):
                weights = [self._information(child, fields) for child in children]
                told = [
                    (self._share(child, fields), weight)
                    for child, weight in zip(children, weights, strict=True)
                    if weight
                ]
                return _weighed(told)
            case Not():
                return _nothing

    def _term(self, term: Term, fields: tuple[QueryField, ...]) -> Share:
        places = fields if term.field is None else (term.field,)
        pieces = self._pieces(term, places)
        signs = [[self._sign(token) for where in places for token in self._met(piece, where)[1]] for piece in pieces]
        weights = np.fromiter(pieces.values(), np.float64, len(pieces)) / (sum(pieces.values()) or 1.0)
        most = max(map(len, signs), default=0)
        if not most:
            return _nothing
        table = np.array([[*row, *[_NOWHERE] * (most - len(row))] for row in signs], np.int64)

        def share(present: Present) -> NDArray[np.float64]:
            stands: Present = np.logical_or.reduce(present[table], axis=1)
            shares: NDArray[np.float64] = np.add.reduce(stands * weights[:, None], axis=0)
            return shares

        return share

    def _sign(self, name: _SignName) -> int:
        return self._signs.setdefault(name, len(self._signs))

    def _information(self, node: QueryNode, fields: tuple[QueryField, ...]) -> float:
        match node:
            case Term():
                return sum(self._pieces(node, fields).values())
            case Phrase():
                return sum(self._pieces(Term(node.text, node.field), fields).values())
            case Not():
                return 0.0
            case Or(children):
                return max(self._information(child, fields) for child in children)
            case Words(children) | And(children):
                return sum(self._information(child, fields) for child in children)

    def _pieces(self, term: Term, fields: tuple[QueryField, ...]) -> dict[str, float]:
        """Return the pieces of a term with their information in nats, those that stand nowhere included."""
        places = fields if term.field is None else (term.field,)
        known = self._weighed.get((term.text, places))
        if known is None:
            weighed = {
                piece: self._rarity(max([self._met(piece, where)[0] for where in places], default=0))
                for piece in _pieces_of_text(term.text)
            }
            rarest = sorted(weighed.items(), key=lambda item: (-item[1], item[0]))[:_MOST_PIECES]
            known = self._weighed[term.text, places] = dict(rarest) if len(weighed) > _MOST_PIECES else weighed
        return known

    def _met(self, piece: str, where: QueryField) -> tuple[int, list[tuple[str, str]]]:
        """Return how often the most common token of a piece stands in a field, and those that stand there at all.

        Each is asked for by its field and by all fields together, for what it tells and for where it stands.
        """
        known = self._tokens.get((piece, where))
        if known is None:
            counted = [(self._frequency(*token), token) for token in _tokens(piece, where)]
            most = max([often for often, _ in counted], default=0)
            known = self._tokens[piece, where] = (most, [token for often, token in counted if often])
        return known

    def _rarity(self, often: int) -> float:
        """Return the information of meeting a piece whose most common token stands in so many documents.

        What stands nowhere counts as if it stood once: how improbable it is cannot be known from this library.
        """
        often = max(often, 1)
        return log(1.0 + (self._count - min(often, self._count) + 0.5) / (often + 0.5))


_NOWHERE = -1
"""The row of what is nowhere: the last."""


_NAMES_OF_PAIRS = {field: grams_field(field) for field in WRITTEN_FIELDS}
_NAMES_OF_WORDS = {field: words_field(field) for field in WRITTEN_FIELDS}
_GRAMS = {name: place for place, name in enumerate(_NAMES_OF_PAIRS.values())}
_LATIN = {name: place for place, name in enumerate(_NAMES_OF_WORDS.values())}
"""The place of each field among the fields of a listing, by its name in the index."""


def _told_one_by_one(name: _SignName, said: SaidTexts) -> list[bool]:
    """Return (n,) whether a word of Latin or a whole part of a query stands in each listing."""
    what, where = name
    if isinstance(what, str):
        place, is_there = _LATIN[what], holds_word(str(where))
        return [is_there(texts[place]) for texts in said.sections()]
    fields = tuple(where) if what.field is None else (what.field,)
    if "sound" in fields:
        pairs = list(dict.fromkeys(sound_pairs(fold_text(what.text))))
        whole: list[bool] = np.logical_and.reduce(said.heard(pairs), axis=0).tolist()
        return whole if pairs else [False] * len(whole)
    is_there = stands(what)
    places = [WRITTEN_FIELDS.index(field) for field in fields if field != "sound"]
    return [any(is_there(texts[place]) for place in places) for texts in said.sections()]


def _weighed(told: Sequence[tuple[Share, float]]) -> Share:
    total = sum(weight for _, weight in told) or 1.0

    def share(present: Present) -> NDArray[np.float64]:
        parts = (part(present) * (weight / total) for part, weight in told)
        return sum(parts, start=np.zeros(present.shape[1]))

    return share


def _nothing(present: Present) -> NDArray[np.float64]:
    return np.zeros(present.shape[1])


def _tokens(piece: str, where: QueryField) -> list[tuple[str, str]]:
    """Return the (index field, token) in any of which a piece stands in a field."""
    if where == "sound":
        return [(SOUND_PAIRS, pair) for pair in sound_pairs(piece)]
    names = _NAMES_OF_PAIRS if len(piece) <= 2 and not piece.isascii() else _NAMES_OF_WORDS
    return [(names[where], piece)]


@lru_cache(maxsize=256)
def _pieces_of_text(text: str) -> tuple[str, ...]:
    return tuple(pieces_of(fold_text(text)))


def _enough(pieces: float) -> float:
    """Return how many of the rarest pieces are enough of a text that tells as much as `pieces` of them."""
    return _ENOUGH_PIECES + titledness(pieces) * (_ENOUGH_OF_A_TITLE - _ENOUGH_PIECES)
