"""What people decide about what is missing: held retirements, acknowledgements (PRE-16, PRE-22, PRE-29)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from time import perf_counter

import polars as pl

from stocktake.access.right import Right
from stocktake.book.declared import Declared
from stocktake.book.ground import Ground
from stocktake.book.handle import OpenRun
from stocktake.book.reports import edge
from stocktake.book.right import needs
from stocktake.catalog.declaration import source_to_json
from stocktake.flows.acknowledging import Acknowledgement, acknowledge
from stocktake.flows.closing_source import Closing, Farewell, close_source, preview_closing
from stocktake.flows.missing import missing_counts
from stocktake.flows.reviewing import Review, decide, held
from stocktake.flows.work_list import held_retirements, work_list
from stocktake.model.errors import InvalidInput
from stocktake.model.record_type import RecordType
from stocktake.reporting.missing import MissingCount
from stocktake.reporting.work_list import HeldRetirement, WorkList


class Reviewing(Ground):
    """The part of a book that a person reviews."""

    @needs(Right.VIEW)
    def held(self, *, record_type: str | None = None, source: str | None = None) -> pl.DataFrame:
        """The retirements that a guard held for review, open ones first, longest waiting first (PRE-16).

        ``source, record_type, external_id, record_id, name, held_run, missing_since, held_at, expires, state, why``. A hold
        expires after the source's ``hold_days``, 30 unless it says otherwise; then the record is kept, and ``state`` is
        ``expired`` instead of ``open`` (PRE-32). Raises ``NotFound`` for an unknown type or source.
        """
        declared = self.declared()
        kinds, named = self._queues(declared, record_type, source)
        with self._reading() as unit:
            found = held(unit, kinds, declared.sources.values(), at=self.clock())
        mine = found if named is None else found.filter(pl.col("source") == named)
        since = pl.col("missing_since").str.to_datetime(
            "%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", time_zone="UTC"
        )
        return mine.with_columns(
            external_id=pl.coalesce("external_id_raw", "external_id"),
            missing_since=since,
        ).select(
            "source",
            "record_type",
            "external_id",
            "record_id",
            "name",
            "held_run",
            "missing_since",
            "held_at",
            "expires",
            "state",
            "why",
        )

    @needs(Right.VIEW)
    def held_page(
        self,
        *,
        record_type: str | None = None,
        source: str | None = None,
        page: int = 1,
        page_size: int = 50,
    ) -> tuple[list[HeldRetirement], int]:
        """A page of what ``held`` lists, in its order, and how many there are (PRE-16, PRE-32).

        Raises ``NotFound`` for an unknown type or source.
        """
        declared = self.declared()
        kinds, named = self._queues(declared, record_type, source)
        with self._reading() as unit:
            return held_retirements(
                unit,
                kinds,
                declared.sources,
                source=named,
                at=self.clock(),
                limit=page_size,
                offset=(page - 1) * page_size,
            )

    @needs(Right.VIEW)
    def work_list(self, *, record_type: str | None = None, source: str | None = None) -> WorkList:
        """What waits for a person: held retirements by queue, and rows that imports left out (PRE-16, PRE-20, ERR-3).

        A run's rows wait until they are mended, the run is rolled back, its file is imported again, or a later full snapshot
        of its source says anew what that has. Raises ``NotFound`` for an unknown type or source.
        """
        declared = self.declared()
        kinds, named = self._queues(declared, record_type, source)
        with self._reading() as unit:
            return work_list(unit, kinds, declared.sources, source=named, at=self.clock())

    @needs(Right.VIEW)
    def missing_counts(self) -> list[MissingCount]:
        """How much each source misses, type by type: what ``missing`` lists and what is acknowledged (PRE-22).

        Sources whose policy is to ignore what they lack are left out (PRE-2).
        """
        declared = self.declared()
        with self._reading() as unit:
            return missing_counts(
                unit, declared.stored_record_types.values(), declared.sources, at=self.clock()
            )

    @staticmethod
    def _queues(
        declared: Declared, record_type: str | None, source: str | None
    ) -> tuple[tuple[RecordType, ...], str | None]:
        """The record types that are asked for and have their table, and the source by its own name."""
        if record_type is not None:
            declared.record_type(record_type)
        named = declared.source_named(source).name if source is not None else None
        stored = declared.stored_record_types
        return tuple(each for name, each in stored.items() if record_type in (None, name)), named

    @needs(Right.OVERRIDE)
    def retire_held(
        self,
        ids: Iterable[int] | None = None,
        *,
        record_type: str,
        source: str,
        reason: str | None = None,
        by: str | None = None,
    ) -> OpenRun:
        """Retire held records after all, all of the source's where ``ids`` is None: a run that is undone like any (PRE-16).

        A record that another source has by now stays. Raises ``NotFound`` ``not-held``, ``Busy``.
        """
        return self._reviewed(ids, record_type, source, keeps=False, reason=reason, by=by)

    @needs(Right.REVIEW)
    def keep_held(
        self,
        ids: Iterable[int] | None = None,
        *,
        record_type: str,
        source: str,
        reason: str,
        by: str | None = None,
    ) -> OpenRun:
        """Keep held records, with the reason; they stay as they are, flagged as missing (PRE-16).

        Raises ``NotFound`` ``not-held``, ``InvalidInput`` ``reason-needed``, ``Busy``.
        """
        _must_say_why(reason)
        return self._reviewed(ids, record_type, source, keeps=True, reason=reason, by=by)

    def _reviewed(
        self,
        ids: Iterable[int] | None,
        record_type: str,
        source: str,
        *,
        keeps: bool,
        reason: str | None,
        by: str | None,
    ) -> OpenRun:
        since = perf_counter()
        self.store.check_schema()
        declared = self.declared()
        told = Review(
            record_type=self._stored(record_type),
            source=declared.source(source, record_type),
            ids=None if ids is None else tuple(ids),
            keeps=keeps,
            reason=reason,
            by=by or self.by,
            keepers=declared.keepers(),
        )
        return self._finished(decide(self.store, self.workspace_id, told, clock=self.clock), since)

    @needs(Right.REVIEW)
    def acknowledge(
        self,
        record_type: str,
        record_id: int | Iterable[int],
        *,
        source: str,
        reason: str,
        until: str | datetime | None = None,
        by: str | None = None,
    ) -> OpenRun:
        """Say that it is known, and why, that a source misses a record; ``until`` when that holds (PRE-22, PRE-29).

        ``record_id`` may be several, which one run acknowledges together, or none of them. ``until`` is a day or a moment in
        UTC; from its beginning on the record is listed as missing again. It changes no status, link, sweep or guard. It ends
        when the source has the record again. Raises ``NotFound`` ``not-missing``, ``InvalidInput`` ``reason-needed``,
        ``bad-arguments`` and ``bad-option``, ``Busy``.
        """
        _must_say_why(reason)
        since = perf_counter()
        self.store.check_schema()
        declared = self.declared()
        chosen = declared.source(source, record_type)
        told = Acknowledgement(
            record_type=self._stored(record_type),
            source=chosen,
            record_ids=(record_id,) if isinstance(record_id, int) else tuple(record_id),
            reason=reason,
            until=edge(until, "--until"),
            by=by or self.by,
        )
        return self._finished(acknowledge(self.store, self.workspace_id, told, clock=self.clock), since)

    @needs(Right.VIEW)
    def preview_closing(self, source: str) -> tuple[Farewell, ...]:
        """What closing a source would do to its records, type by type (PRE-23). Raises ``NotFound``."""
        told = self._closing(source, by=None, reason=None)
        with self._reading() as unit:
            return preview_closing(unit, told, at=self.clock())

    @needs(Right.MANAGE)
    def close_source(
        self, source: str, *, reason: str | None = None, by: str | None = None
    ) -> tuple[OpenRun, ...]:
        """Close a source for good: its links are missing from now on, and what only it has is retired (PRE-23).

        A run per record type, all in one transaction, each undone like any run. Raises ``NotFound``, ``InvalidInput``
        ``source-closed``, ``Busy``.
        """
        since = perf_counter()
        self.store.check_schema()
        told = self._closing(source, by=by, reason=reason)
        descriptor = source_to_json(replace(told.source, closed=True))
        runs = close_source(self.store, self.workspace_id, told, descriptor, clock=self.clock)
        return tuple(self._finished(each, since) for each in runs)

    def _closing(self, source: str, *, by: str | None, reason: str | None) -> Closing:
        declared = self.declared()
        found = declared.source_named(source)
        if found.closed:
            raise InvalidInput(
                "source-closed", f"{found.name} is closed already.", hint="Nothing needs to be done."
            )
        return Closing(
            source=found,
            record_types=tuple(
                each for name, each in declared.stored_record_types.items() if name in found.record_types
            ),
            keepers=declared.keepers(),
            by=by or self.by,
            reason=reason,
        )


def _must_say_why(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput(
            "reason-needed",
            "A reason is needed: whoever meets this later must know why.",
            hint='Give one, such as --reason "lent to the branch office".',
        )
