"""Excel workbooks: every cell as text without loss, every trap named (REA-1 to REA-6, SEC-5)."""

from __future__ import annotations

import gc
import os
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
import xlsxwriter

from stocktake.model.errors import InvalidInput, Refusal, Unreadable
from stocktake.model.options import ReadOptions
from stocktake.readers.child import Limits
from stocktake.readers.registry import open_reading
from stocktake.readers.sheet import read_sheet
from stocktake.readers.workbook import WorkbookReader, WorkbookReading
from tests.readers import book as made


class Read:
    """A file read to its end."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.reading = open_reading(path, ReadOptions(**options))
        batches = list(self.reading.batches())
        self.frame = pl.concat(batches) if batches else pl.DataFrame()

    @property
    def header(self) -> tuple[str, ...]:
        return self.reading.layout.header

    @property
    def rows(self) -> list[tuple[str, ...]]:
        return self.frame.drop("_row", "_line", "_fault").rows()

    @property
    def lines(self) -> list[int]:
        return self.frame["_line"].to_list()

    @property
    def faults(self) -> list[str | None]:
        return self.frame["_fault"].to_list()

    @property
    def warnings(self) -> dict[str, Any]:
        return {each.code: each for each in self.reading.warnings}


def saved(
    path: Path,
    *rows: tuple[Any, ...],
    formats: dict[str, str] | None = None,
    merges: tuple[str, ...] = (),
) -> Path:
    """A workbook as openpyxl writes it."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for cell, code in (formats or {}).items():
        sheet[cell].number_format = code
    for merge in merges:
        sheet.merge_cells(merge)
    workbook.save(path)
    return path


def written(path: Path, fill: Callable[[Any, Any], None], **options: Any) -> Path:
    """A workbook as XlsxWriter writes it."""
    with xlsxwriter.Workbook(path, options) as workbook:
        fill(workbook, workbook.add_worksheet("Devices"))
    return path


def refused(path: Path, **options: Any) -> Refusal:
    return checked(lambda: Read(path, **options))


def refused_here(path: Path) -> Refusal:
    """As :func:`refused`, without the child process: for one of many kinds of damage."""
    return checked(lambda: list(read_sheet(path, "xlsx", ReadOptions(), 100)))


