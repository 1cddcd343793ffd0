"""Retirements that wait, and sources that answer for a part of the records (PRE-6, PRE-8, PRE-32)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from stocktake.model.errors import InvalidInput
from stocktake.model.source import Grace, Guards, Scope
from tests.stories.desk import DAY, Desk, device, fleet

LOOSE = Guards(retire_share=0.5, budget_share=1.0)

# ---------------------------------------------------------------- grace


def test_a_device_is_retired_only_after_so_many_snapshots_without_it(desk: Desk):
    """PRE-8, PRE-32: missing at once, retired at the third; counted as missing once."""
    desk.declare("SLOW", grace=Grace(snapshots=3))
    desk.load("SLOW", fleet(10))

    first = desk.load("SLOW", fleet(10)[1:])
    since = desk.link("SLOW", "S001")["missing_since"]
    second = desk.load("SLOW", fleet(10)[1:])

    assert (first.stats["missing"], first.stats["retire"]) == (1, 0)
    assert (second.stats["missing"], second.stats["retire"]) == (0, 0)
    assert desk.status("S001") == "AVAILABLE"
    assert not desk.is_present("SLOW", "S001")
    assert desk.link("SLOW", "S001")["missed_snapshots"] == 2
    assert desk.link("SLOW", "S001")["missing_since"] == since

    third = desk.load("SLOW", fleet(10)[1:])

    assert (third.stats["missing"], third.stats["retire"]) == (0, 1)
    assert desk.status("S001") == "RETIRED"
    assert desk.link("SLOW", "S001")["missing_since"] == since


def test_the_preview_says_that_a_retirement_waits(desk: Desk):
    """PLN-6, PRE-8"""
    desk.declare("SLOW", grace=Grace(snapshots=2))
    desk.load("SLOW", fleet(10))

    (absent,) = desk.plan("SLOW", fleet(10)[1:]).decisions("missing").to_dicts()

    assert absent["reason"] == "missing, and retired only after its grace"


def test_a_device_that_comes_back_in_its_grace_starts_anew(desk: Desk):
    """PRE-8: so many snapshots in a row."""
    desk.declare("SLOW", grace=Grace(snapshots=2))
    desk.load("SLOW", fleet(10))
    desk.load("SLOW", fleet(10)[1:])
    desk.load("SLOW", fleet(10))

    run = desk.load("SLOW", fleet(10)[1:])

    assert (run.stats["missing"], run.stats["retire"]) == (1, 0)
    assert desk.status("S001") == "AVAILABLE"
    assert desk.link("SLOW", "S001")["missed_snapshots"] == 1


def test_a_device_that_a_person_keeps_waits_for_nothing(desk: Desk):
    """PRE-8, PRE-18: kept once, it is not retired by the next snapshot without it either."""
    desk.declare("SLOW", grace=Grace(snapshots=2))
    desk.load("SLOW", fleet(10))
    desk.load("SLOW", fleet(10)[1:])
    kept = desk.load("SLOW", fleet(10)[1:], keep=[desk.record("S001")["id"]])

    run = desk.load("SLOW", [*fleet(10)[1:], device("S011", "T011")])

    assert (kept.stats["suppressed"], run.stats["retire"], run.stats["missing"]) == (1, 0, 0)
    assert desk.status("S001") == "AVAILABLE"
    assert not desk.is_present("SLOW", "S001")


def test_a_partial_import_does_not_count_as_a_snapshot_without_it(desk: Desk):
    """PRE-8, PRE-9"""
    desk.declare("SLOW", grace=Grace(snapshots=2))
    desk.load("SLOW", fleet(10))
    desk.load("SLOW", fleet(10)[1:])

    desk.load("SLOW", fleet(10)[2:], strategy="merge")

    assert desk.status("S001") == "AVAILABLE"
    assert desk.link("SLOW", "S001")["missed_snapshots"] == 1


def test_a_grace_of_days_ends_with_the_first_snapshot_after_them(desk: Desk):
    """PRE-8, PLN-22: the same file again is no fast way out while a link waits."""
    desk.declare("SLOW", grace=Grace(days=7))
    desk.load("SLOW", fleet(10))
    desk.load("SLOW", fleet(10)[1:])
    desk.later(timedelta(days=5))

    waiting = desk.load("SLOW", fleet(10)[1:])
    assert (waiting.stats["retire"], desk.status("S001")) == (0, "AVAILABLE")

    due = desk.load("SLOW", fleet(10)[1:])
    assert (due.stats["retire"], desk.status("S001")) == (1, "RETIRED")


@pytest.mark.parametrize(
    ("grace", "pauses", "statuses"),
    [
        (Grace(snapshots=3, days=30), [1, 1, 1], ["AVAILABLE", "AVAILABLE", "RETIRED"]),
        (Grace(snapshots=9, days=3), [1, 2, 2], ["AVAILABLE", "AVAILABLE", "RETIRED"]),
    ],
)
def test_of_days_and_snapshots_the_first_that_ends_ends_the_grace(
    desk: Desk, grace: Grace, pauses: list[int], statuses: list[str]
):
    """PRE-8"""
    desk.declare("SLOW", grace=grace)
    desk.load("SLOW", fleet(10))

    found = []
    for pause in pauses:
        desk.later((pause - 1) * DAY)
        desk.load("SLOW", fleet(10)[1:])
        found.append(desk.status("S001"))

    assert found == statuses


def test_a_link_in_its_grace_still_keeps_its_record(desk: Desk):
    """PRE-32: the other source misses it, too, and retires it only when the first one's grace is over."""
    desk.declare("SLOW", grace=Grace(snapshots=2))
    desk.load("SLOW", fleet(10))
    desk.load("TELUS", fleet(10))
    desk.load("SLOW", fleet(10)[1:])

    (kept,) = desk.plan("TELUS", fleet(10)[1:]).decisions("missing").to_dicts()
    desk.load("TELUS", fleet(10)[1:])
    assert kept["reason"] == "still present in another source: SLOW"
    assert desk.status("S001") == "AVAILABLE"

    desk.load("SLOW", fleet(10)[1:])
    assert desk.status("S001") == "RETIRED"


