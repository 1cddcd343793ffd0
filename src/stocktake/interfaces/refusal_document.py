"""Refusals for programs: the same words at the command line and over HTTP (INT-10)."""

from __future__ import annotations

from stocktake.model.errors import GuardRefused, Refusal, RollbackBlocked


def status_of(error: Refusal) -> str:
    """``blocked`` where the data or a guard stood in the way, else ``failed`` (INT-10)."""
    rejected = error.code in ("rows-rejected", "too-many-rejects")
    blocked = rejected or isinstance(error, GuardRefused | RollbackBlocked)
    return "blocked" if blocked else "failed"
