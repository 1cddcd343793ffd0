"""The whole way of an import by plain HTTP, on both stores, with real files (interfaces.md, PLN, UPL, INT-1 to INT-4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from stocktake.catalog.packs import pack_samples
from tests.interfaces.http.conftest import OWN, Served, Traveller

SAMPLES = pack_samples("it_assets")


@pytest.fixture
def first() -> bytes:
    return SAMPLES["ninjaone-1.csv"].read_bytes()


@pytest.fixture
def second() -> bytes:
    return SAMPLES["ninjaone-2.csv"].read_bytes()


@pytest.fixture
def real(shared: Path) -> Callable[[str], bytes]:
    return lambda name: (shared / "data" / name).read_bytes()


def test_a_file_is_uploaded_mapped_previewed_confirmed_and_undone(
    served: Served, journey: Traveller, first: bytes
):
    """PLN-5, PLN-7, PLN-9, UPL-2, ROL-2: each step tells where the import stands, and only the last but one writes."""
    operator, admin = journey("operator"), served.as_("admin")
    client = operator.client

    arrived = operator.upload(first, "../../etc/devices.csv")
    assert arrived["import"]["status"] == "uploaded"
    assert arrived["import"]["file"]["name"] == "devices.csv"
    assert arrived["inspection"]["suggested"]["record_type"] == "device"
    place = f"{OWN}/imports/{arrived['import']['import_id']}"

    chosen = client.put(f"{place}/mapping", json={"record_type": "device", "source": "NINJAONE"}).json()
    assert chosen["choices"] == {"record_type": "device", "source": "NINJAONE"}

    preview = client.post(f"{place}/preview?wait=60", json={"is_full_snapshot": True})
    assert preview.status_code == 200, preview.text
    plan = preview.json()
    assert (plan["status"], plan["strategy"], plan["counts"]["create"]) == ("planned", "snapshot", 24)
    assert preview.headers["etag"] == f'"{plan["plan_id"]}"'
    assert client.get(f"{OWN}/records/device").json()["total"] == 0

    rows = client.get(f"{place}/rows", params={"decision": "create", "page_size": 10}).json()
    assert (rows["total"], len(rows["items"])) == (24, 10)

    done = client.post(f"{place}/confirm?wait=60", json={}, headers={"If-Match": preview.headers["etag"]})
    assert done.status_code == 200, done.text
    assert done.json()["status"] == "applied"
    run_id = done.json()["run_id"]
    assert client.get(f"{OWN}/records/device").json()["total"] == 24
    told = client.get(place).json()
    assert (told["status"], told["run_id"], told["file"]["deleted_because"]) == (
        "applied",
        run_id,
        "imported",
    )

    seen = admin.get(f"{OWN}/runs/{run_id}/rollback").json()
    assert (seen["status"], seen["counts"]["deleted"]) == ("planned", 24)
    undone = admin.post(f"{OWN}/runs/{run_id}/rollback?wait=60", json={"reason": "the wrong month"})
    assert (undone.status_code, undone.json()["status"]) == (200, "rolled_back")
    assert client.get(f"{OWN}/records/device").json()["total"] == 0
    assert client.get(f"{OWN}/runs/{run_id}").json()["status"] == "rolled_back"
    assert served.installation.book("default", served.installation.owner).wiring_health().is_healthy


def test_what_a_later_snapshot_lacks_is_missing_and_acknowledged(
    served: Served, journey: Traveller, first: bytes, second: bytes
):
    """PRE-22, INT-4: the link that lists name is the one that is acknowledged."""
    operator = journey("operator")
    operator.imported(first)
    done = operator.imported(second)
    assert done["counts"]["retire"] > 0
    missing = operator.client.get(f"{OWN}/missing", params={"source": "NINJAONE"}).json()
    assert missing["total"] == done["counts"]["retire"] + done["counts"]["missing"]
    link = missing["items"][0]["link"]
    told = operator.client.post(f"{OWN}/missing/{link}/acknowledge", json={"reason": "in repair"})
    assert (told.status_code, told.json()["kind"]) == (200, "acknowledge")
    again = operator.client.get(f"{OWN}/missing", params={"source": "NINJAONE"}).json()
    assert link not in {each["link"] for each in again["items"]}
    gone = operator.client.get(f"{OWN}/runs/{done['run_id']}/rows", params={"decision": "retire"}).json()
    assert gone["total"] == done["counts"]["retire"]


def test_overrides_keep_a_record_and_outdate_the_plan_that_was_shown(
    served: Served, journey: Traveller, first: bytes, second: bytes
):
    """INT-3, PLN-8, PLN-9: what is decided about single records holds for the next plan, and only that is applied."""
    operator = journey("operator")
    operator.imported(first)
    place, preview = operator.preview(second)
    client, doomed = operator.client, preview.json()["records"]["retire"][0]["record_id"]

    decided = client.put(f"{place}/overrides", json={"retire_skip_ids": [doomed]})
    assert (decided.status_code, decided.json()["plan_id"]) == (200, None)
    stale = client.post(f"{place}/confirm", json={}, headers={"If-Match": preview.headers["etag"]})
    assert (stale.status_code, stale.json()["code"]) == (412, "plan-outdated")

    anew = client.post(f"{place}/preview?wait=60", json={}).json()
    assert doomed not in {each["record_id"] for each in anew["records"]["retire"]}
    assert doomed in {each["record_id"] for each in anew["records"]["suppressed"]}
    done = client.post(f"{place}/confirm?wait=60", json={"plan_id": anew["plan_id"]})
    assert done.status_code == 200, done.text
    assert client.get(f"{OWN}/records/device/{doomed}").json()["retired_at"] is None


def test_a_dry_run_validates_and_writes_nothing(served: Served, journey: Traveller, first: bytes):
    """INT-3: the counts and errors of the plan, and no record; it can be confirmed afterwards."""
    operator = journey("operator")
    place, preview = operator.preview(first)
    told = operator.client.post(
        f"{place}/confirm?wait=60", json={"dry_run": True, "plan_id": preview.json()["plan_id"]}
    ).json()
    assert (told["dry_run"], told["run_id"], told["counts"]) == (True, None, preview.json()["counts"])
    assert operator.client.get(f"{OWN}/records/device").json()["total"] == 0
    assert operator.client.get(place).json()["status"] == "planned"


@pytest.mark.parametrize(
    ("terms", "strategy"),
    [({"is_full_snapshot": True}, "snapshot"), ({"is_full_snapshot": False}, "merge"), ({}, "snapshot")],
)
def test_the_toggle_of_a_full_snapshot_says_the_strategy(
    served_sqlite: Served, journey_sqlite: Traveller, first: bytes, terms: dict[str, Any], strategy: str
):
    """INT-3"""
    _, preview = journey_sqlite("operator").preview(first, **terms)
    assert preview.json()["strategy"] == strategy


def test_a_file_that_cannot_be_read_is_refused_by_the_name_that_it_came_with(
    served_sqlite: Served, real: Callable[[str], bytes]
):
    """UPL-1, SEC-7: where it lay is nobody's business, and nothing of it is left there."""
    content, client = real(REAL[0][0]), served_sqlite.as_("operator")
    answer = client.post(f"{OWN}/imports", files={"file": ("assets.csv", content)})
    assert (answer.status_code, answer.json()["code"]) == (422, "encoding-error")
    assert answer.json()["detail"].startswith("assets.csv is not utf-8 text")
    book = served_sqlite.installation.book("default", served_sqlite.installation.owner)
    assert str(book.uploads.directory) not in answer.text
    assert [each for each in book.uploads.directory.iterdir() if not each.name.startswith(".")] == []


