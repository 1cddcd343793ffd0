"""The fast grammar of names: general rules, no titles. It says where it is not sure (MED, file-name enricher)."""

from __future__ import annotations

import re
from typing import Any, Final

from stocktake.media import mark, title
from stocktake.media.doubt import plain, plain_behind
from stocktake.media.extension import KNOWN as EXTENSIONS
from stocktake.media.folder import Folders, read_folders
from stocktake.media.mark import Mark
from stocktake.media.name import MediaName
from stocktake.media.release import Word, edition_of, part_of, release_of, words_of
from stocktake.media.tag import untagged
from stocktake.media.vocabulary import EXTRA_SUFFIXES, WEIGHT

#: What is longer is read from its end.
MOST_LETTERS: Final = 1024
_GROUPS: Final = re.compile(r"(?:\[[^\[\]]{1,80}\][ _.]{0,2}){1,4}")
_SITE: Final = re.compile(
    r"[\[{( ]{0,3}(?:www[.,_][\w.,-]{2,40}|www [\w-]{2,30} [a-z]{2,6}|[\w-]{2,30}[.](?:com|net|org|cd|to|tv|se|me|pics|show|be))[ \]})]{0,3}[ _-]{1,3}",
    re.IGNORECASE,
)
_SUFFIX: Final = re.compile(rf"(?:-({'|'.join(EXTRA_SUFFIXES)})|[ ._](trailer|sample))[0-9]?$")
_SUFFIXES: Final = tuple(EXTRA_SUFFIXES)
_PART_WORD: Final = re.compile(r"(?<![^\W_])(?:part|pt|\([0-9]\))(?![^\W_])|\([0-9]\)|\bpt[0-9]|part[0-9]")
_BRACKETS_ONLY: Final = re.compile(r"(?:[ _.-]{0,3}(?:\[[^\[\]]{0,120}\]|\([^()]{0,120}\)))*[ _.]{0,3}")
_YEAR_WORDS: Final = {str(year): year for year in range(1920, 2040)}
_EARLY: Final = re.compile(r"[(\[]((?:19|20)[0-9]{2})[)\]][ ._-]{1,3}(?=[^ ._-])")
_ASIDE: Final = re.compile(r"(?<=[ ._])(?:\([^()]{1,100}\)|\[[^\[\]]{1,100}\])[ ._-]{0,3}$")
_HYPHEN: Final = re.compile(r"[ ._]-[ ._]")
_LATE: Final = re.compile(r"[\[( ._-](?:19|20)[0-9]{2}(?![0-9p])")
_LAST: Final = re.compile(r"[ ._]([^\W_]{2,})[ ._-]{0,3}$")
_PLAIN: Final = str.maketrans("×х【】（）［］～＃", "xx[]()[]~#")
_YEARS: Final = range(1900, 2100)
_NAMELESS: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{1,40}|[0-9a-f]{16,64}|[0-9a-z]{32,64}|vts_[0-9_]+|video_ts|bdmv|[\W_]*"
)


def read(path: str) -> MediaName:
    """What the grammar makes of a path relative to its collection's root, with ``/`` between folders."""
    path = path[-MOST_LETTERS:].replace("\\", "/")
    folders, _, file = path.rpartition("/")
    around = read_folders(folders)
    stem, extension = _split(file)
    if _NAMELESS.fullmatch(stem.lower()) and around.last:
        folders, _, stem = folders.rpartition("/")
        around = read_folders(folders)
    stem, tags = untagged(stem)
    low = lowered(stem)
    extra, end = _extra(low)
    stem, low = stem[:end], low[:end]
    extra = around.extra or extra
    said = _episode(stem, low, around) or _film(stem, low, around)
    if extra:
        said["kind"] = "extra"
    edition = tags.edition or said.pop("edition", None) or around.tags.edition
    return MediaName(
        **said, extra=extra, edition=edition, ids=tags.ids or around.tags.ids, extension=extension
    )


