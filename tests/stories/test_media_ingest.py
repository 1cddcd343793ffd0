"""Media collections ingested from real folders: what becomes of their assets (media-ingest.md, MED)."""

from __future__ import annotations

from pathlib import Path

import pytest

from stocktake.model.errors import GuardRefused, InvalidInput, NotFound, Refusal
from stocktake.model.media import AttachedEnricher, HashPolicy, MediaScope
from tests.reliability.database import fingerprint
from tests.stories.desk import Desk
from tests.stories.library import Library


@pytest.fixture
def library(desk: Desk, tmp_path: Path) -> Library:
    return Library(desk, tmp_path / "media")


def url_of(desk: Desk) -> str:
    return str(desk.book.store.url.render_as_string(hide_password=False))


# ---------------------------------------------------------------- collections


def test_each_subfolder_is_a_collection_with_its_sync_disabled(library):
    """MED spec, Command: discover"""
    library.put("Films/Heat (1995).mkv")
    library.put("TV Shows/The Wire/Season 01/The Wire - S01E01.mkv")

    found = library.discover(sync=False)

    assert sorted(found) == ["Films", "TV Shows"]
    assert [each.is_sync_enabled for each in found.values()] == [False, False]
    assert [each.is_ingestible for each in found.values()] == [True, True]


def test_a_collection_found_again_keeps_its_id_and_settings(library):
    """MED-B1"""
    library.put("Films/Heat (1995).mkv")
    first = library.discover()["Films"]
    again = library.discover(sync=False)["Films"]
    assert (again.collection_id, again.is_sync_enabled) == (first.collection_id, True)


@pytest.mark.parametrize("named", ["Films", "films", "FILMS"])
def test_a_collection_goes_by_its_name_whatever_the_case(library, named):
    """MED-B1"""
    library.films("Heat (1995)")
    assert library.book.collection(named).name == "Films"


def test_a_collection_goes_by_its_id_and_its_external_id(library):
    """MED-B1"""
    known = library.films("Heat (1995)").book.collection("Films")
    assert library.book.collection(str(known.collection_id)) == known
    assert library.book.collection(known.external_id) == known


def test_an_ambiguous_name_is_refused_with_the_candidates(library):
    """MED-B1: never preferring one casing"""
    library.put("Films/Heat (1995).mkv")
    library.put("FILMS/Ran (1985).mkv")
    library.discover()

    with pytest.raises(InvalidInput) as refused:
        library.book.collection("films")

    assert refused.value.code == "ambiguous-collection"
    assert sorted(each["name"] for each in refused.value.details["candidates"]) == ["FILMS", "Films"]


def test_an_unknown_collection_is_refused(library):
    """MED-B1"""
    library.films("Heat (1995)")
    with pytest.raises(InvalidInput) as refused:
        library.ingest("Series")
    assert refused.value.code == "unknown-collection"


# ---------------------------------------------------------------- the matrix


def test_a_first_ingest_creates_every_asset_new_and_unapproved(library):
    """MED-B2, MED-B20, MED-D8"""
    done = library.films("Heat (1995)", "Ran (1985)").ingest()

    assert library.stats(done) == (2, 2, 0, 0, 0)
    assert library.states() == {"Heat (1995).mkv": "new", "Ran (1985).mkv": "new"}
    heat = library.assets()["Heat (1995).mkv"]
    assert (heat["title"], heat["year"], heat["kind"]) == ("Heat", 1995, "movie")
    assert not heat["approved_for_broadcast"]
    assert sorted(done.created) == sorted([heat["id"], library.assets()["Ran (1985).mkv"]["id"]])


def test_unchanged_content_is_skipped(library):
    """MED-B17"""
    library.films("Heat (1995)", "Ran (1985)").ingest()
    before = library.assets()

    done = library.ingest()

    assert library.stats(done) == (2, 0, 0, 2, 0)
    assert library.assets() == before


