"""Files and frames that are looked into, planned and applied (PLN, APP)."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from os import PathLike, fspath
from pathlib import Path
from time import perf_counter
from typing import Any, Literal, Unpack, cast

import polars as pl

from stocktake.access.right import Right
from stocktake.book.declared import Declared
from stocktake.book.handle import Home, OpenPlan, OpenRun
from stocktake.book.moment import moment_of
from stocktake.book.overriding import chosen_overrides, settled
from stocktake.book.recognising import Recognising, named_target
from stocktake.book.right import needs
from stocktake.book.timing import TimedProgress
from stocktake.catalog.kept_options import options_from_kept
from stocktake.flows.application import apply
from stocktake.flows.measuring import counted, counted_again
from stocktake.flows.mending import as_mended, run_to_mend
from stocktake.flows.preview import preview
from stocktake.flows.referral import stubbed_types
from stocktake.flows.request import Request
from stocktake.mapping.suggestion import SAFE, SHOWN
from stocktake.model.errors import InvalidInput
from stocktake.model.options import ImportOptions, OnConflict, OnError, OnGuard, ReadChoices, ReadOptions
from stocktake.model.plan import Plan
from stocktake.model.problem import Warning
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run
from stocktake.model.source import Source
from stocktake.model.statistic import Statistic
from stocktake.planning.explanation import decisions, first_decisions, told_again
from stocktake.planning.naming import named_records
from stocktake.planning.table import TABLES
from stocktake.ports.progress import Progress, Silence
from stocktake.ports.reader import Origin
from stocktake.ports.store import Unit
from stocktake.readers.handed import Content, content_name, origin_of
from stocktake.reporting.history import history_of
from stocktake.stores.store import open_store

_log = logging.getLogger("stocktake")

#: So many decisions of a plan are logged, row by row.
LOGGED = 10_000


class Importing(Recognising):
    """The part of a book that imports."""

    @needs(Right.IMPORT)
    def plan(
        self,
        content: Content,
        *,
        record_type: str | None = None,
        source: str | None = None,
        strategy: str | None = None,
        mends: int | None = None,
        name: str | None = None,
        columns: Iterable[tuple[str, str]] = (),
        reads: Iterable[tuple[str, str]] = (),
        mapping: str | Path | None = None,
        duplicates: str = "reject",
        on_conflict: str | None = None,
        on_error: str | None = None,
        reject_limit: str = "5%",
        allow_retire: int | None = None,
        accept_baseline: bool = False,
        on_guard: str = "refuse",
        keep: Iterable[int] = (),
        no_reactivate: Iterable[int] = (),
        reactivate_only: Iterable[str] | None = None,
        reactivate: Iterable[int] = (),
        overrides: str | Path | Mapping[str, Any] | None = None,
        rekey: Iterable[int] | Literal["all"] = (),
        same: Mapping[str, int] | Iterable[tuple[str, int]] = (),
        new: Iterable[str] = (),
        accept_suggestions: float | None = None,
        extra: str | None = None,
        refresh: bool = False,
        as_of: str | datetime | None = None,
        flow: str | None = None,
        phase: str | None = None,
        progress: Progress | None = None,
        **reading: Unpack[ReadChoices],
    ) -> OpenPlan:
        """Preview an import; nothing is written (PLN-5). The options are those of the command line (interfaces.md).

        ``content`` is the path of a file, a Polars or pandas frame, whatever offers ``__arrow_c_stream__``, or an iterable
        of mappings, read once and to its end. ``name`` is what the run calls it: else the file's name, ``frame``, ``items``.
        ``reads`` says of columns how they are read, in pairs such as ``("Close Date", "dmy")``: a date order, a picture of a
        number (``1.234,56``), a time zone, or ``auto`` to decide by this file's cells alone (CLN-1).
        ``mapping`` is the name of a saved mapping, or the file of one (MAP-4). ``overrides`` is a file, or its content: rows
        to skip, cells written anew, words and what they mean, records to keep (INT-11). ``accept_baseline`` says that what
        this snapshot retires is usual for its source (PRE-12). ``rekey`` names records that go by a new external id from now
        on (PRE-19). ``reactivate`` names records that come back although a person retired them (PRE-17). ``same`` and
        ``new`` settle rows that conflict or are ambiguous, named by their external id or as ``line:14``: which record each
        is, or that it is a new one (PRE-20); see :meth:`OpenPlan.conflicts`. ``as_of`` is when the content was true: a
        snapshot older than the source's newest is refused (PRE-10). ``flow`` is the discovery
        flow that the import belongs to, made when it is applied where it is new, and ``phase`` its phase, ``inventory`` if
        left out (LIN-10). ``mends`` is the run whose rejected rows these are, mended: they are merged, and record type,
        source, mapping and words are that run's unless given (ERR-3).
        ``on_conflict`` says what becomes of a row whose identities lead to different records: ``review``, or ``overwrite``:
        the record of the higher identity gets the lower one too, and the other record's gets a suffix (PACK-1).

        ``accept_suggestions``: columns that nobody speaks for feed the fields that are suggested for them with at least so
        much confidence, 0 to 1 (MAP-1). ``extra``: ``keep`` or ``drop`` the columns that feed nothing, whatever the type
        declares (MAP-3). Without record type or source they are those that the header names, where that is clear (MAP-2).
        How to read a file is said in the words of :class:`~stocktake.model.options.ReadOptions`: ``encoding="cp1252"``,
        ``delimiter=";"``, ``header_line=3``, ``sheet="Deals"`` … (REA-2).

        Raises ``NotFound`` for an unknown type, source, mapping or file, ``Unreadable`` and ``InvalidInput`` for structural
        faults (``source-not-readable`` for content of another kind; ``column-ambiguous``, ``column-mixed`` and
        ``column-without-time-zone`` where cells do not say how their column is read), and for decisions that do not fit.
        Guards and rejected rows raise nothing here: they are the plan's ``refusal``.
        """
        declared = self.declared()
        run = self._to_mend(mends, source, record_type, declared)
        read = ReadOptions(**reading, limits=self.limits)
        told_apart: tuple[Warning, ...] = ()
        if run is None and (record_type is None or source is None):
            record_type, source, mapping, told_apart = self._recognised(
                content, read, declared, record_type, source, mapping
            )
        record_type, source = named_target(run, record_type, source)
        kind, chosen = declared.record_type(record_type), declared.source(source, record_type)
        true_at = moment_of(as_of, chosen.time_zone, option="--as-of")
        told = chosen_overrides(overrides)
        options = ImportOptions(
            strategy=strategy,
            columns=tuple(columns),
            reads=tuple(reads),
            mapping=self._saved(mapping, declared, record_type, source),
            duplicates=duplicates,
            on_conflict=as_on_conflict(on_conflict),
            on_error=OnError(on_error) if on_error else None,
            reject_limit=reject_limit,
            allow_retire=allow_retire,
            accept_baseline=accept_baseline,
            on_guard=OnGuard(on_guard),
            keep=(*keep, *told.keep),
            no_reactivate=(*no_reactivate, *told.no_reactivate),
            reactivate_only=told.reactivate_only if reactivate_only is None else tuple(reactivate_only),
            reactivate=(*reactivate, *told.reactivate),
            overrides=settled(told.overrides, same, new),
            rekey=() if rekey == "all" else tuple(rekey),
            rekey_all=rekey == "all",
            refresh=refresh,
            as_of=true_at.isoformat() if true_at else None,
            flow=self._flow(flow, phase, kind),
            read=read,
            accept_suggestions=as_confidence(accept_suggestions),
            extra=as_extra(extra),
        )
        if run is not None:
            with self._reading() as unit:
                options = as_mended(options, run, options_from_kept(unit.options_of(run.run_id)))
        planned = self._plan_with(
            content, kind, chosen, options, name=name, true_at=true_at, progress=progress
        )
        if mapping is None and not told_apart:
            told_apart = self._seen_before(planned.plan, declared)
        if not told_apart:
            return planned
        return replace(planned, plan=replace(planned.plan, warnings=told_apart + planned.plan.warnings))

    def _plan_with(
        self,
        content: Content,
        kind: RecordType,
        chosen: Source,
        options: ImportOptions,
        *,
        name: str | None,
        true_at: datetime | None,
        progress: Progress | None,
    ) -> OpenPlan:
        """The plan that the options ask for."""
        self._check_overrides(options.allow_retire, options.accept_baseline)
        called = name or content_name(content)
        request = replace(self._request(kind, chosen, options, called), as_of=true_at)
        made = self._made(origin_of(content, options.read, name), request, progress)
        path = Path(fspath(content)) if isinstance(content, str | PathLike) else None
        return OpenPlan(cast(Home, self), made, path)

    def _request(self, kind: RecordType, chosen: Source, options: ImportOptions, name: str) -> Request:
        """What is asked for, beside all that is declared."""
        declared = self.declared()
        return Request(
            plan_id=secrets.token_hex(16),
            at=self.clock(),
            workspace=self.workspace,
            name=name,
            record_type=kind,
            source=chosen,
            keepers=declared.keepers(),
            referring=declared.referring(kind.name),
            options=options,
            record_types=declared.record_types,
            sources=tuple(declared.sources.values()),
            stored=frozenset(declared.stored_record_types),
        )

    def _made(self, origin: Origin, request: Request, progress: Progress | None) -> Plan:
        """The plan of what ``origin`` gives, with the seconds that it took."""
        timed = TimedProgress(progress or Silence())
        plan = self._planned if request.record_type.name in request.stored else self._planned_on_nothing
        made = plan(origin, request, timed)
        return replace(made, timings=timed.seconds())

    def _to_mend(
        self, run_id: int | None, source: str | None, record_type: str | None, declared: Declared
    ) -> Run | None:
        if run_id is None:
            return None
        named = declared.source_named(source).name if source is not None else None
        with self._reading() as unit:
            return run_to_mend(unit, run_id, source=named, record_type=record_type)

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

    @needs(Right.IMPORT)
    def apply(self, opened: OpenPlan, *, by: str | None = None, progress: Progress | None = None) -> OpenRun:
        """Write a plan; what the database says of the run afterwards (APP-5). Raises what ``OpenPlan.apply`` does."""
        since = perf_counter()
        self._set_up()
        return self._finished(self._write(opened.plan, by or self.by, progress), since)

    def _write(
        self,
        plan: Plan,
        by: str,
        progress: Progress | None,
        beside: Callable[[Unit, int], None] | None = None,
        draft_id: int | None = None,
    ) -> int:
        """Write a plan in one transaction, with what ``beside`` writes, as the run of a draft, if any; its run's id."""
        self._check_overrides(plan.options.allow_retire, plan.options.accept_baseline)
        self._log_decisions(plan)
        declared = self.declared()
        for each in (plan.record_type, *stubbed_types(plan)):
            if declared.needs_definition(each):
                self._define(each)
        timed = TimedProgress(progress or Silence())
        return apply(
            self.store,
            self.workspace_id,
            plan,
            by=by,
            keepers=declared.keepers(),
            referring=declared.referring(plan.record_type.name),
            clock=self.clock,
            seconds=timed.seconds,
            progress=timed,
            beside=beside,
            draft_id=draft_id,
        )

    def _log_decisions(self, plan: Plan) -> None:
        """Row by row at DEBUG, and nothing at all where nobody listens (APP-9)."""
        if not _log.isEnabledFor(logging.DEBUG):
            return
        found = self.decisions(plan)
        for row in found.head(LOGGED).iter_rows(named=True):
            place = f"line {row['line']}" if row["line"] is not None else "no line"
            about = (plan.plan_id, place, row["action"], row["external_id"], row["record_id"], row["reason"])
            _log.debug("plan %s, %s: %s %r (record %s): %s", *about)
        if found.height > LOGGED:
            _log.debug("plan %s: %s more decisions", plan.plan_id, f"{found.height - LOGGED:,}")

    @needs(Right.VIEW)
    def decisions(self, plan: Plan, action: str | None = None) -> pl.DataFrame:
        """A plan row by row, see ``OpenPlan.decisions``."""
        if plan.content_run is None:
            return decisions(plan, action)
        return self._told_again(plan, None if action in (None, "unchanged") else 0)

    @needs(Right.VIEW)
    def first_decisions(self, plan: Plan, limit: int) -> pl.DataFrame:
        """See ``OpenPlan.first_decisions``."""
        if plan.content_run is None:
            return first_decisions(plan, limit)
        return self._told_again(plan, limit)

    def _told_again(self, plan: Plan, limit: int | None) -> pl.DataFrame:
        with self._reading() as unit:
            return told_again(unit.raw_chunks(plan.content_run), plan.strategy, limit)

    @needs(Right.VIEW)
    def statistics(self, plan: Plan) -> tuple[Statistic, ...]:
        """See ``OpenPlan.statistics``."""
        if plan.content_run is None:
            return counted(plan)
        with self._reading() as unit:
            return counted_again(unit, plan, plan.content_run)

    @needs(Right.VIEW)
    def history(self, plan: Plan, limit: int) -> dict[str, Any]:
        """See ``OpenPlan.history``."""
        return history_of(plan, named_records(plan.frames.history.head(limit), plan))

    @needs(Right.VIEW)
    def reasons(self, strategy: str) -> dict[str, str]:
        """Rule → the reason shown to people, of one strategy; raw rows name their rule (LIN-2)."""
        return {rule.code: rule.reason for rule in TABLES[strategy].rules} if strategy in TABLES else {}


def as_confidence(least: float | None) -> float | None:
    """The least confidence of a suggestion. Raises ``InvalidInput`` ``bad-option``."""
    if least is not None and not SHOWN <= least <= 1:
        raise InvalidInput(
            "bad-option",
            f"--accept-suggestions {least:g} is no confidence: nothing is suggested below {SHOWN:g}, and 1 is certain.",
            hint=f"Write --accept-suggestions {SAFE:g}.",
        )
    return least


def as_extra(word: str | None) -> str | None:
    """Keep or drop. Raises ``InvalidInput`` ``bad-option``."""
    if word not in (None, "keep", "drop"):
        raise InvalidInput("bad-option", f'--extra "{word}" is not known.', hint="Write keep or drop.")
    return word


def as_on_conflict(word: str | None) -> OnConflict:
    """Review, where nothing is said. Raises ``InvalidInput`` ``bad-option``."""
    try:
        return OnConflict(word or OnConflict.REVIEW)
    except ValueError:
        raise InvalidInput(
            "bad-option", f'--on-conflict "{word}" is not known.', hint="Write review or overwrite."
        ) from None
