"""The cells of a sheet of .xlsx as they stand in its XML, in frames of some thousand rows (REA-5, REA-7).

Neither the declared dimension nor any count is believed: only cells that are there are seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

import polars as pl

from stocktake.readers.spreadsheet import (
    CELLS,
    CELLS_AT_ONCE,
    LAST_COLUMN,
    LAST_ROW,
    ROWS_AT_ONCE,
    Range,
    column_number,
    range_of,
)
from stocktake.readers.xmlpart import BrokenXml, Events, feed, open_parser

_BLOCK = 256 * 1024
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """``_x000D_`` and its like are characters that XML cannot hold; a lone half of one becomes U+FFFD."""
    if "_x" not in text:
        return text
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class SheetCells:
    """Walks one sheet's XML. ``merges`` is known at the end. Of a text not much more than ``cell_bytes`` is kept."""

    def __init__(self, part: IO[bytes], looks: dict[str, int], cell_bytes: int) -> None:
        self._part, self._looks, self._cell_bytes = part, looks, cell_bytes
        self._columns: dict[str, int] = {}
        self._line, self._line_text, self._column = 0, "", -1
        self._kind, self._look, self._formula = "n", 0, False
        self._text: list[str] = []
        self._length, self._taking, self._phonetic = 0, False, 0
        self._rows = 0
        self.merges: list[Range] = []
        self._clear()

    def frames(self) -> Iterator[pl.DataFrame]:
        """Frames of :data:`CELLS`; a row stands in one frame as a whole. Raises ``BrokenXml``."""
        parser = open_parser(Events(start=self._start, end=self._end, text=self._take))
        while block := self._part.read(_BLOCK):
            feed(parser, block)
            if len(self._lines) >= CELLS_AT_ONCE or self._rows >= ROWS_AT_ONCE:
                frame, rest = self._whole_rows()
                if frame.height:
                    yield frame
                self._clear(rest)
        feed(parser, b"", final=True)
        frame = self._frame()
        self._clear()
        if frame.height:
            yield frame

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._open_cell(attributes)
        elif tag == "v":
            self._taking = not self._text
        elif tag == "is":
            self._text, self._length = [], 0
        elif tag == "t":
            self._taking = not self._phonetic
        elif tag == "row":
            self._open_row(attributes.get("r"))
        elif tag == "f":
            self._formula = True
        elif tag == "rPh":
            self._phonetic += 1
        elif tag == "mergeCell":
            self.merges.append(range_of(attributes.get("ref", "")))

    def _end(self, tag: str) -> None:
        if tag == "c":
            self._close_cell()
        elif tag in ("v", "t"):
            self._taking = False
        elif tag == "rPh":
            self._phonetic -= 1

    def _take(self, text: str) -> None:
        if self._taking and self._length <= self._cell_bytes:
            self._text.append(text)
            self._length += len(text)

    def _open_row(self, number: str | None) -> None:
        line = self._line + 1
        if number is not None:
            line = int(number) if number.isdecimal() and len(number) < 8 else 0
        if not self._line < line <= LAST_ROW:
            raise BrokenXml(f"row {number or line} follows row {self._line:,}, or lies beyond {LAST_ROW:,}")
        self._line, self._line_text, self._column = line, str(line), -1
        self._rows += 1

    def _open_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        column = self._column + 1 if reference is None else self._column_of(reference)
        if not self._column < column < LAST_COLUMN:
            raise BrokenXml(f"row {self._line:,} has its cell {reference} twice or out of order")
        self._column = column
        self._kind = attributes.get("t", "n")
        self._look = self._looks.get(attributes.get("s", "0"), 0)
        self._formula = False
        self._text, self._length = [], 0

    def _column_of(self, reference: str) -> int:
        """The column of ``AB12`` from 0; the row must be the one it stands in."""
        letters = reference[: -len(self._line_text)]
        if reference != letters + self._line_text:
            raise BrokenXml(f"the cell {reference} stands in row {self._line:,}")
        found = self._columns.get(letters)
        if found is None:
            found = self._columns[letters] = column_number(letters)
        return found

    def _close_cell(self) -> None:
        if not self._text and not self._formula:
            return
        self._lines.append(self._line)
        self._places.append(self._column)
        self._kinds.append(self._kind)
        self._cell_looks.append(self._look)
        self._raws.append(unescaped("".join(self._text)))
        self._formulas.append(self._formula)

    def _clear(self, rest: pl.DataFrame | None = None) -> None:
        columns = rest if rest is not None else pl.DataFrame(schema=CELLS)
        self._lines: list[int] = columns["line"].to_list()
        self._places: list[int] = columns["column"].to_list()
        self._kinds: list[str] = columns["kind"].to_list()
        self._cell_looks: list[int] = columns["look"].to_list()
        self._raws: list[str] = columns["raw"].to_list()
        self._formulas: list[bool] = columns["formula"].to_list()
        self._rows = 0

    def _frame(self) -> pl.DataFrame:
        lists = (self._lines, self._places, self._kinds, self._cell_looks, self._raws, self._formulas)
        return pl.DataFrame(dict(zip(CELLS, lists, strict=True)), schema=CELLS)

    def _whole_rows(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The cells of rows that are over, and those of the one that may go on."""
        frame = self._frame()
        return frame.filter(pl.col("line") < self._line), frame.filter(pl.col("line") == self._line)
