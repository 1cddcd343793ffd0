"""Records in a browser: lists whose filters are an address, one record with all that is known of it, edits (PRE-24)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from stocktake.stores import stretches
from tests.browser.conftest import Check, Site
from tests.browser.inventory import first, id_of, sample
from tests.browser.past import imported, rows

Picture = Callable[[Page, str], None]


def two_snapshots(site: Site) -> None:
    """Runs 1 to 3: NinjaOne lacks LT-0101, which Telus still has, and DT-0207, which is retired."""
    first(site)
    for name, source in (("telus.csv", "TELUS"), ("ninjaone-2.csv", "NINJAONE")):
        site.journey().imported(sample(name), name=name, source=source, strategy="snapshot")


def tags(page: Page) -> list[str]:
    """What the listed records are called."""
    rows = page.get_by_role("table").get_by_role("row").get_by_role("rowheader").get_by_role("link")
    return rows.all_inner_texts()


def test_a_list_is_narrowed_and_its_address_can_be_kept(site: Site, picture: Picture):
    """PRE-22, INT-1: text, missing source, a field's value; every choice stands in the address, and comes off again."""
    two_snapshots(site)
    page = site.page("viewer")
    page.goto(site.home)
    page.get_by_role("link", name="Records", exact=True).click()

    expect(page).to_have_url(f"{site.home}/records/device")
    expect(page.get_by_role("row", name="LT-0101")).to_contain_text("Missing from NINJAONE since ")
    expect(page.get_by_text("1–33 of 33 devices")).to_be_visible()
    picture(page, "records-list")

    page.get_by_role("combobox", name="Missing from", exact=True).select_option("NINJAONE")
    expect(page.get_by_text("1–1 of 1 devices")).to_be_visible()
    assert tags(page) == ["LT-0101"]
    page.get_by_label("Retired too").check()
    expect(page.get_by_text("1–2 of 2 devices")).to_be_visible()
    assert tags(page) == ["LT-0101", "DT-0207"]
    page.goto(f"{site.home}/records/device")
    page.get_by_label("Search").fill("dt-02")
    page.get_by_role("combobox", name="Field", exact=True).select_option("Make")
    page.get_by_role("combobox", name="Match", exact=True).select_option("contains")
    page.get_by_role("textbox", name="Value", exact=True).fill("dell")
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(f"{site.home}/records/device?text=dt-02&where=make~%3Ddell")
    assert tags(page) == ["DT-0204", "DT-0205"]
    other = site.page("operator")
    other.goto(page.url)
    assert tags(other) == tags(page)
    page.get_by_role("link", name="Without: Make contains").click()
    expect(page).to_have_url(f"{site.home}/records/device?text=dt-02")
    page.get_by_label("Search").fill("nothing like it")
    page.get_by_label("Search").press("Enter")
    expect(page.get_by_text("No devices are like that.")).to_be_visible()


def test_columns_are_chosen_and_pages_turned(site: Site):
    """INT-1: a page never holds more than 200."""
    first(site)
    page = site.page("viewer")
    page.goto(f"{site.home}/records/device?page_size=10")
    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("checkbox", name="Model", exact=True).check()
    page.get_by_role("checkbox", name="RAM", exact=True).check()
    page.get_by_role("button", name="Show these columns").click()

    heads = page.get_by_role("columnheader").all_inner_texts()
    assert heads == ["Id", "Asset tag", "Model", "RAM", "Source"]
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("11–20 of 24 devices")).to_be_visible()
    assert page.get_by_role("columnheader").all_inner_texts() == heads
    page.goto(f"{site.home}/records/device?page_size=1000&page=1")
    expect(page.get_by_text("1–24 of 24 devices")).to_be_visible()


