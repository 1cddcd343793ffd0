"""A plan is bound to what it was made from, and applied at most once (PLN-9, PLN-23, PLN-24)."""

from __future__ import annotations

import pytest

from stocktake.book import OpenPlan
from stocktake.model.errors import StalePlan
from tests.stories.desk import Desk, device, fleet
from tests.stories.fields import minding


def stale(desk: Desk, plan: OpenPlan) -> StalePlan:
    """The refusal of a plan whose ground has moved; nothing may have been written."""
    before = desk.state()
    with pytest.raises(StalePlan) as refused:
        plan.apply()
    assert refused.value.code == "stale-plan"
    assert desk.state() == before, "a refused plan has written"
    return refused.value


def test_a_record_that_another_import_changed_makes_the_plan_stale(desk: Desk):
    """PLN-9: nothing written, the rows listed, and by which run."""
    desk.load("NINJAONE", fleet(3, model="A"))
    plan = desk.plan("NINJAONE", fleet(3, model="B"))
    other = desk.load("MANUAL", [device("S002", "T002", model="C")])

    refused = stale(desk, plan)

    moved = {(row["record_id"], row["by_run"]) for row in refused.details["rows"]}
    assert moved == {(desk.record("S002")["id"], other.run_id)}
    assert refused.details["rows"][0]["what"] == "record was changed"
    assert desk.record("S001")["model"] == "A"
    assert desk.last_run()["status"] == "failed"


def test_an_import_of_the_same_source_makes_the_plan_stale(desk: Desk):
    """PLN-9: this source's links have changed."""
    desk.load("NINJAONE", fleet(3))
    plan = desk.plan("NINJAONE", fleet(3, model="B"))
    run = desk.load("NINJAONE", [*fleet(3), device("S9", "T9")])

    assert f"by run {run.run_id}" in stale(desk, plan).message


def test_a_rollback_of_the_same_source_makes_the_plan_stale(desk: Desk):
    """PLN-9"""
    run = desk.load("NINJAONE", fleet(3))
    plan = desk.plan("NINJAONE", fleet(3, model="B"))
    run.rollback()

    stale(desk, plan)


def test_changes_elsewhere_do_not_make_a_plan_stale(desk: Desk):
    """PLN-9"""
    desk.load("NINJAONE", fleet(3))
    plan = desk.plan("NINJAONE", fleet(3, model="B"))
    desk.load("MANUAL", [device("M1", "TM1")])

    assert plan.apply().stats["update"] == 3


def test_what_another_source_has_said_meanwhile_is_not_forgotten(desk: Desk):
    """PLN-9, PLN-15, PLN-19: it said what the record holds, so only its link is new; the plan would not have told it."""
    desk.load("NINJAONE", fleet(1, model="A"))
    plan = desk.plan("NINJAONE", fleet(1, model="B"))
    desk.load("MANUAL", fleet(1, model="A"))

    (moved,) = stale(desk, plan).details["rows"]
    assert moved["what"] == "MANUAL has said something of it"

    desk.load("NINJAONE", fleet(1, model="B"))
    desk.load("MANUAL", fleet(1, model="A", location="Oslo"))
    assert desk.record("S001")["model"] == "B", "MANUAL has changed nothing of the model"


def test_what_another_source_says_of_other_records_makes_no_plan_stale(desk: Desk):
    """PLN-9"""
    desk.load("NINJAONE", fleet(2, model="A"))
    plan = desk.plan("NINJAONE", [*fleet(1, model="B"), device("S002", "T002", model="A")])
    desk.load("MANUAL", [device("S002", "T002", model="A")])

    assert plan.apply().stats["update"] == 1


def test_a_higher_source_that_came_meanwhile_makes_the_plan_stale(desk: Desk):
    """PLN-9, PRE-24: the field is the higher source's from now on."""
    minding(desk, model='authority = ["TELUS", "NINJAONE"]')
    desk.load("NINJAONE", fleet(1, model="A"))
    plan = desk.plan("NINJAONE", fleet(1, model="B"))
    desk.load("TELUS", fleet(1, location="Oslo"), strategy="merge")

    assert [row["by_run"] for row in stale(desk, plan).details["rows"]] == [desk.last_run()["run_id"] - 1]


def test_a_plan_is_applied_at_most_once(desk: Desk):
    """PLN-9, PLN-24"""
    plan = desk.plan("NINJAONE", fleet(3))
    run = plan.apply()
    before = desk.state()

    with pytest.raises(StalePlan) as refused:
        plan.apply()

    assert refused.value.code == "plan-used"
    assert refused.value.details["run_id"] == run.run_id
    assert desk.state() == before


def test_a_plan_that_was_refused_is_not_called_applied(desk: Desk):
    """PLN-9, APP-6: nothing was written, and nothing else may be said."""
    desk.load("MANUAL", fleet(1, model="A"))
    plan = desk.plan("NINJAONE", fleet(1, model="B"))
    desk.load("MANUAL", fleet(1, model="C"))
    stale(desk, plan)

    with pytest.raises(StalePlan) as refused:
        plan.apply()

    assert "applied already" not in refused.value.message


def test_two_plans_of_one_file_are_not_both_applied(desk: Desk):
    """PLN-9: the second would create everything again."""
    first, second = (desk.plan("NINJAONE", fleet(3)) for _ in range(2))
    first.apply()

    stale(desk, second)

    assert desk.count() == 3


