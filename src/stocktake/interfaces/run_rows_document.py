"""The rows of a run for programs, as they were read, and what became of each (LIN-2, PRE-22)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from stocktake.flows.lineage import raw_row
from stocktake.interfaces.lineage_document import raw_row_document
from stocktake.reporting.absence import explained_absent
from stocktake.reporting.rejection import told_by_row

if TYPE_CHECKING:
    import polars as pl

    from stocktake.book import Book
    from stocktake.interfaces.page import Page
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
    found: list[dict[str, Any]] = []
    total = 0
    with book.listing() as unit:
        header = unit.header_of(run_id)
        told = told_by_row(unit.problems_of(run_id)).rename({"_row": "row"}).drop("line")
        condition = _condition(unit, run_id, wanted)
        for chunk in unit.raw_chunks(run_id):
            part = chunk.filter(condition)
            skipped = max(0, page.offset - total)
            total += part.height
            rows = part.slice(skipped, page.limit - len(found)) if len(found) < page.limit else part.clear()
            rows = rows.join(told, on="row", how="left", maintain_order="left")
            found += [
                raw_row_document(
                    raw_row(each, header, run),
                    each["problems"] or reasons.get(each["reason"], each["reason"]),
                )
                for each in rows.iter_rows(named=True)
            ]
        absent = explained_absent(unit.absent_of(run_id), reasons)
    gone = absent.filter(pl.col("decision").is_in(wanted)) if wanted else absent
    skipped = max(0, page.offset - total)
    total += gone.height
    found += [_absent_row(each) for each in gone.slice(skipped, page.limit - len(found)).to_dicts()]
    return found, total


def _condition(unit: Unit, run_id: int, wanted: tuple[str, ...]) -> pl.Expr:
    import polars as pl

    from stocktake.flows.run_rows import wanted_rows

    alone = wanted[0] if len(wanted) == 1 else None
    return pl.col("decision").is_in(wanted) if len(wanted) > 1 else wanted_rows(unit, run_id, alone)


def _absent_row(record: dict[str, Any]) -> dict[str, Any]:
    """A record that the file lacked, in the shape of a row."""
    return {"line": None, **record, "values": {}}
