"""The library sections of a server, and what is asked of each kind."""

from __future__ import annotations

from dataclasses import dataclass

from stocktake.model.errors import NotFound, Unreadable
from stocktake.readers.plex.client import PlexClient
from stocktake.readers.plex.node import Node, nodes_of, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What a kind of section holds, in Plex's numbers: the ``leaf`` that has files, and the ``group`` that a title names."""

    leaf: str
    leaf_type: str
    group_type: str | None
    people_say: str


HOLDINGS = {
    "movie": Holding(leaf="movie", leaf_type="1", group_type=None, people_say="movie"),
    "show": Holding(leaf="episode", leaf_type="4", group_type="2", people_say="show"),
    "artist": Holding(leaf="track", leaf_type="10", group_type="8", people_say="artist"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A library section: ``key`` as the server numbers it, ``kind``: movie, show, artist, photo …"""

    key: str
    kind: str
    title: str
    paths: tuple[str, ...]

    @property
    def holding(self) -> Holding | None:
        """None where it holds nothing that is read here, such as photos."""
        return HOLDINGS.get(self.kind)


def sections(client: PlexClient) -> tuple[Section, ...]:
    """Every section of the server, in its order; what has no key is none."""
    container = _of_any_server(client, "/library/sections")
    return tuple(
        Section(
            key=key,
            kind=text_of(node, "type") or "unknown",
            title=text_of(node, "title") or f"Section {key}",
            paths=tuple(path for each in nodes_of(node, "Location") if (path := text_of(each, "path"))),
        )
        for node in nodes_of(container, "Directory")
        if (key := text_of(node, "key")) is not None
    )


def section(client: PlexClient, key: str) -> Section:
    """One of them. Raises ``NotFound`` ``section-not-found``."""
    there = sections(client)
    for each in there:
        if each.key == key:
            return each
    listed = ", ".join(f"{each.title} ({each.key})" for each in there[:20]) or "none"
    raise NotFound(
        "section-not-found",
        f"The Plex server has no library section {key}.",
        hint=f"It has these: {listed}. Run media-source discover to take up what changed.",
    )


def machine_id(client: PlexClient) -> str:
    """How the server calls itself; empty where it does not."""
    return text_of(_of_any_server(client, "/identity"), "machineIdentifier") or ""


def _of_any_server(client: PlexClient, path: str) -> Node:
    """What every Plex server has. Raises ``Unreadable`` ``reply-not-understood`` where this one has not."""
    try:
        return client.container(path)
    except NotFound as refusal:
        message = f"{refusal.message} A Plex server has."
    raise Unreadable(
        "reply-not-understood", message, hint="See that the URL leads to a Plex server, and to its very root."
    )
