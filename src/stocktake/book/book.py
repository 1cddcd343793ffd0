"""A book: one database and one workspace, opened by an actor. Python's face of Stocktake (interfaces.md)."""

from __future__ import annotations

import getpass
import logging
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import polars as pl

from stocktake.book import mapped
from stocktake.book.declared import Declared
from stocktake.book.editing import Editing
from stocktake.book.handle import OpenPlan, OpenRun
from stocktake.book.mapped import KeptMapping
from stocktake.book.moment import moment_of
from stocktake.book.overriding import chosen_overrides
from stocktake.book.reports import Reports
from stocktake.book.reviewing import Reviewing
from stocktake.book.saving import Saving
from stocktake.book.timing import TimedProgress
from stocktake.book.upkeep import Upkeep
from stocktake.catalog.mapping_declaration import mapping_to_json
from stocktake.flows.application import apply
from stocktake.flows.inspection import inspect
from stocktake.flows.preview import preview
from stocktake.flows.referral import stubbed_types
from stocktake.flows.request import Request
from stocktake.flows.rollback import RollbackPreview, preview_rollback, rollback
from stocktake.model.mapping import SavedMapping
from stocktake.model.options import ImportOptions, OnError, OnGuard, ReadOptions
from stocktake.model.plan import Plan
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run
from stocktake.model.source import Source
from stocktake.planning.explanation import decisions, first_decisions, told_again
from stocktake.planning.naming import named_records
from stocktake.planning.table import TABLES
from stocktake.ports.progress import Progress, Silence
from stocktake.ports.reader import Origin
from stocktake.readers.handed import Content, content_name, origin_of
from stocktake.reporting.history import history_of
from stocktake.reporting.inspection import Inspection
from stocktake.reporting.sentence import tally
from stocktake.stores.store import DEFAULT_WORKSPACE, open_store
from stocktake.stores.unit import Unit

_log = logging.getLogger("stocktake")


