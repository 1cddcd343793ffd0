"""The history of one record, as Python and the command line tell it, also when the record is gone (HIS)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import stocktake as st
from tests.stories.desk import START, Desk, device

DAY = timedelta(days=1)


def story(desk: Desk, record_id: int, field: str | None = None) -> list[tuple[Any, ...]]:
    found = desk.book.history_of(desk.record_type, record_id, field=field)
    return found.select("run_id", "field", "from", "to", "kind").rows()


@pytest.fixture
def fleet_of_30(desk: Desk) -> Desk:
    desk.declare("INTUNE")
    desk.load("INTUNE", [device(f"S{number:02}", location="Vancouver") for number in range(30)])
    return desk


def rows(first: int = 0, **more: str) -> list[Any]:
    return [device(f"S{number:02}", location="Vancouver", **more) for number in range(first, 30)]


def test_a_new_record_begins_with_what_it_was_created_with(fleet_of_30: Desk) -> None:
    """HIS-4: derived, not stored."""
    desk = fleet_of_30
    found = desk.book.history_of("device", desk.record("S00")["id"], field="location")

    assert found.to_dicts() == [
        {
            "run_id": 1,
            "changed_at": START + DAY,
            "field": "location",
            "from": None,
            "to": "Vancouver",
            "kind": "file_import_new",
        }
    ]
    assert desk.rows("SELECT * FROM st_field_history") == []


def test_changes_absence_return_and_rollback_are_told_in_order(fleet_of_30: Desk) -> None:
    """HIS-1, HIS-2."""
    desk = fleet_of_30
    number = desk.record("S00")["id"]
    desk.load("INTUNE", [device("S00", location="Calgary"), *rows(1)])
    desk.load("INTUNE", rows(1))
    desk.load("INTUNE", [device("S00", location="Calgary"), *rows(1)])
    desk.later()
    desk.book.run(4).rollback()

    assert story(desk, number, "location") == [
        (1, "location", None, "Vancouver", "file_import_new"),
        (2, "location", "Vancouver", "Calgary", "file_import_diff"),
        (3, "location", "Calgary", "removed_from_export", "file_import_removed"),
        (4, "location", None, "Calgary", "file_import_new"),
        (5, "location", "Calgary", None, "rollback"),
    ]


def test_a_merge_tells_nothing_of_records_it_did_not_touch(fleet_of_30: Desk) -> None:
    """HIS-7."""
    desk = fleet_of_30
    plan = desk.plan("INTUNE", [device("S00", location="Calgary"), device("S30")], strategy="merge")
    told = plan.history()

    assert (told["changes"], told["changes_by_field"], told["new"], told["removed"]) == (
        1,
        {"location": 1},
        1,
        0,
    )
    plan.apply()
    assert len(desk.rows("SELECT * FROM st_field_history")) == 1


def test_a_snapshot_tells_what_changed_came_and_went(fleet_of_30: Desk) -> None:
    """HIS-5, HIS-8: records are counted for new and removed, fields for changes."""
    desk = fleet_of_30
    number = desk.record("S01")["id"]
    plan = desk.plan("INTUNE", [device("S01", location="Calgary"), *rows(2), device("S30")])
    told = plan.history()

    assert (told["changes"], told["new"], told["removed"]) == (1, 1, 1)
    assert told["details"][0] == {
        "record": number,
        "name": "S01",
        "field": "location",
        "from": "Vancouver",
        "to": "Calgary",
    }


@pytest.fixture
def deals(ready_database_url: str, tmp_path: Any) -> Any:
    desk = Desk(ready_database_url, tmp_path, record_type="deal")
    yield desk
    desk.book.close()


def deal(number: int, stage: str = "Prospecting") -> dict[str, Any]:
    return {"Deal ID": f"D{number}", "Deal Name": f"Deal {number}", "Stage": stage, "Amount": number}


def load(desk: Desk, items: list[dict[str, Any]]) -> st.OpenRun:
    desk.later()
    return desk.book.plan(items, record_type="deal", source="csv_import").apply()


def test_the_outcome_shows_the_first_changes_and_counts_them_all(desk: Desk) -> None:
    """HIS-5: details are capped; the full list is the run's."""
    desk.declare("INTUNE")
    desk.load("INTUNE", [device(f"S{number:03}", location="Vancouver") for number in range(120)])
    desk.later()
    plan = desk.plan("INTUNE", [device(f"S{number:03}", location="Calgary") for number in range(120)])

    told = plan.history()
    assert (told["changes"], len(told["details"]), len(plan.history(details=7)["details"])) == (120, 100, 7)
    assert plan.apply().history().height == 120


