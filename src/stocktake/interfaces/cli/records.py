"""``records``: the records of a type, with the badges of what their sources no longer have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.reading import pairs
from stocktake.interfaces.cli.screen import Column, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.record_document import badge, name_of, record_document
from stocktake.interfaces.record_page import asked_values, includes_retired, record_page
from stocktake.interfaces.wording import moment_text, value_text
from stocktake.reporting.sentence import plural

if TYPE_CHECKING:
    from stocktake.model.record_type import RecordType

TypeName = Annotated[str, Parameter(metavar="TYPE", help="The record type, such as device.")]


def records(
    record_type: TypeName,
    /,
    *,
    missing_source: Annotated[
        str | None, Parameter(metavar="SOURCE", help="Only records that this source no longer has.")
    ] = None,
    status: Annotated[str | None, Parameter(metavar="STATUS", help="Only records with this status.")] = None,
    where: Annotated[
        tuple[str, ...],
        Parameter(
            metavar="FIELD=VALUE",
            show_default=False,
            help="Only records with this value; FIELD~=TEXT: whose field holds the text somewhere; repeatable.",
        ),
    ] = (),
    retired: Annotated[bool, Parameter(show_default=False, help="Retired records too.")] = False,
    out: Annotated[
        Path | None,
        Parameter(
            metavar="FILE", help="Write all of them to this file: .csv, .xlsx or .parquet, by its ending."
        ),
    ] = None,
    exact: Annotated[
        bool,
        Parameter(
            show_default=False,
            help="With --out FILE.csv: every value as it is stored, for programs. Without it, what a spreadsheet would run "
            "as a formula stands behind an apostrophe.",
        ),
    ] = False,
    page: Page | None = None,
    options: GlobalOptions | None = None,
) -> None:
    """The records of a type, by number.

    Example: stocktake records device --missing-source NINJAONE
    Example: stocktake records device --status ASSIGNED --out assigned.xlsx
    """
    wanted = chosen(page)
    with session(options) as opened:
        declared = opened.book.declared()
        kind = declared.record_type(record_type)
        asked = asked_values(kind, dict(pairs(where, "--where", "location=Vancouver")), status)
        source = declared.source(missing_source, record_type).name if missing_source else None
        too = includes_retired(kind, asked, retired)
        if out is not None:
            _export(opened, kind, out, exact=exact, where=asked, missing_source=source, retired=too)
            return
        found, total, badges = record_page(
            opened.book, kind, where=asked, missing_source=source, retired=too, page=wanted
        )
        if opened.options.json:
            shown = [record_document(kind, each, badges[each["id"]]) for each in found]
            opened.screen.document(wanted.document(shown, total))
        elif total:
            _show(opened, kind, found, badges)
            wanted.footer(opened.screen, len(found), total)
        else:
            _tell_none(opened, kind, filtered=bool(asked or source))


def _export(opened: Session, kind: RecordType, out: Path, **chosen: Any) -> None:
    count = opened.book.export(kind.name, out, **chosen)
    if opened.options.json:
        opened.screen.document({"file": str(out), "rows": count})
    else:
        opened.screen.line(f"{plural(count, 'record')} written to {out}.")


def _show(
    opened: Session,
    kind: RecordType,
    found: list[dict[str, Any]],
    badges: dict[int, list[dict[str, Any]]],
) -> None:
    shown = _shown_fields(kind)
    rows = [
        (
            as_id(each["id"]),
            name_of(kind, each),
            *(value_text(each[name]) if each[name] is not None else None for name in shown),
            each["external_id"],
            "; ".join(_notes(each, badges.get(each["id"], []))),
        )
        for each in found
    ]
    columns = [
        number("id"),
        mark("name"),
        *(Column(kind[name].label) for name in shown),
        Column("external id"),
    ]
    opened.screen.table([*columns, Column("note")], rows)


def _shown_fields(kind: RecordType) -> list[str]:
    """A few fields that say most: the status, and what is tracked."""
    status = [kind.lifecycle.field] if kind.lifecycle else []
    names = dict.fromkeys([*status, *kind.tracked])
    return [name for name in names if name != kind.display_field][:4]


def _notes(row: dict[str, Any], badges: list[dict[str, Any]]) -> list[str]:
    retired = [f"Retired {moment_text(row['retired_at'])[:10]}"] if row["retired_at"] else []
    return retired + [badge(each["source"], each["missing_since"]) for each in badges]


def _tell_none(opened: Session, kind: RecordType, *, filtered: bool) -> None:
    if filtered:
        opened.screen.line(f"No {kind.plural.lower()} like that. Retired ones are listed with --retired.")
        return
    start = opened.command(f"import FILE --type {kind.name} --source S")
    opened.screen.line(f"No {kind.plural.lower()} yet. Import some: {start}")