def test_changed_content_is_updated_and_never_counted_as_ingested(library):
    """MED-B18, MED-D7"""
    library.films("Heat (1995)", "Ran (1985)").ingest()
    library.put("Films/Heat (1995).mkv", "another cut", age=100)

    done = library.ingest()

    assert library.stats(done) == (2, 0, 1, 1, 0)
    assert done.updated == (library.assets()["Heat (1995).mkv"]["id"],)


def test_an_approved_asset_that_changes_is_new_and_unapproved(library):
    """MED-D7, MED-D8"""
    library.films("Heat (1995)", "Ran (1985)").ingest()
    library.ready()
    library.approve("Heat (1995).mkv", "Ran (1985).mkv")
    library.put("Films/Heat (1995).mkv", "another cut", age=100)

    library.ingest()

    heat, ran = library.assets()["Heat (1995).mkv"], library.assets()["Ran (1985).mkv"]
    assert (heat["state"], bool(heat["approved_for_broadcast"]), heat["approved_by"]) == ("new", False, None)
    assert (ran["state"], bool(ran["approved_for_broadcast"])) == ("ready", True)


def test_changed_enrichers_update_every_asset(library):
    """MED-D6, MED-D7, MED-B18"""
    library.films("Heat (1995)", "Ran (1985)").ingest()
    library.ready()
    library.book.update_collection("Films", enrichers=(AttachedEnricher(enricher_id="file-name"),))

    done = library.ingest()

    assert library.stats(done) == (2, 0, 2, 0, 0)
    assert set(library.states().values()) == {"new"}
    assert library.stats(library.ingest()) == (2, 0, 0, 2, 0)


def test_the_order_in_which_enrichers_were_attached_changes_nothing(library):
    """MED-D6"""
    library.films("Heat (1995)")
    two = (AttachedEnricher(enricher_id="file-name"), AttachedEnricher(enricher_id="sidecar"))
    library.book.update_collection("Films", enrichers=two)
    library.ingest()
    library.book.update_collection("Films", enrichers=two[::-1])
    assert library.stats(library.ingest()) == (1, 0, 0, 1, 0)


def test_a_touched_file_is_told_by_its_hash_where_the_collection_asks_for_one(library):
    """MED-D5: strong hash when asked for, else size and time"""
    library.films("Heat (1995)", "Ran (1985)")
    library.book.update_collection("Films", hash_policy=HashPolicy.SHA256)
    library.ingest()
    library.touch(library.folder / "Films/Heat (1995).mkv", age=60)

    assert library.stats(library.ingest())[2:4] == (0, 2)

    library.put("Films/Ran (1985).mkv", "x" * len("Films/Ran (1985).mkv"))
    assert library.stats(library.ingest())[2:4] == (1, 1)


# ---------------------------------------------------------------- missing, back, moved


def test_a_file_that_is_gone_is_missing_and_never_deleted(library):
    """MED-D10"""
    library.films(
        "Heat (1995)", "Ran (1985)", "Alien (1979)", "Brazil (1985)", "Diva (1981)", "Elf (2003)"
    ).ingest()
    library.remove("Films/Heat (1995).mkv")

    done = library.ingest(allow_retire=1)

    assert library.stats(done) == (5, 0, 0, 5, 1)
    assert library.states()["Heat (1995).mkv"] == "retired"


def test_a_file_that_is_back_is_new_and_unapproved(library):
    """MED-D14"""
    library.films("Heat (1995)", "Ran (1985)").ingest()
    library.ready()
    library.approve("Heat (1995).mkv")
    library.move("Films/Heat (1995).mkv", "elsewhere.mkv")
    library.ingest(allow_retire=1)
    library.move("elsewhere.mkv", "Films/Heat (1995).mkv")

    done = library.ingest()

    assert library.stats(done) == (2, 0, 1, 1, 0)
    heat = library.assets()["Heat (1995).mkv"]
    assert (heat["state"], bool(heat["approved_for_broadcast"])) == ("new", False)


