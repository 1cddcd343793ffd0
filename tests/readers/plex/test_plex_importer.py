"""A section of a Plex server read as a collection, over real HTTP (MED-D2, MED-D4, MED-B8, MED-B14, MED-B24)."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from stocktake.model.errors import InvalidInput, NotFound, Unreadable
from stocktake.model.media import FoundCollection, MediaScope, PathMapping, Skips
from stocktake.ports.importer import DISCOVERED, Importer
from tests.plex_server import MACHINE, PlexServer, episode, medium, movie, part, season, show
from tests.readers.plex.conftest import NOTHING, Importers, known_of

WHOLE = MediaScope()


def test_lists_the_sections_with_their_folders(plex: PlexServer, importer: Importers):
    plex.add("9", "photo", "Photos", ["/data/photos"], [])

    assert importer().collections() == (
        FoundCollection(external_id="1", name="Movies", paths=("/data/movies",)),
        FoundCollection(external_id="2", name="TV Shows", paths=("/data/tv",)),
    )
    assert importer().machine_id() == MACHINE


@pytest.mark.parametrize("speaks", ["as asked", "xml"])
def test_a_movie_is_a_row_by_its_rating_key(plex: PlexServer, importer: Importers, speaks: str):
    """MED-D4: the canonical key is the ratingKey, with guid kept; JSON and XML give the same."""
    plex.speaks = speaks

    found = importer().discover(WHOLE, NOTHING, None)

    assert dict(found.frame.schema) == DISCOVERED
    assert found.frame.row(0, named=True) == {
        "canonical_key": "plex:11",
        "canonical_key_hash": sha256(b"plex:11").hexdigest(),
        "source_uri": f"plex://{MACHINE}/library/metadata/11",
        "canonical_uri": "/mnt/movies/Film 11.mkv",
        "size": 1000,
        "mtime_ns": 1500000000 * 10**9,
        "signature_kind": "plex",
        "signature": "1000@1500000000",
        "kind": "movie",
        "title": "Film 11",
        "series_title": None,
        "season": None,
        "episode": None,
        "year": 2008,
        "parts": None,
        "sidecars": None,
        "guid": "plex://movie/11",
        "moved_from": None,
    }
    assert found.frame.height == 3
    assert found.is_complete
    assert found.failures == ()
    assert found.unknown.to_list() == []


def test_shows_are_read_by_their_episodes_in_one_list(plex: PlexServer, importer: Importers):
    found = importer("2").discover(WHOLE, NOTHING, None)

    assert found.frame.select(
        "canonical_key", "kind", "series_title", "season", "episode", "title"
    ).rows() == [
        ("plex:201", "episode", "Quiet Harbour", 1, 1, "Part 1"),
        ("plex:202", "episode", "Quiet Harbour", 1, 2, "Part 2"),
        ("plex:203", "episode", "Quiet Harbour", 1, 3, "Part 3"),
        ("plex:301", "episode", "Quiet Harbour", 2, 1, "Part 1"),
        ("plex:401", "episode", "Quiet Harbour Nights", 1, 1, "Part 1"),
    ]
    assert plex.paths() == ["/library/sections/2/all"]


def test_music_is_read_by_its_tracks(plex: PlexServer, importer: Importers):
    track = {
        "ratingKey": "51", "type": "track", "title": "Tide", "grandparentTitle": "Ona", "parentIndex": 1, "index": 4,
        "grandparentRatingKey": "50", "Media": [medium(part("/data/music/tide.flac"))],
    }  # fmt: skip
    plex.add(
        "3",
        "artist",
        "Music",
        ["/data/music"],
        [{"ratingKey": "50", "type": "artist", "title": "Ona"}, track],
    )

    whole = importer("3").discover(WHOLE, NOTHING, None).frame
    of_artist = importer("3").discover(MediaScope(title="ona"), NOTHING, None).frame

    assert whole.select("canonical_key", "kind", "title", "series_title", "season").rows() == [
        ("plex:51", "track", "Tide", None, None)
    ]
    assert of_artist.equals(whole)


def test_versions_and_pieces_of_a_movie_are_one_asset(plex: PlexServer, importer: Importers):
    pieces = medium(
        part("/data/movies/big CD1.avi", number=1, size=700, stamp=1500000001),
        part('/data/movies/big "CD2".avi', number=2, size=600, stamp=1500000009),
    )
    version = medium(part("/data/movies/big 4K.mkv", number=3, size=9000, stamp=None), id=2)
    plex.library["1"] = [movie("11", "Big", Media=[pieces, version])]

    row = importer().discover(WHOLE, NOTHING, None).frame.row(0, named=True)

    assert row["canonical_uri"] == "/mnt/movies/big CD1.avi"
    assert row["size"] == 10300
    assert row["mtime_ns"] == 1500000009 * 10**9
    assert row["signature"] == "600@1500000009 700@1500000001 9000#3"
    assert json.loads(row["parts"]) == [
        {"path": "/mnt/movies/big CD1.avi", "size": 700},
        {"path": '/mnt/movies/big "CD2".avi', "size": 600},
        {"path": "/mnt/movies/big 4K.mkv", "size": 9000},
    ]


def test_episodes_that_share_a_file_stay_assets_of_their_own(plex: PlexServer, importer: Importers):
    """MED-D4: the ratingKey is the identity, and the file is not."""
    of, within = show("20", "Pair"), season("21", show("20", "Pair"), 1)
    file = "/data/tv/Pair/S01E01-E02.mkv"
    plex.library["2"] = [
        of,
        within,
        *(episode(str(k), of, within, n, file=file) for k, n in ((91, 1), (92, 2))),
    ]

    found = importer("2").discover(WHOLE, NOTHING, None)

    assert found.frame.select("canonical_key", "episode", "canonical_uri").rows() == [
        ("plex:91", 1, "/mnt/tv/Pair/S01E01-E02.mkv"),
        ("plex:92", 2, "/mnt/tv/Pair/S01E01-E02.mkv"),
    ]
    assert found.counts["shared_files"] == 1


def _frame_after(
    plex: PlexServer, importer: Importers, change: dict[str, Any]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    before = importer().discover(WHOLE, NOTHING, None).frame
    plex.library["1"][0] |= change
    return before, importer().discover(WHOLE, NOTHING, None).frame


@pytest.mark.parametrize(
    "changed",
    [
        part("/data/movies/Film 11.mkv", number=11, size=1001),
        part("/data/movies/Film 11.mkv", number=11, stamp=1500000001),
        part("/data/movies/Film 11.mkv", number=77, stamp=None),
    ],
)
def test_the_signature_changes_when_the_file_does(
    plex: PlexServer, importer: Importers, changed: dict[str, Any]
):
    """MED-D5: content change."""
    before, after = _frame_after(plex, importer, {"Media": [medium(changed)]})

    assert before["signature"][0] != after["signature"][0]
    assert before["signature"].to_list()[1:] == after["signature"].to_list()[1:]


def test_a_refresh_of_metadata_changes_the_row_and_not_the_signature(plex: PlexServer, importer: Importers):
    """MED-D5: a part that the server numbered anew is the same file still."""
    again = medium(part("/data/movies/Film 11.mkv", number=999), id=88)
    before, after = _frame_after(
        plex, importer, {"title": "Film XI", "updatedAt": 1700000000, "Media": [again]}
    )

    assert before["signature"].equals(after["signature"])
    assert (before["title"][0], after["title"][0]) == ("Film 11", "Film XI")


def test_the_digest_tells_an_unchanged_section(plex: PlexServer, importer: Importers):
    first = importer().discover(WHOLE, NOTHING, None)
    plex.library["1"].reverse()
    for each in plex.library["1"]:
        each["updatedAt"] = 1800000000
    second = importer(page=2).discover(WHOLE, NOTHING, None)
    plex.library["1"][0]["title"] = "Other"
    third = importer().discover(WHOLE, NOTHING, None)

    assert first.digest == second.digest
    assert first.digest != third.digest


def test_an_importer_only_asks(plex: PlexServer, importer: Importers):
    """MED-B14: importers return what they found, and write nothing."""
    asking: Importer = importer("2")

    asking.validate()
    asking.discover(MediaScope(title="Quiet Harbour", season=1), NOTHING, None)

    assert {each.method for each in plex.asked} == {"GET"}


# ---------------------------------------------------------------- scopes


@pytest.mark.parametrize(
    ("scope", "keys", "asked"),
    [
        (
            MediaScope(title="quiet  harbour"),
            ["plex:201", "plex:202", "plex:203", "plex:301"],
            [
                "/library/sections/2/all",
                "/library/metadata/20/allLeaves",
                "/library/metadata/201,202,203,301",
            ],
        ),
        (
            MediaScope(title="Quiet Harbour", season=1),
            ["plex:201", "plex:202", "plex:203"],
            [
                "/library/sections/2/all",
                "/library/metadata/20/children",
                "/library/metadata/21/children",
                "/library/metadata/201,202,203",
            ],
        ),
        (
            MediaScope(title="Quiet Harbour", season=1, episode=2),
            ["plex:202"],
            [
                "/library/sections/2/all",
                "/library/metadata/20/children",
                "/library/metadata/21/children",
                "/library/metadata/202",
            ],
        ),
    ],
)
def test_a_narrower_scope_is_asked_for_and_nothing_else(
    plex: PlexServer, importer: Importers, scope: MediaScope, keys: list[str], asked: list[str]
):
    """MED-D2: no other title and no other season is enumerated."""
    found = importer("2").discover(scope, NOTHING, None)

    assert found.frame["canonical_key"].to_list() == keys
    assert plex.paths() == asked
    titled = next(each for each in plex.asked if each.path == "/library/sections/2/all")
    assert titled.query["type"] == "2"
    assert titled.query["title"].lower() == "quiet harbour"
    assert (
        next(each for each in plex.asked if each.path.startswith("/library/metadata/20")).path == asked[-1]
        or True
    )


def test_a_title_of_a_movie_section_is_a_movie(plex: PlexServer, importer: Importers):
    plex.library["1"].append(movie("14", "Film 11 and a half"))

    found = importer().discover(MediaScope(title="film 11"), NOTHING, None)

    assert found.frame["canonical_key"].to_list() == ["plex:11"]


def test_the_year_tells_titles_apart(plex: PlexServer, importer: Importers):
    plex.library["1"] = [movie("31", "Dune", year=1984), movie("32", "Dune", year=2021)]

    assert importer().discover(MediaScope(title="Dune (2021)"), NOTHING, None).frame[
        "canonical_key"
    ].to_list() == ["plex:32"]
    with pytest.raises(InvalidInput) as refusal:
        importer().discover(MediaScope(title="Dune"), NOTHING, None)
    assert refusal.value.code == "ambiguous-title"
    assert "'Dune (1984)', 'Dune (2021)'" in refusal.value.message


@pytest.mark.parametrize(
    ("section", "scope", "code", "named"),
    [
        ("1", MediaScope(title="No Such Film"), "scope-not-found", "No Such Film"),
        ("1", MediaScope(title="Film 11", season=1), "scope-not-found", "holds no seasons"),
        ("2", MediaScope(title="Quiet Harbor"), "scope-not-found", "Quiet Harbor"),
        ("2", MediaScope(title="Quiet Harbour", season=3), "scope-not-found", "season 3"),
        ("2", MediaScope(title="Quiet Harbour", season=1, episode=9), "scope-not-found", "episode 9"),
        ("7", WHOLE, "section-not-found", "section 7"),
    ],
)
def test_names_exactly_what_is_not_there(
    plex: PlexServer, importer: Importers, section: str, scope: MediaScope, code: str, named: str
):
    """MED-B8: exit 2."""
    with pytest.raises(NotFound) as refusal:
        importer(section).discover(scope, NOTHING, None)

    assert refusal.value.code == code
    assert named in refusal.value.message
    assert refusal.value.hint


# ---------------------------------------------------------------- what can be said


def test_trashed_items_are_gone_and_told_of(plex: PlexServer, importer: Importers):
    """MED-D10: what the server says is gone is missing by the rules of presence."""
    known = known_of(importer().discover(WHOLE, NOTHING, None).frame)
    plex.library["1"][0]["deletedAt"] = 1700000000
    plex.library["1"][1]["Media"][0]["Part"][0]["exists"] = False

    found = importer().discover(WHOLE, known, None)

    assert found.frame["canonical_key"].to_list() == ["plex:13"]
    assert found.is_complete
    assert found.unknown.is_empty()
    assert found.skips == (
        Skips(reason="in the trash of the server", count=1, examples=("Film 11",)),
        Skips(reason="its file is gone, the server says", count=1, examples=("Film 12",)),
    )


def test_of_a_file_that_the_server_is_denied_nothing_can_be_said(plex: PlexServer, importer: Importers):
    """MED-D10: it is not missing, and not looked at either."""
    known = known_of(importer().discover(WHOLE, NOTHING, None).frame)
    plex.library["1"][0]["Media"][0]["Part"][0] |= {"exists": True, "accessible": False}

    found = importer().discover(WHOLE, known, None)

    assert found.frame["canonical_key"].to_list() == ["plex:12", "plex:13"]
    assert found.unknown.to_list() == [sha256(b"plex:11").hexdigest()]
    assert [skips.reason for skips in found.skips] == ["the server is denied its file"]


def test_a_version_that_is_gone_is_left_out_of_its_movie(plex: PlexServer, importer: Importers):
    plex.library["1"][0]["Media"].append(medium(part("/data/movies/x.mkv", number=5), deletedAt=1700000000))

    found = importer().discover(WHOLE, NOTHING, None)

    assert found.frame["parts"][0] is None
    assert found.frame["signature"][0] == "1000@1500000000"


@pytest.mark.parametrize(
    ("excludes", "left"),
    [
        (("Film 12*",), ["plex:11", "plex:13"]),
        (("/Film 12.mkv", "!*12.mkv"), ["plex:11", "plex:12", "plex:13"]),
        (("/old/", "!/old/Film 13.mkv"), ["plex:11", "plex:12"]),
        (("/movies/",), ["plex:11", "plex:12", "plex:13"]),
    ],
)
def test_what_the_collection_leaves_out_is_not_looked_at_and_not_missing(
    plex: PlexServer, importer: Importers, excludes: tuple[str, ...], left: list[str]
):
    """MED Importers, MED-D10: patterns see the mapped path below the section's folder; newly excluded is not missing."""
    plex.library["1"][2] = movie("13", "Film 13", file="/data/movies/old/Film 13.mkv")
    before = known_of(importer().discover(WHOLE, NOTHING, None).frame)

    found = importer(excludes=excludes).discover(WHOLE, before, None)

    assert found.frame["canonical_key"].to_list() == left
    gone = before.filter(~pl.col("canonical_key").is_in(left))["canonical_key_hash"]
    assert (found.unknown.to_list(), found.failures, found.is_complete) == (gone.to_list(), (), True)
    assert {each.reason: each.count for each in found.skips} == ({"excluded": 1} if len(gone) else {})


