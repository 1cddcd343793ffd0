"""What a source has and no longer has: records are kept, flagged, retired and brought back (PRE)."""

from __future__ import annotations

import pytest

from stocktake.model.errors import InvalidInput
from stocktake.model.source import Existence, MissingPolicy
from tests.stories.desk import Desk, device, fleet

UNTRACKED = ("MANUAL", "EXCEL", "INVOICE")


# ---------------------------------------------------------------- gone from one source, gone from all


def test_a_device_that_one_of_two_sources_drops_stays_and_is_flagged_missing(desk: Desk):
    """PRE-7, PRE-32"""
    desk.load("NINJAONE", fleet(10))
    desk.load("TELUS", fleet(10))

    plan = desk.plan("NINJAONE", fleet(10)[1:])
    (absent,) = plan.decisions("missing").to_dicts()
    plan.apply()

    assert absent["reason"] == "still present in another source: TELUS"
    assert plan.counts["missing"] == 1
    assert plan.counts["retire"] == 0
    assert desk.status("S001") == "AVAILABLE"
    assert desk.record("S001")["retired_at"] is None
    assert not desk.is_present("NINJAONE", "S001")
    assert desk.link("NINJAONE", "S001")["missing_since"] is not None
    assert desk.is_present("TELUS", "S001")


def test_a_device_that_both_sources_dropped_is_retired(desk: Desk):
    """PRE-7, PRE-21: status, who, when and a sentence in the audit."""
    desk.load("NINJAONE", fleet(10))
    desk.load("TELUS", fleet(10))
    desk.load("NINJAONE", fleet(10)[1:])

    run = desk.load("TELUS", fleet(10)[1:])

    record = desk.record("S001")
    assert run.stats["retired"] == 1
    assert record["status"] == "RETIRED"
    assert record["retired_by"] == "source"
    assert record["retired_run"] == run.run_id
    assert record["retired_at"] is not None
    (entry,) = desk.audit(run, "retire")
    assert (entry["source"], entry["rule"], entry["actor"]) == ("TELUS", "gone", "ana")
    assert (entry["before"], entry["after"]) == ("AVAILABLE", "RETIRED")
    assert entry["sentence"] == (
        f"Run {run.run_id} by ana retired T001 (AVAILABLE → RETIRED): TELUS no longer has it, and no other source does."
    )


def test_a_retirement_never_deletes_the_record(desk: Desk):
    """PRE-21"""
    desk.load("NINJAONE", fleet(10))
    before = desk.record("S001")["id"]

    desk.load("NINJAONE", fleet(10)[1:])

    assert desk.record("S001")["id"] == before
    assert desk.count() == 10


def test_a_record_that_no_source_has_seen_is_never_swept(desk: Desk):
    """PRE-7: what was imported by hand has no link that a snapshot of another source could miss."""
    desk.load("MANUAL", [device("M1", "TM1")])
    desk.load("NINJAONE", fleet(10))

    desk.load("NINJAONE", fleet(10))

    assert desk.status("M1") == "AVAILABLE"


def test_an_adopted_record_is_retired_by_an_authoritative_source(desk: Desk):
    """PRE-7, PRE-31"""
    desk.load("MANUAL", fleet(10))
    desk.load("NINJAONE", fleet(10))

    desk.load("NINJAONE", fleet(10)[1:])

    assert desk.status("S001") == "RETIRED"


# ---------------------------------------------------------------- coming back


@pytest.mark.parametrize(("assignee", "status"), [("bob", "ASSIGNED"), ("", "AVAILABLE")])
def test_a_retired_device_that_is_back_takes_up_its_work_again(desk: Desk, assignee: str, status: str):
    """PRE-17: the same record, ASSIGNED if somebody has it, otherwise AVAILABLE."""
    rows = fleet(10, assigned_to=assignee)
    desk.load("NINJAONE", rows)
    before = desk.record("S001")["id"]
    desk.load("NINJAONE", rows[1:])

    plan = desk.plan("NINJAONE", rows)
    run = plan.apply()

    record = desk.record("S001")
    assert plan.counts["reactivate"] == 1
    assert (record["id"], record["status"]) == (before, status)
    assert (record["retired_at"], record["retired_by"], record["retired_run"]) == (None, None, None)
    assert desk.is_present("NINJAONE", "S001")
    assert desk.link("NINJAONE", "S001")["missing_since"] is None
    (entry,) = desk.audit(run, "reactivate")
    assert (
        entry["sentence"]
        == f"Run {run.run_id} by ana brought T001 back (RETIRED → {status}): NINJAONE has it."
    )


