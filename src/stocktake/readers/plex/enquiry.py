"""What the server is asked for a scope: the narrowest list that it has (MED-D2, MED-B8)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from unicodedata import normalize
from urllib.parse import quote

import polars as pl

from stocktake.model.errors import InvalidInput, NotFound
from stocktake.model.media import MediaScope
from stocktake.ports.progress import Progress, Silence
from stocktake.readers.plex.client import PlexClient
from stocktake.readers.plex.listing import PAGE, Listing, read_listing
from stocktake.readers.plex.node import Node, is_deleted, nodes_of, slim, text_of, whole_of
from stocktake.readers.plex.section import Holding, Section

#: So many items are looked at by one question.
_TOGETHER = 100
_YEAR = re.compile(r"(.+?)\s*\((\d{4})\)\s*")


class Enquiry:
    """Asks for what lies in one section, or in a part of it."""

    def __init__(
        self,
        client: PlexClient,
        section: Section,
        holding: Holding,
        *,
        page: int = PAGE,
        progress: Progress | None = None,
    ) -> None:
        self._client, self._section, self._holding, self._page = client, section, holding, page
        self._progress = progress or Silence()

    def listing(self, scope: MediaScope) -> Listing:
        """The leaves in ``scope``: movies, episodes or tracks.

        Raises ``NotFound`` ``scope-not-found`` for a title, season or episode; ``InvalidInput`` ``ambiguous-title`` where
        titles differ by their year alone and no year was given.
        """
        if scope.title is None:
            return self._all(self._holding.leaf_type)
        titled = self._titled(scope.title)
        if self._holding.group_type is None:
            self._refuse_seasons(scope)
            listing = Listing(entries=titled, total=len(titled), is_settled=True)
        elif scope.season is None:
            listing = _together([self._below(each, "allLeaves") for each in titled])
        else:
            self._refuse_seasons(scope)
            listing = self._of_season(titled, scope, scope.season)
        return self._looked_at(listing)

    def _all(self, number: str, **query: str) -> Listing:
        path = f"/library/sections/{quote(self._section.key, safe='')}/all"
        asked = (("type", number), *query.items())
        return read_listing(self._client, path, asked, page=self._page, progress=self._progress)

    def _below(self, entry: Node, name: str, **query: str) -> Listing:
        key = quote(text_of(entry, "ratingKey") or "", safe="")
        return read_listing(
            self._client, f"/library/metadata/{key}/{name}", tuple(query.items()), page=self._page
        )

    def _titled(self, title: str) -> tuple[Node, ...]:
        """The movies, shows or artists of this title. The server's own filter finds every title that contains it."""
        number = self._holding.group_type or self._holding.leaf_type
        title = " ".join(normalize("NFC", title).split())
        asked = self._all(number, title=title).entries
        found = [entry for entry in asked if _folded(text_of(entry, "title")) == _folded(title)]
        if not found and (dated := _YEAR.fullmatch(title)):
            asked = self._all(number, title=dated[1]).entries
            found = [
                entry
                for entry in asked
                if _folded(text_of(entry, "title")) == _folded(dated[1])
                and whole_of(entry, "year") == int(dated[2])
            ]
        found = [entry for entry in found if text_of(entry, "ratingKey") is not None]
        kind, name = self._holding.people_say, self._section.title
        if not found:
            near = ", ".join(f"{_dated(entry)!r}" for entry in asked[:5])
            raise NotFound(
                "scope-not-found",
                f"There is no {kind} {title!r} in the Plex section {name!r}.",
                hint=f"Near to it: {near}." if near else "See how Plex spells it.",
            )
        if len({whole_of(entry, "year") for entry in found}) > 1:
            listed = ", ".join(f"{_dated(entry)!r}" for entry in found[:5])
            raise InvalidInput(
                "ambiguous-title",
                f"{title!r} is the title of {len(found)} in the Plex section {name!r}: {listed}.",
                hint="Say which by its year, as it stands there.",
            )
        return tuple(found)

    def _refuse_seasons(self, scope: MediaScope) -> None:
        if scope.season is not None and self._holding.leaf != "episode":
            raise NotFound(
                "scope-not-found",
                f"The Plex section {self._section.title!r} holds no seasons: each title is a {self._holding.people_say}.",
                hint="Leave --season and --episode out.",
            )

    def _of_season(self, shows: tuple[Node, ...], scope: MediaScope, season: int) -> Listing:
        below = [self._below(show, "children", excludeAllLeaves="1") for show in shows]
        seasons = [entry for listing in below for entry in listing.entries]
        found = [entry for entry in seasons if whole_of(entry, "index") == season]
        if not found:
            there = ", ".join(map(str, _numbers(seasons))) or "none"
            raise NotFound(
                "scope-not-found",
                f"{scope.title!r} has no season {season} in the Plex section {self._section.title!r}.",
                hint=f"It has these seasons: {there}.",
            )
        listing = _together([self._below(each, "children") for each in found])
        return listing if scope.episode is None else self._of_episode(listing, scope)

    def _of_episode(self, listing: Listing, scope: MediaScope) -> Listing:
        found = tuple(entry for entry in listing.entries if whole_of(entry, "index") == scope.episode)
        if not found:
            there = _numbers(listing.entries)
            listed = f"{there[0]} to {there[-1]}" if len(there) > 1 else ", ".join(map(str, there)) or "none"
            raise NotFound(
                "scope-not-found",
                f"Season {scope.season} of {scope.title!r} has no episode {scope.episode} in the Plex section "
                f"{self._section.title!r}.",
                hint=f"It has these episodes: {listed}.",
            )
        return Listing(entries=found, total=len(found), is_settled=listing.is_settled)

    def still_there(self, canonical_keys: pl.Series) -> list[str]:
        """Which of them the section still has, by the server's own word: no list proves that something is gone."""
        keys = canonical_keys.str.strip_prefix("plex:").to_list()
        there = [entry for entry in self._named(keys) if not is_deleted(entry) and self._is_here(entry)]
        return [f"plex:{text_of(entry, 'ratingKey')}" for entry in there]

    def _is_here(self, entry: Node) -> bool:
        return text_of(entry, "librarySectionID") in (None, self._section.key)

    def _looked_at(self, listing: Listing) -> Listing:
        """The same, after the server looked whether their files are there: it does so only where items are named."""
        keys = [key for entry in listing.entries if (key := text_of(entry, "ratingKey")) is not None]
        fresh = {text_of(entry, "ratingKey"): entry for entry in self._named(keys)}
        entries = tuple(fresh.get(text_of(entry, "ratingKey"), entry) for entry in listing.entries)
        return replace(listing, entries=entries)

    def _named(self, keys: list[str]) -> Iterator[Node]:
        """Items by their keys, with what the server sees of their files; what is not there is left out."""
        for start in range(0, len(keys), _TOGETHER):
            named = ",".join(quote(key, safe="") for key in keys[start : start + _TOGETHER])
            try:
                container = self._client.container(f"/library/metadata/{named}", (("checkFiles", "1"),))
            except NotFound:
                continue
            yield from map(slim, nodes_of(container, "Metadata"))


def _numbers(entries: Iterable[Node]) -> list[int]:
    return sorted({number for entry in entries if (number := whole_of(entry, "index")) is not None})


def _folded(title: str | None) -> str:
    return " ".join(normalize("NFC", title or "").casefold().split())


def _dated(entry: Node) -> str:
    title, year = text_of(entry, "title") or "?", whole_of(entry, "year")
    return f"{title} ({year})" if year else title


def _together(listings: list[Listing]) -> Listing:
    """Several lists as one; an entry of two stands there once."""
    entries = {
        text_of(entry, "ratingKey") or (at, number): entry
        for at, listing in enumerate(listings)
        for number, entry in enumerate(listing.entries)
    }
    return Listing(
        entries=tuple(entries.values()),
        total=sum(listing.total for listing in listings),
        is_settled=all(listing.is_settled for listing in listings),
        repeated=sum(listing.repeated for listing in listings),
        passes=max((listing.passes for listing in listings), default=1),
    )
