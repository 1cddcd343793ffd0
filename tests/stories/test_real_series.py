"""Real series of consecutive snapshots, which nobody here wrote, replay as their truth says, on both stores.

The files and answers lie in ``../shared/data``; see its SOURCES.md and ``tools/truth.py``. Where we refuse a file that the
truth takes (an empty one, PRE-11) or rows that it mends (surplus cells, ERR-1), the truth's own rules are applied to what
is left, see ``tests.stories.series``; that this is sound is promised here too. Of a long series some snapshots are replayed,
measured against the truth's rules applied to those; in a soak all of them.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import stocktake
from stocktake import Book, OpenPlan, OpenRun
from stocktake.model.errors import GuardRefused, Refusal, Unreadable
from stocktake.model.record_type import RecordType
from tests.chance import SOAK
from tests.links import links_of_source
from tests.stories import series as real
from tests.stories.series import RECORD_TYPE, SERIES, SOURCE, Answer, Series, Step

#: The series whose truth names snapshots that a guard at 50 % must hold back. Those where it names empty ones alone are
#: left out: any replay holds them back, and that the rest has the same numbers is promised with the truth's recomputation.
GUARDED = [each for each in SERIES if each.name in {"pge_outages", "simplify_listings", "lineage_devices"}]
#: Each series on each store.
REPLAYS = [
    pytest.param(each, store, id=f"{store}-{each.name}")
    for each in SERIES
    for store in ("sqlite", "postgres")
    if SOAK > 1 or store == "sqlite" or not each.is_heavy
]
_encoded = json.JSONEncoder(ensure_ascii=False).encode

#: What the truth calls a key and the decision that means it.
MEANINGS = {
    "new": "create",
    "reappeared": "reactivate",
    "missing": "retire",
    "changed": "update",
    "unchanged": "unchanged",
}


# ---------------------------------------------------------------- promises


#: The truth knows of one guard; the others have stories of their own.
ONLY_MASS: dict[str, Any] = {"budget_share": 1.0, "min_overlap": 0.0}


@pytest.mark.chance
@pytest.mark.parametrize(("series", "ready_database_url"), REPLAYS, indirect=["ready_database_url"])
def test_a_real_series_replays_as_its_truth_says(
    series: Series, ready_database_url: str, replays: Callable[..., Replay]
):
    """PLN-2, PLN-15, PLN-20, PRE-4, PRE-6, PRE-11, PRE-12, PRE-33, PRE-34, IDN-3; ROL-2, ROL-5, ROL-7, ROL-13.

    Left to a soak: the five longest series whole. Here each of them is replayed by a handful of its snapshots, measured
    against the truth's rules applied to those; every shorter one whole. So is the one of which nearly every row changes each
    time, on PostgreSQL; on SQLite it is replayed here. PostgreSQL replays the first and the last here, and all in a soak.
    """
    part = bool(series.few) and SOAK == 1
    replay = replays(series, ready_database_url, part=part, **ONLY_MASS)
    *earlier, last_but_one, last = replay.answer.truth["steps"]
    for step in earlier:
        if step["file"] in replay.accepted:
            replay.follows(step)
        else:
            replay.is_refused(step, "no rows" if "rows" in step else "not to be read")
    before = replay.everything()
    runs = [replay.follows(last_but_one), replay.follows(last)]
    after = replay.everything()

    for run in reversed(runs):
        run.rollback()

    assert_same(replay.everything(), before)
    again = replay.once_more(runs)
    assert_same_but_for_ids(again, after)


@pytest.mark.parametrize("series", GUARDED, ids=lambda each: each.name)
def test_a_guard_at_half_holds_back_just_the_snapshots_that_the_truth_names(
    series: Series, ready_database_url: str, replays: Callable[..., Replay]
):
    """PRE-11, PRE-12, PRE-15: a refused snapshot leaves no trace, so the next meets the last accepted one."""
    replay = replays(series, ready_database_url, retire_share=0.5, retire_count=10**9, **ONLY_MASS)
    guarded = replay.answer.truth["guarded_50pct"]
    held_back = {each["file"]: each["why"] for each in guarded["held_back"]}
    accepted = {each["file"]: each for each in guarded["accepted_steps"]}
    for step in replay.answer.truth["steps"]:
        if step["file"] in held_back:
            replay.is_refused(step, held_back[step["file"]])
        else:
            replay.follows_in_numbers(accepted[step["file"]])


@pytest.mark.chance
@pytest.mark.parametrize(
    "series", [each for each in SERIES if SOAK > 1 or not each.few], ids=lambda each: each.name
)
def test_the_truth_can_be_computed_anew(series: Series, answer_of: Callable[[Series], Answer]):
    """What the replay is measured against where a refusal intervenes comes of the same rules as the truth itself.

    The long series, whose answers take the rules a quarter of a minute, are left to a soak.
    """
    answer = answer_of(series)
    told = {step["file"]: step for step in answer.truth["steps"]}
    empty = {file for file, step in told.items() if step.get("rows") == 0}
    words = {"content_changed": "changed"}  # the media listings' word

    assert [step["file"] for step in answer.recomputed] == [file for file in told if file not in empty]
    for ours in answer.recomputed:
        truth = {words.get(name, name): value for name, value in told[ours["file"]].items()}
        both = truth.keys() & ours.keys() - {"index"}
        if truth.get("compared_with") in empty:
            both = {"file", "rows", "columns", "distinct_keys", "state_sha256"}
        assert {name: ours[name] for name in both} == {name: truth[name] for name in both}
    guarded = answer.truth.get("guarded_50pct", {"held_back": (), "accepted_steps": ()})
    alike = {each["file"] for each in guarded["held_back"]} == empty != set()
    for step in guarded["accepted_steps"]:
        ours = next(each for each in answer.recomputed if each["file"] == step["file"])
        told_of = step.keys() if alike else {"file", "rows", "distinct_keys", "state_sha256"}
        numbers = {name: ours[name] for name in told_of}
        counts = {name: each["count"] if isinstance(each, dict) else each for name, each in numbers.items()}
        assert counts == {name: step[name] for name in told_of}
    ragged = answer.truth.get("ragged_rows", {"by_file": {}})["by_file"]
    assert answer.ragged == {file: each["first_cells"] for file, each in ragged.items()}


# ---------------------------------------------------------------- a replay


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A plan's decisions: the keys of those that do something, as the truth writes keys, and the numbers of all."""

    keys: dict[str, list[str]]
    rows: dict[str, int]
    frame: pl.DataFrame


