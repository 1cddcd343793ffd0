"""Replace and append: a file that stands for all of its source, and rows that are only added (PLN-1, PLN-2, PLN-4)."""

from __future__ import annotations

import pytest

from stocktake.model.errors import GuardRefused, InvalidInput, RollbackBlocked, StalePlan
from tests.stories.desk import Desk, device

ROWS = [device(f"S{number}", f"T{number}", model="A") for number in range(20)]


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """With a source that does not track presence."""
    desk.declare("SHEET", tracks_presence=False)
    return desk


def replace(desk: Desk, rows, **options):
    return desk.load("SHEET", rows, strategy="replace", **options)


def test_what_the_file_lacks_is_deleted_and_the_rest_keeps_its_id(desk: Desk):
    """PLN-2"""
    replace(desk, ROWS)
    ids = {serial: row["id"] for serial, row in desk.records().items()}

    run = replace(desk, [*ROWS[2:19], device("S19", "T19", model="B"), device("NEW", "TNEW")])

    assert {name: run.stats[name] for name in ("create", "update", "unchanged", "delete", "retire")} == {
        "create": 1,
        "update": 1,
        "unchanged": 17,
        "delete": 2,
        "retire": 0,
    }
    now = desk.records()
    assert set(now) == {*(f"S{number}" for number in range(2, 20)), "NEW"}
    assert all(now[serial]["id"] == ids[serial] for serial in now if serial != "NEW")
    assert desk.rows("SELECT * FROM source_presence WHERE external_id IN ('S0', 'S1')") == []


def test_a_deletion_is_undone_under_the_same_ids_with_links_and_all(desk: Desk):
    """ROL-2, PRE-30"""
    replace(desk, ROWS)
    before = desk.state()

    run = replace(desk, [*ROWS[3:], device("NEW", "TNEW")])

    preview = run.preview_rollback()
    assert preview.undo.counts["undeleted"] == 3
    run.rollback()
    assert desk.state() == before


def test_each_deletion_is_told(desk: Desk):
    """PRE-21, HIS-7, ROL-1"""
    replace(desk, ROWS)
    run = replace(desk, ROWS[1:])

    (entry,) = desk.audit(run, "delete")
    assert entry["sentence"] == (
        "T0 was deleted: file-2.csv, which replaces the records of SHEET, does not have it."
    )
    history = desk.rows("SELECT * FROM st_field_history WHERE kind = 'file_import_removed'")
    assert {each["to_value"] for each in history} == {"removed_from_export"}
    (change,) = desk.rows("SELECT * FROM st_record_change WHERE act = 'delete'")
    assert (change["field"], change["before"]) == ("*", "T0")


def test_what_another_source_links_too_is_spared(desk: Desk):
    """PLN-2: deletes only records that no other source links."""
    replace(desk, ROWS)
    desk.load("NINJAONE", ROWS[:1])

    plan = desk.plan("SHEET", ROWS[2:], strategy="replace")

    assert (plan.counts["delete"], plan.counts["missing"]) == (1, 1)
    assert plan.decisions("missing")["reason"].to_list() == ["another source has it too: NINJAONE"]
    plan.apply()
    assert "S0" in desk.records()


def test_a_retired_record_is_never_deleted(desk: Desk):
    """PLN-2"""
    replace(desk, ROWS)
    desk.retire_by_hand("S0")

    replace(desk, ROWS[1:])

    assert desk.record("S0")["status"] == "RETIRED"


def test_a_kept_record_is_not_deleted(desk: Desk):
    """PRE-18"""
    replace(desk, ROWS)

    run = replace(desk, ROWS[1:], keep=[desk.record("S0")["id"]])

    assert (run.stats["delete"], run.stats["suppressed"]) == (0, 1)
    assert "S0" in desk.records()


@pytest.mark.parametrize("rows", [[], [device("", "")]], ids=["no-rows", "blank-rows"])
def test_an_empty_file_never_replaces(desk: Desk, rows):
    """PLN-2, PRE-11"""
    replace(desk, ROWS)

    with pytest.raises(GuardRefused) as refused:
        replace(desk, rows, allow_retire=100)

    assert refused.value.code == "empty-snapshot"
    assert desk.count() == 20


def test_guards_hold_for_deletions_too(desk: Desk):
    """PRE-36, PRE-33"""
    replace(desk, ROWS)

    with pytest.raises(GuardRefused) as refused:
        replace(desk, ROWS[5:])

    assert refused.value.code == "mass-delete"
    assert refused.value.message.startswith("5 of the 20 records that SHEET has would be deleted (25%")
    assert replace(desk, ROWS[5:], allow_retire=5).stats["delete"] == 5


def test_held_deletions_wait_for_a_person(desk: Desk):
    """PRE-15, PRE-36"""
    replace(desk, ROWS)

    run = replace(desk, ROWS[10:], on_guard="hold")

    assert (run.stats["held"], run.stats["delete"]) == (10, 0)
    assert desk.count() == 20