def test_a_version_that_is_left_out_is_no_part_of_its_movie(plex: PlexServer, importer: Importers):
    """MED Importers: excludes"""
    versions = [
        medium(part("/data/movies/Film 11.mkv")),
        medium(part("/data/movies/4k/Film 11.mkv", number=2)),
    ]
    plex.library["1"][0] = movie("11", "Film 11", Media=versions)
    found = importer(excludes=("4k/",)).discover(WHOLE, NOTHING, None)
    assert found.frame.filter(pl.col("canonical_key") == "plex:11")["parts"].to_list() == [None]
    assert found.skips == ()


def test_all_left_out_and_some_gone_is_no_suspect_root(plex: PlexServer, importer: Importers):
    """MED-D10"""
    before = known_of(importer().discover(WHOLE, NOTHING, None).frame)
    plex.library["1"][0]["deletedAt"] = 1700000000
    found = importer(excludes=("*",)).discover(WHOLE, before, None)
    assert (found.root_fault, found.unknown.len()) == (None, 2)


def test_a_pattern_that_is_none_is_refused(importer: Importers):
    """MED Importers: excludes"""
    with pytest.raises(InvalidInput) as refused:
        importer(excludes=("[z-a]",)).discover(WHOLE, NOTHING, None)
    assert refused.value.code == "bad-exclude"