def test_a_retirement_that_a_row_states_is_told_like_any(desk: Desk):
    """PRE-21: run, source, rule, old and new status, actor."""
    desk.load("NINJAONE", fleet(10, status="ASSIGNED"))

    rows = [device("S001", "T001", status="RETIRED"), *fleet(10, status="ASSIGNED")[1:]]
    run = desk.load("NINJAONE", rows)

    assert desk.record("S001")["retired_by"] == "source"
    (entry,) = desk.audit(run, "retire")
    assert (entry["source"], entry["rule"], entry["actor"]) == ("NINJAONE", "changed", "ana")
    assert (entry["before"], entry["after"]) == ("ASSIGNED", "RETIRED")
    assert entry["sentence"] == (
        f"Run {run.run_id} by ana retired T001 (ASSIGNED → RETIRED): its row from NINJAONE says so."
    )


def test_a_return_in_either_source_is_enough(desk: Desk):
    """PRE-17, PRE-7"""
    for source in ("NINJAONE", "TELUS"):
        desk.load(source, fleet(10))
    for source in ("NINJAONE", "TELUS"):
        desk.load(source, fleet(10)[1:])
    assert desk.status("S001") == "RETIRED"

    desk.load("TELUS", fleet(10))

    assert desk.status("S001") == "AVAILABLE"
    assert not desk.is_present("NINJAONE", "S001")


def test_a_source_that_never_had_the_device_brings_it_back_too(desk: Desk):
    """PRE-25"""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[1:])

    desk.load("TELUS", fleet(10))

    assert desk.status("S001") == "AVAILABLE"


def test_an_assignee_that_arrives_with_the_return_counts(desk: Desk):
    """PRE-17, PLN-20: a reactivation carries the row's other changes."""
    desk.load("NINJAONE", fleet(10, assigned_to=""))
    desk.load("NINJAONE", fleet(10)[1:])

    desk.load("NINJAONE", [device("S001", "T001", assigned_to="eve"), *fleet(10, assigned_to="")[1:]])

    assert (desk.status("S001"), desk.record("S001")["assigned_to"]) == ("ASSIGNED", "eve")


def test_a_missing_device_that_was_never_retired_comes_back_unchanged(desk: Desk):
    """PLN-20: a returning link whose record was never retired stays unchanged."""
    desk.load("NINJAONE", fleet(10))
    desk.load("TELUS", fleet(10))
    desk.load("NINJAONE", fleet(10)[1:])

    plan = desk.plan("NINJAONE", fleet(10))
    plan.apply()

    assert plan.counts["reactivate"] == 0
    assert plan.counts["unchanged"] == 10
    assert plan.counts["reappeared"] == 1
    assert desk.is_present("NINJAONE", "S001")


# ---------------------------------------------------------------- what a person decided


def test_a_device_that_a_person_retired_stays_retired(desk: Desk):
    """PRE-17, PRE-26"""
    desk.load("NINJAONE", fleet(10))
    desk.retire_by_hand("S001")

    plan = desk.plan("NINJAONE", fleet(10, model="X"))
    plan.apply()

    assert plan.counts["reactivate"] == 0
    assert plan.counts["update"] == 10
    assert plan.counts["suppressed"] == 1
    assert desk.status("S001") == "RETIRED"
    assert desk.record("S001")["retired_by"] == "operator"
    assert "reactivation-suppressed" in {each.code for each in plan.plan.warnings}


def test_no_reactivate_leaves_a_returning_device_retired(desk: Desk):
    """PRE-18"""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[1:])

    run = desk.load("NINJAONE", fleet(10), no_reactivate=[desk.record("S001")["id"]])

    assert run.stats["reactivated"] == 0
    assert run.stats["suppressed"] == 1
    assert desk.status("S001") == "RETIRED"
    assert desk.is_present("NINJAONE", "S001")


def test_no_reactivate_holds_against_a_status_in_the_file_too(desk: Desk):
    """PRE-18, PRE-26: status and retirement never contradict each other."""
    desk.load("NINJAONE", fleet(10, status="ASSIGNED"))
    desk.load("NINJAONE", fleet(10, status="ASSIGNED")[1:])

    desk.load("NINJAONE", fleet(10, status="MAINTENANCE"), no_reactivate=[desk.record("S001")["id"]])

    record = desk.record("S001")
    assert (record["status"], record["retired_at"] is None) == ("RETIRED", False)


