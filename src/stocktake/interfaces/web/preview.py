"""A preview is asked for: with the terms of a form beside those kept, or with what is kept alone (INT-3, PLN-5)."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.interfaces.http.imports import ImportId
from stocktake.interfaces.http.parameter import OpenBook
from stocktake.interfaces.web.draft import decided, kept_terms, step
from stocktake.interfaces.web.form import Form, Sent
from stocktake.interfaces.web.page import to
from stocktake.interfaces.web.route import Pages
from stocktake.model.draft import Draft
from stocktake.model.errors import InvalidInput
from stocktake.model.options import OnError

routes = Pages()

#: Terms that are texts; one that is sent blank is taken back.
_TEXTS = ("strategy", "duplicates", "on_conflict", "on_error", "on_guard", "as_of", "flow", "phase")
#: Where one goes on to once the plan is there.
_NEXT = ("check", "review")


@routes.post("/imports/{import_id}/preview", needs=Right.IMPORT)
def ask_for_preview(request: Request, book: OpenBook, import_id: ImportId, form: Sent) -> Response:
    """Have the import planned, and watch it."""
    draft = book.draft(import_id)
    terms = asked_terms(book, draft, form)
    if "returns" in form:
        told = decided(draft)
        only = _lines(form.get("only", "")) if form["returns"] == "only" else None
        if only != told["reactivate_only_external_ids"]:
            book.override_draft(import_id, **{**told, "reactivate_only_external_ids": only})
    then = form.get("then", "check")
    return plan_again(request, book, draft, terms, then=then, decision=form.text("decision"))


def _lines(text: str) -> list[str]:
    """External ids, one a line."""
    return list(dict.fromkeys(each.strip() for each in text.splitlines() if each.strip()))


def plan_again(
    request: Request, book: Book, draft: Draft, terms: dict[str, Any] | None = None, **onward: Any
) -> Response:
    """Ask for a preview on ``terms``, else on those kept, and lead to where it is watched.

    ``onward``: where one goes on to: ``then``, and which ``decision`` and ``page`` there.
    """
    if onward.get("then") not in _NEXT:
        onward["then"] = None
    told = kept_terms(book, draft) if terms is None else terms
    book.ask_for_preview(draft.draft_id, **{"on_error": OnError.REJECT_ROWS.value, **told})
    request.app.state.worker.wake()
    return to(step(request, draft.draft_id, "progress", **onward))


def asked_terms(book: Book, draft: Draft, form: Form) -> dict[str, Any]:
    """The terms kept, and over them those that a form sends. Raises ``InvalidInput`` ``bad-arguments``."""
    told = kept_terms(book, draft)
    for name in _TEXTS:
        if name in form:
            told[name] = form.text(name)
    if form.text("reject_limit") is not None:
        told["reject_limit"] = _limit(form)
    if "has_refresh" in form:
        told["refresh"] = form.is_set("refresh") or None
    if "has_toggle" in form:
        told["strategy"] = form.text("other_strategy") or (
            "snapshot" if form.is_set("is_full_snapshot") else "merge"
        )
    if form.get("rekey") == "all":
        told["rekey"] = "all"
    if "allow_retire" in form:
        told["allow_retire"] = _typed(form)
        told["accept_baseline"] = form.is_set("accept_baseline") or None
    return {name: value for name, value in told.items() if value is not None}


def _limit(form: Form) -> str:
    """A share or a number of rows, as people write it: ``5 %``, ``1,000``."""
    text = form.text("reject_limit") or ""
    return text.replace(" ", "").replace("\u00a0", "").replace(",", "")


def _typed(form: Form) -> int | None:
    """The number that lifts a guard, which is typed as it is shown (PRE-15)."""
    typed, expected = form.number("allow_retire", "The number of records"), form.number("count", "The number")
    if typed is None or typed != expected:
        raise InvalidInput(
            "confirmation-needed",
            f"The number typed is not {expected:,}, how many records the guard speaks of."
            if expected is not None
            else "No number was typed.",
            hint="Go back, look at the records once more, and type their number as it is shown.",
        )
    return typed
