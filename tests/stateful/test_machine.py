"""A machine that imports, edits, reviews and undoes at random, held against a model of a few dictionaries (REL-7).

``make soak`` lets it run many times as often.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

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

from stocktake.book import OpenPlan, OpenRun
from stocktake.flows.course import time_in_stage_of, waterfall_of
from stocktake.model.errors import GuardRefused, RollbackBlocked, StalePlan
from stocktake.model.source import Existence, Grace
from tests.chance import times
from tests.stateful.act import Act, atoms, difference, reverted
from tests.stateful.model import File, Model, Words
from tests.stories.desk import Desk

TYPE = """
name = "thing"
external_id = "code"
identity = ["code"]
tracked = ["value"]
[[field]]
name = "code"
[[field]]
name = "value"
[[field]]
name = "note"
locked = true
[[field]]
name = "size"
type = "integer"
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
SOURCES: dict[str, dict[str, Any]] = {
    "ONE": {},
    "TWO": {"existence": Existence.SUPPORTING, "grace": Grace(snapshots=2)},
    "HAND": {"tracks_presence": False},
}
LOCKED = {"note"}
CODES = ["A", "B", "C", "D"]
#: What only appended rows are called: nothing else ever meets them.
APPENDED = ["P", "Q"]
WINDOW = timedelta(days=30)
COLUMNS = dict.fromkeys(["code", "value", "note", "size"], pl.String)

words = some.fixed_dictionaries({"value": some.sampled_from("xy"), "note": some.sampled_from("mn")})
codes = some.frozensets(some.sampled_from(CODES), max_size=1)
passing = some.sampled_from([0, 1, 1, 1, 7, 29, 31])


@some.composite
def files(draw: Any) -> File:
    """A file of one source under any strategy but append."""
    source = draw(some.sampled_from(list(SOURCES)))
    rows = draw(some.dictionaries(some.sampled_from(CODES), words, min_size=1))
    return File(
        source=source,
        strategy=draw(some.sampled_from(["merge", "replace" if source == "HAND" else "snapshot"])),
        rows=rows,
        bad=draw(codes) & set(rows),
        skipped=draw(codes) & set(rows),
        keep=draw(codes),
        stay_away=draw(codes),
    )


