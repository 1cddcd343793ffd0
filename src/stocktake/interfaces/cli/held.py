"""``held``, ``acknowledge``: what a person decides about what is missing (PRE-16, PRE-22, PRE-29)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from stocktake.interfaces.cli.failure import DONE, INVALID
from stocktake.interfaces.cli.importing import must_be_able_to_ask
from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.screen import Column, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.held_document import held_document
from stocktake.interfaces.run_document import run_document
from stocktake.interfaces.wording import moment_text
from stocktake.model.errors import InvalidInput
from stocktake.planning.review import EXPIRED
from stocktake.reporting.sentence import plural

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from stocktake.book import OpenRun

app = App(
    name="held", help="Retirements that a guard held for review: list, retire, keep.", help_format="plaintext"
)

Source = Annotated[str | None, Parameter(metavar="SOURCE", help="Only what this source misses.")]
Type = Annotated[str | None, Parameter(metavar="TYPE", help="Only records of this type.")]
Ids = Annotated[int, Parameter(metavar="ID", show_default=False, help="The records.")]
All = Annotated[bool, Parameter(show_default=False, help="All that are held for the source and type.")]
Yes = Annotated[bool, Parameter(name=["--yes", "-y"], show_default=False, help="Do not ask.")]
By = Annotated[str | None, Parameter(metavar="NAME", help="Who decides; default: you.")]

_COLUMNS = (
    mark("missing since"),
    mark("source"),
    mark("type"),
    number("record"),
    Column("name"),
    number("run"),
    mark("held until"),
)


@app.default
@app.command(name="list")
def held(
    *,
    source: Source = None,
    type: Type = None,
    page: Page | None = None,
    options: GlobalOptions | None = None,
) -> None:
    """The retirements that a guard held for review, longest waiting first, and why; then those whose hold has expired.

    Example: stocktake held --source NINJAONE
    """
    wanted = chosen(page)
    with session(options) as opened:
        found = opened.book.held(record_type=type, source=source)
        part = found.slice(wanted.offset, wanted.limit)
        if opened.options.json:
            items = [held_document(each) for each in part.iter_rows(named=True)]
            opened.screen.document(wanted.document(items, found.height))
            return
        if found.is_empty():
            opened.screen.line("Nothing is held for review.")
            return
        opened.screen.table(_COLUMNS, [_row(each) for each in part.iter_rows(named=True)])
        wanted.footer(opened.screen, part.height, found.height)
        for run, why in found.select("held_run", "why").unique(maintain_order=True).iter_rows():
            opened.screen.line(f"Run {run}: {why}")
        opened.screen.line(
            f"Decide with {opened.command('held retire ID …')} or {opened.command('held keep ID … --reason TEXT')}; "
            "what nobody decides in time is kept, flagged as expired."
        )


@app.command
def retire(
    *ids: Ids,
    source: Source = None,
    type: Type = None,
    all: All = False,
    reason: Annotated[str | None, Parameter(metavar="TEXT", help="Why, for the audit.")] = None,
    yes: Yes = False,
    by: By = None,
    options: GlobalOptions | None = None,
) -> int:
    """Retire held records after all. A run of its own, which `stocktake rollback` undoes.

    Example: stocktake held retire 17 18 --source NINJAONE
    """
    with session(options, by=by) as opened:

        def do(kind: str, named: str, chosen_ids: tuple[int, ...] | None) -> OpenRun:
            return opened.book.retire_held(chosen_ids, record_type=kind, source=named, reason=reason)

        return _decide(opened, ids, source, type, whole=all, yes=yes, verb="Retire", do=do)


@app.command
def keep(
    *ids: Ids,
    reason: Annotated[str, Parameter(metavar="TEXT", help="Why they stay.")],
    source: Source = None,
    type: Type = None,
    all: All = False,
    yes: Yes = False,
    by: By = None,
    options: GlobalOptions | None = None,
) -> int:
    """Keep held records: they stay as they are, flagged as missing, and are not held any more.

    Example: stocktake held keep 17 --source NINJAONE --reason "lent to the branch office"
    """
    with session(options, by=by) as opened:

        def do(kind: str, named: str, chosen_ids: tuple[int, ...] | None) -> OpenRun:
            return opened.book.keep_held(chosen_ids, record_type=kind, source=named, reason=reason)

        return _decide(opened, ids, source, type, whole=all, yes=yes, verb="Keep", do=do)


def acknowledge(
    type: Annotated[str, Parameter(metavar="TYPE", help="The record type.")],
    record: Annotated[int, Parameter(metavar="ID", help="The record.")],
    /,
    *,
    source: Annotated[str, Parameter(metavar="SOURCE", help="The source that misses it.")],
    reason: Annotated[str, Parameter(metavar="TEXT", help="Why that is all right.")],
    until: Annotated[
        str | None,
        Parameter(
            metavar="DAY", help="Until which day or time (UTC); from then on `missing` lists it again."
        ),
    ] = None,
    by: By = None,
    options: GlobalOptions | None = None,
) -> None:
    """Say that it is known that a source misses a record, and why. It changes nothing else.

    Example: stocktake acknowledge device 17 --source NINJAONE --reason "in repair" --until 2026-12-31
    """
    with session(options, by=by) as opened:
        run = opened.book.acknowledge(type, record, source=source, reason=reason, until=until)
        if opened.options.json:
            opened.screen.document(run_document(run.run))
            return
        opened.screen.line(
            f"Acknowledged (run {run.run_id}). It ends when {run.run.source} has the record again"
            + (f", or on {until}." if until else "."),
            style="bold green",
        )


def _decide(
    opened: Session,
    ids: tuple[int, ...],
    source: str | None,
    type_name: str | None,
    *,
    whole: bool,
    yes: bool,
    verb: str,
    do: Callable[[str, str, tuple[int, ...] | None], OpenRun],
) -> int:
    if bool(ids) == whole:
        raise InvalidInput(
            "bad-arguments",
            "Name the records, or say --all; not both and not neither.",
            hint="`stocktake held` lists what is held.",
        )
    if not yes:
        must_be_able_to_ask(opened, "a review")
    found = opened.book.held(record_type=type_name, source=source)
    if verb == "Retire" and not ids:
        found = found.filter(found["state"] != EXPIRED)
    mine = found.filter(found["record_id"].is_in(list(ids))) if ids else found
    kind, named = _one_queue(mine if mine.height else found, type_name, source)
    if not yes and not mine.is_empty():
        opened.screen.table(_COLUMNS, [_row(each) for each in mine.head(20).iter_rows(named=True)])
        answer = opened.screen.ask(f"\n{verb} {plural(mine.height, 'record')}? [y/N] ")
        if answer.lower() not in ("y", "yes"):
            opened.screen.line("Nothing was written.")
            return INVALID
    run = do(kind, named, ids or None)
    if opened.options.json:
        opened.screen.document(run_document(run.run))
    else:
        numbers = run.run.stats
        stays = f", {numbers['elsewhere']:,} stay: others have them" if numbers["elsewhere"] else ""
        opened.screen.line(
            f"Run {run.run_id} is applied: {numbers['retire']:,} retired, {numbers['kept']:,} kept{stays}.",
            style="bold green",
        )
    return DONE


def _one_queue(found: pl.DataFrame, type_name: str | None, source: str | None) -> tuple[str, str]:
    """The one type and source that are meant."""
    queues = found.select("record_type", "source").unique(maintain_order=True).rows()
    if len(queues) == 1:
        return queues[0]
    if type_name is not None and source is not None:
        return type_name, source
    listed = ", ".join(f"--type {kind} --source {named}" for kind, named in queues)
    raise InvalidInput(
        "which-queue",
        "Several sources hold retirements." if queues else "Nothing is held for review.",
        hint=f"Say which: {listed}." if queues else "Nothing needs to be decided.",
    )


def _row(each: dict[str, Any]) -> tuple[object, ...]:
    return (
        moment_text(each["missing_since"]),
        each["source"],
        each["record_type"],
        as_id(each["record_id"]),
        each["name"],
        as_id(each["held_run"]),
        f"{each['expires']:%Y-%m-%d}" + (", expired: kept" if each["state"] == EXPIRED else ""),
    )
