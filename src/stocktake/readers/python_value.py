"""Values of Python as the text of cells, without loss (REA-3)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import polars as pl

from stocktake.readers.frame import EXACT

#: What pandas writes where there is nothing; told by name, since pandas is none of ours.
_NOTHING = {"NAType", "NaTType"}
_LONE = re.compile("[\ud800-\udfff]")
_FRACTION = re.compile(r"\.([0-9]*?)0+(?=[+-]|$)")


class NoText(ValueError):
    """A value that has no text; the message names its type."""


def column_text(values: list[Any], faults: dict[int, str]) -> pl.Series:
    """The cells of a column: None is blank. Raises :class:`NoText`, whose ``args[1]`` is the place from 0.

    Adds ``invalid-character`` to ``faults``, by place, where a text holds half of a surrogate pair, which becomes U+FFFD.
    """
    kinds = set(map(type, values))
    if kinds == {int}:
        cells = list(map(str, values))
    elif kinds <= {str, type(None)}:
        cells = values
    else:
        cells = [_placed(value, place) for place, value in enumerate(values)]
    try:
        return pl.Series(cells, dtype=pl.String).fill_null("")
    except UnicodeEncodeError:
        odd = {
            place: _LONE.sub("\ufffd", cell)
            for place, cell in enumerate(cells)
            if cell and _LONE.search(cell)
        }
        faults.update(dict.fromkeys(odd, "invalid-character"))
        return pl.Series(
            [odd.get(place, cell) for place, cell in enumerate(cells)], dtype=pl.String
        ).fill_null("")


def _placed(value: Any, place: int) -> str:
    try:
        return value_text(value)
    except NoText as error:
        raise NoText(error.args[0], place) from None


def value_text(value: Any) -> str:
    """One value as the text of a cell; "" where it says nothing (None, NaN, and pandas' NA and NaT).

    Raises :class:`NoText`.

    >>> [value_text(each) for each in (True, 7.0, 0.5, Decimal("1E+2"), {"b": [1], "a": None})]
    ['true', '7', '0.5', '100', '{"a":null,"b":[1]}']
    """
    try:
        plain = _plain(value)
    except RecursionError:
        raise NoText(f"a {type(value).__name__} nested too deep") from None
    if plain is None:
        return ""
    if isinstance(plain, str):
        return plain
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, int):
        return str(plain)
    if isinstance(plain, float):
        whole = math.isfinite(plain) and plain == int(plain) and abs(plain) <= EXACT
        return str(int(plain)) if whole else _float_text(plain)
    try:
        return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise NoText(f"a {type(value).__name__} with an infinite number") from None


def _float_text(value: float) -> str:
    """As frames write it: Python's own text differs where it has an exponent."""
    text = repr(value)
    return pl.Series([value]).cast(pl.String).item() if "e" in text else text


def _plain(value: Any) -> Any:
    """A value as JSON knows them, NaN as None; what JSON does not know as its text."""
    if value is None or (isinstance(value, str | int) and not isinstance(value, Enum)):
        return value
    if isinstance(value, float):
        return None if math.isnan(value) else float(value)
    if isinstance(value, Mapping):
        return {_key(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return _text(value)


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise NoText(f"a mapping with the key {key!r}")
    return key


def _text(value: Any) -> Any:
    """The text of a scalar that JSON does not know."""
    if type(value).__name__ in _NOTHING:
        return None
    if isinstance(value, Decimal):
        return None if value.is_nan() else format(value, "f")
    if isinstance(value, datetime):
        return _FRACTION.sub(_shortened, value.isoformat())
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return pl.Series([value]).dt.to_string("iso").item()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Enum):
        return _plain(value.value)
    if callable(getattr(value, "tolist", None)):
        return _plain(value.tolist())  # NumPy's scalars and arrays
    raise NoText(f"a {type(value).__name__}")


def _shortened(fraction: re.Match[str]) -> str:
    return f".{fraction[1]}" if fraction[1] else ""
