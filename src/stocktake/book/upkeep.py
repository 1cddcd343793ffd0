"""Upkeep: lineage, wiring health, and what is old goes (LIN, HEA)."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import perf_counter

from stocktake.access.right import Right
from stocktake.book.ground import Ground
from stocktake.book.handle import OpenRun
from stocktake.book.moment import length_of
from stocktake.book.right import needs
from stocktake.book.timing import TimedProgress
from stocktake.flows.backfill import (
    DISCOVERY_FLOW,
    PRESENCE_LINKS,
    Backfill,
    backfill,
    missing_flows,
    missing_links,
)
from stocktake.flows.health import wiring_health
from stocktake.flows.lineage import record_lineage
from stocktake.flows.pruning import PruningPreview, preview_pruning, prune_raw_rows
from stocktake.flows.record_history import unknown_record
from stocktake.model.errors import NotFound
from stocktake.model.lineage import Lineage
from stocktake.model.wiring import WiringHealth
from stocktake.ports.progress import Progress, Silence


class Upkeep(Ground):
    """The part of a book that keeps a workspace up."""

    @needs(Right.VIEW)
    def lineage(self, record_type: str, record_id: int) -> Lineage:
        """The runs that made one record what it is, each with the raw rows that led to it (LIN-1, LIN-2).

        Raises ``NotFound`` ``unknown-record`` or ``unknown-record-type``.
        """
        declared = self.declared()
        kind = declared.record_type(record_type)
        with self._reading() as unit:
            if record_type not in declared.stored_record_types:
                raise unknown_record(kind, record_id)
            return record_lineage(unit, kind, record_id)

    @needs(Right.VIEW)
    def wiring_health(self, *, detail: bool = False) -> WiringHealth:
        """Whether this workspace's records, raw rows, links, runs and flows lead to one another (HEA-2). Nothing is written.

        With ``detail``, up to five samples of each failing metric (HEA-3). Raises ``NotFound`` ``no-database`` and
        ``unknown-workspace``.
        """
        self.store.check_schema()
        declared = self.declared()
        return wiring_health(
            self.store,
            self._found(),
            declared.stored_record_types,
            declared.sources,
            detail=detail,
        )

    @needs(Right.VIEW)
    def preview_backfill(self, name: str) -> list[Backfill]:
        """What a backfill would change, part by part (BAC-3): ``presence-links`` or ``discovery-flow``.

        Raises ``NotFound`` ``unknown-backfill``.
        """
        check_backfill(name)
        declared = self.declared()
        kinds = declared.stored_record_types
        with self._reading() as unit:
            if name == DISCOVERY_FLOW:
                parts = [missing_flows(unit, each) for each in kinds.values() if "discovery_flow_id" in each]
            else:
                parts = [
                    missing_links(unit, kinds[kind], each)
                    for each in declared.sources.values()
                    for kind in each.record_types
                    if each.tracks_presence and kind in kinds
                ]
        return [each for each in parts if each.left or not each.lacking.is_empty()]

    @needs(Right.MANAGE)
    def backfill(
        self, name: str, *, by: str | None = None, progress: Progress | None = None
    ) -> list[OpenRun]:
        """Write a backfill, each part as a run that can be rolled back, with wiring before and after (BAC-1, BAC-2, BAC-5).

        On PostgreSQL ``discovery-flow`` ends with the foreign key from assets to their flows (BAC-4). Doing it again changes
        nothing. Raises ``NotFound`` ``unknown-backfill`` and ``Busy``.
        """
        since = perf_counter()
        self.store.check_schema()
        if name == DISCOVERY_FLOW:
            self.store.check_owner()
        parts = [each for each in self.preview_backfill(name) if not each.lacking.is_empty()]
        before = self.wiring_health().counts if parts else {}
        made = []
        for each in parts:
            timed = TimedProgress(progress or Silence())
            made.append(
                backfill(
                    self.store,
                    self.workspace_id,
                    each,
                    by=by or self.by,
                    clock=self.clock,
                    seconds=timed.seconds,
                    progress=timed,
                )
            )
        if name == DISCOVERY_FLOW:
            for kind in self.declared().stored_record_types.values():
                if "discovery_flow_id" in kind:
                    self.store.refer_to_flows(kind)
        if made:
            wiring = {"before": before, "after": self.wiring_health().counts}
            with self._writing() as unit:
                for run_id in made:
                    unit.change_run(run_id, wiring=wiring)
        return [self._finished(run_id, since) for run_id in made]

    @needs(Right.VIEW)
    def preview_pruning(
        self, older_than: str | timedelta, *, as_of: datetime | None = None
    ) -> PruningPreview:
        """Whose raw rows are older than that, such as ``90d``, at the moment ``as_of``; without one now (LIN-5).

        Raises ``InvalidInput`` ``bad-option``.
        """
        length = length_of(older_than, option="--older-than")
        with self._reading() as unit:
            return preview_pruning(unit, length, at=as_of or self.clock())

    @needs(Right.MANAGE)
    def prune_raw_rows(
        self,
        older_than: str | timedelta,
        *,
        as_of: datetime | None = None,
        by: str | None = None,
        reason: str | None = None,
        progress: Progress | None = None,
    ) -> OpenRun:
        """Delete raw rows that are older than that at the moment ``as_of``, without one now; the prune's own run (LIN-5).

        Raises ``InvalidInput`` ``bad-option``.

        Records, links, history, audit and before-images stay: a run without its raw rows can still be rolled back.
        """
        since = perf_counter()
        self.store.check_schema()
        own_id = prune_raw_rows(
            self.store,
            self.workspace_id,
            length_of(older_than, option="--older-than"),
            as_of=as_of,
            by=by or self.by,
            reason=reason,
            clock=self.clock,
            progress=progress or Silence(),
        )
        return self._finished(own_id, since)


def check_backfill(name: str) -> None:
    """Raises ``NotFound`` ``unknown-backfill``."""
    if name not in (PRESENCE_LINKS, DISCOVERY_FLOW):
        raise NotFound(
            "unknown-backfill",
            f'There is no backfill "{name}".',
            hint=f"Choose {PRESENCE_LINKS} or {DISCOVERY_FLOW}.",
        )
