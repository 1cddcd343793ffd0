"""Acts of people on what is stored: announced, done in one transaction, concluded; runs that can be undone (APP-11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stocktake.flows.delivering import announce
from stocktake.model.run import RunKind, RunStatus
from stocktake.ports.store import Store, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What is done, to which records, by whom, and why; ``source``: whose links it is about, if anyone's."""

    kind: RunKind
    source: str | None
    record_type: str
    by: str
    reason: str | None


def announced(store: Store, workspace_id: int, act: Act, *, at: datetime) -> int:
    """The act's run, written in a short transaction of its own."""
    with store.writing(workspace_id) as unit:
        unit.ensure_target(act.record_type)
        run_id = unit.reserve("run", 1)
        unit.announce_run(
            run_id,
            kind=act.kind.value,
            status=RunStatus.APPLYING.value,
            source=act.source,
            record_type=act.record_type,
            is_full_snapshot=False,
            started_at=at,
            initiated_by=act.by,
            reason=act.reason,
        )
    return run_id


def conclude(
    unit: Unit, run_id: int, act: Act, stats: dict[str, int], *, at: datetime, writes: bool = True
) -> None:
    """Say in the act's transaction that it is done, and, where it ``writes``, that records and links are others now."""
    unit.change_run(run_id, status=RunStatus.APPLIED.value, applied_at=at, finished_at=at, stats=stats)
    if writes and act.source is not None:
        unit.raise_links_version(act.source, act.record_type)
    if writes:
        unit.raise_target(act.record_type)
    else:
        unit.note_acknowledgement()
    announce(unit, run_id, {"run_id": run_id, "counts": stats}, at=at)