def test_keep_saves_a_device_from_retirement(desk: Desk):
    """PRE-18: kept is suppressed, shown, and its link is missing all the same (PRE-32)."""
    desk.load("NINJAONE", fleet(10))

    run = desk.load("NINJAONE", fleet(10)[1:], keep=[desk.record("S001")["id"]])

    assert (run.stats["retire"], run.stats["suppressed"], run.stats["missing"]) == (0, 1, 1)
    assert desk.status("S001") == "AVAILABLE"
    assert not desk.is_present("NINJAONE", "S001")


# ---------------------------------------------------------------- sources that do not track presence


@pytest.mark.parametrize("source", UNTRACKED)
def test_a_source_without_presence_cannot_deliver_a_snapshot(desk: Desk, source: str):
    """PLN-1, PRE-2"""
    with pytest.raises(InvalidInput) as refused:
        desk.plan(source, fleet(3), strategy="snapshot")

    assert refused.value.code == "presence-not-tracked"


@pytest.mark.parametrize("source", UNTRACKED)
def test_a_source_without_presence_retires_nothing(desk: Desk, source: str):
    """PRE-2"""
    desk.load(source, fleet(10))

    run = desk.load(source, fleet(10)[5:])

    assert (run.stats["retire"], run.stats["missing"]) == (0, 0)
    assert desk.is_present(source, "S001")
    assert desk.status("S001") == "AVAILABLE"


@pytest.mark.parametrize("source", UNTRACKED)
def test_a_source_without_presence_keeps_nothing_alive(desk: Desk, source: str):
    """PRE-2"""
    desk.load("NINJAONE", fleet(10))
    desk.load(source, fleet(10))

    desk.load("NINJAONE", fleet(10)[1:])

    assert desk.status("S001") == "RETIRED"


@pytest.mark.parametrize("source", UNTRACKED)
def test_a_source_without_presence_brings_nothing_back(desk: Desk, source: str):
    """PRE-2: nor does the status it states."""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[1:])

    run = desk.load(source, [device("S001", "T001", model="X", status="ASSIGNED")])

    record = desk.record("S001")
    assert run.stats["reactivated"] == 0
    assert (record["status"], record["retired_by"], record["model"]) == ("RETIRED", "source", "X")


# ---------------------------------------------------------------- partial imports, rows without id, rejected rows


def test_a_partial_import_retires_nothing_and_marks_nothing_missing(desk: Desk):
    """PRE-9"""
    desk.load("NINJAONE", fleet(10))

    run = desk.load("NINJAONE", fleet(10)[5:], strategy="merge")

    assert (run.stats["retire"], run.stats["missing"]) == (0, 0)
    assert desk.is_present("NINJAONE", "S001")


def test_rows_without_external_id_are_imported_and_warned_about(desk: Desk):
    """PRE-3"""
    plan = desk.plan("NINJAONE", [*fleet(3), device("", "T900"), device("", "T901")])
    plan.apply()

    (warning,) = [each for each in plan.plan.warnings if each.code == "without-external-id"]
    assert (warning.count, warning.rows) == (2, (5, 6))
    assert plan.counts["without_external_id"] == 2
    assert plan.counts["create"] == 5
    assert desk.count() == 5


def test_rows_without_external_id_take_no_part_in_the_sweep(desk: Desk):
    """PRE-3, PLN-26"""
    desk.load("NINJAONE", [*fleet(10), device("", "T900")])

    run = desk.load("NINJAONE", fleet(10))

    assert (run.stats["retire"], run.stats["missing"]) == (0, 0)


def test_a_row_without_external_id_keeps_nothing_alive(desk: Desk):
    """PRE-3: presence is skipped for such rows, so they cannot vote either."""
    desk.load("NINJAONE", fleet(10))
    desk.load("TELUS", [device("", "T001")])

    desk.load("NINJAONE", fleet(10)[1:])

    assert desk.status("S001") == "RETIRED"


def test_a_device_whose_row_lost_its_serial_is_not_retired(desk: Desk):
    """PRE-7, IDN-1: the snapshot has the device, by its tag."""
    desk.load("NINJAONE", fleet(10))

    run = desk.load("NINJAONE", [device("", "T001"), *fleet(10)[1:]])

    assert run.stats["retire"] == 0
    assert desk.status("S001") == "AVAILABLE"


def test_a_device_whose_row_lost_its_serial_is_not_retired_by_the_next_snapshot_either(desk: Desk):
    """PRE-7, PLN-26: the same file again."""
    desk.load("NINJAONE", fleet(10))
    lost = [device("", "T001"), *fleet(10)[1:]]
    desk.load("NINJAONE", lost)

    run = desk.load("NINJAONE", lost)

    assert run.stats["retire"] == 0
    assert desk.status("S001") == "AVAILABLE"


