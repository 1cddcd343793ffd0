"""Where a sheet's table is: groups over the header, notes around it, other tables beside and below (REA-2)."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from stocktake.model.options import ReadOptions
from stocktake.readers.child import BATCH, END, LAYOUT
from stocktake.readers.sheet import read_sheet


class Read:
    """A sheet read in this process."""

    def __init__(
        self, path: Path, *rows: tuple[Any, ...], merges: tuple[str, ...] = (), **options: Any
    ) -> None:
        workbook = openpyxl.Workbook()
        sheet = workbook.active
        assert sheet is not None
        for row in rows:
            sheet.append(row)
        for merge in merges:
            sheet.merge_cells(merge)
        workbook.save(path)
        self.rows: list[tuple[Any, ...]] = []
        self.lines: list[int] = []
        self.faults: list[str | None] = []
        for kind, content in read_sheet(path, "xlsx", ReadOptions(**options), 1000):
            if kind == LAYOUT:
                layout = json.loads(content)
                self.header, self.header_line = layout["header"], layout["header_line"]
                self.first_lines = layout["first_lines"]
            elif kind == BATCH:
                batch = pl.read_ipc_stream(io.BytesIO(content))
                self.rows += [row[3:] for row in batch.rows()]
                self.lines += batch["_line"].to_list()
                self.faults += batch["_fault"].to_list()
            elif kind == END:
                end = json.loads(content)
                self.complete = end["complete"]
                self.warnings = {each["code"]: each for each in end["warnings"]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.xlsx"


DEVICES = [(f"D{n}", "Rome", n) for n in range(1, 9)]


def test_labels_over_two_lines_are_joined_where_merged_cells_make_them_one_header(path: Path) -> None:
    """Merged downwards, or over several columns."""
    rows = [("ID", "Contact", None, "Age"), (None, "Name", "Phone", None), ("1", "Ann", "5", 3)]
    read = Read(path, *rows, merges=("A1:A2", "B1:C1", "D1:D2"))
    assert (read.header, read.header_line) == (["ID", "Contact / Name", "Contact / Phone", "Age"], 1)
    assert (read.rows, read.lines) == ([("1", "Ann", "5", "3")], [3])
    assert read.warnings["header-joined"]["rows"] == [1, 2]


def test_groups_stand_over_labels_that_do_not_tell_their_columns_apart(path: Path) -> None:
    rows = [("Sites of 2026",), (None, "2025", None, "2026", None), ("Site", "no.", "%", "no.", "%")]
    read = Read(path, *rows, ("Rome", 1, 2, 3, 4), merges=("A1:E1", "B2:C2", "D2:E2"))
    assert read.header == ["Site", "2025 / no.", "2025 / %", "2026 / no.", "2026 / %"]
    assert read.warnings["preamble-skipped"]["rows"] == [1]


def test_groups_over_labels_that_are_clear_by_themselves_are_left_out(path: Path) -> None:
    rows = [("Place", None, "Person", None), ("site", "room", "name", "mail"), ("a", "b", "c", "d")]
    read = Read(path, *rows, merges=("A1:B1", "C1:D1"))
    assert (read.header_line, read.header) == (2, ["site", "room", "name", "mail"])
    assert read.warnings["preamble-skipped"]["rows"] == [1]


def test_notes_fuller_than_half_a_header_do_not_pass_for_it(path: Path) -> None:
    rows = [
        ("some",),
        ("notes", "at", None, "top"),
        ("id", "name", "ram", "seen"),
        ("1", "a", 8, 1),
        ("2", "b", 4, 2),
    ]
    read = Read(path, *rows)
    assert (read.header, read.lines) == (["id", "name", "ram", "seen"], [4, 5])


def test_a_header_said_again_between_rows_is_skipped_aloud(path: Path) -> None:
    header = ("id", "site", "n")
    read = Read(path, header, *DEVICES[:3], header, *DEVICES[3:])
    assert (len(read.rows), read.warnings["repeated-header"]["rows"]) == (8, [5])


def test_rows_of_numbers_that_equal_the_first_are_rows(path: Path) -> None:
    """A file without header must not lose the rows that repeat it."""
    read = Read(path, (0, 0, 0), (0, 0, 0), (0, 0, 0))
    assert read.rows == [("0", "0", "0")] * 2


@pytest.mark.parametrize(
    "footer",
    [
        ("Total", None, 36),
        ("TOTALE:", None, 36),
        (None, "Gesamt", 36),
        (None, None, "too!"),
        ("Printed by an operator on the first of April",),
    ],
    ids=["total", "Italian", "German", "no first cell", "sentence"],
)
def test_totals_and_notes_at_the_end_are_rejected_unless_the_operator_says_what_they_are(
    path: Path, footer: tuple[Any, ...]
) -> None:
    """PRE-5: should one be a record nevertheless, its key has been seen."""
    rows = [("id", "site", "n"), *DEVICES, footer]
    assert Read(path, *rows).faults == [None] * 8 + ["footer-row"]
    assert Read(path, *rows, footer_lines=0).faults == Read(path, *rows, plain=True).faults == [None] * 9
    read = Read(path, *rows, footer_lines=1)
    assert (read.faults, read.warnings["footer-skipped"]["rows"]) == ([None] * 8, [10])


@pytest.mark.parametrize(
    "last",
    [("D9", None, None), ("Total", "Paris", 3), ("TotalEnergies", None, 3), (None, "Rome", 9)],
    ids=["only a key", "a company", "a name that begins so", "a row without key"],
)
def test_a_last_row_that_may_be_a_record_stays_one(path: Path, last: tuple[Any, ...]) -> None:
    """PRE-1: a record taken for a note would count as gone."""
    read = Read(path, ("id", "site", "n"), *DEVICES, last)
    assert read.faults == [None] * 9


def test_a_table_beside_with_the_same_labels_is_named_and_not_read(path: Path) -> None:
    rows = [(*row, None, *row) for row in DEVICES]
    read = Read(path, ("id", "site", "n", None, "id", "site", "n"), *rows)
    assert (read.header, read.rows[0]) == (["id", "site", "n"], ("D1", "Rome", "1"))
    assert "E to G" in read.warnings["further-table"]["message"]


def test_a_longer_table_beside_is_named_and_its_rows_are_none_of_the_first(path: Path) -> None:
    rows = [(*row, None, "x", n) for n, row in enumerate(DEVICES)]
    more = [(None, None, None, None, "x", n) for n in range(9)]
    read = Read(path, ("id", "site", "n", None, "code", "price"), *rows, *more)
    assert (read.header, len(read.rows)) == (["id", "site", "n"], 8)


def test_an_empty_column_within_one_table_parts_nothing(path: Path) -> None:
    rows = [(*row, None, "note" if n % 3 else None, n) for n, row in enumerate(DEVICES)]
    read = Read(path, ("id", "site", "n", None, "note", "m"), *rows)
    assert (len(read.header), len(read.rows), "further-table" in read.warnings) == (6, 8, False)


def test_a_table_below_is_named_and_not_read(path: Path) -> None:
    """With a title or without; numbers tell it from a group of rows after a blank one."""
    below = [(), ("Phones",), ("code", "owner", "price"), ("P1", "Ann", 5), ("P2", "Bob", 6)]
    read = Read(path, ("id", "site", "n"), *DEVICES, *below)
    assert len(read.rows) == 8
    assert (
        read.warnings["further-table"]["rows"],
        "'code'" in read.warnings["further-table"]["message"],
    ) == (
        [11],
        True,
    )


def test_groups_of_rows_parted_by_blank_ones_are_one_table(path: Path) -> None:
    read = Read(path, ("id", "site", "n"), *DEVICES[:4], (), *DEVICES[4:], (), ("D9", "Bonn", "unknown"))
    assert (len(read.rows), "further-table" in read.warnings) == (9, False)


def test_a_table_below_as_wide_as_the_first_leaves_the_reading_incomplete(path: Path) -> None:
    """REA-8: it may be the other half, and its rows are not gone."""
    rows = [("id", "site", "n"), *DEVICES, (), ("code", "owner", "price"), ("P1", "Ann", 5)]
    assert not Read(path, *rows).complete
    assert Read(path, *rows, plain=True).complete
    assert Read(path, *rows[:10], ("code", None, "price"), ("P1", None, 5)).complete


def test_the_lines_of_a_header_are_those_that_the_operator_states(path: Path) -> None:
    """REA-2."""
    rows = [("group", "group"), ("id", "name"), ("1", "a")]
    assert Read(path, *rows, header_line=1, header_lines=2).header == ["group / id", "group / name"]
    read = Read(path, *rows, header_lines=0)
    assert (read.header, len(read.rows)) == (["column 1", "column 2"], 3)


def test_the_first_rows_are_told_as_they_stand_whatever_is_taken_for_the_header(tmp_path):
    """REA-2: people see them when they look for the header."""
    rows = (("Report",), (), ("key", "name", "amount"), ("k1", None, 1), ("k2", "Bo", 2))
    told = [[1, ["Report"]], [3, ["key", "name", "amount"]], [4, ["k1", "", "1"]], [5, ["k2", "Bo", "2"]]]

    assert Read(tmp_path / "t.xlsx", *rows).first_lines == told
    assert Read(tmp_path / "t.xlsx", *rows, header_line=4).first_lines == told
