"""A sheet's cells as a table: where its header is, and its rows as batches (REA-2, REA-4, REA-5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from stocktake.model.errors import InvalidInput
from stocktake.model.problem import Warning
from stocktake.readers.cell_text import ERROR_CELL, NOT_CALCULATED, PRECISION_LOST
from stocktake.readers.file import BATCH_ROWS, check_columns
from stocktake.readers.header import label_warnings
from stocktake.readers.jsontext import clean_label
from stocktake.readers.sheet_cells import column_number
from stocktake.readers.tally import LINES_NAMED, BlankRows
from stocktake.readers.xmlpart import BrokenXml

_HOLDS = (pl.col("text").str.strip_chars() != "") | pl.col("fault").is_not_null()

#: So many written rows show how wide the table is.
_SAMPLE_ROWS = 50
_SENTENCES = {
    ERROR_CELL: "hold an error such as {seen}",
    NOT_CALCULATED: "hold a formula that was never calculated: open the workbook, let it calculate, and save it",
    PRECISION_LOST: (
        "hold a number of more than 15 digits, of which a spreadsheet keeps 15 ({seen}): "
        "format the column as text in the source, and export it again"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetHeader:
    """``labels`` of all columns, ``line`` they stand in, ``skipped`` lines of text before them."""

    labels: tuple[str, ...]
    line: int
    skipped: tuple[int, ...] = ()

    def warnings(self) -> tuple[Warning, ...]:
        """``preamble-skipped``, ``blank-label``, ``duplicate-label``."""
        found = label_warnings(self.labels, self.line)
        if not self.skipped:
            return found
        message = (
            f"{len(self.skipped):,} rows before the header in row {self.line:,} were skipped. "
            "If the header is another row, state its line."
        )
        return (
            Warning(
                code="preamble-skipped",
                message=message,
                count=len(self.skipped),
                rows=self.skipped[:LINES_NAMED],
            ),
            *found,
        )


def find_sheet_header(path: Path, cells: pl.DataFrame, header_line: int | None) -> SheetHeader:
    """The header among the sheet's first cells: the row asked for, else the first that is not narrow beside the rest.

    A column without label at the right end counts where at least half of the rows shown fill it. Raises
    ``InvalidInput`` (``header-line-missing``) and ``Unreadable`` (``too-many-columns``).
    """
    written = cells.filter(pl.col("text").str.strip_chars() != "")
    rows = written.group_by("line", maintain_order=True).agg(filled=pl.len()).head(_SAMPLE_ROWS)
    line = _header_line(rows) if header_line is None else header_line
    labels = cells.filter((pl.col("line") == line) & _HOLDS)
    if labels.is_empty():
        raise InvalidInput(
            "header-line-missing",
            f"{path} has no row {line:,} near the start of the sheet to take for the header.",
            hint="Rows count from 1. Give the row that holds the column names.",
            details={"path": str(path), "header_line": line},
        )
    width = _width(written, line, int(labels["column"][-1]) + 1)
    check_columns(path, width)
    texts = {place: clean_label(text.strip()) for place, text in labels.select("column", "text").iter_rows()}
    skipped = rows.filter(pl.col("line") < line)["line"].to_list() if header_line is None else []
    return SheetHeader(
        labels=tuple(texts.get(place, "") for place in range(width)), line=line, skipped=tuple(skipped)
    )


def _header_line(rows: pl.DataFrame) -> int:
    """The first row that fills at least half as many cells as the fullest one (titles and notes do not)."""
    full = pl.col("filled") * 2 >= pl.col("filled").max()
    return int(rows.filter(full)["line"][0])


def _width(written: pl.DataFrame, header_line: int, labelled: int) -> int:
    """The labelled columns and those beside them that half of the first rows fill."""
    rows = written.filter(pl.col("line") > header_line)
    lines = rows["line"].unique().sort().head(_SAMPLE_ROWS)
    counts = rows.filter(pl.col("line").is_in(lines.implode())).group_by("column").len()
    usual = set(counts.filter(pl.col("len") * 2 >= lines.len())["column"])
    width = labelled
    while width in usual:
        width += 1
    return width


@dataclass(slots=True)
class _Trouble:
    """Cells of one kind of trouble, counted."""

    count: int = 0
    seen: str = ""
    lines: list[int] = field(default_factory=list)
    columns: set[int] = field(default_factory=set)


class SheetTable:
    """Batches of the contract out of frames of text cells. ``warnings`` are known after the last batch."""

    def __init__(self, header: SheetHeader, *, batch_rows: int = BATCH_ROWS) -> None:
        self._header, self._batch_rows = header, batch_rows
        self._row, self._last = 0, header.line
        self._blanks = BlankRows()
        self._troubles: dict[str, _Trouble] = {}

    def batches(self, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """As :mod:`stocktake.ports.reader` says."""
        for frame in frames:
            self._note_troubles(frame.filter(pl.col("line") >= self._header.line))
            cells = frame.filter(pl.col("line") > self._header.line).filter(_HOLDS.any().over("line"))
            if cells.height:
                self._note_gaps(cells["line"].unique(maintain_order=True))
                yield from self._batch(cells).iter_slices(self._batch_rows)

    def warnings(self, merges: Iterable[str]) -> tuple[Warning, ...]:
        """Of the header, the merged ranges, the troubled cells and the blank rows between others."""
        troubled = (self._warning(code, trouble) for code, trouble in self._troubles.items())
        merged = _merge_warnings(merges, self._header.line)
        return (*self._header.warnings(), *merged, *troubled, *self._blanks.warnings())

    def _batch(self, cells: pl.DataFrame) -> pl.DataFrame:
        width = len(self._header.labels)
        lines = cells["line"].unique(maintain_order=True)
        places = pl.DataFrame({"line": lines}).with_row_index("at")
        cells = cells.join(places, on="line", how="left", maintain_order="left")
        columns = cells.filter(pl.col("column") < width).partition_by("column", as_dict=True)
        rows = pl.int_range(self._row, self._row + lines.len(), dtype=pl.UInt32, eager=True)
        self._row += lines.len()
        blank = pl.repeat("", lines.len(), dtype=pl.String, eager=True)
        texts = []
        for place in range(width):
            part = columns.get((place,))
            text = blank.clone() if part is None else blank.clone().scatter(part["at"], part["text"])
            texts.append(text.alias(f"c{place}"))
        return pl.DataFrame(
            [rows.alias("_row"), lines.alias("_line"), _faults(cells, width, lines.len()), *texts]
        )

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
                trouble.seen = trouble.seen or part["seen"][0]
                trouble.lines += part["line"].unique(maintain_order=True).head(LINES_NAMED).to_list()
                trouble.columns |= set(part["column"].unique().to_list())

    def _warning(self, code: str, trouble: _Trouble) -> Warning:
        labels = self._header.labels
        names = [
            repr(labels[place]) if place < len(labels) and labels[place] else f"number {place + 1:,}"
            for place in sorted(trouble.columns)[:10]
        ]
        what = _SENTENCES[code].format(seen=trouble.seen)
        message = f"{trouble.count:,} cells {what}. In the columns: {', '.join(names)}."
        return Warning(
            code=code, message=message, count=trouble.count, rows=tuple(trouble.lines[:LINES_NAMED])
        )


def _faults(cells: pl.DataFrame, width: int, height: int) -> pl.Series:
    """One fault a row: that of its first troubled cell, else ``extra-cell`` where it is wider than the header."""
    extra = (pl.col("column") >= width) & (pl.col("text").str.strip_chars() != "")
    fault = pl.when(extra).then(pl.lit("extra-cell")).otherwise("fault")
    found = (
        cells.select("at", fault=fault)
        .drop_nulls("fault")
        .group_by("at")
        .agg(pl.col("fault").first())
        .sort("at")
    )
    nothing = pl.repeat(None, height, dtype=pl.String, eager=True)
    return (
        nothing.scatter(found["at"], found["fault"]).alias("_fault")
        if found.height
        else nothing.alias("_fault")
    )


def _merge_warnings(merges: Iterable[str], header_line: int) -> Iterator[Warning]:
    """``merged-header`` and ``merged-cells``: only the first cell of a merged range has a value (REA-4)."""
    inside, below = [], []
    for merge in merges:
        first, last = _lines(merge)
        if first <= header_line <= last:
            inside.append(first)
        elif first > header_line:
            below.append(first)
    if inside:
        message = (
            "Cells of the header are merged; only the first column of each range has a label. "
            "If the header is another row, state its line."
        )
        yield Warning(code="merged-header", message=message, count=len(inside), rows=(header_line,))
    if below:
        message = (
            f"{len(below):,} ranges of cells are merged; only the first cell of each has a value, "
            "the others are blank."
        )
        rows = tuple(sorted(set(below))[:LINES_NAMED])
        yield Warning(code="merged-cells", message=message, count=len(below), rows=rows)


def _lines(merge: str) -> tuple[int, int]:
    """First and last line of ``A1:B2``."""
    first, _, last = merge.partition(":")
    lines = []
    for reference in (first, last or first):
        letters = reference.rstrip("0123456789")
        column_number(letters)
        number = reference[len(letters) :]
        if not 1 <= len(number) <= 7:
            raise BrokenXml(f"{merge[:40]!r} is no range of cells")
        lines.append(int(number))
    return lines[0], lines[1]