def test_a_moved_file_keeps_its_asset(library):
    """MED-D11: the path changes, history says so"""
    library.films("Heat (1995)", "Ran (1985)").ingest()
    heat = library.assets()["Heat (1995).mkv"]["id"]
    library.move("Films/Heat (1995).mkv", "Films/Mann/Heat [1995].mkv")

    done = library.ingest()

    assert library.stats(done) == (2, 0, 1, 1, 0)
    assert library.assets()["Heat [1995].mkv"]["id"] == heat
    history = library.book.history_of("media_asset", heat, field="canonical_uri")
    paths = (f"{library.folder}/Films/Heat (1995).mkv", f"{library.folder}/Films/Mann/Heat [1995].mkv")
    assert paths in history.select("from", "to").rows()


def test_a_file_in_the_place_of_one_that_moved_is_another_asset(library):
    """MED-D11, MED-D4"""
    library.films("Heat (1995)", "Ran (1985)").ingest()
    heat = library.assets()["Heat (1995).mkv"]["id"]
    library.move("Films/Heat (1995).mkv", "Films/Heat.mkv")
    library.ingest()
    library.put("Films/Heat (1995).mkv", "the remake", age=50)

    done = library.ingest()

    assert library.stats(done) == (3, 1, 0, 2, 0)
    assert library.assets()["Heat.mkv"]["id"] == heat
    assert library.assets()["Heat (1995).mkv"]["id"] != heat


def test_an_emptied_root_is_refused_and_nothing_goes_missing(library):
    """MED-D10: root-suspect"""
    library.films("Heat (1995)", "Ran (1985)").ingest()
    before = library.assets()
    for name in ("Heat (1995)", "Ran (1985)"):
        library.remove(f"Films/{name}.mkv")

    with pytest.raises(GuardRefused) as refused:
        library.ingest()

    assert refused.value.code == "root-suspect"
    assert library.assets() == before


def test_another_folder_under_the_same_name_is_refused(library):
    """MED-D10: root fingerprint"""
    library.films("Heat (1995)", "Ran (1985)").ingest()
    (library.folder / "Films").rename(library.folder.parent / "unmounted")
    library.put("Films/Something else (2001).mkv")

    with pytest.raises(GuardRefused) as refused:
        library.ingest()

    assert refused.value.code == "root-suspect"


def test_a_collection_that_lost_too_much_is_held_back_by_the_guard(library):
    """MED-D10, PRE-12: the mass-retire limit, with a way out"""
    library.films(*(f"Film {number} ({1950 + number})" for number in range(20))).ingest()
    for number in range(10):
        library.remove(f"Films/Film {number} ({1950 + number}).mkv")

    with pytest.raises(GuardRefused) as refused:
        library.ingest()

    assert refused.value.code == "mass-retire"
    assert library.stats(library.ingest(allow_retire=10)) == (10, 0, 0, 10, 10)


def test_a_file_that_is_left_out_from_now_on_is_not_missing(library):
    """MED-D10: newly excluded is not missing"""
    library.films("Heat (1995)", "Ran (1985)").ingest()
    library.book.update_collection("Films", excludes=("Ran*",))

    done = library.ingest()

    assert library.stats(done) == (1, 0, 0, 1, 0)
    assert library.states()["Ran (1985).mkv"] == "new"


def sightings(library: Library) -> dict[str, str]:
    """Asset → the day on which it was last seen, as the view tells."""
    rows = library.desk.rows(
        "SELECT name, last_seen_at FROM source_presence JOIN media_asset ON record_id = id ORDER BY name"
    )
    return {str(row["name"]): str(row["last_seen_at"])[:10] for row in rows}