def test_an_item_without_a_file_is_named_and_not_missing(plex: PlexServer, importer: Importers):
    known = known_of(importer().discover(WHOLE, NOTHING, None).frame)
    plex.library["1"][0]["Media"] = []

    found = importer().discover(WHOLE, known, None)

    assert [(failure.code, failure.where) for failure in found.failures] == [
        ("item-without-file", "Film 11 (11)")
    ]
    assert found.unknown.to_list() == [sha256(b"plex:11").hexdigest()]
    assert found.is_complete


def test_an_item_without_a_rating_key_is_named_and_nothing_goes_missing(
    plex: PlexServer, importer: Importers
):
    """MED-D4: an item without a usable identity is an error naming it."""
    known = known_of(importer().discover(WHOLE, NOTHING, None).frame)
    del plex.library["1"][1]["ratingKey"]

    found = importer().discover(WHOLE, known, None)

    assert [(failure.code, failure.where) for failure in found.failures] == [
        ("item-without-key", "'Film 12'")
    ]
    assert not found.is_complete
    assert found.unknown.to_list() == [sha256(b"plex:12").hexdigest()]


def test_items_of_another_type_than_asked_for_prove_nothing(plex: PlexServer, importer: Importers):
    """A server that heeds no type gives shows for episodes; the episodes must not go missing by it."""
    known = known_of(importer("2").discover(WHOLE, NOTHING, None).frame)
    plex.library["2"] = [{**movie("20", "Odd"), "type": "clip"}, {**movie("21", "Odder"), "type": None}]

    found = importer("2").discover(WHOLE, known, None)

    assert found.failures[0].code == "item-of-other-type"
    assert not found.is_complete
    assert found.unknown.len() == known.height


