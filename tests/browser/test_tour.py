"""The guided tour of docs/tutorial/tour.md, walked as it is told there; its pictures are made here.

``make tour`` keeps the pictures in the docs; any other run keeps them with the other pictures of the tests.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from stocktake.catalog.packs import pack_samples
from tests.browser.conftest import Site
from tests.interfaces.http.conftest import PASSWORD

TOUR = Path(__file__).parents[2] / "docs" / "tutorial" / "tour.md"
PICTURES = TOUR.parent / "pictures"
Picture = Callable[[Page, str], None]

#: What the tour shows, in its order.
SHOWN = (
    "tour-1-sign-in",
    "tour-2-first-steps",
    "tour-3-file",
    "tour-4-mapping",
    "tour-5-check",
    "tour-6-review",
    "tour-7-result",
    "tour-8-second-review",
    "tour-9-record",
    "tour-10-missing",
    "tour-11-history",
    "tour-12-rollback",
)


@pytest.fixture
def show(picture: Picture) -> Picture:
    """Keeps a picture of what is seen, in the docs where they are made anew."""

    def keep(page: Page, name: str) -> None:
        assert name in SHOWN
        if os.environ.get("STOCKTAKE_TOUR"):
            PICTURES.mkdir(exist_ok=True)
            page.screenshot(path=PICTURES / f"{name}.png")
        else:
            picture(page, name)

    return keep


def imported(page: Page, site: Site, name: str) -> None:
    """From the first page of an import to its review."""
    page.goto(f"{site.home}/import")
    page.get_by_label("Drop a file here").set_input_files(
        FilePayload(name=name, mimeType="text/csv", buffer=pack_samples("it_assets")[name].read_bytes())
    )
    page.get_by_role("button", name="Upload and look at it").click()
    expect(page).to_have_url(re.compile(r"/imports/\d+/file$"), timeout=30_000)
    page.get_by_role("radio", name=re.compile(r"^device from NINJAONE\b(?!_)")).check()


def test_the_tour_is_as_it_is_told(site: Site, show: Picture):
    page = site.page(None, device_scale_factor=1)
    page.goto("/")
    page.get_by_label("Email").fill("admin@example.com")
    show(page, "tour-1-sign-in")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    show(page, "tour-2-first-steps")

    imported(page, site, "ninjaone-1.csv")
    show(page, "tour-3-file")
    page.get_by_role("button", name="Go on to the mapping").click()
    expect(page).to_have_url(re.compile(r"/mapping$"))
    show(page, "tour-4-mapping")
    page.get_by_role("button", name="Preview").click()
    expect(page).to_have_url(re.compile(r"/check$"), timeout=30_000)
    show(page, "tour-5-check")
    page.get_by_role("button", name=re.compile("review", re.I)).click()
    expect(page).to_have_url(re.compile(r"/review"))
    expect(page.get_by_text(re.compile("^Applying will create 24"))).to_be_visible()
    show(page, "tour-6-review")
    page.get_by_role("button", name=re.compile("^Apply: 24 new")).click()
    expect(page.get_by_role("heading", name=re.compile("^Imported"))).to_be_visible(timeout=30_000)
    show(page, "tour-7-result")

    imported(page, site, "ninjaone-2.csv")
    page.get_by_role("button", name="Go on to the mapping").click()
    page.get_by_role("button", name="Preview").click()
    expect(page).to_have_url(re.compile(r"/check$"), timeout=30_000)
    page.get_by_role("button", name=re.compile("review", re.I)).click()
    page.get_by_role("link", name=re.compile("Will be retired")).click()
    show(page, "tour-8-second-review")
    page.get_by_role("button", name=re.compile("^Apply: ")).click()
    expect(page.get_by_role("heading", name=re.compile("^Imported"))).to_be_visible(timeout=30_000)

    page.goto(f"{site.home}/missing")
    expect(page.get_by_role("heading", name="Missing by source")).to_be_visible()
    show(page, "tour-10-missing")
    page.goto(f"{site.home}/records/device/4")
    show(page, "tour-9-record")
    page.goto(f"{site.home}/runs")
    show(page, "tour-11-history")
    page.get_by_role("button", name="Rollback of run 2").click()
    expect(page.get_by_role("heading", name=re.compile("run 2"))).to_be_visible()
    show(page, "tour-12-rollback")


def test_the_tour_shows_every_picture_that_is_made_and_no_other():
    told = re.findall(r"\]\(pictures/([\w-]+)\.png\)", TOUR.read_text(encoding="utf-8"))

    assert tuple(told) == SHOWN
    assert {each.stem for each in PICTURES.glob("*.png")} == set(SHOWN)
