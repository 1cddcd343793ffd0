"""``rollback``: undo a run, previewed like an import (ROL-4, ROL-10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import polars as pl
from cyclopts import Group, Parameter

from stocktake.interfaces.cli.bar import progress_of
from stocktake.interfaces.cli.failure import DONE, INVALID, error_document, exit_code, hint_of
from stocktake.interfaces.cli.importing import must_be_able_to_ask
from stocktake.interfaces.cli.run import RunNumber
from stocktake.interfaces.cli.screen import Column, Screen, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.refusal_document import status_of
from stocktake.interfaces.rollback_document import rollback_document
from stocktake.interfaces.rollback_wording import BUCKETS, MEANINGS, touched, who_words, why_words
from stocktake.interfaces.run_wording import done_words
from stocktake.interfaces.wording import moment_text
from stocktake.model.errors import RollbackBlocked
from stocktake.model.run import RunKind, RunStatus
from stocktake.planning import hindrance
from stocktake.reporting.sentence import plural

if TYPE_CHECKING:
    from stocktake.flows.undoing import RollbackPreview

#: So many hindrances of each kind are shown.
SHOWN = 10

_WAYS = Group("Where something stands in its way", sort_key=10)


def rollback(
    run: RunNumber,
    /,
    *,
    dry_run: Annotated[
        bool, Parameter(show_default=False, help="Say what it would undo; undo nothing.")
    ] = False,
    yes: Annotated[bool, Parameter(name=["--yes", "-y"], show_default=False, help="Do not ask.")] = False,
    chain: Annotated[
        bool,
        Parameter(
            group=_WAYS,
            show_default=False,
            help="Undo the later runs in its way before it, newest first, all or none.",
        ),
    ] = False,
    partial: Annotated[
        bool,
        Parameter(
            group=_WAYS,
            show_default=False,
            help="Undo the rest, value by value, and keep what is in its way.",
        ),
    ] = False,
    cascade: Annotated[
        bool,
        Parameter(
            group=_WAYS,
            show_default=False,
            help="Delete records too that refer to what goes, if later imports of the same source made them and nobody has "
            "touched them since.",
        ),
    ] = False,
    force_edited: Annotated[
        bool,
        Parameter(group=_WAYS, show_default=False, help="Give up values that people wrote by hand since."),
    ] = False,
    reason: Annotated[str | None, Parameter(metavar="TEXT", help="Why, for the audit.")] = None,
    by: Annotated[str | None, Parameter(metavar="NAME", help="Who undoes it; default: you.")] = None,
    options: GlobalOptions | None = None,
) -> int:
    """Undo a run whole: what it created is deleted, what it changed gets its earlier values back.

    What others have changed since, or refer to, stands in its way: then nothing is written, and it is listed.

    Example: stocktake rollback 3 --dry-run
    """
    with session(options, by=by) as opened:
        if not dry_run and not yes:
            must_be_able_to_ask(opened, "a rollback")
        seen = opened.book.preview_rollback(
            run, chain=chain, partial=partial, cascade=cascade, force_edited=force_edited
        )
        if not opened.options.json and not opened.options.quiet:
            _preview(opened, seen)
        if seen.refusal is not None:
            return _refused(opened, seen, seen.refusal)
        if dry_run:
            if opened.options.json:
                opened.screen.document(rollback_document("planned", seen))
            else:
                opened.screen.line()
                opened.screen.line("Nothing was written.")
            return DONE
        if not yes and not _confirmed(opened, seen):
            opened.screen.line("Nothing was written.")
            return INVALID
        return _undone(opened, seen, reason, chain=chain)


def _undone(opened: Session, seen: RollbackPreview, reason: str | None, *, chain: bool) -> int:
    terms = seen.terms
    with progress_of(opened) as progress:
        own = opened.book.rollback(
            seen.run.run_id,
            chain=chain,
            partial=terms.partial,
            cascade=terms.cascade,
            force_edited=terms.force_edited,
            reason=reason,
            progress=progress,
        )
    opened.outcome = f"Run {seen.run.run_id} was rolled back before that."
    if opened.options.json:
        opened.screen.document({**rollback_document("rolled_back", seen), "counts": dict(own.stats)})
        return DONE
    screen, run = opened.screen, seen.run
    screen.line()
    before = [f"run {each.run.run_id}" for each in seen.chain]
    what = run.kind.capitalize().replace("-", " ")
    also = f" Before it: {', '.join(before)}." if before else ""
    screen.line(f"{done_words(own.stats)}. {what} rolled back.{also}", style="bold green")
    if not opened.options.quiet and run.kind is RunKind.IMPORT:
        again = opened.command(f"reimport {run.run_id} FILE")
        screen.line(f"{again} imports a corrected file in its place.")
    return DONE


def _confirmed(opened: Session, seen: RollbackPreview) -> bool:
    """Whether a person typed the number of records that this undoes (ROL-4)."""
    count = touched(seen)
    answer = opened.screen.ask(
        f"\nThis action cannot be undone. Type {count} (how many records it touches) to confirm: "
    )
    return answer.replace(",", "") == str(count)


def _preview(opened: Session, seen: RollbackPreview) -> None:
    for each in seen.chain:
        _told(opened, each)
        opened.screen.line()
    _told(opened, seen)
    _given_up(opened.screen, seen)
    _in_the_way(opened.screen, seen)


def _told(opened: Session, seen: RollbackPreview) -> None:
    """What a run was, and what is undone of it."""
    run, screen = seen.run, opened.screen
    read = f"{run.filename or run.kind}, {run.record_type} from {run.source}"
    when = (
        f"applied {moment_text(run.applied_at)}"
        if run.applied_at
        else f"started {moment_text(run.started_at)}"
    )
    screen.line(
        f"Rolling back run {run.run_id}: {run.subject if run.kind is RunKind.EDIT else read}, "
        f"{when} by {run.initiated_by}, in workspace {opened.book.workspace}.",
        style="bold",
    )
    counts = [
        (count, MEANINGS[name]) for name, count in seen.undo.counts.items() if count and name in MEANINGS
    ]
    screen.line()
    if counts:
        screen.table([number("count"), Column("what")], counts, indent=2)
    elif run.status is RunStatus.FAILED:
        screen.line("  It failed and left nothing; it is only marked.")
    else:
        screen.line("  It changed no record; only its sightings are taken back.")


def _given_up(screen: Screen, seen: RollbackPreview) -> None:
    """The values by hand that are given up, each with who wrote it (ROL-5)."""
    found = seen.given_up()
    if found.is_empty():
        return
    screen.heading(f"Given up: {plural(found.height, 'value')} that people wrote by hand")
    rows = [
        (as_id(each["record_id"]), each["field"], as_id(each["run_id"]), each["by"])
        for each in found.head(SHOWN).to_dicts()
    ]
    screen.table([number("record"), mark("field"), number("run"), Column("by")], rows, indent=2)
    if found.height > SHOWN:
        screen.line(f"  … and {found.height - SHOWN:,} more")


def _in_the_way(screen: Screen, seen: RollbackPreview) -> None:
    """What is kept, blocked and gone, apart (ROL-4)."""
    counts = hindrance.counts(seen.hindrances)
    for bucket, title in BUCKETS.items():
        if not counts[bucket]:
            continue
        screen.heading(f"{title}: {plural(counts[bucket], 'record')}")
        columns = [number("record"), Column("name"), mark("why"), Column("by")]
        mine = seen.hindering(SHOWN, bucket)
        rows = [(as_id(each["record_id"]), each["name"], why_words(each), who_words(each)) for each in mine]
        screen.table(columns, rows, indent=2)
        more = seen.hindrances.filter(pl.col("_bucket") == bucket).height - SHOWN
        if more > 0:
            screen.line(f"  … and {more:,} more")


def _refused(opened: Session, seen: RollbackPreview, error: RollbackBlocked) -> int:
    if opened.options.json:
        shape = {**rollback_document(status_of(error), seen), "error": error_document(error)}
        opened.screen.document(shape)
    else:
        opened.screen.out.flush()
        opened.screen.error(error.message, error.code, hint_of(error))
    return exit_code(error)
