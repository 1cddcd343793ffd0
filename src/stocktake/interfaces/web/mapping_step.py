"""The third page of an import: which column feeds which field, and how it is read (MAP-1 to MAP-5, CLN-1, PLN-8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any
from zoneinfo import available_timezones

from fastapi import Query, Request
from starlette.responses import RedirectResponse, Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.book.choosing import CHOICES
from stocktake.book.looking import Look
from stocktake.book.receiving import QUESTIONS as READING_QUESTIONS
from stocktake.flows.meaning import QUESTIONS
from stocktake.interfaces.http.imports import ImportId
from stocktake.interfaces.http.parameter import OpenBook
from stocktake.interfaces.http.problem import status_of
from stocktake.interfaces.web.attempt import attempted, not_of_form
from stocktake.interfaces.web.column_row import BY_ITSELF, ColumnRow, column_rows, groups_of
from stocktake.interfaces.web.form import Form, Sent
from stocktake.interfaces.web.page import is_part, page, to, within
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice, on_page
from stocktake.model.draft import OPEN, Draft, Wanted
from stocktake.model.errors import InvalidInput, Refusal, Unreadable
from stocktake.model.mapping import KEPT, LEFT_OUT
from stocktake.reporting.column_doubt import ColumnDoubt, doubts_of

routes = Pages()

#: So many columns stand on a page.
COLUMNS = 200

PageNumber = Annotated[int, Query(ge=1, le=1_000)]


@routes.get("/imports/{import_id}/mapping", needs=Right.IMPORT)
def show_mapping(request: Request, book: OpenBook, import_id: ImportId, page: PageNumber = 1) -> Response:
    """One row for each column: what it holds, and what it feeds."""
    draft = book.draft(import_id)
    if draft.status not in OPEN:
        return to(within(request, f"/imports/{draft.draft_id}"))
    if not (draft.choices.get("record_type") and draft.choices.get("source")):
        return to(within(request, f"/imports/{draft.draft_id}/file"))
    try:
        look = book.look_at_draft(import_id)
    except (InvalidInput, Unreadable) as refusal:
        if refusal.code not in READING_QUESTIONS:
            raise
        return to(within(request, f"/imports/{draft.draft_id}/file"))
    return _page(request, book, draft, look, number=page)


@routes.post("/imports/{import_id}/mapping", needs=Right.IMPORT)
def choose_mapping(
    request: Request, book: OpenBook, import_id: ImportId, form: Sent, page: PageNumber = 1
) -> Response:
    """Keep the mapping as it was sent, every suggestion that stands in it included; a script asks what is missing then."""
    draft = book.draft(import_id)

    def act() -> str | Response:
        look = book.look_at_draft(import_id, _before(draft, form))
        choices = _said(draft, look, form)
        look = book.look_at_draft(import_id, choices)
        if is_part(request):
            return _bar(request, look)
        book.choose(import_id, **choices)
        book.reword_draft(import_id, _words(draft, look, form))
        then = form.get("then", "")
        if then == "keep":
            name = form.text("save_as") or ""
            book.save_mapping_of_draft(import_id, name)
            book.choose(import_id, **{**choices, "mapping": name, "columns": None, "reads": None})
        elif then == "preview":
            _check(look)
            # The next step takes the same form, of which it reads nothing but the proof.
            return RedirectResponse(within(request, f"/imports/{import_id}/preview"), 307)
        return within(request, f"/imports/{import_id}/mapping", page=None if page == 1 else page)

    def again(error: Refusal) -> Response:
        if is_part(request):
            return _bar(request, None, error)
        now = book.draft(import_id)
        return _page(request, book, now, book.look_at_draft(import_id), number=page, form=form, error=error)

    return attempted(request, act, again, elsewhere=not_of_form)


def _before(draft: Draft, form: Form) -> dict[str, Any]:
    """The choices on which a form builds: another saved mapping that it names is a new beginning."""
    choices = {name: told for name, told in draft.choices.items() if name in CHOICES}
    if "mapping" in form and (form.text("mapping") != choices.get("mapping")):
        choices |= {"mapping": form.text("mapping"), "columns": None, "reads": None}
    return choices


def _said(draft: Draft, look: Look, form: Form) -> dict[str, Any]:
    """What the form says of the columns that it shows; of others it stays as it was."""
    choices = {name: told for name, told in _before(draft, form).items() if name != "accept_suggestions"}
    if form.get("then") == "use":
        return {**choices, "columns": None, "reads": None}
    shown = [each for each in column_rows(look) if f"column-{each.position}" in form]
    own = {each.column for each in shown}
    columns = [tuple(pair) for pair in choices.get("columns") or () if pair[0] not in own]
    reads = [tuple(pair) for pair in choices.get("reads") or () if pair[0] not in own]
    taken = {each.position: form[f"column-{each.position}"] for each in shown}
    twice = _twice(taken.values())
    for each in shown:
        word = taken[each.position]
        is_said = word != each.default or word in twice or word in each.said or len(each.said) > 1
        # That a suggestion was not taken is said as well: else it would be suggested again.
        is_said |= each.suggestion is not None
        columns += each.pairs(word) if is_said else []
        told = (form.text(f"{name}-{each.position}") for name in ("reads", "zone"))
        reads += [(each.column, text) for text in told if text and word not in (KEPT, LEFT_OUT)]
    return {**choices, "columns": columns or None, "reads": reads or None}


def _twice(words: Iterable[str]) -> set[str]:
    """The fields that several columns are to feed."""
    counts = Counter(word for word in words if word not in (BY_ITSELF, KEPT, LEFT_OUT))
    return {word for word, count in counts.items() if count > 1}


def _words(draft: Draft, look: Look, form: Form) -> dict[str, dict[str, str]]:
    """What words mean, as the form says it; of fields that it does not show it stays as it was."""
    before = (draft.choices.get("overrides") or {}).get("values") or {}
    said = {name: dict(words) for name, words in before.items()}
    for open_ in look.words:
        for word, _ in open_.words:
            told = form.get(f"word:{open_.field}:{word}")
            if told is None:
                continue
            if told in open_.choices:
                said.setdefault(open_.field, {})[word] = told
            else:
                said.get(open_.field, {}).pop(word, None)
    return said


def _check(look: Look) -> None:
    """Refuse to go on while a required field is fed by nothing, or a column can be read in several ways (MAP-3, CLN-1)."""
    missing = look.inspection.target.missing if look.inspection.target else ()
    if missing:
        raise InvalidInput(
            "missing-column",
            f"Required, and fed by no column yet: {', '.join(_label(look, name) for name in missing)}.",
            hint="Choose the column that holds it. What you chose is kept.",
        )
    if look.inspection.mapping is None or not look.inspection.mapping.columns:
        raise InvalidInput(
            "missing-column", "No column feeds a field yet.", hint="Choose a field for one column at least."
        )
    doubts = _open(look)
    if doubts:
        raise InvalidInput(
            doubts[0].code,
            " ".join(each.sentence for each in doubts),
            hint="Say it under “Reads as”. What you chose is kept.",
        )


def _open(look: Look) -> list[ColumnDoubt]:
    """The columns of which all values leave open how they are read: nothing but a word tells it (CLN-1)."""
    return [each for each in look.doubts if each.whole]


def _label(look: Look, name: str) -> str:
    kind = look.record_type
    return kind[name].label if kind is not None and name in kind else name.replace("_", " ").capitalize()


def _bar_of(look: Look | None, error: Refusal | None = None) -> dict[str, Any]:
    """What the bar says: which required fields are missing, how many columns feed something."""
    if look is None or look.inspection.mapping is None:
        return {
            "missing": [],
            "fed": 0,
            "columns": 0,
            "doubts": [],
            "trouble": notice(error) if error else None,
        }
    mapping, target = look.inspection.mapping, look.inspection.target
    return {
        "missing": [_label(look, name) for name in (target.missing if target else ())],
        "fed": len({place for each in mapping.columns for place in each.positions}),
        "columns": len(look.inspection.columns),
        "doubts": [each.column for each in _open(look)],
        "trouble": notice(error) if error else None,
    }


def _bar(request: Request, look: Look | None, error: Refusal | None = None) -> Response:
    return page(request, "wizard/mapping_bar.html", bar=_bar_of(look, error))


def _page(
    request: Request,
    book: Book,
    draft: Draft,
    look: Look,
    *,
    number: int,
    form: Form | None = None,
    error: Refusal | None = None,
) -> Response:
    asked = _questions(book, draft, look)
    rows = column_rows(look, sent=form, asked={each.column: each for each in asked})
    pages = max(1, -(-len(rows) // COLUMNS))
    first = (min(number, pages) - 1) * COLUMNS
    shown: dict[str, Any] = {
        "draft": draft,
        "look": look,
        "rows": rows[first : first + COLUMNS],
        "groups": groups_of(look),
        "page": min(number, pages),
        "pages": pages,
        "bar": _bar_of(_as_shown(book, draft, look, rows), None),
        "key": [row for row in rows if row.is_key],
        "asked": asked,
        "zones": sorted(available_timezones()) if any(row.asks_zone for row in rows) else [],
        "saved": [
            each
            for each in book.mappings()
            if look.record_type
            and look.source
            and (each.record_type, each.source) == (look.record_type.name, look.source.name)
        ],
        "chosen_mapping": draft.choices.get("mapping") or "",
        "drift": look.inspection.advice.drift,
        "unconfirmed": [row for row in rows if row.is_suggested],
        "meanings": (draft.choices.get("overrides") or {}).get("values") or {},
        "sent": dict(form) if form is not None else {},
        "warnings": [
            on_page(each.message) for each in look.inspection.warnings[len(look.inspection.found) :]
        ],
        "refusal": notice(error) if error else None,
        "BY_ITSELF": BY_ITSELF,
        "KEPT": KEPT,
        "LEFT_OUT": LEFT_OUT,
    }
    status = status_of(error) if error else 200
    return page(request, "wizard/mapping.html", status=status, title="Mapping", **shown)


def _as_shown(book: Book, draft: Draft, look: Look, rows: list[ColumnRow]) -> Look:
    """The file as it is understood once the form that is shown is sent."""
    pairs = [pair for each in rows if each.is_suggested or each.is_sent for pair in each.pairs(each.chosen)]
    if not pairs:
        return look
    own = {column for column, _ in pairs}
    others = [tuple(pair) for pair in draft.choices.get("columns") or () if pair[0] not in own]
    try:
        return book.look_at_draft(draft.draft_id, {**draft.choices, "columns": [*others, *pairs]})
    except InvalidInput:
        return look


def _questions(book: Book, draft: Draft, look: Look) -> list[ColumnDoubt]:
    """The columns of which somebody has to say how they are read: by their first values, and by the last preview (CLN-1)."""
    found = {each.column: each for each in look.doubts}
    job = book.job_progress(draft.draft_id)
    outcome = job.outcome if job is not None and job.wanted is Wanted.PREVIEW else None
    if outcome is not None and outcome.code in QUESTIONS and draft.plan_id is None:
        told = doubts_of(outcome.details, {each["column"]: True for each in outcome.details["columns"]})
        answered = {column for column, _ in draft.choices.get("reads") or ()}
        fed = {each.column for each in look.inspection.mapping.columns} if look.inspection.mapping else set()
        found |= {each.column: each for each in told if each.column in fed - answered}
    return list(found.values())
