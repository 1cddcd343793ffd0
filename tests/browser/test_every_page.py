"""Every page that there is, over one installation in which everything has happened: a page added later is walked too.

``SEEN`` tells where each page of the route table is seen; a page that none of its addresses shows fails.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urldefrag

import pytest
from playwright.sync_api import Page, Response

from stocktake.interfaces.web.pages import PAGES
from tests.browser.conftest import TOO_WIDE, Site, violations
from tests.browser.filled import OUTSIDER, fill
from tests.receiver import KEY

W, OTHER = "/workspaces/default", "/workspaces/other"

#: Addresses of pages; ``{names}`` are numbers that :func:`fill` tells. Several where a page has several faces.
SEEN = (
    "/sign-in",
    "/",
    "/account",
    "/platform/users",
    "/platform/users/operator@example.com",
    "/platform/workspaces",
    "/platform/runs",
    "/platform/activity",
    f"{W}",
    f"{W}/attention/health",
    f"{W}/runs",
    f"{W}/runs?page_size=3&page=2",
    f"{W}/runs?source=NOWHERE",
    f"{W}/runs/{{second}}",
    f"{W}/runs/{{second}}?decision=update",
    f"{W}/runs/{{rejected}}?decision=reject",
    f"{W}/runs/{{crossed}}?decision=conflict",
    f"{W}/runs/{{undone}}",
    f"{W}/runs/{{edited}}",
    f"{W}/runs/{{rollback}}",
    f"{W}/runs/{{moved}}/rollback",
    f"{W}/runs/{{first}}/rollback",
    f"{W}/runs/{{first}}/rollback?way=partial",
    f"{W}/runs/{{waiting}}/rollback/progress",
    f"{W}/runs/{{undone}}/reimport",
    f"{W}/runs/{{first}}/reimport",
    f"{W}/records",
    f"{W}/records/device",
    f"{W}/records/device?where=make~%3Ddell&page_size=10",
    f"{W}/records/device?text=nothing+like+it",
    f"{W}/records/deal",
    f"{W}/records/device/{{record}}?lineage=true",
    f"{W}/records/device/{{retired}}",
    f"{W}/records/device/{{record}}/edit",
    f"{W}/missing",
    f"{W}/missing?source=NINJAONE&acknowledged=yes",
    f"{W}/review",
    f"{W}/held",
    f"{W}/held?source=NOWHERE",
    f"{W}/held/keep?all=yes&source=ROGERS&type=device",
    f"{W}/held/retire?all=yes&source=ROGERS&type=device",
    f"{W}/waterfall?type=deal&field=stage&amount=amount&from={{deals}}&to={{moved}}",
    f"{W}/waterfall",
    f"{W}/freshness",
    f"{W}/health",
    f"{W}/health/wiring?detail=true",
    f"{W}/health/backfills/presence-links",
    f"{W}/health/pruning?older_than=5d",
    f"{W}/health/pruning?older_than=soon",
    f"{W}/activity",
    f"{W}/import",
    f"{W}/import?mends={{rejected}}",
    f"{W}/help/bulk-upload",
    f"{W}/imports/{{draft_uploaded}}/file",
    f"{W}/imports/{{draft_mapped}}/file",
    f"{W}/imports/{{draft_mapped}}/mapping",
    f"{W}/imports/{{draft_waiting}}/progress",
    f"{W}/imports/{{draft_faulty}}/check",
    f"{W}/imports/{{draft_faulty}}/review",
    f"{W}/imports/{{draft_guarded}}/review?decision=retire",
    f"{W}/imports/{{draft_dry}}/result",
    f"{W}/imports/{{draft_applied}}/result",
    f"{W}/admin/types",
    f"{W}/admin/types/device",
    f"{W}/admin/sources",
    f"{W}/admin/sources/NINJAONE",
    f"{W}/admin/sources/NINJAONE/close",
    f"{W}/admin/mappings",
    f"{W}/admin/mappings/fleet",
    f"{W}/admin/mappings/fleet?about=forget",
    f"{W}/admin/members",
    f"{W}/admin/webhooks",
    f"{W}/media",
    f"{W}/media/collections/Films",
    f"{W}/media/assets",
    f"{W}/media/assets?state=retired",
    f"{W}/media/assets/{{asset}}",
    f"{W}/media/attention",
)

P = "/workspaces/{workspace}"
#: What a GET answers that is no page to look at: files, and ways to other pages.
NO_PAGES = {
    "/assets/{digest}/{name}",
    "/platform",
    f"{P}/samples/{{name}}",
    f"{P}/runs/{{run_id}}/rejected",
    f"{P}/records/{{record_type}}/export",
    f"{P}/imports/{{import_id}}",
    f"{P}/imports/{{import_id}}/check/file",
    f"{P}/admin",
}

LINKS = "[...document.querySelectorAll('a[href]')].map(each => each.href)"
#: What a page says of itself: as it was sent (``sent``, which is what is seen without JavaScript) and as it is now.
FACTS = """sent => {
  const raw = new DOMParser().parseFromString(sent, "text/html");
  const words = root => {
    const copy = root.querySelector("main").cloneNode(true);
    copy.querySelectorAll("time, noscript, [hx-get]").forEach(each => each.remove());
    return copy.textContent.replace(/\\s+/g, " ").trim();
  };
  const all = (root, what, told) => [...root.querySelectorAll(what)].map(told);
  const marks = [...raw.querySelectorAll("*")].flatMap(each => each.getAttributeNames()
    .filter(name => name === "style" || name.startsWith("on") || name.startsWith("hx-on"))
    .map(name => `${each.tagName} ${name}`));
  return {
    title: document.title,
    headings: all(document, "h1", each => each.textContent.trim()),
    headings_sent: all(raw, "h1", each => each.textContent.trim()),
    words: words(document), words_sent: words(raw),
    inline: [...marks, ...all(raw, "script:not([src]), style", each => each.outerHTML.slice(0, 80))],
    forms: all(document, "form", each => ({
      method: each.method, action: each.action,
      proof: each.elements.csrf ? each.elements.csrf.value : "",
      first: each.querySelector("input, select, textarea, button")?.name,
    })),
    nowhere: all(document, "a[href^='#']", each => each.hash.slice(1)).filter(each => !document.getElementById(each)),
  };
}"""


#: Keeps a picture of the page at an address, in one of its looks.
Looks = Callable[[Page, str, str], None]


@pytest.fixture
def looks(picture: Callable[[Page, str], None]) -> Looks:
    """Pictures of all pages are many: they are kept where ``STOCKTAKE_PICTURES`` says where to."""

    def keep(page: Page, address: str, look: str) -> None:
        if "STOCKTAKE_PICTURES" in os.environ:
            picture(page, f"page{re.sub('[^A-Za-z0-9]+', '-', address.removeprefix(W))}-{look}")

    return keep


@pytest.fixture
def slow_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that looks at its queue only when it is woken: what nobody wakes it for stays there to be looked at."""
    monkeypatch.setattr("stocktake.book.working.LOOK_EVERY", 600)
    monkeypatch.setenv("STOCKTAKE_SECRET_KEY", KEY)


