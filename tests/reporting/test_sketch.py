"""What columns hold, told from their cells (INT-11, MAP-1)."""

from __future__ import annotations

import polars as pl
import pytest

from stocktake.model.sketch import ColumnSketch, Form
from stocktake.reporting.sketch import SAMPLED, sketches


def sketch(*cells: str) -> ColumnSketch:
    return sketches(pl.DataFrame({"c0": list(cells)}), ["x"])[0]


@pytest.mark.parametrize(
    ("form", "cells"),
    [
        (Form.EMAIL, ["ana@example.com", "b.o+b@sub.example.org"]),
        (Form.URL, ["https://example.com/a?b=1", "www.example.com/x"]),
        (Form.DOMAIN, ["example.com", "shop.example.co.uk"]),
        (Form.IMEI, ["354344395891751", "35-434439-589175-1", "350543353498400"]),
        (Form.PHONE, ["+16045550101", "(604) 555-0102", "604-555-0103", "+44 20 7946 0958"]),
        (
            Form.DATE,
            ["2026-11-02", "02/11/2026", "20261102", "2 Nov 2026", "Nov 2, 2026", "2026-11-02T10:00:00Z"],
        ),
        (Form.MONEY, ["$1,300.50", "€ 12", "12.00 EUR", "CAD 7"]),
        (Form.NUMBER, ["1", "-2.5", "1,300", "7 %", "00123"]),
        (Form.BOOLEAN, ["yes", "No", "y", "TRUE"]),
        (Form.CODE, ["C02XK1PLJG5H", "5CD-1234-AB", "G6TXK2M9QP"]),
    ],
)
def test_a_column_looks_like_what_its_cells_are_map_1(form, cells):
    assert sketch(*cells).share(form) == 1.0
    assert sketch(*cells).looks_like is form


@pytest.mark.parametrize(
    ("form", "cell"),
    [
        (Form.IMEI, "354344395891752"),
        (Form.IMEI, "35434439589175"),
        (Form.EMAIL, "ana at example.com"),
        (Form.DOMAIN, "ana.smith"),
        (Form.DATE, "192.168.1.10"),
        (Form.PHONE, "2026-11-02"),
        (Form.CODE, "Keyboard"),
        (Form.MONEY, "12.00"),
    ],
)
def test_what_only_resembles_a_form_is_not_of_it(form, cell):
    assert sketch(cell).share(form) == 0.0


def test_counts_are_of_every_cell_and_samples_the_first_that_differ():
    found = sketch("b", " ", "a", "b", "", "c", "d")

    assert (found.rows, found.filled, found.distinct, found.samples) == (7, 5, 4, ("b", "a", "c"))


def test_a_type_fits_every_cell_be_it_the_last_of_many():
    numbers = [str(each) for each in range(5 * SAMPLED)]

    assert sketch(*numbers).type == "integer"
    assert sketch(*numbers, "n/a").type == "text"
    assert sketch(*numbers, "0.5").type == "decimal"
    assert sketch("00123", "7").type == "text"
    assert sketch("", " ").type == "text"


def test_a_column_without_cells_and_a_file_without_columns_are_sketched():
    assert sketches(pl.DataFrame({"c0": []}, schema={"c0": pl.String}), ["x"])[0].filled == 0
    assert sketches(pl.DataFrame(), []) == ()
