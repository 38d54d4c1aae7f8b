"""Numbers for Prometheus: requests by route and status, how long they took, searches, jobs.

Where several processes serve one library each keeps its numbers in files of a folder that all share (the multi-process
mode of `prometheus_client`), and whichever is asked answers for all of them.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector

from jianwei.library.query_encoding import EncodedQueries

_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_MEMORY_EVERY_S = 10.0
_STATM = Path("/proc/self/statm")


class Metrics:
    """The numbers of one server, in a registry of its own; with `folder` those of all processes that share it."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._registry = registry = CollectorRegistry()
        if folder is None:
            ProcessCollector(registry=registry)
        self._requests = Counter(
            "jianwei_requests", "Answered requests", ("route", "method", "status"), registry=registry
        )
        self._seconds = self._histogram("jianwei_request_seconds", "Time to the last byte", "route")
        self._of_route: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._running = self._gauge("jianwei_requests_running", "Requests being answered")
        self._search_seconds = self._histogram("jianwei_search_seconds", "Time of searches in the library")
        self._search_wait_seconds = self._histogram("jianwei_search_wait_seconds", "Time that searches waited")
        self._searches_at_work = self._gauge("jianwei_searches_at_work", "Searches being answered")
        self._searches_waiting = self._gauge("jianwei_searches_waiting", "Searches waiting for their turn")
        self.searches_refused = Counter(
            "jianwei_searches_refused", "Searches answered with 429 because too many waited", registry=registry
        )
        self.searches_lent = Counter(
            "jianwei_searches_lent", "Searches that another process of this server made", registry=registry
        )
        self.cached = Counter(
            "jianwei_cache_lookups", "Looked up in a cache of this server", ("cache", "found"), registry=registry
        )
        self._query_batches = Counter(
            "jianwei_query_batches", "Batches of queries that a model encoded", registry=registry
        )
        self._queries = EncodedQueries()
        self._lock = threading.Lock()
        self.jobs = Counter("jianwei_jobs", "Ended background jobs", ("kind", "state"), registry=registry)
        self._memory = Gauge(
            "jianwei_server_resident_bytes",
            "Memory of the server, of each of its processes where there are several",
            registry=registry,
            multiprocess_mode="liveall",
        )
        self._memory_noted_s = -_MEMORY_EVERY_S
        self._note_memory()
        self.requests_running = 0  # for the thread of the event loop
        self._turns = 0, 0
        self._waited_s: deque[float] = deque()
        self._searched_s: deque[float] = deque()

    def note_turns(self, at_work: int, waiting: int) -> None:
        """Note how many searches are being answered and how many wait."""
        self._turns = at_work, waiting

    def note_wait(self, seconds: float) -> None:
        """Count a search that has waited so long for its turn."""
        self._waited_s.append(seconds)

    def note_search(self, seconds: float) -> None:
        """Count a search that took so long in the library."""
        self._searched_s.append(seconds)

    def settle(self) -> None:
        """Bring the numbers up to what was noted: between two searches each takes much longer than many in a row."""
        self._running.set(self.requests_running)
        at_work, waiting = self._turns
        self._searches_at_work.set(at_work)
        self._searches_waiting.set(waiting)
        for noted, histogram in (
            (self._waited_s, self._search_wait_seconds),
            (self._searched_s, self._search_seconds),
        ):
            with suppress(IndexError):  # all is counted
                while True:
                    histogram.observe(noted.popleft())

    def note_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answered request; `route` is the pattern, not the path, so that there are few."""
        key = route, method, status
        series = self._of_route.get(key)
        if series is None:  # few: looking them up by labels takes longer than counting
            series = self._of_route[key] = (
                self._requests.labels(route, method, str(status)),
                self._seconds.labels(route),
            )
        series[0].inc()
        series[1].observe(seconds)
        self._note_memory()

    def note_queries(self, now: EncodedQueries) -> None:
        """Count what became of queries that a model encodes since this was last called."""
        with self._lock:
            before, self._queries = self._queries, now
        if now == before:
            return
        self.cached.labels("query", "yes").inc(max(0, now.remembered - before.remembered))
        self.cached.labels("query", "no").inc(max(0, now.encoded - before.encoded))
        self._query_batches.inc(max(0, now.batches - before.batches))

    def exposition(self) -> bytes:
        """Return all numbers in Prometheus' text format, those of other processes as they last settled."""
        self.settle()
        if self._folder is None:
            return generate_latest(self._registry)
        shared = CollectorRegistry()
        MultiProcessCollector(shared, str(self._folder))  # type: ignore[no-untyped-call]  # theirs
        return generate_latest(shared)

    def _histogram(self, name: str, says: str, *labels: str) -> Histogram:
        return Histogram(name, says, labels, buckets=_BUCKETS_S, registry=self._registry)

    def _gauge(self, name: str, says: str) -> Gauge:
        return Gauge(name, says, registry=self._registry, multiprocess_mode="livesum")

    def _note_memory(self) -> None:
        now_s = time.monotonic()
        if now_s - self._memory_noted_s >= _MEMORY_EVERY_S and _STATM.exists():  # Linux
            self._memory_noted_s = now_s
            self._memory.set(int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
