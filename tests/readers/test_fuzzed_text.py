"""Bytes of any kind are read, or refused in words of ours: never a traceback, never a hang (REL-11, REA-4).

``STOCKTAKE_SOAK=100`` runs a hundred times as many examples; the seeds are texts of our own that hold every oddity.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from stocktake.model.errors import Refusal
from stocktake.model.options import ReadOptions
from stocktake.readers.delimited import DelimitedReader
from stocktake.readers.registry import open_reading
from tests.chance import times

#: What REL-11 gives one file.
SECONDS = 20
SEEDS = [
    b'id,name,amount\nk1,"Ann, x",1.00\nk2,Bo,"2,50"\n\nTotal,,3.50\n',
    "Report of 2024\n\nid;Größe;when\r\nk1;a;2024-01-31\r\nk2;;31.01.2024\r\n".encode("cp1252"),
    "id\tname\n1\t5\" disk\n2\t'x'\n".encode("utf-16"),
    b'sep=|\nid|n\n1|a\\"b\n2|"c\\"d"\n',
    b"id,name,,id,price\n1,Ann,,X,1\n2,Bo,,Y,2\n3,Cy,,,\n",
    b'id,name\r1,a\r2,"b\rc"\r\nid,name\r',
    b",,,2013,2012\nunit,a,b,Total,Total\n,,,,Restated\nx,1,2,3,4\ny,1,2,3,4\n\ncode,price\nX,1\nY,2\n",
    "1,Иванов\n2,Петров\n3,Москва\n".encode("koi8-r"),
    "id,name\n1,台北市信義區\n2,王小明\n".encode("big5"),
    b"id,name\n1,A\0B\n2,Zo\xeb\n3,Zo\xc3\xab\n\xff\xfe\n",
]
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "encoding": st.sampled_from(["utf-8", "cp1252", "utf-16", "big5"]),
        "delimiter": st.sampled_from([",", ";", "\t", "x", "¦"]),
        "quote": st.sampled_from(["none", "'", '"']),
        "escape": st.sampled_from(["none", "\\"]),
        "line_end": st.sampled_from(["lf", "crlf", "cr"]),
        "header_line": st.integers(0, 4),
        "header_lines": st.integers(0, 4),
        "footer_lines": st.integers(0, 4),
        "on_undecodable": st.just("replace"),
        "plain": st.booleans(),
    },
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A seed of which some bytes were changed, dropped, doubled or swapped."""
    content = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        act = draw(st.sampled_from(["set", "drop", "insert", "double", "cut"]))
        if act == "set" and content:
            content[at] = draw(st.one_of(st.sampled_from(b'",;\t\n\r\\\0 '), st.integers(0, 255)))
        elif act == "drop":
            del content[at : at + draw(st.integers(1, 5))]
        elif act == "insert":
            content[at:at] = draw(
                st.one_of(
                    st.sampled_from([b'"', b"\r", b"\n\n", b"\\", b"\xef\xbb\xbf"]), st.binary(max_size=4)
                )
            )
        elif act == "double":
            content += content[at : at + 40]
        else:
            del content[at + 1 :]
    return bytes(content)


def outcome(content: bytes, options: dict[str, Any], block: int | None = None) -> tuple[Any, ...]:
    """What came of it. Any other exception goes through."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t"
        path.write_bytes(content)
        try:
            told = ReadOptions(**options)
            reading = (
                open_reading(path, told)
                if block is None
                else DelimitedReader(block_bytes=block).open(path, told)
            )
            rows = [row for batch in reading.batches() for row in batch.rows()]
        except Refusal as refusal:
            return bool(refusal.hint), refusal.code, refusal.message.replace(folder, "")
        return True, reading.layout, rows, reading.complete, reading.warnings


@settings(max_examples=times(90))
@given(content=st.one_of(st.binary(max_size=300), damaged()), options=OPTIONS)
def test_any_bytes_under_any_options_are_read_or_refused_in_words(
    content: bytes, options: dict[str, Any]
) -> None:
    started = time.monotonic()
    assert outcome(content, options)[0]
    assert time.monotonic() - started < SECONDS


@settings(max_examples=times(60))
@given(content=damaged(), options=OPTIONS)
@example(
    content=b'id,name\r",a\r2,"b\rc"\r\nid,name\rid,name\r1,a\r2,"b\rc"\r\n', options={}
)  # the header behind a gap, where a CR LF among CRs made one
@example(content=b"id,n\n1,2\r2,3\n\n\ncode,price\nX,1\nY,2\n", options={})  # lines that were not read
@example(content=b'id,name\n1,"a\nx,y\rz,w\nb"\n2,c\n', options={})  # a CR within a cell that is open
@example(content=b'id,name\n1,"x\ny\\\nz"\ncode,price,x\n2,3,4\n', options={"escape": "\\"})  # no gap
@example(content=b"id,n\n1,2\n\ncode,price\n3,4\n5,c\\\nd\n6,e\n", options={"escape": "\\"})
def test_how_a_file_is_cut_into_blocks_changes_nothing(content: bytes, options: dict[str, Any]) -> None:
    """REA-7: rows, faults, lines, completeness and warnings are those of the file."""
    assert outcome(content, options, 1) == outcome(content, options, 1 << 20)
