"""The dashboard: how fresh each source is, what was done last, what waits for somebody; else the first steps."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.catalog.packs import pack_samples
from stocktake.interfaces.http.parameter import OpenBook, Text
from stocktake.interfaces.web.page import is_part, page
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.run_line import run_line
from stocktake.interfaces.wording import length_text
from stocktake.model.errors import NotFound
from stocktake.model.wiring import METRICS, WiringHealth

routes = Pages()

#: So many runs are shown.
LAST = 8
#: The samples of the first steps, in the order in which they tell a story: what each shows.
SAMPLES = {
    "ninjaone-1.csv": ("NINJAONE", "24 laptops, desktops and servers, all new"),
    "telus.csv": ("TELUS", "8 telephones, and a laptop that NinjaOne has too"),
    "ninjaone-2.csv": ("NINJAONE", "a week later: 2 new, 3 changed, 2 gone; one of those Telus still has"),
}
SAMPLE_PACK = "it_assets"


@routes.get("", needs=Right.VIEW)
def show_dashboard(request: Request, book: OpenBook) -> Response:
    """What somebody needs to see first."""
    runs, total = book.runs(page_size=LAST)
    if not total:
        return page(request, "dashboard/first_steps.html", title="Dashboard", samples=SAMPLES)
    return page(
        request,
        "dashboard/show.html",
        title="Dashboard",
        freshness=[{**each, "expected": _expected(each)} for each in book.freshness()],
        lines=[run_line(book, each) for each in runs],
        total=total,
        tiles=_tiles(book),
        kinds=list(book.declared().stored_record_types.values()),
    )


@routes.get("/attention/health", needs=Right.VIEW)
def show_health_tile(request: Request, book: OpenBook) -> Response:
    """Whether all is wired, as one tile. It reads everything, so that it comes in after its page (HEA-4)."""
    faults = _faults(request, book)
    template = "dashboard/health_tile.html" if is_part(request) else "dashboard/health.html"
    return page(request, template, title="Health", faults=faults)


@routes.get("/samples/{name}", needs=Right.VIEW)
def show_sample(name: Annotated[Text, Path()]) -> Response:
    """A sample file, to be imported as if it came from a source."""
    if name not in SAMPLES:
        raise NotFound("not-found", f'There is no sample "{name}".', hint="The dashboard lists them.")
    return Response(
        pack_samples(SAMPLE_PACK)[name].read_bytes(),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _expected(source: dict[str, Any]) -> str:
    """``every 7 days``; nothing where the source declares no expectation."""
    every = source["expected_every"]
    return f"every {length_text(every)}" if every else ""


def _tiles(book: Book) -> list[tuple[int, str, str]]:
    """What waits for somebody: how much, what it is, and where it stands."""
    waiting, missing = book.work_list(), book.missing_counts()
    return [
        (waiting.open, "held retirements", "/review#held"),
        (
            sum(each.undecided for each in waiting.undecided),
            "rows in conflict or ambiguous",
            "/review#undecided",
        ),
        (sum(each.faulty for each in waiting.faulty), "rejected rows to mend", "/review#rejected"),
        (sum(each.missing for each in missing), "records that a source misses", "/missing"),
    ]


def _faults(request: Request, book: Book) -> list[tuple[int, str]]:
    """What is not wired as it should be. Looked at again once a run has been written: nothing else changes it."""
    runs, total = book.runs(page_size=1)
    now = (total, *((each.run_id, each.status, each.finished_at) for each in runs))
    known: dict[str, tuple[Any, WiringHealth]] = request.app.state.__dict__.setdefault("wiring", {})
    kept = known.get(book.workspace)
    if kept is None or kept[0] != now:
        kept = known[book.workspace] = (now, book.wiring_health())
    meanings = {each.name: each.meaning for each in METRICS}
    return [(count, meanings[name]) for name, count in kept[1].faults.items()]
