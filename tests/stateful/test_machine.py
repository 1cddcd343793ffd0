"""A machine that imports, keeps and undoes at random, held against a model of a few dictionaries.

``STOCKTAKE_SOAK=20`` lets it run twenty times as many examples, and longer ones.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from stocktake.book import OpenRun
from stocktake.model.errors import GuardRefused, RollbackBlocked
from tests.stories.desk import Desk

TYPE = """
name = "thing"
external_id = "code"
identity = ["code"]
[[field]]
name = "code"
[[field]]
name = "value"
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
TRACKED = {"ONE", "TWO"}
CODES = ["A", "B", "C"]

#: What an act changes: ("record", code) → value and whether retired; ("link", source, code) → present and last said.
Atom = tuple[str, ...]
State = dict[Atom, tuple[object, ...]]


@dataclass
class Act:
    """An applied run, and what it changed in the model: atom → before, after (None: not there)."""

    run: OpenRun
    changed: dict[Atom, tuple[tuple[object, ...] | None, tuple[object, ...] | None]] = field(
        default_factory=dict
    )


def imported(state: State, source: str, rows: dict[str, str], *, full: bool, keep: set[str]) -> State:
    """The model of an import (PLN-15, PRE-7, PRE-17, PRE-18)."""
    new = dict(state)
    for code, value in rows.items():
        held, retired = new.get(("record", code), (None, False))
        _, said = new.get(("link", source, code), (False, None))
        if said != value:
            held = value
        new["record", code] = (held, retired and source not in TRACKED)
        new["link", source, code] = (True, value)
    if full:
        for _, at, code in [each for each in new if each[0] == "link" and each[1] == source]:
            present, said = new["link", at, code]
            if code in rows or not present:
                continue
            new["link", at, code] = (False, said)
            elsewhere = any(new.get(("link", other, code), (False,))[0] for other in TRACKED - {source})
            if not elsewhere and code not in keep:
                new["record", code] = (new["record", code][0], True)
    return new


class Machine(RuleBasedStateMachine):
    """A book of things, and what it should hold."""

    url = "sqlite://"

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(self.url, Path(), "thing")
        self.desk.book.add_record_type(TYPE)
        for name in ("ONE", "TWO", "HAND"):
            self.desk.declare(name, tracks_presence=name in TRACKED, external_id=("code",), key_rules=())
        self.state: State = {}
        self.acts: list[Act] = []

    def teardown(self) -> None:
        self.desk.book.close()

    @rule(
        source=some.sampled_from(["ONE", "TWO", "HAND"]),
        rows=some.dictionaries(some.sampled_from(CODES), some.sampled_from("xy"), min_size=1),
        full=some.booleans(),
        keep=some.sets(some.sampled_from(CODES), max_size=1),
    )
    def load(self, source: str, rows: dict[str, str], full: bool, keep: set[str]) -> None:
        full = full and source in TRACKED
        ids = {row["code"]: row["id"] for row in self.desk.rows("SELECT id, code FROM thing")}
        self.desk.later()
        plan = self.desk.book.plan(
            pl.DataFrame({"code": list(rows), "value": list(rows.values())}),
            record_type="thing",
            source=source,
            strategy="snapshot" if full else "merge",
            allow_retire=1000,
            keep=[ids[code] for code in keep if code in ids],
        )
        new = imported(self.state, source, rows, full=full, keep=keep)
        created = {each for each in new if each[0] == "record"} - set(self.state)
        assert plan.counts["create"] == len(created)
        atoms = {each for each in {**self.state, **new} if self.state.get(each) != new.get(each)}
        changed = {each: (self.state.get(each), new.get(each)) for each in atoms}
        self.acts.append(Act(plan.apply(), changed))
        self.state = new

    @precondition(lambda self: any(each[0] == "record" for each in self.state))
    @rule(data=some.data(), value=some.sampled_from("xyz"))
    def edit(self, data: some.DataObject, value: str) -> None:
        """A person writes into a record, retired or not; what sources have said stays said (PLN-15, PRE-24)."""
        atom = data.draw(some.sampled_from(sorted(each for each in self.state if each[0] == "record")))
        held, retired = self.state[atom]
        if held == value:
            return
        (found,) = self.desk.rows("SELECT id FROM thing WHERE code = :code", code=atom[1])
        self.desk.later()
        run = self.desk.book.edit_record("thing", found["id"], {"value": value})
        self.acts.append(Act(run, {atom: (self.state[atom], (value, retired))}))
        self.state = {**self.state, atom: (value, retired)}

    @precondition(lambda self: any(each[0] == "link" for each in self.state))
    @rule(source=some.sampled_from(sorted(TRACKED)))
    def refuse_an_empty_snapshot(self, source: str) -> None:
        nothing = pl.DataFrame(schema={"code": pl.String, "value": pl.String})
        plan = self.desk.book.plan(nothing, record_type="thing", source=source, strategy="snapshot")
        with pytest.raises(GuardRefused):
            plan.apply()

    @precondition(lambda self: self.acts)
    @rule()
    def undo_the_newest(self) -> None:
        act = self.acts.pop()
        self.desk.later()
        act.run.rollback()
        self._undo(act)

    @precondition(lambda self: len(self.acts) > 1)
    @rule(data=some.data())
    def undo_any(self, data: some.DataObject) -> None:
        """Either refused, or exact: all that the run changed is as before it, and nothing else has moved (ROL-5)."""
        place = data.draw(some.integers(0, len(self.acts) - 2))
        act = self.acts[place]
        self.desk.later()
        try:
            act.run.rollback()
        except RollbackBlocked:
            return
        assert all(self.state.get(each) == after for each, (_, after) in act.changed.items()), (
            "undid a later run"
        )
        self.acts.pop(place)
        self._undo(act)

    def _undo(self, act: Act) -> None:
        for each, (before, _) in act.changed.items():
            if before is None:
                del self.state[each]
            else:
                self.state[each] = before

    @invariant()
    def the_records_are_those_of_the_model(self) -> None:
        found = self.desk.rows("SELECT code, value, status, retired_at FROM thing")
        assert {("record", row["code"]): (row["value"], row["status"] == "GONE") for row in found} == {
            each: told for each, told in self.state.items() if each[0] == "record"
        }
        assert all((row["status"] == "GONE") == (row["retired_at"] is not None) for row in found)

    @invariant()
    def the_links_are_those_of_the_model(self) -> None:
        found = self.desk.rows(
            "SELECT source, external_id, is_present FROM st_source_link JOIN st_feed USING (workspace_id, feed_id)"
        )
        assert {("link", row["source"], row["external_id"]): bool(row["is_present"]) for row in found} == {
            each: told[0] for each, told in self.state.items() if each[0] == "link"
        }


def test_random_acts_leave_what_the_model_says():
    """PLN-3, PLN-15, PRE-7, PRE-11, PRE-17, PRE-18, ROL-2, ROL-5"""
    soak = int(os.environ.get("STOCKTAKE_SOAK", "1"))
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=12 * soak,
            stateful_step_count=10 if soak == 1 else 30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
