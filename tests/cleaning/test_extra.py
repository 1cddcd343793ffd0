"""Unmapped cells kept as JSON (MAP-3), and JSON text in general."""

import json

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from stocktake.cleaning.draft import extras
from stocktake.cleaning.json_text import quoted
from tests.cleaning.table import batch, mapped


@given(st.lists(st.one_of(st.none(), st.text(st.characters(codec="utf-8")))))
def test_quoted_text_is_the_json_literal_and_null_stays_null(texts):
    literals = pl.DataFrame({"t": texts}, schema={"t": pl.String}).select(quoted(pl.col("t")))["t"].to_list()
    assert [None if each is None else json.loads(each) for each in literals] == texts


def test_only_unmapped_cells_that_are_not_blank_are_kept_as_written():
    named = mapped("serial", unmapped=[(1, "Views"), (2, 'My "own" note')])
    rows = batch(["A", " 7 ", "x\ny"], ["B", "\u00a0", "z"], ["C", "", " "])
    kept = extras(rows, ["Serial", "Views", 'My "own" note'], named).to_list()
    assert kept == ['{"Views":" 7 ","My \\"own\\" note":"x\\ny"}', '{"My \\"own\\" note":"z"}', None]


def test_columns_without_label_or_with_the_same_label_have_names_of_their_own():
    named = mapped("serial", unmapped=[(1, " "), (2, "Note"), (3, "Note")])
    (kept,) = extras(batch(["A", "1", "2", "3"]), ["Serial", " ", "Note", "Note"], named)
    assert json.loads(kept) == {"column 2": "1", "Note": "2", "Note (column 4)": "3"}


def test_a_file_without_unmapped_columns_has_no_extras():
    kept = extras(batch(["A"], ["B"]), ["Serial"], mapped("serial"))
    assert kept.dtype == pl.String
    assert kept.to_list() == [None, None]


def test_nul_is_replaced_because_no_store_takes_it():
    (kept,) = extras(batch(["A", "x\0"]), ["Serial", "Note"], mapped("serial", unmapped=[(1, "Note")]))
    assert json.loads(kept) == {"Note": "x\ufffd"}
