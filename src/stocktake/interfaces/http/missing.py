"""What the sources' last snapshots no longer had, what of it is known, and what a guard held for review (INT-4)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import Field

from stocktake.access.right import Right
from stocktake.interfaces.held_document import held_document
from stocktake.interfaces.http.answer import page_shape, told
from stocktake.interfaces.http.parameter import OpenBook, PageAsked, Text, Told
from stocktake.interfaces.http.report_schema import HELD
from stocktake.interfaces.http.route import WORKSPACE, Routes
from stocktake.interfaces.http.runs import RUN_EXAMPLE
from stocktake.interfaces.http.schema import MISSING, RUN
from stocktake.interfaces.link_name import link_named
from stocktake.interfaces.missing_document import missing_document
from stocktake.interfaces.run_document import run_document

routes = Routes("review", WORKSPACE)

Link = Annotated[Text, Path(description="TYPE:ID:SOURCE, as lists give it.", examples=["device:17:NINJAONE"])]


class MissingAsked(PageAsked):
    """What of it."""

    source: Text | None = None
    type: Text | None = None
    since: Text | None = Field(default=None, description="A day or a moment in UTC.")
    until: Text | None = Field(default=None, description="A day (included) or a moment in UTC.")
    acknowledged: bool = Field(default=False, description="Also what somebody has acknowledged.")


class HeldAsked(PageAsked):
    """What of it."""

    source: Text | None = None
    type: Text | None = None


class Acknowledged(Told):
    """Why that is all right, and until when."""

    reason: str = Field(max_length=1_000, examples=["in repair"])
    until: str | None = Field(default=None, max_length=40, examples=["2026-12-31"])


class Retired(Told):
    """Why, for the audit."""

    reason: str | None = Field(default=None, max_length=1_000)


class Kept(Told):
    """Why they stay."""

    reason: str = Field(max_length=1_000, examples=["lent to the branch office"])


_RUN = {200: told("The run that says so.", RUN, RUN_EXAMPLE)}


@routes.get(
    "/missing",
    needs=Right.VIEW,
    answers={
        200: told(
            "A page of what is missing.",
            page_shape(MISSING),
        )
    },
)
def list_missing(book: OpenBook, asked: Annotated[MissingAsked, Query()]) -> dict[str, Any]:
    """What the sources' last snapshots no longer had, newest first, and who still has it (PRE-22)."""
    page = asked.wanted
    found, total = book.missing(
        source=asked.source,
        record_type=asked.type,
        since=asked.since,
        until=asked.until,
        acknowledged=asked.acknowledged,
        page=page.page,
        page_size=page.limit,
    )
    at = book.clock()
    return page.document([missing_document(each, at) for each in found], total)


@routes.post("/missing/{link}/acknowledge", needs=Right.REVIEW, answers=_RUN, refuses=(409, 415))
def acknowledge_missing(book: OpenBook, link: Link, body: Acknowledged) -> dict[str, Any]:
    """Say that it is known that a source misses a record, and why. It changes nothing else (PRE-22, PRE-29)."""
    named = link_named(link)
    done = book.acknowledge(
        named.record_type, named.record_id, source=named.source, reason=body.reason, until=body.until
    )
    return run_document(done.run)


@routes.get(
    "/held",
    needs=Right.VIEW,
    answers={
        200: told(
            "A page of what is held.",
            page_shape(HELD),
        )
    },
)
def list_held(book: OpenBook, asked: Annotated[HeldAsked, Query()]) -> dict[str, Any]:
    """The retirements that a guard held for review, open ones first, longest waiting first (PRE-16)."""
    found, page = book.held(record_type=asked.type, source=asked.source), asked.wanted
    part = found.slice(page.offset, page.limit)
    return page.document([held_document(each) for each in part.iter_rows(named=True)], found.height)


@routes.post("/held/{link}/retire", needs=Right.OVERRIDE, answers=_RUN, refuses=(409, 415))
def retire_held(book: OpenBook, link: Link, body: Retired) -> dict[str, Any]:
    """Retire a held record after all; a run of its own, which a rollback undoes (PRE-16)."""
    named = link_named(link)
    done = book.retire_held(
        [named.record_id], record_type=named.record_type, source=named.source, reason=body.reason
    )
    return run_document(done.run)


@routes.post("/held/{link}/keep", needs=Right.REVIEW, answers=_RUN, refuses=(409, 415))
def keep_held(book: OpenBook, link: Link, body: Kept) -> dict[str, Any]:
    """Keep a held record: it stays as it is, flagged as missing, and is held no more (PRE-16)."""
    named = link_named(link)
    done = book.keep_held(
        [named.record_id], record_type=named.record_type, source=named.source, reason=body.reason
    )
    return run_document(done.run)
