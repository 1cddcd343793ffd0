"""The work list in a browser: what waits, and held retirements that are decided (PRE-16, PRE-20, PRE-32, ERR-3)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Check, Site
from tests.browser.past import HEAD, book_of, imported, rows, with_held

Picture = Callable[[Page, str], None]


def with_all_that_waits(site: Site, folder: Path) -> None:
    """Four held retirements, one row in conflict, two rejected ones."""
    with_held(site, folder)
    head = f"{HEAD},Status,Warranty End Date"
    stock = rows("E1,A1,in use,", "E2,A2,in the cupboard,", "E3,A3,in stock,31/02/2027", head=head)
    imported(site, stock, folder, days=1.5, source="EXCEL", strategy="merge", name="stock.csv")
    crossed = rows("E1,T005")
    imported(site, crossed, folder, days=1, source="EXCEL", strategy="merge", name="crossed.csv")


def test_what_waits_stands_in_groups_with_count_reason_age_and_the_next_step(
    site: Site, tmp_path: Path, picture: Picture
):
    """PRE-16, PRE-20, ERR-3"""
    with_all_that_waits(site, tmp_path)
    page = site.page("operator")
    page.goto(site.home)
    page.get_by_role("navigation", name="Areas").get_by_role("link", name="Review").click()

    picture(page, "review-list")
    held = page.get_by_role("region", name="Held retirements").get_by_role("row").last
    expect(held).to_contain_text("4 of the 6 records that NINJAONE has would be retired")
    expect(held).to_contain_text("2 days")
    undecided = page.get_by_role("region", name="In conflict or ambiguous").get_by_role("row").last
    expect(undecided).to_contain_text("crossed.csv from EXCEL")
    expect(undecided).to_contain_text("1 in conflict")
    rejected = page.get_by_role("region", name="Rejected rows").get_by_role("row").last
    expect(rejected).to_contain_text("stock.csv from EXCEL")
    expect(rejected.get_by_role("cell").first).to_have_text("2")
    expect(rejected.get_by_role("link", name="Import the mended file")).to_be_visible()
    for words in ("4held retirements", "1rows in conflict or ambiguous", "2rejected rows"):
        expect(page.get_by_role("list", name="What waits")).to_contain_text(words)

    held.get_by_role("link", name="Decide").click()
    expect(page).to_have_url(f"{site.home}/held?source=NINJAONE&type=device")

    viewer = site.page("viewer", java_script_enabled=False, color_scheme="dark")
    viewer.goto(f"{site.home}/review")
    expect(viewer.get_by_role("link", name="Import the mended file")).to_have_count(0)
    viewer.get_by_role("link", name="See them").click()
    expect(viewer.get_by_role("row", name="T001")).to_be_visible()
    expect(viewer.get_by_role("button", name="ticked")).to_have_count(0)
    expect(viewer.get_by_role("checkbox")).to_have_count(0)


def test_held_records_are_retired_after_all_by_who_may_and_types_their_number(
    site: Site, tmp_path: Path, picture: Picture
):
    """PRE-16, SEC-3"""
    with_held(site, tmp_path)
    page = site.page("admin")
    page.goto(f"{site.home}/held")
    picture(page, "review-held")

    page.get_by_role("checkbox", name="Tick T001").check()
    page.get_by_role("checkbox", name="Tick T002").check()
    page.get_by_role("button", name="Retire the ticked").click()
    expect(page.get_by_role("heading", name="Retire 2 records after all")).to_be_visible()
    expect(page.get_by_role("button", name="Retire 2 records")).to_be_disabled()
    picture(page, "review-retire")
    page.get_by_label("Reason").fill("sold")
    page.get_by_label("Type 2 to confirm").fill("2")
    page.get_by_role("button", name="Retire 2 records").click()

    expect(page.get_by_role("status")).to_contain_text("2 retired. sold")
    assert page.get_by_role("rowheader").all_inner_texts() == ["T003", "T004"]
    book = book_of(site)
    (run,) = [each for each in book.runs()[0] if each.kind == "review"]
    assert (run.initiated_by, run.stats["retire"], run.reason) == ("admin@example.com", 2, "sold")
    assert {each.state for each in book.missing()[0]} == {"retired", "held for review"}

    operator = site.page("operator")
    operator.goto(f"{site.home}/held")
    expect(operator.get_by_role("button", name="Keep the ticked")).to_be_visible()
    expect(operator.get_by_role("button", name="Retire the ticked")).to_have_count(0)
    answer = operator.goto(f"{site.home}/held/retire?all=yes&source=NINJAONE&type=device")
    assert answer is not None
    assert answer.status == 403


def test_a_number_that_is_not_theirs_retires_nothing_also_without_javascript(site: Site, tmp_path: Path):
    """PRE-16: what was typed is looked at by the server."""
    with_held(site, tmp_path)
    page = site.page("admin", java_script_enabled=False)
    page.goto(f"{site.home}/held?source=NINJAONE&type=device")
    page.get_by_role("link", name="Retire all 4 of NINJAONE").click()

    page.get_by_label("Type 4 to confirm").fill("2")
    page.get_by_label("Reason").fill("sold")
    page.get_by_role("button", name="Retire 4 records").click()

    expect(page.get_by_role("alert")).to_contain_text("What was typed is not 4")
    expect(page.get_by_label("Reason")).to_have_value("sold")
    assert book_of(site).work_list().open == 4
    page.get_by_label("Type 4 to confirm").fill("4")
    page.get_by_role("button", name="Retire 4 records").click()
    expect(page.get_by_role("status")).to_contain_text("4 retired. sold")
    assert book_of(site).work_list().held == ()


def test_held_records_are_kept_for_a_reason(site: Site, tmp_path: Path, accessible: Check):
    """PRE-16: they stay, flagged, and are held no more."""
    with_held(site, tmp_path)
    page = site.page("operator")
    page.goto(f"{site.home}/held?source=NINJAONE&type=device")

    page.get_by_role("button", name="Keep the ticked").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing is ticked")
    accessible(page)
    page.go_back()
    page.get_by_role("link", name="Keep all 4 of NINJAONE").click()
    page.get_by_label("Reason").fill(" ")
    page.get_by_role("button", name="Keep 4 records").click()
    expect(page.get_by_role("alert")).to_contain_text("A reason is needed")
    page.get_by_label("Reason").fill("lent to the branch office")
    page.get_by_role("button", name="Keep 4 records").click()

    expect(page.get_by_role("status")).to_contain_text("4 kept. lent to the branch office")
    expect(page.get_by_text("Nothing of that is held")).to_be_visible()
    assert {each.state for each in book_of(site).missing()[0]} == {"kept"}


def test_where_nothing_waits_it_says_what_would(site: Site, accessible: Check):
    page = site.page("operator")
    for place, words in (("review", "Nothing waits for you"), ("held", "Nothing is held for review")):
        page.goto(f"{site.home}/{place}")
        expect(page.get_by_text(words)).to_be_visible()
        accessible(page)
