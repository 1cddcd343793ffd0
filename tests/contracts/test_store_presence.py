"""What every store promises of links that go and come back, and of lists of them (PRE-8, PRE-19, PRE-22, PRE-29)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from stocktake.model.record_type import Field, RecordType
from stocktake.ports.frame import LINK_IMAGE
from stocktake.stores.store import Store, open_store
from tests.contracts.test_store_links import make, named
from tests.contracts.test_store_runs import announce

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
THING = RecordType(
    name="thing", title="Thing", plural="Things", fields=(Field(name="label"),), display="label"
)
NOBODY = {"held_run": pl.lit(None, dtype=pl.Int64)}


@pytest.fixture
def store(ready_database_url) -> Iterator[Store]:
    """Two things: ALPHA has both, the second under two external ids, and BETA the first."""
    opened = open_store(ready_database_url)
    opened.migrate(at=AT)
    opened.define(THING, "{}", at=AT)
    with opened.writing(1) as unit:
        announce(unit, 1, status="applied", applied_at=AT)
        unit.create_records(
            THING,
            pl.DataFrame({"id": [1, 2], "label": ["one", "two"], "external_id": ["a", "b"]}),
            source="ALPHA",
            created_run=1,
            row_run=1,
            imported_at=AT,
            updated_at=AT,
        )
        make(unit, "ALPHA", links(("a", 1), ("b", 2), ("b2", 2)))
        make(unit, "BETA", links(("a", 1)))
    yield opened
    opened.close()


def links(*pairs: tuple[str, int]) -> pl.DataFrame:
    return pl.DataFrame(
        pairs, schema={"external_id": pl.String, "record_id": pl.Int64}, orient="row"
    ).with_columns(is_keyless=pl.lit(value=False))


def image(unit: Any, key: str) -> dict[str, Any]:
    return dict(unit.link_image("thing", named(("ALPHA", key)), LINK_IMAGE).row(0, named=True))


def gone(unit: Any, key: str, run_id: int) -> None:
    frame = named(("ALPHA", key)).with_columns(**NOBODY)
    assert unit.miss_links("thing", frame, at=AT, run_id=run_id, seen_run=None) == 1


def listed(unit: Any, **wanted: Any) -> list[tuple[str, str]]:
    asked: dict[str, Any] = {
        "source": None,
        "since": None,
        "until": None,
        "ignored": [],
        "unacknowledged_at": None,
    }
    found, total = unit.missing_among([THING], **{**asked, **wanted}, limit=10, offset=0)
    assert total == len(found)
    return [(each["source"], each["external_id"]) for each in found]


def test_a_link_that_comes_back_keeps_its_last_three_returns(store):
    """PRE-8: newest first; one that was there all along has not come back; an image gives all of it back."""
    with store.writing(1) as unit:
        assert unit.see_links("thing", named(("ALPHA", "a"), ("ALPHA", "nobody")), run_id=2) == 1
        assert (image(unit, "a")["back_run_1"], image(unit, "a")["last_run"]) == (None, 2)
        for run_id in (3, 5, 7, 9):
            gone(unit, "a", run_id)
            before = unit.link_image("thing", named(("ALPHA", "a")), LINK_IMAGE)
            unit.see_links("thing", named(("ALPHA", "a")), run_id=run_id + 1)
        told = image(unit, "a")
        assert [told[f"back_run_{place}"] for place in (1, 2, 3)] == [10, 8, 6]
        assert (told["is_present"], told["missing_since"], told["missed_snapshots"]) == (True, None, 0)

        assert unit.change_links("thing", before) == 1
        assert [image(unit, "a")[f"back_run_{place}"] for place in (1, 2, 3)] == [8, 6, 4]


def test_only_what_came_back_twice_since_a_run_is_told(store):
    """PRE-8"""
    with store.writing(1) as unit:
        for key, runs in (("a", (3, 5, 7)), ("b", (3,))):
            for run_id in runs:
                gone(unit, key, run_id)
                unit.see_links("thing", named(("ALPHA", key)), run_id=run_id + 1)
        assert unit.returns("ALPHA", "thing", 0).rows() == [("a", 6, 4)]
        assert unit.returns("ALPHA", "thing", 6).height == 1
        assert unit.returns("ALPHA", "thing", 7).is_empty()
        assert unit.returns("BETA", "thing", 0).is_empty()


def test_snapshots_are_counted_back_without_those_that_do_not_stand(store):
    """PRE-8: partial imports, blocked ones, other sources and what was rolled back are none."""
    with store.writing(1) as unit:
        told: tuple[dict[str, Any], ...] = (
            {"status": "applied"},
            {"status": "rolled_back"},
            {"status": "applied", "is_full_snapshot": False},
            {"status": "blocked"},
            {"status": "applied", "source": "BETA"},
            {"status": "applied"},
        )
        for run_id, values in enumerate(told, start=2):
            announce(unit, run_id, **values)
        assert [unit.snapshot_back("ALPHA", "thing", count) for count in (1, 2, 3, 4)] == [7, 2, 1, 0]


def test_a_source_misses_nothing_that_it_has_under_another_id(store):
    """PRE-19"""
    with store.writing(1) as unit:
        gone(unit, "b", 2)
        assert listed(unit) == []
        assert unit.missing_badges("thing", [1, 2]) == []
        gone(unit, "b2", 3)
        assert listed(unit) == [("ALPHA", "b"), ("ALPHA", "b2")]


def test_what_is_ignored_or_acknowledged_is_left_out_unless_it_is_asked_for(store):
    """PRE-2, PRE-22, PRE-29: an acknowledgement holds until the moment that was said."""
    with store.writing(1) as unit:
        gone(unit, "a", 2)
        assert listed(unit, ignored=["BETA"]) == [("ALPHA", "a")]
        assert listed(unit, ignored=["ALPHA"]) == []
        assert listed(unit, ignored=["ALPHA"], source="ALPHA") == [("ALPHA", "a")]
        assert unit.missing_badges("thing", [1], ignored=["ALPHA"]) == []

        until = AT + timedelta(days=1)
        values = {"acknowledged_run": 3, "acknowledged_by": "ana", "acknowledged_at": AT}
        unit.change_links("thing", named(("ALPHA", "a")), acknowledged_until=until, **values)
        assert listed(unit) == [("ALPHA", "a")]
        assert listed(unit, unacknowledged_at=until - timedelta(microseconds=1)) == []
        assert listed(unit, unacknowledged_at=until) == [("ALPHA", "a")]
        unit.change_links("thing", named(("ALPHA", "a")), acknowledged_until=None)
        assert listed(unit, unacknowledged_at=until) == []


def test_since_when_a_retirement_is_held_is_told_with_the_link(store):
    """PRE-16, PRE-32"""
    with store.writing(1) as unit:
        announce(unit, 2, status="applied", applied_at=AT + timedelta(days=2))
        frame = named(("ALPHA", "a")).with_columns(held_run=pl.lit(2, dtype=pl.Int64))
        unit.miss_links("thing", frame, at=AT, run_id=2, seen_run=None)
        found, _ = unit.missing_among(
            [THING],
            source=None,
            since=None,
            until=None,
            ignored=[],
            unacknowledged_at=None,
            limit=10,
            offset=0,
        )
        assert [each["held_at"] for each in found] == [AT + timedelta(days=2)]
        told = {each["source"]: each["held_at"] for each in unit.links_of_record("thing", 1)}
        assert told == {"ALPHA": AT + timedelta(days=2), "BETA": None}


def test_a_source_of_its_own_is_forgotten(store):
    """PRE-23"""
    with store.writing(1) as unit:
        unit.keep_source("ALPHA", "{}", at=AT)
        unit.keep_source("BETA", "{}", at=AT)
        unit.drop_source("ALPHA")
        assert list(unit.source_descriptors()) == ["BETA"]