class Machine(RuleBasedStateMachine):
    """A book of things, and what it should hold."""

    @staticmethod
    def new_database() -> str:
        """The URL of a database that holds nothing."""
        return "sqlite://"

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(self.new_database(), Path(), "thing")
        self.desk.book.add_record_type(TYPE)
        for name, settled in SOURCES.items():
            self.desk.declare(name, external_id=("code",), key_rules=(), **settled)
        self.model = Model()
        self.acts: list[Act] = []
        #: Generated external id → what the model calls that record.
        self.appended: dict[str, str] = {}

    def teardown(self) -> None:
        self.desk.book.close()

    # Imports -------------------------------------------------------------------------------------------------------

    @rule(file=files(), days=passing, hold=some.booleans())
    def load(self, file: File, days: int, hold: bool) -> None:
        """What was planned comes about, and the model agrees."""
        plan = self._plan(file, days, hold=hold)
        if plan.refusal is not None:
            with pytest.raises(GuardRefused):
                plan.apply()
            assert not (set(file.rows) - file.bad - file.skipped), plan.refusal
            return
        self._applied(file, plan)

    @rule(file=files(), other=files(), days=passing)
    def load_late(self, file: File, other: File, days: int) -> None:
        """Another import comes between plan and apply: the plan is refused, or nothing it touches has moved (PLN-9)."""
        plan, between = self._plan(file, days, hold=False), self._plan(other, 0, hold=False)
        if plan.refusal is not None or between.refusal is not None:
            return
        before = self.model.copy()
        self._applied(other, between)
        moved = difference(before, self.model)
        planned = before.copy()
        planned.load(file, at=self.desk.now, holds=False)
        mine = difference(before, planned)
        try:
            run = plan.apply()
        except StalePlan:
            assert moved or other.source == file.source, "nothing has moved, and another source was read"
            return
        assert not set(moved) & set(mine), "a plan was applied that others had overtaken"
        self.model = reverted(self.model, {each: (new, old) for each, (old, new) in mine.items()})
        self.acts.append(Act(run, self.desk.now, mine))

    @rule(
        source=some.sampled_from(list(SOURCES)),
        rows=some.lists(some.tuples(some.sampled_from(APPENDED), words), min_size=1, max_size=2),
        days=passing,
    )
    def append(self, source: str, rows: list[tuple[str, Words]], days: int) -> None:
        self.desk.later(timedelta(days=days))
        frame = pl.DataFrame([{"code": code, **told, "size": "1"} for code, told in rows], schema=COLUMNS)
        run = self.desk.book.plan(frame, record_type="thing", source=source, strategy="append").apply()
        made = self.desk.rows("SELECT external_id FROM thing WHERE created_run = :run", run=run.run_id)
        keys = sorted((each["external_id"] for each in made), key=lambda key: int(key.split(":")[1]))
        names = [f"appended {len(self.appended) + place}" for place in range(len(keys))]
        self.appended.update(zip(keys, names, strict=True))
        told = {name: each for name, (_, each) in zip(names, rows, strict=True)}
        self._act(run, lambda model: model.append(source, told))

    @rule(source=some.sampled_from(["ONE", "TWO"]))
    def refuse_an_empty_snapshot(self, source: str) -> None:
        nothing = pl.DataFrame(schema=COLUMNS)
        plan = self.desk.book.plan(nothing, record_type="thing", source=source, strategy="snapshot")
        with pytest.raises(GuardRefused):
            plan.apply()

    # Acts of people ------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.model.things)
    @rule(data=some.data(), told=words, one=some.sampled_from(["value", "note"]))
    def edit(self, data: some.DataObject, told: dict[str, str], one: str) -> None:
        """A person writes into a record, retired or not; what sources have said stays said (PLN-15, PRE-24)."""
        name = data.draw(some.sampled_from(sorted(self.model.things)))
        if self.model.things[name].words[one] == told[one]:
            return
        self._edited(name, {one: told[one]}, lambda model: model.edit(name, {one: told[one]}, LOCKED))

    @precondition(lambda self: self.model.things)
    @rule(data=some.data())
    def retire_or_take_back(self, data: some.DataObject) -> None:
        """What a person retired stays retired until a person says otherwise (PRE-17)."""
        name = data.draw(some.sampled_from(sorted(self.model.things)))
        if self.model.things[name].retired:
            self._edited(name, {"status": "HERE"}, lambda model: model.unretire(name))
        else:
            self._edited(name, {"status": "GONE"}, lambda model: model.retire(name))

    @rule(source=some.sampled_from(["ONE", "TWO"]), keeps=some.booleans(), days=passing)
    def review(self, source: str, keeps: bool, days: int) -> None:
        self.desk.later(timedelta(days=days))
        held = self.model.held(source, self.desk.now)
        expired = self.model.held(source, self.desk.now, expired=True)
        listed = self.desk.book.held(source=source)
        for keys, state in ((held, "open"), (expired, "expired")):
            mine = listed.filter(listed["state"] == state)["external_id"]
            assert sorted(mine) == sorted(key for _, key in keys)
        if not (held or (expired and keeps)):
            return
        run = (
            self.desk.book.keep_held(record_type="thing", source=source, reason="lent")
            if keeps
            else self.desk.book.retire_held(record_type="thing", source=source)
        )
        self._act(run, lambda model: model.review(source, at=self.desk.now, keeps=keeps))

    # Undoing -------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.acts)
    @rule()
    def undo_the_newest(self) -> None:
        act = self.acts[-1]
        if self.desk.now - act.at >= WINDOW:
            with pytest.raises(RollbackBlocked) as refused:
                act.run.rollback()
            assert refused.value.code == "too-old"
            return
        self.acts.pop()
        act.run.rollback()
        self.model = reverted(self.model, act.changed)

    @precondition(lambda self: len(self.acts) > 1)
    @rule(data=some.data())
    def undo_any(self, data: some.DataObject) -> None:
        """Either refused, or exact: all that the run changed is as before it, and nothing else has moved (ROL-5)."""
        place = data.draw(some.integers(0, len(self.acts) - 2))
        act = self.acts[place]
        try:
            act.run.rollback()
        except RollbackBlocked:
            return
        self.acts.pop(place)
        self._reverted(act)

    @precondition(lambda self: len(self.acts) > 1)
    @rule(data=some.data())
    def undo_a_chain(self, data: some.DataObject) -> None:
        """The runs in its way go first, newest first; each is as it was left when its turn comes (ROL-5)."""
        act = data.draw(some.sampled_from(self.acts))
        try:
            chain = self.desk.book.preview_rollback(act.run.run_id, chain=True).chain
            act.run.rollback(chain=True)
        except RollbackBlocked:
            return
        undone = {act.run.run_id, *(each.run.run_id for each in chain)}
        for each in reversed(self.acts):
            if each.run.run_id in undone:
                self._reverted(each)
        self.acts = [each for each in self.acts if each.run.run_id not in undone]

    # What must hold ------------------------------------------------------------------------------------------------

    @invariant()
    def the_records_are_those_of_the_model(self) -> None:
        found = self.desk.rows("SELECT value, note, status, retired_at, retired_by, external_id FROM thing")
        by = {"operator": "person", "source": "source", None: ""}
        holds(
            {
                self._name(row["external_id"]): (
                    {"value": row["value"], "note": row["note"]},
                    by[row["retired_by"]],
                )
                for row in found
            },
            {name: (thing.words, thing.retired) for name, thing in self.model.things.items()},
        )
        assert all((row["status"] == "GONE") == (row["retired_at"] is not None) for row in found)

    @invariant()
    def the_stretches_are_counted_right(self) -> None:
        """INT-1: what writers keep of a stretch is what a count would find."""
        told = self.desk.rows("SELECT stretch, records, retired FROM st_record_stretch WHERE records <> 0")
        made = self.desk.rows(
            "SELECT id >> 10 AS stretch, count(*) AS records, count(retired_at) AS retired FROM thing GROUP BY 1"
        )
        kept, counted = (sorted(tuple(row.values()) for row in rows) for rows in (told, made))
        assert kept == counted

    @invariant()
    def every_list_is_the_list_that_a_scan_finds(self) -> None:
        """INT-1: what the process remembers of a list is never what somebody has changed since."""
        book, kind = self.desk.book, self.desk.book.record_type("thing")
        if "thing" not in book.declared().stored_record_types:
            return
        rows = self.desk.rows("SELECT id, value, retired_at FROM thing ORDER BY id")
        with book.listing() as unit:
            for value in (None, "x"):
                where = {} if value is None else {"value": value}
                for retired in (False, True):
                    wanted = [
                        row["id"]
                        for row in rows
                        if (retired or row["retired_at"] is None) and value in (None, row["value"])
                    ]
                    found, total = unit.record_page(kind, where=where, retired=retired, limit=3, offset=1)
                    assert ([row["id"] for row in found], total) == (wanted[1:4], len(wanted))

    @invariant()
    def what_is_missing_and_held_is_what_the_links_say(self) -> None:
        """PRE-22, INT-1: lists that the process remembers hear of every act that writes links."""
        missing = self.desk.rows(
            "SELECT source, record_id FROM st_source_link AS link JOIN st_feed USING (workspace_id, feed_id) "
            "WHERE NOT is_present AND NOT EXISTS (SELECT 1 FROM st_source_link AS other WHERE other.is_present "
            "AND other.record_id = link.record_id AND other.feed_id = link.feed_id)"
        )
        held = self.desk.rows(
            "SELECT record_id FROM st_source_link JOIN thing ON thing.id = record_id "
            "WHERE NOT is_present AND held_run IS NOT NULL AND retired_at IS NULL"
        )
        found, total = self.desk.book.missing(acknowledged=True, page_size=200)
        told = sorted((each.source, each.record_id) for each in found)
        assert (told, total) == (sorted((row["source"], row["record_id"]) for row in missing), len(missing))
        assert sorted(self.desk.book.held()["record_id"]) == sorted(row["record_id"] for row in held)
        counts = self.desk.book.missing_counts()
        assert sum(each.missing + each.acknowledged for each in counts) == len(missing)
        listed, number = self.desk.book.held_page(page_size=200)
        assert (sorted(each.record_id for each in listed), number) == (
            sorted(row["record_id"] for row in held),
            len(held),
        )

    @invariant()
    def the_course_is_the_one_that_reading_all_would_find(self) -> None:
        """HIS-6: what is remembered of records hears of every act; who writes remembers nothing."""
        book, kind = self.desk.book, self.desk.book.record_type("thing")
        if "thing" not in book.declared().stored_record_types:
            return
        stays, steps = (
            book.time_in_stage("thing", field="value"),
            book.waterfall("thing", field="value").steps,
        )
        asked = {"from_": None, "to": None, "by": None, "amount": None}
        with book.store.writing(1) as unit:
            assert stays.equals(time_in_stage_of(unit, kind, field="value", at=self.desk.now))
            assert steps.equals(waterfall_of(unit, kind, field="value", **asked, at=self.desk.now).steps)

    @invariant()
    def the_links_are_those_of_the_model(self) -> None:
        found = self.desk.rows(
            "SELECT source, external_id, is_present, missed_snapshots, held_run, kept_run "
            "FROM st_source_link JOIN st_feed USING (workspace_id, feed_id)"
        )
        holds(
            {
                (row["source"], self._name(row["external_id"])): (
                    bool(row["is_present"]),
                    row["missed_snapshots"],
                    row["held_run"] is not None,
                    row["kept_run"] is not None,
                )
                for row in found
            },
            {
                key: (link.present, link.missed, link.held, link.kept)
                for key, link in self.model.links.items()
            },
        )

    # How it is done ------------------------------------------------------------------------------------------------

    def _reverted(self, act: Act) -> None:
        now = atoms(self.model)
        assert all(now.get(each) == after for each, (_, after) in act.changed.items()), "undid a later run"
        self.model = reverted(self.model, act.changed)

    def _name(self, key: str) -> str:
        return self.appended.get(key, key)

    def _plan(self, file: File, days: int, *, hold: bool) -> OpenPlan:
        ids = {row["code"]: row["id"] for row in self.desk.rows("SELECT id, code FROM thing")}
        self.desk.later(timedelta(days=days))
        told = [
            {"code": code, **told, "size": "bad" if code in file.bad else "1"}
            for code, told in file.rows.items()
        ]
        lines = {code: place for place, code in enumerate(file.rows, 1)}
        return self.desk.book.plan(
            pl.DataFrame(told, schema=COLUMNS),
            record_type="thing",
            source=file.source,
            strategy=file.strategy,
            on_error="reject-rows",
            reject_limit="100%",
            **({"on_guard": "hold"} if hold else {"allow_retire": 1000}),
            keep=[ids[code] for code in file.keep if code in ids],
            no_reactivate=[ids[code] for code in file.stay_away if code in ids],
            overrides={"skip_lines": [lines[code] for code in file.skipped]},
        )

    def _applied(self, file: File, plan: OpenPlan) -> None:
        holds = any(guard.holds for guard in plan.plan.guards)
        before = self.model.copy()
        run = plan.apply()
        self._act(run, lambda model: model.load(file, at=self.desk.now, holds=holds))
        assert plan.counts["create"] == len(set(self.model.things) - set(before.things))
        assert plan.counts["delete"] == len(set(before.things) - set(self.model.things))

    def _edited(self, name: str, told: dict[str, str], act: Any) -> None:
        key = next((key for key, called in self.appended.items() if called == name), name)
        (found,) = self.desk.rows("SELECT id FROM thing WHERE external_id = :key", key=key)
        self._act(self.desk.book.edit_record("thing", found["id"], told), act)

    def _act(self, run: OpenRun, act: Any) -> None:
        before = self.model.copy()
        act(self.model)
        self.acts.append(Act(run, self.desk.now, difference(before, self.model)))


