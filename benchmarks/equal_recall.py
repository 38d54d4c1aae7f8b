"""The least effort with which an engine reaches a recall: part of `vector_contest.py`.

An engine that finds more may take longer; only at the same recall do times compare. Each engine has lines of settings
(`Peer.ladders`), along which the effort grows. On every line the first setting is looked for that finds enough of
the true neighbours of queries that are not those that are timed later. Of all settings that find enough the one with
the smallest median time is taken, so an engine with two screws has the best pair of those tried. The same rule for all,
ours too: what it tunes itself to, with a margin for queries to come, plays no part here.
"""

from __future__ import annotations

import statistics
import time
from bisect import bisect_left
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from vector_peers import Setting

TUNING_QUERIES = 200
SETTING_S = 15.0
"""An engine is asked no more with one setting than that; one that takes seconds for a query is judged by few."""
TRYING_S = 240.0
"""No further setting is tried after so long."""
_LEAST_ASKED = 3


@dataclass(frozen=True, slots=True)
class Effort:
    """One setting that was tried: what part of the true neighbours it found, and the median time of a search."""

    setting: Setting
    recall: float
    median_s: float


def tried_efforts(
    ladders: Sequence[Sequence[Setting]],
    *,
    set_effort: Callable[[Setting], None],
    ask: Callable[[int], tuple[float, list[int]] | None],
    nearest: NDArray[np.int64],
    recalls: Sequence[float],
) -> list[Effort]:
    """Look on each ladder for the first setting that reaches each recall, by halves; return all that was tried.

    `ask` takes the number of a query and gives the seconds and the keys found, None for no answer in time; `nearest`
    are the (q, k) true neighbours.
    """
    tried: list[Effort] = []
    began_s = time.monotonic()

    def recall_of(setting: Setting, known: dict[int, float], at: int) -> float:
        if at not in known:
            if tried and time.monotonic() - began_s > TRYING_S:
                raise TimeoutError
            set_effort(setting)
            tried.append(_tried(setting, ask, nearest))
            known[at] = tried[-1].recall
        return known[at]

    with suppress(TimeoutError):  # what was tried until then counts
        for ladder in ladders:
            known: dict[int, float] = {}
            for recall in recalls:
                bisect_left(range(len(ladder)), recall, key=lambda at: recall_of(ladder[at], known, at))
    return tried


def least_effort(tried: Sequence[Effort], recall: float) -> Effort | None:
    """Return the fastest of those that found enough; None where none did."""
    enough = [effort for effort in tried if effort.recall >= recall]
    return min(enough, key=lambda effort: effort.median_s, default=None)


def _tried(
    setting: Setting, ask: Callable[[int], tuple[float, list[int]] | None], nearest: NDArray[np.int64]
) -> Effort:
    times_s: list[float] = []
    found: list[list[int]] = []
    for number in range(len(nearest)):
        if len(times_s) >= _LEAST_ASKED and sum(times_s) > SETTING_S:
            break
        answer = ask(number)
        if answer is None:
            raise TimeoutError
        times_s.append(answer[0])
        found.append(answer[1])
    hits = (nearest[: len(found), :, None] == np.array(found)[:, None, :]).any(axis=2)
    return Effort(setting, float(hits.mean()), statistics.median(times_s))
