"""Work that is about no run, over HTTP: asked for, waited for or watched, stopped (APP-4)."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from stocktake.model.media import MediaKind, MediaSource
from tests.interfaces.http.conftest import OWN, Served, Traveller
from tests.receiver import KEY, receiver


@pytest.fixture
def films(served: Served, tmp_path: Path) -> Path:
    """A folder of two films, whose collection is known and synced."""
    folder = tmp_path / "media" / "Films"
    folder.mkdir(parents=True)
    for name in ("Heat (1995).mkv", "Ran (1985).mkv"):
        (folder / name).write_text(name)
        os.utime(folder / name, (1_700_000_000, 1_700_000_000))
    book = served.installation.book("default", served.installation.owner)
    book.add_media_source(MediaSource(name="NAS", kind=MediaKind.FILESYSTEM, path=str(folder.parent)))
    book.discover_collections("NAS")
    book.update_collection("Films", is_sync_enabled=True)
    return folder


def ended(client: httpx2.Client, place: str) -> dict[str, Any]:
    """The work, once it has ended."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        told: dict[str, Any] = client.get(place).json()
        if told["job"]["state"] == "ended":
            return told
        time.sleep(0.05)
    raise AssertionError(f"{place} did not end")


def test_an_ingest_is_waited_for_or_watched(served: Served, films: Path, slow_disk: threading.Event):
    """APP-4, MED-B7, REL-4: 202 says where it is told of, its events go to the end; in time it is 200."""
    operator, viewer = served.as_("operator"), served.as_("viewer")
    place = f"{OWN}/collections/Films"
    asked = operator.post(f"{place}/ingest?wait=0", json={}, headers={"Idempotency-Key": "i-1"})
    assert asked.status_code == 202, asked.text
    assert (asked.json()["job"]["wanted"], asked.json()["result"]) == ("ingest", None)
    again = operator.post(f"{place}/ingest?wait=0", json={}, headers={"Idempotency-Key": "i-1"})
    assert (again.status_code, again.json()) == (202, asked.json())
    refused = operator.post(f"{place}/enrich", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "job-waiting")
    slow_disk.set()
    told = ended(viewer, asked.headers["location"])
    assert told["result"]["stats"]["assets_ingested"] == 2
    assert told["job"]["run_id"] == told["result"]["run_id"]
    events = viewer.get(f"{place}/progress").text
    assert events.startswith("event: ended")
    assert json.loads(events.split("data: ")[1].splitlines()[0])["run_id"] == told["job"]["run_id"]

    looked = operator.post(f"{place}/ingest?wait=60", json={"title": "Heat", "dry_run": True})
    assert (looked.status_code, looked.json()["run_id"], looked.json()["scope"]) == (200, None, "title")
    assert looked.json()["stats"]["assets_skipped"] == 1
    enriched = operator.post(f"{place}/enrich?wait=60", json={})
    assert enriched.json()["stats"]["assets_enriched"] == 2
    missing = operator.post(f"{place}/ingest?wait=60", json={"title": "Dune"})
    assert (missing.status_code, missing.json()["code"]) == (404, "scope-not-found")
    nobody = operator.post(f"{OWN}/collections/Series/ingest", json={})
    assert (nobody.status_code, nobody.json()["code"]) == (422, "unknown-collection")
    seasonless = operator.post(f"{place}/ingest", json={"season": 1})
    assert (seasonless.status_code, seasonless.json()["code"]) == (422, "season-without-title")
    denied = operator.post(f"{place}/ingest", json={"accept_root": True})
    assert (denied.status_code, denied.json()["code"]) == (403, "not-allowed")


def test_an_ingest_is_stopped_by_who_may_have_it_done(
    served: Served, films: Path, slow_disk: threading.Event
):
    """APP-4: nothing was written; what has ended, and what there never was, is left as it is."""
    operator, place = served.as_("operator"), f"{OWN}/collections/Films"
    assert operator.post(f"{place}/stop").json() == {"job": None, "result": None}
    operator.post(f"{place}/ingest?wait=0", json={})
    until = time.monotonic() + 30
    while operator.get(f"{place}/work").json()["job"]["phase"] != "discovering" and time.monotonic() < until:
        time.sleep(0.02)
    assert served.as_("viewer").post(f"{place}/stop").status_code == 403
    stopping = operator.post(f"{place}/stop")
    assert (stopping.status_code, stopping.json()["job"]["stopping"]) == (200, True)
    slow_disk.set()
    error = ended(operator, f"{place}/work")["job"]["error"]
    assert error["code"] == "work-stopped"
    assert operator.get(f"{OWN}/assets").json()["total"] == 0
    assert operator.post(f"{place}/stop").json()["job"]["state"] == "ended"


