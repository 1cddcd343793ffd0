"""What every store promises of what waterfalls and reports read: canonical text, of one workspace (HIS-6, SEC-2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import polars as pl
import pytest

from stocktake.model.record_type import Field, FieldType, Lifecycle, RecordType
from stocktake.ports.frame import ENTRIES, PRESENT, RUN_MOMENTS, TURNS
from stocktake.stores.store import Store, open_store
from tests.reliability.database import owner

AT, MOMENT = datetime(2026, 3, 1, 9, tzinfo=UTC), "2026-03-01T09:00:00.000000Z"
OFFER = RecordType(
    name="offer",
    title="Offer",
    plural="Offers",
    fields=(Field(name="stage"), Field(name="worth", type=FieldType.DECIMAL), Field(name="status")),
    tracked=("stage", "worth"),
    lifecycle=Lifecycle(field="status", retired="GONE"),
)


@pytest.fixture
def store(ready_database_url: str) -> Iterator[Store]:
    """Two workspaces with the same numbers in them."""
    opened = open_store(ready_database_url)
    opened.migrate(at=AT)
    opened.define(OFFER, "{}", at=AT)
    with owner(ready_database_url) as connection:
        connection.execute(f"INSERT INTO st_workspace VALUES (2, 'other', 1, true, '{MOMENT}')")
    for workspace_id, stage in ((1, "new"), (2, "theirs")):
        with opened.writing(workspace_id) as unit:
            fill(unit, stage)
    yield opened
    opened.close()


def fill(unit, stage: str) -> None:
    common = {"source": "CRM", "record_type": "offer", "started_at": AT, "initiated_by": "ana"}
    unit.announce_run(1, kind="import", status="applied", is_full_snapshot=True, applied_at=AT, **common)
    unit.announce_run(2, kind="import", status="blocked", is_full_snapshot=True, **common)
    unit.announce_run(
        3, kind="rollback", status="applied", is_full_snapshot=False, applied_at=AT, undoes_run=1, **common
    )
    unit.create_records(
        OFFER,
        pl.DataFrame({"id": [1, 2], "stage": [stage, None], "worth": ["12.5", "3"]}),
        source="CRM",
        created_run=1,
        row_run=1,
        imported_at=AT,
        updated_at=AT,
    )
    unit.keep_history(
        1,
        "offer",
        pl.DataFrame(
            {
                "record_id": [1, 1],
                "field": ["stage", "worth"],
                "from_value": [None, "1"],
                "to_value": [stage, "12.5"],
                "kind": ["file_import_diff"] * 2,
            }
        ),
        at=AT,
    )
    changes = {
        "record_id": [1, 1, 2, 2],
        "field": ["status", "stage", "stage", "*"],
        "act": ["update", "update", "reactivate", "delete"],
        "before": ["GONE", "x", "x", "Two"],
        "after": ["HERE", stage, stage, None],
    }
    unit.keep_changes(1, "offer", pl.DataFrame(changes))


def test_the_present_is_canonical_text_of_one_workspace(store: Store) -> None:
    with store.reading(1) as unit:
        found = unit.present_values(OFFER, ["stage", "worth"], pl.Series([2, 1, 7])).sort("record_id")
        assert unit.present_values(OFFER, ["stage"], pl.Series([2]))["record_id"].to_list() == [2]
    assert found.schema == {**PRESENT, "stage": pl.String, "worth": pl.String}
    assert found.rows() == [
        (1, 1, None, MOMENT, None, None, "new", "12.5"),
        (2, 1, None, MOMENT, None, None, None, "3"),
    ]


def test_records_that_say_the_same_are_counted(store: Store) -> None:
    """By their run and their values, with how many of them are retired; of one workspace, from one number to another."""
    told = {"source": "CRM", "created_run": 1, "row_run": 1, "imported_at": AT, "updated_at": AT}
    with store.writing(1) as unit:
        unit.create_records(OFFER, pl.DataFrame({"id": [3, 4, 5], "stage": ["new", "new", None]}), **told)
        gone = pl.DataFrame({"id": [4], "version": [1]})
        unit.change_records(OFFER, gone, at=AT, changed_run=3, retired_at=AT, retired_by="source")
    with store.reading(1) as unit:
        found = unit.value_counts(OFFER, ["stage"], 1, 4).sort("stage")
        assert found.rows() == [(1, None, 1, 0), (1, "new", 3, 1)]
        assert unit.value_counts(OFFER, ["stage", "worth"], 1, 2).sort("stage").rows() == [
            (1, None, "3", 1, 0),
            (1, "new", "12.5", 1, 0),
        ]
        assert unit.retired_ids(OFFER, 1, 9).to_list() == [4]
        assert unit.retired_ids(OFFER, 5, 9).to_list() == []


def test_entries_are_those_of_the_fields_asked_for(store: Store) -> None:
    """HIS-1."""
    with store.reading(1) as unit:
        assert unit.field_entries("offer", ["stage"], 1, 1).rows() == [
            (1, 1, "stage", "file_import_diff", None, "new")
        ]
        assert unit.field_entries("offer", ["stage", "worth"], 0, 9).height == 2
        assert unit.field_entries("offer", ["stage", "worth"], 2, 9).is_empty()
        assert unit.field_entries("other", ["stage"], 0, 9).schema == ENTRIES
    with store.reading(2) as unit:
        assert unit.field_entries("offer", ["stage"], 0, 9)["to_value"].to_list() == ["theirs"]


def test_turns_are_the_changes_that_tell_of_coming_and_going(store: Store) -> None:
    with store.reading(1) as unit:
        found = unit.turns(OFFER, 1, 2).sort("record_id", "field")
        assert unit.turns(OFFER, 2, 2)["record_id"].unique().to_list() == [2]
    assert found.schema == TURNS
    assert found.select("record_id", "field", "act", "after").rows() == [
        (1, "status", "update", "HERE"),
        (2, "*", "delete", None),
        (2, "stage", "reactivate", "new"),
    ]


def test_run_moments_are_those_of_applied_runs(store: Store) -> None:
    with store.reading(1) as unit:
        found = unit.run_moments()
    assert found.schema == RUN_MOMENTS
    assert found.select("run_id", "applied_at", "undoes_run").rows() == [(1, MOMENT, None), (3, MOMENT, 1)]


def test_runs_are_counted_as_they_are_listed(store: Store) -> None:
    """PRE-22: only imports are full or partial."""
    with store.reading(1) as unit:
        for like, wanted in (
            ({}, [3, 2, 1]),
            ({"source": "CRM", "record_type": "offer"}, [3, 2, 1]),
            ({"is_full_snapshot": True}, [2, 1]),
            ({"is_full_snapshot": False}, []),
            ({"source": "ERP"}, []),
        ):
            assert [each.run_id for each in unit.runs(limit=9, **like)] == wanted
            assert unit.run_count(**like) == len(wanted)
