"""The cells of one sheet of an OpenDocument spreadsheet, in frames of some thousand rows (REA-3, REA-5, REA-7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

import polars as pl

from stocktake.readers.package import too_large
from stocktake.readers.spreadsheet import (
    CELLS_AT_ONCE,
    LAST_COLUMN,
    LAST_ROW,
    ROWS_AT_ONCE,
    Cell,
    Range,
    frame_of,
)
from stocktake.readers.xmlpart import BrokenXml, Events, feed, open_parser

#: So many cells may be there by repetition only; a few bytes can state millions.
REPETITION_LIMIT = 5_000_000
_BLOCK = 256 * 1024
_NUMBERS = ("float", "percentage", "currency")
#: The second is hidden by a merged one, and may hold something nevertheless, as in .xlsx.
_CELLS = ("table-cell", "covered-table-cell")
_SPANS = ("span", "a", "ruby", "ruby-base")
_ERROR = re.compile(r"#(?:N/A|DIV/0!|REF!|VALUE!|NAME\?|NUM!|NULL!)|Err:\d{3}")
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d+))?S)?)?")
_FRACTION = re.compile(r"[.,](\d+)$")
_MIDNIGHT = "T00:00:00"
_BLANKS = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class OdsLooks:
    """What styles show. places: style → place of its number format. days: the styles that show a day without its time."""

    places: dict[str, int]
    days: frozenset[str]


class OdsCells:
    """Walks the table number ``table`` of a content part. ``merges`` is known at the end.

    Of a text not much more than ``cell_bytes`` is kept.
    """

    def __init__(self, path: Path, part: IO[bytes], table: int, looks: OdsLooks, cell_bytes: int) -> None:
        self._path, self._part, self._wanted = path, part, table
        self._looks, self._days, self._cell_bytes = looks.places, looks.days, cell_bytes
        self._table, self._depth, self._over = -1, 0, False
        self._line, self._rows, self._row_repeats, self._row_style = 1, 0, 1, ""
        self._column, self._repeats, self._columns = 0, 1, _Columns()
        self._row: list[Cell] = []
        self._cells: list[Cell] = []
        self._budget = REPETITION_LIMIT
        self._attributes: dict[str, str] | None = None
        self._inside, self._skipping, self._length = 0, 0, 0
        self._paragraphs: list[list[str]] = []
        self.merges: list[Range] = []

    def frames(self) -> Iterator[pl.DataFrame]:
        """Frames of cells; a row stands in one frame as a whole. Raises ``BrokenXml`` and ``file-too-large``."""
        parser = open_parser(Events(start=self._start, end=self._end, text=self._take))
        while not self._over and (block := self._part.read(_BLOCK)):
            feed(parser, block)
            while len(self._cells) >= CELLS_AT_ONCE or self._rows >= ROWS_AT_ONCE:
                yield from self._flush()
        if not self._over:
            feed(parser, b"", final=True)
        yield from self._flush()

    def _flush(self) -> Iterator[pl.DataFrame]:
        cells, self._cells, self._rows = self._cells, [], 0
        if cells:
            yield frame_of(cells)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._attributes is not None:
            self._start_inside(tag, attributes)
        elif tag == "table":
            self._depth += 1
            self._table += self._depth == 1
        elif self._table != self._wanted or self._depth != 1:
            return
        elif tag in _CELLS:
            self._attributes = attributes
            self._inside = self._skipping = self._length = 0
            self._paragraphs = []
            self._repeats = _count(attributes.get("table:number-columns-repeated"))
        elif tag == "table-row":
            self._row_repeats = _count(attributes.get("table:number-rows-repeated"))
            self._row_style = attributes.get("table:default-cell-style-name", "")
            self._column, self._row = 0, []
        elif tag == "table-column":
            style = attributes.get("table:default-cell-style-name", "")
            self._columns.add(_count(attributes.get("table:number-columns-repeated")), style)

    def _end(self, tag: str) -> None:
        if self._attributes is not None:
            if self._inside:
                self._inside -= 1
                self._skipping -= self._skipping > 0
            else:
                self._close_cell(self._attributes)
                self._attributes = None
        elif tag == "table":
            self._depth -= 1
            self._over = self._over or (self._depth == 0 and self._table == self._wanted)
        elif tag == "table-row" and self._table == self._wanted and self._depth == 1:
            self._close_row()

    def _start_inside(self, tag: str, attributes: dict[str, str]) -> None:
        """Within a cell only its paragraphs count: not its notes, nor pictures, nor tables within."""
        self._inside += 1
        if self._skipping:
            self._skipping += 1
        elif self._inside == 1 and tag == "p":
            self._paragraphs.append([])
        elif self._inside > 1 and tag == "s":
            self._add("\0" * min(_count(attributes.get("text:c")), self._cell_bytes + 1))
        elif self._inside > 1 and tag in ("tab", "line-break"):
            self._add("\1" if tag == "tab" else "\2")
        elif self._inside == 1 or tag not in _SPANS:
            self._skipping = 1

    def _take(self, text: str) -> None:
        if self._inside and not self._skipping:
            self._add(text)

    def _add(self, text: str) -> None:
        if self._length <= self._cell_bytes and self._paragraphs:
            self._paragraphs[-1].append(text)
            self._length += len(text)

    def _close_cell(self, attributes: dict[str, str]) -> None:
        found = self._value(attributes)
        repeats = self._repeats
        self._note_merge(attributes)
        if found is not None:
            if self._column + repeats > LAST_COLUMN:
                raise BrokenXml(f"row {self._line:,} has cells beyond the last column")
            self._spend(repeats - 1)
            kind, raw, formula = found
            given = attributes.get("table:style-name") or self._row_style
            for column in range(self._column, self._column + repeats):
                style = given or self._columns.style(column)
                look = self._looks.get(style, 0)
                text = raw.removesuffix(_MIDNIGHT) if kind == "d" and style in self._days else raw
                self._row.append((self._line, column, kind, look, text, formula))
        self._column += repeats

    def _close_row(self) -> None:
        if self._row:
            if self._line + self._row_repeats - 1 > LAST_ROW:
                raise BrokenXml(f"a row lies beyond {LAST_ROW:,}")
            self._spend((self._row_repeats - 1) * len(self._row))
            self._cells += self._row
            for more in range(1, self._row_repeats):
                self._cells += [
                    (line + more, column, kind, look, raw, formula)
                    for line, column, kind, look, raw, formula in self._row
                ]
            self._rows += self._row_repeats
        self._line += self._row_repeats

    def _spend(self, cells: int) -> None:
        self._budget -= cells
        if self._budget < 0:
            limit = f"{REPETITION_LIMIT:,} repeated cells"
            raise too_large(self._path, "it says of a few cells that they repeat millions of times", limit)

    def _value(self, attributes: dict[str, str]) -> tuple[str, str, bool] | None:
        """Kind, raw text, whether there is a formula; None where the cell is blank."""
        formula = "table:formula" in attributes
        kind = attributes.get("office:value-type", "")
        shown = "\n".join(map(_paragraph, self._paragraphs)) if self._paragraphs else ""
        if attributes.get("calcext:value-type") == "error" or (formula and _ERROR.fullmatch(shown)):
            return "e", shown or "#ERROR", formula
        if kind in _NUMBERS:
            raw = attributes.get("office:value", "" if formula else shown)
            return ("n", raw, formula) if raw or formula else None
        if kind == "boolean":
            return "b", attributes.get("office:boolean-value", shown), False
        if kind == "date":
            return "d", _moment(attributes.get("office:date-value", shown)), False
        if kind == "time":
            return "d", _clock(attributes.get("office:time-value", shown)), False
        if kind == "" and formula and not shown:
            return "n", "", True
        text = attributes.get("office:string-value", shown)
        return ("str", text, formula) if text or formula else None

    def _note_merge(self, attributes: dict[str, str]) -> None:
        right = _count(attributes.get("table:number-columns-spanned"))
        down = _count(attributes.get("table:number-rows-spanned"))
        if right > 1 or down > 1:
            self.merges.append(
                Range(
                    first_line=self._line,
                    last_line=self._line + down - 1,
                    first_column=self._column,
                    last_column=self._column + right - 1,
                )
            )


class _Columns:
    """The style that a column gives to cells without one."""

    def __init__(self) -> None:
        self._next = 0
        self._styles: dict[int, str] = {}

    def add(self, count: int, style: str) -> None:
        end = min(self._next + count, LAST_COLUMN)
        if style:
            self._styles.update(dict.fromkeys(range(self._next, end), style))
        self._next = end

    def style(self, column: int) -> str:
        return self._styles.get(column, "")


def _count(written: str | None) -> int:
    """A number of repetitions; 1 where none is stated."""
    if written is None:
        return 1
    if not (written.isascii() and written.isdecimal() and len(written) < 9 and int(written) > 0):
        raise BrokenXml(f"{written[:20]!r} is no number of cells")
    return int(written)


def _paragraph(parts: list[str]) -> str:
    """A paragraph's text: blanks count once but where they are written as such, which stood in as NUL, 1 and 2."""
    text = _BLANKS.sub(" ", "".join(parts)).strip(" ")
    return text.replace("\0", " ").replace("\1", "\t").replace("\2", "\n")


def _moment(written: str) -> str:
    """A day, or day and time to the millisecond; midnight as it is written."""
    fraction = _FRACTION.search(written)
    if fraction is None or "T" not in written:
        return written
    try:
        moment = datetime.fromisoformat(written[: fraction.start()])
    except ValueError:
        return written
    exact = moment + timedelta(milliseconds=round(float(f"0.{fraction[1]}") * 1000))
    return exact.isoformat(timespec="milliseconds" if exact.microsecond else "seconds")


def _clock(written: str) -> str:
    """``PT36H00M00S`` as ``36:00:00``; what is no duration as it is written."""
    found = _DURATION.fullmatch(written)
    if found is None or written == "P":
        return written
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[:4])
    fraction = round(float(f"0.{found[5] or 0}") * 1000)
    whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds + fraction // 1000
    text = f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
    return text + (f".{fraction % 1000:03}" if fraction % 1000 else "")
