"""Metrics for Prometheus: requests, refusals, imports, rows (reliability.md)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

from stocktake.model.run import Run, RunKind

if TYPE_CHECKING:
    from starlette.types import Scope

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: Where several processes share their counts; ``serve --processes`` sets it.
SHARED = "PROMETHEUS_MULTIPROC_DIR"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
_RUN_SECONDS = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600)


class Metrics:
    """The counts of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        told, space = self.registry, "stocktake"
        self._requests = Counter(
            "http_requests", "Requests served.", ("method", "route", "status"), space, registry=told
        )
        self._request_seconds = Histogram(
            "http_request_seconds",
            "How long requests took.",
            ("method", "route"),
            space,
            registry=told,
            buckets=_SECONDS,
        )
        self._refusals = Counter("refusals", "Refusals by code.", ("code",), space, registry=told)
        self._runs = Counter("runs", "Runs that came to their end.", ("kind", "status"), space, registry=told)
        self._rows = Counter(
            "rows", "Rows and records decided by imports.", ("decision",), space, registry=told
        )
        self._run_seconds = Histogram(
            "run_seconds", "How long runs took.", ("kind",), space, registry=told, buckets=_RUN_SECONDS
        )

    def served(self, scope: Scope, status: int, seconds: float, refusal: str | None) -> None:
        """A request was answered. Routes are told by their template: what was asked for stays out."""
        route = getattr(scope.get("route"), "path", "none")
        self._requests.labels(scope["method"] if route != "none" else "any", route, str(status)).inc()
        if route != "none":
            self._request_seconds.labels(scope["method"], route).observe(seconds)
        if refusal is not None:
            self._refusals.labels(refusal).inc()

    def finished(self, run: Run) -> None:
        """A run came to its end."""
        self._runs.labels(run.kind.value, run.status.value).inc()
        self._run_seconds.labels(run.kind.value).observe(sum(run.phases.values()))
        if run.kind is RunKind.IMPORT:
            self._decided(run.stats)

    def _decided(self, counts: Mapping[str, int]) -> None:
        for name in ("create", "update", "unchanged", "reactivate", "reject", "retire", "delete", "held"):
            if counts.get(name):
                self._rows.labels(name).inc(counts[name])

    def text(self) -> bytes:
        """All of it, as Prometheus reads it; of all processes, where several share their counts."""
        if not os.environ.get(SHARED):
            return generate_latest(self.registry)
        everyone = CollectorRegistry()
        multiprocess.MultiProcessCollector(everyone)  # type: ignore[no-untyped-call]
        return generate_latest(everyone)
