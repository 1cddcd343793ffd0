"""Rungs of the identity ladder (IDN-1, IDN-2)."""

import polars as pl

from stocktake.cleaning.identity import rungs
from stocktake.model.record_type import Field
from tests.cleaning.table import record_type

LADDER = {"identity": (("serial",), ("name", "amount"))}
FIELDS = (Field(name="serial"), Field(name="name"), Field(name="amount"))


def frame(*rows):
    return pl.DataFrame(rows, schema=dict.fromkeys(("serial", "name", "amount"), pl.String), orient="row")


def test_a_rung_is_complete_or_null():
    """IDN-1: the first with all parts non-blank decides."""
    found = rungs(
        frame(("A", "x", "1"), ("", "x", "1"), (None, "x", ""), ("A", None, "1"), (" ", " ", "1")),
        record_type(*FIELDS, **LADDER),
    )
    assert found.rows() == [("A", '["x","1"]'), (None, '["x","1"]'), (None, None), ("A", None), (None, None)]


def test_identities_are_compared_in_canonical_form():
    """IDN-2."""
    row = (" Cafe\u0301\u00a0", "STRASSE", "1")
    with_case = rungs(frame(row), record_type(*FIELDS, **LADDER))
    without = rungs(frame(row), record_type(*FIELDS, identity_rules=("casefold",), **LADDER))
    assert with_case.rows() == [("Café", '["STRASSE","1"]')]
    assert without.rows() == [("café", '["strasse","1"]')]


def test_a_frame_without_a_column_has_no_such_rung():
    found = rungs(frame(("A", "x", "1")).drop("amount"), record_type(*FIELDS, **LADDER))
    assert found.rows() == [("A", None)]
    assert found.schema == {"_rung0": pl.String, "_rung1": pl.String}


def test_no_rows_and_no_ladder_give_empty_frames():
    assert rungs(frame(), record_type(*FIELDS, **LADDER)).schema == {"_rung0": pl.String, "_rung1": pl.String}
    assert rungs(frame(("A", "x", "1")), record_type(*FIELDS)).columns == []


def test_a_field_may_be_compared_by_name():
    """IDN-4: the normalised name; the other parts of the rung keep the type's own rules."""
    named = (Field(name="serial"), Field(name="name", compare="name"), Field(name="amount"))
    rows = frame(("A", "ACME, Inc.", "x"), ("A", "Acme", "X"), ("A", "!!!", "x"))

    found = rungs(rows, record_type(*named, identity=(("name",), ("name", "amount"))))

    assert found.rows() == [("acme", '["acme","x"]'), ("acme", '["acme","X"]'), ("!!!", '["!!!","x"]')]