def test_a_changed_row_that_lost_its_serial_can_be_imported(desk: Desk):
    """PLN-7: what is planned can be applied."""
    desk.load("NINJAONE", fleet(10, model="A"))

    desk.load("NINJAONE", [device("", "T001", model="B"), *fleet(10, model="A")[1:]])

    assert desk.record("S001")["model"] == "B"


def test_a_rejected_row_with_a_readable_key_proves_presence(desk: Desk):
    """PRE-5, PRE-34"""
    desk.load("NINJAONE", fleet(10, status="ASSIGNED"))

    run = desk.load(
        "NINJAONE",
        [device("S001", "T001", status="NONSENSE"), *fleet(10, status="ASSIGNED")[1:]],
        on_error="reject-rows",
    )

    assert (run.stats["reject"], run.stats["retire"], run.stats["missing"]) == (1, 0, 0)
    assert desk.is_present("NINJAONE", "S001")
    assert desk.status("S001") == "ASSIGNED"


def test_a_rejected_row_is_back_in_its_source_and_does_not_reactivate(desk: Desk):
    """PRE-34"""
    rows = fleet(10, status="ASSIGNED")
    desk.load("NINJAONE", rows)
    desk.load("NINJAONE", rows[1:])

    desk.load("NINJAONE", [device("S001", "T001", status="NONSENSE"), *rows[1:]], on_error="reject-rows")

    assert desk.is_present("NINJAONE", "S001")
    assert desk.status("S001") == "RETIRED"


def test_a_device_whose_row_was_rejected_is_reactivated_once_the_row_is_good(desk: Desk):
    """PRE-17, PRE-34"""
    rows = fleet(10, condition="good")
    desk.load("NINJAONE", rows)
    desk.load("NINJAONE", rows[1:])
    bad = [device("S001", "T001", condition="good", status="NONSENSE"), *rows[1:]]
    desk.load("NINJAONE", bad, on_error="reject-rows")

    desk.load("NINJAONE", rows)

    assert desk.status("S001") == "AVAILABLE"


def test_differing_rows_of_a_missing_key_prove_that_it_is_back(desk: Desk):
    """PRE-34, IDN-3: any row with a readable key proves presence, whatever its decision."""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[1:])
    twice = [device("S001", "T001", model="a"), device("S001", "T001", model="b")]

    run = desk.load("NINJAONE", [*fleet(10)[1:], *twice], on_error="reject-rows")

    assert run.stats["reject"] == 2
    assert desk.is_present("NINJAONE", "S001")


# ---------------------------------------------------------------- what a source is declared to mean


def test_an_observed_source_keeps_links_and_leaves_statuses_alone(desk: Desk):
    """PRE-23"""
    desk.declare("WATCHED", observe_only=True)
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[1:])
    desk.load("WATCHED", fleet(10))
    assert desk.status("S001") == "RETIRED"

    run = desk.load("WATCHED", fleet(10)[:-1])

    assert (run.stats["retire"], run.stats["missing"]) == (0, 1)
    assert not desk.is_present("WATCHED", "S010")
    assert desk.status("S010") == "AVAILABLE"


def test_an_observed_source_does_not_retire_what_only_it_has(desk: Desk):
    """PRE-23"""
    desk.declare("WATCHED", observe_only=True)
    desk.load("WATCHED", fleet(10))

    desk.load("WATCHED", fleet(10)[1:])

    assert desk.status("S001") == "AVAILABLE"


def test_a_supporting_source_retires_only_what_it_created(desk: Desk):
    """PRE-31"""
    desk.declare("HELPER", existence=Existence.SUPPORTING)
    desk.load("MANUAL", [device("M1", "TM1")])
    desk.load("HELPER", [device("M1", "TM1"), device("H1", "TH1"), *fleet(8)])

    run = desk.load("HELPER", fleet(8))

    assert (run.stats["retire"], run.stats["missing"]) == (1, 1)
    assert (desk.status("M1"), desk.status("H1")) == ("AVAILABLE", "RETIRED")


def test_a_supporting_source_keeps_records_alive(desk: Desk):
    """PRE-31"""
    desk.declare("HELPER", existence=Existence.SUPPORTING)
    desk.load("NINJAONE", fleet(10))
    desk.load("HELPER", fleet(10))

    desk.load("NINJAONE", fleet(10)[1:])

    assert desk.status("S001") == "AVAILABLE"


