"""``sources``, ``source show``, ``source add``, ``source set``: where records come from (PRE-2)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from stocktake.interfaces.cli.failure import DONE, INVALID
from stocktake.interfaces.cli.importing import must_be_able_to_ask
from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.screen import Column, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.cli.types import read_declaration
from stocktake.interfaces.declaration_document import source_document
from stocktake.interfaces.wording import value_text
from stocktake.model.errors import InvalidInput
from stocktake.model.source import Source
from stocktake.reporting.sentence import plural

if TYPE_CHECKING:
    from stocktake.flows.closing_source import Farewell

#: So many values that the next source gives are shown.
SHOWN = 5

SourceName = Annotated[str, Parameter(metavar="NAME", help="The source, such as NINJAONE.")]

app = App(name="source", help="One source: show, add, set, close, ingest.", help_format="plaintext")
app.command("stocktake.interfaces.cli.ingesting:ingest_source", name="ingest")


def sources(*, page: Page | None = None, options: GlobalOptions | None = None) -> None:
    """The sources: those that ship, and your own.

    Example: stocktake sources
    """
    wanted = chosen(page)
    with session(options) as opened:
        found = sorted(opened.book.declared().sources.values(), key=lambda each: each.name)
        part = found[wanted.offset : wanted.offset + wanted.limit]
        if opened.options.json:
            opened.screen.document(wanted.document([source_document(each) for each in part], len(found)))
            return
        columns = [mark("source"), mark("delivers"), Column("external id"), Column("presence"), mark("from")]
        rows = [
            (
                each.name,
                ", ".join(each.record_types),
                " + ".join(each.external_id),
                _presence(each),
                _origin(each),
            )
            for each in part
        ]
        opened.screen.table(columns, rows)
        wanted.footer(opened.screen, len(part), len(found))


@app.command
def show(name: SourceName, /, *, options: GlobalOptions | None = None) -> None:
    """One source: what it delivers, and what its presence and absence mean.

    Example: stocktake source show NINJAONE
    """
    with session(options) as opened:
        found = opened.book.declared().source_named(name)
        if opened.options.json:
            opened.screen.document(source_document(found))
        else:
            _show(opened, found)


@app.command
def add(
    name: Annotated[
        str | None, Parameter(metavar="NAME", help="Its name; with --file, from the file.")
    ] = None,
    /,
    *,
    type: Annotated[
        tuple[str, ...], Parameter(metavar="TYPE", show_default=False, help="What it delivers.")
    ] = (),
    tracks_presence: Annotated[
        bool, Parameter(show_default=False, help="A full snapshot of it says what is gone.")
    ] = False,
    external_id: Annotated[
        tuple[str, ...],
        Parameter(
            metavar="FIELD", show_default=False, help="The field of its own id; repeat for several parts."
        ),
    ] = (),
    key_rule: Annotated[
        tuple[str, ...],
        Parameter(
            metavar="RULE", show_default=False, help="How ids are compared, such as casefold; repeatable."
        ),
    ] = (),
    existence: Annotated[
        Literal["authoritative", "supporting", "none"] | None,
        Parameter(help="What its presence and absence may do to a record. Default: authoritative."),
    ] = None,
    missing_policy: Annotated[
        Literal["retire", "flag", "ignore"] | None,
        Parameter(help="What happens to a record that no source has any more. Default: retire."),
    ] = None,
    time_zone: Annotated[
        str | None, Parameter(metavar="ZONE", help="Of its times without offset, such as Europe/Berlin.")
    ] = None,
    file: Annotated[
        Path | None, Parameter(metavar="FILE", help="The whole declaration, in TOML or JSON.")
    ] = None,
    options: GlobalOptions | None = None,
) -> None:
    """Declare a source, by options or by a file.

    Example: stocktake source add JAMF --type device --tracks-presence --external-id serial_number
    """
    keys = {
        "name": name,
        "record_types": list(type),
        "tracks_presence": tracks_presence,
        "external_id": list(external_id),
        "key_rules": list(key_rule),
        "existence": existence,
        "missing_policy": missing_policy,
        "time_zone": time_zone,
    }
    given = {key: value for key, value in keys.items() if value}
    source = _parsed(given, file)
    with session(options) as opened:
        known = source.name in opened.book.declared().sources
        added = opened.book.add_source(source)
        if opened.options.json:
            opened.screen.document(source_document(added))
        else:
            what = "is declared anew" if known else "is declared"
            opened.screen.line(
                f"Source {added.name} {what}: delivers {', '.join(added.record_types)}; {_presence(added)}."
            )
            example = opened.command(f"import FILE --type {added.record_types[0]} --source {added.name}")
            opened.screen.line(f"Import from it: {example}")


def _parsed(given: dict[str, Any], file: Path | None) -> Source:
    from stocktake.catalog.declaration import parse_source

    if file is not None:
        if set(given) - {"name"}:
            raise InvalidInput(
                "bad-arguments",
                "--file holds the whole declaration; other options say it twice.",
                hint="Leave them out.",
            )
        source = parse_source(read_declaration(file), origin=str(file))
        return replace(source, name=given["name"]) if "name" in given else source
    if "name" not in given or "record_types" not in given:
        missing = "a name" if "name" not in given else "--type"
        raise InvalidInput(
            "bad-arguments",
            f"A source needs {missing}.",
            hint="Write `stocktake source add NAME --type TYPE`, or `stocktake source add --file S.toml`.",
        )
    return parse_source(json.dumps(given), origin="the options")


@app.command(name="set")
def change(
    name: SourceName,
    /,
    *,
    observe_only: Annotated[
        Literal["on", "off"] | None,
        Parameter(help="on: keep track of presence, but retire and reactivate nothing (PRE-23)."),
    ] = None,
    closed: Annotated[
        Literal["off"] | None,
        Parameter(help="off: let a closed source deliver again; `source close` closes one."),
    ] = None,
    options: GlobalOptions | None = None,
) -> None:
    """Change a setting of a source.

    Example: stocktake source set NINJAONE --observe-only on
    """
    if observe_only is None and closed is None:
        raise InvalidInput("bad-arguments", "Nothing to change.", hint="Say --observe-only on, for one.")
    with session(options) as opened:
        found = opened.book.declared().source_named(name)
        watching = found.observe_only if observe_only is None else observe_only == "on"
        changed = opened.book.add_source(
            replace(found, observe_only=watching, closed=found.closed and closed is None)
        )
        if opened.options.json:
            opened.screen.document(source_document(changed))
        else:
            opened.screen.line(f"Source {changed.name}: {_presence(changed)}.")


@app.command
def close(
    name: SourceName,
    /,
    *,
    dry_run: Annotated[bool, Parameter(show_default=False, help="Say what it would do; do nothing.")] = False,
    yes: Annotated[bool, Parameter(name=["--yes", "-y"], show_default=False, help="Do not ask.")] = False,
    reason: Annotated[str | None, Parameter(metavar="TEXT", help="Why, for the audit.")] = None,
    by: Annotated[str | None, Parameter(metavar="NAME", help="Who closes it; default: you.")] = None,
    options: GlobalOptions | None = None,
) -> int:
    """Close a source that will deliver no more: its records are missing from now on, and what only it has is retired.

    Fields that it held fall to the next source in order. `stocktake rollback` of its runs opens it again.

    Example: stocktake source close ROGERS --dry-run
    """
    with session(options, by=by) as opened:
        if not dry_run and not yes:
            must_be_able_to_ask(opened, "closing a source")
        found = opened.book.preview_closing(name)
        told: list[dict[str, Any]] = [{"record_type": each.record_type.name, **each.counts} for each in found]
        if dry_run and opened.options.json:
            opened.screen.document({"status": "planned", "source": name, "record_types": told})
            return DONE
        if not opened.options.json:
            for each in found:
                _farewell(opened, name, each)
            if not told:
                opened.screen.line(f"{name} has delivered nothing yet.")
        if dry_run:
            opened.screen.line("Nothing was written.")
            return DONE
        if not yes and opened.screen.ask(f"\nClose {name}? [y/N] ").lower() not in ("y", "yes"):
            opened.screen.line("Nothing was written.")
            return INVALID
        runs = [each.run_id for each in opened.book.close_source(name, reason=reason)]
        if opened.options.json:
            opened.screen.document({"status": "applied", "source": name, "runs": runs, "record_types": told})
        else:
            listed = f" (run {', '.join(map(str, runs))})" if runs else ""
            opened.screen.line(f"{name} is closed{listed}.", style="bold green")
        return DONE


def _farewell(opened: Session, name: str, each: Farewell) -> None:
    """What closing does to the records of one type, and the first values that the next source gives."""
    numbers, kind = each.counts, each.record_type
    stays = numbers["elsewhere"] + numbers["kept"]
    handed = (
        f" {plural(numbers['handed_on'], 'value')} would fall to the next source."
        if numbers["handed_on"]
        else ""
    )
    opened.screen.line(
        f"{kind.name}: {name} has {numbers['reviewed']:,}; {numbers['retire']:,} would be retired, {stays:,} stay.{handed}"
    )
    if not numbers["handed_on"]:
        return
    columns = [Column("name"), number("record"), mark("field"), Column("is"), Column("would be")]
    rows = [
        (
            row["name"],
            as_id(row["record_id"]),
            kind[row["field"]].label,
            value_text(row["before"]),
            value_text(row["after"]),
        )
        for row in each.handed_on.head(SHOWN).iter_rows(named=True)
    ]
    opened.screen.table(columns, rows, indent=2)
    if numbers["handed_on"] > SHOWN:
        opened.screen.line(f"  … and {numbers['handed_on'] - SHOWN:,} more", style="dim")


def _presence(source: Source) -> str:
    if source.closed:
        return "closed: it delivers no more"
    if not source.tracks_presence:
        return "presence not tracked"
    said = [f"{source.existence.value} presence", f"missing: {source.missing_policy.value}"]
    if source.observe_only:
        said.append("observe only: retires and reactivates nothing")
    return ", ".join(said)


def _origin(source: Source) -> str:
    return f"pack {source.pack}" if source.pack else "you"


def _show(opened: Session, source: Source) -> None:
    screen, guards = opened.screen, source.guards
    screen.line(f"{source.name}: {source.title or source.name}", style="bold")
    limits = (
        f"a snapshot may retire {guards.retire_share:.0%} and at most {guards.retire_count:,} records"
        if source.tracks_presence
        else None
    )
    facts = [
        ("delivers", ", ".join(source.record_types)),
        ("also called", ", ".join(source.aliases)),
        ("external id", " + ".join(source.external_id)),
        ("key rules", ", ".join(source.key_rules)),
        ("presence", _presence(source)),
        ("limits", limits),
        ("default strategy", source.default_strategy),
        ("time zone", source.time_zone),
        ("expected every", source.expected_every),
        ("every row says", ", ".join(f"{name} = {value}" for name, value in source.constants)),
        ("blank cells say", ", ".join(f"{name} = {value}" for name, value in source.defaults)),
        ("from", _origin(source)),
    ]
    screen.table([mark(""), Column("")], [each for each in facts if each[1]], indent=2)
    if source.columns:
        screen.heading("Columns of its exports")
        rows = [(header, ", ".join(fields) or "ignored") for header, fields in source.columns]
        screen.table([Column("column"), Column("feeds")], rows, indent=2)
