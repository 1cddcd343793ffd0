"""Runs: one row per act of any kind (APP-8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from stocktake.model.column_decision import ColumnDecision
from stocktake.model.plan import Baseline, FileFacts, Guard
from stocktake.model.problem import Warning


class RunKind(StrEnum):
    """What a run does."""

    IMPORT = "import"
    ROLLBACK = "rollback"
    EDIT = "edit"
    PRUNE = "prune"
    BACKFILL = "backfill"
    REVIEW = "review"
    ACKNOWLEDGE = "acknowledge"
    CLOSE_SOURCE = "close-source"
    ENRICH = "enrich"
    APPROVE = "approve"


class RunStatus(StrEnum):
    """A run's life (architecture.md). ``blocked`` is a refused import (APP-11)."""

    UPLOADED = "uploaded"
    PLANNED = "planned"
    APPLYING = "applying"
    APPLIED = "applied"
    ROLLED_BACK = "rolled_back"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """How many of the rows that a run rejected later runs have imported, and which runs those are (ERR-3)."""

    rows: int
    by: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run as the database tells it.

    ``content_run``: an earlier run whose rows this one read again, and whose raw rows are therefore its own.
    ``rules_hash, ground``: what decided beside the content, and the state it left; None where the same content need not
    mean the same again (PLN-16, PLN-22). ``mapping_hash``: the provenance of what it wrote (LIN-7). ``raw_pruned_at``:
    since when its raw rows are gone (LIN-5). ``replaces_run``: the rolled-back run in whose place its file was imported,
    ``replaced_by`` the applied imports that stand in its own (ROL-7). ``mends_run``: the run whose rejected rows its file
    held, mended; ``mended``: what became of its own, None where no run mends it (ERR-3). ``wiring``: of a backfill, every
    metric of wiring health ``before`` and ``after`` (BAC-5). ``discovery_flow_id, master_flow_id,
    phase``: of the flow that it belongs to, if any (LIN-6). ``decisions``: how it read columns of which nothing is declared,
    and so the source's next imports (PLN-21). ``draft_id``: the number that it had as a draft, from the upload on; its own
    where no other run came in between.
    """

    run_id: int
    kind: RunKind
    status: RunStatus
    source: str | None
    record_type: str | None
    strategy: str | None = None
    is_full_snapshot: bool = False
    filename: str | None = None
    file_sha256: str | None = None
    plan_id: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    applied_at: datetime | None = None
    initiated_by: str = ""
    stats: dict[str, Any] = field(default_factory=dict)
    phases: dict[str, float] = field(default_factory=dict)
    rolled_back_at: datetime | None = None
    rolled_back_by: str | None = None
    undoes_run: int | None = None
    replaces_run: int | None = None
    replaced_by: tuple[int, ...] = ()
    mends_run: int | None = None
    mended: Mended | None = None
    mapping_id: int | None = None
    mapping_hash: str | None = None
    raw_pruned_at: datetime | None = None
    discovery_flow_id: str | None = None
    master_flow_id: str | None = None
    phase: str | None = None
    wiring: dict[str, dict[str, int]] = field(default_factory=dict)
    content_run: int | None = None
    rules_hash: str | None = None
    ground: int | None = None
    file: FileFacts | None = None
    warnings: tuple[Warning, ...] = ()
    reason: str | None = None
    as_of: datetime | None = None
    baseline: Baseline | None = None
    guards: tuple[Guard, ...] = ()
    decisions: tuple[ColumnDecision, ...] = ()
    draft_id: int | None = None

    @property
    def rejected(self) -> int:
        """How many rows it left out: with problems, in conflict, ambiguous (IDN-6)."""
        return int(self.stats.get("errors", 0))

    @property
    def subject(self) -> str:
        """What the run was about: the file it read, the record that a person edited, else what kind of act it was."""
        if self.kind is RunKind.EDIT:
            return f"edit of {self.record_type} {self.stats.get('record_id', '')}".rstrip()
        what = self.filename or str(self.kind)
        return f"{what} from {self.source}" if self.source else what
