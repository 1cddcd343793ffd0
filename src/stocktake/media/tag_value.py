"""Tags as they are kept: text without what no database takes, numbers that are numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from stocktake.ports.enricher import TagValue

#: So long a text may be; the rest is cut off.
MOST_LETTERS = 10_000
#: So many texts a list may hold.
MOST_TEXTS = 200

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"\s*([0-9]{1,9})(?:\s*/.*)?\s*", re.ASCII | re.DOTALL)
_DAY = re.compile(r"([0-9]{4})(?:[-/.]?[0-9]{2}){0,2}(?![0-9]).*", re.ASCII | re.DOTALL)
_WHOLE_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?![0-9]).*", re.ASCII | re.DOTALL)


def text_of(value: object) -> str | None:
    """A text in NFC without control characters, cut at its limit; None where nothing is left, or it is no text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    kept = _UNFIT.sub("", str(value)[: 4 * MOST_LETTERS])
    return unicodedata.normalize("NFC", kept).strip()[:MOST_LETTERS].rstrip() or None


def texts_of(values: object, parting: str | None = None) -> tuple[str, ...] | None:
    """The texts of a list, or of one text that ``parting`` parts, each once, in order; None where there are none."""
    several = [values] if isinstance(values, str) else values if isinstance(values, Iterable) else ()
    pieces = [
        piece
        for value in several
        for piece in (_parted(value, parting) if isinstance(value, str) else [value])
    ]
    found = dict.fromkeys(text for piece in pieces[:MOST_TEXTS] if (text := text_of(piece)))
    return tuple(found) or None


def number_of(value: object) -> int | None:
    """A whole number that is not negative; of ``3/9`` the first."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 0 <= value < 10**9 else None
    found = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    return int(found[1]) if found else None


def year_of(value: object) -> int | None:
    """The year of ``1999``, ``1999-03-31`` or ``19990331``, where one could be meant."""
    found = _DAY.fullmatch(str(value).strip()) if isinstance(value, str | int) else None
    year = int(found[1]) if found else 0
    return year if 1800 <= year < 2200 else None


def day_of(value: object) -> str | None:
    """The day of ``1999-03-31`` or ``19990331``, as the former."""
    found = _WHOLE_DAY.fullmatch(str(value).strip()) if isinstance(value, str | int) else None
    if found is None or not 1800 <= int(found[1]) < 2200:
        return None
    return (
        f"{found[1]}-{found[2]}-{found[3]}" if "01" <= found[2] <= "12" and "01" <= found[3] <= "31" else None
    )


def said(tags: Mapping[str, TagValue | None]) -> dict[str, TagValue]:
    """Only the tags that say something."""
    return {name: value for name, value in tags.items() if value is not None and value not in ("", ())}


def _parted(value: str, parting: str | None) -> list[str]:
    return re.split(parting, value) if parting else [value]
