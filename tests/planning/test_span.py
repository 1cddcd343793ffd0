"""Spans of numbers say what a set of them says (HEA-4)."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as some

from stocktake.planning.span import between, numbers_of, outside, size_of, spans_of, widest, without

NUMBERS = some.lists(some.integers(0, 30))


def series(numbers: Any) -> pl.Series:
    return pl.Series(list(numbers), dtype=pl.Int64)


@given(numbers=NUMBERS)
def test_spans_hold_the_numbers_and_nothing_else(numbers: list[int]):
    spans = spans_of(series(numbers))

    assert numbers_of(spans).to_list() == sorted(set(numbers))
    assert size_of(spans) == len(set(numbers))
    gaps = set(range(min(numbers), max(numbers))) - set(numbers) if numbers else set()
    assert numbers_of(between(spans)).to_list() == sorted(gaps)


@given(numbers=NUMBERS, others=NUMBERS)
def test_what_lies_in_no_span_is_told_as_often_as_it_is_named(numbers: list[int], others: list[int]):
    spans = spans_of(series(others))

    assert outside(series(numbers), spans).to_list() == sorted(each for each in numbers if each not in others)
    assert without(spans_of(series(numbers)), spans) == bool(set(numbers) - set(others))


@given(numbers=some.sets(some.integers(0, 30)), cut=some.integers(0, 30))
def test_spans_that_touch_are_one(numbers: set[int], cut: int):
    """What one run made and what another made beside it."""
    low, high = (spans_of(series(each for each in numbers if (each < cut) is side)) for side in (True, False))

    assert not without(spans_of(series(numbers)), pl.concat([high, low]))


def test_the_widest_are_those_that_hold_the_most_in_order():
    spans = spans_of(series([1, 2, 3, 7, 9, 10, 20, 21, 22, 23]))

    assert widest(spans, 2) == [(1, 3), (20, 23)]
    assert widest(spans.clear(), 2) == []
    assert outside(series([None, 5, 2, 5]), spans).to_list() == [5, 5]
