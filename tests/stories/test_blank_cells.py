"""What a blank cell does: it keeps, it clears, or it says nothing (BLK-1)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.desk import Desk

THING = """
name = "thing"
title = "Thing"
external_id = "code"
identity = ["code"]
[[field]]
name = "code"
[[field]]
name = "kept"
[[field]]
name = "cleared"
on_blank = "clear"
[[field]]
name = "filled"
on_blank = "fill_only"
"""


@pytest.fixture
def things(ready_database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A book of things whose fields take blanks differently, and two sources of them."""
    desk = Desk(ready_database_url, tmp_path, "thing")
    desk.book.add_record_type(THING)
    for name in ("ONE", "TWO"):
        desk.declare(name, external_id=("code",), key_rules=())
    yield desk
    desk.book.close()


def values(desk: Desk, field: str) -> dict[str, str | None]:
    """Code → the value of each thing's field."""
    return {row["code"]: row[field] for row in desk.rows("SELECT * FROM thing")}


def value(desk: Desk, field: str) -> str | None:
    """The value of the only thing's field."""
    (found,) = values(desk, field).values()
    return found


@pytest.mark.parametrize(("field", "left"), [("kept", "x"), ("cleared", None), ("filled", "x")])
def test_a_blank_cell_follows_the_rule_of_its_field(things: Desk, field: str, left: str | None):
    """BLK-1: blank is empty, blanks, NBSP or zero-width only."""
    blanks = {"1": "", "2": "  ", "3": "\u00a0", "4": "\u200b"}
    things.load("ONE", [{"code": code, field: "x"} for code in blanks])

    run = things.load("ONE", [{"code": code, field: blank} for code, blank in blanks.items()])

    assert values(things, field) == dict.fromkeys(blanks, left)
    assert run.stats["cleared"] == (len(blanks) if left is None else 0)


@pytest.mark.parametrize("field", ["kept", "cleared"])
def test_a_clearing_token_clears(things: Desk, field: str):
    """BLK-1"""
    tokens = {"1": "<null>", "2": "#N/A", "3": "\\N"}
    things.load("ONE", [{"code": code, field: "x"} for code in tokens])

    plan = things.plan("ONE", [{"code": code, field: token} for code, token in tokens.items()])
    plan.apply()

    assert values(things, field) == dict.fromkeys(tokens)
    assert (plan.counts["update"], plan.counts["cleared"]) == (len(tokens), len(tokens))


@pytest.mark.parametrize("field", ["kept", "cleared", "filled"])
def test_an_absent_column_is_never_touched(things: Desk, field: str):
    """BLK-1"""
    things.load("ONE", [{"code": "1", field: "x"}])

    things.load("ONE", [{"code": "1"}])

    assert value(things, field) == "x"


def test_fill_only_writes_into_blanks_and_nowhere_else(things: Desk):
    """BLK-1"""
    things.load("ONE", [{"code": "1", "filled": ""}])

    things.load("ONE", [{"code": "1", "filled": "first"}])
    assert value(things, "filled") == "first"
    things.load("ONE", [{"code": "1", "filled": "second"}])
    assert value(things, "filled") == "first"


def test_fill_only_holds_under_refresh_too(things: Desk):
    """BLK-1, PLN-15"""
    things.load("ONE", [{"code": "1", "filled": "first"}])

    things.load("ONE", [{"code": "1", "filled": "second"}], refresh=True)

    assert value(things, "filled") == "first"


def test_a_blank_that_is_said_again_does_not_clear_what_another_source_filled(things: Desk):
    """BLK-1, PLN-15"""
    things.load("ONE", [{"code": "1", "cleared": "x", "kept": "a"}])
    things.load("ONE", [{"code": "1", "cleared": "", "kept": "a"}])
    things.load("TWO", [{"code": "1", "cleared": "y"}])
    assert value(things, "cleared") == "y"

    things.load("ONE", [{"code": "1", "cleared": "", "kept": "b"}])

    assert value(things, "cleared") == "y"


def test_the_first_blank_of_a_source_clears_nothing(things: Desk):
    """PLN-19: until a source has spoken for a field, only a value is news."""
    things.load("ONE", [{"code": "1", "cleared": "x"}])

    things.load("TWO", [{"code": "1", "cleared": ""}])

    assert value(things, "cleared") == "x"


def test_a_blank_after_a_value_of_the_same_source_clears_another_sources_value_too(things: Desk):
    """BLK-1, PLN-15: it said something else last time, so it speaks."""
    things.load("ONE", [{"code": "1", "cleared": "x"}])
    things.load("TWO", [{"code": "1", "cleared": "y"}])

    things.load("ONE", [{"code": "1", "cleared": ""}])

    assert value(things, "cleared") is None
