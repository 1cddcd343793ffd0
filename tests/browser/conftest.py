"""A real browser before a real server with a real database."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from stocktake.book.installation import open_installation
from tests.interfaces.http.conftest import PASSWORD, ROLES, Journey, Served, serving

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
#: Where pictures of pages are kept: beside the tests unless told otherwise.
PICTURES = Path(os.environ.get("STOCKTAKE_PICTURES", Path(__file__).parent / "pictures"))
#: A browser that speaks to nobody but the server.
_ALONE = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
#: What the browser says of an answer that is meant to be a refusal.
_REFUSED = re.compile(r"the server responded with a status of 4\d\d")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, of the system or of Playwright."""
    installed = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        path = installed or playwright.chromium.executable_path
        if not Path(path).exists():
            pytest.skip("needs Chromium on the PATH, or `playwright install chromium`")
        with playwright.chromium.launch(executable_path=path, args=_ALONE) as opened:
            yield opened


@dataclass
class Site:
    """A server and a browser; ``page("operator")`` is a page of somebody who is signed in."""

    served: Served
    browser: Browser
    problems: list[str] = field(default_factory=list)
    stack: ExitStack = field(default_factory=ExitStack)

    @property
    def home(self) -> str:
        """The address of the workspace ``default``."""
        return f"{self.served.url}/workspaces/default"

    def page(self, who: str | None, **options: Any) -> Page:
        """A page of a viewer, operator, admin or ``platform``, or of nobody; what fails in it fails the test."""
        context = self.context(who, **options)
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on(
            "console",
            lambda told: (
                None
                if told.type != "error" or _REFUSED.search(told.text)
                else self.problems.append(told.text)
            ),
        )
        return page

    def context(self, who: str | None, **options: Any) -> BrowserContext:
        """A browser of its own, with the session of ``who``."""
        context = self.browser.new_context(
            base_url=self.served.url, viewport={"width": 1360, "height": 900}, locale="en-GB", **options
        )
        context.set_default_timeout(15_000)
        self.stack.callback(context.close)
        if who is not None:
            email = f"{who}@example.com"
            session = self.served.installation.sign_in(email, PASSWORD, "127.0.0.1")
            context.add_cookies(
                [{"name": "stocktake-session", "value": session.token, "url": self.served.url}]
            )
        return context

    def journey(self, who: str = "operator") -> Journey:
        """The same person by plain HTTP, to prepare what a page then shows."""
        return Journey(self.served.as_(who))


def with_passwords(served: Served) -> Served:
    """A user with each role in ``default``, who has a password and a token; a platform admin; a workspace ``other``."""
    people = served.installation.people(served.installation.owner)
    people.add_workspace("other")
    for role in ROLES:
        people.add_user(f"{role}@example.com", password=PASSWORD, role=role, workspace="default")
        _, served.tokens[role] = people.create_token("test", email=f"{role}@example.com")
    people.add_user("platform@example.com", password=PASSWORD, is_platform_admin=True)
    _, served.tokens["platform"] = people.create_token("test", email="platform@example.com")
    return served


@pytest.fixture(scope="session")
def peopled(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A database with its people, to be copied, and their tokens."""
    path = tmp_path_factory.mktemp("peopled") / "stock.db"
    path.write_bytes(sqlite_template.read_bytes())
    with open_installation(f"sqlite:///{path}") as installation:
        installation.set_up()
        tokens = with_passwords(Served("", installation)).tokens
    return path, tokens


@pytest.fixture
def site(
    browser: Browser,
    peopled: tuple[Path, dict[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Site]:
    """An empty workspace on the embedded store, its people, and a browser."""
    template, tokens = peopled
    (tmp_path / "stock.db").write_bytes(template.read_bytes())
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(tmp_path / "uploads"))
    with serving(f"sqlite:///{tmp_path / 'stock.db'}") as opened:
        opened.tokens.update(tokens)
        yield from _seen(Site(opened, browser))


@pytest.fixture
def site_on_both(
    browser: Browser, ready_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    """The same on each store."""
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(tmp_path / "uploads"))
    with serving(ready_database_url) as opened:
        yield from _seen(Site(with_passwords(opened), browser))


def _seen(site: Site) -> Iterator[Site]:
    with site.stack:
        yield site
    assert site.problems == []


#: By how many pixels a page scrolls sideways.
TOO_WIDE = "Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)"

Check = Callable[[Page], None]


def violations(page: Page, *, only: str | None = None) -> list[str]:
    """What axe finds that is serious or critical, by all of its rules or by one."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text(encoding="utf-8") + "\n;0")
    options = {"resultTypes": ["violations"], **({"runOnly": [only]} if only else {})}
    found = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{each['id']} ({each['impact']}): {each['help']}: {[node['html'][:160] for node in each['nodes'][:3]]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


def _look(page: Page) -> None:
    serious = violations(page)
    assert serious == [], f"{page.url}: {serious}"
    too_wide = page.evaluate(TOO_WIDE)
    assert too_wide <= 0, f"{page.url} is {too_wide} px too wide"


@pytest.fixture
def accessible() -> Check:
    """``accessible(page)``: axe finds nothing serious or critical; nothing scrolls sideways but what says that it does."""

    def check(page: Page) -> None:
        for _ in range(3):
            page.wait_for_load_state()
            try:
                return _look(page)
            except Error as error:  # It went on to the next page meanwhile, which is the one that is meant.
                if "context was destroyed" not in str(error):
                    raise
        raise AssertionError(f"{page.url} does not come to rest")

    return check


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """``picture(page, "review")``: keeps a picture of the page as output of the tests."""

    def keep(page: Page, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    return keep
