"""``run show``, ``run rows``, ``run history``, ``run errors``: one run and what it did."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from stocktake.flows.run_rows import REJECTED
from stocktake.interfaces.cli.column import show_decisions
from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.screen import Column, Screen, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.cli.statistic import show_totals
from stocktake.interfaces.document import timings_of
from stocktake.interfaces.run_document import counts_of, run_document, stats_of
from stocktake.interfaces.run_rows_document import Decision, run_rows_page
from stocktake.interfaces.run_wording import status_words
from stocktake.interfaces.wording import HISTORY_KINDS, moment_text, to_text, value_text
from stocktake.model.activity import ActivityFilter
from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.reporting.sentence import plural, rejected

if TYPE_CHECKING:
    pass

#: So many sentences of the audit are shown.
SENTENCES = 20

RunNumber = Annotated[int, Parameter(metavar="RUN", help="The run's number, as `stocktake runs` prints it.")]
app = App(name="run", help="One run: show, rows, history, errors.", help_format="plaintext")


@app.command
def show(run: RunNumber, /, *, options: GlobalOptions | None = None) -> None:
    """What one run did, in numbers and sentences.

    Example: stocktake run show 3
    """
    with session(options) as opened:
        found = opened.book.run(run).run
        with opened.book.listing() as unit:
            activity = unit.activity(ActivityFilter(run_id=found.run_id), limit=SENTENCES + 1)
        if opened.options.json:
            sentences = [each.sentence for each in activity[:SENTENCES]]
            opened.screen.document({**run_document(found), "activity": sentences})
        else:
            _show(opened, found, [each.sentence for each in activity])


def _show(opened: Session, run: Run, sentences: list[str]) -> None:
    screen = opened.screen
    screen.line(f"Run {run.run_id}: {_title(run)}", style="bold")
    facts = (
        ("status", status_words(run)),
        ("started", moment_text(run.started_at)),
        ("applied", moment_text(run.applied_at) or None),
        ("by", run.initiated_by),
        ("strategy", "snapshot (full)" if run.strategy == "snapshot" else run.strategy),
        ("file sha256", run.file_sha256),
        ("took", _took(run)),
        ("replaces", f"run {run.replaces_run}" if run.replaces_run else None),
        ("rolled back", moment_text(run.rolled_back_at) or None),
        ("raw rows pruned", moment_text(run.raw_pruned_at) or None),
        ("discovery flow", f"{run.discovery_flow_id}, phase {run.phase}" if run.discovery_flow_id else None),
        ("master flow", run.master_flow_id),
        ("mends", f"run {run.mends_run}" if run.mends_run else None),
        ("mended", rejected(run) if run.mended else None),
        ("reason", run.reason),
    )
    screen.table([mark(""), Column("")], [each for each in facts if each[1]], indent=2)
    show_decisions(screen, run.decisions)
    show_totals(screen, run)
    counts = [(count, name.replace("_", " ")) for name, count in counts_of(run).items() if count]
    if counts:
        screen.line()
        screen.table([number("count"), mark("what")], counts, indent=2)
    if sentences:
        screen.heading("What happened")
        for each in sentences[:SENTENCES]:
            screen.line(f"  {each}")
        if len(sentences) > SENTENCES:
            screen.line(f"  … {opened.command(f'activity --run {run.run_id}')} tells everything.")
    _next(opened, run)


def _took(run: Run) -> str | None:
    """How long it took, and each phase of it (APP-5)."""
    if not run.phases:
        return None
    phases = ", ".join(f"{name} {seconds:.1f}" for name, seconds in timings_of(run.phases).items() if seconds)
    return f"{sum(run.phases.values()):.1f} s" + (f" ({phases})" if phases else "")


def _next(opened: Session, run: Run) -> None:
    """What can be done with the run; a prune cannot be undone, and only an import has rows."""
    if run.kind is RunKind.IMPORT and run.status is RunStatus.ROLLED_BACK and not run.replaced_by:
        opened.screen.line()
        again = opened.command(f"reimport {run.run_id} FILE")
        opened.screen.line(f"{again} imports another file in its place, with the same mapping and options.")
    if run.kind in (RunKind.ROLLBACK, RunKind.PRUNE) or run.status is not RunStatus.APPLIED:
        return
    opened.screen.line()
    if run.kind is not RunKind.IMPORT:
        opened.screen.line(f"{opened.command(f'rollback {run.run_id}')} undoes it.")
        return
    opened.screen.line(f"{opened.command(f'run rows {run.run_id}')} lists its rows.")
    if stats_of(run).get("errors"):
        opened.screen.line(
            f"{opened.command(f'run errors {run.run_id} --out bad.xlsx')} saves the rejected rows, to be mended."
        )
    opened.screen.line(f"{opened.command(f'rollback {run.run_id}')} undoes it.")


def _title(run: Run) -> str:
    if run.kind is RunKind.PRUNE:
        return "pruned raw rows"
    if run.kind is RunKind.BACKFILL:
        return f"backfilled {run.filename}"
    if run.kind is RunKind.ROLLBACK:
        return f"undid run {run.undoes_run} ({_subject_type(run)})"
    if run.kind is RunKind.EDIT:
        return run.subject
    if run.source is None:
        return run.subject
    return f"{run.filename or run.kind} ({run.record_type} from {run.source})"


def _subject_type(run: Run) -> str:
    return f"{run.record_type} from {run.source}" if run.source else f"{run.record_type} by hand"


@app.command
def rows(
    run: RunNumber,
    /,
    *,
    decision: Annotated[
        Decision | None,
        Parameter(help="Only rows and records with this decision; reappeared: rows that had been missing."),
    ] = None,
    page: Page | None = None,
    options: GlobalOptions | None = None,
) -> None:
    """The rows of one run as they were read, and what became of each; then the records that the file lacked.

    Example: stocktake run rows 3 --decision retire
    """
    wanted = chosen(page)
    with session(options) as opened:
        found, total = run_rows_page(opened.book, run, (decision,) if decision else (), wanted)
        if opened.options.json:
            opened.screen.document(wanted.document(found, total))
            return
        if not total:
            opened.screen.line(_no_rows(opened.book.run(run).run, decision))
            return
        columns = [number("line"), mark("decision"), Column("name"), Column("external id"), number("record")]
        opened.screen.table(
            [*columns, Column("why")],
            [
                (
                    as_id(each["line"]),
                    each["decision"],
                    each["name"],
                    each["external_id"],
                    as_id(each["record_id"]),
                    each["reason"],
                )
                for each in found
            ],
        )
        wanted.footer(opened.screen, len(found), total)


def _no_rows(run: Run, decision: str | None) -> str:
    if run.raw_pruned_at:
        return (
            f"The raw rows of run {run.run_id} were pruned on {moment_text(run.raw_pruned_at)[:10]}; "
            "what it did to records stays."
        )
    what = f' with the decision "{decision}"' if decision else ""
    return f"Run {run.run_id} has no rows{what}."


@app.command
def history(run: RunNumber, /, *, page: Page | None = None, options: GlobalOptions | None = None) -> None:
    """What a run added to the history of tracked fields, record by record.

    That a record is new is derived and not stored; `stocktake history` shows it.

    Example: stocktake run history 3
    """
    wanted = chosen(page)
    with session(options) as opened:
        told = opened.book.run(run)
        found = told.history()
        part = found.slice(wanted.offset, wanted.limit).to_dicts()
        if opened.options.json:
            opened.screen.document(wanted.document(part, found.height))
        elif found.is_empty():
            opened.screen.line(f"Run {run} added nothing to the history of tracked fields.")
        else:
            kind = opened.book.record_type(told.run.record_type or "")
            columns = [
                number("record"),
                Column("name"),
                mark("field"),
                Column("from"),
                Column("to"),
                mark("how"),
            ]
            opened.screen.table(
                columns,
                [
                    (
                        as_id(each["record_id"]),
                        each["name"],
                        kind[each["field"]].label if each["field"] in kind else each["field"],
                        value_text(each["from"]),
                        to_text(each),
                        HISTORY_KINDS.get(each["kind"], each["kind"]),
                    )
                    for each in part
                ],
            )
            wanted.footer(opened.screen, len(part), found.height)


@app.command
def errors(
    run: RunNumber,
    /,
    *,
    out: Annotated[
        Path | None,
        Parameter(
            metavar="FILE",
            help="Write all rejected rows to this file, to be mended: a workbook if it ends in .xlsx, else CSV.",
        ),
    ] = None,
    page: Page | None = None,
    options: GlobalOptions | None = None,
) -> None:
    """The rows a run rejected, in their own columns with what is wrong.

    Mended, the file is imported again with `stocktake import FILE --mends RUN` (ERR-3).

    Example: stocktake run errors 3 --out bad.xlsx
    """
    wanted = chosen(page)
    with session(options) as opened:
        if out is not None:
            _save_rejected(opened, run, out)
            return
        found, total = run_rows_page(opened.book, run, REJECTED, wanted)
        if opened.options.json:
            opened.screen.document(wanted.document(found, total))
        elif not total:
            told = opened.book.run(run).run
            pruned = told.raw_pruned_at is not None
            opened.screen.line(_no_rows(told, None) if pruned else f"Run {run} rejected no rows.")
        else:
            _tell_rejected(opened.screen, found)
            wanted.footer(opened.screen, len(found), total)


def _save_rejected(opened: Session, run: int, out: Path) -> None:
    count = opened.book.run(run).save_rejected(out)
    if opened.options.json:
        opened.screen.document({"file": str(out), "rows": count})
        return
    opened.screen.line(f"{plural(count, 'rejected row')} written to {out}.")
    if count:
        again = opened.command(shlex.join(["import", str(out), "--mends", str(run)]))
        opened.screen.line(f"Mend what _message says, and import them again: {again}")


def _tell_rejected(screen: Screen, found: list[dict[str, Any]]) -> None:
    screen.table(
        [number("line"), mark("decision"), Column("name"), Column("what is wrong")],
        [
            (as_id(each["line"]), each["decision"], each["name"] or each["external_id"], each["reason"])
            for each in found
        ],
    )