def test_a_source_that_tracks_presence_is_not_replaced(desk: Desk):
    """PLN-17"""
    with pytest.raises(InvalidInput) as refused:
        desk.plan("NINJAONE", ROWS, strategy="replace")

    assert refused.value.code == "presence-tracked"
    assert "--strategy snapshot" in refused.value.hint


def test_a_plan_is_stale_when_another_source_takes_up_what_it_deletes(desk: Desk):
    """PLN-9, PLN-23"""
    replace(desk, ROWS)
    plan = desk.plan("SHEET", ROWS[1:], strategy="replace")
    desk.load("NINJAONE", ROWS[:1])

    with pytest.raises(StalePlan):
        plan.apply()

    assert "S0" in desk.records()


def test_a_deletion_is_not_undone_over_a_record_that_came_again(desk: Desk):
    """ROL-5: its key is taken by now."""
    replace(desk, ROWS)
    run = replace(desk, ROWS[1:])
    replace(desk, ROWS)

    with pytest.raises(RollbackBlocked) as refused:
        run.rollback()

    assert refused.value.details["later_runs"] == [3]


def test_rows_without_any_key_are_replaced_by_content_and_occurrence(desk: Desk):
    """PLN-2, PLN-26: equal rows stay, the others give way; that is no loss to guard against."""
    rows = [device("", "", model=model) for model in ("A", "A", "B", "C", "D")]
    replace(desk, rows)
    before = {each["id"]: each["model"] for each in desk.rows("SELECT id, model FROM device")}

    run = replace(desk, [device("", "", model=model) for model in ("A", "B", "X", "Y", "Z")])

    assert (run.stats["unchanged"], run.stats["create"], run.stats["delete"]) == (2, 3, 3)
    now = desk.rows("SELECT id, model FROM device ORDER BY id")
    assert sorted(each["model"] for each in now) == ["A", "B", "X", "Y", "Z"]
    kept = {each["id"]: each["model"] for each in now if each["id"] in before}
    assert sorted(kept.values()) == ["A", "B"]
    assert kept.items() <= before.items()


def test_append_adds_every_row_whatever_is_stored(desk: Desk):
    """PLN-4, IDN-5"""
    desk.load("SHEET", ROWS[:3])
    rows = [ROWS[0], ROWS[0], device("S99", "T99")]

    plan = desk.plan("SHEET", rows, strategy="append")

    assert {name: count for name, count in plan.counts.items() if count} == {"rows": 3, "create": 3}
    plan.apply()
    found = desk.rows("SELECT serial_number, external_id FROM device ORDER BY id")
    assert [each["serial_number"] for each in found] == ["S0", "S1", "S2", "S0", "S0", "S99"]
    assert len({each["external_id"] for each in found}) == 6


def test_appending_says_what_is_stored_already(desk: Desk):
    """PLN-10: the facts stand in every preview."""
    desk.load("SHEET", ROWS[:3])

    facts = desk.plan("SHEET", [*ROWS[1:3], device("S99", "T99")], strategy="append").plan.deduplication

    assert (facts.existing_records, facts.matching_records, facts.new_records) == (3, 2, 3)


def test_what_was_appended_is_left_alone_by_what_comes_later(desk: Desk):
    """PLN-4, PRE-3: no file carries its external id, so none can miss it."""
    desk.load("NINJAONE", ROWS[:10])
    desk.load("NINJAONE", [device("X1", "TX1")], strategy="append")

    run = desk.load("NINJAONE", ROWS[:10])

    assert (run.stats["retire"], run.stats["missing"]) == (0, 0)
    assert desk.status("X1") == "AVAILABLE"


def test_an_append_is_undone(desk: Desk):
    """ROL-2"""
    desk.load("SHEET", ROWS[:3])
    before = desk.state()

    desk.load("SHEET", ROWS, strategy="append").rollback()

    assert desk.state() == before


def test_the_own_id_of_what_is_appended_stays_a_value(desk: Desk):
    """IDN-5: also where it is no field of the type."""
    rows = [{"Record ID": "D-1", "Deal Name": "Roof"}]
    desk.record_type = "deal"
    desk.book.plan(
        desk.file(rows, ("Record ID",)), record_type="deal", source="csv_import", strategy="append"
    ).apply()

    (found,) = desk.rows("SELECT external_id, extra FROM deal")
    assert found["extra"] == '{"Record ID":"D-1"}'
    assert found["external_id"] != "D-1"


def test_a_type_that_is_new_here_is_replaced_though_stored_types_refer_to_it(ready_database_url, tmp_path):
    """PLN-2, PLN-25, ADR 6: the first accounts are planned against nothing, while deals are stored that may name them."""
    desk = Desk(ready_database_url, tmp_path, record_type="deal")
    desk.load(
        "csv_import", [{"Record ID": "D-1", "Deal Name": "Roof", "Deal Stage": "Lead"}], strategy="merge"
    )
    desk.record_type = "account"

    plan = desk.plan("csv_import", [{"Record ID": "A-1", "Name": "Harbour Ltd"}], strategy="replace")

    assert (plan.counts["create"], plan.counts["delete"]) == (1, 0)
    assert plan.apply().stats["create"] == 1
    desk.book.close()