def test_a_cancelled_import_leaves_nothing(served: Served, journey: Traveller, first: bytes):
    """UPL-2"""
    operator = journey("operator")
    place, preview = operator.preview(first)
    assert operator.client.post(f"{place}/cancel").json()["status"] == "cancelled"
    late = operator.client.post(f"{place}/confirm", json={"plan_id": preview.json()["plan_id"]})
    assert (late.status_code, late.json()["code"]) == (409, "run-cancelled")
    assert operator.client.get(f"{OWN}/records/device").json()["total"] == 0


def test_a_request_with_a_key_is_answered_once(served: Served, journey: Traveller, first: bytes):
    """REL-4: an upload and a confirmation that are sent again are answered as before, and not done again."""
    operator = journey("operator")
    one = operator.upload(first, key="upload-1")
    assert operator.upload(first, key="upload-1") == one
    assert operator.client.get(f"{OWN}/runs").json()["total"] == 1

    place, preview = operator.preview(first)
    headers = {"Idempotency-Key": "confirm-1"}

    def confirmed(plan_id: str) -> httpx2.Response:
        return operator.client.post(f"{place}/confirm?wait=60", json={"plan_id": plan_id}, headers=headers)

    done, again = (confirmed(preview.json()["plan_id"]) for _ in range(2))
    assert (done.status_code, again.status_code) == (200, 200)
    assert (again.json(), again.headers["idempotency-replayed"]) == (done.json(), "true")
    other = confirmed("0" * 32)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


