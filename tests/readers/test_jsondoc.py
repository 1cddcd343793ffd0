"""JSON documents: values as they are written, oddities named (REA-1, REA-3, REA-4)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from stocktake.model.errors import InvalidInput, Unreadable
from stocktake.model.options import ReadOptions
from stocktake.ports.reader import Reading
from stocktake.readers.jsondoc import JsonReader
from tests.chance import times


def read(
    path: Path, text: str | bytes, *, batch_rows: int = 2, **options: Any
) -> tuple[Reading, list[tuple[object, ...]]]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    reading = JsonReader(batch_rows=batch_rows).open(path, ReadOptions(**options))
    batches = list(reading.batches())
    return reading, pl.concat(batches).drop("_row").rows() if batches else []


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ('"0012"', "0012"),
        ('""', ""),
        ("null", ""),
        ("true", "true"),
        ("false", "false"),
        ("1234567890123456789", "1234567890123456789"),
        ("-5", "-5"),
        ("19609.0", "19609"),
        ("12345678901234567890.0", "12345678901234567890"),
        ("-0.0", "0"),
        ("1e3", "1000"),
        ("1.5E+1", "15"),
        ("1.5e-7", "1.5e-7"),
        ("1e400", "1e400"),
        ("1e" + "9" * 24, "1e" + "9" * 24),
        ("0e" + "9" * 60, "0e" + "9" * 60),
        ("36.62474", "36.62474"),
        ("1.10", "1.10"),
        ("9" * 5000, "9" * 5000),
        ("[]", "[]"),
        ('[{"z": 1, "a": [true, null, "é"]}]', '[{"a":[true,null,"é"],"z":1}]'),
        ("[1.10, 19609.0, 0.12345678901234567890, 1e400]", "[1.10,19609,0.12345678901234567890,1e400]"),
        (r'["\"\\\u0009"]', r'["\"\\\t"]'),
    ],
)
def test_a_value_becomes_text_without_loss(tmp_path: Path, value: str, cell: str) -> None:
    """REA-3."""
    assert read(tmp_path / "t", f'[{{"a": {value}}}]')[1] == [(1, None, cell)]


@settings(max_examples=times(90), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.dictionaries(
            st.text('abé "', max_size=3),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
            max_size=4,
        ),
        max_size=6,
    ),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    escaped=st.booleans(),
)
def test_reads_back_what_the_json_module_wrote(
    tmp_path: Path, rows: list[dict[str, str]], encoding: str, escaped: bool
) -> None:
    """REA-3, REA-5. NUL and lone surrogates are faults and have their own test; records without any key are no table."""
    assume(not rows or any(rows))
    reading, found = read(tmp_path / "t", json.dumps(rows, ensure_ascii=escaped).encode(encoding))
    labels = tuple(dict.fromkeys(key for row in rows for key in row))
    assert reading.layout.header == labels
    expected = [(line, None, *(row.get(key, "") for key in labels)) for line, row in enumerate(rows, 1)]
    assert found == expected


def test_columns_come_in_order_of_first_appearance_and_missing_keys_are_blank(tmp_path: Path) -> None:
    reading, found = read(tmp_path / "t", '[{"b": 1}, {"a": 2, "b": 3}, {"c": null}]')
    assert reading.layout.header == ("b", "a", "c")
    assert found == [(1, None, "1", "", ""), (2, None, "3", "2", ""), (3, None, "", "", "")]


def test_an_object_that_holds_one_array_of_objects_is_that_array(tmp_path: Path) -> None:
    """REA-1."""
    reading, found = read(tmp_path / "t", '{"version": 1, "tags": ["x"], "items": [{"id": 1}]}')
    assert (reading.layout.sheet, found) == ("items", [(1, None, "1")])


def test_several_arrays_are_named_and_one_can_be_chosen(tmp_path: Path) -> None:
    text = '{"v4": [{"id": 1}], "v6": [{"id": 2}]}'
    with pytest.raises(Unreadable) as refusal:
        read(tmp_path / "t", text)
    assert (refusal.value.code, refusal.value.details["arrays"]) == ("several-arrays", ["v4", "v6"])
    assert read(tmp_path / "t", text, sheet="v6")[1] == [(1, None, "2")]
    with pytest.raises(InvalidInput) as missing:
        read(tmp_path / "t", text, sheet="v5")
    assert missing.value.code == "unknown-sheet"


@pytest.mark.parametrize("text", ["[]", '{"items": []}'])
def test_an_empty_array_is_a_table_without_rows(tmp_path: Path, text: str) -> None:
    reading, found = read(tmp_path / "t", text)
    assert (found, reading.layout.header, reading.complete) == ([], (), True)


def test_elements_that_are_no_objects_are_faults_of_their_own(tmp_path: Path) -> None:
    """REA-4."""
    _, found = read(tmp_path / "t", '[{"id":"k1"},7,null,["x"],{"id":"k2"}]')
    assert [(row[0], row[1]) for row in found] == [
        (1, None),
        (2, "not-an-object"),
        (3, "not-an-object"),
        (4, "not-an-object"),
        (5, None),
    ]


def test_characters_no_database_takes_are_faults_and_replaced(tmp_path: Path) -> None:
    _, found = read(
        tmp_path / "t",
        r'[{"id":"k1","n":"a\ud800b"},{"id":"k2","n":"\u0000"},{"id":"k3","n":"\ud83d\ude00"}]',
    )
    assert found == [
        (1, "invalid-character", "k1", "a\ufffdb"),
        (2, "invalid-character", "k2", "\ufffd"),
        (3, None, "k3", "😀"),
    ]


def test_a_list_nested_deeper_than_can_be_written_again_is_a_fault_of_its_row(tmp_path: Path) -> None:
    deep = "[" * 900 + "]" * 900
    found = read(tmp_path / "t", f'[{{"id":1,"n":{deep}}},{{"id":2,"n":[]}}]')[1]
    assert found == [(1, "nested-too-deep", "1", ""), (2, None, "2", "[]")]


def test_a_cell_over_1_mib_is_a_fault_of_its_row(tmp_path: Path) -> None:
    """REA-6."""
    found = read(
        tmp_path / "t", json.dumps([{"id": "k1", "n": "x" * (1024 * 1024 + 1)}, {"id": "k2", "n": "y"}])
    )[1]
    assert found == [(1, "cell-too-long", "k1", ""), (2, None, "k2", "y")]


def test_a_key_named_twice_with_different_values_is_a_fault_of_its_row(tmp_path: Path) -> None:
    """REA-4: which of them is meant is not guessed."""
    found = read(tmp_path / "t", '[{"id":1},{"id":2,"id":3},{"id":4,"id":4},{"id":5,"n":[{"a":1,"a":2}]}]')[1]
    assert [(row[0], row[1], row[2]) for row in found] == [
        (1, None, "1"),
        (2, "duplicate-key", "3"),
        (3, None, "4"),
        (4, "duplicate-key", "5"),
    ]


def test_an_object_within_an_object_becomes_columns_with_dotted_names(tmp_path: Path) -> None:
    """REA-1."""
    text = '[{"id": 1, "owner": {"name": "Ann", "at": {"city": "Bonn"}}}, {"id": 2, "owner": null}, {"id": 3, "owner": {}}]'
    reading, found = read(tmp_path / "t", text)
    assert reading.layout.header == ("id", "owner.name", "owner.at.city")
    assert found == [(1, None, "1", "Ann", "Bonn"), (2, None, "2", "", ""), (3, None, "3", "", "")]


def test_a_place_that_holds_objects_and_plain_values_has_a_column_for_each(tmp_path: Path) -> None:
    reading, found = read(tmp_path / "t", '[{"a": {"b": 1}}, {"a": 2}, {"a": [{"b": 3}]}, {"a.b": 4}]')
    assert reading.layout.header == ("a.b", "a", "a.b")
    assert [row[2:] for row in found] == [("1", "", ""), ("", "2", ""), ("", '[{"b":3}]', ""), ("", "", "4")]
    assert [warning.code for warning in reading.warnings] == ["duplicate-label"]


def test_records_under_their_keys_have_the_key_as_a_column(tmp_path: Path) -> None:
    """REA-1: one object keyed by id."""
    reading, found = read(tmp_path / "t", '{"0000E1": {"name": "a"}, "0000E2": {"name": "b", "n": 1}}')
    assert (reading.layout.header, reading.layout.sheet) == (("key", "name", "n"), ".")
    assert found == [(1, None, "0000E1", "a", ""), (2, None, "0000E2", "b", "1")]


def test_a_record_under_its_key_that_is_no_object_is_a_fault_and_proves_its_key(tmp_path: Path) -> None:
    """REA-4, PRE-5."""
    found = read(tmp_path / "t", '{"a1": {"key": "x"}, "a2": {"key": "y"}, "a3": null}')
    assert found[0].layout.header == ("key_2", "key")
    assert found[1][2] == (3, "not-an-object", "a3", "")


def test_values_under_ids_are_a_table_of_two_columns(tmp_path: Path) -> None:
    """REA-1: ``{"0000E1": "…"}``."""
    reading, found = read(tmp_path / "t", '{"0000E1": "Ann", "0000E2": 7, "value": null}')
    assert reading.layout.header == ("key", "value")
    assert found == [(1, None, "0000E1", "Ann"), (2, None, "0000E2", "7"), (3, None, "value", "")]


@pytest.mark.parametrize(
    ("text", "name", "ids"),
    [
        ('{"data": {"items": [{"id": 1}], "page": 1}, "meta": {"took": 3}}', "data.items", ["1"]),
        ('{"MediaContainer": {"size": 1, "Metadata": [{"id": 1}]}}', "MediaContainer.Metadata", ["1"]),
        ('{"at": "x", "hosts": {"a": {"id": 1}, "b": {"id": 2}}}', "hosts", ["1", "2"]),
        ('{"rows": [{"id": 1}], "tags": ["x"], "errors": []}', "rows", ["1"]),
    ],
)
def test_records_are_found_within_objects(tmp_path: Path, text: str, name: str, ids: list[str]) -> None:
    """REA-1."""
    reading, found = read(tmp_path / "t", text)
    assert reading.layout.sheet == name
    place = 2 + reading.layout.header.index("id")
    assert [row[place] for row in found] == ids


def test_all_arrays_together_have_the_name_of_each_as_a_column(tmp_path: Path) -> None:
    """REA-1: union with the array's name as a column."""
    text = '{"v4": [{"id": 1}, {"id": 2}], "at": 5, "v6": [{"n": "x", "id": 3}]}'
    reading, found = read(tmp_path / "t", text, sheet="*")
    assert (reading.layout.header, reading.layout.sheets) == (("array", "id", "n"), ("v4", "v6"))
    assert found == [(1, None, "v4", "1", ""), (2, None, "v4", "2", ""), (3, None, "v6", "3", "x")]


