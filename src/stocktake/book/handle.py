"""What a book hands out: plans and runs that know where they belong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from stocktake.book.rejected_file import write_rejected
from stocktake.flows.run_rows import RejectedRows, rejected_of_plan
from stocktake.flows.undoing import RollbackPreview
from stocktake.model.errors import Refusal
from stocktake.model.plan import Plan
from stocktake.model.run import Run, RunKind
from stocktake.model.statistic import Statistic
from stocktake.planning.explanation import conflicts, displaced, kept, problems
from stocktake.planning.guard import refusal
from stocktake.ports.progress import Progress
from stocktake.reporting.sentence import plural, tally
from stocktake.reporting.statistic import statistics_frame


class Home(Protocol):
    """The book that a plan or a run is of."""

    def decisions(self, plan: Plan, action: str | None = None) -> pl.DataFrame:
        """A plan row by row."""
        ...

    def first_decisions(self, plan: Plan, limit: int) -> pl.DataFrame:
        """The first ``limit`` rows and records of each decision."""
        ...

    def history(self, plan: Plan, limit: int) -> dict[str, Any]:
        """What a plan will add to the field history (HIS-5)."""
        ...

    def statistics(self, plan: Plan) -> tuple[Statistic, ...]:
        """What the columns of a plan's file say, with their values counted."""
        ...

    def apply(self, opened: OpenPlan, *, by: str | None = None, progress: Progress | None = None) -> OpenRun:
        """Write a plan."""
        ...

    def save_plan(self, opened: OpenPlan, path: str | PathLike[str]) -> Path:
        """Write a plan to a file."""
        ...

    def rejected_rows(self, run: Run) -> RejectedRows:
        """The rows that a run left out."""
        ...

    def save_rejected(self, run: Run, path: str | PathLike[str]) -> int:
        """Write them to a file."""
        ...

    def rows_of_run(self, run: Run, decision: str | None = None) -> pl.DataFrame:
        """The rows of a run."""
        ...

    def reimport_plan(self, run_id: int, content: Any, **options: Any) -> OpenPlan:
        """Another file in the place of a run."""
        ...

    def history_of_run(self, run: Run) -> pl.DataFrame:
        """What a run added to the field history."""
        ...

    def changed_by_run(self, run: Run) -> pl.DataFrame:
        """Which records a run changed."""
        ...

    def listing(self) -> Any:
        """A unit to read lists with."""
        ...

    def run(self, run_id: int) -> OpenRun:
        """One run."""
        ...

    def preview_rollback(
        self,
        run_id: int,
        *,
        chain: bool = False,
        partial: bool = False,
        cascade: bool = False,
        force_edited: bool = False,
    ) -> RollbackPreview:
        """What undoing a run would do."""
        ...

    def rollback(
        self,
        run_id: int,
        *,
        chain: bool = False,
        partial: bool = False,
        cascade: bool = False,
        force_edited: bool = False,
        by: str | None = None,
        reason: str | None = None,
    ) -> OpenRun:
        """Undo a run."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class OpenPlan:
    """A plan, and the book it was made in. ``apply`` does exactly what it says (PLN-7).

    ``path``: the file it was made from, None where Python handed in the rows.
    """

    book: Home
    plan: Plan
    path: Path | None = None

    def __repr__(self) -> str:
        plan, refused = self.plan, self.refusal
        verdict = f"; refused: {refused.code}" if refused else ""
        return (
            f"<Plan of {plan.file.name}, {plural(plan.file.rows, 'row')}: {plan.strategy} of {plan.record_type.name} from "
            f"{plan.source.name}: {tally(plan.counts)}{verdict}>"
        )

    @property
    def plan_id(self) -> str:
        """Names the plan: 32 hexadecimal digits. A plan is applied at most once (PLN-9)."""
        return self.plan.plan_id

    @property
    def counts(self) -> dict[str, int]:
        """How many rows and records of each decision."""
        return self.plan.counts

    @property
    def refusal(self) -> Refusal | None:
        """Why this plan may not be applied, or None (PRE-35)."""
        return refusal(self.plan)

    def decisions(self, action: str | None = None) -> pl.DataFrame:
        """Row by row: ``line, external_id, name, record_id, action, reason``; absent records have no line.

        ``action`` narrows it, e.g. to ``retire``.
        """
        return self.book.decisions(self.plan, action)

    def first_decisions(self, limit: int) -> pl.DataFrame:
        """The first ``limit`` rows and records of each decision, with the columns of :meth:`decisions`."""
        return self.book.first_decisions(self.plan, limit)

    def kept(self) -> pl.DataFrame:
        """What rows say and their records do not take (PRE-24): ``name, record_id, field, value, said, why``.

        ``why`` is ``kept by hand`` where a person gave the value of a locked field, or that a source believed more gave it.
        """
        return kept(self.plan)

    def displaced(self) -> pl.DataFrame:
        """Records from which rows take an identity: ``record_id, name, field, before, after, line, to_record`` (PACK-1)."""
        return displaced(self.plan)

    def conflicts(self, limit: int | None = None) -> pl.DataFrame:
        """Rows that conflict or are ambiguous, and the records that each may be (PRE-20).

        ``row, line, external_id, action, reason, record_id, name, found_by, values``: a line for the row itself, whose
        ``record_id`` is null, then one per record: by which fields it was found, and what it says of them. Settle a row by
        its ``row``: ``book.plan(…, same={row: record_id})`` or ``book.plan(…, new=[row])``. ``limit``: so many rows of
        each decision.
        """
        return conflicts(self.plan, limit)

    def problems(self, limit: int | None = None) -> pl.DataFrame:
        """What is wrong with rejected rows: ``row`` (the line), ``column, value, code, message`` (ERR-2)."""
        return problems(self.plan, limit)

    def rejected(self) -> pl.DataFrame:
        """The rows that applying it leaves out, in their own columns, with ``_line``, ``_code``, ``_message`` (ERR-3)."""
        return rejected_of_plan(self.plan).frame()

    def save_rejected(self, path: str | PathLike[str]) -> int:
        """Write those rows to a file, to be mended: a workbook where its name ends in ``.xlsx``, else CSV; how many.

        Raises what :meth:`OpenRun.save_rejected` does.
        """
        found = rejected_of_plan(self.plan)
        write_rejected(found, Path(fspath(path)))
        return found.rows.height

    def history(self, *, details: int = 100) -> dict[str, Any]:
        """``changes, changes_by_field, new, removed, details``: what applying adds to the field history (HIS-5)."""
        return self.book.history(self.plan, details)

    def statistics(self) -> pl.DataFrame:
        """What the file's columns say, one line per field (CLN-4).

        ``field, column, type, rows, filled, minimum, maximum, sum, misfits, distinct, frequent, shortest, longest``: values
        as they are read, numbers and times as exact canonical text. ``misfits`` are filled cells that the type does not
        read, ``frequent`` the five most frequent values as ``{value, count}``, ``shortest`` and ``longest`` the characters
        of texts; null where the column is of another kind. Counting walks over all cells once more, column by column.
        """
        return statistics_frame(self.book.statistics(self.plan))

    def counted(self) -> OpenPlan:
        """The same plan, whose ``plan.statistics`` hold what :meth:`statistics` gives."""
        return replace(self, plan=replace(self.plan, statistics=self.book.statistics(self.plan)))

    def save(self, path: str | PathLike[str]) -> Path:
        """Save the plan as ``PLAN.json``, and its rows beside it in ``PLAN.parquet`` (PLN-24).

        ``Book.load_plan`` opens it again.
        Both files are for their owner's eyes only (mode 0600), and nothing is written to the database. The path of
        ``PLAN.json``. Raises ``InvalidInput`` ``bad-plan-name`` where it does not end so, ``cannot-write``.
        """
        return self.book.save_plan(self, path)

    def apply(self, *, by: str | None = None, progress: Progress | None = None) -> OpenRun:
        """Write the plan in one transaction.

        Raises ``GuardRefused``, ``InvalidInput`` (rejected rows), ``StalePlan`` or ``Busy``; then nothing was written.
        """
        return self.book.apply(self, by=by, progress=progress)


@dataclass(frozen=True, slots=True, repr=False)
class OpenRun:
    """A run as the database tells it, and the book it is in."""

    book: Home
    run: Run

    def __repr__(self) -> str:
        run = self.run
        if run.kind is RunKind.ROLLBACK:
            did = ", ".join(
                f"{count:,} {name.replace('_', ' ')}" for name, count in run.stats.items() if count
            )
            return f"<Run {run.run_id}, {run.status}: rollback of run {run.undoes_run}: {did or 'nothing changed'}>"
        if run.kind is RunKind.EDIT:
            return f"<Run {run.run_id}, {run.status}: {run.subject}: {plural(run.stats.get('fields', 0), 'field')}>"
        if run.kind is not RunKind.IMPORT:
            did = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in run.stats.items())
            return f"<Run {run.run_id}, {run.status}: {run.kind}: {did}>"
        return f"<Run {run.run_id}, {run.status}: {run.strategy} of {run.record_type} from {run.source}: {tally(run.stats)}>"

    @property
    def run_id(self) -> int:
        """The run's number."""
        return self.run.run_id

    @property
    def stats(self) -> dict[str, int]:
        """What the run did, in numbers."""
        return self.run.stats

    def rows(self, decision: str | None = None) -> pl.DataFrame:
        """Row by row: ``line, external_id, name, record_id, action, reason``, as the plan told before (PRE-22).

        Records that the file lacked have no line. ``decision`` narrows it, e.g. to ``retire``, or to ``reappeared``: rows
        whose link had been missing.
        """
        return self.book.rows_of_run(self.run, decision)

    def rejected(self) -> pl.DataFrame:
        """The rows left out, in their own columns, with ``_line``, ``_code`` and ``_message`` (ERR-3).

        Mended, the frame can be planned again: ``book.plan(frame, mends=run.run_id)``.
        """
        return self.book.rejected_rows(self.run).frame()

    def save_rejected(self, path: str | PathLike[str]) -> int:
        """Write those rows to a file, to be mended: a workbook where its name ends in ``.xlsx``, else CSV; how many.

        Raises ``InvalidInput`` ``bad-file-name``, ``cannot-write``, ``sheet-too-small``.
        """
        return self.book.save_rejected(self.run, path)

    def history(self) -> pl.DataFrame:
        """All that the run added to the field history: ``record_id, name, field, from, to, kind`` (HIS-5).

        ``name`` is null where the record is gone. Beginnings of new records are derived and not among them (HIS-4).
        """
        return self.book.history_of_run(self.run)

    def changed(self) -> pl.DataFrame:
        """Every record that the run wrote, of whatever type: ``record_type, record_id, act`` (APP-10).

        ``act`` is ``create``, ``update``, ``retire``, ``reactivate`` or ``delete``. A run that only writes links, as an
        acknowledgement, changes no record. Of a run that was undone the records it created are not told any more.
        """
        return self.book.changed_by_run(self.run)

    def preview_rollback(
        self,
        *,
        chain: bool = False,
        partial: bool = False,
        cascade: bool = False,
        force_edited: bool = False,
    ) -> RollbackPreview:
        """What undoing the run would do (ROL-4), with the options of ``Book.rollback``."""
        return self.book.preview_rollback(
            self.run_id, chain=chain, partial=partial, cascade=cascade, force_edited=force_edited
        )

    def rollback(
        self,
        *,
        chain: bool = False,
        partial: bool = False,
        cascade: bool = False,
        force_edited: bool = False,
        by: str | None = None,
        reason: str | None = None,
    ) -> OpenRun:
        """Undo the run whole, or as the options of ``Book.rollback`` say.

        Raises ``RollbackBlocked`` with what stands in the way (ROL-5).
        """
        return self.book.rollback(
            self.run_id,
            chain=chain,
            partial=partial,
            cascade=cascade,
            force_edited=force_edited,
            by=by,
            reason=reason,
        )

    def reimport_plan(self, content: Any, **options: Any) -> OpenPlan:
        """Preview another file in the place of this run, once that is rolled back (ROL-7).

        With its type, source, strategy, mapping and options; ``options`` are those of ``Book.reimport_plan``. Raises
        ``InvalidInput`` ``not-rolled-back``.
        """
        return self.book.reimport_plan(self.run_id, content, **options)
