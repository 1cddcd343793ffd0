"""Frames at rest keep what they are given, and nothing else (REA-7)."""

from __future__ import annotations

import polars as pl
import pytest

from stocktake.planning.packed import Pile, detached

LONG = "a text too long to lie beside its length"


def test_detached_rows_are_the_same_rows():
    frame = pl.DataFrame(
        {
            "text": [LONG, "", None, "Zürich"],
            "hash": [b"0123456789abcdef", b"", None, b"\x00"],
            "n": [1, None, 3, 4],
        },
    )

    assert detached(frame).equals(frame)
    assert detached(frame.clear()).equals(frame.clear())
    assert detached(frame).schema == frame.schema


@pytest.mark.parametrize("dtype", [pl.String, pl.Binary])
def test_detached_rows_keep_alive_no_text_of_the_rows_that_were_filtered_out(dtype):
    """REA-7: a filtered frame holds on to all texts it was cut from."""
    texts = pl.Series("text", [f"{LONG} {number}" for number in range(1_000)]).cast(dtype)
    few = texts.to_frame().filter(pl.int_range(pl.len()) < 3)

    assert held(few) > 30_000
    assert held(detached(few)) < 1_000


def held(frame: pl.DataFrame) -> int:
    """Bytes that the frame's texts lie in, used or not."""
    return sum(
        len(each) for each in frame["text"].to_arrow(compat_level=pl.CompatLevel.newest()).buffers()[2:]
    )


def test_a_pile_gives_its_rows_in_one_piece_and_in_their_order():
    pile = Pile(rows=4)
    for start in range(0, 10, 2):
        pile.add(pl.DataFrame({"_row": [start, start + 1], "_key": [LONG, None]}, schema=SCHEMA))

    whole = pile.whole(SCHEMA)

    assert whole["_row"].to_list() == list(range(10))
    assert whole["_key"].to_list() == [LONG, None] * 5
    assert whole.n_chunks() == 1


def test_a_pile_of_nothing_is_an_empty_frame():
    assert Pile().whole(SCHEMA).equals(pl.DataFrame(schema=SCHEMA))


SCHEMA = pl.Schema({"_row": pl.UInt32(), "_key": pl.String()})
