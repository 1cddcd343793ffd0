"""The bytes of a file, block by block, within the limits (REA-6, REA-7)."""

from __future__ import annotations

import io
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from stocktake.model.errors import NotFound, Unreadable
from stocktake.model.options import Limits

#: What one read takes in: large enough for Polars to be busy, small enough to be forgotten (REA-7).
BLOCK_BYTES = 8 * 1024 * 1024
_LIMITS = Limits()
FILE_LIMIT = _LIMITS.file_bytes
COLUMN_LIMIT = _LIMITS.columns
ROW_LIMIT = _LIMITS.rows
CELL_LIMIT = _LIMITS.cell_bytes
BATCH_ROWS = 100_000
#: So near to a block's end is a line's end looked for.
_LINE_BYTES = 64 * 1024
#: How much of a file tells its format and its encoding.
HEAD_BYTES = 64 * 1024


def check_file(path: Path, limit: int = FILE_LIMIT) -> int:
    """The size in bytes of a regular file within the limit.

    Raises ``NotFound`` (``file-not-found``) and ``Unreadable`` (``file-unreadable``, ``file-too-large``).
    Anything that is not a regular file is refused before it is opened: opening a pipe would block for ever.
    """
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(
            "file-not-found",
            f"There is no file {path}.",
            hint="Check the name and the folder.",
            details={"path": str(path)},
        ) from None
    except (OSError, ValueError) as error:
        raise _unreadable(path, str(error)) from error
    if stat.S_ISDIR(found.st_mode):
        raise _unreadable(path, "it is a folder; name one file in it")
    if not stat.S_ISREG(found.st_mode):
        raise _unreadable(path, "it is not a regular file; save what it gives to a file first")
    if found.st_size > limit:
        raise Unreadable(
            "file-too-large",
            f"{path} has {found.st_size:,} bytes; the limit is {limit:,} bytes.",
            hint="Split the file, and import it as parts that merge, or raise the limit in the settings.",
            details={"path": str(path), "bytes": found.st_size, "limit": limit},
        )
    return found.st_size


def read_head(path: Path, size: int) -> bytes:
    """The first ``size`` bytes, or all there are."""
    return next(read_blocks(path, size), b"")


def read_tail(path: Path, size: int) -> bytes:
    """The last ``size`` bytes, or all there are; nothing of a file that cannot be opened."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, io.SEEK_END) - size))
            return file.read(size)
    except OSError:
        return b""


def read_blocks(path: Path, size: int = BLOCK_BYTES, *, whole_lines: bool = False) -> Iterator[bytes]:
    """The file's bytes in blocks of ``size``; the file is closed when the walk ends or is given up.

    whole_lines: blocks end with a line, a little earlier, where one ends there: nobody has to copy a block to cut it.
    """
    check_file(path, sys.maxsize)
    try:
        with path.open("rb", buffering=0) as file:
            while block := file.read(_line_end(file, size) if whole_lines else size):
                yield block
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error


def _line_end(file: io.FileIO, size: int) -> int:
    """How much of the next ``size`` bytes to read so that a line ends there; all where none does near their end."""
    start = file.tell()
    file.seek(start + max(0, size - _LINE_BYTES))
    passed = file.tell() - start
    end = passed + file.read(size - passed).rfind(b"\n") + 1
    file.seek(start)
    return end if end > passed else size


def refuse_empty(path: Path) -> Unreadable:
    """The refusal of a file in which nothing is written: the stored state is kept (REA-4)."""
    return Unreadable(
        "file-empty",
        f"{path} is empty: there is not even a header in it.",
        hint="Export the file again. An export without rows should still have its header line.",
        details={"path": str(path)},
    )


def check_columns(path: Path, columns: int, limit: int = COLUMN_LIMIT) -> None:
    """Raise ``too-many-columns`` above the limit (REA-6)."""
    if columns > limit:
        raise Unreadable(
            "too-many-columns",
            f"{path} has {columns:,} columns; the limit is {limit:,} columns.",
            hint="Export only the columns that are needed, or raise the limit in the settings.",
            details={"path": str(path), "columns": columns, "limit": limit},
        )


def check_rows(path: Path, rows: int, limit: int = ROW_LIMIT) -> None:
    """Raise ``too-many-rows`` above the limit (REA-6)."""
    if rows > limit:
        raise Unreadable(
            "too-many-rows",
            f"{path} has more than {limit:,} rows, which is the limit.",
            hint="Split the file, and import it as parts that merge, or raise the limit in the settings.",
            details={"path": str(path), "limit": limit},
        )


def _unreadable(path: Path, why: str) -> Unreadable:
    return Unreadable(
        "file-unreadable",
        f"{path} could not be read: {why}.",
        hint="Name a file that this user may read.",
        details={"path": str(path), "reason": why},
    )
