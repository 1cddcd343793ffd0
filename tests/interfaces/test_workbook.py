"""A sheet of Excel is imported as the CSV of the same rows is; its sheet is chosen with --sheet (INT-11, REA-2)."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

NINJA = "--type device --source NINJAONE"
FORMATS = {"Warranty End Date": ("%Y-%m-%d", "d/m/yyyy"), "Last Online": ("%Y-%m-%d %H:%M:%S", "d/m/yy h:mm")}


@pytest.fixture
def workbook(samples: Path) -> Path:
    """NinjaOne's first export as a spreadsheet keeps it: real dates and numbers, behind a cover, before old rows."""
    with (samples / "ninjaone-1.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    path = samples / "export.xlsx"
    with xlsxwriter.Workbook(path, {"strings_to_numbers": True}) as made:
        made.add_worksheet("Cover").write(0, 0, "Devices of Harbour")
        sheet = made.add_worksheet("Devices")
        sheet.write_row(0, 0, header)
        styles = {label: made.add_format({"num_format": code}) for label, (_, code) in FORMATS.items()}
        for line, row in enumerate(rows, 1):
            for place, (label, cell) in enumerate(zip(header, row, strict=True)):
                if label in FORMATS and cell:
                    moment = datetime.strptime(cell, FORMATS[label][0])  # noqa: DTZ007 - as workbooks, without zone
                    sheet.write_datetime(line, place, moment, styles[label])
                else:
                    sheet.write(line, place, cell)
    return path


def test_a_workbook_is_imported_as_its_csv_is(workbook, stocktake):
    """REA-3: after it, the CSV of the same rows has nothing new to say."""
    shown = stocktake("inspect export.xlsx --sheet Devices --json").document
    assert (shown["format"], shown["sheet"], shown["sheets"]) == ("xlsx", "Devices", ["Cover", "Devices"])
    assert shown["suggested"]["source"] == "NINJAONE"
    planned = stocktake(f"plan export.xlsx {NINJA} --sheet Devices --json").document
    assert (planned["counts"]["create"], planned["file"]["sheet"]) == (24, "Devices")
    assert stocktake(f"import export.xlsx {NINJA} --sheet 2 --yes").code == 0
    again = stocktake(f"import ninjaone-1.csv {NINJA} --yes --json").document
    assert (again["counts"]["unchanged"], again["counts"].get("update", 0)) == (24, 0)


def test_the_sheet_is_shown_and_an_unknown_one_refused(workbook, stocktake):
    """REA-2."""
    said = stocktake("inspect export.xlsx")
    assert "Cover" in said.out
    assert "'Devices'" in said.out
    said = stocktake(f"plan export.xlsx {NINJA} --sheet Nowhere --json")
    assert (said.code, said.document["error"]["code"]) == (1, "unknown-sheet")
    assert "'Devices'" in said.document["error"]["hint"]
