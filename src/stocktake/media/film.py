"""A film's name: ``Title (1999)``, ``Title.1999.1080p.BluRay``, or a title alone."""

from __future__ import annotations

import re
from typing import Any, Final

from stocktake.media import title
from stocktake.media.doubt import plain
from stocktake.media.folder import Folders
from stocktake.media.prefix import skipped
from stocktake.media.release import Word, edition_of, part_of, release_of, words_of
from stocktake.media.title import YEAR_WORDS, letters
from stocktake.media.vocabulary import WEIGHT

_EARLY: Final = re.compile(r"[(\[]((?:19|20)[0-9]{2})[)\]][ ._-]{1,3}(?=[^ ._-])")
_ASIDE: Final = re.compile(r"(?<=[ ._])(?:\([^()]{1,100}\)|\[[^\[\]]{1,100}\])[ ._-]{0,3}$")
_LAST_WORD: Final = re.compile(r"[ ._]([^\W_]{2,30})[ ._-]{0,3}$")
_AROUND: Final = " ._-"


def read_film(stem: str, low: str, around: Folders) -> dict[str, Any]:
    """What a name says that tells no episode. The folder's title and year stand where the file has no year."""
    start = skipped(stem)
    stem, low = stem[start:], low[start:]
    if early := _EARLY.match(low):
        stem, low = f"{stem[early.end() :]} ({early[1]})", f"{low[early.end() :]} ({early[1]})"
    bracketed = _bracketed(stem, low)
    said = bracketed or _bare(stem, low)
    if around.marked or (start and not bracketed):
        said["sure"] = False
    if said["year"] is None and around.title and around.year and around.season is None:
        same = not said["title"] or letters(said["title"]) == letters(around.title)
        said |= {"title": around.title, "year": around.year, "parsed_by": "folder", "sure": same}
    elif not said["title"] and around.title:
        said |= {"title": around.title, "year": said["year"] or around.year, "parsed_by": "folder"}
    return said


def _bracketed(stem: str, low: str) -> dict[str, Any] | None:
    """``Title (1999)``, and what follows."""
    if not (found := title.bracketed_year(stem)):
        return None
    text, text_low, year = stem[: found.start()], low[: found.start()], int(found[1])
    release = release_of(text_low, words_of(text_low), after=1)
    name = title.spaced(_without_aside(text[: release.start]))
    said: dict[str, Any] = {"kind": "movie", "title": name or None, "year": year}
    sure = not release.found and plain(text, name, film=True)
    if (rest := stem[found.end() :].strip(_AROUND)) and (rest_low := title.lowered(rest)):
        between = rest[: release_of(rest_low, words_of(rest_low)).start]
        if part := part_of(rest_low):
            before = between[: part[0]].strip(_AROUND)
            if not before or edition_of(rest_low[: len(before)], before):
                said["part"], between = part[2], ""
        said["left"], said["edition"] = rest, edition_of(rest_low, rest)
        sure = sure and not any(map(str.isdigit, between))
    said["sure"] = sure
    return said


def _bare(stem: str, low: str) -> dict[str, Any]:
    """``Title.1999.1080p…``, ``Title.DVDRip…``, or a title alone."""
    words = words_of(low)
    release = release_of(low, words, after=1)
    end = stop = release.start
    said: dict[str, Any] = {"kind": "movie", "year": None}
    sure = False
    if (position := _year_at(words, end)) is not None:
        end, stop, word = words[position]
        said["year"] = YEAR_WORDS[word]
        sure = not low[stop : release.start].strip(" ._-[]()") and (release.known or not release.found)
    elif release.found:
        said["year"] = next(
            (YEAR_WORDS[word] for at, _, word in words if at > end and word in YEAR_WORDS), None
        )
    if (part := part_of(low)) and part[0]:
        said["part"] = part[2] if said["year"] is None or part[0] >= end else None
        end = min(end, part[0]) if said["year"] is None else end
        stop = max(end, min(stop, part[0]))
    text = stem[:end]
    name = title.spaced(_without_aside(text))
    said["title"] = name or None
    said["left"] = stem[stop:].strip(_AROUND)
    said["edition"] = edition_of(low[end:], stem[end:])
    said["sure"] = sure and plain(text, name, film=True)
    return said


def _without_aside(text: str) -> str:
    """A film's title without the brackets behind it, and without shouted words of releases."""
    if text[-4:].strip(_AROUND)[-1:] in (")", "]") and (found := _ASIDE.search(text)) and found.start():
        text = text[: found.start()]
    if text.isupper():
        return text
    while (
        (last := _LAST_WORD.search(text)) and last[1].isupper() and last[1].lower() in WEIGHT and last.start()
    ):
        text = text[: last.start()]
    return text


def _year_at(words: list[Word], limit: int) -> int | None:
    """The last word before the release that can be a year and does not begin the name."""
    for position in range(len(words) - 1, 0, -1):
        if words[position][2] in YEAR_WORDS and words[position][0] < limit:
            return position
    return None
