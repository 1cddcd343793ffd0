"""JSON values as the text of cells, column by column (REA-3)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from stocktake.readers.file import CELL_LIMIT

_WHOLE = re.compile(r"(-?\d+)\.0+")
_LONE = re.compile("[\ud800-\udfff\0]")
#: An exponent is written out up to so many digits; beyond, the number stays as it stands in the file.
_DIGITS = 30
#: ``Decimal`` refuses absurd exponents; no number worth writing out has one of more digits.
_EXPONENT_DIGITS = 3


class Number(str):
    """A number as it is written, so that 1.10 stays 1.10. Text, because a million floats that remember theirs are slow."""

    __slots__ = ()


def column_text(
    elements: Sequence[Mapping[str, Any]], key: str, faults: dict[int, str], *, check: bool
) -> pl.Series:
    """The cells of ``key``, "" where missing or null. ``check`` when strings may hold what no database takes.

    Adds to ``faults``, by position: ``invalid-character`` (lone surrogates and NUL, replaced by U+FFFD),
    ``number-out-of-range`` (a number in a list or object that JSON cannot write), ``nested-too-deep``,
    ``cell-too-long``.
    """
    values: list[Any] = [element.get(key) for element in elements]
    kinds = set(map(type, values))
    if kinds <= {int}:
        return pl.Series(key, list(map(str, values)), dtype=pl.String)
    cells: list[str] = values
    if not kinds <= {str}:
        cells = [_cell(value, row, faults) for row, value in enumerate(values)]
    if check:
        cells = [_clean(cell, row, faults) for row, cell in enumerate(cells)]
    column = pl.Series(key, cells, dtype=pl.String)
    if (column.str.len_bytes() > CELL_LIMIT).any():
        long = column.str.len_bytes() > CELL_LIMIT
        faults.update(dict.fromkeys(long.arg_true().to_list(), "cell-too-long"))
        column = column.to_frame().select(pl.when(~long).then(key).otherwise(pl.lit(""))).to_series()
    return column


def clean_label(key: str) -> str:
    """A key without lone surrogates and NUL."""
    return _LONE.sub("\ufffd", key)


def _cell(value: Any, row: int, faults: dict[int, str]) -> str:
    if value is None:
        return ""
    if isinstance(value, Number):
        return _number_text(value)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    try:
        return json.dumps(
            _numeric(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
    except ValueError:
        faults[row] = "number-out-of-range"
    except RecursionError:
        faults[row] = "nested-too-deep"
    return ""


def _numeric(value: Any) -> Any:
    """A list or object with its numbers as numbers again, for canonical JSON."""
    if isinstance(value, dict):
        return {key: _numeric(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_numeric(each) for each in value]
    return float(value) if isinstance(value, Number) else value


def _clean(cell: str, row: int, faults: dict[int, str]) -> str:
    if not _LONE.search(cell):
        return cell
    faults[row] = "invalid-character"
    return _LONE.sub("\ufffd", cell)


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
