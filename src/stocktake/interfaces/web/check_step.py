"""Check and fix: what is wrong with rows, by kind; cells are written anew and rows dropped (ERR-1, ERR-2, ERR-5)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book, OpenPlan
from stocktake.book.plan_sheets import Troubles
from stocktake.interfaces.draft_rows import save_draft_errors
from stocktake.interfaces.http.download import Form as FileForm
from stocktake.interfaces.http.download import download
from stocktake.interfaces.http.imports import ImportId
from stocktake.interfaces.http.parameter import Asked, OpenBook, PageAsked, Text
from stocktake.interfaces.statistic_wording import share_text, values_text
from stocktake.interfaces.web.draft import changed, decided, decisions, edited, elsewhere, kept_terms, step
from stocktake.interfaces.web.form import Form, Sent
from stocktake.interfaces.web.page import page, pager, to
from stocktake.interfaces.web.preview import plan_again
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice, warning_on_page
from stocktake.model.column_name import column_names
from stocktake.model.errors import InvalidInput
from stocktake.model.options import OnError
from stocktake.planning.guard import bears_rejects, reject_limit
from stocktake.reporting import sentence

routes = Pages()

#: What the fields of a row's cell are called: ``cell:14:Amount``; ``was:…`` beside it has what the file says.
_CELL, _WAS = "cell:", "was:"
#: Refusals that rejected rows are the reason of.
_OF_ROWS = ("rows-rejected", "too-many-rejects")


class CheckAsked(PageAsked):
    """Which kind of problems is opened."""

    group: Text | None = None


class FileAsked(Asked):
    """As what kind of file."""

    format: FileForm = "csv"


@routes.get("/imports/{import_id}/check", needs=Right.VIEW)
def show_check(
    request: Request, book: OpenBook, import_id: ImportId, asked: Annotated[CheckAsked, Query()]
) -> Response:
    """What is wrong with rows, and the warnings; one kind of problems opened, row by row."""
    draft = book.draft(import_id)
    away = elsewhere(request, book, draft)
    if away is not None:
        return away
    head, told = book.draft_head(import_id), book.draft_troubles(import_id)
    told_so_far = decided(draft)["overrides"]
    return page(
        request,
        "wizard/check.html",
        title="Check & fix",
        draft=draft,
        import_id=import_id,
        plan=head.plan,
        troubles=told,
        **_opened(request, book, import_id, told, asked),
        **_rejects(head, told.unreadable),
        edits=told_so_far.get("edits") or [],
        skipped=told_so_far.get("skip_lines") or [],
        written={(each["line"], each["column"]): each["value"] for each in told_so_far.get("edits") or ()},
        gathered=changed(draft),
        columns=column_names(head.plan.file.header),
        statistics=[
            (each, _label(head, each.field), share_text(each), values_text(each))
            for each in head.plan.statistics
            if each.filled
        ],
        warnings=[
            {
                "code": each.code,
                "message": warning_on_page(each.code, each.message),
                "rows": each.rows,
                "count": each.count,
            }
            for each in head.plan.warnings
        ],
    )


@routes.post("/imports/{import_id}/check", needs=Right.IMPORT)
def fix(request: Request, book: OpenBook, import_id: ImportId, form: Sent) -> Response:
    """Cells written anew and rows dropped; the plan is made again, at once or once more pages are done (PLN-8)."""
    draft = book.draft(import_id)
    told = decided(draft)
    later = form.get("then") == "later"
    if form.is_set("forget"):
        kept = {name: each for name, each in told["overrides"].items() if name not in ("edits", "skip_lines")}
        told["overrides"] = kept
    else:
        before = _without(told["overrides"], decisions(draft.choices)["overrides"], form)
        told["overrides"] = edited(
            before, _cells(form), shown=_lines(form, "shown"), dropped=_lines(form, "drop")
        )
    book.override_draft(import_id, **told, gather=later)
    if later:
        group, number = form.text("group"), form.number("page", "The page")
        return to(step(request, import_id, "check", group=group, page=number) + "#rows")
    return plan_again(request, book, draft)


@routes.post("/imports/{import_id}/go-on", needs=Right.IMPORT)
def go_on(request: Request, book: OpenBook, import_id: ImportId, form: Sent) -> Response:
    """On to the review, without the rejected rows or only if there are none; a plan on other terms is made first (ERR-1)."""
    draft = book.draft(import_id)
    head = book.draft_head(import_id)
    wanted = OnError.FAIL if form.get("on_error") == OnError.FAIL.value else OnError.REJECT_ROWS
    limit = (form.text("reject_limit") or head.plan.options.reject_limit).replace(" ", "").replace(",", "")
    options = head.plan.options
    if options.on_error is wanted and options.reject_limit == limit:
        return to(step(request, import_id, "review"))
    reject_limit(limit, 0)
    terms = kept_terms(book, draft) | {"on_error": wanted.value, "reject_limit": limit}
    return plan_again(request, book, draft, terms, then="review")


@routes.get("/imports/{import_id}/check/file", needs=Right.VIEW)
async def export_rejected(
    request: Request, book: OpenBook, import_id: ImportId, asked: Annotated[FileAsked, Query()]
) -> Response:
    """The rows that the plan leaves out, in their own columns, to be mended and imported again (ERR-3)."""

    def write(path: Path) -> None:
        save_draft_errors(book, import_id, path)

    return await download(request, f"rejected-rows-of-import-{import_id}", asked.format, write)


def _opened(
    request: Request, book: Book, import_id: int, told: Troubles, asked: CheckAsked
) -> dict[str, Any]:
    """The kind of problems that is opened, and a page of its rows."""
    opened = next((each for each in told.groups if each["group"] == asked.group), None)
    if opened is None:
        return {"opened": None, "rows": [], "pager": None}
    part, total = book.draft_problems(
        import_id, opened["group"], limit=asked.wanted.limit, offset=asked.wanted.offset
    )
    return {"opened": opened, "rows": part.to_dicts(), "pager": pager(request, asked.wanted, total)}


def _label(head: OpenPlan, field: str) -> str:
    kind = head.plan.record_type
    return kind[field].label if field in kind else "External id"


def _rejects(head: OpenPlan, unreadable: int) -> dict[str, Any]:
    """How many rows fail, what is suggested for them, and whether they stand in the way (ERR-1, ERR-5)."""
    plan, refusal = head.plan, head.refusal
    counts = plan.counts
    return {
        "failing": counts["reject"] + counts["conflict"] + counts["ambiguous"],
        "contested": counts["conflict"] + counts["ambiguous"],
        "split": sentence.split(counts),
        "suggests_rejecting": bears_rejects(counts, plan.options.reject_limit, unreadable),
        "limit": reject_limit(plan.options.reject_limit, counts["rows"]),
        "refusal": notice(refusal) if refusal is not None and refusal.code in _OF_ROWS else None,
    }


def _cells(form: Form) -> dict[tuple[int, str], str]:
    """The cells of a form that say something else than the file does."""
    told = {}
    for name in form:
        if not name.startswith(_CELL):
            continue
        line, _, column = name.removeprefix(_CELL).partition(":")
        if column and _one_line(form[name]) != _one_line(form.get(_WAS + name.removeprefix(_CELL), "")):
            told[_number(line), column] = form[name]
    return told


def _without(told: dict[str, Any], planned: dict[str, Any], form: Form) -> dict[str, Any]:
    """The overrides without cells that were written anew since the plan and say again what they say in it."""
    back = {
        (_number(name.removeprefix(_CELL).partition(":")[0]), name.removeprefix(_CELL).partition(":")[2])
        for name in form
        if name.startswith(_CELL)
        and _one_line(form[name]) == _one_line(form.get(_WAS + name.removeprefix(_CELL), ""))
    }
    kept = [each for each in told.get("edits") or () if (each["line"], each["column"]) not in back]
    restored = [each for each in planned.get("edits") or () if (each["line"], each["column"]) in back]
    return {**told, "edits": [*kept, *restored]}


def _one_line(text: str) -> str:
    """A cell as a field of a form holds it: breaks of lines do not come back from there."""
    return text.replace("\r", "").replace("\n", "")


def _lines(form: Form, name: str) -> list[int]:
    return [_number(each) for each in form.all(name)]


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InvalidInput("bad-arguments", "The form names no line.", hint="Load the page again.")
    return int(text)
