"""The work list: what is held, and what imports left out, as far as it waits for a person (PRE-16, PRE-20, ERR-3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from stocktake.flows.mending import with_mended
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run
from stocktake.model.source import Guards, Source
from stocktake.planning.review import EXPIRED, OPEN
from stocktake.ports.store import Unit
from stocktake.reporting.work_list import HeldQueue, HeldRetirement, WorkList, left_out


def work_list(
    unit: Unit,
    record_types: Sequence[RecordType],
    sources: Mapping[str, Source],
    *,
    source: str | None,
    at: datetime,
) -> WorkList:
    """What waits, of some types and of one source or all."""
    queues = _queues(unit, record_types, sources, at=at)
    names = {each.name for each in record_types}
    runs = [
        each
        for each in unit.runs_with_rejects()
        if each.record_type in names and source in (None, each.source)
    ]
    return WorkList(
        held=tuple(each for each in queues if source in (None, each.source)),
        left_out=left_out(with_mended(unit, runs)),
    )


def held_retirements(
    unit: Unit,
    record_types: Sequence[RecordType],
    sources: Mapping[str, Source],
    *,
    source: str | None,
    at: datetime,
    limit: int,
    offset: int,
) -> tuple[list[HeldRetirement], int]:
    """A page of the held retirements, open ones first, longest waiting first, and how many there are."""
    queues = [each for each in _queues(unit, record_types, sources, at=at) if source in (None, each.source)]
    known = {(each.source, each.record_type, each.held_run): each for each in queues}
    found = unit.held_page(
        record_types,
        source=source,
        last=[each.held_run for each in queues if each.state == EXPIRED],
        limit=limit,
        offset=offset,
    )
    return [_retirement(each, known) for each in found], sum(each.held for each in queues)


def _retirement(link: dict[str, Any], known: Mapping[tuple[str, str, int], HeldQueue]) -> HeldRetirement:
    run_id = link.pop("held_run")
    return HeldRetirement(**link, queue=known[link["source"], link["record_type"], run_id])


def _queues(
    unit: Unit, record_types: Sequence[RecordType], sources: Mapping[str, Source], *, at: datetime
) -> list[HeldQueue]:
    counts = unit.held_counts(record_types)
    runs = {run_id: unit.runs(limit=1, run_id=run_id)[0] for run_id in {each["held_run"] for each in counts}}
    found = [_queue(each, runs[each["held_run"]], sources.get(each["source"]), at) for each in counts]
    return sorted(found, key=lambda each: (each.state == EXPIRED, each.since, each.source, each.record_type))


def _queue(count: dict[str, Any], run: Run, source: Source | None, at: datetime) -> HeldQueue:
    days = (source.guards if source is not None else Guards()).hold_days
    expires = run.applied_at + timedelta(days=days) if run.applied_at is not None else None
    return HeldQueue(
        **count,
        held_at=run.applied_at,
        expires=expires,
        state=EXPIRED if expires is not None and expires <= at else OPEN,
        why=" ".join(each.message for each in run.guards if each.holds),
    )