def test_the_work_can_be_followed_as_it_goes(served: Served, journey: Traveller, first: bytes):
    """The events end with how it ended, for a preview that is not waited for."""
    operator = journey("operator")
    number = operator.upload(first)["import"]["import_id"]
    place = f"{OWN}/imports/{number}"
    operator.client.put(f"{place}/mapping", json={"record_type": "device", "source": "NINJAONE"})
    asked = operator.client.post(f"{place}/preview?wait=0", json={})
    assert asked.status_code in (200, 202)
    with operator.client.stream("GET", f"{place}/progress") as events:
        assert events.headers["content-type"].startswith("text/event-stream")
        text = events.read().decode()
    name, last = text.strip().split("\n\n")[-1].split("\n")
    assert name == "event: ended"
    assert json.loads(last.removeprefix("data: "))["error"] is None
    assert operator.client.get(place).json()["status"] == "planned"


def test_a_guard_that_refuses_is_told_with_the_plan_and_again_when_it_is_confirmed(
    served: Served, journey: Traveller, first: bytes
):
    """PRE-11, PRE-12, SEC-3: an admin may let it pass, an operator may not."""
    operator = journey("operator")
    operator.imported(first)
    head = b"\n".join(first.splitlines()[:3]) + b"\n"
    place, preview = operator.preview(head)
    told = preview.json()
    assert (preview.status_code, told["status"]) == (200, "blocked")
    refused = operator.client.post(f"{place}/confirm?wait=60", json={"plan_id": told["plan_id"]})
    assert (refused.status_code, refused.json()["code"]) == (409, told["error"]["code"])
    assert refused.json()["hint"]
    over = operator.client.post(f"{place}/preview?wait=60", json={"allow_retire": 1_000})
    assert (over.status_code, over.json()["code"]) == (403, "not-allowed")
    allowed = journey("admin").imported(head, allow_retire=1_000)
    assert allowed["counts"]["retire"] == told["counts"]["retire"]


def test_held_retirements_are_decided_one_by_one(served: Served, journey: Traveller, first: bytes):
    """PRE-16, INT-4: kept by an operator, retired by an admin."""
    operator = journey("operator")
    operator.imported(first)
    head = b"\n".join(first.splitlines()[:3]) + b"\n"
    assert operator.imported(head, on_guard="hold")["counts"]["held"] > 1
    held = operator.client.get(f"{OWN}/held").json()
    one, two = (each["link"] for each in held["items"][:2])
    refused = operator.client.post(f"{OWN}/held/{one}/retire", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
    kept = operator.client.post(f"{OWN}/held/{one}/keep", json={"reason": "lent"})
    retired = served.as_("admin").post(f"{OWN}/held/{two}/retire", json={})
    assert (kept.status_code, retired.status_code) == (200, 200)
    left = {each["link"] for each in operator.client.get(f"{OWN}/held").json()["items"]}
    assert left == {each["link"] for each in held["items"]} - {one, two}


def test_a_file_is_imported_in_the_place_of_a_run_that_was_undone(
    served: Served, journey: Traveller, first: bytes
):
    """ROL-7: only the run is named; type, source and strategy are those of the run, and the new one refers to it."""
    operator, admin = journey("operator"), served.as_("admin")
    wrong = operator.imported(first, strategy="merge")["run_id"]
    number = operator.upload(first)["import"]["import_id"]
    place = f"{OWN}/imports/{number}"
    early = operator.client.put(f"{place}/mapping", json={"replaces_run": wrong})
    assert (early.status_code, early.json()["code"]) == (422, "not-rolled-back")
    assert f"`POST …/runs/{wrong}/rollback`" in early.json()["hint"]
    assert admin.post(f"{OWN}/runs/{wrong}/rollback?wait=60", json={}).status_code == 200

    chosen = operator.client.put(f"{place}/mapping", json={"replaces_run": wrong})
    assert chosen.status_code == 200, chosen.text
    assert (chosen.json()["choices"]["record_type"], chosen.json()["choices"]["source"]) == (
        "device",
        "NINJAONE",
    )
    preview = operator.client.post(f"{place}/preview?wait=60", json={})
    assert (preview.status_code, preview.json()["strategy"]) == (200, "merge"), preview.text
    done = operator.client.post(f"{place}/confirm?wait=60", json={"plan_id": preview.json()["plan_id"]})
    assert done.status_code == 200, done.text
    assert operator.client.get(f"{OWN}/runs/{done.json()['run_id']}").json()["replaces_run"] == wrong
    assert operator.client.get(f"{OWN}/runs/{wrong}").json()["replaced_by"] == [done.json()["run_id"]]


REAL: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    (
        "1_it_devices/snipeit_sample_csvs/assets-sample-BLANKS.csv",
        {"name": "asset", "encoding": "mac_roman", "columns": {"item Name": "name", "Serial": "serial"}},
        {"external_id": ["serial"]},
    ),
    (
        "2_crm/maven_crm/sales_pipeline.csv",
        {"name": "opportunity", "columns": {"opportunity_id": "number", "deal_stage": "stage"}},
        {"external_id": ["number"]},
    ),
)


