"""Any table of text comes back as it was written; any wreck of a workbook is read or refused (REA-3, REA-6, SEC-5).

``make soak`` lets both run many times as often.
"""

from __future__ import annotations

import io
import string
import struct
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stocktake.model.errors import Refusal, Unreadable
from stocktake.model.options import ReadOptions
from stocktake.readers.child import Limits
from stocktake.readers.workbook import WorkbookReader
from tests.chance import times
from tests.readers import book as made
from tests.readers.test_workbook_kinds import WRITERS

KINDS = {
    "xlsx by openpyxl": "xlsx",
    "xlsx by xlsxwriter": "xlsx",
    "ods by odfpy": "ods",
    "xls by xlwt": "xls",
    "xlsb by records": "xlsb",
}

#: What XML can hold; a line end alone is written as CR by none of the writers.
TEXTS = st.text(
    st.characters(
        exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff_", include_characters="\t\n"
    ),
    max_size=12,
)
CELLS = st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=12)


@pytest.mark.parametrize("writer", WRITERS)
@settings(max_examples=times(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=CELLS)
def test_any_table_of_text_comes_back_with_its_row_numbers(writer: str, rows: list[list[str]]) -> None:
    """REA-3, REA-5. A first column of numbers keeps every row apart from a note, a header, or nothing."""
    numbered = [[str(line), *row] for line, row in enumerate(rows, 2)]
    with tempfile.TemporaryDirectory() as folder:
        path = WRITERS[writer](Path(folder) / "table", [["line", "a", "b", "c"], *numbered])
        read = made.read_here(path, KINDS[writer])
    assert read == (["line", "a", "b", "c"], [(int(row[0]), tuple(row)) for row in numbered])


def whole(kind: str) -> bytes:
    rows = [["line", "a", "b"], *([str(line), "x" * line, string.ascii_letters] for line in range(40))]
    with tempfile.TemporaryDirectory() as folder:
        writer = next(name for name, its in KINDS.items() if its == kind)
        return WRITERS[writer](Path(folder) / "table", rows).read_bytes()


def repacked(content: bytes, part: int, cut: int, flips: list[tuple[int, int]]) -> bytes:
    """The archive with one part cut short and bytes of it changed; the checksums are right again."""
    parts = {}
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for name in packed.namelist():
            parts[name] = packed.read(name)
    name = list(parts)[part % len(parts)]
    changed = bytearray(parts[name])
    for at, byte in flips:
        if changed:
            changed[at % len(changed)] = byte
    parts[name] = bytes(changed[: len(changed) - cut % (len(changed) + 1)])
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for each, held in parts.items():
            packed.writestr(each, held)
    return stream.getvalue()


FLIPS = st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=8)


@pytest.mark.parametrize("kind", ["xlsx", "xlsb", "ods", "xls"])
@settings(max_examples=times(60), deadline=None)
@given(flips=FLIPS, cut=st.integers(0, 1 << 12), part=st.integers(0, 20), inside=st.booleans())
def test_a_wreck_is_read_or_refused_in_words(
    kind: str, flips: list[tuple[int, int]], cut: int, part: int, inside: bool
) -> None:
    """REA-6: no traceback, whatever bytes a part or the whole file lost or changed."""
    content = whole(kind)
    if inside and kind != "xls":
        wreck = repacked(content, part, cut, flips)
    else:
        changed = bytearray(content)
        for at, byte in flips:
            changed[at % len(changed)] = byte
        wreck = bytes(changed[: len(changed) - (cut if inside else 0) % len(changed)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wreck"
        path.write_bytes(wreck)
        assert made.ends_well_here(path, kind)


def test_short_sectors_that_lead_in_a_circle_are_refused(tmp_path: Path) -> None:
    """REA-6: the library would follow them until its memory was full. Found by a longer fuzzing."""
    content = bytearray(whole("xls"))
    sector, [table] = len(content) // 512 - 1, struct.unpack_from("<i", content, 0x4C)
    struct.pack_into("<i", content, 512 * (table + 1) + 4 * sector, -2)
    struct.pack_into("<Lii", content, 0x38, 1 << 30, sector, 1)  # all streams are short, by a table of zeroes
    path = tmp_path / "circle"
    path.write_bytes(content + bytes(512))
    with pytest.raises(Unreadable, match="circle") as refusal:
        made.read_here(path, "xls")
    assert refusal.value.code == "file-damaged"


@pytest.mark.parametrize("kind", ["xlsx", "xlsb", "ods", "xls"])
def test_a_child_over_a_wreck_keeps_its_limits(kind: str, tmp_path: Path) -> None:
    """SEC-5: it ends with its reading, dead or alive."""
    path = tmp_path / "wreck"
    content = bytearray(whole(kind))
    content[len(content) // 2 : len(content) // 2 + 40] = bytes(40)
    path.write_bytes(content)
    reader = WorkbookReader(limits=Limits(cpu_seconds=20, silence_seconds=60))
    children = []

    def complete() -> bool:
        reading = reader.open(path, ReadOptions())
        children.append(reading._child)
        list(reading.batches())
        return reading.complete

    told: bool | str
    try:
        told = complete()
    except Refusal as refusal:
        told = refusal.hint
    assert told
    assert all(child._process.poll() is not None for child in children)
