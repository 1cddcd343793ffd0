"""A person edits a record: checked, told, undone like an import, and heard beside the sources (PRE-24, PLN-15, ROL-13)."""

from __future__ import annotations

import pytest

from stocktake.model.errors import InvalidInput, NotFound, RollbackBlocked, StalePlan
from tests.stories.desk import Desk, device, fleet
from tests.stories.fields import minding


def edit(desk: Desk, serial: str, **values: object):
    """An edit of the record with that serial number, a day later."""
    desk.later()
    return desk.book.edit_record("device", desk.record(serial)["id"], values, reason="seen on the shelf")


# ---------------------------------------------------------------- what an edit is


def test_an_edit_changes_the_record_in_a_run_of_its_own(desk: Desk):
    """PRE-24, ROL-1"""
    desk.load("NINJAONE", [device("S1", model="A", location="here")])
    before = desk.record("S1")

    run = edit(desk, "S1", model="B", location=None)

    after = desk.record("S1")
    assert (after["model"], after["location"]) == ("B", None)
    assert (after["version"], after["changed_run"]) == (before["version"] + 1, run.run_id)
    assert (after["row_run"], after["row_hash"]) == (before["row_run"], before["row_hash"])
    assert (run.run.kind, run.run.status, run.run.initiated_by) == ("edit", "applied", "ana")
    assert run.stats == {"record_id": after["id"], "fields": 2, "edited": 1}
    assert repr(run) == f"<Run {run.run_id}, applied: edit of device {after['id']}: 2 fields>"


def test_an_edit_is_told_in_one_sentence(desk: Desk):
    """PRE-21, SEC-8"""
    desk.load("NINJAONE", [device("S1", "T1", model="A", location="here")])

    run = edit(desk, "S1", model="B", location=None)

    (entry,) = desk.audit(run, "edit")
    number = desk.record("S1")["id"]
    assert entry["sentence"] == (
        f'ana edited T1 (device {number}) by hand: Model "A" → "B", Location "here" → blank. '
        "Reason: seen on the shelf"
    )


def test_what_is_tracked_gets_its_history(desk: Desk):
    """HIS-1, HIS-2"""
    desk.load("NINJAONE", [device("S1", model="A", location="here")])

    run = edit(desk, "S1", model="B", location="there")

    told = desk.book.history_of("device", desk.record("S1")["id"], field="location").to_dicts()
    assert [(each["run_id"], each["from"], each["to"], each["kind"]) for each in told[-1:]] == [
        (run.run_id, "here", "there", "edit")
    ]


def test_values_are_cleaned_as_an_import_cleans_them(desk: Desk):
    """TYP-1, CLN-2"""
    desk.load("NINJAONE", [device("S1")])

    edit(desk, "S1", warranty_end="2027-03-01", hup_eligible="Yes", assigned_to="ACME\\ana ")

    found = desk.record("S1")
    assert str(found["warranty_end"]) == "2027-03-01"
    assert bool(found["hup_eligible"]) is True
    assert found["assigned_to"] == "ana"


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_written(desk: Desk):
    """ERR-2, TYP-1"""
    desk.load("NINJAONE", [device("S1", "T1"), device("S2", "T2")])
    before, runs = desk.state(), desk.last_run()

    with pytest.raises(InvalidInput) as refused:
        edit(desk, "S1", warranty_end="soon", status="LOST", asset_tag="T2")

    assert refused.value.code == "values-rejected"
    told = {each["field"]: each["code"] for each in refused.value.details["errors"]}
    assert set(told) == {"warranty_end", "status", "asset_tag"}
    assert (told["warranty_end"], told["asset_tag"]) == ("type-error", "unique-error")
    assert '"soon"' in refused.value.message
    assert (desk.state(), desk.last_run()) == (before, runs)


def test_no_two_records_get_one_identity(desk: Desk):
    """IDN-1"""
    desk.load("NINJAONE", [device("S1"), device("S2")])

    with pytest.raises(InvalidInput) as refused:
        edit(desk, "S1", serial_number="S2")

    assert refused.value.details["errors"][0]["code"] == "unique-error"


@pytest.mark.parametrize(
    ("values", "code"),
    [({"colour": "red"}, "unknown-field"), ({"model": "A"}, "nothing-to-change"), ({}, "nothing-to-change")],
)
def test_what_cannot_be_edited_is_refused(desk: Desk, values: dict[str, str], code: str):
    desk.load("NINJAONE", [device("S1", model="A")])

    with pytest.raises(InvalidInput) as refused:
        edit(desk, "S1", **values)

    assert refused.value.code == code


