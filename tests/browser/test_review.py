"""The review and the result: what applying would do, what people decide of it, and what was done (INT-6, INT-7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Check, Site
from tests.browser.previewed import changed, devices, file_of, imported, previewed
from tests.interfaces.http.conftest import OWN

Picture = Callable[[Page, str], None]


def tile(page: Page, label: str) -> int:
    """The number on a tile."""
    found = page.get_by_role("navigation", name="Groups").get_by_role(
        "link", name=re.compile(rf"^[\d,]+ {re.escape(label)}$")
    )
    return int(found.locator("strong").inner_text().replace(",", ""))


def test_a_full_snapshot_is_reviewed_decided_on_and_applied(site: Site, accessible: Check, picture: Picture):
    """INT-6, INT-7, INT-3, PLN-7: groups count as the preview does, overrides reach the plan, the result tells and links."""
    rows = devices(40)
    imported(site, rows)
    second = changed(changed(rows[:36], "SN-0002", Location=""), "SN-0003", Location="Calgary")
    second += [{"Serial Number": "SN-0099", "Asset tag": "LT-0099"}, {"Asset tag": "LT-0100"}]
    number, preview = previewed(site, second)
    page = site.page("operator")

    page.goto(f"{site.home}/imports/{number}/review")
    picture(page, "review-new")
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

    new = page.get_by_role("row", name=re.compile("LT-0099"))
    new.get_by_text("values").click()
    expect(new.locator("dl").get_by_text("SN-0099")).to_be_visible()

    page.get_by_role("link", name=re.compile(r"1 Updated")).click()
    picture(page, "review-updated")
    accessible(page)
    row = page.get_by_role("row", name=re.compile("LT-0003"))
    expect(row.locator(".was")).to_have_text("Vancouver")
    expect(row.locator(".is")).to_have_text("Calgary")

    page.get_by_role("link", name=re.compile(r"4 Will be retired")).click()
    picture(page, "review-retired")
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
    picture(page, "result")
    run = site.journey().client.get(f"{OWN}/imports/{number}").json()["run_id"]
    expect(page.get_by_text("2 created, 1 updated, 3 retired")).to_be_visible()
    expect(page.get_by_role("link", name="The run, row by row")).to_have_attribute(
        "href", f"/workspaces/default/runs/{run}"
    )
    expect(page.get_by_role("link", name="The records")).to_have_attribute(
        "href", "/workspaces/default/records/device"
    )
    expect(page.get_by_role("link", name="What NINJAONE is missing")).to_be_visible()
    expect(page.get_by_role("button", name="Roll back")).to_have_count(0)
    admin = site.page("admin")
    admin.goto(page.url)
    expect(admin.get_by_role("button", name="Roll back")).to_have_attribute(
        "href", f"/workspaces/default/runs/{run}/rollback"
    )


def test_the_toggle_makes_a_part_of_what_a_guard_refuses_as_a_whole(site: Site, picture: Picture):
    """INT-6, INT-3, PRE-12, PRE-15: the toggle reaches the plan; the guard's numbers, who may lift it, and holding."""
    imported(site, devices(20))
    number, _ = previewed(site, devices(12))
    page, admin = site.page("operator"), site.page("admin", color_scheme="dark")
    at = f"{site.home}/imports/{number}"

    def plan() -> dict[str, Any]:
        client = site.journey().client
        plan_id = client.get(f"{OWN}/imports/{number}").json()["plan_id"]
        book = site.served.installation.book("default", site.served.installation.owner)
        head = book.draft_head(number).plan
        assert head.plan_id == plan_id
        return {"strategy": head.strategy, "allowed": head.options.allow_retire, **head.counts}

    page.goto(f"{at}/review")
    guard = page.get_by_role("alert")
    expect(guard).to_contain_text(
        "8 of the 20 records that NINJAONE has would be retired (40%; the limit is 20%)"
    )
    expect(guard).to_contain_text("ask an admin")
    expect(page.get_by_role("button", name=re.compile("^Apply"))).to_have_count(0)
    picture(page, "review-guard")

    page.get_by_role("switch", name="This import is a full snapshot for this source").uncheck()
    page.get_by_role("button", name="Plan again with this").click()
    expect(page.get_by_role("button", name="Apply: 0 new, 0 changed, 0 retired")).to_be_visible()
    assert (plan()["strategy"], plan()["retire"]) == ("merge", 0)
    page.get_by_role("switch").check()
    page.get_by_role("button", name="Plan again with this").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="Plan it as recommended").click()
    expect(page.get_by_role("button", name="Apply: 0 new, 0 changed, 0 retired")).to_be_visible()
    assert plan()["strategy"] == "merge"
    page.get_by_role("switch").check()
    page.get_by_role("button", name="Plan again with this").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="Hold for review").click()
    expect(page.get_by_role("button", name="Apply: 0 new, 0 changed, 0 retired, 8 held")).to_be_visible()

    number, _ = previewed(site, devices(12))
    at = f"{site.home}/imports/{number}"
    admin.goto(f"{at}/review")
    picture(admin, "review-guard-dark")
    admin.get_by_label("If they are really gone, type 8").fill("9")
    admin.get_by_role("button", name="Allow 8").click()
    expect(admin.get_by_role("alert")).to_contain_text("The number typed is not 8")
    admin.goto(f"{at}/review")
    admin.get_by_label("If they are really gone, type 8").fill("8")
    admin.get_by_role("button", name="Allow 8").click()
    expect(admin.get_by_role("button", name="Apply: 0 new, 0 changed, 8 retired")).to_be_visible()
    assert plan()["allowed"] == 8
    page.goto(f"{at}/review")
    expect(page.get_by_text("Somebody who may override guards allowed this plan")).to_be_visible()
    admin.get_by_role("button", name="Apply: 0 new, 0 changed, 8 retired").click()
    expect(admin.get_by_text("8 retired, 12 unchanged. 12 rows read.")).to_be_visible()


