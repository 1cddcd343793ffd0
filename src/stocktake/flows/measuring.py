"""Measuring: what the columns of a file say, in numbers, from its cells at rest (CLN-4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from stocktake.cleaning.edit import edited
from stocktake.cleaning.feed import fed
from stocktake.cleaning.figure import NUMBERS, TIMES, Figures, figures, number_text, together
from stocktake.cleaning.filled import filled_cells, own_cells, sound_rows
from stocktake.cleaning.statistic import MeasuredColumn, measured_columns, values
from stocktake.flows.request import Request
from stocktake.flows.staging import Staged
from stocktake.model.column_name import column_names
from stocktake.model.mapping import Mapping
from stocktake.model.options import Edit
from stocktake.model.plan import Kept, Plan
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.model.statistic import Statistic
from stocktake.planning.packed import Packed, handfuls, unpack
from stocktake.ports.store import Unit

#: Of files of up to so many rows the values are counted unasked.
UNASKED = 10_000
#: So many rows are measured at a time.
_HAND = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    """The cells of a file at rest, of which some columns at a time are taken out."""

    kept: Kept
    mapping: Mapping
    columns: tuple[MeasuredColumn, ...]
    header: tuple[str, ...]
    edits: tuple[Edit, ...] = ()

    @classmethod
    def of(
        cls, kept: Kept, record_type: RecordType, source: Source, mapping: Mapping, header: tuple[str, ...]
    ) -> _Cells:
        columns = measured_columns(record_type, source, mapping)
        return cls(kept=kept, mapping=own_cells(mapping), columns=columns, header=header)

    def batches(self, columns: Sequence[MeasuredColumn]) -> Iterator[pl.DataFrame]:
        """The cells of ``columns`` as they are to be read, under their names."""
        chosen = {each.field.name for each in columns}
        mapping = replace(
            self.mapping, columns=tuple(each for each in self.mapping.columns if each.field in chosen)
        )
        names = column_names(self.header)
        rewritten = (names.index(each.column) for each in self.edits)
        places = sorted({*rewritten, *(place for each in columns for place in each.places)})
        taken = ["_line", "_fault", *(f"c{place}" for place in places)]
        for batch in handfuls((unpack(each, taken) for each in self.kept.chunks()), _HAND):
            read = edited(batch, self.header, self.edits) if self.edits else batch
            yield fed(sound_rows(read), mapping).select(each.name for each in columns)

    def figures(self) -> dict[str, Figures]:
        """Of each column of numbers, dates and moments, where it has any."""
        sized = [each for each in self.columns if each.field.type in (*NUMBERS, *TIMES)]
        parts: list[list[Figures]] = [[] for _ in sized]
        for batch in self.batches(sized) if sized else ():
            for mine, each in zip(parts, sized, strict=True):
                mine.append(figures(batch[each.name], each))
        found = {each.field.name: together(mine) for each, mine in zip(sized, parts, strict=True)}
        return {name: each for name, each in found.items() if each.count}

    def counted(self, told: Sequence[Statistic]) -> tuple[Statistic, ...]:
        """The statistics with the values counted, one column after the other."""
        by_name = {each.field.name: each for each in self.columns}
        found = []
        for each in told:
            column = by_name[each.field]
            cells = (batch[column.name] for batch in self.batches([column]))
            found.append(each.with_values(values(cells, column)))
        return tuple(found)

    def statistics(
        self, rows: int, filled: dict[str, int], found: dict[str, Figures]
    ) -> tuple[Statistic, ...]:
        """What was measured of each column."""
        return tuple(
            _statistic(each, rows, filled.get(each.field.name, 0), found.get(each.field.name))
            for each in self.columns
        )


def measured(staged: Staged, request: Request) -> Staged:
    """The file with what its columns say, and what its numbers add up to in its baseline."""
    cells = _Cells.of(staged.cells, request.record_type, request.source, staged.mapping, staged.file.header)
    cells = replace(cells, edits=request.options.overrides.edits)
    found = cells.figures()
    told = cells.statistics(staged.file.rows, dict(staged.baseline.filled), found)
    if staged.file.rows <= UNASKED:
        told = cells.counted(told)
    numbers = [each.field.name for each in cells.columns if each.field.type in NUMBERS]
    totals = tuple(found[name].total(name) for name in numbers if name in found)
    return replace(staged, statistics=told, baseline=replace(staged.baseline, totals=totals))


def counted(plan: Plan) -> tuple[Statistic, ...]:
    """The statistics of a plan's file with the values counted, from the cells that the plan has at rest."""
    if all(each.is_counted for each in plan.statistics):
        return plan.statistics
    cells = _Cells.of(plan.frames.cells, plan.record_type, plan.source, plan.mapping, plan.file.header)
    return replace(cells, edits=plan.options.overrides.edits).counted(plan.statistics)


def counted_again(unit: Unit, plan: Plan, run_id: int) -> tuple[Statistic, ...]:
    """The same of a plan that repeats a run, from the rows that ``run_id`` kept; none if they were pruned since."""
    kept, places = Packed(), [f"c{place}" for place in range(len(plan.file.header))]
    for chunk in unit.raw_chunks(run_id):
        kept.add(chunk.select(*places, _line="line", _fault=pl.lit(None, dtype=pl.String)))
    if not kept.heights:
        return ()
    cells = _Cells.of(kept, plan.record_type, plan.source, plan.mapping, plan.file.header)
    filled = pl.concat([filled_cells(each, plan.mapping) for each in kept]).sum().row(0, named=True)
    return cells.counted(cells.statistics(sum(kept.heights), filled, cells.figures()))


def _statistic(column: MeasuredColumn, rows: int, filled: int, found: Figures | None) -> Statistic:
    kind = column.field.type
    return Statistic(
        field=column.field.name,
        column=column.header,
        type=kind.value,
        rows=rows,
        filled=filled,
        minimum=None if found is None else _text(found.minimum),
        maximum=None if found is None else _text(found.maximum),
        sum=None if found is None or kind not in NUMBERS else number_text(found.sum),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else number_text(value)  # type: ignore[arg-type]
