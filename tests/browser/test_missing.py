"""Missing by source in a browser: what is listed, and what somebody says of it (PRE-22, PRE-29)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Check, Site
from tests.browser.past import book_of, with_missing

Picture = Callable[[Page, str], None]


def names(page: Page) -> list[str]:
    """The records that the page lists."""
    return page.get_by_role("rowheader").all_inner_texts()


def test_what_each_source_misses_is_counted_listed_and_narrowed_in_the_address(
    site: Site, tmp_path: Path, picture: Picture
):
    """PRE-22: newest first, with who still has it; a viewer reads all of it and is offered nothing to do."""
    with_missing(site, tmp_path)
    page = site.page("viewer")
    page.goto(site.home)
    page.get_by_role("link", name="Missing by source").click()

    picture(page, "missing-list")
    assert sorted(names(page)) == ["T001", "T002", "T003"]
    expect(page.get_by_role("row", name="T001")).to_contain_text("still in TELUS")
    expect(page.get_by_role("row", name="T002")).to_contain_text("retired")
    expect(page.get_by_role("checkbox", name="Tick")).to_have_count(0)
    expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)

    page.get_by_role("link", name="3 NINJAONE").click()
    expect(page).to_have_url(f"{site.home}/missing?source=NINJAONE")
    page.get_by_label("Missing since, from").fill("2020-01-01")
    page.get_by_label("to", exact=True).fill("2020-12-31")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Nothing is missing here")).to_be_visible()
    assert "until=2020-12-31" in page.url
    page.get_by_role("link", name="Show all").last.click()
    page.get_by_role("link", name="T002").click()
    assert page.url.startswith(f"{site.home}/records/device/")


def test_several_are_acknowledged_at_once_and_come_back_when_that_is_rolled_back(
    site: Site, tmp_path: Path, picture: Picture
):
    """PRE-22, PRE-29: with one reason, by one run, told of each record."""
    with_missing(site, tmp_path)
    page = site.page("operator")
    page.goto(f"{site.home}/missing?source=NINJAONE")

    page.get_by_role("checkbox", name="Tick T002").check()
    page.get_by_role("checkbox", name="Tick T003").check()
    page.get_by_label("Reason").fill("in repair")
    page.get_by_label("Until").fill("2099-12-31")
    page.get_by_role("button", name="Acknowledge").click()

    expect(page.get_by_role("status")).to_contain_text("2 acknowledged. in repair")
    assert names(page) == ["T001"]
    assert "source=NINJAONE" in page.url
    book = book_of(site)
    (run,) = [each for each in book.runs()[0] if each.kind == "acknowledge"]
    told, count = book.activity(act="acknowledge")
    assert (count, {each.run_id for each in told}, {each.actor for each in told}) == (
        2,
        {run.run_id},
        {"operator@example.com"},
    )
    assert "NINJAONE misses T002: in repair" in " ".join(each.sentence for each in told)

    page.get_by_label("Also acknowledged ones").check()
    page.get_by_role("button", name="Show").click()
    line = page.get_by_role("row", name="T003")
    expect(line).to_contain_text("acknowledged by operator@example.com until 2099-12-31: in repair")
    expect(line.get_by_role("link", name=f"run {run.run_id}")).to_be_visible()
    expect(line.get_by_role("link", name="Take it back")).to_have_count(0)
    picture(page, "missing-acknowledged")
    admin = site.page("admin")
    admin.goto(f"{site.home}/missing?acknowledged=yes")
    back = admin.get_by_role("row", name="T003").get_by_role("link", name="Take it back")
    expect(back).to_have_attribute("href", f"/workspaces/default/runs/{run.run_id}/rollback")

    book.run(run.run_id).rollback()
    page.goto(f"{site.home}/missing")
    assert sorted(names(page)) == ["T001", "T002", "T003"]


def test_an_acknowledgement_that_is_refused_keeps_what_was_typed_and_ticked(
    site: Site, tmp_path: Path, accessible: Check
):
    """PRE-29: a reason is needed, and something to say it of."""
    with_missing(site, tmp_path)
    page = site.page("operator")
    page.goto(f"{site.home}/missing")

    page.get_by_label("Reason").fill("lent to the branch office")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing is ticked. Nothing was written.")
    expect(page.get_by_label("Reason")).to_have_value("lent to the branch office")
    accessible(page)

    page.get_by_role("checkbox", name="Tick all on this page").check()
    page.get_by_label("Reason").fill(" ")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("alert")).to_contain_text("A reason is needed")
    expect(page.get_by_role("checkbox", name="Tick T002")).to_be_checked()
    assert book_of(site).missing()[1] == 3


def test_it_is_read_and_acknowledged_without_javascript(site: Site, tmp_path: Path):
    """PRE-22"""
    with_missing(site, tmp_path)
    page = site.page("operator", java_script_enabled=False)
    page.goto(f"{site.home}/missing")

    page.get_by_label("Record type").select_option("device")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("checkbox", name="Tick T001").check()
    page.get_by_label("Reason").fill("billed until spring")
    page.get_by_role("button", name="Acknowledge").click()

    assert sorted(names(page)) == ["T002", "T003"]
    assert "type=device" in page.url


def test_where_nothing_is_missing_it_says_what_would_stand_here(site: Site, accessible: Check):
    page = site.page("operator", color_scheme="dark")
    page.goto(f"{site.home}/missing")

    expect(page.get_by_text("Nothing is missing: every record")).to_be_visible()
    expect(page.get_by_role("button", name="Import a file")).to_be_visible()
    accessible(page)
