"""Where in its line a row breaks: told with line and column, in words and in the document (REA-4)."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stocktake.cleaning.row_fault import row_faults
from stocktake.model.errors import Refusal, Unreadable
from stocktake.model.options import Limits, ReadOptions
from stocktake.readers.delimited import DelimitedReader
from stocktake.readers.grammar import Grammar
from stocktake.readers.place import ragged


def messages(path: Path, text: str, options: ReadOptions | None = None) -> dict[int, str]:
    """Line → the last sentence of what is said of it."""
    path.write_text(text, encoding="utf-8", newline="")
    batches = DelimitedReader().open(path, options or ReadOptions(encoding="utf-8")).batches()
    found = pl.concat(row_faults(batch) for batch in batches)
    return {line: message.rpartition(" (")[2] for line, message in found.select("_line", "message").rows()}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1,2,3,4,5", "5 cells instead of 3; cell 4 begins at character 7.)"),
        ('1,"ä,""b",3,4', "4 cells instead of 3; cell 4 begins at character 13.)"),
        ('1,"a\nb",3,4', "4 cells instead of 3; cell 4 begins at character 6 of its line 2.)"),
        ("1,ä", "2 cells instead of 3; cell 3 is missing at character 4.)"),
        ('1,"a\n"', "2 cells instead of 3; cell 3 is missing at character 2 of its line 2.)"),
        ('1,ä"c,3', "At character 4.)"),
        ('1,"a"c,3', "At character 6.)"),
        ('"1,2",ä,"c', "Opened at character 9.)"),
        ('1,"a""b,3', "Opened at character 3.)"),
        ("1,äb\0c,3", "Cell 2, its character 3.)"),
    ],
)
def test_a_row_that_breaks_says_where(tmp_path: Path, row: str, said: str) -> None:
    """REA-4: the first surplus or missing cell, where a quote was opened, the character NUL."""
    text = f"id,name,note\n0,a,b\n{row}\n8,a,b\n9,a,b\n"
    assert messages(tmp_path / "t", text) == {3: said}


def test_a_cell_over_the_limit_is_named_by_its_number(tmp_path: Path) -> None:
    """REA-6."""
    options = ReadOptions(encoding="utf-8", limits=Limits(cell_bytes=5))
    assert messages(tmp_path / "t", "id,name\n1,abcdef\n2,b\n", options) == {2: "Cell 2.)"}


def test_where_a_file_is_spelled_otherwise_only_cells_are_counted(tmp_path: Path) -> None:
    """REA-4: a character is told only where it is the file's own; here a backslash stands before quotes."""
    text = 'id,name\n"1","a\\"b"\n"2","c\\"d"\n"3","e","f"\n'
    assert messages(tmp_path / "t", text, ReadOptions(escape="\\")) == {4: "3 cells instead of 2.)"}


@given(st.lists(st.text("aä\",;\n'", max_size=4), min_size=4, max_size=6))
def test_the_place_of_a_surplus_cell_is_that_of_the_file(cells: list[str]) -> None:
    """REA-4: what Python's csv module writes before it, and the delimiter."""
    first, whole = io.StringIO(), io.StringIO()
    csv.writer(first, lineterminator="").writerow(cells[:3])
    csv.writer(whole, lineterminator="").writerow(cells)
    before = first.getvalue()
    [fault] = ragged(pl.DataFrame({"text": [whole.getvalue()]}), Grammar(",", 3), exact=True)
    line = before.count("\n") + 1
    place = f"character_{len(before.rpartition(chr(10))[2]) + 2}" + (
        f"_of_its_line_{line}" if line > 1 else ""
    )
    assert fault == f"extra-cell@{len(cells)}_cells_instead_of_3;_cell_4_begins_at_{place}"


@pytest.mark.parametrize(
    ("content", "options", "code", "place"),
    [
        (b'id,na"me\n1,2\n', {}, "bare-quote", (1, 6)),
        (b'T\n\nid,na"me\n1,2\n', {"header_line": 3}, "bare-quote", (3, 6)),
        ('id,ä,"name\n1,2\n'.encode(), {}, "unclosed-quote", (1, 6)),
        (b"id,na\0me\n1,2\n", {}, "invalid-character", (1, 6)),
        ("id,name\n1,a\n2,ä".encode() + b"b\xff\n", {"encoding": "utf-8"}, "encoding-error", (3, 5)),
        (b"\xef\xbb\xbfid\xff,name\n", {}, "encoding-error", (1, 3)),
        (b"id,name\r1,a\r2,\xff\r", {"encoding": "utf-8"}, "encoding-error", (3, 3)),
        ("id\n".encode("utf-16") + b"\x31\x00\x00\xd8\x31\x00", {}, "encoding-error", (2, 2)),
    ],
)
def test_a_file_that_is_refused_says_line_and_column(
    tmp_path: Path, content: bytes, options: dict[str, Any], code: str, place: tuple[int, int]
) -> None:
    """REA-4: of the header, and of bytes that do not decode; in the sentence and in the details."""
    path = tmp_path / "t"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refused:
        list(DelimitedReader().open(path, ReadOptions(**options)).batches())
    refusal: Refusal = refused.value
    assert (refusal.code, (refusal.details["line"], refusal.details["column"])) == (code, place)
    assert f"line {place[0]}, column {place[1]}" in refusal.message


def test_the_offset_of_bytes_that_do_not_decode_counts_the_mark_before_the_text(tmp_path: Path) -> None:
    """REA-2: it is the offset in the file."""
    path = tmp_path / "t"
    path.write_bytes(b"\xef\xbb\xbfid\xff,name\n")
    with pytest.raises(Unreadable) as refused:
        DelimitedReader().open(path, ReadOptions())
    assert refused.value.details["offset"] == 5
