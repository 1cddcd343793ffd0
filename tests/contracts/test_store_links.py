"""What every store promises of source links: made, changed, missed, pictured, deleted (PRE-1, PRE-4, PLN-19)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from stocktake.ports.frame import DELETED_LINK, LINK_IMAGE, SEEN_IMAGE, Frames
from stocktake.stores.store import Store, open_store
from tests.links import links_of_source

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KEYS = ["0123", "a,b", 'c"d', "e\nf", "\\.", "😀", "x'y"]


@pytest.fixture
def store(ready_database_url) -> Iterator[Store]:
    opened = open_store(ready_database_url)
    opened.migrate(at=AT)
    with opened.writing(1) as unit:
        make(unit, "ALPHA", links(KEYS))
        make(unit, "BETA", links(KEYS[:2]))
    yield opened
    opened.close()


def links(keys: list[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "external_id": keys,
            "external_id_raw": [key.upper() for key in keys],
            "is_keyless": [False] * len(keys),
            "record_id": range(1, len(keys) + 1),
            "row_hash": [bytes([number % 256, 0, 255]) for number in range(len(keys))],
            "said": [None] * len(keys),
        },
        schema_overrides={"said": pl.String},
    )


def make(unit: Any, source: str, frames: Frames, **values: Any) -> int:
    constants = {
        "record_type": "thing",
        "source": source,
        "is_present": True,
        "first_run": 1,
        "last_run": 1,
        "changed_run": 1,
        "missed_snapshots": 0,
        "mapping_id": 7,
    }
    made: int = unit.create_links(frames, **{**constants, **values})
    return made


def named(*pairs: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"source": pl.String, "external_id": pl.String}, orient="row")


def test_links_are_found_by_their_keys_some_at_a_time_and_each_once(store, monkeypatch):
    """REA-7: however often a key is asked for, and in however many statements."""
    monkeypatch.setattr("stocktake.stores.links.NAMED_AT_ONCE", 2)
    asked = [*(("ALPHA", key) for key in [*KEYS, *reversed(KEYS)]), ("BETA", KEYS[0]), ("BETA", "none")]
    with store.reading(1) as unit:
        found = unit.linked_records("thing", named(*asked))
        assert sorted(found.rows()) == sorted(
            [*(("ALPHA", key, number + 1) for number, key in enumerate(KEYS)), ("BETA", KEYS[0], 1)]
        )


def test_links_come_back_as_they_were_made(store):
    """PRE-4: keys of any text, hashes as bytes, flags as flags."""
    with store.reading(1) as unit:
        found = links_of_source(unit, "ALPHA", "thing").sort("_record_id")
        shown = found.select("_key", "_record_id", "_hash", "_mapping", "_present", "_keyless", "_said")
        assert shown.rows() == [
            (key, number + 1, bytes([number, 0, 255]), 7, True, False, None)
            for number, key in enumerate(KEYS)
        ]
        assert found.schema == links_of_source(unit, "NOBODY", "thing").schema
        assert links_of_source(unit, "ALPHA", "other").is_empty()


def test_links_of_records_are_those_of_every_source(store):
    """PRE-31."""
    with store.reading(1) as unit:
        found = unit.links_of("thing", pl.Series([1, 3]))
        assert unit.links_of("thing", pl.Series([], dtype=pl.Int64)).is_empty()
    assert sorted(found.select("_source", "_key").rows()) == [
        ("ALPHA", KEYS[0]),
        ("ALPHA", KEYS[2]),
        ("BETA", KEYS[0]),
    ]


def test_changing_links_touches_the_named_ones_and_counts_them(store):
    """PLN-12: others are not touched; a key that is not there does not count."""
    frame = named(("ALPHA", KEYS[3]), ("BETA", KEYS[1]), ("BETA", "nobody")).with_columns(
        said=pl.lit('{"note": "x"}')
    )
    with store.writing(1) as unit:
        assert unit.change_links("thing", frame, last_run=2, changed_run=2) == 2
        image = unit.link_image("thing", named(*(("ALPHA", key) for key in KEYS)), LINK_IMAGE)
        changed = image.filter(pl.col("changed_run") == 2)
    assert image.height == len(KEYS)
    assert changed.select("external_id", "said", "last_run").rows() == [(KEYS[3], '{"note": "x"}', 2)]


def test_a_missed_link_says_since_when_and_how_often(store):
    """PRE-4, PRE-8: the count grows with every snapshot, and comes back by an image."""
    missing = named(("ALPHA", KEYS[0])).with_columns(held_run=pl.lit(None, dtype=pl.Int64))
    with store.writing(1) as unit:
        before = unit.link_image("thing", missing, LINK_IMAGE)
        for run_id in (2, 3):
            assert unit.miss_links("thing", missing, at=LATER, run_id=run_id, seen_run=None) == 1
        now = unit.link_image("thing", missing, LINK_IMAGE).row(0, named=True)
        assert (now["is_present"], now["missed_snapshots"], now["changed_run"]) == (False, 2, 3)
        assert now["missing_since"] == "2026-03-02T09:30:00.000000Z"
        assert unit.change_links("thing", before) == 1
        assert unit.link_image("thing", missing, LINK_IMAGE).equals(before)


def test_an_image_holds_every_column_a_run_overwrites(store):
    """ROL-2: an image kept in the run and read back is the same frame."""
    frame = named(("ALPHA", KEYS[5]), ("BETA", KEYS[0]), ("ALPHA", "nobody"))
    with store.writing(1) as unit:
        for name, columns in (("links", LINK_IMAGE), ("seen", SEEN_IMAGE)):
            image = unit.link_image("thing", frame, columns)
            assert image.schema == columns
            assert image.height == 2
            unit.keep_image(5, name, image)
            assert unit.image_of(5, name, columns).equals(image)


def test_a_missed_link_was_last_seen_by_the_last_complete_snapshot(store):
    """PRE-28: unless it was seen later by itself."""
    keys = [("ALPHA", KEYS[0]), ("ALPHA", KEYS[1])]
    missing = named(*keys).with_columns(held_run=pl.lit(9, dtype=pl.Int64))
    with store.writing(1) as unit:
        unit.change_links("thing", named(keys[1]), last_run=5)
        assert unit.miss_links("thing", missing, at=LATER, run_id=6, seen_run=4) == 2
        found = unit.link_image("thing", named(*keys), LINK_IMAGE).sort("external_id")
    assert found.select("external_id", "last_run", "held_run").rows() == [(KEYS[0], 4, 9), (KEYS[1], 5, 9)]


def test_what_runs_have_written_since_is_found(store):
    """PLN-9, ROL-5."""
    with store.writing(1) as unit:
        unit.change_links("thing", named(("ALPHA", KEYS[0])), changed_run=5)
        since = unit.links_changed_since("thing", 1, named(("ALPHA", KEYS[0]), ("ALPHA", KEYS[1])))
        assert since.rows() == [("ALPHA", KEYS[0], 1, 5)]
        assert unit.links_written_since("ALPHA", "thing", 1).rows() == [(KEYS[0], 1, 5)]
        assert unit.links_written_since("ALPHA", "thing", 5).is_empty()


def test_a_version_of_links_grows_by_one(store):
    """PLN-9."""
    with store.writing(1) as unit:
        assert unit.links_version("ALPHA", "thing") == 0
        unit.raise_links_version("ALPHA", "thing")
        unit.raise_links_version("ALPHA", "thing")
        assert unit.links_version("ALPHA", "thing") == 2
        assert unit.links_version("BETA", "thing") == 0


def test_the_view_shows_the_sighting_that_counts(store):
    """PRE-1, PRE-28: the source's last snapshot for present links, the run that saw it for missing ones."""
    with store.writing(1) as unit:
        for run_id, at in ((1, AT), (2, LATER)):
            unit.announce_run(
                run_id,
                kind="import",
                status="applied",
                is_full_snapshot=True,
                started_at=at,
                applied_at=at,
                initiated_by="ann",
            )
        held = named(("ALPHA", KEYS[1])).with_columns(held_run=pl.lit(None, dtype=pl.Int64))
        unit.miss_links("thing", held, at=LATER, run_id=2, seen_run=None)
        unit.set_freshness(
            "ALPHA", "thing", {"imported_at": LATER, "snapshot_at": LATER, "run_id": 2, "snapshot_run": 2}
        )
        shown = {number: unit.links_of_record("thing", number) for number in (1, 2)}
        assert unit.links_of_record("other", 1) == []
    seen = {number: {row["source"]: row["last_seen_at"] for row in rows} for number, rows in shown.items()}
    assert seen == {1: {"ALPHA": LATER, "BETA": AT}, 2: {"ALPHA": AT, "BETA": AT}}
    assert {row["first_seen_at"] for rows in shown.values() for row in rows} == {AT}