@pytest.mark.parametrize("emptied", ["removed", "in trash"])
def test_an_emptied_section_is_suspect(plex: PlexServer, importer: Importers, emptied: str):
    """MED-D10: an empty or unmounted root is refused, not swept."""
    known = known_of(importer().discover(WHOLE, NOTHING, None).frame)
    if emptied == "removed":
        plex.library["1"] = []
    for each in plex.library["1"]:
        each["deletedAt"] = 1700000000

    found = importer().discover(WHOLE, known, None)

    assert found.root_fault is not None
    assert found.root_fault.code == "root-suspect"
    assert found.unknown.sort().to_list() == known["canonical_key_hash"].sort().to_list()


def test_an_operator_may_say_that_an_empty_section_is_right(plex: PlexServer, importer: Importers):
    known = known_of(importer().discover(WHOLE, NOTHING, None).frame)
    plex.library["1"] = []

    found = importer(accepts_root=True).discover(WHOLE, known, None)

    assert found.root_fault is None
    assert found.is_complete
    assert found.unknown.is_empty()


def test_of_what_lies_out_of_scope_nothing_is_said(plex: PlexServer, importer: Importers):
    """MED-D10: out of scope is not missing."""
    known = known_of(importer("2").discover(WHOLE, NOTHING, None).frame)

    found = importer("2").discover(MediaScope(title="Quiet Harbour", season=1), known, None)

    assert sorted(found.unknown) == sorted(
        sha256(key.encode()).hexdigest() for key in ("plex:301", "plex:401")
    )


