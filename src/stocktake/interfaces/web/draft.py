"""What the steps of an import have in common: where its plan is, on which terms it was made, what was decided (INT-3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import Request
from starlette.responses import RedirectResponse

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.book.choosing import TERMS
from stocktake.interfaces.web.page import to, within
from stocktake.model.draft import Draft
from stocktake.model.errors import NotAllowed
from stocktake.model.run import RunStatus

#: Terms that only who may override guards may ask for.
_OVERRIDING = ("allow_retire", "accept_baseline")


def step(request: Request, import_id: int, name: str, **asked: Any) -> str:
    """The address of a step of an import."""
    return within(request, f"/imports/{import_id}/{name}", **asked)


def elsewhere(request: Request, book: Book, draft: Draft) -> RedirectResponse | None:
    """Where an import is watched or chosen for that shows no plan; None where it shows one."""
    import_id = draft.draft_id
    job = book.job_progress(import_id)
    if job is not None and job.running:
        return to(step(request, import_id, "progress"))
    if draft.status is RunStatus.PLANNED and draft.plan_id is not None:
        return None
    if draft.status in (RunStatus.APPLIED, RunStatus.ROLLED_BACK):
        return to(step(request, import_id, "result"))
    if draft.status is RunStatus.UPLOADED and (job is None or job.outcome is None):
        return to(step(request, import_id, "mapping"))
    return to(step(request, import_id, "progress"))


def kept_terms(book: Book, draft: Draft) -> dict[str, Any]:
    """The terms that the last plan was made on, as far as whoever asks may ask for them."""
    told = {name: value for name, value in draft.choices.items() if name in TERMS}
    if may(book, Right.OVERRIDE):
        return told
    return {name: value for name, value in told.items() if name not in _OVERRIDING}


def may(book: Book, right: Right) -> bool:
    """Whether whoever has the book may do something."""
    try:
        book.check_right(right)
    except NotAllowed:
        return False
    return True


def decided(draft: Draft) -> dict[str, Any]:
    """What was decided so far, as ``Book.override_draft`` takes it: what is given there takes the place of all of it.

    That is also what was gathered beside the plan that is shown, which does not have it yet.
    """
    return decisions(draft.decided)


def decisions(told: Mapping[str, Any]) -> dict[str, Any]:
    """The same of some choices."""
    return {
        "retire_skip_ids": list(told.get("keep") or ()),
        "reactivate_skip_ids": list(told.get("no_reactivate") or ()),
        "reactivate_only_external_ids": told.get("reactivate_only"),
        "reactivate_ids": list(told.get("reactivate") or ()),
        "overrides": dict(told.get("overrides") or {}),
        "same": dict(told.get("same") or {}),
        "new": list(told.get("new") or ()),
    }


def changed(draft: Draft) -> int:
    """How many decisions were changed since the plan that is shown was made."""
    if not draft.is_gathering:
        return 0
    was, now = decisions(draft.choices), decisions(draft.decided)
    return len(_single(was) ^ _single(now))


def _single(told: Mapping[str, Any]) -> set[tuple[str, ...]]:
    """Each decision for itself, as far as two of the same thing cannot both stand."""
    found: set[tuple[str, ...]] = set()
    for name in (
        "retire_skip_ids",
        "reactivate_skip_ids",
        "reactivate_ids",
        "reactivate_only_external_ids",
        "new",
    ):
        found |= {(name, str(each)) for each in told[name] or ()}
    found |= {("same", str(row), str(each)) for row, each in told["same"].items()}
    overrides = told["overrides"]
    found |= {("skip", str(each)) for each in overrides.get("skip_lines") or ()}
    found |= {
        ("edit", str(each["line"]), each["column"], each["value"]) for each in overrides.get("edits") or ()
    }
    return found


def refused(before: Iterable[Any], shown: Iterable[Any], chosen: Iterable[Any]) -> list[Any]:
    """What is not to happen, after a page of it: what was ruled out before elsewhere, and what was not ticked here.

    >>> refused([1, 2, 9], shown=[1, 2, 3, 4], chosen=[1, 4])
    [9, 2, 3]
    """
    here, ticked = list(dict.fromkeys(shown)), set(chosen)
    return [
        *(each for each in before if each not in set(here)),
        *(each for each in here if each not in ticked),
    ]


def edited(
    overrides: Mapping[str, Any],
    cells: Mapping[tuple[int, str], str],
    *,
    shown: Iterable[int],
    dropped: Iterable[int],
) -> dict[str, Any]:
    """Overrides with cells written anew, and rows of a page dropped or not; what was decided elsewhere stays (PLN-8)."""
    told = dict(overrides)
    written = {(each["line"], each["column"]): each["value"] for each in told.get("edits") or ()}
    written |= cells
    here = set(shown)
    skipped = [each for each in told.get("skip_lines") or () if each not in here] + sorted(
        set(dropped) & here
    )
    told["edits"] = [
        {"line": line, "column": column, "value": value} for (line, column), value in written.items()
    ]
    told["skip_lines"] = skipped
    return {name: value for name, value in told.items() if value}
