"""The plan: what an import will do, as data. Apply obeys nothing else (PLN-5 to PLN-9)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from stocktake.model.column_decision import ColumnDecision
from stocktake.model.key import KeyFacts
from stocktake.model.mapping import Mapping
from stocktake.model.options import ImportOptions
from stocktake.model.problem import Warning
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.model.statistic import Statistic, Total
from stocktake.model.suggestion import Advice

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl


class Chunks(Protocol):
    """Rows at rest, walked over chunk by chunk, as often as wanted (REA-7)."""

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """The chunks as frames."""
        ...


class Kept(Chunks, Protocol):
    """Rows at rest, in the order of the file, as they will be kept."""

    def chunks(self) -> Iterator[bytes]:
        """The same chunks as they lie: Parquet."""
        ...

    @property
    def heights(self) -> list[int]:
        """Rows of each chunk."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """The file a plan was made from.

    ``head``: sha256 of its first bytes, ``row_digest``: over its row hashes in any order (PLN-16). ``name_column``: the
    place of the column that names its rows.
    """

    name: str
    sha256: str
    format: str
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    rows: int
    header: tuple[str, ...]
    complete: bool = True
    size: int | None = None
    head: str | None = None
    name_column: int | None = None
    row_digest: str | None = None

    def renamed(self, name: str) -> FileFacts:
        """The same facts of a file of another name."""
        return replace(self, name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A guard's verdict: what it saw, in numbers, and whether it blocks (PRE-11, PRE-12, PRE-15).

    ``holds``: it does not block the run, but its retirements are held for review.
    """

    code: str
    blocked: bool
    message: str
    holds: bool = False
    numbers: dict[str, float] = field(default_factory=dict)
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a file was like, for its source's next snapshot to be held against (PRE-14).

    filled: field → in how many of the ``rows`` its cells are not empty. rules: sha256 of what says which record a row means
    and which records the source answers for; another one means that absence is not comparable (TYP-7). order: in which order
    sources were believed when all that the source has was last compared (PRE-24). totals: what numbers add up to (CLN-4).
    """

    rows: int
    filled: tuple[tuple[str, int], ...]
    rules: str
    order: str = ""
    totals: tuple[Total, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduplication:
    """How the file meets what is stored, and which strategy fits (PLN-10)."""

    strategy: str
    existing_records: int
    matching_records: int
    new_records: int
    deleted_if_replace: int
    recommendation: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundState:
    """What a plan was made against, and is checked against again under the lock (PLN-9, PLN-23).

    ``target_version`` is raised by every flow that writes records of the type, ``links_version`` by every import of the
    source and every rollback that touches its links, ``last_run`` is the newest run the plan knew. ``referred``: the target
    versions of the other types that the plan refers to or relinks (IDN-4).
    """

    target_version: int
    links_version: int
    last_run: int
    referred: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceFrames:
    """What a plan says about references (IDN-4).

    A value is a record's id as text, or points to a record to be created: ``@N`` to that of row N, ``+TYPE:N`` to a stub.
    "" is blank.

    resolved: ``field, to, text, value, outcome, candidates``; one line per text that the typed rows name a record by.
    stubs: records to be made of nothing but their name: ``to, value, name``.
    unresolved: references of this file that wait for their record: ``_row, _record_id, field, to, text``.
    answered: references that waited and wait no longer, as the store has them.
    relinked: references of stored records that this plan resolves: ``record_type, record_id, _version, field, before,
        after, source``.
    overwritten: links whose source's last word the relinking overwrites: ``record_type, _source, _key, _said``.
    """

    resolved: pl.DataFrame
    stubs: pl.DataFrame
    unresolved: pl.DataFrame
    answered: pl.DataFrame
    relinked: pl.DataFrame
    overwritten: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFrames:
    """The rows of a plan, as Polars frames. Names with an underscore are the engine's, others are fields.

    rows: every row of the file: ``_row, _line, _key, _record_id, _action, _rule, _name, _external``; in file order.
    creates: records to insert, in the order of their keys: ``_row, _line, _key, _key_raw, _keyless, _hash``, ``_retires``,
        and the fields that identities need; all other values are in ``drafts``.
    updates: records to change: ``_row, _line, _hash, _record_id, _version, _action``, ``extra``, the fields to write.
    changes: ``_record_id, _action, field, before, after, counted``; one line per changed field.
    absent: links this run did not see: ``_key, _external, _record_id, _version, _action, _rule, _name, _elsewhere, _waited``
        (it was missing before, in its grace) and the tracked fields' values; every one of them is marked missing.
    adoptions: links to insert for records that exist: ``_row, _key, _key_raw, _keyless, _hash, _record_id, _version,
        _said``.
    restated: this source's links whose hash, mapping, presence or memory changes: ``_key, _hash, _said``.
    seen: this source's links that were only seen (written by partial imports): ``_key``.
    overwritten: links of other sources whose last word this plan overwrites: ``_source, _key, _said``.
    problems: ``_row, line, column, field, value, code, message``.
    history: tracked changes: ``_record_id, field, from_value, to_value, kind``.
    drafts: the typed rows, in the order of their keys: ``_row``, the fields the file feeds, ``extra``; "" clears, null says
        nothing.
    summary: of every row ``field_count, has_critical_fields`` (LIN-9).
    cells: every row as read: ``_row, _line, _fault``, ``c0`` … .
    references: what becomes of references; None where no type refers to another.
    kept: what rows say and their records do not take, for people: ``_row, _record_id, field, now, said, why``; None where no
        field minds who speaks (PRE-24).
    succession: what the next source in order gives to records that this one no longer has: ``_record_id, _version, field,
        before, after``; ``changes`` has it too. None where no field has an order.
    displaced: records from which a row takes an identity, and what theirs becomes with a suffix: ``_record_id, _version,
        _name, field, before, after, _line, _by``; ``changes`` has it too; ``_by`` is null where the row makes a new
        record. None where no row does (PACK-1).
    ruled: rows in conflict that the operator settled: ``_row, _line, _key, _key_raw, _keyless``, the record ``_to``, null
        for a new one; where their external id was another record's, that (``_had``) and the key by which its link goes
        from now on (``_aside, _aside_raw``); ``_link, _present`` of that link. None where there are none (PRE-20).
    contested: the records that each row leads to which waits for a person: ``_row, _line, _record_id, _name, _by`` (the
        identities by which it does, parted by commas), and the fields of all identities; before them, without a record,
        what the row itself says. None where no row does.
    """

    rows: pl.DataFrame
    creates: pl.DataFrame
    updates: pl.DataFrame
    changes: pl.DataFrame
    absent: pl.DataFrame
    adoptions: pl.DataFrame
    restated: pl.DataFrame
    seen: pl.DataFrame
    overwritten: pl.DataFrame
    problems: pl.DataFrame
    history: pl.DataFrame
    drafts: Chunks
    cells: Kept
    summary: pl.DataFrame
    references: ReferenceFrames | None = None
    kept: pl.DataFrame | None = None
    succession: pl.DataFrame | None = None
    displaced: pl.DataFrame | None = None
    ruled: pl.DataFrame | None = None
    contested: pl.DataFrame | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one import will do. ``counts`` are the numbers of interfaces.md.

    ``content_run``: the run whose rows this file says again, all unchanged; then the frames are empty (PLN-16).
    ``referred``: the other types that references lead to or come from, ``deliverers``: the sources of those that are
    referred to; what resolves references anew if the world has moved (PLN-9). ``as_of``: when the file was true, if that is
    told (PRE-10). ``baseline``: what the next snapshot is held against. ``decisions``: how columns are read of which nothing
    is declared (CLN-1). ``statistics``: what the file's columns say, in the order of the file; none where it repeats a run
    (CLN-4).
    """

    plan_id: str
    made_at: datetime
    workspace: str
    record_type: RecordType
    source: Source
    strategy: str
    options: ImportOptions
    mapping: Mapping
    file: FileFacts
    counts: dict[str, int]
    guards: tuple[Guard, ...]
    warnings: tuple[Warning, ...]
    deduplication: Deduplication
    state: BoundState
    frames: PlanFrames
    timings: dict[str, float] = field(default_factory=dict)
    content_run: int | None = None
    as_of: datetime | None = None
    baseline: Baseline | None = None
    decisions: tuple[ColumnDecision, ...] = ()
    referred: dict[str, RecordType] = field(default_factory=dict)
    deliverers: tuple[Source, ...] = ()
    key: KeyFacts | None = None
    advice: Advice = field(default_factory=Advice)
    statistics: tuple[Statistic, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether the file is the whole of its source, so that what it lacks is swept or deleted (PRE-6, PLN-2)."""
        return self.strategy in ("snapshot", "replace")
