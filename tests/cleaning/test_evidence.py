"""What whole columns say against the way they are read (PLN-21, CLN-1)."""

from __future__ import annotations

import pytest

from stocktake.cleaning.evidence import Contradiction, contradictions, doubtful, readings
from stocktake.model.record_type import Field, FieldType, RecordType
from tests.cleaning.table import batch, mapped


def contradicting(field: Field, *cells: str) -> tuple[Contradiction, ...]:
    kind = RecordType(name="deal", title="Deal", plural="Deals", fields=(field,))
    mapping = mapped(field.name)
    return contradictions([batch(*((cell,) for cell in cells))], mapping, readings(kind, mapping))


def day(*formats: str, kind: FieldType = FieldType.DATE) -> Field:
    return Field(name="day", type=kind, formats=formats)


def counted(found: tuple[Contradiction, ...]) -> tuple[int, int, int]:
    (each,) = found
    return each.against, each.supports, each.either


@pytest.mark.parametrize(
    ("form", "cells", "counts"),
    [
        ("%d/%m/%Y", ("01/31/2026", "31/01/2026", "03/04/2026", "05/05/2026"), (1, 1, 1)),
        ("%m/%d/%Y", ("01/31/2026", "31/01/2026", "3/4/2026", ""), (1, 1, 1)),
        ("%d.%m.%y", ("01.31.26", "1.2.26"), (1, 0, 1)),
        ("%d%m%Y", ("01312026", "03042026"), (1, 0, 1)),
    ],
)
def test_days_and_months_tell_themselves_apart_above_twelve(
    form: str, cells: tuple[str, ...], counts: tuple[int, int, int]
):
    """PLN-21"""
    assert counted(contradicting(day(form), *cells)) == counts


def test_times_behind_a_date_do_not_hide_it():
    """PLN-21"""
    found = contradicting(day("%d/%m/%Y %H:%M", kind=FieldType.DATETIME), "01/31/2026 10:00")

    assert counted(found)[0] == 1


@pytest.mark.parametrize("formats", [(), ("%Y-%m-%d",), ("%d/%m/%Y", "%m/%d/%Y"), ("%d %b %Y",), ("%Y%m%d",)])
def test_readings_that_leave_no_doubt_are_not_counted_against(formats: tuple[str, ...]):
    """PLN-21: no order, one that is fixed, or both on purpose."""
    assert contradicting(day(*formats), "01/31/2026", "31/01/2026", "2026-31-01", "20263101") == ()


@pytest.mark.parametrize(
    ("cells", "counts"),
    [
        (("1.234,56", "1.000"), (1, 0, 1)),
        (("12,5", "250.000", "3.75"), (1, 1, 1)),
        (("€ 1.234,5", "CHF 2.000", "7"), (1, 0, 1)),
        (("1,5", "1,234.56", "0.125", "9.999"), (1, 2, 1)),
    ],
)
def test_decimal_commas_are_told_from_thousands(cells: tuple[str, ...], counts: tuple[int, int, int]):
    """PLN-21, CLN-1"""
    assert counted(contradicting(Field(name="amount", type=FieldType.DECIMAL), *cells)) == counts


@pytest.mark.parametrize("cells", [("1,234", "2.5"), ("1,5", "2.5"), ("1.000",), ("1,234,567",)])
def test_numbers_that_cannot_be_misread_are_left_in_peace(cells: tuple[str, ...]):
    """PLN-21: nothing was declared about them, and no cell may be taken for another number."""
    assert contradicting(Field(name="amount", type=FieldType.DECIMAL), *cells) == ()


@pytest.mark.parametrize(
    ("cells", "lines"),
    [(("01/31/2026", "03/04/2026"), [3]), (("01/31/2026", "31/01/2026", "30/01/2026", "03/04/2026"), [])],
)
def test_doubtful_cells_are_left_out_where_the_evidence_weighs(cells: tuple[str, ...], lines: list[int]):
    """PLN-21"""
    rows = batch(*((cell,) for cell in cells))
    found = contradicting(day("%d/%m/%Y"), *cells)

    told = [problem["line"] for frame in doubtful(rows, mapped("day"), found) for problem in frame.to_dicts()]

    assert told == lines
