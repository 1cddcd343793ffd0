"""What happened before a browser looks: imports of some days ago, made through the book of a site's own installation."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from stocktake.book import Book, OpenRun
from tests.browser.conftest import Site

#: Six devices; what a browser sees of them is short.
FLEET = tuple(f"S00{each},T00{each}" for each in range(1, 7))
HEAD = "Serial Number,Asset Tag"


def book_of(site: Site, *, days: float = 0) -> Book:
    """The workspace as its owner worked in it so many days ago."""
    installation = site.served.installation
    book = installation.book("default", installation.owner)
    then = installation.clock() - timedelta(days=days)
    book.clock = lambda: then
    return book


def imported(
    site: Site, content: str, folder: Path, *, days: float = 0, name: str = "devices.csv", **told: Any
) -> OpenRun:
    """An import of so many days ago."""
    path = folder / name
    path.write_text(content, encoding="utf-8")
    options = {"record_type": "device", "source": "NINJAONE", **told}
    return book_of(site, days=days).plan(path, **options).apply()


def rows(*lines: str, head: str = HEAD) -> str:
    """A file of these lines."""
    return "\n".join([head, *lines, ""])


def with_missing(site: Site, folder: Path) -> None:
    """NinjaOne had six devices nine days ago, of which TELUS bills the first; two days ago it had lost the first three."""
    imported(site, rows(*FLEET), folder, days=9)
    imported(site, rows("S001", head="Serial Number"), folder, days=8, source="TELUS", name="telus.csv")
    imported(site, rows(*FLEET[3:]), folder, days=2, name="friday.csv", allow_retire=3)


def with_held(site: Site, folder: Path) -> None:
    """Six devices nine days ago; two days ago the first four were missing, and their retirements are held."""
    imported(site, rows(*FLEET), folder, days=9)
    imported(site, rows(*FLEET[4:]), folder, days=2, name="friday.csv", on_guard="hold")