@pytest.mark.parametrize(("name", "kind", "source"), REAL, ids=[each[1]["name"] for each in REAL])
def test_a_real_file_goes_the_whole_way(
    served: Served,
    journey: Traveller,
    real: Callable[[str], bytes],
    name: str,
    kind: dict[str, Any],
    source: dict[str, Any],
):
    """A type and a source are declared, a real file of somebody else's is imported, and imported again without a change."""
    declare(served.as_("platform"), kind, source)
    operator, told = journey("operator"), {"record_type": kind["name"], "source": "REAL"}
    content = real(name)
    number = operator.upload(content, name.rpartition("/")[2], encoding=kind.get("encoding"))["import"][
        "import_id"
    ]
    place = f"{OWN}/imports/{number}"
    if "encoding" in kind:
        told["encoding"] = kind["encoding"]
    chosen = operator.client.put(f"{place}/mapping", json={**told, "columns": kind["columns"]})
    assert chosen.status_code == 200, chosen.text
    terms = {"strategy": "merge", "on_error": "reject-rows", "reject_limit": "100%", "duplicates": "last"}
    preview = operator.client.post(f"{place}/preview?wait=60", json=terms)
    assert preview.status_code == 200, preview.text
    counts = preview.json()["counts"]
    assert counts["create"] > 100
    assert counts["rows"] == counts["create"] + counts["reject"] + counts["duplicate"]
    done = operator.client.post(f"{place}/confirm?wait=60", json={"plan_id": preview.json()["plan_id"]})
    assert (done.status_code, done.json()["counts"]) == (200, counts)
    listed = operator.client.get(f"{OWN}/records/{kind['name']}", params={"page_size": 500}).json()
    assert (listed["total"], listed["page_size"]) == (counts["create"], 200)
    assert len(listed["items"]) == min(200, counts["create"])
    errors = operator.client.get(f"{OWN}/runs/{done.json()['run_id']}/errors").json()
    assert errors["total"] == counts["reject"]


def declare(client: httpx2.Client, kind: dict[str, Any], source: dict[str, Any]) -> None:
    """A type of text fields, and the source that delivers it."""
    fields = [{"name": name} for name in kind["columns"].values()]
    declared = client.post(f"{OWN}/types", json={"declaration": {"name": kind["name"], "field": fields}})
    assert declared.status_code == 200, declared.text
    told = {"record_types": [kind["name"]], **source}
    made = client.put(f"{OWN}/sources/REAL", json={"declaration": told})
    assert made.status_code == 200, made.text


def test_a_source_that_delivers_nothing_is_refused(served_sqlite: Served):
    """PRE-2: as at the command line, and the refusal says what is needed."""
    told: tuple[dict[str, Any], ...] = ({}, {"record_types": []}, {"tracks_presence": True})
    for declaration in told:
        answer = served_sqlite.as_("admin").put(f"{OWN}/sources/X", json={"declaration": declaration})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad-arguments")
        assert "record types" in answer.json()["detail"]
    assert served_sqlite.as_("admin").get(f"{OWN}/sources/X").status_code == 404


def test_a_larger_page_than_200_is_answered_with_200_and_the_reply_says_so(
    served_sqlite: Served, journey_sqlite: Traveller
):
    """INT-1"""
    rows = b"".join(b"SN-%d,T%d\n" % (number, number) for number in range(250))
    operator = journey_sqlite("operator")
    operator.imported(b"Serial Number,Asset Tag\n" + rows)
    told = operator.client.get(f"{OWN}/records/device", params={"page_size": 1_000, "page": 2}).json()
    assert (told["total"], told["page"], told["page_size"], len(told["items"])) == (250, 2, 200, 50)
