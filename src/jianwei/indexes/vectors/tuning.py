"""Choosing how many lists a search looks into, on the vectors of the library themselves, and measuring what it finds.

Sample vectors are taken as queries and compared with an exact search over everything, themselves left out. Queries
that are unlike any vector of the index, as words are unlike pictures in most models, need more lists than that; where
examples of them are known they are `questions`, and the number of lists must do for both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.indexes.vectors.header import ProbeStep
from jianwei.indexes.vectors.mask import RowMask
from jianwei.indexes.vectors.probing import (
    NEIGHBOURS,
    SHARES,
    exact_neighbours,
    needed_probes,
    neighbour_ranks,
    recall,
    recall_error,
)
from jianwei.indexes.vectors.scores import as_float32

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from jianwei.indexes.vectors.lists import ListedVectors
    from jianwei.indexes.vectors.options import VectorIndexOptions

_BLOCK_ROWS = 16_384

# Candidates are ranked by 8-bit codes, which loses a little beyond what the lists lose: looked for in wider steps.
_WIDER = 1.15

# What the codes lose is won back by reading more candidates, up to here: a search would wait for reading then.
_WIDER_SPARE = 1.5
_MOST_SPARE = 400

# The recall of a sample is not that of the queries to come: the target must lie this many standard errors below it.
_SURENESS = 2.0


@dataclass(frozen=True, slots=True)
class _Sample:
    """(q, dims) queries, and (q,) the rows they were taken from, -1 for questions from outside."""

    queries: NDArray[np.float32]
    own_rows: NDArray[np.int64]


def tuned_steps(
    vectors: ListedVectors, options: VectorIndexOptions, questions: NDArray[np.float32]
) -> tuple[ProbeStep, ...]:
    """Return for each measured share how many lists find the wanted part of the true neighbours.

    `questions` are (m, dims), may be none. The recall noted is the lower of that on own vectors and on questions.
    """
    random = np.random.default_rng(1)
    count = len(vectors)
    own_rows = np.sort(random.choice(count, min(options.sample, count), replace=False))
    masks = [RowMask(random.random(count) < share) for share in SHARES]  # share 1 lets every row pass
    samples = [_Sample(as_float32(vectors.take(own_rows)), own_rows)]
    if len(questions):
        samples.append(_Sample(questions, np.full(len(questions), -1, np.int64)))
    nearest = _nearest(vectors, samples, masks)
    steps: list[ProbeStep] = []
    for at, (share, mask) in enumerate(zip(SHARES, masks, strict=True)):
        found = [
            _enough(vectors, sample, near[at], mask, ProbeStep(share, 1, options.recall_target))
            for sample, near in zip(samples, nearest, strict=True)
        ]
        # A smaller share never needs fewer lists; where the sample says so, it is too small to tell.
        probes = max([one.probes for one in found] + [step.probes for step in steps[-1:]])
        reached = round(min(one.recall for one in found), 4)
        steps.append(ProbeStep(share, probes, reached, max(one.spare for one in found)))
    return tuple(steps)


def _nearest(vectors: ListedVectors, samples: list[_Sample], masks: list[RowMask]) -> list[list[NDArray[np.int64]]]:
    """Return the true neighbours for each sample and mask; the vectors are read once for all."""
    queries = np.concatenate([sample.queries for sample in samples])
    own_rows = np.concatenate([sample.own_rows for sample in samples])
    nearest = exact_neighbours(_blocks(vectors), queries, own_rows, [mask.rows for mask in masks])
    ends = np.cumsum([len(sample.queries) for sample in samples])[:-1]
    return [list(of_sample) for of_sample in zip(*(np.split(of_mask, ends) for of_mask in nearest), strict=True)]


def _enough(
    vectors: ListedVectors, sample: _Sample, nearest: NDArray[np.int64], mask: RowMask, wanted: ProbeStep
) -> ProbeStep:
    """Return the lists and candidates with which real searches reach the wanted recall, and what they reach."""
    usable = vectors.usable_lists(mask)
    lists = int(np.count_nonzero(usable))
    near_lists = np.where(nearest < 0, -1, vectors.list_of(np.maximum(nearest, 0)))
    ranks = neighbour_ranks(vectors.centre_scores(sample.queries), near_lists, usable)
    probes, spare = needed_probes(ranks, wanted.recall), wanted.spare
    allowed = None if mask.passing == len(vectors) else mask
    while True:
        _, rows = vectors.search_probing(sample.queries, NEIGHBOURS + 1, allowed, probes, spare)
        found = _without_own(rows, sample.own_rows)
        reached = recall(found, nearest)
        enough = reached - _SURENESS * recall_error(found, nearest) >= wanted.recall
        in_lists = float((ranks < probes).mean()) if len(ranks) else 1.0
        codes_lose_more = in_lists - reached > 1 - in_lists
        if enough or (spare >= _MOST_SPARE if codes_lose_more else probes >= lists):
            return ProbeStep(wanted.share, probes, reached, spare)
        if codes_lose_more:
            spare = min(_MOST_SPARE, math.ceil(spare * _WIDER_SPARE))
        else:
            probes = min(lists, math.ceil(probes * _WIDER))


def _without_own(rows: NDArray[np.int64], own_rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the first `NEIGHBOURS` of each line of `rows` that are not the query itself."""
    order = np.argsort(rows == own_rows[:, None], axis=1, kind="stable")
    return np.take_along_axis(rows, order, axis=1)[:, :NEIGHBOURS]


def _blocks(vectors: ListedVectors) -> Iterator[tuple[int, NDArray[np.float32]]]:
    for start in range(0, len(vectors), _BLOCK_ROWS):
        places = np.arange(start, min(start + _BLOCK_ROWS, len(vectors)))
        yield start, as_float32(vectors.take(places))
