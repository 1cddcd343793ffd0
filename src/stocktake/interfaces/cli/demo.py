"""``demo``: a guided tour over the bundled sample inventory, in a database of its own."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import as_file
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from stocktake.interfaces.cli.review import applied_words, review
from stocktake.interfaces.cli.screen import Column, as_id, mark, number
from stocktake.interfaces.cli.setting import DEFAULT_DB, GlobalOptions, Session, session
from stocktake.interfaces.wording import moment_text
from stocktake.model.errors import InvalidInput

if TYPE_CHECKING:
    from stocktake.book import OpenPlan

#: Where the tour leaves its database, unless --db says otherwise.
PLACE = "sqlite:///stocktake-demo.db"

_TYPE = "device"
#: The laptop that Telus still has when NinjaOne has dropped it.
_KEPT = "LT-0101"


def demo(
    *,
    force: Annotated[
        bool, Parameter(show_default=False, help="Replace the database of an earlier demo.")
    ] = False,
    options: GlobalOptions | None = None,
) -> None:
    """See it work: import a sample inventory twice, preview the second import, apply it, see what went missing.

    Example: stocktake demo
    """
    options = options or GlobalOptions()
    if options.json:
        raise InvalidInput(
            "bad-arguments", "The demo is for reading; it has no --json.", hint="Leave --json out."
        )
    if options.db == DEFAULT_DB:
        options = replace(options, db=PLACE)
    _make_room(options.db, force=force)
    with session(options) as opened:
        _tour(opened)


def _make_room(url: str, *, force: bool) -> None:
    """A demo starts with no database; an earlier one is only replaced when asked (never another kind of file)."""
    if not url.startswith("sqlite:///"):
        raise InvalidInput(
            "bad-arguments", "The demo makes a SQLite database of its own.", hint="Use --db sqlite:///FILE."
        )
    place = Path(url.removeprefix("sqlite:///"))
    if not place.exists():
        return
    if not force:
        raise InvalidInput(
            "database-exists",
            f"{place} is there already.",
            hint="Replace it with --force, or put the demo elsewhere with --db sqlite:///FILE.",
        )
    with place.open("rb") as file:
        start = file.read(16)
    if start and start != b"SQLite format 3\x00":
        raise InvalidInput("database-exists", f"{place} is not a SQLite database; it stays as it is.")
    for each in (place, *(place.with_name(place.name + end) for end in ("-wal", "-shm"))):
        each.unlink(missing_ok=True)


def _tour(opened: Session) -> None:
    screen = opened.screen
    screen.line(
        "Stocktake in a minute: a company's devices, from two sources that see different parts of them."
    )
    _step(opened, 1, "NinjaOne's first export: 24 laptops, desktops and servers, all new.")
    _import(opened, "ninjaone-1.csv", "NINJAONE")
    _step(opened, 2, "Telus, the phone carrier: 8 phones, and one laptop that NinjaOne has too.")
    _import(opened, "telus.csv", "TELUS")
    _step(opened, 3, "A week later NinjaOne exports again. First the preview; it writes nothing:")
    planned = _planned(opened, "ninjaone-2.csv", "NINJAONE")
    review(opened, planned, statistics=False)
    screen.line()
    number_of_run = _applied(opened, planned)
    _step(opened, 4, "What NinjaOne's new export no longer had:")
    _tell_missing(opened)
    _tell_kept(opened)
    screen.heading("Now you:")
    for words in (f"record show {_TYPE} {_kept(opened)}", "runs", f"rollback {number_of_run} --dry-run"):
        screen.line(f"  stocktake {words}{opened.options.again}")


def _step(opened: Session, place: int, words: str) -> None:
    opened.screen.heading(f"{place}. {words}")


def _planned(opened: Session, name: str, source: str) -> OpenPlan:
    from stocktake.catalog.packs import pack_samples

    with as_file(pack_samples("it_assets")[name]) as path:
        return opened.book.plan(path, record_type=_TYPE, source=source)


def _import(opened: Session, name: str, source: str) -> None:
    _applied(opened, _planned(opened, name, source))


def _applied(opened: Session, planned: OpenPlan) -> int:
    run = planned.apply()
    opened.outcome = f"The demo got as far as run {run.run_id}."
    opened.screen.line(f"   Run {run.run_id} is applied: {applied_words(run.stats)}.", style="green")
    return run.run_id


def _tell_missing(opened: Session) -> None:
    found, _ = opened.book.missing(source="NINJAONE", record_type=_TYPE, page_size=10)
    rows = [
        (each.name, as_id(each.record_id), moment_text(each.missing_since), _fate(each.retired_at))
        for each in found
    ]
    opened.screen.table(
        [mark("device"), number("record"), mark("missing since"), Column("what became of it")], rows, indent=3
    )


def _fate(retired_at: object) -> str:
    return "kept: another source still has it" if retired_at is None else "retired: no source has it any more"


def _kept(opened: Session) -> int:
    """The record number of the laptop that Telus keeps alive."""
    kind = opened.book.record_type(_TYPE)
    with opened.book.listing() as unit:
        found, _ = unit.record_page(kind, where={"asset_tag": _KEPT}, limit=1, offset=0)
    return int(found[0]["id"])


def _tell_kept(opened: Session) -> None:
    screen = opened.screen
    _step(opened, 5, f"{_KEPT} is gone from NinjaOne, and alive, since Telus still bills it:")
    with opened.book.listing() as unit:
        links = unit.links_of_record(_TYPE, _kept(opened))
    said = [f"{each['source']} {'has it' if each['is_present'] else 'lacks it'}" for each in links]
    screen.line(f"   {', '.join(said)}.")
