"""Tells which share of a query, or of a part of it that is enough, each of some listings holds.

BM25 orders the listings of one query, but how high a score is good depends on how long and how rare the words are. The
share does not: it is 1 where all that is asked stands in the listing and near 0 where a scrap of it does. Every two
neighbouring Chinese characters and every other word is a piece; pieces weigh by their rarity, and places do not count.

Shares of several queries and fields are asked for together, since they look for the same tokens. Whether a token stands
in a listing is told by the rows beside the index (`rows.py`), not by a search.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jianwei.indexes.text.schema import SOUND_PAIRS, WRITTEN_FIELDS, grams_field, words_field
from jianwei.indexes.text.stands import stands, word_sign
from jianwei.indexes.text.word_shares import WordPieces, added, rarity
from jianwei.text.fold import fold_text
from jianwei.text.pieces import pieces_of_words, titledness
from jianwei.text.query_syntax import And, Not, Or, Phrase, Term, Words
from jianwei.text.sound import sound_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwei.indexes.text.rows import SaidTexts
    from jianwei.text.query_syntax import QueryField, QueryNode

_Part: TypeAlias = "tuple[Term | Phrase, tuple[QueryField, ...]]"
_Table: TypeAlias = NDArray[np.bool_]


class Present(NamedTuple):
    """What stands in n listings: (fields, pieces, n) of pieces, (pairs, n) of syllables, (parts, n) of whole parts."""

    written: _Table
    heard: _Table
    parts: _Table

    @property
    def listings(self) -> int:
        """How many listings there are."""
        return int(self.parts.shape[1])


Share: TypeAlias = "Callable[[Present], NDArray[np.float64]]"
"""Gives the share that each listing holds."""

Shares: TypeAlias = "Callable[[Present], NDArray[np.float64]]"
"""Gives (ways, n) the shares that each listing holds, for each way of asking."""


class _Pieces(NamedTuple):
    """The pieces of a text that count, with what meeting each of them tells, in nats.

    Attributes:
        tells: of each, those that stand nowhere included.
        total: of all together.
        met: those that stand anywhere.
    """

    tells: dict[str, float]
    total: float
    met: list[str]


_ENOUGH_PIECES = 2.5
_ENOUGH_OF_A_TITLE = 2.0
"""As much as so many of the rarest pieces tell is enough to be sure, however long the text: pictures hold a part of a
title only, and of a longer one a smaller part. What a chance match tells grows with the logarithm of the number of
documents, and so does this. Chosen on 57 titles asked of real pictures: docs/search.md."""

_SINGLE_PIECE = 0.5
_WHOLE_LINE_PIECES = 4
"""How much a line of a single piece counts, and from how many pieces on it counts whole."""

_MOST_PIECES = 32
"""Of a longer text the rarest count, which bounds the time."""


class CoveragePlan:
    """What has to be looked for to tell the shares of some queries.

    `document_frequency` tells in how many of the `document_count` documents a token of a field stands.
    """

    def __init__(self, document_frequency: Callable[[str, str], int], document_count: int) -> None:
        self._frequency = document_frequency
        self._count = document_count
        # What to look for, each with its row in a table of `Present`.
        self._written: dict[str, int] = {}
        self._heard: dict[str, int] = {}
        self._parts: dict[_Part, int] = {}
        self._often: dict[tuple[str, QueryField], list[int]] = {}
        self._weighed: dict[tuple[str, tuple[QueryField, ...]], _Pieces] = {}

    def add(self, node: QueryNode, fields: Sequence[QueryField]) -> Share:
        """Take in a query and return what tells its share, once it is known what is present.

        `fields` are where parts without a field name are looked for, in any of them; `sound` alone by their sound.
        """
        share = self._share(node, tuple(fields))
        rarest = log(1.0 + self._count)
        pieces = self._information(node, tuple(fields)) / rarest if rarest else 0.0
        sooner = max(1.0, pieces / _enough(pieces))
        return lambda present: share(present) * sooner

    def add_words(self, words: Sequence[str], ways: Sequence[Sequence[QueryField]]) -> Shares:
        """Take in plain words, asked in several ways, each a choice of written fields, and return what tells them all.

        Gives what `add` gives for each of the ways, (ways, n) at once.
        """
        told = [self._word(word, ways) for word in words]
        rarest = log(1.0 + self._count)
        totals = list(map(added, zip(*[pieces.totals for pieces in told], strict=True)))
        asked = [total / rarest if rarest else 0.0 for total in totals]
        sooner = [max(1.0, pieces / _enough(pieces)) for pieces in asked]

        def shares(present: Present) -> NDArray[np.float64]:
            summed = told[0].shares(present.written, ways)
            if len(told) > 1:
                parts = [
                    np.array([own / (whole or 1.0) for own, whole in zip(word.totals, totals, strict=True)])
                    for word in told
                ]
                summed *= parts[0][:, None]
                for word, part in zip(told[1:], parts[1:], strict=True):
                    summed += word.shares(present.written, ways) * part[:, None]
            return summed if max(sooner) == 1.0 else summed * np.array(sooner)[:, None]

        return shares

    def add_lines(self, lines: Sequence[str], field: QueryField) -> Share:
        """Take in lines that were read on one picture and return what tells how many of them a listing holds.

        Two pictures of different goods share slogans, years and "free shipping". So a line counts by the rarity of its
        rarest piece, squared, however many pieces repeat what that one tells, and by the share of it that stands there;
        a single word or number may be there by chance and counts half. Chosen on pairs of 642 real pictures:
        docs/search.md.
        """
        rarest, said = log(1.0 + self._count), set[str]()
        told: list[tuple[WordPieces, float]] = []
        for line in lines:
            often = zip(pieces_of_words(line), self._frequencies(line, field), strict=True)
            fresh = {piece: count for piece, count in often if piece not in said}
            said.update(fresh)
            if fresh and rarest:
                whole = min(1.0, _SINGLE_PIECE + (1.0 - _SINGLE_PIECE) * (len(fresh) - 1) / (_WHOLE_LINE_PIECES - 1))
                pieces = self._weighed_pieces(tuple(fresh), [list(fresh.values())])
                told.append((pieces, whole * (pieces.totals[0] / rarest) ** 2))

        def held(present: Present) -> NDArray[np.float64]:
            lines = (pieces.held(present.written, field) * weight for pieces, weight in told)
            return sum(lines, start=np.zeros(present.listings))

        return held

    def _word(self, text: str, ways: Sequence[Sequence[QueryField]]) -> WordPieces:
        pieces = pieces_of_words(text)
        counted = [[self._frequencies(text, field) for field in way] for way in ways]
        often = [own[0] if len(own) == 1 else list(map(max, *own)) for own in counted]
        return self._weighed_pieces(pieces, often)

    def _weighed_pieces(self, pieces: Sequence[str], often: Sequence[Sequence[int]]) -> WordPieces:
        """Weigh pieces by in how many documents each stands, for each way, and note what has to be looked for."""
        # What stands nowhere is not looked for; its weight is 0, whichever row tells of it.
        rows = [
            self._written.setdefault(piece, len(self._written)) if any(counts) else 0
            for piece, counts in zip(pieces, zip(*often, strict=True), strict=True)
        ]
        return WordPieces.of(pieces, rows, often, self._count, _MOST_PIECES)

    def present(self, said: SaidTexts, count: int) -> Present:
        """Look for everything in what `count` listings say."""
        pairs = {piece: row for piece, row in self._written.items() if _is_pair(piece)}
        found = said.short(list(pairs)).transpose(2, 0, 1)
        written = found
        if len(pairs) < len(self._written):
            written = np.zeros((len(WRITTEN_FIELDS), len(self._written), count), np.bool_)
            written[:, list(pairs.values())] = found
        for word in self._written.keys() - pairs.keys():
            sign = word_sign(word)
            written[:, self._written[word]] = np.array([[sign in text for text in own] for own in said.sections()]).T
        heard = said.heard(list(self._heard)) if self._heard else np.empty((0, count), np.bool_)
        parts = [_told_one_by_one(part, fields, said) for part, fields in self._parts]
        return Present(written, heard, np.array(parts, np.bool_).reshape(len(parts), count))

    def _share(self, node: QueryNode, fields: tuple[QueryField, ...]) -> Share:
        match node:
            case Term(fuzzy=True):
                row = self._parts.setdefault((node, fields), len(self._parts))
                pieces, length = self._term(node, fields), len(fold_text(node.text))
                return lambda present: np.maximum(pieces(present), present.parts[row] * (1.0 - 1.0 / max(length, 1)))
            case Term():
                return self._term(node, fields)
            case Phrase():
                row = self._parts.setdefault((node, fields), len(self._parts))
                return lambda present: present.parts[row].astype(np.float64)
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
        pieces = self._pieces(term, fields)
        if not pieces.met:
            return _nothing
        weights = np.array([pieces.tells[piece] for piece in pieces.met])[:, None] / (pieces.total or 1.0)
        stands = self._standing(pieces.met, _places(term, fields))

        def share(present: Present) -> NDArray[np.float64]:
            shares: NDArray[np.float64] = np.add.reduce(stands(present) * weights, axis=0)
            return shares

        return share

    def _standing(self, pieces: Sequence[str], places: tuple[QueryField, ...]) -> Callable[[Present], _Table]:
        """Return what gives (pieces, n) whether each piece stands in any of the places."""
        if "sound" in places:
            own = [[self._heard.setdefault(pair, len(self._heard)) for pair in sound_pairs(piece)] for piece in pieces]
            return lambda present: np.array([np.logical_or.reduce(present.heard[pairs], axis=0) for pairs in own])
        rows = [self._written.setdefault(piece, len(self._written)) for piece in pieces]
        columns = np.array([WRITTEN_FIELDS.index(where) for where in places])[:, None]
        return lambda present: np.logical_or.reduce(present.written[columns, rows], axis=0)

    def _information(self, node: QueryNode, fields: tuple[QueryField, ...]) -> float:
        match node:
            case Term() | Phrase():
                return self._pieces(node, fields).total
            case Not():
                return 0.0
            case Or(children):
                return max(self._information(child, fields) for child in children)
            case Words(children) | And(children):
                return sum(self._information(child, fields) for child in children)

    def _pieces(self, node: Term | Phrase, fields: tuple[QueryField, ...]) -> _Pieces:
        """Return the pieces of a text, the rarest of a long one."""
        places = _places(node, fields)
        known = self._weighed.get((node.text, places))
        if known is None:
            pieces = pieces_of_words(node.text)
            counts = zip(*[self._frequencies(node.text, where) for where in places], strict=True)
            often = [max(own) for own in counts] or [0] * len(pieces)
            tells = dict(zip(pieces, rarity(np.array(often, np.int64), self._count).tolist(), strict=True))
            if len(tells) > _MOST_PIECES:
                tells = dict(sorted(tells.items(), key=lambda piece: (-piece[1], piece[0]))[:_MOST_PIECES])
            nowhere = {piece for piece, count in zip(pieces, often, strict=True) if not count}
            known = _Pieces(tells, sum(tells.values()), [piece for piece in tells if piece not in nowhere])
            self._weighed[node.text, places] = known
        return known

    def _frequencies(self, text: str, where: QueryField) -> list[int]:
        """Return of each piece of a text in how many documents its most common token stands in a field.

        Each is asked for by its field and by all fields together.
        """
        known = self._often.get((text, where))
        if known is None:
            pieces, frequency = pieces_of_words(text), self._frequency
            if where == "sound":
                tokens = [[(SOUND_PAIRS, pair) for pair in sound_pairs(piece)] for piece in pieces]
                known = [max([frequency(*token) for token in own], default=0) for own in tokens]
            else:
                pairs, words = _NAMES[where]
                known = [frequency(pairs if _is_pair(piece) else words, piece) for piece in pieces]
            self._often[text, where] = known
        return known


_NAMES = {field: (grams_field(field), words_field(field)) for field in WRITTEN_FIELDS}


def _places(node: Term | Phrase, fields: tuple[QueryField, ...]) -> tuple[QueryField, ...]:
    """Return where a part is looked for."""
    return fields if node.field is None else (node.field,)


def _is_pair(piece: str) -> bool:
    """Tell whether a piece is a character or two, and not a word of Latin or digits."""
    return not piece.isascii()


def _told_one_by_one(part: Term | Phrase, fields: tuple[QueryField, ...], said: SaidTexts) -> list[bool]:
    """Return (n,) whether a whole part of a query stands in each listing."""
    where = _places(part, fields)
    if "sound" in where:
        pairs = list(dict.fromkeys(sound_pairs(fold_text(part.text))))
        whole: list[bool] = np.logical_and.reduce(said.heard(pairs), axis=0).tolist()
        return whole if pairs else [False] * len(whole)
    is_there = stands(part)
    places = [WRITTEN_FIELDS.index(field) for field in where]
    return [any(is_there(texts[place]) for place in places) for texts in said.sections()]


def _weighed(told: Sequence[tuple[Share, float]]) -> Share:
    total = sum(weight for _, weight in told) or 1.0

    def share(present: Present) -> NDArray[np.float64]:
        parts = (part(present) * (weight / total) for part, weight in told)
        return sum(parts, start=np.zeros(present.listings))

    return share


def _nothing(present: Present) -> NDArray[np.float64]:
    return np.zeros(present.listings)


def _enough(pieces: float) -> float:
    """Return how many of the rarest pieces are enough of a text that tells as much as `pieces` of them."""
    return _ENOUGH_PIECES + titledness(pieces) * (_ENOUGH_OF_A_TITLE - _ENOUGH_PIECES)
