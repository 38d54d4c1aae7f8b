"""Metrics of one ranked list against the ids judged relevant.

All return a number in 0..1. Ids after the first k count as not found; an id that comes twice counts once, at its
first place. A query without relevant ids has no defined metric: leave it out of the mean instead of asking.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping, Sequence

_Id = TypeVar("_Id", bound="Hashable")


def recall_at_k(ranked: Sequence[_Id], relevant: Collection[_Id], k: int) -> float:
    """Return the share of the relevant ids that are among the first k.

    Source: Manning, Raghavan, Schütze, "Introduction to Information Retrieval", 2008, section 8.4.
    """
    return len(set(ranked[:k]) & set(relevant)) / len(set(relevant))


def reciprocal_rank(ranked: Sequence[_Id], relevant: Collection[_Id]) -> float:
    """Return 1 / rank of the first relevant id, 0 where none is found.

    Source: Voorhees, "The TREC-8 Question Answering Track Report", 1999.
    """
    wanted = set(relevant)
    return next((1.0 / rank for rank, item in enumerate(ranked, start=1) if item in wanted), 0.0)


def ndcg_at_k(ranked: Sequence[_Id], grades: Mapping[_Id, float], k: int) -> float:
    """Return the normalised discounted cumulative gain of the first k, with linear gain and log2 discount.

    `grades` maps relevant ids to a grade above 0.

    Source: Järvelin, Kekäläinen, "Cumulated Gain-Based Evaluation of IR Techniques", ACM TOIS 2002.
    """
    first_places = list(dict.fromkeys(ranked))[:k]
    gained = sum(grades.get(item, 0.0) / math.log2(rank + 1) for rank, item in enumerate(first_places, start=1))
    best = sorted(grades.values(), reverse=True)[:k]
    ideal = sum(grade / math.log2(rank + 1) for rank, grade in enumerate(best, start=1))
    return gained / ideal if ideal > 0 else 0.0


def hit_at_k(ranked: Sequence[_Id], relevant: Collection[_Id], k: int) -> float:
    """Return 1 where any relevant id is among the first k, else 0: what cross-modal papers call R@k.

    Source: the evaluation of Chinese-CLIP (`cn_clip/eval/evaluation.py`), whose tables it serves to reproduce.
    """
    return 1.0 if set(ranked[:k]) & set(relevant) else 0.0


def average_precision(ranked: Sequence[_Id], relevant: Collection[_Id]) -> float:
    """Return the mean over the relevant ids of the precision at their rank, 0 for those not found.

    Source: Buckley, Voorhees, "Evaluating Evaluation Measure Stability", SIGIR 2000.
    """
    wanted, found, total = set(relevant), 0, 0.0
    for rank, item in enumerate(dict.fromkeys(ranked), start=1):
        if item in wanted:
            found += 1
            total += found / rank
    return total / len(wanted)