@dataclass(kw_only=True)
class Replay:
    """A series under way in one book.

    accepted: the steps it must give, by file. last: the one it gave last. decided: what was decided, by run. lines: of the
    states seen so far, by columns and row.
    """

    answer: Answer
    folder: Path
    rules: ModuleType
    book: Book
    record_type: RecordType
    clock: list[datetime]
    accepted: dict[str, Step]
    last: Step | None = None
    decided: dict[int, tuple[Step, Decided]] = field(default_factory=dict)
    lines: dict[tuple[str, ...], dict[tuple[str, ...], str]] = field(default_factory=dict)

    # One snapshot ----------------------------------------------------------------------------------------------

    def follows(self, step: Step) -> OpenRun:
        """Import a snapshot as its truth says it must go: with just these decisions and this state."""
        expected = self.accepted[step["file"]]
        plan = self.allowed(expected)
        decided = self.decisions(plan)
        self.compare(decided, expected)
        assert {action: plan.counts[action] for action in decided.rows} == decided.rows
        run = self.applied(plan, expected)
        self.decided[run.run_id] = (expected, decided)
        return run

    def follows_in_numbers(self, numbers: Step) -> None:
        """Import a snapshot of which the truth tells counts alone."""
        expected = self.accepted[numbers["file"]]
        plan = self.plan(numbers["file"])
        assert plan.refusal is None
        kinds = ["new", "reappeared", "missing"]
        if self.last is None:
            kinds = ["new"]
        elif set(self.last["columns"]) == set(expected["columns"]):
            kinds += ["changed", "unchanged"]
        assert {kind: plan.counts[MEANINGS[kind]] for kind in kinds} == {
            kind: numbers[kind] for kind in kinds
        }
        self.applied(plan, expected)

    def is_refused(self, step: Step, why: str) -> None:
        """A file that may not be imported is refused with its code, and everything stays as it was."""
        before = self.everything()

        with pytest.raises(Refusal) as refused:
            self.plan(step["file"]).apply()

        found = (type(refused.value), refused.value.code)
        if "rejected" in step:
            assert found == (Unreadable, "not-json")
        elif step["rows"] == 0:
            assert found == (GuardRefused, "empty-snapshot")
        else:
            assert found == (GuardRefused, "mass-retire")
            numbers = refused.value.details["numbers"]
            assert f"{numbers['retire']} of {numbers['present']} would be retired" == why
        assert_same(self.everything(), before)

    def once_more(self, runs: list[OpenRun]) -> dict[str, pl.DataFrame]:
        """Import the files of rolled back runs again, with the same decisions as the first time; what there is then."""
        self.last = list(self.accepted.values())[-1 - len(runs)]
        for run in runs:
            expected, first_time = self.decided[run.run_id]
            plan = self.allowed(expected)
            assert_frame_equal(self.decisions(plan).frame, first_time.frame)
            self.applied(plan, expected)
        return self.everything()

    # Its parts -------------------------------------------------------------------------------------------------

    def plan(self, file: str, *, allow_retire: int | None = None) -> OpenPlan:
        """Preview a snapshot, a day after the one before."""
        self.clock[0] += timedelta(days=1)
        return self.book.plan(
            self.folder / file,
            record_type=RECORD_TYPE,
            source=SOURCE,
            strategy="snapshot",
            duplicates="last",
            on_error="reject-rows" if file in self.answer.ragged else None,
            allow_retire=allow_retire,
        )

    def allowed(self, expected: Step) -> OpenPlan:
        """The plan; where the guard blocks it, as it must over the limits, with as many retirements allowed (PRE-12)."""
        plan = self.plan(expected["file"])
        missing = expected["missing"]["count"] if self.last else 0
        blocked = over_the_limits(missing, self.last["distinct_keys"] if self.last else 0)
        assert [guard.code for guard in plan.plan.guards if guard.blocked] == ["mass-retire"] * blocked
        if blocked:
            with pytest.raises(GuardRefused) as refused:
                plan.apply()
            assert refused.value.code == "mass-retire"
            assert refused.value.details["numbers"]["retire"] == missing
            plan = self.plan(expected["file"], allow_retire=missing)
        assert plan.refusal is None
        return plan

    def decisions(self, plan: OpenPlan) -> Decided:
        """A plan's decisions with the keys as the truth writes them."""
        frame = plan.decisions().drop("record_id").sort("line", "external_id", nulls_last=True)
        acting = frame.filter(~pl.col("action").is_in(["unchanged", "duplicate"]))
        keys = acting.group_by("action").agg("external_id").rows()
        return Decided(
            keys={action: list(map(self.key, found)) for action, found in keys},
            rows=dict(frame.group_by("action").len().rows()),
            frame=frame,
        )

    def compare(self, decided: Decided, expected: Step) -> None:
        """The decisions beside the truth: who is new, missing, back, and, where the columns stayed, changed."""
        keys, rows = decided.keys, decided.rows
        assert set(rows) <= {*MEANINGS.values(), "duplicate", "reject"}
        assert sorted(keys.get("reject", [])) == sorted(self.answer.ragged.get(expected["file"], []))
        assert rows.get("duplicate", 0) == expected["duplicate_rows_extra"]
        if self.last is None:
            assert keys.keys() - {"reject"} == {"create"}
            assert rows["create"] == expected["new"]["count"]
            return
        for kind in ("new", "reappeared", "missing"):
            assert self.rules.lst(keys.get(MEANINGS[kind], [])) == expected[kind], kind
        stayed = rows.get("update", 0) + rows.get("unchanged", 0)
        assert stayed == expected["changed"]["count"] + expected["unchanged"]
        if not expected["columns_added"] and not expected["columns_removed"]:
            assert self.rules.lst(keys.get("update", [])) == expected["changed"]

    def applied(self, plan: OpenPlan, expected: Step) -> OpenRun:
        """The run of a plan, after which the state is the snapshot's."""
        run = plan.apply()
        self.last = expected
        assert self.state_hash(expected["columns"]) == expected["state_sha256"]
        return run

    # What there is ---------------------------------------------------------------------------------------------

    def everything(self) -> dict[str, pl.DataFrame]:
        """All records and links, whatever their state."""
        names = [each.name for each in self.record_type.fields]
        with self.book.listing() as unit:
            records = unit.identities(self.record_type, names)
            retired = unit.retired_records(self.record_type)
            links = links_of_source(unit, SOURCE, RECORD_TYPE)
        records = records.join(retired.with_columns(retired=True), on="_record_id", how="left")
        return {"records": records.sort("_record_id"), "links": links.sort("_key")}

    def state_hash(self, columns: list[str]) -> str:
        """The truth's ``state_sha256`` of the records that are present, in the columns of one snapshot."""
        tracked = sorted(set(columns) - {*self.answer.key, *self.answer.volatile})
        names = real.field_names(self.answer.columns)
        fields = [names[column] for column in tracked]
        with self.book.listing() as unit:
            records = unit.identities(self.record_type, fields)
            retired = unit.retired_records(self.record_type)
            links = links_of_source(unit, SOURCE, RECORD_TYPE)
        present = links.filter("_present").select("_record_id", "_key")
        living = records.join(retired, on="_record_id", how="anti")
        assert living.join(present, on="_record_id", how="anti").is_empty()
        assert present.join(living, on="_record_id", how="anti").is_empty()
        known = self.lines.setdefault(tuple(tracked), {})
        rows = living.join(present, on="_record_id").select("_key", *fields).rows()
        for row in rows:  # most records of a large series stay as they are
            if row not in known:
                cells = [each for each in zip(tracked, row[1:], strict=True) if each[1] is not None]
                known[row] = _encoded([self.key(row[0]), *cells])
        return hashlib.sha256("\n".join(sorted(map(known.__getitem__, rows))).encode()).hexdigest()

    def key(self, external_id: str) -> str:
        """A key as the truth writes it, of one as a plan or a link does."""
        parts = json.loads(external_id) if len(self.answer.key) > 1 else [external_id]
        return "|".join(" ".join(part.split()) for part in parts)


