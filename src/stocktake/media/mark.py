"""Where a name says which episode it is: ``S01E02``, ``1x02-03``, a date, ``Ep 12``, `` - 012 [``, ``02 - Title``.

All patterns are linear: what repeats is bounded, and no two neighbours can take the same letters in two ways.
They are matched against lower case.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final, NamedTuple

from stocktake.media.vocabulary import SEASON


class Mark(NamedTuple):
    """A place in a name, and what it says. ``sure`` is false where it could mean something else."""

    start: int
    end: int
    season: int | None = None
    episodes: tuple[int, ...] = ()
    version: int | None = None
    on: date | None = None
    sure: bool = True


_FREE = r"(?<![^\W_])"
_NUMBERED: Final = re.compile(
    _FREE + r"(?:[st]([0-9]{1,4})[ ._-]{0,3}(?:x?ep?|x)[ ._-]{0,2}([0-9]{1,4})(?![0-9])"
    r"|([0-9]{1,4})x([0-9]{1,3})(?![0-9]))"
)
_COUNTS: Final = re.compile(r"(?<![0-9hx])(?!(?<!season )(?:19|20)[0-9]{2}(?![0-9]))[0-9]{1,4}(?![0-9pi])")
_GLUED: Final = re.compile(r"s([0-9]{2})e([0-9]{2,3})(?![0-9])|(?<=[a-z])([0-9]{1,2})x([0-9]{2})(?![^\W_])")
_MORE: Final = re.compile(
    r"[ ._]{0,2}(?:([-+&~])|and)?[ ._]{0,2}"
    r"(?:(?:s([0-9]{1,4})[ ._]?)?(?:x?ep?|x(?!26[456]))([0-9]{1,4})|([0-9]{1,4})x([0-9]{1,3}))(?![0-9])"
)
_BARE: Final = re.compile(r"([-~+&.])([0-9]{1,4})(?:v[0-9])?(?![^\W_])")
_VERSION: Final = re.compile(r"[ ._]?v([0-9])(?![^\W_])")
_SEASON_WORD: Final = "|".join(sorted(SEASON, key=len, reverse=True))
_EPISODE_WORD: Final = (
    "episodes?|épisodes?|episodios?|episodul|capitulos?|cap|folge|avsnitt|afsnit|aflevering|odcinek|серия|серии|сер|эпизод|"
    "eps?|e"
)
_WORDED: Final = re.compile(
    _FREE + rf"(?:{_SEASON_WORD})[ ._:№-]{{0,3}}([0-9]{{1,4}})[ ._,-]{{0,4}}"
    r"(?:" + _EPISODE_WORD + r")[ ._:№-]{0,3}([0-9]{1,4})(?![0-9])"
)
_EPISODE: Final = re.compile(
    _FREE + rf"(?:(?:{_EPISODE_WORD})[ ._:№-]{{0,3}}|#)"
    r"([0-9]{1,4})(?=v[0-9]|[-~+&]|ep?[0-9]|$|[^\w.]|_|\.(?![0-9](?![0-9])))"
)
_COUNTED: Final = re.compile(_FREE + r"([0-9]{1,3})[ ._]?(?:of|de|di|din)[ ._]?([0-9]{1,3})(?![^\W_])")
_ORDINAL: Final = rf"([0-9]{{1,2}})[ ]?(?:st|nd|rd|th|ª|º|a\.?|-й|\.)?[ ._-]{{1,2}}(?:{_SEASON_WORD})"
_SEASON: Final = re.compile(
    _FREE
    + rf"(?:s([0-9]{{1,2}})(?:d[0-9]{{1,2}})?|(?:{_SEASON_WORD})[ ._:№-]{{0,3}}([0-9]{{1,4}})|{_ORDINAL})(?![^\W_])"
)
_SEASON_AT_END: Final = re.compile(
    rf"(?<=[ ._-])(?:s([0-9]{{1,2}})|(?:{_SEASON_WORD})[ ._:№-]{{0,3}}([0-9]{{1,4}})|{_ORDINAL})[ ._-]{{0,4}}$"
)
_DATE: Final = re.compile(
    r"(?<![0-9])(?:((?:19|20)[0-9]{2})([ ._-])([0-9]{1,2})\2([0-9]{1,2})"
    r"|([0-9]{1,2})([ ._-])([0-9]{1,2})\6((?:19|20)[0-9]{2}))(?![0-9])"
)
_ABSOLUTE: Final = re.compile(
    r"(?<=[ _.])-[ _.]{1,2}([0-9]{2,4})(?:v([0-9]))?(?:[ _]?[-~][ _]?([0-9]{2,4})(?:v[0-9])?)?"
    r"(?=[ _.]{0,3}(?:$|\[|\((?!(?:19|20)[0-9]{2}\))|-[ _.]|end[ _.]|\.[^0-9]))"
)
_LEADING: Final = re.compile(r"([0-9]{1,4})(?:v([0-9]))?(?:-([0-9]{1,4}))?(?=$|[ ._]{0,2}-[ ._]|[ ._])")
_BOXED: Final = re.compile(
    r"\[([^\[\]]{2,100})\][ _.]{0,2}(?:\[(?:19|20)[0-9]{2}\][ _.]{0,2})?"
    r"(?:\[([0-9]{1,3})(?:v([0-9]))?(?:-([0-9]{1,4}))?(?:[ _]?(?:end|fin))?\]|(?<=[ _.])([0-9]{2,3})[ _.](?=\[))"
)
_CAPTURED: Final = re.compile(r"(?<=[ ._])([0-9]{2,4})(?=[ ._-](?:hdtv|pdtv|dsr|tvrip|sdtv|dvb)(?![^\W_]))")
_TRAILING: Final = re.compile(r"[ _.]([0-9]{2,4})(?:[ _]?v([0-9]))?(?=[ _.]{0,2}(?:$|[\[(]))")
_STRAY: Final = re.compile(r"(?<![(0-9])[0-9]")
#: So many episodes one file may have, and so many may lie between two numbers of a range.
_MOST_EPISODES, _MOST_AT_ONCE = 300, 100
YEARS: Final = range(1900, 2100)


def numbered(low: str, after: int = 0) -> Mark | None:
    """``S01E02`` in all its forms and ``1x02``, with the episodes behind it."""
    for found in _NUMBERED.finditer(low, after):
        season, episode, x_season, x_episode = found.groups()
        if season is None:
            if int(x_season) >= 100 and int(x_season) not in YEARS:
                continue  # a resolution
            season, episode = x_season, x_episode
            if season in ("16", "4") and episode in ("9", "3") and low[found.end() : found.end() + 1] != "x":
                continue  # an aspect ratio
        return _with_more(low, found.start(), found.end(), int(season), int(episode))
    return None


def counts(low: str) -> bool:
    """Whether a number stands in the name that is no year, no resolution and no codec: without one, nothing counts."""
    return _COUNTS.search(low) is not None


def glued(low: str) -> Mark | None:
    """``NameS01E02`` and ``Name1x02``, without anything between."""
    if found := _GLUED.search(low):
        return _with_more(
            low, found.start(), found.end(), int(found[1] or found[3]), int(found[2] or found[4])
        )
    return None


def worded(low: str) -> Mark | None:
    """``Season 3 Episode 09``."""
    if found := _WORDED.search(low):
        return _with_more(low, found.start(), found.end(), int(found[1]), int(found[2]))
    return None


def episode(low: str) -> Mark | None:
    """``E03``, ``Ep. 3``, ``Episode 3``, ``#3``, ``3 of 12``."""
    if found := _EPISODE.search(low):
        return _with_more(low, found.start(), found.end(), None, int(found[1]))
    if (found := _COUNTED.search(low)) and int(found[1]) <= int(found[2]):
        return Mark(found.start(), found.end(), None, (int(found[1]),), sure=False)
    return None