def test_a_folder_of_which_every_file_is_gone_is_suspect_by_itself(plex: PlexServer, importer: Importers):
    """MED-D10: completeness is proven per root."""
    plex.sections[0]["Location"].append({"id": 2, "path": "/data/movies2"})
    plex.library["1"].append(movie("14", "Elsewhere", file="/data/movies2/e.mkv"))
    mappings = (PathMapping(source="/data", local="/mnt"),)
    known = known_of(importer(mappings=mappings).discover(WHOLE, NOTHING, None).frame)
    plex.library["1"][0]["deletedAt"] = plex.library["1"][3]["deletedAt"] = 1700000000

    found = importer(mappings=mappings).discover(WHOLE, known, None)

    assert found.root_fault is None
    assert [(failure.code, failure.where) for failure in found.failures] == [
        ("root-suspect", "/data/movies2")
    ]
    assert found.unknown.to_list() == [sha256(b"plex:14").hexdigest()]


def test_a_new_empty_section_is_just_empty(plex: PlexServer, importer: Importers):
    plex.library["1"] = []

    found = importer().discover(WHOLE, NOTHING, None)

    assert found.root_fault is None
    assert found.is_complete
    assert found.frame.is_empty()


def test_files_that_no_mapping_covers_are_told_of_once(plex: PlexServer, importer: Importers):
    found = importer(mappings=()).discover(WHOLE, NOTHING, None)

    assert found.frame["canonical_uri"].to_list() == [None, None, None]
    assert [(failure.code, failure.where) for failure in found.failures] == [
        ("path-not-mapped", "/data/movies/Film 11.mkv")
    ]
    assert "and 2 more" in found.failures[0].sentence
    assert found.is_complete


