"""Freshness: how old each source's newest import is, and whether that is as expected (FRE-2, FRE-3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from stocktake.model.source import Source

_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def freshness_of(
    found: Iterable[Mapping[str, Any]], sources: Mapping[str, Source], *, at: datetime
) -> list[dict[str, Any]]:
    """Per source ``source, last_sync_at, age, state, last_imports`` (FRE-3).

    found: rows of the freshness table. ``age`` is in seconds; ``state`` is ``fresh``, ``stale``, or ``unknown`` where the
    source declares no ``expected_every``.
    """
    by_source: dict[str, dict[str, dict[str, Any]]] = {}
    for each in found:
        by_source.setdefault(each["source"], {})[each["record_type"]] = {
            "imported_at": each["imported_at"],
            "record_count": each["record_count"],
            "filename": each["filename"],
            "run_id": each["run_id"],
        }
    return [_freshness(name, imports, sources.get(name), at) for name, imports in by_source.items()]


def _freshness(
    name: str, imports: dict[str, dict[str, Any]], source: Source | None, at: datetime
) -> dict[str, Any]:
    last: datetime = max(each["imported_at"] for each in imports.values())
    age = at - last
    expected = expectation(source.expected_every) if source and source.expected_every else None
    state = "unknown" if expected is None else ("fresh" if age <= expected else "stale")
    return {
        "source": name,
        "last_sync_at": last,
        "age": max(0, int(age.total_seconds())),
        "state": state,
        "last_imports": imports,
    }


def expectation(text: str) -> timedelta:
    """``30m``, ``12h``, ``7d`` or ``2w`` as a length of time; the catalog has checked the form."""
    return int(text[:-1]) * _UNITS[text[-1]]
