"""The decision tables: read by a function, by an expression and by the documentation, all alike (PLN-6, PLN-20)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from stocktake.model.decision import FACT_NAMES, ROW_ACTIONS, DecisionTable, Facts
from stocktake.planning.document import markdown
from stocktake.planning.expression import decision
from stocktake.planning.oracle import decide
from stocktake.planning.row import ROW_FACTS
from stocktake.planning.table import ALIASES, APPEND, MERGE, REPLACE, SNAPSHOT, TABLES

CASES = Path(__file__).parent / "cases"

both_tables = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())


@cache
def every_combination() -> pl.DataFrame:
    """One line for each of the 2²⁰ combinations of facts."""
    number = pl.int_range(2 ** len(FACT_NAMES), eager=True).alias("number").to_frame()
    return number.select(
        ((pl.col("number") // 2**place) % 2 == 1).alias(name) for place, name in enumerate(FACT_NAMES)
    )


@cache
def decided(strategy: str) -> pl.DataFrame:
    """Every combination with the expression's decision."""
    facts = every_combination()
    return facts.with_columns(decision(TABLES[strategy], set(FACT_NAMES)).alias("_d")).unnest("_d")


def cases() -> Iterator[tuple[DecisionTable, Facts, str, str]]:
    """The matrices of the case files; the rows' cases of merge hold for all tables that match."""
    for path in sorted(CASES.glob("*.toml")):
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        for when, action, code in told["cases"]:
            names = [each.strip() for each in when.split(",") if each.strip()]
            facts = Facts(**{each.removeprefix("not "): not each.startswith("not ") for each in names})
            yield TABLES[told["table"]], facts, action, code
            if told["table"] == "merge" and facts.incoming:
                yield SNAPSHOT, facts, action, code
                yield REPLACE, facts, action, code


@pytest.mark.parametrize(
    ("table", "facts", "action", "code"),
    [pytest.param(*each, id=f"{each[0].strategy}-{number}") for number, each in enumerate(cases())],
)
def test_decides_as_the_case_files_say(table: DecisionTable, facts: Facts, action: str, code: str):
    """PLN-6, PLN-20, PRE-7, PRE-25, PRE-26, PRE-32"""
    rule = decide(table, facts)

    assert (rule.action.value, rule.code) == (action, code) if rule else (action, code) == ("", "")


@both_tables
def test_every_rule_has_a_case(table: DecisionTable):
    told = {code for of, _, _, code in cases() if of is table}

    assert told - {""} == {rule.code for rule in table.rules}


class Asked(Facts):
    """Facts that note which of them were asked for."""

    __slots__ = ("names",)
    names: set[str]

    def __getattribute__(self, name: str) -> Any:
        if name in FACT_NAMES:
            object.__getattribute__(self, "names").add(name)
        return object.__getattribute__(self, name)


def ruled(table: DecisionTable) -> np.ndarray:
    """The place of the function's rule for every combination, in their order; as many as there are rules where it has none.

    Combinations that differ in nothing the function has asked for get its one answer: it cannot tell them apart.
    """
    codes = [rule.code for rule in table.rules]
    unknown = len(codes) + 1
    cube = np.full((2,) * len(FACT_NAMES), unknown, dtype=np.uint8)
    known = cube.reshape(-1)
    number = 0
    while known[number := number + int(np.argmax(known[number:] == unknown))] == unknown:
        facts = Asked(**{name: bool(number >> place & 1) for place, name in enumerate(FACT_NAMES)})
        object.__setattr__(facts, "names", set())
        rule = decide(table, facts)
        asked = object.__getattribute__(facts, "names")
        alike = tuple(
            (number >> place & 1) if FACT_NAMES[place] in asked else slice(None)
            for place in reversed(range(len(FACT_NAMES)))
        )
        assert (cube[alike] == unknown).all()
        cube[alike] = codes.index(rule.code) if rule else len(codes)
    return known


@both_tables
def test_function_and_expression_agree_on_every_combination_of_facts(table: DecisionTable):
    """One classifier serves all (PLN-7)."""
    frame = decided(table.strategy)
    rules = ruled(table).tolist()
    actions = [*(each.action.value for each in table.rules), None]
    codes = [*(each.code for each in table.rules), None]

    assert frame.height == len(rules) == 2 ** len(FACT_NAMES)
    assert frame["_action"].to_list() == [actions[place] for place in rules]
    assert frame["_rule"].to_list() == [codes[place] for place in rules]


