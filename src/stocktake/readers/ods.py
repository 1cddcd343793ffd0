"""OpenDocument spreadsheets in .ods: sheets and number formats first, then the cells of one sheet (REA-1, REA-3)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import polars as pl

from stocktake.readers.cell_text import text_of
from stocktake.readers.number_format import Shows, looks_of
from stocktake.readers.ods_cells import OdsCells, OdsLooks
from stocktake.readers.ods_style import Styles
from stocktake.readers.package import Package, damaged, encrypted, reading
from stocktake.readers.spreadsheet import Range, Sheet
from stocktake.readers.xmlpart import Enough, Events

_NO_STRINGS = pl.Series("text", [], dtype=pl.String)
_CONTENT, _STYLES, _MANIFEST = "content.xml", "styles.xml", "META-INF/manifest.xml"
#: A file that LibreOffice encrypted holds nothing but this, since version 24.2.
_WRAPPED = "encrypted-package"


class OdsBook:
    """As :class:`~stocktake.readers.spreadsheet.Spreadsheet` says. All sheets stand in one part."""

    def __init__(self, path: Path, file: IO[bytes], cell_bytes: int) -> None:
        self._path, self._cell_bytes = path, cell_bytes
        self._package = Package(path, file)
        if self._package.has(_WRAPPED) or self._is_encrypted():
            raise encrypted(path)
        styles = Styles()
        if self._package.has(_STYLES):
            self._package.parse(_STYLES, Events(start=styles.start, end=styles.end, text=styles.text))
        self._found: list[Sheet] = []
        self._filled: set[str] = set()
        self._survey(styles)
        names, formats = styles.looks()
        places, self._formats = looks_of(formats)
        self._places = dict(zip(names, places, strict=True))
        self._days = frozenset(
            name for name, each in zip(names, formats, strict=True) if each.shows is Shows.DATE
        )
        self._merges: dict[str, tuple[Range, ...]] = {}

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """Tables within cells and charts are no sheets here."""
        return tuple(self._found)

    def is_filled(self, sheet: Sheet) -> bool:
        """As the first walk over the workbook found."""
        return sheet.part in self._filled

    def texts(self, sheet: Sheet) -> Iterator[pl.DataFrame]:
        """The cells; what is said to repeat is repeated, within reason."""
        with self._package.open(_CONTENT) as part, reading(self._path):
            looks = OdsLooks(places=self._places, days=self._days)
            cells = OdsCells(self._path, part, int(sheet.part), looks, self._cell_bytes)
            for frame in cells.frames():
                yield text_of(frame, _NO_STRINGS, self._formats, from_1904=False, cell_bytes=self._cell_bytes)
            self._merges[sheet.part] = tuple(cells.merges)

    def merges(self, sheet: Sheet) -> tuple[Range, ...]:
        """Before the cells were walked, it takes a walk of its own."""
        if sheet.part not in self._merges:
            for _ in self.texts(sheet):
                pass
        return self._merges[sheet.part]

    def _is_encrypted(self) -> bool:
        found: list[bool] = []

        def start(tag: str, _: dict[str, str]) -> None:
            if tag == "encryption-data":
                found.append(True)
                raise Enough

        if self._package.has(_MANIFEST):
            self._package.parse(_MANIFEST, Events(start=start))
        return bool(found)

    def _survey(self, styles: Styles) -> None:
        """Sheets, whether they hold anything, and the styles that stand before them."""
        depth, inside = 0, False
        kinds: list[str] = []

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth, inside
            if tag == "table":
                depth += 1
                if depth == 1:
                    name, style = (attributes.get(f"table:{key}", "") for key in ("name", "style-name"))
                    part = str(len(self._found))
                    self._found.append(Sheet(name=name, part=part, hidden=style in styles.hidden))
            elif depth == 0:
                styles.start(tag, attributes)
                if tag in ("spreadsheet", "text", "presentation", "drawing"):
                    kinds.append(tag)
            elif depth == 1 and tag == "table-cell":
                inside = True
                if "office:value-type" in attributes or "table:formula" in attributes:
                    self._filled.add(str(len(self._found) - 1))
            elif tag in ("annotation", "shapes", "frame"):
                inside = False

        def end(tag: str) -> None:
            nonlocal depth, inside
            if tag == "table":
                depth -= 1
            elif depth == 0:
                styles.end(tag)
            elif tag == "table-cell":
                inside = False

        def text(data: str) -> None:
            if depth == 0:
                styles.text(data)
            elif depth == 1 and inside and not data.isspace():
                self._filled.add(str(len(self._found) - 1))

        self._package.parse(_CONTENT, Events(start=start, end=end, text=text))
        if kinds and "spreadsheet" not in kinds:
            raise damaged(self._path, f"it is an OpenDocument file of another kind ({kinds[0]})")
