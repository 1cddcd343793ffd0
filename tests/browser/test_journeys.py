"""What each role does with Stocktake, from signing in to signing out, each as one story with a picture of every station.

A viewer reads, an operator imports, an admin looks after a workspace, whoever runs the installation looks after all (SEC-3).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import FilePayload, Page, expect

from stocktake.access.right import Right
from stocktake.interfaces.web.pages import PAGES
from tests.browser.conftest import Site
from tests.browser.filled import fill
from tests.browser.inventory import sample
from tests.browser.past import FLEET, book_of, imported, rows, with_missing
from tests.interfaces.http.conftest import OWN, PASSWORD
from tests.receiver import KEY, Receiver, receiver

Show = Callable[[Page, str], None]


@pytest.fixture
def show(picture: Callable[[Page, str], None]) -> Show:
    """``show(page, "operator-3-review")``: keeps a picture of a station."""
    return lambda page, station: picture(page, f"journey-{station}")


def sign_in(page: Page, who: str, password: str = PASSWORD) -> None:
    page.goto("/")
    page.get_by_label("Email").fill(f"{who}@example.com")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def area(page: Page, name: str) -> None:
    """Into an area by the menu."""
    page.get_by_role("navigation", name="Areas").get_by_role("link", name=name, exact=True).click()


def chosen(page: Page, content: bytes, name: str) -> None:
    """A file is chosen where one is asked for."""
    field = page.locator("input[type=file]")
    field.set_input_files(FilePayload(name=name, mimeType="text/csv", buffer=content))


def up_to_check(page: Page, content: bytes, name: str) -> None:
    """From the menu over file and mapping to what is wrong with the file."""
    area(page, "Import")
    chosen(page, content, name)
    page.get_by_role("button", name="Upload and look at it").click()
    expect(page).to_have_url(re.compile(r"/imports/\d+/file$"), timeout=30_000)
    page.get_by_role("radio", name=re.compile(r"^device from NINJAONE\b(?!_)")).check()
    on_to_check(page)


def on_to_check(page: Page) -> None:
    """From what the file is to what is wrong with it."""
    page.get_by_role("button", name="Go on to the mapping").click()
    page.get_by_role("button", name="Preview").click()
    expect(page).to_have_url(re.compile(r"/check$"), timeout=30_000)


# ---------------------------------------------------------------- a viewer


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_viewer_finds_out_and_is_offered_nothing_that_changes_anything(
    site: Site, tmp_path: Path, show: Show, scripts: bool, monkeypatch: pytest.MonkeyPatch
):
    """SEC-3, PRE-22, PRE-24, HIS-6, LIN-2: a record, where its values came from, what is missing, what a run did, a file."""
    monkeypatch.setenv("STOCKTAKE_SECRET_KEY", KEY)
    numbers = fill(site, tmp_path)
    page = site.page(None, java_script_enabled=scripts)
    reads = [page]

    def seen(station: str) -> None:
        if scripts:
            show(page, f"viewer-{len(reads)}-{station}")
        reads.append(page)
        assert page.locator("main form[method=post]").count() == 0, page.url
        expect(page.get_by_role("link", name="Import", exact=True)).to_have_count(0)

    sign_in(page, "viewer")
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    seen("dashboard")
    area(page, "Records")
    page.get_by_role("link", name=re.compile("^Devices [0-9]+ records")).click()
    page.get_by_label("Search").fill("lt-0101")
    page.get_by_role("button", name="Filter").click()
    seen("records")
    files = {}
    for kind in ("CSV", "XLSX", "Parquet"):
        with page.expect_download() as download:
            page.get_by_role("link", name=kind).click()
        files[kind] = download.value.path()
    told = csv.DictReader(io.StringIO(files["CSV"].read_text(encoding="utf-8-sig")))
    assert [each["asset_tag"] for each in told] == ["LT-0101"]
    assert pl.read_parquet(files["Parquet"])["asset_tag"].to_list() == ["LT-0101"]
    assert files["XLSX"].read_bytes().startswith(b"PK")
    page.get_by_role("link", name="LT-0101").click()
    values = page.get_by_role("region", name="Values, and where each came from")
    expect(values.get_by_role("row", name="IMEI")).to_contain_text("TELUS")
    expect(page.get_by_role("region", name="Where it came from")).to_contain_text("telus.csv, line 10")
    seen("record")
    area(page, "Missing by source")
    page.get_by_role("link", name=re.compile("^DT-0207")).click()
    expect(page.get_by_role("region", name="History")).to_contain_text("retired DT-0207")
    area(page, "Missing by source")
    seen("missing")
    area(page, "Waterfall")
    page.get_by_label("Record type").select_option("deal")
    page.get_by_role("button", name="Choose").click()
    page.get_by_label("From run").select_option(str(numbers["deals"]))
    page.get_by_label("To run").select_option(str(numbers["moved"]))
    page.get_by_role("button", name="Draw").click()
    expect(page.get_by_role("img", name="Deals by stage")).to_be_visible()
    seen("waterfall")
    area(page, "Import history")
    page.get_by_role("button", name=f"View run {numbers['second']}").click()
    page.get_by_role("link", name="Updated 3").click()
    expect(page.get_by_role("row", name="LT-0112")).to_contain_text("Assigned to (blank) → bosei")
    seen("run")
    for name in ("Review", "Freshness", "Media", "Health", "Activity", "Admin"):
        area(page, name)
        seen(name.lower())
    if scripts:
        refused = {
            route.path: _status(page, route.method, route.path) for route in PAGES if _changes(route.needs)
        }
        assert {path: status for path, status in refused.items() if status != 403} == {}
    page.goto("/account")
    page.locator("summary", has_text="viewer@example.com").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def _changes(needs: object) -> bool:
    return isinstance(needs, Right) and needs is not Right.VIEW


def _status(page: Page, method: str, path: str) -> int:
    """What somebody is answered who writes an address by hand, or sends a form that they were not shown."""
    told = {
        "workspace": "default",
        "record_type": "device",
        "record_id": "1",
        "run_id": "1",
        "import_id": "16",
    }
    address = re.sub(r"\{(\w+)\}", lambda found: told.get(found[1], "1"), path)
    proof = page.locator("input[name=csrf]").first.input_value()
    sent: dict[str, str | float | bool] | None = {"csrf": proof} if method == "POST" else None
    return page.request.fetch(address, method=method, form=sent, max_redirects=0).status


# ---------------------------------------------------------------- an operator

LAST_MONTH = sample("ninjaone-1.csv").replace(b"2027-04-30", b"31/02/2027", 1)
THIS_MONTH = sample("ninjaone-2.csv")
#: As the month should have been: one more device was still there.
AS_IT_WAS = (
    THIS_MONTH + next(each for each in sample("ninjaone-1.csv").splitlines() if b"DT-0207" in each) + b"\n"
)


def test_an_operator_imports_month_after_month_and_has_a_mistake_undone(
    site_on_both: Site, show: Show, tmp_path: Path
):
    """INT-6, PRE-7, PRE-15, PRE-16, PRE-29, ROL-3, ROL-7: two months, a wrong file, one that lacks too much."""
    site = site_on_both
    page = site.page(None)
    sign_in(page, "operator")
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    show(page, "operator-1-first-steps")
    up_to_check(page, LAST_MONTH, "october.csv")
    page.get_by_role("link", name=re.compile("1 × Warranty End Date is not a date")).click()
    show(page, "operator-2-check")
    page.get_by_label("Warranty End Date, line 2").fill("2027-04-30")
    page.get_by_role("button", name="Save and check again").click()
    expect(page.get_by_text("Nothing is wrong with the 24 rows")).to_be_visible()
    page.get_by_role("button", name="Go on to the review").click()
    page.get_by_role("button", name="Apply: 24 new, 0 changed, 0 retired").click()
    expect(page.get_by_text("24 created. 24 rows read.")).to_be_visible(timeout=30_000)
    show(page, "operator-3-result")
    telus = sample("telus.csv")
    site.journey().imported(telus, name="telus.csv", source="TELUS", strategy="snapshot")

    up_to_check(page, THIS_MONTH, "november.csv")
    page.get_by_role("button", name="Go on to the review").click()
    page.get_by_role("link", name=re.compile("3 Updated")).click()
    expect(page.get_by_role("row", name=re.compile("LT-0112"))).to_contain_text("bosei")
    page.get_by_role("link", name=re.compile("1 Will be retired")).click()
    expect(page.get_by_label("Retire DT-0207")).to_be_checked()
    show(page, "operator-4-review")
    page.get_by_role("button", name="Apply: 2 new, 3 changed, 1 retired").click()
    expect(page.get_by_text("2 created, 3 updated, 1 retired, 1 missing, 19 unchanged")).to_be_visible(
        timeout=30_000
    )
    wrong = page.get_by_role("link", name="The run, row by row").get_attribute("href")
    assert wrong is not None
    page.get_by_role("link", name="What NINJAONE is missing").click()
    expect(page.get_by_role("row", name=re.compile("LT-0101"))).to_contain_text("still in TELUS")
    show(page, "operator-5-missing")
    page.get_by_role("checkbox", name="Tick LT-0101").check()
    page.get_by_label("Reason").fill("lent to the branch office")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("status")).to_contain_text("1 acknowledged. lent to the branch office")

    page.goto(f"{wrong}/rollback")
    expect(page.get_by_text("Rolling back needs the role admin.")).to_be_visible()
    _rolled_back_by_an_admin(site, wrong, show)
    area(page, "Import history")
    page.get_by_role("button", name=re.compile("^Re-import")).click()
    chosen(page, AS_IT_WAS, "november-whole.csv")
    page.get_by_role("button", name="Upload and compare").click()
    expect(page.get_by_text("The content differs from that of run")).to_be_visible()
    page.get_by_role("button", name="Go on: sheet and header").click()
    on_to_check(page)
    page.get_by_role("button", name="Go on to the review").click()
    page.get_by_role("button", name="Apply: 2 new, 3 changed, 0 retired").click()
    expect(page.get_by_role("heading", name=re.compile("^Imported"))).to_be_visible(timeout=30_000)
    show(page, "operator-7-again")

    up_to_check(page, b"\n".join(AS_IT_WAS.splitlines()[:9]), "december.csv")
    page.get_by_role("button", name="Go on to the review").click()
    expect(page.get_by_role("main")).to_contain_text("ask an admin")
    show(page, "operator-8-guard")
    page.get_by_role("button", name="Hold for review").first.click()
    page.get_by_role("button", name="Apply: 0 new, 0 changed, 0 retired").click()
    expect(page.get_by_role("heading", name=re.compile("^Imported"))).to_be_visible(timeout=30_000)
    area(page, "Review")
    page.get_by_role("region", name="Held retirements").get_by_role("link", name="Decide").click()
    show(page, "operator-9-held")
    page.get_by_role("link", name=re.compile("^Keep all")).click()
    page.get_by_label("Reason").fill("the export broke off")
    page.get_by_role("button", name=re.compile(r"^Keep \d+ records")).click()
    expect(page.get_by_role("status")).to_contain_text("kept. the export broke off")
    assert book_of(site).work_list().open == 0


def _rolled_back_by_an_admin(site: Site, run: str, show: Show) -> None:
    page = site.page("admin")
    page.goto(f"{run}/rollback")
    chain = page.get_by_label("Later runs first")
    if chain.count():
        chain.check()
        expect(page).to_have_url(re.compile("way=chain"))
    count = page.locator("[name=shown]").input_value()
    page.get_by_label("Reason").fill("the export was not whole")
    page.get_by_label(f"Type {count} to confirm").fill(count)
    page.get_by_role("button", name="Confirm Rollback").click()
    expect(page.get_by_role("heading", name=re.compile("is rolled back"))).to_be_visible(timeout=30_000)
    show(page, "operator-6-undone-by-an-admin")


# ---------------------------------------------------------------- an admin


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Somebody who wants to hear of runs."""
    monkeypatch.setenv("STOCKTAKE_SECRET_KEY", KEY)
    monkeypatch.setenv("STOCKTAKE_WEBHOOK_HOSTS", "127.0.0.1")
    with receiver() as other:
        yield other