def checked(act: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        act()
    assert refusal.value.message
    assert refusal.value.hint
    return refusal.value


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "devices.csv"


# ---------------------------------------------------------------- cells


TYPED: list[tuple[Any, str]] = [
    ("0042", "0042"),
    ("1.23E+15", "1.23E+15"),
    ("NA", "NA"),
    (" x\t", " x\t"),
    ("12345678901234567890", "12345678901234567890"),
    (42, "42"),
    (-7.0, "-7"),
    (1.1, "1.1"),
    (0.857142857142857, "0.857142857142857"),
    (1e-7, "0.0000001"),
    (123456789012345, "123456789012345"),
    (True, "TRUE"),
    (False, "FALSE"),
    (date(2026, 4, 1), "2026-04-01"),
    (datetime(2026, 4, 1, 13, 30), "2026-04-01T13:30:00"),  # noqa: DTZ001 - workbooks know no time zones
    (datetime(2026, 4, 1, 13, 30, 15, 250000), "2026-04-01T13:30:15.250"),  # noqa: DTZ001
    (time(13, 30), "13:30:00"),
]


def test_a_cell_is_the_text_of_what_was_typed(path: Path) -> None:
    """REA-3."""
    read = Read(saved(path, ("value",), *((value,) for value, _ in TYPED)))
    assert read.rows == [(text,) for _, text in TYPED]
    assert set(read.faults) == {None}


FORMATTED: list[tuple[float, str, str]] = [
    (42, "00000", "00042"),
    (123456, "00000", "123456"),
    (-42, "00000", "-00042"),
    (1.5, "00000", "1.5"),
    (42, '"INV-"00000', "INV-00042"),
    (12345678, "000-00-0000", "012-34-5678"),
    (0.52, "0%", "0.52"),
    (1234.5, "#,##0.00", "1234.5"),
    (46113, "yyyy-mm-dd hh:mm", "2026-04-01T00:00:00"),
    (46113.5, "yyyy-mm-dd", "2026-04-01T12:00:00"),
    (1.5, "[h]:mm", "36:00:00"),
    (0, "yyyy-mm-dd", "1900-01-00"),
    (59, "yyyy-mm-dd", "1900-02-28"),
    (60, "yyyy-mm-dd", "1900-02-29"),
    (61, "yyyy-mm-dd", "1900-03-01"),
    (2958465, "yyyy-mm-dd", "9999-12-31"),
    (2958466, "yyyy-mm-dd", "2958466"),
    (-1, "yyyy-mm-dd", "-1"),
]


def test_a_number_is_read_as_its_format_means_it(path: Path) -> None:
    """REA-3: formats pad ids and make dates; they never round a number. Days that are none stay visible."""
    formats = {f"A{line}": code for line, (_, code, _) in enumerate(FORMATTED, 2)}
    read = Read(saved(path, ("value",), *((value,) for value, _, _ in FORMATTED), formats=formats))
    assert read.rows == [(text,) for _, _, text in FORMATTED]


NUMBERS = {
    "19.989999999999998": "19.99",
    "0.30000000000000004": "0.30000000000000004",
    "1.5E3": "1500",
    "1E-9": "0.000000001",
    "7.0": "7",
    "-0": "0",
    "9.99E14": "999000000000000",
    "1e400": "1e400",
}


def test_a_number_is_the_shortest_text_that_gives_it_again(path: Path) -> None:
    """REA-3: without exponents, and what is no number as it is written."""
    rows = made.row(1, made.text("A1", "n"))
    rows += "".join(made.row(n, made.number(f"A{n}", raw)) for n, raw in enumerate(NUMBERS, 2))
    assert Read(made.book(path, rows)).rows == [(text,) for text in NUMBERS.values()]


def test_dates_count_from_1904_where_the_workbook_says_so(path: Path) -> None:
    """REA-3."""

    def fill(workbook: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["id", "seen"])
        sheet.write(1, 0, "A1")
        sheet.write_datetime(1, 1, date(2026, 4, 1), workbook.add_format({"num_format": "yyyy-mm-dd"}))

    assert Read(written(path, fill, date_1904=True)).rows == [("A1", "2026-04-01")]


def test_an_iso_date_rich_text_and_phonetic_hints_are_read_as_a_person_sees_them(path: Path) -> None:
    rich = '<c r="B2" t="s"><v>0</v></c>'
    texts = "<sst><si><r><t>bold </t></r><r><t>plain</t></r><rPh><t>no</t></rPh></si></sst>"
    iso = '<c r="A2" t="d"><v>2026-04-01T00:00:00</v></c>'
    rows = made.row(1, made.text("A1", "day"), made.text("B1", "note")) + made.row(2, iso, rich)
    assert Read(made.book(path, rows, texts=texts)).rows == [("2026-04-01T00:00:00", "bold plain")]


def test_characters_that_xml_cannot_hold_are_unescaped(path: Path) -> None:
    rows = made.row(1, made.text("A1", "note")) + made.row(
        2, made.text("A2", "a_x000D__x005F_x000D_ _xD83D__xDE00_ _xD800_")
    )
    assert Read(made.book(path, rows)).rows == [("a\r_x000D_ 😀 \ufffd",)]


# ---------------------------------------------------------------- cells that cannot be told


def test_errors_are_found_and_their_rows_set_aside(path: Path) -> None:
    """REA-3: never silently blank, never the word itself as a name."""
    errors = ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!")
    rows = made.row(1, made.text("A1", "id"), made.text("B1", "price")) + made.row(2, made.text("A2", "x"))
    for line, error in enumerate(errors, 3):
        cell = f'<c r="B{line}" t="e"><f>A9</f><v>{error}</v></c>'
        rows += made.row(line, made.text(f"A{line}", "y"), cell)
    read = Read(made.book(path, rows))
    assert read.faults == [None] + ["error-cell@c1"] * 7
    assert read.rows == [("x", ""), *(("y", error) for error in errors)]
    warning = read.warnings["error-cell"]
    assert (warning.count, warning.rows) == (7, tuple(range(3, 10)))
    assert "#N/A" in warning.message
    assert "'price'" in warning.message


def test_a_formula_gives_its_result_and_one_without_a_result_is_named(path: Path) -> None:
    """REA-3: openpyxl writes formulas without results."""
    read = Read(saved(path, ("id", "double"), ("A", "=1+1")))
    assert read.faults == ["formula-not-calculated@c1"]
    assert read.warnings["formula-not-calculated"].rows == (2,)

    rows = made.row(1, made.text("A1", "id"), made.text("B1", "double"), made.text("C1", "blank"))
    results = '<c r="B2"><f>1+1</f><v>2</v></c>', '<c r="C2" t="str"><f>""</f><v></v></c>'
    read = Read(made.book(path, rows + made.row(2, made.text("A2", "A"), *results)))
    assert (read.rows, read.faults) == ([("A", "2", "")], [None])


def test_an_id_of_more_than_15_digits_stored_as_a_number_is_precision_lost(path: Path) -> None:
    """REA-3: what it shows is not what was typed, whatever its format makes of it."""
    values = ("1234567890123456", "1.2345678901234568E+19", "-1E+15")
    rows = made.row(1, made.text("A1", "id"), made.text("B1", "padded"))
    for line, value in enumerate(values, 2):
        rows += made.row(line, made.number(f"A{line}", value), made.number(f"B{line}", value, style=1))
    read = Read(made.book(path, rows, formats=made.styles("00000")))
    assert read.faults == ["precision-lost@c0 precision-lost@c1"] * 3
    assert read.rows == [(value, value) for value in values]
    assert values[0] in read.warnings["precision-lost"].message


def test_a_cell_over_the_limit_is_set_aside(path: Path) -> None:
    """REA-6."""
    letters = os.urandom(600_000).hex()
    rows = made.row(1, made.text("A1", "id")) + made.row(2, made.text("A2", letters))
    assert Read(made.book(path, rows)).faults == ["cell-too-long@c0"]


# ---------------------------------------------------------------- rows and columns


def test_rows_keep_the_workbooks_numbers_over_blank_rows(path: Path) -> None:
    """REA-5; formatted blank rows at the end are no rows."""
    rows = [("id",), ("a",), (), ("b",), (), (), ("c",)]
    read = Read(saved(path, *rows, formats={f"A{line}": "0.00" for line in range(8, 200)}))
    assert read.lines == [2, 4, 7]
    assert (read.warnings["blank-row"].count, read.warnings["blank-row"].rows) == (3, (3, 5, 6))


def test_cells_without_references_stand_where_they_are(path: Path) -> None:
    cell = "<c t='inlineStr'><is><t>{}</t></is></c>"
    rows = f"<row>{cell.format('id')}{cell.format('n')}</row><row>{cell.format('a')}<c/></row>"
    read = Read(made.book(path, rows))
    assert (read.header, read.rows, read.lines) == (("id", "n"), [("a", "")], [2])


@pytest.mark.parametrize("declared", ["A1:A1", "A1:XFD1048576", "nonsense"])
def test_the_declared_dimension_is_not_believed(path: Path, declared: str) -> None:
    rows = made.row(1, made.text("A1", "id"), made.text("B1", "n"))
    rows += "".join(
        made.row(n, made.number(f"A{n}", str(n)), made.number(f"B{n}", "1")) for n in range(2, 300)
    )
    whole = made.sheet(rows, before=f'<dimension ref="{declared}"/>')
    assert len(Read(made.book(path, "", whole=whole)).rows) == 298


def test_a_stray_cell_far_away_costs_nothing_but_its_row(path: Path) -> None:
    """REA-4: it has more cells than the header."""
    rows = made.row(1, made.text("A1", "id")) + made.row(2, made.text("A2", "a"))
    read = Read(made.book(path, rows + made.row(1048576, made.text("XFD1048576", "x"))))
    assert (read.header, read.lines) == (("id",), [2, 1048576])
    assert read.faults == [None, "extra-cell"]


def test_a_column_without_label_beside_the_others_is_read(path: Path) -> None:
    read = Read(saved(path, ("id", "name"), ("1", "a", "note"), ("2", "b", "note"), ("3", "c")))
    assert (read.header, read.faults) == (("id", "name", ""), [None] * 3)
    assert "blank-label" in read.warnings


def test_many_rows_come_in_batches_with_growing_numbers(tmp_path: Path) -> None:
    """REA-7."""

    def fill(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["id", "n"])
        for line in range(1, 45_001):
            sheet.write_row(line, 0, [f"SN{line}", line])

    path = written(tmp_path / "many.xlsx", fill)
    reading = WorkbookReader(batch_rows=7_000).open(path, ReadOptions())
    batches = list(reading.batches())
    assert len(batches) > 5
    assert max(batch.height for batch in batches) <= 7_000
    rows = pl.concat(batches)
    assert rows["_row"].to_list() == list(range(45_000))
    assert rows["_line"].to_list() == list(range(2, 45_002))
    assert rows["c1"].to_list() == [str(n) for n in range(1, 45_001)]


# ---------------------------------------------------------------- the header


def test_titles_and_notes_before_the_header_are_skipped_aloud(path: Path) -> None:
    """REA-2."""
    rows = [("Estrazione del 2026-04-01",), (), ("Site", "Rome"), ("id", "name", "ram", "os", "model")]
    read = Read(saved(path, *rows, ("1", "a", 8, "x", "m")))
    assert read.header == ("id", "name", "ram", "os", "model")
    assert (read.reading.layout.header_line, read.lines) == (4, [5])
    assert read.warnings["preamble-skipped"].rows == (1, 3)


def test_the_header_stands_where_the_operator_says(path: Path) -> None:
    """REA-2."""
    made = saved(path, ("group", "group"), ("id", "name"), ("1", "a"))
    assert Read(made).header == ("group", "group")
    read = Read(made, header_line=2)
    assert (read.header, read.rows, read.lines) == (("id", "name"), [("1", "a")], [3])
    assert refused(made, header_line=9).code == "header-line-missing"


def test_blank_duplicate_and_merged_labels_are_stated(path: Path) -> None:
    """REA-4: only the first cell of a merged range has a value."""
    rows = (("id", "owner", None, "id", "x"), ("1", "a", "b", "2", 1), ("2", "c", "d", "3", 2))
    read = Read(saved(path, *rows, merges=("B1:C1", "E2:E3")))
    assert read.header == ("id", "owner", "", "id", "x")
    assert list(read.warnings) == ["blank-label", "duplicate-label", "merged-header", "merged-cells"]
    assert read.warnings["merged-cells"].rows == (2,)
    assert read.rows == [("1", "a", "b", "2", "1"), ("2", "c", "d", "3", "")]


# ---------------------------------------------------------------- sheets


@pytest.fixture
def sheets(path: Path) -> Path:
    """A blank sheet, two with rows, and a hidden one."""
    with xlsxwriter.Workbook(path) as workbook:
        workbook.add_worksheet("Cover")
        for name in ("Devices", "Phones", "Old"):
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, ["id", "from"])
            sheet.write_row(1, 0, ["1", name])
        sheet.hide()
        workbook.add_chartsheet("Chart")
    return path


