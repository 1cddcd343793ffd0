"""Frames handed in by Python: every type as the text a file would hold (REA-1, REA-3)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import polars as pl
import pytest

from stocktake.model.errors import InvalidInput
from stocktake.readers.frame import FrameReading


def cells(series: pl.Series) -> list[str]:
    return pl.concat(FrameReading(series.alias("a").to_frame(), "frame").batches())["c0"].to_list()


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        (pl.Series(["0012", None, " x "]), ["0012", "", " x "]),
        (pl.Series([12345678901234567, None]), ["12345678901234567", ""]),
        (pl.Series([19609.0, 1.5, None, -0.0, 0.1]), ["19609", "1.5", "", "0", "0.1"]),
        (pl.Series([True, False, None]), ["true", "false", ""]),
        (pl.Series([Decimal("1.10"), None]), ["1.10", ""]),
        (pl.Series([date(2026, 1, 2), None]), ["2026-01-02", ""]),
        (
            pl.Series([datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)]).dt.replace_time_zone(None),
            ["2026-01-02T03:04:05"],
        ),
        (pl.Series([time(1, 2)]), ["01:02:00"]),
        (pl.Series(["x", None], dtype=pl.Categorical), ["x", ""]),
        (pl.Series([[1, 2], [], None]), ["[1,2]", "[]", ""]),
        (pl.Series([[{"z": 1, "a": "é"}], None]), ['[{"a":"é","z":1}]', ""]),
        (pl.Series([[{"b": 1, "a": [1.5]}]]), ['[{"a":[1.5],"b":1}]']),
        (pl.Series([None, None], dtype=pl.Null), ["", ""]),
    ],
)
def test_every_type_becomes_text_without_loss(series: pl.Series, expected: list[str]) -> None:
    """REA-3."""
    assert cells(series) == expected


def test_a_struct_is_a_column_for_each_of_its_fields() -> None:
    """REA-1: as in Parquet and JSON."""
    frame = pl.DataFrame(
        {"owner": [{"name": "Bo", "at": {"city": "Ghent", "tags": [1]}}, None], "id": [1, 2]}
    )

    for handed in (frame, frame.lazy()):
        reading = FrameReading(handed, "frame")
        assert reading.layout.header == ("owner.name", "owner.at.city", "owner.at.tags", "id")
        assert pl.concat(reading.batches()).drop("_row", "_line", "_fault").rows() == [
            ("Bo", "Ghent", "[1]", "1"),
            ("", "", "", "2"),
        ]


def test_a_field_of_a_struct_that_has_no_text_is_named() -> None:
    """REA-1"""
    with pytest.raises(InvalidInput) as refusal:
        FrameReading(pl.DataFrame({"owner": [{"photo": b"\xff"}]}), "frame")
    assert refusal.value.details["column"] == "owner.photo"


def test_equal_content_has_an_equal_digest_and_other_content_another() -> None:
    def digest(frame: pl.DataFrame, rows: int) -> str:
        reading = FrameReading(frame, "frame", batch_rows=rows)
        for _ in reading.batches():
            pass
        return reading.sha256

    numbers, texts = pl.DataFrame({"a": [1, 2, 3]}), pl.DataFrame({"a": ["1", "2", "3"]})
    assert digest(numbers, 1) == digest(texts, 100)
    assert digest(numbers, 1) != digest(texts.rename({"a": "b"}), 1)
    assert digest(numbers, 1) != digest(texts.head(2), 1)


def test_a_cell_over_1_mib_is_a_fault_of_its_row() -> None:
    """REA-6."""
    frame = pl.DataFrame({"a": ["k1", "k2"], "b": ["x" * (1024 * 1024 + 1), "y"]})
    (batch,) = FrameReading(frame, "frame").batches()
    assert batch.drop("_row").rows() == [(1, "cell-too-long", "k1", ""), (2, None, "k2", "y")]


def test_refuses_a_column_that_has_no_text() -> None:
    with pytest.raises(InvalidInput) as refusal:
        FrameReading(pl.DataFrame({"photo": [b"\xff"]}), "frame")
    assert refusal.value.code == "column-not-text"
    assert "photo" in refusal.value.message


def test_a_frame_without_columns_is_a_table_without_rows() -> None:
    reading = FrameReading(pl.DataFrame(), "frame")
    assert (list(reading.batches()), reading.complete, reading.layout.header) == ([], True, ())