def test_what_could_not_be_looked_at_does_not_claim_to_have_been_seen(library):
    """MED-D10, PRE-28: it was last seen when it was; rolled back, restored and seen again it says so"""
    library.films("Heat (1995)", "Ran (1985)").ingest()  # on the 3rd
    library.ingest()  # on the 4th
    library.book.update_collection("Films", excludes=("Ran*",))
    library.ingest()
    hidden = library.ingest()  # on the 6th

    assert sightings(library) == {"Heat (1995)": "2026-11-06", "Ran (1985)": "2026-11-04"}
    assert hidden.run is not None
    hidden.run.rollback()
    assert sightings(library) == {"Heat (1995)": "2026-11-05", "Ran (1985)": "2026-11-04"}
    library.book.update_collection("Films", excludes=())
    library.ingest()
    assert set(sightings(library).values()) == {"2026-11-07"}


def test_what_could_not_be_looked_at_is_no_fault_of_the_wiring(library):
    """HEA-7, MED-D10: a present link that the latest snapshot could not see"""
    library.films("Heat (1995)", "Ran (1985)").ingest()
    library.book.update_collection("Films", excludes=("Ran*",))
    library.put("Films/Alien (1979).mkv")
    library.ingest()
    assert library.book.wiring_health().counts["present_links_unseen_by_latest_snapshot"] == 0


def test_a_file_that_is_being_written_is_left_until_it_is_stable(library):
    """MED-D12"""
    library.films("Heat (1995)")
    library.desk.later()
    library.put("Films/Ran (1985).mkv", "half", age=1)
    assert library.book.ingest_collection("Films").stats.assets_ingested == 1
    assert list(library.states()) == ["Heat (1995).mkv"]

    assert library.ingest().stats.assets_ingested == 1


def test_a_collection_in_which_nothing_lies_is_refused_with_what_was_left_out(library):
    """PRE-11, MED-D10, MED-D12"""
    library.put("Films/notes.txt")
    library.discover()
    library.desk.later()
    library.put("Films/Ran (1985).mkv", "half", age=1)
    with pytest.raises(GuardRefused) as refused:
        library.book.ingest_collection("Films")
    assert refused.value.code == "nothing-to-ingest"
    assert "1 being-written" in refused.value.message


def test_two_names_that_are_one_key_make_one_asset(library):
    """MED-B16, MED-D4: counted, and no error"""
    library.films("Am\u00e9lie (2001)", "Ame\u0301lie (2001)")
    done = library.ingest()
    assert (done.stats.assets_ingested, done.stats.duplicates_prevented, done.stats.errors) == (1, 1, ())


def test_another_rule_for_keys_renames_assets_and_makes_none(library):
    """MED-D15: previewed, in the same transaction; nothing is created, nothing goes missing"""
    library.put("Films/HEAT (1995).mkv")
    library.put("Films/Ran (1985)/Ran.mkv")
    library.discover()
    library.ingest()
    before = {name: row["id"] for name, row in library.assets().items()}
    library.book.update_collection("Films", is_case_insensitive=True)

    looked, done = library.ingest(dry_run=True), library.ingest()

    assert library.stats(looked) == library.stats(done) == (2, 0, 2, 0, 0)
    assert {name: row["id"] for name, row in library.assets().items()} == before
    keys = [str(row["canonical_key"]) for row in library.assets().values()]
    assert [key for key in keys if key != key.casefold()] == []
    assert library.stats(library.ingest()) == (2, 0, 0, 2, 0)


# ---------------------------------------------------------------- scopes


SHOWS = (
    "TV Shows/The Wire/Season 01/The Wire - S01E01.mkv",
    "TV Shows/The Wire/Season 01/The Wire - S01E02.mkv",
    "TV Shows/The Wire/Season 02/The Wire - S02E01.mkv",
    "TV Shows/Fargo/Season 01/Fargo - S01E01.mkv",
)


@pytest.fixture
def shows(library: Library) -> Library:
    for path in SHOWS:
        library.put(path)
    library.discover()
    return library


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ({"title": "the wire"}, 3),
        ({"title": "The Wire", "season": 1}, 2),
        ({"title": "The Wire", "season": 1, "episode": 2}, 1),
    ],
)
def test_a_narrowed_ingest_takes_nothing_else(shows, scope, found):
    """MED-D2"""
    done = shows.ingest("TV Shows", **scope)
    assert shows.stats(done) == (found, found, 0, 0, 0)
    assert all(name.startswith("The Wire") for name in shows.assets())


