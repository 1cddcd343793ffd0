"""Gathering: one walk over the rows of a file, by which everything is known that planning asks of it (REA-7)."""

from __future__ import annotations

from collections.abc import Collection, Generator
from contextlib import closing
from dataclasses import dataclass, field

import polars as pl

from stocktake.cleaning.deciding import ColumnCourse
from stocktake.cleaning.draft import keys, row_hashes
from stocktake.cleaning.edit import edited
from stocktake.cleaning.evidence import ColumnReading, evidence, readings
from stocktake.cleaning.filled import filled_cells
from stocktake.cleaning.row_fault import troubling, without_troubled
from stocktake.cleaning.summary import SUMMARY, summary
from stocktake.flows.request import Request
from stocktake.mapping import MappingResult
from stocktake.model.mapping import Mapping
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.model.suggestion import Advice
from stocktake.planning.packed import Packed, Pile
from stocktake.ports.progress import Progress
from stocktake.ports.reader import Reading
from stocktake.readers.ahead import ahead

KEYED = pl.Schema(
    {
        "_row": pl.UInt32,
        "_line": pl.UInt32,
        "_faulty": pl.Boolean,
        "_key": pl.String,
        "_key_raw": pl.String,
        "_hash": pl.Binary,
        "_order": pl.String,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headed:
    """What is known of a file once its header and first rows are read.

    batches: all rows, the first ones too. course: how its columns are read, as far as that is known before their cells.
    mapping: the course's, with what the flow and the operator say. order: the place of the column by which repeated rows are
    earlier or later.
    """

    batches: Generator[pl.DataFrame, None, None]
    mapped: MappingResult
    advice: Advice
    course: ColumnCourse
    mapping: Mapping
    order: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What one walk over the rows leaves: the cells packed, a key and a hash per row, and counts per batch of rows.

    rows: ``KEYED``. forms: how cells are written, of columns whose reading is open. declared: the columns whose reading is
    not, ``speaking``: how many cells say otherwise. fills: how many cells are filled.
    """

    declared: tuple[ColumnReading, ...]
    cells: Packed = field(default_factory=Packed)
    keyed: Pile = field(default_factory=Pile)
    fills: list[pl.DataFrame] = field(default_factory=list)
    forms: list[pl.DataFrame] = field(default_factory=list)
    speaking: list[pl.DataFrame] = field(default_factory=list)
    summaries: list[pl.DataFrame] = field(default_factory=list)

    @property
    def summary(self) -> pl.DataFrame:
        """``SUMMARY``: what people know a row by."""
        return pl.concat([pl.DataFrame(schema=SUMMARY), *self.summaries])

    @property
    def filled(self) -> tuple[tuple[str, int], ...]:
        """How many cells of each column are filled."""
        if not self.fills or not self.fills[0].columns:
            return ()
        totals = pl.concat(self.fills).sum().row(0, named=True)
        return tuple((name, int(total)) for name, total in totals.items())

    @property
    def spoken_against(self) -> list[ColumnReading]:
        """The readings against which some cell of the file speaks."""
        if not self.declared or not self.speaking:
            return []
        counts = pl.concat(self.speaking).sum().row(0)
        return [each for each, count in zip(self.declared, counts, strict=True) if count]


def gathered(reading: Reading, headed: Headed, request: Request, progress: Progress) -> Gathered:
    """Walk over all rows, once."""
    record_type, source, mapping = request.record_type, request.source, headed.mapping
    header, edits = reading.layout.header, request.options.overrides.edits
    found = Gathered(declared=readings(record_type, mapping))
    summarised = summary(record_type, mapping)
    used = {place for each in mapping.columns for place in each.positions}
    used |= {headed.order} if headed.order is not None else set()
    with closing(ahead(_kept(headed.batches, used, found.cells))) as kept:
        for batch in kept:
            read = edited(batch, header, edits)
            said = without_troubled(read)
            found.fills.append(filled_cells(said, mapping))
            found.summaries.append(said.select(**summarised))
            found.speaking.append(evidence(said, mapping, found.declared))
            found.forms.append(headed.course.counted(said))
            found.keyed.add(_keyed(batch, read, record_type, source, mapping, headed.order))
            advance(progress, reading, batch.height)
    return found


def _kept(
    batches: Generator[pl.DataFrame, None, None], used: Collection[int], cells: Packed
) -> Generator[pl.DataFrame, None, None]:
    """The batches with the faults that matter to columns in ``used``, each once it is packed into ``cells``."""
    with closing(batches):
        for given in batches:
            batch = troubling(given, used)
            cells.add(batch)
            yield batch


def advance(progress: Progress, reading: Reading, rows: int) -> None:
    """So many more rows were read, of as many as can be expected by now (APP-4)."""
    if reading.rows_expected is not None:
        progress.expect(reading.rows_expected)
    progress.advance(rows)


def _keyed(
    batch: pl.DataFrame,
    read: pl.DataFrame,
    record_type: RecordType,
    source: Source,
    mapping: Mapping,
    order: int | None,
) -> pl.DataFrame:
    """Keys of the rows as they are to be ``read``, hashes of the cells as the source wrote them (``batch``)."""
    found = keys(read, record_type, source, mapping)
    return pl.concat(
        [
            read.select("_row", "_line", _faulty=pl.col("_fault").is_not_null()),
            found.select("_key", "_key_raw"),
            batch.select(
                row_hashes(batch, record_type, mapping).alias("_hash"),
                _order=pl.col(f"c{order}") if order is not None else pl.lit(None, dtype=pl.String),
            ),
        ],
        how="horizontal",
    ).select(KEYED.keys())