def test_the_first_visible_sheet_with_content_is_read_and_the_others_are_named(sheets: Path) -> None:
    """REA-2."""
    read = Read(sheets)
    assert read.rows == [("1", "Devices")]
    layout = read.reading.layout
    assert (layout.format, layout.sheet) == ("xlsx", "Devices")
    assert layout.sheets == ("Cover", "Devices", "Phones", "Old")
    assert "'Phones', 'Old' (hidden)" in read.warnings["other-sheets"].message


@pytest.mark.parametrize(
    ("wanted", "found"), [("Phones", "Phones"), ("phones", "Phones"), ("3", "Phones"), ("Old", "Old")]
)
def test_a_sheet_is_named_or_numbered_hidden_ones_too(sheets: Path, wanted: str, found: str) -> None:
    """REA-2."""
    assert Read(sheets, sheet=wanted).rows == [("1", found)]


@pytest.mark.parametrize("wanted", ["Nowhere", "0", "5", ""])
def test_an_unknown_sheet_is_refused_with_the_names_of_those_there_are(sheets: Path, wanted: str) -> None:
    refusal = refused(sheets, sheet=wanted)
    assert isinstance(refusal, InvalidInput)
    assert refusal.code == "unknown-sheet"
    assert "'Devices'" in refusal.hint
    assert refusal.details["sheets"] == ["Cover", "Devices", "Phones", "Old"]


