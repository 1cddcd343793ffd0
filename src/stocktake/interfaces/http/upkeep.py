"""Upkeep: backfills of what older versions did not write, and raw rows that are let go (BAC, LIN-5)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Request
from pydantic import Field

from stocktake.access.right import Right
from stocktake.interfaces.http.answer import Document, told
from stocktake.interfaces.http.parameter import Asked, NothingMore, OpenBook, Text, Told
from stocktake.interfaces.http.route import WORKSPACE, Routes
from stocktake.interfaces.http.schema import BACKFILL, BACKFILL_WORK, PRUNING, PRUNING_WORK
from stocktake.interfaces.http.waiting import Wait, address, awaited_work, waited
from stocktake.interfaces.upkeep_document import backfill_document, pruning_document
from stocktake.model.draft import RAW_ROWS, about_backfill

routes = Routes("upkeep", WORKSPACE)

BackfillName = Annotated[
    Text, Path(description="presence-links or discovery-flow.", examples=["presence-links"])
]
_LENGTH = "A length of time such as 90d, 26w or 12h."


class PruningAsked(Asked):
    """Of which age."""

    older_than: Text = Field(description=_LENGTH, examples=["90d"])


class Pruned(Told):
    """Of which age, and why, for the audit."""

    older_than: str = Field(max_length=40, description=_LENGTH, examples=["90d"])
    reason: str | None = Field(default=None, max_length=1_000)


@routes.get("/backfills/{name}", needs=Right.VIEW, answers={200: told("What it would change.", BACKFILL)})
def preview_backfill(book: OpenBook, name: BackfillName) -> dict[str, Any]:
    """What existing records lack, and what a backfill would give them; nothing is written (BAC-3)."""
    return backfill_document("planned", book.preview_backfill(name))


@routes.post(
    "/backfills/{name}",
    needs=Right.MANAGE,
    answers={
        200: told("What it changed, and its runs.", BACKFILL),
        202: told("It takes longer; Location says where it is told of.", BACKFILL_WORK),
    },
    refuses=(409, 415),
)
async def run_backfill(
    request: Request, book: OpenBook, name: BackfillName, body: NothingMore, wait: Wait
) -> Document:
    """Give existing records the links or flows that they lack; done again it changes nothing, and a rollback undoes it."""

    def asked() -> Document:
        book.ask_for_backfill(name)
        request.app.state.worker.wake()
        place = f"{address(request)}/backfills/{name}"
        return awaited_work(book, about_backfill(name), wait.wait, place=place)

    return await waited(request, asked)


@routes.get("/raw-rows/pruning", needs=Right.VIEW, answers={200: told("What would go.", PRUNING)})
def show_pruning(book: OpenBook, asked: Annotated[PruningAsked, Query()]) -> dict[str, Any]:
    """Whose raw rows are older than that; nothing is deleted (LIN-5)."""
    return pruning_document("planned", book.preview_pruning(asked.older_than))


@routes.post(
    "/raw-rows/pruning",
    needs=Right.MANAGE,
    answers={
        200: told("What went.", PRUNING),
        202: told("It takes longer; Location says where it is told of.", PRUNING_WORK),
    },
    refuses=(409, 415),
)
async def prune_raw_rows(request: Request, book: OpenBook, body: Pruned, wait: Wait) -> Document:
    """Delete the rows of old runs as they were read, for good; all else stays, also what a rollback needs."""

    def asked() -> Document:
        book.ask_for_pruning(body.older_than, reason=body.reason)
        request.app.state.worker.wake()
        place = f"{address(request)}/raw-rows/pruning"
        return awaited_work(book, RAW_ROWS, wait.wait, place=place)

    return await waited(request, asked)
