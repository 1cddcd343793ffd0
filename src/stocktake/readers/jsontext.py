"""JSON values as the text of cells, column by column (REA-3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, TypeAlias

import polars as pl

from stocktake.readers.file import CELL_LIMIT

#: Where a value stands in its record: the keys that lead to it.
Place: TypeAlias = tuple[str, ...]

_WHOLE = re.compile(r"(-?\d+)\.0+")
_LONE = re.compile("[\ud800-\udfff\0]")
#: An exponent is written out up to so many digits; beyond, the number stays as it stands in the file.
_DIGITS = 30
#: ``Decimal`` refuses absurd exponents; no number worth writing out has one of more digits.
_EXPONENT_DIGITS = 3
#: Objects nested deeper than this are no columns of their own, but JSON in one cell.
DEPTH = 16
_NOTHING: dict[str, Any] = {}


class Number(str):
    """A number as it is written, so that 1.10 stays 1.10. Text, because a million floats that remember theirs are slow."""

    __slots__ = ()


class Columns:
    """The columns of some records, each with the place of its value, in order of first appearance.

    An object within a record is no column: what it holds is. ``filled`` are the places where any value is, ``faults``
    the code per row: ``invalid-character`` (lone surrogates and NUL, replaced by U+FFFD), ``nested-too-deep``,
    ``cell-too-long``.
    """

    def __init__(self, records: Sequence[Mapping[str, Any]], cell_bytes: int = CELL_LIMIT) -> None:
        self._cell_bytes = cell_bytes
        self.cells: dict[Place, pl.Series] = {}
        self.filled: set[Place] = set()
        self.faults: dict[int, str] = {}
        self._add(records, ())

    def _add(self, records: Sequence[Mapping[str, Any]], place: Place) -> None:
        for key in dict.fromkeys(key for shape in dict.fromkeys(map(tuple, records)) for key in shape):
            self._add_column([record.get(key) for record in records], (*place, key))

    def _add_column(self, values: list[Any], place: Place) -> None:
        kinds = set(map(type, values))
        if dict in kinds and len(place) < DEPTH:
            self._add([value if type(value) is dict else _NOTHING for value in values], place)
            values = [None if type(value) is dict else value for value in values]
            kinds = kinds - {dict} | {type(None)}
        if kinds <= {type(None)}:
            self.cells[place] = pl.repeat("", len(values), eager=True, dtype=pl.String)
            return
        self.filled.add(place)
        self.cells[place] = _column_text(values, kinds, self.faults, self._cell_bytes)


def clean_label(key: str) -> str:
    """A key without lone surrogates and NUL."""
    return _LONE.sub("\ufffd", key)


def _column_text(values: list[Any], kinds: set[type], faults: dict[int, str], most: int) -> pl.Series:
    cells: list[str | None] = values
    if kinds == {int}:
        cells = list(map(str, values))
    elif not kinds <= {str, type(None)}:
        cells = [_cell(value, row, faults) for row, value in enumerate(values)]
    try:
        column = pl.Series(cells, dtype=pl.String).fill_null("")
    except UnicodeEncodeError:
        column = _cleaned(cells, faults)
    else:
        if column.str.contains("\0", literal=True).any():
            column = _cleaned(cells, faults)
    long = column.str.len_bytes() > most
    if long.any():
        for row in long.arg_true():
            faults.setdefault(row, "cell-too-long")
        column = pl.select(pl.when(~long).then(column).otherwise(pl.lit(""))).to_series()
    return column


def _cleaned(cells: list[str | None], faults: dict[int, str]) -> pl.Series:
    cleaned = list(cells)
    for row, cell in enumerate(cells):
        if cell and _LONE.search(cell):
            faults.setdefault(row, "invalid-character")
            cleaned[row] = _LONE.sub("\ufffd", cell)
    return pl.Series(cleaned, dtype=pl.String).fill_null("")


def _cell(value: Any, row: int, faults: dict[int, str]) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return _number_text(value) if isinstance(value, Number) else value
    try:
        return _json(value)
    except RecursionError:
        faults.setdefault(row, "nested-too-deep")
    return ""


def _json(value: Any) -> str:
    """Canonical JSON: keys sorted, no blanks, numbers written as in a cell of their own."""
    if isinstance(value, str):
        return _number_text(value) if isinstance(value, Number) else encode_basestring(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{encode_basestring(key)}:{_json(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def _number_text(text: str) -> str:
    if text[-1] != "0" and "e" not in text and "E" not in text:
        return str(text)
    whole = _WHOLE.fullmatch(text)
    if whole:
        return "0" if whole[1] == "-0" else whole[1]
    if "e" not in text and "E" not in text:
        return str(text)
    if len(text.lower().partition("e")[2].lstrip("+-0")) > _EXPONENT_DIGITS:
        return str(text)
    exact = Decimal(text)
    if exact.adjusted() >= _DIGITS or exact != exact.to_integral_value():
        return str(text)
    return str(int(exact))