def test_a_workbook_without_content_is_refused_and_points_to_hidden_sheets(path: Path) -> None:
    """REA-4."""
    with xlsxwriter.Workbook(path) as workbook:
        workbook.add_worksheet("Cover")
    assert refused(path).code == "file-empty"
    with xlsxwriter.Workbook(path) as workbook:
        workbook.add_worksheet("Cover")
        hidden = workbook.add_worksheet("Rows")
        hidden.write_row(0, 0, ["id"])
        hidden.very_hidden()
    assert "'Rows' (hidden)" in refused(path).hint
    assert refused(path, sheet="Cover").code == "file-empty"


# ---------------------------------------------------------------- damaged and hostile


ROW = made.row(1, made.text("A1", "id"))
DAMAGED: dict[str, str] = {
    "cut off": made.sheet(ROW)[:-20],
    "no xml": "id,name",
    "an encoding that is none": f'<?xml version="1.0" encoding="UTF-88"?>{made.sheet(ROW)}',
    "a row twice": made.sheet(ROW + ROW),
    "rows out of order": made.sheet(made.row(3, made.text("A3", "x")) + made.row(2, made.text("A2", "y"))),
    "a cell twice": made.sheet(made.row(1, made.text("A1", "id"), made.text("A1", "id"))),
    "a cell in another row": made.sheet(made.row(1, made.text("A2", "id"))),
    "a row beyond the last": made.sheet(made.row(1048577, made.text("A1048577", "id"))),
    "a row of absurd number": made.sheet(made.row(4294967296, made.text("A4294967296", "id"))),
    "a column beyond the last": made.sheet(made.row(1, made.text("XFE1", "id"))),
    "a column that is none": made.sheet(made.row(1, made.text("ZZZZZZ1", "id"))),
    "a shared text that is not there": made.sheet(made.row(1, '<c r="A1" t="s"><v>7</v></c>')),
    "a shared text of negative number": made.sheet(made.row(1, '<c r="A1" t="s"><v>-1</v></c>')),
    "a merge of nothing": made.sheet(ROW, after='<mergeCells><mergeCell ref="nonsense"/></mergeCells>'),
    "entities": '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + made.sheet(ROW),
    "an external entity": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + made.sheet(ROW),
}


