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
    """ERR-2, PLN-8, INT-6: a cell is written anew, a row is dropped, and both stand in the plan that is made then."""
    rows = devices(30)
    for place in (3, 7, 11):
        rows[place]["Warranty End Date"] = "soon"
    rows[20]["Device Type"] = "spaceship"
    number, _ = previewed(site, rows)
    page = site.page("operator")

    page.goto(f"{site.home}/imports/{number}/check")
    expect(page.get_by_text("26 will be imported, 4 will fail.")).to_be_visible()
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


def test_rejecting_rows_is_preselected_while_they_are_few_and_readable(site: Site, accessible: Check):
    """ERR-5: for a snapshot too, and the review states how many rows will fail; too many, or unreadable ones, are not."""
    rows = devices(12)
    rows[1]["Warranty End Date"] = "soon"
    journey = site.journey()
    number = chosen(journey, rows)
    page = site.page("operator")
    page.goto(f"{site.home}/imports/{number}/mapping")
    page.goto(f"{site.home}/imports/{number}/check")
