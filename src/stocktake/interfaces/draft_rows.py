"""The rows of an import on its way, for every face: of its plan, or, once it is applied, of its run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stocktake.interfaces.run_rows_document import run_rows_page
from stocktake.model.run import RunStatus

if TYPE_CHECKING:
    from stocktake.book import Book
    from stocktake.interfaces.page import Page


def draft_rows_page(
    book: Book, draft_id: int, decision: str | None, page: Page
) -> tuple[list[dict[str, Any]], int]:
    """A page of rows, with ``line, decision, reason, record_id, name, external_id, values``, and how many there are.

    ``values`` of a plan's rows are empty: the file has them. Raises ``NotFound``, ``StalePlan`` ``plan-outdated``.
    """
    draft = book.draft(draft_id)
    if draft.status in (RunStatus.APPLIED, RunStatus.ROLLED_BACK):
        return run_rows_page(book, draft.run.run_id, (decision,) if decision else (), page)
    part, total = book.draft_rows(draft_id, decision, limit=page.limit, offset=page.offset)
    return [
        {
            "line": each["line"],
            "decision": each["action"],
            "reason": each["problems"] or each["reason"],
            "record_id": each["record_id"],
            "name": each["name"],
            "external_id": each["external_id"],
            "values": {},
        }
        for each in part.iter_rows(named=True)
    ], total