def open_book(
    url: str = "sqlite:///stocktake.db",
    *,
    workspace: str = DEFAULT_WORKSPACE,
    by: str | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Book:
    """Open a database; what writes first creates and migrates it (PLN-25).

    ``by`` names the actor (default ``cli:<os user>``, SEC-10); ``clock`` gives the present moment in UTC.
    Raises ``InvalidInput`` ``bad-database-url``.
    """
    return Book(
        open_store(url),
        workspace=workspace,
        by=by or f"cli:{_os_user()}",
        clock=clock or (lambda: datetime.now(UTC)),
    )


class Book(Reports, Reviewing, Saving, Upkeep, Editing):
    """One workspace of one database. Made by ``stocktake.open``; a context manager that closes it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Book {self.store.url.render_as_string(hide_password=True)}, workspace {self.workspace}, by {self.by}>"

    def close(self) -> None:
        """Give the database's connections back."""
        self.store.close()

    # Declarations --------------------------------------------------------------------------------------------------

    def add_record_type(self, text: str, *, origin: str = "<text>") -> tuple[RecordType, tuple[str, ...]]:
        """Declare a record type from TOML or JSON; the type and the fields it gained (TYP-7).

        Raises ``InvalidInput`` with all mistakes at once, or ``destructive-change``.
        """
        self.set_up()
        record_type = self.declared().checked_record_type(text, origin=origin)
        return record_type, self._define(record_type)

    def add_source(self, source: Source) -> Source:
        """Declare a source of this workspace, or change its declaration (PRE-2).

        Raises ``NotFound`` for a record type, and ``InvalidInput`` for a field, that is not declared.
        """
        self.set_up()
        checked = self.declared().checked_source(source)
        with self._writing() as unit:
            unit.keep_source(checked.name, Declared.source_text(checked), at=self.clock())
        return checked

    def mappings(self) -> list[KeptMapping]:
        """The saved mappings of this workspace, by name (MAP-4)."""
        if not self.store.exists or not self.store.is_set_up:
            return []
        with self._reading() as unit:
            return [KeptMapping(**each) for each in unit.saved_mappings()]

    def mapping(self, name: str) -> KeptMapping:
        """A saved mapping. Raises ``NotFound`` ``unknown-mapping``."""
        return mapped.named(name, self.mappings())

    def add_mapping(
        self, name: str, text: str, *, record_type: str, source: str, origin: str = "<text>"
    ) -> KeptMapping:
        """Save a mapping, in TOML or JSON, for the files of a source (MAP-4).

        Raises ``InvalidInput`` with all mistakes at once, or ``mapping-of-other-source``.
        """
        declared, kept = self.declared(), self.mappings()
        saved = mapped.checked(name, text, declared, kept, kind=record_type, source=source, origin=origin)
        made = KeptMapping(
            name=name,
            source=declared.source(source, record_type).name,
            record_type=record_type,
            descriptor=mapping_to_json(saved),
        )
        self.set_up()
        with self._writing() as unit:
            unit.keep_saved_mapping(
                name,
                source=made.source,
                record_type=record_type,
                descriptor=made.descriptor,
                at=self.clock(),
            )
        return made

    def remove_mapping(self, name: str) -> KeptMapping:
        """Forget a saved mapping; what it was. Raises ``NotFound`` ``unknown-mapping``."""
        found = self.mapping(name)
        with self._writing() as unit:
            unit.drop_saved_mapping(name)
        return found

    def _define(self, record_type: RecordType) -> tuple[str, ...]:
        return self.store.define(record_type, Declared.record_type_text(record_type), at=self.clock())

    # Inspecting ----------------------------------------------------------------------------------------------------

    def inspect(
        self,
        content: Content,
        *,
        name: str | None = None,
        encoding: str | None = None,
        delimiter: str | None = None,
        header_line: int | None = None,
        sheet: str | None = None,
        progress: Progress | None = None,
    ) -> Inspection:
        """What a file or a frame is like, and what it could be imported as (INT-11). ``content`` as for :meth:`plan`.

        Raises ``NotFound``, ``Unreadable`` and ``InvalidInput``.
        """
        declared = self.declared()
        options = ReadOptions(encoding=encoding, delimiter=delimiter, header_line=header_line, sheet=sheet)
        return inspect(
            origin_of(content, options, name).open(),
            name or content_name(content),
            declared.record_types,
            declared.sources,
            progress or Silence(),
        )

    # Planning and applying -----------------------------------------------------------------------------------------

    def plan(
        self,
        content: Content,
        *,
        record_type: str,
        source: str,
        strategy: str | None = None,
        name: str | None = None,
        columns: Iterable[tuple[str, str]] = (),
        mapping: str | Path | None = None,
        duplicates: str = "reject",
        on_error: str | None = None,
        reject_limit: str = "5%",
        allow_retire: int | None = None,
        accept_baseline: bool = False,
        on_guard: str = "refuse",
        keep: Iterable[int] = (),
        no_reactivate: Iterable[int] = (),
        reactivate_only: Iterable[str] | None = None,
        overrides: str | Path | Mapping[str, Any] | None = None,
        rekey: Iterable[int] | Literal["all"] = (),
        refresh: bool = False,
        as_of: str | datetime | None = None,
        flow: str | None = None,
        phase: str | None = None,
        encoding: str | None = None,
        delimiter: str | None = None,
        header_line: int | None = None,
        sheet: str | None = None,
        progress: Progress | None = None,
    ) -> OpenPlan:
        """Preview an import; nothing is written (PLN-5). The options are those of the command line (interfaces.md).

        ``content`` is the path of a file, a Polars or pandas frame, whatever offers ``__arrow_c_stream__``, or an iterable
        of mappings, read once and to its end. ``name`` is what the run calls it: else the file's name, ``frame``, ``items``.
        ``mapping`` is the name of a saved mapping, or the file of one (MAP-4). ``overrides`` is a file, or its content: rows
        to skip, cells written anew, words and what they mean, records to keep (INT-11). ``accept_baseline`` says that what
        this snapshot retires is usual for its source (PRE-12). ``rekey`` names records that go by a new external id from now
        on (PRE-19). ``as_of`` is when the content was true: a snapshot older than the source's newest is refused (PRE-10).
        ``flow`` is the discovery flow that the import belongs to, made when it is applied where it is new, and ``phase`` its
        phase, ``inventory`` if left out (LIN-10).

        Raises ``NotFound`` for an unknown type, source, mapping or file, ``Unreadable`` and ``InvalidInput`` for structural
        faults (``source-not-readable`` for content of another kind).
        Guards and rejected rows raise nothing here: they are the plan's ``refusal``.
        """
        declared = self.declared()
        kind, chosen = declared.record_type(record_type), declared.source(source, record_type)
        true_at = moment_of(as_of, chosen.time_zone, option="--as-of")
        told = chosen_overrides(overrides)
        only = told.reactivate_only if reactivate_only is None else tuple(reactivate_only)
        options = ImportOptions(
            strategy=strategy,
            columns=tuple(columns),
            mapping=self._saved(mapping, declared, record_type, source),
            duplicates=duplicates,
            on_error=OnError(on_error) if on_error else None,
            reject_limit=reject_limit,
            allow_retire=allow_retire,
            accept_baseline=accept_baseline,
            on_guard=OnGuard(on_guard),
            keep=(*keep, *told.keep),
            no_reactivate=(*no_reactivate, *told.no_reactivate),
            reactivate_only=only,
            overrides=told.overrides,
            rekey=() if rekey == "all" else tuple(rekey),
            rekey_all=rekey == "all",
            refresh=refresh,
            as_of=true_at.isoformat() if true_at else None,
            flow=self._flow(flow, phase, kind),
            read=ReadOptions(encoding=encoding, delimiter=delimiter, header_line=header_line, sheet=sheet),
        )
        request = Request(
            plan_id=secrets.token_hex(16),
            at=self.clock(),
            workspace=self.workspace,
            name=name or content_name(content),
            record_type=kind,
            source=chosen,
            keepers=declared.keepers(),
            referring=declared.referring(record_type),
            options=options,
            record_types=declared.record_types,
            sources=tuple(declared.sources.values()),
            stored=frozenset(declared.stored_record_types),
            as_of=true_at,
        )
        origin = origin_of(content, options.read, name)
        timed = TimedProgress(progress or Silence())
        known = record_type in declared.stored_record_types
        made = (
            self._planned(origin, request, timed)
            if known
            else self._planned_on_nothing(origin, request, timed)
        )
        path = Path(fspath(content)) if isinstance(content, str | PathLike) else None
        return OpenPlan(self, replace(made, timings=timed.seconds()), path)

    def _saved(
        self, mapping: str | Path | None, declared: Declared, record_type: str, source: str
    ) -> SavedMapping | None:
        if mapping is None:
            return None
        return mapped.chosen(mapping, declared, self.mappings(), kind=record_type, source=source)

    def _planned(self, origin: Origin, request: Request, progress: Progress) -> Plan:
        with self._reading() as unit:
            return preview(unit, origin, request, progress)

    def _planned_on_nothing(self, origin: Origin, request: Request, progress: Progress) -> Plan:
        """Plan against an empty database in memory: the real one has no table of this type yet (PLN-25)."""
        nothing = open_store("sqlite://")
        try:
            nothing.migrate(at=request.at)
            nothing.define(request.record_type, "{}", at=request.at)
            with nothing.reading(1) as unit:
                if not (self.store.exists and self.store.is_set_up):
                    return preview(unit, origin, request, progress)
                with self._reading() as elsewhere:
                    return preview(unit, origin, request, progress, elsewhere=elsewhere)
        finally:
            nothing.close()

    def apply(self, opened: OpenPlan, *, by: str | None = None, progress: Progress | None = None) -> OpenRun:
        """Write a plan; what the database says of the run afterwards (APP-5). Raises what ``OpenPlan.apply`` does."""
        self.set_up()
        plan = opened.plan
        declared = self.declared()
        for each in (plan.record_type, *stubbed_types(plan)):
            if declared.needs_definition(each):
                self._define(each)
        timed = TimedProgress(progress or Silence())
        run_id = apply(
            self.store,
            self.workspace_id,
            plan,
            by=by or self.by,
            keepers=declared.keepers(),
            referring=declared.referring(plan.record_type.name),
            clock=self.clock,
            seconds=timed.seconds,
            progress=timed,
        )
        run = self.run(run_id).run
        _log.info(
            "run %s: %s %s: %s in %.1f s",
            run_id,
            plan.source.name,
            plan.record_type.name,
            tally(plan.counts),
            sum(run.phases.values()),
        )
        return OpenRun(self, run)

    def decisions(self, plan: Plan, action: str | None = None) -> pl.DataFrame:
        """A plan row by row, see ``OpenPlan.decisions``."""
        if plan.content_run is None:
            return decisions(plan, action)
        return self._told_again(plan, None if action in (None, "unchanged") else 0)

    def first_decisions(self, plan: Plan, limit: int) -> pl.DataFrame:
        """See ``OpenPlan.first_decisions``."""
        if plan.content_run is None:
            return first_decisions(plan, limit)
        return self._told_again(plan, limit)

    def _told_again(self, plan: Plan, limit: int | None) -> pl.DataFrame:
        with self._reading() as unit:
            return told_again(unit.raw_chunks(plan.content_run), plan.strategy, limit)

    def history(self, plan: Plan, limit: int) -> dict[str, Any]:
        """See ``OpenPlan.history``."""
        return history_of(plan, named_records(plan.frames.history.head(limit), plan))

    def reasons(self, strategy: str) -> dict[str, str]:
        """Rule → the reason shown to people, of one strategy; raw rows name their rule (LIN-2)."""
        return {rule.code: rule.reason for rule in TABLES[strategy].rules} if strategy in TABLES else {}

    # Runs ----------------------------------------------------------------------------------------------------------

    def runs(
        self,
        *,
        source: str | None = None,
        record_type: str | None = None,
        full: bool | None = None,
        page: int = 1,
        page_size: int = 50,
    ) -> tuple[list[Run], int]:
        """A page of the runs, newest first, and how many there are (PRE-22).

        ``source`` and ``record_type`` narrow them; ``full`` to full snapshots, or, if false, to all other imports. Raises
        ``NotFound`` ``unknown-source`` or ``unknown-record-type``.
        """
        declared = self.declared()
        only = {
            "source": declared.source_named(source).name if source is not None else None,
            "record_type": declared.record_type(record_type).name if record_type is not None else None,
            "is_full_snapshot": full,
        }
        with self._reading() as unit:
            found = unit.runs(limit=page_size, offset=(page - 1) * page_size, **only)
            return found, unit.run_count(**only)

    def preview_rollback(self, run_id: int) -> RollbackPreview:
        """What undoing a run would do (ROL-4). Raises ``NotFound``; ``RollbackBlocked`` where it cannot be undone at all."""
        types = self.declared().record_types
        with self._reading() as unit:
            return preview_rollback(unit, run_id, types, at=self.clock())

    def rollback(
        self,
        run_id: int,
        *,
        by: str | None = None,
        reason: str | None = None,
        progress: Progress | None = None,
    ) -> OpenRun:
        """Undo a run (ROL-2); the rollback's own run. Raises ``NotFound``, ``RollbackBlocked``, ``Busy``."""
        self.store.check_schema()
        own_id, _ = rollback(
            self.store,
            self.workspace_id,
            run_id,
            self.declared().record_types,
            by=by or self.by,
            reason=reason,
            clock=self.clock,
            progress=progress or Silence(),
        )
        return self.run(own_id)

    # Lists ---------------------------------------------------------------------------------------------------------

    def listing(self) -> Any:
        """A unit to read lists with: ``with book.listing() as unit: unit.record_page(…)``."""
        return self._reading()

    def record_type(self, name: str) -> RecordType:
        """A declared record type. Raises ``NotFound`` ``unknown-record-type``."""
        return self.declared().record_type(name)


def _os_user() -> str:
    """The operating system's name of who runs this; its number where it has no name, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


__all__ = ["Book", "Unit", "open_book"]
