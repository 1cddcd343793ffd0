"""What flows ask of a store: units of work, and statements over whole frames (APP-2). Every value is canonical text.

A ``Unit`` is one open transaction in one workspace; whoever opened it commits. Frames name their columns as the tables do,
or with an underscore where they are the engine's (see ``model.plan.PlanFrames``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import polars as pl

from stocktake.model.record_type import RecordType
from stocktake.model.run import Run, RunStatus
from stocktake.model.wiring import Finding, Sample

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
ACKNOWLEDGEMENT = ("acknowledged_at", "acknowledged_by", "acknowledged_reason", "acknowledged_until")

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
    **dict.fromkeys(ACKNOWLEDGEMENT, pl.String),
    "row_hash": pl.Binary,
    "mapping_id": pl.Int64,
    "said": pl.String,
}

#: A link before a partial import that only saw it.
SEEN_IMAGE: dict[str, Any] = {name: LINK_IMAGE[name] for name in ("source", "external_id", "last_run")}

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


class Unit(Protocol):
    """One open transaction. Reading first, then writing; all of it set-based."""

    # Records -------------------------------------------------------------------------------------------------------

    def record_count(self, record_type: RecordType) -> int:
        """Records of the type that are not retired."""
        ...

    def retired_records(self, record_type: RecordType) -> pl.DataFrame:
        """``_record_id, _retired_by``."""
        ...

    def identities(self, record_type: RecordType, fields: Sequence[str]) -> pl.DataFrame:
        """``_record_id`` and ``fields`` of every record."""
        ...

    def identities_since(self, record_type: RecordType, fields: Sequence[str], run_id: int) -> pl.DataFrame:
        """The same of records that runs after ``run_id`` created or changed."""
        ...

    def records_in_scope(self, record_type: RecordType, field: str, values: Sequence[str]) -> pl.Series:
        """The ids of the records whose ``field`` is one of ``values``."""
        ...

    def record_values(self, record_type: RecordType, ids: pl.Series, fields: Sequence[str]) -> pl.DataFrame:
        """``_record_id, _version, _creator, _retired, _retired_by, _changed_run`` and ``fields`` of some records."""
        ...

    def names(self, record_type: RecordType, ids: pl.Series) -> pl.DataFrame:
        """``_record_id, _name``."""
        ...

    def lineage_image(self, record_type: RecordType, ids: pl.Series) -> pl.DataFrame:
        """``LINEAGE`` of some records as they are now."""
        ...

    def statuses_before_retirement(self, record_type: RecordType, field: str, ids: pl.Series) -> pl.DataFrame:
        """``_record_id, _status``."""
        ...

    def create_records(self, record_type: RecordType, frames: Frames, **constants: Any) -> int:
        """Insert records; how many."""
        ...

    def change_records(
        self, record_type: RecordType, frame: pl.DataFrame, *, at: datetime, **constants: Any
    ) -> int:
        """Set columns of the records ``id`` that still have ``version``; how many met."""
        ...

    def restore_records(self, record_type: RecordType, frame: pl.DataFrame, *, at: datetime) -> int:
        """Set columns of the records ``id``; how many met."""
        ...

    def created_block(self, record_type: RecordType, run_id: int) -> tuple[int, int, int]:
        """How many records the run created that are still there, and the first and last of their ids."""
        ...

    def created_and_changed_since(self, record_type: RecordType, run_id: int) -> pl.DataFrame:
        """``_record_id, _name, _by_run`` of those that others have changed since."""
        ...

    def delete_created(self, record_type: RecordType, run_id: int) -> int:
        """Delete the records the run created; how many there were."""
        ...

    def record_image(self, record_type: RecordType, ids: pl.Series) -> pl.DataFrame:
        """Some records whole, every column as it is now."""
        ...

    def delete_records(self, record_type: RecordType, frame: pl.DataFrame) -> int:
        """Delete the records ``id`` that still have their ``version``; how many met."""
        ...

    def recreate_records(self, record_type: RecordType, image: pl.DataFrame, *, at: datetime) -> int:
        """Insert records as ``record_image`` gave them; how many."""
        ...

    def referred(self, record_type: RecordType, field: str, ids: pl.Series) -> pl.Series:
        """Those of ``ids`` that a record of ``record_type`` refers to by ``field``."""
        ...

    def keep_source(self, name: str, descriptor: str, *, at: datetime) -> None:
        """Declare a source, or change its declaration."""
        ...

    # Links ---------------------------------------------------------------------------------------------------------

    def links(self, source: str, record_type: str, take: Callable[[pl.DataFrame], None]) -> None:
        """Hand over ``_key, _key_raw, _record_id, _hash, _mapping, _present, _keyless, _said`` of one source, by and by.

        At least one frame, be it empty. ``take`` asks the store for nothing.
        """
        ...

    def links_of(self, record_type: str, ids: pl.Series) -> pl.DataFrame:
        """``_source, _key, _record_id, _present, _keyless, _link_mapping, _said, _missed, _missing_since, _held_run``."""
        ...

    def missing_links(self, source: str, record_type: str) -> pl.DataFrame:
        """``_key, _key_raw, _keyless, _record_id, _missed, _missing_since, _held_run, _kept_run`` of links not present."""
        ...

    def held_links(self, record_type: RecordType) -> pl.DataFrame:
        """``planning.review.HELD`` of every held retirement of the type, run out or not."""
        ...

    def create_links(self, frames: Frames, *, source: str, record_type: str, **constants: Any) -> int:
        """Insert links of ``source``; how many."""
        ...

    def change_links(self, record_type: str, frame: pl.DataFrame, **constants: Any) -> int:
        """Set columns of the links ``source, external_id``; how many met."""
        ...

    def miss_links(
        self,
        record_type: str,
        frame: pl.DataFrame,
        *,
        at: datetime,
        run_id: int,
        seen_run: int | None,
    ) -> int:
        """Mark the links ``source, external_id`` missing, with their ``held_run``; how many met."""
        ...

    def link_image_of(self, record_type: str, ids: pl.Series) -> pl.DataFrame:
        """``DELETED_LINK`` of every link of some records."""
        ...

    def delete_links_of(self, record_type: str, ids: pl.Series) -> int:
        """Delete every link of some records; how many there were."""
        ...

    def recreate_links(self, record_type: str, image: pl.DataFrame) -> int:
        """Insert links as ``link_image_of`` gave them; how many."""
        ...

    def links_taken(self, record_type: str, image: pl.DataFrame) -> pl.DataFrame:
        """``source, external_id, _record_id, _by_run`` of the links that by now stand where those of ``image`` stood."""
        ...

    def delete_links_made(self, source: str, record_type: str, run_id: int) -> int:
        """Delete the links of ``source`` that the run made; how many there were."""
        ...

    def link_count_made(self, source: str, record_type: str, run_id: int) -> int:
        """How many links of ``source`` the run made."""
        ...

    def link_image(self, record_type: str, frame: pl.DataFrame, columns: dict[str, Any]) -> pl.DataFrame:
        """The links ``source, external_id`` as they are now."""
        ...

    def links_made_and_changed_since(self, source: str, record_type: str, run_id: int) -> pl.DataFrame:
        """``source, external_id, _record_id, _by_run`` of links that the run made and another changed last."""
        ...

    def links_by_others(self, source: str, record_type: str, first_id: int, last_id: int) -> pl.DataFrame:
        """The same of other sources' links to the records of an id block."""
        ...

    def links_changed_since(self, record_type: str, run_id: int, keys: pl.DataFrame) -> pl.DataFrame:
        """``source, external_id, _record_id, _by_run`` of those that another run changed last."""
        ...

    def links_written_since(self, source: str, record_type: str, run_id: int) -> pl.DataFrame:
        """``_key, _record_id, _by_run`` of links that runs after ``run_id`` changed."""
        ...

    def has_held_links(self, source: str, record_type: str) -> bool:
        """Whether retirements by the source are held for review."""
        ...

    def links_version(self, source: str, record_type: str) -> int:
        """Raised by every import of the source and every rollback that touches its links."""
        ...

    def raise_links_version(self, source: str, record_type: str) -> None:
        """Say that links of the source were written."""
        ...

    def spoken_fields(self, record_type: str) -> pl.DataFrame:
        """``_link_mapping, field``."""
        ...

    def mapping_id(self, source: str, record_type: str, version: str) -> int | None:
        """The id of a mapping the source used before."""
        ...

    def record_type_names(self) -> frozenset[str]:
        """The record types that have their table."""
        ...

    # References ----------------------------------------------------------------------------------------------------

    def linked_records(self, record_type: str, keys: pl.DataFrame) -> pl.DataFrame:
        """``source, external_id, _record_id`` of the links that ``source, external_id`` name."""
        ...

    def records_by_external_id(self, record_type: RecordType, texts: pl.Series) -> pl.DataFrame:
        """``external_id, _record_id`` of the records that carry one of ``texts``."""
        ...

    def unresolved_texts(self, to_type: str) -> pl.DataFrame:
        """``record_type, field, source, text`` of the references that wait for a record of the type, each once."""
        ...

    def unresolved_to(self, to_type: str, texts: pl.Series) -> pl.DataFrame:
        """``UNRESOLVED`` of those that name one of ``texts``."""
        ...

    def unresolved_of(self, record_type: str) -> pl.DataFrame:
        """``UNRESOLVED`` of the type's own records."""
        ...

    def keep_unresolved(self, frame: pl.DataFrame) -> None:
        """Let references wait: ``UNRESOLVED``."""
        ...

    def forget_unresolved(self, frame: pl.DataFrame) -> int:
        """References that wait no longer: ``record_type, record_id, field``; how many there were."""
        ...

    def forget_unresolved_of_run(self, run_id: int) -> None:
        """Those that the run let wait wait no longer."""
        ...

    def referring_records(
        self, record_type: RecordType, field: str, first_id: int, last_id: int
    ) -> pl.DataFrame:
        """``_record_id, _name, _by_run`` of the records whose ``field`` refers to a record of an id block."""
        ...

    # Hand edits ----------------------------------------------------------------------------------------------------

    def hand_edits(self, record_type: str, ids: pl.Series | None = None) -> pl.DataFrame:
        """``HAND_EDIT`` of the type's records, or of those with ``ids``."""
        ...

    def keep_hand_edits(self, record_type: str, frame: pl.DataFrame) -> None:
        """Remember values that a person gave: ``HAND_EDIT``."""
        ...

    def forget_hand_edits(self, record_type: str, frame: pl.DataFrame) -> None:
        """Values that a person gave no longer: ``record_id, field``."""
        ...

    # Runs ----------------------------------------------------------------------------------------------------------

    def reserve(self, name: str, count: int) -> int:
        """The first of ``count`` numbers that are the caller's alone."""
        ...

    def last_run(self) -> int:
        """The newest run's number, 0 before the first."""
        ...

    def announce_run(self, run_id: int, **values: Any) -> None:
        """Write a run's row."""
        ...

    def change_run(self, run_id: int, **values: Any) -> None:
        """Set columns of a run's row."""
        ...

    def close_run(self, run_id: int, *, status: str, at: datetime, reason: str) -> None:
        """End a run that is still ``applying``."""
        ...

    def interrupt_dead_runs(self, record_type: str, run_id: int, *, at: datetime) -> int:
        """Mark the target's other ``applying`` runs interrupted: who holds the lock knows that they are dead (REL-9)."""
        ...

    def runs(self, *, limit: int, offset: int = 0, run_id: int | None = None) -> list[Run]:
        """Runs, newest first."""
        ...

    def absent_of(self, run_id: int) -> pl.DataFrame:
        """What became of the records that the file of a run lacked: ``ABSENT``."""
        ...

    def reappeared_of(self, run_id: int) -> pl.Series:
        """The places of the rows of a run whose link had been missing."""
        ...

    def run_of_plan(self, plan_id: str) -> int | None:
        """The run that applied a plan."""
        ...

    def latest_import(
        self, source: str, record_type: str, *, full_snapshot: bool = False, sha256: str | None = None
    ) -> Run | None:
        """The newest applied import that was not rolled back."""
        ...

    def retired_unreviewed(self, source: str, record_type: str, since: datetime) -> int:
        """How many records imports of the source have retired since then without review."""
        ...

    def churn(self, source: str, record_type: str) -> list[float]:
        """The shares that the source's snapshots have retired since one was accepted as its baseline."""
        ...

    def later_runs(self, record_type: str, run_id: int) -> bool:
        """Whether runs after ``run_id`` have written records or links of the type."""
        ...

    def rolled_back_since(self, record_type: str, run_id: int) -> bool:
        """Whether a run after ``run_id`` was a rollback."""
        ...

    def target_version(self, record_type: str) -> int:
        """Raised by every flow that writes records of the type."""
        ...

    def ensure_target(self, record_type: str) -> None:
        """Make the row that is the lock."""
        ...

    def lock_target(self, record_type: str) -> None:
        """Hold it until the transaction ends; ``Busy`` after the lock's time-out."""
        ...

    def raise_target(self, record_type: str) -> None:
        """Say that records of the type were written."""
        ...

    def keep_mapping(self, run_id: int, **values: Any) -> int:
        """Store a mapping; its id."""
        ...

    def keep_raw_chunks(self, run_id: int, chunks: Iterator[RawChunk]) -> None:
        """Store raw rows with what became of them."""
        ...

    def raw_chunks(self, run_id: int) -> Iterator[pl.DataFrame]:
        """The raw rows of a run, chunk by chunk, with what became of them."""
        ...

    def keep_changes(self, run_id: int, record_type: str, frame: pl.DataFrame) -> None:
        """Store ``CHANGES``."""
        ...

    def changes_of(self, run_id: int, record_type: str) -> pl.DataFrame:
        """``CHANGES`` of a run."""
        ...

    def keep_history(self, run_id: int, record_type: str, frame: pl.DataFrame, *, at: datetime) -> None:
        """Add field history."""
        ...

    def history_of(self, record_type: str, record_id: int) -> list[dict[str, Any]]:
        """The stored field history of one record, oldest first."""
        ...

    def record(self, record_type: RecordType, record_id: int) -> dict[str, Any] | None:
        """One record with every column, or None."""
        ...

    def writings_of(self, record_type: str, record_id: int) -> pl.DataFrame:
        """``field, run_id, kind, source, by, at`` of what has been written into one record and stands, oldest first."""
        ...

    def acts_on(self, record_type: str, record_id: int) -> list[tuple[int, str]]:
        """Which runs changed one record, and how they called it."""
        ...

    def sightings_of(self, record_type: str, record_id: int) -> list[tuple[int, int]]:
        """For every link of one record, the runs that saw it first and last."""
        ...

    def raw_rows_of(self, run_id: int, record_id: int) -> list[dict[str, Any]]:
        """The raw rows that a run read and that led to one record."""
        ...

    def header_of(self, run_id: int) -> list[str]:
        """The header of the file a run read."""
        ...

    def run_moments(self) -> pl.DataFrame:
        """``RUN_MOMENTS`` of the applied runs, rolled-back ones included, in order."""
        ...

    def present_values(self, record_type: RecordType, fields: Sequence[str]) -> pl.DataFrame:
        """``PRESENT`` and ``fields`` of every record, retired ones included."""
        ...

    def field_entries(self, record_type: str, fields: Sequence[str]) -> pl.DataFrame:
        """``ENTRIES`` of ``fields``, of all records of the type, deleted ones included."""
        ...

    def turns(self, record_type: RecordType) -> pl.DataFrame:
        """``TURNS`` of the type's records, and their undoing."""
        ...

    def history_of_run(self, run_id: int, record_type: str) -> pl.DataFrame:
        """``record_id, field, from_value, to_value, kind`` that a run added."""
        ...

    def keep_image(self, run_id: int, name: str, frame: pl.DataFrame) -> None:
        """Store what a run overwrites."""
        ...

    def image_of(self, run_id: int, name: str, empty: dict[str, Any]) -> pl.DataFrame:
        """What a run overwrote."""
        ...

    def image_names(self, run_id: int) -> list[str]:
        """Under which names a run stored what it overwrote."""
        ...

    def log(self, run_id: int, frame: pl.DataFrame, *, at: datetime, actor: str, **constants: Any) -> None:
        """Add to the activity log."""
        ...

    def missing_among(
        self,
        record_types: Sequence[RecordType],
        *,
        source: str | None,
        since: datetime | None,
        until: datetime | None,
        limit: int,
        offset: int,
    ) -> tuple[list[dict[str, Any]], int]:
        """Links that the sources' last snapshots did not see, newest first, with their records; how many there are."""
        ...

    def set_freshness(self, source: str, record_type: str, values: dict[str, Any] | None) -> None:
        """Set or take away a source's freshness."""
        ...

    def announce_outcome(self, run_id: int, topic: str, content: dict[str, Any], *, at: datetime) -> None:
        """Put a message into the outbox."""
        ...

    # Wiring --------------------------------------------------------------------------------------------------------

    def records_without_flow(
        self, record_type: RecordType, *, method: str | None = None, detail: bool
    ) -> Finding:
        """Records without a discovery flow; of one discovery method, if given."""
        ...

    def records_without_link_or_run(self, record_type: RecordType, *, detail: bool) -> Finding:
        """Records that no link leads to and whose run is not there."""
        ...

    def links_to_missing_records(self, record_type: RecordType, *, detail: bool) -> Finding:
        """Links of the type whose record is not there."""
        ...

    def undecided_rows(self, statuses: Sequence[RunStatus], *, detail: bool) -> Finding:
        """Raw rows without a decision, of runs in these states."""
        ...

    def runs_applying(self) -> list[Run]:
        """The runs that are ``applying``, be it that their process died."""
        ...

    def raw_places(self, record_type: RecordType) -> pl.DataFrame:
        """``_record_id, _run, _line`` of every record."""
        ...

    def raw_lines(self, run_id: int) -> pl.Series:
        """The lines of the raw rows that a run kept."""
        ...

    def raw_outcomes(self, run_id: int, column: str) -> pl.Series:
        """The ``record_id`` or ``external_id`` of the raw rows that a run read."""
        ...

    def imports_with_rows(self, record_type: str) -> list[int]:
        """The applied imports of a type that kept raw rows which led to records."""
        ...

    def runs_without_rows(self) -> frozenset[int]:
        """The runs whose raw rows were pruned."""
        ...

    def deleted_since(self, record_type: str) -> tuple[pl.Series, pl.DataFrame]:
        """Ids of records that runs deleted, and ``DELETED_BLOCK`` of what rollbacks took back."""
        ...

    def links_before(self, source: str, record_type: str, snapshot_run: int) -> pl.Series:
        """The records of present links from before a snapshot that no run saw since."""
        ...

    def link_keys(self, source: str, record_type: str, ids: pl.Series) -> pl.DataFrame:
        """``_record_id, _key`` of the source's present links to some records."""
        ...

    def record_samples(self, record_type: RecordType, ids: pl.Series) -> tuple[Sample, ...]:
        """A few of the records ``ids``."""
        ...

    def link_samples(self, source: str, record_type: str, ids: pl.Series) -> tuple[Sample, ...]:
        """A few of the source's links to the records ``ids``."""
        ...

    def row_samples(self, run: Run, ids: pl.Series) -> tuple[Sample, ...]:
        """A few raw rows of a run that name one of the records ``ids``."""
        ...

    def freshness(self) -> list[dict[str, Any]]:
        """The newest import and snapshot per source and type."""
        ...

    # Discovery flows -----------------------------------------------------------------------------------------------

    def discovery_flows(self) -> list[dict[str, Any]]:
        """``flow_id, master_flow_id, name, created_at`` of every flow."""
        ...

    def keep_discovery_flow(
        self, flow_id: str, *, master_flow_id: str | None, name: str | None, at: datetime
    ) -> None:
        """Make a flow, or give it another master flow or name."""
        ...

    def records_of_unknown_flow(self, record_type: RecordType, *, detail: bool) -> Finding:
        """Records that name a discovery flow which is not there."""
        ...

    # Backfills -----------------------------------------------------------------------------------------------------

    def records_without_link(self, record_type: RecordType, source: str) -> pl.DataFrame:
        """``_record_id, external_id`` of the source's records that no link of it leads to; retired ones left out."""
        ...

    def records_with_flow_elsewhere(self, record_type: RecordType) -> pl.DataFrame:
        """``_record_id, _version, _flow`` of the records that lack a discovery flow which their run or master flow tells."""
        ...

    # Upkeep --------------------------------------------------------------------------------------------------------

    def raw_rows_before(self, moment: datetime) -> pl.DataFrame:
        """``run_id, source, record_type, filename, applied_at, rows, bytes`` of ended runs whose raw rows are older."""
        ...

    def prune_raw_rows(self, run_ids: pl.Series, *, at: datetime) -> None:
        """Delete the raw rows of runs, and what was wrong with them; the runs say so."""
        ...


class Store(Protocol):
    """A database that gives units of work."""

    def reading(self, workspace_id: int) -> AbstractContextManager[Unit]:
        """A unit that cannot write."""
        ...

    def writing(self, workspace_id: int) -> AbstractContextManager[Unit]:
        """A unit that commits at the end of its block."""
        ...

    def refer_to_flows(self, record_type: RecordType) -> bool | None:
        """Let the database hold a type's records to their discovery flows; whether all do, None where it cannot."""
        ...

    def held_targets(self, workspace_id: int, record_types: Sequence[str]) -> frozenset[str]:
        """Those of the types whose lock somebody holds at this moment; nobody is waited for."""
        ...

    def gather_statistics(self, record_type: RecordType) -> None:
        """After a bulk load was committed: let the database know how its tables have grown."""
        ...
