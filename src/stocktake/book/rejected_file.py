"""Rejected rows as a file that people mend and import again: CSV, XLSX or Parquet (ERR-3)."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from stocktake.book.table_file import Table, TableForm, form_of, write_table
from stocktake.flows.run_rows import RejectedRows
from stocktake.reporting.mark import MARKS, marked, marked_labels

_WIDTHS = {"_line": 8, "_code": 22, "_message": 90}


def write_rejected(rejected: RejectedRows, path: Path) -> None:
    """Write the rows under their own headers, with ``_line, _code, _message`` beside them.

    No spreadsheet runs a cell of it: in CSV an apostrophe stands before what begins like a formula, and is taken off when
    the file is imported again; in XLSX and Parquet every cell is text. Raises as :func:`write_table` does.
    """
    as_text = form_of(path) is not TableForm.CSV
    texts = rejected.rows.cast(pl.String).fill_null("")
    rows = texts.select(marked(pl.col(name), as_text=as_text).alias(name) for name in texts.columns)
    header = [*marked_labels(rejected.header, as_text=as_text), *MARKS]
    write_table(Table(title="Rejected rows", header=header, frames=[rows], widths=_WIDTHS), path)
