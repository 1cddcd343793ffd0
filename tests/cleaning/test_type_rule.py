"""Canonical text per type (TYP-1, TYP-2, TYP-8; reliability.md: hostile values)."""

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stocktake.cleaning.number import above, below, decimal
from stocktake.model.record_type import Field, FieldType
from stocktake.model.source import Source
from tests.cleaning.table import drafted, problem_of

VANCOUVER = Source(name="NINJAONE", record_types=("device",), time_zone="America/Vancouver")
BARE = Source(name="BARE", record_types=("device",))
NINES = "9" * 29

INTEGERS = [
    ("0", "0"), ("-0", "0"), ("007", "7"), ("+5", "5"), ("-12", "-12"), ("19609.0", "19609"),
    ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"),
    ("9223372036854775808", None), (NINES, None), ("1e5", None), ("NaN", None), ("inf", None), ("٣", None),
    ("1.5", None), ("1.000", None), ("1,000", None), ("1_000", None), ("0x10", None), ("--1", None), ("+", None),
    (".0", None), ("-.0", None), ("5.0.0", None), ("1 0", None),
]  # fmt: skip
DECIMALS = [
    ("1.10", "1.1"), ("19609.0", "19609"), ("-0.00", "0"), ("-0", "0"), ("+.5", "0.5"), ("5.", "5"), ("00.050", "0.05"),
    (NINES, NINES), ("0." + "0" * 37 + "1", "0." + "0" * 37 + "1"), ("9" * 38, "9" * 38), ("0" * 50 + "1", "1"),
    ("9" * 39, None), ("0." + "0" * 38 + "1", None), ("1e5", None), ("1E+5", None), ("NaN", None), ("Infinity", None),
    ("-inf", None), ("٣", None), ("1,5", None), ("1,5 Mio", None), (".", None), ("-", None), ("1.2.3", None), ("$5", None),
]  # fmt: skip
BOOLEANS = [("true", "true"), ("YES", "true"), ("0", "false"), ("Off", "false"), ("maybe", None), ("2", None)]
DATES = [
    ("2024-02-29", "2024-02-29"), ("0001-01-01", "0001-01-01"), ("9999-12-31", "9999-12-31"),
    ("2024-01-05T00:00:00", "2024-01-05"), ("2024-01-05 00:00", "2024-01-05"), ("2024-01-05T00:00:00.000Z", "2024-01-05"),
    ("2024-02-30", None), ("0000-01-01", None), ("10000-01-01", None), ("+2024-01-05", None), ("2024-1-5", None),
    ("24-01-05", None), ("-001-01-01", None), ("2024-01-05T00:00:01", None), ("2024-01-05 24:00", None),
    ("03/04/2026", None), ("20240105", None), ("٢٠٢٤-01-05", None), ("45000", None), ("2024-01-05x", None),
]  # fmt: skip
WITH_OFFSET = [
    ("2024-02-29T14:30:00Z", "2024-02-29T14:30:00.000000Z"),
    ("2024-02-29 14:30Z", "2024-02-29T14:30:00.000000Z"),
    ("2024-02-29T14:30:00.5-08:00", "2024-02-29T22:30:00.500000Z"),
    ("2024-02-29T14:30:00 +0530", "2024-02-29T09:00:00.000000Z"),
    ("2024-02-29T14:30:00+02", "2024-02-29T12:30:00.000000Z"),
    ("2024-02-29T14:30:00.123456789Z", "2024-02-29T14:30:00.123456Z"),
    ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
    ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ("0001-01-01T00:00:00+01:00", None),
    ("9999-12-31T23:59:59-01:00", None),
    ("0000-01-01T00:00:00Z", None),
    ("10000-01-01T00:00:00Z", None),
    ("2024-02-30T00:00:00Z", None),
    ("2024-02-29T24:00:00Z", None),
    ("2024-02-29T23:59:60Z", None),
    ("2024-02-29T14:30:00+25:00", None),
    ("2024-02-29", None),
    ("2024-02-29T14Z", None),
    ("2024-02-29T14:30:00.Z", None),
    ("2024-02-29T14:30:00", None),
    ("now", None),
    ("٢٠٢٤-02-29T14:30:00Z", None),
]
LOCAL = [
    ("2024-02-29 14:30", "2024-02-29T22:30:00.000000Z"),
    ("2024-07-01T00:00:00.25", "2024-07-01T07:00:00.250000Z"),
    ("2024-03-10 01:59", "2024-03-10T09:59:00.000000Z"),
    ("2024-03-10 02:30", None),
    ("2024-03-10 03:00", "2024-03-10T10:00:00.000000Z"),
    ("2024-11-03 01:30", None),
    ("2024-11-03 02:00", "2024-11-03T10:00:00.000000Z"),
    ("9999-12-31 23:00", None),
    ("2024-07-01T00:00:00Z", "2024-07-01T00:00:00.000000Z"),
]
EMAILS = [
    ("Anna.Lee@Example.com", "Anna.Lee@Example.com"),
    ("anna", None),
    ("a@b", None),
    ("a b@c.de", None),
    ("a@b.c, d@e.f", None),
]
PHONES = [
    ("+1 (604) 555-0199", "+16045550199"),
    ("12345", "12345"),
    ("1234", None),
    ("1" * 21, None),
    ("٣٣٣٣٣٣", None),
    ("555-CALL", None),
]
URLS = [
    ("https://acme.com/a?b#c", "https://acme.com/a?b#c"),
    ("acme.com", None),
    ("https://", None),
    ("https://a b", None),
]
JSONS = [
    ('{"a": [1, "é"]}', '{"a": [1, "é"]}'),
    ("null", "null"),
    ("1", "1"),
    ("{a:1}", None),
    ("[1,]", None),
    ("NaN", None),
    ("1e999", None),
    ('{"a":1} x', None),
    (r'"\u0000"', None),
    (r'"\\u0000"', r'"\\u0000"'),
    (r'"\ud800"', None),
]


