"""The rest of a run is undone, value by value, and what others have written since stays (ROL-4, ROL-5, ROL-13)."""

from __future__ import annotations

from typing import Any

import pytest

from stocktake.book import OpenRun
from stocktake.model.errors import RollbackBlocked
from tests.stories.desk import Desk, device, fleet


def edit(desk: Desk, serial: str, **values: object) -> OpenRun:
    """An edit by hand of the record with that serial number, a day later."""
    desk.later()
    return desk.book.edit_record("device", desk.record(serial)["id"], values, by="eve")


def values(desk: Desk, *names: str) -> dict[str | None, tuple[Any, ...]]:
    """Serial number → what the record has in those fields."""
    return {serial: tuple(row[name] for name in names) for serial, row in desk.records().items()}


def stayed(run: OpenRun, **options: bool) -> list[tuple[str, str, int | None]]:
    """What the preview says stays: its bucket, its name, and by which run."""
    found = run.preview_rollback(partial=True, **options).hindering(100)
    return [(each["bucket"], each["name"], each["by_run"]) for each in found]


# ---------------------------------------------------------------- values


def test_only_values_that_are_still_as_the_run_wrote_them_go_back(desk: Desk):
    """ROL-5: per field; a value that a later run wrote stays, whoever wrote it."""
    desk.load("NINJAONE", fleet(3, model="A", location="here"))
    run = desk.load("NINJAONE", fleet(3, model="B", location="there"))
    later = desk.load("MANUAL", [device("S002", "T002", model="C")])

    assert stayed(run) == [("kept", "T002", later.run_id)]
    done = run.rollback(partial=True)

    assert values(desk, "model", "location") == {
        "S001": ("A", "here"),
        "S002": ("C", "here"),
        "S003": ("A", "here"),
    }
    assert (done.stats["restored"], done.stats["kept"]) == (3, 1)
    assert desk.book.run(run.run_id).run.status == "rolled_back"
    assert desk.book.wiring_health().faults == {}


def test_a_record_of_which_every_value_goes_back_is_not_kept(desk: Desk):
    """ROL-5: a later run has changed another field; nothing of this run is left there."""
    desk.load("NINJAONE", fleet(2, model="A", location="here"))
    run = desk.load("NINJAONE", fleet(2, model="B", location="here"))
    desk.load("MANUAL", [device("S002", "T002", location="there")])

    with pytest.raises(RollbackBlocked):
        run.rollback()
    assert stayed(run) == []
    run.rollback(partial=True)

    assert values(desk, "model", "location") == {"S001": ("A", "here"), "S002": ("A", "there")}


def test_a_file_says_again_what_was_undone_and_is_heard_where_nobody_else_spoke(desk: Desk):
    """ROL-7, PLN-15, PLN-19: links that went back are as before; one that stays remembers what its source said."""
    desk.load("NINJAONE", fleet(2, model="A", location="here"))
    wrong = fleet(2, model="B", location="here")
    run = desk.load("NINJAONE", wrong)
    desk.load("NINJAONE", [wrong[0], device("S002", "T002", model="B", location="there")])
    run.rollback(partial=True)
    assert values(desk, "model", "location") == {"S001": ("A", "here"), "S002": ("A", "there")}

    again = desk.load("NINJAONE", [wrong[0], device("S002", "T002", model="B", location="yonder")])

    assert values(desk, "model", "location") == {"S001": ("B", "here"), "S002": ("A", "yonder")}
    assert again.stats["update"] == 2


def test_once_the_later_run_is_undone_too_all_is_as_before_both(desk: Desk):
    """ROL-2, ROL-5: what comes back is never what a run that was rolled back had written."""
    desk.load("NINJAONE", fleet(3, model="A", location="here"))
    before = desk.state()
    run = desk.load("NINJAONE", fleet(3, model="B", location="there"))
    later = desk.load(
        "NINJAONE",
        [device("S002", "T002", model="C", location="there"), *fleet(1, model="B", location="x")],
        strategy="merge",
    )
    run.rollback(partial=True)

    later.rollback()

    assert desk.state() == before


