"""Parquet: every type as text without loss, damage in words (REA-1, REA-3, REA-6)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from stocktake.model.errors import Refusal, Unreadable
from stocktake.model.options import ReadOptions
from stocktake.ports.reader import Reading
from stocktake.readers.child import Limits
from stocktake.readers.parquet import ParquetReader
from stocktake.readers.registry import open_reading


def read(path: Path, frame: pl.DataFrame) -> tuple[Reading, pl.DataFrame]:
    frame.write_parquet(path)
    reading = ParquetReader().open(path, ReadOptions())
    return reading, pl.concat(reading.batches())


BERLIN = ZoneInfo("Europe/Berlin")
VALUES: dict[str, tuple[pl.Series, str]] = {
    "text": (pl.Series(["0012"]), "0012"),
    "decimal": (pl.Series([Decimal("1.10")]), "1.10"),
    "id": (pl.Series([1234567890123456789]), "1234567890123456789"),
    "unsigned": (pl.Series([2**64 - 1], dtype=pl.UInt64), "18446744073709551615"),
    "float": (pl.Series([0.1]), "0.1"),
    "whole float": (pl.Series([19609.0]), "19609"),
    "short float": (pl.Series([0.1], dtype=pl.Float32), "0.1"),
    "not a number": (pl.Series([float("nan")]), "NaN"),
    "infinite": (pl.Series([float("-inf")]), "-inf"),
    "boolean": (pl.Series([True]), "true"),
    "date": (pl.Series([date(2026, 4, 1)]), "2026-04-01"),
    "time": (pl.Series([time(9, 5)]), "09:05:00"),
    "moment": (
        pl.Series(["2026-04-01T09:05:00.12"]).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f"),
        "2026-04-01T09:05:00.12",
    ),
    "utc": (pl.Series([datetime(2026, 4, 1, 9, tzinfo=UTC)]), "2026-04-01T09:00:00+00:00"),
    "zone": (pl.Series([datetime(2026, 4, 1, 9, tzinfo=BERLIN)]), "2026-04-01T09:00:00+02:00"),
    "duration": (pl.Series([timedelta(hours=1)]), "PT1H"),
    "category": (pl.Series(["a"], dtype=pl.Categorical), "a"),
    "list": (pl.Series([[1, None, 3]]), "[1,null,3]"),
    "list of structs": (pl.Series([[{"b": 1, "a": "é"}]]), '[{"a":"é","b":1}]'),
    "null": (pl.Series([None]), ""),
    "text in bytes": (pl.Series(["é".encode()]), "é"),
    "bytes": (pl.Series([b"\xff\x00"]), "ff00"),
}


def test_every_type_has_its_text(tmp_path: Path) -> None:
    """REA-3."""
    frame = pl.DataFrame({name: series for name, (series, _) in VALUES.items()})
    reading, rows = read(tmp_path / "t", frame)
    found = dict(zip(reading.layout.header, rows.drop("_row", "_line", "_fault").row(0), strict=True))
    assert found == {name: text for name, (_, text) in VALUES.items()}
    assert [warning.code for warning in reading.warnings] == ["binary-as-hex"]


def test_a_struct_is_a_column_for_each_field(tmp_path: Path) -> None:
    """REA-1: dotted names."""
    frame = pl.DataFrame({"id": [1, 2], "at": [{"city": "Bonn", "geo": {"lat": 50.7}}, None]})
    reading, rows = read(tmp_path / "t", frame)
    assert reading.layout.header == ("id", "at.city", "at.geo.lat")
    assert rows.select("c0", "c1", "c2").rows() == [("1", "Bonn", "50.7"), ("2", "", "")]


def test_row_groups_come_one_after_the_other(tmp_path: Path) -> None:
    """REA-5, REA-7."""
    path = tmp_path / "t"
    pl.DataFrame({"id": range(1000)}).write_parquet(path, row_group_size=90)
    reading = ParquetReader(batch_rows=64).open(path, ReadOptions())
    batches = list(reading.batches())
    rows = pl.concat(batches)
    assert max(batch.height for batch in batches) <= 64
    assert rows["_line"].to_list() == list(range(1, 1001))
    assert rows["c0"].to_list() == [str(number) for number in range(1000)]
    assert (reading.rows_expected, reading.complete) == (1000, True)


def test_a_wide_file_is_read_and_one_too_wide_refused(tmp_path: Path) -> None:
    """REA-6."""
    reading, rows = read(tmp_path / "t", pl.DataFrame({f"x{place}": [place] for place in range(3_000)}))
    assert (len(reading.layout.header), rows["c2999"].item()) == (3_000, "2999")
    with pytest.raises(Unreadable) as refusal:
        read(tmp_path / "t", pl.DataFrame({f"x{place}": [place] for place in range(10_001)}))
    assert refusal.value.code == "too-many-columns"


def test_characters_no_database_takes_and_cells_over_the_limit_are_faults(tmp_path: Path) -> None:
    """REA-4, REA-6."""
    _, rows = read(tmp_path / "t", pl.DataFrame({"id": ["a", "b\0", "c"], "n": ["", "", "x" * (2**20 + 1)]}))
    assert rows.select("_fault", "c0", "c1").rows() == [
        (None, "a", ""),
        ("invalid-character", "b\ufffd", ""),
        ("cell-too-long", "c", ""),
    ]


def test_bytes_within_a_list_have_no_text(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refusal:
        read(tmp_path / "t", pl.DataFrame({"a": [[b"\xff"]]}))
    assert refusal.value.code == "column-not-text"


def _content(tmp_path: Path) -> bytes:
    path = tmp_path / "sound"
    pl.DataFrame({"id": range(500), "name": [f"n{number}" for number in range(500)]}).write_parquet(path)
    return path.read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-4],
        lambda content: content[: len(content) // 2],
        lambda content: content[:8],
        lambda content: content[:40] + bytes(60) + content[100:],
        lambda content: content[:-8] + b"\xff\xff\xff\x7f" + content[-4:],
        lambda content: content[:-8] + b"\0\0\0\0" + content[-4:],
        lambda content: b"PAR1\0\0PAR1",
    ],
)
def test_a_damaged_file_is_refused_in_words(damage: Any, tmp_path: Path) -> None:
    """REA-6: cut off, overwritten, or with a footer that lies."""
    path = tmp_path / "t.parquet"
    path.write_bytes(damage(_content(tmp_path)))
    with pytest.raises(Unreadable) as refusal:
        for _ in open_reading(path, ReadOptions()).batches():
            pass
    assert refusal.value.code == "file-damaged"
    assert "Parquet" in refusal.value.message
    assert refusal.value.hint


def test_an_encrypted_file_is_said_to_be_so(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes(b"PARE" + _content(tmp_path)[4:-4] + b"PARE")
    with pytest.raises(Unreadable) as refusal:
        open_reading(path, ReadOptions())
    assert refusal.value.code == "file-encrypted"


def test_a_file_that_takes_too_much_memory_is_refused_with_the_limit(tmp_path: Path) -> None:
    """REA-6."""
    path = tmp_path / "t"
    texts = (
        pl.int_range(300_000, eager=True).cast(pl.String).str.zfill(1000)
    )  # each another, or they are held once
    pl.DataFrame({"id": texts}).write_parquet(path)
    limits = Limits(memory_bytes=200 * 1024**2)
    with pytest.raises(Unreadable) as refusal:
        for _ in ParquetReader(batch_rows=300_000, limits=limits).open(path, ReadOptions()).batches():
            pass
    assert refusal.value.code in ("file-too-large", "file-damaged")
