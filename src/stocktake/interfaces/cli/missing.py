"""``missing``: what the sources' last snapshots no longer had (PRE-22)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from cyclopts import Parameter

from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.screen import Column, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.wording import moment_iso, moment_text
from stocktake.model.errors import InvalidInput

_COLUMNS = (
    mark("missing since"),
    mark("source"),
    mark("type"),
    number("record"),
    Column("name"),
    Column("external id"),
    Column("state"),
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
    page: Page | None = None,
    options: GlobalOptions | None = None,
) -> None:
    """What the sources' last snapshots no longer had, newest first.

    Example: stocktake missing --source NINJAONE --since 2026-11-01
    """
    wanted = chosen(page)
    begin, end = _moment(since, "--since"), _moment(until, "--until", whole_day=True)
    with session(options) as opened:
        found, total = _page(opened, source, type, begin, end, wanted)
        if opened.options.json:
            opened.screen.document(wanted.document([_document(each) for each in found], total))
        elif not total:
            narrowed = " there" if source or type or since or until else ""
            opened.screen.line(
                f"Nothing is missing{narrowed}: every record a source has had was in its last full snapshot."
            )
        else:
            opened.screen.table(_COLUMNS, [_row(each) for each in found])
            wanted.footer(opened.screen, len(found), total)


def _page(
    opened: Session,
    source: str | None,
    type_name: str | None,
    since: datetime | None,
    until: datetime | None,
    page: Page,
) -> tuple[list[dict[str, Any]], int]:
    declared = opened.book.declared()
    stored = declared.stored_record_types
    if type_name is not None:
        declared.record_type(type_name)
    kinds = [each for name, each in stored.items() if type_name in (None, name)]
    if source is not None:
        source = declared.source_named(source).name
    with opened.book.listing() as unit:
        found, total = unit.missing_among(
            kinds, source=source, since=since, until=until, limit=page.limit, offset=page.offset
        )
    return found, total


def _row(link: dict[str, Any]) -> tuple[object, ...]:
    return (
        moment_text(link["missing_since"]),
        link["source"],
        link["record_type"],
        as_id(link["record_id"]),
        link["name"],
        link["external_id"],
        _state(link),
    )


def _state(link: dict[str, Any]) -> str:
    if link["held_run"] is not None:
        return "held for review"
    return "retired" if link["retired_at"] is not None else "kept"


def _document(link: dict[str, Any]) -> dict[str, Any]:
    return {
        "record_type": link["record_type"],
        "record_id": link["record_id"],
        "name": link["name"],
        "source": link["source"],
        "external_id": link["external_id"],
        "missing_since": moment_iso(link["missing_since"]),
        "missed_snapshots": link["missed_snapshots"],
        "state": _state(link),
        "retired_at": moment_iso(link["retired_at"]),
        "retired_by": link["retired_by"],
    }


def _moment(text: str | None, option: str, *, whole_day: bool = False) -> datetime | None:
    """A day or a time in UTC; a day stands for its beginning, or with ``whole_day`` for its end."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(
            "bad-option",
            f'{option} "{text}" is not a day or a time.',
            hint="Write 2026-11-20 or 2026-11-20T16:00.",
        ) from error
    zoned = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return zoned + timedelta(days=1) if whole_day and len(text) <= len("2026-11-20") else zoned
