"""From a plan to an order: candidates from every channel, judged in all of them, joined, folded and sorted.

Joined queries are a union: a listing counts with the question that it answers best. What is to be avoided takes from a
listing in proportion to how likely it shows or says that. Hits whose estimated relevance is below the threshold are
folded away, unless operators or quotes said exactly what must match.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from jianwei.fusion.combine import weighted
from jianwei.quick_records import quickly
from jianwei.search.beside import Beside
from jianwei.search.channels import TEXT_FIELDS
from jianwei.search.evidence import EvidenceCollector, Gathering
from jianwei.search.fusing import Judged, judge_picture, judge_words
from jianwei.search.scope import Scope
from jianwei.search.vector_channels import Candidates
from jianwei.sorted_numbers import rows_in, united

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from jianwei.ports import CatalogReader, HashIndex, TextIndex
    from jianwei.records import Listing
    from jianwei.search.calibration import Calibration
    from jianwei.search.copies import CopyFinder
    from jianwei.search.evidence import Brought, Column
    from jianwei.search.question import Plan, Question
    from jianwei.search.request_checks import Sort
    from jianwei.search.results import Channel
    from jianwei.search.vector_channels import AskedSpace


_ALONE = Beside(None)


@dataclass(frozen=True, slots=True)
class Places:
    """The places of ranked listings in the channels, told only of those that are shown: there are ten times as many.

    Attributes:
        candidates: (n,) ascending numbers of all that were judged.
        best: (n,) the question that each answers best.
        judged: what each question says of the candidates.
    """

    candidates: NDArray[np.int64]
    best: NDArray[np.int64]
    judged: Sequence[Judged]

    def of(self, listing_nos: Sequence[int]) -> dict[int, Mapping[Channel, int]]:
        """Return of each of some candidates the place in each channel that found something in it."""
        rows = self.candidates.searchsorted(np.array(listing_nos, np.int64))
        best = self.best[rows].tolist()
        told = {question_no: self.judged[question_no].places_of(rows) for question_no in set(best)}
        return {number: told[best[place]][place] for place, number in enumerate(listing_nos)}

    def told(self, listing_nos: Sequence[int], question_no: int) -> dict[int, dict[Channel, float]]:
        """Return what the text channels say of listings about one question; of those that were judged only."""
        numbers = np.array(listing_nos, np.int64)
        rows, known = rows_in(self.candidates, numbers)
        return dict(zip(numbers[known].tolist(), self.judged[question_no].told_of(rows[known]), strict=True))


@dataclass(frozen=True, slots=True)
class Ranked:
    """Listings in their order, best first, with score and relevance in 0..1 and the question each answers best.

    `total` counts all that match, `folded` those that were ranked and left out as not relevant enough, `avoided` those
    of these that would have been relevant enough but for what is to be avoided.
    """

    listing_nos: NDArray[np.int64]
    scores: NDArray[np.float64]
    relevances: NDArray[np.float64]
    question_nos: NDArray[np.int64]
    total: int
    folded: int = 0
    places: Places | None = None
    unheard: bool = False
    """Whether nothing was looked for by its sound although words were asked for that could have been."""
    picture_nos: tuple[int, ...] = ()
    """The picture of each row where pictures are looked for; a listing may then have several rows."""
    picture_shares: Mapping[tuple[int, int], float] = field(default_factory=dict)
    """By listing and picture, how much of what was found in the listing the picture has, beside its best one."""
    avoided: int = 0

    def places_of(self, listing_nos: Sequence[int]) -> Mapping[int, Mapping[Channel, int]]:
        """Return the places of listings in each channel that found something in them, of those that are ranked here."""
        if self.places is None:
            return {}
        ranked = set(self.listing_nos.tolist())
        return self.places.of([number for number in listing_nos if number in ranked])

    def told(self, listing_nos: Sequence[int], question_no: int) -> dict[int, dict[Channel, float]]:
        """Return what the text channels say of listings about one question; of those that were judged here only."""
        return {} if self.places is None else self.places.told(listing_nos, question_no)


_ranked, _gathering, _places = quickly(Ranked), quickly(Gathering), quickly(Places)


@dataclass(frozen=True, slots=True)
class Threshold:
    """Which hits are shown. With `keeps_weak` all are, where at least one has the relevance `least`."""

    least: float
    keeps_weak: bool = False

    def keeps(self, relevances: NDArray[np.float64], demanded: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which of (n,) hits are shown; what holds just what operators demand always is."""
        strong: NDArray[np.bool_] = (relevances >= self.least) | demanded
        return np.full_like(strong, fill_value=True) if self.keeps_weak and strong.any() else strong


