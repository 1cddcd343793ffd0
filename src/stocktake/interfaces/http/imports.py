"""Imports step by step: uploaded, mapped, previewed, decided on, confirmed; each writes only what was shown (PLN, UPL)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import anyio.from_thread
import anyio.to_thread
from fastapi import Header, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book.receiving import Receipt
from stocktake.interfaces.draft_document import draft_document
from stocktake.interfaces.draft_rows import draft_rows_page
from stocktake.interfaces.http.answer import Document, page_shape, told
from stocktake.interfaces.http.form import read_file
from stocktake.interfaces.http.import_schema import DRAFT, INSPECTION, PREVIEW, RECEIVED
from stocktake.interfaces.http.once import KEY_PARAMETER, key_of, once
from stocktake.interfaces.http.parameter import LARGEST_ID, Asked, Id, OpenBook, Text, Told
from stocktake.interfaces.http.patience import UNHURRIED
from stocktake.interfaces.http.problem import PlanMismatch
from stocktake.interfaces.http.route import WORKSPACE, Routes
from stocktake.interfaces.http.runs import RowsAsked
from stocktake.interfaces.http.schema import ROW
from stocktake.interfaces.http.waiting import Wait, address, awaited, waited
from stocktake.interfaces.inspection_document import inspection_document
from stocktake.model.errors import InvalidInput, StalePlan

routes = Routes("imports", WORKSPACE)

ImportId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The import's number.", examples=[3])]

DRAFT_EXAMPLE = {
    "import_id": 3,
    "status": "uploaded",
    "run_id": 3,
    "plan_id": None,
    "file": {"name": "devices.csv", "bytes": 91_204, "sha256": "9f86d081…", "deleted_at": None},
    "choices": {},
    "job": None,
}
PREVIEW_EXAMPLE = {
    "status": "planned",
    "dry_run": True,
    "run_id": None,
    "plan_id": "0d4b1c5f9b9a4f8e8a3d5c0f6f1c2b7a",
    "counts": {"rows": 3143, "create": 120, "update": 8, "unchanged": 3011, "retire": 4},
    "guards": [],
    "warnings": [],
    "errors": [],
    "records": {},
}
_STEPS = (409, 415)


class UploadAsked(Asked):
    """How the file is to be read, where that is known; it can be said later as well (REA-2)."""

    encoding: Text | None = None
    delimiter: Text | None = None
    sheet: Text | None = None
    member: Text | None = None
    header_line: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class Chosen(Told):
    """What the file is, and how it is read; takes the place of all that was chosen before."""

    record_type: str | None = Field(default=None, max_length=200, examples=["device"])
    source: str | None = Field(default=None, max_length=200, examples=["NINJAONE"])
    mapping: str | None = Field(default=None, max_length=200, description="A saved mapping's name.")
    columns: dict[str, str | list[str]] | None = Field(
        default=None,
        max_length=2_000,
        examples=[{"Serial Number": "serial_number"}],
        description='Column → field, or fields; "" leaves it out, "extra" keeps its cells beside the record.',
    )
    reads: dict[str, str] | None = Field(default=None, max_length=2_000, examples=[{"Close Date": "dmy"}])
    accept_suggestions: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)
    extra: Literal["keep", "drop"] | None = None
    mends: Id | None = Field(
        default=None, description="The run whose rejected rows these are, mended (ERR-3)."
    )
    replaces_run: Id | None = Field(
        default=None,
        description="The rolled-back run in whose place the file is imported, as that was asked for (ROL-7).",
    )
    encoding: str | None = Field(default=None, max_length=100)
    delimiter: str | None = Field(default=None, max_length=10)
    quote: str | None = Field(default=None, max_length=10)
    escape: str | None = Field(default=None, max_length=10)
    line_end: str | None = Field(default=None, max_length=10)
    header_line: int | None = Field(default=None, ge=1, le=1_000_000)
    header_lines: int | None = Field(default=None, ge=1, le=100)
    footer_lines: int | None = Field(default=None, ge=0, le=1_000_000)
    sheet: str | None = Field(default=None, max_length=200)
    member: str | None = Field(default=None, max_length=1_000)
    on_undecodable: str | None = Field(default=None, max_length=100)
    plain: bool | None = None

    @property
    def choices(self) -> dict[str, Any]:
        """In the words of ``Book.choose``: what was said, and pairs for what a body gives by name."""
        given = self.model_dump(exclude_none=True)
        if self.columns is not None:
            given["columns"] = [
                (header, name)
                for header, names in self.columns.items()
                for name in ([names] if isinstance(names, str) else names)
            ]
        if self.reads is not None:
            given["reads"] = list(self.reads.items())
        return given


class Terms(Told):
    """How it is imported (INT-3): ``is_full_snapshot``, true for a snapshot and false for a merge, or ``strategy``."""

    is_full_snapshot: bool | None = None
    strategy: str | None = Field(default=None, max_length=40, examples=["snapshot"])
    duplicates: str | None = Field(default=None, max_length=200)
    on_conflict: Literal["review", "overwrite"] | None = None
    on_error: Literal["fail", "reject-rows"] | None = None
    reject_limit: str | None = Field(default=None, max_length=20, examples=["5%"])
    allow_retire: int | None = Field(default=None, ge=0, le=LARGEST_ID)
    accept_baseline: bool | None = None
    on_guard: Literal["refuse", "hold"] | None = None
    rekey: list[Id] | Literal["all"] | None = None
    refresh: bool | None = None
    as_of: str | None = Field(default=None, max_length=40)
    flow: str | None = Field(default=None, max_length=200)
    phase: str | None = Field(default=None, max_length=200)


class Decided(Told):
    """What is decided of single records and rows (INT-3); takes the place of what was decided before."""

    retire_skip_ids: list[Id] = Field(default_factory=list, max_length=100_000)
    reactivate_skip_ids: list[Id] = Field(default_factory=list, max_length=100_000)
    reactivate_only_external_ids: list[str] | None = Field(default=None, max_length=100_000)
    reactivate_ids: list[Id] = Field(
        default_factory=list,
        max_length=100_000,
        description="Records that a person retired and that this file brings back (PRE-17).",
    )
    overrides: dict[str, Any] | None = None
    same: dict[str, Id] | None = None
    new: list[str] = Field(default_factory=list, max_length=100_000)
    gather: bool = Field(
        default=False,
        description="Keep them beside the plan that is shown, which cannot be confirmed until it is previewed again.",
    )


class Confirmed(Told):
    """Which plan; the one that was shown (PLN-9). ``dry_run`` checks it and writes nothing (INT-3)."""

    plan_id: str | None = Field(default=None, max_length=64)
    dry_run: bool = False


@routes.post(
    "/imports",
    needs=Right.IMPORT,
    answers={
        201: told(
            "It has arrived.",
            RECEIVED,
            {"import": DRAFT_EXAMPLE, "inspection": {"format": "csv"}},
        )
    },
    refuses=(409, 415),
    keeps_once=False,
    openapi_extra={
        "parameters": [KEY_PARAMETER],
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {"file": {"type": "string", "format": "binary"}},
                    }
                }
            },
        },
    },
)
async def upload(
    request: Request,
    book: OpenBook,
    asked: Annotated[UploadAsked, Query()],
) -> Response:
    """Hand a file over. It is kept privately, under a random name, until it is imported, cancelled, or a day old (UPL-1)."""
    key = key_of(request)
    setattr(request.state, UNHURRIED, True)  # a large file is looked into for long
    reading: Any = asked.model_dump(exclude_none=True)
    in_thread = anyio.to_thread.run_sync

    def received() -> Response:
        with book.uploads.incoming(book.clock()) as file:

            async def write(block: bytes) -> None:
                await in_thread(file.write, block)

            label = anyio.from_thread.run(read_file, request, write)
            came = file.received()
        return once(
            request,
            book,
            key,
            f"{came.sha256} {label}",
            lambda: _received(request, book.keep_received(came, label, **reading)),
            otherwise=lambda: book.uploads.remove(came.name),
        )

    return await in_thread(received, limiter=request.app.state.arriving)


def _received(request: Request, receipt: Receipt) -> Document:
    shown = draft_document(receipt.draft)
    told = {"import": shown, "inspection": inspection_document(receipt.inspection)}
    return Document(told, 201, {"Location": f"{address(request)}/imports/{receipt.draft.draft_id}"})


@routes.get(
    "/imports/{import_id}", needs=Right.VIEW, answers={200: told("The import.", DRAFT, DRAFT_EXAMPLE)}
)
def show_import(book: OpenBook, import_id: ImportId) -> Document:
    """Where an import has come to: its file, what was chosen, the plan that is shown, the work on it."""
    draft = book.draft(import_id)
    etag = {"ETag": f'"{draft.plan_id}"'} if draft.plan_id else None
    return Document(draft_document(draft, book.job_progress(import_id)), 200, etag)


@routes.get(
    "/imports/{import_id}/inspection",
    needs=Right.IMPORT,
    answers={200: told("The file.", INSPECTION)},
)
def inspect_import(book: OpenBook, import_id: ImportId) -> dict[str, Any]:
    """What the file is like, looked at with what was chosen so far (INT-11)."""
    return inspection_document(book.inspect_draft(import_id))


@routes.put(
    "/imports/{import_id}/mapping",
    needs=Right.IMPORT,
    answers={200: told("The import.", DRAFT, DRAFT_EXAMPLE)},
    refuses=_STEPS,
)
def choose_mapping(book: OpenBook, import_id: ImportId, body: Chosen) -> dict[str, Any]:
    """Say what the file is: record type, source, mapping, how it is read. A plan that was shown is outdated (PLN-9)."""
    return draft_document(book.choose(import_id, **body.choices))


@routes.post(
    "/imports/{import_id}/preview",
    needs=Right.IMPORT,
    answers={
        200: told("The plan; its id is the ETag.", PREVIEW, PREVIEW_EXAMPLE),
        202: told("It takes longer; Location says where it is told of.", DRAFT),
    },
    refuses=_STEPS,
)
async def preview_import(
    request: Request, book: OpenBook, import_id: ImportId, body: Terms, wait: Wait
) -> Document:
    """Plan the import: every row decided, nothing written (PLN-5, INT-3)."""

    def asked() -> Document:
        book.ask_for_preview(import_id, **body.model_dump(exclude_none=True))
        request.app.state.worker.wake()
        return awaited(book, import_id, wait.wait, place=f"{address(request)}/imports/{import_id}")

    return await waited(request, asked)


@routes.get(
    "/imports/{import_id}/rows",
    needs=Right.VIEW,
    answers={200: told("A page of rows.", page_shape(ROW))},
    refuses=(409,),
)
def list_rows_of_import(
    book: OpenBook, import_id: ImportId, asked: Annotated[RowsAsked, Query()]
) -> dict[str, Any]:
    """The rows of the plan that is shown, and what becomes of each; once it is applied, those of the run."""
    return asked.wanted.document(*draft_rows_page(book, import_id, asked.decision, asked.wanted))


@routes.put(
    "/imports/{import_id}/overrides",
    needs=Right.IMPORT,
    answers={200: told("The import; preview it again.", DRAFT, DRAFT_EXAMPLE)},
    refuses=_STEPS,
)
def decide_rows(book: OpenBook, import_id: ImportId, body: Decided) -> dict[str, Any]:
    """Decide about single records and rows. The plan that was shown is outdated: preview it again (INT-3, PLN-8).

    With ``gather`` it stays to be looked at, page after page.
    """
    return draft_document(book.override_draft(import_id, **body.model_dump()))


@routes.post(
    "/imports/{import_id}/confirm",
    needs=Right.IMPORT,
    answers={
        200: told("What was written; of a dry run, what would be.", PREVIEW, PREVIEW_EXAMPLE),
        202: told("It takes longer; Location says where it is told of.", DRAFT),
    },
    refuses=(*_STEPS, 412, 428),
)
async def confirm_import(
    request: Request,
    book: OpenBook,
    import_id: ImportId,
    body: Confirmed,
    wait: Wait,
    if_match: Annotated[
        str | None, Header(max_length=200, description='The plan that was shown: `"<plan id>"`.')
    ] = None,
) -> Document:
    """Write exactly the plan that was shown, in one transaction (PLN-7, PLN-9)."""
    plan_id = _plan_meant(if_match, body.plan_id)

    def asked() -> Document:
        try:
            book.ask_for_confirm(import_id, plan_id, dry_run=body.dry_run)
        except StalePlan as error:
            if if_match is None or error.code != "plan-outdated":
                raise
            raise PlanMismatch(error.code, error.message, hint=error.hint, details=error.details) from error
        request.app.state.worker.wake()
        return awaited(book, import_id, wait.wait, place=f"{address(request)}/imports/{import_id}")

    return await waited(request, asked)


@routes.post(
    "/imports/{import_id}/cancel",
    needs=Right.IMPORT,
    answers={200: told("The import.", DRAFT, DRAFT_EXAMPLE)},
    refuses=(409,),
)
def cancel_import(book: OpenBook, import_id: ImportId) -> dict[str, Any]:
    """Give an import up before its commit: nothing is written, its file is deleted (UPL-2)."""
    book.cancel(import_id)
    return draft_document(book.draft(import_id), book.job_progress(import_id))


def _plan_meant(if_match: str | None, plan_id: str | None) -> str:
    """The plan that If-Match or the body names. Raises ``InvalidInput`` ``plan-needed``, ``bad-arguments``."""
    matched = if_match.strip().strip('"') if if_match else None
    if matched is None and plan_id is None:
        raise InvalidInput(
            "plan-needed",
            "It is not said which plan is confirmed. Nothing was written.",
            hint='Send its id as `If-Match: "<plan id>"`, or as `plan_id` in the body; the preview tells it.',
        )
    if matched is not None and plan_id is not None and matched != plan_id:
        raise InvalidInput(
            "bad-arguments",
            "If-Match and plan_id name different plans. Nothing was written.",
            hint="Send one of them.",
        )
    return matched or plan_id or ""
