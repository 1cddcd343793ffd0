"""What real servers answered, as they gave it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import polars as pl
import pytest

from stocktake.model.media import MediaScope, PathMapping
from stocktake.ports.importer import Discovery
from tests.plex_server import PlexServer, serving
from tests.readers.plex.conftest import NOTHING, Importers, known_of
from tests.readers.plex.recorded import SECTIONS, body, recorded_library

WHOLE = MediaScope()
#: Every folder of the recorded library, found here under its number.
MAPPINGS = tuple(
    PathMapping(source=path, local=f"/here/{key}/{number}")
    for key, (_, paths, _) in SECTIONS.items()
    for number, path in enumerate(paths)
)


@pytest.fixture
def plex() -> Iterator[PlexServer]:
    """A server with everything that was recorded."""
    with serving(recorded_library()) as running:
        yield running


def replied(importer: Importers, plex: PlexServer, section: str, **recorded: str) -> Discovery:
    """What is found where recorded replies are given as they are: ``all`` for the section, else by path."""
    paths = {"all": f"/library/sections/{section}/all"}
    plex.recorded = {paths.get(name, name): body(file) for name, file in recorded.items()}
    return importer(section, mappings=MAPPINGS).discover(WHOLE, NOTHING, None)


def test_movies_as_they_were_recorded(plex: PlexServer, importer: Importers):
    found = replied(importer, plex, "1", all="server/media/movie_library.json")

    assert found.frame.select("canonical_key", "title", "year", "canonical_uri", "signature").rows()[:2] == [
        ("plex:55", "Big Buck Bunny", 2008, "/here/1/0/Big Buck Bunny (2008).mkv", "13400382@1579478991"),
        ("plex:56", "Elephants Dream", 2006, "/here/1/0/Elephants Dream (2006).mkv", "13400382@1579478991"),
    ]
    assert found.is_complete
    assert found.frame.height == 4


def test_episodes_of_which_the_reply_holds_fewer_than_it_says_prove_nothing(
    plex: PlexServer, importer: Importers
):
    """The recorded reply was trimmed: size 9, three items kept."""
    found = replied(importer, plex, "2", all="server/media/tv_episodes.json")

    assert found.frame.select("season", "episode", "series_title").rows() == [
        (1, n, "The 100") for n in (1, 2, 3)
    ]
    assert [failure.code for failure in found.failures] == ["list-unsettled"]


def test_one_page_of_many_proves_nothing(plex: PlexServer, importer: Importers):
    """XML, though JSON was asked for; totalSize 19403, one track on the page."""
    found = replied(importer, plex, "5", all="observed/section_all_page1_music.xml")

    row = found.frame.row(0, named=True)
    assert (row["canonical_key"], row["title"], row["canonical_uri"]) == (
        "plex:3609",
        "可能否",
        "/here/5/1/木小雅/可能否/可能否.mp3",
    )
    assert found.counts["listed"] == 19403
    assert not found.is_complete


def test_sections_as_xml(plex: PlexServer, importer: Importers):
    plex.recorded = {"/library/sections": body("home-assistant/library_sections.xml")}

    assert [(each.external_id, each.name, each.paths) for each in importer().collections()] == [
        ("1", "Movies", ("/storage/movies",)),
        ("2", "TV Shows", ("/storage/tvshows",)),
        ("3", "Music", ("/storage/music",)),
    ]


def test_the_identity_of_the_official_example(plex: PlexServer, importer: Importers):
    plex.recorded = {"/identity": body("observed/identity_official_example.json")}

    assert importer().machine_id() == "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "reply", ["home-assistant/empty_library.xml", "home-assistant/library_movies_size.xml"]
)
def test_an_empty_page_is_an_empty_section_only_if_the_total_says_so(
    plex: PlexServer, importer: Importers, reply: str
):
    found = replied(importer, plex, "1", all=reply)

    assert found.frame.is_empty()
    assert found.is_complete is (reply == "home-assistant/empty_library.xml")


def test_seasons_come_with_an_entry_that_is_none(plex: PlexServer, importer: Importers):
    """What is counted among the seasons as "All episodes" has no ratingKey."""
    plex.recorded = {"/library/metadata/22/children": body("server/media/tv_seasons.json")}

    found = importer("2", mappings=MAPPINGS).discover(
        MediaScope(title="The 100", season=1, episode=1), NOTHING, None
    )

    assert found.frame.select("canonical_key", "title").rows() == [("plex:90", "Pilot")]
    assert found.is_complete


def test_pieces_and_versions_of_a_recorded_movie(plex: PlexServer, importer: Importers):
    frame = importer("1", mappings=MAPPINGS).discover(WHOLE, NOTHING, None).frame

    row = frame.row(by_predicate=pl.col("canonical_key") == "plex:159637", named=True)
    parts = json.loads(row["parts"])
    name = "Black Panther Wakanda Forever (2022)"
    assert [part["path"] for part in parts] == [
        f"/here/1/1/{name}/{name}{ending}" for ending in (".mkv", " Pt1.mp4", " Pt2.mp4")
    ]
    assert row["size"] == sum(part["size"] for part in parts)


def test_a_path_of_windows_is_mapped(plex: PlexServer, importer: Importers):
    frame = importer("1", mappings=MAPPINGS).discover(WHOLE, NOTHING, None).frame

    row = frame.row(by_predicate=pl.col("canonical_key") == "plex:1049", named=True)
    assert row["canonical_uri"] == "/here/1/2/Zoolander (2001).mkv"
    assert row["signature"] == "4208219125#827"  # its part tells no time
    assert row["mtime_ns"] is None


def test_a_file_of_three_episodes_stays_with_the_one_that_names_it(plex: PlexServer, importer: Importers):
    frame = importer("2", mappings=MAPPINGS).discover(WHOLE, NOTHING, None).frame

    row = frame.row(by_predicate=pl.col("canonical_key") == "plex:481485", named=True)
    assert (row["season"], row["episode"], row["signature"]) == (3, 6, "960925199@1762018450")
    assert "S03E04-E06" in row["canonical_uri"]


def test_a_track_that_was_looked_at_is_read_from_its_xml(plex: PlexServer, importer: Importers):
    """checkFiles=1: Part.accessible and Part.exists."""
    before = importer("5", mappings=MAPPINGS).discover(WHOLE, NOTHING, None).frame
    plex.recorded = {"/library/metadata/3609": body("observed/metadata_detail_checkfiles_music.xml")}
    plex.library["5"] = [entry for entry in plex.library["5"] if entry["ratingKey"] in ("3609", "3605")]
    plex.library["5"].append({"ratingKey": "3605", "type": "artist", "title": "木小雅"})

    found = importer("5", mappings=MAPPINGS).discover(MediaScope(title="木小雅"), NOTHING, None)

    assert found.frame.equals(before.filter(pl.col("canonical_key") == "plex:3609"))
    assert found.failures == ()


def test_the_recorded_stages_of_a_refresh_are_one_content(plex: PlexServer, importer: Importers):
    """MED-D5: the server was reading the metadata of this movie anew."""
    digests = {
        replied(importer, plex, "1", all=f"timeline/metadata_182_{stage}.json").digest
        for stage in (1, 2, 3, 4)
    }

    assert len(digests) == 1


def test_guids_of_the_recorded_library_prove_moves_only_where_they_are_of_the_catalogue(
    plex: PlexServer, importer: Importers
):
    """MED-D11: every item gets a new ratingKey."""
    moved: dict[str, str] = {}
    for section in SECTIONS:
        known = known_of(importer(section, mappings=MAPPINGS).discover(WHOLE, NOTHING, None).frame)
        for entry in plex.library[section]:
            entry["ratingKey"] = f"9{entry['ratingKey']}"
        frame = importer(section, mappings=MAPPINGS).discover(WHOLE, known, None).frame
        told = frame.filter(pl.col("moved_from").is_not_null())["guid"].to_list()
        moved |= dict.fromkeys(told, section)
        assert set(told) == set(frame.filter(pl.col("guid").str.starts_with("plex://"))["guid"])

    schemes = {guid.partition("://")[0] for guid in moved}
    assert schemes == {"plex"}
    assert set(moved.values()) == set(SECTIONS)
