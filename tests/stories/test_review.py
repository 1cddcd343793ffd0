"""Held retirements are reviewed by a person, and what is missing is acknowledged (PRE-16, PRE-22, PRE-29, PRE-32)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stocktake.model.errors import InvalidInput, NotFound, RollbackBlocked, StalePlan
from stocktake.model.source import Grace, Guards
from tests.stories.desk import Desk, fleet


@pytest.fixture
def holding(desk: Desk) -> Desk:
    """Ten devices, of which a snapshot lacks three; their retirements are held."""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[3:], on_guard="hold")
    return desk


def ids_of(desk: Desk, *serials: str) -> list[int]:
    return [desk.record(each)["id"] for each in serials]


def test_the_queue_lists_what_is_held_since_when_until_when_and_why(holding: Desk):
    """PRE-16"""
    found = holding.book.held()

    assert found["external_id"].to_list() == ["S001", "S002", "S003"]
    assert found["name"].to_list() == ["T001", "T002", "T003"]
    assert set(found["why"]) == {
        "3 of the 10 records that NINJAONE has would be retired (30%; the limit is 20%)."
    }
    assert set((found["expires"] - found["missing_since"]).to_list()) == {timedelta(days=30)}
    assert holding.book.held(source="TELUS").is_empty()
    assert holding.book.held(record_type="device", source="NINJAONE").height == 3


def test_a_held_record_is_retired_by_a_person_as_the_sweep_would_have(holding: Desk):
    """PRE-16, PRE-21, HIS-7"""
    (first, *_) = ids_of(holding, "S001")

    run = holding.book.retire_held([first], record_type="device", source="NINJAONE", reason="sold")

    record = holding.record("S001")
    assert (record["status"], record["retired_by"], record["retired_run"]) == (
        "RETIRED",
        "source",
        run.run_id,
    )
    assert holding.status("S002") == "AVAILABLE"
    assert holding.book.held()["external_id"].to_list() == ["S002", "S003"]
    assert [each["sentence"] for each in holding.audit(run, "review")] == [
        "ana let T001 be retired, which NINJAONE misses: sold."
    ]
    assert len(holding.audit(run, "retire")) == 1
    assert (run.run.kind, run.stats["retire"]) == ("review", 1)


def test_a_reviewed_retirement_is_undone_like_any_run(holding: Desk):
    """ROL-1, ROL-2"""
    before = holding.state()

    holding.book.retire_held(record_type="device", source="NINJAONE").rollback()

    assert holding.state() == before
    assert holding.book.held().height == 3


def test_a_record_that_another_source_has_by_now_stays(holding: Desk):
    """PRE-7: the world is looked at again."""
    holding.load("TELUS", fleet(1))

    run = holding.book.retire_held(record_type="device", source="NINJAONE")

    assert (run.stats["retire"], run.stats["elsewhere"]) == (2, 1)
    assert holding.status("S001") == "AVAILABLE"
    assert holding.book.held().is_empty()


def test_a_kept_record_stays_for_a_reason_and_is_not_swept_again(holding: Desk):
    """PRE-16, PRE-32"""
    run = holding.book.keep_held(
        ids_of(holding, "S001"), record_type="device", source="NINJAONE", reason="lent out"
    )
    holding.load("NINJAONE", fleet(10)[3:])

    assert holding.status("S001") == "AVAILABLE"
    assert not holding.is_present("NINJAONE", "S001")
    assert [each["sentence"] for each in holding.audit(run, "keep")] == [
        "ana kept T001, though NINJAONE misses it: lent out."
    ]


def test_a_kept_record_waits_for_no_end_of_a_grace(desk: Desk):
    """PRE-16, PRE-8"""
    desk.declare("SLOW", grace=Grace(snapshots=2), guards=Guards(retire_share=0.05))
    desk.load("SLOW", fleet(10))
    desk.load("SLOW", fleet(10)[1:])
    desk.load("SLOW", fleet(10)[1:], on_guard="hold")
    desk.book.keep_held(record_type="device", source="SLOW", reason="lent out")

    desk.load("SLOW", fleet(10)[1:], on_guard="hold")

    assert desk.status("S001") == "AVAILABLE"
    assert desk.book.held().is_empty()


def test_a_kept_record_that_came_back_and_went_again_is_missed_again(holding: Desk):
    """PRE-16: keeping is of one absence."""
    holding.book.keep_held(record_type="device", source="NINJAONE", reason="lent out")
    holding.load("NINJAONE", fleet(10))

    holding.load("NINJAONE", fleet(10)[1:])

    assert holding.status("S001") == "RETIRED"


@pytest.mark.parametrize(
    ("after", "state"),
    [(timedelta(days=30) - timedelta(microseconds=1), "open"), (timedelta(days=30), "expired")],
)
def test_a_hold_expires_on_the_stroke_of_its_last_day(holding: Desk, after: timedelta, state: str):
    """PRE-16, PRE-32: open until then; then the record is kept, flagged."""
    holding.later(after)

    assert set(holding.book.held()["state"]) == {state}
    assert [each.state for each in holding.book.missing()[0]] == [
        {"open": "held for review", "expired": "kept, hold expired"}[state]
    ] * 3
    assert holding.status("S001") == "AVAILABLE"


def test_how_long_a_hold_lasts_is_the_sources_own(desk: Desk):
    """PRE-16, PRE-2"""
    desk.declare("HASTY", guards=Guards(hold_days=3))
    desk.load("HASTY", fleet(10))
    desk.load("HASTY", fleet(10)[3:], on_guard="hold")

    (expires,) = set((desk.book.held()["expires"] - desk.book.held()["held_at"]).to_list())
    desk.later(timedelta(days=3))

    assert expires == timedelta(days=3)
    assert set(desk.book.held()["state"]) == {"expired"}


def test_a_hold_lasts_from_when_it_was_held_however_long_the_record_was_missing(desk: Desk):
    """PRE-16, PRE-8: what waited in its grace for two months is not expired when a guard holds it."""
    desk.declare("SLOW", grace=Grace(days=60), guards=Guards(retire_share=0.05))
    desk.load("SLOW", fleet(10))
    desk.load("SLOW", fleet(10)[1:])
    desk.later(timedelta(days=60))
    desk.load("SLOW", fleet(10)[1:], on_guard="hold")

    assert desk.book.held()["state"].to_list() == ["open"]


def test_an_expired_hold_is_not_retired_any_more_but_may_be_kept_for_a_reason(holding: Desk):
    """PRE-32: its record is kept; what is left to say is why."""
    holding.later(timedelta(days=31))
    (record, *_) = ids_of(holding, "S001")

    with pytest.raises(NotFound) as one:
        holding.book.retire_held([record], record_type="device", source="NINJAONE")
    with pytest.raises(NotFound) as all_of_them:
        holding.book.retire_held(record_type="device", source="NINJAONE")
    holding.book.keep_held([record], record_type="device", source="NINJAONE", reason="lent out")

    assert one.value.message == (
        f"The hold of record {record} expired on 2026-12-04; the record is kept. Nothing was written."
    )
    assert "stocktake record edit device" in one.value.hint
    assert all_of_them.value.message == (
        "No retirement of Device by NINJAONE is held any more; 3 holds expired, and their records are kept."
    )
    assert holding.book.held()["external_id"].to_list() == ["S002", "S003"]
    assert holding.status("S001") == "AVAILABLE"


def test_an_expired_hold_is_kept_by_the_next_snapshots_and_not_counted_again(holding: Desk):
    """PRE-32"""
    holding.later(timedelta(days=31))

    run = holding.load("NINJAONE", fleet(10, model="X")[3:])

    assert (run.stats["held"], run.stats["retire"], run.stats["missing"]) == (0, 0, 0)
    assert holding.status("S001") == "AVAILABLE"
    assert set(holding.book.held()["state"]) == {"expired"}


def test_what_is_not_held_is_refused_and_nothing_is_written(holding: Desk):
    """ERR-2"""
    ids = ids_of(holding, "S001", "S005")

    with pytest.raises(NotFound) as refused:
        holding.book.retire_held(ids, record_type="device", source="NINJAONE")

    assert refused.value.message == f"Record {ids[1]} is not held for NINJAONE. Nothing was written."
    assert holding.status("S001") == "AVAILABLE"
    assert holding.last_run()["kind"] == "import"


# ---------------------------------------------------------------- acknowledging


def acknowledged(desk: Desk, serial: str) -> tuple[object, ...]:
    (found,) = desk.rows(
        "SELECT acknowledged_by, acknowledged_reason, acknowledged_until FROM st_source_link JOIN st_feed "
        "USING (workspace_id, feed_id) WHERE source = 'NINJAONE' AND upper(external_id) = :key",
        key=serial,
    )
    return tuple(found.values())


def test_a_missing_record_is_acknowledged_until_a_day(desk: Desk):
    """PRE-22, PRE-29: and nothing else changes."""
    desk.load("NINJAONE", fleet(10))
    desk.load("TELUS", fleet(10))
    desk.load("NINJAONE", fleet(10)[1:])
    (record,) = ids_of(desk, "S001")

    run = desk.book.acknowledge("device", record, source="NINJAONE", reason="in repair", until="2026-12-31")

    assert acknowledged(desk, "S001")[:2] == ("ana", "in repair")
    assert desk.status("S001") == "AVAILABLE"
    assert not desk.is_present("NINJAONE", "S001")
    assert [each["sentence"] for each in desk.audit(run, "acknowledge")] == [
        "ana acknowledged until 2026-12-31 that NINJAONE misses T001: in repair."
    ]


def test_an_acknowledgement_ends_when_the_record_is_back(desk: Desk):
    """PRE-22"""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[1:])
    desk.book.acknowledge("device", ids_of(desk, "S001")[0], source="NINJAONE", reason="in repair")

    desk.load("NINJAONE", fleet(10))

    assert acknowledged(desk, "S001") == (None, None, None)


def test_what_is_acknowledged_is_not_listed_as_missing_until_its_day_has_come(desk: Desk):
    """PRE-22: and resurfaces then, with what was said."""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[2:])
    (record, _) = ids_of(desk, "S001", "S002")
    desk.book.acknowledge("device", record, source="NINJAONE", reason="in repair", until="2026-11-20")

    def listed(*, acknowledged: bool = False) -> list[tuple[str, str | None]]:
        found, total = desk.book.missing(source="NINJAONE", acknowledged=acknowledged)
        assert total == len(found)
        return [(each.external_id, each.acknowledged.reason if each.acknowledged else None) for each in found]

    assert listed() == [("S002", None)]
    assert listed(acknowledged=True) == [("S001", "in repair"), ("S002", None)]
    desk.now = datetime(2026, 11, 19, 23, 59, 59, tzinfo=UTC)
    assert listed() == [("S002", None)]
    desk.now = datetime(2026, 11, 20, tzinfo=UTC)
    assert listed() == [("S001", "in repair"), ("S002", None)]


def test_what_was_acknowledged_and_came_back_and_went_again_is_listed(desk: Desk):
    """PRE-22: an acknowledgement is of one absence."""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[1:])
    desk.book.acknowledge("device", ids_of(desk, "S001")[0], source="NINJAONE", reason="in repair")
    desk.load("NINJAONE", fleet(10))

    desk.load("NINJAONE", fleet(10)[1:])

    assert [each.acknowledged for each in desk.book.missing()[0]] == [None]


def test_an_acknowledgement_is_undone_like_any_run(desk: Desk):
    """ROL-2"""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[1:])
    before = desk.state()

    desk.book.acknowledge("device", ids_of(desk, "S001")[0], source="NINJAONE", reason="x").rollback()

    assert desk.state() == before


def test_only_what_is_missing_can_be_acknowledged_and_only_with_a_reason(desk: Desk):
    """PRE-22"""
    desk.load("NINJAONE", fleet(10))
    (record,) = ids_of(desk, "S001")

    with pytest.raises(NotFound) as missing:
        desk.book.acknowledge("device", record, source="NINJAONE", reason="in repair")
    with pytest.raises(InvalidInput) as silent:
        desk.book.acknowledge("device", record, source="NINJAONE", reason=" ")

    assert (missing.value.code, silent.value.code) == ("not-missing", "reason-needed")


def test_an_acknowledgement_makes_no_open_plan_stale(desk: Desk):
    """PRE-29, PLN-9: it changes nothing that a plan rests on, and neither does taking it back."""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[1:])
    opened = desk.plan("NINJAONE", fleet(10, model="X")[1:])
    other = desk.plan("TELUS", fleet(10))

    desk.book.acknowledge("device", ids_of(desk, "S001")[0], source="NINJAONE", reason="x").rollback()
    desk.book.acknowledge("device", ids_of(desk, "S001")[0], source="NINJAONE", reason="in repair")

    assert opened.apply().stats["update"] == 9
    assert acknowledged(desk, "S001")[1] == "in repair"
    with pytest.raises(StalePlan):  # by the import, and not by what was acknowledged
        other.apply()


def test_an_acknowledgement_hinders_no_rollback_of_the_run_before_it(desk: Desk):
    """PRE-29, ROL-5: what is not missing any more is not acknowledged any more."""
    desk.load("NINJAONE", fleet(10))
    before = desk.state()
    run = desk.load("NINJAONE", fleet(10)[1:])
    desk.book.acknowledge("device", ids_of(desk, "S001")[0], source="NINJAONE", reason="in repair")

    run.rollback()

    assert desk.state() == before


def test_an_acknowledgement_outlives_the_rollback_of_a_run_that_found_the_link_missing(desk: Desk):
    """PRE-29: the link is as missing as it was when somebody acknowledged it."""
    desk.declare("SLOW", grace=Grace(snapshots=5))
    desk.load("SLOW", fleet(10))
    desk.load("SLOW", fleet(10)[1:])
    run = desk.load("SLOW", fleet(10)[1:])
    desk.book.acknowledge("device", ids_of(desk, "S001")[0], source="SLOW", reason="in repair")

    run.rollback()

    assert desk.rows("SELECT acknowledged_reason AS why FROM st_source_link WHERE NOT is_present") == [
        {"why": "in repair"}
    ]
    assert desk.link("SLOW", "S001")["missed_snapshots"] == 1


def test_of_two_acknowledgements_the_later_is_taken_back_first(desk: Desk):
    """PRE-29, ROL-5"""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[1:])
    (record,) = ids_of(desk, "S001")
    first = desk.book.acknowledge("device", record, source="NINJAONE", reason="in repair")
    second = desk.book.acknowledge("device", record, source="NINJAONE", reason="sold")

    with pytest.raises(RollbackBlocked) as refused:
        first.rollback()
    second.rollback()

    assert refused.value.details["later_runs"] == [second.run_id]
    assert acknowledged(desk, "S001")[1] == "in repair"
    first.rollback()
    assert acknowledged(desk, "S001") == (None, None, None)
