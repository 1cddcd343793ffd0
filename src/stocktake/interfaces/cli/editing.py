"""``record edit``: change one record by hand, shown before and undone like an import (PRE-24)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from stocktake.interfaces.cli.failure import DONE, INVALID
from stocktake.interfaces.cli.importing import must_be_able_to_ask
from stocktake.interfaces.cli.records import TypeName
from stocktake.interfaces.cli.screen import Column, mark
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.wording import printable, value_text
from stocktake.model.decision import Action
from stocktake.model.errors import InvalidInput
from stocktake.reporting.sentence import plural

if TYPE_CHECKING:
    from stocktake.book import OpenRun
    from stocktake.flows.editing import EditPreview

_TURNS = {
    Action.RETIRE: "This retires it; no source brings it back by itself.",
    Action.REACTIVATE: "This brings it back from retirement.",
}


def edit(
    record_type: TypeName,
    record_id: Annotated[int, Parameter(metavar="ID", help="The record's number.")],
    /,
    *values: Annotated[
        str, Parameter(metavar="FIELD=VALUE", help="What a field is to be; FIELD= clears it.")
    ],
    reason: Annotated[str | None, Parameter(metavar="TEXT", help="Why, for the audit.")] = None,
    dry_run: Annotated[
        bool, Parameter(show_default=False, help="Say what it would change; change nothing.")
    ] = False,
    yes: Annotated[bool, Parameter(name=["--yes", "-y"], show_default=False, help="Do not ask.")] = False,
    by: Annotated[str | None, Parameter(metavar="NAME", help="Who edits; default: you.")] = None,
    options: GlobalOptions | None = None,
) -> int:
    """Change fields of one record by hand. Values are checked as an import checks them.

    A source writes over them once it says something new, but never over a field that its type declares locked.

    The status that means retired retires the record, and no source brings it back.

    Example: stocktake record edit device 17 location=Vancouver assigned_to= --reason "moved desks"
    """
    with session(options, by=by) as opened:
        if not dry_run and not yes:
            must_be_able_to_ask(opened, "an edit")
        asked = _asked(values)
        seen = opened.book.preview_edit(record_type, record_id, asked)
        if not opened.options.json and not opened.options.quiet:
            _preview(opened, seen)
        if dry_run:
            return _told(opened, seen)
        if not yes and opened.screen.ask("\nChange it? [y/N] ").lower() not in ("y", "yes"):
            opened.screen.line("Nothing was written.")
            return INVALID
        run = opened.book.edit_record(record_type, record_id, asked, reason=reason, version=seen.version)
        opened.outcome = f"Run {run.run_id} was applied before that."
        return _done(opened, seen, run)


def _asked(values: tuple[str, ...]) -> dict[str, str]:
    """``FIELD=VALUE`` words, parted at the first ``=``. Raises ``InvalidInput`` ``bad-option``."""
    asked: dict[str, str] = {}
    for word in values:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise InvalidInput(
                "bad-option",
                f'"{word}" is no FIELD=VALUE.',
                hint='Write such as location=Vancouver, or "location=New York"; location= clears the field.',
            )
        if name.strip() in asked:
            raise InvalidInput(
                "bad-option", f'The field "{name.strip()}" is given twice.', hint="Give each field once."
            )
        asked[name.strip()] = value
    return asked


def _preview(opened: Session, seen: EditPreview) -> None:
    kind, screen = seen.record_type, opened.screen
    screen.line(f"{kind.title} {seen.record_id}: {printable(seen.name)}", style="bold")
    screen.table(
        [mark(""), Column(""), mark(""), Column("")],
        [
            (kind[field].label, value_text(before), "→", value_text(after))
            for field, before, after in seen.changes.iter_rows()
        ],
        indent=2,
    )
    if seen.act in _TURNS:
        screen.line(f"  {_TURNS[seen.act]}")


def _told(opened: Session, seen: EditPreview) -> int:
    if opened.options.json:
        opened.screen.document(_document("planned", seen, None))
    else:
        opened.screen.line()
        opened.screen.line("Nothing was written.")
    return DONE


def _done(opened: Session, seen: EditPreview, run: OpenRun) -> int:
    screen, number = opened.screen, run.run_id
    if opened.options.json:
        screen.document(_document("applied", seen, number))
        return DONE
    if not opened.options.quiet:
        screen.line()
    screen.line(
        f"Run {number} is applied: {plural(seen.changes.height, 'field')} changed.", style="bold green"
    )
    if not opened.options.quiet:
        screen.line(f"{opened.command(f'rollback {number}')} undoes it.")
    return DONE


def _document(status: str, seen: EditPreview, run_id: int | None) -> dict[str, Any]:
    return {
        "status": status,
        "run_id": run_id,
        "record_type": seen.record_type.name,
        "record_id": seen.record_id,
        "name": seen.name,
        "act": seen.act.value,
        "changes": seen.changes.to_dicts(),
    }