def lowered(text: str) -> str:
    """Lower case, letter for letter, with plain brackets and signs."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(each if len(each := letter.lower()) == 1 else letter for letter in text)
    return low if low.isascii() else low.translate(_PLAIN)


def _split(file: str) -> tuple[str, str | None]:
    """Name and extension; what a release writes behind its dots is no extension."""
    stem, dot, extension = file.rpartition(".")
    if dot and stem.strip(". ") and (low := extension.lower()) in EXTENSIONS:
        return stem, low
    return file, None


def _extra(low: str) -> tuple[str | None, int]:
    """The kind of extra that a suffix names, and where the suffix begins."""
    if low in ("trailer", "sample"):
        return low, len(low)
    if low.rstrip("0123456789").endswith(_SUFFIXES) and (found := _SUFFIX.search(low)):
        return EXTRA_SUFFIXES[found[1] or found[2]], found.start()
    return None, len(low)


# ---------------------------------------------------------------- episodes


def _episode(stem: str, low: str, around: Folders) -> dict[str, Any] | None:
    skipped = _skipped(stem)
    found, by_shape = _mark(low, skipped, around)
    if boxed := not (found and found.season is not None) and mark.boxed(low):
        found, head, by_shape = boxed[0], stem[boxed[1] : boxed[2]], True
    elif found is None:
        return None
    else:
        head = stem[skipped : found.start] if found.start > skipped else ""
    if found.season is None and not found.on and (within := mark.season_at_end(lowered(head))):
        head, found = head[: within.start], found._replace(season=within.season)
    said = _series(head, around)
    if boxed:
        said["sure"] = bool(said["series_title"])
    rest, rest_low = stem[found.end :], low[found.end :]
    said |= {
        "kind": "episode",
        "season": found.season if found.season is not None else around.season,
        "episodes": found.episodes,
        "version": found.version,
        "date": found.on,
    }
    sure = _behind(rest, rest_low, said) and (bool(said["series_title"]) or not around.last)
    if said["year"] is None and found.season in _YEARS:
        said["year"] = found.season
    said["sure"] = (
        said["sure"] and found.sure and sure and not (around.marked and not said.get("episode_title"))
    )
    return said


def _mark(low: str, skipped: int, around: Folders) -> tuple[Mark | None, bool]:
    """The place that says which episode it is, the surest form first; and whether its shape alone says so."""
    if found := mark.numbered(low, skipped):
        return found, True
    if not mark.counts(low):
        return None, False
    if found := mark.glued(low):
        return found, True
    if found := mark.dated(low):
        return found._replace(sure=found.sure and not any(map(str.isdigit, low[: found.start]))), True
    if found := mark.worded(low):
        return found, True
    if found := mark.episode(low):
        if found.season is None and (within := mark.season(low)):
            found = found._replace(season=within.season, start=min(found.start, within.start))
        return found._replace(
            sure=around.season is not None and bool(around.title) and found.start == 0
        ), True
    if around.season is not None:
        for form in (mark.leading, mark.absolute, mark.trailing):
            if found := form(low):
                return found, False
    if skipped or around.season is None:
        if found := mark.absolute(low):
            same = bool(around.title) and _letters(low[: found.start]) == _letters(around.title or "")
            same = same or low[found.end :].lstrip(" _.")[:1] == "["
            return found._replace(
                sure=(skipped > 0 or same) and not _HYPHEN.search(low, skipped, found.start - 1)
            ), False
    if skipped and (found := mark.trailing(low)):
        return found, False
    if found := mark.season(low):
        return found._replace(sure=False), True
    return _counted(low, around), False


def _counted(low: str, around: Folders) -> Mark | None:
    """A number alone, in the folder of a series: ``The Simpsons/12``, ``The Simpsons/The Simpsons 101``."""
    if (
        (found := mark.captured(low))
        or not around.title
        or around.year
        or "collection" in around.title.lower()
    ):
        return found
    if (found := mark.leading(low)) and (found.end == len(low) or low[found.end :].lstrip(" ._")[:1] == "-"):
        return found._replace(sure=False)
    if (found := mark.trailing(low)) and _letters(low[: found.start]) == _letters(around.title):
        return found._replace(sure=found.end - found.start > 3)
    return None


def _series(head: str, around: Folders) -> dict[str, Any]:
    """The series' title and year: the file's own, else the folder's."""
    text, year = title.dated(head)
    text, country = title.located(text)
    text = title.spaced(text)
    if text:
        if year is None and around.year and around.title and _letters(text) == _letters(around.title):
            year = around.year
        return {"series_title": text, "year": year, "country": country, "sure": plain(head, text)}
    text, country = title.located(around.title or "")
    return {
        "series_title": text or None,
        "year": around.year,
        "country": country,
        "parsed_by": "folder" if text else "grammar",
        "sure": True,
    }


