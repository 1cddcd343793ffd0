"""A snapshot is held against the ones before it (PRE-10, PRE-13, PRE-14, PRE-33, PRE-35)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from stocktake.model.errors import GuardRefused, InvalidInput
from stocktake.model.source import Guards, Scope
from tests.stories.desk import Desk, device, fleet, refusal_of

#: Limits that let single losses through, to look at the others.
LOOSE = Guards(retire_share=0.9, retire_count=10_000, budget_share=1.0)


def guards_of(plan) -> dict[str, bool]:
    """Code → whether it blocks."""
    return {each.code: each.blocked for each in plan.plan.guards}


# ---------------------------------------------------------------- older


def test_an_older_snapshot_after_a_newer_one_is_refused(desk: Desk):
    """PRE-10, PRE-35: whatever it says, and nothing is written."""
    desk.load("NINJAONE", fleet(10), as_of="2026-11-02T08:00")

    with pytest.raises(GuardRefused) as refused:
        desk.load("NINJAONE", fleet(9), as_of="2026-11-01", allow_retire=10, on_guard="hold")

    assert refused.value.code == "older-snapshot"
    assert refused.value.message == (
        "The file was true on 2026-11-01 07:00 UTC; NINJAONE has been imported as of 2026-11-02 16:00 UTC already, "
        "so what this file lacks may have come since."
    )
    assert desk.status("S010") == "AVAILABLE"


def test_a_snapshot_without_a_time_was_true_when_it_was_imported(desk: Desk):
    """PRE-10"""
    desk.load("NINJAONE", fleet(10))

    assert refusal_of(desk.plan("NINJAONE", fleet(10)[1:], as_of="2026-10-30")).code == "older-snapshot"
    assert desk.plan("NINJAONE", fleet(10)[1:], as_of="2026-12-01").refusal is None


def test_an_older_file_may_be_merged(desk: Desk):
    """PRE-10: it is refused for sweeping only."""
    desk.load("NINJAONE", fleet(10), as_of="2026-11-02")

    run = desk.load("NINJAONE", fleet(9), as_of="2026-11-01", strategy="merge")

    assert run.run.as_of is not None
    assert desk.status("S010") == "AVAILABLE"


def test_a_rolled_back_snapshot_is_no_newest_one(desk: Desk):
    """PRE-10, ROL-2"""
    desk.load("NINJAONE", fleet(10), as_of="2026-11-01")
    desk.load("NINJAONE", fleet(9), as_of="2026-11-05").rollback()

    assert desk.plan("NINJAONE", fleet(9), as_of="2026-11-03").refusal is None


def test_a_time_that_is_none_is_refused_with_an_example(desk: Desk):
    """ERR-2"""
    with pytest.raises(InvalidInput) as refused:
        desk.plan("NINJAONE", fleet(3), as_of="last Tuesday")

    assert refused.value.message == '--as-of "last Tuesday" is no moment.'
    assert "2026-11-02T14:30-08:00" in refused.value.hint


# ---------------------------------------------------------------- slow bleed


def test_a_slow_bleed_is_stopped_when_the_budget_is_spent(desk: Desk):
    """PRE-13: three of a hundred at a time pass every single limit; after the tenth time it is thirty per cent."""
    rows = fleet(100)
    desk.load("NINJAONE", rows)
    for lost in range(1, 11):
        desk.load("NINJAONE", rows[3 * lost :])

    refused = refusal_of(desk.plan("NINJAONE", rows[33:]))

    assert refused.code == "retire-budget"
    assert refused.message == (
        "33 of 100 records of NINJAONE would be retired within 30 days without review (33%; the limit is 30%): "
        "30 before and 3 now."
    )
    assert "--allow-retire 3" in refused.hint


def test_what_was_allowed_by_count_counts_as_reviewed(desk: Desk):
    """PRE-33"""
    rows = fleet(100)
    desk.load("NINJAONE", rows)
    desk.load("NINJAONE", rows[30:], allow_retire=30)

    assert desk.plan("NINJAONE", rows[40:]).refusal is None


def test_the_budget_forgets_after_its_days_and_what_was_rolled_back(desk: Desk):
    """PRE-13"""
    rows = fleet(100)
    desk.declare("OTHER")
    for source in ("NINJAONE", "OTHER"):
        desk.load(
            source,
            [device(f"{source}-{row['Serial Number']}", f"{source}{row['Asset Tag']}") for row in rows],
        )
    ours = [device(f"NINJAONE-{row['Serial Number']}", f"NINJAONE{row['Asset Tag']}") for row in rows]
    theirs = [device(f"OTHER-{row['Serial Number']}", f"OTHER{row['Asset Tag']}") for row in rows]
    desk.load("NINJAONE", ours[18:])
    desk.load("OTHER", theirs[18:]).rollback()

    assert refusal_of(desk.plan("NINJAONE", ours[33:])).code == "retire-budget"
    assert desk.plan("OTHER", theirs[15:]).refusal is None
    desk.later(timedelta(days=31))
    assert desk.plan("NINJAONE", ours[33:]).refusal is None


def test_a_spent_budget_obeys_hold(desk: Desk):
    """PRE-15"""
    rows = fleet(100)
    desk.load("NINJAONE", rows)
    desk.load("NINJAONE", rows[18:])

    run = desk.load("NINJAONE", rows[33:], on_guard="hold")

    assert (run.stats["retire"], run.stats["held"]) == (0, 15)


# ---------------------------------------------------------------- another tenant's file


def test_a_file_of_another_tenant_is_refused_by_its_keys(desk: Desk):
    """PRE-14: hardly a key of it is known, however generous the other limits."""
    desk.declare("LOOSE", guards=LOOSE)
    desk.load("LOOSE", fleet(20))
    other = [*fleet(3), *(device(f"X{n:03}", f"TX{n:03}") for n in range(17))]

    plan = desk.plan("LOOSE", other)

    assert guards_of(plan) == {"low-overlap": True}
    assert refusal_of(plan).message == (
        "The file has only 3 of the 20 records that LOOSE had (15%; the least is 50%)."
    )
    assert desk.plan("LOOSE", other, allow_retire=17).refusal is None


# ---------------------------------------------------------------- changed rules


def test_the_first_snapshot_after_keys_are_read_otherwise_retires_nothing_unreviewed(desk: Desk):
    """PRE-14, TYP-7"""
    desk.declare("LOOSE", guards=LOOSE)
    desk.load("LOOSE", fleet(20))
    desk.declare("LOOSE", guards=LOOSE, key_parts="all")

    refused = refusal_of(desk.plan("LOOSE", fleet(20)[1:]))

    assert refused.code == "changed-rules"
    desk.load("LOOSE", fleet(20)[1:], on_guard="hold")
    desk.load("LOOSE", fleet(20)[2:])
    assert desk.status("S002") == "RETIRED"


def test_a_changed_scope_is_a_changed_rule(desk: Desk):
    """PRE-14"""
    west = [dict(row, Location="west") for row in fleet(20)]
    desk.declare("LOOSE", guards=LOOSE)
    desk.load("LOOSE", west)
    desk.declare("LOOSE", guards=LOOSE, scope=Scope(field="location", values=("west",)))

    assert refusal_of(desk.plan("LOOSE", west[1:])).code == "changed-rules"


def test_a_column_more_is_no_changed_rule(desk: Desk):
    """TYP-7: what is only added changes no identity."""
    desk.declare("LOOSE", guards=LOOSE)
    desk.load("LOOSE", fleet(20))

    assert desk.plan("LOOSE", fleet(20, model="X")[1:]).refusal is None


# ---------------------------------------------------------------- sentinels


def test_a_snapshot_without_a_sentinel_is_refused_whatever_is_allowed(desk: Desk):
    """PRE-14, PRE-33: compared as keys are, so that case does not matter here."""
    desk.declare("GUARDED", guards=Guards(sentinels=("s001", "S005")))
    desk.load("GUARDED", fleet(10))

    assert desk.plan("GUARDED", fleet(10)[1:]).refusal is not None
    refused = refusal_of(desk.plan("GUARDED", fleet(10)[1:], allow_retire=10, on_guard="hold"))

    assert refused.code == "sentinel-missing"
    assert refused.message == 'The file lacks "s001", which every export of GUARDED must have.'


# ---------------------------------------------------------------- warnings


def test_a_snapshot_unlike_the_last_one_is_told_in_what(desk: Desk):
    """PRE-14: fewer rows, an emptied column, all rows changed."""
    desk.declare("LOOSE", guards=LOOSE)
    desk.load("LOOSE", fleet(40, model="X", location="west"))

    plan = desk.plan("LOOSE", fleet(28, model="", location="east"))

    told = {each.code: each.message for each in plan.plan.warnings}
    assert told == {
        "row-count-changed": "The file has 28 rows; the last snapshot had 40.",
        "emptier-column": "Model is filled in 0% of the rows; in the last snapshot it was in 100%.",
        "all-rows-changed": "28 of 28 known records change. Has the export's format changed?",
    }


def test_a_snapshot_like_the_last_one_is_not_worth_a_word(desk: Desk):
    """PRE-14"""
    desk.load("NINJAONE", fleet(40, model="X"))

    plan = desk.plan("NINJAONE", fleet(42, model="X")[1:])

    assert plan.plan.warnings == ()
    assert plan.plan.guards == ()


# ---------------------------------------------------------------- what is usual


def test_an_accepted_loss_becomes_what_is_usual_for_its_source(desk: Desk):
    """PRE-12: learnt from its own snapshots; more than usual is still refused, and all of them always."""
    first = [device(f"A{n:03}", f"TA{n:03}") for n in range(20)]
    second = [*first[8:], *(device(f"B{n:03}", f"TB{n:03}") for n in range(8))]
    third = [*second[8:], *(device(f"C{n:03}", f"TC{n:03}") for n in range(8))]
    desk.load("NINJAONE", first)
    assert refusal_of(desk.plan("NINJAONE", second)).code == "mass-retire"

    desk.load("NINJAONE", second, allow_retire=8, accept_baseline=True)
    run = desk.load("NINJAONE", third)

    assert run.stats["retire"] == 8
    refused = refusal_of(desk.plan("NINJAONE", third[9:]))
    assert (refused.code, "(45%; usual are 40%)" in refused.message) == ("mass-retire", True)
    assert refusal_of(desk.plan("NINJAONE", [device("Z", "TZ")])).code == "mass-retire"


def test_a_source_that_flaps_between_two_copies_is_named_as_such(desk: Desk):
    """PRE-12"""
    live, stale = desk.file(fleet(10)), desk.file(fleet(10)[1:])
    for file in (live, stale):
        desk.later()
        desk.book.plan(file, record_type="device", source="NINJAONE").apply()

    plan = desk.book.plan(live, record_type="device", source="NINJAONE")

    assert {each.code: each.message for each in plan.plan.warnings}["flapping-source"] == (
        "The file is that of run 1 again, and not that of run 2: does the export flip between a stale and a live copy?"
    )