@pytest.mark.parametrize(
    ("scope", "named"),
    [
        ({"title": "Deadwood"}, "Deadwood"),
        ({"title": "The Wire", "season": 9}, "9"),
        ({"title": "The Wire", "season": 1, "episode": 77}, "77"),
    ],
)
def test_what_is_not_there_is_named(shows, scope, named):
    """MED-B8"""
    with pytest.raises(NotFound) as refused:
        shows.ingest("TV Shows", **scope)
    assert refused.value.code == "scope-not-found"
    assert named in refused.value.message


def test_a_narrowed_ingest_finds_nothing_missing(shows):
    """MED-D10: out of scope is not missing"""
    shows.ingest("TV Shows")
    shows.remove(SHOWS[3])
    done = shows.ingest("TV Shows", title="The Wire")
    assert shows.stats(done) == (3, 0, 0, 3, 0)
    assert set(shows.states().values()) == {"new"}


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        ({"season": 1}, "season-without-title"),
        ({"episode": 1}, "episode-without-season"),
        ({"title": "The Wire", "episode": 1}, "episode-without-season"),
        ({"title": "The Wire", "season": -1}, "invalid-argument"),
        ({"title": "The Wire", "season": 1, "episode": -1}, "invalid-argument"),
    ],
)
def test_a_scope_that_makes_no_sense_is_refused(scope, code):
    """MED-B3, MED-B4, MED-B9"""
    with pytest.raises(InvalidInput) as refused:
        MediaScope(**scope)
    assert refused.value.code == code


# ---------------------------------------------------------------- prerequisites


def test_a_whole_ingest_needs_its_sync_enabled_and_a_look_does_not(library):
    """MED-B11"""
    library.put("Films/Heat (1995).mkv")
    library.discover(sync=False)

    with pytest.raises(InvalidInput) as refused:
        library.ingest()

    assert refused.value.code == "sync-disabled"
    assert library.ingest(dry_run=True).stats.assets_ingested == 1


def test_a_narrowed_ingest_may_do_without_sync(library):
    """MED-B13"""
    library.put("TV Shows/The Wire/Season 01/The Wire - S01E01.mkv")
    library.discover(sync=False)
    assert library.ingest("TV Shows", title="The Wire").stats.assets_ingested == 1


@pytest.mark.parametrize("scope", [{}, {"title": "Heat"}])
def test_what_cannot_be_read_is_not_ingested_and_says_so(library, scope):
    """MED-B12, MED-B13, MED-B14a, MED-B24"""
    library.films("Heat (1995)")
    (library.folder / "Films").rename(library.folder / "Films away")

    with pytest.raises(InvalidInput) as refused:
        library.ingest(**scope)

    assert refused.value.code == "not-ingestible"
    assert str(library.folder / "Films") in refused.value.message
    known = library.book.collection("Films")
    assert (known.is_ingestible, bool(known.hindrances)) == (False, True)


def test_a_folder_outside_the_allowed_ones_is_not_ingested(library, monkeypatch, tmp_path):
    """MED-B24: a readable directory under an allowed root"""
    library.films("Heat (1995)")
    monkeypatch.setenv("STOCKTAKE_MEDIA_ROOTS", str(tmp_path / "elsewhere"))
    with pytest.raises(InvalidInput) as refused:
        library.ingest()
    assert refused.value.code == "not-ingestible"
    monkeypatch.setenv("STOCKTAKE_MEDIA_ROOTS", str(tmp_path))
    assert library.ingest().stats.assets_ingested == 1


def test_prerequisites_are_looked_at_before_the_scope(library):
    """MED-B15: the first failure decides"""
    library.films("Heat (1995)")
    (library.folder / "Films").rename(library.folder / "Films away")
    with pytest.raises(Refusal) as refused:
        library.ingest(title="Not there either")
    assert refused.value.code == "not-ingestible"


