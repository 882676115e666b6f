"""What Prometheus may ask of the server."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_ANSWERS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_JOBS = (0.5, 1, 2, 5, 10, 30, 60, 120, 300)


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.deliveries = self._counter("fixer_deliveries", "Webhooks, and what became of them", "event", "result")
        self.jobs = self._counter("fixer_jobs", "Jobs, and how they ended", "kind", "outcome")
        self.requests = self._counter("fixer_github_requests", "Requests to GitHub", "method", "status")
        self.answers = Histogram(
            "fixer_delivery_seconds", "Time until a webhook was answered", buckets=_ANSWERS, registry=self.registry
        )
        self.seconds = Histogram(
            "fixer_job_seconds", "Time of a job's halves", ("half",), buckets=_JOBS, registry=self.registry
        )
        self.remaining = Gauge(
            "fixer_github_remaining", "Requests left until GitHub's limit, as last heard", registry=self.registry
        )
        self.waiting = Gauge("fixer_deliveries_state", "Deliveries, by state", ("state",), registry=self.registry)

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(name, what, labels, registry=self.registry)

    def observe(self, method: str, status: int, headers: Mapping[str, str]) -> None:
        """A request to GitHub was answered (status 0: it was not)."""
        self.requests.labels(method, str(status)).inc()
        left = {name.lower(): value for name, value in headers.items()}.get("x-ratelimit-remaining", "")
        if left.isdigit():
            self.remaining.set(int(left))

    def text(self, counts: Mapping[str, int]) -> bytes:
        """Everything in Prometheus's text format."""
        for state in ("queued", "done", "failed"):
            self.waiting.labels(state).set(counts.get(state, 0))
        return generate_latest(self.registry)
