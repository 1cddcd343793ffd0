"""Durations, bit rates and sizes of pictures as tools write them: as text, or not at all."""

from __future__ import annotations

import math

from stocktake.media.tag_value import number_of

#: More than this nobody means: bits a second, bytes, seconds.
_MOST = 10.0**18


def milliseconds(seconds: object) -> int | None:
    """Of seconds with decimals; None where they are no number, or none that can be meant, as 0."""
    number = _number(seconds)
    return round(number * 1000) or None if number else None


def bitrate_of(told: object, size: object, duration_ms: int | None) -> int | None:
    """Bits a second: as told, else by size and duration."""
    number = _number(told)
    if number:
        return round(number)
    number = _number(size)
    return round(number * 8000 / duration_ms) if number and duration_ms else None


def resolution_of(width: object, height: object) -> str | None:
    """``1920x1080``, as it is stored: not turned, not stretched."""
    wide, high = number_of(width), number_of(height)
    return f"{wide}x{high}" if wide and high else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and 0 <= number <= _MOST else None
