"""Collections of a Plex server: a real one on this machine that serves a written library (MED)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stocktake.book.ingesting import Ingested
from stocktake.model.errors import InvalidInput, NotFound, Unreadable
from stocktake.model.media import MediaKind, MediaScope, MediaSource, PathMapping
from tests.plex_server import TOKEN, PlexServer, episode, movie, season, serving, show
from tests.stories.desk import Desk


@pytest.fixture
def plex() -> Iterator[PlexServer]:
    server = PlexServer()
    server.add("1", "movie", "Movies", ["/data/movies"], [movie(str(n), f"Film {n}") for n in (11, 12, 13)])
    pilot = show("20", "Quiet Harbour")
    first = season("21", pilot, 1)
    server.add(
        "2",
        "show",
        "TV Shows",
        ["/data/tv"],
        [pilot, first, *(episode(str(200 + number), pilot, first, number) for number in (1, 2, 3))],
    )
    with serving(server) as running:
        yield running


@pytest.fixture
def home(desk: Desk, plex: PlexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The server, declared, with its two sections found; their files would lie in two folders here."""
    monkeypatch.setenv("PLEX_TOKEN", TOKEN)
    monkeypatch.setattr("stocktake.readers.importers.sleep", lambda _: None)
    mappings = []
    for name in ("movies", "tv"):
        (tmp_path / name).mkdir()
        mappings.append(PathMapping(source=f"/data/{name}", local=str(tmp_path / name)))
    desk.book.add_media_source(
        MediaSource(
            name="HOME",
            kind=MediaKind.PLEX,
            url=plex.url,
            token_env="PLEX_TOKEN",
            path_mappings=tuple(mappings),
        )
    )
    for each in desk.book.discover_collections("HOME"):
        desk.book.update_collection(str(each.collection_id), is_sync_enabled=True)
    return desk


def assets(desk: Desk) -> dict[str, dict[str, object]]:
    return {str(row["canonical_key"]): row for row in desk.rows("SELECT * FROM media_asset ORDER BY id")}


def ingest(desk: Desk, named: str = "Movies", *, allow_retire: int | None = None, **scope: Any) -> Ingested:
    desk.later()
    return desk.book.ingest_collection(named, MediaScope(**scope), allow_retire=allow_retire)


def test_sections_are_collections_and_the_server_is_known_again(home, plex):
    """MED Settled: the machine identifier identifies the media source"""
    assert [(each.name, each.external_id) for each in home.book.collections()] == [
        ("Movies", "1"),
        ("TV Shows", "2"),
    ]
    assert home.book.media_source("HOME").machine_id == plex.machine


def test_another_server_at_the_address_is_not_taken_for_the_known_one(home, plex):
    """MED Settled: its sections are others, whatever their keys"""
    before, known = home.book.collections(), plex.machine
    plex.machine = "another"
    with pytest.raises(Unreadable) as refused:
        home.book.discover_collections("HOME")
    assert refused.value.code == "other-server"
    assert (home.book.collections(), home.book.media_source("HOME").machine_id) == (before, known)


def test_a_new_path_mapping_makes_what_was_said_of_its_folders_the_past(home, tmp_path):
    """MED-B24: not checked, until the next ingest looks"""
    lost = (PathMapping(source="/data/movies", local=str(tmp_path / "gone")),)
    home.book.update_collection("Movies", path_mappings=lost)
    with pytest.raises(InvalidInput):
        ingest(home)
    assert home.book.collection("Movies").hindrances
    mended = (PathMapping(source="/data/movies", local=str(tmp_path / "movies")),)
    changed = home.book.update_collection("Movies", path_mappings=mended)
    assert (changed.is_ingestible, changed.hindrances) == (False, ())
    assert ingest(home).collection.is_ingestible


def test_what_is_left_out_of_a_section_is_not_missing(home):
    """MED Importers, MED-D10: patterns see the mapped path"""
    ingest(home)
    home.book.update_collection("Movies", excludes=("/Film 12.mkv",))
    done = ingest(home)
    assert (done.stats.assets_skipped, done.stats.assets_missing, done.stats.errors) == (2, 0, ())
    assert assets(home)["plex:12"]["state"] == "new"


def test_movies_and_episodes_become_assets_with_the_servers_keys(home, tmp_path):
    """MED-D4: ratingKey and collection"""
    ingest(home)
    ingest(home, "TV Shows")
    found = assets(home)
    assert sorted(found) == ["plex:11", "plex:12", "plex:13", "plex:201", "plex:202", "plex:203"]
    assert str(found["plex:11"]["canonical_uri"]).startswith(str(tmp_path / "movies"))
    second = found["plex:202"]
    assert (second["series_title"], second["season"], second["episode"]) == ("Quiet Harbour", 1, 2)


def test_what_the_server_has_unchanged_is_skipped(home):
    """MED-B17"""
    ingest(home)
    again = ingest(home)
    assert (again.stats.assets_skipped, again.stats.assets_updated) == (3, 0)


def test_a_title_that_changes_at_the_server_is_an_update(home, plex):
    """MED-B18"""
    ingest(home)
    plex.library["1"][0]["title"] = "Film 11, restored"
    assert ingest(home).stats.assets_updated == 1
    assert assets(home)["plex:11"]["title"] == "Film 11, restored"


def test_an_episode_goes_alone_and_what_is_not_there_is_named(home):
    """MED-B8, MED-D2"""
    one = ingest(home, "TV Shows", title="Quiet Harbour", season=1, episode=2)
    assert (one.stats.assets_discovered, list(assets(home))) == (1, ["plex:202"])
    with pytest.raises(NotFound) as refused:
        ingest(home, "TV Shows", title="Quiet Harbour", season=4)
    assert refused.value.code == "scope-not-found"


def test_a_list_that_breaks_off_makes_nothing_missing(home, plex):
    """MED Importers: paging until complete, else nothing goes missing"""
    ingest(home)
    plex.library["1"].pop()
    plex.library["1"].append({"type": "movie", "title": "without a key"})
    done = ingest(home, allow_retire=3)
    assert done.stats.assets_ingested == 0
    assert len(done.stats.errors) == 1


def test_a_server_that_is_gone_or_refuses_the_token_is_told_as_such(home, plex):
    """MED Importers: 401 and unreachable; nothing is written"""
    ingest(home)
    before = assets(home)
    plex.token = "another"
    with pytest.raises(Unreadable) as refused:
        ingest(home)
    assert refused.value.code == "token-refused"
    assert TOKEN not in str(refused.value.message) + str(refused.value.hint)
    assert assets(home) == before


def test_the_token_is_kept_nowhere(home):
    """MED Entities: a secret, never logged, never stored"""
    ingest(home)
    kept = home.rows("SELECT descriptor FROM st_media_source") + home.rows(
        "SELECT sentence FROM st_activity_log"
    )
    assert kept
    assert all(TOKEN not in str(row) for row in kept)
