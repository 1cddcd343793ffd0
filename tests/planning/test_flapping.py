"""Which records flap, of what a plan brings back or loses (PRE-8)."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from stocktake.planning.flapping import flapping

ROWS = {
    "_key": pl.String,
    "_key_raw": pl.String,
    "_keyless": pl.Boolean,
    "_record_id": pl.Int64,
    "_line": pl.UInt32,
    "_back": pl.Boolean,
}
ABSENT = {"_key": pl.String, "_external": pl.String, "_record_id": pl.Int64, "_waited": pl.Boolean}
RETURNS = {"_key": pl.String, "_back_2": pl.Int64, "_back_3": pl.Int64}


def frame(schema: dict[str, Any], *lines: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(lines, schema=schema, orient="row")


@pytest.mark.parametrize(
    ("returns", "flaps"),
    [(("a", 8, 6), True), (("a", 8, 4), True), (("a", 8, None), True), (("a", 3, 2), False)],
)
def test_what_comes_back_needs_two_returns_before(returns: tuple[object, ...], flaps: bool):
    """PRE-8: this one is the third."""
    rows = frame(ROWS, ("a", "A", False, 1, 2, True), ("b", "B", False, 2, 3, False))

    found = flapping(rows, frame(ABSENT), frame(RETURNS, returns), since=5)

    assert found.rows() == ([("A", 1, 2)] if flaps else [])


@pytest.mark.parametrize(
    ("returns", "flaps"),
    [(("a", 8, 6), True), (("a", 8, 5), True), (("a", 8, 4), False), (("a", 8, None), False)],
)
def test_what_goes_needs_three(returns: tuple[object, ...], flaps: bool):
    """PRE-8"""
    absent = frame(ABSENT, ("a", "A", 1, False), ("b", "B", 2, False))

    found = flapping(frame(ROWS), absent, frame(RETURNS, returns), since=5)

    assert found.rows() == ([("A", 1, None)] if flaps else [])


def test_what_was_missing_before_and_what_has_no_external_id_is_no_news():
    """PRE-3, PRE-8"""
    rows = frame(ROWS, ("a", None, True, 1, 2, True))
    absent = frame(ABSENT, ("b", "B", 2, True))

    assert flapping(rows, absent, frame(RETURNS, ("a", 8, 7), ("b", 8, 7)), since=5).is_empty()