def test_an_array_deeper_in_the_document_can_be_named(tmp_path: Path) -> None:
    text = '{"top": [{"id": 1}], "more": {"deep": [{"id": 2}]}}'
    assert read(tmp_path / "t", text)[1] == [(1, None, "1")]
    assert read(tmp_path / "t", text, sheet="deep")[1] == [(1, None, "2")]


def test_a_large_document_is_walked_over_piece_by_piece(tmp_path: Path) -> None:
    """REA-7: values that run over the end of a block are read whole."""
    rows = [
        {"id": f"{number:07}", "n": "é" * (number % 90), "x": {"y": number / 8}} for number in range(150_000)
    ]
    text = json.dumps({"data": {"took": 1, "items": rows}}, ensure_ascii=False, indent=1)
    reading, found = read(tmp_path / "t", text, batch_rows=10_000, sheet="items")
    assert reading.layout.sheet == "data.items"
    assert len(found) == len(rows)
    assert found[99_999] == (100_000, None, "0099999", "é" * (99_999 % 90), "12499.875")


def test_broken_json_deep_in_a_large_document_is_told_with_its_place(tmp_path: Path) -> None:
    """REA-4."""
    lines = [f'  {{"id": {number}, "n": "{"x" * 100}"}},' for number in range(100_000)]
    text = "\n".join(["[", *lines, '  {"id": 1, "id" 2}', "]"])
    with pytest.raises(Unreadable) as refusal:
        read(tmp_path / "t", text, batch_rows=10_000)
    assert refusal.value.details["line"] == 100_002
    assert refusal.value.details["column"] == 18
    assert refusal.value.details["offset"] == text.index("2}", len(text) - 6)


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        ('[{"a":1},\n{"a":]', 2, 6, "expecting a value"),
        ('[{"a":1}] x', 1, 11, "extra data"),
        ('[{"a":"NaN"},\n {"a": NaN}]', 2, 8, "NaN is not a JSON number"),
        ('[{"a":-Infinity}]', 1, 7, "-Infinity is not a JSON number"),
        ("[" * 200_000, 1, 2, "nested too deep"),
        ('[{"a":"x\ny"}]', 1, 9, "control character"),
        ('[{"a":1}', 1, 9, "delimiter"),
    ],
)
def test_broken_json_is_refused_with_the_place_and_the_reason(
    tmp_path: Path, text: str, line: int, column: int, what: str
) -> None:
    """REA-4."""
    with pytest.raises(Unreadable) as refusal:
        read(tmp_path / "t", text)
    assert (refusal.value.code, refusal.value.details["line"]) == ("not-json", line)
    assert refusal.value.details["column"] == column
    assert what in refusal.value.message
    assert refusal.value.hint


def test_one_object_a_line_is_told_apart_from_damage(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as refusal:
        read(tmp_path / "t", '{"a":1}\n{"a":2}\n')
    assert "NDJSON" in refusal.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "42",
        '"x"',
        "{}",
        "[1, 2]",
        "[[]]",
        "[{}]",
        '{"a": 1}',
        '{"a": [1, 2]}',
        '{"error": "unauthorised", "message": "Sign in."}',
        '{"error": {"code": 401}, "meta": {"page": 1}}',
        '{"user": {"name": "Ann"}}',
    ],
)
def test_json_that_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read(tmp_path / "t", text)
    assert refusal.value.code == "not-a-table"
