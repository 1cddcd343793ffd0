"""Random imports and edits, one of them undone in part, held against a model of a few dictionaries (ROL-5, ROL-13)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from stocktake.book import OpenRun
from tests.chance import times
from tests.stories.desk import Desk

TYPE = """
name = "thing"
external_id = "code"
identity = ["code"]
tracked = ["a"]
[[field]]
name = "code"
[[field]]
name = "a"
[[field]]
name = "b"
"""
CODES = ["K", "L", "M"]
SOURCES = ["ONE", "TWO"]

Row = tuple[str, str]
Step = tuple[str, dict[str, Row]]

rows = some.dictionaries(
    some.sampled_from(CODES), some.tuples(some.sampled_from("xyz"), some.sampled_from("xyz")), min_size=1
)
steps = some.lists(some.tuples(some.sampled_from([*SOURCES, "a person"]), rows), min_size=2, max_size=6)


@dataclass
class Told:
    """One run in the model: what it wrote, field by field, what it created, which links it wrote."""

    run: OpenRun
    created: set[str] = field(default_factory=set)
    wrote: dict[tuple[str, str], tuple[str | None, str]] = field(default_factory=dict)
    linked: set[tuple[str, str]] = field(default_factory=set)


@dataclass
class Model:
    """Values of records, and the last word of each source; a source speaks when it changes (PLN-15)."""

    values: dict[tuple[str, str], str] = field(default_factory=dict)
    words: dict[tuple[str, str], Row] = field(default_factory=dict)

    def told(self, source: str, rows: dict[str, Row], run: OpenRun) -> Told:
        known = {code for code, _ in self.values}
        told = Told(run, created=set(rows) - known)
        for code, row in rows.items():
            before = self.words.get((source, code))
            for place, name in enumerate("ab"):
                held = self.values.get((code, name))
                if held != row[place] and (before is None or before[place] != row[place]):
                    told.wrote[code, name] = (held, row[place])
                    self.values[code, name] = row[place]
            if before != row:
                told.linked.add((source, code))
            self.words[source, code] = row
        return told


def applied(desk: Desk, model: Model, step: Step) -> Told | None:
    """One step: an import of a source's rows, or a person's edit of the first record that there is."""
    who, rows = step
    desk.later()
    if who in SOURCES:
        frame = pl.DataFrame(
            [(code, *row) for code, row in rows.items()], schema=["code", "a", "b"], orient="row"
        )
        run = desk.book.plan(frame, record_type="thing", source=who, strategy="merge").apply()
        return model.told(who, rows, run)
    ids = {row["code"]: row["id"] for row in desk.rows("SELECT id, code FROM thing")} if model.values else {}
    there = sorted(set(rows) & set(ids))
    if not there:
        return None
    code = there[0]
    new = {
        name: value for name, value in zip("ab", rows[code], strict=True) if model.values[code, name] != value
    }
    if not new:
        return None
    told = Told(desk.book.edit_record("thing", ids[code], new))
    for name, value in new.items():
        told.wrote[code, name] = (model.values[code, name], value)
        model.values[code, name] = value
    return told


def undone_in_part(model: Model, told: Told, later: list[Told]) -> dict[tuple[str, str], str]:
    """What the model says of a run that is undone in part."""
    values = dict(model.values)
    changed = {code for each in later for code, _ in each.wrote} | {
        code for each in later for _, code in each.linked
    }
    for code in told.created - changed:
        del values[code, "a"], values[code, "b"]
    rewritten = {each for run in later for each in run.wrote}
    for (code, name), (before, _) in told.wrote.items():
        if code not in told.created and (code, name) not in rewritten:
            assert before is not None
            values[code, name] = before
    return values


def values_of(desk: Desk) -> dict[tuple[str, str], Any]:
    found = desk.rows("SELECT code, a, b FROM thing")
    return {(row["code"], name): row[name] for row in found for name in "ab"}


def about(state: dict[str, Any], codes: set[str], run_id: int) -> dict[str, Any]:
    """Records and links of some codes; links that a run made stay when it is undone in part, like its kept records."""
    return {
        name: [
            row
            for row in state[name]
            if codes & {value for _, value in row if isinstance(value, str)}
            and ("first_run", run_id) not in row
        ]
        for name in ("thing", "st_source_link")
        if codes
    }


@example(
    steps=[
        ("ONE", {"K": ("x", "y")}),
        ("TWO", {"K": ("z", "z"), "M": ("y", "x"), "L": ("y", "z")}),
        ("a person", {"K": ("z", "x")}),
        ("a person", {"K": ("x", "y")}),
    ],
    place=1,
)
@example(
    steps=[
        ("ONE", {"K": ("x", "x")}),
        ("TWO", {"K": ("x", "z"), "M": ("x", "x")}),
        ("ONE", {"M": ("x", "y"), "K": ("y", "x"), "L": ("x", "y")}),
        ("a person", {"K": ("z", "y")}),
        ("a person", {"K": ("x", "y")}),
    ],
    place=2,
)
@settings(max_examples=times(8), deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=steps, place=some.integers(0, 5))
def test_a_partial_rollback_leaves_what_the_model_says(steps: list[Step], place: int):
    """ROL-5, ROL-13, PLN-15: and once the later runs are undone too, what was before it."""
    desk, model = Desk("sqlite://", Path(), "thing"), Model()
    desk.book.add_record_type(TYPE)
    for name in SOURCES:
        desk.declare(name, tracks_presence=False, external_id=("code",), key_rules=())
    runs: list[Told] = []
    states: list[dict[str, Any]] = []
    known: list[set[str]] = []
    for step in steps:
        before, there = desk.state() if model.values else {}, {code for code, _ in model.values}
        told = applied(desk, model, step)
        if told is not None:
            runs.append(told)
            states.append(before)
            known.append(there)
    if not runs:
        return
    place = min(place, len(runs) - 1)
    expected = undone_in_part(model, runs[place], runs[place + 1 :])

    desk.later()
    done = runs[place].run.rollback(partial=True)

    assert values_of(desk) == expected
    assert done.stats["deleted"] == len({code for code, _ in set(model.values) - set(expected)})
    assert desk.book.wiring_health().faults == {}
    for told in reversed(runs[place + 1 :]):
        desk.later()
        told.run.rollback()
    run_id = runs[place].run.run_id
    assert about(desk.state(), known[place], run_id) == about(states[place], known[place], run_id)
    desk.book.close()
