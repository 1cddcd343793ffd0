"""Records for programs: values, where they came from, and which sources have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from stocktake.interfaces.missing_document import acknowledged_document
from stocktake.interfaces.wording import moment_iso, moment_text
from stocktake.model.record_type import RecordType
from stocktake.reporting.sighting import Sighting

_LINK = (
    "source",
    "external_id",
    "is_present",
    "first_seen_at",
    "last_seen_at",
    "missing_since",
    "missed_snapshots",
)


def record_document(
    record_type: RecordType, row: Mapping[str, Any], badges: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """A record of a list: id, name, source, values, and which sources miss it (PRE-22)."""
    return {
        "id": row["id"],
        "name": name_of(record_type, row),
        "source": row["source"],
        "external_id": row["external_id"],
        "values": {each.name: row[each.name] for each in record_type.fields},
        "retired_at": moment_iso(row["retired_at"]),
        "created_run": row["created_run"],
        "changed_run": row["changed_run"],
        "missing_from": [
            {"source": each["source"], "since": moment_iso(each["missing_since"])} for each in badges
        ],
    }


def name_of(record_type: RecordType, row: Mapping[str, Any]) -> str:
    """What people call a record: its display field, else its external id, else its number."""
    shown = record_type.display_field
    return str((row.get(shown) if shown else None) or row["external_id"] or row["id"])


def badge(source: str, since: datetime | None) -> str:
    """``Missing from NINJAONE since 2026-11-02`` (PRE-22)."""
    day = f" since {moment_text(since)[:10]}" if since else ""
    return f"Missing from {source}{day}"


def link_document(sighting: Sighting) -> dict[str, Any]:
    """A record's link to one source; times in ISO form, ``is_present`` a truth value on every store."""
    link = sighting.link
    shape = {name: _plain(link[name]) for name in _LINK}
    shape["is_present"] = bool(link["is_present"])
    shape["held"] = link["held_run"] is not None and not sighting.hold_expired
    shape["hold_expired"] = sighting.hold_expired
    shape["flapping"] = sighting.is_flapping
    shape["renamed"] = sighting.is_renamed
    shape["settled"] = sighting.settled
    shape["acknowledged"] = acknowledged_document(sighting.acknowledged)
    return shape


def history_document(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of a record's history."""
    return {name: _plain(value) for name, value in entry.items()}


def origin_document(line: Mapping[str, Any]) -> dict[str, Any]:
    """Where one field's value comes from, and who says otherwise (PRE-24)."""
    return {name: _plain(value) for name, value in line.items()}


def _plain(value: Any) -> Any:
    return moment_iso(value) if isinstance(value, datetime) else value