def _behind(rest: str, low: str, said: dict[str, Any]) -> bool:
    """What follows the episode's number: its title, then the release. Says whether all of it is understood."""
    if not rest:
        return True
    words = words_of(low)
    release = release_of(low, words)
    text = rest[: release.start]
    sure = release.known or not release.found
    if (part := part_of(low)) and part[0] >= min(release.start, len(low) - 8):
        said["part"] = part[2]
        text = rest[: min(part[0], release.start)]
    cut = min(at for at in (text.find("["), text.find("{"), len(text)) if at >= 0)
    if cut < len(text):
        sure = sure and bool(_BRACKETS_ONLY.fullmatch(low, cut))
        text = text[:cut]
    text = _without_series(title.spaced(text), said)
    if text[:4] in _YEAR_WORDS or text[-4:] in _YEAR_WORDS:
        text = _with_date(text, said)
    said["episode_title"] = text or None
    said["left"] = rest[min(cut, release.start) :].strip(" ._-")
    said["edition"] = edition_of(low[release.start :], rest[release.start :]) if release.found else None
    if release.found:
        sure = (
            sure and not _LATE.search(low, release.start) and not (release.trimmed and text and " " in rest)
        )
    if text:
        sure = sure and not _PART_WORD.search(low) and plain_behind(text, rest, released=release.found)
    return sure


def _without_series(text: str, said: dict[str, Any]) -> str:
    """An episode's title without its series' before it."""
    series = said["series_title"]
    if series and " - " in text and text.lower().startswith(f"{series.lower()} - "):
        return text[len(series) + 3 :]
    return text


def _with_date(text: str, said: dict[str, Any]) -> str:
    """An episode's title without the date, or the year, that it is or ends with."""
    if (found := mark.dated(text)) and not (text[: found.start] and text[found.end :]):
        said["date"] = said["date"] or found.on
        return title.spaced(text[: found.start] + text[found.end :])
    if text in _YEAR_WORDS and said["year"] is None:
        said["year"] = said["year"] or _YEAR_WORDS[text]
        return ""
    return text


# ---------------------------------------------------------------- films


def _film(stem: str, low: str, around: Folders) -> dict[str, Any]:
    skipped = _skipped(stem)
    stem, low = stem[skipped:], low[skipped:]
    if early := _EARLY.match(low):
        stem, low = f"{stem[early.end() :]} ({early[1]})", f"{low[early.end() :]} ({early[1]})"
    found = _bracketed(stem, low) or _bare(stem, low)
    found["sure"] = found["sure"] and not skipped and not around.marked
    if found["year"] is None and around.title and around.year and around.season is None:
        same = _letters(found["title"] or "").startswith(_letters(around.title))
        found |= {
            "title": around.title,
            "year": around.year,
            "parsed_by": "folder",
            "sure": (same or not found["title"]) and found["sure"],
        }
    elif not found["title"] and around.title:
        found |= {"title": around.title, "year": found["year"] or around.year, "parsed_by": "folder"}
    if not found["title"] or _NAMELESS.fullmatch(low):
        found |= {"kind": "unknown", "sure": False}
    return found