def test_an_admin_looks_after_a_workspace(listening: Receiver, site: Site, tmp_path: Path, show: Show):
    """SEC-3, SEC-8, PRE-2, MAP-4, APP-7, BAC-1, LIN-5: people, sources, mappings, webhooks, upkeep; all is told."""
    with_missing(site, tmp_path)
    imported(site, rows(*FLEET[3:]), tmp_path, days=1, name="monday.csv")
    columns = {"Serial": "serial_number", "Who": "name"}
    mapping = {"record_type": "device", "source": "NINJAONE", "mapping": {"columns": columns}}
    site.journey("admin").client.put(f"{OWN}/mappings/fleet", json=mapping).raise_for_status()
    people = site.served.installation.people(site.served.installation.owner)
    people.add_user("new@example.com", password=PASSWORD)
    page = site.page(None)
    sign_in(page, "admin")

    area(page, "Admin")
    tabs = page.get_by_role("navigation", name="Admin")
    tabs.get_by_role("link", name="Members").click()
    page.get_by_label("Email").fill("new@example.com")
    page.get_by_role("combobox", name="Role", exact=True).select_option("operator")
    page.get_by_role("button", name="Give the role").click()
    member = page.get_by_role("row", name="new@example.com")
    expect(member).to_contain_text("operator")
    show(page, "admin-1-members")
    newcomer = site.page(None)
    sign_in(newcomer, "new")
    expect(newcomer.get_by_role("link", name="Import", exact=True)).to_be_visible()
    member.get_by_label("Role of new@example.com").select_option("")
    member.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="new@example.com")).to_have_count(0)
    newcomer.goto(site.home)
    expect(newcomer.get_by_role("alert")).to_contain_text("There is no workspace")

    tabs.get_by_role("link", name="Sources").click()
    page.get_by_text("Add a source").click()
    page.get_by_label("Name").fill("JAMF")
    page.get_by_label("Devices").check()
    page.get_by_label("A full export says").check()
    page.get_by_role("button", name="Add the source").click()
    expect(page.get_by_role("heading", name="JAMF")).to_be_visible()
    page.get_by_label("Expected every").fill("7d")
    flagged = "are flagged as missing, and stay"
    page.get_by_label("Records that no source has any more").select_option(label=flagged)
    page.get_by_label("Retire at most, in percent").fill("5")
    page.get_by_role("button", name="Save the settings").click()
    expect(page.get_by_label("Expected every")).to_have_value("7d")
    show(page, "admin-2-source")
    source = site.journey("admin").client.get(f"{OWN}/sources/JAMF").json()
    assert (source["tracks_presence"], source["missing_policy"], source["expected_every"]) == (
        True,
        "flag",
        "7d",
    )
    assert source["guards"]["retire_share"] == 0.05
    tabs.get_by_role("link", name="Mappings").click()
    page.get_by_role("link", name="fleet").click()
    expect(page.get_by_role("row", name="Serial serial_number")).to_be_visible()
    page.get_by_text("Change the declaration").click()
    page.get_by_label("Declaration").fill(json.dumps({"columns": {"Serial": "serial_number"}}))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="Who")).to_have_count(0)
    page.get_by_role("link", name="Forget this mapping").click()
    page.get_by_role("button", name="Forget fleet").click()
    expect(page.get_by_text("No mapping is saved yet")).to_be_visible()
    tabs.get_by_role("link", name="Webhooks").click()
    page.get_by_label("Address").fill(listening.url)
    page.get_by_role("button", name="Add the webhook").click()
    expect(page.get_by_role("status").locator("code")).to_contain_text("whsec_")
    show(page, "admin-3-webhook")
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert len(listening.got) == 1

    area(page, "Health")
    page.get_by_role("link", name="presence-links").click()
    expect(page.get_by_text("Nothing is lacking")).to_be_visible()
    area(page, "Health")
    page.get_by_label("Older than").fill("5d")
    page.get_by_role("button", name="See what would go").click()
    page.get_by_label("Reason").fill("five days are enough")
    page.get_by_label("Type 7 to confirm").fill("7")
    page.get_by_role("button", name="Delete 7 raw rows").click()
    expect(page.get_by_text("deleted 7 raw rows of 2 runs").first).to_be_visible(timeout=30_000)
    show(page, "admin-4-pruned")
    area(page, "Activity")
    for act in ("grant-role", "add-webhook", "prune"):
        expect(page.get_by_role("cell", name=act, exact=True).first).to_be_visible()
    show(page, "admin-5-activity")
    page.goto("/account")
    page.get_by_label("Name").fill("nightly")
    page.get_by_role("button", name="Make the token").click()
    token = page.get_by_role("status").locator("code").inner_text()
    show(page, "admin-6-token")
    assert _status_with(page, token) == 200
    page.goto("/account")
    expect(page.get_by_text(token)).to_have_count(0)
    page.get_by_role("button", name="Revoke the token nightly").click()
    expect(page.get_by_role("row", name="nightly")).to_contain_text("revoked")
    assert _status_with(page, token) == 401