@pytest.mark.parametrize("whole", list(DAMAGED.values()), ids=list(DAMAGED))
def test_a_damaged_sheet_is_refused_in_plain_words(path: Path, whole: str) -> None:
    """REA-6, SEC-5."""
    assert refused_here(made.book(path, "", whole=whole, texts=made.strings("a"))).code == "file-damaged"


def test_counts_that_lie_are_not_believed(path: Path) -> None:
    """1.7 kB of this abort other parsers."""
    texts = '<sst count="4294967295" uniqueCount="4294967295"><si><t>id</t></si></sst>'
    cell = '<c r="A1" t="s"><v>0</v></c>'
    whole = made.sheet(made.row(1, cell), after='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')
    assert Read(made.book(path, "", whole=whole, texts=texts)).header == ("id",)


def test_a_cut_off_archive_and_a_wrong_checksum_are_damaged(path: Path) -> None:
    """REA-6."""
    whole = saved(path, ("id", "name"), *[(str(n), f"name {n}") for n in range(500)]).read_bytes()
    path.write_bytes(whole[:-200] + b"xl/workbook.xml")
    assert refused(path).code == "file-damaged"
    with zipfile.ZipFile(made.book(path, ROW)) as packed:
        at = packed.getinfo("xl/s.xml").header_offset
    broken = bytearray(path.read_bytes())
    broken[at + 14 : at + 18] = b"\1\2\3\4"
    directory = broken.rindex(b"xl/s.xml") - 46
    broken[directory + 16 : directory + 20] = b"\1\2\3\4"
    path.write_bytes(broken)
    assert refused(path).code == "file-damaged"


@pytest.mark.parametrize(
    "name", ["../evil.xml", "/etc/evil.xml", "xl/../../evil.xml", "c:/evil.xml", "XL/S.XML"]
)
def test_a_part_that_leads_out_of_the_archive_or_stands_in_it_twice_is_refused(path: Path, name: str) -> None:
    """SEC-5: the directory is checked before anything is unpacked."""
    assert refused_here(made.book(path, ROW, more={name: "x"})).code == "file-damaged"


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_a_part_of_one_name_twice_is_refused(path: Path) -> None:
    with zipfile.ZipFile(made.book(path, ROW), "a") as packed:
        packed.writestr("xl/s.xml", made.sheet(ROW))
    assert refused(path).code == "file-damaged"


