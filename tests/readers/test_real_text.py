"""Real delimited files, which nobody here wrote, are read with the right header, encoding and rows (REA-2 to REA-5).

``reader_truth_csv.json`` was made with Python's csv module and checked by eye; counts of series come from the series' own
answers.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from stocktake.model.options import ReadOptions
from stocktake.readers.registry import open_reading

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
TRUTH: dict[str, dict[str, Any]] = (
    json.loads((DATA / "5_messy" / "reader_truth_csv.json").read_text(encoding="utf-8"))["files"]
    if DATA.is_dir()
    else {}
)
FILES = sorted(
    path.relative_to(DATA).as_posix() for pattern in ("**/*.csv", "**/*.tsv") for path in DATA.glob(pattern)
)

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not beside this repository")

#: The truth's word for an encoding → ours.
ENCODINGS = {"ascii": "utf-8", "ascii (any)": "utf-8", "utf-16": "utf-16-le", "latin-1": "cp1252"}
#: Bytes of many languages mangled through Mac Roman fit no code page well enough: refused until it is stated (REA-2).
STATED = {"assets-sample-BAD.csv": "mac_roman", "assets-sample-BLANKS.csv": "mac_roman"}
#: Files without a header line, and those whose only line could be either, as their SOURCES say.
HEADLESS = {"appointments.csv", "cosmetic_treatments.csv", "treatment_types.csv"}
#: Damaged lines, by looking: commas in unquoted names, and rows under the table (totals, sources, notes).
DAMAGED = {
    "01_2012-12-27_2017_f8d9c4a08.csv": {135: "extra-cell", 354: "extra-cell", 476: "extra-cell"},
    "Datagov_FY10_EDU_recp_by_State.csv": {57: "footer-row", 58: "footer-row"},
    "Note_4_Staff_costs_-_Average_number_of_persons_employed_13-14.csv": {20: "footer-row"},
    "business_expenses_apr_jun_14_peter_lewis.csv": {14: "footer-row"},
    "excel_pasting.csv": {21: "footer-row", 23: "footer-row", 24: "footer-row"},
    "public-toilet-borough-grid.csv": {35: "footer-row"},
    "spanish_chars.csv": {117: "footer-row"},
}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data with its archives expanded."""
    folder = tmp_path_factory.mktemp("unpacked")
    script = DATA / "tools" / "unpack.sh"
    subprocess.run([shutil.which("sh") or "/bin/sh", str(script), str(DATA), str(folder)], check=True)
    return folder


def squeezed(labels: list[str] | tuple[str, ...]) -> list[str]:
    return [" ".join(label.split()) for label in labels]


def read(path: Path) -> tuple[Any, pl.DataFrame]:
    reading = open_reading(path, ReadOptions(encoding=STATED.get(path.name)))
    empty = pl.DataFrame(schema={"_line": pl.UInt32, "_fault": pl.String})
    batches = [batch.select("_line", "_fault") for batch in reading.batches()]
    return reading, pl.concat([empty, *batches])


@pytest.mark.parametrize("name", TRUTH)
def test_a_messy_file_is_read_as_its_truth_says(name: str, unpacked: Path) -> None:
    truth = TRUTH[name]
    reading, rows = read(unpacked / name.removesuffix(".gz"))
    layout, codes = reading.layout, {warning.code for warning in reading.warnings}
    encoding = ENCODINGS.get(truth["encoding"], truth["encoding"])
    assert layout.encoding in (encoding, encoding.replace("-sig", ""), encoding.replace("_", "-"))
    assert (layout.delimiter, layout.quote) == (truth["delimiter"], truth["quoting"])
    assert layout.header_lines == truth["header_records"]
    if truth["header_records"]:
        assert squeezed(layout.header) == squeezed(truth["header_joined"])
        # No record before a header holds a line end in these files.
        assert layout.header_line == truth["header_first_record_index"] + 1
    assert ("no-header" in codes) == (not truth["header_records"])
    assert rows.height == truth["nonblank_data_records"]
    assert ("blank-row" in codes) == bool(truth["blank_data_records"])
    assert ("duplicate-label" in codes) == bool(truth.get("duplicate_header_names"))
    assert ("blank-label" in codes) == bool(truth.get("unnamed_columns"))
    assert ("header-joined" in codes) == (truth["header_records"] > 1)


@pytest.mark.parametrize("name", FILES)
def test_a_real_file_is_read_whole_and_its_damaged_lines_are_named(name: str) -> None:
    reading, rows = read(DATA / name)
    told = rows.filter(pl.col("_fault").is_not_null()).rows()
    damaged = {line: fault.partition("@")[0] for line, fault in told}
    assert damaged == DAMAGED.get(Path(name).name, {})
    assert reading.complete
    headless = "beauty_salon" in name and Path(name).name in HEADLESS
    assert (reading.layout.header_lines == 0) == headless


def test_a_header_whose_order_does_not_fit_is_said(unpacked: Path) -> None:
    """The column TransNo holds dates, the column Payment Date holds numbers."""
    path = unpacked / "5_messy/csv/Wakefield Council Procurement Card Transactions 2018-19 Q2.csv"
    (warning,) = [each for each in read(path)[0].warnings if each.code == "label-contradicted"]
    assert "Payment Date" in warning.message
    assert "TransNo" in warning.message


def test_every_snapshot_of_every_series_has_the_rows_its_answers_count(unpacked: Path) -> None:
    """REA-8: exports of a header alone and of a capped page are said to be so."""
    seen = 0
    for answer in sorted(DATA.glob("*/*/truth.json")):
        for snapshot in json.loads(answer.read_text(encoding="utf-8")).get("steps", []):
            path = unpacked / answer.parent.relative_to(DATA) / snapshot["file"]
            if path.suffix not in (".csv", ".tsv") or not path.is_file() or "rows" not in snapshot:
                continue
            reading, rows = read(path)
            codes = {warning.code for warning in reading.warnings}
            assert rows.height == snapshot["rows"], path
            assert ("no-rows" in codes) == (snapshot["rows"] == 0), path
            assert reading.complete, path
            seen += 1
    assert seen
