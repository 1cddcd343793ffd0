"""The rows of a run for programs, as they were read, and what became of each (LIN-2, PRE-22)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from stocktake.flows.lineage import raw_row
from stocktake.interfaces.lineage_document import raw_row_document
from stocktake.reporting.absence import explained_absent
from stocktake.reporting.rejection import told_by_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from stocktake.book import Book
    from stocktake.interfaces.page import Page
    from stocktake.model.run import Run
    from stocktake.ports.store import Unit

#: What became of a row; ``reappeared``: rows whose link had been missing.
Decision = Literal[
    "create",
    "update",
    "unchanged",
    "reactivate",
    "reappeared",
    "reject",
    "duplicate",
    "conflict",
    "ambiguous",
    "skip",
    "retire",
    "delete",
    "missing",
    "held",
    "suppressed",
]


def run_rows_page(
    book: Book, run_id: int, wanted: tuple[str, ...], page: Page
) -> tuple[list[dict[str, Any]], int]:
    """A page of a run's raw rows, then of the records its file lacked, and how many there are.

    ``wanted``: only those decisions; none: all. Raises ``NotFound`` ``unknown-run``.
    """
    import polars as pl

    run = book.run(run_id).run
    reasons = book.reasons(run.strategy or "")
    with book.listing() as unit:
        rows, total = unit.raw_row_page(
            run_id, wanted, reappeared=wanted == ("reappeared",), limit=page.limit, offset=page.offset
        )
        found = [] if rows is None else _read(unit, run, rows, reasons)
        left, skipped = page.limit - len(found), max(0, page.offset - total)
        if not wanted and (not left or skipped >= unit.absent_count(run_id)):
            return found, total + unit.absent_count(run_id)
        absent = unit.absent_of(run_id)
    gone = absent.filter(pl.col("decision").is_in(wanted)) if wanted else absent
    shown = explained_absent(gone.slice(skipped, left), reasons)
    return found + [_absent_row(each) for each in shown.to_dicts()], total + gone.height


def _read(unit: Unit, run: Run, rows: pl.DataFrame, reasons: Mapping[str, str]) -> list[dict[str, Any]]:
    """Raw rows for programs, each with what is wrong with it, or why it was decided as it was."""
    header, problems = unit.header_of(run.run_id), unit.problems_of(run.run_id)
    mine = problems.filter(problems["_row"].is_in(rows["row"].implode()))
    told = told_by_row(mine).rename({"_row": "row"}).drop("line")
    return [
        raw_row_document(
            raw_row(each, header, run), each["problems"] or reasons.get(each["reason"], each["reason"])
        )
        for each in rows.join(told, on="row", how="left", maintain_order="left").iter_rows(named=True)
    ]


def _absent_row(record: dict[str, Any]) -> dict[str, Any]:
    """A record that the file lacked, in the shape of a row."""
    return {"line": None, **record, "values": {}}
