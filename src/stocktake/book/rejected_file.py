"""Rejected rows as a file that people mend and import again: CSV or XLSX (ERR-3)."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl

from stocktake.flows.run_rows import RejectedRows
from stocktake.model.errors import InvalidInput
from stocktake.reporting.mark import MARKS, marked, marked_labels

#: What a sheet holds: rows, its header among them, and characters in one cell.
_SHEET_ROWS, _CELL_CHARACTERS = 1_048_576, 32_767
_WIDTH, _WIDTHS = 18, {"_line": 8, "_code": 22, "_message": 90}


def write_rejected(rejected: RejectedRows, path: Path) -> None:
    """Write the rows under their own headers, with ``_line, _code, _message`` beside them; ``.xlsx`` makes a workbook.

    No spreadsheet runs a cell of it: in CSV an apostrophe stands before what begins like a formula, and is taken off when
    the file is imported again; in XLSX every cell is text. Raises ``InvalidInput`` ``bad-rejects-name``, ``cannot-write``,
    ``sheet-too-small``.
    """
    ending = path.suffix.lower()
    if ending in (".xls", ".xlsm", ".xlsb", ".ods", ".json"):
        raise InvalidInput(
            "bad-rejects-name",
            f"Rejected rows are written as CSV or as a workbook (.xlsx), not as {ending}.",
            hint=f"Name the file {path.with_suffix('.xlsx').name} or {path.with_suffix('.csv').name}.",
        )
    try:
        if ending == ".xlsx":
            _write_workbook(rejected, path)
        else:
            _write_csv(rejected, path)
    except OSError as error:
        raise InvalidInput(
            "cannot-write",
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Check the directory.",
        ) from error


def _write_csv(rejected: RejectedRows, path: Path) -> None:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([*marked_labels(rejected.header), *MARKS])
    rows = _marked(rejected.rows).with_columns(pl.all().replace("", None))
    with path.open("wb") as file:
        file.write(line.getvalue().encode())
        rows.write_csv(file, include_header=False)


def _write_workbook(rejected: RejectedRows, path: Path) -> None:
    """Row after row, so that memory does not grow; every column is formatted as text, so that 007 stays 007 when typed."""
    import xlsxwriter

    rows = _marked(rejected.rows, as_text=True)
    _check_room(rows)
    labels = [*marked_labels(rejected.header, as_text=True), *MARKS]
    with path.open("wb") as file, xlsxwriter.Workbook(file, {"constant_memory": True}) as workbook:
        text = workbook.add_format({"num_format": "@"})
        bold = workbook.add_format({"num_format": "@", "bold": True})
        sheet = workbook.add_worksheet("Rejected rows")
        sheet.freeze_panes(1, 0)
        for place, label in enumerate(labels):
            sheet.set_column(place, place, _WIDTHS.get(label, _WIDTH), text)
        for number, cells in enumerate([tuple(labels), *rows.iter_rows()]):
            for place, cell in enumerate(cells):
                if cell:
                    sheet.write_string(number, place, cell, text if number else bold)


def _marked(rows: pl.DataFrame, *, as_text: bool = False) -> pl.DataFrame:
    texts = rows.cast(pl.String).fill_null("")
    return texts.select(marked(pl.col(name), as_text=as_text).alias(name) for name in texts.columns)


def _check_room(rows: pl.DataFrame) -> None:
    longest = rows.select(pl.max_horizontal(pl.all().str.len_chars().max())).item() if rows.height else 0
    if rows.height < _SHEET_ROWS and (longest or 0) <= _CELL_CHARACTERS:
        return
    raise InvalidInput(
        "sheet-too-small",
        f"A sheet holds {_SHEET_ROWS - 1:,} rows and {_CELL_CHARACTERS:,} characters in a cell; there are {rows.height:,} "
        f"rejected rows, and the longest cell has {longest:,} characters.",
        hint="Write them as CSV: name the file with the ending .csv.",
    )
