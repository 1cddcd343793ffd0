"""A source speaks when it changes: what one source repeats never undoes what another said since (PLN-15, PLN-19)."""

from __future__ import annotations

from tests.stories.desk import Desk, device


def model(desk: Desk) -> str | None:
    """The model of the device this story is about."""
    value: str | None = desk.record("S1")["model"]
    return value


def test_an_unchanged_row_does_not_undo_what_another_source_said_since(desk: Desk):
    """PLN-15"""
    desk.load("NINJAONE", [device("S1", model="old")])
    desk.load("TELUS", [device("S1", model="new")])

    run = desk.load("NINJAONE", [device("S1", model="old")])

    assert model(desk) == "new"
    assert (run.stats["update"], run.stats["unchanged"]) == (0, 1)


def test_a_value_that_is_repeated_in_a_changed_row_does_not_undo_it_either(desk: Desk):
    """PLN-15: three-way, per field."""
    desk.load("NINJAONE", [device("S1", model="old", location="here")])
    desk.load("TELUS", [device("S1", model="new")])

    desk.load("NINJAONE", [device("S1", model="old", location="there")])

    assert model(desk) == "new"
    assert desk.record("S1")["location"] == "there"


def test_a_changed_value_is_taken(desk: Desk):
    """PLN-15"""
    desk.load("NINJAONE", [device("S1", model="old")])
    desk.load("TELUS", [device("S1", model="new")])

    run = desk.load("NINJAONE", [device("S1", model="newest")])

    assert model(desk) == "newest"
    assert run.stats["update"] == 1


def test_nothing_flips_back_and_forth_between_two_sources(desk: Desk):
    """PLN-15"""
    desk.load("NINJAONE", [device("S1", model="A")])
    desk.load("TELUS", [device("S1", model="B")])

    for turn in range(2):
        desk.load("NINJAONE", [device("S1", model="A", condition=str(turn))])
        desk.load("TELUS", [device("S1", model="B", condition=str(turn))])

    assert model(desk) == "B"


def test_a_source_that_returns_to_an_earlier_value_is_heard(desk: Desk):
    """PLN-15: what counts is what it said last, not what it ever said."""
    for said in ("A", "B"):
        desk.load("NINJAONE", [device("S1", model=said)])
    desk.load("TELUS", [device("S1", model="C")])

    desk.load("NINJAONE", [device("S1", model="A")])

    assert model(desk) == "A"


def test_a_source_that_comes_to_agree_may_change_its_mind_again(desk: Desk):
    """PLN-19: the memory of an overruled value goes when the source says something else."""
    desk.load("NINJAONE", [device("S1", model="A")])
    desk.load("TELUS", [device("S1", model="B")])
    run = desk.load("NINJAONE", [device("S1", model="B")])
    assert run.stats["update"] == 0

    desk.load("NINJAONE", [device("S1", model="A")])

    assert model(desk) == "A"


def test_the_first_word_of_a_source_is_new(desk: Desk):
    """PLN-19: until a source has spoken for a field, every non-blank value is new."""
    desk.load("NINJAONE", [device("S1", model="A")])

    desk.load("TELUS", [device("S1", model="B")])

    assert model(desk) == "B"


def test_refresh_takes_every_value_of_the_file_again(desk: Desk):
    """PLN-15: --refresh"""
    desk.load("NINJAONE", [device("S1", model="old", location="here")])
    desk.load("TELUS", [device("S1", model="new")])

    run = desk.load("NINJAONE", [device("S1", model="old", location="here")], refresh=True)

    assert model(desk) == "old"
    assert run.stats["update"] == 1


def test_after_a_refresh_the_other_source_is_not_taken_to_have_spoken(desk: Desk):
    """PLN-15, PLN-19"""
    desk.load("NINJAONE", [device("S1", model="old")])
    desk.load("TELUS", [device("S1", model="new", condition="a")])
    desk.load("NINJAONE", [device("S1", model="old")], refresh=True)

    desk.load("TELUS", [device("S1", model="new", condition="b")])

    assert model(desk) == "old"


def test_a_refresh_leaves_alone_what_the_file_does_not_hold(desk: Desk):
    """PLN-15, BLK-1: an absent column is never touched."""
    desk.load("NINJAONE", [device("S1", model="A", location="here")])

    desk.load("NINJAONE", [device("S1", model="A")], refresh=True)

    assert desk.record("S1")["location"] == "here"


def test_a_file_without_the_column_does_not_make_a_source_forget(desk: Desk):
    """PLN-15, PLN-19: it has spoken for the field, and says now what it said last."""
    desk.load("NINJAONE", [device("S1", model="A")])
    desk.load("NINJAONE", [device("S1", location="here")])
    desk.load("TELUS", [device("S1", model="B")])

    desk.load("NINJAONE", [device("S1", model="A")])

    assert model(desk) == "B"


def test_a_file_without_the_column_does_not_bring_an_overruled_value_back(desk: Desk):
    """PLN-15, PLN-19: as above, overruled before the column was left out."""
    desk.load("NINJAONE", [device("S1", model="A")])
    desk.load("TELUS", [device("S1", model="B")])
    desk.load("NINJAONE", [device("S1", location="here")])

    desk.load("NINJAONE", [device("S1", model="A")])

    assert model(desk) == "B"


def test_a_status_that_was_not_taken_is_remembered_as_said(desk: Desk):
    """PLN-15, PLN-19: EXCEL says MAINTENANCE twice; only the first time was news."""
    desk.load("EXCEL", [device("S1", status="AVAILABLE", model="a")])
    desk.load("NINJAONE", [device("S1", assigned_to="bob"), device("S2")])
    desk.load("NINJAONE", [device("S2")])
    desk.load("EXCEL", [device("S1", status="MAINTENANCE", model="a")])
    desk.load("NINJAONE", [device("S1", assigned_to="bob"), device("S2")])
    assert desk.status("S1") == "ASSIGNED"

    desk.load("EXCEL", [device("S1", status="MAINTENANCE", model="b")])

    assert desk.status("S1") == "ASSIGNED"


def test_a_blank_that_says_nothing_is_not_taken_for_the_records_value(desk: Desk):
    """PLN-19, BLK-1: NINJAONE speaks for the model for the first time in the last import."""
    desk.load("MANUAL", [device("S1", model="A")])
    desk.load("NINJAONE", [device("S1", model="")])
    desk.load("MANUAL", [device("S1", model="B")])

    desk.load("NINJAONE", [device("S1", model="A")])

    assert model(desk) == "A"


def test_volatile_values_are_written_only_beside_a_real_change(desk: Desk):
    """TYP-10"""
    early, late = "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"
    desk.load("NINJAONE", [{**device("S1", model="A"), "Last Online": early}])
    before = desk.record("S1")

    run = desk.load("NINJAONE", [{**device("S1", model="A"), "Last Online": late}])
    assert run.stats["unchanged"] == 1
    assert desk.record("S1") == before

    run = desk.load("NINJAONE", [{**device("S1", model="B"), "Last Online": late}])
    assert (run.stats["update"], run.stats["fields"]) == (1, 1)
    assert desk.record("S1")["last_online"] != before["last_online"]
