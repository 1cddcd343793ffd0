"""One record: its values and where each came from, its sources, its history, the row that led to it (PRE-24, LIN-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.interfaces.http.parameter import OpenBook, RecordId, TypeName
from stocktake.interfaces.missing_document import (
    absence_words,
    acknowledged_words,
    flapping_words,
    only_words,
)
from stocktake.interfaces.record_document import badge, name_of
from stocktake.interfaces.web.filter import Filters
from stocktake.interfaces.web.page import page
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.whole_record import WholeRecord, whole_record
from stocktake.interfaces.wording import ACTS_DONE, HISTORY_KINDS, settled_words, to_text, value_text
from stocktake.model.activity import ActivityFilter
from stocktake.model.record_type import RecordType
from stocktake.reporting.lineage import processing_notes
from stocktake.reporting.provenance import EDITED

routes = Pages()

#: So many entries of the history and of the audit stand on a record's page, newest first.
ENTRIES = 100


class RecordAsked(Filters):
    """How much of it: ``lineage``, every run that wrote it with the rows as read."""

    lineage: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the timeline: a change of a tracked field, or an act of the audit."""

    at: datetime
    run_id: int | None
    words: str
    field: str | None = None
    before: str | None = None
    after: str | None = None


@routes.get("/records/{record_type}/{record_id}", needs=Right.VIEW)
def show_record(
    request: Request,
    book: OpenBook,
    record_type: TypeName,
    record_id: RecordId,
    asked: Annotated[RecordAsked, Query()],
) -> Response:
    """Everything about one record."""
    found = whole_record(book, record_type, record_id, lineage=asked.lineage)
    kind, row = found.kind, found.row
    only = found.only_keeper
    entries, more = _timeline(book, found)
    return page(
        request,
        "records/show.html",
        title=name_of(kind, row),
        kind=kind,
        row=row,
        name=name_of(kind, row),
        found=found,
        badges=[
            badge(each.link["source"], each.link["missing_since"]) for each in found.links if each.is_missing
        ],
        kept_alive_by=only_words(only, found.at) if only else None,
        values=_values(found),
        blank=_blank(found),
        links=[_link(each) for each in found.links],
        entries=entries,
        more=more,
        traces=_traces(found),
        asked=asked,
    )


def _values(found: WholeRecord) -> list[dict[str, Any]]:
    """Each field that has a value, or of which somebody says something, with where that came from."""
    origins = {each["field"]: each for each in found.origins}
    return [
        {
            "field": each,
            "value": found.row[each.name],
            "to": _referred(found, each.name),
            "origin": origins[each.name],
            "by_hand": origins[each.name]["how"] == EDITED,
        }
        for each in found.kind.fields
        if found.row[each.name] is not None or origins[each.name]["how"] or origins[each.name]["differing"]
    ]


def _blank(found: WholeRecord) -> list[str]:
    told = {each["field"].name for each in _values(found)}
    return [each.label for each in found.kind.fields if each.name not in told]


def _referred(found: WholeRecord, name: str) -> dict[str, Any] | None:
    """The record that a field refers to, where there is one (IDN-4)."""
    reference = found.kind.reference(name)
    if reference is None or name not in found.referred:
        return None
    return {"type": reference.to, "id": found.row[name], "name": found.referred[name]}


def _link(sighting: Any) -> dict[str, Any]:
    """What one source says of the record's being there (PRE-22)."""
    link = sighting.link
    return {
        "link": link,
        "is_present": sighting.is_present,
        "is_missing": sighting.is_missing,
        "note": absence_words(sighting),
        "acknowledged": acknowledged_words(sighting.acknowledged),
        "flapping": flapping_words(link["source"]) if sighting.is_flapping else "",
        "settled": settled_words(link["external_id"], sighting.settled) if sighting.settled else "",
    }


def _timeline(book: Book, found: WholeRecord) -> tuple[list[Entry], bool]:
    """What happened to the record, newest first: its tracked fields and the audit's sentences; whether there is more."""
    kind = found.kind
    wanted = ActivityFilter(record_type=kind.name, record_id=found.row["id"])
    with book.listing() as unit:
        audit = unit.activity(wanted, limit=ENTRIES)
    told = [Entry(at=each.at, run_id=each.run_id, words=each.sentence) for each in audit]
    fields = [_changed(kind, each) for each in found.entries[-ENTRIES:]]
    entries = sorted([*told, *fields], key=lambda each: (each.at, each.run_id or 0), reverse=True)
    more = len(found.entries) > ENTRIES or len(audit) == ENTRIES or len(entries) > ENTRIES
    return entries[:ENTRIES], more


def _changed(kind: RecordType, entry: Mapping[str, Any]) -> Entry:
    field = kind[entry["field"]].label if entry["field"] in kind else entry["field"]
    return Entry(
        at=entry["changed_at"],
        run_id=entry["run_id"],
        words=HISTORY_KINDS.get(entry["kind"], entry["kind"]),
        field=field,
        before=value_text(entry["from"]),
        after=to_text(entry),
    )


def _traces(found: WholeRecord) -> list[dict[str, Any]]:
    """Every run that wrote the record, oldest first, with the rows that led to it (LIN-1, LIN-2)."""
    if found.lineage is None:
        return []
    return [
        {
            "run": each.run,
            "acts": ", ".join(ACTS_DONE.get(act, act) for act in each.acts),
            "rows": [
                {
                    "row": row,
                    "why": found.reasons(each.run, row.reason) or "",
                    "notes": processing_notes(row, found.reasons(each.run, row.reason)),
                }
                for row in each.rows
            ],
        }
        for each in found.lineage.traces
    ]
