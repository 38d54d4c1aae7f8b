"""From the columns of a question to one score and one estimated relevance for each candidate.

The score is made by the way of fusion that was asked for, the relevance always by the calibrated one. Where words and
meaning, or words and a picture, both speak, `alpha` weighs them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.fusion.calibrated import calibrated
from jianwei.fusion.combine import noisy_or, weighted
from jianwei.fusion.normalise import min_max
from jianwei.fusion.rrf import rrf
from jianwei.fusion.score_table import ScoreTable
from jianwei.fusion.weighted import weighted_sum
from jianwei.fusion.zscore import zscore
from jianwei.quick_records import quickly
from jianwei.search.channels import TEXT_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from jianwei.fusion.methods import FusionMethod
    from jianwei.search.calibration import Calibration
    from jianwei.search.evidence import Column
    from jianwei.search.question import Weighing
    from jianwei.search.results import Channel

    _Fuse = Callable[[Sequence[Column], Weighing, NDArray[np.float64]], NDArray[np.float64]]

READ_WORDS_WEIGHT = 0.8
"""How sure shared words make a likeness at most: below an exact copy, since different products share slogans."""

VECTOR_WEIGHT = 0.8
"""How sure near vectors make a likeness at most: the nearest of all candidates need not show the same thing."""

SOUND_WEIGHT = 0.4
"""How much a word counts in `weighted` where only its sound is there."""

_TOLD = frozenset(TEXT_CHANNELS.values())

_TIE_SHARE = 0.2
"""How much BM25 may add to a calibrated score: it orders listings that hold about the same share of the query. On the
words of the sample set 0.02 to 0.35 do equally well; docs/search.md has the figures for titles."""

_TITLE_SURE = 0.85
"""How sure the words of a title make at most: as sure as all of a query does in the shipped curve of text."""

_KIN_SURE = 0.3
"""How sure it makes that a candidate shows what the best answer to a title shows. From 0.1 to 0.5 more is found than
without, on either half of the titles, and at 0.7 less again; docs/search.md has the figures."""


@dataclass(frozen=True, slots=True)
class Judged:
    """How (n,) candidates are judged.

    Attributes:
        scores: 0..1, by the way of fusion that was asked for.
        relevances: 0..1, how likely a person calls the candidate relevant.
        demanded: whether it holds just what operators, fields or quotes demand.
        columns: what the channels say, from which the places of the few that are shown are told.
        told: the score by which each text channel ranked them; 0 where it found nothing.
    """

    scores: NDArray[np.float64]
    relevances: NDArray[np.float64]
    demanded: NDArray[np.bool_]
    columns: Sequence[Column]
    told: Mapping[Channel, NDArray[np.float64]]

    def demanding(self, columns: Sequence[Column]) -> Judged:
        """Return the same without candidates in which the written words do not match as they demand."""
        matched = np.any([column.scores > 0.0 for column in columns if column.channel is None], axis=0)
        matched = np.broadcast_to(matched, self.scores.shape)
        return _judged(
            np.where(matched, self.scores, 0.0),
            np.where(matched, self.relevances, 0.0),
            matched,
            self.columns,
            self.told,
        )

    def places_of(self, rows: NDArray[np.int64]) -> list[dict[Channel, int]]:
        """Return for (m,) rows of candidates the place in each channel that found something there.

        1 is the best, equal ones share it; of several spaces or pictures in one channel the best place counts.
        """
        told: list[dict[Channel, int]] = [{} for _ in range(len(rows))]
        columns = [column for column in self.columns if column.channel is not None]
        if not columns:
            return told
        ordered = -np.array([column.scores for column in columns])
        found = ordered[:, rows]
        # NaN, which has no place, is sorted behind everything; what found nothing comes after all that found something.
        ordered.sort(axis=1)
        for column, own, scores in zip(columns, ordered, found, strict=True):
            channel = column.channel
            assert channel is not None  # others were left out
            floor = math.inf if math.isnan(column.floor) else -column.floor
            for ranked, place, score in zip(told, own.searchsorted(scores).tolist(), scores.tolist(), strict=True):
                if score < floor and (channel not in ranked or place + 1 < ranked[channel]):
                    ranked[channel] = place + 1
        return told

    def told_of(self, rows: NDArray[np.int64]) -> list[dict[Channel, float]]:
        """Return for (m,) rows of candidates the score in each text channel that found something there."""
        told: list[dict[Channel, float]] = [{} for _ in range(len(rows))]
        for channel, scores in self.told.items():
            for own, score in zip(told, scores[rows].tolist(), strict=True):
                if score > 0.0:
                    own[channel] = score
        return told


_judged, _score_table = quickly(Judged), quickly(ScoreTable)


def judge_words(
    columns: Sequence[Column],
    weighing: Weighing,
    calibration: Calibration,
    count: int,
    *,
    titled: float = 0.0,
    held_of_best: NDArray[np.float64] | None = None,
) -> Judged:
    """Judge (n,) candidates by what channels say about words.

    `titled`, 0..1, tells how much these are a title, and `held_of_best` (n,) how many lines of the best answer to it
    each candidate holds.
    """
    if not columns:
        return Judged(np.zeros(count), np.zeros(count), np.zeros(count, np.bool_), (), {})
    relevances = _probabilities(columns, weighing, calibration)
    scores = _WORDS_FUSED[weighing.fusion](columns, weighing, relevances)
    if titled and weighing.fusion == "calibrated":
        of_title = _of_a_title(columns, weighing, calibration)
        if held_of_best is not None:
            of_title = noisy_or(of_title, _KIN_SURE * _alike(held_of_best, calibration))
        scores = (1.0 - titled) * scores + titled * of_title
    return _judged(scores, relevances, np.zeros(count, np.bool_), columns, told_by(columns))


def judge_picture(columns: Sequence[Column], weighing: Weighing, calibration: Calibration, count: int) -> Judged:
    """Judge (n,) candidates by what channels say about a picture."""
    if not columns:
        return Judged(np.zeros(count), np.zeros(count), np.zeros(count, np.bool_), (), {})
    relevances = _probabilities(columns, weighing, calibration)
    fuse = _PICTURE_FUSED[weighing.fusion]
    scores = fuse(columns, weighing, relevances)
    return Judged(scores, relevances, np.zeros(count, np.bool_), columns, told_by(columns))


def told_by(columns: Iterable[Column]) -> dict[Channel, NDArray[np.float64]]:
    """Return the scores of the text channels; of several pictures the best counts."""
    told: dict[Channel, NDArray[np.float64]] = {}
    for column in columns:
        if column.channel is not None and column.channel in _TOLD:
            known = told.get(column.channel)
            told[column.channel] = column.scores if known is None else np.maximum(known, column.scores)
    return told


def _table(columns: Sequence[Column], weighing: Weighing) -> ScoreTable:
    """Return the table of the channels' own scores; text of all fields together is no channel of its own."""
    own = [column for column in columns if column.channel is not None]
    return ScoreTable(
        np.column_stack([column.scores for column in own]),
        np.array([column.floor for column in own]),
        _weights(own, weighing),
    )