def test_records_that_reappear_and_those_that_another_source_has(
    site: Site, accessible: Check, picture: Picture
):
    """INT-6, INT-7, PRE-7, PRE-18, PRE-26: kept by another source; back, not brought back, and brought back after all."""
    rows = devices(10)
    imported(site, rows)
    imported(site, [rows[9]], "TELUS")
    number, _ = previewed(site, rows[:8])
    page = site.page("operator")

    page.goto(f"{site.home}/imports/{number}/review?decision=missing")
    assert tile(page, "Will be retired (missing from this source)") == 1
    expect(page.get_by_role("row", name=re.compile("LT-0010"))).to_contain_text("TELUS")
    page.get_by_role("button", name=re.compile("^Apply")).click()
    expect(page.get_by_role("heading", name=re.compile("^Imported"))).to_be_visible()

    number, preview = previewed(site, rows)
    page.goto(f"{site.home}/imports/{number}/review?decision=reactivate")
    assert tile(page, "Reappeared (will re-activate)") == preview["counts"]["reactivate"] == 1
    page.get_by_label("Re-activate LT-0009").uncheck()
    page.get_by_role("button", name="Keep these decisions and plan again").click()
    expect(page.get_by_role("heading", name="Back in this source, and staying retired: 1")).to_be_visible()
    told = site.journey().client.get(f"{OWN}/imports/{number}").json()["choices"]
    assert len(told["no_reactivate"]) == 1
    accessible(page)
    picture(page, "review-reappeared")
    page.get_by_label("Re-activate LT-0009").check()
    page.get_by_role("button", name="Keep these decisions and plan again").click()
    expect(page.get_by_label("Re-activate LT-0009")).to_be_checked()
    page.get_by_role("button", name=re.compile("^Apply")).click()
    expect(page.get_by_text("1 reactivated")).to_be_visible()


