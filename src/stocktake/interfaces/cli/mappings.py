"""``mappings``, ``mapping show``, ``mapping add``, ``mapping remove``: saved mappings (MAP-4)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.screen import Column, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.cli.types import read_declaration
from stocktake.interfaces.declaration_document import mapping_declaration_document
from stocktake.reporting.sentence import plural

if TYPE_CHECKING:
    from stocktake.book.mapped import KeptMapping
    from stocktake.model.mapping import FieldRule

MappingName = Annotated[str, Parameter(metavar="NAME", help="The mapping, such as hubspot-deals.")]

app = App(name="mapping", help="One saved mapping: show, add, remove.", help_format="plaintext")


def mappings(*, page: Page | None = None, options: GlobalOptions | None = None) -> None:
    """The saved mappings: how the files of a source are read.

    Example: stocktake mappings
    """
    wanted = chosen(page)
    with session(options) as opened:
        found = opened.book.mappings()
        part = found[wanted.offset : wanted.offset + wanted.limit]
        if opened.options.json:
            opened.screen.document(
                wanted.document([mapping_declaration_document(each) for each in part], len(found))
            )
            return
        if not found:
            example = opened.command("mapping add NAME FILE --type T --source S")
            opened.screen.line(f"There is no saved mapping. Save one: {example}")
            return
        columns = [mark("mapping"), mark("type"), mark("source"), number("columns"), Column("rules for")]
        rows = []
        for each in part:
            saved = each.mapping
            rules = ", ".join(rule.field for rule in saved.rules)
            rows.append((each.name, each.record_type, each.source, len(saved.columns), rules))
        opened.screen.table(columns, rows)
        wanted.footer(opened.screen, len(part), len(found))


@app.command
def show(name: MappingName, /, *, options: GlobalOptions | None = None) -> None:
    """One saved mapping: its columns, and what it says about fields beside them.

    Example: stocktake mapping show hubspot-deals
    """
    with session(options) as opened:
        found = opened.book.mapping(name)
        if opened.options.json:
            opened.screen.document(mapping_declaration_document(found))
        else:
            _show(opened, found)


@app.command
def add(
    name: MappingName,
    file: Annotated[Path, Parameter(metavar="FILE", help="The mapping, in TOML or JSON.")],
    /,
    *,
    type: Annotated[str, Parameter(metavar="TYPE", help="The record type it feeds.")],
    source: Annotated[str, Parameter(metavar="SOURCE", help="The source whose files it is for.")],
    options: GlobalOptions | None = None,
) -> None:
    """Save a mapping, or save it anew.

    Example: stocktake mapping add hubspot-deals deals.toml --type deal --source HUBSPOT
    """
    text = read_declaration(file)
    with session(options) as opened:
        known = name in {each.name for each in opened.book.mappings()}
        kept = opened.book.add_mapping(name, text, record_type=type, source=source, origin=str(file))
        if opened.options.json:
            opened.screen.document(mapping_declaration_document(kept))
            return
        what = "is saved anew" if known else "is saved"
        opened.screen.line(f'Mapping "{name}" {what}: {plural(len(kept.mapping.columns), "column")}.')
        example = f"import FILE --type {kept.record_type} --source {kept.source} --mapping {name}"
        opened.screen.line(f"Import with it: {opened.command(example)}")


@app.command
def remove(name: MappingName, /, *, options: GlobalOptions | None = None) -> None:
    """Forget a saved mapping. What was imported with it stays.

    Example: stocktake mapping remove hubspot-deals
    """
    with session(options) as opened:
        removed = opened.book.remove_mapping(name)
        if opened.options.json:
            opened.screen.document(mapping_declaration_document(removed))
        else:
            opened.screen.line(f'Mapping "{name}" is removed.')


def _show(opened: Session, kept: KeptMapping) -> None:
    screen, saved = opened.screen, kept.mapping
    screen.line(f"{kept.name}: {kept.record_type} records from {kept.source}", style="bold")
    screen.line(f"Version {kept.version[:12]}", style="dim")
    if saved.columns:
        screen.heading("Columns")
        rows = [(header, ", ".join(names) or "ignored") for header, names in saved.columns]
        screen.table([Column("column"), Column("feeds")], rows, indent=2)
    if saved.rules:
        screen.heading("Beside the columns")
        said = [(each.field, words) for each in saved.rules for words in _words(each)]
        screen.table([mark("field"), Column("says")], said, indent=2)


def _words(rule: FieldRule) -> list[str]:
    """What a rule says, a line for each thing."""
    lines = [f'"{said}" means {meant}' for said, meant in rule.values]
    lines += [f"every row says {rule.constant}"] if rule.constant is not None else []
    lines += [f"a blank cell says {rule.default}"] if rule.default is not None else []
    lines += [f"blank are also: {', '.join(rule.null_words)}"] if rule.null_words else []
    lines += [f"a blank cell: {rule.on_blank.value}"] if rule.on_blank else []
    lines += [f"written as {' or '.join(rule.formats)}"] if rule.formats else []
    lines += [f"cleaned by {', '.join(rule.clean) or 'nothing'}"] if rule.clean is not None else []
    lines += [f"its times are those of {rule.time_zone}"] if rule.time_zone else []
    return lines
