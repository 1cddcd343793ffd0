"""Waterfalls and times in a stage, held against a simple model: a dictionary per point in time (HIS-1, HIS-2, HIS-3, HIS-6).

The model keeps, after every import, what was there: code → (stage, amount). A run that is rolled back is taken out of it,
as if it had never been.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

import stocktake as st
from stocktake.book import OpenRun
from stocktake.flows.course import time_in_stage_of, waterfall_of
from stocktake.model.errors import Refusal
from tests.chance import times
from tests.stories.desk import DAY, Desk

TYPE = """
name = "lead"
external_id = "code"
identity = ["code"]
tracked = ["stage", "value"]
[[field]]
name = "code"
[[field]]
name = "stage"
on_blank = "clear"
[[field]]
name = "value"
type = "decimal"
on_blank = "clear"
[[field]]
name = "status"
type = "choice"
choices = ["HERE", "GONE"]
[lifecycle]
field = "status"
retired = "GONE"
on_create = "HERE"
on_reactivate = "HERE"
"""
CODES = "ABCDE"
STAGES = ["", "new", "open", "won & <lost>"]
VALUES = ["", "0.10", "2", "-3.5", "12345678901234567890.25"]

#: What one import says: code → stage and value, whether it is all of its source, and from which source it comes.
ROWS = some.dictionaries(
    some.sampled_from(CODES), some.tuples(some.sampled_from(STAGES), some.sampled_from(VALUES)), min_size=1
)
ACTS = some.lists(
    some.one_of(
        some.tuples(some.just("load"), ROWS, some.booleans(), some.sampled_from(["ONE", "FILE"])),
        some.tuples(some.just("undo"), some.integers(0, 5), some.just(value=False), some.just("")),
    ),
    min_size=1,
    max_size=7,
)

State = dict[int, tuple[str, Decimal]]


@dataclass
class Moment:
    """What was there after a run, by record id."""

    run: OpenRun
    at: datetime
    state: State = field(default_factory=dict)


class World:
    """A book of leads with one source of snapshots and one whose files replace, and what a plain SELECT saw each time."""

    def __init__(self, url: str, folder: Path) -> None:
        self.desk = Desk(url, folder, record_type="lead")
        self.desk.book.add_record_type(TYPE)
        self.desk.declare("ONE", external_id=("code",), key_rules=())
        self.desk.declare("FILE", external_id=("code",), key_rules=(), tracks_presence=False)
        self.moments: list[Moment] = []

    def load(self, rows: dict[str, tuple[str, str]], source: str, *, full: bool) -> None:
        self.desk.later()
        whole = "snapshot" if source == "ONE" else "replace"
        plan = self.desk.book.plan(
            [{"code": code, "stage": stage, "value": value} for code, (stage, value) in rows.items()],
            record_type="lead",
            source=source,
            strategy=whole if full else "merge",
            allow_retire=99,
        )
        try:
            run = plan.apply()
        except Refusal:
            return
        self.moments.append(Moment(run, self.desk.now, self.seen()))
        self.look()

    def undo_newest(self) -> None:
        """The newest run, which nothing can hinder: what follows from it goes with it."""
        if self.moments:
            self.desk.later()
            self.moments.pop().run.rollback()
            self.look()

    def look(self) -> None:
        """What the process remembers of before must be what a unit computes that remembers nothing."""
        book = self.desk.book
        kind = book.record_type("lead")
        asked: dict[str, Any] = {"field": "stage", "from_": None, "to": None, "by": "run", "amount": "value"}
        told = book.waterfall("lead", by="run", amount="value")
        stays = book.time_in_stage("lead")
        with book.store.writing(1) as unit:
            assert told.steps.equals(waterfall_of(unit, kind, **asked, at=self.desk.now).steps)
            assert stays.equals(time_in_stage_of(unit, kind, field="stage", at=self.desk.now))

    def seen(self) -> State:
        found = self.desk.rows("SELECT id, stage, value FROM lead WHERE retired_at IS NULL")
        return {row["id"]: (row["stage"] or "", Decimal(row["value"] or 0)) for row in found}


def played(url: str, folder: Path, acts: list[Any]) -> World:
    world = World(url, folder)
    for act, told, full, source in acts:
        if act == "load":
            world.load(told, source, full=full)
        elif told < 3:
            world.undo_newest()
    return world


def expected(before: State, after: State) -> dict[str, dict[str, Any]]:
    """Per stage: records and amounts, as a child would count them."""
    names = ("begin", "entered", "moved_in", "moved_out", "left", "revalued", "end")
    lines: dict[str, dict[str, Any]] = {
        stage: {name: [0, Decimal(0)] for name in names}
        for stage in {stage for stage, _ in [*before.values(), *after.values()]}
    }

    def add(stage: str, name: str, worth: Decimal, count: int = 1) -> None:
        lines[stage][name][0] += count
        lines[stage][name][1] += worth

    for number in {*before, *after}:
        old, new = before.get(number), after.get(number)
        if old is not None:
            add(old[0], "begin", old[1])
        if new is not None:
            add(new[0], "end", new[1])
        if old is None and new is not None:
            add(new[0], "entered", new[1])
        elif new is None and old is not None:
            add(old[0], "left", old[1])
        elif old is not None and new is not None and old[0] != new[0]:
            add(old[0], "moved_out", old[1])
            add(new[0], "moved_in", new[1])
        elif old is not None and new is not None:
            add(new[0], "revalued", new[1] - old[1], 0)
    return lines


def told(found: st.Waterfall, period: int) -> dict[str, dict[str, Any]]:
    lines = found.steps.filter(period=period).to_dicts()
    names = ("begin", "entered", "moved_in", "moved_out", "left", "revalued", "end")
    return {
        each["stage"] or "": {name: [each.get(name, 0), each[f"{name}_amount"]] for name in names}
        for each in lines
    }


def holding(lines: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Without stages of which nothing is told."""
    return {
        stage: line for stage, line in lines.items() if any(count or worth for count, worth in line.values())
    }