@pytest.fixture
def addresses(slow_worker: None, site: Site, tmp_path: Path) -> tuple[str, ...]:
    """``SEEN`` in an installation that is filled."""
    numbers = fill(site, tmp_path)
    return tuple(each.format_map(numbers) for each in SEEN)


def route_of(address: str, method: str = "GET") -> str | None:
    """The path of the route that answers."""
    path = address.partition("?")[0]
    for route in PAGES:
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(route.path))
        if route.method == method and re.fullmatch(pattern, path):
            return route.path
    return None


def test_every_page_of_the_route_table_is_walked():
    """A new page is given an address in ``SEEN``, or says in ``NO_PAGES`` that nobody looks at it."""
    shown = {route_of(each.replace("{", "").replace("}", "")) for each in SEEN}
    assert shown | NO_PAGES == {each.path for each in PAGES if each.method == "GET"}
    assert not shown & NO_PAGES


def test_every_page_is_sound(addresses: tuple[str, ...], site: Site, looks: Looks):
    """SEC-2, SEC-4, INT-6: of each page all that :func:`faults_of` says; its links answer, and to others it is not there."""
    page = site.page("platform", reduced_motion="reduce")
    faults: list[str] = []
    links: dict[str, str] = {}
    routes: set[str | None] = set()
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        is_first = (route := route_of(address)) not in routes
        routes.add(route)
        found = faults_of(site, page, address, answer, looks, is_first=is_first)
        faults += [f"{address}: {each}" for each in found]
        others = {urldefrag(each)[0] for each in page.evaluate(LINKS)} - {page.url}
        links |= dict.fromkeys(others, address)
    faults += _dead(site, links)
    faults += _told_to_others(site, addresses)
    assert not faults, "\n".join(faults)


