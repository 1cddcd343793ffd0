"""Health, freshness and activity in a browser (HEA, BAC, LIN-5, FRE-2, SEC-8)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import text

from stocktake.catalog.packs import pack_samples
from tests.browser.conftest import Check, Site
from tests.browser.past import FLEET, book_of, imported, rows, with_missing

Picture = Callable[[Page, str], None]


def without_links(site: Site, folder: Path) -> None:
    """Six devices of NinjaOne, three of which have lost their links."""
    imported(site, rows(*FLEET), folder, days=9)
    with site.served.installation.store._transaction(writes=True) as connection:
        keys = "('S001', 'S002', 'S003', 's001', 's002', 's003')"
        connection.execute(text(f"DELETE FROM st_source_link WHERE external_id IN {keys}"))


def test_the_wiring_is_checked_while_the_page_is_there_and_each_count_says_what_it_means(
    site: Site, tmp_path: Path, accessible: Check, picture: Picture
):
    """HEA-2, HEA-3: which counts are faults, and some of what is at fault."""
    imported(site, rows(*FLEET), tmp_path, days=9)
    with site.served.installation.store._transaction(writes=True) as connection:
        connection.execute(text("DELETE FROM st_raw_chunk"))
    page = site.page("viewer")
    page.goto(site.home)
    page.get_by_role("link", name="Health", exact=True).click()

    expect(page.get_by_role("status")).to_contain_text("unhealthy")
    line = page.get_by_role("row", name="Records whose raw row is not there")
    expect(line.get_by_role("cell").first).to_have_text("6")
    expect(line).to_contain_text("fault")
    expect(page.get_by_role("row", name="flow-based or not")).to_contain_text("for comparison")
    accessible(page)
    picture(page, "health")
    page.get_by_role("link", name="Show some of each fault").click()
    expect(line.get_by_role("link").first).to_have_text("T001")
    accessible(page)

    plain = site.page("viewer", java_script_enabled=False)
    plain.goto(f"{site.home}/health")
    plain.get_by_role("link", name="Check now").click()
    expect(plain.get_by_role("status")).to_contain_text("unhealthy")


def test_a_backfill_is_looked_at_first_and_run_by_admins(
    site_on_both: Site, tmp_path: Path, accessible: Check
):
    """BAC-1, BAC-3, SEC-3"""
    site = site_on_both
    without_links(site, tmp_path)
    viewer = site.page("viewer")
    viewer.goto(f"{site.home}/health/backfills/presence-links")
    expect(viewer.get_by_role("row", name="Devices")).to_contain_text("T001, T002, T003")
    expect(viewer.get_by_role("button", name="Fill in")).to_have_count(0)
    page = site.page("admin")
    page.goto(f"{site.home}/health")
    page.get_by_role("link", name="presence-links").click()
    expect(page.get_by_role("button", name="Fill in: 3 records")).to_be_visible()
    accessible(page)

    page.get_by_role("button", name="Fill in: 3 records").click()

    expect(page.get_by_role("status")).to_contain_text("3 links made")
    expect(page.get_by_text("Nothing is lacking")).to_be_visible()
    assert book_of(site).preview_backfill("presence-links") == []
    answer = page.goto(f"{site.home}/health/backfills/nothing-such")
    assert answer is not None
    assert answer.status == 404


def test_old_raw_rows_are_deleted_by_typing_how_many(
    site_on_both: Site, tmp_path: Path, accessible: Check, picture: Picture
):
    """LIN-5: seen first, and only those that are old enough."""
    site = site_on_both
    with_missing(site, tmp_path)
    viewer = site.page("viewer")
    viewer.goto(f"{site.home}/health/pruning?older_than=5d")
    expect(viewer.get_by_text("7 raw rows of 2 runs")).to_be_visible()
    expect(viewer.get_by_role("button", name="Delete")).to_have_count(0)
    page = site.page("admin")
    page.goto(f"{site.home}/health")
    page.get_by_label("Older than").fill("5d")
    page.get_by_role("button", name="See what would go").click()
    accessible(page)
    picture(page, "health-pruning")

    expect(page.get_by_role("button", name="Delete 7 raw rows")).to_be_disabled()
    page.get_by_label("Reason").fill("half a year is enough")
    page.get_by_label("Type 7 to confirm").fill("7")
    page.get_by_role("button", name="Delete 7 raw rows").click()

    expect(page.get_by_role("status")).to_contain_text("deleted 7 raw rows of 2 runs")
    expect(page.get_by_text("No raw rows are older than 5d")).to_be_visible()
    (run,) = [each for each in book_of(site).runs()[0] if each.kind == "prune"]
    assert (run.initiated_by, run.reason) == ("admin@example.com", "half a year is enough")


def test_a_length_or_a_number_that_is_none_deletes_nothing(site: Site, tmp_path: Path, accessible: Check):
    """LIN-5: also without JavaScript."""
    with_missing(site, tmp_path)
    page = site.page("admin", java_script_enabled=False)

    page.goto(f"{site.home}/health/pruning?older_than=soon")
    expect(page.get_by_role("alert")).to_contain_text("is no length of time")
    page.goto(f"{site.home}/health/pruning?older_than=5d")
    page.get_by_label("Type 7 to confirm").fill("10")
    page.get_by_role("button", name="Delete 7 raw rows").click()

    expect(page.get_by_role("alert")).to_contain_text("What was typed is not 7")
    assert book_of(site).preview_pruning("5d").counts["raw_rows"] == 7


def test_freshness_is_a_picture_that_says_in_words_what_it_shows_and_a_table(
    site: Site, tmp_path: Path, accessible: Check, picture: Picture
):
    """FRE-2, FRE-3: age against what is expected, per source and record type."""
    sample = pack_samples("it_assets")["ninjaone-1.csv"].read_text(encoding="utf-8")
    imported(site, sample, tmp_path, days=9)
    imported(site, rows(FLEET[0]), tmp_path, days=3, source="EXCEL", strategy="merge", name="stock.csv")
    imported(
        site, pack_samples("it_assets")["telus.csv"].read_text(encoding="utf-8"), tmp_path, source="TELUS"
    )
    page = site.page("viewer", java_script_enabled=False, color_scheme="dark")
    page.goto(site.home)
    page.get_by_role("link", name="Freshness", exact=True).click()

    drawn = page.get_by_role("img", name="Age of the newest imports")
    expect(drawn.locator("desc")).to_contain_text("3 feeds, 1 of them older than expected.")
    expect(drawn).to_contain_text("stale: 9 days old, expected every 7 days")
    expect(drawn).to_contain_text("3 days old; nothing is expected of it")
    expect(page.get_by_role("row", name="NINJAONE device")).to_contain_text("stale")
    expect(page.get_by_role("row", name="TELUS device")).to_contain_text("fresh")

    seen = site.page("viewer", color_scheme="dark")
    seen.goto(f"{site.home}/freshness")
    accessible(seen)
    picture(seen, "freshness-dark")


def test_activity_is_narrowed_in_the_address_and_leads_to_runs_and_records(
    site: Site, tmp_path: Path, accessible: Check, picture: Picture
):
    """SEC-8"""
    with_missing(site, tmp_path)
    page = site.page("viewer")
    page.goto(site.home)
    page.get_by_role("link", name="Activity").click()
    accessible(page)
    picture(page, "activity")

    page.get_by_role("combobox", name="Act").select_option("retire")
    page.get_by_label("Record type").select_option("device")
    page.get_by_role("button", name="Show").click()
    assert "act=retire" in page.url
    lines = page.get_by_role("row").filter(has_text="retired")
    expect(lines).to_have_count(2)
    expect(lines.first.get_by_role("link", name="device")).to_have_attribute(
        "href", "/workspaces/default/records/device/2"
    )
    lines.first.get_by_role("link", name="3", exact=True).click()
    expect(page).to_have_url(f"{site.home}/runs/3")

    plain = site.page("viewer", java_script_enabled=False)
    plain.goto(f"{site.home}/activity?page_size=2&page=2")
    expect(plain.get_by_role("navigation", name="Pages")).to_contain_text("3–4 of")
    plain.get_by_label("Record number").fill("2")
    plain.get_by_role("button", name="Show").click()
    expect(plain.get_by_role("alert")).to_contain_text("alone could be a record of any type")
    expect(plain.get_by_label("Record number")).to_have_value("2")


def test_where_nothing_has_happened_each_page_says_what_will_stand_there(site: Site, accessible: Check):
    page = site.page("operator")
    for place, words in (
        ("freshness", "Nothing has been imported into this workspace yet"),
        ("activity?since=2100-01-01", "Nothing like that has happened"),
        ("health/pruning?older_than=1d", "nothing would go"),
        ("health/backfills/discovery-flow", "Nothing is lacking"),
    ):
        page.goto(f"{site.home}/{place}")
        expect(page.get_by_text(words)).to_be_visible()
        accessible(page)
