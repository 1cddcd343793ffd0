"""Lineage: from which rows of which files a record has become what it is (LIN-1, LIN-2, LIN-8, LIN-9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stocktake.model.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRow:
    """A row as it was read, and what became of it. ``cells``: header and cell, in the order of the file.

    ``reason`` is the rule's code, ``external_id`` and ``name`` are as read. ``cleansed_at`` is when its run began,
    ``processed_at`` when it was applied; a row of a run that was only cleaned has none (LIN-8).
    """

    line: int
    decision: str | None
    reason: str | None
    record_id: int | None
    external_id: str | None
    name: str | None
    cells: tuple[tuple[str, str], ...]
    field_count: int
    has_critical_fields: bool
    cleansed_at: datetime | None
    processed_at: datetime | None
    status: str = "cleansed"

    @property
    def is_processed(self) -> bool:
        """Whether it was decided and its run applied."""
        return self.decision is not None and self.processed_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What one run did to a record. ``acts``: created, changed, seen, or what the run's changes are called (retire …).

    ``rows`` are the raw rows that led to it: none where the file lacked it, where the run read no file, or where the raw
    rows were pruned.
    """

    run: Run
    acts: tuple[str, ...]
    rows: tuple[RawRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Where a record comes from: the runs that made it what it is, oldest first, and the mapping it was read by last."""

    record_type: str
    record_id: int
    created_run: int
    changed_run: int | None
    row_run: int
    row_number: int | None
    mapping_hash: str | None
    traces: tuple[Trace, ...] = ()
