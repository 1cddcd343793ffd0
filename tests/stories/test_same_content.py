"""The same content again: said at once, with the same outcome as the long way (PLN-11, PLN-16, PLN-22)."""

from __future__ import annotations

from typing import Any

import pytest

from stocktake.book import OpenPlan
from stocktake.interfaces.document import import_document
from tests.stories.desk import Desk, device, fleet

ROWS = [device(f"S{number}", f"T{number}", model="A") for number in range(12)]


def forget_what_repeats(desk: Desk) -> None:
    """Take the fast ways away: as if the last import could not vouch for its content."""
    desk.write("UPDATE st_import_run SET rules_hash = NULL")


def told(plan: OpenPlan) -> dict[str, Any]:
    """What people and programs are shown of a plan; what key and columns are like is told of cells that are read (CLN-4)."""
    shown = import_document(plan, status="planned", dry_run=True)
    shown["mapping"].pop("key")
    passing = ("plan_id", "timings", "statistics")
    warnings = [each for each in shown["warnings"] if each["code"] != "same-content"]
    return {**{name: value for name, value in shown.items() if name not in passing}, "warnings": warnings}


@pytest.mark.parametrize("strategy", ["snapshot", "merge"])
@pytest.mark.parametrize("turned", [False, True], ids=["same-bytes", "same-rows"])
def test_the_fast_way_shows_and_leaves_what_the_long_way_does(desk: Desk, strategy: str, turned: bool):
    rows = ROWS[::-1] if turned else ROWS
    desk.load("NINJAONE", ROWS, strategy=strategy)
    desk.load("TELUS", fleet(3))
    desk.load("NINJAONE", ROWS, strategy=strategy)
    fast = desk.plan("NINJAONE", rows, strategy=strategy)
    assert fast.plan.content_run is not None
    forget_what_repeats(desk)
    slow = desk.book.plan(
        desk.folder / fast.plan.file.name, record_type="device", source="NINJAONE", strategy=strategy
    )
    assert slow.plan.content_run is None

    shown, expected = told(fast), told(slow)
    if turned:  # lines are those of the file that was kept
        for each in (shown, expected):
            each["records"]["unchanged"].sort(key=lambda record: record["record_id"])

    assert shown == expected
    assert sorted(fast.decisions().select("record_id", "name", "action", "reason").rows()) == sorted(
        slow.decisions().select("record_id", "name", "action", "reason").rows()
    )


@pytest.mark.parametrize("strategy", ["snapshot", "merge"])
def test_a_repeated_file_counts_as_seen_and_is_undone_like_any_other(desk: Desk, strategy: str):
    """PRE-4, PRE-28, FRE-1, ROL-2"""
    desk.load("NINJAONE", ROWS, strategy=strategy)
    before, seen_before = desk.state(), desk.last_seen("NINJAONE", "S3")

    run = desk.load("NINJAONE", ROWS, strategy=strategy)

    assert run.stats["unchanged"] == 12
    assert desk.last_seen("NINJAONE", "S3") == desk.now
    assert desk.last_run()["status"] == "applied"
    run.rollback()
    assert desk.state() == before
    assert desk.last_seen("NINJAONE", "S3") == seen_before


def test_the_rows_of_a_repeated_run_are_those_of_the_run_that_kept_them(desk: Desk):
    """LIN-2, LIN-11"""
    first = desk.load("NINJAONE", ROWS)
    run = desk.load("NINJAONE", ROWS[::-1])
    third = desk.load("NINJAONE", ROWS)

    with desk.book.listing() as unit:
        (kept,), (again,), (thrice,) = (list(unit.raw_chunks(each.run_id)) for each in (first, run, third))
    assert again["decision"].unique().to_list() == ["unchanged"]
    assert again["record_id"].to_list() == kept["record_id"].to_list() == thrice["record_id"].to_list()
    assert again.select(pl_cells(again)).equals(kept.select(pl_cells(kept)))


def pl_cells(frame: Any) -> list[str]:
    return [name for name in frame.columns if name.startswith("c") and name[1:].isdigit()]


def test_a_file_that_was_rolled_back_is_read_again(desk: Desk):
    """PLN-11, PLN-16"""
    desk.load("NINJAONE", ROWS[:6])
    desk.load("NINJAONE", ROWS).rollback()

    plan = desk.plan("NINJAONE", ROWS)

    assert plan.plan.content_run is None
    assert plan.counts["create"] == 6


@pytest.mark.parametrize(
    "options",
    [
        {"refresh": True},
        {"overrides": {"skip_lines": [3]}},
        {"keep": [1]},
        {"columns": [("Model", "make")]},
        {"strategy": "merge"},
        {"duplicates": "last"},
    ],
    ids=lambda options: next(iter(options)),
)
def test_an_override_or_another_rule_takes_the_fast_ways_away(desk: Desk, options: dict[str, Any]):
    """PLN-16"""
    desk.load("NINJAONE", ROWS)

    assert desk.plan("NINJAONE", ROWS, **options).plan.content_run is None


def test_another_source_that_wrote_meanwhile_takes_them_away(desk: Desk):
    """PLN-22"""
    desk.load("NINJAONE", ROWS)
    desk.load("TELUS", fleet(1, model="B"))

    assert desk.plan("NINJAONE", ROWS).plan.content_run is None


def test_a_source_declared_otherwise_takes_them_away(desk: Desk):
    """PLN-16: the rules have changed."""
    desk.declare("OWN")
    desk.load("OWN", ROWS)
    desk.declare("OWN", key_rules=())

    assert desk.plan("OWN", ROWS).plan.content_run is None


def test_held_retirements_take_them_away(desk: Desk):
    """PLN-22"""
    desk.load("NINJAONE", ROWS)
    desk.load("NINJAONE", ROWS[:4], on_guard="hold")

    assert desk.plan("NINJAONE", ROWS[:4]).plan.content_run is None


def test_rows_with_problems_are_looked_at_every_time(desk: Desk):
    rows = [*ROWS, device("", "T99"), device("S1", "T1", model="other")]
    desk.load("NINJAONE", rows, on_error="reject-rows")

    plan = desk.plan("NINJAONE", rows, on_error="reject-rows")

    assert plan.plan.content_run is None
    assert plan.counts["reject"] == 2


def test_one_changed_cell_is_found(desk: Desk):
    desk.load("NINJAONE", ROWS)

    plan = desk.plan("NINJAONE", [*ROWS[:-1], device("S11", "T11", model="B")])

    assert (plan.counts["update"], plan.counts["unchanged"]) == (1, 11)


def test_a_repeating_plan_is_stale_once_its_records_have_changed(desk: Desk):
    """PLN-9: nothing is written for it, so nothing it touches can have moved; it only says what was seen."""
    desk.load("NINJAONE", ROWS)
    plan = desk.plan("NINJAONE", ROWS)
    desk.load("TELUS", fleet(1, model="B"))

    run = plan.apply()

    assert run.stats["unchanged"] == 12
    assert desk.last_seen("NINJAONE", "S3") == desk.now
