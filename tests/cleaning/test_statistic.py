"""What a column's cells say, in numbers: equal to what plain Python finds, cell by cell (CLN-4)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stocktake.cleaning.figure import Figures, figures, number_text, together
from stocktake.cleaning.filled import filled_cells
from stocktake.cleaning.statistic import MeasuredColumn, measured_columns, values
from stocktake.model.mapping import ColumnMapping, FieldRule, Mapping
from stocktake.model.record_type import Field, FieldType
from stocktake.model.source import Source
from tests.cleaning.table import batch, drafted, mapped, record_type

EXACT = Context(prec=100)
BLANKS = ["", " ", "\t", "\u00a0", "\u200b", "<null>", "#N/A", " \\N ", "<null> "]
ODD = ["abc", "n/a", "1e5", "--1", "1,5", "#N/AB", "<nul", "é", "2026-02-30", "12/31/2026"]
blanks = st.sampled_from(BLANKS)
odd = st.sampled_from(ODD)

numbers = st.one_of(
    st.decimals(min_value=-(10**9), max_value=10**9, places=2).map(str),
    st.integers(min_value=-(10**18), max_value=10**18).map(str),
    st.from_regex(r"[+-]?[0-9]{1,18}\.[0-9]{0,18}", fullmatch=True),
    st.from_regex(r"-?[0-9]{30,38}", fullmatch=True),
    st.sampled_from(["0", "-0", "-0.00", ".5", "-.5", "5.", "+7", "007", " 12 ", "0.0000001"]),
)
days = st.dates(min_value=date(1, 1, 1)).map(date.isoformat)
moments = st.datetimes(
    min_value=datetime.fromisoformat("1950-01-01"), max_value=datetime.fromisoformat("2100-01-01")
)
clocks = st.sampled_from(
    ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%SZ"]
)


def measured(field: Field, time_zone: str | None = None) -> MeasuredColumn:
    source = Source(name="NINJAONE", record_types=("device",), time_zone=time_zone)
    (column,) = measured_columns(record_type(field), source, mapped(field.name))
    return column


def told(field: Field, cells: list[str], time_zone: str | None = None) -> Figures:
    """The figures of the cells, in batches of three."""
    column = measured(field, time_zone)
    parts = [cells[place : place + 3] for place in range(0, len(cells), 3)]
    return together(figures(pl.Series(each, dtype=pl.String), column) for each in parts)


def is_filled(cell: str) -> bool:
    return cell.strip().strip("\u200b") not in ("", "<null>", "#N/A", "\\N")


def as_decimal(cell: str) -> Decimal | None:
    text = cell.strip()
    if not re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)", text):
        return None
    whole, _, fraction = text.lstrip("+-").partition(".")
    fits = len(whole.lstrip("0")) + len(fraction.rstrip("0")) <= 38
    return EXACT.create_decimal(text) if fits else None


@given(st.lists(st.one_of(numbers, blanks, odd), max_size=20))
@example(["9" * 38, "9" * 38, "0." + "9" * 37, "-" + "9" * 38])
def test_numbers_are_as_plain_python_adds_them_up_exactly(cells: list[str]):
    """CLN-4, TYP-8"""
    expected = [number for number in map(as_decimal, cells) if number is not None]

    found = told(Field(name="amount", type=FieldType.DECIMAL), cells)

    total = Decimal(0)
    for each in expected:
        total = EXACT.add(total, each)
    assert (found.count, found.sum) == (len(expected), total)
    assert found.minimum == (min(expected) if expected else None)
    assert found.maximum == (max(expected) if expected else None)
    orders = Counter(each.adjusted() for each in expected if each)
    assert found.orders == orders


@given(
    st.lists(st.one_of(numbers, blanks, odd), max_size=20),
    st.sampled_from([FieldType.INTEGER, FieldType.DECIMAL]),
)
def test_figures_are_those_of_the_drafts(cells: list[str], kind: FieldType):
    """CLN-4: the same cells, as planning reads them."""
    field = Field(name="amount", type=kind, clean=("number",))
    drafts = [Decimal(each) for each in drafted(field, *cells) if each] if cells else []

    found = told(field, cells)

    assert found.count == len(drafts)
    assert (found.minimum, found.maximum) == ((min(drafts), max(drafts)) if drafts else (None, None))


def test_numbers_of_a_picture_are_read_by_it():
    """CLN-4, CLN-1: ``1.234`` is more than a thousand here."""
    field = Field(name="amount", type=FieldType.DECIMAL, formats=("€1.234,56",), clean=("number",))

    found = told(field, ["1.234", "€ 1.234,56", "-0,5", "12.345.678.901.234.567,25", "1,2,3", "12,50 €", ""])

    assert number_text(found.sum) == "12345678901237047.81"
    assert (found.count, found.minimum) == (5, Decimal("-0.5"))


@given(st.lists(st.one_of(days, days.map(lambda day: f"{day} 00:00:00"), blanks, odd), max_size=20))
def test_dates_are_the_first_and_the_last_that_are_dates(cells: list[str]):
    """CLN-4"""
    expected = [cell[:10] for cell in cells if re.match(r"[0-9]{4}-", cell) and cell != "2026-02-30"]

    found = told(Field(name="due", type=FieldType.DATE), cells)

    assert found.minimum == min(expected, default=None)
    assert found.maximum == max(expected, default=None)


@given(
    st.lists(
        st.one_of(st.builds(lambda at, form: at.strftime(form), moments, clocks), blanks, odd), max_size=20
    )
)
@example(["2024-10-27 02:30", "2024-10-27 02:10", "2024-01-01 00:00"])
@example(["0000-00-00 00:00", "2024-01-01 00:00", "2024-05-01 00:00"])
@example(["2024-01-01 12:00", "2024-01-01T11:00", "2024-01-01 11:30:00"])
def test_moments_are_compared_as_instants_however_they_are_written(cells: list[str]):
    """CLN-4, TYP-2: in the source's zone where they name none; one that comes twice is none."""
    field, zone = Field(name="seen", type=FieldType.DATETIME), "Europe/Berlin"
    expected = [text for text in map(instant, cells) if text is not None]

    found = told(field, cells, zone)

    assert found.minimum == min(expected, default=None)
    assert found.maximum == max(expected, default=None)


