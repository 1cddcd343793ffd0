"""Workbooks, .xlsx, .xlsm, .xlsb, .xls and .ods (REA-1, REA-3): parsed in a child process, handed over batch by batch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import polars as pl

from stocktake.model.options import ReadOptions
from stocktake.ports.reader import Layout
from stocktake.readers.child import Child, Limits
from stocktake.readers.file import BATCH_ROWS, HEAD_BYTES, check_file, check_rows, read_head, refuse_empty
from stocktake.readers.package import damaged
from stocktake.readers.served import ServedReading
from stocktake.readers.workbook_kind import workbook_kind

_CHILD = "stocktake.readers.workbook_child"
_LIMITS = Limits()


class WorkbookReader:
    """Reads one sheet of a workbook. ``batch_rows`` is how many rows a frame holds at most."""

    #: The most usual one; ``Layout.format`` says which it is: ``xlsx``, ``xlsb``, ``xls`` or ``ods``.
    format: str = "xlsx"

    def __init__(self, *, batch_rows: int = BATCH_ROWS, limits: Limits = _LIMITS) -> None:
        self._batch_rows, self._limits = batch_rows, limits

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whether it is a workbook by its content, whatever it is called."""
        return workbook_kind(head, path) is not None

    def open(self, path: Path, options: ReadOptions) -> WorkbookReading:
        """Choose the sheet and find its header; see :class:`~stocktake.ports.reader.Reader`.

        ``options.sheet`` names the sheet, or gives its number from 1.
        """
        if check_file(path, options.limits.file_bytes) == 0:
            raise refuse_empty(path)
        kind = workbook_kind(read_head(path, HEAD_BYTES), path) or self.format
        wanted = {
            "kind": kind,
            "sheet": options.sheet,
            "header_line": options.header_line,
            "header_lines": options.header_lines,
            "footer_lines": options.footer_lines,
            "plain": options.plain,
            "limits": asdict(options.limits),
            "batch_rows": self._batch_rows,
        }
        child = Child(_CHILD, [str(path.absolute()), json.dumps(wanted)], path, self._limits)
        return WorkbookReading(path, kind, child, options.limits.rows)


class WorkbookReading(ServedReading):
    """One pass over one sheet; not complete where a table as wide stands below (REA-8)."""

    def __init__(self, path: Path, kind: str, child: Child, rows: int) -> None:
        super().__init__(path, child, damaged)
        self._most, found = rows, self._told
        self._layout = Layout(
            format=kind,
            header=tuple(found["header"]),
            sheet=found["sheet"],
            sheets=tuple(found["sheets"]),
            hidden_sheets=tuple(found["hidden_sheets"]),
            header_line=found["header_line"],
            header_lines=found["header_lines"],
            first_lines=tuple((line, tuple(cells)) for line, cells in found["first_lines"]),
        )

    @property
    def layout(self) -> Layout:
        """``sheets`` are all that there are, hidden ones too; ``header_line`` is the workbook's row number."""
        return self._layout

    @property
    def rows_expected(self) -> int | None:
        """Unknown: what a workbook says of its own size is not to be trusted."""
        return None

    def batches(self) -> Iterator[pl.DataFrame]:
        """Frames as :mod:`stocktake.ports.reader` says; ``_line`` is the workbook's row number."""
        height = 0
        for batch in self._frames():
            height += batch.height
            check_rows(self._path, height, self._most)
            yield batch
        if not self._ended:
            raise damaged(self._path, "its parser ended before the sheet did")
