"""``freshness``: how old each source's newest import is (FRE-2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.screen import Column, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, session
from stocktake.interfaces.freshness_document import freshness_document
from stocktake.interfaces.wording import age_text, length_text, moment_text
from stocktake.reporting.freshness import age_of


def freshness(*, page: Page | None = None, options: GlobalOptions | None = None) -> None:
    """How old each source's newest import is, and whether that is as its declaration expects.

    A source is stale once an import of it is older than its `expected_every`, and never imported as long as it has none. The
    exit code is 0 all the same.

    Example: stocktake freshness
    """
    wanted = chosen(page)
    with session(options) as opened:
        found = opened.book.freshness()
        part = found[wanted.offset : wanted.offset + wanted.limit]
        if opened.options.json:
            opened.screen.document(wanted.document([freshness_document(each) for each in part], len(found)))
        elif not found:
            start = opened.command("import FILE --type T --source S")
            opened.screen.line(f"No source has been imported yet. Import something: {start}")
        else:
            columns = [
                mark("source"),
                mark("state"),
                mark("expected"),
                mark("type"),
                mark("age"),
                mark("imported"),
            ]
            at = opened.book.clock()
            opened.screen.table(
                [*columns, number("records"), Column("file"), number("run")],
                [row for each in part for row in _rows(each, at)],
            )
            wanted.footer(opened.screen, len(part), len(found))


def _rows(source: dict[str, Any], at: datetime) -> list[tuple[object, ...]]:
    expected = f"every {length_text(source['expected_every'])}" if source["expected_every"] else None
    said = (source["source"], _STATES.get(source["state"], source["state"]), expected)
    return [
        (
            *said,
            record_type,
            age_text(age_of(each["imported_at"], at)),
            moment_text(each["imported_at"]),
            each["record_count"],
            each["filename"],
            as_id(each["run_id"]),
        )
        for record_type, each in source["last_imports"].items()
    ] or [(*said, *[None] * 6)]


#: How a state reads to people.
_STATES = {"never": "never imported", "unknown": "no expectation"}
