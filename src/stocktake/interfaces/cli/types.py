"""``types``, ``type show``, ``type add``: the record types."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.records import TypeName
from stocktake.interfaces.cli.screen import Column, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.declaration_document import record_type_document
from stocktake.model.errors import NotFound, Unreadable
from stocktake.model.record_type import Field, RecordType
from stocktake.reporting.sentence import plural

app = App(name="type", help="One record type: show, add.", help_format="plaintext")


def types(*, page: Page | None = None, options: GlobalOptions | None = None) -> None:
    """The record types: those that ship, and your own.

    Example: stocktake types
    """
    wanted = chosen(page)
    with session(options) as opened:
        declared = opened.book.declared()
        found = sorted(declared.record_types.values(), key=lambda each: each.name)
        part = found[wanted.offset : wanted.offset + wanted.limit]
        if opened.options.json:
            opened.screen.document(wanted.document([record_type_document(each) for each in part], len(found)))
            return
        columns = [
            mark("type"),
            mark("title"),
            number("fields"),
            Column("told apart by"),
            mark("from"),
            mark("in use"),
        ]
        rows = [
            (
                each.name,
                each.title,
                len(each.fields),
                _identity(each),
                f"pack {each.pack}" if each.pack else "you",
                each.name in declared.stored_record_types,
            )
            for each in part
        ]
        opened.screen.table(columns, rows)
        wanted.footer(opened.screen, len(part), len(found))


@app.command
def show(record_type: TypeName, /, *, options: GlobalOptions | None = None) -> None:
    """One record type: its fields and what they accept.

    Example: stocktake type show device
    """
    with session(options) as opened:
        kind = opened.book.record_type(record_type)
        if opened.options.json:
            opened.screen.document(record_type_document(kind))
        else:
            _show(opened, kind)


@app.command
def add(
    file: Annotated[Path, Parameter(metavar="FILE", help="A declaration in TOML or JSON.")],
    /,
    *,
    options: GlobalOptions | None = None,
) -> None:
    """Declare a record type, or add fields to one.

    Example: stocktake type add vehicle.toml
    """
    text = read_declaration(file)
    with session(options) as opened:
        kind, gained = opened.book.add_record_type(text, origin=str(file))
        if opened.options.json:
            opened.screen.document({**record_type_document(kind), "gained": list(gained)})
        else:
            more = f", gained {', '.join(gained)}" if gained else ""
            opened.screen.line(
                f'Record type "{kind.name}" is declared: {plural(len(kind.fields), "field")}{more}.'
            )
            source = opened.command(f"source add NAME --type {kind.name}")
            opened.screen.line(f"Declare where its records come from: {source}")


def read_declaration(file: Path) -> str:
    """A declaration's text. Raises ``NotFound`` and ``Unreadable``."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise NotFound(
            "file-not-found", f"There is no file {file}.", hint="Check the name and the folder."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise Unreadable("declaration-unreadable", f"{file} cannot be read: {reason}.") from error


def _identity(kind: RecordType) -> str:
    rungs = [" + ".join(rung) for rung in kind.identity]
    return ", then ".join(dict.fromkeys([" + ".join(kind.external_id) or "external id", *rungs]))


def _show(opened: Session, kind: RecordType) -> None:
    screen = opened.screen
    screen.line(f"{kind.title} ({kind.name}): {len(kind.fields)} fields", style="bold")
    facts = [
        ("told apart by", _identity(kind)),
        ("named by", kind.display_field),
        ("tracked", ", ".join(kind.tracked)),
        (
            "status",
            f"{kind.lifecycle.field}; retired is {kind.lifecycle.retired}" if kind.lifecycle else None,
        ),
        ("from", f"pack {kind.pack}" if kind.pack else "you"),
    ]
    screen.table([mark(""), Column("")], [each for each in facts if each[1]], indent=2)
    screen.line()
    screen.table(
        [mark("field"), mark("type"), Column("also called"), Column("rules")],
        [(each.name, each.type.value, ", ".join(each.aliases), _rules(each)) for each in kind.fields],
        indent=2,
    )


def _rules(field: Field) -> str:
    said = [
        "required" if field.required else "",
        "unique" if field.unique else "",
        f"one of {', '.join(field.choices)}" if field.choices else "",
        f"at most {field.max_length} characters" if field.max_length else "",
        f"from {field.minimum}" if field.minimum else "",
        f"to {field.maximum}" if field.maximum else "",
        f"matches {field.pattern}" if field.pattern else "",
        "volatile" if field.volatile else "",
        f"believed in this order: {', '.join(field.authority)}" if field.authority else "",
        "locked" if field.locked else "",
        "written while blank" if field.initialise else "",
    ]
    return "; ".join(each for each in said if each)