def check(world: World) -> None:
    book, moments = world.desk.book, world.moments
    if not moments:
        return
    states = [{}, *(each.state for each in moments)]
    by_run = book.waterfall("lead", by="run", amount="value")
    assert [each.label for each in by_run.periods] == [f"run {each.run.run_id}" for each in moments]
    for place, (before, after) in enumerate(pairwise(states)):
        assert holding(told(by_run, place)) == holding(expected(before, after))
    for first, one in enumerate(moments):
        for other in moments[first:]:
            found = book.waterfall("lead", from_=one.run.run_id, to=other.run.run_id, amount="value")
            assert holding(told(found, 0)) == holding(expected(one.state, other.state))
            same = book.waterfall("lead", from_=one.at, to=other.at, amount="value")
            assert same.steps.equals(found.steps)
    for line in by_run.steps.to_dicts():
        flows = line["entered"] + line["moved_in"] - line["moved_out"] - line["left"]
        assert line["begin"] + flows == line["end"]
    now = book.waterfall("lead", amount="value")
    assert {stage: line["end"] for stage, line in told(now, 0).items() if line["end"][0]} == {
        stage: line["end"] for stage, line in expected({}, world.seen()).items()
    }
    check_stays(world)


def nine_in_ten(days: list[float]) -> float:
    """So many days nine in ten took at most, between two of them in proportion."""
    ordered = sorted(days)
    place = 0.9 * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def check_stays(world: World) -> None:
    """Visits, counted record by record along the model's moments."""
    visits: dict[str, list[tuple[float, bool]]] = {}
    moments = world.moments
    for number in {number for each in moments for number in each.state}:
        course = [(each.at, each.state[number][0] if number in each.state else None) for each in moments]
        turns = [turn for place, turn in enumerate(course) if not place or turn[1] != course[place - 1][1]]
        ends = [at for at, _ in turns[1:]]
        for place, (at, stage) in enumerate(turns):
            if stage is not None:
                ended = place < len(ends)
                until = ends[place] if ended else world.desk.now
                visits.setdefault(stage, []).append(((until - at) / DAY, ended))
    found = {each["stage"] or "": each for each in world.desk.book.time_in_stage("lead").to_dicts()}
    assert set(found) == set(visits)
    for stage, each in visits.items():
        over = [days for days, ended in each if ended]
        open_ = [days for days, ended in each if not ended]
        line = found[stage]
        assert (line["visits"], line["ended"], line["open"]) == (len(each), len(over), len(open_))
        assert line["median_days"] == (pytest.approx(median(over)) if over else None)
        assert line["mean_days"] == (pytest.approx(fmean(over)) if over else None)
        assert line["p90_days"] == (pytest.approx(nine_in_ten(over)) if over else None)
        assert line["open_median_days"] == (pytest.approx(median(open_)) if open_ else None)


@settings(max_examples=times(10), deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=ACTS)
@example(  # it comes back without the stage it left with
    acts=[
        ("load", {"A": ("", ""), "C": ("new", "")}, False, "ONE"),
        ("load", {"A": ("", "")}, True, "ONE"),
        ("load", {"A": ("", ""), "C": ("", "")}, False, "ONE"),
    ]
)
def test_any_waterfall_is_what_a_dictionary_says(acts: list[Any]) -> None:
    """HIS-1 to HIS-3, HIS-6: begin + entered + moved in - moved out - left (+ revalued) = end, of records and amounts."""
    world = played("sqlite://", Path(), acts)
    try:
        check(world)
    finally:
        world.desk.book.close()


def test_a_long_story_reads_the_same_on_both_stores(ready_database_url: str, tmp_path: Path) -> None:
    """HIS-6: retired, returned, deleted, blank, revalued and undone."""
    a, b, c = ("new", "0.10"), ("open", "2"), ("", "")
    world = played(
        ready_database_url,
        tmp_path,
        [
            ("load", {"A": a, "B": b, "C": c}, True, "ONE"),
            ("load", {"A": b, "B": b, "D": a}, True, "ONE"),
            ("load", {"D": c, "A": a, "E": b}, False, "FILE"),
            ("load", {"A": ("won & <lost>", "12345678901234567890.25"), "C": a}, True, "ONE"),
            ("load", {"B": a}, True, "FILE"),
            ("undo", 0, False, ""),
            ("load", {"A": ("open", "9"), "E": a}, False, "ONE"),
            ("undo", 0, False, ""),
            ("load", {"B": ("open", "-3.5"), "C": c, "D": a}, True, "ONE"),
            ("load", {"D": b}, True, "FILE"),
        ],
    )
    try:
        assert len(world.moments) >= 5
        check(world)
    finally:
        world.desk.book.close()