def dated(low: str) -> Mark | None:
    """A whole date: year first, or day (where it can be no day: month) first."""
    for found in _DATE.finditer(low):
        year, month, day = found[1] or found[8], found[3] or found[7], found[4] or found[5]
        if int(month) > 12 and not found[1]:
            month, day = day, month
        if on := _day(int(year), int(month), int(day)):
            sure = len(found[0]) == 10 and not _STRAY.search(low, 0, found.start())
            return Mark(found.start(), found.end(), on=on, sure=sure)
    return None


def season(low: str) -> Mark | None:
    """A season alone: ``S02``, ``Season 2``."""
    if found := _SEASON.search(low):
        return Mark(found.start(), found.end(), int(found[1] or found[2] or found[3]))
    return None


def season_at_end(low: str) -> Mark | None:
    """A season that ends a title: ``Show Season 2 - ``, ``Show 2nd Season``."""
    if found := _SEASON_AT_END.search(low):
        return Mark(found.start(), found.end(), int(found[1] or found[2] or found[3]))
    return None


def boxed(low: str) -> tuple[Mark, int, int] | None:
    """``[Title][01]`` or ``[Title] 01 [``, and where that title stands."""
    if not (found := _BOXED.search(low)):
        return None
    first, last = int(found[2] or found[5]), int(found[4] or found[2] or found[5])
    told = Mark(found.start(), found.end(), None, _through(first, last), _number(found[3]))
    return told, found.start(1), found.end(1)