def test_a_record_created_meanwhile_with_the_same_serial_makes_the_plan_stale(desk: Desk):
    """PLN-23: every complete identity rung of every row to be created."""
    plan = desk.plan("NINJAONE", fleet(3))
    desk.load("MANUAL", [device("s002", "OTHER")])

    (row,) = stale(desk, plan).details["rows"]

    assert (row["line"], row["record_id"]) == (3, desk.record("S002")["id"])


def test_a_record_created_meanwhile_with_the_same_tag_makes_the_plan_stale(desk: Desk):
    """PLN-23"""
    desk.load("NINJAONE", fleet(1))
    plan = desk.plan("NINJAONE", [*fleet(1), device("", "T9")])
    desk.load("MANUAL", [device("M1", "T9")])

    assert stale(desk, plan).details["rows"][0]["line"] == 3


def test_an_identity_that_a_rollback_gave_back_makes_the_plan_stale(desk: Desk):
    """PLN-23, PACK-1: otherwise the tag is there twice."""
    desk.load("MANUAL", [device("S1", "T1")])
    renamed = desk.load("MANUAL", [device("S1", "T2")])
    plan = desk.plan("NINJAONE", [device("", "T1")], strategy="merge")
    assert plan.counts["create"] == 1
    renamed.rollback()

    stale(desk, plan)


def test_a_record_that_is_adopted_unchanged_and_gone_makes_the_plan_stale(desk: Desk):
    """PLN-9, PRE-30: links are never left pointing at nothing."""
    desk.load("MANUAL", [device("M1", "TM1")])
    made = desk.load("MANUAL", fleet(1))
    plan = desk.plan("NINJAONE", fleet(1), strategy="merge")
    assert plan.counts["unchanged"] == 1
    made.rollback()

    stale(desk, plan)


def test_a_record_that_an_update_adopts_and_that_is_gone_makes_the_plan_stale(desk: Desk):
    """PLN-9"""
    desk.load("MANUAL", [device("M1", "TM1")])
    made = desk.load("MANUAL", fleet(1, model="A"))
    plan = desk.plan("NINJAONE", fleet(1, model="B"), strategy="merge")
    made.rollback()

    assert stale(desk, plan).details["rows"][0]["what"] == "record is gone"


def test_another_source_that_starts_to_hold_an_absent_record_makes_the_plan_stale(desk: Desk):
    """PLN-23: it would be retired although another source has it by now."""
    desk.load("NINJAONE", fleet(10))
    plan = desk.plan("NINJAONE", fleet(10)[1:])
    assert plan.counts["retire"] == 1
    desk.load("NINJAONE_SERVERS", fleet(1))

    (row,) = stale(desk, plan).details["rows"]

    what = "now present in NINJAONE_SERVERS"
    assert row == {"external_id": "S001", "record_id": desk.record("S001")["id"], "what": what}


def test_another_source_that_ceases_to_hold_an_absent_record_makes_the_plan_stale(desk: Desk):
    """PLN-23: it would stay although no source has it any more."""
    desk.load("NINJAONE", fleet(10))
    desk.load("TELUS", fleet(10))
    plan = desk.plan("NINJAONE", fleet(10)[1:])
    assert plan.counts["missing"] == 1
    desk.load("TELUS", fleet(10)[1:])

    (row,) = stale(desk, plan).details["rows"]

    what = "no longer in TELUS"
    assert row == {"external_id": "S001", "record_id": desk.record("S001")["id"], "what": what}


def test_another_source_that_is_unlinked_by_a_rollback_makes_the_plan_stale(desk: Desk):
    """PLN-23"""
    desk.load("NINJAONE", fleet(10))
    telus = desk.load("TELUS", fleet(10))
    plan = desk.plan("NINJAONE", fleet(10)[1:])
    telus.rollback()

    stale(desk, plan)


def test_another_source_that_says_the_same_under_other_columns_makes_no_plan_stale(desk: Desk):
    """PLN-9, PLN-19: its link is stamped anew, and remembers no other word."""
    desk.load("TELUS", [device("S1", "T1", model="w")], strategy="merge")
    desk.load("NINJAONE", [device("S1", "T1", model="x")])
    plan = desk.plan("NINJAONE", [device("S1", "T1", model="y")])
    before = desk.link_said("TELUS", "S1")
    run = desk.load("TELUS", [device("S1", "T1", model="w", unknown="1")], strategy="merge")
    assert (run.stats["unchanged"], desk.link_said("TELUS", "S1")) == (1, before)

    assert plan.apply().stats["update"] == 1
    assert desk.record("S1")["model"] == "y"


def test_what_another_source_said_meanwhile_is_not_forgotten(desk: Desk):
    """PLN-9, PLN-19: a plan writes other sources' memories; they too must be as they were."""
    desk.load("TELUS", [device("S1", "T1", model="w")])
    desk.load("NINJAONE", [device("S1", "T1", model="x")])
    plan = desk.plan("NINJAONE", [device("S1", "T1", model="y")])
    desk.load("TELUS", [device("S1", "T1", model="x")])
    try:
        plan.apply()
    except StalePlan:
        desk.load("NINJAONE", [device("S1", "T1", model="y")])

    desk.load("TELUS", [device("S1", "T1", model="w")])

    assert desk.record("S1")["model"] == "w"
