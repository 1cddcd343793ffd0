"""Tables as files that people and programs take away: CSV, XLSX or Parquet, by the name's ending.

A file is there whole or not at all: it is written beside its name and moved there when it is finished.
"""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import polars as pl

from stocktake.model.errors import InvalidInput
from stocktake.reporting.export import differing_labels

#: What a sheet holds: rows, its header among them, and characters in one cell.
_SHEET_ROWS, _CELL_CHARACTERS = 1_048_576, 32_767
#: A sheet keeps numbers as floats of this many digits; longer ones are written as text.
_SHEET_DIGITS = 10**15
#: Before this day a sheet's calendar is wrong; such days are written as text.
_SHEET_BEGINS = date(1900, 3, 1)
_WIDTH = 18


class TableForm(StrEnum):
    """What kind of file a table is written as."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table to be written: ``header`` over the columns of every frame, in order; ``title`` names the sheet.

    The frames' types are the file's, as far as its form knows them. ``widths``: of a sheet's columns, in characters.
    """

    title: str
    header: Sequence[str]
    frames: Iterable[pl.DataFrame]
    widths: Mapping[str, int] = field(default_factory=dict)


def form_of(path: Path) -> TableForm:
    """What the name's ending asks for; CSV where it asks for nothing known. Raises ``InvalidInput`` ``bad-file-name``."""
    ending = path.suffix.lower()
    if ending in (".xls", ".xlsm", ".xlsb", ".ods", ".json", ".jsonl", ".gz", ".zip"):
        raise InvalidInput(
            "bad-file-name",
            f"A table is written as CSV, as a workbook (.xlsx) or as Parquet (.parquet), not as {ending}.",
            hint=f"Name the file {path.with_suffix('.xlsx').name} or {path.with_suffix('.csv').name}.",
        )
    return {".xlsx": TableForm.XLSX, ".parquet": TableForm.PARQUET, ".pq": TableForm.PARQUET}.get(
        ending, TableForm.CSV
    )


def write_table(table: Table, path: Path) -> int:
    """Write the table to ``path``, which is replaced where it exists; how many rows it has.

    Memory holds one frame at a time. Raises ``InvalidInput`` ``bad-file-name``, ``cannot-write``, ``sheet-too-small``.
    """
    write = _WRITERS[form_of(path)]
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            unfinished = Path(folder) / path.name
            rows = write(table, unfinished)
            unfinished.replace(path)
    except OSError as error:
        raise InvalidInput(
            "cannot-write",
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Check the directory.",
        ) from error
    return rows


def _write_csv(table: Table, path: Path) -> int:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(table.header)
    rows = 0
    with path.open("wb") as file:
        file.write(line.getvalue().encode())
        for frame in table.frames:
            frame.with_columns(pl.col(pl.String).replace("", None)).write_csv(file, include_header=False)
            rows += frame.height
    return rows


def _write_parquet(table: Table, path: Path) -> int:
    """Each frame to a part of its own, and the parts joined as a stream, so that memory does not grow."""
    parts = path.parent / "parts"
    parts.mkdir()
    rows = 0
    for number, frame in enumerate(table.frames):
        frame.rename(dict(zip(frame.columns, differing_labels(table.header), strict=True))).write_parquet(
            parts / f"{number:06}.parquet"
        )
        rows += frame.height
    if rows:
        pl.scan_parquet(sorted(parts.glob("*.parquet"))).sink_parquet(path)
    else:
        pl.DataFrame(schema=dict.fromkeys(differing_labels(table.header), pl.String)).write_parquet(path)
    shutil.rmtree(parts)
    return rows


def _write_workbook(table: Table, path: Path) -> int:
    """Row after row, so that memory does not grow; cells are formatted as text, so that 007 stays 007 when typed."""
    import xlsxwriter

    number = 0
    with path.open("wb") as file, xlsxwriter.Workbook(file, {"constant_memory": True}) as workbook:
        formats = {
            "text": workbook.add_format({"num_format": "@"}),
            "day": workbook.add_format({"num_format": "yyyy-mm-dd"}),
        }
        bold = workbook.add_format({"num_format": "@", "bold": True})
        sheet = workbook.add_worksheet(table.title[:31])
        sheet.freeze_panes(1, 0)
        for place, label in enumerate(table.header):
            sheet.set_column(place, place, table.widths.get(label, _WIDTH), formats["text"])
            sheet.write_string(0, place, label, bold)
        for cells in _sheet_rows(table.frames):
            number += 1
            for place, cell in enumerate(cells):
                if cell is not None and cell != "":
                    _write_cell(sheet, (number, place), cell, formats)
    return number


def _write_cell(sheet: Any, place: tuple[int, int], cell: Any, formats: Mapping[str, Any]) -> None:
    if isinstance(cell, bool):
        sheet.write_boolean(*place, cell)
    elif isinstance(cell, datetime):
        sheet.write_string(*place, cell.isoformat().replace("+00:00", "Z"), formats["text"])
    elif isinstance(cell, date) and cell >= _SHEET_BEGINS:
        sheet.write_datetime(*place, cell, formats["day"])
    elif isinstance(cell, int) and abs(cell) < _SHEET_DIGITS:
        sheet.write_number(*place, cell)
    else:
        sheet.write_string(*place, str(cell), formats["text"])


def _sheet_rows(frames: Iterable[pl.DataFrame]) -> Iterator[tuple[Any, ...]]:
    rows = 0
    for frame in frames:
        rows += frame.height
        texts = frame.select(pl.col(pl.String))
        longest = texts.select(pl.max_horizontal(pl.all().str.len_chars().max())).item() if texts.width else 0
        if rows >= _SHEET_ROWS or (longest or 0) > _CELL_CHARACTERS:
            raise InvalidInput(
                "sheet-too-small",
                f"A sheet holds {_SHEET_ROWS - 1:,} rows and {_CELL_CHARACTERS:,} characters in a cell; there are "
                f"{rows:,} rows or more, and a cell has {longest or 0:,} characters.",
                hint="Write them as CSV: name the file with the ending .csv.",
            )
        yield from frame.iter_rows()


_WRITERS: dict[TableForm, Callable[[Table, Path], int]] = {
    TableForm.CSV: _write_csv,
    TableForm.XLSX: _write_workbook,
    TableForm.PARQUET: _write_parquet,
}
