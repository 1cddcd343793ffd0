"""The import history in a browser: lists, a run row by row, undoing it, importing another file in its place (ROL, INT-4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Check, Site
from tests.browser.inventory import first, id_of, sample, three_snapshots

Picture = Callable[[Page, str], None]


def test_the_history_tells_every_run_and_its_filters_are_an_address(site: Site, picture: Picture):
    """ROL-9, PRE-22: what, source, when, by whom, counts, a badge, and what can be done; a viewer has no buttons to undo."""
    three_snapshots(site)
    page = site.page("admin")
    page.goto(site.home)
    page.get_by_role("link", name="Import history").click()

    third = page.get_by_role("row", name="ninjaone-2.csv")
    expect(third).to_contain_text("operator@example.com")
    assert third.get_by_role("cell").all_inner_texts()[2:8] == [
        "device from NINJAONE",
        "full",
        "2",
        "3",
        "1",
        "0",
    ]
    expect(third.get_by_role("button", name="Rollback of run 3")).to_be_visible()
    picture(page, "runs")

    page.get_by_label("Source").select_option("TELUS")
    expect(page).to_have_url(f"{site.home}/runs?source=TELUS&type=&full=")
    expect(page.get_by_role("row", name="telus.csv")).to_be_visible()
    expect(page.get_by_role("row", name="ninjaone")).to_have_count(0)
    page.goto(f"{site.home}/runs?full=false")
    expect(page.get_by_text("No run is like that.")).to_be_visible()
    page.goto(f"{site.home}/runs?page=2&page_size=3")
    expect(page.get_by_text("4–4 of 4 runs")).to_be_visible()
    page.get_by_role("link", name="Previous").click()
    expect(page.get_by_role("button", name="View run 4")).to_be_visible()

    viewer = site.page("viewer")
    viewer.goto(f"{site.home}/runs")
    expect(viewer.get_by_role("button", name="View run 1")).to_be_visible()
    expect(viewer.get_by_role("button", name="Rollback")).to_have_count(0)
    viewer.goto(f"{site.home}/runs/4/rollback")
    expect(viewer.get_by_text("Rolling back needs the role admin.")).to_be_visible()
    expect(viewer.get_by_role("button", name="Confirm Rollback")).to_have_count(0)


def test_a_run_is_read_row_by_row(site: Site, picture: Picture):
    """INT-4, LIN-2, ERR-3: a sentence, tabs per decision, old and new values, cells as read, rejected rows to take away."""
    three_snapshots(site)
    page = site.page("viewer")
    page.goto(f"{site.home}/runs/3")

    expect(
        page.get_by_text("2 created, 3 updated, 1 retired, 1 missing, 19 unchanged. 24 rows read.")
    ).to_be_visible()
    picture(page, "runs-run")
    page.get_by_role("link", name="Updated 3").click()
    expect(page).to_have_url(f"{site.home}/runs/3?decision=update")
    changed = page.get_by_role("row", name="LT-0112")
    expect(changed).to_contain_text("Assigned to (blank) → bosei")
    changed.get_by_text("18 cells").click()
    expect(changed.get_by_text("HARBOUR\\bosei")).to_be_visible()
    picture(page, "runs-updated")
    page.get_by_role("link", name="Retired (missing from this source) 1").click()
    expect(page.get_by_role("row", name="DT-0207")).to_contain_text("not in the file")
    page.goto(f"{site.home}/runs/4")
    page.get_by_role("link", name="Reappeared (re-activated) 1").click()
    expect(page.get_by_role("row", name="DT-0207")).to_contain_text("Status RETIRED → AVAILABLE")

    rejected = sample("ninjaone-2.csv").replace(b"2026-12-15", b"31/02/2026")
    site.journey().imported(
        rejected, name="bad.csv", strategy="merge", on_error="reject-rows", reject_limit="50%"
    )
    page.goto(f"{site.home}/runs/5?decision=reject")
    expect(page.get_by_role("row", name="LT-0104")).to_contain_text('"31/02/2026" is not a date')
    for kind, begins in (("CSV", b"Display Name"), ("XLSX", b"PK")):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download {kind}").click()
        assert download.value.path().read_bytes().lstrip(b"\xef\xbb\xbf").startswith(begins)


def test_a_run_is_undone_and_another_file_takes_its_place(site: Site, accessible: Check, picture: Picture):
    """ROL-4, ROL-7, ROL-10: counts, a typed number that the server looks at too, what was undone, and the way back in."""
    first(site)
    page = site.page("admin")
    page.goto(f"{site.home}/runs")
    page.get_by_role("button", name="Rollback of run 1").click()

    expect(page.get_by_text("24 records it created are deleted")).to_be_visible()
    expect(page.get_by_text("This action cannot be undone.")).to_be_visible()
    confirm = page.get_by_role("button", name="Confirm Rollback: 24 records")
    expect(confirm).to_be_disabled()
    page.get_by_label("Type 24 to confirm").fill("23")
    expect(confirm).to_be_disabled()
    confirm.evaluate("button => { button.disabled = false }")
    confirm.click()
    expect(page.get_by_role("alert")).to_contain_text("that number was not typed")
    accessible(page)
    picture(page, "runs-rollback")
    page.get_by_label("Reason").fill("the wrong file")
    page.get_by_label("Type 24 to confirm").fill("24")
    page.get_by_role("button", name="Confirm Rollback: 24 records").click()

    expect(page.get_by_role("heading", name="Run 1 is rolled back")).to_be_visible()
    expect(page.get_by_text("24 records deleted. Import rolled back.")).to_be_visible()
    expect(page.get_by_text("the wrong file")).to_be_visible()
    accessible(page)
    picture(page, "runs-undone")
    page.goto(f"{site.home}/runs")
    expect(page.get_by_role("row", name="ninjaone-1.csv")).to_contain_text(
        "↩ Rolled back by admin@example.com"
    )
    expect(page.get_by_role("button", name="Rollback")).to_have_count(0)
    page.get_by_role("button", name="Re-import for run 1").click()
    _given(page, "ninjaone-1.csv")
    expect(page.get_by_text("byte for byte")).to_be_visible()
    page.get_by_role("button", name="Choose another file").click()
    _given(page, "ninjaone-2.csv")
    expect(page.get_by_text("The content differs from that of run 1")).to_be_visible()
    accessible(page)
    picture(page, "runs-reimport")
    onward = page.get_by_role("button", name="Go on: sheet and header").get_attribute("href")
    assert onward is not None
    number = int(onward.split("/")[-2])
    told = site.journey().client.get(f"/api/v1/workspaces/default/imports/{number}").json()
    chosen = {name: told["choices"][name] for name in ("record_type", "source", "replaces_run")}
    assert chosen == {"record_type": "device", "source": "NINJAONE", "replaces_run": 1}


def _given(page: Page, name: str) -> None:
    page.get_by_label("The file").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": sample(name)}
    )
    page.get_by_role("button", name="Upload and compare").click()


def test_what_stands_in_the_way_is_told_with_the_ways_past_it(site: Site, picture: Picture):
    """ROL-5: who changed what since; later runs first, keep it, give up what people wrote; each way with its numbers."""
    first(site)
    site.journey().imported(
        sample("ninjaone-2.csv"), name="ninjaone-2.csv", strategy="snapshot", allow_retire=None
    )
    number = id_of(site, "LT-0103")
    site.journey().client.patch(
        f"/api/v1/workspaces/default/records/device/{number}", json={"values": {"location": "Vancouver"}}
    )
    page = site.page("admin")
    page.goto(f"{site.home}/runs/1/rollback")

    expect(page.get_by_text("Run 1 cannot be undone as it is")).to_be_visible()
    expect(page.get_by_role("row", name="LT-0103")).to_contain_text("operator@example.com")
    expect(page.get_by_role("button", name="Confirm Rollback")).to_have_count(0)
    picture(page, "runs-rollback-blocked")
    page.get_by_label("Later runs first").check()
    expect(page).to_have_url(f"{site.home}/runs/1/rollback?now=true&way=chain")
    expect(page.get_by_role("link", name="Run 2 before it")).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text("Run 3 before it")
    page.get_by_label("Keep what is in the way").check()
    expect(page).to_have_url(f"{site.home}/runs/1/rollback?now=true&way=partial")
    page.get_by_role("textbox", name="Type").wait_for()
    count = page.locator("[name=shown]").input_value()
    page.get_by_label(f"Type {count} to confirm").fill(count)
    page.get_by_role("button", name="Confirm Rollback").click()

    expect(page.get_by_role("heading", name="Run 1 is rolled back")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("kept")


def test_what_refers_to_it_is_taken_along(site: Site, accessible: Check, picture: Picture):
    """ROL-4, ROL-5: companies to which deals of a later import refer are blocked, until both go, in numbers."""
    for name, kind in (("hubspot-companies.csv", "account"), ("hubspot-deals.csv", "deal")):
        site.journey().imported(sample(name, "crm"), name=name, record_type=kind, source="HUBSPOT")
    page = site.page("admin")
    page.goto(f"{site.home}/runs/1/rollback")
    expect(page.get_by_text("Run 1 cannot be undone as it is")).to_be_visible()
    page.get_by_label("Take along what refers to it").check()
    expect(page).to_have_url(f"{site.home}/runs/1/rollback?now=true&way=cascade")
    accessible(page)
    picture(page, "runs-rollback-cascade")

    count = page.locator("[name=shown]").input_value()
    page.get_by_label(f"Type {count} to confirm").fill(count)
    page.get_by_role("button", name="Confirm Rollback").click()
    expect(page.get_by_role("heading", name="Run 1 is rolled back")).to_be_visible()
    for kind in ("account", "deal"):
        told = site.journey().client.get(f"/api/v1/workspaces/default/records/{kind}").json()
        assert told["total"] == 0, kind


def test_a_number_that_was_shown_before_something_changed_confirms_nothing(site: Site):
    """ROL-4: the server counts again, says so, and nothing is written."""
    first(site)
    page = site.page("admin")
    page.goto(f"{site.home}/runs/1/rollback?way=partial")
    page.get_by_label("Type 24 to confirm").fill("24")
    more = sample("ninjaone-2.csv")
    site.journey().imported(more, name="ninjaone-2.csv", strategy="snapshot")
    page.get_by_role("button", name="Confirm Rollback").click()

    expect(page.get_by_role("alert")).to_contain_text("by now, and not 24")
    assert (
        site.journey("viewer").client.get("/api/v1/workspaces/default/runs/1").json()["status"] == "applied"
    )


def test_what_a_large_run_would_undo_is_counted_while_a_page_says_so(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    """ROL-4, APP-4: the page that says so is there at once, and leads on by itself."""
    monkeypatch.setattr("stocktake.interfaces.web.rollback.LARGE", 20)
    first(site)
    page = site.page("admin")
    page.goto(f"{site.home}/runs/1")
    told = site.journey("admin").client.get("/workspaces/default/runs/1/rollback")
    assert "24 rows …" in told.text
    page.get_by_role("button", name="Roll back").click()

    expect(page.get_by_text("24 records it created are deleted")).to_be_visible()


def test_without_javascript_runs_are_read_and_undone(site: Site):
    """The confirmation is the server's; progress comes by itself."""
    first(site)
    page = site.page("admin", java_script_enabled=False)
    page.goto(f"{site.home}/runs")
    page.get_by_label("Source").select_option("NINJAONE")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("button", name="View run 1").click()
    page.get_by_role("link", name="New 24").click()
    expect(page.get_by_role("row", name="LT-0101")).to_be_visible()
    page.get_by_role("button", name="Roll back").click()
    page.get_by_label("Type 24 to confirm").fill("24")
    page.get_by_role("button", name="Confirm Rollback: 24 records").click()

    expect(page.get_by_role("heading", name="Run 1 is rolled back")).to_be_visible()


def test_where_admins_may_not_undo_no_button_offers_it(site: Site):
    """ROL-3: a workspace says whether its admins may; whoever runs the installation always may."""
    first(site)
    people = site.served.installation.people(site.served.installation.owner)
    people.set_workspace("default", allows_rollback=False)

    for who, buttons in (("admin", 0), ("platform", 1)):
        page = site.page(who)
        page.goto(f"{site.home}/runs")
        expect(page.get_by_role("button", name="Rollback of run 1")).to_have_count(buttons)
