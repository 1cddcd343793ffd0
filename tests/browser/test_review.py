"""The review and the result: all that applying would do, what people decide of it, and what was done (INT-3, INT-6, INT-7)."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Check, Site
from tests.browser.previewed import changed, devices, imported, previewed
from tests.interfaces.http.conftest import OWN

Picture = Callable[[Page, str], None]


def tile(page: Page, label: str) -> int:
    """The number on a tile."""
    found = page.get_by_role("navigation", name="Groups").get_by_role(
        "link", name=re.compile(rf"^[\d,]+ {re.escape(label)}$")
    )
    return int(found.locator("strong").inner_text().replace(",", ""))


def test_a_full_snapshot_is_reviewed_decided_on_and_applied(site: Site, accessible: Check, picture: Picture):
    """INT-6, INT-7, INT-3, PLN-7: groups count as the preview does, a kept record reaches the plan, the result is read back."""
    rows = devices(40)
    imported(site, rows)
    second = changed(changed(rows[:36], "SN-0002", Location=""), "SN-0003", Location="Calgary")
    second += [{"Serial Number": "SN-0099", "Asset tag": "LT-0099"}, {"Asset tag": "LT-0100"}]
    number, preview = previewed(site, second)
    page = site.page("operator")

    page.goto(f"{site.home}/imports/{number}/review")
    picture(page, "review-new")
    accessible(page)
    expect(
        page.get_by_text(
            "Applying will create 2, update 1 (1 field), retire 4, reactivate 0. 35 unchanged, 0 rejected. 38 rows read."
        )
    ).to_be_visible()
    counts = preview["counts"]
    assert tile(page, "New") == counts["create"] == 2
    assert tile(page, "Updated") == counts["update"]
    assert tile(page, "Unchanged") == counts["unchanged"]
    assert tile(page, "Will be retired (missing from this source)") == counts["retire"] == 4
    expect(
        page.get_by_role("row", name=re.compile("LT-0100")).get_by_text("presence tracking not possible")
    ).to_be_visible()
    expect(
        page.get_by_role("row", name=re.compile("LT-0099")).get_by_text("presence tracking not possible")
    ).to_have_count(0)

    page.get_by_role("link", name=re.compile(r"1 Updated")).click()
    picture(page, "review-updated")
    accessible(page)
    row = page.get_by_role("row", name=re.compile("LT-0003"))
    expect(row.locator(".was")).to_have_text("Vancouver")
    expect(row.locator(".is")).to_have_text("Calgary")

    page.get_by_role("link", name=re.compile(r"4 Will be retired")).click()
    picture(page, "review-retired")
    accessible(page)
    page.get_by_label("Retire LT-0038").uncheck()
    page.get_by_role("button", name="Keep these decisions and plan again").click()

    expect(page.get_by_text("Decided so far: 1 record to keep.")).to_be_visible()
    assert tile(page, "Will be retired (missing from this source)") == 3
    assert tile(page, "Kept") == 1
    told = site.journey().client.get(f"{OWN}/imports/{number}").json()
    kept = site.journey().client.get(f"{OWN}/imports/{number}/rows", params={"decision": "suppressed"}).json()
    assert told["choices"]["keep"] == [each["record_id"] for each in kept["items"]]

    page.get_by_role("button", name="Apply: 2 new, 1 changed, 3 retired").click()
    expect(page.get_by_role("heading", name=re.compile("^Imported"))).to_be_visible()
    accessible(page)
    picture(page, "result")
