"""Workbooks that others made: odd, hostile, and from every kind of program (REL-11, REA-3, REA-6)."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from stocktake.model.errors import Refusal
from stocktake.model.options import ReadOptions
from stocktake.readers.registry import open_reading

CORPORA = Path(__file__).parents[2] / ".." / "shared" / "corpora"

pytestmark = pytest.mark.skipif(
    not CORPORA.is_dir(), reason="the shared corpora are not beside this repository"
)

#: file of ours → the refusal's code, else the faults of its rows
HOSTILE: dict[str, str | list[str | None]] = {
    "bigcell.xlsx": "file-too-large",
    "billion_laughs.xlsx": "file-damaged",
    "col_overflow.xlsx": "file-damaged",
    "crc_mismatch.xlsx": "file-damaged",
    "dates.xlsx": [*[None] * 13, "precision-lost", None],
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
#: file of others → its header's first labels, the cells of its first row
READ: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "calamine/tests/date.xlsx": (("2021-01-01", "15"), ("2021-01-02", "16")),
    "calamine/tests/date_1904.xlsx": (("2021-01-01", "15"), ("2021-01-02", "16")),
    "calamine/tests/empty_shared_string_value.xlsx": (("Name", "City", "Status"), ("Alice", "", "Active")),
    "calamine/tests/has_x000D_.xlsx": (("ABC\r\nDEF",), ()),
    "calamine/tests/inlineStr_cdata.xlsx": (("Hello CDATA", "World"), ("12345", "NormalText")),
    "calamine/tests/nonstandard-xml-ns-prefix.xlsx": (("a", "b"), ("1", "3")),
    "calamine/tests/rph.xlsx": (("課きく\u3000毛こ",), ()),
    "calamine/tests/strict_iso_paths.xlsx": (("Item", "Thickness"), ("150-031260-001_B", "1.5")),
    "calamine/tests/string-ref.xlsx": (("col1",), ("-8086931554011838357",)),
    "calamine/tests/table_with_absolute_paths.xlsx": (("Item", "Name"), ("100", "North")),
    "frictionless/data/cast-int-to-string-issue-1251.xlsx": (("A", "B"), ("001", "b")),
    "frictionless/data/preserve-formatting-percentage.xlsx": (("col1", "col2"), ("123", "0.52")),
    "frictionless/data/table.xlsx": (("id", "name"), ("1", "english")),
}


def outcome(path: Path) -> str | list[str | None]:
    try:
        reading = open_reading(path, ReadOptions())
        batches = list(reading.batches())
    except Refusal as refusal:
        return refusal.code if refusal.message and refusal.hint else "no words"
    assert reading.complete
    return pl.concat(batches)["_fault"].to_list() if batches else []


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_workbooks_are_refused_or_read_for_what_is_in_them(name: str) -> None:
    """SEC-5: neither memory nor time runs away."""
    assert outcome(CORPORA / "generated" / "xlsx" / name) == HOSTILE[name]


@pytest.mark.parametrize("name", READ)
def test_workbooks_of_many_programs_are_read(name: str) -> None:
    """REA-3."""
    header, first = READ[name]
    reading = open_reading(CORPORA / name, ReadOptions())
    batches = list(reading.batches())
    assert reading.layout.header[: len(header)] == header
    row = batches[0].drop("_row", "_line", "_fault").row(0) if batches else ()
    assert row[: len(first)] == first


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in sorted(CORPORA.glob("*/**/*"))
        if path.suffix in (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
    ],
    ids=lambda path: path.name,
)
def test_every_workbook_is_read_or_refused_in_words(path: Path) -> None:
    """REL-11: no traceback, no death, whoever made it."""
    assert outcome(path) not in ("no words", "reader-disagrees")


def test_a_workbook_with_a_password_is_named_as_such() -> None:
    """REA-6."""
    assert outcome(CORPORA / "calamine/tests/pass_protected.xlsx") == "file-encrypted"