# ---------------------------------------------------------------- writing, and not writing


def test_a_dry_run_writes_nothing_anywhere(library):
    """MED-B7"""
    library.films("Heat (1995)", "Ran (1985)").ingest()
    library.put("Films/Alien (1979).mkv")
    library.remove("Films/Ran (1985).mkv")
    before = fingerprint(url_of(library.desk), without=frozenset())

    done = library.ingest(dry_run=True, allow_retire=1)

    assert library.stats(done) == (2, 1, 0, 1, 1)
    assert done.run is None
    assert fingerprint(url_of(library.desk), without=frozenset()) == before


def test_the_time_of_the_last_ingest_is_set_also_where_all_was_skipped(library):
    """MED-B19, MED-B21"""
    first = library.films("Heat (1995)").ingest()
    second = library.ingest()
    assert first.collection.last_ingest_time == "2026-11-03T09:00:00Z"
    assert second.collection.last_ingest_time == "2026-11-04T09:00:00Z"
    assert library.ingest(dry_run=True).collection.last_ingest_time == "2026-11-04T09:00:00Z"


def test_a_failed_ingest_leaves_nothing_behind(library, monkeypatch):
    """MED-D1, MED-B19: one unit of work, the time of the last ingest included"""
    library.films("Heat (1995)").ingest()
    library.put("Films/Ran (1985).mkv")
    before = fingerprint(url_of(library.desk))

    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("stocktake.stores.media_collections.MediaCollections.keep_scan", fail)
        with pytest.raises(OSError, match="full"):
            library.ingest()

    assert fingerprint(url_of(library.desk)) == before
    assert library.stats(library.ingest()) == (2, 1, 0, 1, 0)


def test_a_test_database_takes_every_write(library, monkeypatch, tmp_path):
    """MED-B10, MED-B10a"""
    library.films("Heat (1995)")
    monkeypatch.setenv("STOCKTAKE_TEST_DB", f"sqlite:///{tmp_path / 'rehearsal.db'}")
    before = fingerprint(url_of(library.desk), without=frozenset())

    dry = library.ingest(dry_run=True, test_db=True)
    assert not (tmp_path / "rehearsal.db").exists()
    done = library.ingest(test_db=True)

    assert (dry.run, library.stats(done)) == (None, (1, 1, 0, 0, 0))
    assert fingerprint(url_of(library.desk), without=frozenset()) == before
    assert library.stats(library.ingest(test_db=True)) == (1, 0, 0, 1, 0)


def test_a_rollback_of_an_ingest_leaves_what_it_changed_new(library):
    """MED-D14, ROL-1"""
    library.films("Heat (1995)", "Ran (1985)").ingest()
    library.ready()
    library.approve("Heat (1995).mkv", "Ran (1985).mkv")
    before = library.assets()["Heat (1995).mkv"]
    library.put("Films/Heat (1995).mkv", "another cut", age=100)
    done = library.ingest()
    library.ready()

    assert done.run is not None
    done.run.rollback()

    heat, ran = library.assets()["Heat (1995).mkv"], library.assets()["Ran (1985).mkv"]
    assert (heat["size"], heat["signature"]) == (before["size"], before["signature"])
    assert (heat["state"], bool(heat["approved_for_broadcast"])) == ("new", False)
    assert (ran["state"], bool(ran["approved_for_broadcast"])) == ("ready", True)
    assert library.stats(library.ingest())[2:4] == (1, 1)


def test_a_rollback_of_the_first_ingest_deletes_its_assets_although_they_were_enriched(library):
    """ROL-1: what enrichers found out is no later change"""
    done = library.films("Heat (1995)").ingest()
    library.ready()
    assert done.run is not None
    done.run.rollback()
    assert library.assets() == {}


# ---------------------------------------------------------------- a source at once


