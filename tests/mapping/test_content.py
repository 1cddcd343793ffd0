"""Cells against names (MAP-1; a header whose order does not fit the data)."""

from __future__ import annotations

import polars as pl
import pytest

from stocktake.mapping import map_columns
from stocktake.mapping.content import doubted, evidence, expected
from stocktake.model.mapping import Mapping
from stocktake.model.problem import Warning
from stocktake.model.record_type import Field, FieldType, RecordType
from stocktake.model.sketch import Form
from stocktake.model.source import Source
from stocktake.reporting.sketch import sketches

CONTACT = RecordType(
    name="contact",
    title="Contact",
    plural="Contacts",
    fields=(
        Field(name="email", type=FieldType.EMAIL),
        Field(name="phone"),
        Field(name="born", type=FieldType.DATE),
        Field(name="amount", type=FieldType.DECIMAL),
        Field(name="first_name"),
        Field(name="serial_number"),
        Field(name="note"),
    ),
)
PLAIN = Source(name="PLAIN", record_types=("contact",))
CELLS = {
    "email": ["ana@example.com", "bob@example.org", "eve@example.net"],
    "phone": ["+1 604 555 0101", "604-555-0102", "(604) 555-0103"],
    "born": ["1980-02-01", "1991-12-31", "2000-06-15"],
    "amount": ["12.50", "1,300", "7"],
    "first_name": ["Ana", "Bob", "Eve"],
    "serial_number": ["C02XK1", "C02XK2", "5CD123"],
    "note": ["ana@example.com", "x", "1980-02-01"],
}


def read(
    header: list[str], columns: list[list[str]], *said: tuple[str, str]
) -> tuple[Mapping, tuple[Warning, ...]]:
    rows = pl.DataFrame({f"c{place}": each for place, each in enumerate(columns)})
    found = dict(enumerate(sketches(rows, header)))
    return doubted(map_columns(header, CONTACT, PLAIN, said).mapping, CONTACT, found)


def test_columns_under_their_own_names_are_not_doubted():
    mapping, warnings = read(list(CELLS), list(CELLS.values()))

    assert warnings == ()
    assert {each.confidence for each in mapping.columns} == {0.95}


@pytest.mark.parametrize(
    ("field", "cells", "looks"),
    [
        ("email", "amount", "look like numbers"),
        ("email", "first_name", "hardly any of its cells looks like e-mail addresses"),
        ("phone", "email", "look like e-mail addresses"),
        ("born", "first_name", "hardly any of its cells looks like dates"),
        ("amount", "email", "look like e-mail addresses"),
        ("amount", "born", "look like dates"),
        ("first_name", "email", "look like e-mail addresses"),
        ("serial_number", "email", "look like e-mail addresses"),
    ],
)
def test_cells_that_cannot_be_what_the_header_says_are_told_and_lower_confidence_map_1(field, cells, looks):
    mapping, (warning,) = read([field], [CELLS[cells]])

    assert (warning.code, mapping.columns[0].confidence) == ("content-contradicts-header", 0.47)
    assert looks in warning.message


def test_the_column_that_looks_as_it_should_is_named_where_headers_stand_over_the_wrong_columns():
    _, warnings = read(["email", "amount"], [CELLS["amount"], CELLS["email"]])

    assert 'Column 2, "amount", looks so.' in warnings[0].message
    assert len(warnings) == 2


def test_what_the_operator_says_is_not_doubted():
    assert read(["x"], [CELLS["amount"]], ("x", "email"))[1] == ()


@pytest.mark.parametrize("cells", [["1", "2"], ["", "", ""], ["ana@example.com", "none", "unknown", "12"]])
def test_few_blank_or_mixed_cells_contradict_nothing(cells):
    assert read(["email"], [cells])[1] == ()


def test_what_a_field_expects_comes_of_its_type_its_cleaners_and_its_name():
    assert expected(Field(name="x", type=FieldType.DATETIME)) is Form.DATE
    assert expected(Field(name="x", clean=("trim", "domain"))) is Form.DOMAIN
    assert expected(Field(name="x", title="Mobile")) is Form.PHONE
    assert expected(Field(name="x")) is None
    assert evidence(None, sketches(pl.DataFrame({"c0": ["a"]}), ["x"])[0]).support == 0
