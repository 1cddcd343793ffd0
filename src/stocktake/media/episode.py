"""An episode's name: its series, its numbers or its day, its title, and the release behind it."""

from __future__ import annotations

import re
from typing import Any, Final

from stocktake.media import mark, title
from stocktake.media.doubt import plain, plain_behind
from stocktake.media.folder import Folders
from stocktake.media.mark import Mark
from stocktake.media.prefix import skipped
from stocktake.media.release import edition_of, part_of, release_of, words_of
from stocktake.media.title import YEAR_WORDS, letters

_PART_WORD: Final = re.compile(r"(?<![^\W_])(?:part|pt)[0-9]?(?![^\W_])|\([0-9]\)")
_BRACKETS_ONLY: Final = re.compile(
    r"(?:[ _.-]{0,3}(?:\[[^\[\]]{0,120}\]|\([^()]{0,120}\)))*(?:-[^\W_]{1,30})?[ _.]{0,3}"
)
_THROUGH: Final = re.compile(r"^[0-9]{3,4} - (?=.)")
_HYPHEN: Final = re.compile(r"[ ._]-[ ._]")
_YEAR_BEHIND: Final = re.compile(r"[\[( ._-](?:19|20)[0-9]{2}(?![0-9p])")


def read_episode(stem: str, low: str, around: Folders) -> dict[str, Any] | None:
    """What a name says that tells which episode it is; nothing where it does not."""
    start = skipped(stem)
    found = _mark(low, start, around)
    if (found is None or found.season is None) and (boxed := mark.boxed(low)):
        found, head = boxed[0], stem[boxed[1] : boxed[2]]
    elif found is None:
        return None
    else:
        boxed, head = None, stem[start : found.start]
    if found.season is None and not found.on and (within := mark.season_at_end(title.lowered(head))):
        head, found = head[: within.start], found._replace(season=within.season)
    said = _series(head, around)
    if boxed:
        said["sure"] = bool(said["series_title"])
    said |= {
        "kind": "episode",
        "season": found.season if found.season is not None else around.season,
        "episodes": found.episodes,
        "version": found.version,
        "date": found.on,
    }
    sure = _behind(stem[found.end :], low[found.end :], said) and found.sure
    if said["year"] is None and found.season in mark.YEARS:
        said["year"] = found.season
    if (not said["series_title"] and around.titled) or (around.marked and not said.get("episode_title")):
        sure = False  # a folder says more than was understood
    said["sure"] = said["sure"] and sure
    return said


def _mark(low: str, start: int, around: Folders) -> Mark | None:
    """The place that says which episode it is, the surest form first."""
    if found := mark.numbered(low, start):
        return found
    if not mark.counts(low):
        return None
    if found := mark.glued(low) or mark.dated(low) or mark.worded(low):
        return found
    if found := mark.episode(low):
        if found.season is None and (within := mark.season(low)):
            found = found._replace(season=within.season, start=min(found.start, within.start))
        return found._replace(sure=around.season is not None and bool(around.title) and found.start == 0)
    if around.season is not None:
        if found := mark.leading(low) or mark.absolute(low) or mark.trailing(low):
            return found
    elif found := _absolute(low, start, around):
        return found
    if start and (found := mark.trailing(low)):
        return found
    if found := mark.season(low):
        return found._replace(sure=False)
    return _counted(low, around)


def _absolute(low: str, start: int, around: Folders) -> Mark | None:
    """A number behind a hyphen: sure behind a group, before brackets, and where the folder has the same title."""
    if not (found := mark.absolute(low)):
        return None
    same = bool(around.title) and letters(low[: found.start]) == letters(around.title or "")
    bracket = low[found.end :].lstrip(" _.")[:1] == "["
    subtitled = _HYPHEN.search(low, start, found.start - 1)
    return found._replace(sure=(start > 0 or same or bracket) and not subtitled)


def _counted(low: str, around: Folders) -> Mark | None:
    """A number alone, in the folder of a series: ``The Simpsons/12``, ``The Simpsons/The Simpsons 101``."""
    found = mark.captured(low)
    if found or not around.title or around.year or "collection" in around.title.lower():
        return found
    if (found := mark.leading(low)) and low[found.end :].lstrip(" ._")[:1] in ("", "-"):
        return found._replace(sure=False)
    if (found := mark.trailing(low)) and letters(low[: found.start]) == letters(around.title):
        return found._replace(sure=found.end - found.start > 3)
    return None


def _series(head: str, around: Folders) -> dict[str, Any]:
    """The series' title and year: the file's own, else the folder's."""
    text, year = title.dated(head)
    text, country = title.located(text)
    if name := title.spaced(text):
        same = bool(around.title) and letters(name) == letters(around.title or "")
        sure = plain(text, name) or (same and around.season is not None)
        year = around.year if year is None and same else year
        return {"series_title": name, "year": year, "country": country, "sure": sure}
    name, country = title.located(around.title or "")
    return {
        "series_title": name or None,
        "year": around.year,
        "country": country,
        "parsed_by": "folder" if name else "grammar",
        "sure": True,
    }


def _behind(rest: str, low: str, said: dict[str, Any]) -> bool:
    """What follows the episode's number: its title, then the release. Says whether all of it is understood."""
    if not rest:
        return True
    release = release_of(low, words_of(low))
    end = release.start
    if (part := part_of(low)) and part[0] >= min(end, len(low) - 8):
        said["part"], end = part[2], min(part[0], end)
    sure = release.known or not release.found
    bracket = min(at for at in (rest.find("["), rest.find("{"), end) if at >= 0)
    if boxed := bracket < end:
        sure, end = sure and bool(_BRACKETS_ONLY.fullmatch(low, bracket)), bracket
    text = _without_series(title.spaced(rest[:end], dotted=rest[0] != " "), said)
    if text[:4] in YEAR_WORDS or text[-4:] in YEAR_WORDS:
        text = _without_date(text, said)
    said["episode_title"] = text or None
    if rest[end - 1 : end] in ("[", "("):
        end -= 1
    said["left"] = rest[end:].strip(" ._-")
    if release.found:
        said["edition"] = edition_of(low[release.start :], rest[release.start :])
        sure = (
            sure
            and not _YEAR_BEHIND.search(low, release.start)
            and (boxed or not (release.trimmed and text and " " in rest))
        )
    if text:
        sure = sure and not _PART_WORD.search(low) and plain_behind(text, rest, released=release.found)
    return sure


def _without_series(text: str, said: dict[str, Any]) -> str:
    """An episode's title without its series', or a number counted through, before it: ``S01E02 - 002 - Title``."""
    text = _THROUGH.sub("", text)
    series = said["series_title"]
    if series and " - " in text and text.lower().startswith(f"{series.lower()} - "):
        return text[len(series) + 3 :]
    return text


def _without_date(text: str, said: dict[str, Any]) -> str:
    """An episode's title without the date, or the year, that it is or ends with."""
    if (found := mark.dated(text)) and not (text[: found.start] and text[found.end :]):
        said["date"] = said["date"] or found.on
        return title.spaced(text[: found.start] + text[found.end :])
    if text in YEAR_WORDS and said["year"] is None:
        said["year"] = YEAR_WORDS[text]
        return ""
    return text
