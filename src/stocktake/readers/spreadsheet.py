"""What every kind of workbook gives: its sheets, their cells as text, their merged ranges (REA-2, REA-3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from stocktake.readers.xmlpart import BrokenXml

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384

#: A frame of cells is given when it has so many cells or rows.
CELLS_AT_ONCE = 200_000
ROWS_AT_ONCE = 20_000

#: Cells as they stand in a file. ``kind``: ``n`` a number, ``s`` the number of a shared text, ``b``, ``e`` an error, ``d`` a
#: day or time written out, else text. ``look``: the place of its number format. ``formula``: whether one stands behind it.
CELLS = {
    "line": pl.UInt32,
    "column": pl.UInt32,
    "kind": pl.String,
    "look": pl.UInt32,
    "raw": pl.String,
    "formula": pl.Boolean,
}

#: One cell of :data:`CELLS`.
Cell = tuple[int, int, str, int, str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet with cells; ``part`` is what its workbook finds it by."""

    name: str
    part: str
    hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A range of cells: lines from 1, columns from 0, both ends included."""

    first_line: int
    last_line: int
    first_column: int
    last_column: int


class Spreadsheet(Protocol):
    """One workbook. All that is asked of it raises ``Unreadable`` where it is damaged."""

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """In the order of their tabs."""
        ...

    def is_filled(self, sheet: Sheet) -> bool:
        """Whether any cell holds anything."""
        ...

    def texts(self, sheet: Sheet) -> Iterator[pl.DataFrame]:
        """The cells, row by row, as :func:`~stocktake.readers.cell_text.text_of` gives them; no row in two frames."""
        ...

    def merges(self, sheet: Sheet) -> tuple[Range, ...]:
        """Merged ranges."""
        ...


def frame_of(cells: list[Cell]) -> pl.DataFrame:
    """A frame of :data:`CELLS`."""
    columns = list(zip(*cells, strict=True)) or [()] * len(CELLS)
    return pl.DataFrame(
        {name: list(column) for name, column in zip(CELLS, columns, strict=True)}, schema=CELLS
    )


def whole_rows(cells: Iterable[Cell]) -> Iterator[list[Cell]]:
    """The cells, which come row by row, some at a time; no row in two parts."""
    part: list[Cell] = []
    rows = 0
    for each in cells:
        if part and each[0] != part[-1][0]:
            rows += 1
            if rows >= ROWS_AT_ONCE or len(part) >= CELLS_AT_ONCE:
                yield part
                part, rows = [], 0
        part.append(each)
    if part:
        yield part


def column_number(letters: str) -> int:
    """``A`` → 0, ``XFD`` → 16,383. Raises ``BrokenXml`` for anything else."""
    if not (1 <= len(letters) <= 3 and letters.isascii() and letters.isalpha() and letters.isupper()):
        raise BrokenXml(f"{letters[:20]!r} is no column")
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    if number > LAST_COLUMN:
        raise BrokenXml(f"the column {letters} lies beyond XFD, the last one")
    return number - 1


def column_letters(number: int) -> str:
    """0 → ``A``, 16,383 → ``XFD``."""
    letters, number = "", number + 1
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(65 + letter) + letters
    return letters


def range_of(written: str) -> Range:
    """``A1:B2`` or ``A1``. Raises ``BrokenXml`` for anything else."""
    first, _, last = written.partition(":")
    corners = []
    for reference in (first, last or first):
        letters = reference.rstrip("0123456789")
        number = reference[len(letters) :]
        if not 1 <= len(number) <= 7:
            raise BrokenXml(f"{written[:40]!r} is no range of cells")
        corners.append((int(number), column_number(letters)))
    (top, left), (bottom, right) = corners
    return Range(first_line=top, last_line=bottom, first_column=left, last_column=right)
