"""The operator's options of one import (interfaces.md); part of the plan and of the audit (PLN-8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypedDict

from stocktake.model.flow import DiscoveryFlow
from stocktake.model.mapping import SavedMapping


class OnError(StrEnum):
    """What rejected rows do to the run (ERR-1)."""

    FAIL = "fail"
    REJECT_ROWS = "reject-rows"


class OnGuard(StrEnum):
    """What a guard that blocks does: refuse the run, or hold its retirements (PRE-15)."""

    REFUSE = "refuse"
    HOLD = "hold"


class OnConflict(StrEnum):
    """What a row does whose lower identity is another record's: wait for review, or take it (PACK-1)."""

    REVIEW = "review"
    OVERWRITE = "overwrite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a file may hold at most (REA-6): bytes in all, columns, rows, bytes in one cell."""

    file_bytes: int = 2 * 1024**3
    columns: int = 10_000
    rows: int = 50_000_000
    cell_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How to read a file where the operator knows better than the reader (REA-2).

    member: which file of an archive of several, by name or by number from 1. quote, escape: one character each, or
    ``none``. line_end: ``lf``, ``crlf`` or ``cr``. header_line: the first line of the header, from 1. header_lines: how many
    lines it has; 0 means that the file has no header. footer_lines: how many lines at the file's end are no rows; 0 means
    that all are. on_undecodable: ``refuse`` or ``replace`` (by U+FFFD). plain: the table is the file: nothing is looked for
    before its header, among its rows or after them.
    """

    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    sheet: str | None = None
    member: str | None = None
    quote: str | None = None
    escape: str | None = None
    line_end: str | None = None
    header_lines: int | None = None
    footer_lines: int | None = None
    on_undecodable: str | None = None
    plain: bool = False
    limits: Limits = Limits()


class ReadChoices(TypedDict, total=False):
    """What a caller may say of how to read a file; the words of :class:`ReadOptions`, each for itself."""

    encoding: str | None
    delimiter: str | None
    header_line: int | None
    sheet: str | None
    member: str | None
    quote: str | None
    escape: str | None
    line_end: str | None
    header_lines: int | None
    footer_lines: int | None
    on_undecodable: str | None
    plain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A cell written anew by the operator: ``column`` is the header as in the file, ``line`` where the row starts."""

    line: int
    column: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a row is whose keys contradict each other, or that several records match: a record, or a new one (PRE-20).

    row: its external id, or ``line:14``. record_id: the record that it is; None for a new one.
    """

    row: str
    record_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the operator decided row by row, beside the records to keep (PLN-8, PRE-18, INT-11).

    skip_lines: rows to leave out. edits: cells written anew. values: per field, a word of the file and what it means.
    rulings: conflicts that are settled.
    """

    skip_lines: tuple[int, ...] = ()
    edits: tuple[Edit, ...] = ()
    values: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    rulings: tuple[Ruling, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What the operator asked for.

    ``reactivate``: records that this file brings back although a person retired them (PRE-17).
    ``reject_limit`` is a share of the rows, or a number of rows when whole. ``accept_baseline``: what this snapshot
    retires is usual from now on (PRE-12). ``mends``: the run whose rejected rows the file holds, mended (ERR-3).
    ``replaces_run``: the rolled-back run in whose place this import stands (ROL-7). ``reads``: column and how it is read,
    as ``--read`` says (CLN-1). ``accept_suggestions``: columns that
    nobody speaks for feed the fields that are suggested with at least so much confidence (MAP-1). ``extra``: keep or drop
    the columns that feed nothing; None: as the record type declares (MAP-3).
    """

    strategy: str | None = None
    columns: tuple[tuple[str, str], ...] = ()
    reads: tuple[tuple[str, str], ...] = ()
    mapping: SavedMapping | None = None
    duplicates: str = "reject"
    on_conflict: OnConflict = OnConflict.REVIEW
    on_error: OnError | None = None
    reject_limit: str = "5%"
    allow_retire: int | None = None
    accept_baseline: bool = False
    on_guard: OnGuard = OnGuard.REFUSE
    keep: tuple[int, ...] = ()
    no_reactivate: tuple[int, ...] = ()
    reactivate_only: tuple[str, ...] | None = None
    reactivate: tuple[int, ...] = ()
    overrides: Overrides = Overrides()
    rekey: tuple[int, ...] = ()
    rekey_all: bool = False
    refresh: bool = False
    as_of: str | None = None
    flow: DiscoveryFlow | None = None
    mends: int | None = None
    read: ReadOptions = ReadOptions()
    replaces_run: int | None = None
    accept_suggestions: float | None = None
    extra: str | None = None

    def again(self, run_id: int, strategy: str | None) -> ImportOptions:
        """The same for another file in the place of the run ``run_id``, without what was said of that one file (ROL-7).

        Lines, records and limits that the operator named were of the old file, and what words mean is of both.
        """
        return replace(
            self,
            strategy=strategy,
            allow_retire=None,
            accept_baseline=False,
            keep=(),
            no_reactivate=(),
            reactivate_only=None,
            reactivate=(),
            overrides=Overrides(values=self.overrides.values),
            rekey=(),
            rekey_all=False,
            as_of=None,
            mends=None,
            replaces_run=run_id,
        )
