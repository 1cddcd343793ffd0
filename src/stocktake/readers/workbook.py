"""Excel workbooks, .xlsx and .xlsm (REA-1, REA-3): parsed in a child process, handed over row batch by row batch."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from stocktake.model.options import ReadOptions
from stocktake.model.problem import Warning
from stocktake.ports.reader import Layout
from stocktake.readers.child import BATCH, END, LAYOUT, Child, Limits, heard
from stocktake.readers.file import BATCH_ROWS, check_file, check_rows, read_tail, refuse_empty
from stocktake.readers.package import damaged

_CHILD = "stocktake.readers.workbook_child"
_LIMITS = Limits()
_ZIP = b"PK\x03\x04"
_MAIN = re.compile(rb"workbook\d*\.xml", re.IGNORECASE)
#: How much of a zip file's end is looked at: its directory stands there.
_TAIL = 1024 * 1024


class WorkbookReader:
    """Reads one sheet of a workbook. ``batch_rows`` is how many rows a frame holds at most."""

    format: str = "xlsx"

    def __init__(self, *, batch_rows: int = BATCH_ROWS, limits: Limits = _LIMITS) -> None:
        self._batch_rows, self._limits = batch_rows, limits

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whether it is a zip file that holds a workbook, whatever it is called."""
        return head.startswith(_ZIP) and (
            _MAIN.search(head) is not None or _MAIN.search(read_tail(path, _TAIL)) is not None
        )

    def open(self, path: Path, options: ReadOptions) -> WorkbookReading:
        """Choose the sheet and find its header; see :class:`~stocktake.ports.reader.Reader`.

        ``options.sheet`` names the sheet, or gives its number from 1.
        """
        if check_file(path) == 0:
            raise refuse_empty(path)
        wanted = {"sheet": options.sheet, "header_line": options.header_line, "batch_rows": self._batch_rows}
        child = Child(_CHILD, [str(path.absolute()), json.dumps(wanted)], path, self._limits)
        return WorkbookReading(path, child)


class WorkbookReading:
    """One pass over one sheet. The child process ends with it."""

    def __init__(self, path: Path, child: Child) -> None:
        self._path, self._child, self._messages = path, child, heard(child)
        kind, content = next(self._messages, (END, b""))
        if kind != LAYOUT:
            raise damaged(path, "its parser said nothing of it")
        found = json.loads(content)
        self._layout = Layout(
            format="xlsx",
            header=tuple(found["header"]),
            sheet=found["sheet"],
            sheets=tuple(found["sheets"]),
            header_line=found["header_line"],
        )
        self._sha256, self._complete = "", False
        self._warnings: tuple[Warning, ...] = ()

    @property
    def layout(self) -> Layout:
        """``sheets`` are all that have cells, hidden ones too; ``header_line`` is the workbook's row number."""
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
        """Whether the sheet's last row was given (REA-8)."""
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
                check_rows(self._path, height)
                yield batch
            elif kind == END:
                self._finish(json.loads(content))
        if not self._complete:
            raise damaged(self._path, "its parser ended before the sheet did")

    def _finish(self, end: dict[str, Any]) -> None:
        self._sha256, self._complete = end["sha256"], True
        self._warnings = tuple(
            Warning(**{**warning, "rows": tuple(warning["rows"])}) for warning in end["warnings"]
        )
