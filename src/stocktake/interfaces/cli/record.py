"""``record show`` and ``history``: everything about one record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from stocktake.flows.missing import keeping
from stocktake.flows.record_history import unknown_record
from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.records import TypeName
from stocktake.interfaces.cli.run import raw_row
from stocktake.interfaces.cli.screen import Column, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.missing_document import only_words
from stocktake.interfaces.record_document import (
    badge,
    history_document,
    link_document,
    name_of,
    record_document,
)
from stocktake.interfaces.wording import HISTORY_KINDS, moment_iso, moment_text, to_text, value_text
from stocktake.reporting.missing import only_keeper

if TYPE_CHECKING:
    from datetime import datetime

    from stocktake.model.record_type import RecordType
    from stocktake.reporting.missing import Keeper

RecordNumber = Annotated[
    int, Parameter(metavar="ID", help="The record's number, as `stocktake records` prints it.")
]

app = App(name="record", help="One record: show.", help_format="plaintext")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    kind: RecordType
    row: dict[str, Any]
    links: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    raw: dict[str, Any] | None
    run_file: str | None
    referred: dict[str, str]
    keepers: list[Keeper]
    at: datetime

    @property
    def absent(self) -> list[dict[str, Any]]:
        """The links that are not present."""
        return [each for each in self.links if not each["is_present"]]

    @property
    def only_keeper(self) -> Keeper | None:
        """Who alone keeps the record alive although it is overdue (PRE-22)."""
        return only_keeper(self.keepers) if self.absent and self.row["retired_at"] is None else None


@app.command
def show(record_type: TypeName, record_id: RecordNumber, /, *, options: GlobalOptions | None = None) -> None:
    """One record: its values, which sources have it, its history, and the raw row it came from.

    Example: stocktake record show device 17
    """
    with session(options) as opened:
        found = _find(opened, record_type, record_id)
        if opened.options.json:
            opened.screen.document(_document(found))
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


def _find(opened: Session, type_name: str, record_id: int) -> _Found:
    """Raises ``NotFound`` ``unknown-record``."""
    kind = opened.book.record_type(type_name)
    stored = opened.book.declared().stored_record_types
    with opened.book.listing() as unit:
        row = unit.record(kind, record_id) if type_name in stored else None
        if row is None:
            raise unknown_record(kind, record_id)
        links = unit.links_of_record(type_name, record_id)
        at, keepers = opened.book.clock(), opened.book.declared().keepers()
        kept = keeping(unit, type_name, [record_id], keepers, at=at).get(record_id, [])
        raw = unit.raw_row(row["row_run"], row["row_number"]) if row["row_number"] is not None else None
        header = unit.header_of(row["row_run"])
        referred = {
            each.field: name
            for each in kind.references
            if row[each.field] is not None and each.to in stored
            for name in _names(unit, stored[each.to], int(row[each.field]))
        }
    run = opened.book.run(row["row_run"]).run
    return _Found(
        kind=kind,
        row=row,
        links=links,
        entries=opened.book.history_of(type_name, record_id).to_dicts(),
        raw=raw_row(raw, header, opened.book.reasons(run.strategy or "")) if raw else None,
        run_file=run.filename,
        referred=referred,
        keepers=kept,
        at=at,
    )


def _names(unit: Any, to: RecordType, record_id: int) -> list[str]:
    """What the record is called that another refers to; nothing where it is gone."""
    import polars as pl  # only where something is referred to: other commands start without it

    found = unit.names(to, pl.Series([record_id]))["_name"].to_list()
    return [name or "" for name in found]


def _document(found: _Found) -> dict[str, Any]:
    only = found.only_keeper
    return {
        "record_type": found.kind.name,
        **record_document(found.kind, found.row, found.absent),
        "kept_alive_by": only_words(only, found.at) if only else None,
        "extra": found.row["extra"],
        "retired_by": found.row["retired_by"],
        "retired_run": found.row["retired_run"],
        "imported_at": moment_iso(found.row["imported_at"]),
        "updated_at": moment_iso(found.row["updated_at"]),
        "version": found.row["version"],
        "links": [link_document(each) for each in found.links],
        "history": [history_document(each) for each in found.entries],
        "lineage": {
            "run_id": found.row["row_run"],
            "filename": found.run_file,
            "row": found.raw,
        },
    }


def _show(opened: Session, found: _Found) -> None:
    screen, kind, row = opened.screen, found.kind, found.row
    retired = (
        f", retired {moment_text(row['retired_at'])} by {row['retired_by']}" if row["retired_at"] else ""
    )
    screen.line(f"{kind.title} {row['id']}: {name_of(kind, row)}{retired}", style="bold")
    for each in found.absent:
        screen.line(f"  {badge(each['source'], each['missing_since'])}.")
    if found.only_keeper is not None:
        words = only_words(found.only_keeper, found.at)
        screen.line(f"  {words[0].upper()}{words[1:]}.")
    filled = [
        (each.label, _with_name(value_text(row[each.name]), found.referred.get(each.name)))
        for each in kind.fields
        if row[each.name] is not None
    ]
    screen.table([mark(""), Column("")], filled, indent=2)
    blank = [each.label for each in kind.fields if row[each.name] is None]
    if blank:
        screen.line(f"  Blank: {', '.join(blank)}.", style="dim")
    if row["extra"]:
        screen.line(f"  Extra: {row['extra']}", style="dim")
    screen.heading("Sources")
    screen.table(
        [mark("source"), Column("external id"), mark("state"), mark("last seen")],
        [
            (each["source"], each["external_id"], _state(each), moment_text(each["last_seen_at"]))
            for each in found.links
        ],
        indent=2,
    )
    if found.entries:
        screen.heading("History of tracked fields")
        _entries(opened, kind, found.entries, indent=2)
    _lineage(opened, found)


def _with_name(value: str, name: str | None) -> str:
    """``3 (Acme Inc.)``: the number of a record referred to, and what it is called (IDN-4)."""
    return f"{value} ({value_text(name)})" if name else value


def _state(link: dict[str, Any]) -> str:
    if link["is_present"]:
        return "present"
    held = ", held for review" if link["held_run"] is not None else ""
    return f"missing since {moment_text(link['missing_since'])}{held}"


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


def _lineage(opened: Session, found: _Found) -> None:
    row, screen = found.row, opened.screen
    screen.heading("Where it came from")
    place = f", line {row['row_number']}" if row["row_number"] is not None else ""
    created = f"created by run {row['created_run']}"
    changed = f", last changed by run {row['changed_run']}" if row["changed_run"] else ""
    screen.line(f"  {found.run_file}{place} of run {row['row_run']}; {created}{changed}.")
    if found.raw is not None:
        filled = [(label, value) for label, value in found.raw["values"].items() if value]
        screen.table([mark("column"), Column("as read")], filled, indent=2)
