"""Moments and lengths of time as people state them (PRE-10, LIN-5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from stocktake.catalog.vocabulary import DURATION
from stocktake.model.errors import InvalidInput
from stocktake.reporting.freshness import expectation


def moment_of(told: str | datetime | None, time_zone: str | None, *, option: str) -> datetime | None:
    """``told`` in UTC; without an offset it is in ``time_zone``, else in UTC. A day alone is its beginning.

    Raises ``InvalidInput`` ``bad-option``.
    """
    if told is None:
        return None
    try:
        moment = told if isinstance(told, datetime) else datetime.fromisoformat(told.strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(time_zone) if time_zone else UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            "bad-option",
            f'{option} "{told}" is no moment.',
            hint="Write a date or a date with a time, such as 2026-11-02 or 2026-11-02T14:30-08:00.",
        ) from error


def length_of(told: str | timedelta, *, option: str) -> timedelta:
    """``90d``, ``12h``, ``30m`` or ``2w`` as a length of time. Raises ``InvalidInput`` ``bad-option``."""
    if isinstance(told, timedelta):
        return told
    if not DURATION.fullmatch(told.strip()):
        raise InvalidInput(
            "bad-option", f'{option} "{told}" is no length of time.', hint="Write 30m, 12h, 90d or 13w."
        )
    return expectation(told.strip())
