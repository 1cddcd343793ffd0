"""Records taken away as files: all of them, every value as it is, and nothing that a spreadsheet would run."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from stocktake.model.errors import InvalidInput, NotFound
from tests.stories.desk import Desk

HARD = [
    "00123",
    "1.10",
    "NA",
    "1.23E+15",
    "+15551234567",
    "1234567890123456789",
    "½",
    "=1+1",
    "'=x",
    "@a",
    "-5",
    "a\nb",
]


@pytest.fixture
def full(desk: Desk) -> Desk:
    """Records whose values are hard to carry."""
    rows = [
        {
            "Serial Number": f"S{place:02}",
            "Display Name": f"T{place:02}",
            "Model": value,
            "Warranty End Date": "2027-03-01",
        }
        for place, value in enumerate(HARD)
    ]
    desk.load("NINJAONE", rows, strategy="merge")
    return desk


def written(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_an_exact_csv_has_every_value_as_it_is_stored(full: Desk, tmp_path: Path):
    """A machine's export is byte-equal (issue 5: exports)."""
    assert full.book.export("device", tmp_path / "all.csv", exact=True) == len(HARD)

    stored = full.rows("SELECT id, model FROM device ORDER BY id")
    told = written(tmp_path / "all.csv")
    assert [row["model"] for row in told] == [row["model"] for row in stored]
    assert [row["id"] for row in told] == [str(row["id"]) for row in stored]
    assert {row["warranty_end"] for row in told} == {"2027-03-01"}
    assert {row["source"] for row in told} == {"NINJAONE"}
    assert {row["retired_at"] for row in told} == {""}


def test_a_csv_for_people_runs_nothing_in_a_spreadsheet(full: Desk, tmp_path: Path):
    """SEC: formula injection is neutralised, by an apostrophe before what begins like a formula."""
    full.book.export("device", tmp_path / "all.csv")

    told = {row["serial_number"]: row["model"] for row in written(tmp_path / "all.csv")}
    assert not [value for value in told.values() if value.startswith(("=", "+", "-", "@"))]
    assert told["S07"] == "'=1+1"
    assert told["S08"] == "''=x"
    assert told["S00"] == "00123"


def test_a_workbook_has_text_as_text_and_days_as_days(full: Desk, tmp_path: Path):
    full.book.export("device", tmp_path / "all.xlsx")

    sheet: Any = openpyxl.load_workbook(tmp_path / "all.xlsx").active
    assert sheet.title == "Devices"
    head, *rows = sheet.iter_rows()
    names = [cell.value for cell in head]
    told = {row[names.index("serial_number")].value: row for row in rows}
    model = names.index("model")
    assert {told[f"S{place:02}"][model].data_type for place in range(len(HARD))} == {"s"}
    assert told["S05"][model].value == "1234567890123456789"
    assert told["S07"][model].value == "=1+1"
    assert told["S00"][names.index("warranty_end")].value.date() == date(2027, 3, 1)


def test_parquet_keeps_the_types(full: Desk, tmp_path: Path):
    full.book.export("device", tmp_path / "all.parquet")

    told = pl.read_parquet(tmp_path / "all.parquet")
    assert told.schema["warranty_end"] == pl.Date
    assert told.schema["retired_at"] == pl.Datetime("us", "UTC")
    assert told.schema["id"] == pl.Int64
    stored = [row["model"] for row in full.rows("SELECT model FROM device ORDER BY id")]
    assert told["model"].to_list() == stored


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_export_imported_again_changes_nothing(full: Desk, tmp_path: Path, ending: str):
    """Round trip: what went out comes back as unchanged rows."""
    path = tmp_path / f"all.{ending}"
    full.book.export("device", path, exact=True)
    plan = full.book.plan(path, record_type="device", source="NINJAONE", strategy="merge")

    assert plan.counts["unchanged"] == len(HARD)


def test_an_export_has_what_the_list_shows(full: Desk, tmp_path: Path):
    """TYP-6: retired records only when they are asked for."""
    full.retire_by_hand("S03")

    assert full.book.export("device", tmp_path / "a.csv") == len(HARD) - 1
    assert full.book.export("device", tmp_path / "b.csv", retired=True) == len(HARD)
    assert full.book.export("device", tmp_path / "c.csv", where={"model": "00123"}) == 1
    assert full.book.export("device", tmp_path / "d.csv", missing_source="NINJAONE") == 0
    assert [row["retired_at"][:10] for row in written(tmp_path / "b.csv") if row["retired_at"]] == [
        "2026-11-03"
    ]


def test_an_export_of_many_records_is_complete_and_in_order(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Read in frames, each from where the one before ended."""
    monkeypatch.setattr("stocktake.stores.listings.EXPORT_ROWS", 7)
    rows = [{"Serial Number": f"S{place}", "Display Name": f"T{place}"} for place in range(50)]
    desk.load("NINJAONE", rows, strategy="merge")

    stored = [row["id"] for row in desk.rows("SELECT id FROM device ORDER BY id")]
    for ending, read in (("csv", pl.read_csv), ("parquet", pl.read_parquet)):
        assert desk.book.export("device", tmp_path / f"all.{ending}") == 50
        assert read(tmp_path / f"all.{ending}")["id"].to_list() == stored


def test_an_export_that_fails_leaves_the_old_file(full: Desk, tmp_path: Path):
    """A file is there whole or not at all."""
    path = tmp_path / "all.xlsx"
    path.write_bytes(b"old")
    full.load(
        "NINJAONE", [{"Serial Number": "S99", "Display Name": "T99", "Model": "x" * 40_000}], strategy="merge"
    )

    with pytest.raises(InvalidInput) as refused:
        full.book.export("device", path)

    assert refused.value.code == "sheet-too-small"
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_what_cannot_be_exported_is_refused(full: Desk, tmp_path: Path):
    for name, where, code in (
        ("all.ods", {}, "bad-file-name"),
        ("none/all.csv", {}, "cannot-write"),
        ("all.csv", {"colour": "red"}, "unknown-field"),
    ):
        with pytest.raises(InvalidInput) as refused:
            full.book.export("device", tmp_path / name, where=where)
        assert refused.value.code == code
    with pytest.raises(NotFound) as none:
        full.book.export("deal", tmp_path / "all.csv")
    assert none.value.code == "no-records"


def test_rejected_rows_are_written_as_parquet_too(desk: Desk, tmp_path: Path):
    """ERR-3"""
    run = desk.load(
        "EXCEL",
        [{"Serial Number": "S1", "Asset Tag": "=T1", "Warranty end": "soon"}],
        strategy="merge",
        on_error="reject-rows",
    )

    assert run.save_rejected(tmp_path / "bad.parquet") == 1

    told = pl.read_parquet(tmp_path / "bad.parquet")
    assert told["Asset Tag"].to_list() == ["=T1"]
    assert told["_code"].to_list() == ["type-error"]