@given(
    st.lists(
        st.one_of(
            st.builds(
                lambda at, form: at.strftime(form),
                st.datetimes(
                    min_value=datetime.fromisoformat("2024-10-20"),
                    max_value=datetime.fromisoformat("2024-11-05"),
                ),
                st.sampled_from(
                    ["%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y", "%Y-%m-%dT%H:%M:00-11:00"]
                ),
            ),
            blanks,
            odd,
        ),
        max_size=20,
    ),
    st.sampled_from(["Europe/Berlin", "Pacific/Auckland", None]),
)
@example(["27/10/2024 02:30", "28/10/2024 02:10"], "Europe/Berlin")
@example(["27/10/2024", "28/10/2024 02:10"], "Europe/Berlin")
def test_moments_with_the_day_first_are_those_of_the_drafts(cells: list[str], zone: str | None):
    """CLN-4, CLN-1: though only the first and the last days are read."""
    field = Field(name="seen", type=FieldType.DATETIME, formats=("dmy", "iso"))
    source = Source(name="NINJAONE", record_types=("device",), time_zone=zone)
    drafts = [each for each in drafted(field, *cells, source=source) if each] if cells else []

    found = told(field, cells, zone)

    assert (found.minimum, found.maximum) == (min(drafts, default=None), max(drafts, default=None))


