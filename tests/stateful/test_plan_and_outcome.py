"""Whatever meets whatever: the outcome of an apply equals its plan, number by number and row by row (PLN-7).

Every example is a short history of imports of a small type by several sources, with blanks, repeated keys and bad cells.
After each step the plan is held against the database; at the end every run is undone, newest first.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from stocktake.book import OpenPlan, OpenRun
from stocktake.model.decision import ROW_ACTIONS
from stocktake.model.errors import Refusal
from tests.chance import times
from tests.stories.desk import Desk

TYPE = """
name = "{name}"
external_id = "code"
identity = ["code", "tag"]
tracked = ["owner", "status"]
[[field]]
name = "code"
[[field]]
name = "tag"
[[field]]
name = "owner"
[[field]]
name = "note"
on_blank = "clear"
[[field]]
name = "size"
type = "integer"
on_blank = "fill_only"
[[field]]
name = "status"
type = "choice"
choices = ["USED", "FREE", "GONE"]
[lifecycle]
field = "status"
retired = "GONE"
on_create = {{ when = "owner", then = "USED", else = "FREE" }}
on_reactivate = {{ when = "owner", then = "USED", else = "FREE" }}
"""
FIELDS = ("code", "tag", "owner", "note", "size", "status")
SOURCES = {"ONE": True, "TWO": True, "HAND": False}

CODES = [f"K{number}" for number in range(5)]
WORDS = some.sampled_from(["", "", "x", "y", "<null>"])
Row = dict[str, str]
Step = tuple[str, str, list[Row]]


@some.composite
def tidy_files(draw: Callable[..., Any]) -> list[Row]:
    """Rows of which each leads to its own record, or to none; some are bad, some repeat."""
    codes = draw(some.lists(some.sampled_from(CODES), unique=True, max_size=5))
    rows = [_row(draw, code=code, tag=draw(some.sampled_from(["", f"T{code}"]))) for code in codes]
    rows += [_row(draw, code="", tag="") for _ in range(draw(some.integers(0, 2)))]
    repeated = draw(some.lists(some.sampled_from(rows), max_size=2)) if rows else []
    mixed: list[Row] = draw(some.permutations([*rows, *(each for each in repeated if each["code"])]))
    return mixed


@some.composite
def wild_files(draw: Callable[..., Any]) -> list[Row]:
    """Rows that share keys and tags as it happens."""
    codes, tags = some.sampled_from(["", *CODES[:3]]), some.sampled_from(["", "T1", "T2"])
    return [_row(draw, code=draw(codes), tag=draw(tags)) for _ in range(draw(some.integers(1, 4)))]


def _row(draw: Callable[..., Any], **keys: str) -> Row:
    return {
        **keys,
        "owner": draw(WORDS),
        "note": draw(WORDS),
        "size": draw(some.sampled_from(["", "1", "2", "1", "2", "bad"])),
    }


def histories(files: some.SearchStrategy[list[Row]]) -> some.SearchStrategy[list[Step]]:
    """Imports: source, strategy, rows."""
    source = some.sampled_from(list(SOURCES))
    step = source.flatmap(
        lambda name: some.tuples(
            some.just(name),
            some.sampled_from(["merge", "append", "snapshot" if SOURCES[name] else "replace"]),
            files,
        )
    )
    return some.lists(step, min_size=1, max_size=4)


# ---------------------------------------------------------------- the database, and a type of its own per example


class Workshop:
    """One database in which every example has its own record type and sources."""

    def __init__(self, url: str, folder: Path) -> None:
        self.desk = Desk(url, folder)
        self._numbers = itertools.count(1)

    def close(self) -> None:
        """Give the database back."""
        self.desk.book.close()

    def begin(self) -> str:
        """A new record type with its sources; the suffix of their names."""
        suffix = str(next(self._numbers))
        self.desk.record_type = f"thing{suffix}"
        self.desk.book.add_record_type(TYPE.format(name=self.desk.record_type))
        for name, tracks in SOURCES.items():
            self.desk.declare(name + suffix, tracks_presence=tracks, external_id=("code",), key_rules=())
        return suffix

    def plan(self, source: str, strategy: str, rows: list[Row]) -> OpenPlan:
        """The plan of an import whose retirements are allowed and whose rejected rows are borne."""
        return self.desk.book.plan(
            pl.DataFrame(rows, schema=dict.fromkeys(["code", "tag", "owner", "note", "size"], pl.String)),
            record_type=self.desk.record_type,
            source=source,
            strategy=strategy,
            on_error="reject-rows",
            reject_limit="100%",
            allow_retire=1000,
        )

    def records(self) -> dict[int, dict[str, Any]]:
        """Id → record."""
        return {row["id"]: row for row in self.desk.rows(f"SELECT * FROM {self.desk.record_type}")}

    def links(self, source: str) -> dict[str, dict[str, Any]]:
        """Key → link of one source."""
        found = self.desk.rows(
            "SELECT * FROM st_source_link JOIN st_feed USING (workspace_id, feed_id) "
            "WHERE record_type = :type AND source = :source",
            type=self.desk.record_type,
            source=source,
        )
        return {row["external_id"]: row for row in found}


@pytest.fixture
def sqlite_workshop(tmp_path: Path) -> Iterator[Workshop]:
    with closing(Workshop("sqlite://", tmp_path)) as made:
        yield made


@pytest.fixture
def postgres_workshop(postgres_copy: str, tmp_path: Path) -> Iterator[Workshop]:
    with closing(Workshop(postgres_copy, tmp_path)) as made:
        yield made


# ---------------------------------------------------------------- what must hold


def check_history(shop: Workshop, steps: list[Step]) -> None:
    """Plan, apply and compare each step; then undo all of them."""
    suffix = shop.begin()
    applied: list[tuple[OpenRun, Any]] = []
    for name, strategy, rows in steps:
        if strategy in ("merge", "append") and not rows:
            continue
        shop.desk.later()
        source, before = name + suffix, shop.desk.state()
        records, links = shop.records(), shop.links(source)
        plan = shop.plan(source, strategy, rows)
        check_counts(plan, rows)
        if plan.refusal is not None:
            with pytest.raises(Refusal):
                plan.apply()
            assert shop.desk.state() == before
            continue
        run = plan.apply()
        applied.append((run, before))
        check_outcome(shop, plan, run, records, links)
        if strategy != "append":
            check_again(shop.plan(source, strategy, rows))
    for run, before in reversed(applied):
        shop.desk.later()
        run.rollback()
        assert shop.desk.state() == before


def check_counts(plan: OpenPlan, rows: list[Row]) -> None:
    """PLN-7: rows add up."""
    assert plan.counts["rows"] == len(rows)
    assert sum(plan.counts[action.value] for action in ROW_ACTIONS) == len(rows)


def check_outcome(
    shop: Workshop,
    plan: OpenPlan,
    run: OpenRun,
    before: dict[int, dict[str, Any]],
    links_before: dict[str, dict[str, Any]],
) -> None:
    """PLN-7, APP-5: what the database says of records, links and rows is what the plan said."""
    counts, decided = plan.counts, plan.decisions()
    after, links = shop.records(), shop.links(plan.plan.source.name)
    assert {name: run.stats[name] for name in counts} == counts

    ids = {action: set(part["record_id"]) for (action,), part in decided.group_by("action")}
    created, deleted = set(after) - set(before), ids.get("delete", set())
    assert set(before) - set(after) == deleted
    assert len(deleted) == counts["delete"]
    before = {each: record for each, record in before.items() if each not in deleted}
    assert len(created) == counts["create"]
    assert {after[each]["created_run"] for each in created} <= {run.run_id}

    assert not (ids.get("retire", set()) & set(decided.filter(pl.col("line").is_not_null())["record_id"]))
    written = ids.get("update", set()) | ids.get("reactivate", set()) | ids.get("retire", set())
    assert {each for each in before if after[each]["version"] != before[each]["version"]} == written
    assert {each for each in before if after[each] != before[each]} == written
    for each in ids.get("retire", set()):
        assert (after[each]["status"], after[each]["retired_run"]) == ("GONE", run.run_id)
    for each in ids.get("reactivate", set()):
        assert (after[each]["status"] != "GONE", after[each]["retired_at"]) == (True, None)

    told = {(row["_record_id"], row["field"]): row["after"] for row in plan.plan.frames.changes.to_dicts()}
    for each, name in itertools.product(before, FIELDS):
        kept = before[each][name]
        value = after[each][name]
        assert (None if value is None else str(value)) == told.get(
            (each, name), kept if kept is None else str(kept)
        )

    if plan.plan.is_whole:
        gone = {row["_key"] for row in plan.plan.frames.absent.to_dicts()}
        assert gone == {
            key
            for key, link in links_before.items()
            if link["is_present"] and not (key in links and links[key]["is_present"])
        }
    else:
        assert all(links[key]["is_present"] for key, link in links_before.items() if link["is_present"])
    assert {link["record_id"] for link in links.values()} <= set(after)

    with shop.desk.book.listing() as unit:
        raw = pl.concat(
            [pl.DataFrame(schema={"decision": pl.String}), *unit.raw_chunks(run.run_id)], how="diagonal"
        )
    rows = decided.filter(pl.col("line").is_not_null())
    assert raw["decision"].to_list() == rows["action"].to_list()
    for told_row, kept_row in zip(rows.to_dicts(), raw.to_dicts(), strict=True):
        if told_row["action"] == "create":
            assert kept_row["record_id"] in created
        elif told_row["record_id"] is not None:
            assert kept_row["record_id"] == told_row["record_id"]


def check_again(plan: OpenPlan) -> None:
    """PLN-12: the same file again changes nothing, unless rows of it were rejected."""
    counts = plan.counts
    if counts["reject"] or counts["conflict"] or counts["ambiguous"]:
        return
    assert counts["unchanged"] + counts["duplicate"] == counts["rows"]
    assert (counts["retire"], counts["missing"], counts["reappeared"]) == (0, 0, 0)


def examples(number: int) -> settings:
    """So many examples, and with STOCKTAKE_SOAK so many times more; every one has a record type of its own."""
    return settings(
        max_examples=times(number),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@examples(8)
@given(steps=histories(tidy_files()))
def test_the_outcome_equals_the_plan_and_a_rollback_undoes_it_on_sqlite(
    sqlite_workshop: Workshop, steps: list[Step]
):
    """PLN-7, PLN-12, ROL-2"""
    check_history(sqlite_workshop, steps)


@examples(3)
@given(steps=histories(tidy_files()))
def test_the_outcome_equals_the_plan_and_a_rollback_undoes_it_on_postgres(
    postgres_workshop: Workshop, steps: list[Step]
):
    """PLN-7, PLN-12, ROL-2"""
    check_history(postgres_workshop, steps)


def row(code: str, tag: str, owner: str) -> Row:
    """A row that is good."""
    return {"code": code, "tag": tag, "owner": owner, "note": "", "size": "1"}


LOST_CODE = [row("", "T1", "y"), row("K1", "T2", "x")]
BACK_TWICE = [row("K0", "T1", "x"), row("K0", "T1", "y"), row("K1", "T2", "x")]


@pytest.mark.parametrize(
    "last",
    [
        pytest.param(
            LOST_CODE,
            id="a row lost its code",
        ),
        pytest.param(
            [{**each, "owner": "x"} for each in LOST_CODE],
            id="a row lost its code and nothing else",
        ),
    ],
)
def test_one_record_has_one_decision(sqlite_workshop: Workshop, last: list[Row]):
    """PLN-6, PLN-7"""
    first = [row("K0", "T1", "x"), row("K1", "T2", "x")]

    check_history(sqlite_workshop, [("ONE", "snapshot", first), ("ONE", "snapshot", last)])


def test_a_plan_with_a_repeated_key_that_is_back_can_be_applied(sqlite_workshop: Workshop):
    """PLN-7, PRE-34"""
    first = [row("K0", "T1", "x"), row("K1", "T2", "x")]

    check_history(
        sqlite_workshop,
        [("ONE", "snapshot", first), ("ONE", "snapshot", first[1:]), ("ONE", "snapshot", BACK_TWICE)],
    )


def test_the_same_file_again_misses_no_appended_record_that_it_has(sqlite_workshop: Workshop):
    """PLN-12, PLN-2: the row came to it by its code, and knows it by its key from then on."""
    appended = [row("K0", "", "x"), row("K4", "", "x"), row("K4", "", "x")]

    check_history(
        sqlite_workshop, [("HAND", "append", appended), ("HAND", "replace", [row("K0", "", "x")] * 2)]
    )


def test_a_record_is_not_retired_that_a_rejected_row_leads_to(sqlite_workshop: Workshop):
    """PRE-34, PRE-20: its key is another, its tag is the record's; that it is gone is not proved."""
    first = [row("K1", "T1", ""), row("K2", "T2", ""), row("K3", "T3", "")]
    then = [first[0], first[2], {**row("K0", "T2", "x"), "size": "bad"}]

    check_history(sqlite_workshop, [("ONE", "merge", first), ("ONE", "snapshot", then)])


def test_a_row_that_a_settled_rows_record_is_found_for_conflicts_every_time(sqlite_workshop: Workshop):
    """PLN-12, IDN-1: a record has one row, also when that row is skipped over."""
    first = [row("K2", "T2", ""), row("", "", "x")]
    then = [row("", "T2", "y"), row("K2", "", "")]
    shop, suffix = sqlite_workshop, sqlite_workshop.begin()
    shop.plan("ONE" + suffix, "merge", first).apply()
    shop.plan("ONE" + suffix, "merge", then).apply()

    assert shop.plan("ONE" + suffix, "merge", then).counts["conflict"] == 1


@examples(8)
@given(steps=histories(wild_files()))
def test_the_outcome_equals_the_plan_where_rows_share_keys_and_tags(
    sqlite_workshop: Workshop, steps: list[Step]
):
    """PLN-7, ROL-2, IDN-3, PRE-20"""
    check_history(sqlite_workshop, steps)
