"""What a workbook's number format makes of a number: a date, a time, an id with leading zeros, or nothing (REA-3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_DATES = {*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58}
_TIMES = {*range(18, 22), *range(32, 36), 45, 47, 55, 56}
_ELAPSED = 46
_DATE_TIME = 22

#: A literal: quoted, escaped, a blank as wide as a character, a filler; a bracket: colour, condition, locale, elapsed time.
_LITERAL = r'"([^"]*)"|\\(.)|_.|\*.'
_UNSHOWN = re.compile(rf"{_LITERAL}|\[[^\]]*\]", re.DOTALL)
_IS_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_SECTION = re.compile(r'(?:"[^"]*"|\\.|[^;"])*', re.DOTALL)
_TOKEN = re.compile(rf"(0+)|{_LITERAL}|([-/ ()])", re.DOTALL)


class Shows(StrEnum):
    """What numbers of a format are shown as."""

    NUMBER = "number"
    DATE = "date"
    DATE_TIME = "date-time"
    TIME = "time"
    ELAPSED = "elapsed"
    PADDED = "padded"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFormat:
    """``pieces`` of a padded format, left to right: a number of digits, or text between them."""

    shows: Shows = Shows.NUMBER
    pieces: tuple[int | str, ...] = ()


PLAIN = NumberFormat()


def builtin_format(number: int) -> NumberFormat:
    """A format by the number that stands for it without a code."""
    if number in _DATES:
        return NumberFormat(shows=Shows.DATE)
    if number in _TIMES:
        return NumberFormat(shows=Shows.TIME)
    if number == _ELAPSED:
        return NumberFormat(shows=Shows.ELAPSED)
    return NumberFormat(shows=Shows.DATE_TIME) if number == _DATE_TIME else PLAIN


def number_format(code: str) -> NumberFormat:
    """A format by its code, of which the first section counts.

    >>> number_format("yyyy-mm-dd").shows, number_format("00000").pieces
    (<Shows.DATE: 'date'>, (5,))
    """
    section = _section(code)
    if "general" in section.lower():
        return PLAIN
    if _IS_ELAPSED.search(section):
        return NumberFormat(shows=Shows.ELAPSED)
    letters = set(_UNSHOWN.sub("", section).lower())
    by_clock = bool(letters & {"h", "s"})
    by_day = bool(letters & {"y", "d"}) or ("m" in letters and not by_clock)
    if by_day or by_clock:
        shows = Shows.DATE_TIME if by_day and by_clock else Shows.DATE if by_day else Shows.TIME
        return NumberFormat(shows=shows)
    pieces = _pieces(section)
    return NumberFormat(shows=Shows.PADDED, pieces=pieces) if pieces else PLAIN


def looks_of(formats: Iterable[NumberFormat]) -> tuple[list[int], tuple[NumberFormat, ...]]:
    """For each format its place in the second value, which holds each only once; 0 is the plain one."""
    every = list(formats)
    found = tuple(dict.fromkeys((PLAIN, *every)))
    places = {each: place for place, each in enumerate(found)}
    return [places[each] for each in every], found


def _section(code: str) -> str:
    found = _SECTION.match(code)
    return found[0] if found else ""


def _pieces(section: str) -> tuple[int | str, ...]:
    """The pieces of a format that is made of zeros and text only; none where it has one zero, as ``0`` has."""
    pieces: list[int | str] = []
    at = 0
    for token in _TOKEN.finditer(re.sub(r"\[[^\]]*\]", "", section)):
        if token.start() != at:
            return ()
        at = token.end()
        zeros, *literals = token.groups()
        pieces.append(len(zeros) if zeros else "".join(filter(None, literals)))
    complete = at == len(re.sub(r"\[[^\]]*\]", "", section))
    digits = sum(piece for piece in pieces if isinstance(piece, int))
    return tuple(piece for piece in pieces if piece) if complete and digits > 1 else ()