def test_history_and_changes_tell_only_what_was_undone(desk: Desk):
    """ROL-6, HIS-2: a change row per value that went back, and an entry of kind rollback for each that is tracked."""
    desk.load("NINJAONE", fleet(2, model="A", location="here"))
    run = desk.load("NINJAONE", fleet(2, model="B", location="there"))
    desk.load("MANUAL", [device("S002", "T002", location="yonder")])

    done = run.rollback(partial=True)

    changes = desk.rows("SELECT * FROM st_record_change WHERE run_id = :run", run=done.run_id)
    ids = {serial: row["id"] for serial, row in desk.records().items()}
    assert {(row["record_id"], row["field"], row["before"], row["after"]) for row in changes} == {
        (ids["S001"], "model", "B", "A"),
        (ids["S001"], "location", "there", "here"),
        (ids["S002"], "model", "B", "A"),
    }
    told = desk.rows("SELECT * FROM st_field_history WHERE run_id = :run", run=done.run_id)
    assert {
        (row["record_id"], row["field"], row["to_value"]) for row in told if row["field"] == "location"
    } == {(ids["S001"], "location", "here")}


def test_the_audit_says_how_much_stayed_and_why(desk: Desk):
    """ROL-5, ROL-6"""
    desk.load("NINJAONE", fleet(2, model="A"))
    run = desk.load("NINJAONE", [*fleet(2, model="B"), device("NEW", "TNEW")])
    later = desk.load("MANUAL", [device("S002", "T002", model="C"), device("NEW", "TNEW", model="C")])

    done = run.rollback(partial=True, by="ben")

    (entry,) = desk.audit(done, "rollback")
    assert entry["sentence"] == (
        f"ben rolled back run {run.run_id} ({run.run.filename} from NINJAONE): 0 records deleted, 1 restored, "
        f"0 brought back, 0 retired again. Of 2 records something stayed (2 changed since by run {later.run_id})."
    )


def test_a_value_that_a_person_wrote_since_is_kept_and_the_person_is_named(desk: Desk):
    """ROL-4: hand edits are named as a person's."""
    desk.load("NINJAONE", fleet(2, model="A"))
    run = desk.load("NINJAONE", fleet(2, model="B"))
    edited = edit(desk, "S002", model="X")

    (kept,) = run.preview_rollback(partial=True).hindering(9)
    run.rollback(partial=True)

    assert (kept["bucket"], kept["by_run"], kept["by"], kept["fields"]) == (
        "kept",
        edited.run_id,
        "eve",
        ["model"],
    )
    assert values(desk, "model") == {"S001": ("A",), "S002": ("X",)}
    assert len(desk.rows("SELECT * FROM st_hand_edit")) == 1


def test_beside_an_edit_of_another_field_all_goes_back_and_the_file_can_come_again(desk: Desk):
    """ROL-5, ROL-7: the link goes back too, but for what it remembers of the edited field."""
    desk.load("NINJAONE", fleet(1, model="A", location="here"))
    wrong = fleet(1, model="B", location="here")
    run = desk.load("NINJAONE", wrong)
    edit(desk, "S001", location="desk 4")

    assert stayed(run) == []
    run.rollback(partial=True)
    assert values(desk, "model", "location") == {"S001": ("A", "desk 4")}

    desk.load("NINJAONE", wrong)
    assert values(desk, "model", "location") == {"S001": ("B", "desk 4")}


# ---------------------------------------------------------------- retiring and returning


def test_a_retired_record_that_a_person_brought_back_stays(desk: Desk):
    """ROL-5: status and retirement go together."""
    desk.load("NINJAONE", fleet(4, model="A"))
    run = desk.load("NINJAONE", fleet(4, model="A")[2:], allow_retire=2)
    edit(desk, "S001", status="MAINTENANCE")

    run.rollback(partial=True)

    assert (desk.status("S001"), desk.status("S002")) == ("MAINTENANCE", "AVAILABLE")
    assert desk.record("S001")["retired_at"] is None
    assert desk.is_present("NINJAONE", "S002")
    assert desk.book.wiring_health().faults == {}


def test_a_return_that_nobody_touched_is_taken_back_beside_an_edit(desk: Desk):
    """ROL-5"""
    desk.load("NINJAONE", fleet(3, model="A"))
    desk.load("NINJAONE", fleet(3, model="A")[1:])
    before = desk.record("S001")
    run = desk.load("NINJAONE", fleet(3, model="B"))
    edit(desk, "S001", location="desk 4")

    run.rollback(partial=True)

    found = desk.record("S001")
    assert (found["status"], found["model"], found["location"]) == ("RETIRED", "A", "desk 4")
    assert (found["retired_by"], found["retired_run"]) == (before["retired_by"], before["retired_run"])
    assert not desk.is_present("NINJAONE", "S001")


