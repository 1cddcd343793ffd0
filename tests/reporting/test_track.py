"""Tracks: records that came the same way are counted together, and say no less (HIS-6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from stocktake.model.errors import InvalidInput
from stocktake.model.record_type import Field, FieldType
from stocktake.reporting.course import COURSE
from stocktake.reporting.track import plain_tracks, together, tracks_of

AMOUNT = Field(name="amount", type=FieldType.DECIMAL)
MONDAY, TUESDAY = "2026-03-02T09:00:00.000000Z", "2026-03-03T09:00:00.000000Z"
MOMENTS = pl.DataFrame({"run_id": [1, 2], "applied_at": [MONDAY, TUESDAY]})


def course(*lines: tuple[Any, ...]) -> pl.DataFrame:
    return pl.DataFrame(lines, schema=COURSE, orient="row")


def told(tracks: pl.DataFrame) -> list[tuple[Any, ...]]:
    return tracks.select("track", "run_id", "value", "there", "records", "worth").rows()


def test_records_of_one_way_are_one_track_and_their_amounts_are_added_line_by_line():
    found = tracks_of(
        course(
            (1, MONDAY, 1, "new", "0.10", True),
            (1, TUESDAY, 2, "won", "2", True),
            (2, MONDAY, 1, "new", "5", True),
            (3, MONDAY, 1, "new", "0.25", True),
            (3, TUESDAY, 2, "won", "-1.5", True),
        ),
        AMOUNT,
    )

    assert told(found) == [
        (1, 1, "new", True, 2, Decimal("0.35")),
        (1, 2, "won", True, 2, Decimal("0.5")),
        (2, 1, "new", True, 1, Decimal(5)),
    ]


def test_another_moment_or_another_end_is_another_way():
    found = tracks_of(
        course(
            (1, MONDAY, 1, "new", "", True),
            (2, TUESDAY, 2, "new", "", True),
            (3, MONDAY, 1, "new", "", True),
            (3, TUESDAY, 2, "new", "", False),
        ),
        None,
    )

    assert [each[:3] for each in told(found)] == [(1, 1, "new"), (2, 2, "new"), (3, 1, "new"), (3, 2, "new")]


def test_records_that_nothing_happened_to_have_a_track_by_run_and_value():
    """A run that nobody knows any more leaves them without a moment; blank is a value."""
    counts = [(1, "new", "2", 3), (1, "new", "0.5", 2), (9, None, None, 4)]
    plain = pl.DataFrame(counts, schema=["created_run", "value", "amount", "records"], orient="row")

    found = plain_tracks(plain, MOMENTS, AMOUNT, 64).sort("run_id")

    assert found.select("at", "run_id", "value", "records", "worth").rows() == [
        (MONDAY, 1, "new", 5, Decimal(7)),
        ("", 9, "", 4, Decimal(0)),
    ]
    assert sorted(found["track"]) == [-66, -65]


def test_parts_of_different_precision_are_added_exactly():
    parts = [
        tracks_of(course((place, MONDAY, 1, "new", amount, True)), AMOUNT)
        for place, amount in ((1, "0.125"), (2, "40"))
    ]

    assert together(parts, AMOUNT)["worth"].to_list() == [Decimal("0.125"), Decimal(40)]
    assert together([], AMOUNT).is_empty()


@pytest.mark.parametrize("amounts", [("9" * 32, "1"), ("9" * 20, "0." + "1" * 12)])
def test_amounts_that_cannot_be_added_exactly_are_refused(amounts: tuple[str, str]):
    """HIS-9: be they in one part or in two."""
    with pytest.raises(InvalidInput) as refused:
        together(
            [
                tracks_of(course((place, MONDAY, 1, "new", each, True)), AMOUNT)
                for place, each in enumerate(amounts)
            ],
            AMOUNT,
        )
    assert refused.value.code == "amounts-too-long"
