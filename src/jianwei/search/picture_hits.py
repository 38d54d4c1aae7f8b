"""Where pictures are looked for: from ranked listings to the pictures of theirs that answer.

A picture has the score of its listing times its own share of what was found there: of words how much of them it
says, of a picture how like it is beside the likest. Where a listing was found by meaning or caption alone, its nearest
picture stands for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jianwei.search.hash_distances import nearest_distances
from jianwei.search.request_checks import MAX_HITS
from jianwei.search.results import HASH_REACH
from jianwei.search.vector_channels import VectorScores
from jianwei.text.highlight import Highlighter

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from jianwei.ports import CatalogReader
    from jianwei.search.copies import CopyFinder
    from jianwei.search.query_picture import QueryPicture
    from jianwei.search.question import Plan, Question
    from jianwei.search.ranking import Ranked
    from jianwei.text.query_syntax import QueryNode


class PictureHits:
    """Finds the pictures that answer."""

    def __init__(self, catalog: CatalogReader, copies: CopyFinder) -> None:
        self._catalog = catalog
        self._copies = copies
        self._vectors = VectorScores(catalog)

    def of(self, ranked: Ranked, plan: Plan, *, min_relevance: float) -> Ranked:
        """Return the pictures of ranked listings, best first; a picture that several show comes once for each.

        In an order other than by relevance pictures stay in that of their listings. Pictures whose relevance is too
        low are counted as folded, but no listing loses its best one by that.
        """
        numbers = ranked.listing_nos.tolist()
        shown = self._catalog.picture_nos_of(numbers)
        rows: list[tuple[int, int, float]] = []
        for question_no in sorted(set(ranked.question_nos.tolist())):
            own = np.flatnonzero(ranked.question_nos == question_no).tolist()
            question = plan.questions[question_no] if plan.questions else None
            shares = self._shares(question, {number: shown[number] for number in map(numbers.__getitem__, own)})
            rows += [(row, picture, share) for row in own for picture, share in shares[numbers[row]].items()]
        kept = [item for item in rows if item[2] == 1.0 or ranked.relevances[item[0]] * item[2] >= min_relevance]
        by_score = bool((np.diff(ranked.scores) <= 0.0).all())
        kept.sort(key=lambda item: (-ranked.scores[item[0]] * item[2] if by_score else 0.0, item[0]))
        total = len(kept)
        kept = kept[:MAX_HITS]  # as deep as pages of listings go
        at = np.array([row for row, _, _ in kept], np.int64)
        share = np.array([share for _, _, share in kept])
        return replace(
            ranked,
            listing_nos=ranked.listing_nos[at],
            scores=ranked.scores[at] * share,
            relevances=ranked.relevances[at] * share,
            question_nos=ranked.question_nos[at],
            total=total,
            folded=ranked.folded + len(rows) - total,
            picture_nos=tuple(picture for _, picture, _ in kept),
            picture_shares={(numbers[row], picture): share for row, picture, share in kept},
        )

    def _shares(self, question: Question | None, shown: Mapping[int, Sequence[int]]) -> dict[int, dict[int, float]]:
        """Return for each listing the pictures that answer with their shares in 0..1, the best of them 1."""
        if question is None:
            return {number: dict.fromkeys(pictures, 1.0) for number, pictures in shown.items()}
        pictures = sorted({picture for found in shown.values() for picture in found})
        measured = []
        if question.picture is not None:
            measured.append(self._likeness(question.picture, pictures))
        node = question.words.telling if question.words is not None else None
        if node is None and question.picture is not None:
            node = question.picture.query()
        if node is not None:
            measured.append(self._said(node, pictures))
        measured.append(self._cosines(question, pictures))
        return {number: _shared(found, measured) for number, found in shown.items()}

    def _likeness(self, asked: QueryPicture, pictures: Sequence[int]) -> dict[int, float]:
        found = dict(self._copies.found(asked))
        if len(asked.hashes):
            numbers, rows = self._catalog.picture_hashes(pictures)
            distances = nearest_distances(rows, asked.hashes)
            near = zip(numbers.tolist(), distances.tolist(), strict=True)
            for number, distance in near:
                if distance < HASH_REACH:
                    found[number] = max(found.get(number, 0.0), 1.0 - distance / 256.0)
        return found

    def _said(self, node: QueryNode, pictures: Sequence[int]) -> dict[int, float]:
        """Return how much of a query stands on each picture: the squared lengths of the words that do."""
        highlighter = Highlighter(node)
        marks: dict[str, tuple[tuple[int, int], ...]] = {}

        def look(texts: Sequence[str]) -> Container[str]:
            marks.update(highlighter.spans_of(texts, field="ocr"))
            return marks

        said = {}
        for picture, read in self._catalog.ocr_lines(pictures, wanted=look).items():
            spans = {line.text[start:end] for line in read for start, end in marks[line.text]}
            if spans:
                said[picture] = float(sum(len(word) ** 2 for word in spans))
        return said

    def _cosines(self, question: Question, pictures: Sequence[int]) -> dict[int, float]:
        words = question.words.spaces if question.words is not None else ()
        every = (*words, *(asked for read in question.pictures for asked in read.spaces))
        usable = [asked for asked in every if asked.problem is None]
        return self._vectors.picture_scores(usable[0], pictures) if usable else {}


def _shared(pictures: Sequence[int], measured: Sequence[Mapping[int, float]]) -> dict[int, float]:
    """Return the share of each of a listing's pictures by the first measure that speaks of any.

    The last measure, nearness in meaning, only chooses one; where none speaks the first picture stands for the listing.
    """
    *exact, nearness = measured
    for values in exact:
        known = {picture: values[picture] for picture in pictures if values.get(picture, 0.0) > 0.0}
        if known:
            top = max(known.values())
            return {picture: value / top for picture, value in known.items()}
    return {max(pictures, key=lambda picture: nearness.get(picture, -1.0)): 1.0} if pictures else {}