def test_what_a_later_snapshot_lacks_as_well_does_not_come_back(desk: Desk):
    """ROL-13, PRE-6: the later file has seen that it is not there, though it had nothing to write."""
    desk.load("NINJAONE", fleet(6, model="A"))
    run = desk.load("NINJAONE", [*fleet(5, model="A"), device("NEW", "TNEW")])
    later = desk.load("NINJAONE", [*fleet(5, model="B"), device("NEW", "TNEW")])

    with pytest.raises(RollbackBlocked) as refused:
        run.rollback()
    assert refused.value.details["later_runs"] == [later.run_id]
    assert stayed(run)[0][0] == "kept"
    done = run.rollback(partial=True)

    assert (desk.status("S006"), desk.is_present("NINJAONE", "S006")) == ("RETIRED", False)
    assert (done.stats["deleted"], done.stats["unretired"], done.stats["kept"]) == (1, 0, 1)
    assert desk.book.wiring_health().faults == {}


# ---------------------------------------------------------------- created records


def test_a_created_record_that_others_changed_or_linked_stays_whole_with_its_links(desk: Desk):
    """ROL-13"""
    run = desk.load("NINJAONE", fleet(4, model="A"))
    desk.load("TELUS", fleet(1))
    desk.load("MANUAL", [device("S002", "T002", model="C")])
    edit(desk, "S003", model="X")

    done = run.rollback(partial=True)

    assert values(desk, "model") == {"S001": ("A",), "S002": ("C",), "S003": ("X",)}
    assert (done.stats["deleted"], done.stats["kept"], done.stats["links_deleted"]) == (1, 3, 1)
    links = desk.rows(
        "SELECT external_id FROM source_presence WHERE source = 'NINJAONE' ORDER BY external_id"
    )
    assert [row["external_id"] for row in links] == ["S001", "S002", "S003"]
    assert desk.book.wiring_health().faults == {}


def test_kept_records_are_met_again_by_the_next_file(desk: Desk):
    """ROL-7, IDN-2: no second record for what stayed."""
    run = desk.load("NINJAONE", fleet(3, model="A"))
    desk.load("MANUAL", [device("S002", "T002", model="C")])
    run.rollback(partial=True)

    again = desk.load("NINJAONE", fleet(3, model="A"))

    assert (again.stats["create"], desk.count()) == (2, 3)
    assert desk.record("S002")["model"] == "C"


def test_a_link_that_a_later_run_wrote_stays_where_it_was_made_to_a_stored_record(desk: Desk):
    """ROL-13: an adoption by which a later run retired."""
    desk.load("MANUAL", fleet(3))
    run = desk.load("NINJAONE", fleet(3))
    desk.load("NINJAONE", fleet(3)[1:])

    done = run.rollback(partial=True)

    assert (done.stats["links_deleted"], done.stats["kept"]) == (2, 1)
    assert (desk.status("S001"), desk.is_present("NINJAONE", "S001")) == ("RETIRED", False)
    assert desk.book.wiring_health().faults == {}


def test_records_that_the_run_deleted_come_back_unless_their_key_is_taken(desk: Desk):
    """ROL-2, PLN-2: a later file has made another record by that key."""
    hired = [device(f"E{place}") for place in range(10)]
    desk.load("EXCEL", hired, strategy="replace")
    run = desk.load("EXCEL", hired[:8], strategy="replace")
    later = desk.load("EXCEL", [device("E9", model="Z")], strategy="merge")

    assert stayed(run) == [("kept", "e9", later.run_id)]
    done = run.rollback(partial=True)

    assert (done.stats["undeleted"], done.stats["kept"], desk.count()) == (1, 1, 10)
    assert desk.record("E9")["model"] == "Z"
    assert desk.book.wiring_health().faults == {}


def test_a_record_that_a_later_run_deleted_is_gone_and_the_run_is_named(desk: Desk):
    """ROL-4"""
    hired = [device(f"E{place}", model="A") for place in range(10)]
    desk.load("EXCEL", hired, strategy="replace")
    run = desk.load("EXCEL", [{**each, "Model": "B"} for each in hired], strategy="replace")
    later = desk.load("EXCEL", [{**each, "Model": "B"} for each in hired[:9]], strategy="replace")

    found = run.preview_rollback().refusal
    assert found is not None
    assert [(each["bucket"], each["by_run"]) for each in found.details["blocked_by"]] == [
        ("gone", later.run_id)
    ]
    done = run.rollback(partial=True)

    assert (done.stats["restored"], done.stats["gone"]) == (9, 1)
    assert {row["model"] for row in desk.records().values()} == {"A"}
    assert desk.book.wiring_health().faults == {}


