"""What a look at a whole column says of it is what a look at each of its cells does (BLK-1, CLN-3)."""

from __future__ import annotations

import re
import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stocktake.cleaning.cell import BLANKS, CLEARING_TOKENS, ZERO_WIDTH, tidied
from stocktake.cleaning.type_rule import type_rule
from stocktake.model.record_type import Field, FieldType

CELLS = st.one_of(
    st.text(alphabet=["a", "b", " ", "~", "\t", "\0", "e", "é", "\u0301", "\u200b", "\x7f"], max_size=4),
    st.sampled_from(["", "", " ", "#N/A", "<null>", "\\N", "a #N/A", "two words", "\u212a"]),
)


@given(cells=st.lists(st.one_of(CELLS, st.none()), max_size=6))
def test_a_column_is_what_each_of_its_cells_is(cells: list[str | None]) -> None:
    tidy = tidied(pl.DataFrame({"c": cells}, schema={"c": pl.String}), ["c"])
    filled = [cell for cell in cells if cell is not None]
    bare = [unicodedata.normalize("NFC", cell.strip(BLANKS + ZERO_WIDTH)) for cell in filled]
    assert tidy.frame["c"].drop_nulls().to_list() == bare
    assert ("c" in tidy.plain) == (not any(re.search(r"[^ -~]|  |\A | \Z", cell) for cell in filled))
    assert ("c" in tidy.storable) == (not any("\0" in cell for cell in filled))
    if "c" not in tidy.clearing:
        assert not set(bare) & set(CLEARING_TOKENS)
    if "c" in tidy.filled:
        assert all(bare)
        assert len(filled) == len(cells)


@given(
    cells=st.lists(
        st.one_of(
            st.text(alphabet=["a", " ", "~", "é", "\u02ff"], max_size=4),
            st.sampled_from([" #N/A", "<null>", "\\N"]),
        ),
        max_size=6,
    )
)
def test_cells_that_are_known_to_be_plain_text_are_what_a_look_at_their_bytes_makes_of_them(
    cells: list[str],
) -> None:
    """BLK-1: what a reader knows saves work, and changes nothing."""
    frame = pl.DataFrame({"c": cells}, schema={"c": pl.String})
    known, looked = tidied(frame, ["c"], known=["c"]), tidied(frame, ["c"])
    assert known.frame.equals(looked.frame)
    assert known.storable == looked.storable == {"c"}
    assert known.clearing >= looked.clearing.intersection(
        ["c"] if set(known.frame["c"]) & set(CLEARING_TOKENS) else []
    )
    assert not known.filled or all(known.frame["c"])
    assert known.filled or not looked.filled


@pytest.mark.parametrize("kind", [FieldType.INTEGER, FieldType.DECIMAL, FieldType.DATE])
@given(data=st.data())
def test_cells_that_are_their_own_text_are_those_that_reading_leaves_alone(
    kind: FieldType, data: st.DataObject
) -> None:
    """TYP-2: what is passed on unread is what reading it would give; the rest is read."""
    written = {
        FieldType.INTEGER: st.from_regex(r"\A[+-]?[0-9]{1,20}(\.0)?\Z"),
        FieldType.DECIMAL: st.from_regex(r"\A[+-]?0{0,2}[0-9]{0,22}(\.[0-9]{0,19}0{0,2})?\Z"),
        FieldType.DATE: st.one_of(
            st.dates().map(str), st.from_regex(r"\A[0-2][0-9]{3}-[01][0-9]-[0-3][0-9]\Z")
        ),
    }[kind]
    cells = data.draw(st.lists(st.one_of(written, st.sampled_from(["", "x", "-0"]), st.none()), max_size=8))
    rule = type_rule(Field(name="f", type=kind))
    frame = pl.DataFrame({"c": cells}, schema={"c": pl.String})
    expected = frame.select(rule.canonical(pl.col("c"))).to_series()
    glanced = frame.select(rule.glance(pl.col("c"))).to_series()
    assert rule.texts(frame["c"], glanced).to_list() == expected.to_list()
    assert rule.own is not None
