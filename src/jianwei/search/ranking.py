"""Candidates from every channel, scored in all of them, fused into one order.

Words are ranked by the text index, and where a space is asked, by what pictures and titles mean there:
alpha × vectors + (1 − alpha) × text, each min–max normalised. A picture is like a listing when their perceptual hashes
are near, when the words read on it are found in the listing's pictures, or when their vectors are near; either suffices
(noisy or), since a copy may be cropped beyond hashing and another photo of the same product still carries its words.
Words and a picture together are weighed: alpha × likeness + (1 − alpha) × words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.fusion.combine import noisy_or, weighted
from jianwei.fusion.normalise import min_max
from jianwei.records import Filters
from jianwei.search.channels import TEXT_FIELDS
from jianwei.search.vector_channels import VectorChannels
from jianwei.search.vector_channels import likeness as vector_likeness
from jianwei.text.query_syntax import Term, Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from jianwei.ports import CatalogReader, HashIndex, TextField, TextIndex
    from jianwei.records import Listing
    from jianwei.search.query_picture import QueryPicture
    from jianwei.search.vector_channels import AskedSpace, SpaceScores
    from jianwei.text.query_syntax import QueryNode

_NO_FILTERS = Filters()

HASH_REACH = 64
"""Hamming distance from which on two pictures count as unlike; unrelated pictures differ by 128 on average."""

VECTOR_WEIGHT = 0.8
"""How sure near vectors make a likeness at most: the nearest of all candidates need not show the same thing."""

READ_WORDS_WEIGHT = 0.8
"""How sure shared words make a likeness at most: below an exact copy, since different products share slogans."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request made ready for ranking: parsed words and the query picture, either of which may be missing.

    `words_asked` and `picture_asked` are the spaces in which the words and the picture are looked for; empty without
    encoders.
    """

    words: QueryNode | None
    picture: QueryPicture | None
    filters: Filters
    alpha: float
    words_asked: tuple[AskedSpace, ...] = ()
    picture_asked: tuple[AskedSpace, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """What each channel brought, by `listing_no`."""

    near: dict[int, float]
    read: dict[int, float]
    words: dict[int, float]
    words_spaces: list[SpaceScores]
    picture_spaces: list[SpaceScores]

    def listing_nos(self) -> set[int]:
        spaces = (*self.words_spaces, *self.picture_spaces)
        return {*self.near, *self.read, *self.words}.union(*(scores.listing_nos() for scores in spaces))


class Ranker:
    """Ranks listings for a question."""

    def __init__(self, catalog: CatalogReader, text: TextIndex, hashes: HashIndex) -> None:
        self._catalog = catalog
        self._text = text
        self._hashes = hashes
        self._vectors = VectorChannels(catalog)

    def rank(self, question: Question, *, depth: int) -> tuple[list[tuple[int, float]], int]:
        """Return the best (listing_no, score in 0..1), at most `depth`, and how many listings match in all.

        Ties stand by ascending `listing_no`.
        """
        if question.picture is None and not question.words_asked:
            return self._rank_words(question, depth)
        return self._rank_fused(question, depth)

    def _rank_words(self, question: Question, depth: int) -> tuple[list[tuple[int, float]], int]:
        hits = self._text.search(question.words, fields=TEXT_FIELDS, filters=question.filters, limit=depth)
        best = hits[0].score if hits else 1.0
        ranked = [(hit.listing_no, hit.score / best) for hit in hits]
        if len(hits) < depth:
            return ranked, len(hits)
        return ranked, self._text.count(question.words, fields=TEXT_FIELDS, filters=question.filters)

    def _rank_fused(self, question: Question, depth: int) -> tuple[list[tuple[int, float]], int]:
        found = self._candidates(question, depth)
        candidates = sorted(found.listing_nos())
        if not candidates:
            return [], 0
        self._complete_all(question, found, candidates)
        likeness = words = np.zeros(len(candidates))
        if question.picture is not None:
            likeness = noisy_or(
                noisy_or(_column(found.near, candidates), READ_WORDS_WEIGHT * _scaled(found.read, candidates)),
                VECTOR_WEIGHT * vector_likeness(found.picture_spaces, candidates),
            )
        if question.words is not None:
            words = _scaled(found.words, candidates)
        if question.words_asked:
            meant = vector_likeness(found.words_spaces, candidates)
            words = weighted(meant, words, alpha=question.alpha)
        fused = _joined(question, likeness, words)
        order = np.argsort(-fused, kind="stable")[:depth]
        return [(candidates[i], float(fused[i])) for i in order], len(candidates)

    def _candidates(self, question: Question, depth: int) -> _Found:
        picture, filters = question.picture, question.filters
        words = self._found(question.words, TEXT_FIELDS, filters, depth)
        words_spaces = [self._vectors.nearest(asked, filters, depth=depth) for asked in question.words_asked]
        if question.words is not None and not is_plain(question.words):
            # Whoever types operators, fields or quotes means them: meaning may order what matches, but add nothing.
            words_spaces = [scores.only(words) for scores in words_spaces]
        return _Found(
            near=self._near(picture, filters, depth) if picture is not None else {},
            read=self._found(picture.query() if picture is not None else None, ("ocr",), filters, depth),
            words=words,
            words_spaces=words_spaces,
            picture_spaces=[self._vectors.nearest(asked, filters, depth=depth) for asked in question.picture_asked],
        )

    def _complete_all(self, question: Question, found: _Found, candidates: Sequence[int]) -> None:
        """Score every candidate in the channels that did not bring it."""
        if question.picture is not None:
            self._complete(found.read, question.picture.query(), ("ocr",), candidates)
        self._complete(found.words, question.words, TEXT_FIELDS, candidates)
        for scores in (*found.words_spaces, *found.picture_spaces):
            self._vectors.complete(scores, candidates)

    def _near(self, picture: QueryPicture, filters: Filters, depth: int) -> dict[int, float]:
        """Return the likeness by hash, in 0..1, of the listings that show a picture within reach."""
        if not len(picture.hashes):
            return {}
        hits = self._hashes.search(picture.hashes, max_distance=HASH_REACH - 1, limit=depth)
        showing = self._catalog.listings_showing([hit.picture_no for hit in hits])
        likeness: dict[int, float] = {}
        for hit in hits:
            for listing_no in showing.get(hit.picture_no, ()):
                likeness.setdefault(listing_no, 1.0 - hit.distance / HASH_REACH)
        if filters.is_empty:
            return likeness
        listings = self._catalog.listings(list(likeness))
        return {number: likeness[number] for number, listing in listings.items() if passes(filters, listing)}

    def _found(
        self, query: QueryNode | None, fields: Sequence[TextField], filters: Filters, depth: int
    ) -> dict[int, float]:
        if query is None:
            return {}
        hits = self._text.search(query, fields=fields, filters=filters, limit=depth)
        return {hit.listing_no: hit.score for hit in hits}

    def _complete(
        self,
        scores: dict[int, float],
        query: QueryNode | None,
        fields: Sequence[TextField],
        candidates: Iterable[int],
    ) -> None:
        """Add the exact score of candidates that another channel brought; those that do not match stay without one."""
        missing = [number for number in candidates if number not in scores]
        if query is None or not missing:
            return
        hits = self._text.search(query, fields=fields, filters=_NO_FILTERS, limit=len(missing), only=missing)
        scores.update((hit.listing_no, hit.score) for hit in hits)


def is_plain(node: QueryNode) -> bool:
    """Tell whether a query is nothing but words side by side, without operators, fields, quotes or `~`."""
    match node:
        case Term(field=None, fuzzy=False):
            return True
        case Words(children):
            return all(is_plain(child) for child in children)
        case _:
            return False


def _joined(question: Question, likeness: NDArray[np.float64], words: NDArray[np.float64]) -> NDArray[np.float64]:
    if question.picture is None:
        return words
    if question.words is None:
        return likeness
    return weighted(likeness, words, alpha=question.alpha)


def _scaled(scores: dict[int, float], candidates: Sequence[int]) -> NDArray[np.float64]:
    return min_max(_column(scores, candidates), lowest=0.0)


def passes(filters: Filters, listing: Listing) -> bool:
    """Tell whether a listing is inside the filters."""
    return (
        (not filters.platforms or listing.platform in filters.platforms)
        and (not filters.shops or listing.shop in filters.shops)
        and (not filters.categories or listing.category in filters.categories)
        and _within(listing.price, filters.price_min, filters.price_max)
        and _within(
            listing.captured_at.timestamp() if listing.captured_at else None,
            filters.captured_from.timestamp() if filters.captured_from else None,
            filters.captured_to.timestamp() if filters.captured_to else None,
        )
    )


def _within(value: float | None, lowest: float | None, highest: float | None) -> bool:
    if lowest is None and highest is None:
        return True
    return value is not None and (lowest is None or value >= lowest) and (highest is None or value <= highest)


def _column(scores: dict[int, float], candidates: Sequence[int]) -> NDArray[np.float64]:
    return np.array([scores.get(number, 0.0) for number in candidates])
