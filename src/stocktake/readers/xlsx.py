"""Workbooks in .xlsx and .xlsm, by their XML (REA-1, REA-3)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import IO

import polars as pl

from stocktake.readers.book_parts import book_parts, looks, shared_strings
from stocktake.readers.cell_text import text_of
from stocktake.readers.number_format import NumberFormat
from stocktake.readers.package import Package, reading
from stocktake.readers.sheet_cells import SheetCells
from stocktake.readers.spreadsheet import Range, Sheet, range_of
from stocktake.readers.xmlpart import Enough, Events

_HOLDS = ("v", "t", "f")


class XlsxBook:
    """As :class:`~stocktake.readers.spreadsheet.Spreadsheet` says."""

    def __init__(self, path: Path, file: IO[bytes], cell_bytes: int) -> None:
        self._path, self._cell_bytes = path, cell_bytes
        self._package = Package(path, file)
        self._parts = book_parts(self._package)
        self._merges: dict[str, tuple[Range, ...]] = {}

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """Charts and macros are no sheets here."""
        return self._parts.sheets

    def is_filled(self, sheet: Sheet) -> bool:
        """The walk ends at the first cell that holds anything."""
        found: list[bool] = []
        inside: list[str] = []

        def start(tag: str, _: dict[str, str]) -> None:
            if tag in _HOLDS:
                inside.append(tag)

        def text(data: str) -> None:
            if inside and data.strip():
                found.append(True)
                raise Enough

        def end(tag: str) -> None:
            if tag in _HOLDS:
                inside.clear()
            elif tag == "sheetData":
                raise Enough

        self._package.parse(sheet.part, Events(start=start, end=end, text=text))
        return bool(found)

    def texts(self, sheet: Sheet) -> Iterator[pl.DataFrame]:
        """The cells; neither dimension nor count is believed."""
        places, formats = self._looks
        strings = shared_strings(self._package, self._parts.strings)
        with self._package.open(sheet.part) as part, reading(self._path):
            cells = SheetCells(part, places, self._cell_bytes)
            for frame in cells.frames():
                yield text_of(
                    frame,
                    strings,
                    formats,
                    from_1904=self._parts.from_1904,
                    cell_bytes=self._cell_bytes,
                )
            self._merges[sheet.part] = tuple(cells.merges)

    def merges(self, sheet: Sheet) -> tuple[Range, ...]:
        """They stand behind the cells: before those were walked, it takes a walk of its own."""
        if sheet.part not in self._merges:
            found: list[Range] = []

            def start(tag: str, attributes: dict[str, str]) -> None:
                if tag == "mergeCell":
                    found.append(range_of(attributes.get("ref", "")))

            self._package.parse(sheet.part, Events(start=start))
            self._merges[sheet.part] = tuple(found)
        return self._merges[sheet.part]

    @cached_property
    def _looks(self) -> tuple[dict[str, int], tuple[NumberFormat, ...]]:
        return looks(self._package, self._parts.styles)