def captured(low: str) -> Mark | None:
    """A number right before the words of a recording from television: ``Show.07.HDTV``, ``Show.307.PDTV``."""
    if not (found := _CAPTURED.search(low)) or int(found[1]) in YEARS:
        return None
    number = int(found[1])
    season, number = divmod(number, 100) if number > 100 else (None, number)
    return Mark(found.start(1), found.end(1), season, (number,), sure=False)


def absolute(low: str) -> Mark | None:
    """A number between hyphens or at the end behind one: `` - 012 [``."""
    if not (found := _ABSOLUTE.search(low)):
        return None
    episodes = _through(int(found[1]), int(found[3] or found[1]))
    return Mark(found.start(), found.end(), None, episodes, _number(found[2]))


def leading(low: str) -> Mark | None:
    """A number that begins the name: ``02 - Title``, ``02-04``, ``02``."""
    if not (found := _LEADING.match(low)):
        return None
    return Mark(0, found.end(), None, _through(int(found[1]), int(found[3] or found[1])), _number(found[2]))


def trailing(low: str) -> Mark | None:
    """A number of two figures or more that ends the name, or stands before its brackets."""
    if (found := _TRAILING.search(low)) and int(found[1]) not in YEARS:
        return Mark(found.start(), found.end(), None, (int(found[1]),), _number(found[2]))
    return None


def _with_more(low: str, start: int, end: int, season: int | None, first: int) -> Mark:
    """The episodes that follow at once. Two with a hyphen are a range; else each is told by itself."""
    episodes, ranged = [first], False
    while len(episodes) < _MOST_EPISODES:
        if found := _MORE.match(low, end):
            other = found[2] or found[4]
            number = int(found[3] or found[5])
            hyphen = found[1] in ("-", "~")
            if (other and int(other) != season) or (found[4] and season is None):
                break
        elif found := _BARE.match(low, end):
            number, hyphen = int(found[2]), found[1] in ("-", "~")
            if found[1] == "." and (number != episodes[-1] + 1 or len(found[2]) < 2):
                break
        else:
            break
        if not episodes[-1] < number <= episodes[-1] + _MOST_AT_ONCE:
            break
        ranged = hyphen and len(episodes) == 1
        episodes.append(number)
        end = found.end()
    if ranged and len(episodes) == 2:
        episodes = list(_through(*episodes))
    if version := _VERSION.match(low, end):
        end = version.end()
    return Mark(start, end, season, tuple(episodes), _number(version[1]) if version else None)


def _through(first: int, last: int) -> tuple[int, ...]:
    """From the first to the last; the first alone where that is no range of one file's."""
    return tuple(range(first, last + 1)) if first < last <= first + _MOST_AT_ONCE else (first,)


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
