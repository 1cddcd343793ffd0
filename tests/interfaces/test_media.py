"""Media collections on the command line: the contract of ``collection ingest`` and what people see (MED-B)."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

SHOWS = [
    "The Wire/Season 01/The Wire - S01E01.mkv",
    "The Wire/Season 01/The Wire - S01E02.mkv",
    "The Wire/Season 02/The Wire - S02E01.mkv",
    "Fargo/Season 01/Fargo - S01E01.mkv",
]
KEYS = {
    "status",
    "scope",
    "collection_id",
    "collection_name",
    "run_id",
    "dry_run",
    "stats",
    "asset_ids",
    "last_ingest_time",
}
STATS = {
    "assets_discovered",
    "assets_ingested",
    "assets_updated",
    "assets_skipped",
    "duplicates_prevented",
    "assets_missing",
    "errors",
}


def put(path: Path, content: str = "") -> None:
    """A file that nobody has written for an hour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content or path.name, encoding="utf-8")
    settled = time.time() - 3_600
    os.utime(path, (settled, settled))


@pytest.fixture
def media(folder: Path) -> Path:
    """Two collections, ``TV Shows`` and ``Films``."""
    for path in SHOWS:
        put(folder / "media" / "TV Shows" / path)
    put(folder / "media" / "Films" / "Heat (1995).mkv")
    return folder / "media"


@pytest.fixture
def nas(stocktake, media):
    """The command line over the media source ``NAS``, whose collection ``TV Shows`` may be ingested."""
    assert stocktake("media-source", "add", "filesystem", "NAS", "--path", str(media)).code == 0
    assert stocktake("media-source discover NAS").code == 0
    assert stocktake("collection", "update", "TV Shows", "--enable-sync").code == 0
    return stocktake


def ingest(nas, *words: str) -> Any:
    return nas("collection", "ingest", "TV Shows", *words)


def test_an_ingest_prints_one_document_with_just_these_keys(nas):
    """MED-B5, MED-B20, MED-B21"""
    said = ingest(nas, "--json")

    document = json.loads(said.out)
    assert (said.code, said.err) == (0, "")
    assert document.keys() == KEYS
    assert document["stats"].keys() == STATS
    assert (document["status"], document["scope"], document["dry_run"]) == ("success", "collection", False)
    assert document["stats"] == {
        "assets_discovered": 4,
        "assets_ingested": 4,
        "assets_updated": 0,
        "assets_skipped": 0,
        "duplicates_prevented": 0,
        "assets_missing": 0,
        "errors": [],
    }
    assert (sorted(document["asset_ids"]["created"]), document["asset_ids"]["updated"]) == ([1, 2, 3, 4], [])
    assert document["last_ingest_time"].endswith("Z")
    assert document["run_id"] == 1


def test_a_dry_run_that_never_ran_before_has_no_run_and_no_time(nas):
    """MED-B5, MED-B7"""
    document = ingest(nas, "--dry-run", "--json").document
    assert (document["run_id"], document["dry_run"], document["last_ingest_time"]) == (None, True, None)
    assert document["stats"]["assets_ingested"] == 4


@pytest.mark.parametrize(
    ("words", "scope", "narrowed", "found"),
    [
        (("--title", "The Wire"), "title", {"title": "The Wire"}, 3),
        (("--title", "The Wire", "--season", "1"), "season", {"title": "The Wire", "season": 1}, 2),
        (
            ("--title", "The Wire", "--season", "1", "--episode", "2"),
            "episode",
            {"title": "The Wire", "season": 1, "episode": 2},
            1,
        ),
    ],
)
def test_a_narrowed_ingest_says_to_what(nas, words, scope, narrowed, found):
    """MED-B5: title, season and episode only when scoped"""
    document = ingest(nas, *words, "--json").document
    assert document.keys() == KEYS | narrowed.keys()
    assert document["scope"] == scope
    assert {name: document[name] for name in narrowed} == narrowed
    assert document["stats"]["assets_discovered"] == found


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ((), 'Ingesting entire collection "TV Shows"'),
        (("--title", "The Wire"), 'Ingesting title "The Wire" from collection "TV Shows"'),
        (
            ("--title", "The Wire", "--season", "1"),
            'Ingesting Season 1 of "The Wire" from collection "TV Shows"',
        ),
        (
            ("--title", "The Wire", "--season", "1", "--episode", "2"),
            'Ingesting S1E2 of "The Wire" from collection "TV Shows"',
        ),
    ],
)
def test_people_are_told_what_it_acts_on_and_how_it_went(nas, words, first):
    """MED-B6"""
    said = ingest(nas, *words)
    lines = said.out.splitlines()
    assert (lines[0], lines[-1]) == (first, "Done.")
    told = [line.split()[0] for line in lines[1:-1]]
    assert told == ["discovered", "ingested", "updated", "skipped", "missing"]