def faults_of(
    site: Site, page: Page, address: str, answer: Response, looks: Looks, *, is_first: bool
) -> Iterator[str]:
    """What is wrong with a page that is open: what it is sent with, what it says and does, how it looks.

    ``is_first``: whether it is the first face of its page, which is looked at in the dark as well.
    """
    if page.url != site.served.url + address:
        yield f"it leads to {page.url}"
    policy = answer.headers.get("content-security-policy", "")
    if not policy.startswith("default-src 'none'; script-src 'self';") or "unsafe" in policy:
        yield f"its policy is {policy!r}"
    told = page.evaluate(FACTS, answer.text())
    if told["inline"]:
        yield f"it runs or styles from within: {told['inline'][:3]}"
    if not told["title"].endswith("Stocktake") or len(told["headings"]) != 1:
        yield f"its title is {told['title']!r}, its headings are {told['headings']}"
    if (told["headings"], told["words"]) != (told["headings_sent"], told["words_sent"]):
        yield "it reads otherwise without JavaScript"
    for form in told["forms"]:
        path, method = form["action"].removeprefix(site.served.url), form["method"].upper()
        if route_of(path, method) is None:
            yield f"a form {method} {path} leads nowhere"
        if method == "POST" and path != "/sign-in" and (form["first"] != "csrf" or not form["proof"]):
            yield f"the form to {path} does not begin with its proof"
    yield from (f"#{each} is nowhere on it" for each in told["nowhere"])
    yield from _looks_of(page, address, looks, dark=is_first)


def _looks_of(page: Page, address: str, looks: Looks, *, dark: bool) -> Iterator[str]:
    """What is wrong in the light, in the ``dark`` if that is wanted, and in a narrow window."""
    yield from violations(page)
    looks(page, address, "light")
    if dark:
        page.emulate_media(color_scheme="dark")
        yield from (f"dark: {each}" for each in violations(page, only="color-contrast"))
        looks(page, address, "dark")
        page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 700, "height": 900})
    if wide := page.evaluate(TOO_WIDE):
        yield f"it is {wide} px too wide for 700 px"
    looks(page, address, "narrow")
    page.set_viewport_size({"width": 1360, "height": 900})


def _dead(site: Site, links: Mapping[str, str]) -> Iterator[str]:
    """Links that do not answer, or lead away from the server; each was found on the page beside it."""
    client = site.journey("platform").client
    for link, found_on in links.items():
        if not link.startswith(site.served.url):
            yield f"{found_on}: a link leads away, to {link}"
        elif (status := client.get(link).status_code) >= 400:
            yield f"{found_on}: {link} is answered with {status}"


def _told_to_others(site: Site, addresses: Iterable[str]) -> Iterator[str]:
    """Pages that an admin of another workspace is shown, here or there under the same numbers."""
    client = site.journey(OUTSIDER).client
    for address in addresses:
        if not address.startswith(W):
            continue
        if (status := client.get(address).status_code) != 404:
            yield f"{address}: {status} for somebody of another workspace"
        there = address.replace(W, OTHER)
        if re.search(r"/\d+(/|$|\?)", address) and (status := client.get(there).status_code) != 404:
            yield f"{there}: {status} though nothing of that number is there"
