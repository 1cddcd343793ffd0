"""What a reader gives: the header at once, the rows in batches, completeness at the end (REA).

A batch is a Polars frame of text:

======== ======== ======================================================================================
column   type     meaning
======== ======== ======================================================================================
``_row`` UInt32   number of the row in the file, from 0, growing without gaps over all batches
``_line`` UInt32  the line a person sees where the row starts, header included (REA-5); JSON: position from 1
``_fault`` String null for a sound row, else the codes of what is wrong with it, parted by blanks: one of the whole row
                  (``extra-cell``, ``missing-cell``, ``bare-quote``, ``unclosed-quote`` …), perhaps with an @ and the place
                  within it (``not-json@Character_22``), one of a single cell with that cell's column (``error-cell@c3``)
``c0`` … ``cN``   String; the cells exactly as written, "" where blank; one column per header cell, never null
======== ======== ======================================================================================

A row with a fault still carries the cells that could be read, so that its key can prove presence (PRE-5). A cell with a
fault of its own carries what it shows (``#N/A``), which is no value; it troubles its row where a field reads its column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import polars as pl

from stocktake.model.options import ReadOptions
from stocktake.model.problem import Warning

#: So many first lines are shown, and so many cells of each.
FIRST_LINES, FIRST_CELLS = 20, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What was found out about a file (REA-2). ``header`` holds the labels as written, in file order.

    ``quote`` None: cells are not quoted. ``header_lines`` 0: the file has no header, and the labels are made up.
    ``mended``: it carries the marks of rejected rows, which are not among its columns (ERR-3). ``compression``: how it is
    packed (``gzip``, ``bzip2``, ``xz``, ``zstd``, ``zip``), ``member``: the name of the file in a zip archive, ``members``:
    of all files in it. ``first_lines``: of a file whose header is looked for, the first lines that hold something, as they
    were found before it was: their line and their cells.
    """

    format: str
    header: tuple[str, ...]
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    hidden_sheets: tuple[str, ...] = ()
    header_line: int | None = None
    escape: str | None = None
    header_lines: int | None = None
    mended: bool = False
    compression: str | None = None
    member: str | None = None
    members: tuple[str, ...] = ()
    first_lines: tuple[tuple[int, tuple[str, ...]], ...] = field(default=(), compare=False, repr=False)


class Reading(Protocol):
    """One pass over one source. ``batches`` may be walked once; the rest is known after it ended."""

    @property
    def layout(self) -> Layout:
        """Known before the first batch."""
        ...

    @property
    def sha256(self) -> str:
        """sha256 of the bytes, 64 hexadecimal digits; known after the last batch."""
        ...

    @property
    def rows_expected(self) -> int | None:
        """How many rows there will be, as far as can be told by now: for people who wait (APP-4). None where unknown."""
        ...

    @property
    def complete(self) -> bool:
        """Whether the end was reached and nothing was skipped (REA-8); known after the last batch."""
        ...

    @property
    def plain(self) -> bool:
        """Whether the cells of all rows that were given so far are known to be plain text; False where nobody looked.

        Plain text holds no control character, no blank but the space, no mark without width, and nothing to compose (NFC).
        Once false it stays so, and it may be false already because of rows that are still to come.
        """
        ...

    @property
    def warnings(self) -> tuple[Warning, ...]:
        """Tolerable oddities, stated (REA-4); known after the last batch."""
        ...

    def batches(self) -> Iterator[pl.DataFrame]:
        """The rows, in file order, in frames as the module's docstring says.

        Raises ``Unreadable`` where the file cannot be read on (bytes that do not decode, broken JSON), with the place.
        """
        ...


class Origin(Protocol):
    """Where rows come from, before anything is read."""

    @property
    def size(self) -> int | None:
        """Bytes of a file; None where there are none to hash."""
        ...

    def head_digest(self) -> str | None:
        """sha256 of the first bytes: where that differs, the rest need not be hashed."""
        ...

    def digest(self) -> str | None:
        """sha256 of the bytes, as ``Reading.sha256`` will say, without parsing them; None where there are none."""
        ...

    def open(self) -> Reading:
        """Stand before the first row. Raises what :class:`Reader` does."""
        ...


class Reader(Protocol):
    """One format."""

    #: The format's name, as in ``Layout.format``.
    format: str

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whether a file that starts with ``head`` (up to 64 KiB) is of this format; by content first (REA-1)."""
        ...

    def open(self, path: Path, options: ReadOptions) -> Reading:
        """Find out the layout and stand before the first row.

        Raises ``NotFound`` for a missing file, ``Unreadable`` for one that cannot be read (``file-empty``,
        ``encoding-error``, ``not-json`` …), ``InvalidInput`` for options that do not fit.
        """
        ...