def test_a_dry_run_lists_every_decision_with_its_reason(nas):
    """MED-B6, MED-B7"""
    said = ingest(nas, "--dry-run")
    lines = said.out.splitlines()
    assert lines[0].startswith("[DRY RUN] Would ingest:")
    assert lines[-1] == "No changes were applied."
    assert "The Wire S1E1" in said.out
    assert said.out.count("new in this source") == 4


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (("--season", "1"), "season-without-title", 1),
        (("--episode", "1"), "episode-without-season", 1),
        (("--title", "The Wire", "--episode", "1"), "episode-without-season", 1),
        (("--title", "The Wire", "--season", "one"), "invalid-argument", 1),
        (("--title", "The Wire", "--season=-1"), "invalid-argument", 1),
        (("--title", "Deadwood"), "scope-not-found", 2),
        (("--title", "The Wire", "--season", "7"), "scope-not-found", 2),
        (("--title", "The Wire", "--season", "1", "--episode", "9"), "scope-not-found", 2),
    ],
)
def test_what_is_refused_says_why_to_people_and_to_programs(nas, words, code, exit_code):
    """MED-B3, MED-B4, MED-B8, MED-B9, MED-B23"""
    person, program = ingest(nas, *words), ingest(nas, *words, "--json")

    assert (person.code, program.code) == (exit_code, exit_code)
    assert f"[{code}]" in person.err
    assert (program.document["status"], program.document["error"]["code"]) == ("error", code)
    assert program.document.keys() >= KEYS
    assert person.err.count("Error:") == 1


def test_an_unknown_collection_ends_with_1_and_an_ambiguous_one_with_a_table(nas, media):
    """MED-B1, MED-B23"""
    unknown = nas("collection ingest Series --json")
    assert (unknown.code, unknown.document["error"]["code"]) == (1, "unknown-collection")

    put(media / "films" / "Ran (1985).mkv")
    nas("media-source discover NAS")
    ambiguous = nas("collection ingest FILMS")

    assert ambiguous.code == 1
    assert [line.split()[1] for line in ambiguous.out.splitlines()[1:]] == ["Films", "films"]


def test_a_guard_ends_with_4_and_names_the_way_out(nas, media):
    """MED-B23, MED-D10"""
    ingest(nas)
    for path in SHOWS:
        (media / "TV Shows" / path).unlink()

    said = ingest(nas, "--json")

    assert (said.code, said.document["error"]["code"]) == (4, "root-suspect")
    assert "--accept-root" in said.document["error"]["hint"]


def test_a_source_that_does_not_answer_ends_with_3(stocktake, monkeypatch):
    """MED Importers: unreachable"""
    monkeypatch.setenv("PLEX_TOKEN", "secret-of-mine")
    added = stocktake(
        *[
            "media-source",
            "add",
            "plex",
            "HOME",
            "--url",
            "http://127.0.0.1:9",
            "--token-env",
            "PLEX_TOKEN",
            "--json",
        ]
    )
    monkeypatch.setattr("stocktake.readers.importers.sleep", lambda _: None)
    said = stocktake("media-source discover HOME")
    assert (added.code, said.code) == (0, 3)
    assert "secret-of-mine" not in added.out + said.out + said.err


def test_a_source_ingests_its_collections_and_tells_each(nas):
    """MED-B22"""
    document = nas("source ingest NAS --json").document
    assert (document["status"], document["source"], document["collections_processed"]) == ("ok", "NAS", 1)
    assert [each["collection_name"] for each in document["collections_skipped"]] == ["Films"]
    assert document["totals"]["assets_ingested"] == 4
    assert [each["collection_name"] for each in document["collection_results"]] == ["TV Shows"]
    assert document["errors"] == []


def test_a_source_of_which_some_failed_ends_with_2(nas, media):
    """MED-B22"""
    nas("collection update Films --enable-sync")
    (media / "Films").rename(media / "Films away")
    said = nas("source ingest NAS --json")
    assert (said.code, said.document["status"]) == (2, "partial")
    assert [each["code"] for each in said.document["errors"]] == ["not-ingestible"]


@pytest.mark.parametrize("flag", ["title", "season", "episode"])
def test_a_source_takes_no_narrowing_flag(nas, flag):
    """MED-B22"""
    said = nas("source", "ingest", "NAS", f"--{flag}", "1")
    assert (said.code, "collection ingest" in said.err) == (1, True)


