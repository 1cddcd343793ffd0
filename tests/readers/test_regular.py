"""Blocks that are proved to be regular at once are those whose every line is, looked at one by one (REA-4)."""

from __future__ import annotations

import csv
import io
from itertools import chain

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stocktake.cleaning.cell import BLANKS, ZERO_WIDTH, composed
from stocktake.readers.grammar import Grammar
from stocktake.readers.regular import is_plain, regular

LIMIT = 40


def is_regular(data: bytes, grammar: Grammar) -> bool:
    """The same, told line by line from the strict grammar."""
    text = data.decode()
    lines = text.removesuffix("\n").split("\n")
    ended = len(lines) - (not text.endswith("\n"))
    bare = [line.removesuffix("\r") if place < ended else line for place, line in enumerate(lines)]
    if any("\r" in line for line in bare):
        return False
    frame = pl.DataFrame({"text": bare}, schema={"text": pl.String})
    sound, width, blank = (
        frame.select(each).to_series()
        for each in (
            pl.col("text").str.contains(grammar.record),
            grammar.cells(pl.col("text")),
            pl.col("text").str.contains(grammar.blank),
        )
    )
    if not (sound.all() and (width == grammar.width).all() and not blank.any()):
        return False
    cells = chain.from_iterable(csv.reader(bare, strict=True))
    return max(len(cell.encode()) for cell in cells) <= LIMIT


PARTS = st.lists(
    st.sampled_from(
        ["a", '"', '""', ",", ",", "\n", "\r\n", "\r", '","', "a,b\n", '"x,y",b\n', "é", " ", "\\", "\x85"]
    ),
    min_size=1,
    max_size=16,
)


@given(parts=PARTS, width=st.integers(1, 3))
@example(parts=['"', "\n", "\\", '"', "\n"], width=1)
@example(parts=["a,b,c\n", "a\n"], width=2)
@example(parts=["a\n", "a,b,c\n"], width=2)
@example(parts=["x\x01a,b\n"], width=2)
@example(parts=['""""', ",", '""', "\n"], width=2)
def test_what_is_proved_of_a_block_is_true_of_each_line(parts: list[str], width: int) -> None:
    data = "".join(parts).encode()
    grammar = Grammar(",", width, LIMIT)
    found = regular(data, grammar)
    assert (found is not None) == is_regular(data, grammar)
    if found is not None:
        rows = list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))
        assert [list(row) for row in found.cells.rows()] == rows
        assert (found.ended, found.crlf) == (data.count(b"\n"), data.count(b"\r\n"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('a;"b\n', id="a quote is never closed"),
        pytest.param('a;b"c"\n', id="a quote stands inside a cell"),
        pytest.param('a;"b"c\n', id="a cell goes on after its closing quote"),
        pytest.param('"a";"b";c\nd\n', id="one row too long, one too short"),
        pytest.param('a;b\n"  ";\n', id="a row of blanks"),
        pytest.param("a;b\n;\n", id="a row of separators"),
        pytest.param("a;b\n\nc;d\n", id="an empty line"),
        pytest.param('a;"b\nc"\n', id="a line end within quotes"),
        pytest.param("a;b\rc;d\n", id="a line that ends in CR alone"),
        pytest.param("a;" + "b" * (LIMIT + 1) + "\n", id="a cell above the limit"),
    ],
)
def test_leaves_what_is_no_sound_record_to_a_closer_look(text: str) -> None:
    assert regular(text.encode(), Grammar(";", 2, LIMIT)) is None


def test_a_delimiter_of_several_bytes_is_proved_too_where_no_quotes_are() -> None:
    found = regular("é¦b\nc¦d\n".encode(), Grammar("¦", 2, LIMIT))
    assert found is not None
    assert found.cells.rows() == [("é", "b"), ("c", "d")]
    assert regular('a¦"b"\n'.encode(), Grammar("¦", 2, LIMIT)) is None


CHARACTERS = [chr(code) for code in range(0x300)] + [
    "\u0301",
    "\u1680",
    "\u200b",
    "\u2009",
    "\u3000",
    "\ufeff",
]
WRITTEN = st.text(
    st.one_of(st.sampled_from('ab ,\t\xa0"é'), st.sampled_from(CHARACTERS)), min_size=1, max_size=4
)


@given(cells=st.lists(WRITTEN, min_size=1, max_size=4), mark=st.sampled_from([",", "\t"]))
def test_what_is_told_to_be_plain_text_is_and_what_is_of_letters_is_told(cells: list[str], mark: str) -> None:
    """REA-3, BLK-1: plain text has no blank at its ends but the space, no NUL, and nothing to compose."""
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=mark, lineterminator="\n").writerow(cells)
    data = written.getvalue().encode()
    found = regular(data, Grammar(mark, len(cells), LIMIT))
    if found is None:
        return
    cells = list(found.cells.row(0))  # a CR at the line's end, which csv does not quote, is of the line end
    plain = is_plain(found, data)
    if plain:
        assert all(min(cell) >= " " for cell in cells)
        assert all(cell.strip(BLANKS + ZERO_WIDTH) == cell.strip(" ") for cell in cells)
        assert pl.select(composed(pl.lit(pl.Series(cells)))).to_series().to_list() == cells
    odd = {
        character
        for cell in cells
        for character in cell
        if not ("\x20" <= character < "\x80" or "À" <= character < "\u0300")
    }
    assert plain or odd


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [",", "\t"])
def test_line_ends_and_delimiters_are_no_control_characters_of_cells(end: str, mark: str) -> None:
    data = f"a{mark}b c{end}d{mark} é{end}".encode()
    found = regular(data, Grammar(mark, 2, LIMIT))
    assert found is not None
    assert is_plain(found, data)
