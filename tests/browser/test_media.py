"""Media collections in a browser: ingest with a scope, enrich, approve (MED-B, MED-D)."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from stocktake.model.media import AttachedEnricher, MediaKind, MediaSource
from tests.browser.conftest import Check, Site

Picture = Callable[[Page, str], None]

FILES = {
    "The Long Second (2019).mp4": "movie.mp4",
    "Broken (2001).mkv": "text.mkv",
}


@pytest.fixture
def films(site: Site, tmp_path: Path, media_files: Path) -> Path:
    """A folder of real files, whose collection is known and synced."""
    folder = tmp_path / "media" / "Films"
    folder.mkdir(parents=True)
    for name, made_of in FILES.items():
        shutil.copyfile(media_files / made_of, folder / name)
        os.utime(folder / name, (1_700_000_000, 1_700_000_000))
    installation = site.served.installation
    book = installation.book("default", installation.owner)
    book.add_media_source(MediaSource(name="nas", kind=MediaKind.FILESYSTEM, path=str(folder.parent)))
    book.discover_collections("nas")
    technical = (AttachedEnricher(enricher_id="technical"),)
    book.update_collection("Films", enrichers=technical)
    return folder


def test_a_collection_is_looked_at_ingested_enriched_and_approved(
    site: Site, films: Path, accessible: Check, picture: Picture
):
    """MED-B7, MED-D8, MED-D9"""
    admin = site.page("admin")
    admin.goto(f"{site.home}/media")
    admin.get_by_role("link", name="Films").click()
    if admin.get_by_role("button", name="Sync it from now on").count():
        admin.get_by_role("button", name="Sync it from now on").click()

    page = site.page("operator")
    page.goto(f"{site.home}/media")
    accessible(page)
    page.get_by_role("link", name="Films").click()
    page.get_by_role("button", name="See what it would do").click()
    expect(page.get_by_role("status")).to_contain_text("2 assets found: it would add 2")
    page.goto(f"{site.home}/media/assets")
    expect(page.get_by_text("No asset is like that")).to_be_visible()
    page.get_by_role("link", name="Collections").first.click()
    page.get_by_role("link", name="Films").click()
    page.get_by_role("button", name="Ingest").click()
    expect(page.get_by_role("status")).to_contain_text("2 added, 0 updated")
    accessible(page)
    picture(page, "media-collection")

    page.get_by_role("button", name="Enrich what is new").click()
    expect(page.get_by_role("status")).to_contain_text("1 looked at and ready, 1 could not be enriched")
    page.get_by_role("link", name="Want a person").click()
    expect(page.get_by_role("row", name="Broken (2001)")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Assets", exact=True).click()
    page.get_by_label("State").select_option("ready")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("checkbox", name="The Long Second (2019)").check()
    page.get_by_label("Reason").fill("seen by Bo")
    page.get_by_role("button", name="Approve those ticked").click()
    expect(page.get_by_role("row", name="The Long Second")).to_contain_text("yes")
    accessible(page)
    picture(page, "media-assets")
    page.get_by_role("link", name="The Long Second").click()
    expect(page.get_by_text("approved for broadcast")).to_be_visible()
    accessible(page)


def test_a_scope_that_is_not_whole_says_so_and_an_unticked_approval_too(site: Site, films: Path):
    admin = site.page("admin")
    admin.goto(f"{site.home}/media")
    admin.get_by_role("link", name="Films").click()
    if admin.get_by_role("button", name="Sync it from now on").count():
        admin.get_by_role("button", name="Sync it from now on").click()

    admin.get_by_label("Season").fill("2")
    admin.get_by_role("button", name="Ingest").click()
    expect(admin.get_by_role("alert")).to_contain_text("a season is one of a title")
    expect(admin.get_by_label("Season")).to_have_value("2")
    admin.get_by_label("Season").fill("")
    admin.get_by_role("button", name="Ingest").click()
    expect(admin.get_by_role("status")).to_contain_text("2 added")
    admin.goto(f"{site.home}/media/assets")
    admin.get_by_role("button", name="Approve those ticked").click()

    expect(admin.get_by_role("alert")).to_contain_text("No asset is ticked")


def test_an_ingest_that_takes_long_is_watched_and_stopped_and_then_done_after_all(
    site: Site, films: Path, slow_disk: threading.Event, accessible: Check, picture: Picture
):
    """APP-4, MED-B7: its page says what is being done, others see it too; stopped, it has written nothing."""
    book = site.served.installation.book("default", site.served.installation.owner)
    book.update_collection("Films", is_sync_enabled=True)
    at = f"{site.home}/media/collections/{book.collection('Films').collection_id}"
    page = site.page("operator")
    page.goto(at)
    page.get_by_label("Read every file whole").check()
    page.get_by_role("button", name="Ingest").click()

    expect(page.get_by_role("heading", name="Ingesting Films")).to_be_visible()
    expect(page.get_by_text("Looking what is there", exact=True)).to_be_visible()
    expect(page.get_by_role("progressbar", name="Looking what is there")).to_be_visible()
    accessible(page)
    picture(page, "media-ingesting")
    viewer = site.page("viewer", java_script_enabled=False, color_scheme="dark")
    viewer.goto(at)
    viewer.get_by_role("link", name="See how far it is").click()
    expect(viewer.get_by_role("progressbar")).to_be_visible()
    expect(viewer.get_by_role("button", name="Stop it")).to_have_count(0)
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_text("It is being stopped")).to_be_visible()
    slow_disk.set()

    expect(page.get_by_role("alert")).to_contain_text("The ingest was stopped. Nothing was written.")
    expect(viewer.get_by_role("alert")).to_contain_text("The ingest was stopped")
    expect(page.get_by_label("Read every file whole")).to_be_checked()
    accessible(page)
    assert book.assets() == ([], 0)
    page.get_by_role("button", name="Ingest").click()
    expect(page.get_by_role("status")).to_contain_text("2 added, 0 updated")


def test_without_javascript_work_is_watched_as_well_and_a_guard_is_passed_by_an_admin(
    site: Site, films: Path
):
    """APP-4, MED-D10: what the worker was refused stands above the form, which keeps what was written."""
    book = site.served.installation.book("default", site.served.installation.owner)
    book.update_collection("Films", is_sync_enabled=True)
    page = site.page("admin", java_script_enabled=False)
    page.goto(f"{site.home}/media/collections/{book.collection('Films').collection_id}")
    page.get_by_role("button", name="See what it would do").click()
    expect(page.get_by_role("status")).to_contain_text("2 assets found: it would add 2")
    page.get_by_label("Title").fill("Heat")
    page.get_by_role("button", name="Ingest").click()
    expect(page.get_by_role("alert")).to_contain_text('There is no title "Heat"')
    expect(page.get_by_label("Title")).to_have_value("Heat")
    page.get_by_label("Title").fill("")
    page.get_by_role("button", name="Ingest").click()
    expect(page.get_by_role("status")).to_contain_text("2 added")
    for each in films.iterdir():
        each.unlink()
    page.get_by_role("button", name="Ingest").click()

    expect(page.get_by_role("alert")).to_contain_text("root-suspect")
    page.get_by_label("The root is right as it is now").check()
    page.get_by_role("button", name="Ingest").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing-to-ingest")


def test_who_may_not_change_collections_is_told_no_paths_of_the_server(site: Site, films: Path):
    """SEC-3: neither folders nor what stands in the way there; an admin sees both."""
    book = site.served.installation.book("default", site.served.installation.owner)
    at = f"{site.home}/media/collections/{book.collection('Films').collection_id}"
    shutil.rmtree(films)
    book.discover_collections("nas")
    operator, admin = site.page("operator"), site.page("admin")
    for page in (operator, admin):
        page.goto(at)
        sees = page is admin
        assert (str(films) in page.content()) is sees
        expect(page.get_by_text("Roots", exact=True)).to_have_count(1 if sees else 0)
        page.goto(f"{site.home}/media")
        expect(page.get_by_role("row", name="Films")).to_be_visible()


def test_where_there_is_no_media_source_it_is_said_who_can_declare_one(site: Site, accessible: Check):
    page = site.page("viewer", java_script_enabled=False)
    page.goto(f"{site.home}/media")

    expect(page.get_by_text("There is no media source yet")).to_be_visible()
    expect(page.locator("main form")).to_have_count(0)
