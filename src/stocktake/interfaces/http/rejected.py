"""Rows that an import leaves out, before and after it is applied: listed, and as a file to be mended (ERR-2, ERR-3)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.flows.run_rows import REJECTED
from stocktake.interfaces.draft_rows import draft_errors_page, save_draft_errors
from stocktake.interfaces.http.answer import page_shape, told
from stocktake.interfaces.http.download import DOWNLOAD, Form, download
from stocktake.interfaces.http.imports import ImportId
from stocktake.interfaces.http.parameter import Asked, OpenBook, PageQuery, RunId
from stocktake.interfaces.http.route import WORKSPACE, Routes
from stocktake.interfaces.http.schema import ROW
from stocktake.interfaces.run_rows_document import run_rows_page

routes = Routes("rejected rows", WORKSPACE)


class ErrorsFileAsked(Asked):
    """As what kind of file."""

    format: Form = "csv"


@routes.get(
    "/imports/{import_id}/errors",
    needs=Right.VIEW,
    answers={200: told("A page of the rows that it leaves out.", page_shape(ROW))},
    refuses=(409,),
)
def list_errors_of_import(book: OpenBook, import_id: ImportId, asked: PageQuery) -> dict[str, Any]:
    """The rows that the plan that is shown leaves out, in their own columns, with what is wrong (ERR-2)."""
    return asked.wanted.document(*draft_errors_page(book, import_id, asked.wanted))


@routes.get(
    "/imports/{import_id}/errors/file",
    needs=Right.VIEW,
    answers={200: DOWNLOAD},
    refuses=(409,),
    response_class=Response,
)
async def export_errors_of_import(
    request: Request, book: OpenBook, import_id: ImportId, asked: Annotated[ErrorsFileAsked, Query()]
) -> Response:
    """The rows that the plan that is shown leaves out, as a file to be mended before anything is written (ERR-3).

    Its columns are the file's own, and `_line`, `_code`, `_message`; no spreadsheet runs a cell of it.
    """

    def write(path: Path) -> None:
        save_draft_errors(book, import_id, path)

    return await download(request, f"rejected-rows-of-import-{import_id}", asked.format, write)


@routes.get(
    "/runs/{run_id}/errors",
    needs=Right.VIEW,
    answers={200: told("A page of its rejected rows.", page_shape(ROW))},
)
def list_errors_of_run(book: OpenBook, run_id: RunId, asked: PageQuery) -> dict[str, Any]:
    """The rows that a run rejected, in their own columns, with what is wrong (ERR-2)."""
    return asked.wanted.document(*run_rows_page(book, run_id, REJECTED, asked.wanted))


@routes.get(
    "/runs/{run_id}/errors/file",
    needs=Right.VIEW,
    answers={200: DOWNLOAD},
    response_class=Response,
)
async def export_errors_of_run(
    request: Request, book: OpenBook, run_id: RunId, asked: Annotated[ErrorsFileAsked, Query()]
) -> Response:
    """The rows that a run rejected as a file to be mended and imported again, with `mends` (ERR-3).

    Its columns are the file's own, and `_line`, `_code`, `_message`; no spreadsheet runs a cell of it.
    """

    def write(path: Path) -> None:
        book.run(run_id).save_rejected(path)

    return await download(request, f"rejected-rows-of-run-{run_id}", asked.format, write)
