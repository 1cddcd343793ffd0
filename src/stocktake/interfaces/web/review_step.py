"""The review: what applying would do, in a sentence, in groups, row by row, and what people decide (PLN-6, INT-3, INT-7)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Query, Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book, OpenPlan
from stocktake.interfaces.draft_rows import draft_rows_page
from stocktake.interfaces.http.imports import ImportId
from stocktake.interfaces.http.parameter import OpenBook, PageAsked
from stocktake.interfaces.page import Page
from stocktake.interfaces.web.draft import changed, decided, decisions, elsewhere, may
from stocktake.interfaces.web.page import page, pager
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice, on_page, warning_on_page
from stocktake.interfaces.wording import GROUPS, MEANINGS, apply_words, value_text
from stocktake.model.draft import Draft
from stocktake.planning.guard import HOLDING, LIFTED
from stocktake.reporting import sentence
from stocktake.reporting.sentence import plural

if TYPE_CHECKING:
    from stocktake.model.plan import Guard, Plan
    from stocktake.model.record_type import Field

routes = Pages()

#: The groups in the order of their tiles.
_TILES = tuple(GROUPS)
#: Those whose tile stands there even where nothing is in them.
_ALWAYS = ("create", "update", "unchanged", "reject")
#: Which group is opened where none is asked for: the first that has something in it.
_FIRST = (
    "create",
    "update",
    "retire",
    "delete",
    "reactivate",
    "held",
    "conflict",
    "ambiguous",
    "reject",
    "unchanged",
)
#: Rows that read as a row of the file, which may lack an external id.
_OF_ROWS = (
    "create",
    "update",
    "unchanged",
    "reactivate",
    "reject",
    "duplicate",
    "conflict",
    "ambiguous",
    "skip",
)
#: What the checkbox of a group's row says.
_TICKS = {"retire": "Retire", "reactivate": "Re-activate", "suppressed": "Retire", "skip": "Import"}
#: Why a record that is back in its source stays retired.
_STAYS = {
    "ruled-out": "You decided so for this import",
    "not-named": "It is not among those that alone may come back",
    "by-person": "A person retired it, so that no source brings it back by itself",
}
#: So many fields of new records are shown side by side; a row opens to all that it says.
COLUMNS = 5
STRATEGIES = {
    "merge": "Merge: update and add; what the file lacks is left alone",
    "snapshot": "Snapshot: update and add; what the file lacks is missing from this source",
    "replace": "Replace: update and add; what the file lacks is deleted",
    "append": "Append: every row becomes a new record; nothing is matched",
}

Group = Literal[
    "create", "update", "retire", "reactivate", "held", "missing", "suppressed", "duplicate", "conflict", "ambiguous",
    "skip", "reject", "delete", "unchanged", "all",
]  # fmt: skip


class ReviewAsked(PageAsked):
    """Which group is opened."""

    decision: Group | None = None


@routes.get("/imports/{import_id}/review", needs=Right.VIEW)
def show_review(
    request: Request, book: OpenBook, import_id: ImportId, asked: Annotated[ReviewAsked, Query()]
) -> Response:
    """What applying would do."""
    draft = book.draft(import_id)
    away = elsewhere(request, book, draft)
    if away is not None:
        return away
    head = book.draft_head(import_id)
    plan, counts = head.plan, head.plan.counts
    group: str = asked.decision or next((each for each in _FIRST if counts.get(each)), "create")
    told = decided(draft)
    return page(
        request,
        "wizard/review.html",
        title="Review",
        draft=draft,
        import_id=import_id,
        plan=plan,
        sentence=sentence.review(counts),
        split=sentence.split(counts),
        failing=counts["reject"] + counts["conflict"] + counts["ambiguous"],
        button=apply_words(counts),
        is_dry_run=draft.is_dry_run,
        tiles=_tiles(counts, book.draft_returns(import_id, limit=1)[1]),
        **_opened(request, book, draft, plan, group=group, wanted=asked.wanted),
        labels={each.name: each.label for each in plan.record_type.fields},
        strategies=_strategies(plan),
        preselected=draft.choices.get("strategy") or plan.deduplication.recommendation,
        guards=_guards(head),
        retiring=counts["retire"] + counts["delete"],
        refusal=_refusal(head),
        may_apply=_may_apply(book, plan),
        gathered=changed(draft),
        returning=may_return(plan),
        only=told["reactivate_only_external_ids"],
        overruled=_overruled(decisions(draft.choices)),
        warnings=[warning_on_page(each.code, each.message) for each in plan.warnings],
        proposes_rekey=any(each.code == "rekey-proposed" for each in plan.warnings),
        told=told,
        facts=asdict(plan.deduplication),
    )


def _opened(
    request: Request, book: Book, draft: Draft, plan: Plan, *, group: str, wanted: Page
) -> dict[str, Any]:
    """The group that is opened, a page of its rows, and what can be decided of them."""
    import_id, told = draft.draft_id, decided(draft)
    rows, total = draft_rows_page(book, import_id, None if group == "all" else group, wanted)
    return {
        "group": group,
        "rows": [_row(each, plan, told) for each in rows],
        "columns": _columns(rows, plan) if group == "create" else [],
        "pager": pager(request, wanted, total),
        "tick": _TICKS.get(group),
        "returns": _returns(book, import_id, group, wanted, told),
        "choices": _conflicts(book, import_id, group, rows),
    }


def _tiles(counts: dict[str, int], staying: int) -> list[tuple[str, str, int | None, str]]:
    """The groups: name, label, count, what it counts; last all of them together, which nobody counts.

    ``staying``: rows whose retired record stays so; they are counted as suppressed, and listed under Reappeared (PRE-26).
    """
    told = {**counts, "suppressed": counts.get("suppressed", 0) - staying}
    always = (*_ALWAYS, "reactivate") if staying else _ALWAYS
    shown = [each for each in _TILES if told.get(each) or each in always]
    tiles: list[tuple[str, str, int | None, str]] = [
        (each, GROUPS[each], told.get(each, 0), MEANINGS.get(each, "")) for each in shown
    ]
    return [*tiles, ("all", "rows and records", None, "everything, in the order of the file")]


def _row(row: dict[str, Any], plan: Plan, told: dict[str, Any]) -> dict[str, Any]:
    """A row as the page shows it: ``mark`` is the number by which its checkbox names it, if it has one."""
    decision, record_id = row["decision"], row["record_id"]
    mark, is_done = None, False
    if decision == "retire" or (decision == "suppressed" and record_id in plan.options.keep):
        mark, is_done = record_id, record_id not in told["retire_skip_ids"]
    elif decision == "reactivate":
        by_word = record_id in plan.options.reactivate
        is_done = (
            record_id in told["reactivate_ids"] if by_word else record_id not in told["reactivate_skip_ids"]
        )
        mark = record_id
    elif decision == "skip":
        mark, is_done = row["line"], row["line"] not in (told["overrides"].get("skip_lines") or ())
    changes = [] if decision == "delete" else [_change(each, plan) for each in row.get("changes", ())]
    return {
        **row,
        "reason": on_page(row["reason"] or ""),
        "group": GROUPS.get(decision, decision),
        "mark": mark,
        "is_done": is_done,
        "changes": changes,
        "values": _values(row, plan) if decision == "create" else {},
        "is_untracked": decision in _OF_ROWS and row["external_id"] is None and plan.source.tracks_presence,
    }


def _columns(rows: list[dict[str, Any]], plan: Plan) -> list[Field]:
    """The fields that new records are shown by, beside name and external id: what tells them apart first."""
    kind = plan.record_type
    names = dict.fromkeys([*kind.naming, *kind.tracked, *(each.name for each in kind.fields)])
    return [kind[name] for name in names if any(_adds(name, row) for row in rows)][:COLUMNS]


def _adds(name: str, row: dict[str, Any]) -> bool:
    """Whether a new record's row has a value in this field, and one that does not stand beside it already."""
    value = row["values"].get(name)
    return value is not None and value not in (row["name"], row["external_id"])


