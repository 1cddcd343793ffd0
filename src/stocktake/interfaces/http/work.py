"""Work that is about no run, on its way: how far it has come, what it gave, and its end before that (APP-4)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends
from fastapi.sse import EventSourceResponse, ServerSentEvent

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.book.upkeep import check_backfill
from stocktake.interfaces.draft_document import work_document
from stocktake.interfaces.http.access_schema import DELIVERY_WORK
from stocktake.interfaces.http.answer import told
from stocktake.interfaces.http.media_schema import COLLECTION_WORK
from stocktake.interfaces.http.parameter import Name, OpenBook
from stocktake.interfaces.http.progress import STREAM, events
from stocktake.interfaces.http.route import WORKSPACE, Routes
from stocktake.interfaces.http.schema import BACKFILL_WORK, PRUNING_WORK
from stocktake.interfaces.http.upkeep import BackfillName
from stocktake.model.draft import RAW_ROWS, WEBHOOKS, about_backfill, about_collection

routes = Routes("work", WORKSPACE)


def _collection(book: OpenBook, name: Name) -> str:
    return about_collection(book.collection(name).collection_id)


def _backfill(name: BackfillName) -> str:
    check_backfill(name)
    return about_backfill(name)


OfCollection = Annotated[str, Depends(_collection)]
OfBackfill = Annotated[str, Depends(_backfill)]

_TOLD, _STOPPED = (
    "The newest work of a day; null where there is none.",
    "How far it has come; null where it had not begun.",
)


@routes.get("/collections/{name}/work", needs=Right.VIEW, answers={200: told(_TOLD, COLLECTION_WORK)})
def show_work_on_collection(book: OpenBook, about: OfCollection) -> dict[str, Any]:
    """How far the newest ingest or enriching of a collection has come, and what it gave."""
    return work_document(book.work_on(about))


@routes.get(
    "/collections/{name}/progress", needs=Right.VIEW, answers=STREAM, response_class=EventSourceResponse
)
async def follow_collection(book: OpenBook, about: OfCollection) -> AsyncIterator[ServerSentEvent]:
    """Follow the work on a collection: an event whenever it has come further, until it has ended."""
    async for event in _events(book, about):
        yield event


@routes.post(
    "/collections/{name}/stop",
    needs=Right.IMPORT,
    answers={200: told(_STOPPED, COLLECTION_WORK)},
    refuses=(409,),
)
def stop_work_on_collection(book: OpenBook, about: OfCollection) -> dict[str, Any]:
    """Stop an ingest before its commit, or an enriching between two assets; what comes too late ends well."""
    return work_document(book.stop_work(about))


@routes.get("/backfills/{name}/work", needs=Right.VIEW, answers={200: told(_TOLD, BACKFILL_WORK)})
def show_work_on_backfill(book: OpenBook, about: OfBackfill) -> dict[str, Any]:
    """How far the newest of these backfills has come, and what it gave."""
    return work_document(book.work_on(about))


@routes.get(
    "/backfills/{name}/progress", needs=Right.VIEW, answers=STREAM, response_class=EventSourceResponse
)
async def follow_backfill(book: OpenBook, about: OfBackfill) -> AsyncIterator[ServerSentEvent]:
    """Follow a backfill: an event whenever it has come further, until it has ended."""
    async for event in _events(book, about):
        yield event


@routes.post(
    "/backfills/{name}/stop",
    needs=Right.MANAGE,
    answers={200: told(_STOPPED, BACKFILL_WORK)},
    refuses=(409,),
)
def stop_backfill(book: OpenBook, about: OfBackfill) -> dict[str, Any]:
    """Stop a backfill; parts that are whole by then stay, each as a run."""
    return work_document(book.stop_work(about))


@routes.get("/raw-rows/pruning/work", needs=Right.VIEW, answers={200: told(_TOLD, PRUNING_WORK)})
def show_work_on_raw_rows(book: OpenBook) -> dict[str, Any]:
    """How far the newest pruning has come, and what went."""
    return work_document(book.work_on(RAW_ROWS))


@routes.get(
    "/raw-rows/pruning/progress", needs=Right.VIEW, answers=STREAM, response_class=EventSourceResponse
)
async def follow_pruning(book: OpenBook) -> AsyncIterator[ServerSentEvent]:
    """Follow a pruning until it has ended."""
    async for event in _events(book, RAW_ROWS):
        yield event


@routes.post(
    "/raw-rows/pruning/stop",
    needs=Right.MANAGE,
    answers={200: told(_STOPPED, PRUNING_WORK)},
    refuses=(409,),
)
def stop_pruning(book: OpenBook) -> dict[str, Any]:
    """Stop a pruning that has not begun, or not ended: then nothing went."""
    return work_document(book.stop_work(RAW_ROWS))


@routes.get("/webhooks/deliver/work", needs=Right.MANAGE, answers={200: told(_TOLD, DELIVERY_WORK)})
def show_work_on_webhooks(book: OpenBook) -> dict[str, Any]:
    """How far the newest delivery has come that was asked for, and what came of it."""
    return work_document(book.work_on(WEBHOOKS))


@routes.get(
    "/webhooks/deliver/progress", needs=Right.MANAGE, answers=STREAM, response_class=EventSourceResponse
)
async def follow_delivery(book: OpenBook) -> AsyncIterator[ServerSentEvent]:
    """Follow a delivery until it has ended."""
    async for event in _events(book, WEBHOOKS):
        yield event


@routes.post(
    "/webhooks/deliver/stop",
    needs=Right.MANAGE,
    answers={200: told(_STOPPED, DELIVERY_WORK)},
    refuses=(409,),
)
def stop_delivery(book: OpenBook) -> dict[str, Any]:
    """Stop a delivery between two messages; what was delivered stays so, and the rest waits."""
    return work_document(book.stop_work(WEBHOOKS))


def _events(book: Book, about: str) -> AsyncIterator[ServerSentEvent]:
    return events(lambda: book.work_on(about))
