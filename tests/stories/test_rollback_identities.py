"""A rollback gives no record what another one has by now and no two may have: it stays, and is named (ROL-5, IDN-1)."""

from __future__ import annotations

from collections import Counter

import pytest

from stocktake.model.errors import RollbackBlocked
from tests.stories.desk import Desk, Row, device, fleet

#: The first device of a fleet of ten has the tag of the second, which is gone.
SWAPPED: list[Row] = [device("S001", "T002"), *fleet(10)[2:]]


@pytest.fixture
def ten(desk: Desk) -> Desk:
    """Ten devices of NINJAONE."""
    desk.load("NINJAONE", fleet(10))
    return desk


def tags(desk: Desk) -> dict[str | None, str]:
    return {serial: record["asset_tag"] for serial, record in desk.records().items()}


def shared(desk: Desk) -> list[str]:
    """The serial numbers and tags that several records have."""
    found = desk.rows("SELECT serial_number, asset_tag FROM device")
    return [
        value
        for name in ("serial_number", "asset_tag")
        for value, count in Counter(each[name] for each in found if each[name]).items()
        if count > 1
    ]


def test_the_old_record_keeps_its_suffix_while_the_new_one_stays(ten: Desk):
    """ROL-5, PRE-20, PACK-1: the new record was changed since; the serial and the tag are its own."""
    first, second = ten.record("S001")["id"], ten.record("S002")["id"]
    run = ten.load("NINJAONE", SWAPPED, new=["S001"])
    new = ten.record("S001")["id"]
    later = ten.load("NINJAONE", [device("S001", "T002", model="X"), *fleet(10)[2:]])

    kept = run.preview_rollback(partial=True).hindering(9)
    run.rollback(partial=True)

    assert shared(ten) == []
    assert (ten.record("S001")["id"], ten.record(f"S001~{first}")["id"]) == (new, first)
    assert tags(ten)["S002"] == f"T002~{second}"
    assert [(each["record_id"], each["bucket"], each["why"], each["by_run"]) for each in kept] == [
        (first, "kept", "another record has it by now", later.run_id),
        (second, "kept", "another record has it by now", later.run_id),
        (new, "kept", "changed since", later.run_id),
    ]
    assert [each["fields"] for each in kept[:2]] == [["serial_number"], ["asset_tag"]]


def test_the_later_run_undone_first_all_of_it_comes_back(ten: Desk):
    """ROL-5: as one chain."""
    before = ten.state()
    run = ten.load("NINJAONE", SWAPPED, new=["S001"])
    later = ten.load("NINJAONE", [device("S001", "T002", model="X"), *fleet(10)[2:]])

    with pytest.raises(RollbackBlocked) as refused:
        run.rollback()
    assert refused.value.details["later_runs"] == [later.run_id]
    run.rollback(chain=True)

    assert ten.state() == before


def test_what_a_later_run_gave_to_another_record_does_not_come_back(ten: Desk):
    """ROL-5, IDN-1: nobody has touched the record itself, and yet its tag is gone."""
    run = ten.load("NINJAONE", [device("S001", "T900", model="M"), *fleet(10)[1:]])
    later = ten.load("TELUS", [device("S500", "T001")], strategy="merge")

    with pytest.raises(RollbackBlocked) as refused:
        run.rollback()
    run.rollback(partial=True)

    assert shared(ten) == []
    assert (tags(ten)["S001"], tags(ten)["S500"]) == ("T900", "T001")
    assert ten.record("S001")["model"] is None
    (stands,) = refused.value.details["blocked_by"]
    assert (stands["why"], stands["fields"], stands["by_run"]) == (
        "another record has it by now",
        ["asset_tag"],
        later.run_id,
    )


def test_what_stays_for_that_keeps_others_from_theirs(ten: Desk):
    """ROL-5, IDN-1: each got the tag of the next one, and the first one's is another's by now."""
    moved = [device("S001", "T002"), device("S002", "T003"), device("S003", "T900"), *fleet(10)[3:]]
    run = ten.load("NINJAONE", moved, on_conflict="overwrite")
    assert [tags(ten)[each] for each in ("S001", "S002", "S003")] == ["T002", "T003", "T900"]
    ten.load("TELUS", [device("S500", "T001")], strategy="merge")

    run.rollback(partial=True)

    assert shared(ten) == []
    assert [tags(ten)[each] for each in ("S001", "S002", "S003")] == ["T002", "T003", "T900"]


def test_a_deletion_makes_room(ten: Desk):
    """ROL-2, PRE-20: the record that has the serial and the tag goes with the run, so both come back."""
    before = ten.state()
    run = ten.load("NINJAONE", SWAPPED, new=["S001"])
    ten.load("TELUS", [device("S600", "T600")], strategy="merge")

    run.rollback()

    assert [ten.state()["device"][place] for place in (0, 1)] == before["device"][:2]
    assert [tags(ten)[each] for each in ("S001", "S002")] == ["T001", "T002"]


def test_a_deleted_record_does_not_come_back_beside_another_of_its_serial(desk: Desk):
    """ROL-5, PLN-2: another source has brought it in since; no link says so."""
    desk.declare("LIST", tracks_presence=False)
    desk.load("LIST", fleet(10), strategy="replace")
    run = desk.load("LIST", fleet(10)[1:], strategy="replace")
    later = desk.load("TELUS", [device("S001", "T700")], strategy="merge")

    with pytest.raises(RollbackBlocked) as refused:
        run.rollback()
    done = run.rollback(partial=True)

    assert shared(desk) == []
    (stands,) = refused.value.details["blocked_by"]
    assert (stands["record_id"], stands["why"], stands["by_run"]) == (
        1,
        "its key is another record's by now",
        later.run_id,
    )
    assert desk.count() == 10
    assert done.stats["undeleted"] == 0


def test_what_two_records_had_before_they_may_have_again(desk: Desk):
    """ROL-5: a rollback gives back what was; it mends nothing."""
    desk.load("MANUAL", [device("S1"), device("S1")], strategy="append")
    one, two = (each["id"] for each in desk.rows("SELECT id FROM device ORDER BY id"))
    run = desk.book.edit_record("device", one, {"serial_number": "S9"}, by="eve")
    desk.book.edit_record("device", two, {"model": "X"}, by="eve")

    desk.book.run(run.run_id).rollback()

    assert shared(desk) == ["S1"]
