"""The result of an import, read back from the database; of a dry run what would have been done (APP-5, INT-9)."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.interfaces.http.imports import ImportId
from stocktake.interfaces.http.parameter import OpenBook
from stocktake.interfaces.web.draft import elsewhere
from stocktake.interfaces.web.page import page, within
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice, warning_on_page
from stocktake.interfaces.wording import GROUPS
from stocktake.model.draft import Draft
from stocktake.model.run import RunStatus
from stocktake.reporting import sentence

routes = Pages()

#: What a group is called once it has happened.
DONE = {
    **GROUPS,
    "retire": "Retired (missing from this source)",
    "reactivate": "Reappeared (re-activated)",
    "delete": "Deleted (not in this file)",
}
#: What stands there even where it is 0.
_ALWAYS = ("create", "update", "retire", "unchanged", "reject")


@routes.get("/imports/{import_id}/result", needs=Right.VIEW)
def show_result(request: Request, book: OpenBook, import_id: ImportId) -> Response:
    """What an import has done, or what its dry run found."""
    draft = book.draft(import_id)
    if draft.status in (RunStatus.APPLIED, RunStatus.ROLLED_BACK):
        run = book.run(draft.run.run_id).run
        return page(
            request,
            "wizard/result.html",
            title="Result",
            draft=draft,
            run=run,
            told=sentence.tally(run.stats),
            seconds=sum(run.phases.values()),
            failing=run.rejected,
            numbers=_numbers(run.stats),
            api=f"/api/v1{within(request)}",
        )
    away = elsewhere(request, book, draft)
    return away if away is not None else _tried(request, book, draft)


def _tried(request: Request, book: OpenBook, draft: Draft) -> Response:
    """A plan as a dry run ends with it: nothing can be applied from here."""
    head = book.draft_head(draft.draft_id)
    counts = head.plan.counts
    return page(
        request,
        "wizard/tried.html",
        title="Result of the dry run",
        draft=draft,
        import_id=draft.draft_id,
        plan=head.plan,
        is_dry_run=draft.is_dry_run,
        told=sentence.review(counts),
        split=sentence.split(counts),
        failing=counts["reject"] + counts["conflict"] + counts["ambiguous"],
        numbers=_numbers(counts),
        refusal=notice(head.refusal) if head.refusal is not None else None,
        warnings=[warning_on_page(each.code, each.message) for each in head.plan.warnings],
    )


def _numbers(counts: dict[str, int]) -> list[tuple[str, str, int]]:
    """The groups that have something in them: name, label, count."""
    shown = [each for each in GROUPS if counts.get(each) or each in _ALWAYS]
    return [(each, DONE[each], counts.get(each, 0)) for each in shown]
