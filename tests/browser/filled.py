"""An installation in which everything has happened that a page can show: runs, drafts, records and settings of each kind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from stocktake.catalog.packs import pack_samples
from stocktake.model.media import MediaKind, MediaSource
from tests.browser.conftest import Site
from tests.browser.inventory import id_of
from tests.browser.past import FLEET, book_of, imported, rows
from tests.browser.previewed import chosen, devices
from tests.interfaces.http.conftest import OWN, Journey

#: Who is in the workspace ``other`` alone.
OUTSIDER = "outsider"


def fill(site: Site, folder: Path) -> dict[str, int]:
    """Weeks of work of several people, up to two pieces of it that wait for a worker.

    What stands where: the numbers of runs, drafts, records and an asset, by what they show, as addresses have them.
    """
    runs = _weeks(site, folder)
    asset = _media(site, folder)
    _people(site)
    drafts = _drafts(site)
    book = book_of(site)
    book.ask_for_preview(drafts["draft_waiting"])
    book.ask_for_rollback(runs["waiting"])
    return {
        **runs,
        **drafts,
        "asset": asset,
        "record": id_of(site, "LT-0101"),
        "retired": id_of(site, "DT-0207"),
    }


def _weeks(site: Site, folder: Path) -> dict[str, int]:
    """Devices and deals that come and go; held retirements, rejected rows, rows in conflict, a run that was undone."""

    def sample(name: str, pack: str = "it_assets") -> str:
        return pack_samples(pack)[name].read_text(encoding="utf-8")

    def run(content: str, days: float, name: str, source: str = "EXCEL", **told: Any) -> int:
        options = {"strategy": "merge"} if source == "EXCEL" else {}
        return imported(site, content, folder, days=days, name=name, source=source, **options, **told).run_id

    deals = sample("hubspot-deals.csv", "crm")
    moved = deals.replace("Contract Sent", "Closed Won").replace("Presentation Scheduled", "Contract Sent")
    stock = "Serial Number,Asset Tag,Status,Warranty End Date"
    bad = rows("E1,A1,in use,", "E2,A2,in the cupboard,", "E3,A3,in stock,31/02/2027", head=stock)
    runs = {
        "first": run(sample("ninjaone-1.csv"), 20, "ninjaone-1.csv", "NINJAONE"),
        "telus": run(sample("telus.csv"), 14, "telus.csv", "TELUS"),
        "deals": run(deals, 12, "deals-1.csv", "HUBSPOT", record_type="deal"),
        "second": run(sample("ninjaone-2.csv"), 9, "ninjaone-2.csv", "NINJAONE"),
        "fleet": run(rows(*FLEET), 8, "rogers.csv", "ROGERS"),
        "moved": run(moved, 3, "deals-2.csv", "HUBSPOT", record_type="deal"),
        "held": run(rows(*FLEET[4:]), 2, "friday.csv", "ROGERS", on_guard="hold"),
        "rejected": run(bad, 1.5, "stock.csv"),
        "crossed": run(rows("E1,T005"), 1, "crossed.csv"),
        "undone": run(rows("X1,B1", "X2,B2"), 0.9, "wrong.csv"),
    }
    book = book_of(site, days=0.8)
    undone = book.run(runs["undone"]).rollback(by="admin@example.com", reason="the wrong file")
    runs["waiting"] = run(rows("Y1,C1", "Y2,C2"), 0.5, "too-early.csv")
    missed = book.missing(source="NINJAONE")[0][0]
    book.acknowledge(missed.record_type, missed.record_id, source="NINJAONE", reason="in repair", by="ana")
    there = {"location": "Vancouver"}
    edited = book.edit_record("device", id_of(site, "LT-0103"), there, by="ana", reason="moved")
    return {**runs, "rollback": undone.run_id, "edited": edited.run_id}


def _media(site: Site, folder: Path) -> int:
    films = folder / "media" / "Films"
    films.mkdir(parents=True)
    film = films / "The Long Second (2019).mp4"
    film.write_bytes(b"no film at all")
    os.utime(film, (1_700_000_000, 1_700_000_000))
    book = book_of(site)
    book.add_media_source(MediaSource(name="nas", kind=MediaKind.FILESYSTEM, path=str(films.parent)))
    book.discover_collections("nas")
    book.update_collection("Films", is_sync_enabled=True)
    book.ingest_collection("Films")
    return int(book.assets()[0][0]["id"])


def _people(site: Site) -> None:
    people = site.served.installation.people(site.served.installation.owner)
    email = f"{OUTSIDER}@example.com"
    people.add_user(email, role="admin", workspace="other")
    _, site.served.tokens[OUTSIDER] = people.create_token("test", email=email)
    client = site.journey("admin").client
    client.post(f"{OWN}/webhooks", json={"url": "https://hooks.example.com/stocktake"}).raise_for_status()
    mapping = {"columns": {"Serial": "serial_number", "Who": "name"}}
    told = {"record_type": "device", "source": "NINJAONE", "mapping": mapping}
    client.put(f"{OWN}/mappings/fleet", json=told).raise_for_status()


def _drafts(site: Site) -> dict[str, int]:
    """Imports that are on their way: as far as each step."""
    journey = site.journey()
    fleet = [*devices(12), {"Asset tag": "LT-0700"}]
    for each, date in zip(fleet[:2], ("soon", "later"), strict=True):
        each["Warranty End Date"] = date
    book = book_of(site)
    unknown = journey.upload(b"Inventory;;\n\nSerial Number;Shelf\nPF-01;3\nPF-02;4\n")
    dry = book.receive([b"Serial Number,Asset tag\nD1,D1\nD2,D2\n"], "dry.csv", dry_run=True)
    drafts = {
        "draft_uploaded": int(unknown["import"]["import_id"]),
        "draft_mapped": chosen(journey, devices(3)),
        "draft_faulty": chosen(journey, fleet),
        "draft_guarded": chosen(journey, devices(2), "ROGERS"),
        "draft_dry": dry.draft.draft_id,
        "draft_applied": chosen(journey, devices(3), "TELUS"),
        "draft_waiting": chosen(journey, devices(4)),
    }
    book.choose(drafts["draft_dry"], record_type="device", source="INVOICE")
    book.preview_draft(drafts["draft_dry"])
    _previewed(journey, drafts["draft_faulty"], is_full_snapshot=True)
    _previewed(journey, drafts["draft_guarded"], is_full_snapshot=True)
    plan = _previewed(journey, drafts["draft_applied"], is_full_snapshot=False)
    confirm = f"{OWN}/imports/{drafts['draft_applied']}/confirm?wait=60"
    journey.client.post(confirm, json={}, headers={"If-Match": plan}).raise_for_status()
    return drafts


def _previewed(journey: Journey, draft: int, *, is_full_snapshot: bool) -> str:
    """Previewed, with few rejected rows; which plan it is."""
    terms = {"on_error": "reject-rows", "reject_limit": "50%", "is_full_snapshot": is_full_snapshot}
    told = journey.client.post(f"{OWN}/imports/{draft}/preview?wait=60", json=terms)
    return told.headers.get("etag", "")
