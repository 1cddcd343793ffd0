"""``freshness``: how old each source's newest import is (FRE-2)."""

from __future__ import annotations

from typing import Any

from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.screen import Column, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, session
from stocktake.interfaces.wording import age_text, moment_iso, moment_text
from stocktake.reporting.freshness import freshness_of


def freshness(*, page: Page | None = None, options: GlobalOptions | None = None) -> None:
    """How old each source's newest import is, and whether that is as its declaration expects.

    Example: stocktake freshness
    """
    wanted = chosen(page)
    with session(options) as opened:
        with opened.book.listing() as unit:
            rows = unit.freshness()
        found = freshness_of(rows, opened.book.declared().sources, at=opened.book.clock())
        part = found[wanted.offset : wanted.offset + wanted.limit]
        if opened.options.json:
            opened.screen.document(wanted.document([_document(each) for each in part], len(found)))
        elif not found:
            start = opened.command("import FILE --type T --source S")
            opened.screen.line(f"No source has been imported yet. Import something: {start}")
        else:
            columns = [mark("source"), mark("state"), mark("age"), mark("type"), mark("imported")]
            opened.screen.table(
                [*columns, number("records"), Column("file"), number("run")],
                [row for each in part for row in _rows(each)],
            )
            wanted.footer(opened.screen, len(part), len(found))


def _rows(source: dict[str, Any]) -> list[tuple[object, ...]]:
    return [
        (
            source["source"],
            source["state"],
            age_text(source["age"]),
            record_type,
            moment_text(each["imported_at"]),
            each["record_count"],
            each["filename"],
            as_id(each["run_id"]),
        )
        for record_type, each in source["last_imports"].items()
    ]


def _document(source: dict[str, Any]) -> dict[str, Any]:
    return {
        **source,
        "last_sync_at": moment_iso(source["last_sync_at"]),
        "last_imports": {
            name: {**each, "imported_at": moment_iso(each["imported_at"])}
            for name, each in source["last_imports"].items()
        },
    }
