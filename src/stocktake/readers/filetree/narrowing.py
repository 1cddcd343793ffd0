"""Which folders and files belong to a title, a season or an episode (MED-D2).

A title is a folder directly below a root, or a file there; a season is a folder directly below a title's, or is told by the
title's folder (``The Show S02``) or by the names of files. Folders of other titles and other seasons are not opened. A
title is asked for as people write it: case, accents' spelling, dots and dashes do not matter, and its year may be left out;
where one is called exactly so, those of other years are not meant.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from stocktake.media.extension import KNOWN
from stocktake.media.folder import read_folders
from stocktake.media.grammar import read
from stocktake.media.raw_path import shown
from stocktake.model.media import MediaScope

_BETWEEN = re.compile(r"[\W_]+")


@dataclass(slots=True)
class Narrowing:
    """``titles``: the names in the root that the title means; ``season_met``: whether a folder of the season was met."""

    scope: MediaScope
    titles: frozenset[str] = frozenset()
    season_met: bool = False

    def hear(self, place: str, names: list[str]) -> None:
        """The listing of the root, in which the title is looked up."""
        if place == "" and self.scope.title is not None:
            self.titles = meant(self.scope.title, names)

    def leaves_out(self, place: str) -> str | None:
        """Why a folder is not opened."""
        if self.scope.title is None:
            return None
        title, _, below = place.partition("/")
        if title not in self.titles:
            return "out-of-scope"
        if self.scope.season is None or "/" in below:
            return None
        season = read_folders(f"{title}/{below}" if below else title).season
        if season is None:
            return None
        self.season_met |= season == self.scope.season
        return None if season == self.scope.season else "out-of-scope"

    def in_title(self) -> pl.Expr:
        """Whether a file belongs to the title, by its path alone; of the column ``relative``."""
        if self.scope.title is None:
            return pl.lit(value=True)
        titles = [shown(os.fsencode(each)) for each in self.titles]
        return pl.col("relative").str.extract("^([^/]*)").is_in(titles)

    def in_season(self) -> pl.Expr:
        """Whether a media file belongs to the season and the episode; of what its name was read into."""
        scope = self.scope
        if scope.season is None:
            return pl.lit(value=True)
        fits = pl.col("season").eq_missing(scope.season)
        if scope.episode is None:
            return fits
        last = pl.col("last_episode").fill_null(pl.col("episode"))
        return fits & pl.lit(scope.episode).is_between(pl.col("episode"), last).fill_null(value=False)


def meant(title: str, names: Iterable[str]) -> frozenset[str]:
    """Those of the names, of folders and files, that a person means by a title."""
    wanted = _plain(title)
    found, exact = set(), set()
    for name in names:
        whole, called, year = _called(name)
        if whole == wanted or (called == wanted and year is None):
            exact.add(name)
        elif called == wanted or f"{called} {year}" == wanted:
            found.add(name)
    return frozenset(exact | (set() if any(_called(name)[0] == wanted for name in exact) else found))


def _called(name: str) -> tuple[str, str, int | None]:
    """The whole name, the title in it, and its year."""
    stem, dot, extension = name.rpartition(".")
    if dot and extension.lower() in KNOWN:
        found = read(name)
        title, year, whole = found.series_title or found.title, found.year, stem
    else:
        folders = read_folders(name)
        title, year, whole = folders.title, folders.year, name
    return _plain(whole), _plain(title or whole), year


def _plain(text: str) -> str:
    """Letters and figures, without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(each for each in apart if not unicodedata.combining(each))
    return _BETWEEN.sub(" ", bare.replace("&", " and ").replace("'", "")).strip()
