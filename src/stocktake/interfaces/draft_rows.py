"""The rows of an import on its way, for every face: of its plan, or, once it is applied, of its run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stocktake.flows.run_rows import REJECTED
from stocktake.interfaces.run_rows_document import run_rows_page
from stocktake.model.run import RunStatus

if TYPE_CHECKING:
    from pathlib import Path

    from stocktake.book import Book
    from stocktake.interfaces.page import Page


def draft_rows_page(
    book: Book, draft_id: int, decision: str | None, page: Page
) -> tuple[list[dict[str, Any]], int]:
    """A page of rows, with ``line, decision, reason, record_id, name, external_id, values``, and how many there are.

    Of a plan's rows, ``values`` tells what a new record will say, ``changes`` what becomes of one that is there: ``field,
    before, after`` (PLN-6); of all others the file has the values. Raises ``NotFound``, ``StalePlan`` ``plan-outdated``.
    """
    run_id = _run_of(book, draft_id)
    if run_id is not None:
        return run_rows_page(book, run_id, (decision,) if decision else (), page)
    part, total = book.draft_rows(draft_id, decision, limit=page.limit, offset=page.offset)
    changes = _changes(book, draft_id, part["record_id"].drop_nulls().unique().to_list())
    values = _values(book, draft_id, part.filter(action="create")["line"].to_list())
    return [
        {
            "line": each["line"],
            "decision": each["action"],
            "reason": each["problems"] or each["reason"],
            "record_id": each["record_id"],
            "name": each["name"],
            "external_id": each["external_id"],
            "values": values.get(each["line"], {}),
            "changes": changes.get(each["record_id"], []),
        }
        for each in part.iter_rows(named=True)
    ], total


def draft_errors_page(book: Book, draft_id: int, page: Page) -> tuple[list[dict[str, Any]], int]:
    """The same of the rows that it leaves out, whose ``values`` are their cells as they were read (ERR-2, ERR-3)."""
    run_id = _run_of(book, draft_id)
    if run_id is not None:
        return run_rows_page(book, run_id, REJECTED, page)
    shown = book.draft_plan(draft_id)
    found = shown.rejected()
    part = found.slice(page.offset, page.limit)
    told = shown.decisions()
    told = told.filter(told["action"].is_in(REJECTED)).rename({"line": "_line"})
    facts = part.select("_line", "_message").join(told, on="_line", how="left", maintain_order="left")
    values = part.drop("_line", "_code", "_message")
    return [
        {
            "line": each["_line"],
            "decision": each["action"],
            "reason": each["_message"],
            "record_id": each["record_id"],
            "name": each["name"],
            "external_id": each["external_id"],
            "values": cells,
        }
        for each, cells in zip(facts.to_dicts(), values.to_dicts(), strict=True)
    ], found.height


def save_draft_errors(book: Book, draft_id: int, path: Path) -> int:
    """Write those rows to a file, to be mended (ERR-3); how many. Raises as ``OpenRun.save_rejected`` does."""
    run_id = _run_of(book, draft_id)
    if run_id is not None:
        return book.run(run_id).save_rejected(path)
    return book.draft_plan(draft_id).save_rejected(path)


def _run_of(book: Book, draft_id: int) -> int | None:
    """The run that an import became, once it was applied."""
    draft = book.draft(draft_id)
    is_applied = draft.status in (RunStatus.APPLIED, RunStatus.ROLLED_BACK)
    return draft.run.run_id if is_applied else None


def _changes(book: Book, draft_id: int, record_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    """What becomes of some records, by record."""
    told: dict[int, list[dict[str, Any]]] = {}
    if record_ids:
        for each in book.draft_changes(draft_id, record_ids).iter_rows(named=True):
            told.setdefault(each.pop("record_id"), []).append(each)
    return told


def _values(book: Book, draft_id: int, lines: list[int]) -> dict[int, dict[str, str]]:
    """What new records will say, by line; fields of which they say nothing are left out."""
    if not lines:
        return {}
    told = book.draft_values(draft_id, lines).iter_rows(named=True)
    return {
        each.pop("line"): {name: value for name, value in each.items() if value is not None} for each in told
    }
