"""A person changes a record: what changes is shown before it is written, in a run that can be undone (PRE-24)."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.flows.editing import EditPreview
from stocktake.interfaces.http.parameter import OpenBook, RecordId, TypeName
from stocktake.interfaces.http.problem import status_of
from stocktake.interfaces.record_document import name_of
from stocktake.interfaces.web.attempt import attempted
from stocktake.interfaces.web.form import Form, Sent
from stocktake.interfaces.web.page import page, segment, within
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice
from stocktake.interfaces.whole_record import WholeRecord, whole_record
from stocktake.model.decision import Action
from stocktake.model.errors import InvalidInput, Refusal
from stocktake.model.record_type import Field, FieldType

routes = Pages()

#: How a field of the form is called, by the record's field.
FIELD = "field."
#: A value of more characters is written in several lines.
LONG = 120

_TURNS = {
    Action.RETIRE: "This retires it; no source brings it back by itself.",
    Action.REACTIVATE: "This brings it back from retirement.",
}


@routes.get("/records/{record_type}/{record_id}/edit", needs=Right.EDIT)
def show_edit(request: Request, book: OpenBook, record_type: TypeName, record_id: RecordId) -> Response:
    """The record's fields, to be written over."""
    return _page(request, whole_record(book, record_type, record_id, lineage=False), {})


@routes.post("/records/{record_type}/{record_id}/edit", needs=Right.EDIT)
def edit_record(
    request: Request, book: OpenBook, record_type: TypeName, record_id: RecordId, form: Sent
) -> Response:
    """Show what would change; written is what was shown, once that is confirmed."""
    found = whole_record(book, record_type, record_id, lineage=False)
    values = _changed(found, form)

    def act() -> str | Response:
        if form.text("does") != "write":
            return _page(request, found, values, form=form, seen=_previewed(book, found, values))
        version = form.number("version", "The version")
        book.edit_record(record_type, record_id, values, reason=form.text("reason"), version=version)
        return within(request, f"/records/{segment(found.kind.name)}/{record_id}")

    return attempted(request, act, lambda error: _page(request, found, values, form=form, error=error))


def _changed(found: WholeRecord, form: Form) -> dict[str, str]:
    """What was written that differs from what was shown in the form."""
    said = {each.name: _lines(form.get(FIELD + each.name)) for each in found.kind.fields}
    return {
        name: text
        for name, text in said.items()
        if text is not None and text != (_lines(form.get(f"was.{name}")) or "")
    }


def _lines(text: str | None) -> str | None:
    """A browser sends every end of a line as two characters."""
    return None if text is None else text.replace("\r\n", "\n")


def _previewed(book: Book, found: WholeRecord, values: dict[str, str]) -> EditPreview:
    if not values:
        raise InvalidInput(
            "nothing-to-change",
            "No field was changed.",
            hint="Write over a value, or leave the record as it is.",
        )
    return book.preview_edit(found.kind.name, found.row["id"], values)


def _page(
    request: Request,
    found: WholeRecord,
    values: dict[str, str],
    *,
    form: Form | None = None,
    seen: EditPreview | None = None,
    error: Refusal | None = None,
) -> Response:
    kind, row = found.kind, found.row
    wrong = {each["field"]: each["message"] for each in _wrong(error)}
    return page(
        request,
        "records/edit.html",
        status=200 if error is None else status_of(error),
        title=f"Edit {name_of(kind, row)}",
        kind=kind,
        row=row,
        name=name_of(kind, row),
        fields=[
            {
                "field": each,
                "was": _written(each, row),
                "text": values.get(each.name, _written(each, row)),
                "wrong": wrong.get(each.name, ""),
                "is_long": each.type is FieldType.JSON
                or len(row[each.name] or "") > LONG
                or "\n" in (row[each.name] or ""),
                "by_hand": "kept by hand from then on" if each.locked else "",
            }
            for each in kind.fields
            if not each.derived
        ],
        reason=(form.text("reason") or "") if form is not None else "",
        seen=seen,
        values=values,
        changes=[] if seen is None else seen.changes.to_dicts(),
        turns=_TURNS.get(seen.act, "") if seen is not None else "",
        refusal=notice(error) if error is not None else None,
    )


def _written(field: Field, row: Mapping[str, str | None]) -> str:
    """A value as people write it: of a moment no parts of a second that it does not have."""
    text = row[field.name] or ""
    return text.replace(".000000", "") if field.type is FieldType.DATETIME else text


def _wrong(error: Refusal | None) -> list[dict[str, str]]:
    """What is wrong, field by field, as ``Book.preview_edit`` refuses it."""
    told = error.details.get("errors", ()) if error is not None else ()
    return [
        {
            "field": str(each.get("field") or each.get("column") or ""),
            "message": str(each.get("message") or ""),
        }
        for each in told
    ]
