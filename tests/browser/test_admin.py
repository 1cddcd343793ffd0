"""Admin, one's own account and the installation in a browser (SEC-3, SEC-4, TYP, PRE-2, MAP-4)."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from stocktake.catalog.packs import pack_samples
from tests.browser.conftest import Check, Site
from tests.interfaces.http.conftest import OWN, PASSWORD
from tests.receiver import KEY, receiver

Picture = Callable[[Page, str], None]


def test_an_admin_adds_a_source_and_says_what_its_absence_means(
    site: Site, accessible: Check, picture: Picture
):
    """PRE-2"""
    page = site.page("admin")
    page.goto(f"{site.home}/admin")
    accessible(page)
    picture(page, "admin-types")
    page.get_by_role("navigation", name="Admin").get_by_role("link", name="Sources").click()
    accessible(page)

    page.get_by_text("Add a source").click()
    page.get_by_label("Name").fill("JAMF")
    page.get_by_label("Devices").check()
    page.get_by_label("A full export says").check()
    page.get_by_role("button", name="Add the source").click()
    expect(page.get_by_role("heading", name="JAMF")).to_be_visible()
    page.get_by_label("Expected every").fill("7d")
    page.get_by_label("Records that no source has any more").select_option(
        label="are flagged as missing, and stay"
    )
    page.get_by_label("Retire at most, in percent").fill("5")
    accessible(page)
    picture(page, "admin-source")
    page.get_by_role("button", name="Save the settings").click()
    expect(page.get_by_label("Expected every")).to_have_value("7d")

    told = site.journey("admin").client.get(f"{OWN}/sources/JAMF").json()
    assert (told["tracks_presence"], told["missing_policy"], told["expected_every"]) == (True, "flag", "7d")
    assert told["guards"]["retire_share"] == 0.05


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


def test_a_source_that_delivers_no_more_is_closed_by_typing_its_name(site: Site, accessible: Check):
    """PRE-23"""
    site.journey().imported(pack_samples("it_assets")["ninjaone-1.csv"].read_bytes())
    page = site.page("admin")
    page.goto(f"{site.home}/admin/sources/NINJAONE")
    page.get_by_text("Close the source").click()
    page.get_by_role("button", name="See what closing it would do").click()
    accessible(page)
    close = page.get_by_role("button", name="Close NINJAONE")
    expect(close).to_be_disabled()

    page.get_by_label("Type NINJAONE to confirm").fill("NINJAONE")
    close.click()
    page.goto(f"{site.home}/admin/sources/NINJAONE")

    expect(page.get_by_text("closed", exact=True)).to_be_visible()


def test_a_saved_mapping_is_shown_changed_and_forgotten(site: Site, accessible: Check):
    """MAP-4"""
    site.journey("admin").client.put(
        f"{OWN}/mappings/fleet",
        json={
            "record_type": "device",
            "source": "NINJAONE",
            "mapping": {"columns": {"Serial": "serial_number", "Who": "name"}},
        },
    ).raise_for_status()
    page = site.page("admin")
    page.goto(f"{site.home}/admin/mappings")
    page.get_by_role("link", name="fleet").click()
    expect(page.get_by_role("row", name="Serial serial_number")).to_be_visible()
    accessible(page)

    page.get_by_text("Change the declaration").click()
    page.get_by_label("Declaration").fill(json.dumps({"columns": {"Serial": "serial_number"}}))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="Who")).to_have_count(0)
    page.get_by_role("link", name="Forget this mapping").click()
    page.get_by_role("button", name="Forget fleet").click()

    expect(page.get_by_text("No mapping is saved yet")).to_be_visible()


def test_an_admin_gives_and_takes_roles(site: Site, accessible: Check, picture: Picture):
    """SEC-3"""
    page = site.page("admin")
    page.goto(f"{site.home}/admin/members")

    page.get_by_label("Email").fill("new@example.com")
    page.get_by_role("combobox", name="Role", exact=True).select_option("operator")
    page.get_by_role("button", name="Give the role").click()
    row = page.get_by_role("row", name="new@example.com")
    expect(row).to_contain_text("operator")
    accessible(page)
    picture(page, "admin-members")
    row.get_by_label("Role of new@example.com").select_option("")
    row.get_by_role("button", name="Save").click()

    expect(page.get_by_role("row", name="new@example.com")).to_have_count(0)


def test_a_viewer_reads_what_is_declared_and_changes_nothing(site: Site):
    page = site.page("viewer", java_script_enabled=False)

    for place in ("types", "types/device", "sources", "sources/NINJAONE", "mappings"):
        page.goto(f"{site.home}/admin/{place}")
        expect(page.locator("main form")).to_have_count(0)
    page.goto(f"{site.home}/admin/members")

    expect(page.get_by_role("alert")).to_contain_text("may not manage")


def test_a_token_is_shown_once_and_works_until_it_is_revoked(site: Site, accessible: Check, picture: Picture):
    """SEC-4"""
    page = site.page("operator")
    page.goto("/account")
    page.get_by_label("Name").fill("nightly")
    page.get_by_role("button", name="Make the token").click()
    text = page.get_by_role("status").locator("code").inner_text()
    accessible(page)
    picture(page, "account")
    asked = page.request.get(f"{OWN}/runs", headers={"Authorization": f"Bearer {text}", "Cookie": ""})
    assert asked.status == 200

    page.goto("/account")
    expect(page.get_by_text(text)).to_have_count(0)
    page.get_by_role("button", name="Revoke the token nightly").click()
    expect(page.get_by_role("row", name="nightly")).to_contain_text("revoked")
    asked = page.request.get(f"{OWN}/runs", headers={"Authorization": f"Bearer {text}", "Cookie": ""})
    assert asked.status == 401


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


def test_who_runs_the_installation_adds_users_and_workspaces(site: Site, accessible: Check, picture: Picture):
    """SEC-1, SEC-3, ROL-12"""
    site.journey().imported(pack_samples("it_assets")["ninjaone-1.csv"].read_bytes())
    page = site.page("platform", color_scheme="dark")
    page.goto(site.home)
    page.locator("summary", has_text="platform@example.com").click()
    page.get_by_role("link", name="Installation").click()
    page.get_by_label("Email").fill("bo@example.com")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Add the user").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Email")).to_have_value("bo@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Add the user").click()
    accessible(page)
    picture(page, "installation-users-dark")
    page.get_by_role("link", name="bo@example.com").click()
    page.get_by_label("May sign in").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("May sign in")).not_to_be_checked()
    accessible(page)

    tabs = page.get_by_role("navigation", name="Installation")
    tabs.get_by_role("link", name="Workspaces").click()
    page.get_by_label("Name").fill("acme")
    page.get_by_role("button", name="Make the workspace").click()
    accessible(page)
    page.get_by_role("link", name="acme").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    page.goto("/platform/runs")
    expect(page.get_by_role("row", name="devices.csv")).to_be_visible()
    accessible(page)
    page.goto("/platform/activity")
    expect(page.get_by_text("bo@example.com").first).to_be_visible()
    accessible(page)


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
