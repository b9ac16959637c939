"""Counters and times for Prometheus, right also where several gunicorn workers share a folder (PROMETHEUS_MULTIPROC_DIR)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from hmac import compare_digest
from ipaddress import ip_address
from pathlib import Path

from flask import request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from lexapp.queries.metrics import Gauge

TEXT = "text/plain; version=0.0.4; charset=utf-8"
REGISTRY = CollectorRegistry()
REQUESTS = Counter("lexapp_requests", "Requests answered.", ["method", "route", "status"], registry=REGISTRY)
LATENCY = Histogram(
    "lexapp_request_seconds",
    "Time to the answer's first byte.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
REPORTS = Counter(
    "lexapp_csp_reports", "Violations of the content security policy that browsers reported.", ["directive"], registry=REGISTRY
)
KNOWN_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS"})


def observe(route: str, method: str, status: int, seconds: float) -> None:
    """Count one answer. Methods that nobody serves are counted together, so that nobody can make series without end."""
    named = method if method in KNOWN_METHODS else "other"
    REQUESTS.labels(named, route, str(status)).inc()
    LATENCY.labels(named, route).observe(seconds)


class Workers(MultiProcessCollector):
    """What all workers counted. A worker that just begins has made its file but not filled it: there is nothing in it yet."""

    def collect(self) -> Iterable[Metric]:
        return self.merge([str(path) for path in Path(self._path).glob("*.db") if path.stat().st_size], accumulate=True)


class Books(Collector):
    """Gauges that are read from the database when they are asked for."""

    def __init__(self, read: Callable[[], list[Gauge]]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        for gauge in self._read():
            family = GaugeMetricFamily(gauge.name, gauge.text, labels=list(gauge.labels))
            for values, number in gauge.samples:
                family.add_metric(list(values), number)
            yield family


def exposition(read: Callable[[], list[Gauge]]) -> bytes:
    """Everything in Prometheus' text format."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        registry.register(Workers(None))
    books = CollectorRegistry()
    books.register(Books(read))
    return generate_latest(registry) + generate_latest(books)


def may_scrape(token: str) -> bool:
    """Whether who asks may read the figures: the holder of `token`; where there is none, this machine itself."""
    if token:
        return compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())
    came_through_a_proxy = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Via"))
    return not came_through_a_proxy and ip_address(request.remote_addr or "0.0.0.0").is_loopback  # noqa: S104 - not bound to, refused


class Remembered:
    """The last answer of a function, kept for some seconds: a scrape costs a statement for every firm."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._until = seconds, 0.0
        self._kept: list[Gauge] = []

    def get(self, read: Callable[[], list[Gauge]]) -> list[Gauge]:
        if time.monotonic() >= self._until:
            self._kept = read()
            self._until = time.monotonic() + self._seconds
        return self._kept
