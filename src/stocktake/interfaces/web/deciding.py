"""What people decide of the rows and records of a review: kept as it is ticked, planned once it is all (PLN-8, INT-3)."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.interfaces.http.imports import ImportId
from stocktake.interfaces.http.parameter import LARGEST_ID, OpenBook
from stocktake.interfaces.web.draft import changed, decided, decisions, refused, step
from stocktake.interfaces.web.form import Form, Sent
from stocktake.interfaces.web.page import is_part, page, to
from stocktake.interfaces.web.preview import plan_again
from stocktake.interfaces.web.route import Pages
from stocktake.model.draft import Draft
from stocktake.model.errors import InvalidInput
from stocktake.model.run import RunStatus

routes = Pages()


@routes.post("/imports/{import_id}/review", needs=Right.IMPORT)
def decide(request: Request, book: OpenBook, import_id: ImportId, form: Sent) -> Response:
    """What was decided on a page, beside all that was decided elsewhere; the plan is made again (PLN-8, INT-3, PRE-20)."""
    draft = book.draft(import_id)
    group, number = form.text("decision"), form.number("page", "The page")
    if form.get("then") == "plan" or form.get("about") == "forget":
        book.override_draft(import_id, **_merged(draft, form))
        return plan_again(request, book, draft, then="review", decision=group, page=number)
    if is_part(request) and draft.status is not RunStatus.PLANNED:
        return _bar(request, draft)  # it is being planned again, or more
    draft = book.override_draft(import_id, **_merged(draft, form), gather=True)
    if is_part(request):
        return _bar(request, draft)
    return to(step(request, import_id, "review", decision=group, page=number) + "#rows")


def _bar(request: Request, draft: Draft) -> Response:
    """How many decisions wait for the next plan."""
    return page(
        request, "wizard/gathered.html", import_id=draft.draft_id, gathered=changed(draft), group=None
    )


def _merged(draft: Draft, form: Form) -> dict[str, Any]:
    told, about = decided(draft), form.get("about", "")
    if about == "gathered":
        return decisions(draft.choices)
    if about == "conflicts":
        rows = form.all("shown")
        chosen = {row: form.text(f"is:{row}") for row in rows}
        told["same"] = {row: each for row, each in told["same"].items() if row not in chosen} | {
            row: _id(each) for row, each in chosen.items() if each not in (None, "new")
        }
        told["new"] = [each for each in told["new"] if each not in chosen] + [
            row for row, each in chosen.items() if each == "new"
        ]
        return told
    if about == "forget":
        return {"overrides": {name: each for name, each in told["overrides"].items() if name == "values"}}
    shown, chosen_ids = [_id(each) for each in form.all("shown")], [_id(each) for each in form.all("chosen")]
    if about == "skip":
        before = told["overrides"].get("skip_lines") or ()
        told["overrides"]["skip_lines"] = refused(before, shown, chosen_ids)
    elif about in ("retire", "suppressed"):
        told["retire_skip_ids"] = refused(told["retire_skip_ids"], shown, chosen_ids)
    elif about in ("reactivate", "returns"):
        told |= _returning(draft, told, shown, chosen_ids, stays=about == "returns")
    else:
        raise InvalidInput(
            "bad-arguments", "The form does not say what is decided.", hint="Load the page again."
        )
    return told


def _returning(
    draft: Draft, told: dict[str, Any], shown: list[int], chosen: list[int], *, stays: bool
) -> dict[str, list[int]]:
    """Who of a page comes back: what a person retired only if that is said, all else unless it is ruled out (PRE-17).

    ``stays``: the page is of those that the plan leaves retired.
    """
    planned = decisions(draft.choices)
    known = set(planned["reactivate_skip_ids"]) if stays else set(planned["reactivate_ids"])
    by_word = [each for each in shown if (each in known) is not stays]
    others = [each for each in shown if each not in set(by_word)]
    before = [each for each in told["reactivate_ids"] if each not in set(by_word)]
    return {
        "reactivate_ids": [*before, *(each for each in by_word if each in set(chosen))],
        "reactivate_skip_ids": refused(told["reactivate_skip_ids"], others, chosen),
    }


def _id(text: str | None) -> int:
    if text is None or not text.isascii() or not text.isdigit() or not 0 < int(text[:20]) <= LARGEST_ID:
        raise InvalidInput("bad-arguments", "The form names no record.", hint="Load the page again.")
    return int(text)
