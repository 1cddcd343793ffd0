"""What a book tells beside imports: histories, waterfalls, freshness, missing, activity (HIS, FRE, PRE-22, SEC-8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import polars as pl

from stocktake.access.right import Right
from stocktake.book.ground import Ground
from stocktake.book.rejected_file import write_rejected
from stocktake.book.right import needs
from stocktake.book.table_file import Table, TableForm, form_of, write_table
from stocktake.flows.changed_records import changed_records
from stocktake.flows.course import When, time_in_stage_of, unread_records, waterfall_of
from stocktake.flows.export import Chosen, export_header, exported
from stocktake.flows.missing import Wanted, missing_records
from stocktake.flows.record_history import record_history, unknown_record
from stocktake.flows.run_rows import (
    HISTORY,
    RejectedRows,
    rejected_rows,
    run_history,
    run_history_page,
    run_rows,
)
from stocktake.model.activity import ACTS, Activity, ActivityFilter
from stocktake.model.errors import InvalidInput
from stocktake.model.record_type import check_filter
from stocktake.model.run import Run
from stocktake.planning.table import TABLES
from stocktake.reporting.freshness import freshness_of
from stocktake.reporting.missing import Missing
from stocktake.reporting.waterfall import Waterfall


class Reports(Ground):
    """The part of a book that reports."""

    @needs(Right.VIEW)
    def history_of(self, record_type: str, record_id: int, *, field: str | None = None) -> pl.DataFrame:
        """The field history of one record, oldest first, also of one that was deleted (HIS-4, HIS-6, HIS-7).

        ``run_id, changed_at, field, from, to, kind``; ``field`` narrows it to one field. Raises ``NotFound``
        ``unknown-record`` or ``unknown-record-type``, ``InvalidInput`` ``unknown-field``.
        """
        declared = self.declared()
        kind = declared.record_type(record_type)
        with self._reading() as unit:
            if record_type not in declared.stored_record_types:
                raise unknown_record(kind, record_id)
            return record_history(unit, kind, record_id, field=field)

    @needs(Right.VIEW)
    def waterfall(
        self,
        record_type: str,
        *,
        field: str = "stage",
        from_: int | str | date | None = None,
        to: int | str | date | None = None,
        by: str | None = None,
        amount: str | None = None,
    ) -> Waterfall:
        """What entered, moved and left, per value of a tracked field, between two points (HIS-6, HIS-9).

        ``from_`` and ``to`` are runs by their number, or days and moments in UTC, as such or as text: a run stands for the
        state it left, a day is included. Without them: from the beginning, until now. ``by`` is ``run``, ``week`` or
        ``month``, for several periods. ``amount`` names a field whose values are added up, exactly. Runs that were rolled
        back do not count.

        Raises ``NotFound`` ``no-database``, ``unknown-record-type``, ``no-records`` or ``unknown-run``, ``InvalidInput``
        ``unknown-field``, ``untracked-field``, ``not-an-amount``, ``not-applied`` or ``bad-option``.
        """
        if by not in (None, "run", "week", "month"):
            raise InvalidInput("bad-option", f'--by "{by}" is no period.', hint="Write run, week or month.")
        begin, end = when(from_, "--from"), when(to, "--to")
        kind = self._stored(record_type)
        with self._reading() as unit:
            return waterfall_of(
                unit, kind, field=field, from_=begin, to=end, by=by, amount=amount, at=self.clock()
            )

    @needs(Right.VIEW)
    def unread_for_waterfall(
        self, record_type: str, *, field: str = "stage", amount: str | None = None
    ) -> int:
        """How many records a waterfall reads that were written since this process read them for another; 0 for none.

        Raises ``NotFound`` ``no-database``, ``unknown-record-type`` or ``no-records``.
        """
        kind = self._stored(record_type)
        with self._reading() as unit:
            return unread_records(unit, kind, field=field, amount=amount)

    @needs(Right.VIEW)
    def time_in_stage(self, record_type: str, *, field: str = "stage") -> pl.DataFrame:
        """Per value of a tracked field how often records came to it, and how long they stayed (HIS-6).

        ``stage`` (null where blank), ``visits``, ``ended`` with their ``median_days``, ``mean_days`` and ``p90_days``, and
        ``open`` with ``open_median_days`` so far. Raises ``NotFound`` ``no-database``, ``unknown-record-type`` or
        ``no-records``, ``InvalidInput`` ``unknown-field`` or ``untracked-field``.
        """
        kind = self._stored(record_type)
        with self._reading() as unit:
            return time_in_stage_of(unit, kind, field=field, at=self.clock())

    @needs(Right.VIEW)
    def export(
        self,
        record_type: str,
        path: str | PathLike[str],
        *,
        where: Mapping[str, str] | None = None,
        missing_source: str | None = None,
        retired: bool = False,
        exact: bool = False,
    ) -> int:
        """Write the records of a type to a file, and say how many: CSV, or what its name ends in (``.xlsx``, ``.parquet``).

        One row per record by its number: ``id``, the fields, ``source``, ``external_id``, ``retired_at``. ``where`` compares
        fields with values as lists show them; with ``~`` behind its name a field holds the text somewhere, and ``~`` alone
        asks that of what names a record. ``missing_source`` keeps those that a source no longer has; ``retired`` adds
        retired ones. A CSV is safe to open in a spreadsheet: text that one would run as a formula stands behind an
        apostrophe, unless ``exact`` asks for every byte as it is stored. A workbook and Parquet have numbers, booleans and
        days as such, decimals and moments with every digit as text and (in Parquet) as moments.

        Raises ``NotFound`` ``no-database``, ``unknown-record-type`` or ``no-records``, ``InvalidInput`` ``unknown-field``,
        ``bad-file-name``, ``cannot-write`` or ``sheet-too-small``.
        """
        target = Path(fspath(path))
        form = form_of(target)
        kind = self._stored(record_type)
        check_filter(kind, where or {})
        chosen = Chosen(where=where or {}, missing_source=missing_source, retired=retired)
        with self._reading() as unit:
            frames = exported(unit, kind, chosen, typed=form is not TableForm.CSV, spreadsheet=not exact)
            return write_table(Table(title=kind.plural, header=export_header(kind), frames=frames), target)

    @needs(Right.VIEW)
    def freshness(self) -> list[dict[str, Any]]:
        """How old each source's newest import is: ``source, last_sync_at, age, state, last_imports`` (FRE-3).

        ``age`` is in seconds. ``state`` is ``fresh`` or ``stale`` against what the source declares as ``expected_every``,
        ``unknown`` where it declares nothing, ``never`` for a source of this workspace that has not been imported yet.
        """
        sources = self.declared().sources
        with self._reading() as unit:
            return freshness_of(unit.freshness(), sources, at=self.clock())

    @needs(Right.VIEW)
    def rows_of_run(self, run: Run, decision: str | None = None) -> pl.DataFrame:
        """See ``OpenRun.rows``."""
        told = TABLES.get(run.strategy or "")
        reasons = {rule.code: rule.reason for rule in told.rules} if told else {}
        with self._reading() as unit:
            return run_rows(unit, run, reasons, decision)

    @needs(Right.VIEW)
    def rejected_rows(self, run: Run) -> RejectedRows:
        """See ``OpenRun.rejected``."""
        told = TABLES.get(run.strategy or "")
        with self._reading() as unit:
            return rejected_rows(unit, run, {rule.code: rule.reason for rule in told.rules} if told else {})

    @needs(Right.VIEW)
    def save_rejected(self, run: Run, path: str | PathLike[str]) -> int:
        """See ``OpenRun.save_rejected``."""
        found = self.rejected_rows(run)
        write_rejected(found, Path(fspath(path)))
        return found.rows.height

    @needs(Right.VIEW)
    def history_of_run(self, run: Run) -> pl.DataFrame:
        """See ``OpenRun.history``."""
        if run.record_type is None:
            return pl.DataFrame(schema=HISTORY)
        kind = self.declared().record_type(run.record_type)
        with self._reading() as unit:
            return run_history(unit, run, kind)

    @needs(Right.VIEW)
    def history_page_of_run(self, run: Run, *, limit: int = 50, offset: int = 0) -> tuple[pl.DataFrame, int]:
        """Some rows of ``OpenRun.history``, and how many there are."""
        if run.record_type is None:
            return pl.DataFrame(schema=HISTORY), 0
        kind = self.declared().record_type(run.record_type)
        with self._reading() as unit:
            return run_history_page(unit, run, kind, limit=limit, offset=offset)

    @needs(Right.VIEW)
    def changed_by_run(self, run: Run) -> pl.DataFrame:
        """See ``OpenRun.changed``."""
        kinds = self.declared().stored_record_types
        with self._reading() as unit:
            return changed_records(unit, run, kinds)

    @needs(Right.VIEW)
    def missing(
        self,
        *,
        source: str | None = None,
        record_type: str | None = None,
        since: str | date | None = None,
        until: str | date | None = None,
        acknowledged: bool = False,
        page: int = 1,
        page_size: int = 50,
    ) -> tuple[list[Missing], int]:
        """A page of what the sources' last snapshots no longer had, newest first, and how many there are (PRE-22).

        ``since`` and ``until`` are days, both included, or moments in UTC. ``acknowledged``: those too that somebody has
        acknowledged, until the day that was said; they come up by themselves from then on. Raises ``NotFound``
        ``unknown-source`` or ``unknown-record-type``, ``InvalidInput`` ``bad-option``.
        """
        declared = self.declared()
        if record_type is not None:
            declared.record_type(record_type)
        named = declared.source_named(source).name if source is not None else None
        kinds = [each for name, each in declared.stored_record_types.items() if record_type in (None, name)]
        with self._reading() as unit:
            wanted = Wanted(
                record_types=kinds,
                source=named,
                since=edge(since, "--since"),
                until=edge(until, "--until", whole_day=True),
                acknowledged=acknowledged,
            )
            return missing_records(
                unit,
                wanted,
                declared.sources,
                at=self.clock(),
                limit=page_size,
                offset=(page - 1) * page_size,
            )

    @needs(Right.VIEW)
    def activity(
        self,
        *,
        record_type: str | None = None,
        record_id: int | None = None,
        source: str | None = None,
        run_id: int | None = None,
        actor: str | None = None,
        act: str | None = None,
        since: str | date | None = None,
        until: str | date | None = None,
        page: int = 1,
        page_size: int = 50,
    ) -> tuple[list[Activity], int]:
        """A page of what people and imports did, newest first, and how many entries there are (SEC-8).

        Each has a sentence, and says when, who, which act, and of which run, source, record type and record it was.
        ``since`` and ``until`` are days, both included, or moments in UTC. Raises ``NotFound`` ``unknown-source``,
        ``unknown-record-type`` or ``unknown-run``, ``InvalidInput`` ``bad-option``.
        """
        declared = self.declared()
        if record_id is not None and record_type is None:
            raise InvalidInput(
                "bad-option",
                f"--id {record_id} alone could be a record of any type.",
                hint=f"Add its type, such as --type {next(iter(declared.record_types), 'T')}.",
            )
        if act is not None and act not in ACTS:
            raise InvalidInput(
                "bad-option", f'"{act}" is no act that is logged.', hint=f"Acts are: {', '.join(ACTS)}."
            )
        wanted = ActivityFilter(
            record_type=declared.record_type(record_type).name if record_type is not None else None,
            record_id=record_id,
            source=declared.source_named(source).name if source is not None else None,
            run_id=self.run(run_id).run_id if run_id is not None else None,
            actor=actor,
            act=act,
            since=edge(since, "--since"),
            until=edge(until, "--until", whole_day=True),
        )
        with self._reading() as unit:
            found = unit.activity(wanted, limit=page_size, offset=(page - 1) * page_size)
            return found, unit.activity_count(wanted)


def when(told: int | str | date | None, option: str) -> When | None:
    """A run, a moment or a day, as such or as text. Raises ``InvalidInput`` ``bad-option``."""
    if not isinstance(told, str):
        return told.replace(tzinfo=UTC) if isinstance(told, datetime) and told.tzinfo is None else told
    text = told.strip()
    try:
        if text.isdecimal() and len(text) < 8:
            return int(text)
        if len(text) == len("2026-11-20"):
            return date.fromisoformat(text)
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except ValueError as error:
        raise InvalidInput(
            "bad-option",
            f'{option} "{told}" is neither a run nor a day.',
            hint="Write the number of a run, or 2026-11-20, or 2026-11-20T16:00.",
        ) from error


def edge(told: str | date | None, option: str, *, whole_day: bool = False) -> datetime | None:
    """A moment in UTC; a day stands for its beginning, or with ``whole_day`` for its end. Raises as ``when`` does."""
    found = when(told, option)
    if isinstance(found, int):
        raise InvalidInput(
            "bad-option",
            f'{option} "{told}" is not a day or a time.',
            hint="Write 2026-11-20 or 2026-11-20T16:00.",
        )
    if found is None or isinstance(found, datetime):
        return found
    day = found + timedelta(days=1) if whole_day else found
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
