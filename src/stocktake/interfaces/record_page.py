"""A page of records with their badges, for every face."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stocktake.flows.missing import ignoring
from stocktake.model.errors import InvalidInput
from stocktake.model.record_type import check_filter

if TYPE_CHECKING:
    from stocktake.book import Book
    from stocktake.interfaces.page import Page
    from stocktake.model.record_type import RecordType

#: By record, the links by which sources miss it.
Badges = defaultdict[int, list[dict[str, Any]]]


def asked_values(kind: RecordType, where: Mapping[str, str], status: str | None) -> dict[str, str]:
    """What fields must say. Raises ``InvalidInput`` ``unknown-field``, ``no-status``."""
    asked = dict(where)
    check_filter(kind, asked)
    if status is not None:
        if kind.lifecycle is None:
            raise InvalidInput(
                "no-status", f"{kind.title} declares no status.", hint="Filter with --where FIELD=VALUE."
            )
        asked[kind.lifecycle.field] = status
    return asked


def includes_retired(kind: RecordType, asked: Mapping[str, str], retired: bool) -> bool:
    """Whether retired records are listed: if that is asked for, or the status they have."""
    lifecycle = kind.lifecycle
    return retired or (lifecycle is not None and asked.get(lifecycle.field) == lifecycle.retired)


def record_page(
    book: Book,
    kind: RecordType,
    *,
    where: dict[str, str],
    missing_source: str | None,
    retired: bool,
    page: Page,
) -> tuple[list[dict[str, Any]], int, Badges]:
    """A page of records, how many there are, and by record which sources miss it (PRE-22)."""
    asked: Any = {"where": where, "missing_source": missing_source, "retired": retired}
    found, total, badges = _paged(book, kind, asked, page, at_once=False)
    return found or [], total or 0, badges


def record_page_at_once(
    book: Book,
    kind: RecordType,
    *,
    where: dict[str, str],
    missing_source: str | None,
    retired: bool,
    page: Page,
) -> tuple[list[dict[str, Any]] | None, int | None, Badges]:
    """The same without looking through all records: no number, or no rows either, where that would be needed."""
    asked: Any = {"where": where, "missing_source": missing_source, "retired": retired}
    return _paged(book, kind, asked, page, at_once=True)


def _paged(
    book: Book, kind: RecordType, asked: Mapping[str, Any], page: Page, *, at_once: bool
) -> tuple[list[dict[str, Any]] | None, int | None, Badges]:
    badges: Badges = defaultdict(list)
    with book.listing() as unit:
        if kind.name not in book.declared().stored_record_types:
            return [], 0, badges
        paged = unit.record_page_at_once if at_once else unit.record_page
        found, total = paged(kind, **asked, limit=page.limit, offset=page.offset)
        ids, ignored = [row["id"] for row in found or []], ignoring(book.declared().sources)
        for each in unit.missing_badges(kind.name, ids, ignored=ignored):
            badges[each["record_id"]].append(each)
    return found, total, badges
