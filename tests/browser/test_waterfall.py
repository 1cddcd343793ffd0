"""The waterfall in a browser: a picture that is read without colour, and the same in numbers (HIS-6, HIS-9)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from stocktake.catalog.packs import pack_samples
from stocktake.interfaces.web import waterfall
from tests.browser.conftest import Check, Site
from tests.browser.past import imported
from tests.interfaces.http.conftest import OWN

Picture = Callable[[Page, str], None]
PATTERN = re.compile(r"url\(#picture-(in|out)\)")


@pytest.fixture
def moved(site: Site, tmp_path: Path) -> tuple[int, int]:
    """The deals of the CRM sample twenty days ago; six days ago two had moved on and one was lost. Both runs."""
    first = pack_samples("crm")["hubspot-deals.csv"].read_text(encoding="utf-8")
    told = {"record_type": "deal", "source": "HUBSPOT"}
    begin = imported(site, first, tmp_path, days=20, name="deals-1.csv", **told)
    then = first.replace("Contract Sent", "Closed Won").replace("Presentation Scheduled", "Contract Sent")
    end = imported(site, then, tmp_path, days=6, name="deals-2.csv", **told)
    return begin.run_id, end.run_id


def numbers(page: Page, table: str) -> dict[str, list[str]]:
    """Stage → the numbers of its line."""
    found = page.get_by_role("region", name=table).get_by_role("row").all()[1:]
    lines = (
        [*each.get_by_role("rowheader").all_inner_texts(), *each.get_by_role("cell").all_inner_texts()]
        for each in found
    )
    return {line[0]: line[1:] for line in lines}


def test_a_waterfall_between_two_runs_is_drawn_and_told_in_the_same_numbers(
    site: Site, moved: tuple[int, int], picture: Picture
):
    """HIS-6: patterns, labels and numbers say what colour repeats; a viewer may look."""
    begin, end = moved
    page = site.page("viewer", color_scheme="dark")
    page.goto(site.home)
    page.get_by_role("link", name="Waterfall").click()
    page.get_by_label("Add up").select_option(label="Amount")
    page.get_by_label("From run").select_option(str(begin))
    page.get_by_label("To run").select_option(str(end))
    page.get_by_role("button", name="Draw").click()

    drawn = page.get_by_role("img", name="Deals by stage: amount")
    expect(drawn).to_be_visible()
    expect(drawn.locator("desc")).to_contain_text(f"From run {begin}")
    fills = drawn.locator("rect[fill]").evaluate_all("all => all.map(each => each.getAttribute('fill'))")
    assert {match[1] for each in fills if (match := PATTERN.fullmatch(each))} == {"in", "out"}
    picture(page, "waterfall-dark")

    asked = f"type=deal&field=stage&from={begin}&to={end}&amount=amount"
    told = site.journey("viewer").client.get(f"{OWN}/waterfall?{asked}").json()["periods"][0]
    shown = numbers(page, "Deals in numbers")
    for each in told["stages"]:
        flows = (each[name] for name in ("begin", "entered", "moved_in", "moved_out", "left", "end"))
        assert shown[each["stage"]] == [f"{count:,}" for count in flows]
    amounts = numbers(page, "Amount in numbers")
    won = next(each for each in told["stages"] if each["stage"] == "Closed Won")
    assert amounts["Closed Won"][-1].replace(",", "") == won["amounts"]["end"]
    expect(drawn.locator("title", has_text="Closed Won: moved in +").first).to_be_attached()
    expect(page.get_by_role("region", name="Moves")).to_contain_text("Contract Sent")
    stays = page.get_by_role("region", name="Time in each stage")
    expect(stays.get_by_role("row", name="Contract Sent")).to_contain_text("14.0")
    expect(stays.get_by_role("columnheader", name="90 % within days")).to_be_visible()


def test_days_and_periods_stand_in_the_address_and_need_no_javascript(site: Site, moved: tuple[int, int]):
    """HIS-6, HIS-9"""
    page = site.page("viewer", java_script_enabled=False)
    page.goto(f"{site.home}/waterfall?type=deal")

    page.get_by_label("or from day").fill("2020-01-01")
    page.get_by_role("combobox", name="By").select_option("run")
    page.get_by_role("button", name="Draw").click()

    assert "from_day=2020-01-01" in page.url
    expect(page.get_by_label("or from day")).to_have_value("2020-01-01")
    expect(page.get_by_role("img")).to_contain_text(f"run {moved[0]}")
    expect(page.get_by_role("region", name="Deals in numbers")).to_contain_text(f"run {moved[1]}")
    expect(page.get_by_role("region", name="Deals in numbers")).to_contain_text("From 2020-01-01")


def test_what_cannot_be_drawn_is_said_above_what_was_chosen(
    site: Site, moved: tuple[int, int], accessible: Check
):
    """HIS-6: the end before the beginning."""
    begin, end = moved
    page = site.page("viewer")
    page.goto(f"{site.home}/waterfall?type=deal")
    page.get_by_label("From run").select_option(str(end))
    page.get_by_label("To run").select_option(str(begin))
    page.get_by_role("button", name="Draw").click()

    expect(page.get_by_role("alert")).to_contain_text("lies before its beginning")
    expect(page.get_by_label("From run")).to_have_value(str(end))
    accessible(page)


def test_another_record_type_brings_its_own_fields(site: Site, moved: tuple[int, int], tmp_path: Path):
    imported(site, "Serial Number,Status\nS1,in use\n", tmp_path, days=3)
    page = site.page("viewer")
    page.goto(f"{site.home}/waterfall?type=deal&field=stage&amount=amount")

    page.get_by_label("Record type").select_option("device")
    page.get_by_role("button", name="Draw").click()

    expect(page.get_by_role("img", name="Devices by")).to_be_visible()


def test_where_nothing_is_tracked_yet_it_says_so(site: Site, accessible: Check):
    page = site.page("viewer")
    page.goto(f"{site.home}/waterfall")

    expect(page.get_by_text("No record type with tracked fields has records yet")).to_be_visible()
    accessible(page)


def test_a_waterfall_of_many_records_follows_its_page(
    site: Site,
    moved: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
    accessible: Check,
    picture: Picture,
):
    """HIS-6: the form and what is being done stand at once; drawn once, it is remembered until somebody writes."""
    monkeypatch.setattr(waterfall, "AT_ONCE", 0)
    page = site.page("viewer")
    page.route("**/waterfall?*whole=true*", lambda route: None)  # never answered
    page.goto(f"{site.home}/waterfall?type=deal&field=stage")
    expect(page.get_by_role("status")).to_contain_text("their history is being read")
    accessible(page)
    picture(page, "waterfall-being-read")

    page.unroute("**/waterfall?*whole=true*")
    page.goto(f"{site.home}/waterfall?type=deal&field=stage&by=run")
    expect(page.get_by_role("img", name="Deals by stage")).to_be_visible()
    expect(page.get_by_role("region", name="Time in each stage")).to_be_visible()
    accessible(page)

    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site.home}/waterfall?type=deal&field=stage")
    expect(page.get_by_role("img", name="Deals by stage")).to_be_visible()
    assert not [each for each in asked if "whole" in each]


def test_a_waterfall_of_many_records_needs_no_javascript(
    site: Site, moved: tuple[int, int], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(waterfall, "AT_ONCE", 0)
    page = site.page("viewer", java_script_enabled=False)
    page.goto(f"{site.home}/waterfall?type=deal&amount=amount")
    expect(page.get_by_role("img", name="Deals by stage")).to_be_visible()
