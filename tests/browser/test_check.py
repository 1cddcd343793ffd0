"""Check and fix: problems by kind, cells written anew, rows dropped, and on with the rest (ERR-1, ERR-2, ERR-3, ERR-5)."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Check, Site
from tests.browser.previewed import chosen, devices, previewed
from tests.interfaces.http.conftest import OWN

Picture = Callable[[Page, str], None]


def test_problems_are_told_by_kind_and_mended_in_place(site: Site, accessible: Check, picture: Picture):
    """ERR-2, PLN-8, INT-6, CLN-4: a cell is written anew, a row is dropped, and both stand in the plan that is made then."""
    rows = devices(30)
    for place in (3, 7, 11):
        rows[place]["Warranty End Date"] = "soon"
    rows[20]["Device Type"] = "spaceship"
    number, _ = previewed(site, rows)
    page = site.page("operator")

    page.goto(f"{site.home}/imports/{number}/check")
    expect(page.get_by_text("26 will be imported, 4 will fail.")).to_be_visible()
    page.get_by_text("What the columns say, as they are read").click()
    expect(
        page.get_by_role("row", name=re.compile("^Location Location all 1 always Vancouver"))
    ).to_be_visible()
    accessible(page)
    picture(page, "check-groups")
    page.get_by_role("link", name=re.compile(r"3 × Warranty End Date is not a date")).click()
    accessible(page)
    picture(page, "check-rows")
    page.get_by_label("Warranty End Date, line 5").fill("2027-04-30")
    page.get_by_label("Drop line 9").check()
    page.get_by_role("button", name="Save and check again").click()

    expect(page.get_by_text("27 will be imported, 2 will fail.")).to_be_visible()
    expect(page.get_by_text("1 cell written anew, 1 row dropped.")).to_be_visible()
    told = site.journey().client.get(f"{OWN}/imports/{number}").json()["choices"]["overrides"]
    assert told == {
        "edits": [{"line": 5, "column": "Warranty End Date", "value": "2027-04-30"}],
        "skip_lines": [9],
    }

    page.get_by_role("link", name=re.compile(r"1 × Device Type")).click()
    page.get_by_label("Device Type, line 22").fill("laptop")
    page.get_by_role("button", name="Save and check again").click()

    expect(page.get_by_text("28 will be imported, 1 will fail.")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").click()
    assert b"_message" in waiting.value.path().read_bytes()
    page.get_by_role("button", name="Take all of it back").click()
    expect(page.get_by_text("26 will be imported, 4 will fail.")).to_be_visible()


def test_cells_of_several_kinds_are_mended_and_checked_once(site: Site, accessible: Check):
    """PLN-8, ERR-2: what is written is there again, though the plan has it only after "Plan again"."""
    rows = devices(12)
    rows[3]["Warranty End Date"] = "soon"
    rows[5]["Device Type"] = "spaceship"
    number, _ = previewed(site, rows)
    page = site.page("operator")

    page.goto(f"{site.home}/imports/{number}/check")
    page.get_by_role("link", name=re.compile("1 × Warranty End Date")).click()
    page.get_by_label("Warranty End Date, line 5").fill("2027-04-30")
    page.get_by_role("button", name="Save, check later").click()
    expect(page.get_by_role("status")).to_contain_text("1 decision changed.")
    expect(page.get_by_label("Warranty End Date, line 5")).to_have_value("2027-04-30")
    page.get_by_role("link", name=re.compile("1 × Device Type")).click()
    page.get_by_label("Drop line 7").check()
    page.get_by_role("button", name="Save, check later").click()
    expect(page.get_by_role("status")).to_contain_text("2 decisions changed.")
    expect(page.get_by_label("Drop line 7")).to_be_checked()
    expect(page.get_by_text("10 will be imported, 2 will fail.").first).to_be_visible()
    accessible(page)
    page.get_by_role("link", name=re.compile("1 × Warranty End Date")).click()
    page.get_by_label("Warranty End Date, line 5").fill("soon")
    page.get_by_role("button", name="Save, check later").click()
    expect(page.get_by_role("status")).to_contain_text("1 decision changed.")
    page.get_by_label("Warranty End Date, line 5").fill("2027-05-31")
    page.get_by_role("button", name="Save, check later").click()
    page.get_by_role("button", name="Plan again", exact=True).click()

    expect(page.get_by_text("Nothing is wrong with the 12 rows")).to_be_visible()
    expect(page.get_by_text("1 cell written anew, 1 row dropped.")).to_be_visible()


def test_of_rows_with_one_key_the_latest_by_a_column_may_count(site: Site, accessible: Check):
    """IDN-3"""
    rows = [*devices(12), {"Serial Number": "SN-0003", "Asset tag": "LT-0003", "Location": "Zagreb"}]
    number, _ = previewed(site, rows)
    page = site.page("operator")

    page.goto(f"{site.home}/imports/{number}/check")
    expect(page.get_by_text("11 will be imported, 2 will fail.").first).to_be_visible()
    page.get_by_label("Rows that differ and have the same key").select_option("latest:Location")
    page.get_by_role("button", name="Check again").click()

    expect(page.get_by_text("Nothing is wrong with the 13 rows")).to_be_visible()
    book = site.served.installation.book("default", site.served.installation.owner)
    assert book.draft_head(number).plan.options.duplicates == "latest:Location"


def test_rejecting_rows_is_preselected_while_they_are_few_and_readable(site: Site, accessible: Check):
    """ERR-5: for a snapshot too, and the review states how many rows will fail; too many, or unreadable ones, are not."""
    page = site.page("operator")
    reject = page.get_by_label("Reject these rows and import the others")
    stop = page.get_by_label("Import nothing as long as a row fails")

    few = asked(site, spoiled(devices(12), 1))
    page.goto(f"{site.home}/imports/{few}/progress")
    expect(page).to_have_url(f"{site.home}/imports/{few}/check")
    expect(reject).to_be_checked()
    page.get_by_role("button", name="Go on to the review").click()
    expect(page.get_by_text("11 will be imported, 1 will fail.")).to_be_visible()
    expect(page.get_by_role("switch")).to_be_checked()
    expect(page.get_by_role("button", name="Apply: 11 new, 0 changed, 0 retired")).to_be_visible()

    many = asked(site, spoiled(devices(40), 12))
    page.goto(f"{site.home}/imports/{many}/progress")
    expect(page.get_by_role("alert")).to_contain_text("the limit is 10")
    expect(stop).to_be_checked()
    accessible(page)
    reject.check()
    page.get_by_label("At most so many may be rejected").fill("50 %")
    page.get_by_role("button", name="Go on to the review").click()
    expect(page.get_by_text("28 will be imported, 12 will fail.")).to_be_visible()
    expect(page.get_by_role("button", name="Apply: 28 new")).to_be_visible()

    keyless = asked(site, [*devices(12), {"Asset tag": "LT-0700", "Warranty End Date": "soon"}])
    page.goto(f"{site.home}/imports/{keyless}/progress")
    expect(page.get_by_text("1 of them has no readable key")).to_be_visible()
    expect(stop).to_be_checked()


def test_work_is_watched_until_it_leads_on(site: Site, picture: Picture):
    """APP-4: what is done and how far it is; a page that asks for parts of itself goes on by itself."""
    number = chosen(site.journey(), devices(5))
    book = site.served.installation.book("default", site.served.installation.owner)
    page = site.page("operator")
    polls = "**/progress"

    page.route(
        polls,
        lambda route: (
            route.fulfill(status=204) if route.request.headers.get("hx-request") else route.continue_()
        ),
    )
    book.ask_for_preview(number)
    page.goto(f"{site.home}/imports/{number}/progress")
    expect(page.get_by_text("Planning the import")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel the import")).to_be_visible()
    picture(page, "progress")
    page.unroute(polls)

    expect(page).to_have_url(f"{site.home}/imports/{number}/check")
    expect(page.get_by_text("Nothing is wrong with the 5 rows")).to_be_visible()


def test_a_preview_that_is_refused_says_why_and_where_to_go(site: Site, accessible: Check, picture: Picture):
    """PLN-17, ERR-4: whoever watches is told, and led back to where it can be mended."""
    number = chosen(site.journey(), devices(5))
    book = site.served.installation.book("default", site.served.installation.owner)
    page = site.page("operator")

    book.ask_for_preview(number, strategy="replace")
    page.goto(f"{site.home}/imports/{number}/progress")

    expect(page.get_by_role("alert")).to_contain_text("snapshot")
    expect(page.get_by_role("button", name="Back to the mapping")).to_have_attribute(
        "href", f"/workspaces/default/imports/{number}/mapping"
    )
    accessible(page)
    picture(page, "progress-refused")


def test_a_viewer_reads_without_javascript_and_changes_nothing(site: Site):
    """SEC-3"""
    number, _ = previewed(site, spoiled(devices(6), 2))
    page = site.page("viewer", java_script_enabled=False)

    page.goto(f"{site.home}/imports/{number}/check")
    page.get_by_role("link", name=re.compile("2 × Warranty End Date")).click()
    expect(page.get_by_role("row", name=re.compile("LT-0001"))).to_contain_text("is not a date")
    expect(page.get_by_label("Drop line 2")).to_have_count(0)
    expect(page.get_by_role("button", name="Save and check again")).to_have_count(0)
    page.goto(f"{site.home}/imports/{number}/review")
    expect(page.get_by_text("Applying will create 4,")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Apply"))).to_have_count(0)


def spoiled(rows: list[dict[str, str]], count: int) -> list[dict[str, str]]:
    """The same rows, the first of them with a date that is none."""
    return [{**row, "Warranty End Date": "soon" if n < count else ""} for n, row in enumerate(rows)]


def asked(site: Site, rows: list[dict[str, str]]) -> int:
    """The number of an import whose preview a form has asked for."""
    journey = site.journey()
    number = chosen(journey, rows)
    answer = journey.client.post(f"/workspaces/default/imports/{number}/preview", data={})
    assert answer.status_code == 303, answer.text
    return number
