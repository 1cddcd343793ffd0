"""Binary workbooks in .xlsb: the parts of an .xlsx, each written as records instead of XML (REA-1, REA-3)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import IO

import polars as pl

from stocktake.readers import xlsb_records as record
from stocktake.readers.cell_text import text_of
from stocktake.readers.number_format import NumberFormat, builtin_format, looks_of, number_format
from stocktake.readers.package import Package, reading
from stocktake.readers.spreadsheet import (
    LAST_COLUMN,
    LAST_ROW,
    Cell,
    Range,
    Sheet,
    frame_of,
    whole_rows,
)
from stocktake.readers.xmlpart import BrokenXml

_MAIN = "xl/workbook.bin"
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}


class XlsbBook:
    """As :class:`~stocktake.readers.spreadsheet.Spreadsheet` says."""

    def __init__(self, path: Path, file: IO[bytes], cell_bytes: int) -> None:
        self._path, self._cell_bytes = path, cell_bytes
        self._package = Package(path, file)
        with reading(path):
            self._main = next(
                (part for kind, part in self._package.relations("").values() if kind == "officeDocument"),
                _MAIN,
            )
            self._relations = self._package.relations(self._main)
            self._sheets, self._from_1904 = self._listed()
        self._merges: dict[str, tuple[Range, ...]] = {}

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """Charts and macros are no sheets here."""
        return self._sheets

    def is_filled(self, sheet: Sheet) -> bool:
        """The walk ends at the first cell that holds anything."""
        strings = self._strings
        with reading(self._path):
            for *_, kind, _, raw, _ in self._cells(sheet):
                held = strings[int(raw)] if kind == "s" and int(raw) < strings.len() else raw
                if held.strip():
                    return True
        return False

    def texts(self, sheet: Sheet) -> Iterator[pl.DataFrame]:
        """The cells."""
        with reading(self._path):
            yield from map(self._text, whole_rows(self._cells(sheet)))

    def merges(self, sheet: Sheet) -> tuple[Range, ...]:
        """They stand behind the cells: before those were walked, it takes a walk of its own."""
        if sheet.part not in self._merges:
            with reading(self._path):
                for _ in self._cells(sheet):
                    pass
        return self._merges[sheet.part]

    def _text(self, cells: list[Cell]) -> pl.DataFrame:
        return text_of(
            frame_of(cells),
            self._strings,
            self._looks[1],
            from_1904=self._from_1904,
            cell_bytes=self._cell_bytes,
        )

    def _records(self, part: str) -> Iterator[tuple[int, bytes]]:
        with self._package.open(part) as file:
            yield from record.records(file)

    def _listed(self) -> tuple[tuple[Sheet, ...], bool]:
        sheets, from_1904 = [], False
        for kind, content in self._records(self._main):
            if kind == record.BOOK_PROPERTIES and content:
                from_1904 = bool(content[0] & 1)
            elif kind == record.SHEET:
                reference, end = record.text_and_end(content, 8)
                relation, part = self._relations.get(reference, ("", ""))
                if relation == "worksheet":
                    hidden = record.whole(content, 0) != 0
                    sheets.append(Sheet(name=record.text(content, end), part=part, hidden=hidden))
        return tuple(sheets), from_1904

    def _part(self, kind: str) -> str | None:
        return next(
            (part for found, part in self._relations.values() if found == kind and self._package.has(part)),
            None,
        )

    @cached_property
    def _strings(self) -> pl.Series:
        part, texts = self._part("sharedStrings"), []
        with reading(self._path):
            if part is not None:
                texts = [
                    record.text(content, 1)
                    for kind, content in self._records(part)
                    if kind == record.STRING_ITEM
                ]
        return pl.Series("text", texts, dtype=pl.String)

    @cached_property
    def _looks(self) -> tuple[list[int], tuple[NumberFormat, ...]]:
        part, codes, numbers, inside = self._part("styles"), {}, [], False
        with reading(self._path):
            for kind, content in self._records(part) if part is not None else ():
                if kind == record.NUMBER_FORMAT:
                    codes[int.from_bytes(content[:2], "little")] = record.text(content, 2)
                elif kind in (record.STYLES_BEGIN, record.STYLES_END):
                    inside = kind == record.STYLES_BEGIN
                elif kind == record.STYLE and inside:
                    numbers.append(int.from_bytes(content[2:4], "little"))
        return looks_of(
            number_format(codes[number]) if number in codes else builtin_format(number) for number in numbers
        )

    def _cells(self, sheet: Sheet) -> Iterator[Cell]:
        line, last, merges, places, ended = 0, -1, [], self._looks[0], False
        for kind, content in self._records(sheet.part):
            if kind == record.ROW:
                row = record.whole(content, 0) + 1
                if not line < row <= LAST_ROW:
                    raise BrokenXml(f"row {row:,} follows row {line:,}, or lies beyond {LAST_ROW:,}")
                line, last = row, -1
            elif kind in _VALUES:
                column = record.whole(content, 0)
                if not last < column < LAST_COLUMN or not line:
                    raise BrokenXml(f"row {line:,} has a cell twice or out of order")
                last = column
                style = record.whole(content, 4) & 0xFFFFFF
                name, raw = _value(kind, content)
                if raw:
                    yield line, column, name, places[style] if style < len(places) else 0, raw, False
            elif kind == record.CELLS_END:
                ended = True
            elif kind == record.MERGE:
                top, bottom, left, right = (record.whole(content, at) for at in (0, 4, 8, 12))
                merges.append(
                    Range(first_line=top + 1, last_line=bottom + 1, first_column=left, last_column=right)
                )
        if not ended:
            raise BrokenXml("its rows have no end")
        self._merges[sheet.part] = tuple(merges)


_VALUES = {
    record.CELL_SHORT,
    record.CELL_ERROR,
    record.CELL_TRUTH,
    record.CELL_REAL,
    record.CELL_TEXT,
    record.CELL_SHARED,
    record.CELL_RICH,
    record.FORMULA_TEXT,
    record.FORMULA_REAL,
    record.FORMULA_TRUTH,
    record.FORMULA_ERROR,
}


def _value(kind: int, content: bytes) -> tuple[str, str]:
    """Kind and raw text of a cell, as :data:`~stocktake.readers.spreadsheet.CELLS` says."""
    if kind == record.CELL_SHARED:
        return "s", str(record.whole(content, 8))
    if kind in (record.CELL_TEXT, record.FORMULA_TEXT):
        return "str", record.text(content, 8)
    if kind == record.CELL_RICH:
        return "str", record.text(content, 9)
    if kind in (record.CELL_TRUTH, record.FORMULA_TRUTH):
        return "b", "1" if content[8:9] != b"\0" else "0"
    if kind in (record.CELL_ERROR, record.FORMULA_ERROR):
        return "e", _ERRORS.get(content[8] if len(content) > 8 else -1, "#ERROR")
    number = record.short(content, 8) if kind == record.CELL_SHORT else record.real(content, 8)
    return "n", str(int(number)) if number.is_integer() and abs(number) < 1e18 else repr(number)
