"""Admin, one's own account and the installation in a browser (SEC-3, SEC-4, TYP, PRE-2, MAP-4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from stocktake.catalog.packs import pack_samples
from tests.browser.conftest import Check, Site
from tests.interfaces.http.conftest import PASSWORD
from tests.receiver import KEY, receiver

Picture = Callable[[Page, str], None]


def test_what_a_declaration_gets_wrong_is_said_above_it_and_nothing_is_lost(site: Site, accessible: Check):
    page = site.page("admin")
    page.goto(f"{site.home}/admin/sources/NINJAONE")

    page.get_by_label("Expected every").fill("now and then")
    page.get_by_role("button", name="Save the settings").click()
    expect(page.get_by_role("alert")).to_contain_text("expected_every")
    page.get_by_text("The whole declaration").click()
    page.get_by_label("Declaration (JSON or TOML)").fill('{"name": "NINJAONE", "record_types": ["devise"]}')
    page.get_by_role("button", name="Save the declaration").click()

    expect(page.get_by_role("alert")).to_contain_text("devise")
    expect(page.get_by_label("Declaration (JSON or TOML)")).to_have_value(
        '{"name": "NINJAONE", "record_types": ["devise"]}'
    )
    accessible(page)


def test_a_source_that_delivers_no_more_is_closed_by_typing_its_name(site: Site):
    """PRE-23"""
    site.journey().imported(pack_samples("it_assets")["ninjaone-1.csv"].read_bytes())
    page = site.page("admin")
    page.goto(f"{site.home}/admin/sources/NINJAONE")
    page.get_by_text("Close the source").click()
    page.get_by_role("button", name="See what closing it would do").click()
    close = page.get_by_role("button", name="Close NINJAONE")
    expect(close).to_be_disabled()

    page.get_by_label("Type NINJAONE to confirm").fill("NINJAONE")
    close.click()
    page.goto(f"{site.home}/admin/sources/NINJAONE")

    expect(page.get_by_text("closed", exact=True)).to_be_visible()


def test_a_viewer_reads_what_is_declared_and_changes_nothing(site: Site):
    page = site.page("viewer", java_script_enabled=False)

    for place in ("types", "types/device", "sources", "sources/NINJAONE", "mappings"):
        page.goto(f"{site.home}/admin/{place}")
        expect(page.locator("main form")).to_have_count(0)
    page.goto(f"{site.home}/admin/members")

    expect(page.get_by_role("alert")).to_contain_text("may not manage")


def test_a_password_is_changed_by_who_knows_the_present_one(site: Site, accessible: Check):
    """SEC-4"""
    page = site.page("viewer")
    page.goto("/account")
    new = "another walk along another harbour"

    def change(current: str, again: str) -> None:
        page.get_by_label("The present one").fill(current)
        page.get_by_label("The new one", exact=True).fill(new)
        page.get_by_label("The new one again").fill(again)
        page.get_by_role("button", name="Change the password").click()

    change(PASSWORD, "something else")
    expect(page.get_by_role("alert")).to_contain_text("not written the same twice")
    accessible(page)
    change("not this one at all", new)
    expect(page.get_by_role("alert")).to_be_visible()
    change(PASSWORD, new)
    expect(page.get_by_role("status")).to_contain_text("Your password is changed")


def test_a_webhook_is_added_moved_and_given_another_secret(
    site: Site, accessible: Check, picture: Picture, monkeypatch: pytest.MonkeyPatch
):
    """APP-7, SEC-7: each secret is shown once, and a test tells whether the receiver takes it."""
    monkeypatch.setenv("STOCKTAKE_SECRET_KEY", KEY)
    monkeypatch.setenv("STOCKTAKE_WEBHOOK_HOSTS", "127.0.0.1")
    page = site.page("admin")
    with receiver() as old, receiver() as new:
        page.goto(f"{site.home}/admin/webhooks")
        page.get_by_label("Address", exact=True).fill(old.url)
        page.get_by_role("button", name="Add the webhook").click()
        expect(page.get_by_role("status")).to_contain_text("shown this once")
        secret = page.get_by_role("status").get_by_role("code").inner_text()
        page.get_by_text("Change the address of webhook 1").click()
        accessible(page)
        picture(page, "admin-webhooks")
        page.get_by_label("New address of webhook 1").fill(new.url)
        page.get_by_role("button", name="Change the address", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("Webhook 1 is told at its new address.")
        page.get_by_role("button", name="Make a new secret").click()
        expect(page.get_by_role("status")).to_contain_text("the one before holds no longer")
        renewed = page.get_by_role("status").get_by_role("code").inner_text()
        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_role("status")).to_contain_text("took the test and answered 204")
        (got,) = new.got
        assert got.is_signed_with(renewed)
        assert not got.is_signed_with(secret)
        assert old.got == []
