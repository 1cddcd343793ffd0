"""Field history as people read it: what a plan will change, and the story of one record (HIS-4, HIS-5, HIS-8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import polars as pl

from stocktake.model.plan import Plan
from stocktake.model.record_type import RecordType

_DETAILS = {
    "_record_id": "record",
    "_name": "name",
    "field": "field",
    "from_value": "from",
    "to_value": "to",
}

#: The columns of a record's history.
TIMELINE = {
    "run_id": pl.Int64(),
    "changed_at": pl.Datetime("us", "UTC"),
    "field": pl.String(),
    "from": pl.String(),
    "to": pl.String(),
    "kind": pl.String(),
}

NEW, CHANGED, REMOVED, EDITED = "file_import_new", "file_import_diff", "file_import_removed", "edit"


def history_of(plan: Plan, details: pl.DataFrame) -> dict[str, Any]:
    """``changes, changes_by_field, new, removed, details``: field changes, and records that came or went (HIS-5, HIS-8).

    Created records count as new although their entries are derived and not stored (HIS-4). details: the lines of the plan's
    history to be listed, with ``_name``.
    """
    found = plan.frames.history
    moved = found.filter(pl.col("kind") == CHANGED)
    by_field = moved.group_by("field").len().sort("field")
    record_type = plan.record_type
    created = plan.counts["create"] if record_type.tracked and record_type.first_history else 0
    return {
        "changes": moved.height,
        "changes_by_field": dict(by_field.iter_rows()),
        "new": created + _records(found, NEW),
        "removed": _records(found, REMOVED),
        "details": details.select(list(_DETAILS)).rename(_DETAILS).to_dicts(),
    }


def _records(found: pl.DataFrame, kind: str) -> int:
    return found.filter(pl.col("kind") == kind)["_record_id"].n_unique()


def timeline(
    record_type: RecordType,
    record: Mapping[str, Any] | None,
    stored: Iterable[Mapping[str, Any]],
    *,
    created_run: int | None,
    created_at: datetime | None,
) -> list[dict[str, Any]]:
    """The history of one record, oldest first: what is stored, after the derived beginning (HIS-4), as ``TIMELINE`` says.

    record: its fields as canonical text, None for one that is gone. stored: its rows of the field history, oldest first.
    created_run, created_at: the run that made the record and its moment, where they are known.
    """
    entries = [
        {
            "run_id": each["run_id"],
            "changed_at": each["changed_at"],
            "field": each["field"],
            "from": each["from_value"],
            "to": each["to_value"],
            "kind": each["kind"],
        }
        for each in stored
    ]
    if not record_type.first_history:
        return entries
    beginnings = []
    for name in record_type.tracked:
        first = next((each for each in entries if each["field"] == name), None)
        value = first["from"] if first is not None else (record or {}).get(name)
        if value is not None:
            beginnings.append(
                {
                    "run_id": created_run,
                    "changed_at": created_at,
                    "field": name,
                    "from": None,
                    "to": value,
                    "kind": NEW,
                }
            )
    return beginnings + entries
