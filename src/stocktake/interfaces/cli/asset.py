"""``asset list|show|enrich|approve|attention``: media assets on their way (MED-D8, MED-D9)."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from stocktake.interfaces.cli.bar import progress_of
from stocktake.interfaces.cli.failure import DONE
from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.screen import Column, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.media_document import asset_document, enrich_document
from stocktake.interfaces.run_document import run_document
from stocktake.interfaces.wording import moment_text, size_text
from stocktake.reporting.sentence import plural

app = App(name="asset", help="Media assets: list, show, enrich, approve, attention.", help_format="plaintext")

Collection = Annotated[str | None, Parameter(metavar="COLLECTION", help="Only those of this collection.")]

#: So many errors are shown.
SHOWN = 20


@app.command(name="list")
def listed(
    *,
    collection: Collection = None,
    state: Annotated[
        Literal["new", "enriching", "ready", "retired"] | None, Parameter(help="Only those in this state.")
    ] = None,
    page: Page | None = None,
    options: GlobalOptions | None = None,
) -> None:
    """The assets, and how ready they are.

    Example: stocktake asset list --collection "TV Shows" --state ready
    """
    wanted = chosen(page)
    with session(options) as opened:
        found, total = opened.book.assets(
            collection=collection, state=state, page=wanted.page, page_size=wanted.limit
        )
        if opened.options.json:
            opened.screen.document(wanted.document([asset_document(each) for each in found], total))
        elif not total:
            _none(opened, narrowed=bool(collection or state))
        else:
            opened.screen.table(
                [
                    number("asset"),
                    Column("title"),
                    mark("state"),
                    mark("approved"),
                    mark("size"),
                    Column("path"),
                ],
                [
                    (
                        as_id(each["id"]),
                        each["name"],
                        each["state"],
                        "yes" if each["approved_for_broadcast"] else "",
                        size_text(int(each["size"])) if each["size"] else None,
                        each["canonical_uri"] or each["source_uri"],
                    )
                    for each in found
                ],
            )
            wanted.footer(opened.screen, len(found), total)


def _none(opened: Session, *, narrowed: bool) -> None:
    if narrowed:
        opened.screen.line("No asset is like that.")
    else:
        opened.screen.line(f"No assets yet. Ingest a collection: {opened.command('collection ingest NAME')}")


@app.command
def show(
    asset: Annotated[int, Parameter(metavar="ID", help="The asset.")],
    /,
    *,
    options: GlobalOptions | None = None,
) -> None:
    """One asset: what it is, where it lies, how ready it is and what was found out.

    Example: stocktake asset show 7
    """
    with session(options) as opened:
        found = opened.book.asset(asset)
        if opened.options.json:
            opened.screen.document(asset_document(found))
            return
        kind = opened.book.declared().record_type("media_asset")
        opened.screen.line(str(found["name"]), style="bold")
        lines = [
            ("state", _state(found)),
            *((("stands in the way", each["sentence"])) for each in json.loads(found["hindrances"] or "[]")),
            *((each.label, found[each.name]) for each in kind.fields if found[each.name] is not None),
        ]
        opened.screen.table([Column(""), Column("")], lines, indent=2)
        opened.screen.line(f"History: {opened.command(f'history media_asset {asset}')}", style="dim")


def _state(asset: dict[str, Any]) -> str:
    if asset["approved_for_broadcast"]:
        return (
            f"ready, approved for broadcast by {asset['approved_by']} on {moment_text(asset['approved_at'])}"
        )
    return f"{asset['state']}, not approved" if asset["state"] == "ready" else str(asset["state"])


@app.command
def enrich(*, collection: Collection = None, options: GlobalOptions | None = None) -> int:
    """Have the attached enrichers look at assets that are new or failed before; those that pass are ready.

    Example: stocktake asset enrich --collection "TV Shows"
    """
    with session(options) as opened:
        with progress_of(opened) as progress:
            stats, run = opened.book.enrich_assets(collection, progress=progress)
        if opened.options.json:
            opened.screen.document(enrich_document(stats, run.run if run else None))
            return DONE
        if run is None:
            opened.screen.line("Nothing to enrich: no asset is new.")
            return DONE
        opened.screen.line(
            f"{plural(stats.assets_enriched, 'asset is', 'assets are')} ready, {stats.assets_failed:,} failed."
        )
        if stats.assets_changed_meanwhile:
            opened.screen.line(f"{stats.assets_changed_meanwhile:,} changed meanwhile and stay new.")
        for each in stats.errors[:SHOWN]:
            opened.screen.line(f"  {each}")
        if len(stats.errors) > SHOWN:
            opened.screen.line(
                f"  … and {len(stats.errors) - SHOWN:,} more: {opened.command('asset attention')}"
            )
        if stats.assets_enriched:
            opened.screen.line(f"Approve them: {opened.command('asset approve ID')}", style="dim")
    return DONE


@app.command
def approve(
    *assets: Annotated[int, Parameter(metavar="ID", show_default=False, help="The assets.")],
    withdraw: Annotated[bool, Parameter(show_default=False, help="Take the approval back.")] = False,
    reason: Annotated[str | None, Parameter(metavar="TEXT", help="Why; it stands in the audit.")] = None,
    by: Annotated[str | None, Parameter(metavar="NAME", help="Who approves; default: you.")] = None,
    options: GlobalOptions | None = None,
) -> None:
    """Approve assets for broadcast: all of those named, or none.

    Example: stocktake asset approve 7 8 9 --reason "seen in full"
    """
    from stocktake.model.errors import InvalidInput

    if not assets:
        raise InvalidInput(
            "bad-arguments",
            "No asset is named.",
            hint="Name one or several by their ids: `stocktake asset approve 7 8`.",
        )
    with session(options, by=by) as opened:
        run = opened.book.approve_assets(assets, withdraw=withdraw, reason=reason)
        if opened.options.json:
            opened.screen.document(run_document(run.run))
            return
        count = run.stats["withdrawn" if withdraw else "approved"]
        did = "no longer approved" if withdraw else "approved for broadcast"
        opened.screen.line(f"{plural(count, 'asset is', 'assets are')} {did}, by {opened.book.by}.")


@app.command
def attention(*, page: Page | None = None, options: GlobalOptions | None = None) -> None:
    """What wants a person: assets by collection and state, and those that could not be enriched.

    Example: stocktake asset attention
    """
    wanted = chosen(page)
    with session(options) as opened:
        found = opened.book.attention(page=wanted.page, page_size=wanted.limit)
        names = {str(each.collection_id): each.name for each in opened.book.collections()}
        if opened.options.json:
            states = [{**each, "collection_name": names.get(each["collection"])} for each in found.states]
            hindered = wanted.document(
                [asset_document(each) for each in found.hindered], found.hindered_total
            )
            opened.screen.document({"states": states, "hindered": hindered})
            return
        if not found.states:
            _none(opened, narrowed=False)
            return
        opened.screen.table(
            [Column("collection"), mark("state"), number("assets"), number("approved"), number("hindered")],
            [
                (
                    names.get(each["collection"], each["collection"]),
                    each["state"],
                    each["assets"],
                    each["approved"] if each["state"] == "ready" else None,
                    each["hindered"] or None,
                )
                for each in found.states
            ],
        )
        for each in found.hindered:
            opened.screen.line()
            opened.screen.line(f"{each['id']}  {each['name']}", style="bold")
            for told in json.loads(each["hindrances"]):
                opened.screen.line(f"  {told['sentence']} [{told['code']}]")
        wanted.footer(opened.screen, len(found.hindered), found.hindered_total)