def _probabilities(columns: Sequence[Column], weighing: Weighing, calibration: Calibration) -> NDArray[np.float64]:
    return _joined(columns, _weights(columns, weighing), calibration)


def _joined(columns: Sequence[Column], weights: NDArray[np.float64], calibration: Calibration) -> NDArray[np.float64]:
    table = _score_table(
        np.array([column.signals for column in columns]).T,
        np.array([column.floor for column in columns]),
        weights,
    )
    return calibrated(table, [calibration.curve(column.curve, column.space) for column in columns])


def _weights(columns: Sequence[Column], weighing: Weighing) -> NDArray[np.float64]:
    """Return the weight of each column; `alpha` 0.5 leaves them alone where both sides speak.

    Several spaces share the weight of their channel. Text of all fields together counts as the fields do on average.
    """
    vectors = [column for column in columns if column.is_vector]
    if not vectors and not weighing.weights:
        return np.ones(len(columns))
    fields = [weighing.weight(column.channel) for column in columns if column.channel and not column.is_vector]
    both = 0 < len(vectors) < len(columns)
    weights = []
    for column in columns:
        weight = sum(fields) / len(fields) if column.channel is None else weighing.weight(column.channel)
        if column.is_vector:
            weight /= sum(other.channel == column.channel for other in vectors)
        side = 2.0 * (weighing.alpha if column.is_vector else 1.0 - weighing.alpha)
        weights.append(weight * side if both else weight)
    return np.array(weights)


def _by_rrf(columns: Sequence[Column], weighing: Weighing, _relevances: NDArray[np.float64]) -> NDArray[np.float64]:
    return rrf(_table(columns, weighing))


def _by_zscore(columns: Sequence[Column], weighing: Weighing, _relevances: NDArray[np.float64]) -> NDArray[np.float64]:
    return zscore(_table(columns, weighing))


def _by_relevance(
    _columns: Sequence[Column], _weighing: Weighing, relevances: NDArray[np.float64]
) -> NDArray[np.float64]:
    return relevances


