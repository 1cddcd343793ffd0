"""Signing in by an identity provider, against a real one: the way there, back, and everything that must not hold (SEC-4)."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc.jwk import RSAKey

from stocktake.book.identity import CALLBACK, provider_of
from stocktake.book.serving import ServerSettings
from stocktake.model.errors import InvalidInput
from tests.interfaces.http.conftest import Served, serving, with_people
from tests.interfaces.http.identity_provider import (
    CLIENT,
    SECRET,
    Faulty,
    RealProvider,
    providing,
    shared_secret,
)

THERE = "/api/v1/session/oidc"


@dataclass
class Browser:
    """A browser: it keeps cookies, and goes where it is sent."""

    served: Served
    provider: RealProvider
    client: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.served.as_(None)

    def leave(self) -> str:
        """Go to the provider and show who one is; where the provider sends one then."""
        sent = self.client.get(THERE)
        assert sent.status_code == 302, sent.text
        assert sent.headers["location"].startswith(f"{self.provider.issuer}/authorize?")
        back = httpx2.get(sent.headers["location"], follow_redirects=False).headers["location"]
        return f"{CALLBACK}?{urlsplit(back).query}"

    def sign_in(self) -> httpx2.Response:
        return self.client.get(self.leave())


@pytest.fixture
def provider() -> Iterator[RealProvider]:
    with providing() as real:
        yield real


@pytest.fixture
def browser(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: RealProvider
) -> Iterator[Browser]:
    """A browser before a server that knows the provider, and has a user ana whom an admin has added."""
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(tmp_path / "uploads"))
    told = {
        "ISSUER": provider.issuer,
        "CLIENT_ID": CLIENT,
        "CLIENT_SECRET": SECRET,
        "REDIRECT_URL": f"http://127.0.0.1{CALLBACK}",
    }
    for name, value in told.items():
        monkeypatch.setenv(f"STOCKTAKE_OIDC_{name}", value)
    (tmp_path / "stock.db").write_bytes(sqlite_template.read_bytes())
    with serving(f"sqlite:///{tmp_path / 'stock.db'}", ServerSettings()) as served:
        with_people(served)
        people = served.installation.people(served.installation.owner)
        people.add_user("Ana@Example.com", role="operator", workspace="default")
        yield Browser(served, provider)


def test_a_user_whom_the_provider_knows_signs_in(browser: Browser):
    """SEC-4: at first by the address that it has verified, from then on by what it calls them."""
    answer = browser.sign_in()
    assert answer.status_code == 200, answer.text
    assert answer.json()["name"] == "Ana@Example.com"
    assert answer.json()["workspaces"] == [{"name": "default", "role": "operator"}]
    assert browser.client.get("/api/v1/session").status_code == 200
    assert "stocktake-oidc" not in browser.client.cookies
    browser.provider.person = {"sub": "ana-7", "email": "changed@example.com"}
    assert Browser(browser.served, browser.provider).sign_in().json()["name"] == "Ana@Example.com"


def test_a_browser_goes_on_to_the_pages_and_reads_a_refusal_as_one(browser: Browser):
    """SEC-4: whoever comes back from the provider is a person before a browser."""
    browser.client.headers["Accept"] = "text/html"
    answer = browser.sign_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert browser.client.get("/workspaces/default").status_code == 200
    browser.provider.person = {"sub": "somebody", "email": "nobody@example.com"}
    stranger = Browser(browser.served, browser.provider)
    stranger.client.headers["Accept"] = "text/html"
    refused = stranger.sign_in()
    assert (refused.status_code, refused.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert "sign-in-refused" in refused.text


def test_the_cookie_of_the_way_is_for_the_server_alone(browser: Browser):
    """SEC-4: not for scripts, for ten minutes; and the provider hears of its secret nothing but hashes."""
    sent = browser.client.get(THERE, headers={"X-Forwarded-Proto": "https"})
    cookie = sent.headers["set-cookie"]
    assert cookie.startswith("__Host-stocktake-oidc=sto_")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Max-Age=600", "Path=/"} <= set(cookie.split("; "))
    secret = cookie.partition("=")[2].partition(";")[0]
    asked = parse_qs(urlsplit(sent.headers["location"]).query)
    assert secret not in sent.headers["location"]
    assert asked["scope"] == ["openid email"]
    assert asked["code_challenge_method"] == ["S256"]
    assert len({asked[name][0] for name in ("state", "nonce", "code_challenge")}) == 3


def _with(**told: Any) -> Faulty:
    return Faulty(claims=lambda claims: claims.update(told))


def _without(name: str) -> Faulty:
    return Faulty(claims=lambda claims: claims.pop(name))


FAULTS = {
    "a wrong nonce": lambda: _with(nonce="another"),
    "no nonce": lambda: _without("nonce"),
    "a wrong audience": lambda: _with(aud="another client"),
    "several audiences, made for another": lambda: _with(aud=[CLIENT, "another"], azp="another"),
    "a wrong issuer": lambda: _with(iss="https://evil.example"),
    "an expired token": lambda: _with(exp=int(time.time()) - 3_600),
    "no end": lambda: _without("exp"),
    "an old token": lambda: _with(iat=int(time.time()) - 86_400),
    "a token of tomorrow": lambda: _with(iat=int(time.time()) + 86_400),
    "nobody": lambda: _without("sub"),
    "no signature": lambda: Faulty(algorithm="none"),
    "a signature by the shared secret": lambda: Faulty(algorithm="HS256", key=shared_secret()),
    "a signature by another's key": lambda: Faulty(key=RSAKey.generate_key(2048, {"kid": "one"})),
    "a wrong state": lambda: Faulty(lies_of_state=True),
    "an address that is not verified": lambda: _with(email_verified=False),
    "an address of which nothing is said": lambda: _without("email_verified"),
    "an address that is only called verified": lambda: _with(email_verified="true"),
    "an address of nobody here": lambda: _with(email="eve@example.com"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_hold_signs_nobody_in(browser: Browser, fault: str):
    """SEC-4: wrong nonce, audience, issuer, time, algorithm, key, state or address: all refused, and in the audit."""
    browser.provider.faulty = FAULTS[fault]()
    answer = browser.sign_in()
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-refused"), answer.text
    assert "stocktake-session" not in browser.client.cookies
    assert browser.client.get("/api/v1/session").status_code == 401
    told = browser.served.as_("platform").get("/api/v1/activity").json()["items"]
    assert told[0]["act"] == "refuse-sign-in"


def test_a_way_back_is_taken_once(browser: Browser):
    """SEC-4: the same answer again signs nobody in, also with the cookie and a code that would still be good."""
    place = browser.leave()
    cookies_before = dict(browser.client.cookies)
    code = parse_qs(urlsplit(place).query)["code"][0]
    kept = dict(browser.provider.codes[code])
    assert browser.client.get(place).status_code == 200
    browser.provider.codes[code] = kept
    thief = browser.served.as_(None)
    thief.cookies.update(cookies_before)
    asked = browser.provider.asked_for_tokens
    again = thief.get(place)
    assert (again.status_code, again.json()["code"]) == (401, "sign-in-refused")
    assert browser.provider.asked_for_tokens == asked


def test_a_way_that_began_in_another_browser_is_not_taken(browser: Browser):
    """SEC-4: nobody is signed in as somebody else by a link; the provider is not even asked."""
    place = browser.leave()
    other = Browser(browser.served, browser.provider)
    other.leave()
    for client in (browser.served.as_(None), other.client):
        answer = client.get(place)
        assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-refused")
    assert browser.provider.asked_for_tokens == 0


def test_a_code_is_worth_nothing_without_its_verifier(browser: Browser):
    """SEC-4, PKCE: a code that was caught on its way and is brought back on another one."""
    caught = parse_qs(urlsplit(browser.leave()).query)["code"][0]
    own = Browser(browser.served, browser.provider)
    state = parse_qs(urlsplit(own.leave()).query)["state"][0]
    answer = own.client.get(CALLBACK, params={"code": caught, "state": state})
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-refused")


def test_who_was_let_in_nowhere_comes_back_with_an_error(browser: Browser):
    state = parse_qs(urlsplit(browser.leave()).query)["state"][0]
    answer = browser.client.get(CALLBACK, params={"error": "access_denied", "state": state})
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-refused")


def test_an_answer_of_another_provider_is_refused(browser: Browser):
    """RFC 9207: the answer says which provider it is of."""
    place = browser.leave().partition("&iss=")[0]
    answer = browser.client.get(f"{place}&iss=https%3A%2F%2Fevil.example")
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-refused")


def test_two_people_cannot_be_one_user(browser: Browser):
    """SEC-4: an address that has changed hands at the provider opens nothing of who had it before."""
    assert browser.sign_in().status_code == 200
    browser.provider.person = {"sub": "eve-1", "email": "ana@example.com", "email_verified": True}
    assert Browser(browser.served, browser.provider).sign_in().status_code == 401


def test_a_user_who_was_shut_out_stays_out(browser: Browser):
    people = browser.served.installation.people(browser.served.installation.owner)
    people.set_user("ana@example.com", is_active=False)
    assert browser.sign_in().status_code == 401


def test_keys_may_change_while_the_server_runs(browser: Browser, monkeypatch: pytest.MonkeyPatch):
    """A signature by a key that is not known yet has the provider asked for its keys anew."""
    from datetime import timedelta

    from stocktake.readers.oidc import provider as module

    assert browser.sign_in().status_code == 200
    browser.provider.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    assert Browser(browser.served, browser.provider).sign_in().status_code == 401
    monkeypatch.setattr(module, "PAUSE", timedelta(0))
    assert Browser(browser.served, browser.provider).sign_in().status_code == 200


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": None},
    ],
)
def test_a_provider_that_is_not_what_it_says_is_not_asked(browser: Browser, told: dict[str, Any]):
    """SEC-4, SEC-6: by another name, or with doors that are not on TLS."""
    browser.provider.faulty = Faulty(discovery=told)
    answer = browser.client.get(THERE)
    assert (answer.status_code, answer.json()["code"]) == (503, "provider-unreadable")
    assert browser.provider.issuer in answer.json()["detail"]


def test_a_provider_that_does_not_answer_holds_nobody_up(browser: Browser, monkeypatch: pytest.MonkeyPatch):
    """SEC-9: it is left in peace for a while, and asked again after that; passwords do without it."""
    from stocktake.readers.oidc import provider as module

    browser.provider.faulty = Faulty(discovery={"issuer": "https://evil.example"})
    assert browser.client.get(THERE).status_code == 503
    browser.provider.faulty = Faulty()
    assert browser.client.get(THERE).json()["code"] == "provider-unreadable"
    monkeypatch.setattr(module, "REST", 0.0)
    assert browser.sign_in().status_code == 200


def test_guessing_is_slowed_down(browser: Browser):
    """SEC-4: also here, by the place that it comes from."""
    told = set()
    for _ in range(40):
        told.add(browser.client.get(CALLBACK, params={"code": "x", "state": "y"}).status_code)
    assert told == {401, 429}
    assert browser.provider.asked_for_tokens == 0


def test_nothing_of_a_token_is_logged(browser: Browser, caplog: pytest.LogCaptureFixture):
    """SEC-7: why it was not believed is, and for whom it was made is not."""
    browser.provider.faulty = _with(nonce="somebody's nonce")
    with caplog.at_level(logging.INFO, logger="stocktake"):
        assert browser.sign_in().status_code == 401
    assert "was not believed" in caplog.text
    for secret in ("somebody's nonce", "ana@example.com", SECRET, "ana-7", "eyJ"):
        assert secret not in caplog.text


def test_where_it_is_set_a_stranger_becomes_a_user_without_a_role(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: RealProvider
):
    """SEC-4: nobody does unless `STOCKTAKE_OIDC_NEW_USERS` says so, and then they may nothing yet."""
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(tmp_path / "uploads"))
    monkeypatch.setenv("STOCKTAKE_OIDC_ISSUER", provider.issuer)
    monkeypatch.setenv("STOCKTAKE_OIDC_CLIENT_ID", CLIENT)
    monkeypatch.setenv("STOCKTAKE_OIDC_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("STOCKTAKE_OIDC_REDIRECT_URL", f"http://127.0.0.1{CALLBACK}")
    monkeypatch.setenv("STOCKTAKE_OIDC_NEW_USERS", "yes")
    (tmp_path / "stock.db").write_bytes(sqlite_template.read_bytes())
    with serving(f"sqlite:///{tmp_path / 'stock.db'}") as served:
        provider.person = {"sub": "eve-1", "email": "eve@example.com", "email_verified": False}
        assert Browser(served, provider).sign_in().status_code == 401
        provider.person = {"sub": "eve-1", "email": "eve@example.com", "email_verified": True}
        answer = Browser(served, provider).sign_in()
        assert (answer.status_code, answer.json()["workspaces"]) == (200, [])
        assert not answer.json()["is_platform_admin"]


def test_without_a_provider_there_is_no_such_way(served_sqlite: Served):
    for place in (THERE, CALLBACK):
        answer = served_sqlite.as_(None).get(place)
        assert (answer.status_code, answer.json()["code"]) == (404, "no-identity-provider")


@pytest.mark.parametrize(
    "told",
    [
        {"ISSUER": "http://id.example.com"},
        {"CLIENT_ID": ""},
        {"REDIRECT_URL": "https://stock.example.org/elsewhere"},
        {"REDIRECT_URL": f"http://stock.example.org{CALLBACK}"},
        {"NEW_USERS": "perhaps"},
    ],
)
def test_settings_that_do_not_hold_are_refused_at_once(told: dict[str, str]):
    """SEC-4, SEC-9"""
    good = {
        "ISSUER": "https://id.example.com",
        "CLIENT_ID": CLIENT,
        "REDIRECT_URL": f"https://stock.example.org{CALLBACK}",
    }
    assert provider_of({f"STOCKTAKE_OIDC_{name}": value for name, value in good.items()}) is not None
    assert provider_of({}) is None
    with pytest.raises(InvalidInput) as refused:
        provider_of({f"STOCKTAKE_OIDC_{name}": value for name, value in (good | told).items()})
    assert refused.value.code == "bad-setting"
