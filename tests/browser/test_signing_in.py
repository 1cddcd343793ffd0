"""Signing in and out in a browser, and what is seen without it (SEC-4, SEC-2)."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Check, Site
from tests.interfaces.http.conftest import PASSWORD

Picture = Callable[[Page, str], None]


def test_who_is_not_signed_in_is_led_there_and_back_to_what_was_asked_for(
    site: Site, accessible: Check, picture: Picture
):
    page = site.page(None)

    page.goto("/workspaces/default?page=1")
    accessible(page)
    picture(page, "sign-in")
    page.get_by_label("Email").fill("viewer@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_url(f"{site.home}?page=1")


def test_a_wrong_password_says_so_and_keeps_the_address(site: Site, accessible: Check):
    page = site.page(None)
    page.goto("/sign-in")

    page.get_by_label("Email").fill("viewer@example.com")
    page.get_by_label("Password").fill("something else altogether")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_contain_text("do not fit together")
    expect(page.get_by_label("Email")).to_have_value("viewer@example.com")
    accessible(page)


def test_it_never_leads_to_another_server(site: Site):
    page = site.page(None)

    for place in ("//evil.example.com/", "/\\evil.example.com", "https://evil.example.com/"):
        page.goto("/sign-in")
        page.locator("[name=next]").evaluate("(field, place) => { field.value = place }", place)
        page.get_by_label("Email").fill("viewer@example.com")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(site.home)
        page.context.clear_cookies()


def test_signing_out_ends_the_session(site: Site):
    page = site.page("viewer")
    page.goto(site.home)

    page.locator("summary", has_text="viewer@example.com").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{site.served.url}/sign-in")
    page.goto(site.home)

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_another_workspace_is_one_that_does_not_exist(site: Site, accessible: Check):
    """SEC-2"""
    page = site.page("admin")

    told = {}
    for name in ("other", "ether"):
        page.goto(f"/workspaces/{name}")
        told[name] = page.inner_text("main")

    assert told["other"].split("request")[0] == told["ether"].replace("ether", "other").split("request")[0]
    expect(page.get_by_role("alert")).to_contain_text("There is no workspace")
    accessible(page)


def test_nothing_is_run_or_styled_from_within_a_page(site: Site):
    """The policy forbids it, and no page needs it."""
    page = site.page("admin")
    answer = page.goto(site.home)
    assert answer is not None

    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    text = answer.text()
    assert "<style" not in text
    assert " style=" not in text
    assert " onclick" not in text
    attempt = "<img src=x onerror='window.ran = true'>"
    with page.expect_console_message(lambda told: "Content Security Policy" in told.text):
        page.evaluate("text => document.body.insertAdjacentHTML('beforeend', text)", attempt)
    assert page.evaluate("window.ran") is None
    site.problems.clear()


def test_pages_are_read_without_javascript(site: Site):
    page = site.page("viewer", java_script_enabled=False)

    page.goto(site.home)

    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
