"""Reports: what is missing, how fields moved, how fresh sources are, whether all is wired, what happened."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field

from stocktake.access.right import Right
from stocktake.interfaces.activity_document import activity_document
from stocktake.interfaces.freshness_document import freshness_document
from stocktake.interfaces.http.answer import page_shape, told
from stocktake.interfaces.http.parameter import Asked, Id, OpenBook, PageAsked, PageQuery, Text
from stocktake.interfaces.http.report_schema import FRESHNESS, STAGES, WATERFALL, WIRING
from stocktake.interfaces.http.route import WORKSPACE, Routes
from stocktake.interfaces.http.schema import ACTIVITY
from stocktake.interfaces.waterfall_document import waterfall_document
from stocktake.interfaces.wiring_document import wiring_document

routes = Routes("reports", WORKSPACE)


class WaterfallAsked(Asked):
    """Between which points, a run's number or a day each."""

    type: Text
    field: Text = "stage"
    from_: Text | None = Field(default=None, alias="from")
    to: Text | None = None
    by: Literal["run", "week", "month"] | None = None
    amount: Text | None = None


class StageAsked(Asked):
    """Of which field."""

    type: Text
    field: Text = "stage"


class WiringAsked(Asked):
    """How much is told."""

    detail: bool = Field(default=False, description="Up to five samples of each metric that fails.")


class ActivityAsked(PageAsked):
    """Which acts."""

    type: Text | None = None
    id: Id | None = None
    source: Text | None = None
    run: Id | None = None
    actor: Text | None = None
    act: Text | None = None
    since: Text | None = None
    until: Text | None = None

    @property
    def chosen(self) -> dict[str, Any]:
        """The same in the words of ``Book.activity``, with the page."""
        return {
            "record_type": self.type,
            "record_id": self.id,
            "source": self.source,
            "run_id": self.run,
            "actor": self.actor,
            "act": self.act,
            "since": self.since,
            "until": self.until,
            "page": self.wanted.page,
            "page_size": self.wanted.limit,
        }


@routes.get(
    "/waterfall",
    needs=Right.VIEW,
    answers={200: told("The waterfall.", WATERFALL)},
)
def show_waterfall(book: OpenBook, asked: Annotated[WaterfallAsked, Query()]) -> dict[str, Any]:
    """What entered, moved between stages and left, from one point in time to another (HIS-6)."""
    return waterfall_document(
        book.waterfall(
            asked.type,
            field=asked.field,
            from_=asked.from_,
            to=asked.to,
            by=asked.by,
            amount=asked.amount,
        )
    )


@routes.get(
    "/time-in-stage",
    needs=Right.VIEW,
    answers={200: told("The stages.", STAGES)},
)
def show_time_in_stage(book: OpenBook, asked: Annotated[StageAsked, Query()]) -> dict[str, Any]:
    """How often records came to each stage, and how many days they stayed (HIS-6)."""
    found = book.time_in_stage(asked.type, field=asked.field)
    return {"record_type": asked.type, "field": asked.field, "stages": found.to_dicts()}


@routes.get(
    "/freshness",
    needs=Right.VIEW,
    answers={200: told("A page of sources.", page_shape(FRESHNESS))},
)
def list_freshness(book: OpenBook, asked: PageQuery) -> dict[str, Any]:
    """How old each source's newest import is, and whether that is as its declaration expects (FRE-3)."""
    found, page = book.freshness(), asked.wanted
    return page.document([freshness_document(each) for each in page.part(found)], len(found))


@routes.get(
    "/health/wiring",
    needs=Right.VIEW,
    denies=True,
    answers={200: told("The verdict.", WIRING)},
)
def show_wiring(book: OpenBook, asked: Annotated[WiringAsked, Query()]) -> dict[str, Any]:
    """Whether records, raw rows, links, runs and flows lead to one another (HEA-6); no access is told as such (HEA-5)."""
    return wiring_document(book.wiring_health(detail=asked.detail))


@routes.get(
    "/activity",
    needs=Right.VIEW,
    answers={200: told("A page of acts.", page_shape(ACTIVITY))},
)
def list_activity(book: OpenBook, asked: Annotated[ActivityAsked, Query()]) -> dict[str, Any]:
    """Who did what, when, and in which run, newest first (SEC-8)."""
    found, total = book.activity(**asked.chosen)
    return asked.wanted.document([activity_document(each) for each in found], total)
