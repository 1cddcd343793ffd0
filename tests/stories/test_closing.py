"""A source that will deliver no more is closed, previewed like an import (PRE-23)."""

from __future__ import annotations

import pytest

from stocktake.model.errors import InvalidInput
from stocktake.model.source import Grace, MissingPolicy
from tests.stories.desk import Desk, device, fleet


@pytest.fixture
def two(desk: Desk) -> Desk:
    """Ten devices of LEAVING, of which TELUS has the first four, too."""
    desk.declare("LEAVING", grace=Grace(snapshots=5))
    desk.load("LEAVING", fleet(10))
    desk.load("TELUS", fleet(4))
    return desk


def test_closing_is_previewed_and_writes_nothing(two: Desk):
    """PRE-23: what only it has would go, what others have would stay."""
    before = two.state()

    (found,) = two.book.preview_closing("LEAVING")

    assert found.counts == {"reviewed": 10, "retire": 6, "kept": 0, "elsewhere": 4, "handed_on": 0}
    assert two.state() == before


def test_closing_retires_what_only_that_source_has(two: Desk):
    """PRE-23, PRE-7, PRE-21: without grace, since nothing more will come."""
    (run,) = two.book.close_source("LEAVING", reason="contract ended")

    assert (run.run.kind, run.stats["retire"]) == ("close-source", 6)
    assert [two.status(f"S{n:03}") for n in (1, 4, 5, 10)] == ["AVAILABLE", "AVAILABLE", "RETIRED", "RETIRED"]
    assert not two.is_present("LEAVING", "S001")
    assert two.is_present("TELUS", "S001")
    assert [each["sentence"] for each in two.audit(run, "close-source")] == [
        "ana closed LEAVING: contract ended; of its 10 records of Device, 6 were retired."
    ]
    assert len(two.audit(run, "retire")) == 6


def test_a_closed_source_delivers_no_more_until_it_is_opened(two: Desk):
    """PRE-23"""
    two.book.close_source("LEAVING")

    with pytest.raises(InvalidInput) as refused:
        two.plan("LEAVING", fleet(10))
    with pytest.raises(InvalidInput) as again:
        two.book.close_source("LEAVING")

    assert (refused.value.code, again.value.code) == ("source-closed", "source-closed")
    assert "--closed off" in refused.value.hint


def test_closing_is_undone_like_any_run(two: Desk):
    """PRE-23, ROL-2"""
    before = two.state()

    (run,) = two.book.close_source("LEAVING")
    run.rollback()

    assert two.state() == before
    assert two.plan("LEAVING", fleet(10)).counts["unchanged"] == 10  # it delivers again


def test_a_source_that_was_declared_anew_since_stays_as_it_is_declared(two: Desk):
    """PRE-23, ROL-5"""
    (run,) = two.book.close_source("LEAVING")
    two.declare("LEAVING", title="Leaving for good", closed=True)

    run.rollback()

    assert two.book.declared().source_named("LEAVING").title == "Leaving for good"
    assert two.book.declared().source_named("LEAVING").closed


def test_a_source_of_a_pack_is_its_packs_again(desk: Desk):
    """PRE-23, ROL-2"""
    desk.load("NINJAONE", fleet(3))
    declared = desk.rows("SELECT name FROM st_source")

    (run,) = desk.book.close_source("NINJAONE")
    assert desk.book.declared().source_named("NINJAONE").closed
    run.rollback()

    assert desk.rows("SELECT name FROM st_source") == declared
    assert not desk.book.declared().source_named("NINJAONE").closed


def test_what_waits_in_its_grace_is_decided_too(two: Desk):
    """PRE-23, PRE-8: no snapshot will come that could end the grace."""
    two.load("LEAVING", fleet(9))
    assert two.status("S010") == "AVAILABLE"

    (run,) = two.book.close_source("LEAVING")

    assert (run.stats["retire"], two.status("S010")) == (6, "RETIRED")


def test_a_closed_source_keeps_nothing_alive_by_its_grace(two: Desk):
    """PRE-23, PRE-32"""
    two.book.close_source("LEAVING")

    two.load("TELUS", fleet(4)[1:])

    assert two.status("S001") == "RETIRED"


def test_what_is_retired_with_its_source_remembers_what_that_said(desk: Desk):
    """PRE-23, PLN-19, PRE-27: once it is open again and has it back, it says nothing new by saying the same."""
    desk.declare("LEAVING")
    desk.load("LEAVING", fleet(3, status="MAINTENANCE"))
    desk.book.close_source("LEAVING")
    desk.declare("LEAVING")

    desk.load("LEAVING", fleet(3, status="MAINTENANCE"))

    assert desk.status("S001") == "AVAILABLE"


def test_closing_a_source_that_only_flags_retires_nothing(desk: Desk):
    """PRE-2, PRE-23"""
    desk.declare("GENTLE", missing_policy=MissingPolicy.FLAG)
    desk.load("GENTLE", fleet(3))

    (run,) = desk.book.close_source("GENTLE")

    assert run.stats["retire"] == 0
    assert desk.status("S001") == "AVAILABLE"
    assert not desk.is_present("GENTLE", "S001")


def test_a_source_that_delivered_nothing_is_just_closed(desk: Desk):
    """PRE-23"""
    desk.declare("EMPTY")

    assert desk.book.close_source("EMPTY") == ()

    with pytest.raises(InvalidInput) as refused:
        desk.plan("EMPTY", [device("X", "T")])
    assert refused.value.code == "source-closed"
