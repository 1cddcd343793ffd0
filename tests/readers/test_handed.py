"""What Python hands in: rows one by one, pandas frames, and what is refused (REA-1, REA-3, REA-6, REA-7)."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from stocktake.model.errors import InvalidInput
from stocktake.model.options import ReadOptions
from stocktake.ports.reader import Reading
from stocktake.readers.handed import open_content
from stocktake.readers.items import ItemReading
from stocktake.readers.pandas_frame import PandasReading
from stocktake.readers.python_value import value_text


class Stage(StrEnum):
    WON = "won"


class Grade(Enum):
    FIRST = 1


def kind(value: object) -> str:
    return type(value).__name__


def opened(content: Any, name: str | None = None) -> Reading:
    return open_content(content, ReadOptions(), name)


def cells(content: Any) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = pl.concat(opened(content).batches()).drop("_row", "_line", "_fault").rows()
    return found


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        (" x ", " x "),
        (12345678901234567890, "12345678901234567890"),
        (7.0, "7"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e300, "1e+300"),
        (1e-5, "0.00001"),
        (float("nan"), ""),
        (float("inf"), "inf"),
        (True, "true"),
        (Decimal("1.10"), "1.10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("NaN"), ""),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime.fromisoformat("2026-01-02 03:04:05"), "2026-01-02T03:04:05"),
        (datetime(2026, 1, 2, 3, 4, 5, 120, tzinfo=UTC), "2026-01-02T03:04:05.00012+00:00"),
        (time(1, 2), "01:02:00"),
        (timedelta(seconds=90), "PT1M30S"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Stage.WON, "won"),
        (Grade.FIRST, "1"),
        (np.int64(5), "5"),
        (np.float64(5.5), "5.5"),
        (np.bool_(True), "true"),
        (np.array([1, 2]), "[1,2]"),
        (pd.NaT, ""),
        (pd.NA, ""),
        (pd.Timestamp("2026-01-02T03:04:05.000000001"), "2026-01-02T03:04:05.000000001"),
        ([], "[]"),
        ({"z": 1, "a": ["é", None, Decimal("1.10")]}, '{"a":["é",null,"1.10"],"z":1}'),
        ((1, date(2026, 1, 2)), '[1,"2026-01-02"]'),
    ],
    ids=kind,
)
def test_values_become_text_without_loss(value: Any, text: str) -> None:
    """REA-3."""
    assert value_text(value) == text


def test_the_columns_are_all_keys_in_the_order_of_their_first_appearance() -> None:
    items = [{"b": 1}, {"a": 2, "b": None}, {}, {"c": "x"}]
    for rows in (1, 2, 100):
        reading = ItemReading(iter(items), "items", batch_rows=rows)
        assert reading.layout.header == ("b", "a", "c")
        found = pl.concat(reading.batches())
        assert found["_line"].to_list() == [1, 2, 3, 4]
        assert found.select("c0", "c1", "c2").rows() == [
            ("1", "", ""),
            ("", "2", ""),
            ("", "", ""),
            ("", "", "x"),
        ]


def test_the_digest_is_of_the_content_and_not_of_the_kind_or_the_batches() -> None:
    frame = pl.DataFrame({"a": [1.0, 2.5], "b": [date(2026, 1, 2), None]})

    def digest(reading: Reading) -> str:
        for _ in reading.batches():
            pass
        return reading.sha256

    found = {
        digest(opened(frame)),
        digest(opened(frame.lazy())),
        digest(opened(frame.to_dicts())),
        digest(ItemReading(frame.to_dicts(), "items", batch_rows=1)),
        digest(opened(pa.table({"a": [1.0, 2.5], "b": [date(2026, 1, 2), None]}))),
        digest(opened(pd.DataFrame(frame.to_dicts()))),
    }
    assert len(found) == 1


def test_no_items_are_a_table_without_rows() -> None:
    reading = opened(iter(()))
    assert (list(reading.batches()), reading.complete, reading.layout.header) == ([], True, ())


def test_a_long_generator_is_never_held_as_objects() -> None:
    """REA-7: what is kept of 200,000 items is packed text."""

    def items() -> Iterator[dict[str, Any]]:
        for number in range(200_000):
            yield {"id": f"D{number}", "name": f"Deal {number}", "stage": "Prospecting", "amount": number}

    tracemalloc.start()
    reading = opened(items())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 * 1024 * 1024
    assert sum(batch.height for batch in reading.batches()) == 200_000


def test_half_a_surrogate_pair_is_a_fault_of_its_row() -> None:
    (batch,) = opened([{"a": "ok", "b": None}, {"a": "\ud800x", "b": "y"}]).batches()
    assert batch.drop("_row", "_line").rows() == [(None, "ok", ""), ("invalid-character", "\ufffdx", "y")]


def test_a_cell_over_1_mib_is_a_fault_of_its_row() -> None:
    """REA-6."""
    (batch,) = opened([{"a": "k1", "b": "x" * (1024 * 1024 + 1)}, {"a": "k2", "b": "y"}]).batches()
    assert batch.drop("_row", "_line").rows() == [("cell-too-long", "k1", ""), (None, "k2", "y")]


def test_a_pandas_frame_may_have_numbers_for_labels_and_one_label_twice() -> None:
    frame = pd.DataFrame([[1, "x", None]], columns=[0, "a", "a"], index=["north"])
    reading = opened(frame)
    assert reading.layout.header == ("0", "a", "a")
    assert cells(frame) == [("1", "x", "")]
    assert [each.code for each in reading.warnings] == ["duplicate-label"]


def test_pandas_own_types_are_text_like_any() -> None:
    frame = pd.DataFrame(
        {
            "whole": pd.array([1, None], dtype="Int64"),
            "word": pd.Categorical(["x", None]),
            "when": pd.to_datetime(["2026-01-02 03:04", None]).tz_localize("UTC"),
            "nested": [{"b": 1, "a": [2]}, None],
            "holes": [1.0, None],
        }
    )
    assert opened(frame).layout.header == ("whole", "word", "when", "nested.b", "nested.a", "holes")
    assert cells(frame) == [("1", "x", "2026-01-02T03:04:00+00:00", "1", "[2]", "1"), ("",) * 6]


#: What a file in JSON holds may be handed in as it is.
NESTED: list[dict[str, Any]] = [
    {"id": 1, "owner": None, "tags": [{"z": 1, "a": None}]},
    {"id": 2, "owner": {"name": "Bo", "at": {"city": "Ghent"}}, "tags": []},
    {"id": 3, "owner": {"mail": "cy@x", "at": {}}},
    {"id": 4, "owner": "nobody", "extra": {}},
]


def test_mappings_within_rows_are_columns_with_dotted_names_as_in_a_file(tmp_path: Path) -> None:
    """REA-1: the same header and the same cells, whoever hands them in and however many rows are read at a time."""
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(NESTED))
    from_file = opened(path)
    header = ("id", "owner.name", "owner.at.city", "owner.mail", "owner", "tags", "extra")
    read = pl.concat(from_file.batches()).drop("_row", "_line", "_fault")
    assert sorted(from_file.layout.header) == sorted(header)
    expected = [
        tuple(row[from_file.layout.header.index(name)] for name in header) for row in read.iter_rows()
    ]

    frame = pd.DataFrame(NESTED)
    readings = [
        opened(NESTED),
        ItemReading(iter(NESTED), "items", batch_rows=1),
        opened(frame),
        PandasReading(frame, "frame", batch_rows=1),
    ]
    assert {each.layout.header for each in readings} == {header}
    for each in readings:
        assert pl.concat(each.batches()).drop("_row", "_line", "_fault").rows() == expected
    assert len({each.sha256 for each in readings}) == 1


def test_a_value_within_a_mapping_that_has_no_text_is_named_by_its_column() -> None:
    """REA-1"""
    refused = refusal([{"a": {"b": 1}}, {"a": {"b": b"x"}}])
    assert (refused.code, refused.details["item"], refused.details["column"]) == ("column-not-text", 2, "a.b")
    with pytest.raises(InvalidInput) as framed:
        opened(pd.DataFrame({"a": [{"b": 1}, {"b": b"x"}]}))
    assert (framed.value.details["item"], framed.value.details["column"]) == (2, "a.b")


def refusal(content: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as refused:
        opened(content, "night")
    assert refused.value.hint
    return refused.value


@pytest.mark.parametrize(
    "content",
    [5, None, b"a,b", {"a": 1}, object, pl.Series([1]), lambda: 1],
    ids=kind,
)
def test_anything_else_is_refused_with_what_it_is(content: Any) -> None:
    refused = refusal(content)
    assert refused.code == "source-not-readable"
    assert refused.details["type"].rpartition(".")[2] in refused.message


@pytest.mark.parametrize(
    "content",
    [pa.chunked_array([[1]]), pa.table([[1], [2]], names=["a", "a"])],
    ids=["column", "label twice"],
)
def test_an_arrow_stream_that_is_no_table_is_refused(content: Any) -> None:
    assert refusal(content).code == "source-not-readable"


@pytest.mark.parametrize("odd", [5, None, "text", ["a"], object()], ids=kind)
def test_an_item_that_is_no_mapping_is_named_by_its_position(odd: Any) -> None:
    refused = refusal([{"a": 1}, {"a": 2}, odd, odd])
    assert (refused.code, refused.details["item"]) == ("source-not-readable", 3)
    assert "Item 3 of night" in refused.message


def test_an_open_file_is_refused_by_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")
    with path.open() as file:
        assert refusal(file).details == {"item": 1, "type": "str"}


def test_a_key_that_is_no_text_is_named() -> None:
    refused = refusal([{"a": 1}, {7: 1}])
    assert (refused.code, refused.details["item"]) == ("source-not-readable", 2)


@pytest.mark.parametrize("value", [b"x", {1, 2}, object(), [b"x"], {7: 1}, [float("inf")]], ids=kind)
def test_a_value_without_text_is_named_by_item_and_column(value: Any) -> None:
    refused = refusal([{"a": 1}, {"a": value}])
    assert refused.code == "column-not-text"
    assert (refused.details["item"], refused.details["column"]) == (2, "a")


def test_a_value_of_pandas_without_text_is_named_by_row_and_column() -> None:
    with pytest.raises(InvalidInput) as refused:
        cells(pd.DataFrame({"a": ["x", b"y"]}))
    assert (refused.value.code, refused.value.details["item"]) == ("column-not-text", 2)
