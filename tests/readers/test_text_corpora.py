"""Delimited text that others collected is read cell for cell, or refused in words (REL-11, REA-1 to REA-6).

``text_corpora.json`` says of each file what a person sees who looks at it: encoding, delimiter, the header's line (0: none),
how many rows, which lines are damaged, what has to be said. What the cells are is asked of Python's csv module.
"""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from stocktake.model.errors import Refusal
from stocktake.model.options import ReadOptions
from stocktake.readers.registry import open_reading

CORPORA = Path(__file__).parents[2] / ".." / "shared" / "corpora"
CASES: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("text_corpora.json").read_text(encoding="utf-8")
)
SECONDS = 20

pytestmark = pytest.mark.skipif(
    not CORPORA.is_dir(), reason="the shared corpora are not beside this repository"
)


def records(path: Path, case: dict[str, Any]) -> list[list[str]]:
    """What the csv module reads, but for blank rows."""
    text = path.read_bytes().decode(case.get("encoding", "utf-8"))
    csv.field_size_limit(1024**3)
    found = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=case.get("delimiter", ","),
        skipinitialspace=case.get("spaced", False),
    )
    return [record for record in found if any(cell.strip() for cell in record)]


@pytest.mark.parametrize("name", CASES)
def test_a_text_of_a_corpus_is_read_cell_for_cell_or_refused_in_words(name: str) -> None:
    case, path = CASES[name], CORPORA / name
    started = time.monotonic()
    if "refused" in case:
        with pytest.raises(Refusal) as refusal:
            list(open_reading(path, ReadOptions()).batches())
        assert (refusal.value.code, bool(refusal.value.hint)) == (case["refused"], True)
        return
    reading = open_reading(path, ReadOptions())
    batches = list(reading.batches())
    assert time.monotonic() - started < SECONDS
    layout, header = reading.layout, case.get("header", 1)
    assert (layout.encoding, layout.delimiter) == (case.get("encoding", "utf-8"), case.get("delimiter", ","))
    assert layout.header_line == (header or None)
    expected = records(path, case)
    labels, rows = (expected[header - 1], expected[header:]) if header else ([], expected)
    if header:
        assert layout.header == tuple(label.strip() for label in labels)
    found = pl.concat(batches) if batches else pl.DataFrame(schema={"_line": pl.UInt32, "_fault": pl.String})
    assert found.height == case["rows"] == len(rows)
    damaged = found.filter(pl.col("_fault").is_not_null()).select("_line", "_fault")
    assert {str(line): fault.partition("@")[0] for line, fault in damaged.rows()} == case.get("faults", {})
    for cells, written, fault in zip(
        found.drop("_row", "_line", "_fault", strict=False).rows(), rows, found["_fault"], strict=True
    ):
        assert fault or list(cells) == written
    assert sorted({warning.code for warning in reading.warnings}) == case.get("warnings", [])


def test_every_text_of_the_corpora_has_its_case() -> None:
    """No file is left out: archives and other formats have their own tests."""
    found = [
        *CORPORA.glob("csv-spectrum/csvs/*"),
        *CORPORA.glob("frictionless/data/**/*.[ct]sv"),
        *CORPORA.glob("polars/*.csv"),
        *CORPORA.glob("duckdb-bad/**/*.csv"),
    ]
    names = {path.relative_to(CORPORA).as_posix() for path in found if path.parent.name != "compression"}
    assert names <= CASES.keys()


SPECTRUM = sorted(path.stem for path in CORPORA.glob("csv-spectrum/csvs/*.csv"))


@pytest.mark.parametrize("name", [each for each in SPECTRUM if each != "location_coordinates"])
def test_csv_spectrum_reads_as_its_authors_say(name: str) -> None:
    """Its JSON has the rows. ``location_coordinates`` has a bare quote: its row is rejected, see the cases."""
    answer = json.loads((CORPORA / "csv-spectrum" / "json" / f"{name}.json").read_text(encoding="utf-8"))
    reading = open_reading(CORPORA / "csv-spectrum" / "csvs" / f"{name}.csv", ReadOptions())
    cells = [row[3:] for batch in reading.batches() for row in batch.rows()]
    expected = answer if isinstance(answer, list) else [answer]
    assert [dict(zip(reading.layout.header, row, strict=True)) for row in cells] == expected


LINES = sorted(
    [
        *CORPORA.glob("naughty-strings/*.txt"),
        *CORPORA.glob("payloads/**/*.txt"),
        *CORPORA.glob("payloads/**/*.csv"),
    ]
)


@pytest.mark.parametrize("path", LINES, ids=lambda path: path.name)
def test_hostile_lines_are_cells_like_any_other(path: Path, tmp_path: Path) -> None:
    """REA-3: verbatim, or refused by line; never run, opened or fetched."""
    values = [line for line in path.read_text(encoding="utf-8", errors="replace").split("\n") if line.strip()]
    file = tmp_path / "t.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        writer.writerow(["key", "value"])
        writer.writerows([f"k{place}", value] for place, value in enumerate(values))
    found = pl.concat(open_reading(file, ReadOptions()).batches())
    for value, cell, fault in zip(values, found["c1"], found["_fault"], strict=True):
        assert cell == value if fault is None else (fault == "invalid-character" and "\0" in value)
