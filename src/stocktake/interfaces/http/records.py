"""Records: lists with badges, one with all that is known of it, edits by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Query, Request
from pydantic import Field
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.interfaces.http.answer import page_shape, told
from stocktake.interfaces.http.download import DOWNLOAD, Form, download
from stocktake.interfaces.http.parameter import (
    Asked,
    Id,
    OpenBook,
    PageAsked,
    RecordId,
    Text,
    Told,
    TypeName,
)
from stocktake.interfaces.http.report_schema import ENTRY, WHOLE_RECORD
from stocktake.interfaces.http.route import WORKSPACE, Routes
from stocktake.interfaces.http.runs import RUN_EXAMPLE
from stocktake.interfaces.http.schema import RECORD, RUN
from stocktake.interfaces.record_document import history_document, record_document
from stocktake.interfaces.record_page import asked_values, includes_retired, record_page
from stocktake.interfaces.run_document import run_document
from stocktake.interfaces.whole_record import whole_record, whole_record_document
from stocktake.model.errors import InvalidInput

if TYPE_CHECKING:
    from stocktake.book import Book
    from stocktake.model.record_type import RecordType

routes = Routes("records", WORKSPACE)

RECORD_EXAMPLE = {
    "id": 17,
    "name": "PC-0017",
    "source": "NINJAONE",
    "external_id": "SN-17",
    "values": {"serial_number": "SN-17", "status": "ASSIGNED"},
    "retired_at": None,
    "created_run": 1,
    "changed_run": None,
    "missing_from": [{"source": "NINJAONE", "since": "2026-11-02T09:00:00.000000Z"}],
}


class Wanted(Asked):
    """Which records."""

    missing_source: Text | None = Field(default=None, description="Only those that this source misses.")
    status: Text | None = None
    where: list[Text] = Field(
        default_factory=list,
        max_length=20,
        description="FIELD=VALUE, or FIELD~=TEXT for a field that holds the text; several times: all must hold.",
    )
    retired: bool = Field(default=False, description="Retired records too.")


class RecordsAsked(PageAsked, Wanted):
    """Which records, and which page of them."""


class ExportAsked(Wanted):
    """Which records, and as what kind of file."""

    format: Form = "csv"
    exact: bool = Field(
        default=False,
        description="CSV for programs: every value as it is stored. Without it, what a spreadsheet would run as a formula "
        "stands behind an apostrophe.",
    )


class HistoryAsked(PageAsked):
    """Of which record."""

    type: Text
    id: Id
    field: Text | None = None


class Edited(Told):
    """Fields and what they say from now on; null blanks one."""

    values: dict[str, str | int | float | bool | None] = Field(
        min_length=1, max_length=200, examples=[{"location": "Vancouver"}]
    )
    reason: str | None = Field(default=None, max_length=1_000)


@routes.get(
    "/records/{record_type}",
    needs=Right.VIEW,
    answers={
        200: told(
            "A page of records.",
            page_shape(RECORD),
            {"items": [RECORD_EXAMPLE], "total": 1, "page": 1, "page_size": 50},
        )
    },
)
def list_records(
    book: OpenBook, record_type: TypeName, asked: Annotated[RecordsAsked, Query()]
) -> dict[str, Any]:
    """The records of a type by number, with the badges of what their sources miss (PRE-22)."""
    kind, page = book.record_type(record_type), asked.wanted
    found, total, badges = record_page(book, kind, **_chosen(book, kind, asked), page=page)
    return page.document([record_document(kind, each, badges[each["id"]]) for each in found], total)


@routes.get(
    "/records/{record_type}/export",
    needs=Right.VIEW,
    answers={200: DOWNLOAD},
    response_class=Response,
)
async def export_records(
    request: Request, book: OpenBook, record_type: TypeName, asked: Annotated[ExportAsked, Query()]
) -> Response:
    """All records of a type that the same words list, as one file: CSV, a workbook (xlsx) or Parquet."""

    def write(path: Path) -> None:
        kind = book.record_type(record_type)
        book.export(kind.name, path, exact=asked.exact, **_chosen(book, kind, asked))

    return await download(request, record_type, asked.format, write)


@routes.get(
    "/records/{record_type}/{record_id}",
    needs=Right.VIEW,
    answers={200: told("The record.", WHOLE_RECORD)},
)
def show_record(
    book: OpenBook,
    record_type: TypeName,
    record_id: RecordId,
    lineage: Annotated[bool, Query(description="Every run that wrote it, with the rows as read.")] = False,
) -> dict[str, Any]:
    """One record: values and where they come from, its sources, its history, the raw row that led to it."""
    return whole_record_document(whole_record(book, record_type, record_id, lineage=lineage))


@routes.patch(
    "/records/{record_type}/{record_id}",
    needs=Right.EDIT,
    answers={200: told("The run that wrote it.", RUN, RUN_EXAMPLE)},
    refuses=(409, 415),
)
def edit_record(book: OpenBook, record_type: TypeName, record_id: RecordId, body: Edited) -> dict[str, Any]:
    """Write fields of a record by hand: a run like any other, which can be undone."""
    done = book.edit_record(record_type, record_id, body.values, reason=body.reason)
    return run_document(done.run)


@routes.get(
    "/history",
    needs=Right.VIEW,
    answers={200: told("A page of entries.", page_shape(ENTRY))},
)
def list_history(book: OpenBook, asked: Annotated[HistoryAsked, Query()]) -> dict[str, Any]:
    """How one record's tracked fields changed, oldest first; also of a record that was deleted (HIS-4)."""
    found, page = book.history_of(asked.type, asked.id, field=asked.field), asked.wanted
    shown = found.slice(page.offset, page.limit).to_dicts()
    return page.document([history_document(each) for each in shown], found.height)


def _chosen(book: Book, kind: RecordType, asked: Wanted) -> dict[str, Any]:
    """Which records are meant, in the words of ``Book.export``. Raises ``NotFound``, ``InvalidInput``."""
    values = asked_values(kind, _pairs(asked.where), asked.status)
    missed = asked.missing_source
    return {
        "where": values,
        "missing_source": book.declared().source(missed, kind.name).name if missed else None,
        "retired": includes_retired(kind, values, asked.retired),
    }


def _pairs(where: list[str]) -> dict[str, str]:
    wrong = next((each for each in where if "=" not in each.lstrip("=")), None)
    if wrong is not None:
        raise InvalidInput(
            "bad-arguments",
            f'where="{wrong[:80]}" has no "=".',
            hint="Write where=FIELD=VALUE, such as where=location=Vancouver.",
        )
    return dict(each.split("=", 1) for each in where)
