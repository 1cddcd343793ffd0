"""Whatever Python's csv module writes, in any dialect and encoding, is read back identical (REA-2, REA-3, REA-5).

What no reader can tell from the bytes alone is given as an option, or left out of the tables, and said here:

- the dialect, where it is rare: ``delimiter``, ``quote``, ``escape``, ``line_end``, ``encoding`` are given in the
  first test, and ``plain``, since any row may look like a title, a total or a repeated header. The second gives nothing.
- a row of blank cells only: it is skipped, and stated as ``blank-row``.
- blanks around a label: they are left out of it.
- CR at the end of an unquoted last cell before LF, and LF there before CR: the two are one line end (Python's csv module
  quotes only the characters of its own line end).
- LF in an unquoted cell where CR ends the lines, for the same reason: only the first test, told of CR, reads it.
- U+FEFF, which at the start is a byte order mark; NUL, which is no text; U+FDD0 to U+FDD4 where an escape is used.
"""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stocktake.model.options import ReadOptions
from stocktake.readers.delimited import DelimitedReader
from tests.chance import times

CELL = st.text(
    st.one_of(
        st.sampled_from("ab \"',;\t|\n\r€é\\#^~ąß中"),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4"),
    ),
    max_size=10,
)
LABEL = st.text("abc ,;|\t\"'é\\", max_size=6).map(lambda text: f"x{text}y")
ENCODINGS = [
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "cp1250", "cp1251"),
    *("iso8859-1", "iso8859-2", "iso8859-7", "iso8859-15", "mac_roman", "big5", "shift_jis", "gb18030"),
]


@st.composite
def dialects(draw: st.DrawFn) -> dict[str, Any]:
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC, csv.QUOTE_NONE]))
    double = draw(st.booleans())
    escape = draw(st.sampled_from(["\\", "^"])) if quoting == csv.QUOTE_NONE or not double else None
    quote = '"' if quoting == csv.QUOTE_NONE else draw(st.sampled_from(['"', "'", "#", "~"]))
    delimiter = draw(st.sampled_from([",", ";", "\t", "|", "¦", ":", "x", " ", "\x1f", "'", "^"]))
    assume(len({quote, escape, delimiter}) == 3)
    return {
        "delimiter": delimiter,
        "quotechar": quote,
        "quoting": quoting,
        "doublequote": double,
        "escapechar": escape,
        "lineterminator": draw(st.sampled_from(["\n", "\r\n", "\r"])),
    }


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """A header of labels and rows that hold something."""
    width = draw(st.integers(1, 4))
    row = st.lists(CELL, min_size=width, max_size=width).filter(lambda cells: any(map(str.strip, cells)))
    return [draw(st.lists(LABEL, min_size=width, max_size=width)), *draw(st.lists(row, max_size=8))]


def written(table: list[list[str]], dialect: dict[str, Any]) -> tuple[str, list[int]]:
    """The text, and the line at which each row starts."""
    file, lines = io.StringIO(newline=""), []
    writer = csv.writer(file, **dialect)
    end = "\r" if dialect["lineterminator"] == "\r" else "\n"
    for row in table:
        lines.append(file.getvalue().count(end) + 1)
        writer.writerow(row)
    return file.getvalue(), lines


def read(content: bytes, block: int, **options: Any) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t"
        path.write_bytes(content)
        reading = DelimitedReader(block_bytes=block).open(path, ReadOptions(**options))
        return reading.layout.header, [
            row for batch in reading.batches() for row in batch.drop("_row").rows()
        ]


@settings(max_examples=times(120))
@given(
    table=tables(),
    dialect=dialects(),
    encoding=st.sampled_from(ENCODINGS),
    block=st.sampled_from([1, 3, 64, 1 << 20]),
)
def test_any_table_in_any_dialect_and_encoding_is_read_back_where_both_are_given(
    table: list[list[str]], dialect: dict[str, Any], encoding: str, block: int
) -> None:
    end = dialect["lineterminator"]
    if len(end) == 1 and dialect["quoting"] != csv.QUOTE_ALL:
        assume(not any(row[-1].endswith(("\r", "\n")) for row in table))
    text, lines = written(table, dialect)
    try:
        content = text.encode(encoding)
        assume(content.decode(encoding) == text)
    except UnicodeError:
        assume(False)

    header, rows = read(
        content,
        block,
        encoding=encoding,
        delimiter=dialect["delimiter"],
        quote="none" if dialect["quoting"] == csv.QUOTE_NONE else dialect["quotechar"],
        escape=dialect["escapechar"] or "none",
        line_end={"\n": "lf", "\r\n": "crlf", "\r": "cr"}[end],
        plain=True,
    )

    assert header == tuple(label.strip() for label in table[0])
    assert rows == [(line, None, *row) for line, row in zip(lines[1:], table[1:], strict=True)]


WORDS = st.sampled_from(
    [
        "Ann",
        "Zoë Müller",
        "a, b; c|d\te",
        'say "no"',
        "it's",
        "two\nlines",
        "C:\\dir",
        "00123",
        "1.10",
        "NA",
        "-3",
        # Values that a kind could be seen in.
        "2024-01-31",
        "€ 5,00",
        "+15551234567",
        "1.23E+15",
        "ann@example.com",
        "½",
        "=1+1",
        "null",
        "東京",
        " x ",
    ]
)


@settings(max_examples=times(90))
@given(
    labels=st.lists(
        st.sampled_from(["name", "Serial No", "größe", "e-mail", "a;b", "note"]),
        min_size=2,
        max_size=5,
        unique=True,
    ),
    data=st.data(),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    block=st.sampled_from([5, 1 << 20]),
)
def test_what_people_write_is_read_back_where_nothing_is_given(
    labels: list[str],
    data: st.DataObject,
    delimiter: str,
    quoting: Any,
    end: str,
    encoding: str,
    block: int,
) -> None:
    """Delimiter, quotes, line ends, encoding and header are found out where every row is filled and a key leads it."""
    cells = st.lists(WORDS, min_size=len(labels), max_size=len(labels))
    table = [["id", *labels]]
    table += [
        [f"k{place}", *row] for place, row in enumerate(data.draw(st.lists(cells, min_size=1, max_size=8)))
    ]
    if end == "\r" and quoting == csv.QUOTE_MINIMAL:
        assume(not any("\n" in cell for row in table for cell in row))
    dialect = {"delimiter": delimiter, "quoting": quoting, "lineterminator": end}
    text, lines = written(table, dialect)

    header, rows = read(text.encode(encoding), block)

    assert header == tuple(table[0])
    assert rows == [(line, None, *row) for line, row in zip(lines[1:], table[1:], strict=True)]