def _bracketed(stem: str, low: str) -> dict[str, Any] | None:
    """``Title (1999)``, and what follows."""
    text, year = title.dated(stem) if "(" in stem or "[" in stem else (stem, None)
    if year is None or text == stem or stem[len(text)] not in "([":
        return None
    begin = len(text) + 6
    release = release_of(low[: len(text)], words_of(low[: len(text)]), after=1)
    rest, rest_low = stem[begin:], low[begin:]
    behind = release_of(rest_low, words_of(rest_low))
    between = rest[: behind.start]
    said: dict[str, Any] = {
        "kind": "movie",
        "title": title.spaced(_without_aside(text[: release.start])) or None,
        "year": year,
    }
    part = part_of(rest_low)
    if part and not between[: part[0]].strip(" ._-"):
        said["part"], between = part[2], ""
    said["edition"] = edition_of(rest_low, rest) if rest else None
    said["left"] = rest.strip(" ._-")
    said["sure"] = (
        not release.found
        and not any(map(str.isdigit, between))
        and plain(text, said["title"] or "", film=True)
    )
    return said


def _bare(stem: str, low: str) -> dict[str, Any]:
    """``Title.1999.1080p…``, ``Title.DVDRip…``, or a title alone."""
    words = words_of(low)
    release = release_of(low, words, after=1)
    limit = release.start if release.found else len(low)
    position = _year_at(words, limit)
    said: dict[str, Any] = {"kind": "movie", "year": None, "sure": release.found and release.known}
    end = limit
    if position is not None:
        start, stop, word = words[position]
        said["year"], end = _YEAR_WORDS[word], start
        gap = low[stop:limit].strip(" ._-[]()")
        said["sure"] = not gap and (release.known or not release.found)
    elif (late := _year_after(words, limit)) is not None:
        said["year"], said["sure"] = late, False
    elif (part := part_of(low)) and part[0]:
        end = min(end, part[0])
    if part := part_of(low):
        said["part"] = part[2] if part[0] >= end else None
    text = title.spaced(_without_aside(stem[:end]))
    said["title"] = text or None
    said["left"] = stem[max(end, 0) :].strip(" ._-") if end < len(stem) else ""
    said["edition"] = edition_of(low[end:], stem[end:]) if end < len(stem) else None
    said["sure"] = said["sure"] and said["year"] is not None and plain(stem[:end], text, film=True)
    return said


def _without_aside(text: str) -> str:
    """A film's title without the brackets behind it, and without shouted words of releases."""
    if text[-3:].strip(" ._-")[-1:] in (")", "]") and (found := _ASIDE.search(text)) and found.start():
        text = text[: found.start()]
    if text.isupper():
        return text
    while (last := _LAST.search(text)) and last[1].isupper() and last[1].lower() in WEIGHT and last.start():
        text = text[: last.start()]
    return text


def _year_at(words: list[Word], limit: int) -> int | None:
    """The last word before the release that can be a year and does not begin the name."""
    for position in range(len(words) - 1, 0, -1):
        if words[position][0] < limit and words[position][2] in _YEAR_WORDS:
            return position
    return None


def _year_after(words: list[Word], limit: int) -> int | None:
    return next(
        (_YEAR_WORDS[word] for start, _, word in words if start > limit and word in _YEAR_WORDS), None
    )


def _skipped(stem: str) -> int:
    """How much stands before the title: groups in brackets, and the site it came from."""
    skipped = 0
    if stem[:1] in "[{(w" and (found := _SITE.match(stem)):
        skipped = found.end()
    if (
        stem[skipped : skipped + 1] == "["
        and (found := _GROUPS.match(stem, skipped))
        and found.end() < len(stem)
    ):
        skipped = found.end()
    return skipped


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