def holds(found: dict[Any, Any], told: dict[Any, Any]) -> None:
    """The database holds what the model tells; else, each difference is said."""
    differing = {each for each in {**found, **told} if found.get(each) != told.get(each)}
    assert not differing, {each: ("is", found.get(each), "should be", told.get(each)) for each in differing}


def runs(examples: int, steps: int) -> settings:
    """So many examples of so many steps, many times as many in a soak."""
    return settings(
        max_examples=times(examples),
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.chance
def test_random_acts_leave_what_the_model_says_on_sqlite():
    """PLN-3, PLN-4, PLN-9, PLN-15, PLN-19, ROL-2, ROL-5

    PRE-7, PRE-8, PRE-11, PRE-16, PRE-17, PRE-18, PRE-31, PRE-32, PRE-34
    """
    run_state_machine_as_test(Machine, settings=runs(7, 25))


@pytest.mark.chance
def test_random_acts_leave_what_the_model_says_on_postgres(
    new_postgres_copy: Callable[[], str],
):
    """PLN-3, PLN-4, PLN-9, PLN-15, PLN-19, PRE-7, PRE-8, PRE-16, PRE-17, PRE-32, PRE-34, ROL-2, ROL-5"""

    class OnPostgres(Machine):
        new_database = staticmethod(new_postgres_copy)

    run_state_machine_as_test(OnPostgres, settings=runs(2, 20))