def test_a_source_of_no_authority_neither_keeps_nor_retires_nor_brings_back(desk: Desk):
    """PRE-31"""
    desk.declare("RUMOUR", existence=Existence.NONE)
    desk.load("NINJAONE", fleet(10))
    desk.load("RUMOUR", [*fleet(10), device("R1", "TR1")])

    desk.load("RUMOUR", fleet(10))
    assert desk.status("R1") == "AVAILABLE"
    desk.load("NINJAONE", fleet(10)[1:])
    assert desk.status("S001") == "RETIRED"
    desk.load("RUMOUR", fleet(10, model="X"))
    assert desk.status("S001") == "RETIRED"


@pytest.mark.parametrize(
    ("policy", "retired", "listed", "decision", "reason"),
    [
        (MissingPolicy.RETIRE, 1, 1, "retire", "no source has it any more"),
        (MissingPolicy.FLAG, 0, 1, "missing", "this source only flags what it misses"),
        (MissingPolicy.IGNORE, 0, 0, "missing", "this source's policy ignores what it misses"),
    ],
)
def test_what_a_source_lacks_is_retired_or_flagged_or_ignored_as_it_declares(
    desk: Desk, policy: MissingPolicy, retired: int, listed: int, decision: str, reason: str
):
    """PRE-2, PRE-22, PRE-32: the link is missing in that run whatever the policy; to ignore is to tell nobody."""
    desk.declare("GENTLE", missing_policy=policy)
    desk.load("GENTLE", fleet(10))

    plan = desk.plan("GENTLE", fleet(10)[1:])
    run = plan.apply()

    assert (run.stats["retire"], run.stats["missing"]) == (retired, 1 - retired)
    assert [each["reason"] for each in plan.decisions(decision).to_dicts()] == [reason]
    assert desk.status("S001") == ("RETIRED" if retired else "AVAILABLE")
    assert not desk.is_present("GENTLE", "S001")
    assert desk.book.missing()[1] == listed
    assert desk.book.missing(source="GENTLE")[1] == 1  # whoever asks for that source is told


@pytest.mark.parametrize("policy", [MissingPolicy.FLAG, MissingPolicy.IGNORE])
def test_what_a_gentle_source_lacks_is_kept_by_nobody(desk: Desk, policy: MissingPolicy):
    """PRE-2, PRE-7: it retires nothing itself, and its absent link keeps nothing from being retired by others."""
    desk.declare("GENTLE", missing_policy=policy)
    desk.load("GENTLE", fleet(10))
    desk.load("TELUS", fleet(10))
    desk.load("GENTLE", fleet(10)[1:])

    desk.load("TELUS", fleet(10)[1:])

    assert desk.status("S001") == "RETIRED"


def test_keys_are_compared_without_case_where_the_source_says_so(desk: Desk):
    """PRE-2, IDN-2"""
    desk.load("NINJAONE", [device(f"abc{each}", f"T{each}") for each in range(10)])

    plan = desk.plan("NINJAONE", [device(f" ABC{each} ", f"T{each}") for each in range(10)])

    assert plan.counts["unchanged"] == 10
    assert plan.counts["retire"] == 0


# ---------------------------------------------------------------- last seen


def test_a_full_snapshot_sees_every_present_link(desk: Desk):
    """PRE-28, PRE-4"""
    desk.load("NINJAONE", fleet(10))

    desk.load("NINJAONE", fleet(10))

    assert desk.last_seen("NINJAONE", "S001") == desk.now


def test_a_partial_import_sees_the_rows_it_holds(desk: Desk):
    """PRE-28, PRE-4"""
    desk.load("NINJAONE", fleet(10))
    snapshot = desk.now

    desk.load("NINJAONE", fleet(10)[5:], strategy="merge")

    assert desk.last_seen("NINJAONE", "S010") == desk.now
    assert desk.last_seen("NINJAONE", "S001") == snapshot


def test_unchanged_rows_write_no_record(desk: Desk):
    """PLN-12"""
    desk.load("NINJAONE", fleet(10))
    before = desk.record("S001")

    desk.load("NINJAONE", fleet(10))

    assert desk.record("S001") == before


def test_a_missing_device_was_last_seen_by_the_last_snapshot_that_had_it(desk: Desk):
    """PRE-28, PRE-4"""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10))
    last_had_it = desk.now

    desk.load("NINJAONE", fleet(10)[1:])

    assert desk.last_seen("NINJAONE", "S001") == last_had_it