def test_a_record_tells_where_each_value_came_from(site: Site, accessible: Check, picture: Picture):
    """PRE-22, PRE-24, LIN-1, LIN-2: provenance, links with their intervals, history and audit, the row as it was read."""
    two_snapshots(site)
    page = site.page("viewer")
    page.goto(f"{site.home}/records/device")
    page.get_by_role("link", name="LT-0101").click()

    expect(page.get_by_text("Missing from NINJAONE since ").first).to_be_visible()
    values = page.get_by_role("region", name="Values, and where each came from")
    expect(values.get_by_role("row", name="IMEI")).to_contain_text("TELUS")
    expect(values.get_by_role("row", name="Model")).to_contain_text("run 1")
    sources = page.get_by_role("region", name="Sources")
    expect(sources.get_by_role("row", name="NINJAONE 5CG3120QPD missing")).to_be_visible()
    expect(sources.get_by_role("row", name="TELUS")).to_contain_text("present")
    lineage = page.get_by_role("region", name="Where it came from")
    expect(lineage).to_contain_text("telus.csv, line 10 of run 2; created by run 1, last changed by run 2.")
    expect(lineage).to_contain_text("604-555-0109")
    expect(page.get_by_role("button", name="Edit")).to_have_count(0)
    picture(page, "records-record")
    page.get_by_role("link", name="Every run that wrote it").click()
    expect(lineage.get_by_role("heading", name="Run 1: created")).to_be_visible()
    expect(lineage).to_contain_text("HARBOUR\\mfontaine")

    page.goto(f"{site.home}/records/device/{id_of(site, 'DT-0207')}")
    expect(page.get_by_role("region", name="History")).to_contain_text(
        "retired DT-0207 (AVAILABLE → RETIRED)"
    )
    expect(page.get_by_text("retired by source")).to_be_visible()

    dark = site.page("viewer", color_scheme="dark")
    dark.goto(page.url)
    accessible(dark)
    picture(dark, "records-record-dark")


def test_a_record_is_edited_after_what_changes_was_shown(site: Site, accessible: Check, picture: Picture):
    """PRE-24, ERR-5: a mistake is told at its field and keeps what was typed; what was shown is what is written."""
    first(site)
    page = site.page("operator")
    number = id_of(site, "LT-0101")
    page.goto(f"{site.home}/records/device/{number}")
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Warranty end").fill("31/02/2027")
    page.get_by_label("Location").fill("Vancouver")
    page.get_by_role("button", name="Show what changes").click()

    expect(page.get_by_role("alert")).to_contain_text('"31/02/2027" is not a date')
    expect(page.get_by_label("Location")).to_have_value("Vancouver")
    accessible(page)
    page.get_by_label("Warranty end").fill("2027-02-28")
    page.get_by_label("Assigned to").fill("")
    page.get_by_label("Reason").fill("moved desks")
    page.get_by_role("button", name="Show what changes").click()
    seen = page.get_by_role("form", name="This will change")
    expect(seen.get_by_role("row", name="Assigned to")).to_have_text(re.compile(r"mfontaine\s*\(blank\)"))
    assert site.journey().client.get("/api/v1/workspaces/default/runs").json()["total"] == 1
    accessible(page)
    picture(page, "records-edit")
    page.get_by_role("button", name="Write 3 fields").click()

    expect(page).to_have_url(f"{site.home}/records/device/{number}")
    values = page.get_by_role("region", name="Values, and where each came from")
    expect(values.get_by_role("row", name="Location")).to_contain_text("operator@example.com by hand")
    expect(values.get_by_role("row", name="Assigned to")).to_contain_text("blank")
    page.get_by_role("link", name="run 2").first.click()
    expect(page.get_by_role("row", name="Warranty end")).to_contain_text("2027-04-30")
    expect(page.get_by_text("moved desks").first).to_be_visible()


def test_somebody_else_was_quicker_and_nothing_is_written_over(site: Site):
    """PLN-9: the version that was shown is the one that is written to."""
    first(site)
    number = id_of(site, "LT-0101")
    page = site.page("operator")
    page.goto(f"{site.home}/records/device/{number}/edit")
    page.get_by_label("Location").fill("Vancouver")
    page.get_by_role("button", name="Show what changes").click()
    site.journey("admin").client.patch(
        f"/api/v1/workspaces/default/records/device/{number}", json={"values": {"location": "Calgary"}}
    )
    page.get_by_role("button", name="Write 1 field").click()

    expect(page.get_by_role("alert")).to_contain_text("changed")
    told = site.journey().client.get(f"/api/v1/workspaces/default/records/device/{number}").json()
    assert told["values"]["location"] == "Calgary"


def test_assets_of_a_flow_are_listed_alone_or_with_all(site: Site, accessible: Check, picture: Picture):
    """INT-8: "This flow / All assets"."""
    client = site.journey("admin").client
    for flow in ("FLOW-1", "FLOW-2"):
        made = client.put(
            f"/api/v1/workspaces/default/flows/{flow}", json={"name": f"Data centre {flow[-1]}"}
        )
        assert made.status_code in (200, 201), made.text
    rows = sample("applications.csv", "discovery").splitlines(keepends=True)
    told = {"record_type": "application", "source": "discovery_flow", "strategy": "merge"}
    site.journey().imported(b"".join(rows[:3]), name="one.csv", flow="FLOW-1", **told)
    site.journey().imported(rows[0] + b"".join(rows[3:]), name="two.csv", flow="FLOW-2", **told)
    page = site.page("viewer")
    page.goto(f"{site.home}/records/application")

    expect(page.get_by_role("link", name="All assets")).to_have_attribute("aria-current", "true")
    expect(page.get_by_text("1–4 of 4 applications")).to_be_visible()
    page.get_by_role("link", name="This flow").click()
    expect(page).to_have_url(f"{site.home}/records/application?flow=FLOW-2")
    expect(page.get_by_text("1–2 of 2 applications")).to_be_visible()
    page.get_by_role("combobox", name="Flow", exact=True).select_option("Data centre 1")
    expect(page).to_have_url(f"{site.home}/records/application?flow=FLOW-1")
    expect(page.get_by_role("link", name="This flow")).to_have_attribute("aria-current", "true")
    accessible(page)
    picture(page, "records-flow")
    page.get_by_role("link", name="All assets").click()
    expect(page.get_by_text("1–4 of 4 applications")).to_be_visible()


