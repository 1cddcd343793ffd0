"""Signing in and out in a browser, and what is seen without it (SEC-4, SEC-2)."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Check, Site
from tests.browser.inventory import first
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


def test_who_tries_too_often_is_told_when_to_come_back(site: Site, accessible: Check):
    """SEC-4: as is who may not sign in any more, without a word about why."""
    page = site.page(None)
    page.goto("/sign-in")
    for _ in range(6):
        page.get_by_label("Email").fill("viewer@example.com")
        page.get_by_label("Password").fill("something else altogether")
        page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"\d+ seconds"))
    expect(page.get_by_label("Email")).to_have_value("viewer@example.com")
    accessible(page)
    people = site.served.installation.people(site.served.installation.owner)
    people.set_user("operator@example.com", is_active=False)
    page.get_by_label("Email").fill("operator@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not fit together")


def test_a_session_that_ends_while_a_form_is_filled_in_leads_back_to_the_form(
    site: Site, accessible: Check, picture: Picture
):
    """SEC-4, ERR-5: nothing is written, which is said, and what to do; then the form is there again."""
    first(site)
    page = site.page("operator")
    form = f"{site.home}/records/device/1/edit"
    page.goto(form)
    page.get_by_label("Location").fill("Vancouver")
    _end_session(site, page)
    page.get_by_role("button", name="Show what changes").click()

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("nothing of it was written")
    accessible(page)
    picture(page, "sign-in-unsent")
    _sign_in(page)
    expect(page).to_have_url(form)

    _end_session(site, page)
    page.goto(f"{site.home}/runs?source=NINJAONE")
    expect(page.get_by_role("status")).to_contain_text("Your session has ended")
    _sign_in(page)
    expect(page).to_have_url(f"{site.home}/runs?source=NINJAONE")


def test_what_was_typed_stays_while_somebody_signs_in_again(site: Site, accessible: Check, picture: Picture):
    """SEC-4, ERR-5: after a pause the page asks first; it is sent once there is a session, with the proof of that one."""
    first(site)
    page = site.page("operator")
    page.clock.install()
    page.goto(f"{site.home}/records/device/1/edit")
    page.get_by_label("Location").fill("Vancouver")
    page.clock.fast_forward("01:10:00")
    _end_session(site, page)
    page.get_by_role("button", name="Show what changes").click()
    expect(page.get_by_role("alert")).to_contain_text("what you typed is still here")
    accessible(page)
    picture(page, "session-ended")

    with page.expect_popup() as other:
        page.keyboard.press("Enter")
    _sign_in(other.value)
    expect(other.value.get_by_role("heading", name="Dashboard")).to_be_visible()
    expect(page.get_by_label("Location")).to_have_value("Vancouver")
    page.get_by_role("button", name="Show what changes").click()
    page.get_by_role("button", name="Write 1 field").click()
    expect(page.get_by_role("region", name="Values, and where each")).to_contain_text("Vancouver")


def test_a_part_that_comes_too_late_leads_back_to_its_page(site: Site):
    """SEC-4: from a page that asks for parts of itself."""
    first(site)
    page = site.page("operator")

    def too_late(route: Route) -> None:
        _end_session(site, page)
        route.continue_()

    page.route("**/attention/health", too_late)
    page.goto(site.home)

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.unroute("**/attention/health")
    _sign_in(page)
    expect(page).to_have_url(site.home)


def _end_session(site: Site, page: Page) -> None:
    """As an hour away from the desk does."""
    (cookie,) = [each for each in page.context.cookies() if each.get("name") == "stocktake-session"]
    site.served.installation.sign_out(cookie.get("value", ""))


def _sign_in(page: Page) -> None:
    page.get_by_label("Email").fill("operator@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


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
