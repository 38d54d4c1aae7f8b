"""How even answers can be at all: a simulation of the queues before the processes of a server.

    python benchmarks/serve_queues.py                    the table of docs/serving.md
    python benchmarks/serve_queues.py --p50 9 --p99 25   other times of a search

Nothing here measures. People ask, wait for the answer, think for a random time and ask again, so that the processes are
`busy`; each search takes a time that is drawn, and the processes do nothing beside. What a real server reaches can
be held against it. The same seed gives the same figures on every machine.
"""

from __future__ import annotations

import argparse
import heapq
import math
import random
import statistics
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Sequence

Queueing = Literal["own", "lent", "one"]
"""`own`: each process has the searches of its own connections · `lent`: as `own`, but one that comes is lent to another
process that has at least two fewer, or none while there is one here · `one`: all processes share one queue."""

QUEUEINGS: tuple[Queueing, ...] = get_args(Queueing)

_NORMAL_99 = 2.326  # so many standard deviations above the middle lies the 99th part of 100


@dataclass(slots=True)
class _Process:
    """One process: who waits there, as (when it came, how long it takes, who asked); `at_hand` counts that at work."""

    waiting: deque[tuple[float, float, int]] = field(default_factory=deque)
    at_hand: int = 0


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who asks: `users` for each process, so often that the processes are `busy` that part of the time."""

    busy: float = 0.7
    users: int = 25


class _Simulation:
    def __init__(self, times_ms: Sequence[float], processes: int, crowd: Crowd, queueing: Queueing) -> None:
        self._chance = random.Random(5)
        self._times_ms = times_ms
        self._queueing = queueing
        mean_ms = statistics.fmean(times_ms)
        self._pause_ms = crowd.users * mean_ms / crowd.busy - mean_ms
        self._processes = [_Process() for _ in range(processes)]
        self._shared: deque[tuple[float, float, int]] = deque()
        # (when, what: a user asks, or the process is done with the search that came at this moment for that user)
        self._events: list[tuple[float, int, int, float]] = []
        self._answered_ms: list[float] = []
        for user in range(crowd.users * processes):
            self._think(0.0, user)

    def run(self, searches: int) -> list[float]:
        """Return how long each answer took."""
        while len(self._answered_ms) < searches:
            now_ms, user, process_no, came_ms = heapq.heappop(self._events)
            if process_no < 0:
                self._ask(now_ms, user)
            else:
                self._answered_ms.append(now_ms - came_ms)
                self._end(now_ms, process_no)
                self._think(now_ms, user)
        return self._answered_ms

    def _think(self, now_ms: float, user: int) -> None:
        heapq.heappush(self._events, (now_ms + self._chance.expovariate(1.0 / self._pause_ms), user, -1, 0.0))

    def _ask(self, now_ms: float, user: int) -> None:
        search = (now_ms, self._chance.choice(self._times_ms), user)
        number = self._place(user)
        process = self._processes[number]
        if self._queueing == "one" and process.at_hand:
            self._shared.append(search)
            return
        process.at_hand += 1
        if process.at_hand == 1:
            self._begin(now_ms, number, search)
        else:
            process.waiting.append(search)

    def _place(self, user: int) -> int:
        """Return the number of the process that takes a search."""
        own = user % len(self._processes)
        if self._queueing == "own":
            return own
        least = min(range(len(self._processes)), key=lambda number: (self._processes[number].at_hand, number != own))
        here, there = self._processes[own].at_hand, self._processes[least].at_hand
        lends = here >= 1 and (there == 0 or here - there >= 2)
        return least if lends or self._queueing == "one" else own

    def _begin(self, now_ms: float, number: int, search: tuple[float, float, int]) -> None:
        came_ms, takes_ms, user = search
        heapq.heappush(self._events, (now_ms + takes_ms, user, number, came_ms))

    def _end(self, now_ms: float, number: int) -> None:
        process = self._processes[number]
        process.at_hand -= 1
        if process.waiting:
            self._begin(now_ms, number, process.waiting.popleft())
        elif self._shared:
            process.at_hand += 1
            self._begin(now_ms, number, self._shared.popleft())


def answer_times(
    times_ms: Sequence[float], processes: int, crowd: Crowd, queueing: Queueing, *, searches: int = 50_000
) -> tuple[float, float]:
    """Return p50 and p99 of answers, milliseconds, where each search takes one of the `times_ms`."""
    cuts = statistics.quantiles(_Simulation(times_ms, processes, crowd, queueing).run(searches), n=100)
    return cuts[49], cuts[98]


def drawn_times(p50_ms: float, p99_ms: float, *, count: int = 5_000) -> list[float]:
    """Return times of searches whose logarithms are spread normally, with this middle and this 99th percentile."""
    chance = random.Random(1)
    spread = math.log(p99_ms / p50_ms) / _NORMAL_99
    return [p50_ms * math.exp(chance.gauss(0.0, spread)) for _ in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--p50", type=float, default=9.0, help="milliseconds of a search, in the middle")
    parser.add_argument("--p99", type=float, default=25.0, help="milliseconds of a search, 99 of 100 take less")
    parser.add_argument("--busy", type=float, default=0.7)
    parser.add_argument("--searches", type=int, default=50_000)
    options = parser.parse_args()
    crowd = Crowd(options.busy)
    uneven = drawn_times(options.p50, options.p99)
    print("| processes | searches | a queue each | lent | one queue |\n| --- | --- | --- | --- | --- |")
    for processes in (1, 2, 4, 8, 16):
        for title, times_ms in (
            (f"{options.p50:g} ms, p99 {options.p99:g} ms", uneven),
            ("all the same", [options.p50]),
        ):
            cells = []
            for queueing in QUEUEINGS:
                p50_ms, p99_ms = answer_times(times_ms, processes, crowd, queueing, searches=options.searches)
                cells.append(f"{p50_ms:.0f} / {p99_ms:.0f} ms, {p99_ms / p50_ms:.1f} ×")
            print(f"| {processes} | {title} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