def test_what_a_person_retired_is_listed_unticked_and_comes_back_where_it_is_ticked(
    site: Site, accessible: Check, picture: Picture
):
    """PRE-17, PRE-26, INT-3: the reason stands beside it; who alone may come back is said beside the snapshot switch."""
    rows = devices(10)
    imported(site, rows)
    imported(site, rows[1:])
    book = site.served.installation.book("default", site.served.installation.owner)
    book.edit_record("device", 3, {"status": "RETIRED"})
    number, preview = previewed(site, rows)
    assert preview["counts"]["reactivate"] == 1
    page = site.page("operator")

    page.goto(f"{site.home}/imports/{number}/review?decision=reactivate")
    expect(page.get_by_role("heading", name="Back in this source, and staying retired: 1")).to_be_visible()
    row = page.get_by_role("row", name=re.compile("LT-0003"))
    expect(row).to_contain_text("A person retired it")
    expect(page.get_by_label("Re-activate LT-0003")).not_to_be_checked()
    accessible(page)
    picture(page, "review-retired-by-person")
    page.get_by_label("Re-activate LT-0003").check()
    expect(page.get_by_role("status")).to_contain_text("1 decision changed.")
    page.get_by_role("button", name="Plan again", exact=True).click()
    expect(page.get_by_role("link", name="2 Reappeared (will re-activate)")).to_be_visible()
    expect(page.get_by_text("Decided so far: 1 record to bring back.")).to_be_visible()

    page.get_by_role("radio", name="Only these come back").check()
    page.get_by_label("External ids of those that come back").fill("SN-0009")
    page.get_by_role("button", name="Plan again with this").click()
    expect(page.get_by_role("link", name="1 Reappeared (will re-activate)")).to_be_visible()
    told = site.journey().client.get(f"{OWN}/imports/{number}").json()["choices"]
    assert (told["reactivate_only"], told["reactivate"]) == (["SN-0009"], [3])
    page.get_by_role("link", name="1 Reappeared (will re-activate)").click()
    stays = page.get_by_role("row", name=re.compile("LT-0001"))
    expect(stays).to_contain_text("not among those that alone may come back")
    page.get_by_role("radio", name="All come back, unless a person retired them").check()
    page.get_by_role("button", name="Plan again with this").click()
    page.get_by_role("button", name=re.compile("^Apply")).click()
    expect(page.get_by_text("2 reactivated")).to_be_visible()


def test_decisions_are_gathered_over_pages_and_planned_once(site: Site, accessible: Check, picture: Picture):
    """PLN-8, INT-3: a tick is kept as it is made, without JavaScript by a button; the bar counts, and one button plans."""
    imported(site, devices(70))
    number, first = previewed(site, devices(10), allow_retire=60, on_guard="hold", who="admin")
    page, plain = site.page("admin"), site.page("admin", java_script_enabled=False)
    at = f"{site.home}/imports/{number}/review?decision=retire"

    page.goto(at)
    page.get_by_label("Retire LT-0011").uncheck()
    expect(page.get_by_role("status")).to_contain_text("1 decision changed.")
    page.get_by_role("link", name="Next").click()
    expect(page).to_have_url(re.compile("page=2"))
    page.get_by_label("Retire LT-0065").uncheck()
    page.get_by_label("Retire LT-0066").uncheck()
    expect(page.get_by_role("status")).to_contain_text("3 decisions changed.")
    picture(page, "review-gathered")
    page.evaluate("scrollTo(0, 0)")  # the bar stands over no row
    accessible(page)
    page.get_by_role("link", name="Previous").click()
    expect(page.get_by_label("Retire LT-0011")).not_to_be_checked()
    expect(page.get_by_role("button", name=re.compile("^Apply"))).to_have_count(0)
    assert site.journey().client.get(f"{OWN}/imports/{number}").json()["plan_id"] == first["plan_id"]

    plain.goto(at)
    plain.get_by_label("Retire LT-0012").uncheck()
    plain.get_by_role("button", name="Keep them, plan later").click()
    expect(plain.get_by_role("status")).to_contain_text("4 decisions changed.")
    expect(plain.get_by_label("Retire LT-0012")).not_to_be_checked()
    page.reload()
    page.get_by_role("button", name="Plan again", exact=True).click()
    expect(page.get_by_text("Decided so far: 4 records to keep.")).to_be_visible()
    assert tile(page, "Will be retired (missing from this source)") == 56
    page.goto(at)
    page.get_by_label("Retire LT-0013").uncheck()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("status")).to_be_empty()
    expect(page.get_by_label("Retire LT-0013")).to_be_checked()
    expect(page.get_by_role("button", name=re.compile("^Apply"))).to_be_visible()


