"""Media: where it lies, its collections, its assets and how ready they are (MED)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field

from stocktake.access.right import Right
from stocktake.interfaces.http.answer import page_shape, shape, told
from stocktake.interfaces.http.media_schema import ASSET, COLLECTION, MEDIA_SOURCE, STATES
from stocktake.interfaces.http.parameter import Id, Name, OpenBook, PageAsked, PageQuery, RecordId, Text, Told
from stocktake.interfaces.http.route import WORKSPACE, Routes
from stocktake.interfaces.http.runs import RUN_EXAMPLE
from stocktake.interfaces.http.schema import RUN, several
from stocktake.interfaces.media_document import asset_document, collection_document, media_source_document
from stocktake.interfaces.run_document import run_document

routes = Routes("media", WORKSPACE)


class CollectionsAsked(PageAsked):
    """Which collections."""

    media_source: Text | None = None


class AssetsAsked(PageAsked):
    """Which assets."""

    collection: Text | None = None
    state: Literal["new", "enriching", "ready", "retired"] | None = None


class Approved(Told):
    """Which assets, all of them or none."""

    ids: list[Id] = Field(min_length=1, max_length=1_000)
    withdraw: bool = Field(default=False, description="Take the approval back.")
    reason: str | None = Field(default=None, max_length=1_000)


@routes.get(
    "/media-sources", needs=Right.VIEW, answers={200: told("A page of them.", page_shape(MEDIA_SOURCE))}
)
def list_media_sources(book: OpenBook, asked: PageQuery) -> dict[str, Any]:
    """The folders and servers that have collections."""
    found, page = book.media_sources(), asked.wanted
    return page.document([media_source_document(each) for each in page.part(found)], len(found))


@routes.get("/collections", needs=Right.VIEW, answers={200: told("A page of them.", page_shape(COLLECTION))})
def list_collections(book: OpenBook, asked: Annotated[CollectionsAsked, Query()]) -> dict[str, Any]:
    """The collections, and whether they may be ingested (MED-B5)."""
    found, page = book.collections(asked.media_source), asked.wanted
    return page.document([collection_document(each) for each in page.part(found)], len(found))


@routes.get("/collections/{name}", needs=Right.VIEW, answers={200: told("The collection.", COLLECTION)})
def show_collection(book: OpenBook, name: Name) -> dict[str, Any]:
    """One collection, by its id, its name, or how its media source calls it."""
    return collection_document(book.collection(name))


@routes.get("/assets", needs=Right.VIEW, answers={200: told("A page of assets.", page_shape(ASSET))})
def list_assets(book: OpenBook, asked: Annotated[AssetsAsked, Query()]) -> dict[str, Any]:
    """The assets, and how ready they are (MED-D8)."""
    page = asked.wanted
    found, total = book.assets(
        collection=asked.collection, state=asked.state, page=page.page, page_size=page.limit
    )
    return page.document([asset_document(each) for each in found], total)


@routes.get(
    "/assets/attention",
    needs=Right.VIEW,
    answers={200: told("What wants a person.", shape(states=several(STATES), hindered=page_shape(ASSET)))},
)
def show_attention(book: OpenBook, asked: PageQuery) -> dict[str, Any]:
    """What wants a person: assets by collection and state, and those that could not be enriched (MED-D9)."""
    page = asked.wanted
    found = book.attention(page=page.page, page_size=page.limit)
    names = {str(each.collection_id): each.name for each in book.collections()}
    return {
        "states": [{**each, "collection_name": names.get(each["collection"])} for each in found.states],
        "hindered": page.document([asset_document(each) for each in found.hindered], found.hindered_total),
    }


@routes.get("/assets/{record_id}", needs=Right.VIEW, answers={200: told("The asset.", ASSET)})
def show_asset(book: OpenBook, record_id: RecordId) -> dict[str, Any]:
    """One asset: what it is, where it lies, how ready it is and what was found out."""
    return asset_document(book.asset(record_id))


@routes.post(
    "/assets/approve",
    needs=Right.REVIEW,
    answers={200: told("The run that says so.", RUN, RUN_EXAMPLE)},
    refuses=(409, 415),
)
def approve_assets(book: OpenBook, body: Approved) -> dict[str, Any]:
    """Approve assets for broadcast, all of those named or none; or take that back (MED-D8)."""
    return run_document(book.approve_assets(body.ids, withdraw=body.withdraw, reason=body.reason).run)
