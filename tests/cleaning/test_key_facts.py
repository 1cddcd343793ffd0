"""The key's facts (MAP-5)."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from stocktake.cleaning.draft import keys
from stocktake.cleaning.key_facts import key_facts
from stocktake.mapping import map_columns
from stocktake.model.key import KeyFacts
from stocktake.model.record_type import Field, RecordType
from stocktake.model.source import Source
from stocktake.reporting.key_facts import key_line, key_troubles

DEVICE = RecordType(
    name="device",
    title="Device",
    plural="Devices",
    external_id=("serial_number",),
    fields=(Field(name="serial_number"), Field(name="name")),
)
PLAIN = Source(name="PLAIN", record_types=("device",))
FOLDING = Source(name="FOLDING", record_types=("device",), key_rules=("casefold",))


def facts(cells: list[str], source: Source = PLAIN) -> KeyFacts:
    rows = pl.DataFrame(
        {"_row": range(len(cells)), "_line": range(2, len(cells) + 2), "c0": cells},
        schema={"_row": pl.UInt32, "_line": pl.UInt32, "c0": pl.String},
    )
    mapping = map_columns(["Serial Number"], DEVICE, source).mapping
    found = keys(rows, DEVICE, source, mapping)
    keyed = rows.select("_line").with_columns(
        found["_key"], found["_key_raw"], _keyless=found["_key"].is_null()
    )
    told = key_facts(keyed, DEVICE, source, mapping)
    assert told is not None
    return told


def test_a_sound_key_is_told_in_one_line_map_5():
    found = facts(["A1", "A2"])

    assert found.is_sound
    assert key_line(found) == 'Key "Serial Number": filled in all of 2 rows, each one different.'
    assert list(key_troubles(found)) == []


def test_distinct_of_filled_blanks_and_duplicates_are_counted_with_their_lines_map_5():
    found = facts(["A1", "", "A2", "A1", " ", "A3"])

    assert (found.rows, found.filled, found.distinct) == (6, 4, 3)
    assert (found.blank.count, found.blank.lines) == (2, (3, 6))
    assert (found.repeated.count, found.repeated.examples, found.repeated.lines) == (1, ("A1",), (2, 5))
    assert key_line(found) == 'Key "Serial Number": 3 distinct of 4 filled, in 6 rows.'
    assert list(key_troubles(found)) == [
        "2 rows have no key (lines 3, 6).",
        '1 key stands in several rows: "A1" (lines 2, 5).',
    ]


def test_keys_that_differ_only_in_case_or_blanks_are_told_map_5():
    found = facts(["ab 1", "AB 1", "ab1", "c"])

    assert (found.case_only.count, found.case_only.examples) == (2, ("ab 1", "AB 1"))
    assert (found.blank_only.count, found.blank_only.examples) == (2, ("ab 1", "ab1"))
    assert found.repeated.count == 0


def test_where_the_source_folds_case_they_are_one_key_shown_as_written():
    found = facts(["Ab1", "AB1"], FOLDING)

    assert (found.case_only.count, found.repeated.count, found.repeated.examples) == (0, 1, ("Ab1",))


def test_a_rounded_number_is_told_and_an_id_like_one_is_not_map_5():
    found = facts(["1.23E+15", "1,5e+9", "5E4", "0000E1", "1E15"])

    assert found.scientific.examples == ("1.23E+15", "1,5e+9")
    assert "Excel rounds long ids" in next(iter(key_troubles(found)))


def test_without_a_column_for_the_key_there_are_no_facts():
    mapping = map_columns(["Name"], DEVICE, PLAIN).mapping
    schema = {"_line": pl.UInt32, "_key": pl.String, "_key_raw": pl.String, "_keyless": pl.Boolean}

    assert key_facts(pl.DataFrame(schema=schema), DEVICE, PLAIN, mapping) is None


@given(st.lists(st.sampled_from(["", "a", "A", "a b", "ab", "b"]), max_size=12))
def test_the_numbers_are_those_of_a_plain_count(cells):
    found = facts(cells)
    filled = [each for each in cells if each.strip()]

    assert (found.rows, found.filled, found.distinct) == (len(cells), len(filled), len(set(filled)))
    assert found.blank.count == len(cells) - len(filled)
    assert found.repeated.count == sum(1 for each in set(filled) if filled.count(each) > 1)
    folded = [each.lower() for each in set(filled)]
    assert found.case_only.count == sum(1 for each in folded if folded.count(each) > 1)