def over_the_limits(missing: int, present: int) -> bool:
    """PRE-12 and PRE-33 at their defaults: more than 20 %, more than 500 (below 10,000), all; more than half below 10."""
    if missing == 0:
        return False
    if present < 10:
        return missing > present / 2
    return missing == present or missing > present / 5 or (present < 10_000 and missing > 500)


def assert_same(found: dict[str, pl.DataFrame], expected: dict[str, pl.DataFrame]) -> None:
    """The same records and the same links."""
    for name, frame in expected.items():
        assert_frame_equal(found[name], frame)


def assert_same_but_for_ids(found: dict[str, pl.DataFrame], expected: dict[str, pl.DataFrame]) -> None:
    """The same records by their links' keys: those that were created anew have other numbers."""
    by_key = [
        each["links"]
        .join(each["records"], on="_record_id", how="full", coalesce=True)
        .drop("_record_id")
        .sort("_key")
        for each in (found, expected)
    ]
    assert_frame_equal(*by_key)


# ---------------------------------------------------------------- fixtures


@pytest.fixture(scope="session")
def folder_of(shared: Path, unpacked_series: Callable[[str], Path]) -> Callable[[Series], Path]:
    """Where a series' snapshots lie; unpacked first where they are packed."""

    def folder(series: Series) -> Path:
        plain = shared / "data" / series.folder
        return unpacked_series(series.folder) if (plain / "snapshots.tar.xz").is_file() else plain

    return folder


