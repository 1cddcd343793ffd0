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
    """Per source ``source, last_sync_at, age, state, last_imports``, by name (FRE-3).

    found: rows of the freshness table. sources: what is declared; those of packs are listed once they have been imported.
    ``age`` is in seconds. ``state`` is ``fresh``, or ``stale`` where any of its imports is older than ``expected_every``;
    ``unknown`` where the source declares no ``expected_every``, ``never`` where nothing was imported.
    """
    by_source: dict[str, dict[str, dict[str, Any]]] = {
        name: {} for name, each in sources.items() if each.pack is None
    }
    for each in found:
        by_source.setdefault(each["source"], {})[each["record_type"]] = {
            "imported_at": each["imported_at"],
            "record_count": each["record_count"],
            "filename": each["filename"],
            "run_id": each["run_id"],
        }
    return [_freshness(name, imports, sources.get(name), at) for name, imports in sorted(by_source.items())]


def _freshness(
    name: str, imports: dict[str, dict[str, Any]], source: Source | None, at: datetime
) -> dict[str, Any]:
    expected = source.expected_every if source else None
    told = {
        "source": name,
        "last_sync_at": None,
        "age": None,
        "state": "never",
        "expected_every": expected,
        "last_imports": imports,
    }
    if not imports:
        return told
    moments = [each["imported_at"] for each in imports.values()]
    states = {state_of(each, expected, at) for each in moments}
    return {
        **told,
        "last_sync_at": max(moments),
        "age": age_of(max(moments), at),
        "state": next(each for each in ("unknown", "stale", "fresh") if each in states),
    }


def state_of(imported_at: datetime, expected_every: str | None, at: datetime) -> str:
    """``fresh`` or ``stale`` against the expectation; ``unknown`` where there is none."""
    if expected_every is None:
        return "unknown"
    return "fresh" if at - imported_at <= expectation(expected_every) else "stale"


def age_of(imported_at: datetime, at: datetime) -> int:
    """Seconds since an import."""
    return max(0, int((at - imported_at).total_seconds()))


def expectation(text: str) -> timedelta:
    """``30m``, ``12h``, ``7d`` or ``2w`` as a length of time; the catalog has checked the form."""
    return int(text[:-1]) * _UNITS[text[-1]]