def test_parts_are_loaded_as_one_frame_would_be(store):
    """APP-12: empty parts at either end or between change nothing, and no part at all is no row."""
    frame = pl.DataFrame(
        {
            "external_id": KEYS,
            "is_keyless": [False] * len(KEYS),
            "record_id": range(1, len(KEYS) + 1),
            "row_hash": [bytes([number]) if number % 2 else None for number in range(len(KEYS))],
        }
    )
    bounds = [(0, 0), (0, 3), (3, 0), (3, 1), (4, 9), (7, 0)]
    with store.writing(1) as unit:
        make(unit, "WHOLE", frame)
        make(unit, "PARTS", (frame.slice(*each) for each in bounds))
        assert make(unit, "NONE", iter([])) == make(unit, "EMPTY", frame.clear()) == 0
        found = {name: links_of_source(unit, name, "thing").sort("_key") for name in ("WHOLE", "PARTS")}
    assert found["PARTS"].height == len(KEYS)
    assert found["PARTS"].equals(found["WHOLE"])


def test_a_column_that_only_a_late_part_fills_is_loaded_too(store):
    """APP-12: columns that are NULL from the start are left out until a row has a value there."""
    frame = links(KEYS).with_columns(
        said=pl.Series([None] * 4 + ["{}"] + [None] * (len(KEYS) - 5), dtype=pl.String)
    )
    with store.writing(1) as unit:
        assert make(unit, "PARTS", frame.iter_slices(2)) == len(KEYS)
        found = links_of_source(unit, "PARTS", "thing").sort("_record_id")
    assert found["_key"].to_list() == KEYS
    assert found["_said"].to_list() == frame["said"].to_list()


