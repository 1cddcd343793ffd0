"""``plan`` and ``import``: preview, confirm, apply (PLN, APP, PRE-35)."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from stocktake.book.plan_sheets import decisions_with_problems
from stocktake.interfaces.cli.arguments import ImportArguments
from stocktake.interfaces.cli.bar import progress_of
from stocktake.interfaces.cli.column import answered
from stocktake.interfaces.cli.failure import (
    DONE,
    INVALID,
    error_document,
    exit_code,
    hint_of,
    moved,
)
from stocktake.interfaces.cli.reading import ReadArguments
from stocktake.interfaces.cli.review import applied_words, review
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.document import import_document
from stocktake.interfaces.refusal_document import status_of
from stocktake.interfaces.wording import confirmation
from stocktake.model.errors import InvalidInput, NotFound, Refusal
from stocktake.model.run import RunStatus

if TYPE_CHECKING:
    import polars as pl

    from stocktake.book import OpenPlan, OpenRun

File = Annotated[
    Path,
    Parameter(
        metavar="FILE",
        help="CSV, TSV, JSON, NDJSON, Parquet or a workbook (.xlsx, .xls, .ods …), packed or not.",
    ),
]


def plan(
    file: File,
    /,
    *,
    arguments: ImportArguments | None = None,
    read: ReadArguments | None = None,
    options: GlobalOptions | None = None,
) -> int:
    """Preview an import: every decision, nothing written.

    Ends as the import would: 0, or the exit code of what would refuse it.

    Example: stocktake plan devices.csv --type device --source NINJAONE
    """
    asked = arguments or ImportArguments()
    with session(options, by=asked.by) as opened:
        planned = _planned(opened, file, asked, read or ReadArguments())
        return _dry_run(opened, planned, asked.out)


def import_file(
    file: File,
    /,
    *,
    arguments: ImportArguments | None = None,
    read: ReadArguments | None = None,
    dry_run: Annotated[
        bool, Parameter(show_default=False, help="Preview only, as `stocktake plan`.")
    ] = False,
    yes: Annotated[
        bool, Parameter(name=["--yes", "-y"], show_default=False, help="Do not ask. Never answers a guard.")
    ] = False,
    options: GlobalOptions | None = None,
) -> int:
    """Preview an import, confirm it, apply it in one transaction.

    Example: stocktake import devices.csv --type device --source NINJAONE
    """
    asked = arguments or ImportArguments()
    with session(options, by=asked.by) as opened:
        if not dry_run and asked.out is not None:
            raise InvalidInput(
                "bad-option",
                "--out saves a plan to be applied later, and an import applies it at once. Nothing was written.",
                hint="Add --dry-run, or leave --out away.",
            )
        if not dry_run and not yes:
            must_be_able_to_ask(opened, "an import")
        planned = _planned(opened, file, asked, read or ReadArguments())
        if dry_run:
            return _dry_run(opened, planned, asked.out)
        return confirmed(opened, planned, yes=yes)


def _must_name_what_deletes(planned: OpenPlan) -> None:
    """Raises ``InvalidInput`` ``confirmation-needed``: --yes never answers for a strategy nobody named (PLN-18)."""
    if planned.plan.strategy == "replace" and planned.plan.options.strategy is None:
        raise InvalidInput(
            "confirmation-needed",
            f"{planned.plan.source.name} replaces its records by default, which deletes what the file lacks. "
            "Nothing was written.",
            hint="Say so with --strategy replace, or choose --strategy merge, which deletes nothing.",
        )


def must_be_able_to_ask(opened: Session, what: str) -> None:
    """Raises ``InvalidInput`` ``confirmation-needed`` where nobody can answer (INT-11)."""
    if opened.options.json or not opened.screen.can_ask:
        raise InvalidInput(
            "confirmation-needed",
            f"Without a terminal, or with --json, {what} needs --yes. Nothing was written.",
            hint="Add --yes, or look first with --dry-run.",
        )


def _planned(opened: Session, file: Path, arguments: ImportArguments, read: ReadArguments) -> OpenPlan:
    planned = _asked(opened, file, arguments, read)
    if arguments.statistics:
        planned = planned.counted()
    if arguments.rows is not None:
        write_csv(decisions_with_problems(planned), arguments.rows)
    if arguments.out is not None:
        planned.save(arguments.out)
    return planned


def _asked(opened: Session, file: Path, arguments: ImportArguments, read: ReadArguments) -> OpenPlan:
    """The plan; where cells do not say how their column is read, a person at a terminal is asked (CLN-1)."""
    try:
        with progress_of(opened) as progress:
            return arguments.plan(opened.book, file, read, progress)
    except InvalidInput as error:
        answers = answered(opened, error)
        if not answers:
            raise
    return _asked(opened, file, replace(arguments, read=(*arguments.read, *answers)), read)


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as CSV. Raises ``InvalidInput`` ``cannot-write``."""
    try:
        frame.write_csv(path)
    except OSError as error:
        raise InvalidInput(
            "cannot-write",
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Check the directory.",
        ) from error