def _values(row: dict[str, Any], plan: Plan) -> dict[str, str]:
    """What a new record will say, by field, as people read it."""
    return {name: _said(name, value, plan) for name, value in row["values"].items()}


def _change(change: dict[str, Any], plan: Plan) -> dict[str, Any]:
    """A field, old → new."""
    name, after = change["field"], change["after"]
    return {
        "label": plan.record_type[name].label if name in plan.record_type else name,
        "was": value_text(change["before"]) if change["before"] is not None else None,
        "is": _said(name, after, plan) if after is not None else None,
    }


def _said(name: str, value: str, plan: Plan) -> str:
    """A value for people; of a reference to a record that has no number yet, that this import makes it (IDN-4)."""
    kind = plan.record_type
    is_made = bool(value) and name in kind and kind.reference(name) is not None and value[0] in "@+"
    return "created by this import" if is_made else value_text(value)


def _returns(
    book: Book, import_id: int, group: str, wanted: Page, told: dict[str, Any]
) -> tuple[list[dict[str, Any]], int]:
    """Rows whose retired records stay so; listed under Reappeared, unticked, and why (PRE-26)."""
    if group != "reactivate":
        return [], 0
    part, total = book.draft_returns(import_id, limit=wanted.limit, offset=wanted.offset)
    return [
        {
            **each,
            "because": _STAYS[each["why"]],
            "is_done": each["record_id"] not in told["reactivate_skip_ids"]
            if each["why"] == "ruled-out"
            else each["record_id"] in told["reactivate_ids"],
        }
        for each in part.to_dicts()
    ], total


