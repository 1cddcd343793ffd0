"""Parquet files (REA-1, REA-3): parsed in a child process, since a footer that lies can take its parser down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import polars as pl

from stocktake.model.errors import Unreadable
from stocktake.model.options import ReadOptions
from stocktake.ports.reader import Layout
from stocktake.readers.child import Child, Limits
from stocktake.readers.file import check_file, check_rows, read_tail, refuse_empty
from stocktake.readers.served import ServedReading

_CHILD = "stocktake.readers.parquet_child"
_LIMITS = Limits()
_SIGN, _ENCRYPTED = b"PAR1", b"PARE"
#: Rows of one frame: few, since whole columns are decoded at a time.
_BATCH_ROWS = 50_000


class ParquetReader:
    """Reads Parquet. ``batch_rows`` is how many rows a frame holds at most."""

    format: str = "parquet"

    def __init__(self, *, batch_rows: int = _BATCH_ROWS, limits: Limits = _LIMITS) -> None:
        self._batch_rows, self._limits = batch_rows, limits

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whether it starts with Parquet's sign and ends with it, or goes on as no text does."""
        if not head.startswith((_SIGN, _ENCRYPTED)) or len(head) < 5:
            return False
        return head[4] < 32 or read_tail(path, 4) in (_SIGN, _ENCRYPTED)

    def open(self, path: Path, options: ReadOptions) -> ParquetReading:
        """Find the columns; see :class:`~stocktake.ports.reader.Reader`. No option changes how it is read."""
        if check_file(path, options.limits.file_bytes) == 0:
            raise refuse_empty(path)
        if read_tail(path, 4) == _ENCRYPTED:
            raise _encrypted(path)
        wanted = json.dumps({"batch_rows": self._batch_rows, "limits": asdict(options.limits)})
        arguments = [str(path.absolute()), wanted]
        child = Child(_CHILD, arguments, path, self._limits, damaged=damaged, too_large=_too_large)
        return ParquetReading(path, child, options.limits.rows)


class ParquetReading(ServedReading):
    """One pass over one file; warnings are of its labels, and ``binary-as-hex`` for columns of bytes that are no text."""

    def __init__(self, path: Path, child: Child, rows_limit: int) -> None:
        super().__init__(path, child, damaged)
        self._layout = Layout(format="parquet", header=tuple(self._told["header"]))
        self._rows: int = self._told["rows"]
        check_rows(path, self._rows, rows_limit)

    @property
    def layout(self) -> Layout:
        """A struct is as many columns as it has fields, with dotted names."""
        return self._layout

    @property
    def rows_expected(self) -> int | None:
        """As many as the footer states."""
        return self._rows

    def batches(self) -> Iterator[pl.DataFrame]:
        """Frames as :mod:`stocktake.ports.reader` says; ``_line`` is the position from 1."""
        height = 0
        for batch in self._frames():
            height += batch.height
            yield batch
        if not self._ended:
            raise damaged(self._path, "its parser ended before the rows did")
        if height != self._rows:
            self._complete = False
            raise damaged(self._path, f"its footer states {self._rows:,} rows, and there are {height:,}")


def damaged(path: Path, why: str) -> Unreadable:
    """The refusal of a file that is not as Parquet files are."""
    return Unreadable(
        "file-damaged",
        f"{path} is damaged, or no Parquet file that can be read: {why}.",
        hint="Write it anew, or export the table as CSV.",
        details={"path": str(path), "reason": why},
    )


def _too_large(path: Path, what: str, limit: str) -> Unreadable:
    return Unreadable(
        "file-too-large",
        f"{path} is too large to be read: {what}; the limit is {limit}.",
        hint="Write it anew with smaller row groups or only the columns that are needed, or export it as CSV.",
        details={"path": str(path), "reason": what, "limit": limit},
    )


def _encrypted(path: Path) -> Unreadable:
    return Unreadable(
        "file-encrypted",
        f"{path} is an encrypted Parquet file, so it cannot be read.",
        hint="Write it anew without encryption.",
        details={"path": str(path)},
    )