def test_deals_track_stage_amount_owner_and_close_date_of_records_met_by_any_identity(deals: Desk) -> None:
    """HIS-1: the second file has no ids; its deals are met by name, amount and close date."""
    known = {"Deal Name": "Roof", "Amount": 100, "Close Date": "2026-12-01"}
    owned = {"Deal Owner": "ana", "Stage": "Lead", **known}
    deals.book.plan([{"Deal ID": "D1", **owned}], record_type="deal", source="csv_import").apply()
    deals.later()
    run = deals.book.plan(
        [{**owned, "Stage": "Won", "Deal Owner": "bo"}],
        record_type="deal",
        source="csv_import",
        strategy="merge",
    ).apply()

    assert deals.book.record_type("deal").tracked == ("stage", "amount", "owner", "close_date")
    assert run.history().select("record_id", "field", "from", "to").rows() == [
        (1, "owner", "ana", "bo"),
        (1, "stage", "Lead", "Won"),
    ]


def test_a_stage_changes_when_it_is_written_otherwise(deals: Desk) -> None:
    """HIS-8: as written; what it means is a field of its own, which stays."""
    load(deals, [deal(0, "Closed Won")])
    load(deals, [deal(0, "closed won")])

    assert story(deals, 1, "stage")[-1] == (2, "stage", "Closed Won", "closed won", "file_import_diff")
    (found,) = deals.rows("SELECT stage, stage_normalized FROM deal")
    assert tuple(found.values()) == ("closed won", "won")


def test_a_file_that_does_not_come_through_leaves_no_history(fleet_of_30: Desk) -> None:
    """HIS-3: history is written with the change or not at all."""
    desk = fleet_of_30
    plan = desk.plan("INTUNE", [device("S00", location="Calgary"), *rows(1)])
    desk.write("UPDATE device SET version = version + 1 WHERE serial_number = 'S00'")

    with pytest.raises(st.StalePlan):
        plan.apply()
    assert desk.rows("SELECT * FROM st_field_history") == []


def test_history_outlives_the_record_that_a_replacing_file_deletes(deals: Desk) -> None:
    """HIS-7, HIS-3: its beginning included, and the run that made it."""
    load(deals, [deal(number) for number in range(30)])
    load(deals, [deal(0, "Negotiation"), *(deal(number) for number in range(1, 30))])
    number = deals.rows("SELECT id FROM deal WHERE external_id = 'D0'")[0]["id"]
    deals.later()
    plan = deals.book.plan(
        [deal(each) for each in range(1, 30)], record_type="deal", source="csv_import", name="third"
    )
    told = plan.history()
    assert (told["changes"], told["new"], told["removed"]) == (0, 0, 1)
    assert told["details"][0] == {
        "record": number,
        "name": "Deal 0",
        "field": "stage",
        "from": "Negotiation",
        "to": "removed_from_export",
    }
    plan.apply()

    assert deals.rows("SELECT * FROM deal WHERE external_id = 'D0'") == []
    assert story(deals, number, "stage") == [
        (1, "stage", None, "Prospecting", "file_import_new"),
        (2, "stage", "Prospecting", "Negotiation", "file_import_diff"),
        (3, "stage", "Negotiation", "removed_from_export", "file_import_removed"),
    ]
    deals.later()
    deals.book.run(3).rollback()
    assert story(deals, number, "stage")[-1] == (
        4,
        "stage",
        "removed_from_export",
        "Negotiation",
        "rollback",
    )


def test_a_number_that_no_record_ever_had_is_refused(fleet_of_30: Desk) -> None:
    with pytest.raises(st.NotFound) as refusal:
        fleet_of_30.book.history_of("device", 4711)
    assert refusal.value.code == "unknown-record"
    with pytest.raises(st.NotFound) as refusal:
        fleet_of_30.book.history_of("deal", 1)
    assert refusal.value.code == "unknown-record"


def test_a_field_that_the_type_lacks_is_refused(fleet_of_30: Desk) -> None:
    with pytest.raises(st.InvalidInput) as refusal:
        fleet_of_30.book.history_of("device", 1, field="colour")
    assert refusal.value.code == "unknown-field"
    assert "location" in refusal.value.hint
