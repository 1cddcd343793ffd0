"""What guessit says of a name, in our words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from stocktake.media.name import MediaName


def guessed(found: Mapping[str, Any], read: MediaName) -> MediaName:
    """``read``, with what guessit found in the place of what the grammar was not sure of.

    Ids, extra and extension stay the grammar's: guessit tells them in other words or not at all. So do a title that it
    does not find, and a season of which it names several, since a file has one.
    """
    episode = found.get("type") == "episode"
    name = _text(found.get("title")) or read.title or read.series_title
    return replace(
        read,
        kind=read.kind if read.kind == "extra" else "episode" if episode else "movie" if name else "unknown",
        title=None if episode else name,
        series_title=name if episode else None,
        season=_season(found.get("season"), read),
        episodes=_numbers(found.get("episode")),
        episode_title=_text(found.get("episode_title")),
        year=_number(found.get("year")),
        date=_day(found.get("date")),
        part=_number(found.get("cd", found.get("part", found.get("disc")))),
        version=_number(found.get("version")),
        edition=_text(found.get("edition")) or read.edition,
        country=_text(found.get("country")),
        parsed_by="guessit",
        sure=True,
    )


def _season(value: Any, read: MediaName) -> int | None:
    return read.season if isinstance(value, list) else _number(value)


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        value = next(iter(value), None)
    return str(value).strip() or None if value is not None else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _numbers(value: Any) -> tuple[int, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(each for each in values if isinstance(each, int))


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
