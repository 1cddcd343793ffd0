"""Runs, one row each, and the target that is their lock (APP-8, APP-3)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, literal, or_, select, update

from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.stores import schema
from stocktake.stores.column_type import FLAG
from stocktake.stores.remembering import ACKNOWLEDGEMENTS
from stocktake.stores.run_row import read_run, serialised
from stocktake.stores.session import Session

#: So many snapshots of a source are looked back upon to learn what it usually loses.
_CHURNED = 100
#: Why a run is ``interrupted`` whose process could not say so itself.
_DIED = "The process that applied this run died. Nothing of it was written."


class Runs(Session):
    """Statements about runs."""

    def last_run(self) -> int:
        """The newest run's number, 0 before the first. Drafts do not count: they get another when they are applied."""
        table = schema.import_run
        found = self.rows(
            select(table.c.run_id)
            .where(
                table.c.workspace_id == self.workspace_id,
                or_(table.c.draft_id.is_(None), table.c.applied_at.is_not(None)),
            )
            .order_by(table.c.run_id.desc())
            .limit(1)
        )
        return int(found[0][0]) if found else 0

    def announce_run(self, run_id: int, **values: Any) -> None:
        """Write the run's row (APP-8)."""
        self.insert(
            insert(schema.import_run).values(
                workspace_id=self.workspace_id, run_id=run_id, **serialised(values)
            )
        )

    def change_run(self, run_id: int, **values: Any) -> None:
        """Set columns of the run's row."""
        table = schema.import_run
        self.run(
            update(table)
            .where(table.c.workspace_id == self.workspace_id, table.c.run_id == run_id)
            .values(**serialised(values))
        )

    def close_run(self, run_id: int, *, status: str, at: datetime, reason: str) -> bool:
        """End a run that is still ``applying``; its plan may be tried again. One that was applied stays so (REL-3)."""
        table = schema.import_run
        closed = self.run(
            update(table)
            .where(
                table.c.workspace_id == self.workspace_id,
                table.c.run_id == run_id,
                table.c.status == RunStatus.APPLYING.value,
            )
            .values(status=status, plan_id=None, finished_at=at, reason=reason)
        )
        return closed > 0

    def interrupt_dead_runs(self, record_type: str, run_id: int, *, at: datetime) -> int:
        """Mark the target's other ``applying`` runs interrupted; only who holds the target's lock may ask (REL-9)."""
        table = schema.import_run
        return self.run(
            update(table)
            .where(
                table.c.workspace_id == self.workspace_id,
                table.c.record_type == record_type,
                table.c.status == RunStatus.APPLYING.value,
                table.c.run_id < run_id,
            )
            .values(
                status=RunStatus.INTERRUPTED.value,
                finished_at=at,
                reason=_DIED,
            )
        )

    def interrupt_run(self, run_id: int, *, at: datetime) -> bool:
        """Mark one run interrupted that is still ``applying``; only who knows that it is dead may ask (REL-9)."""
        table = schema.import_run
        return (
            self.run(
                update(table)
                .where(
                    table.c.workspace_id == self.workspace_id,
                    table.c.run_id == run_id,
                    table.c.status == RunStatus.APPLYING.value,
                )
                .values(status=RunStatus.INTERRUPTED.value, finished_at=at, reason=_DIED)
            )
            > 0
        )

    def runs(
        self,
        *,
        limit: int,
        offset: int = 0,
        run_id: int | None = None,
        source: str | None = None,
        record_type: str | None = None,
        is_full_snapshot: bool | None = None,
    ) -> list[Run]:
        """Runs, newest first; ``run_id`` is a run's number, or the one that it had as a draft."""
        table = schema.import_run
        mine = self._runs_like(source, record_type, is_full_snapshot)
        if run_id is not None:
            mine.append(or_(table.c.run_id == run_id, table.c.draft_id == run_id))
        found = self.rows(
            select(table).where(and_(*mine)).order_by(table.c.run_id.desc()).limit(limit).offset(offset)
        )
        undone = [row.run_id for row in found if row.status == RunStatus.ROLLED_BACK.value]
        places = self._replacements(undone)
        return [replace(read_run(row), replaced_by=tuple(places.get(row.run_id, ()))) for row in found]

    def _replacements(self, run_ids: list[int]) -> dict[int, list[int]]:
        """Rolled-back run → the applied imports that stand in its place (ROL-7)."""
        table = schema.import_run
        found = (
            self.rows(
                select(table.c.replaces_run, table.c.run_id)
                .where(
                    table.c.workspace_id == self.workspace_id,
                    table.c.replaces_run.in_(run_ids),
                    table.c.status == RunStatus.APPLIED.value,
                )
                .order_by(table.c.run_id)
            )
            if run_ids
            else []
        )
        places: dict[int, list[int]] = {}
        for replaced, run_id in found:
            places.setdefault(replaced, []).append(run_id)
        return places

    def runs_in(self, statuses: Sequence[RunStatus]) -> list[Run]:
        """Runs in one of these states, oldest first."""
        table = schema.import_run
        found = self.rows(
            select(table)
            .where(
                table.c.workspace_id == self.workspace_id,
                table.c.status.in_([each.value for each in statuses]),
            )
            .order_by(table.c.run_id)
        )
        return [read_run(row) for row in found]

    def run_count(
        self,
        *,
        source: str | None = None,
        record_type: str | None = None,
        is_full_snapshot: bool | None = None,
    ) -> int:
        """How many runs the workspace has."""
        table = schema.import_run
        mine = self._runs_like(source, record_type, is_full_snapshot)
        return int(self.rows(select(func.count()).select_from(table).where(and_(*mine)))[0][0])

    def _runs_like(
        self, source: str | None, record_type: str | None, is_full_snapshot: bool | None
    ) -> list[ColumnElement[bool]]:
        """Conditions on runs; only imports are full snapshots or partial."""
        table = schema.import_run
        mine = [table.c.workspace_id == self.workspace_id]
        if source is not None:
            mine.append(table.c.source == source)
        if record_type is not None:
            mine.append(table.c.record_type == record_type)
        if is_full_snapshot is not None:
            mine.append(table.c.kind == RunKind.IMPORT.value)
            mine.append(table.c.is_full_snapshot == literal(value=is_full_snapshot, type_=FLAG))
        return mine

    def mending_runs(self, run_ids: Sequence[int]) -> list[Run]:
        """The runs, oldest first, that imported mended rows of these and stand (ERR-3)."""
        table = schema.import_run
        found = self.rows(
            select(table)
            .where(
                table.c.workspace_id == self.workspace_id,
                table.c.mends_run.in_(list(run_ids)),
                table.c.status == RunStatus.APPLIED.value,
            )
            .order_by(table.c.run_id)
        )
        return [read_run(row) for row in found]

    def options_of(self, run_id: int) -> dict[str, Any]:
        """What the operator asked for, as the run's row keeps it; empty where it keeps nothing."""
        table = schema.import_run
        found = self.rows(
            select(table.c.options).where(table.c.workspace_id == self.workspace_id, table.c.run_id == run_id)
        )
        return dict(json.loads(found[0][0])) if found and found[0][0] else {}

    def run_of_plan(self, plan_id: str) -> int | None:
        """The run that applied a plan, or None (PLN-24)."""
        table = schema.import_run
        found = self.rows(
            select(table.c.run_id).where(
                table.c.workspace_id == self.workspace_id, table.c.plan_id == plan_id
            )
        )
        return int(found[0][0]) if found else None

    def latest_import(
        self, source: str, record_type: str, *, full_snapshot: bool = False, sha256: str | None = None
    ) -> Run | None:
        """The newest applied, not rolled-back import of a source and type (FRE-3); of that content, if given (PLN-11)."""
        table = schema.import_run
        conditions = [
            table.c.workspace_id == self.workspace_id,
            table.c.source == source,
            table.c.record_type == record_type,
            table.c.kind == RunKind.IMPORT.value,
            table.c.status == RunStatus.APPLIED.value,
        ]
        if full_snapshot:
            conditions.append(table.c.is_full_snapshot == literal(value=True, type_=FLAG))
        if sha256 is not None:
            conditions.append(table.c.file_sha256 == sha256)
        found = self.rows(select(table).where(*conditions).order_by(table.c.run_id.desc()).limit(1))
        return read_run(found[0]) if found else None

    def snapshot_back(self, source: str, record_type: str, count: int) -> int:
        """The ``count``-th newest applied full snapshot of a source, 1 for the newest; 0 where it has had fewer (PRE-8)."""
        table = schema.import_run
        found = self.rows(
            select(table.c.run_id)
            .where(
                *_applied_imports(self.workspace_id, source, record_type, full_snapshot=True),
            )
            .order_by(table.c.run_id.desc())
            .limit(1)
            .offset(count - 1)
        )
        return int(found[0][0]) if found else 0

    def retired_unreviewed(self, source: str, record_type: str, since: datetime) -> int:
        """How many records imports of the source have retired since then without review (PRE-13)."""
        table = schema.import_run
        found = self.rows(
            select(table.c.stats).where(
                *_applied_imports(self.workspace_id, source, record_type),
                table.c.applied_at >= since,
            )
        )
        told = (json.loads(row.stats) for row in found if row.stats)
        return sum(int(each.get("unreviewed", 0)) for each in told)

    def churn(self, source: str, record_type: str) -> list[float]:
        """The shares that the source's applied snapshots have retired since one was accepted as its baseline (PRE-12)."""
        table = schema.import_run
        found = self.rows(
            select(table.c.stats)
            .where(
                *_applied_imports(self.workspace_id, source, record_type, full_snapshot=True),
            )
            .order_by(table.c.run_id.desc())
            .limit(_CHURNED)
        )
        told = [json.loads(row.stats) for row in found if row.stats]
        accepted = next((place for place, each in enumerate(told) if each.get("accepted_baseline")), None)
        return [] if accepted is None else [_churn_of(each) for each in told[: accepted + 1]]

    def later_runs(self, record_type: str, run_id: int) -> bool:
        """Whether runs after ``run_id`` have written records or links of the type."""
        return self._runs_after(record_type, run_id, list(RunKind))

    def rolled_back_since(self, record_type: str, run_id: int) -> bool:
        """Whether a run after ``run_id`` was a rollback, which gives records their earlier values back."""
        return self._runs_after(record_type, run_id, [RunKind.ROLLBACK])

    def _runs_after(self, record_type: str, run_id: int, kinds: list[RunKind]) -> bool:
        """An import of another type that relinks references is a run of this type too (IDN-4)."""
        table, change = schema.import_run, schema.record_change
        relinked = (
            select(change.c.run_id)
            .where(
                change.c.workspace_id == table.c.workspace_id,
                change.c.run_id == table.c.run_id,
                change.c.record_type == record_type,
            )
            .exists()
        )
        found = self.rows(
            select(table.c.run_id)
            .where(
                table.c.workspace_id == self.workspace_id,
                or_(table.c.record_type == record_type, relinked),
                table.c.run_id > run_id,
                table.c.kind.in_([each.value for each in kinds]),
                table.c.applied_at.is_not(None),
            )
            .limit(1)
        )
        return bool(found)

    def target_version(self, record_type: str) -> int:
        """How often flows have written records of the type so far."""
        table = schema.target
        found = self.rows(
            select(table.c.version).where(
                table.c.workspace_id == self.workspace_id, table.c.record_type == record_type
            )
        )
        return int(found[0][0]) if found else 0

    def ensure_target(self, record_type: str) -> None:
        """Make the target's row, which every apply locks, where it is not there yet."""
        self.insert_new(schema.target, record_type=record_type, version=0)

    def lock_target(self, record_type: str) -> None:
        """Hold the target: applies on one workspace and type exclude each other (APP-3)."""
        with self._statement() as connection:
            self._dialect.lock_target(connection, schema.target, self.workspace_id, record_type)
        self._known_feeds.clear()

    def note_acknowledgement(self) -> None:
        """Say that lists of what is missing read otherwise now; records and links are as they were (PRE-29)."""
        self.reserve(ACKNOWLEDGEMENTS, 1)

    def raise_target(self, record_type: str) -> None:
        """Say that records of the type were written."""
        table = schema.target
        self.run(
            update(table)
            .where(table.c.workspace_id == self.workspace_id, table.c.record_type == record_type)
            .values(version=table.c.version + 1)
        )


def _applied_imports(
    workspace_id: int, source: str, record_type: str, *, full_snapshot: bool = False
) -> list[ColumnElement[bool]]:
    """Conditions on the applied, not rolled-back imports of a source and type; on its full snapshots alone."""
    table = schema.import_run
    mine = [
        table.c.workspace_id == workspace_id,
        table.c.source == source,
        table.c.record_type == record_type,
        table.c.kind == RunKind.IMPORT.value,
        table.c.status == RunStatus.APPLIED.value,
    ]
    return [*mine, table.c.is_full_snapshot == literal(value=True, type_=FLAG)] if full_snapshot else mine


def _churn_of(stats: dict[str, Any]) -> float:
    """Which share of the records that a source had its snapshot retired."""
    gone = int(stats.get("retire", 0)) + int(stats.get("delete", 0))
    had = gone + sum(int(stats.get(name, 0)) for name in ("update", "unchanged", "missing"))
    return gone / had if had else 0.0
