"""A cell of a workbook that cannot be told troubles its row only where a field reads it (REA-3, ERR-2, PRE-5)."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from tests.stories.desk import Desk

HEADER = ("Serial Number", "Asset Tag", "Condition", "Ratio")


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """Three devices: one with an error where no field reads, one where a field does, one in the key."""
    path = tmp_path / "devices.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for line, row in enumerate(
            [("S1", "T1", "good", None), ("S2", "T2", None, 1), (None, "T3", "new", 2)], 1
        ):
            sheet.write_row(line, 0, row)
        sheet.write_formula(1, 3, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 2, "=NA()", None, "#N/A")
        sheet.write_formula(3, 0, "=NA()", None, "#REF!")
    return path


def test_only_errors_in_cells_that_a_field_reads_set_their_rows_aside(desk: Desk, workbook: Path) -> None:
    """REA-3: the problem names the column and shows the cell."""
    plan = desk.book.plan(workbook, record_type="device", source="EXCEL", strategy="merge")
    assert (plan.counts["create"], plan.counts["reject"]) == (1, 2)
    told = plan.plan.frames.problems.select("line", "column", "field", "value", "code").rows()
    assert told == [
        (3, "Condition", "condition", "#N/A", "error-cell"),
        (4, "Serial Number", "serial_number", "#REF!", "error-cell"),
    ]


def test_the_rows_are_kept_as_they_are_shown(desk: Desk, workbook: Path) -> None:
    """LIN-2: an error is never a blank."""
    plan = desk.book.plan(workbook, record_type="device", source="EXCEL", strategy="merge")
    cells = pl.concat(list(plan.plan.frames.cells))
    assert cells["c3"].to_list() == ["#DIV/0!", "1", "2"]
    assert cells["_fault"].to_list() == [None, "error-cell@c2", "error-cell@c0"]


def test_a_cell_written_anew_mends_its_row(desk: Desk, workbook: Path) -> None:
    """PLN-8: the row is sound again, and has the key it was given."""
    edits = [
        {"line": 3, "column": "Condition", "value": "worn"},
        {"line": 4, "column": "Serial Number", "value": "S3"},
    ]
    plan = desk.book.plan(
        workbook, record_type="device", source="EXCEL", strategy="merge", overrides={"edits": edits}
    )
    assert (plan.counts["create"], plan.counts["reject"]) == (3, 0)