def _with_ties(columns: Sequence[Column], _weighing: Weighing, relevances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return relevances as scores, with BM25 deciding between those that are nearly equal."""
    together = [column for column in columns if column.channel is None]
    if not together:
        return relevances
    order = min_max(together[0].scores, lowest=0.0)
    return (1.0 - _TIE_SHARE) * relevances + _TIE_SHARE * order


def _of_a_title(columns: Sequence[Column], weighing: Weighing, calibration: Calibration) -> NDArray[np.float64]:
    """Return (n,) scores in which BM25, min–max scaled, speaks for the text in place of the shares.

    Of a long title each picture holds another small part. Which part tells more BM25 knows better: it also weighs how
    much else the listing says.
    """
    weights = _weights(columns, weighing)
    heard = [row for row, column in enumerate(columns) if column.is_vector]
    together = [column for column in columns if column.channel is None]
    doubt = np.ones(len(columns[0].scores))
    if heard:
        doubt -= _joined([columns[row] for row in heard], weights[heard], calibration)
    if together:
        doubt *= 1.0 - _TITLE_SURE * min_max(together[0].scores, lowest=0.0)
    fused: NDArray[np.float64] = 1.0 - doubt
    return fused


def _alike(lines_held: NDArray[np.float64], calibration: Calibration) -> NDArray[np.float64]:
    """Return (n,) how likely pictures show the same goods as one of which so many lines stand there; 0 where none."""
    likely = calibration.curve("picture:lines:ocr").probability(lines_held)
    return np.where(lines_held > 0.0, likely, 0.0)


def _weighted_words(
    columns: Sequence[Column], weighing: Weighing, _relevances: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return alpha × vectors + (1 − alpha) × text, each min–max scaled.

    BM25 scores of fields share one scale and are summed before scaling; together they are what the text index itself
    ranks by, unless fields are weighed differently.
    """
    text = [column for column in columns if not column.is_vector]
    written = _written(text, weighing)
    meant = _meant(columns)
    if meant is None:
        return written if written is not None else np.zeros(len(columns[0].scores))
    return meant if written is None else weighted(meant, written, alpha=weighing.alpha)


def _written(text: Sequence[Column], weighing: Weighing) -> NDArray[np.float64] | None:
    """Return the BM25 scores of the text channels as one, scaled; None without any.

    What is only heard helps where nothing is written, and is not added to it: what is written sounds like itself.
    """
    fields = [column for column in text if column.channel not in (None, "text:sound")]
    weights = [weighing.weight(column.channel) for column in fields if column.channel]
    summed = [column.scores for column in text if column.channel is None]
    if len(set(weights)) > 1:
        summed = [np.sum([weight * column.scores for weight, column in zip(weights, fields, strict=True)], axis=0)]
    scaled = [min_max(scores, lowest=0.0) for scores in summed]
    scaled += [
        SOUND_WEIGHT * weighing.weight("text:sound") * min_max(column.scores, lowest=0.0)
        for column in text
        if column.channel == "text:sound"
    ]
    if not scaled:
        return None
    best: NDArray[np.float64] = np.clip(np.max(scaled, axis=0), 0.0, 1.0)
    return best


def _meant(columns: Sequence[Column]) -> NDArray[np.float64] | None:
    """Return the best of the vector channels, each min–max scaled; None without any.

    A listing without a vector in a channel gets the lowest score there, since nothing speaks for it.
    """
    vectors = [column for column in columns if column.is_vector]
    if not vectors:
        return None
    scaled = []
    for column in vectors:
        present = ~np.isnan(column.scores)
        values = np.zeros(len(column.scores))
        values[present] = min_max(column.scores[present])
        scaled.append(values)
    best: NDArray[np.float64] = np.max(scaled, axis=0)
    return best


def _weighted_likeness(
    columns: Sequence[Column], weighing: Weighing, _relevances: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how like a picture listings are: near by hash or in parts, by the words read on it, or by vectors.

    A copy may be cropped beyond hashing, and another photo of the same product still carries its words.
    """
    doubtful = {"hash": 1.0, "copy": 1.0, "text:ocr": READ_WORDS_WEIGHT}
    fused = np.zeros(len(columns[0].scores))
    for column in columns:
        if column.channel in doubtful:
            table = ScoreTable(column.scores[:, None], np.array([column.floor]), np.ones(1))
            # Hashes and copies have a scale of their own: the nearest of all need not be near.
            scaled = (
                np.clip(np.nan_to_num((column.scores - column.floor) / (1.0 - column.floor)), 0.0, 1.0)
                if column.channel in {"hash", "copy"}
                else weighted_sum(table)
            )
            fused = noisy_or(fused, np.clip(doubtful[column.channel] * weighing.weight(column.channel), 0, 1) * scaled)
    meant = _meant(columns)
    return fused if meant is None else noisy_or(fused, VECTOR_WEIGHT * meant)


_WORDS_FUSED: dict[FusionMethod, _Fuse] = {
    "weighted": _weighted_words,
    "rrf": _by_rrf,
    "zscore": _by_zscore,
    "calibrated": _with_ties,
}
_PICTURE_FUSED: dict[FusionMethod, _Fuse] = {
    "weighted": _weighted_likeness,
    "rrf": _by_rrf,
    "zscore": _by_zscore,
    "calibrated": _by_relevance,
}
