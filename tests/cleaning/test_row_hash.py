"""Row hashes and content keys (PLN-16, PLN-26, reading.md: false changes)."""

import hashlib

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stocktake.cleaning.draft import content_keys, row_hashes
from stocktake.cleaning.row_hash import digests, digests_by_hashlib
from stocktake.model.mapping import ColumnMapping, Mapping
from stocktake.model.record_type import Field
from tests.cleaning.table import batch, mapped, record_type

KIND = record_type(Field(name="a"), Field(name="b"), Field(name="c"), Field(name="stamp", volatile=True))
CELL = st.text(alphabet=st.one_of(st.sampled_from("ab\x1f\x1b01"), st.characters(codec="utf-8")), max_size=8)


def hash_of(*cells, mapping):
    (found,) = row_hashes(batch(cells), KIND, mapping).to_list()
    return found


@given(st.tuples(CELL, CELL, CELL), st.tuples(CELL, CELL, CELL))
def test_different_rows_have_different_hashes(first, second):
    """PLN-16."""
    assume(first != second)
    one, other = row_hashes(batch(first, second), KIND, mapped("a", "b", "c")).to_list()
    assert one != other


@given(st.lists(CELL, min_size=3, max_size=3), st.integers(0, 1), st.integers(1, 8))
def test_text_that_moves_to_the_next_cell_changes_the_hash(cells, place, count):
    text = cells[place]
    moved = [*cells]
    moved[place], moved[place + 1] = text[:-count], text[-count:] + cells[place + 1]
    assume(moved != cells)
    assert hash_of(*cells, mapping=mapped("a", "b", "c")) != hash_of(*moved, mapping=mapped("a", "b", "c"))


def test_volatile_and_unmapped_columns_do_not_count():
    """TYP-10, reading.md."""
    named = mapped("a", "stamp", unmapped=[(2, "Views")])
    assert hash_of("1", "monday", "7", mapping=named) == hash_of("1", "tuesday", "9", mapping=named)
    assert hash_of("1", "monday", "7", mapping=named) == hash_of("1", mapping=mapped("a"))


def test_the_order_of_the_columns_does_not_count():
    """reading.md: the hash covers fields, not the file's layout."""
    assert hash_of("1", "2", mapping=mapped("a", "b")) == hash_of("2", "1", mapping=mapped("b", "a"))


def test_cells_count_as_read():
    assert hash_of("1", mapping=mapped("a")) != hash_of("1 ", mapping=mapped("a"))


def test_a_hash_is_the_start_of_sha256_and_binary():
    hashes = row_hashes(batch(["é"]), KIND, mapped("a"))
    assert hashes.dtype == pl.Binary
    assert hashes.to_list() == [hashlib.sha256("é".encode()).digest()[:16]]


@pytest.mark.parametrize("rows", [0, 2])
def test_a_mapping_of_nothing_and_a_batch_of_nothing_have_hashes_too(rows):
    frame = batch(["1"], ["2"]).head(rows)
    for columns in ((), (ColumnMapping(position=0, column="A", field="a"),)):
        hashes = row_hashes(frame, KIND, Mapping(columns=columns))
        assert hashes.dtype == pl.Binary
        assert len(hashes) == rows


@given(st.lists(st.text(st.characters(codec="utf-8"))))
def test_both_ways_of_hashing_give_the_same_bytes(texts):
    pytest.importorskip("polars_hash")
    column = pl.Series("text", texts, dtype=pl.String)
    assert digests(column).to_list() == digests_by_hashlib(column).to_list()


def test_equal_rows_without_a_key_are_told_apart_by_their_occurrence():
    """PLN-26."""
    hashes = pl.Series([b"\x01\xff", b"\x02", b"\x01\xff"])
    assert content_keys(hashes).to_list() == ["01ff:1", "02:1", "01ff:2"]
