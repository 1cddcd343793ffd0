"""Guards: a suspect file is refused, with numbers, limits and the way out (PRE-11 to PRE-16, PRE-32 to PRE-35)."""

from __future__ import annotations

import pytest

from stocktake.model.errors import GuardRefused, InvalidInput
from stocktake.model.source import Guards
from tests.stories.desk import Desk, device, fleet, refusal_of

# ---------------------------------------------------------------- empty


def test_a_snapshot_without_rows_is_refused(desk: Desk):
    """PRE-11"""
    desk.load("NINJAONE", fleet(10))

    refused = refusal_of(desk.plan("NINJAONE", []))

    assert isinstance(refused, GuardRefused)
    assert refused.code == "empty-snapshot"
    assert "all 10 of its records" in refused.message


def test_a_snapshot_without_rows_cannot_be_allowed_nor_held(desk: Desk):
    """PRE-11, PRE-33: refused at any size, whatever the operator says."""
    desk.load("NINJAONE", fleet(2))

    for options in ({"allow_retire": 1000}, {"on_guard": "hold"}):
        assert refusal_of(desk.plan("NINJAONE", [], **options)).code == "empty-snapshot"


def test_a_snapshot_of_which_every_row_is_rejected_is_empty(desk: Desk):
    """PRE-11, PRE-35: and that is said before the rejected rows are."""
    desk.load("NINJAONE", fleet(10))

    plan = desk.plan("NINJAONE", fleet(10, status="NONSENSE"))

    assert refusal_of(plan).code == "empty-snapshot"


# ---------------------------------------------------------------- mass retirement


def test_a_snapshot_that_would_retire_too_much_is_refused_with_the_numbers(desk: Desk):
    """PRE-12, PRE-15"""
    desk.load("NINJAONE", fleet(10))

    plan = desk.plan("NINJAONE", fleet(10)[3:])

    refused = refusal_of(plan)
    assert isinstance(refused, GuardRefused)
    assert refused.code == "mass-retire"
    assert refused.message == (
        "3 of the 10 records that NINJAONE has would be retired (30%; the limit is 20%)."
    )
    assert "--allow-retire 3" in refused.hint
    assert refused.details["numbers"]["retire"] == 3
    with pytest.raises(GuardRefused):
        plan.apply()


def test_exactly_the_limit_is_let_through(desk: Desk):
    """PRE-12: more than 20 %."""
    desk.load("NINJAONE", fleet(10))

    run = desk.load("NINJAONE", fleet(10)[2:])

    assert run.stats["retire"] == 2


def test_a_snapshot_that_would_retire_everything_is_refused(desk: Desk):
    """PRE-12: whatever the source's limits."""
    desk.declare("LOOSE", guards=Guards(retire_share=1.0))
    desk.load("LOOSE", fleet(10))

    refused = refusal_of(desk.plan("LOOSE", [device("NEW", "TNEW")]))

    assert (refused.code, "all of them" in refused.message) == ("mass-retire", True)


@pytest.mark.parametrize(
    ("present", "left", "blocked"), [(4, 2, False), (4, 1, True), (9, 5, False), (9, 4, True)]
)
def test_a_small_source_may_lose_half(desk: Desk, present: int, left: int, blocked: bool):
    """PRE-12: below ten records the rule is more than half."""
    desk.load("NINJAONE", fleet(present))

    plan = desk.plan("NINJAONE", fleet(left))

    assert (plan.refusal is not None) is blocked


def test_the_limits_are_the_sources_own(desk: Desk):
    """PRE-12"""
    desk.declare("STRICT", guards=Guards(retire_share=0.05))
    desk.load("STRICT", fleet(10))

    assert "the limit is 5%" in refusal_of(desk.plan("STRICT", fleet(9))).message


def test_records_that_another_source_keeps_do_not_count_as_retired(desk: Desk):
    """PRE-12, PRE-7"""
    desk.load("NINJAONE", fleet(10))
    desk.load("TELUS", fleet(10))

    run = desk.load("NINJAONE", fleet(10)[5:])

    assert (run.stats["retire"], run.stats["missing"]) == (0, 5)


def test_the_operator_may_allow_as_many_as_there_are(desk: Desk):
    """PRE-15, PRE-33, PLN-8: and the audit says so."""
    desk.load("NINJAONE", fleet(10))

    run = desk.load("NINJAONE", fleet(10)[5:], allow_retire=5)

    assert run.stats["retire"] == 5
    (entry,) = desk.audit(run, "override")
    assert entry["sentence"] == "ana allowed file-2.csv up to 5 retirements."


def test_an_allowance_that_is_too_small_lets_nothing_through(desk: Desk):
    """PRE-15: never "up to the limit"."""
    desk.load("NINJAONE", fleet(10))

    plan = desk.plan("NINJAONE", fleet(10)[5:], allow_retire=4)

    assert "--allow-retire 4 is not enough" in refusal_of(plan).hint
    assert plan.counts["retire"] == 5


# ---------------------------------------------------------------- hold


