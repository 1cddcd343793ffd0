"""The cells of a sheet of .xlsx as they stand in its XML, in frames of some thousand rows (REA-5, REA-7).

Neither the declared dimension nor any count is believed: only cells that are there are seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any

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
from stocktake.readers.xmlpart import BrokenXml, Events, feed, local_name, open_parser

_BLOCK = 256 * 1024
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """``_x000D_`` and its like are characters that XML cannot hold; a lone half of one becomes U+FFFD."""
    if "_x" not in text:
        return text
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class SheetCells:
    """Walks one sheet's XML. ``merges`` is known at the end. Of a text not much more than ``cell_bytes`` is kept.

    What happens once per cell is written for speed: a workbook has millions of them.
    """

    def __init__(self, part: IO[bytes], looks: dict[str, int], cell_bytes: int) -> None:
        self._part, self._looks, self._cell_bytes = part, looks, cell_bytes
        self._columns: dict[str, int] = {}
        self._line, self._line_text, self._column = 0, "", -1
        self._kind, self._look, self._formula = "n", 0, False
        self._text: list[str] = []
        self._length, self._taking, self._phonetic = 0, False, 0
        self._rows = 0
        self._lines: list[int] = []
        self._places: list[int] = []
        self._kinds: list[str] = []
        self._cell_looks: list[int] = []
        self._raws: list[str] = []
        self._formulas: list[bool] = []
        self.merges: list[Range] = []

    def frames(self) -> Iterator[pl.DataFrame]:
        """Frames of :data:`CELLS`; a row stands in one frame as a whole. Raises ``BrokenXml``."""
        parser = open_parser(Events(start=self._start, end=self._end, text=self._take, whole_names=True))
        while block := self._part.read(_BLOCK):
            feed(parser, block)
            if len(self._lines) >= CELLS_AT_ONCE or self._rows >= ROWS_AT_ONCE:
                yield from self._frame(self._rows_over())
        feed(parser, b"", final=True)
        yield from self._frame(len(self._lines))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._open_cell(attributes)
        elif tag == "v":
            self._taking = not self._text
        elif tag == "t":
            self._taking = not self._phonetic
        elif tag == "is":
            self._text, self._length = [], 0
        elif tag == "row":
            self._open_row(attributes.get("r"))
        elif tag == "f":
            self._formula = True
        elif tag == "rPh":
            self._phonetic += 1
        elif tag == "mergeCell":
            self.merges.append(range_of(attributes.get("ref", "")))
        elif ":" in tag:
            self._start(local_name(tag), attributes)

    def _end(self, tag: str) -> None:
        if tag == "c":
            self._close_cell()
        elif tag == "v" or tag == "t":
            self._taking = False
        elif tag == "rPh":
            self._phonetic -= 1
        elif ":" in tag:
            self._end(local_name(tag))

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
        if not reference.endswith(self._line_text):
            raise BrokenXml(f"the cell {reference} stands in row {self._line:,}")
        found = self._columns.get(letters)
        if found is None:
            found = self._columns[letters] = column_number(letters)
        return found

    def _close_cell(self) -> None:
        text = self._text
        if not text and not self._formula:
            return
        raw = text[0] if len(text) == 1 else "".join(text)
        if "_x" in raw:
            raw = unescaped(raw)
        # A list for each column: a tuple for each cell costs more, since the garbage collector looks at all of them.
        self._lines.append(self._line)
        self._places.append(self._column)
        self._kinds.append(self._kind)
        self._cell_looks.append(self._look)
        self._raws.append(raw)
        self._formulas.append(self._formula)

    def _rows_over(self) -> int:
        """How many cells are of rows that are over; the last row may go on."""
        end = len(self._lines)
        while end and self._lines[end - 1] == self._line:
            end -= 1
        return end

    def _frame(self, end: int) -> Iterator[pl.DataFrame]:
        """The first ``end`` cells, if that is any; the others stay."""
        lists: tuple[list[Any], ...] = (
            self._lines,
            self._places,
            self._kinds,
            self._cell_looks,
            self._raws,
            self._formulas,
        )
        frame = pl.DataFrame(
            {name: each[:end] for name, each in zip(CELLS, lists, strict=True)}, schema=CELLS
        )
        for each in lists:
            del each[:end]
        self._rows = 0
        if frame.height:
            yield frame