@pytest.fixture(scope="session")
def answer_of(
    shared: Path, folder_of: Callable[[Series], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Answer]:
    """A series' answer, or that of its few snapshots, computed once per session, whichever worker asks first."""
    base = tmp_path_factory.getbasetemp()
    answers = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "answers"
    answers.mkdir(exist_ok=True)

    def answer(series: Series, *, part: bool = False) -> Answer:
        folder, name = folder_of(series), f"{series.name}{'.few' * part}"
        with (answers / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return real.once(
                answers / f"{name}.json", lambda: real.computed(shared, series, folder, part=part)
            )

    return answer


@pytest.fixture
def replays(
    shared: Path, folder_of: Callable[[Series], Path], answer_of: Callable[..., Answer]
) -> Iterator[Callable[..., Replay]]:
    """``replays(series, url, **limits)``: a book that declares the series; its clock goes on by a day with each import."""
    books: list[Book] = []

    def new(series: Series, url: str, *, part: bool = False, **limits: Any) -> Replay:
        answer, clock = answer_of(series, part=part), [datetime(2000, 1, 1, tzinfo=UTC)]
        book = stocktake.open(url, by="test", clock=lambda: clock[0])
        books.append(book)
        record_type, _ = book.add_record_type(real.declaration(series, answer))
        book.add_source(real.source(**limits))
        return Replay(
            answer=answer,
            folder=folder_of(series),
            rules=real.truth_rules(shared),
            book=book,
            record_type=record_type,
            clock=clock,
            accepted={step["file"]: step for step in answer.accepted if "rejected" not in step},
        )

    yield new
    for book in books:
        book.close()
