"""The dashboard in a browser: what waits, how fresh sources are, what was done last, and the first steps (FRE-3)."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Check, Site
from tests.browser.inventory import sample, three_snapshots

Picture = Callable[[Page, str], None]


def test_an_empty_workspace_says_what_to_do_first(site: Site, accessible: Check, picture: Picture):
    """An operator is led to an import and to samples; a viewer is told to wait for one."""
    page = site.page("operator")
    page.goto(site.home)

    expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    expect(page.get_by_role("button", name="Import a file")).to_have_attribute(
        "href", "/workspaces/default/import"
    )
    accessible(page)
    picture(page, "dashboard-first-steps")
    with page.expect_download() as download:
        page.get_by_role("link", name="ninjaone-1.csv").click()
    assert download.value.path().read_bytes() == sample("ninjaone-1.csv")

    viewer = site.page("viewer")
    viewer.goto(site.home)
    expect(viewer.get_by_text("Nothing has been imported")).to_be_visible()
    expect(viewer.get_by_role("button", name="Import a file")).to_have_count(0)


def test_what_waits_and_how_fresh_sources_are_is_seen_first(site: Site, picture: Picture):
    """FRE-3, HEA-2, ROL-9: tiles with numbers lead to the lists; the health comes in after the page."""
    three_snapshots(site)
    rejected = sample("ninjaone-2.csv").replace(b"2026-12-15", b"31/02/2026")
    site.journey().imported(
        rejected, name="bad.csv", strategy="merge", on_error="reject-rows", reject_limit="50%"
    )
    page = site.page("viewer")
    page.goto(site.home)

    expect(page.get_by_role("link", name="3 rejected rows to mend")).to_have_attribute(
        "href", "/workspaces/default/review#rejected"
    )
    expect(page.get_by_role("link", name="0 healthy faults in the wiring")).to_be_visible()
    fresh = page.get_by_role("row", name="NINJAONE fresh just now every 7 days")
    expect(fresh.get_by_role("link", name="device")).to_have_attribute("href", "/workspaces/default/runs/5")
    last = page.get_by_role("region", name="Last runs")
    expect(last.get_by_role("row", name="telus.csv")).to_contain_text("applied")
    expect(last.get_by_role("button", name="Rollback")).to_have_count(0)
    expect(page.get_by_role("button", name="Import a file")).to_have_count(0)
    picture(page, "dashboard")

    dark = site.page("admin", color_scheme="dark")
    dark.goto(site.home)
    expect(dark.get_by_role("link", name="0 healthy faults in the wiring")).to_be_visible()
    expect(dark.get_by_role("button", name="Rollback of run 2")).to_be_visible()
    picture(dark, "dashboard-dark")


def test_it_is_read_without_javascript(site: Site):
    """The health is a link away there."""
    three_snapshots(site)
    page = site.page("viewer", java_script_enabled=False)
    page.goto(site.home)

    expect(page.get_by_role("link", name="records that a source misses")).to_be_visible()
    page.get_by_role("link", name="check the wiring").click()
    expect(page.get_by_role("link", name="0 healthy faults in the wiring")).to_be_visible()