def test_hold_applies_the_rest_and_keeps_the_retirements_for_review(desk: Desk):
    """PRE-15, PRE-32: held, not retired; the links are missing."""
    desk.load("NINJAONE", fleet(10))

    plan = desk.plan("NINJAONE", [*fleet(10, model="X")[5:], device("NEW", "TNEW")], on_guard="hold")
    run = plan.apply()

    assert (plan.counts["held"], plan.counts["retire"], plan.counts["missing"]) == (5, 0, 0)
    assert (plan.counts["update"], plan.counts["create"]) == (5, 1)
    assert desk.status("S001") == "AVAILABLE"
    assert not desk.is_present("NINJAONE", "S001")
    assert desk.link("NINJAONE", "S001")["held_run"] == run.run_id


def test_what_is_held_is_not_counted_again(desk: Desk):
    """PRE-32: neither as missing, nor held, nor in the guard's population."""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[5:], on_guard="hold")

    plan = desk.plan("NINJAONE", fleet(10)[5:])
    plan.apply()

    assert plan.plan.guards == ()
    assert (plan.counts["held"], plan.counts["retire"], plan.counts["missing"]) == (0, 0, 0)
    assert desk.status("S001") == "AVAILABLE"


def test_what_is_held_and_comes_back_is_held_no_more(desk: Desk):
    """PRE-16, PRE-17"""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[5:], on_guard="hold")

    desk.load("NINJAONE", fleet(10))

    link = desk.link("NINJAONE", "S001")
    assert (link["is_present"], link["held_run"], link["missing_since"]) == (True, None, None)


def test_a_held_link_keeps_no_record_of_another_source(desk: Desk):
    """PRE-32"""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[5:], on_guard="hold")
    desk.load("TELUS", fleet(10))

    desk.load("TELUS", fleet(10)[1:])

    assert desk.status("S001") == "RETIRED"


def test_hold_without_anything_suspect_retires_as_usual(desk: Desk):
    """PRE-15"""
    desk.load("NINJAONE", fleet(10))

    run = desk.load("NINJAONE", fleet(10)[1:], on_guard="hold")

    assert (run.stats["retire"], run.stats["held"]) == (1, 0)


def test_what_is_allowed_is_not_held(desk: Desk):
    """PRE-15, PRE-33"""
    desk.load("NINJAONE", fleet(10))

    run = desk.load("NINJAONE", fleet(10)[5:], allow_retire=5, on_guard="hold")

    assert (run.stats["retire"], run.stats["held"]) == (5, 0)


# ---------------------------------------------------------------- unreadable keys

BAD = device("", "TBAD", status="NONSENSE")


def test_an_unreadable_key_while_something_is_missing_is_refused(desk: Desk):
    """PRE-5, PRE-34"""
    desk.load("NINJAONE", fleet(10))

    plan = desk.plan("NINJAONE", [*fleet(10)[1:], BAD], on_error="reject-rows")

    assert refusal_of(plan).code == "unreadable-key"


def test_an_unreadable_key_holds_the_retirements(desk: Desk):
    """PRE-5, PRE-34: obeys --on-guard."""
    desk.load("NINJAONE", fleet(10))

    run = desk.load("NINJAONE", [*fleet(10)[1:], BAD], on_error="reject-rows", on_guard="hold")

    assert (run.stats["held"], run.stats["retire"]) == (1, 0)


def test_an_unreadable_key_while_nothing_is_missing_hinders_nothing(desk: Desk):
    """PRE-34"""
    desk.load("NINJAONE", fleet(10))

    assert desk.plan("NINJAONE", [*fleet(10), BAD], on_error="reject-rows").refusal is None


# ---------------------------------------------------------------- what a refusal leaves, and in which order


def test_a_refused_import_leaves_everything_as_it_was_and_a_blocked_run(desk: Desk):
    """APP-11, PRE-15"""
    desk.load("NINJAONE", fleet(10))
    before = desk.state()

    with pytest.raises(GuardRefused):
        desk.load("NINJAONE", fleet(10, model="X")[5:])

    assert desk.state() == before
    run = desk.last_run()
    assert (run["status"], "5 of the 10 records" in run["reason"]) == ("blocked", True)


def test_a_blocked_run_counts_in_no_baseline(desk: Desk):
    """APP-11, PLN-11: neither as the newest import nor as the same content."""
    desk.load("NINJAONE", fleet(10))
    with pytest.raises(GuardRefused):
        desk.load("NINJAONE", fleet(10)[5:])

    plan = desk.plan("NINJAONE", fleet(10)[5:])

    assert "same-content" not in {each.code for each in plan.plan.warnings}


def test_rejected_rows_are_told_before_mass_retirement(desk: Desk):
    """PRE-35: structure, empty, older, rejects under fail, other guards; all are reported."""
    desk.load("NINJAONE", fleet(10))

    plan = desk.plan("NINJAONE", [*fleet(10)[5:], device("S011", "T011", status="NONSENSE")])

    refused = refusal_of(plan)
    assert (type(refused), refused.code) == (InvalidInput, "rows-rejected")
    assert [each.code for each in plan.plan.guards] == ["mass-retire"]


def test_too_many_rejected_rows_are_refused(desk: Desk):
    """ERR-1: 5 %, at least 10 rows."""
    bad = [device(f"B{each}", f"TB{each}", status="NONSENSE") for each in range(11)]

    assert desk.plan("NINJAONE", [*fleet(5), *bad[:10]], strategy="merge").refusal is None
    assert refusal_of(desk.plan("NINJAONE", [*fleet(5), *bad], strategy="merge")).code == "too-many-rejects"