def test_a_record_that_is_not_there_cannot_be_edited(desk: Desk):
    desk.load("NINJAONE", [device("S1")])

    with pytest.raises(NotFound) as refused:
        desk.book.edit_record("device", 99, {"model": "A"})

    assert refused.value.code == "unknown-record"


def test_a_record_that_has_changed_since_it_was_shown_is_left_alone(desk: Desk):
    """PLN-9"""
    desk.load("NINJAONE", [device("S1", model="A")])
    number = desk.record("S1")["id"]
    seen = desk.book.preview_edit("device", number, {"model": "B"})
    desk.load("NINJAONE", [device("S1", model="C")])

    with pytest.raises(StalePlan):
        desk.book.edit_record("device", number, {"model": "B"}, version=seen.version)

    assert desk.record("S1")["model"] == "C"
    assert desk.last_run()["status"] == "failed"


# ---------------------------------------------------------------- beside the sources


def test_a_source_that_repeats_itself_does_not_undo_an_edit(desk: Desk):
    """PLN-15: by its hash, and in a row that has changed otherwise."""
    desk.load("NINJAONE", [device("S1", model="A", location="here")])
    edit(desk, "S1", model="B")

    desk.load("NINJAONE", [device("S1", model="A", location="here")])
    desk.load("NINJAONE", [device("S1", model="A", location="there")])

    assert (desk.record("S1")["model"], desk.record("S1")["location"]) == ("B", "there")


def test_a_source_that_says_something_new_is_heard(desk: Desk):
    """PLN-15, PLN-19"""
    desk.load("NINJAONE", [device("S1", model="A")])
    edit(desk, "S1", model="B")

    plan = desk.plan("NINJAONE", [device("S1", model="C")])
    plan.apply()

    assert desk.record("S1")["model"] == "C"
    assert plan.counts["kept_by_hand"] == 0
    assert desk.rows("SELECT * FROM st_hand_edit") == []


def test_a_value_that_a_person_cleared_stays_blank(desk: Desk):
    """PLN-15"""
    desk.load("NINJAONE", [device("S1", model="A")])
    edit(desk, "S1", model=None)

    desk.load("NINJAONE", [device("S1", model="A", location="there")])

    assert desk.record("S1")["model"] is None


def test_a_plan_that_an_edit_has_overtaken_is_stale(desk: Desk):
    """PLN-9: where it touches the record, and nowhere else."""
    desk.load("NINJAONE", fleet(3, model="A"))
    touching = desk.plan("NINJAONE", [device("S001", "T001", model="B"), *fleet(3, model="A")[1:]])
    beside = desk.plan("NINJAONE", [*fleet(3, model="A")[:2], device("S003", "T003", model="B")])
    edit(desk, "S001", model="X")

    with pytest.raises(StalePlan):
        touching.apply()
    beside.apply()

    assert (desk.record("S001")["model"], desk.record("S003")["model"]) == ("X", "B")


# ---------------------------------------------------------------- retiring by hand


def test_the_retired_status_retires_and_no_source_brings_the_record_back(desk: Desk):
    """PRE-17, PRE-26"""
    desk.load("NINJAONE", fleet(2, model="A"))

    run = edit(desk, "S001", status="RETIRED")

    found = desk.record("S001")
    assert (found["retired_by"], found["retired_run"], found["status"]) == ("operator", run.run_id, "RETIRED")
    assert len(desk.audit(run, "retire")) == 1
    later = desk.load("NINJAONE", fleet(2, model="B"))
    assert (later.stats["reactivate"], later.stats["suppressed"]) == (0, 1)
    assert desk.status("S001") == "RETIRED"


def test_another_status_brings_it_back(desk: Desk):
    """PRE-17"""
    desk.load("NINJAONE", fleet(3))
    desk.load("NINJAONE", fleet(3)[1:])
    assert desk.record("S001")["retired_by"] == "source"

    run = edit(desk, "S001", status="MAINTENANCE")

    found = desk.record("S001")
    assert [found[name] for name in ("retired_at", "retired_by", "retired_run")] == [None, None, None]
    assert (found["status"], len(desk.audit(run, "reactivate"))) == ("MAINTENANCE", 1)


# ---------------------------------------------------------------- undoing


def turn(desk: Desk):
    return edit(desk, "S001", model="B", location=None)


def retire(desk: Desk):
    return edit(desk, "S001", status="RETIRED")


def bring_back(desk: Desk):
    return edit(desk, "S003", status="AVAILABLE")


