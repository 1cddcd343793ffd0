"""What the name of a media file says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["movie", "episode", "extra", "track", "unknown"]
#: Who read the name: our grammar alone, our grammar with a title from the folders, or guessit.
Parser: TypeAlias = Literal["grammar", "folder", "guessit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaName:
    """What the path of one media file says, relative to its collection's root.

    ``title`` is the film's or the track's, ``series_title`` the series'; an episode's own is ``episode_title``. An extra
    has those of the film or series it belongs to, and in a folder of extras its own as ``episode_title``. ``episodes``
    holds several where the file does; ``part`` counts the files of one item (``cd1``, ``pt2``). ``year`` is the film's or,
    as in ``The Show (2010)``, the series'; where seasons are years, the season's. ``version`` is a release's (``v2``),
    ``edition`` a cut's (``Director's Cut``). ``ids`` are those that Plex, Kodi and Jellyfin read out of names: whose,
    and the id. ``left`` is what stands behind all this: codecs, group and the like, as written. ``sure`` says that every
    word found its place, so nobody else needs to be asked.
    """

    kind: Kind
    title: str | None = None
    series_title: str | None = None
    season: int | None = None
    episodes: tuple[int, ...] = ()
    episode_title: str | None = None
    year: int | None = None
    date: date | None = None
    part: int | None = None
    version: int | None = None
    edition: str | None = None
    country: str | None = None
    extra: str | None = None
    ids: tuple[tuple[str, str], ...] = ()
    extension: str | None = None
    left: str = ""
    parsed_by: Parser = "grammar"
    sure: bool = True
