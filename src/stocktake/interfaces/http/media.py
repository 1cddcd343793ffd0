"""Media: where it lies, its collections, its assets and how ready they are (MED)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query, Request
from pydantic import Field

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.interfaces.http.answer import Document, page_shape, shape, told
from stocktake.interfaces.http.media_schema import (
    ASSET,
    COLLECTION,
    COLLECTION_WORK,
    ENRICHED,
    INGESTED,
    MEDIA_SOURCE,
    STATES,
)
from stocktake.interfaces.http.parameter import (
    LARGEST_ID,
    Id,
    Name,
    NothingMore,
    OpenBook,
    PageAsked,
    PageQuery,
    RecordId,
    Text,
    Told,
)
from stocktake.interfaces.http.route import WORKSPACE, Routes
from stocktake.interfaces.http.runs import RUN_EXAMPLE
from stocktake.interfaces.http.schema import RUN, several
from stocktake.interfaces.http.waiting import Wait, address, awaited_work, waited
from stocktake.interfaces.media_document import asset_document, collection_document, media_source_document
from stocktake.interfaces.run_document import run_document
from stocktake.model.draft import about_collection
from stocktake.model.media import Collection, MediaScope

routes = Routes("media", WORKSPACE)

INGESTED_EXAMPLE = {
    "status": "success",
    "scope": "collection",
    "collection_id": "6f3f2d0c-6c0e-4a55-9d1d-0d7f3f0f6a11",
    "collection_name": "Films",
    "run_id": 7,
    "dry_run": False,
    "stats": {
        "assets_discovered": 2,
        "assets_ingested": 2,
        "assets_skipped": 0,
        "assets_updated": 0,
        "assets_missing": 0,
        "duplicates_prevented": 0,
        "errors": [],
    },
    "asset_ids": {"created": [1, 2], "updated": []},
    "last_ingest_time": "2026-11-02T09:00:00.000000Z",
}


class CollectionsAsked(PageAsked):
    """Which collections."""

    media_source: Text | None = None


class AssetsAsked(PageAsked):
    """Which assets."""

    collection: Text | None = None
    state: Literal["new", "enriching", "ready", "retired"] | None = None


class IngestAsked(Told):
    """Which part of a collection, and how; all of it where no title is named."""

    title: str | None = Field(default=None, max_length=500, examples=["The Big Bang Theory"])
    season: int | None = Field(default=None, ge=0, le=LARGEST_ID)
    episode: int | None = Field(default=None, ge=0, le=LARGEST_ID)
    dry_run: bool = False
    verify: bool = Field(default=False, description="Read every file whole (MED-D5).")
    allow_retire: int | None = Field(
        default=None,
        ge=0,
        le=LARGEST_ID,
        description="So many assets may go missing past the guard (PRE-12).",
    )
    accept_root: bool = Field(
        default=False,
        description="The root is right as it is: empty, or another one than last time (MED-D10).",
    )


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
    found, page, open_ = book.media_sources(), asked.wanted, book.may(Right.MANAGE)
    return page.document(
        [media_source_document(each, tells_paths=open_) for each in page.part(found)], len(found)
    )


@routes.get("/collections", needs=Right.VIEW, answers={200: told("A page of them.", page_shape(COLLECTION))})
def list_collections(book: OpenBook, asked: Annotated[CollectionsAsked, Query()]) -> dict[str, Any]:
    """The collections, and whether they may be ingested (MED-B5)."""
    found, page, open_ = book.collections(asked.media_source), asked.wanted, book.may(Right.MANAGE)
    return page.document(
        [collection_document(each, tells_paths=open_) for each in page.part(found)], len(found)
    )


@routes.get("/collections/{name}", needs=Right.VIEW, answers={200: told("The collection.", COLLECTION)})
def show_collection(book: OpenBook, name: Name) -> dict[str, Any]:
    """One collection, by its id, its name, or how its media source calls it."""
    return collection_document(book.collection(name), tells_paths=book.may(Right.MANAGE))


@routes.post(
    "/collections/{name}/ingest",
    needs=Right.IMPORT,
    answers={
        200: told("What it did; of a dry run, what it would do.", INGESTED, INGESTED_EXAMPLE),
        202: told("It takes longer; Location says where it is told of.", COLLECTION_WORK),
    },
    refuses=(409, 415),
)
async def ingest_collection(
    request: Request, book: OpenBook, name: Name, body: IngestAsked, wait: Wait
) -> Document:
    """Bring the assets in line with a collection, or a part of it; with `dry_run` only say what would be done (MED-B7)."""

    def asked() -> Document:
        collection = book.collection(name)
        scope = MediaScope(title=body.title, season=body.season, episode=body.episode)
        book.ask_for_ingest(
            str(collection.collection_id),
            scope,
            dry_run=body.dry_run,
            verify=body.verify,
            allow_retire=body.allow_retire,
            accept_root=body.accept_root,
        )
        return _begun(request, book, collection, wait)

    return await waited(request, asked)


@routes.post(
    "/collections/{name}/enrich",
    needs=Right.IMPORT,
    answers={
        200: told("What came of it.", ENRICHED),
        202: told("It takes longer; Location says where it is told of.", COLLECTION_WORK),
    },
    refuses=(409, 415),
)
async def enrich_collection(
    request: Request, book: OpenBook, name: Name, body: NothingMore, wait: Wait
) -> Document:
    """Have the enrichers of a collection look at assets that are new or failed before (MED-D9)."""

    def asked() -> Document:
        collection = book.collection(name)
        book.ask_for_enrichment(str(collection.collection_id))
        return _begun(request, book, collection, wait)

    return await waited(request, asked)


def _begun(request: Request, book: Book, collection: Collection, wait: Wait) -> Document:
    request.app.state.worker.wake()
    number = str(collection.collection_id)
    place = f"{address(request)}/collections/{number}"
    return awaited_work(book, about_collection(number), wait.wait, place=place)


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