@pytest.mark.parametrize(
    ("type_", "source", "cells"),
    [
        (FieldType.INTEGER, VANCOUVER, INTEGERS),
        (FieldType.DECIMAL, VANCOUVER, DECIMALS),
        (FieldType.BOOLEAN, VANCOUVER, BOOLEANS),
        (FieldType.DATE, VANCOUVER, DATES),
        (FieldType.DATETIME, BARE, WITH_OFFSET),
        (FieldType.DATETIME, VANCOUVER, LOCAL),
        (FieldType.EMAIL, VANCOUVER, EMAILS),
        (FieldType.PHONE, VANCOUVER, PHONES),
        (FieldType.URL, VANCOUVER, URLS),
        (FieldType.JSON, VANCOUVER, JSONS),
    ],
    ids=lambda value: value.value if isinstance(value, FieldType) else "",
)
def test_a_cell_becomes_canonical_text_or_nothing(type_, source, cells):
    """TYP-2, TYP-8: what no store takes alike is refused before any store sees it."""
    field = Field(name="value", type=type_)
    assert dict(
        zip(
            (cell for cell, _ in cells),
            drafted(field, *(cell for cell, _ in cells), source=source),
            strict=True,
        )
    ) == dict(cells)


@pytest.mark.parametrize("type_", [each for each in FieldType if each is not FieldType.CHOICE])
def test_nul_is_refused_in_every_type(type_):
    """reliability.md: stores refuse NUL."""
    problem = problem_of(Field(name="value", type=type_), "a\0b")
    assert problem["code"] == "invalid-character"
    assert problem["message"] == '"a␀b" holds the character NUL, which cannot be stored. Delete it.'


def test_the_replacement_character_is_a_character_like_any_other():
    assert drafted(Field(name="value"), "a\ufffdb") == ["a\ufffdb"]


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=10))
def test_decimals_keep_their_value_and_have_one_spelling(value):
    """TYP-8, with Python's Decimal as the oracle."""
    texts = [
        f"{value:f}",
        f"{value:f}000",
        f"00{value:f}" if value >= 0 and not value.is_signed() else f"{value:f}0",
    ]
    canonical = pl.DataFrame({"cell": texts}).select(decimal(pl.col("cell"))).to_series().to_list()
    assert len(set(canonical)) == 1
    assert Decimal(canonical[0]) == value
    assert canonical[0] == ("0" if value == 0 else f"{value:f}".rstrip("0").removesuffix("."))


@given(
    *[st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**6), max_value=10**6, places=3)] * 2
)
def test_numbers_are_compared_with_bounds_as_numbers(value, bound):
    """TYP-1: not as text, nor as floats."""
    frame = pl.DataFrame({"cell": [f"{value:f}", f"{bound:f}"]}).select(cell=decimal(pl.col("cell")))
    number, limit = frame["cell"].to_list()
    assert frame.select(below(pl.col("cell"), limit))["cell"][0] is (value < bound)
    assert pl.DataFrame({"n": [number]}).select(above(pl.col("n"), limit))["n"][0] is (value > bound)


