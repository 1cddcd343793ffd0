"""Records that a source keeps losing and finding again are shown as such (PRE-8)."""

from __future__ import annotations

import pytest

from stocktake.book import OpenPlan
from stocktake.model.source import Guards
from tests.stories.desk import Desk, fleet

WITH, WITHOUT = fleet(10), fleet(10)[1:]


@pytest.fixture
def feed(desk: Desk) -> Desk:
    """A source that has S001, and whose losses no budget stops."""
    desk.declare("FLICKER", guards=Guards(budget_share=1.0))
    desk.load("FLICKER", WITH)
    return desk


def turns(desk: Desk, pattern: str) -> None:
    """A snapshot per sign: ``-`` without S001, ``+`` with it. Each says something new, so that none repeats another."""
    for sign in pattern:
        desk.load("FLICKER", fleet(10, model=f"M{desk.now:%j}")[0 if sign == "+" else 1 :])


def told(plan: OpenPlan) -> str | None:
    """What the preview says of records that flap."""
    return next((each.message for each in plan.plan.warnings if each.code == "flapping-records"), None)


def flaps(desk: Desk) -> list[bool]:
    """Of what is missing, whether it is shown as flapping."""
    return [each.is_flapping for each in desk.book.missing()[0]]


def test_a_record_that_is_back_and_gone_more_than_twice_in_ten_snapshots_flaps(feed: Desk):
    """PRE-8: looked at as the snapshots come."""
    for more, now, said in (
        ("-+-+", WITHOUT, False),  # back and gone twice
        ("-", WITH, True),  # back for the third time
        ("+", WITHOUT, True),
        ("++++", WITHOUT, True),  # the first return is nine snapshots ago
        ("+", WITHOUT, False),  # and now it is out of the last ten
    ):
        turns(feed, more)
        assert (told(feed.plan("FLICKER", now)) is not None) is said, more


def test_the_preview_names_the_records_and_what_would_help(feed: Desk):
    """PRE-8"""
    turns(feed, "-+-+-")

    plan = feed.plan("FLICKER", WITH)

    assert told(plan) == (
        '1 record flaps: "S001" (record 1). FLICKER lost it and had it again at least 3 times within its last 10 snapshots. '
        "If its exports flicker, let it declare a grace (`[grace] snapshots = 3`)."
    )
    (warning,) = [each for each in plan.plan.warnings if each.code == "flapping-records"]
    assert (warning.count, warning.rows) == (1, (2,))


def test_what_is_missing_and_flaps_is_listed_as_such(feed: Desk):
    """PRE-8, PRE-22"""
    turns(feed, "-+-+-")
    assert flaps(feed) == [False]

    turns(feed, "+-")

    assert flaps(feed) == [True]


def test_a_rollback_takes_the_return_back(feed: Desk):
    """PRE-8, ROL-2"""
    turns(feed, "-+-+-")
    before = feed.state()

    feed.load("FLICKER", WITH).rollback()

    assert feed.state() == before
    turns(feed, "+-")
    assert flaps(feed) == [True]


def test_a_snapshot_that_was_rolled_back_is_none_of_the_last_ten(feed: Desk):
    """PRE-8"""
    turns(feed, "-+-+-++++")
    for _ in range(5):
        feed.load("FLICKER", fleet(10, model=f"N{feed.now:%j}")).rollback()

    assert told(feed.plan("FLICKER", WITHOUT)) is not None


def test_a_record_of_another_source_does_not_flap(feed: Desk):
    """PRE-8: each source has its own last ten snapshots."""
    turns(feed, "-+-+-+")
    feed.load("TELUS", WITH)

    assert told(feed.plan("TELUS", WITHOUT)) is None