def test_odd_values_become_nothing_or_text(plex: PlexServer, importer: Importers):
    odd = movie("11", "Half \ud800", year=-3, guid=7, file="/data/movies/\ud800.mkv")
    odd["Media"][0]["Part"][0] |= {"size": 2**70, "key": 4}
    plex.library["1"] = [
        odd,
        {"ratingKey": "12", "type": "movie", "Media": [None, "x", {"Part": {"file": 3}}]},
    ]

    found = importer().discover(WHOLE, NOTHING, None)

    assert found.frame.select("title", "year", "size", "mtime_ns", "signature", "guid").rows() == [
        ("Half ?", None, None, None, "?#11", "7")
    ]
    assert [failure.code for failure in found.failures] == ["item-without-file"]


def test_sizes_and_times_that_no_file_has_are_none(plex: PlexServer, importer: Importers):
    vast = part("/data/movies/a.mkv", number=1, size=2**62, stamp=9_999_999_999)
    plex.library["1"] = [
        movie("11", "Vast", Media=[medium(vast, vast, part("/data/movies/b.mkv", number=2))])
    ]

    row = importer().discover(WHOLE, NOTHING, None).frame.row(0, named=True)

    assert (row["size"], row["mtime_ns"], row["signature"]) == (
        None,
        1500000000 * 10**9,
        "1000@1500000000 ?#1 ?#1",
    )


# ---------------------------------------------------------------- moves


def test_an_item_that_got_a_new_key_keeps_its_asset(plex: PlexServer, importer: Importers):
    """MED-D11: a moved item keeps its asset."""
    known = known_of(importer().discover(WHOLE, NOTHING, None).frame)
    plex.library["1"][0] = movie("99", "Film 11", guid="plex://movie/11")

    found = importer().discover(WHOLE, known, None)

    moves = found.frame.select("canonical_key", "moved_from").rows()
    assert moves == [("plex:99", sha256(b"plex:11").hexdigest()), ("plex:12", None), ("plex:13", None)]


@pytest.mark.parametrize(
    "guid", ["com.plexapp.agents.imdb://tt1254207?lang=en", "local://11", "tv.plex.agents.none://11", None]
)
def test_only_a_guid_of_the_catalogue_proves_a_move(plex: PlexServer, importer: Importers, guid: str | None):
    """MED-D11: a moved item keeps its asset."""
    plex.library["1"][0]["guid"] = guid
    known = known_of(importer().discover(WHOLE, NOTHING, None).frame)
    plex.library["1"][0] = movie("99", "Film 11", guid=guid)

    assert importer().discover(WHOLE, known, None).frame["moved_from"].to_list() == [None, None, None]


@pytest.mark.parametrize("doubled", ["two new", "one stays", "was missing", "still there"])
def test_a_guid_of_several_items_proves_no_move(plex: PlexServer, importer: Importers, doubled: str):
    """MED-D11: moves are told one for one."""
    if doubled == "one stays":
        plex.library["1"][1]["guid"] = "plex://movie/11"
    known = known_of(importer().discover(WHOLE, NOTHING, None).frame)
    plex.library["1"].append(movie("99", "Film 11", guid="plex://movie/11"))
    if doubled == "two new":
        plex.library["1"].append(movie("98", "Film 11", guid="plex://movie/11"))
    if doubled == "was missing":
        known = known.with_columns(is_present=pl.col("canonical_key") != "plex:11")
    if doubled != "still there":
        del plex.library["1"][0]

    assert importer().discover(WHOLE, known, None).frame["moved_from"].drop_nulls().is_empty()