def test_a_source_that_tracks_no_presence_has_strategies_and_no_toggle(site: Site, accessible: Check):
    """INT-6, PLN-1, PLN-10, PLN-18: nothing goes missing; the recommendation is preselected, with its numbers."""
    imported(site, devices(10), "INVOICE", strategy="merge")
    number, preview = previewed(site, [*devices(9), {"Asset tag": "LT-0500"}], "INVOICE")
    page = site.page("operator")

    page.goto(f"{site.home}/imports/{number}/review")
    expect(page.get_by_role("switch")).to_have_count(0)
    expect(page.get_by_text("presence tracking not possible")).to_have_count(0)
    facts = preview["deduplication"]
    expect(page.get_by_label("Strategy")).to_have_value(facts["recommendation"])
    expect(page.get_by_text(facts["reason"])).to_be_visible()
    accessible(page)
    page.get_by_label("Strategy").select_option("replace")
    page.get_by_role("button", name="Plan again with this").click()
    expect(page.get_by_role("button", name="Apply: 1 new, 0 changed, 0 retired, 1 deleted")).to_be_visible()


def test_a_stale_plan_shows_who_changed_what_and_is_made_again(
    site: Site, accessible: Check, picture: Picture
):
    """PLN-9: nothing is written; the record, what happened to it and the run are listed, and a button plans again."""
    imported(site, devices(10))
    number, _ = previewed(site, changed(devices(10), "SN-0004", Location="Calgary"), strategy="merge")
    page = site.page("operator")
    page.goto(f"{site.home}/imports/{number}/review")
    site.journey("admin").imported(
        file_of(changed(devices(10), "SN-0004", Location="Montreal")), source="TELUS", strategy="merge"
    )

    page.get_by_role("button", name="Apply: 0 new, 1 changed, 0 retired").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was written")
    row = page.get_by_role("row", name=re.compile("SN-0004"))
    expect(row).to_contain_text("admin@example.com")
    accessible(page)
    picture(page, "review-stale")
    page.get_by_role("button", name="Plan again").click()

    expect(page).to_have_url(re.compile(rf"/imports/{number}/review"))
    expect(page.get_by_role("row", name=re.compile("LT-0004")).locator(".was")).to_have_text("Montreal")


def test_rows_in_conflict_are_settled_in_the_review(site: Site, accessible: Check, picture: Picture):
    """PRE-20: the records that a row may be, and that it is one of them."""
    imported(site, devices(10))
    torn = [{"Serial Number": "SN-0001", "Asset tag": "LT-0002"}, *devices(10)[2:]]
    number, _ = previewed(site, torn, strategy="merge")
    page = site.page("operator")

    page.goto(f"{site.home}/imports/{number}/review?decision=conflict")
    accessible(page)
    picture(page, "review-conflict")
    page.get_by_label(re.compile("It is record 2")).check()
    page.get_by_role("button", name="Settle these and plan again").click()

    expect(page.get_by_text("Decided so far: 1 conflict settled.")).to_be_visible()
    expect(page.get_by_text("Nothing is in this group.")).to_be_visible()
    told = site.journey().client.get(f"{OWN}/imports/{number}").json()["choices"]
    assert told["same"] == {"SN-0001": 2}


def test_a_dry_run_ends_in_a_result_without_apply(site: Site, picture: Picture):
    """INT-9: it says that nothing was made, shows the numbers, and writes nothing."""
    book = site.served.installation.book("default", site.served.installation.owner)
    number = book.receive([file_of(devices(6))], "devices.csv", dry_run=True).draft.draft_id
    book.choose(number, record_type="device", source="NINJAONE")
    book.preview_draft(number)
    page = site.page("operator")

    page.goto(f"{site.home}/imports/{number}/review")
    expect(page.get_by_role("button", name=re.compile("^Apply"))).to_have_count(0)
    page.get_by_role("button", name="Finish the dry run").click()

    expect(page).to_have_url(f"{site.home}/imports/{number}/result")
    expect(
        page.get_by_text(
            "Dry run will validate your data and show what would be imported without making any changes."
        )
    ).to_be_visible()
    expect(page.get_by_text("Applying will create 6,")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Apply"))).to_have_count(0)
    picture(page, "result-dry-run")
    assert site.journey().client.get(f"{OWN}/records/device").json()["total"] == 0