# ---------------------------------------------------------------- values by hand


def test_values_by_hand_are_given_up_only_when_that_is_said(desk: Desk):
    """ROL-5: named in preview and audit; a field that the run did not write stays a person's."""
    desk.load("NINJAONE", fleet(3, model="A", location="here"))
    run = desk.load("NINJAONE", fleet(3, model="B", location="here"))
    edit(desk, "S001", model="X")
    edit(desk, "S002", location="desk 4")

    with pytest.raises(RollbackBlocked) as refused:
        run.rollback()
    assert "--force-edited" in refused.value.hint
    seen = run.preview_rollback(force_edited=True)
    assert seen.refusal is None
    assert [(each["field"], each["by"]) for each in seen.given_up().to_dicts()] == [("model", "eve")]
    done = run.rollback(force_edited=True, by="ben")

    assert values(desk, "model", "location") == {
        "S001": ("A", "here"),
        "S002": ("A", "desk 4"),
        "S003": ("A", "here"),
    }
    assert done.stats["edited"] == 1
    assert desk.audit(done, "rollback")[0]["sentence"].endswith(
        " 1 value by hand, written by eve, was given up."
    )
    assert [row["field"] for row in desk.rows("SELECT field FROM st_hand_edit")] == ["location"]


def test_a_created_record_that_only_people_changed_goes_with_their_values(desk: Desk):
    """ROL-5, ROL-13"""
    run = desk.load("NINJAONE", fleet(2, model="A"))
    edit(desk, "S001", model="X", location="desk 4")

    done = run.rollback(force_edited=True)

    assert (done.stats["deleted"], done.stats["edited"], desk.count()) == (2, 2, 0)
    assert desk.rows("SELECT * FROM st_hand_edit") == []
    assert desk.rows("SELECT * FROM st_source_link") == []
    assert desk.book.wiring_health().faults == {}


def test_values_by_hand_do_not_hide_what_a_file_changed(desk: Desk):
    """ROL-5: force is for what people wrote; what a later run wrote stands in the way as before."""
    desk.load("NINJAONE", fleet(1, model="A", location="here"))
    run = desk.load("NINJAONE", fleet(1, model="B", location="there"))
    later = desk.load("MANUAL", [device("S001", "T001", location="yonder")])
    edit(desk, "S001", model="X")

    with pytest.raises(RollbackBlocked) as refused:
        run.rollback(force_edited=True)
    assert later.run_id < refused.value.details["later_runs"][0]
    run.rollback(force_edited=True, partial=True)

    assert values(desk, "model", "location") == {"S001": ("A", "yonder")}


# ---------------------------------------------------------------- created, and deleted since


def replaced(desk: Desk) -> tuple[OpenRun, OpenRun]:
    """Two devices that a run appends, and the file that replaces them by another."""
    made = desk.load("MANUAL", fleet(2), strategy="append")
    return made, desk.load("MANUAL", [device("S099", "T099")], strategy="replace", allow_retire=2)


def test_what_a_later_file_deleted_stands_in_the_way_as_gone(desk: Desk):
    """ROL-4, ROL-5: by which run, and the way out undoes both."""
    desk.load("NINJAONE", fleet(10)[5:])
    before = desk.state()
    made, later = replaced(desk)

    with pytest.raises(RollbackBlocked) as refused:
        made.rollback()

    assert [(each["bucket"], each["by_run"]) for each in refused.value.details["blocked_by"]] == [
        ("gone", later.run_id)
    ] * 2
    assert desk.book.preview_rollback(made.run_id, chain=True).undo.counts["deleted"] == 2
    desk.book.rollback(made.run_id, chain=True)
    assert desk.state() == before


def test_records_of_a_run_that_was_rolled_back_do_not_come_back_with_a_later_one(desk: Desk):
    """ROL-5, ROL-6: nothing made them any more."""
    desk.load("NINJAONE", fleet(10)[5:])
    before = desk.state()
    made, later = replaced(desk)
    assert made.rollback(partial=True).stats["gone"] == 2

    done = later.rollback()

    assert (done.stats["deleted"], done.stats["undeleted"]) == (1, 0)
    assert desk.state() == before
    assert desk.book.wiring_health().faults == {}
