"""The columns of the frames that flows and stores hand to each other. Every value is canonical text.

Frames name their columns as the tables do, or with an underscore where they are the engine's (see
``model.plan.PlanFrames``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

#: Rows to insert: one frame, or parts with equal columns, so that a million rows never lie in memory at once. Parts are
#: asked for while the database loads: whoever makes them does not ask the same unit.
Frames = pl.DataFrame | Iterable[pl.DataFrame]

#: A record's lineage before a run changed it: the run's image of it, restored by its rollback.
LINEAGE: dict[str, Any] = {
    "id": pl.Int64,
    "changed_run": pl.Int64,
    "row_run": pl.Int64,
    "row_number": pl.Int64,
    "row_hash": pl.Binary,
    "mapping_hash": pl.Binary,
    "imported_at": pl.String,
    "retired_at": pl.String,
    "retired_by": pl.String,
    "retired_run": pl.Int64,
    "extra": pl.String,
}

#: That a person has seen that a link is missing (PRE-29).
ACKNOWLEDGEMENT: dict[str, Any] = {
    "acknowledged_run": pl.Int64,
    "acknowledged_at": pl.String,
    "acknowledged_by": pl.String,
    "acknowledged_reason": pl.String,
    "acknowledged_until": pl.String,
}

#: What an export of records tells beside their fields, as canonical text.
EXPORTED = ("source", "external_id", "retired_at")

#: A link before a run changed it.
LINK_IMAGE: dict[str, Any] = {
    "source": pl.String,
    "external_id": pl.String,
    "is_present": pl.Boolean,
    "last_run": pl.Int64,
    "changed_run": pl.Int64,
    "missing_since": pl.String,
    "missed_snapshots": pl.Int64,
    "held_run": pl.Int64,
    "kept_run": pl.Int64,
    "back_run_1": pl.Int64,
    "back_run_2": pl.Int64,
    "back_run_3": pl.Int64,
    **ACKNOWLEDGEMENT,
    "row_hash": pl.Binary,
    "mapping_id": pl.Int64,
    "said": pl.String,
    "metadata": pl.String,
}

#: A link before a partial import that only saw it.
SEEN_IMAGE: dict[str, Any] = {name: LINK_IMAGE[name] for name in ("source", "external_id", "last_run")}

#: Who had acknowledged that a link is missing before a run said so anew.
ACKNOWLEDGED = "acknowledged"
ACKNOWLEDGED_IMAGE: dict[str, Any] = {"source": pl.String, "external_id": pl.String, **ACKNOWLEDGEMENT}

#: The images of what a run deleted.
DELETED_RECORDS, DELETED_LINKS = "deleted records", "deleted links"

#: A link that a run deleted together with its record.
DELETED_LINK: dict[str, Any] = {
    **LINK_IMAGE,
    "external_id_raw": pl.String,
    "record_id": pl.Int64,
    "is_keyless": pl.Boolean,
    "first_run": pl.Int64,
}

#: The links that a run moved aside since their external id is another record's, and by which key they go since (PRE-20).
MOVED_LINKS = "moved links"
MOVED_LINK: dict[str, Any] = {**DELETED_LINK, "aside": pl.String}

#: The image, in a rollback's own run, of the blocks of ids whose records it deleted (HEA-7).
DELETED_BLOCKS = "deleted blocks"
DELETED_BLOCK: dict[str, Any] = {"record_type": pl.String, "first_id": pl.Int64, "last_id": pl.Int64}

#: What a run changed, field by field.
CHANGES: dict[str, Any] = {
    "record_id": pl.Int64,
    "field": pl.String,
    "act": pl.String,
    "before": pl.String,
    "after": pl.String,
}


#: Runs that came after another; ``by``: who.
LATER_RUNS: dict[str, Any] = {
    "run_id": pl.Int64,
    "kind": pl.String,
    "status": pl.String,
    "source": pl.String,
    "record_type": pl.String,
    "by": pl.String,
    "undoes_run": pl.Int64,
}

#: What later runs changed in records.
CHANGED_SINCE: dict[str, Any] = {
    "record_id": pl.Int64,
    "run_id": pl.Int64,
    "field": pl.String,
    "act": pl.String,
}

#: What earlier runs changed in records, and what was there before.
CHANGED_BENEATH: dict[str, Any] = {
    "record_id": pl.Int64,
    "field": pl.String,
    "run_id": pl.Int64,
    "before": pl.String,
}

#: Records that a run created and that ``_by_run`` changed last.
CREATED_SINCE: dict[str, Any] = {"_record_id": pl.Int64, "_name": pl.String, "_by_run": pl.Int64}

#: A record that refers to the record ``_to``; ``_by_run``: who changed it last, or made it.
REFERRING: dict[str, Any] = {
    "_record_id": pl.Int64,
    "_name": pl.String,
    "_by_run": pl.Int64,
    "_created_run": pl.Int64,
    "_to": pl.Int64,
}

#: A value that a person gave: the run of kind edit that wrote it (PRE-24).
HAND_EDIT: dict[str, Any] = {"record_id": pl.Int64, "field": pl.String, "run_id": pl.Int64}

#: Under which name a run keeps the hand edits that it took the place of.
HAND_EDITS = "hand edits"
#: Runs and their moments.
RUN_MOMENTS: dict[str, Any] = {
    "run_id": pl.Int64,
    "applied_at": pl.String,
    "kind": pl.String,
    "status": pl.String,
    "record_type": pl.String,
    "undoes_run": pl.Int64,
}

#: Where a record stands now.
PRESENT: dict[str, Any] = {
    "record_id": pl.Int64,
    "created_run": pl.Int64,
    "changed_run": pl.Int64,
    "updated_at": pl.String,
    "retired_at": pl.String,
    "retired_run": pl.Int64,
}

#: Stored field history.
ENTRIES: dict[str, Any] = {
    "record_id": pl.Int64,
    "run_id": pl.Int64,
    "field": pl.String,
    "kind": pl.String,
    "from_value": pl.String,
    "to_value": pl.String,
}

#: By what a record left or came back.
TURNS: dict[str, Any] = {
    "record_id": pl.Int64,
    "run_id": pl.Int64,
    "field": pl.String,
    "act": pl.String,
    "before": pl.String,
    "after": pl.String,
}

#: What became of the records that a file lacked: the image that its run keeps of them (PRE-22).
ABSENT: dict[str, Any] = {
    "record_id": pl.Int64,
    "external_id": pl.String,
    "name": pl.String,
    "decision": pl.String,
    "reason": pl.String,
    "elsewhere": pl.String,
}

#: The images of records that a file lacked, and of rows whose link had been missing.
ABSENT_RECORDS, REAPPEARED_ROWS = "absent", "reappeared"


#: A reference that waits for its record: the text by which ``source`` named it last (IDN-4).
UNRESOLVED: dict[str, Any] = {
    "record_type": pl.String,
    "record_id": pl.Int64,
    "field": pl.String,
    "to_type": pl.String,
    "text": pl.String,
    "source": pl.String,
    "run_id": pl.Int64,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RawChunk:
    """Some rows as they were read, and what became of each (LIN-2, LIN-11).

    ``cells`` is Parquet: ``_row, _line, _fault``, ``c0`` … . ``outcome``, in the same order: ``decision, reason, record_id,
    external_id, name, field_count, has_critical_fields``.
    """

    first_row: int
    cells: bytes
    outcome: pl.DataFrame