def test_a_source_without_an_eligible_collection_ends_with_1(stocktake, media):
    """MED-B22"""
    stocktake("media-source", "add", "filesystem", "NAS", "--path", str(media))
    stocktake("media-source discover NAS")
    said, program = stocktake("source ingest NAS"), stocktake("source ingest NAS --json")
    assert (said.code, program.code) == (1, 1)
    assert "--enable-sync" in said.err
    assert program.document["status"] == "error"
    assert [each["code"] for each in program.document["errors"]] == ["no-eligible-collection"]
    assert program.document.keys() >= {
        "source",
        "collections_processed",
        "collections_skipped",
        "totals",
        "collection_results",
    }


def test_an_asset_goes_its_way_on_the_command_line(nas):
    """MED-D8, MED-D9: enrich, attention, approve, show"""
    ingest(nas)
    assert nas("asset approve 1").code == 1
    assert "4 assets are ready, 0 failed." in nas("asset enrich").out
    assert nas("asset", "approve", "1", "2", "--reason", "seen").code == 0
    shown = nas("asset show 1 --json").document
    assert (shown["state"], bool(shown["approved_for_broadcast"])) == ("ready", True)
    listed = nas("asset list --state ready --json").document
    assert listed["total"] == 4
    (line,) = nas("asset attention --json").document["states"]
    assert (line["collection_name"], line["assets"], line["approved"]) == ("TV Shows", 4, 2)
    assert nas("asset approve 1 --withdraw").code == 0
    assert nas("asset approve 99 --json").code == 2


def test_a_media_source_that_moved_keeps_its_collections(nas, media, folder):
    """MED Command; MED-D10: another root under a new path is looked at before it is believed"""
    before = nas("collection list --json").document["items"]
    media.rename(folder / "elsewhere")
    assert nas("media-source", "update", "NAS", "--path", str(folder / "elsewhere")).code == 0
    after = nas("media-source discover NAS --json").document["items"]
    assert [each["collection_id"] for each in after] == [each["collection_id"] for each in before]
    assert ingest(nas, "--json").document["stats"]["assets_ingested"] == 4
    assert nas("media-source update NAS").code == 1


def test_an_enricher_that_there_is_none_of_is_refused_when_it_is_attached(nas):
    """MED-D9: and not first when assets are enriched"""
    said = nas("collection", "update", "TV Shows", "--enricher", "tecnical:10", "--json")
    assert (said.code, said.document["error"]["code"]) == (1, "unknown-enricher")
    assert nas("collection", "show", "TV Shows", "--json").document["enrichers"] == []


def test_a_pattern_is_taken_back_and_one_that_is_none_is_refused(nas):
    """MED Importers: excludes"""
    update = ("collection", "update", "TV Shows")
    assert nas(*update, "--exclude", "*.tmp", "--exclude", "/Old/", "--json").document["excludes"] == [
        "*.tmp",
        "/Old/",
    ]
    assert nas(*update, "--include", "*.tmp", "--json").document["excludes"] == ["/Old/"]
    for option, pattern, code in (
        ("--include", "*.tmp", "unknown-exclude"),
        ("--exclude", "[z-a]", "bad-exclude"),
    ):
        refused = nas(*update, option, pattern, "--json")
        assert (refused.code, refused.document["error"]["code"]) == (1, code)
    assert nas("collection", "show", "TV Shows", "--json").document["excludes"] == ["/Old/"]


def test_empty_lists_say_what_to_do_next(stocktake, media):
    """INT-11"""
    assert "media-source add filesystem" in stocktake("media-source list").out
    assert "media-source discover" in stocktake("collection list").out
    stocktake("media-source", "add", "filesystem", "NAS", "--path", str(media))
    stocktake("media-source discover NAS")
    assert "collection ingest" in stocktake("asset list").out
    assert "No asset is like that" in stocktake("asset list --state ready").out


def test_the_log_tells_gates_and_outcome_and_stays_short(nas, media):
    """MED-D13: bounded at INFO, everything at DEBUG"""
    for number in range(300):
        put(media / "TV Shows" / "Fargo" / "Season 02" / f"Fargo - S02E{number:03}.mkv")
    brief, whole = ingest(nas, "--dry-run", "-v"), ingest(nas, "-vv")
    assert 'ingesting entire collection "TV Shows"' in brief.err
    assert len(brief.err.splitlines()) < 60
    assert whole.err.count(": create ") == 304


def test_a_rollback_tells_what_the_ingest_told(nas):
    """MED-D16: the run's numbers are those that the ingest printed"""
    told = ingest(nas, "--json").document
    undone = nas("rollback 1 --yes --json").document
    assert undone["counts"]["deleted"] == told["stats"]["assets_ingested"]
    (entry,) = nas("activity --act rollback --json").document["items"]
    assert entry["run_id"] == told["run_id"] + 1
