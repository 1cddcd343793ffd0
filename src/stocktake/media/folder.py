"""What the folders of a file say: the series, its season, and whether it is an extra."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from stocktake.media import mark, title
from stocktake.media.release import release_of, words_of
from stocktake.media.tag import Tags, untagged
from stocktake.media.vocabulary import EXTRA_FOLDERS, SEASON, SPECIALS, words

_WORDS: Final = "|".join(sorted(SEASON, key=len, reverse=True))
_SEASON: Final = re.compile(rf"(?:(?:{_WORDS})[ ._-]{{0,3}}|s)([0-9]{{1,4}})(?![^\W_])")
_SEASON_WITHIN: Final = re.compile(rf"(?<=[ ._-])(?:s|(?:{_WORDS})[ ._-]{{0,3}})([0-9]{{1,4}})(?![^\W_])")
#: Folders that hold titles and are none.
_SHELVES: Final = words(
    "series tv shows tv-shows tvshows movies movie films film media videos video server library anime mnt home ",
    "volumes data temp tmp downloads download",
) | {"tv shows", "tv series"}


class Folders(NamedTuple):
    """What all folders together say. ``title`` is a film's or a series'.

    ``marked`` where a folder names an episode itself; ``titled`` where the innermost one is the one with the title.
    """

    title: str | None = None
    year: int | None = None
    season: int | None = None
    extra: str | None = None
    tags: Tags = Tags()
    marked: bool = False
    titled: bool = False


@lru_cache(maxsize=4096)
def read_folders(folders: str) -> Folders:
    """Read ``The Show (2010)/Season 02/Extras``, the innermost folder first."""
    season = extra = name = year = None
    marked = False
    tags = Tags()
    parts = [part for part in folders.split("/") if part.strip() and part != "."]
    for position in range(len(parts) - 1, -1, -1):
        part = parts[position].strip()
        low = part.lower()
        if position and extra is None and low in EXTRA_FOLDERS:
            extra = EXTRA_FOLDERS[low]
            continue
        if season is None and (number := season_of(low)) is not None:
            season = number
            continue
        if low in _SHELVES or low.endswith(":"):
            break
        text, tags = untagged(part)
        low = title.lowered(text)
        if season is None and (begins := _SEASON.match(low)):
            season, text = int(begins[1]), text[begins.end() :]
        elif found := mark.numbered(low):
            season, text, marked = found.season, text[: found.start], True
        elif season is None and (within := _SEASON_WITHIN.search(low)):
            season, text = int(within[1]), text[: within.start()]
        if not title.bracketed_year(text):
            low = title.lowered(text)
            text = text[: release_of(low, words_of(low), after=1).start]
        text, year = title.dated(text)
        name = title.spaced(text) or None
        break
    titled = bool(name) and season_of(parts[-1].lower()) is None
    return Folders(name, year, season, extra, tags, marked, titled)


def season_of(low: str) -> int | None:
    """The number of a season's folder, given in lower case: ``season 02``, ``s2``, ``specials``."""
    if low in SPECIALS:
        return 0
    found = _SEASON.match(low)
    if found is None:
        return None
    rest = low[found.end() :].strip(" ._-")
    return int(found[1]) if not rest or rest[0] in "([" else None