def test_who_may_not_change_collections_is_told_no_paths_of_the_server(served_sqlite: Served, tmp_path: Path):
    """SEC-3: null for all others, in lists as well."""
    (tmp_path / "media" / "Films").mkdir(parents=True)
    book = served_sqlite.installation.book("default", served_sqlite.installation.owner)
    book.add_media_source(MediaSource(name="NAS", kind=MediaKind.FILESYSTEM, path=str(tmp_path / "media")))
    book.discover_collections("NAS")
    for who in ("viewer", "operator", "admin"):
        client = served_sqlite.as_(who)
        told = [
            client.get(f"{OWN}/collections/Films"),
            client.get(f"{OWN}/collections"),
            client.get(f"{OWN}/media-sources"),
        ]
        assert {str(tmp_path) in each.text for each in told} == {who == "admin"}
        assert (told[0].json()["paths"] is None) is (who != "admin")


def test_a_backfill_and_a_pruning_are_done_by_the_worker(served: Served, journey: Traveller):
    """APP-4, BAC-1, LIN-5: asked for, and told of where that was said."""
    journey("operator").imported(b"Serial Number,Asset Tag,System Name\nSN-1,T1,host-1\n")
    admin, viewer = served.as_("admin"), served.as_("viewer")
    for place, told in (("backfills/presence-links", {}), ("raw-rows/pruning", {"older_than": "1d"})):
        assert viewer.get(f"{OWN}/{place}/work").json() == {"job": None, "result": None}
        done = admin.post(f"{OWN}/{place}?wait=60", json=told)
        assert (done.status_code, done.json()["runs"]) == (200, []), done.text
        seen = viewer.get(f"{OWN}/{place}/work").json()
        assert (seen["job"]["state"], seen["result"]) == ("ended", done.json())
        assert viewer.get(f"{OWN}/{place}/progress").text.startswith("event: ended")
    assert admin.post(f"{OWN}/backfills/nothing-such", json={}).status_code == 404
    assert viewer.get(f"{OWN}/backfills/nothing-such/work").status_code == 404


def test_a_webhook_is_changed_and_told_of_what_waits_by_the_worker(
    served_sqlite: Served, journey_sqlite: Traveller, monkeypatch: pytest.MonkeyPatch
):
    """APP-7, SEC-7: at its new address, signed with its new secret; the one before holds no longer."""
    monkeypatch.setenv("STOCKTAKE_SECRET_KEY", KEY)
    monkeypatch.setenv("STOCKTAKE_WEBHOOK_HOSTS", "127.0.0.1")
    admin = served_sqlite.as_("admin")
    with receiver() as old, receiver() as new:
        old.answers = [500] * 10
        secret = admin.post(f"{OWN}/webhooks", json={"url": old.url}).json()["secret"]
        journey_sqlite("operator").imported(b"Serial Number,Asset Tag,System Name\nSN-1,T1,host-1\n")
        until = time.monotonic() + 30
        while not old.got and time.monotonic() < until:
            time.sleep(0.05)
        moved = admin.patch(f"{OWN}/webhooks/1", json={"url": new.url, "new_secret": True})
        assert (moved.status_code, moved.json()["url"]) == (200, new.url), moved.text
        assert moved.json()["secret"] != secret
        delivered = admin.post(f"{OWN}/webhooks/deliver?wait=60", json={})
        assert delivered.status_code == 200, delivered.text
        assert admin.get(f"{OWN}/webhooks/deliver/work").json()["result"] == delivered.json()
        (got,) = new.got
        assert got.is_signed_with(moved.json()["secret"])
        assert not got.is_signed_with(secret)
        nothing = admin.patch(f"{OWN}/webhooks/1", json={"url": new.url})
        assert (nothing.status_code, nothing.json()["code"]) == (422, "nothing-to-change")
