"""Old workbooks in .xls, Excel 2 to 2003, by xlrd, which alone of the libraries tells number formats and errors (REA-1)."""

from __future__ import annotations

import io
import mmap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import xlrd
from xlrd.compdoc import SIGNATURE, CompDoc

from stocktake.model.errors import Refusal
from stocktake.readers.cell_text import text_of
from stocktake.readers.number_format import PLAIN, NumberFormat, builtin_format, looks_of, number_format
from stocktake.readers.package import damaged, encrypted
from stocktake.readers.spreadsheet import Cell, Range, Sheet, frame_of, whole_rows

_NO_STRINGS = pl.Series("text", [], dtype=pl.String)
_HOLDS = (
    xlrd.XL_CELL_TEXT,
    xlrd.XL_CELL_NUMBER,
    xlrd.XL_CELL_DATE,
    xlrd.XL_CELL_BOOLEAN,
    xlrd.XL_CELL_ERROR,
)


class XlsBook:
    """As :class:`~stocktake.readers.spreadsheet.Spreadsheet` says. One sheet at a time is held whole."""

    def __init__(self, path: Path, cell_bytes: int) -> None:
        self._path, self._cell_bytes = path, cell_bytes
        with _parsing(path):
            _check_chains(path)
            self._book = xlrd.open_workbook(
                str(path), logfile=io.StringIO(), formatting_info=True, on_demand=True, ragged_rows=True
            )
            self._places, self._formats = looks_of(self._format(xf.format_key) for xf in self._book.xf_list)
        self._held: tuple[str, xlrd.sheet.Sheet] | None = None
        self._sheets = tuple(
            Sheet(name=name, part=str(place), hidden=self._sheet(str(place)).visibility != 0)
            for place, name in enumerate(self._book.sheet_names())
        )

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """Charts and macros are no sheets here."""
        return self._sheets

    def is_filled(self, sheet: Sheet) -> bool:
        """Blank cells with a format hold nothing."""
        return any(text.strip() for *_, text, _ in self._cells(sheet))

    def texts(self, sheet: Sheet) -> Iterator[pl.DataFrame]:
        """The cells."""
        yield from map(self._text, whole_rows(self._cells(sheet)))

    def merges(self, sheet: Sheet) -> tuple[Range, ...]:
        """Merged ranges."""
        return tuple(
            Range(first_line=top + 1, last_line=bottom, first_column=left, last_column=right - 1)
            for top, bottom, left, right in self._sheet(sheet.part).merged_cells
        )

    def _text(self, cells: list[Cell]) -> pl.DataFrame:
        return text_of(
            frame_of(cells),
            _NO_STRINGS,
            self._formats,
            from_1904=bool(self._book.datemode),
            cell_bytes=self._cell_bytes,
        )

    def _sheet(self, part: str) -> xlrd.sheet.Sheet:
        if self._held is None or self._held[0] != part:
            if self._held is not None:
                self._book.unload_sheet(int(self._held[0]))
            with _parsing(self._path):
                self._held = part, self._book.sheet_by_index(int(part))
        return self._held[1]

    def _cells(self, sheet: Sheet) -> Iterator[Cell]:
        held = self._sheet(sheet.part)
        for row in range(held.nrows):
            kinds, values = held.row_types(row), held.row_values(row)
            for column, kind in enumerate(kinds):
                if kind in _HOLDS:
                    look = 0
                    if kind in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
                        style = held.cell_xf_index(row, column)
                        look = self._places[style] if 0 <= style < len(self._places) else 0
                    yield row + 1, column, _KINDS[kind], look, _raw(kind, values[column]), False

    def _format(self, key: int) -> NumberFormat:
        found = self._book.format_map.get(key)
        if found is not None and found.format_str:
            return number_format(found.format_str)
        return builtin_format(key) if key < 164 else PLAIN


_KINDS = {
    xlrd.XL_CELL_TEXT: "str",
    xlrd.XL_CELL_NUMBER: "n",
    xlrd.XL_CELL_DATE: "n",
    xlrd.XL_CELL_BOOLEAN: "b",
    xlrd.XL_CELL_ERROR: "e",
}


def _raw(kind: int, value: object) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)
    if kind == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(value, "#ERROR"))
    return str(value)


def _check_chains(path: Path) -> None:
    """Refuse a workbook whose short sectors lead in a circle, which xlrd would walk until its memory is full."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content[: len(SIGNATURE)] != SIGNATURE:
            return
        document = CompDoc(content, logfile=io.StringIO())
        for stream in document.dirlist:
            if stream.name.lower() not in ("workbook", "book"):
                continue
            if stream.tot_size < document.min_size_std_stream and _is_circle(document.SSAT, stream.first_SID):
                raise xlrd.XLRDError("its short sectors lead in a circle")


def _is_circle(following: Sequence[int], first: int) -> bool:
    """Whether who goes from each sector to the one following it never comes to an end."""
    place = first
    for _ in range(len(following) + 1):
        if not 0 <= place < len(following):
            return False
        place = following[place]
    return True


@contextmanager
def _parsing(path: Path) -> Iterator[None]:
    """Whatever a broken workbook makes xlrd raise, as a refusal: it knows many kinds of exception, and asserts."""
    try:
        yield
    except (Refusal, MemoryError):
        raise
    except xlrd.XLRDError as error:
        if "encrypted" in str(error).lower():
            raise encrypted(path) from error
        raise damaged(path, str(error)) from error
    except Exception as error:
        raise damaged(path, str(error) or type(error).__name__) from error
