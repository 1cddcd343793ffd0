"""Two saved plans side by side: what the second would do otherwise (PLN-6, PLN-24)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from stocktake.model.errors import InvalidInput
from stocktake.planning.diff import Difference
from tests.stories.desk import Desk, Row, device, fleet


def compared(desk: Desk, first: Sequence[Row], second: Sequence[Row], **options: Any) -> Difference:
    """What tells the plans of two files apart, options of the second."""
    paths = [
        desk.plan("NINJAONE", rows, **more).save(desk.folder / f"{name}.json")
        for name, rows, more in (("first", first, {}), ("second", second, options))
    ]
    return desk.book.compare_plans(*paths)


def decided(found: Difference) -> dict[str, tuple[str | None, str | None]]:
    return {
        key: (first, second)
        for key, first, second in found.rows.select("external_id", "first", "second").iter_rows()
    }


def written(found: Difference) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    return {
        (row["external_id"], row["field"]): (row["first_after"], row["second_after"])
        for row in found.fields.iter_rows(named=True)
    }


def test_plans_of_the_same_file_do_the_same(desk: Desk):
    desk.load("NINJAONE", fleet(5, model="A"))
    rows = [*fleet(4, model="B"), device("N1", model="C")]

    found = compared(desk, rows, rows)

    assert found.is_empty
    assert found.counts["update"] == (4, 4)


def test_a_row_is_told_with_what_each_plan_does_with_it(desk: Desk):
    """PLN-6: also what only one of them has, and what one sweeps."""
    desk.load("NINJAONE", fleet(6, model="A"))
    first = [*fleet(5, model="A"), device("N1", "TN1", model="C"), device("N3", "TN3")]
    second = [*fleet(6, model="A")[1:], device("N2", "TN2"), device("N3", "TN3")]

    found = compared(desk, first, second)

    assert decided(found) == {
        "S001": ("unchanged", "retire"),
        "S006": ("retire", "unchanged"),
        "N1": ("create", None),
        "N2": (None, "create"),
    }
    lines = {row["external_id"]: (row["first_line"], row["second_line"]) for row in found.rows.to_dicts()}
    assert lines["S001"] == (2, None)
    assert lines["N2"] == (None, 7)
    assert found.rows["name"].to_list() == ["T001", "TN1", "T006", "TN2"]


def test_values_that_differ_are_told_of_changed_and_of_new_records(desk: Desk):
    desk.load("NINJAONE", fleet(3, model="A"))
    first = [*fleet(1, model="B"), *fleet(3, model="A")[1:], device("N1", "TN", model="X", location="Here")]
    second = [*fleet(2, model="C"), *fleet(3, model="A")[2:], device("N1", "TN", model="Y", location="Here")]

    found = compared(desk, first, second)

    assert written(found) == {
        ("S001", "model"): ("B", "C"),
        ("S002", "model"): (None, "C"),
        ("N1", "model"): ("X", "Y"),
    }
    by_key = {row["external_id"]: row for row in found.fields.to_dicts()}
    assert (by_key["S002"]["first"], by_key["S002"]["second"]) == (False, True)
    assert (by_key["S001"]["first_before"], by_key["S001"]["second_before"]) == ("A", "A")


def test_the_same_file_under_another_strategy(desk: Desk):
    desk.load("NINJAONE", fleet(10))

    found = compared(desk, fleet(9), fleet(9), strategy="merge")

    assert decided(found) == {"S010": ("retire", None)}
    assert found.counts["retire"] == (1, 0)


def test_rows_that_carry_one_key_are_held_against_each_other_in_their_order(desk: Desk):
    rows = [device("S1", "T1"), device("S1", "T2"), device("S2", "T3")]

    found = compared(desk, rows, rows, duplicates="first")

    assert found.rows["first"].to_list() == ["reject", "reject"]
    assert found.rows["second"].to_list() == ["create", "duplicate"]
    assert found.rows["first_line"].to_list() == [2, 3]


def test_appended_rows_are_told_by_their_line(desk: Desk):
    """PLN-4, IDN-5: they have no key."""
    rows = [device("S1", "T1", model="A"), device("S2", "T2", model="A")]
    paths = [
        desk.plan("EXCEL", each, strategy="append").save(desk.folder / f"{name}.json")
        for name, each in (("a", rows), ("b", [rows[0], device("S2", "T2", model="B")]))
    ]

    found = desk.book.compare_plans(*paths)

    assert found.rows.is_empty()
    assert [row["field"] for row in found.fields.to_dicts()] == ["model"]
    assert found.fields["first_line"].to_list() == [3]


def test_a_plan_that_repeats_a_run_is_compared_by_its_numbers(desk: Desk):
    """PLN-16: it lists no rows."""
    run = desk.load("NINJAONE", fleet(3))

    found = compared(desk, fleet(3), fleet(4))

    assert found.repeated == (run.run_id, None)
    assert found.counts["create"] == (0, 1)
    assert found.rows.is_empty()
    assert not found.is_empty


def test_plans_of_other_sources_are_not_compared(desk: Desk):
    one = desk.plan("NINJAONE", fleet(3)).save(desk.folder / "one.json")
    other = desk.plan("TELUS", fleet(3)).save(desk.folder / "other.json")

    with pytest.raises(InvalidInput) as refused:
        desk.book.compare_plans(one, other)

    assert refused.value.code == "plans-not-comparable"
