"""The options that ``plan`` and ``import`` share (INT-11), and what they mean to the book."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Group, Parameter

from stocktake.interfaces.cli.reading import (
    FILE,
    ColumnFields,
    ColumnReadings,
    ReadArguments,
    SavedMappingName,
    columns_of,
    pairs,
    reads_of,
)
from stocktake.model.errors import InvalidInput

if TYPE_CHECKING:
    from stocktake.book import Book, OpenPlan
    from stocktake.ports.progress import Progress

_ROWS = Group("What to do with rows", sort_key=11)
_SAFETY = Group("Retirements and returns", sort_key=12)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ImportArguments:
    """What is imported, and how."""

    type: Annotated[
        str | None,
        Parameter(
            metavar="TYPE",
            help="The record type; `stocktake types` lists them. May be left out where the header tells, or with --mends.",
        ),
    ] = None
    source: Annotated[
        str | None,
        Parameter(
            metavar="SOURCE",
            help="Where the file is from; `stocktake sources`. May be left out where the header tells, or with --mends.",
        ),
    ] = None
    strategy: Annotated[
        str | None,
        Parameter(
            metavar="STRATEGY",
            help="merge (or upsert): create and update. snapshot (or sync): the file is all the source has; what it "
            "lacks is missing. replace: what it lacks is deleted. append: every row becomes a new record. Default: as the "
            "source declares, else snapshot where it tracks presence, else merge.",
        ),
    ] = None
    map: ColumnFields = ()
    read: ColumnReadings = ()
    mapping: SavedMappingName = None
    accept_suggestions: Annotated[
        float | None,
        Parameter(
            group=FILE,
            metavar="CONFIDENCE",
            help="Let columns that nobody speaks for feed the fields suggested for them with at least this confidence, such "
            "as 0.85; `stocktake inspect` shows them. Without it nothing that is only suggested is taken.",
        ),
    ] = None
    extra: Annotated[
        Literal["keep", "drop"] | None,
        Parameter(
            group=FILE,
            help="Columns that feed no field: keep their cells beside the record, or drop them. Default: as the record type "
            "declares, else keep.",
        ),
    ] = None
    duplicates: Annotated[
        str,
        Parameter(
            group=_ROWS,
            metavar="CHOICE",
            help="Rows with one key that differ: reject, first, last or latest:COLUMN.",
        ),
    ] = "reject"
    on_conflict: Annotated[
        Literal["review", "overwrite"] | None,
        Parameter(
            group=_ROWS,
            help="Rows whose identities lead to different records, such as a serial number and an asset tag: leave them for "
            "review, or give the record of the higher one the lower one too; the other record's gets a suffix. Default: "
            "review.",
        ),
    ] = None
    on_error: Annotated[
        Literal["fail", "reject-rows"] | None,
        Parameter(
            group=_ROWS,
            help="Rows with problems: fail the import, or leave those rows out. Default: fail for a snapshot.",
        ),
    ] = None
    reject_limit: Annotated[
        str,
        Parameter(group=_ROWS, metavar="LIMIT", help="So many rows may be left out: a share or a number."),
    ] = "5%"
    mends: Annotated[
        int | None,
        Parameter(
            group=_ROWS,
            metavar="RUN",
            help="The file holds rows that this run rejected (`stocktake run errors RUN --out FILE`), mended: they are "
            "merged, read as that run read them, and both runs are told together.",
        ),
    ] = None
    allow_retire: Annotated[
        int | None, Parameter(group=_SAFETY, metavar="N", help="Let this import retire up to N records.")
    ] = None
    accept_baseline: Annotated[
        bool,
        Parameter(
            group=_SAFETY,
            show_default=False,
            help="What this snapshot retires is usual for its source: the next ones are measured against it.",
        ),
    ] = False
    on_guard: Annotated[
        Literal["refuse", "hold"],
        Parameter(
            group=_SAFETY,
            help="Where a guard blocks: refuse the import, or apply the rest and hold the retirements for review.",
        ),
    ] = "refuse"
    keep: Annotated[
        tuple[int, ...],
        Parameter(
            group=_SAFETY, metavar="ID", show_default=False, help="Do not retire this record; repeatable."
        ),
    ] = ()
    no_reactivate: Annotated[
        tuple[int, ...],
        Parameter(
            group=_SAFETY, metavar="ID", show_default=False, help="Do not bring this record back; repeatable."
        ),
    ] = ()
    reactivate_only: Annotated[
        tuple[str, ...],
        Parameter(
            group=_SAFETY,
            metavar="EXTERNAL-ID",
            show_default=False,
            help="Bring back no retired record but these; repeatable.",
        ),
    ] = ()
    reactivate: Annotated[
        tuple[int, ...],
        Parameter(
            group=_SAFETY,
            metavar="ID",
            show_default=False,
            help="Bring this record back though a person retired it; repeatable.",
        ),
    ] = ()
    overrides: Annotated[
        Path | None,
        Parameter(
            group=_ROWS,
            metavar="FILE",
            help="Rows to skip, cells written anew, words and what they mean, records to keep, as JSON or TOML.",
        ),
    ] = None
    refresh: Annotated[
        bool,
        Parameter(
            group=_ROWS,
            show_default=False,
            help="Take every value of the file, also those this source said before.",
        ),
    ] = False
    rekey: Annotated[
        tuple[str, ...],
        Parameter(
            group=_SAFETY,
            metavar="ID|all",
            show_default=False,
            help="Records that have a new external id in this file, as the preview proposes; repeat for more, or say all.",
        ),
    ] = ()
    same: Annotated[
        tuple[str, ...],
        Parameter(
            group=_ROWS,
            metavar="EXTERNAL-ID=RECORD",
            allow_leading_hyphen=True,
            show_default=False,
            help="A row in conflict, or that several records match, is this record, as the preview proposes; repeatable. A "
            "row without an external id is line:14.",
        ),
    ] = ()
    new: Annotated[
        tuple[str, ...],
        Parameter(
            group=_ROWS,
            metavar="EXTERNAL-ID",
            allow_leading_hyphen=True,
            show_default=False,
            help="Such a row is a new record. Its external id moves there, and the record that had it goes missing; "
            "repeatable.",
        ),
    ] = ()
    as_of: Annotated[
        str | None,
        Parameter(
            group=_SAFETY,
            metavar="TIME",
            help="When the file was true, such as 2026-11-02T14:30; a snapshot older than the newest one is refused.",
        ),
    ] = None
    flow: Annotated[
        str | None,
        Parameter(
            metavar="ID", help="The discovery flow that the import belongs to; `stocktake flows` lists them."
        ),
    ] = None
    phase: Annotated[
        str | None, Parameter(metavar="PHASE", help="The phase of that flow; inventory if left out.")
    ] = None
    statistics: Annotated[
        bool,
        Parameter(
            show_default=False,
            help="Count the values of every column: distinct and most frequent ones, lengths, cells that do not fit. Of up "
            "to 10,000 rows they are counted anyhow.",
        ),
    ] = False
    rows: Annotated[
        Path | None, Parameter(metavar="OUT.csv", help="Write every decision, row by row, to this file.")
    ] = None
    out: Annotated[
        Path | None,
        Parameter(
            metavar="PLAN.json",
            help="Save the plan for `stocktake apply`, its rows beside it in PLAN.parquet; of an import, with --dry-run.",
        ),
    ] = None
    by: Annotated[str | None, Parameter(metavar="NAME", help="Who imports; default: you.")] = None

    def plan(self, book: Book, file: Path, read: ReadArguments, progress: Progress) -> OpenPlan:
        """The plan the arguments ask for."""
        return book.plan(
            file,
            record_type=self.type,
            source=self.source,
            strategy=self.strategy,
            columns=columns_of(self.map),
            reads=reads_of(self.read),
            mends=self.mends,
            mapping=self.mapping,
            accept_suggestions=self.accept_suggestions,
            extra=self.extra,
            duplicates=self.duplicates,
            on_conflict=self.on_conflict,
            on_error=self.on_error,
            reject_limit=limit_of(self.reject_limit),
            allow_retire=self.allow_retire,
            accept_baseline=self.accept_baseline,
            on_guard=self.on_guard,
            keep=self.keep,
            no_reactivate=self.no_reactivate,
            reactivate_only=self.reactivate_only or None,
            reactivate=self.reactivate,
            overrides=self.overrides,
            rekey=_rekey(self.rekey),
            same=_same(self.same),
            new=self.new,
            refresh=self.refresh,
            as_of=self.as_of,
            flow=self.flow,
            phase=self.phase,
            **read.told,
            progress=progress,
        )


def _rekey(words: tuple[str, ...]) -> list[int] | Literal["all"]:
    if "all" in words:
        return "all"
    odd = next((word for word in words if not word.isdecimal()), None)
    if odd is not None:
        raise InvalidInput(
            "bad-option", f'--rekey "{odd}" is no record.', hint="Write --rekey 17, or --rekey all."
        )
    return [int(word) for word in words]


def _same(words: tuple[str, ...]) -> list[tuple[str, int]]:
    """Raises ``InvalidInput`` ``bad-option``."""
    found = pairs(words, "--same", "S-123=17")
    odd = next((f"{row}={record}" for row, record in found if not record.isdecimal()), None)
    if odd is not None:
        raise InvalidInput(
            "bad-option",
            f'--same "{odd}" names no record.',
            hint="Write --same S-123=17, with the number that the preview names.",
        )
    return [(row, int(record)) for row, record in found]


def limit_of(text: str) -> str:
    """A share or a number of rows. Raises ``InvalidInput`` ``bad-option``."""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?%|[0-9]+", text):
        raise InvalidInput(
            "bad-option", f'--reject-limit "{text}" is neither a share nor a number.', hint="Write 5% or 100."
        )
    return text
