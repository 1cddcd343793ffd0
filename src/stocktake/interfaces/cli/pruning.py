"""``prune raw-rows``: let raw rows go that are old enough (LIN-5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from stocktake.interfaces.cli.failure import DONE, INVALID
from stocktake.interfaces.cli.importing import must_be_able_to_ask
from stocktake.interfaces.cli.screen import Column, Screen, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, session
from stocktake.interfaces.upkeep_document import pruning_document
from stocktake.interfaces.wording import moment_text, size_text, value_text
from stocktake.reporting.sentence import plural

if TYPE_CHECKING:
    from stocktake.flows.pruning import PruningPreview

#: So many runs are listed.
SHOWN = 20

app = App(name="prune", help="Let go what is old: raw-rows.", help_format="plaintext")


@app.command(name="raw-rows")
def raw_rows(
    *,
    older_than: Annotated[
        str, Parameter(metavar="LENGTH", help="Raw rows of runs older than this go: 90d, 26w, 12h.")
    ],
    dry_run: Annotated[
        bool, Parameter(show_default=False, help="Say what would go; delete nothing.")
    ] = False,
    yes: Annotated[bool, Parameter(name=["--yes", "-y"], show_default=False, help="Do not ask.")] = False,
    reason: Annotated[str | None, Parameter(metavar="TEXT", help="Why, for the audit.")] = None,
    by: Annotated[str | None, Parameter(metavar="NAME", help="Who prunes; default: you.")] = None,
    options: GlobalOptions | None = None,
) -> int:
    """Delete the rows of old runs as they were read. Records, links, history, audit and what a rollback needs stay.

    Example: stocktake prune raw-rows --older-than 90d --dry-run
    """
    with session(options, by=by) as opened:
        if not dry_run and not yes:
            must_be_able_to_ask(opened, "pruning")
        seen = opened.book.preview_pruning(older_than)
        screen, json = opened.screen, opened.options.json
        if not json and not opened.options.quiet:
            _preview(screen, seen)
        if dry_run or seen.runs.is_empty():
            if json:
                screen.document(pruning_document("planned", seen))
            elif seen.runs.is_empty():
                screen.line(f"No raw rows are older than {older_than}. Nothing was deleted.")
            else:
                screen.line("\nNothing was deleted.")
            return DONE
        if not yes:
            answer = screen.ask("\nThis cannot be undone. Delete these raw rows? [y/N] ")
            if answer.lower() not in ("y", "yes"):
                screen.line("Nothing was deleted.")
                return INVALID
        run = opened.book.prune_raw_rows(older_than, reason=reason)
        opened.outcome = f"Run {run.run_id} had pruned before that."
        if json:
            screen.document(pruning_document("applied", seen, run.run))
        else:
            went = plural(run.stats["raw_rows"], "raw row")
            screen.line(f"Run {run.run_id} is applied: {went} deleted.", style="bold green")
        return DONE


def _preview(screen: Screen, seen: PruningPreview) -> None:
    if seen.runs.is_empty():
        return
    counts = seen.counts
    screen.line(
        f"Raw rows from before {moment_text(seen.before)}: {plural(counts['raw_rows'], 'row')} of "
        f"{plural(counts['runs'], 'run')}, {size_text(counts['bytes'])}.",
        style="bold",
    )
    screen.line()
    columns = [number("run"), mark("applied"), mark("source"), mark("type"), Column("file"), number("rows")]
    screen.table(
        columns,
        [
            (
                as_id(each["run_id"]),
                value_text(each["applied_at"]),
                each["source"],
                each["record_type"],
                each["filename"],
                each["rows"],
            )
            for each in seen.runs.head(SHOWN).iter_rows(named=True)
        ],
        indent=2,
    )
    if seen.runs.height > SHOWN:
        screen.line(f"  … and {seen.runs.height - SHOWN:,} more")