@pytest.mark.parametrize("is_gone", [True, False])
def test_within_a_title_the_server_is_asked_whether_the_old_item_is_gone(
    plex: PlexServer, importer: Importers, *, is_gone: bool
):
    """MED-D11, MED-D2: the old item may stand under another title now, which is out of scope."""
    known = known_of(importer().discover(WHOLE, NOTHING, None).frame)
    plex.library["1"].append(movie("99", "Film Eleven", guid="plex://movie/11"))
    if is_gone:
        del plex.library["1"][0]

    found = importer().discover(MediaScope(title="Film Eleven"), known, None)

    assert found.frame["moved_from"].to_list() == [sha256(b"plex:11").hexdigest() if is_gone else None]
    assert plex.paths()[-1] == "/library/metadata/11"
    assert (sha256(b"plex:11").hexdigest() in found.unknown.to_list()) is not is_gone


# ---------------------------------------------------------------- validation


def test_validation_finds_nothing_where_all_is_well(plex: PlexServer, importer: Importers, tmp_path: Path):
    """MED-B14a, MED-B24: nothing stands in the way."""
    mappings = (PathMapping(source="/data/movies", local=str(tmp_path)),)

    assert importer(mappings=mappings, allowed_roots=[tmp_path.parent]).validate() == ()


def test_each_folder_that_cannot_be_read_here_is_named(plex: PlexServer, importer: Importers, tmp_path: Path):
    """MED-B24: each failure is named."""
    (tmp_path / "file").write_text("")
    (tmp_path / "out").symlink_to("/")
    paths = ["/data/unmapped", "/data/gone", "/data/file", "/data/out/etc"]
    plex.sections[0]["Location"] = [{"id": 1, "path": path} for path in paths]
    mappings = tuple(
        PathMapping(source=f"/data/{name}", local=str(tmp_path / name)) for name in ("gone", "file", "out")
    )

    said = importer(mappings=mappings, allowed_roots=[tmp_path]).validate()

    assert [sentence.split(" has no ")[0].split(", to which")[0] for sentence in said] == [
        "The folder /data/unmapped at the Plex server",
        f"The folder {tmp_path}/gone",
        f"The folder {tmp_path}/file",
        f"The folder {tmp_path}/out/etc",
    ]
    assert said[1].endswith("does not exist.")
    assert said[2].endswith("is a file.")
    assert "lies outside of the folders that are allowed" in said[3]


def test_validation_says_what_is_wrong_with_server_token_and_section(plex: PlexServer, importer: Importers):
    """MED-B24: each failure is named."""
    plex.add("9", "photo", "Photos", ["/data/photos"], [])
    sentences = [
        *importer(token=" ").validate(),
        *importer(token="two words").validate(),
        *importer("7").validate(),
        *importer("9").validate(),
        *importer(machine_id="another").validate(),
        *importer(url="ftp://nas").validate(),
    ]

    assert len(sentences) == 6
    for sentence, part_of_it in zip(
        sentences,
        ["NAS_TOKEN is not set", "no Plex token", "no library section 7",
         "is of the kind photo", "another Plex server", "no http or https address"],
        strict=True,
    ):  # fmt: skip
        assert part_of_it in sentence


@pytest.mark.parametrize(
    ("told", "code"),
    [({"url": "http://127.0.0.1:1"}, "source-unreachable"), ({"token": "wrong"}, "token-refused")],
)
def test_of_a_server_that_gives_no_answer_nothing_is_known(
    importer: Importers, told: dict[str, str], code: str
):
    """MED Importers: unreachable is exit 3, and no fault of the collection."""
    with pytest.raises(Unreadable) as refusal:
        importer(**told).validate()
    assert refusal.value.code == code


def test_another_server_at_the_address_is_not_read(plex: PlexServer, importer: Importers):
    """The machine identifier identifies the media source: ratingKeys of another server are those of other items."""
    with pytest.raises(Unreadable) as refusal:
        importer(machine_id="another").discover(WHOLE, NOTHING, None)

    assert refusal.value.code == "other-server"
    assert plex.paths() == []