class Ranker:
    """Ranks listings for a plan."""

    def __init__(
        self,
        catalog: CatalogReader,
        text: TextIndex,
        hashes: Callable[[], HashIndex],
        copies: CopyFinder,
        calibration: Calibration,
    ) -> None:
        self._catalog = catalog
        self._text = text
        self._evidence = EvidenceCollector(catalog, text, hashes, copies)
        self._calibration = calibration

    def rank(
        self,
        plan: Plan,
        *,
        depth: int,
        threshold: Threshold,
        sort: Sort,
        beside: Beside,
        with_total: bool = True,
    ) -> Ranked:
        """Return the best listings, at most `depth`. Ties stand by ascending `listing_no`.

        Without `with_total` only those ranked are counted: counting all takes as long as ranking them.
        """
        scope = Scope(self._catalog, plan.filters, cases_only=plan.cases_only, among=plan.among)
        if plan.questions:
            how = _gathering(scope, plan.weighing, depth, beside)
            ranked = self._best(plan, how, threshold, with_total=with_total)
        else:
            ranked = self._everything(scope, depth)
        return ranked if sort == "relevance" else self._sorted(ranked, sort)

    def evidence(self, plan: Plan, *, depth: int) -> tuple[NDArray[np.int64], list[Column]]:
        """Return the candidates of a plan with a single question, of words or of one picture, and what channels say."""
        (question,) = plan.questions
        scope = Scope(self._catalog, plan.filters)
        found, brought = self._candidates(question, Gathering(scope, plan.weighing, depth, _ALONE))
        return found, self._columns(question, plan, found, brought)[0] if len(found) else []

    def told(self, question: Question, plan: Plan, listing_nos: Sequence[int]) -> dict[int, dict[Channel, float]]:
        """Return what the text channels say of listings that need not be among the best."""
        numbers = np.array(sorted(listing_nos), np.int64)
        judged = self._judged(question, plan, numbers)
        return dict(zip(numbers.tolist(), judged.told_of(np.arange(len(numbers))), strict=True))

    def _everything(self, scope: Scope, depth: int) -> Ranked:
        hits = self._text.search(None, fields=TEXT_FIELDS, filters=scope.filters, limit=depth, only=scope.only)
        count = len(hits)
        total = count
        if count == depth:
            inside = scope.listing_nos()
            total = len(inside) if scope.only is not None and inside is not None else self._count(scope)
        return Ranked(hits.listing_nos, np.ones(count), np.ones(count), np.zeros(count, np.int64), total)

    def _count(self, scope: Scope) -> int:
        return self._text.count(None, fields=TEXT_FIELDS, filters=scope.filters)

    def _best(self, plan: Plan, how: Gathering, threshold: Threshold, *, with_total: bool) -> Ranked:
        depth = how.depth
        candidates = [self._candidates(question, how) for question in plan.questions]
        first, *others = (found for found, _ in candidates)
        listing_nos = united(first, *others)
        if not len(listing_nos):
            return Ranked(listing_nos, np.empty(0), np.empty(0), np.empty(0, np.int64), 0)
        every = [
            self._judged(question, plan, listing_nos, brought, how.beside)
            for question, (_, brought) in zip(plan.questions, candidates, strict=True)
        ]
        best, fused, relevances, demanded = _by_best_question(every)
        avoided = [question for question in plan.avoided if not question.asks_nothing]
        wanted = threshold.keeps(relevances, demanded) if avoided else None
        for question in avoided:
            kept = 1.0 - self._judged(question, plan, listing_nos).relevances
            fused, relevances = fused * kept, relevances * kept
        order = (-fused).argsort(kind="stable")[:depth]
        demanded = demanded & (not avoided)
        is_kept = threshold.keeps(relevances[order], demanded[order])
        kept_rows = order[is_kept]
        folded = len(order) - len(kept_rows)
        total = len(kept_rows) if folded or len(order) < depth else len(listing_nos)
        if with_total and len(kept_rows) == depth:
            total = max(total, self._total(plan, how.scope, candidates[0][1]))
        return _ranked(
            listing_nos[kept_rows],
            fused[kept_rows],
            relevances[kept_rows],
            best[kept_rows],
            total,
            folded,
            _places(listing_nos, best, every),
            unheard=any(
                brought is not None
                and not brought.heard
                and question.words is not None
                and not question.words.is_strict
                for question, (_, brought) in zip(plan.questions, candidates, strict=True)
            ),
            avoided=0 if wanted is None else int((wanted[order] & ~is_kept).sum()),
        )

    def _total(self, plan: Plan, scope: Scope, brought: Brought | None) -> int:
        """Return how many listings the words of a single question match; with others only those ranked are known.

        `brought` is what is known of the first question.
        """
        words = plan.questions[0].words
        if len(plan.questions) > 1 or words is None or scope.only is not None:
            return 0
        if brought is not None and brought.total is not None:
            return brought.total
        return self._text.count(words.node, fields=TEXT_FIELDS, filters=scope.filters)

    def _candidates(self, question: Question, how: Gathering) -> tuple[NDArray[np.int64], Brought | None]:
        """Return the candidates, ascending, and what is known of those that were brought for the words."""
        ways = [way for read in question.pictures for way in self._evidence.picture_ways(read, how)]
        seen = [how.beside.start(way) for way in ways]
        brought = None if question.words is None else self._evidence.words_brought(question.words, how)
        found = np.empty(0, np.int64) if brought is None else brought.listing_nos
        return united(found, *(candidates() for candidates in seen)), brought

    def _judged(
        self,
        question: Question,
        plan: Plan,
        listing_nos: NDArray[np.int64],
        brought: Brought | None = None,
        beside: Beside = _ALONE,
    ) -> Judged:
        weighing, count = plan.weighing, len(listing_nos)
        if question.asks_nothing:
            return judge_words((), weighing, self._calibration, count)
        words = pictures = None
        every = self._columns(question, plan, listing_nos, brought, beside)
        if question.words is not None:
            columns = every.pop(0)
            titled = question.words.titled
            ranks_title = titled and brought is not None and weighing.fusion == "calibrated"
            held = self._evidence.held_of_the_best(columns, listing_nos) if ranks_title else None
            words = judge_words(columns, weighing, self._calibration, count, titled=titled, held_of_best=held)
            if question.words.is_strict:
                words = words.demanding(columns)
        if every:
            pictures = _best_of(judge_picture(columns, weighing, self._calibration, count) for columns in every)
        return _both(words, pictures, weighing.alpha)

    def _columns(
        self,
        question: Question,
        plan: Plan,
        listing_nos: NDArray[np.int64],
        brought: Brought | None = None,
        beside: Beside = _ALONE,
    ) -> list[list[Column]]:
        """Return what channels say about the words, where there are any, and then about each picture."""
        weighing, evidence, words = plan.weighing, self._evidence, question.words
        with_scores = weighing.fusion != "calibrated"
        asked = tuple(question.asked_spaces())
        candidates = Candidates(self._catalog, listing_nos, asked)
        if words is not None and not asked and not question.pictures:
            found = evidence.words_columns(words, candidates, weighing, brought=brought, with_scores=with_scores)
            return [list(found)]

        def of_vectors(kind: Literal["words", "picture"], spaces: Sequence[AskedSpace]) -> list[Column]:
            return list(evidence.vector_columns(kind, spaces, candidates, weighing))

        # One thread for all but the titles, since they wait for each other: what one reads the others need.
        meant = (beside if asked else _ALONE).start(
            lambda: [
                *([of_vectors("words", words.spaces)] if words is not None else []),
                *(of_vectors("picture", read.spaces) for read in question.pictures),
            ]
        )
        if len(asked) > 1:  # with a single query the words take longer than all vectors, and want the core
            beside.start(lambda: evidence.compare_titles(candidates, weighing))  # whoever needs them raises its errors
        every = []
        if words is not None:
            own = evidence.words_columns(words, candidates, weighing, brought=brought, with_scores=with_scores)
            every.append(list(own))
        every += [
            list(evidence.picture_columns(read, candidates, weighing, with_scores=with_scores))
            for read in question.pictures
        ]
        return [own + of_meaning for own, of_meaning in zip(every, meant(), strict=True)]

    def _sorted(self, ranked: Ranked, sort: Sort) -> Ranked:
        listings = self._catalog.listings(ranked.listing_nos.tolist())
        read, sign = _SORTED_BY[sort]
        values = np.array([_value(listings.get(number), read) for number in ranked.listing_nos.tolist()], np.float64)
        order = np.argsort(sign * values, kind="stable")  # NaN, for what has no price or time, comes last both ways
        return replace(
            ranked,
            listing_nos=ranked.listing_nos[order],
            scores=ranked.scores[order],
            relevances=ranked.relevances[order],
            question_nos=ranked.question_nos[order],
        )


