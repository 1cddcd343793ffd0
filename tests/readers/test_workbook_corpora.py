"""Workbooks that others made: odd, hostile, and from every kind of program (REL-11, REA-1 to REA-8).

``workbook_cases.json`` says what each holds: sheet, line of the header, first labels, rows, first and last row, or the
code of its refusal. It was worked out with python-calamine and openpyxl and, where a layout had to be judged, by eye.
"""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from stocktake.model.errors import Refusal
from stocktake.model.options import ReadOptions
from stocktake.readers.registry import open_reading
from tests.readers import book as made

HERE = Path(__file__).parent
SHARED = HERE.parents[1] / ".." / "shared"
CASES: dict[str, dict[str, Any]] = json.loads((HERE / "workbook_cases.json").read_text(encoding="utf-8"))
FORMATS = HERE.parents[1] / "docs" / "reference" / "formats.md"
ENDINGS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")

#: file of ours → the refusal's code, else the faults of its rows
HOSTILE: dict[str, str | list[str | None]] = {
    "bigcell.xlsx": "file-too-large",
    "billion_laughs.xlsx": "file-damaged",
    "col_overflow.xlsx": "file-damaged",
    "crc_mismatch.xlsx": "file-damaged",
    "dates.xlsx": [*[None] * 13, "precision-lost@c0", None],
    "deep_xml.xlsx": "file-too-large",
    "dim_lie.xlsx": [],
    "far_cell.xlsx": ["extra-cell"],
    "far_col.xlsx": "too-many-columns",
    "merge_bomb.xlsx": [],
    "nul_cell.xlsx": [],
    "ok.xlsx": [],
    "quadratic.xlsx": "file-damaged",
    "row_overflow.xlsx": "file-damaged",
    "rows20m.xlsx": "file-too-large",
    "spaces1g.xlsx": "file-too-large",
    "sst_count_lie.xlsx": [],
    "sst_index_neg.xlsx": "file-damaged",
    "sst_index_oob.xlsx": "file-damaged",
    "xxe.xlsx": "file-damaged",
}

there = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared files are not beside this repository")


def outcome(path: Path) -> str | list[str | None]:
    try:
        reading = open_reading(path, ReadOptions())
        batches = list(reading.batches())
    except Refusal as refusal:
        return refusal.code if refusal.message and refusal.hint else "no words"
    assert reading.complete
    return pl.concat(batches)["_fault"].to_list() if batches else []


def found(path: Path, sheet: str | None) -> dict[str, Any]:
    """What is read of a workbook, in the words of the case file."""
    try:
        reading = open_reading(path, ReadOptions(sheet=sheet))
        batches = list(reading.batches())
    except Refusal as refusal:
        return {"refused": refusal.code if refusal.message and refusal.hint else "no words"}
    layout = reading.layout
    told: dict[str, Any] = {
        "format": layout.format,
        "sheet": layout.sheet,
        "header_line": layout.header_line,
        "header": shortened(layout.header),
        "rows": sum(batch.height for batch in batches),
    }
    faults: dict[str, int] = {}
    for batch in batches:
        for fault in batch["_fault"].drop_nulls().to_list():
            faults[fault] = faults.get(fault, 0) + 1
    if batches:
        for name, row in (("first", batches[0].row(0)), ("last", batches[-1].row(-1))):
            told[name] = [row[1], *shortened(row[3:])]
    if not reading.complete:
        told["complete"] = False
    return {**told, "faults": faults} if faults else told


def shortened(texts: tuple[str, ...]) -> list[str]:
    return [text.strip()[:24] for text in texts[:4]]


@there
@pytest.mark.parametrize("name", CASES)
def test_every_workbook_is_read_for_what_it_holds_or_refused_as_expected(name: str) -> None:
    """REL-11, REA-2 to REA-5: right sheet, right header, every row with its number."""
    file, _, sheet = name.partition("#")
    assert found(SHARED / file, sheet or None) == {
        key: value for key, value in CASES[name].items() if key != "deviates"
    }


@there
def test_no_workbook_is_left_out() -> None:
    """REL-11."""
    named = {name.partition("#")[0] for name in CASES}
    there = {
        str(path.relative_to(SHARED))
        for folder in ("corpora", "data")
        for path in sorted((SHARED / folder).glob("**/*"))
        if path.suffix in ENDINGS and "generated" not in path.parts
    }
    assert there <= named


def test_deviations_are_listed_with_their_reason() -> None:
    """Where a person would read a file otherwise, the reference says so, and why; nothing else is listed there."""
    section = FORMATS.read_text(encoding="utf-8").partition("## Workbooks")[2].partition("\n## ")[0]
    listed = dict(re.findall(r"^\| `([^`]+)` \| (.{20,}) \|$", section, re.MULTILINE))
    assert set(listed) == {
        Path(name.partition("#")[0]).name for name, case in CASES.items() if case.get("deviates")
    }


@there
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_workbooks_are_refused_or_read_for_what_is_in_them(name: str) -> None:
    """SEC-5: neither memory nor time runs away."""
    assert outcome(SHARED / "corpora" / "generated" / "xlsx" / name) == HOSTILE[name]


@there
@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_entities_and_document_types_within_workbooks_are_refused(kind: str, tmp_path: Path) -> None:
    """SEC-5: bombs, external entities and the like, as the part that holds the cells."""
    for source in sorted((SHARED / "corpora" / "defusedxml" / "xmltestdata").glob("*.xml")):
        content = source.read_text(encoding="utf-8", errors="replace")
        if "<!DOCTYPE" not in content:
            continue
        path = tmp_path / f"{source.stem}.{kind}"
        if kind == "xlsx":
            made.book(path, "", whole=content)
        else:
            with zipfile.ZipFile(path, "w") as packed:
                packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
                packed.writestr("content.xml", content)
        assert made.refusal_here(path, kind) == "file-damaged", source.name
