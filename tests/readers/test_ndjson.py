"""NDJSON: a record a line, a broken line a fault of its own (REA-1, REA-4, REA-5, REA-8)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from stocktake.cleaning.row_fault import row_faults
from stocktake.model.errors import Unreadable
from stocktake.model.options import ReadOptions
from stocktake.ports.reader import Reading
from stocktake.readers.ndjson import NdjsonReader


def read(path: Path, text: str | bytes, **options: Any) -> tuple[Reading, pl.DataFrame]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    reading = NdjsonReader(batch_rows=2).open(path, ReadOptions(**options))
    return reading, pl.concat(reading.batches())


def test_rows_carry_the_line_of_the_file_and_blank_lines_are_none(tmp_path: Path) -> None:
    """REA-5."""
    reading, rows = read(tmp_path / "t", '\n{"id": 1}\n\n  \n{"id": 2}\r\n{"id": 3}')
    assert rows["_line"].to_list() == [2, 5, 6]
    assert rows["c0"].to_list() == ["1", "2", "3"]
    assert (reading.complete, reading.warnings) == (True, ())


def test_columns_are_all_keys_and_objects_have_dotted_names(tmp_path: Path) -> None:
    """REA-1."""
    reading, rows = read(
        tmp_path / "t", '{"b": 1.10}\n{"a": {"x": [1, 2]}}\n{"c": 12345678901234567890, "b": null}'
    )
    assert reading.layout.header == ("b", "a.x", "c")
    assert rows.drop("_row", "_line", "_fault").rows() == [
        ("1.10", "", ""),
        ("", "[1,2]", ""),
        ("", "", "12345678901234567890"),
    ]


def test_a_broken_line_is_a_fault_with_line_and_place_and_keeps_what_could_be_read(tmp_path: Path) -> None:
    """REA-4, PRE-5: its key proves presence."""
    reading, rows = read(
        tmp_path / "t", '{"id": "k1"}\n{"id": "k2", "n": [1,}\n{"id": "k3"} x\n7\n{"id": "k4"}\n'
    )
    assert rows["c0"].to_list() == ["k1", "k2", "k3", "", "k4"]
    told = row_faults(rows)
    assert told["_line"].to_list() == [2, 3, 4]
    assert told["code"].to_list() == ["not-json", "not-json", "not-an-object"]
    assert "(Character 22: expecting a value.)" in told["message"][0]
    assert "(Character 14: extra data.)" in told["message"][1]
    assert reading.complete


@pytest.mark.parametrize(
    ("end", "complete"), [('{"id": "k3"}', True), ('{"id": "k3"', False), ('{"id": "k3', False)]
)
def test_a_last_line_that_is_cut_off_makes_the_file_incomplete(
    tmp_path: Path, end: str, complete: bool
) -> None:
    """REA-8, PRE-6."""
    reading, rows = read(tmp_path / "t", f'{{"id": "k1"}}\n{{"id": "k2"}}\n{end}')
    assert (reading.complete, rows.height) == (complete, 3)


def test_a_broken_line_that_ends_is_no_cut(tmp_path: Path) -> None:
    """REA-8."""
    assert read(tmp_path / "t", '{"id": 1}\n{"id": 2\n')[0].complete


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_states_the_encoding(tmp_path: Path, encoding: str) -> None:
    """REA-2."""
    reading, rows = read(tmp_path / "t", '{"id": "é"}\n{"id": "ü"}\n'.encode(encoding))
    assert rows["c0"].to_list() == ["é", "ü"]
    assert reading.layout.encoding == {"utf-16": "utf-16-le"}.get(encoding, encoding)


def test_lines_over_the_end_of_a_block_are_whole(tmp_path: Path) -> None:
    """REA-7."""
    count = 9_000
    lines = [json.dumps({"id": number, "n": "x" * 1_000}) for number in range(count)]
    path = tmp_path / "t"
    path.write_text("\n".join(lines), encoding="utf-8")
    rows = pl.concat(NdjsonReader().open(path, ReadOptions()).batches())
    assert rows["c0"].to_list() == [str(number) for number in range(count)]
    assert rows["_line"].to_list() == list(range(1, count + 1))


@pytest.mark.parametrize(
    ("text", "code"),
    [("\n \n", "file-empty"), ("1\n2\n", "not-a-table"), ("{\n}\n", "not-json"), ("{}\n{}\n", "not-a-table")],
)
def test_lines_that_hold_no_record_are_refused(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read(tmp_path / "t", text)
    assert refusal.value.code == code
    assert refusal.value.hint


@pytest.mark.parametrize(
    ("name", "text", "recognised"),
    [
        ("t", '{"a": 1}\n{"a": 2}', True),
        ("t", '\n\n{"a": 1}\n{"a":', True),
        ("t", '{"a": 1}', False),
        ("t.jsonl", '{"a": 1}', True),
        ("t.jsonl", '[{"a": 1}]', False),
        ("t.json", '{\n"a": 1}', False),
        ("t.json", '{"a": [\n{"b": 1},\n{"b": 2}\n]}', False),
        ("t", '{"a": "' + "x" * 70_000 + '"}\n{"a": 2}', True),
        ("t.csv", "a,b\n1,2\n", False),
    ],
)
def test_lines_of_objects_are_told_by_what_is_in_them(
    tmp_path: Path, name: str, text: str, recognised: bool
) -> None:
    """REA-1."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert NdjsonReader().recognises(text.encode()[: 64 * 1024], path) is recognised