def test_an_import_in_a_grace_is_rolled_back_to_what_was_missing_before(desk: Desk):
    """ROL-2"""
    desk.declare("SLOW", grace=Grace(snapshots=2))
    desk.load("SLOW", fleet(10))
    desk.load("SLOW", fleet(10)[1:])
    before = desk.state()

    desk.load("SLOW", fleet(10)[1:]).rollback()

    assert desk.state() == before


def test_records_that_wait_count_among_those_a_guard_measures(desk: Desk):
    """PRE-12: the same population in numerator and denominator, though they were missing before."""
    desk.declare("SLOW", grace=Grace(snapshots=2))
    desk.load("SLOW", fleet(10))
    desk.load("SLOW", fleet(10)[3:])

    plan = desk.plan("SLOW", fleet(10)[3:])

    assert [(each.code, each.numbers["retire"], each.numbers["present"]) for each in plan.plan.guards] == [
        ("mass-retire", 3, 10)
    ]


# ---------------------------------------------------------------- scope


def west_and_east() -> list[dict[str, str]]:
    return [
        dict(device(f"S{n:03}", f"T{n:03}", location="west" if n <= 10 else "east")) for n in range(1, 21)
    ]


def test_a_source_sweeps_only_what_it_answers_for(desk: Desk):
    """PRE-6: a file of the west says nothing about the east, not even that it is missing."""
    desk.declare("REGION", scope=Scope(field="location", values=("west",)))
    desk.load("REGION", west_and_east())

    run = desk.load("REGION", west_and_east()[1:10])

    assert (run.stats["retire"], run.stats["missing"]) == (1, 0)
    assert desk.status("S001") == "RETIRED"
    assert desk.status("S011") == "AVAILABLE"
    assert desk.is_present("REGION", "S011")


def test_a_guard_counts_within_the_scope(desk: Desk):
    """PRE-12: three of ten, not three of twenty."""
    desk.declare("REGION", scope=Scope(field="location", values=("west",)))
    desk.load("REGION", west_and_east())

    plan = desk.plan("REGION", west_and_east()[3:10])

    assert [(each.code, each.numbers["present"]) for each in plan.plan.guards] == [("mass-retire", 10)]


def test_a_scope_by_a_field_that_the_type_lacks_is_refused(desk: Desk):
    """PRE-6: a snapshot that could not know its scope would sweep everything, or nothing."""
    desk.declare("REGION", scope=Scope(field="location", values=("west",)))
    desk.load("REGION", west_and_east())
    desk.write("UPDATE st_source SET descriptor = replace(descriptor, '\"location\"', '\"nowhere\"')")

    with pytest.raises(InvalidInput) as refused:
        desk.plan("REGION", west_and_east())

    assert refused.value.code == "unknown-field"