def _conflicts(
    book: Book, import_id: int, group: str, rows: list[dict[str, Any]]
) -> dict[int, list[dict[str, Any]]]:
    """For rows that wait for a person, by line: the row itself, then the records that it may be (PRE-20)."""
    if group not in ("conflict", "ambiguous") or not rows:
        return {}
    told: dict[int, list[dict[str, Any]]] = {}
    for each in book.draft_conflicts(import_id, [row["line"] for row in rows]).to_dicts():
        told.setdefault(each["line"], []).append(each)
    return told


def _strategies(plan: Plan) -> dict[str, str]:
    """The strategies that the source may be imported by (PLN-1, PLN-17)."""
    without = "replace" if plan.source.tracks_presence else "snapshot"
    return {name: told for name, told in STRATEGIES.items() if name != without}


def _guards(head: OpenPlan) -> list[dict[str, Any]]:
    """What guards say, and which ways out there are for whoever asks (PRE-15, PRE-33)."""
    return [
        {
            "code": each.code,
            "name": each.code.replace("-", " "),
            "blocked": each.blocked,
            "holds": each.holds,
            "message": on_page(each.message),
            "hint": _hint(each, head.plan.options.allow_retire),
            "can_lift": each.blocked and each.code in LIFTED,
            "can_hold": each.blocked and each.code in HOLDING,
        }
        for each in head.plan.guards
    ]


def may_return(plan: Plan) -> bool:
    """Whether the source's presence brings retired records back at all (PRE-17, PRE-23, PRE-31)."""
    return plan.source.keeps_records and not plan.source.observe_only


def _hint(guard: Guard, allowed: int | None) -> str:
    """What a guard says to do, where the page has no button for it."""
    if guard.blocked:
        return "" if guard.code in HOLDING else on_page(guard.hint)
    if allowed is not None and guard.code in LIFTED:
        return f"Allowed for this import, up to {plural(allowed, 'record')}."
    return on_page(guard.hint)


def _refusal(head: OpenPlan) -> dict[str, Any] | None:
    """Why the plan may not be applied, where no guard tells it already."""
    refusal = head.refusal
    if refusal is None or refusal.code in {each.code for each in head.plan.guards}:
        return None
    return notice(refusal)


def _may_apply(book: Book, plan: Plan) -> bool:
    """Whether whoever looks may apply this plan: one that overrides a guard is for whoever may override."""
    overrides = plan.options.allow_retire is not None or plan.options.accept_baseline
    return may(book, Right.IMPORT) and (not overrides or may(book, Right.OVERRIDE))


def _overruled(told: dict[str, Any]) -> list[str]:
    """What people have decided so far, in numbers."""
    overrides = told["overrides"]
    said = [
        (len(overrides.get("skip_lines") or ()), "row left out", "rows left out"),
        (len(overrides.get("edits") or ()), "cell written anew", "cells written anew"),
        (len(told["same"]) + len(told["new"]), "conflict settled", "conflicts settled"),
        (len(told["retire_skip_ids"]), "record to keep", "records to keep"),
        (len(told["reactivate_skip_ids"]), "record not to bring back", "records not to bring back"),
        (len(told["reactivate_ids"]), "record to bring back", "records to bring back"),
    ]
    return [sentence.plural(count, one, many) for count, one, many in said if count]
