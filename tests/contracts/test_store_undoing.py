"""What every store promises of rollbacks: what a run made and wrote, and what others did to it since (ROL)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from stocktake.model.record_type import Field, FieldType, RecordType, Reference
from stocktake.ports.frame import SEEN_IMAGE
from stocktake.stores.store import Store, open_store
from tests.links import links_of_source

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
THING = RecordType(
    name="thing",
    title="Thing",
    plural="Things",
    display="name",
    fields=(Field(name="name"), Field(name="part_of", type=FieldType.INTEGER)),
    references=(Reference(field="part_of", to="thing"),),
)


@pytest.fixture
def store(ready_database_url) -> Iterator[Store]:
    """Run 1 made things 1 to 4 with links of ALPHA; run 2 changed thing 2; run 3 made thing 5, a part of thing 1."""
    opened = open_store(ready_database_url)
    opened.migrate(at=AT)
    opened.define(THING, "{}", at=AT)
    with opened.writing(1) as unit:
        things(unit, 1, 1, 2, 3, 4)
        things(unit, 3, 5, part_of="1")
        links(unit, "ALPHA", ["a", "b", "c", "d"], [1, 2, 3, 4], first_run=1, changed_run=1)
        changed = pl.DataFrame({"id": [2], "version": [1], "name": ["new"]})
        assert unit.change_records(THING, changed, at=AT, changed_run=2) == 1
        for run_id, kind in ((1, "import"), (2, "edit"), (3, "import"), (4, "import")):
            run(unit, run_id, kind, applied=run_id != 4)
        change = {
            "record_id": [2],
            "field": ["name"],
            "act": ["update"],
            "before": ["thing 2"],
            "after": ["new"],
        }
        unit.keep_changes(2, "thing", pl.DataFrame(change))
    yield opened
    opened.close()


def things(unit: Any, run_id: int, *ids: int, part_of: str | None = None) -> None:
    frame = pl.DataFrame({"id": ids}).with_columns(
        name=pl.format("thing {}", "id"), part_of=pl.lit(part_of, dtype=pl.String)
    )
    moments = {"imported_at": AT, "updated_at": AT}
    unit.create_records(THING, frame, source="ALPHA", created_run=run_id, row_run=run_id, **moments)


def links(unit: Any, source: str, keys: list[str], ids: list[int], **runs: int) -> None:
    frame = pl.DataFrame({"external_id": keys, "record_id": ids})
    marks = {"is_present": True, "is_keyless": False, "missed_snapshots": 0, "last_run": runs["first_run"]}
    unit.create_links(frame, source=source, record_type="thing", **marks, **runs)


def run(unit: Any, run_id: int, kind: str, *, applied: bool) -> None:
    unit.announce_run(
        run_id,
        kind=kind,
        status="applied" if applied else "failed",
        source="ALPHA",
        record_type="thing",
        is_full_snapshot=False,
        started_at=AT,
        applied_at=AT if applied else None,
        initiated_by="eve",
    )


def test_the_runs_that_came_later_are_those_that_were_applied(store: Store):
    """ROL-4"""
    with store.reading(1) as unit:
        found = unit.runs_since(1)
    assert found.select("run_id", "kind", "by").rows() == [(2, "edit", "eve"), (3, "import", "eve")]


def test_what_later_runs_changed_in_some_records_is_told_run_by_run(store: Store):
    """ROL-4, ROL-5"""
    with store.reading(1) as unit:
        assert unit.changes_since("thing", 1, pl.Series([1, 2, 3])).rows() == [(2, 2, "name", "update")]
        assert unit.changes_since("thing", 2, pl.Series([1, 2, 3])).is_empty()
        assert unit.changes_since("thing", 1, pl.Series([], dtype=pl.Int64)).is_empty()


def test_what_a_run_created_is_counted_named_and_deleted_but_for_what_stays(store: Store):
    """ROL-2, ROL-13"""
    with store.writing(1) as unit:
        assert unit.created_block(THING, 1) == (4, 1, 4)
        assert unit.created_block(THING, 9) == (0, 0, 0)
        assert unit.created_ids(THING, 1).to_list() == [1, 2, 3, 4]
        assert unit.created_and_changed_since(THING, 1).rows() == [(2, "new", 2)]
        assert unit.delete_created(THING, 1, staying=pl.Series([2, 3])) == 2
        assert unit.created_ids(THING, 1).to_list() == [2, 3]
        assert unit.delete_created(THING, 1) == 2


def test_only_untouched_records_are_deleted_by_number(store: Store):
    """ROL-5: what somebody has changed since stays."""
    with store.writing(1) as unit:
        assert unit.delete_untouched(THING, pl.Series([1, 2, 5])) == 2
        assert unit.created_ids(THING, 1).to_list() == [2, 3, 4]


def test_links_that_a_run_made_are_counted_and_deleted_but_for_some(store: Store):
    """PRE-30, ROL-2, ROL-13"""
    spared = {"keys": pl.Series(["a"]), "records": pl.Series([2])}
    with store.writing(1) as unit:
        links(unit, "ALPHA", ["older"], [5], first_run=3, changed_run=3)
        assert unit.link_count_made("ALPHA", "thing", 1) == 4
        assert unit.link_count_made("ALPHA", "thing", 1, **spared) == 2
        assert unit.delete_links_made("ALPHA", "thing", 1, **spared) == 2
        assert sorted(links_of_source(unit, "ALPHA", "thing")["_key"]) == ["a", "b", "older"]
        assert unit.delete_links_made("ALPHA", "thing", 1) == 2


def test_what_others_did_to_the_links_of_a_run_is_found(store: Store):
    """ROL-5, ROL-13: whoever made a link to what the run created, its own source too."""
    named = pl.DataFrame({"source": ["ALPHA"], "external_id": ["a"]})
    with store.writing(1) as unit:
        unit.change_links("thing", named, changed_run=2)
        links(unit, "BETA", ["x"], [2], first_run=2, changed_run=2)
        links(unit, "ALPHA", ["other", "far"], [3, 5], first_run=3, changed_run=3)
        assert unit.links_made_and_changed_since("ALPHA", "thing", 1).rows() == [("ALPHA", "a", 1, 2)]
        found = unit.links_by_others("thing", 1, 1, 4).sort("source")
    assert found.rows() == [("ALPHA", "other", 3, 3), ("BETA", "x", 2, 2)]


def test_who_refers_to_a_block_of_records_is_told_with_whom(store: Store):
    """ROL-4"""
    with store.reading(1) as unit:
        assert unit.referring_records(THING, "part_of", 1, 4).rows() == [(5, "thing 5", 3, 3, 1)]
        assert unit.referring_records(THING, "part_of", 2, 4).is_empty()


def test_the_images_of_several_runs_come_together(store: Store):
    """ROL-2"""
    frame = pl.DataFrame({"source": ["A"], "external_id": ["k"], "last_run": [1]})
    with store.writing(1) as unit:
        for run_id in (2, 3, 4):
            unit.keep_image(run_id, "seen" if run_id < 4 else "other", frame)
        found = unit.images_of(pl.Series([2, 3, 4]), "seen", SEEN_IMAGE)
        assert found.rows() == [(2, "A", "k", 1), (3, "A", "k", 1)]
        assert unit.images_of(pl.Series([], dtype=pl.Int64), "seen", SEEN_IMAGE).is_empty()


def test_what_a_run_let_wait_is_found_and_forgotten(store: Store):
    """IDN-4, ROL-2"""
    waiting = pl.DataFrame(
        {
            "record_type": ["thing", "thing"],
            "record_id": [1, 2],
            "field": ["part_of", "part_of"],
            "to_type": ["thing", "thing"],
            "text": ["x", "y"],
            "source": ["ALPHA", "ALPHA"],
            "run_id": [1, 2],
        }
    )
    with store.writing(1) as unit:
        unit.keep_unresolved(waiting)
        assert unit.unresolved_of_run(1)["record_id"].to_list() == [1]
        unit.forget_unresolved_of_run(1)
        assert unit.unresolved_of("thing")["record_id"].to_list() == [2]
