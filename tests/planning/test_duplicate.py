"""Rows of one file that carry the same key (IDN-3)."""

from __future__ import annotations

import polars as pl
import pytest

from stocktake.model.errors import InvalidInput
from stocktake.planning.duplicate import duplicates

#: What becomes of a row: it stays, it gives way to the row of that line, or it collides.
STAYS, COLLIDES = "stays", "collides"


def outcome(choice: str, *rows: tuple[str | None, str], order: list[str] | None = None) -> list[str]:
    """Per row (key, content) what becomes of it; lines begin with 2."""
    frame = pl.DataFrame(
        {
            "_row": range(len(rows)),
            "_line": range(2, len(rows) + 2),
            "_key": [key for key, _ in rows],
            "_hash": [content.encode() for _, content in rows],
            "_order": order or [""] * len(rows),
        },
        schema_overrides={"_row": pl.UInt32, "_line": pl.UInt32, "_key": pl.String},
    )
    found = {each["_row"]: each for each in duplicates(frame, choice=choice).to_dicts()}

    def told(row: int) -> str:
        if row not in found:
            return STAYS
        if found[row]["collision"]:
            assert not found[row]["duplicate"]
            return COLLIDES
        return f"yields to {found[row]['_of_line']}" if found[row]["duplicate"] else STAYS

    return [told(row) for row in range(len(rows))]


@pytest.mark.parametrize("choice", ["reject", "first", "last", "latest:Seen"])
def test_different_keys_do_not_meet(choice: str):
    assert outcome(choice, ("a", "1"), ("b", "1")) == [STAYS, STAYS]


@pytest.mark.parametrize("choice", ["reject", "first"])
def test_identical_rows_collapse_into_the_first(choice: str):
    """IDN-3"""
    assert outcome(choice, ("a", "1"), ("b", "1"), ("a", "1"), ("a", "1")) == [
        STAYS,
        STAYS,
        "yields to 2",
        "yields to 2",
    ]


def test_different_rows_of_one_key_all_collide():
    """IDN-3"""
    assert outcome("reject", ("a", "1"), ("a", "2"), ("b", "1")) == [COLLIDES, COLLIDES, STAYS]


def test_of_three_rows_two_identical_and_one_different_all_collide():
    """IDN-3"""
    assert outcome("reject", ("a", "1"), ("a", "1"), ("a", "2")) == [COLLIDES] * 3


def test_the_first_counts_where_the_operator_says_so():
    """IDN-3"""
    assert outcome("first", ("a", "1"), ("a", "2"), ("a", "1")) == [STAYS, "yields to 2", "yields to 2"]


def test_the_last_counts_where_the_operator_says_so():
    """IDN-3"""
    assert outcome("last", ("a", "1"), ("a", "1"), ("a", "2")) == ["yields to 4", "yields to 4", STAYS]


def test_the_latest_by_a_column_counts_where_the_operator_says_so():
    """IDN-3: ties go to the later row."""
    rows = [("a", "1"), ("a", "2"), ("a", "3")]

    assert outcome("latest:Seen", *rows, order=["2026-01", "2026-03", "2026-02"]) == [
        "yields to 3",
        STAYS,
        "yields to 3",
    ]
    assert outcome("latest:Seen", *rows, order=["x", "x", "x"])[2] == STAYS


@pytest.mark.parametrize("choice", ["reject", "first", "last", "latest:Seen"])
def test_rows_without_a_key_never_collide(choice: str):
    assert outcome(choice, (None, "1"), (None, "2")) == [STAYS, STAYS]


@pytest.mark.parametrize("choice", ["", "newest", "latest", "FIRST"])
def test_an_unknown_choice_is_refused(choice: str):
    with pytest.raises(InvalidInput) as refused:
        outcome(choice, ("a", "1"), ("a", "2"))

    assert refused.value.code == "unknown-duplicates-choice"


def test_the_lines_of_a_key_are_named():
    """IDN-3, ERR-2"""
    frame = pl.DataFrame(
        {"_row": [0, 1, 2], "_line": [2, 3, 4], "_key": ["a", "b", "a"], "_hash": [b"1", b"1", b"2"]}
    )

    assert duplicates(frame, choice="reject")["_lines"].to_list() == ["2, 4", "2, 4"]


def test_the_lines_of_a_key_are_named_in_their_order():
    frame = pl.DataFrame({"_row": [0, 1], "_line": [9, 10], "_key": ["a", "a"], "_hash": [b"1", b"2"]})

    assert duplicates(frame, choice="reject")["_lines"].to_list() == ["9, 10", "9, 10"]
