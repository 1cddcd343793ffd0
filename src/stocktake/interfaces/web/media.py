"""Media: collections and their ingests, assets and how ready they are (MED-B, MED-D)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.interfaces.http.parameter import LARGEST_ID, Asked, OpenBook, PageAsked, Text
from stocktake.interfaces.http.problem import status_of
from stocktake.interfaces.media_document import asset_document
from stocktake.interfaces.web.attempt import attempted
from stocktake.interfaces.web.form import Form, Sent
from stocktake.interfaces.web.page import page, pager, segment, within
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice
from stocktake.model.draft import JobProgress, about_collection
from stocktake.model.errors import GuardRefused, InvalidInput, Refusal
from stocktake.model.media import MediaScope
from stocktake.model.run import Run
from stocktake.reporting.sentence import plural

routes = Pages()

Named = Annotated[Text, Path()]
AssetId = Annotated[int, Path(ge=1, le=LARGEST_ID)]

#: The states of an asset, in the order in which it passes through them (MED-D8).
STATES = ("new", "enriching", "ready", "retired")
#: So many errors of an ingest that was only looked at are listed.
SHOWN = 10


class CollectionAsked(Asked):
    """What was just done: ``run``, or the newest work where that has ``ended``; and with what it was asked for."""

    run: Annotated[int, Field(ge=0, le=LARGEST_ID)] = 0
    ended: bool = False
    title: Text = ""
    season: Text = ""
    episode: Text = ""
    verify: bool = False

    def told(self) -> dict[str, str]:
        """As the form has it."""
        said = {"title": self.title, "season": self.season, "episode": self.episode}
        return {**said, "verify": "1" if self.verify else ""}


class AssetsAsked(PageAsked):
    """Which assets; nothing chosen in a form is an empty text."""

    collection: Text = ""
    state: Literal["", "new", "enriching", "ready", "retired"] = ""
    approved: Literal["", "yes", "no"] = ""


@routes.get("/media", needs=Right.VIEW)
def show_collections(request: Request, book: OpenBook) -> Response:
    """The collections, whether they may be ingested, and how many assets are in which state (MED-B5)."""
    states: dict[str, dict[str, int]] = defaultdict(dict)
    attention = book.attention(page_size=1)
    for each in attention.states:
        states[str(each["collection"])][each["state"]] = each["assets"]
    return page(
        request,
        "media/collections.html",
        title="Media",
        found=book.collections(),
        media_sources=book.media_sources(),
        states=states,
        hindered=attention.hindered_total,
        order=STATES,
    )


@routes.get("/media/collections/{name}", needs=Right.VIEW)
def show_collection(
    request: Request, book: OpenBook, name: Named, asked: Annotated[CollectionAsked, Query()]
) -> Response:
    """One collection, what can be done with it, and what ``run`` or the work that has ``ended`` has just done."""
    if not asked.ended:
        return _collection(
            request, book, name, sent=asked.told(), run=book.run(asked.run).run if asked.run else None
        )
    job = book.work_on(about_collection(book.collection(name).collection_id))
    error = job.outcome.refusal if job is not None and job.outcome is not None else None
    return _collection(request, book, name, error=error, ended=job, sent=asked.told())


@routes.post("/media/collections/{name}/ingest", needs=Right.IMPORT)
def ingest_collection(request: Request, book: OpenBook, name: Named, form: Sent) -> Response:
    """Have a worker bring the assets in line with the collection, or only say what would be done (MED-B7)."""
    sent = {key: form.get(key, "") for key in ("title", "season", "episode", "verify", "allow_retire")}
    looks = form.text("act") != "ingest"

    def act() -> str:
        book.ask_for_ingest(
            name,
            _scope(form),
            dry_run=looks,
            verify=form.is_set("verify"),
            allow_retire=form.number("allow_retire", "So many may go missing"),
            accept_root=form.is_set("accept_root"),
        )
        request.app.state.worker.wake()
        again = {**sent, "allow_retire": None, "look": "yes" if looks else None}
        return within(request, f"/media/collections/{segment(name)}/work", **again)

    return attempted(request, act, lambda error: _collection(request, book, name, error=error, sent=sent))


@routes.post("/media/collections/{name}/enrich", needs=Right.IMPORT)
def enrich_collection(request: Request, book: OpenBook, name: Named) -> Response:
    """Have the enrichers look at what is new or failed before (MED-D9)."""

    def act() -> str:
        book.ask_for_enrichment(name)
        request.app.state.worker.wake()
        return within(request, f"/media/collections/{segment(name)}/work")

    return attempted(request, act, lambda error: _collection(request, book, name, error=error))


@routes.post("/media/collections/{name}", needs=Right.MANAGE)
def set_collection(request: Request, book: OpenBook, name: Named, form: Sent) -> Response:
    """Say whether a collection is ingested at all (MED-B23)."""

    def act() -> str:
        book.update_collection(name, is_sync_enabled=form.is_set("is_sync_enabled"))
        return within(request, f"/media/collections/{segment(name)}")

    return attempted(request, act, lambda error: _collection(request, book, name, error=error))


@routes.get("/media/assets", needs=Right.VIEW)
def show_assets(request: Request, book: OpenBook, asked: Annotated[AssetsAsked, Query()]) -> Response:
    """The assets, and how ready they are (MED-D8)."""
    return _assets(request, book, asked)


@routes.post("/media/assets", needs=Right.REVIEW)
def approve_assets(
    request: Request, book: OpenBook, form: Sent, asked: Annotated[AssetsAsked, Query()]
) -> Response:
    """Approve assets for broadcast, all of those ticked or none; or take that back (MED-D8)."""

    def act() -> str:
        ids = [int(each) for each in form.all("asset") if each.isascii() and each.isdigit()]
        if not ids:
            raise InvalidInput(
                "nothing-to-change",
                "No asset is ticked. Nothing was written.",
                hint="Tick some, or all of the page.",
            )
        withdraws = form.text("act") == "withdraw"
        book.approve_assets(ids, withdraw=withdraws, reason=form.text("reason"))
        return str(request.url.replace(scheme="", netloc=""))

    return attempted(request, act, lambda error: _assets(request, book, asked, error=error))


@routes.get("/media/attention", needs=Right.VIEW)
def show_attention(request: Request, book: OpenBook, asked: Annotated[PageAsked, Query()]) -> Response:
    """Assets that could not be enriched, and why (MED-D9)."""
    wanted = asked.wanted
    found = book.attention(page=wanted.page, page_size=wanted.limit)
    return page(
        request,
        "media/attention.html",
        title="Assets that want a person",
        found=[asset_document(each) for each in found.hindered],
        names=_names(book),
        pager=pager(request, wanted, found.hindered_total),
    )


@routes.get("/media/assets/{asset_id}", needs=Right.VIEW)
def show_asset(request: Request, book: OpenBook, asset_id: AssetId) -> Response:
    """One asset: what it is, where it lies, how ready it is and what was found out."""
    found = asset_document(book.asset(asset_id))
    return page(
        request,
        "media/asset.html",
        title=found["name"] or f"Asset {asset_id}",
        found=found,
        names=_names(book),
    )


def _collection(
    request: Request,
    book: Book,
    name: str,
    *,
    error: Refusal | None = None,
    ended: JobProgress | None = None,
    run: Run | None = None,
    sent: Mapping[str, str] | None = None,
) -> Response:
    found = book.collection(name)
    job = book.work_on(about_collection(found.collection_id))
    stats = dict((ended.document or {}).get("stats", {})) if ended is not None else {}
    blank = dict.fromkeys(("title", "season", "episode", "verify", "allow_retire"), "")
    return page(
        request,
        "media/collection.html",
        status=status_of(error) if error else 200,
        title=found.name,
        collection=found,
        refusal=notice(error) if error else None,
        is_guard=isinstance(error, GuardRefused),
        told=_told(stats) if stats else "",
        errors=stats.get("errors", [])[:SHOWN],
        working=job if job is not None and job.running else None,
        run=run,
        sent={**blank, **(sent or {})},
    )


def _assets(request: Request, book: Book, asked: AssetsAsked, *, error: Refusal | None = None) -> Response:
    wanted = asked.wanted
    found, total = book.assets(
        collection=asked.collection or None,
        state=asked.state or None,
        approved={"yes": True, "no": False}.get(asked.approved),
        page=wanted.page,
        page_size=wanted.limit,
    )
    return page(
        request,
        "media/assets.html",
        status=status_of(error) if error else 200,
        title="Assets",
        found=[asset_document(each) for each in found],
        asked=asked,
        names=_names(book),
        states=STATES,
        pager=pager(request, wanted, total),
        refusal=notice(error) if error else None,
    )


def _names(book: Book) -> dict[str, str]:
    return {str(each.collection_id): each.name for each in book.collections()}


def _scope(form: Form) -> MediaScope:
    return MediaScope(
        title=form.text("title"),
        season=form.number("season", "Season"),
        episode=form.number("episode", "Episode"),
    )


def _told(stats: Mapping[str, Any]) -> str:
    """What an ingest would do, in one sentence; or that there was nothing to enrich."""
    if "assets_discovered" not in stats:
        return "Nothing to enrich: no asset is new or failed before."
    missing = f", {stats['assets_missing']:,} missing" if stats["assets_missing"] else ""
    wrong = f", {plural(len(stats['errors']), 'error')}" if stats["errors"] else ""
    return (
        f"{plural(stats['assets_discovered'], 'asset')} found: it would add {stats['assets_ingested']:,} and update "
        f"{stats['assets_updated']:,}; {stats['assets_skipped']:,} unchanged{missing}{wrong}. Nothing was written."
    )