@pytest.mark.parametrize(
    ("formats", "cell", "value"),
    [
        (("%d/%m/%Y",), "5/3/2024", "2024-03-05"),
        (("%d/%m/%Y",), "05/03/2024 00:00:00", "2024-03-05"),
        (("%d/%m/%Y",), "05/03/24", None),
        (("%d/%m/%Y",), "2024-03-05", None),
        (("%d/%m/%Y",), "31/02/2024", None),
        (("%d/%m/%Y",), "05/03/2024 10:00", None),
        (("%Y-%m-%d", "%d/%m/%Y"), "05/03/2024", "2024-03-05"),
        (("%d.%m.%y",), "05.03.24", "2024-03-05"),
        (("%d %b %Y",), "5 Mar 2024", "2024-03-05"),
        (("%Y%m%d",), "20240305", "2024-03-05"),
    ],
)
def test_declared_date_formats_are_tried_in_order_and_exactly(formats, cell, value):
    """CLN-1: a two-digit year is not the first century."""
    assert drafted(Field(name="day", type=FieldType.DATE, formats=formats), cell) == [value]


@pytest.mark.parametrize(
    ("formats", "cell", "value"),
    [
        (("%d/%m/%Y %H:%M",), "05/03/2024 10:20", "2024-03-05T18:20:00.000000Z"),
        (("%d/%m/%Y %H:%M %z",), "05/03/2024 10:20 +0200", "2024-03-05T08:20:00.000000Z"),
        (("%d/%m/%Y %H:%M %z", "%d/%m/%Y %H:%M"), "05/03/2024 10:20", "2024-03-05T18:20:00.000000Z"),
        (("%m/%d/%Y %I:%M:%S %p",), "03/05/2024 01:20:00 PM", "2024-03-05T21:20:00.000000Z"),
        (("%d/%m/%Y %H:%M",), "10/03/2024 02:30", None),
        (("%d/%m/%Y %H:%M",), "05/03/2024 24:00", None),
        (("%d/%m/%Y %H:%M:%S",), "05/03/2024 23:59:60", None),
    ],
)
def test_declared_datetime_formats_are_read_in_the_time_zone_of_the_source(formats, cell, value):
    """TYP-2."""
    assert drafted(Field(name="seen", type=FieldType.DATETIME, formats=formats), cell, source=VANCOUVER) == [
        value
    ]


MENDING = [
    (
        FieldType.INTEGER,
        NINES,
        "is too large for a whole number of 64 bits. Correct it, or declare the field as text.",
    ),
    (FieldType.INTEGER, "1e5", "has an exponent. Write the number in full, such as 1500000 for 1.5e6."),
    (FieldType.INTEGER, "1.5", "is not a whole number. Write it in digits alone, such as 1500."),
    (FieldType.DECIMAL, "9" * 39, "has more than 38 digits. Round it, or declare the field as text."),
    (FieldType.DECIMAL, "1e5", "has an exponent. Write the number in full, such as 1500000 for 1.5e6."),
    (FieldType.BOOLEAN, "maybe", "is neither true nor false. Write true or false."),
    (FieldType.DATE, "2024-02-30", "is not a day of the calendar in the years 1 to 9999. Correct it."),
    (FieldType.DATE, "3/4/26", "is not a date. Write it as 2024-02-29."),
    (FieldType.DATETIME, "2024-03-10 24:00", "is not a date and time. Write it as 2024-02-29T14:30:00Z."),
    (
        FieldType.DATETIME,
        "2024-03-10 02:30",
        "does not exist in America/Vancouver: the clocks skip it. Correct it, or write it with an offset.",
    ),
    (FieldType.EMAIL, "anna", "is not an e-mail address. Write one address, such as anna@example.com."),
    (FieldType.PHONE, "1234", "is not a phone number. Write 5 to 20 digits, such as +16045550199."),
    (FieldType.URL, "acme", "is not a web address. Write it with its scheme, such as https://example.com."),
    (FieldType.JSON, "{", 'is not JSON that can be stored. Write it such as {"size": 2} or ["a", "b"].'),
]


@pytest.mark.parametrize(("type_", "cell", "fault"), MENDING)
def test_a_type_problem_says_how_to_mend_the_cell(type_, cell, fault):
    """ERR-2."""
    problem = problem_of(Field(name="value", type=type_), cell, VANCOUVER)
    assert problem["code"] == "type-error"
    assert problem["message"] == f'"{cell}" {fault}'


def test_a_local_time_needs_the_time_zone_of_the_source():
    """TYP-2."""
    assert problem_of(Field(name="seen", type=FieldType.DATETIME), "2024-03-10 12:30", BARE)["message"] == (
        '"2024-03-10 12:30" has no time zone; write it with an offset, such as 2024-02-29T14:30:00-08:00, '
        "or set the source's time_zone."
    )


def test_a_declared_format_is_named_where_it_does_not_fit():
    problem = problem_of(
        Field(name="day", type=FieldType.DATE, formats=("%d/%m/%Y", "%d.%m.%y")), "2024-02-30"
    )
    assert problem["message"] == '"2024-02-30" is not a date. Write it as DD/MM/YYYY or DD.MM.YY.'