def test_a_link_in_the_archive_is_refused(path: Path) -> None:
    """SEC-5."""
    with zipfile.ZipFile(made.book(path, ROW), "a") as packed:
        link = zipfile.ZipInfo("xl/link.xml")
        link.external_attr = 0o120777 << 16
        packed.writestr(link, "/etc/passwd")
    assert refused(path).code == "file-damaged"


def test_bombs_are_refused_by_their_directory(path: Path) -> None:
    """REA-6: too many parts, or one that is packed too well."""
    parts = {f"xl/media/{n}.xml": "" for n in range(2_000)}
    refusal = refused(made.book(path, ROW, more=parts))
    assert (refusal.code, refusal.details["limit"]) == ("file-too-large", "2,000 parts")
    refusal = refused(made.book(path, ROW, more={"xl/blanks.xml": " " * 3_000_000}))
    assert (refusal.code, refusal.details["limit"]) == ("file-too-large", "200 times")


def test_a_workbook_with_a_password_is_named_as_such(path: Path) -> None:
    """REA-6: an encrypted package stands in a container of the old kind; a zip may be encrypted too."""
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000) + "EncryptedPackage".encode("utf-16-le") + bytes(99)
    )
    assert refused(path).code == "file-encrypted"
    made.book(path, ROW)
    with zipfile.ZipFile(path) as packed:
        flags = [packed.getinfo("xl/s.xml").header_offset + 6]
    broken = bytearray(path.read_bytes())
    flags.append(broken.rindex(b"xl/s.xml") - 46 + 8)
    for at in flags:
        broken[at] |= 1
    path.write_bytes(broken)
    assert refused(path).code == "file-encrypted"


def test_html_saved_under_a_workbooks_name_is_named_as_such(tmp_path: Path) -> None:
    """REA-6."""
    path = tmp_path / "export.xls"
    path.write_text("<html><table><tr><td>id</td></tr></table></html>", encoding="utf-8")
    refusal = refused(path)
    assert (refusal.code, "HTML" in refusal.message) == ("unknown-format", True)


# ---------------------------------------------------------------- the child process


def open_with(path: Path, limits: Limits) -> WorkbookReading:
    return WorkbookReader(limits=limits).open(path, ReadOptions())


def test_a_workbook_that_needs_more_memory_than_is_allowed_is_refused(path: Path) -> None:
    """SEC-5: the child's limit, not this process, is what gives way."""
    texts = made.strings(*(os.urandom(500).hex() for _ in range(30_000)))
    made.book(path, made.row(1, '<c r="A1" t="s"><v>0</v></c>'), texts=texts)
    assert open_with(path, Limits()).layout.header
    with pytest.raises(Unreadable) as refusal:
        open_with(path, Limits(memory_bytes=96 * 1024**2))
    assert (refusal.value.code, "96 MiB" in refusal.value.message) == ("file-too-large", True)


def test_a_workbook_that_takes_too_long_is_refused(path: Path) -> None:
    """SEC-5."""
    made.book(path, ROW)
    with pytest.raises(Unreadable) as refusal:
        open_with(path, Limits(silence_seconds=0.01))
    assert (refusal.value.code, "takes too long" in refusal.value.message) == ("file-too-large", True)


def test_the_child_sees_no_secrets_and_does_not_outlive_its_reading(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SEC-7."""
    monkeypatch.setenv("STOCKTAKE_DB", "postgresql://user:secret@host/db")
    rows = "".join(made.row(n, made.text(f"A{n}", os.urandom(99).hex())) for n in range(1, 60_000))
    reading = open_with(made.book(path, rows), Limits())
    process = Path(f"/proc/{reading._child._process.pid}")
    if not process.is_dir():
        pytest.skip("needs /proc")
    assert b"secret" not in (process / "environ").read_bytes()
    del reading
    gc.collect()
    assert not process.exists()


def test_a_child_that_dies_is_a_refusal_and_not_a_short_file(path: Path) -> None:
    """REA-8: no row less, silently."""
    rows = "".join(made.row(n, made.text(f"A{n}", os.urandom(99).hex())) for n in range(1, 60_000))
    reading = open_with(made.book(path, rows), Limits())
    batches = reading.batches()
    next(batches)
    reading._child._process.terminate()
    with pytest.raises(Unreadable) as refusal:
        list(batches)
    assert refusal.value.code == "file-damaged"
    assert not reading.complete
