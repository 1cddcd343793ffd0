"""Freshness: how old each source's newest import of each record type is, against what is expected (FRE-2, FRE-3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import Request
from markupsafe import Markup
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.interfaces.http.parameter import OpenBook
from stocktake.interfaces.web.page import page
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.wording import age_text, length_text
from stocktake.reporting.freshness import age_of, expectation, state_of
from stocktake.reporting.freshness_picture import Feed, freshness_picture

routes = Pages()


@routes.get("/freshness", needs=Right.VIEW)
def show_freshness(request: Request, book: OpenBook) -> Response:
    """A picture of all sources, and the same in a table."""
    at = book.clock()
    lines = [line for source in book.freshness() for line in _lines(source, at)]
    return page(
        request,
        "freshness.html",
        title="Freshness",
        lines=lines,
        picture=Markup(freshness_picture([_feed(each) for each in lines])),  # noqa: S704 (it escapes what it draws)
        stale=sum(each["state"] == "stale" for each in lines),
    )


def _lines(source: dict[str, Any], at: datetime) -> list[dict[str, Any]]:
    """A line per record type that a source has delivered; one without a type where it has not delivered anything."""
    expected = source["expected_every"]
    about = {"source": source["source"], "expected": length_text(expected) if expected else ""}
    seconds = expectation(expected).total_seconds() if expected else None
    nothing = {"record_type": None, "age": None, "imported_at": None, "state": "never"}
    if not source["last_imports"]:
        return [
            {**about, **nothing, "seconds": seconds, "record_count": None, "filename": None, "run_id": None}
        ]
    return [
        {
            **about,
            **told,
            "record_type": name,
            "age": age_of(told["imported_at"], at),
            "seconds": seconds,
            "state": state_of(told["imported_at"], expected, at),
        }
        for name, told in sorted(source["last_imports"].items())
    ]


def _feed(line: dict[str, Any]) -> Feed:
    label = f"{line['source']} · {line['record_type']}" if line["record_type"] else line["source"]
    age = age_text(line["age"])
    words = {
        "never": "never imported",
        "unknown": f"{age} old; nothing is expected of it",
        "stale": f"stale: {age} old, expected every {line['expected']}",
        "fresh": f"fresh: {age} old, expected every {line['expected']}",
    }[line["state"]]
    return Feed(
        label=label,
        age=line["age"],
        expected=line["seconds"],
        is_stale=line["state"] == "stale",
        words=words.replace("just now old", "just now"),
    )