@both_tables
def test_every_rule_is_reached_by_some_combination(table: DecisionTable):
    assert set(decided(table.strategy)["_rule"].drop_nulls()) == {rule.code for rule in table.rules}


@both_tables
def test_no_row_of_a_file_is_left_undecided(table: DecisionTable):
    """PLN-6: each row gets exactly one decision."""
    rows = decided(table.strategy).filter("incoming")

    assert rows["_action"].null_count() == 0
    possible = {each.value for each in ROW_ACTIONS} if table.matches else {"create", "reject", "skip"}
    assert set(rows["_action"]) == possible


def test_a_snapshot_leaves_no_absent_record_undecided():
    """PRE-6, PLN-6"""
    absent = decided("snapshot").filter(~pl.col("incoming"))

    assert absent["_action"].null_count() == 0
    assert set(absent["_action"]) == {"missing", "suppressed", "held", "retire"}


def test_a_merge_decides_nothing_about_absent_records():
    """PRE-9"""
    assert decided("merge").filter(~pl.col("incoming"))["_action"].drop_nulls().is_empty()


def test_merge_snapshot_and_replace_decide_rows_alike():
    """PLN-1, PLN-2, PLN-3"""
    merge, snapshot, replace = (
        decided(each.strategy).filter("incoming").select(pl.col("_action", "_rule").cast(pl.String))
        for each in (MERGE, SNAPSHOT, REPLACE)
    )

    assert merge.equals(snapshot)
    assert merge.equals(replace)


def test_replace_deletes_nothing_that_is_retired_kept_linked_or_referred_to():
    """PLN-2, PRE-15, PRE-18, PRE-36"""
    deleted = decided("replace").filter(pl.col("_action") == "delete")
    spared = pl.any_horizontal("incoming", "kept", "elsewhere", "referred", "holding", "retired")

    assert deleted.height > 0
    assert deleted.filter(spared).is_empty()


def test_append_only_ever_creates():
    """PLN-4"""
    assert set(decided("append")["_action"].drop_nulls()) == {"create", "reject", "skip"}
    assert not APPEND.sweeps


def test_words_known_from_elsewhere_name_strategies():
    """dependencies.md: upsert, sync, full refresh, delete_missing."""
    assert set(ALIASES.values()) <= set(TABLES)


def test_nothing_is_retired_that_is_kept_elsewhere_held_or_retired_already():
    """PRE-7, PRE-15, PRE-18, PRE-32"""
    retired = decided("snapshot").filter(pl.col("_action") == "retire")
    spared = pl.any_horizontal("incoming", "kept", "elsewhere", "holding", "retired", ~pl.col("retirable"))

    assert retired.filter(spared).is_empty()


def test_nothing_returns_that_a_person_retired_or_whose_source_does_not_track_presence():
    """PRE-2, PRE-17, PRE-18"""
    back = decided("snapshot").filter(pl.col("_action") == "reactivate")
    barred = pl.any_horizontal("retired_by_person", "return_refused", ~pl.col("tracking"), ~pl.col("valid"))

    assert back.filter(barred).is_empty()


@both_tables
def test_facts_without_a_column_have_their_default(table: DecisionTable):
    frame = pl.DataFrame({"incoming": [True, False], "stored": [False, True]})

    found = frame.with_columns(decision(table, {"incoming", "stored"}).alias("_d")).unnest("_d")

    rules = [decide(table, Facts(incoming=True)), decide(table, Facts(stored=True))]
    assert found["_rule"].to_list() == [rule and rule.code for rule in rules]


def test_the_facts_of_rows_are_facts_that_the_row_rules_ask_for():
    asked = {name for rule in MERGE.rules for name, _ in rule.when}

    assert set(ROW_FACTS) == asked


@both_tables
def test_the_document_lists_every_rule_in_order(table: DecisionTable):
    lines = [line for line in markdown(table).splitlines() if line.startswith("| ") and "`" in line]

    assert [line.rsplit("`", 2)[1] for line in lines] == [rule.code for rule in table.rules]
    for line, rule in zip(lines, table.rules, strict=True):
        assert rule.reason in line
        assert f"**{rule.action.value}**" in line


@both_tables
def test_codes_are_unique_and_in_kebab_case(table: DecisionTable):
    codes = [rule.code for rule in table.rules]

    assert len(set(codes)) == len(codes)
    assert all(each == each.casefold() and "_" not in each for each in codes)
