"""Marks of a file of rejected rows: no spreadsheet runs a cell of it, and every cell comes back as it was (ERR-3)."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stocktake.reporting.mark import MARKS, mark_places, marked, marked_labels, unmarked, unmarked_labels

RUN = ["=1+1", "+15551234567", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=", "'=1", "''-5"]
LEFT = ["", "5", "a=b", "'quoted'", "1-2", " =1", "'", "x'=1"]


def _written(cell: str, *, as_text: bool = False) -> str:
    text: str = pl.select(marked(pl.lit(cell), as_text=as_text)).item()
    return text


def _read(cell: str) -> str:
    text: str = pl.select(unmarked(pl.lit(cell))).item()
    return text


@pytest.mark.parametrize("cell", RUN)
def test_what_a_spreadsheet_would_run_stands_behind_an_apostrophe(cell: str):
    """ERR-3"""
    assert _written(cell) == "'" + cell


@pytest.mark.parametrize("cell", LEFT)
def test_other_cells_are_left_as_they_are(cell: str):
    """ERR-3"""
    assert _written(cell) == cell


@given(st.text(alphabet="'=+-@\t\r\n5a ", max_size=6), st.booleans())
def test_every_cell_comes_back_as_it_was(cell: str, as_text: bool):
    """ERR-3: whether the file keeps cells as text or not."""
    assert _read(_written(cell, as_text=as_text)) == cell


def test_a_cell_that_a_person_wrote_needs_no_apostrophe():
    """ERR-3: -7 typed over a marked cell is -7."""
    assert _read("-7") == "-7"


def test_headers_come_back_as_they_were():
    """ERR-3"""
    header = ("Serial", "=cmd", "'+x", "")

    assert unmarked_labels(marked_labels(header)) == header


@pytest.mark.parametrize(
    ("header", "places"),
    [
        (("A", *MARKS), (1, 2, 3)),
        (("_message", "A", "_line", "_code"), (0, 2, 3)),
        (("_line", "A", *MARKS), (2, 3, 4)),
        (("A", "_line"), ()),
        (("A",), ()),
    ],
)
def test_marks_are_told_by_all_three_of_their_names(header: tuple[str, ...], places: tuple[int, ...]):
    """ERR-3: a column of the source that happens to be called _line is its own."""
    assert mark_places(header) == places