def _status_with(page: Page, token: str) -> int:
    asked = page.request.get(f"{OWN}/runs", headers={"Authorization": f"Bearer {token}", "Cookie": ""})
    return asked.status


# ---------------------------------------------------------------- whoever runs the installation


def test_whoever_runs_the_installation_makes_a_workspace_for_people_who_see_nothing_of_others(
    site: Site, tmp_path: Path, show: Show
):
    """SEC-1, SEC-2, SEC-3, ROL-12: users and workspaces of all; their own people see one alone, and go when they must."""
    with_missing(site, tmp_path)
    page = site.page(None)
    sign_in(page, "platform")
    expect(page.get_by_role("heading", name="Workspaces")).to_be_visible()
    show(page, "platform-1-workspaces")
    page.locator("summary", has_text="platform@example.com").click()
    page.get_by_role("link", name="Installation").click()
    tabs = page.get_by_role("navigation", name="Installation")
    tabs.get_by_role("link", name="Workspaces").click()
    page.get_by_label("Name").fill("acme")
    page.get_by_role("button", name="Make the workspace").click()
    tabs.get_by_role("link", name="Users").click()
    page.get_by_label("Email").fill("bo@example.com")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Add the user").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Email")).to_have_value("bo@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Role").select_option("admin")
    page.get_by_label("In the workspace").select_option("acme")
    page.get_by_role("button", name="Add the user").click()
    expect(page.get_by_role("link", name="bo@example.com")).to_be_visible()
    show(page, "platform-2-users")

    bo = site.page(None)
    sign_in(bo, "bo")
    expect(bo).to_have_url(f"{site.served.url}/workspaces/acme")
    expect(bo.get_by_role("heading", name="First steps")).to_be_visible()
    for place in ("", "/records/device/1", "/runs/1"):
        bo.goto(f"{site.home}{place}")
        expect(bo.get_by_role("alert")).to_contain_text("There is no workspace")
    bo.goto("/platform/users")
    expect(bo.get_by_role("alert")).to_contain_text("may not")

    page.goto(site.home)
    expect(page.get_by_role("row", name="friday.csv")).to_be_visible()
    page.locator("summary", has_text="default").click()
    page.get_by_role("link", name="acme", exact=True).click()
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    page.goto("/platform/runs")
    run = page.get_by_role("row", name="friday.csv")
    expect(run.get_by_role("link", name="default")).to_have_attribute("href", "/workspaces/default")
    rollback = run.get_by_role("button", name="Rollback of run 3")
    expect(rollback).to_have_attribute("href", "/workspaces/default/runs/3/rollback")
    show(page, "platform-3-runs")
    page.goto("/platform/users/bo@example.com")
    page.get_by_label("May sign in").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("May sign in")).not_to_be_checked()
    bo.goto("/workspaces/acme")
    expect(bo.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/platform/activity")
    expect(page.get_by_text("bo@example.com").first).to_be_visible()
    show(page, "platform-4-activity")
