"""``apply`` and ``compare``: plans that were saved as files (PLN-9, PLN-24)."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from stocktake.book.plan_sheets import decisions_with_problems
from stocktake.interfaces.cli.failure import DONE
from stocktake.interfaces.cli.importing import confirmed, must_be_able_to_ask, previewed, write_csv
from stocktake.interfaces.cli.screen import Column, Screen, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, session
from stocktake.interfaces.document import SHOWN
from stocktake.interfaces.wording import moment_iso, moment_text, printable, value_text
from stocktake.reporting.sentence import plural

if TYPE_CHECKING:
    import polars as pl

    from stocktake.model.plan import Plan
    from stocktake.planning.diff import Difference

#: So many rows, and so many values, are shown.
ROWS = 10

PlanFile = Annotated[Path, Parameter(metavar="PLAN.json", help="What `stocktake plan … --out` saved.")]


def apply(
    plan: PlanFile,
    file: Annotated[
        Path | None,
        Parameter(
            metavar="FILE",
            help="The file the plan was made from; default: where it lay, else of that name beside the plan.",
        ),
    ] = None,
    /,
    *,
    dry_run: Annotated[
        bool, Parameter(show_default=False, help="Show the plan, and whether it still holds; write nothing.")
    ] = False,
    yes: Annotated[
        bool, Parameter(name=["--yes", "-y"], show_default=False, help="Do not ask. Never answers a guard.")
    ] = False,
    rows: Annotated[
        Path | None, Parameter(metavar="OUT.csv", help="Write every decision, row by row, to this file.")
    ] = None,
    by: Annotated[str | None, Parameter(metavar="NAME", help="Who imports; default: you.")] = None,
    options: GlobalOptions | None = None,
) -> int:
    """Apply a saved plan, exactly as it was reviewed, to the same file in the same database; once.

    Refused where anything it rests on has changed: then plan again.

    Example: stocktake apply monday.json
    """
    with session(options, by=by) as opened:
        if not dry_run and not yes:
            must_be_able_to_ask(opened, "applying a plan")
        planned = opened.book.load_plan(plan, file)
        if rows is not None:
            write_csv(decisions_with_problems(planned), rows)
        if dry_run:
            again = opened.command(shlex.join(["apply", *(str(each) for each in (plan, file) if each)]))
            return previewed(opened, planned, f"Nothing was written. {again} applies this.")
        return confirmed(opened, planned, yes=yes)


def compare(
    first: PlanFile,
    second: PlanFile,
    /,
    *,
    rows: Annotated[
        Path | None, Parameter(metavar="OUT.csv", help="Write every row that differs to this file.")
    ] = None,
    options: GlobalOptions | None = None,
) -> int:
    """What tells two saved plans apart: numbers, decisions, values.

    Neither the files they were made from nor the database are needed.

    Example: stocktake compare monday.json tuesday.json
    """
    with session(options) as opened:
        found = opened.book.compare_plans(first, second)
        if rows is not None:
            write_csv(found.rows, rows)
        if opened.options.json:
            opened.screen.document(_document(found))
        else:
            _show(opened.screen, found, (first.name, second.name))
    return DONE


def _show(screen: Screen, found: Difference, names: tuple[str, str]) -> None:
    for word, plan in zip(("First", "Second"), (found.first, found.second), strict=True):
        place = names[word == "Second"]
        screen.line(f"{word}: {printable(place)}, {_about(plan)}", style="dim")
    if found.is_empty:
        screen.line()
        screen.line("Both plans do the same.", style="bold")
        return
    counts = [(name, *pair) for name, pair in found.counts.items() if any(pair)]
    screen.line()
    screen.table([mark("count"), number("first"), number("second"), mark("")], map(_marked, counts), indent=2)
    for run_id, word in zip(found.repeated, ("first", "second"), strict=True):
        if run_id is not None:
            screen.line()
            screen.line(f"The {word} plan repeats run {run_id}, every row unchanged: no rows are compared.")
    _rows(screen, found.rows)
    _fields(screen, found)


def _marked(count: tuple[str, int, int]) -> tuple[str, int, int, str]:
    return (*count, "" if count[1] == count[2] else "≠")


def _about(plan: Plan) -> str:
    return (
        f"{plan.strategy} of {printable(plan.file.name)} ({plural(plan.file.rows, 'row')}), "
        f"made {moment_text(plan.made_at)}"
    )


def _rows(screen: Screen, rows: pl.DataFrame) -> None:
    if rows.is_empty():
        return
    screen.heading(f"Decided otherwise: {rows.height:,}")
    screen.table(
        [
            Column("name"),
            Column("external id"),
            number("line"),
            number("record"),
            mark("first"),
            mark("second"),
        ],
        [
            (
                each["name"],
                each["external_id"],
                _lines(each),
                as_id(each["record_id"]),
                each["first"] or "–",
                each["second"] or "–",
            )
            for each in rows.head(ROWS).iter_rows(named=True)
        ],
        indent=2,
    )
    if rows.height > ROWS:
        screen.line(f"  … and {rows.height - ROWS:,} more: --rows FILE.csv lists all", style="dim")


def _fields(screen: Screen, found: Difference) -> None:
    if found.fields.is_empty():
        return
    screen.heading(f"Written otherwise: {plural(found.fields.height, 'value')}")
    kind = found.first.record_type
    screen.table(
        [
            Column("external id"),
            number("line"),
            number("record"),
            Column("field"),
            Column("first"),
            Column("second"),
        ],
        [
            (
                each["external_id"],
                _lines(each),
                as_id(each["record_id"]),
                kind[each["field"]].label if each["field"] in kind else each["field"],
                _value(each, "first"),
                _value(each, "second"),
            )
            for each in found.fields.head(ROWS).iter_rows(named=True)
        ],
        indent=2,
    )
    if found.fields.height > ROWS:
        screen.line(f"  … and {found.fields.height - ROWS:,} more", style="dim")


def _value(change: dict[str, Any], word: str) -> str:
    return value_text(change[f"{word}_after"]) if change[word] else "(as it is)"


def _lines(each: dict[str, Any]) -> str:
    """Where the row stands: one line, or that in each file."""
    lines = [each["first_line"], each["second_line"]]
    told = dict.fromkeys(as_id(line) for line in lines if line is not None)
    return " / ".join(told)


def _document(found: Difference) -> dict[str, Any]:
    return {
        "status": "compared",
        "same": found.is_empty,
        "first": _plan(found.first, found.repeated[0]),
        "second": _plan(found.second, found.repeated[1]),
        "counts": {
            name: {"first": first, "second": second} for name, (first, second) in found.counts.items()
        },
        "rows": {"total": found.rows.height, "items": found.rows.head(SHOWN).to_dicts()},
        "fields": {
            "total": found.fields.height,
            "items": [
                {
                    **{
                        name: each[name]
                        for name in ("external_id", "record_id", "first_line", "second_line", "field")
                    },
                    "first": _change(each, "first"),
                    "second": _change(each, "second"),
                }
                for each in found.fields.head(SHOWN).iter_rows(named=True)
            ],
        },
    }


def _plan(plan: Plan, repeated: int | None) -> dict[str, Any]:
    return {
        "plan_id": plan.plan_id,
        "made_at": moment_iso(plan.made_at),
        "workspace": plan.workspace,
        "record_type": plan.record_type.name,
        "source": plan.source.name,
        "strategy": plan.strategy,
        "file": {"name": plan.file.name, "sha256": plan.file.sha256, "rows": plan.file.rows},
        "mapping_hash": plan.mapping.version,
        "repeats_run": repeated,
    }


def _change(each: dict[str, Any], word: str) -> dict[str, Any] | None:
    """What one plan writes; None where it leaves the field alone."""
    return {"before": each[f"{word}_before"], "after": each[f"{word}_after"]} if each[word] else None
