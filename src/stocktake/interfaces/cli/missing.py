"""``missing``: what the sources' last snapshots no longer had (PRE-22)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.screen import Column, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, session
from stocktake.interfaces.missing_document import acknowledged_words, elsewhere_words, missing_document
from stocktake.interfaces.wording import moment_text

if TYPE_CHECKING:
    from stocktake.reporting.missing import Missing

_COLUMNS = (
    mark("missing since"),
    mark("source"),
    mark("type"),
    number("record"),
    Column("name"),
    Column("external id"),
    mark("state"),
    Column("elsewhere"),
    Column("note"),
)


def missing(
    *,
    source: Annotated[str | None, Parameter(metavar="SOURCE", help="Only what this source lacks.")] = None,
    type: Annotated[str | None, Parameter(metavar="TYPE", help="Only records of this type.")] = None,
    since: Annotated[
        str | None, Parameter(metavar="DAY", help="Missing since this day or time or later (UTC).")
    ] = None,
    until: Annotated[
        str | None,
        Parameter(metavar="DAY", help="Missing since this day (included) or time or earlier (UTC)."),
    ] = None,
    acknowledged: Annotated[
        bool,
        Parameter(
            show_default=False, help="Also what somebody has acknowledged, until the day that was said."
        ),
    ] = False,
    page: Page | None = None,
    options: GlobalOptions | None = None,
) -> None:
    """What the sources' last snapshots no longer had, newest first, and who still has it.

    Example: stocktake missing --source NINJAONE --since 2026-11-01
    """
    wanted = chosen(page)
    with session(options) as opened:
        found, total = opened.book.missing(
            source=source,
            record_type=type,
            since=since,
            until=until,
            acknowledged=acknowledged,
            page=wanted.page,
            page_size=wanted.limit,
        )
        if opened.options.json:
            at = opened.book.clock()
            opened.screen.document(wanted.document([missing_document(each, at) for each in found], total))
        elif not total:
            narrowed = " there" if source or type or since or until else ""
            known = (
                ""
                if acknowledged
                else ", or somebody has acknowledged that it was not (--acknowledged lists those)"
            )
            opened.screen.line(
                f"Nothing is missing{narrowed}: every record a source has had was in its last full snapshot{known}."
            )
        else:
            at = opened.book.clock()
            opened.screen.table(_COLUMNS, [_row(each, at) for each in found])
            wanted.footer(opened.screen, len(found), total)


def _row(each: Missing, at: datetime) -> tuple[object, ...]:
    return (
        moment_text(each.missing_since),
        each.source,
        each.record_type,
        as_id(each.record_id),
        each.name,
        each.external_id,
        each.state,
        elsewhere_words(each.elsewhere, at) if each.retired_at is None else None,
        "; ".join(
            note
            for note in (acknowledged_words(each.acknowledged), "flaps" if each.is_flapping else "")
            if note
        ),
    )
