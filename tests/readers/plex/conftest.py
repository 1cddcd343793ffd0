"""A Plex server of the test's own, and importers that read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import polars as pl
import pytest

from stocktake.model.media import Collection, MediaKind, MediaSource, PathMapping
from stocktake.ports.importer import KNOWN
from stocktake.readers.plex.importer import PlexImporter
from tests.plex_server import TOKEN, PlexServer, Waits, episode, movie, season, serving, show

NOTHING = pl.DataFrame(schema=KNOWN)
MAPPINGS = (
    PathMapping(source="/data/movies", local="/mnt/movies"),
    PathMapping(source="/data/tv", local="/mnt/tv"),
)


def written_library() -> PlexServer:
    """Two sections: 1 of three movies, 2 of two shows."""
    server = PlexServer()
    server.add("1", "movie", "Movies", ["/data/movies"], [movie(str(n), f"Film {n}") for n in (11, 12, 13)])
    first, second = show("20", "Quiet Harbour"), show("40", "Quiet Harbour Nights", 2019)
    one, two, other = season("21", first, 1), season("22", first, 2), season("41", second, 1)
    episodes = [episode(str(200 + n), first, one, n) for n in (1, 2, 3)]
    episodes += [episode("301", first, two, 1), episode("401", second, other, 1)]
    server.add("2", "show", "TV Shows", ["/data/tv"], [first, second, one, two, other, *episodes])
    return server


@pytest.fixture
def plex() -> Iterator[PlexServer]:
    """A server with the written library."""
    with serving(written_library()) as running:
        yield running


Importers = Callable[..., PlexImporter]


@pytest.fixture
def importer(plex: PlexServer) -> Importers:
    """Make an importer of a section of the server; ``mappings``, ``token`` and all that an importer takes may be given."""

    def make(section: str = "1", **more: Any) -> PlexImporter:
        source = MediaSource(
            name="NAS",
            kind=MediaKind.PLEX,
            url=more.pop("url", plex.url),
            token_env="NAS_TOKEN",
            machine_id=more.pop("machine_id", None),
        )
        collection = Collection(
            collection_id=UUID(int=1),
            media_source="NAS",
            external_id=section,
            name="Movies",
            source_code="NAS-MOVIES",
            path_mappings=more.pop("mappings", MAPPINGS),
            excludes=more.pop("excludes", ()),
        )
        patience = more.pop("patience", None) or Waits().patience()
        return PlexImporter(source, more.pop("token", TOKEN), patience, collection=collection, **more)

    return make


def known_of(frame: pl.DataFrame, **changed: Any) -> pl.DataFrame:
    """What the collection would know after ``frame`` was ingested."""
    known = frame.with_columns(is_present=pl.lit(True)).select(KNOWN.keys())
    return known.with_columns(**changed)
