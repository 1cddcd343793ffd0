"""Who keeps failing waits, longer each time, and never for ever (SEC-4)."""

from __future__ import annotations

import doctest
from datetime import UTC, datetime, timedelta

import pytest

from stocktake.access import throttle
from stocktake.access.throttle import BY_ADDRESS, BY_EMAIL, Patience, counted, waiting

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def test_the_examples_hold():
    outcome = doctest.testmod(throttle)
    assert (outcome.failed, outcome.attempted > 2) == (0, True)


@pytest.mark.parametrize("patience", [BY_EMAIL, BY_ADDRESS], ids=["email", "address"])
def test_nobody_waits_longer_than_the_longest_pause_however_often_it_was_tried(patience: Patience):
    assert max(waiting(count, NOON, NOON, patience) for count in (0, 10, 100, 10**9)) == patience.most


def test_a_pause_runs_out():
    assert waiting(5, NOON, NOON + timedelta(seconds=29), BY_EMAIL) == timedelta(seconds=1)
    assert waiting(5, NOON, NOON + timedelta(seconds=30), BY_EMAIL) == timedelta(0)


def test_after_a_quiet_time_counting_begins_anew():
    assert counted(7, NOON, NOON + BY_EMAIL.memory, BY_EMAIL) == 1
    assert counted(7, NOON, NOON + BY_EMAIL.memory - timedelta(seconds=1), BY_EMAIL) == 8


def test_a_machine_that_never_rests_gets_less_than_a_hundred_and_ten_guesses_a_day():
    """SEC-4."""
    at, attempts, last_at, guesses = NOON, 0, NOON, 0
    while at < NOON + timedelta(days=1):
        at += waiting(attempts, last_at, at, BY_EMAIL)
        attempts, last_at, guesses = counted(attempts, last_at, at, BY_EMAIL), at, guesses + 1
    assert guesses < 110


def test_what_is_kept_of_an_address_is_no_text():
    """SEC-7: a password that was typed in the wrong field is not in the database."""
    assert len(throttle.subject("otter lamp nine violets")) == 32
    assert b"otter" not in throttle.subject("otter lamp nine violets")
    assert throttle.subject("\ud800") != throttle.subject("")
