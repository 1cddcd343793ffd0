"""``backfill``: give existing records the links or flows that they lack (BAC)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from stocktake.interfaces.cli.bar import progress_of
from stocktake.interfaces.cli.failure import DONE, INVALID
from stocktake.interfaces.cli.importing import must_be_able_to_ask
from stocktake.interfaces.cli.screen import Column, Screen, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, session
from stocktake.interfaces.upkeep_document import backfill_document
from stocktake.reporting.sentence import plural

if TYPE_CHECKING:
    from stocktake.flows.backfill import Backfill


def backfill(
    name: Annotated[str, Parameter(metavar="NAME", help="presence-links or discovery-flow.")],
    /,
    *,
    dry_run: Annotated[
        bool, Parameter(show_default=False, help="Say what it would change; change nothing.")
    ] = False,
    yes: Annotated[bool, Parameter(name=["--yes", "-y"], show_default=False, help="Do not ask.")] = False,
    by: Annotated[str | None, Parameter(metavar="NAME", help="Who backfills; default: you.")] = None,
    options: GlobalOptions | None = None,
) -> int:
    """Give existing records the links or flows that they lack; done again, it changes nothing, and a rollback undoes it.

    presence-links: records of sources that track presence get their link, seen now. discovery-flow: records get the
    discovery flow that their run or master flow tells.

    Example: stocktake backfill presence-links --dry-run
    """
    with session(options, by=by) as opened:
        screen, json = opened.screen, opened.options.json
        parts = opened.book.preview_backfill(name)
        if not dry_run and not yes:
            must_be_able_to_ask(opened, "a backfill")
        if not json and not opened.options.quiet:
            _preview(screen, parts)
        lacking = sum(each.lacking.height for each in parts)
        if dry_run:
            if json:
                screen.document(backfill_document("planned", parts))
            else:
                screen.line("Nothing was written." if lacking else "Nothing is lacking. Nothing was written.")
            return DONE
        if not yes and lacking:
            answer = screen.ask(f"\nChange {plural(lacking, 'record')}? [y/N] ")
            if answer.lower() not in ("y", "yes"):
                screen.line("Nothing was written.")
                return INVALID
        with progress_of(opened) as progress:
            runs = opened.book.backfill(name, progress=progress)
        if json:
            screen.document(backfill_document("applied", parts, [each.run for each in runs]))
            return DONE
        for each in runs:
            counts = ", ".join(f"{count:,} {what}" for what, count in each.stats.items() if count)
            screen.line(f"Run {each.run_id} is applied: {counts}.", style="bold green")
            screen.line(f"{opened.command(f'rollback {each.run_id}')} undoes it.")
        if not runs:
            screen.line("Nothing is lacking. Nothing was written.")
        return DONE


def _preview(screen: Screen, parts: list[Backfill]) -> None:
    if not parts:
        return
    screen.table(
        [mark("type"), mark("source"), number("to mend"), number("left")],
        [
            (each.record_type.name, each.source.name if each.source else None, each.lacking.height, each.left)
            for each in parts
        ],
    )
    for each in parts:
        if each.samples:
            screen.heading(f"{each.record_type.plural}, for instance")
            rows = [(as_id(found), called) for found, called in each.samples]
            screen.table([number("id"), Column("name")], rows, indent=2)
    if any(each.left for each in parts):
        screen.line("\nLeft as they are: records whose external id is no key of the source, or is another's.")
    screen.line()