def _dry_run(opened: Session, planned: OpenPlan, out: Path | None) -> int:
    if out is None:
        return previewed(
            opened, planned, "Nothing was written. `stocktake import` with the same options applies this."
        )
    apply = opened.command(shlex.join(["apply", str(out)]))
    saved = f"Nothing was written to the database. The plan is saved in {out}; {apply} applies it."
    return previewed(opened, planned, saved, out=out)


def previewed(opened: Session, planned: OpenPlan, outlook: str, *, out: Path | None = None) -> int:
    """Show a plan and apply nothing; its exit code is the import's. ``outlook``: what can be done with it next."""
    error = planned.refusal
    if opened.options.json:
        _print_document(opened, planned, dry_run=True, error=error, out=out)
    else:
        if not opened.options.quiet:
            review(opened, planned)
        _tell(opened, error)
        if error is None:
            opened.screen.line()
            opened.screen.line(outlook)
    return exit_code(error) if error is not None else DONE


def confirmed(opened: Session, planned: OpenPlan, *, yes: bool) -> int:
    """Show a plan, ask unless ``yes`` answers, and apply it; the exit code."""
    if yes:
        _must_name_what_deletes(planned)
    json, screen = opened.options.json, opened.screen
    if not json and not opened.options.quiet:
        review(opened, planned)
    if planned.refusal is None and not yes:
        answer = screen.ask(f"\n{confirmation(planned.counts)}? [y/N] ")
        if answer.lower() not in ("y", "yes"):
            screen.line("Nothing was written.")
            return INVALID
    try:
        run = _applied(opened, planned)
    except Refusal as error:
        if json:
            _print_document(opened, planned, dry_run=False, error=error)
        else:
            _tell(opened, error)
        return exit_code(error)
    if json:
        shape = import_document(planned, status="applied", dry_run=False, run=run.run)
        screen.document(shape)
    else:
        _tell_applied(opened, run)
    return DONE


def _applied(opened: Session, planned: OpenPlan) -> OpenRun:
    """The applied run. A plan that is refused is refused here, and leaves a run ``blocked`` (APP-11)."""
    try:
        with progress_of(opened) as progress:
            run = planned.apply(progress=progress)
    except KeyboardInterrupt:
        opened.outcome = _truth(planned)
        raise
    opened.outcome = f"Run {run.run_id} was applied before that."
    return run


def _truth(planned: OpenPlan) -> str:
    """What the database says of a plan whose application was interrupted (REL-3)."""
    book = planned.book
    try:
        with book.listing() as unit:
            run_id = unit.run_of_plan(planned.plan.plan_id)
    except NotFound:  # the database was not made yet
        run_id = None
    if run_id is not None and book.run(run_id).run.status is RunStatus.APPLIED:
        return f"Run {run_id} was applied before that."
    return "Nothing was written."


def _tell_applied(opened: Session, run: OpenRun) -> None:
    screen, number = opened.screen, run.run_id
    if not opened.options.quiet:
        screen.line()
    screen.line(f"Run {number} is applied: {applied_words(run.stats)}.", style="bold green")
    if not opened.options.quiet:
        screen.line(
            f"{opened.command(f'rollback {number}')} undoes it; {opened.command(f'run show {number}')} shows it."
        )


def _tell(opened: Session, error: Refusal | None) -> None:
    if error is None:
        return
    if opened.screen.is_terminal:
        opened.screen.line()
    moved(error, opened.screen)
    opened.screen.out.flush()
    nothing = "" if "Nothing was written" in error.message else " Nothing was written."
    opened.screen.error(f"{error.message}{nothing}", error.code, hint_of(error))


def _print_document(
    opened: Session, planned: OpenPlan, *, dry_run: bool, error: Refusal | None, out: Path | None = None
) -> None:
    status = status_of(error) if error is not None else "planned"
    shape = import_document(planned, status=status, dry_run=dry_run)
    if error is not None:
        shape["error"] = error_document(error)
    if out is not None:
        shape["plan_file"] = str(out)
    opened.screen.document(shape)
