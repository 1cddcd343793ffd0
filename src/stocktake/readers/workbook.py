"""Workbooks, .xlsx, .xlsm, .xlsb, .xls and .ods (REA-1, REA-3): parsed in a child process, handed over batch by batch."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from stocktake.model.options import ReadOptions
from stocktake.model.problem import Warning
from stocktake.ports.reader import Layout
from stocktake.readers.child import BATCH, END, LAYOUT, Child, Limits, heard
from stocktake.readers.file import BATCH_ROWS, HEAD_BYTES, check_file, check_rows, read_head, refuse_empty
from stocktake.readers.package import damaged
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


class WorkbookReading:
    """One pass over one sheet. The child process ends with it."""

    def __init__(self, path: Path, kind: str, child: Child, rows: int) -> None:
        self._path, self._child, self._messages, self._most = path, child, heard(child), rows
        first, content = next(self._messages, (END, b""))
        if first != LAYOUT:
            raise damaged(path, "its parser said nothing of it")
        found = json.loads(content)
        self._layout = Layout(
            format=kind,
            header=tuple(found["header"]),
            sheet=found["sheet"],
            sheets=tuple(found["sheets"]),
            hidden_sheets=tuple(found["hidden_sheets"]),
            header_line=found["header_line"],
            header_lines=found["header_lines"],
        )
        self._sha256, self._complete, self._ended = "", False, False
        self._warnings: tuple[Warning, ...] = ()

    @property
    def layout(self) -> Layout:
        """``sheets`` are all that there are, hidden ones too; ``header_line`` is the workbook's row number."""
        return self._layout

    @property
    def sha256(self) -> str:
        """Of the file's bytes."""
        return self._sha256

    @property
    def rows_expected(self) -> int | None:
        """Unknown: what a workbook says of its own size is not to be trusted."""
        return None

    @property
    def complete(self) -> bool:
        """Whether the sheet's last row was given; not where a table as wide stands below (REA-8)."""
        return self._complete

    @property
    def warnings(self) -> tuple[Warning, ...]:
        """Of the sheets, the header, merged ranges, cells that cannot be told, and blank rows."""
        return self._warnings

    def batches(self) -> Iterator[pl.DataFrame]:
        """Frames as :mod:`stocktake.ports.reader` says; ``_line`` is the workbook's row number."""
        height = 0
        for kind, content in self._messages:
            if kind == BATCH:
                batch = pl.read_ipc_stream(io.BytesIO(content))
                height += batch.height
                check_rows(self._path, height, self._most)
                yield batch
            elif kind == END:
                self._finish(json.loads(content))
        if not self._ended:
            raise damaged(self._path, "its parser ended before the sheet did")

    def _finish(self, end: dict[str, Any]) -> None:
        self._sha256, self._complete, self._ended = end["sha256"], end["complete"], True
        self._warnings = tuple(
            Warning(**{**warning, "rows": tuple(warning["rows"])}) for warning in end["warnings"]
        )
