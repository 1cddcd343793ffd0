"""A sheet's cells as the rows of its table, in batches (REA-2, REA-4, REA-5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from stocktake.model.options import ReadOptions
from stocktake.model.problem import Warning
from stocktake.readers.cell_text import ERROR_CELL, NOT_CALCULATED, PRECISION_LOST, TOO_LONG
from stocktake.readers.file import BATCH_ROWS
from stocktake.readers.sheet_end import TAIL_ROWS, Gaps, footer_lines
from stocktake.readers.sheet_header import HOLDS, SheetHeader
from stocktake.readers.spreadsheet import Range, column_letters
from stocktake.readers.tally import LINES_NAMED, BlankRows

_SENTENCES = {
    ERROR_CELL: "hold an error such as {seen}",
    NOT_CALCULATED: "hold a formula that was never calculated: open the workbook, let it calculate, and save it",
    PRECISION_LOST: (
        "hold a number of more than 15 digits, of which a spreadsheet keeps 15 ({seen}): "
        "format the column as text in the source, and export it again"
    ),
    TOO_LONG: (
        "are longer than the limit of {limit:,} bytes and were left out: "
        "shorten them, or raise the limit in the settings"
    ),
}


@dataclass(slots=True)
class _Trouble:
    """Cells of one kind of trouble, counted."""

    count: int = 0
    seen: str = ""
    first: str = ""
    lines: list[int] = field(default_factory=list)
    columns: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Skipped:
    """Rows that are none: lines and how many there were."""

    count: int = 0
    lines: list[int] = field(default_factory=list)

    def note(self, lines: list[int]) -> None:
        self.count += len(lines)
        self.lines = (self.lines + lines)[:LINES_NAMED]

    def warning(self, code: str, message: str) -> Iterator[Warning]:
        if self.count:
            told = message.format(count=f"{self.count:,}")
            yield Warning(code=code, message=told, count=self.count, rows=tuple(self.lines))


class SheetTable:
    """Batches of the contract out of frames of text cells. ``warnings`` are known after the last batch."""

    def __init__(
        self, header: SheetHeader, options: ReadOptions, *, sheet: str, batch_rows: int = BATCH_ROWS
    ) -> None:
        self._header, self._options, self._sheet = header, options, sheet
        self._batch_rows = batch_rows
        self._row, self._last = 0, header.line
        self._blanks = BlankRows()
        self._troubles: dict[str, _Trouble] = {}
        self._gaps = Gaps(header.typed)
        self._other: tuple[int, tuple[str, ...]] | None = None
        self._repeated, self._footers, self._below = _Skipped(), _Skipped(), _Skipped()

    def batches(self, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """As :mod:`stocktake.ports.reader` says."""
        held: pl.DataFrame | None = None
        for frame in frames:
            self._note_troubles(frame.filter(pl.col("line") == self._header.line))
            rows = self._rows(frame)
            if rows is None:
                continue
            whole = rows if held is None else pl.concat([held, rows])
            kept = self._options.footer_lines or TAIL_ROWS
            yield from self._numbered(whole.head(max(whole.height - kept, 0)))
            held = whole.tail(kept)
        if held is not None:
            yield from self._numbered(self._with_footer(held))

    @property
    def complete(self) -> bool:
        """Whether no table as wide stands below, which may be its other half (REA-8)."""
        labelled = sum(map(bool, self._header.labels))
        return self._other is None or len(self._other[1]) < labelled

    def warnings(self, merges: Iterable[Range]) -> tuple[Warning, ...]:
        """Of the header, the merged ranges, rows that are none, the troubled cells and the blank rows between others."""
        troubled = (self._warning(code, trouble) for code, trouble in self._troubles.items())
        merged = _merge_warnings(merges, self._header)
        again = "{count} rows say the header again and were skipped."
        footer = "The last {count} rows were left out as the table's footer, as you asked for."
        return (
            *self._header.warnings(),
            *self._other_table(),
            *merged,
            *self._repeated.warning("repeated-header", again),
            *self._footers.warning("footer-skipped", footer),
            *troubled,
            *self._blanks.warnings(),
        )

    def _rows(self, frame: pl.DataFrame) -> pl.DataFrame | None:
        """The rows in a frame of cells; ``_line, _fault``, ``c0`` …; None where there is none."""
        cells = frame.filter(pl.col("line") > self._header.line)
        if self._header.beside:
            cells = cells.filter(pl.col("column") < len(self._header.labels))
        cells = cells.filter(HOLDS.any().over("line"))
        if cells.is_empty():
            return None
        if self._other is None and not self._options.plain:
            self._other = self._gaps.other_table(cells, self._last)
        if self._other is not None:
            below = cells.filter(pl.col("line") >= self._other[0])["line"].unique(maintain_order=True)
            self._below.note(below.to_list())
            cells = cells.filter(pl.col("line") < self._other[0])
            if cells.is_empty():
                return None
        self._note_troubles(cells)
        self._note_gaps(cells["line"].unique(maintain_order=True))
        return self._without_headers(self._table(cells))

    def _table(self, cells: pl.DataFrame) -> pl.DataFrame:
        width = len(self._header.labels)
        lines = cells["line"].unique(maintain_order=True)
        places = pl.DataFrame({"line": lines}).with_row_index("at")
        cells = cells.join(places, on="line", how="left", maintain_order="left")
        columns = cells.filter(pl.col("column") < width).partition_by("column", as_dict=True)
        blank = pl.repeat("", lines.len(), dtype=pl.String, eager=True)
        texts = []
        for place in range(width):
            part = columns.get((place,))
            text = blank.clone() if part is None else blank.clone().scatter(part["at"], part["text"])
            texts.append(text.alias(f"c{place}"))
        return pl.DataFrame([lines.alias("_line"), _faults(cells, width, lines.len()), *texts])

    def _without_headers(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Pages that were joined say their header again."""
        said = {f"c{place}": text for place, text in enumerate(self._header.written) if text.strip()}
        if len(said) < 2:
            return rows
        again = pl.all_horizontal(pl.col(name) == text for name, text in said.items())
        lines = rows.filter(again)["_line"].to_list()
        if not lines:
            return rows
        self._repeated.note(lines)
        return rows.filter(~again)

    def _with_footer(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The last rows; totals and notes among them marked ``footer-row``, or left out where the operator counted them."""
        lines = rows["_line"].to_list()
        if self._options.footer_lines:
            self._footers.note(lines)
            return rows.clear()
        if self._options.footer_lines == 0 or self._options.plain:
            return rows
        tail = list(zip(lines, rows.drop("_line", "_fault").rows(), strict=True))
        found = footer_lines(tail, self._header.typed, led=self._header.led)
        marked = pl.when(pl.col("_line").is_in(found)).then(pl.lit("footer-row")).otherwise("_fault")
        return rows.with_columns(marked.alias("_fault")) if found else rows

    def _numbered(self, rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
        if rows.height:
            place = pl.int_range(self._row, self._row + rows.height, dtype=pl.UInt32, eager=True)
            self._row += rows.height
            yield from rows.insert_column(0, place.alias("_row")).iter_slices(self._batch_rows)

    def _note_gaps(self, lines: pl.Series) -> None:
        """Rows without content, between those that have some."""
        before = lines.shift(1, fill_value=self._last)
        self._last = int(lines[-1])
        for line, last in zip(
            lines.filter(lines - before > 1), before.filter(lines - before > 1), strict=True
        ):
            self._blanks.skip(last + 1, line - last - 1)

    def _note_troubles(self, cells: pl.DataFrame) -> None:
        for (code,), part in cells.drop_nulls("fault").partition_by("fault", as_dict=True).items():
            if code in _SENTENCES:
                trouble = self._troubles.setdefault(str(code), _Trouble())
                trouble.count += part.height
                trouble.seen = trouble.seen or part["text"][0][:40]
                trouble.first = trouble.first or f"{column_letters(part['column'][0])}{part['line'][0]}"
                trouble.lines += part["line"].unique(maintain_order=True).head(LINES_NAMED).to_list()
                trouble.columns |= set(part["column"].unique().to_list())

    def _warning(self, code: str, trouble: _Trouble) -> Warning:
        labels = self._header.labels
        names = [
            repr(labels[place]) if place < len(labels) and labels[place] else f"number {place + 1:,}"
            for place in sorted(trouble.columns)[:10]
        ]
        what = _SENTENCES[code].format(seen=trouble.seen, limit=self._options.limits.cell_bytes)
        message = (
            f"{trouble.count:,} cells {what}. In the columns: {', '.join(names)}; "
            f"the first is {trouble.first} of the sheet {self._sheet!r}."
        )
        return Warning(
            code=code, message=message, count=trouble.count, rows=tuple(trouble.lines[:LINES_NAMED])
        )

    def _other_table(self) -> Iterator[Warning]:
        if self._other is not None:
            line, labels = self._other
            named = ", ".join(map(repr, labels[:5]))
            message = (
                f"From row {line:,} on another table stands below ({named}); its {self._below.count:,} rows were not "
                "read. Move it to a sheet of its own, or state --plain if it is one table."
            )
            yield Warning(code="further-table", message=message, count=1, rows=(line,))


def _faults(cells: pl.DataFrame, width: int, height: int) -> pl.Series:
    """What is wrong with each row: the codes of its cells with their columns; ``extra-cell`` where it is too wide."""
    extra = (pl.col("column") >= width) & (pl.col("text").str.strip_chars() != "")
    marked = pl.format("{}@c{}", "fault", "column")
    fault = pl.when(extra).then(pl.lit("extra-cell")).when(pl.col("column") < width).then(marked)
    found = (
        cells.filter(extra | pl.col("fault").is_not_null())
        .select("at", fault=fault)
        .drop_nulls("fault")
        .group_by("at")
        .agg(pl.col("fault").unique(maintain_order=True).str.join(" "))
        .sort("at")
    )
    nothing = pl.repeat(None, height, dtype=pl.String, eager=True)
    return (
        nothing.scatter(found["at"], found["fault"]).alias("_fault")
        if found.height
        else nothing.alias("_fault")
    )


def _merge_warnings(merges: Iterable[Range], header: SheetHeader) -> Iterator[Warning]:
    """``merged-header`` and ``merged-cells``: only the first cell of a merged range has a value (REA-4)."""
    inside, below = [], []
    for merge in merges:
        if merge.first_line <= header.line <= merge.last_line and header.first_line == header.line:
            inside.append(merge.first_line)
        elif merge.first_line > header.line:
            below.append(merge.first_line)
    if inside:
        message = (
            "Cells of the header are merged; only the first column of each range has a label. "
            "If the header is another row, state its line."
        )
        yield Warning(code="merged-header", message=message, count=len(inside), rows=(header.line,))
    if below:
        message = (
            f"{len(below):,} ranges of cells are merged; only the first cell of each has a value, "
            "the others are blank."
        )
        rows = tuple(sorted(set(below))[:LINES_NAMED])
        yield Warning(code="merged-cells", message=message, count=len(below), rows=rows)