def instant(cell: str) -> str | None:
    """The cell as an instant, by the standard library; None of an hour that Berlin skips, or has twice."""
    if not re.match(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[T ]", cell):
        return None
    at = datetime.fromisoformat(cell.replace("Z", "+00:00"))
    if at.tzinfo is None:
        zone = ZoneInfo("Europe/Berlin")
        early, late = (at.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        if early != late:
            return None
        at = early
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.mark.parametrize("form", ["dmy", "%d/%m/%Y"])
def test_days_before_months_sort_as_days_and_not_as_text(form: str):
    """CLN-4, CLN-1"""
    field = Field(name="due", type=FieldType.DATE, formats=(form,))

    found = told(field, ["31/01/2026", "02/12/2025", "05/06/2026", "2026-13-01"])

    assert (found.minimum, found.maximum) == ("2025-12-02", "2026-06-05")


@given(
    st.lists(
        st.one_of(st.sampled_from(["Dell", "dell", " Dell", "HP", "Écran", "~", "!"]), blanks, odd),
        max_size=30,
    )
)
def test_values_are_counted_and_blanks_are_none(cells: list[str]):
    """CLN-4, BLK-1: every value with how often it stands there, the most frequent first."""
    expected = Counter(cell.strip() for cell in cells if is_filled(cell))
    batches = [pl.Series(cells[:7], dtype=pl.String), pl.Series(cells[7:], dtype=pl.String)]
    lengths = [len(each) for each in expected]

    found = values(batches, measured(Field(name="make")))

    assert found.distinct == len(expected)
    assert list(found.frequent) == sorted(expected.items(), key=lambda each: (-each[1], each[0]))[:5]
    assert (found.shortest, found.longest) == (min(lengths, default=None), max(lengths, default=None))
    assert found.misfits == 0
    if cells:
        filled = filled_cells(batch(*([cell] for cell in cells)), mapped("make"))
        assert filled["make"].to_list() == [expected.total()]


def test_words_that_are_no_choice_are_misfits():
    """CLN-4: choices in their declared spelling, by the words that a mapping gives a meaning."""
    field = Field(
        name="status", type=FieldType.CHOICE, choices=("Active", "Retired"), values=(("live", "Active"),)
    )

    found = values([pl.Series(["active", "LIVE", "Retired", "brokn", "brokn", ""])], measured(field))

    assert found.frequent == (("Active", 2), ("Retired", 1))
    assert (found.distinct, found.misfits, found.shortest) == (2, 2, None)


def test_equal_numbers_are_one_value_however_they_are_written():
    """CLN-4"""
    field = Field(name="amount", type=FieldType.DECIMAL)

    assert values([pl.Series(["1.50", "1.5", "+1.5", "2"])], measured(field)).frequent == (
        ("1.5", 3),
        ("2", 1),
    )


def test_what_a_mapping_says_for_blanks_counts_as_blank_and_its_null_words_too():
    """CLN-4: of several columns one is enough."""
    columns = (ColumnMapping(position=0, column="Make", field="make", fallback=((1, "Brand"),)),)
    rule = FieldRule(field="make", default="unknown", null_words=("N/A",))
    mapping = Mapping(columns=columns, rules=(rule,))

    rows = batch(["Dell", ""], ["n/a", "HP"], ["N/A", " "], ["", "n/a"])

    assert filled_cells(rows, mapping)["make"].to_list() == [2]


def test_rows_whose_cells_may_stand_in_other_columns_are_not_counted_nor_cells_with_a_fault():
    """CLN-4, REA-4"""
    faults = {
        1: "extra-cell",
        2: "error-cell@c0",
        3: "error-cell@c1",
        4: "error-cell@c1 bare-quote@character_7",
    }
    rows = batch(["Dell", "x"], ["HP", ""], ["#REF!", "x"], ["Dell", "#N/A"], ["HP", "HP"], faults=faults)

    assert filled_cells(rows, mapped("make", "name")).row(0) == (2, 2)


def test_a_column_without_values_has_no_figures():
    """CLN-4"""
    found: Any = told(Field(name="amount", type=FieldType.DECIMAL), ["", " ", "x"])

    assert found == Figures()
    assert replace(found, sum=Decimal("-0.00")).total("amount").sum == "0"


def test_the_middle_number_says_at_which_power_of_ten_a_column_stands():
    """CLN-4: one outlier does not move it, and zeroes say nothing."""
    field = Field(name="share", type=FieldType.DECIMAL)

    assert told(field, ["0.12", "0.5", "0", "0.31", "9000000"]).total("share").order == -1
    assert told(field, ["12", "50", "0", "31", "9000000"]).total("share").order == 1
    assert told(field, ["0", "0"]).total("share").order is None


def test_a_day_of_its_own_is_first_and_last():
    """CLN-4"""
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=1)

    found = told(Field(name="due", type=FieldType.DATE), [f"{at:%Y-%m-%d}"] * 4)

    assert found.minimum == found.maximum == "2026-01-02"