@pytest.mark.parametrize("act", [turn, retire, bring_back])
def test_an_edit_is_undone_like_any_run(desk: Desk, act):
    """ROL-2: records, links and what is by hand."""
    desk.load("NINJAONE", fleet(3, model="A", location="here"))
    desk.load("NINJAONE", fleet(3, model="A", location="here")[:2])
    edit(desk, "S001", model="X")
    state, hands = desk.state(), desk.rows("SELECT * FROM st_hand_edit")
    run = act(desk)

    desk.later()
    undone = run.rollback(by="ben")

    assert (desk.state(), desk.rows("SELECT * FROM st_hand_edit")) == (state, hands)
    assert sum(undone.stats[name] for name in ("restored", "unretired", "reretired")) == 1
    (entry,) = desk.audit(undone, "rollback")
    assert entry["sentence"].startswith(f"ben rolled back run {run.run_id} (edit of device ")


def test_an_import_over_an_edit_is_undone_to_the_edit(desk: Desk):
    """ROL-2: the value is a person's again."""
    desk.load("NINJAONE", [device("S1", model="A")])
    edit(desk, "S1", model="B")
    state, hands = desk.state(), desk.rows("SELECT * FROM st_hand_edit")
    run = desk.load("NINJAONE", [device("S1", model="C")])

    run.rollback()

    assert (desk.state(), desk.rows("SELECT * FROM st_hand_edit")) == (state, hands)


def test_an_edit_stands_in_the_way_of_the_import_before_it(desk: Desk):
    """ROL-5, ROL-13: and once it is undone, no more."""
    desk.load("NINJAONE", [device("S1", "T1", model="A")])
    created = desk.load("NINJAONE", [device("S1", "T1", model="A"), device("S2", "T2", model="A")])
    changed = desk.load("NINJAONE", [device("S1", "T1", model="B"), device("S2", "T2", model="A")])
    edits = [edit(desk, "S1", location="there"), edit(desk, "S2", location="there")]

    for run, by in zip((changed, created), edits, strict=True):
        with pytest.raises(RollbackBlocked) as refused:
            run.rollback()
        assert by.run_id in refused.value.details["later_runs"]
    for run in reversed(edits):
        run.rollback()
    changed.rollback()
    created.rollback()

    assert list(desk.records()) == ["S1"]


# ---------------------------------------------------------------- locked fields


def test_a_locked_field_keeps_what_a_person_wrote(desk: Desk):
    """PRE-24: the source's value is kept with its link, and the preview says so."""
    minding(desk, location="locked = true")
    desk.load("NINJAONE", [device("S1", "T1", model="A", location="here")])
    edit(desk, "S1", location="desk 4", model="B")

    plan = desk.plan("NINJAONE", [device("S1", "T1", model="C", location="there")])
    run = plan.apply()

    assert (desk.record("S1")["location"], desk.record("S1")["model"]) == ("desk 4", "C")
    assert (plan.counts["kept_by_hand"], run.stats["kept_by_hand"], plan.counts["fields"]) == (1, 1, 1)
    assert plan.kept().to_dicts() == [
        {
            "name": "T1",
            "record_id": desk.record("S1")["id"],
            "field": "location",
            "value": "desk 4",
            "said": "there",
            "why": "kept by hand",
        }
    ]
    (told,) = (each for each in desk.book.provenance("device", 1).to_dicts() if each["field"] == "location")
    assert (told["kept_by_hand"], told["differing"]) == (True, [{"source": "NINJAONE", "value": "there"}])


def test_a_locked_field_that_nobody_edited_is_like_any_other(desk: Desk):
    """PRE-24"""
    minding(desk, location="locked = true")
    desk.load("NINJAONE", [device("S1", location="here")])

    desk.load("NINJAONE", [device("S1", location="there")])

    assert desk.record("S1")["location"] == "there"


def test_a_refresh_does_not_open_a_lock(desk: Desk):
    """PRE-24, PLN-15"""
    minding(desk, location="locked = true")
    desk.load("NINJAONE", [device("S1", location="here")])
    edit(desk, "S1", location="desk 4")

    desk.load("NINJAONE", [device("S1", location="here")], refresh=True)

    assert desk.record("S1")["location"] == "desk 4"


def test_once_the_edit_is_undone_the_sources_are_heard_again(desk: Desk):
    """PRE-24, ROL-2"""
    minding(desk, location="locked = true")
    desk.load("NINJAONE", [device("S1", location="here")])
    edit(desk, "S1", location="desk 4").rollback()

    desk.load("NINJAONE", [device("S1", location="there")])

    assert desk.record("S1")["location"] == "there"


def test_a_field_that_is_set_once_stays(desk: Desk):
    """PRE-24: initialise"""
    minding(desk, condition="initialise = true")
    desk.load("NINJAONE", [device("S1", condition="new")])

    desk.load("NINJAONE", [device("S1", condition="worn")])
    assert desk.record("S1")["condition"] == "new"

    edit(desk, "S1", condition="as new")
    desk.load("NINJAONE", [device("S1", condition="broken")])
    assert desk.record("S1")["condition"] == "as new"