@pytest.mark.parametrize("count", [1, 49, 50, 51, 149, 10_001])
def test_every_row_is_loaded_however_many_there_are(store, count):
    """APP-12: many rows travel in one statement, and those left over too."""
    with store.writing(1) as unit:
        assert make(unit, "MANY", links([f"{number:05}" for number in range(count)])) == count
        found = links_of_source(unit, "MANY", "thing").sort("_key")
    assert found["_record_id"].to_list() == list(range(1, count + 1))


def test_links_are_deleted_by_name_and_made_again_under_another_key(store: Store):
    """PRE-20, PRE-1: whole, with what is noted of them; those of other sources stay."""
    named = pl.DataFrame({"source": ["ALPHA"] * 2, "external_id": KEYS[:2]})
    with store.writing(1) as unit:
        unit.change_links("thing", named, metadata='{"settled": {}}')
        image = unit.link_image("thing", named, DELETED_LINK)
        assert (
            unit.delete_links("thing", pl.concat([named, named.with_columns(external_id=pl.lit("nobody"))]))
            == 2
        )
        unit.recreate_links(
            "thing", image.with_columns(pl.format("{}~1", "external_id").alias("external_id"))
        )

    with store.reading(1) as unit:
        asides = named.with_columns(pl.format("{}~1", "external_id").alias("external_id"))
        again = unit.link_image("thing", asides, DELETED_LINK)
        assert again.drop("external_id").sort("record_id").equals(image.drop("external_id").sort("record_id"))
        assert again["metadata"].to_list() == ['{"settled": {}}'] * 2
        assert unit.link_image("thing", named, DELETED_LINK).is_empty()
        assert links_of_source(unit, "BETA", "thing").height == 2
