"""Numbers for Prometheus: requests by route and status, how long they took, searches, jobs."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.process_collector import ProcessCollector

_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The numbers of one server, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "jianwei_requests", "Answered requests", ("route", "method", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "jianwei_request_seconds", "Time to the last byte", ("route",), buckets=_BUCKETS_S, registry=self._registry
        )
        self.running = Gauge("jianwei_requests_running", "Requests being answered", registry=self._registry)
        self.search_seconds = Histogram(
            "jianwei_search_seconds", "Time of searches in the library", buckets=_BUCKETS_S, registry=self._registry
        )
        self.jobs = Counter("jianwei_jobs", "Ended background jobs", ("kind", "state"), registry=self._registry)

    def note_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answered request; `route` is the pattern, not the path, so that there are few."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def exposition(self) -> bytes:
        """Return all numbers in Prometheus' text format."""
        return generate_latest(self._registry)
