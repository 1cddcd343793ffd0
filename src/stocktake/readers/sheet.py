"""One sheet of a workbook, chosen and read: the work of the child process (REA-1 to REA-6)."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import IO

import polars as pl

from stocktake.model.errors import InvalidInput, Unreadable
from stocktake.model.options import ReadOptions
from stocktake.model.problem import Warning
from stocktake.readers.child import BATCH, END, LAYOUT
from stocktake.readers.ods import OdsBook
from stocktake.readers.package import damaged
from stocktake.readers.sheet_header import SheetHeader, find_sheet_header, first_lines
from stocktake.readers.sheet_table import SheetTable
from stocktake.readers.spreadsheet import Sheet, Spreadsheet
from stocktake.readers.xls import XlsBook
from stocktake.readers.xlsb import XlsbBook
from stocktake.readers.xlsx import XlsxBook


def read_sheet(path: Path, kind: str, options: ReadOptions, batch_rows: int) -> Iterator[tuple[bytes, bytes]]:
    """The messages about one sheet: its layout, its batches as Arrow streams, its end with digest and warnings.

    kind: ``xlsx``, ``xlsb``, ``xls`` or ``ods``. Raises ``Unreadable`` (``file-damaged``, ``file-too-large``,
    ``file-encrypted``, ``file-empty``, ``too-many-columns``) and ``InvalidInput`` (``unknown-sheet``,
    ``header-line-missing``).
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        book = open_book(path, kind, file, options.limits.cell_bytes)
        if not book.sheets:
            raise damaged(path, "it has no sheet")
        filled = {sheet.part for sheet in book.sheets if book.is_filled(sheet)}
        sheet = _choose(path, book.sheets, filled, options.sheet)
        texts = book.texts(sheet)
        first = next((text for text in texts if _has_text(text)), None)
        if first is None:
            raise _nothing_in(path, sheet.name)
        header = find_sheet_header(path, first, options, lambda: book.merges(sheet))
        yield LAYOUT, json.dumps(_layout(header, sheet, book.sheets, first_lines(first))).encode()
        table = SheetTable(header, options, sheet=sheet.name, batch_rows=batch_rows)
        for batch in table.batches(chain([first], texts)):
            yield BATCH, _arrow(batch)
        warnings = [*_other_sheets(book.sheets, filled, sheet), *table.warnings(book.merges(sheet))]
        end = {
            "sha256": digest,
            "complete": table.complete,
            "warnings": [asdict(warning) for warning in warnings],
        }
        yield END, json.dumps(end).encode()


def open_book(path: Path, kind: str, file: IO[bytes], cell_bytes: int) -> Spreadsheet:
    """The workbook in ``file``, of a kind that :func:`read_sheet` names."""
    if kind == "xls":
        return XlsBook(path, cell_bytes)
    if kind == "xlsb":
        return XlsbBook(path, file, cell_bytes)
    return OdsBook(path, file, cell_bytes) if kind == "ods" else XlsxBook(path, file, cell_bytes)


def _choose(path: Path, sheets: tuple[Sheet, ...], filled: set[str], wanted: str | None) -> Sheet:
    """The sheet asked for by name, else by number from 1; unasked the first visible one that holds anything."""
    if wanted is None:
        found = next((sheet for sheet in sheets if sheet.part in filled and not sheet.hidden), None)
        if found is None:
            raise _nothing_visible(path, sheets, filled)
        return found
    by_name = [sheet for sheet in sheets if sheet.name == wanted]
    by_name += [sheet for sheet in sheets if sheet.name.casefold() == wanted.strip().casefold()]
    number = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else 0
    if not by_name and 1 <= number <= len(sheets):
        by_name = [sheets[number - 1]]
    if not by_name:
        raise InvalidInput(
            "unknown-sheet",
            f"{path} has no sheet {wanted!r}.",
            hint=f"Its sheets: {_named(sheets)}. Give a name, or a number from 1.",
            details={"path": str(path), "sheet": wanted, "sheets": [sheet.name for sheet in sheets]},
        )
    return by_name[0]


def _nothing_visible(path: Path, sheets: tuple[Sheet, ...], filled: set[str]) -> Unreadable:
    hidden = [sheet for sheet in sheets if sheet.part in filled]
    refusal = _nothing_in(path, *(sheet.name for sheet in sheets if not sheet.hidden))
    if hidden:
        refusal.hint = f"These hold something: {_named(hidden)}. Name one with --sheet."
    return refusal


def _nothing_in(path: Path, *names: str) -> Unreadable:
    shown = ", ".join(map(repr, names[:10])) or "that can be seen"
    return Unreadable(
        "file-empty",
        f"{path} is empty: there is not even a header in its sheet {shown}.",
        hint="Export it again. An export without rows should still have its header.",
        details={"path": str(path), "sheets": list(names)},
    )


def _other_sheets(sheets: tuple[Sheet, ...], filled: set[str], chosen: Sheet) -> Iterator[Warning]:
    others = [sheet for sheet in sheets if sheet.part in filled and sheet is not chosen]
    if others:
        message = (
            f"Only the sheet {chosen.name!r} was read. Others hold cells too: {_named(others)}. "
            "Read one of them with --sheet."
        )
        yield Warning(code="other-sheets", message=message, count=len(others))


def _named(sheets: tuple[Sheet, ...] | list[Sheet]) -> str:
    return ", ".join(f"{sheet.name!r}{' (hidden)' * sheet.hidden}" for sheet in sheets[:20])


def _layout(
    header: SheetHeader, sheet: Sheet, sheets: tuple[Sheet, ...], lines: list[tuple[int, list[str]]]
) -> dict[str, object]:
    return {
        "header": header.labels,
        "header_line": header.first_line,
        "header_lines": header.line - header.first_line + 1,
        "sheet": sheet.name,
        "sheets": [each.name for each in sheets],
        "hidden_sheets": [each.name for each in sheets if each.hidden],
        "first_lines": lines,
    }


def _has_text(cells: pl.DataFrame) -> bool:
    return bool(cells.select((pl.col("text").str.strip_chars() != "").any()).item())


def _arrow(batch: pl.DataFrame) -> bytes:
    stream = io.BytesIO()
    batch.write_ipc_stream(stream)
    return stream.getvalue()