def test_a_source_ingests_what_is_enabled_and_says_why_not_the_rest(library):
    """MED-B22"""
    library.put("Films/Heat (1995).mkv")
    library.put("TV Shows/The Wire/Season 01/The Wire - S01E01.mkv")
    library.discover(sync=False)
    library.book.update_collection("Films", is_sync_enabled=True)

    done = library.book.ingest_source("NAS")

    assert [each.collection.name for each in done.results] == ["Films"]
    assert [(each.name, why) for each, why in done.skipped] == [("TV Shows", "sync is disabled")]
    assert done.failed == ()


def test_one_collection_that_fails_does_not_stop_the_others(library):
    """MED-B22"""
    library.films("Heat (1995)")
    library.put("TV Shows/The Wire/Season 01/The Wire - S01E01.mkv")
    library.discover()
    (library.folder / "Films").rename(library.folder.parent / "gone")

    done = library.book.ingest_source("NAS")

    assert [each.collection.name for each in done.results] == ["TV Shows"]
    assert [(each.name, error.code) for each, error in done.failed] == [("Films", "not-ingestible")]


def test_what_is_known_not_to_be_ingestible_is_left_out_until_it_is_again(library):
    """MED-B22, MED-B24: with why; and where nothing else is enabled the source is refused"""
    library.films("Heat (1995)")
    library.put("TV Shows/The Wire/Season 01/The Wire - S01E01.mkv")
    library.discover()
    (library.folder / "Films").rename(library.folder.parent / "gone")
    library.book.ingest_source("NAS")

    done = library.book.ingest_source("NAS")
    library.book.update_collection("TV Shows", is_sync_enabled=False)
    with pytest.raises(InvalidInput) as refused:
        library.book.ingest_source("NAS")
    (library.folder.parent / "gone").rename(library.folder / "Films")
    back = library.book.ingest_source("NAS")

    assert [(each.name, why.split(":")[0]) for each, why in done.skipped] == [("Films", "not ingestible")]
    assert ([each.collection.name for each in done.results], done.failed) == (["TV Shows"], ())
    assert refused.value.code == "no-eligible-collection"
    assert str(library.folder / "Films") in refused.value.message
    assert [each.collection.name for each in back.results] == ["Films"]


def test_a_source_without_an_eligible_collection_is_refused(library):
    """MED-B22"""
    library.put("Films/Heat (1995).mkv")
    library.discover(sync=False)
    with pytest.raises(InvalidInput) as refused:
        library.book.ingest_source("NAS")
    assert refused.value.code == "no-eligible-collection"


# ---------------------------------------------------------------- approval


def test_only_what_is_ready_can_be_approved(library):
    """MED-D8"""
    library.films("Heat (1995)", "Ran (1985)").ingest()
    with pytest.raises(InvalidInput) as refused:
        library.approve("Heat (1995).mkv")
    assert refused.value.code == "not-ready"


def test_an_approval_is_audited_and_can_be_withdrawn(library):
    """MED-D8: an operator's act"""
    library.films("Heat (1995)").ingest()
    library.ready()
    heat = library.assets()["Heat (1995).mkv"]["id"]

    given = library.book.approve_assets([heat], reason="seen in full")
    taken = library.book.approve_assets([heat], withdraw=True)

    (entry,) = library.desk.audit(given, "approve")
    assert (entry["record_id"], entry["sentence"]) == (
        heat,
        f"ana approved Heat (1995) ({heat}): seen in full",
    )
    (entry,) = library.desk.audit(taken, "withdraw-approval")
    assert entry["sentence"] == f"ana withdrew the approval of Heat (1995) ({heat})."
    assert not library.assets()["Heat (1995).mkv"]["approved_for_broadcast"]


def test_without_enrichers_an_asset_is_ready_as_it_is(library):
    """MED spec, Settled"""
    library.films("Heat (1995)").ingest()
    stats, run = library.book.enrich_assets("Films")
    assert (stats.assets_enriched, stats.errors) == (1, ())
    assert run is not None
    assert library.states() == {"Heat (1995).mkv": "ready"}
    assert library.book.enrich_assets("Films")[1] is None
