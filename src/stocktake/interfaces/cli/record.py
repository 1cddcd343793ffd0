"""``record show``, ``record edit`` and ``history``: everything about one record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.records import TypeName
from stocktake.interfaces.cli.screen import Column, Screen, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.missing_document import (
    acknowledged_words,
    flapping_words,
    only_words,
    state_words,
)
from stocktake.interfaces.record_document import (
    badge,
    history_document,
    name_of,
)
from stocktake.interfaces.whole_record import WholeRecord, whole_record, whole_record_document
from stocktake.interfaces.wording import (
    ACTS_DONE,
    HISTORY_KINDS,
    moment_text,
    settled_words,
    to_text,
    value_text,
)
from stocktake.model.run import Run, RunKind
from stocktake.reporting.lineage import processing_notes
from stocktake.reporting.provenance import origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stocktake.model.lineage import Lineage
    from stocktake.model.record_type import RecordType
    from stocktake.reporting.sighting import Sighting

RecordNumber = Annotated[
    int, Parameter(metavar="ID", help="The record's number, as `stocktake records` prints it.")
]

app = App(name="record", help="One record: show, edit.", help_format="plaintext")
app.command("stocktake.interfaces.cli.editing:edit", name="edit")


@app.command
def show(
    record_type: TypeName,
    record_id: RecordNumber,
    /,
    *,
    lineage: Annotated[
        bool,
        Parameter(
            show_default=False,
            help="Every run that created, changed or last saw it, with the rows as read, the decision and why.",
        ),
    ] = False,
    options: GlobalOptions | None = None,
) -> None:
    """One record: its values, which sources have it, its history, and the raw row it came from.

    Example: stocktake record show device 17 --lineage
    """
    with session(options) as opened:
        found = whole_record(opened.book, record_type, record_id, lineage=lineage)
        if opened.options.json:
            opened.screen.document(whole_record_document(found))
        else:
            _show(opened, found)


def history(
    record_type: TypeName,
    record_id: RecordNumber,
    /,
    *,
    field: Annotated[
        str | None, Parameter(metavar="FIELD", help="Only the changes of this field, such as status.")
    ] = None,
    page: Page | None = None,
    options: GlobalOptions | None = None,
) -> None:
    """How one record's tracked fields changed, oldest first; also of a record that was deleted.

    Example: stocktake history device 17
    """
    wanted = chosen(page)
    with session(options) as opened:
        kind = opened.book.record_type(record_type)
        found = opened.book.history_of(record_type, record_id, field=field)
        shown = found.slice(wanted.offset, wanted.limit).to_dicts()
        if opened.options.json:
            opened.screen.document(wanted.document([history_document(each) for each in shown], found.height))
        elif found.is_empty():
            opened.screen.line(_nothing_told(kind, record_id, field))
        else:
            _entries(opened, kind, shown, indent=0)
            wanted.footer(opened.screen, len(shown), found.height)


def _nothing_told(kind: RecordType, record_id: int, field: str | None) -> str:
    if not kind.tracked:
        return f"{kind.title} tracks no fields, so there is no history to show."
    if field is not None and field not in kind.tracked:
        return f"{kind.title} does not track {field}; it tracks {', '.join(kind.tracked)}."
    return f"Nothing has happened to {kind.title.lower()} {record_id} yet."


def _show(opened: Session, found: WholeRecord) -> None:
    screen, kind, row = opened.screen, found.kind, found.row
    retired = (
        f", retired {moment_text(row['retired_at'])} by {row['retired_by']}" if row["retired_at"] else ""
    )
    screen.line(f"{kind.title} {row['id']}: {name_of(kind, row)}{retired}", style="bold")
    origins = {each["field"]: origin(each) for each in found.origins}
    for each in found.links:
        _badges(screen, each)
    if found.only_keeper is not None:
        words = only_words(found.only_keeper, found.at)
        screen.line(f"  {words[0].upper()}{words[1:]}.")
    filled = [
        (
            each.label,
            _with_name(value_text(row[each.name]), found.referred.get(each.name)),
            origins[each.name],
        )
        for each in kind.fields
        if row[each.name] is not None or origins[each.name]
    ]
    screen.table([mark(""), Column("value"), Column("from")], filled, indent=2)
    blank = [each.label for each in kind.fields if row[each.name] is None and not origins[each.name]]
    if blank:
        screen.line(f"  Blank: {', '.join(blank)}.", style="dim")
    if row["extra"]:
        screen.line(f"  Extra: {row['extra']}", style="dim")
    screen.heading("Sources")
    screen.table(
        [mark("source"), Column("external id"), mark("state"), mark("last seen")],
        [
            (
                each.link["source"],
                each.link["external_id"],
                state_words(each),
                moment_text(each.link["last_seen_at"]),
            )
            for each in found.links
        ],
        indent=2,
    )
    for each in found.links:
        if each.settled is not None:
            screen.line(f"  {settled_words(each.link['external_id'], each.settled)}")
    if found.entries:
        screen.heading("History of tracked fields")
        _entries(opened, kind, found.entries, indent=2)
    _lineage(opened, found)


def _with_name(value: str, name: str | None) -> str:
    """``3 (Acme Inc.)``: the number of a record referred to, and what it is called (IDN-4)."""
    return f"{value} ({value_text(name)})" if name else value


def _badges(screen: Screen, each: Sighting) -> None:
    """That a source misses the record, and who knows; that it comes and goes there (PRE-8, PRE-22)."""
    if each.is_missing:
        told = acknowledged_words(each.acknowledged)
        screen.line(
            f"  {badge(each.link['source'], each.link['missing_since'])}{f', {told}' if told else ''}."
        )
    if each.is_flapping:
        words = flapping_words(each.link["source"])
        screen.line(f"  {words[0].upper()}{words[1:]}.", style="yellow")


def _entries(opened: Session, kind: RecordType, entries: list[dict[str, Any]], *, indent: int) -> None:
    columns = [mark("when"), number("run"), mark("field"), Column("from"), Column("to"), mark("how")]
    rows = [
        (
            moment_text(each["changed_at"]),
            as_id(each["run_id"]),
            kind[each["field"]].label if each["field"] in kind else each["field"],
            value_text(each["from"]),
            to_text(each),
            HISTORY_KINDS.get(each["kind"], each["kind"]),
        )
        for each in entries
    ]
    opened.screen.table(columns, rows, indent=indent)


def _lineage(opened: Session, found: WholeRecord) -> None:
    row, screen = found.row, opened.screen
    screen.heading("Where it came from")
    place = f", line {row['row_number']}" if row["row_number"] is not None else ""
    created = f"created by run {row['created_run']}"
    changed = f", last changed by run {row['changed_run']}" if row["changed_run"] else ""
    screen.line(f"  {found.run.filename}{place} of run {row['row_run']}; {created}{changed}.")
    if found.lineage is not None:
        _traces(screen, found.lineage, found.reasons)
    elif found.raw is not None:
        _cells(screen, found.raw["values"].items())
    elif found.run.raw_pruned_at:
        screen.line(f"  The raw rows of that run were pruned on {moment_text(found.run.raw_pruned_at)[:10]}.")


def _cells(screen: Screen, cells: Iterable[tuple[str, str]]) -> None:
    screen.table([mark("column"), Column("as read")], [each for each in cells if each[1]], indent=2)


def _traces(screen: Screen, lineage: Lineage, reasons: Callable[[Run, str | None], str | None]) -> None:
    """Run by run, oldest first: what it did, and the rows that led to it."""
    if lineage.mapping_hash:
        screen.line(f"  Read by the mapping {lineage.mapping_hash}.")
    for each in lineage.traces:
        run = each.run
        screen.heading(
            f"Run {run.run_id}: {', '.join(ACTS_DONE.get(act, act) for act in each.acts)}{_where(run)}"
        )
        told = [f"{run.status.value.replace('_', ' ')} {moment_text(run.applied_at)} by {run.initiated_by}"]
        told += [f"mapping {run.mapping_hash}"] if run.mapping_hash else []
        screen.line(f"  {'; '.join(told)}.")
        if run.raw_pruned_at and not each.rows:
            screen.line(f"  Its raw rows were pruned on {moment_text(run.raw_pruned_at)[:10]}.")
        elif not each.rows:
            screen.line("  No row of it led to this record.")
        for row in each.rows:
            why = reasons(run, row.reason)
            screen.line(f"  Line {row.line}: {row.decision} ({why}). {processing_notes(row, why)}.")
            _cells(screen, row.cells)


def _where(run: Run) -> str:
    """Which file of which source, if it read one."""
    return (
        f" by {run.filename} from {run.source}" if run.kind is RunKind.IMPORT else f" by a {run.kind.value}"
    )
