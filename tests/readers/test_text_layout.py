"""What is found out about delimited text, stated, and overridden (REA-2, REA-4, REA-6, REA-8)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stocktake.model.errors import InvalidInput, Refusal, Unreadable
from stocktake.model.options import Limits, ReadOptions
from stocktake.ports.reader import Reading
from stocktake.readers.delimited import DelimitedReader


class Read:
    """A text as it was read, the same whatever its blocks."""

    def __init__(self, path: Path, text: str | bytes, **options: Any) -> None:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        found = [self._walk(path, block, options) for block in (1, 7, 1 << 20)]
        assert found[0] == found[1] == found[2]
        self.header, self.cells, self.lines, self.faults, self.complete, self.said = found[0]
        self.reading: Reading = DelimitedReader().open(path, ReadOptions(**options))

    @staticmethod
    def _walk(path: Path, block: int, options: dict[str, Any]) -> tuple[Any, ...]:
        reading = DelimitedReader(block_bytes=block).open(path, ReadOptions(**options))
        rows = [row for batch in reading.batches() for row in batch.rows()]
        assert [row[0] for row in rows] == list(range(len(rows)))
        said = {warning.code: (warning.count, warning.rows) for warning in reading.warnings}
        cells = [list(row[3:]) for row in rows]
        return (
            reading.layout.header,
            cells,
            [row[1] for row in rows],
            {row[1]: row[2].partition("@")[0] for row in rows if row[2]},
            reading.complete,
            said,
        )


@pytest.fixture
def read(tmp_path: Path) -> Any:
    return lambda text, **options: Read(tmp_path / "t.csv", text, **options)


ROWS = "k1,Ann,1\nk2,Bo,2\n"


@pytest.mark.parametrize(
    ("before", "skipped"),
    [
        ("Estrazione del 2026-04-01\n", (1,)),
        ("Estrazione del 2026-04-01\n\n", (1,)),
        ("# a comment\n# another\n", (1, 2)),
        ("Report,,\n,,\nof 2024,,\n", (1, 3)),
    ],
)
def test_titles_before_the_header_are_skipped_and_stated(
    read: Any, before: str, skipped: tuple[int, ...]
) -> None:
    found = read(f"{before}id,name,n\n{ROWS}")
    line = before.count("\n") + 1
    assert (found.header, found.reading.layout.header_line) == (("id", "name", "n"), line)
    assert found.lines == [line + 1, line + 2]
    assert found.said == {"preamble-skipped": (len(skipped), skipped)}
    assert read(f"{before}id,name,n\n{ROWS}", plain=True).reading.layout.header_line == 1
    assert read(f"{before}id,name,n\n{ROWS}", header_line=line).said == {}


def test_a_header_narrower_than_its_rows_is_no_title(read: Any) -> None:
    found = read("id\n1,a\n2,b\n")
    assert (found.header, found.faults) == (("id",), {2: "extra-cell", 3: "extra-cell"})


def test_a_header_of_three_lines_is_joined_by_column(read: Any) -> None:
    rows = "x,1,2,3,4\ny,5,6,7,8\nz,5,6,7,8\n"
    text = f",,,in 2013,in 2012\nunit,staff,others,Total,Total\n,,,,Restated\n{rows}"
    found = read(text)
    assert found.header == ("unit", "staff", "others", "in 2013 / Total", "in 2012 / Total / Restated")
    assert (found.lines, found.said) == ([4, 5, 6], {"header-joined": (3, (1, 2, 3))})
    assert found.reading.layout.header_lines == 3
    assert read(text, header_lines=2).lines == [3, 4, 5, 6]


@pytest.mark.parametrize("row", [",Bo,", ",,x", ",Bo,2"])
def test_a_row_without_key_below_a_whole_header_is_a_row(read: Any, row: str) -> None:
    assert read(f"id,name,n\n{row}\nk1,1,2\n").lines == [2, 3]
    assert read(f"id,name,note\n{row}\nk1,Ann,y\nk2,Cy,z\n").lines == [2, 3, 4]


def test_a_file_without_header_says_so_and_loses_no_row(read: Any) -> None:
    found = read("k1;Ann;2024-01-31\nk2;Bo;2024-02-01\nk3;Cy;2024-02-02\n")
    assert (found.header, found.lines) == (("column 1", "column 2", "column 3"), [1, 2, 3])
    assert found.said == {"no-header": (1, (1,))}
    assert (found.reading.layout.header_line, found.reading.layout.header_lines) == (None, 0)
    assert read("k1;Ann;2024-01-31\nk2;Bo;2024-02-01\n", header_lines=1).header[0] == "k1"
    assert read("id,name\nk1,Ann\n", header_lines=0).cells == [["id", "name"], ["k1", "Ann"]]


@pytest.mark.parametrize(
    "header", ["Year,2000,2001,2002", "Musei,2011,2010,2009", "id,1,2,3", "id,name,100022,y"]
)
def test_numbers_may_be_labels(read: Any, header: str) -> None:
    assert read(f"{header}\nx,10,20,30\ny,11,21,31\n").header == tuple(header.split(","))


def test_the_header_again_among_the_rows_is_left_out_and_stated(read: Any) -> None:
    text = "Year,Jan\n1880,1\nYear,Jan\n1881,2\nYear, Jan \n1882,3\n"
    found = read(text)
    assert (found.lines, found.said) == ([2, 4, 6], {"repeated-header": (2, (3, 5))})
    assert len(read(text, plain=True).lines) == 5


@pytest.mark.parametrize(
    "last",
    [
        "Total,,3",
        "Grand total,,3",
        "Summe,,3",
        ",Total,3",
        "\nSource: the office of the town",
        "\nNote: x y,,",
    ],
)
def test_totals_and_notes_under_a_table_are_rejected_not_imported(read: Any, last: str) -> None:
    text = f"id,name,n\n{ROWS}{last}\n"
    found = read(text)
    assert list(found.faults.values()) == ["footer-row"]
    assert found.complete
    assert set(read(text, footer_lines=0).faults.values()) <= {"missing-cell"}
    dropped = read(text, footer_lines=1)
    assert (len(dropped.lines), dropped.faults) == (2, {})
    assert dropped.said["footer-skipped"][0] == 1


@pytest.mark.parametrize("last", ["Total,Paris,3", "Totally fine,,x", "k3,,", "k3,Total,x"])
def test_a_row_that_is_more_than_a_total_is_a_row(read: Any, last: str) -> None:
    assert read(f"id,name,n\n{ROWS}{last}\n").faults == {}


def test_of_tables_one_below_the_other_the_first_is_read_and_the_others_named(read: Any) -> None:
    found = read(f"id,name,n\n{ROWS}\ncode,price\nX,1\nY,2\n")
    assert (found.lines, found.complete, found.said) == ([2, 3], True, {"further-table": (1, (5,))})
    assert '"code", "price"' in warning(found, "further-table")


def test_a_table_below_as_wide_as_the_first_proves_no_absence(read: Any) -> None:
    """REA-8, PRE-6: it might be rows of the first, so that the reading is not complete."""
    text = f"id,name,n\n{ROWS}\ncode,title,price\nX,a,1\nY,b,2\n"
    found = read(text)
    assert (found.lines, found.complete) == ([2, 3], False)
    assert len(read(text, plain=True).lines) == 5


@pytest.mark.parametrize("gap", ["", "\n\n"])
def test_blank_lines_alone_part_no_tables(read: Any, gap: str) -> None:
    assert len(read(f"id,name,n\n{ROWS}\n{gap}k3,Cy,3\nk4,Di,4\n").lines) == 4


def test_of_tables_side_by_side_the_first_is_read_and_the_others_named(read: Any) -> None:
    text = "id,name,,id,price\n1,Ann,,X,1\n2,Bo,,Y,2\n,,,Z,3\n"
    found = read(text)
    assert (found.header, found.cells) == (("id", "name"), [["1", "Ann"], ["2", "Bo"]])
    assert found.said == {"further-table": (1, (1,))}
    assert len(read(text, plain=True).header) == 5


def test_a_blank_column_alone_parts_no_tables(read: Any) -> None:
    assert len(read("id,name,,code,price\n1,Ann,,X,1\n2,Bo,,Y,2\n").header) == 5


def test_labels_that_cannot_be_seen_or_told_apart_are_stated(read: Any) -> None:
    found = read("i\u200bd,na\u202eme,NAME,name\n1,a,b,c\n")
    assert found.header == ("id", "name", "NAME", "name")
    assert set(found.said) == {"invisible-label", "similar-label", "duplicate-label"}


def test_a_header_whose_order_does_not_fit_its_columns_is_stated(read: Any) -> None:
    rows = "".join(f"k{day},2024-01-0{day},{day}00\n" for day in range(1, 8))
    assert "label-contradicted" in read(f"id,trans_no,payment_date\n{rows}").said
    assert read(f"id,payment_date,trans_no\n{rows}").said == {}


@pytest.mark.parametrize("rows", [1000, 2000, 5000, 10_000])
def test_as_many_rows_as_a_page_holds_look_capped(tmp_path: Path, rows: int) -> None:
    path = tmp_path / "t.csv"
    for count, codes in ((rows, ["looks-capped"]), (rows + 1, [])):
        path.write_text("id,n\n" + "".join(f"k{row},x\n" for row in range(count)))
        reading = DelimitedReader().open(path, ReadOptions())
        list(reading.batches())
        assert [each.code for each in reading.warnings] == codes


@pytest.mark.parametrize(
    ("text", "quote", "escape", "cells"),
    [
        ('id\tname\n1\t5" disk\n2\t"x\n', '"', None, None),
        ('id\tname\n1\t5" disk\n2\t3.5" disk\n', None, None, ["1", '5" disk']),
        ("'id','name'\n'1','a, b'\n'2','it''s'\n", "'", None, ["1", "a, b"]),
        ('id,name\n1,"a\\"b, c"\n2,x\n', '"', "\\", ["1", 'a"b, c']),
        ('"id", "name"\n"1", "a, b"\n', '"', None, ["1", "a, b"]),
        ('id,name\n1,C:\\dir\n2,"C:\\dir\\"\n', '"', None, ["1", "C:\\dir"]),
    ],
)
def test_quotes_are_what_the_lines_show(
    read: Any, text: str, quote: str | None, escape: str | None, cells: list[str] | None
) -> None:
    found = read(text)
    assert (found.reading.layout.quote, found.reading.layout.escape) == (quote, escape)
    if cells:
        assert (found.cells[0], found.faults) == (cells, {})
    usual = quote == '"' and escape is None and '", "' not in text
    assert ("dialect-guessed" in found.said) != usual


def test_quotes_and_escapes_are_what_the_operator_says(read: Any) -> None:
    assert read("id,name\n1,#a, b#\n", quote="#").cells == [["1", "a, b"]]
    assert read('id,name\n1,"x"\n', quote="none").cells == [["1", '"x"']]
    assert read("id,name\n1,a\\\nb\\,c\n2,d\n", quote="none", escape="\\").lines == [2, 4]
    assert read('id,name\n1,"a\\"b"\n', escape="none").faults == {2: "bare-quote"}


def test_line_ends_are_what_the_operator_says(read: Any) -> None:
    assert read("id,name\n1,a\rb,c\n", line_end="lf").faults == {2: "extra-cell"}
    assert read("id,name\r1,a\nb\r", line_end="cr").cells == [["1", "a\nb"]]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"quote": "ab"}, "bad-quote"),
        ({"quote": ","}, "bad-quote"),
        ({"escape": "x"}, "bad-escape"),
        ({"line_end": "nl"}, "bad-line-end"),
        ({"on_undecodable": "guess"}, "bad-option"),
        ({"header_lines": -1}, "bad-option"),
        ({"footer_lines": -1}, "bad-option"),
    ],
)
def test_refuses_what_cannot_be_meant(read: Any, options: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read("id,name\n1,a\n", **options)
    assert (refusal.value.code, bool(refusal.value.hint)) == (code, True)


def test_bytes_that_do_not_decode_are_replaced_on_demand_and_counted(read: Any) -> None:
    content = b"id,name\n1,Zo\xc3\xab\n2,Zo\xeb\n3,\xef\xbf\xbd\n"
    with pytest.raises(Unreadable) as refusal:
        read(content)
    assert (refusal.value.code, refusal.value.details["offset"]) == ("encoding-error", 19)
    found = read(content, on_undecodable="replace")
    assert [row[1] for row in found.cells] == ["Zoë", "Zo\ufffd", "\ufffd"]
    assert found.said["undecodable-replaced"] == (1, (3,))


def test_nul_in_a_cell_costs_its_row_in_a_header_the_file(read: Any) -> None:
    found = read(b"id,name\n1,A\0B\n2,C\n")
    assert (found.faults, found.cells[0]) == ({2: "invalid-character"}, ["1", "A\ufffdB"])
    with pytest.raises(Unreadable) as refusal:
        read(b"id,na\0me\n1,A\n")
    assert refusal.value.code == "invalid-character"


@pytest.mark.parametrize(
    ("limits", "code", "numbers"),
    [
        (Limits(file_bytes=20), "file-too-large", ("21", "20")),
        (Limits(columns=1), "too-many-columns", ("2", "1")),
        (Limits(rows=2), "too-many-rows", ("2",)),
    ],
)
def test_a_limit_that_is_passed_is_named_with_its_value(
    read: Any, limits: Limits, code: str, numbers: tuple[str, ...]
) -> None:
    """REA-6."""
    with pytest.raises(Refusal) as refusal:
        read("id,name\n1,a\n2,b\n3,cc\n", limits=limits)
    assert refusal.value.code == code
    assert all(number in refusal.value.message for number in numbers)


def test_a_cell_over_the_limit_costs_its_row(read: Any) -> None:
    """REA-6."""
    assert read("id,name\n1,abcdef\n2,b\n", limits=Limits(cell_bytes=5)).faults == {2: "cell-too-long"}


@pytest.mark.parametrize("text", ["a", "\n", " ", "\ufeff"])
def test_a_file_of_one_character_is_read_or_refused(read: Any, text: str) -> None:
    try:
        said = list(read(text).said)
    except Refusal as refusal:
        said = [refusal.code]
    assert said == (["no-rows"] if text == "a" else ["file-empty"])


def warning(found: Read, code: str) -> str:
    list(found.reading.batches())
    return next(each.message for each in found.reading.warnings if each.code == code)


@pytest.mark.parametrize("last", ["d", "d,", "d,,"])
def test_a_last_line_of_the_header_that_is_narrower_may_be_repeated_too(read: Any, last: str) -> None:
    """REA-2: what it lacks is blank, among the rows as in the header."""
    found = read(f"a,b,c\n{last}\n1,2,3\n{last}\n", header_lines=2)

    assert (found.header, found.cells) == (("a / d", "b", "c"), [["1", "2", "3"]])
    assert found.said["repeated-header"] == (1, (4,))


def test_the_first_lines_are_told_as_they_stand_whatever_is_taken_for_the_header(read):
    """REA-2: people see them when they look for the header; blank lines hold nothing."""
    text = 'Report;of;"a ""day"""\n\nkey;name;amount\n' + ROWS.replace(",", ";")
    told = (
        (1, ("Report", "of", 'a "day"')),
        (3, ("key", "name", "amount")),
        (4, ("k1", "Ann", "1")),
        (5, ("k2", "Bo", "2")),
    )

    assert read(text, delimiter=";").reading.layout.first_lines == told
    assert read(text, delimiter=";", header_line=4).reading.layout.first_lines == told
    assert len(read("a,b\n" + "x,y\n" * 500).reading.layout.first_lines) == 20
