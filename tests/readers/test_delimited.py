"""Delimited text: whatever Python's csv module writes is read back, and one fault costs one row (REA-2 to REA-8)."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any, Literal

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stocktake.model.errors import Refusal, Unreadable
from stocktake.model.options import ReadOptions
from stocktake.ports.reader import Reading
from stocktake.readers.delimited import DelimitedReader
from tests.chance import times

Quoting = Literal[0, 1]

EXAMPLES = settings(
    max_examples=times(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

#: No NUL (not text), no surrogates (no bytes), no U+FEFF (a byte order mark at the start). A lone CR is left out: the
#: csv module of Python 3.11 writes it unquoted, and then nobody can tell it from a line end.
CHARACTERS = st.one_of(
    st.sampled_from('ab "",;\t|\n€é\'\\#'),
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufeff"),
)
CELL = st.text(CHARACTERS, max_size=12)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """A header of labels without surrounding blanks, and rows; no row is all blank, since such rows are skipped."""
    width = draw(st.integers(1, 5))
    label = st.text('abc ,;|\t"é\n', min_size=1, max_size=6).map(lambda text: f"x{text}y")
    header = draw(st.lists(label, min_size=width, max_size=width))
    row = st.lists(CELL, min_size=width, max_size=width).filter(
        lambda cells: any(cell.strip() for cell in cells)
    )
    return header, draw(st.lists(row, max_size=12))


def written(table: list[list[str]], delimiter: str, end: str, quoting: Quoting) -> tuple[str, list[int]]:
    """The text, and the line at which each row starts, counted over LF and CR LF."""
    file, lines = io.StringIO(newline=""), []
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting)
    for row in table:
        lines.append(file.getvalue().count("\n") + 1)
        writer.writerow(row)
    return file.getvalue(), lines


def rows(reading: Reading) -> pl.DataFrame:
    empty = {"_line": pl.UInt32, "_fault": pl.String} | {
        f"c{n}": pl.String for n in range(len(reading.layout.header))
    }
    batches = [batch.drop("_row") for batch in reading.batches()]
    return pl.concat([pl.DataFrame(schema=empty), *batches])


def read(
    path: Path, content: str | bytes, block: int = 1 << 20, **options: Any
) -> tuple[Reading, pl.DataFrame]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    reading = DelimitedReader(block_bytes=block).open(path, ReadOptions(**options))
    return reading, rows(reading)


def faults(found: pl.DataFrame) -> dict[int, str]:
    """Line → code, without the place within the line."""
    broken = found.filter(pl.col("_fault").is_not_null())
    return {line: fault.partition("@")[0] for line, fault in broken.select("_line", "_fault").rows()}


@EXAMPLES
@given(
    table=tables(),
    delimiter=st.sampled_from([",", ";", "\t", "|", "¦", "x", "^", "]", "-", " "]),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    block=st.sampled_from([1, 2, 7, 64, 1 << 20]),
    cut=st.booleans(),
)
def test_reads_back_what_the_csv_module_wrote(
    tmp_path: Path,
    table: tuple[list[str], list[list[str]]],
    delimiter: str,
    end: str,
    quoting: Quoting,
    encoding: str,
    block: int,
    cut: bool,
) -> None:
    """REA-2, REA-3, REA-5, REA-7: cells, line numbers, over every block boundary, with or without a last line end."""
    header, body = table
    text, lines = written([header, *body], delimiter, end, quoting)
    text = text.removesuffix(end) if cut else text
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:
        return
    _, found = read(tmp_path / "t", content, block, encoding=encoding, delimiter=delimiter, header_line=1)
    assert found.drop("_line", "_fault").rows() == [tuple(row) for row in body]
    assert found["_line"].to_list() == lines[1:]
    assert faults(found) == {}


@pytest.mark.parametrize("start", ["x^", "x\x01", "\ufeff"])
@pytest.mark.parametrize("quoted", [False, True])
def test_text_that_starts_like_compressed_data_is_text(tmp_path: Path, start: str, quoted: bool) -> None:
    """REA-3: Polars would unpack it, or find it empty, and rows would be lost."""
    cells = [(f"{start}1", "a"), (f"{start}2", '"b"' if quoted else "b")]
    lines = ["key,name", *(f"{key},{name.replace(chr(34), chr(34) * 3)}" for key, name in cells), ""]
    _, found = read(tmp_path / "t", "\n".join(lines), delimiter=",")
    assert found.drop("_line", "_fault").rows() == cells
    assert found["_line"].to_list() == [2, 3]


@EXAMPLES
@given(
    body=st.lists(
        st.lists(st.text('ab ,"é', max_size=6).map(lambda text: f"k{text}"), min_size=3, max_size=3),
        min_size=1,
        max_size=8,
    ),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    block=st.sampled_from([1, 16, 1 << 20]),
    data=st.data(),
)
def test_one_quote_too_many_or_too_few_costs_its_own_row_and_no_other(
    tmp_path: Path, body: list[list[str]], quoting: Quoting, block: int, data: st.DataObject
) -> None:
    """REA-4: nothing silent, neighbours untouched."""
    draw: Any = data.draw
    lines = [written([row], ",", "", quoting)[0] for row in body]
    hurt = draw(st.integers(0, len(lines) - 1))
    line = lines[hurt]
    places = [at for at, character in enumerate(line) if character == '"']
    if places and draw(st.booleans()):
        at = draw(st.sampled_from(places))
        lines[hurt] = line[:at] + line[at + 1 :]
    else:
        at = draw(st.integers(0, len(line)))
        lines[hurt] = line[:at] + '"' + line[at:]
    _, found = read(tmp_path / "t", "\n".join(["a,b,c", *lines, ""]), block, delimiter=",")
    assert list(faults(found)) == [hurt + 2]
    assert found["_line"].to_list() == list(range(2, len(body) + 2))
    kept = [tuple(row) for position, row in enumerate(body) if position != hurt]
    assert found.filter(pl.col("_fault").is_null()).drop("_line", "_fault").rows() == kept


def test_an_unclosed_quote_is_quarantined_alone_and_keeps_its_key(tmp_path: Path) -> None:
    """REA-4, PRE-5: k3 and k4 do not vanish in the cell that was never closed."""
    _, found = read(tmp_path / "t", 'id,name,n\nk1,Ann,1\nk2,"Bob,2\nk3,Cy,3\nk4,"D, d",4\n')
    assert faults(found) == {3: "unclosed-quote"}
    assert found["c0"].to_list() == ["k1", "k2", "k3", "k4"]
    assert found["c1"].to_list() == ["Ann", "Bob", "Cy", "D, d"]


@pytest.mark.parametrize("line", ['k1,An"n,1', 'k1,"An"n,1', 'k1"Ann, x",1', 'k1,x "Ann",1', 'k1,"a\\"b"c,1'])
def test_a_quote_in_the_wrong_place_is_a_fault_even_where_the_width_is_right(
    tmp_path: Path, line: str
) -> None:
    """REA-4."""
    _, found = read(tmp_path / "t", f"id,name,n\n{line}\nk2,Ann,2\n")
    assert faults(found) == {2: "bare-quote"}
    assert found.row(1) == (3, None, "k2", "Ann", "2")


def test_two_broken_quotes_do_not_swallow_the_sound_rows_between_them(tmp_path: Path) -> None:
    """REA-4: the joined text would be one record, but of the wrong width."""
    _, found = read(tmp_path / "t", 'id,name,n\nk1,"Ann,1\nk2,Bo,2\nk3,Cy",3,4\n')
    assert faults(found) == {2: "unclosed-quote", 4: "bare-quote"}
    assert found["c0"].to_list() == ["k1", "k2", "k3"]


def test_a_cell_over_several_lines_is_no_fault_and_stands_where_it_starts(tmp_path: Path) -> None:
    """REA-5."""
    for block in (1, 9, 1 << 20):
        _, found = read(tmp_path / "t", 'id,name\r\nk1,"a\r\n\r\n,""b""\nc"\r\nk2,"\r\n"\r\nk3,z', block)
        assert found.rows() == [
            (2, None, "k1", 'a\r\n\r\n,"b"\nc'),
            (6, None, "k2", "\r\n"),
            (8, None, "k3", "z"),
        ]


def test_a_quote_that_stays_open_over_the_limit_is_given_up_after_its_line(tmp_path: Path) -> None:
    """REA-6: 1 MiB a cell, over blocks of 64 KiB."""
    lines = [f"k{n},{'x' * 90}" for n in range(20_000)]
    _, found = read(tmp_path / "t", "\n".join(["id,name", 'q,"open', *lines]), 64 * 1024)
    assert (found.height, faults(found)) == (20_001, {2: "unclosed-quote"})


def test_ragged_rows_are_named_and_keep_their_cells(tmp_path: Path) -> None:
    """REA-4."""
    _, found = read(tmp_path / "t", 'a,b,c\n1,2,3\n1,2,"3",4\n1\n"1","2,2"\n4,5,6\n')
    assert found.rows() == [
        (2, None, "1", "2", "3"),
        (3, "extra-cell@4_cells_instead_of_3;_cell_4_begins_at_character_9", "1", "2", "3"),
        (4, "missing-cell@1_cell_instead_of_3;_cell_2_is_missing_at_character_2", "1", "", ""),
        (5, "missing-cell@2_cells_instead_of_3;_cell_3_is_missing_at_character_10", "1", "2,2", ""),
        (6, None, "4", "5", "6"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_blank_rows_inside_are_skipped_with_a_warning_and_lines_stay_right(tmp_path: Path, end: str) -> None:
    """REA-4, REA-5, REA-8: they hold nothing, so the reading is still complete."""
    for block in (1, 1 << 20):
        text = end.join(["a,b", "1,2", "", ",", '" ",', "3,4", "", ""])
        reading, found = read(tmp_path / "t", text, block)
        assert found["_line"].to_list() == [2, 6]
        assert [(w.code, w.count, w.rows) for w in reading.warnings] == [("blank-row", 3, (3, 4, 5))]
        assert reading.complete


def test_empty_lines_at_the_end_are_no_oddity_but_rows_of_separators_are(tmp_path: Path) -> None:
    """REA-4: 4,351 rows of nothing but separators were met in a real file."""
    reading, found = read(tmp_path / "t", "a,b\n1,2\n\n\n \n", 1)
    assert (found.height, reading.warnings) == (1, ())
    reading, found = read(tmp_path / "t", "a,b\n1,2\n" + ",\n" * 4351)
    assert (found.height, [(w.code, w.count, len(w.rows)) for w in reading.warnings]) == (
        1,
        [("blank-row", 4351, 100)],
    )


def test_lines_that_end_in_cr_alone_are_read_and_cells_keep_their_line_ends(tmp_path: Path) -> None:
    for block in (1, 5, 1 << 20):
        reading, found = read(tmp_path / "t", 'a,b\r1,"x\ry\nz"\r3,4\r', block)
        assert found.drop("_fault").rows() == [(2, "1", "x\ry\nz"), (4, "3", "4")]
        assert reading.warnings == ()


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_row_behind_a_cell_over_several_lines_is_no_note_behind_a_gap(tmp_path: Path, end: str) -> None:
    """REA-4, REA-5: its line is not that of the row before, plus one."""
    _, found = read(tmp_path / "t", f'a,b{end}k,"x{end}y"{end}:,{end}')
    assert found.rows() == [(2, None, "k", f"x{end}y"), (4, None, ":", "")]


def test_cr_lf_among_lines_that_end_in_cr_alone_is_one_line_end(tmp_path: Path) -> None:
    """REA-3 to REA-5: files of a Mac and of Windows, one behind the other; LF within a cell stays with it."""
    mac = "a,b\r" + "1,x\r" * 40_000
    windows = '2,y\r\n"3","z\r\n\nz"\r\n\r\n4,"\nx"\r5,y\r\n'
    cells = [
        (40_002, "2", "y"),
        (40_003, "3", "z\r\n\nz"),
        (40_006, "4", "\nx"),
        (40_007, "5", "y"),
    ]
    for block in (5, 1 << 20):
        reading, found = read(tmp_path / "t", mac + windows, block if block > 5 else 100_000)
        assert found.drop("_fault").tail(4).rows() == cells
        assert found["_fault"].null_count() == found.height == 40_004
        assert {each.code: each.count for each in reading.warnings} == {"mixed-line-ends": 4, "blank-row": 1}


def test_a_return_within_a_cell_over_several_lines_ends_no_row(tmp_path: Path) -> None:
    """REA-3, REA-5: not even where what it parts would make rows."""
    _, found = read(tmp_path / "t", 'id,note\n1,"a\nx,y\rz,w\nb"\n2,c\r3,d\n4,e\n')
    cells = [(2, "1", "a\nx,y\rz,w\nb"), (5, "2", "c"), (6, "3", "d"), (7, "4", "e")]
    assert found.drop("_fault").rows() == cells


def test_mixed_line_ends_are_stated(tmp_path: Path) -> None:
    """REA-4: a CR alone ends a row where both parts are then rows; else it belongs to the cell."""
    reading, found = read(tmp_path / "t", "a,b\r\n1,2\r3,4\n5,x\ry\n")
    assert found.drop("_fault").rows() == [(2, "1", "2"), (3, "3", "4"), (4, "5", "x\ry")]
    assert [warning.code for warning in reading.warnings] == ["mixed-line-ends"]


def test_unusual_line_separators_stay_in_their_cell(tmp_path: Path) -> None:
    """REA-3: NEL, LS, PS, form feed and vertical tab end no line."""
    _, found = read(tmp_path / "t", "a,b\n1,x\u0085y\u2028z\u2029\f\v\u001e\n2,y\n")
    assert found["c1"].to_list() == ["x\u0085y\u2028z\u2029\f\v\u001e", "y"]


def test_a_byte_order_mark_inside_is_a_character_of_its_cell(tmp_path: Path) -> None:
    """REA-3: even where a block starts with it."""
    for block in (1, 4, 7, 1 << 20):
        _, found = read(tmp_path / "t", "a,b\n1,2\n\ufeff3,4\n", block)
        assert found["c0"].to_list() == ["1", "\ufeff3"]


def test_a_cell_over_1_mib_is_a_fault_of_its_row(tmp_path: Path) -> None:
    """REA-6."""
    _, found = read(tmp_path / "t", f"a,b\n1,{'x' * (1024 * 1024 + 1)}\n2,{'x' * 1024 * 1024}\n")
    assert faults(found) == {2: "cell-too-long"}
    assert [found["c0"].to_list(), found["c1"].str.len_bytes().to_list()] == [["1", "2"], [0, 1024 * 1024]]


def test_ten_thousand_columns_are_read_and_one_more_is_refused(tmp_path: Path) -> None:
    """REA-6."""
    line = ",".join(f"x{n}" for n in range(10_000))
    _, found = read(tmp_path / "t", f"{line}\n{line}\n")
    assert found.width == 10_002
    with pytest.raises(Unreadable) as refusal:
        read(tmp_path / "t", f"{line},y\n")
    assert refusal.value.code == "too-many-columns"
    assert "10,000" in refusal.value.message


def test_says_how_the_file_is_laid_out(tmp_path: Path) -> None:
    """REA-2."""
    reading, _ = read(tmp_path / "t", "\n\na\tb\n1\t2\n".encode("utf-16"))
    layout = reading.layout
    assert (layout.format, layout.encoding, layout.delimiter, layout.quote) == ("tsv", "utf-16-le", "\t", '"')
    assert (layout.header, layout.header_line) == (("a", "b"), 3)


def test_memory_of_a_file_is_that_of_its_blocks(tmp_path: Path) -> None:
    """REA-7: no batch holds more than a block and the record that runs into it."""
    path = tmp_path / "t"
    path.write_text("a,b\n" + "1234567,abcdefg\n" * 50_000)
    reading = DelimitedReader(block_bytes=16 * 1024).open(path, ReadOptions())
    heights = [batch.height for batch in reading.batches()]
    assert (sum(heights), max(heights) <= 1024) == (50_000, True)


@EXAMPLES
@given(
    content=st.one_of(st.binary(max_size=200), st.text('a,;"\r\n\t {}[]é\ufeff', max_size=60).map(str.encode))
)
def test_any_bytes_are_read_or_refused_in_words(tmp_path: Path, content: bytes) -> None:
    """REL-11: no traceback, and the size of the blocks changes nothing."""
    seen = outcome(tmp_path / "t", content, 1)
    assert seen[0]
    assert seen == outcome(tmp_path / "t", content, 1 << 20)


def outcome(path: Path, content: bytes, block: int) -> tuple[Any, ...]:
    try:
        reading, found = read(path, content, block)
    except Refusal as refusal:
        return bool(refusal.hint), refusal.code, refusal.message
    return True, found.rows(), reading.complete, reading.warnings


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("a,b\n1,2\n3,4\n", True),
        ("a,b\n1,2\n3,4", True),  # many exports end without a line end
        ("a,b\n1,2\n3", False),  # cut off in a row
        ("a,b\n1,2\n3\n", True),  # a row is too short, and the file goes on to its end
        ('a,b\n1,2\n3,"4', False),  # cut off within quotes
        ('a,b\n1,2\n3,"4\nfive\n', False),
        ('a,b\n1,2\n3,"4\n5,6\n', True),  # one broken row among sound ones
        ('a,b\n1,2\n3,"4\nfive"\n', True),
        ("a,b\r1,2\r3", False),
    ],
)
@pytest.mark.parametrize("block_bytes", [4, 1 << 20])
def test_a_file_that_ends_in_the_middle_of_a_row_is_not_complete(
    tmp_path: Path, text: str, whole: bool, block_bytes: int
) -> None:
    """PRE-6, REA-8: whatever the blocks it is read by."""
    path = tmp_path / "cut.csv"
    path.write_bytes(text.encode())
    reading = DelimitedReader(block_bytes=block_bytes).open(path, ReadOptions())

    list(reading.batches())

    assert reading.complete is whole


@pytest.mark.parametrize("row", ["a,x\r,b", "a,\r,b", "\r,a,b", "a,\r\r,b", 'a,"x\r",b', "é,x\r,b"])
def test_a_return_at_the_end_of_a_cell_is_kept(tmp_path: Path, row: str) -> None:
    """REA-3: Polars would drop it."""
    _, found = read(tmp_path / "t", f"p,q,r\n{row}\n1,2,3\n", line_end="lf")
    assert found.drop("_line", "_fault").rows()[0] == tuple(cell.strip('"') for cell in row.split(","))


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        pytest.param(b'id,name\n1,"a, b"\n2, Z\xc3\xbcrich\n', True, id="letters and spaces"),
        pytest.param(b"id,name\n1,a\xc2\xa0\n", False, id="a blank that does not break"),
        pytest.param("id,name\n1,e\u0301\n".encode(), False, id="an accent to be composed"),
        pytest.param(b"id,name\n1,a\x00b\n", False, id="NUL"),
        pytest.param(b"id,name\n1,a\tb\n", False, id="a tab within a cell"),
        pytest.param(b'id,name\n1,"a\nb"\n', False, id="a cell over two lines"),
        pytest.param(b"id,name\n1,a\n2\n", False, id="a ragged row"),
    ],
)
def test_says_whether_all_cells_are_plain_text(tmp_path: Path, written: bytes, plain: bool) -> None:
    path = tmp_path / "cells.csv"
    path.write_bytes(written)
    reading = DelimitedReader().open(path, ReadOptions())
    rows(reading)
    assert reading.plain is plain


def test_cells_are_no_plain_text_any_more_once_a_block_was_not(tmp_path: Path) -> None:
    path = tmp_path / "cells.csv"
    path.write_bytes(b"id,name\n" + b"1,a\n" * 50 + b"2,\xc2\xa0b\n" + b"3,c\n" * 50)
    reading = DelimitedReader(block_bytes=64).open(path, ReadOptions())
    rows(reading)
    assert not reading.plain
