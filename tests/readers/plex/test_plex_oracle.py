"""The same server read by us and by the well-kept client library for Plex: both see the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from plexapi.server import PlexServer as PlexApi

from stocktake.model.media import MediaScope, PathMapping
from tests.plex_server import TOKEN, PlexServer, serving
from tests.readers.plex.conftest import NOTHING, Importers, written_library
from tests.readers.plex.recorded import recorded_library

LEAVES = {"movie": "movie", "show": "episode", "artist": "track"}


@pytest.fixture(params=["written", "recorded"])
def plex(request: pytest.FixtureRequest) -> Iterator[PlexServer]:
    """The library of the tests, and the one that real servers told of."""
    with serving(written_library() if request.param == "written" else recorded_library()) as running:
        yield running


def _slashed(path: str) -> str:
    """A path of Windows with the separator that a mapped one has."""
    return path.replace("\\", "/")


def _theirs(section: Any) -> dict[str, tuple[Any, ...]]:
    leaf = LEAVES[section.type]
    return {
        f"plex:{each.ratingKey}": (
            each.title,
            each.guid,
            (each.grandparentTitle, each.parentIndex, each.index)
            if leaf == "episode"
            else (None, None, None),
            sum(part.size for medium in each.media for part in medium.parts),
            [_slashed(path) for path in each.locations],
        )
        for each in section.search(libtype=leaf)
    }


@pytest.mark.parametrize("page", [2, 500])
def test_sees_the_sections_items_and_files_that_the_client_library_sees(
    plex: PlexServer, importer: Importers, page: int
):
    sections = PlexApi(plex.url, TOKEN).library.sections()

    assert [(each.external_id, each.name, list(each.paths)) for each in importer().collections()] == [
        (str(each.key), each.title, each.locations) for each in sections
    ]
    for section in sections:
        # Mapped to itself, a path stays as the server names it.
        ours = tuple(PathMapping(source=path, local=path) for path in section.locations)
        found = importer(str(section.key), mappings=ours, page=page).discover(MediaScope(), NOTHING, None)
        assert found.is_complete
        assert {
            row["canonical_key"]: (
                row["title"],
                row["guid"],
                (row["series_title"], row["season"], row["episode"]),
                row["size"],
                [_slashed(part["path"]) for part in json.loads(row["parts"] or "[]")]
                or [_slashed(row["canonical_uri"])],
            )
            for row in found.frame.iter_rows(named=True)
        } == _theirs(section)
        assert found.frame.height > 2


def test_sees_the_shows_and_seasons_that_the_client_library_sees(plex: PlexServer, importer: Importers):
    shows = [show for show in PlexApi(plex.url, TOKEN).library.sectionByID(2).all() if show.episodes()]

    assert shows
    for show in shows:
        episodes = [(f"plex:{each.ratingKey}", each.parentIndex, each.index) for each in show.episodes()]
        whole = importer("2").discover(MediaScope(title=show.title), NOTHING, None)
        assert whole.frame.select("canonical_key", "season", "episode").rows() == episodes
        number = episodes[0][1]
        season = importer("2").discover(MediaScope(title=show.title, season=number), NOTHING, None)
        told = show.season(season=number).episodes()
        assert season.frame["canonical_key"].to_list() == [f"plex:{each.ratingKey}" for each in told]
        for one, other in pairwise(told):
            assert one.index < other.index