def _by_best_question(
    every: Sequence[Judged],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return for (n,) candidates the question that each answers best, and score, relevance and demand by that one."""
    if len(every) == 1:
        (only,) = every
        return np.zeros(len(only.scores), np.int64), only.scores, only.relevances, only.demanded
    scores = np.stack([judged.scores for judged in every])
    best = scores.argmax(axis=0)
    rows = np.arange(len(best))
    relevances = np.stack([judged.relevances for judged in every])[best, rows]
    demanded = np.stack([judged.demanded for judged in every])[best, rows]
    return best, scores[best, rows], relevances, demanded


def _price(listing: Listing) -> float | None:
    return listing.price


def _time(listing: Listing) -> float | None:
    return listing.captured_at.timestamp() if listing.captured_at else None


_SORTED_BY: dict[Sort, tuple[Callable[[Listing], float | None], int]] = {
    "cheapest": (_price, 1),
    "dearest": (_price, -1),
    "newest": (_time, -1),
    "oldest": (_time, 1),
}


def _value(listing: Listing | None, read: Callable[[Listing], float | None]) -> float:
    value = None if listing is None else read(listing)
    return np.nan if value is None else value


def _best_of(every: Iterable[Judged]) -> Judged:
    judged = list(every)
    return Judged(
        np.max([item.scores for item in judged], axis=0),
        np.max([item.relevances for item in judged], axis=0),
        np.any([item.demanded for item in judged], axis=0),
        [column for item in judged for column in item.columns],
        _joined_scores(judged),
    )


def _joined_scores(judged: Iterable[Judged]) -> dict[Channel, NDArray[np.float64]]:
    told: dict[Channel, NDArray[np.float64]] = {}
    for item in judged:
        for channel, own in item.told.items():
            told[channel] = np.maximum(told.get(channel, own), own)
    return told


def _both(words: Judged | None, pictures: Judged | None, alpha: float) -> Judged:
    """Return what words and pictures say together: with both, alpha weighs the pictures against the words."""
    if words is None or pictures is None:
        one = words or pictures
        assert one is not None  # a question has words or pictures
        return one
    return Judged(
        weighted(pictures.scores, words.scores, alpha=alpha),
        weighted(pictures.relevances, words.relevances, alpha=alpha),
        words.demanded,
        (*words.columns, *pictures.columns),
        {**pictures.told, **words.told},
    )