def test_records_are_read_without_javascript_and_in_a_narrow_window(
    site: Site, accessible: Check, picture: Picture
):
    two_snapshots(site)
    plain = site.page("operator", java_script_enabled=False)
    plain.goto(f"{site.home}/records/device")
    plain.get_by_role("combobox", name="Status", exact=True).select_option("AVAILABLE")
    plain.get_by_role("button", name="Filter").click()
    plain.get_by_role("link", name="SRV-FILE01").click()
    plain.get_by_role("button", name="Edit").click()
    plain.get_by_label("Location").fill("Calgary")
    plain.get_by_role("button", name="Show what changes").click()
    plain.get_by_role("button", name="Write 1 field").click()
    expect(plain.get_by_role("region", name="History")).to_contain_text("Calgary")

    page = site.page("operator")
    page.set_viewport_size({"width": 700, "height": 900})
    for path, name in (("", "list"), (f"/{id_of(site, 'LT-0101')}", "record")):
        page.goto(f"{site.home}/records/device{path}")
        accessible(page)
        picture(page, f"records-narrow-{name}")


def many(site: Site, folder: Path) -> None:
    """Three thousand devices in three stretches, all of one make but the last."""
    lines = [f"S{place:04},T{place:04},{'Dell' if place < 2999 else 'Apple'}" for place in range(3000)]
    imported(site, rows(*lines, head="Serial Number,Asset Tag,Make"), folder)


def test_a_filter_that_looks_through_many_gives_its_page_before_its_number(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, accessible: Check, picture: Picture
):
    """INT-1: what is found soon stands at once; the rest, and how many there are, comes as soon as it is known."""
    many(site, tmp_path)
    for name in ("HURRY", "STEP"):
        monkeypatch.setattr(stretches, name, 1 << 10)
    page = site.page("viewer")
    page.route("**/records/device?*whole=true*", lambda route: None)  # never answered
    page.goto(f"{site.home}/records/device?where=make%3DDell")
    assert tags(page)[:2] == ["T0000", "T0001"]
    expect(page.get_by_role("status")).to_have_text("1–50; how many there are is being counted …")
    accessible(page)
    picture(page, "records-being-counted")
    page.get_by_role("link", name="Next").click()
    assert tags(page)[0] == "T0050"
    page.goto(f"{site.home}/records/device?where=make%3DApple")
    expect(page.get_by_role("status")).to_contain_text("all devices are being looked through")
    accessible(page)
    picture(page, "records-being-looked-through")

    page.unroute("**/records/device?*whole=true*")
    page.goto(f"{site.home}/records/device?where=make%3DApple")
    expect(page.get_by_text("1–1 of 1 devices")).to_be_visible()
    assert tags(page) == ["T2999"]
    page.goto(f"{site.home}/records/device?where=make%3DDell&page=2")
    expect(page.get_by_text("51–100 of 2,999 devices")).to_be_visible()
    assert tags(page)[0] == "T0050"
    expect(page.get_by_role("link", name="CSV")).to_have_attribute("href", re.compile(r"where=make%3DDell"))
    expect(page.get_by_role("link", name="Last")).not_to_have_attribute("href", re.compile("whole"))


def test_a_filter_that_looks_through_many_needs_no_javascript(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """INT-1: the page that has it all comes by itself, or by a link."""
    many(site, tmp_path)
    for name in ("HURRY", "STEP"):
        monkeypatch.setattr(stretches, name, 1 << 10)
    page = site.page("viewer", java_script_enabled=False)
    page.goto(f"{site.home}/records/device?where=make%3DApple")
    expect(page.get_by_text("1–1 of 1 devices")).to_be_visible()
    page.goto(f"{site.home}/records/device?where=make%3DDell&retired=true")
    page.get_by_role("link", name="Count them").click()
    expect(page.get_by_text("1–50 of 2,999 devices")).to_be_visible()
