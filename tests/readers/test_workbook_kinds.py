"""Every kind of workbook, written by other libraries and read back: hard keys, formats, what cannot be told (REA-3)."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt
from odf.number import EmbeddedText, Number, NumberStyle, Text
from odf.office import Annotation
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TableProperties
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import LineBreak, P, S, Tab

from stocktake.model.options import Limits
from tests.readers import book as made
from tests.readers.test_workbook import Read, refused

Rows = Sequence[Sequence[str]]
Write = Callable[[Path, Rows], Path]

KEYS = (
    "00123",
    "1.10",
    "NA",
    "N/A",
    "null",
    "none",
    "TRUE",
    "1.23E+15",
    "0000E1",
    "5E4",
    "+15551234567",
    "1234567890123456789",
    "-0",
    "½",
    "İstanbul ẞ 😀",
    "#N/A",
    "=1+1",
    "'quoted",
    " before and after ",
    "two  blanks",
    "a\tb",
    "a\nb",
    "_x000D_",
    "x" * 32_000,
)


def by_openpyxl(path: Path, rows: Rows) -> Path:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for line, row in enumerate(rows, 1):
        for place, text in enumerate(row, 1):
            cell = sheet.cell(line, place)
            cell.value, cell.data_type = text.replace("_x000D_", "_x005F_x000D_"), "s"
    workbook.save(path)
    return path


def by_xlsxwriter(path: Path, rows: Rows) -> Path:
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        for line, row in enumerate(rows):
            for place, text in enumerate(row):
                sheet.write_string(line, place, text)
    return path


def by_xlwt(path: Path, rows: Rows) -> Path:
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("S")
    for line, row in enumerate(rows):
        for place, text in enumerate(row):
            sheet.write(line, place, text)
    workbook.save(str(path))
    return path


def by_odfpy(path: Path, rows: Rows) -> Path:
    document, table = OpenDocumentSpreadsheet(), Table(name="S")
    for row in rows:
        line = TableRow()
        for text in row:
            line.addElement(text_cell(text))
        table.addElement(line)
    document.spreadsheet.addElement(table)
    document.save(str(path))
    return path


def by_records(path: Path, rows: Rows) -> Path:
    return made.binary_book(path, [[made.binary_text(text) for text in row] for row in rows])


def text_cell(text: str) -> TableCell:
    """As LibreOffice writes it: blanks that count, tabs and line ends as elements, each line a paragraph."""
    cell = TableCell(valuetype="string")
    for part in text.split("\n"):
        paragraph = P()
        for piece in re.findall(r"[ \t]|[^ \t]+", part):
            if piece == " ":
                paragraph.addElement(S(c=1))
            elif piece == "\t":
                paragraph.addElement(Tab())
            else:
                paragraph.addText(piece)
        cell.addElement(paragraph)
    return cell


WRITERS: dict[str, Write] = {
    "xlsx by openpyxl": by_openpyxl,
    "xlsx by xlsxwriter": by_xlsxwriter,
    "xls by xlwt": by_xlwt,
    "ods by odfpy": by_odfpy,
    "xlsb by records": by_records,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "named.anything"


@pytest.mark.parametrize("write", list(WRITERS.values()), ids=list(WRITERS))
def test_hard_keys_survive_as_they_were_written(write: Write, path: Path) -> None:
    """REA-3: key by key."""
    read = Read(write(path, [("key", "line"), *((key, str(line)) for line, key in enumerate(KEYS))]))
    assert read.rows == [(key, str(line)) for line, key in enumerate(KEYS)]
    assert set(read.faults) == {None}


@pytest.mark.parametrize("size", [1024 * 1024, 1024 * 1024 + 1])
def test_a_cell_of_1_mib_is_read_and_a_longer_one_named(path: Path, size: int) -> None:
    """REA-6; kinds without a limit of their own."""
    text = os.urandom(size // 2 + 1).hex()[:size]
    rows = [("key", "note"), ("A", text)]
    lines = enumerate(rows, 1)
    xlsx = "".join(made.row(n, made.text(f"A{n}", key), made.text(f"B{n}", note)) for n, (key, note) in lines)
    for workbook in (made.book(path, xlsx), by_odfpy(path.with_suffix(".x"), rows)):
        read = Read(workbook)
        if size > 1024 * 1024:
            assert (read.rows, read.faults) == ([("A", "")], ["cell-too-long@c1"])
        else:
            assert (read.rows, read.faults) == ([("A", text)], [None])


@pytest.mark.parametrize("write", list(WRITERS.values()), ids=list(WRITERS))
def test_the_limit_of_a_cell_is_heeded_in_every_kind_of_workbook(write: Write, path: Path) -> None:
    """REA-6: by bytes of UTF-8, as in text; the warning names sheet and cell. A limit that is raised is heeded too."""
    rows = [("key", "note"), ("A", "abcde"), ("B", "ä" * 5), ("C", "abcdef")]
    read = Read(write(path, rows), limits=Limits(cell_bytes=5))
    assert read.rows == [("A", "abcde"), ("B", ""), ("C", "")]
    assert read.faults == [None, "cell-too-long@c1", "cell-too-long@c1"]
    told = read.warnings["cell-too-long"]
    assert (told.count, told.rows) == (2, (3, 4))
    assert "the limit of 5 bytes" in told.message
    assert f"the first is B3 of the sheet {read.reading.layout.sheet!r}" in told.message


def test_a_cell_over_the_usual_limit_is_read_whole_where_the_limit_is_higher(path: Path) -> None:
    """REA-6: nothing is cut off."""
    text = os.urandom(600_000).hex()
    xlsx = made.row(1, made.text("A1", "key")) + made.row(2, made.text("A2", text))
    for workbook in (made.book(path, xlsx), by_odfpy(path.with_suffix(".x"), [("key",), (text,)])):
        read = Read(workbook, limits=Limits(cell_bytes=2 * 1024**2))
        assert (read.rows, read.faults) == ([(text,)], [None])


# ---------------------------------------------------------------- xls


def test_an_old_workbook_shows_numbers_as_their_formats_do(path: Path) -> None:
    """REA-3: padding, days, times, truth, errors; none of it is told by other libraries."""
    cells: list[tuple[Any, str, str, str | None]] = [
        (42, "00000", "00042", None),
        (12345678, "000-00-0000", "012-34-5678", None),
        (1.1, "General", "1.1", None),
        (0.52, "0%", "0.52", None),
        (1e-7, "General", "0.0000001", None),
        (1234567890123456, "0", "1234567890123456", "precision-lost@c1"),
        (date(2026, 4, 1), "yyyy-mm-dd", "2026-04-01", None),
        (datetime(2026, 4, 1, 13, 30), "d.m.yy h:mm", "2026-04-01T13:30:00", None),  # noqa: DTZ001
        (time(13, 30), "h:mm", "13:30:00", None),
        (1.5, "[h]:mm", "36:00:00", None),
        (True, "General", "TRUE", None),
    ]
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("S")
    sheet.write_merge(20, 21, 0, 1, "merged")
    sheet.write(0, 0, "key")
    sheet.write(0, 1, "value")
    for line, (value, code, _, _) in enumerate(cells, 1):
        sheet.write(line, 0, f"k{line}")
        sheet.write(line, 1, value, xlwt.easyxf(num_format_str=code))
    sheet.row(12).set_cell_text(0, "k12")
    sheet.row(12).set_cell_error(1, "#DIV/0!")
    workbook.save(str(path))
    read = Read(path)
    assert [row[1] for row in read.rows[:12]] == [*(text for _, _, text, _ in cells), "#DIV/0!"]
    assert read.faults[:12] == [*(fault for *_, fault in cells), "error-cell@c1"]
    assert (read.reading.layout.format, read.warnings["merged-cells"].rows) == ("xls", (21,))
    assert read.warnings["error-cell"].rows == (13,)


def test_an_old_workbook_knows_hidden_sheets_and_counts_from_1904(path: Path) -> None:
    """REA-2, REA-3."""
    workbook = xlwt.Workbook()
    workbook.dates_1904 = True
    hidden = workbook.add_sheet("Old")
    hidden.write(0, 0, "x")
    hidden.visibility = 2
    sheet = workbook.add_sheet("Now")
    sheet.write(0, 0, "day")
    sheet.write(1, 0, 44651, xlwt.easyxf(num_format_str="yyyy-mm-dd"))
    workbook.save(str(path))
    read = Read(path)
    assert (read.reading.layout.sheet, read.reading.layout.hidden_sheets) == ("Now", ("Old",))
    assert read.rows == [("2026-04-01",)]
    assert "'Old' (hidden)" in read.warnings["other-sheets"].message
    assert Read(path, sheet="Old").header == ("x",)


def test_a_broken_old_workbook_is_refused_in_words(path: Path) -> None:
    """REA-6."""
    by_xlwt(path, [("key",), *((str(n),) for n in range(900))])
    path.write_bytes(path.read_bytes()[:3000])
    assert refused(path).code in ("file-damaged", "unknown-format")


# ---------------------------------------------------------------- ods


def ods(path: Path, *rows: Sequence[TableCell | str], styles: Sequence[Any] = (), **table: Any) -> Path:
    document, sheet = OpenDocumentSpreadsheet(), Table(name="S", **table)
    for style in styles:
        document.automaticstyles.addElement(style)
    for row in rows:
        line = TableRow()
        for cell in row:
            line.addElement(text_cell(cell) if isinstance(cell, str) else cell)
        sheet.addElement(line)
    document.spreadsheet.addElement(sheet)
    document.save(str(path))
    return path


def padding(name: str, digits: int, texts: dict[int, str]) -> tuple[NumberStyle, Style]:
    style = NumberStyle(name=f"n{name}")
    style.addElement(Text(text="No. "))
    number = Number(minintegerdigits=digits, decimalplaces=0)
    for position, text in texts.items():
        number.addElement(EmbeddedText(position=position, text=text))
    style.addElement(number)
    return style, Style(name=name, family="table-cell", datastylename=f"n{name}")


def value(kind: str, raw: str, **more: Any) -> TableCell:
    key = {"float": "value", "percentage": "value"}.get(kind, f"{kind}value")
    return TableCell(valuetype=kind, **{key: raw}, **more)


def test_an_opendocument_cell_is_what_it_holds_and_padded_as_its_style_says(path: Path) -> None:
    """REA-3: styles pad, values are exact, days and durations are written out."""
    styles = padding("pad", 9, {4: "-", 6: "-"})
    cells = {
        "42": value("float", "42"),
        "1.1": value("float", "1.1"),
        "1500": value("float", "1.5E3"),
        "0.52": value("percentage", "0.52"),
        "No. 012-34-5678": value("float", "12345678", stylename="pad"),
        "TRUE": value("boolean", "true"),
        "2026-04-01": value("date", "2026-04-01"),
        "2026-04-01T13:30:15.250": value("date", "2026-04-01T13:30:15.249999999"),
        "13:30:00": value("time", "PT13H30M00S"),
        "36:00:00": value("time", "PT36H00M00S"),
        "49:00:00": value("time", "P2DT1H"),
    }
    read = Read(ods(path, ("value",), *((cell,) for cell in cells.values()), styles=styles))
    assert read.rows == [(text,) for text in cells]
    assert set(read.faults) == {None}


def test_errors_formulas_without_result_and_long_ids_are_named_in_opendocument_too(path: Path) -> None:
    """REA-3."""
    error = TableCell(valuetype="string", formula="of:=NA()", stringvalue="")
    error.addElement(P(text="#N/A"))
    rows = [
        ("A", error),
        ("B", TableCell(formula="of:=1+1")),
        ("C", value("float", "1.23456789012346E+018")),
        ("D", value("float", "2", formula="of:=1+1")),
        ("E", "#N/A"),
    ]
    read = Read(ods(path, ("id", "n"), *rows))
    told = ["error-cell@c1", "formula-not-calculated@c1", "precision-lost@c1", None, None]
    assert read.faults == told
    assert [row[1] for row in read.rows] == ["#N/A", "", "1.23456789012346E+018", "2", "#N/A"]


def test_repeated_rows_and_cells_count_and_notes_and_covered_cells_do_not(path: Path) -> None:
    """REA-5: blank rows by the thousand and filled ones repeated keep their row numbers."""
    document, sheet = OpenDocumentSpreadsheet(), Table(name="S")
    noted = text_cell("a")
    note = Annotation()
    note.addElement(P(text="a note"))
    noted.addElement(note)
    for cells, repeats in (
        ([text_cell("id"), text_cell("n"), TableCell(numbercolumnsrepeated=16_000)], 1),
        ([noted, value("float", "1", numbercolumnsrepeated=1)], 1),
        ([TableCell(numbercolumnsrepeated=16_384)], 1000),
        ([text_cell("b"), value("float", "2")], 3),
        ([TableCell(valuetype="string", numbercolumnsspanned=2), CoveredTableCell()], 1),
        ([TableCell(numbercolumnsrepeated=16_384)], 1_040_000),
    ):
        line = TableRow(numberrowsrepeated=repeats)
        for cell in cells:
            line.addElement(cell)
        sheet.addElement(line)
    document.spreadsheet.addElement(sheet)
    document.save(str(path))
    read = Read(path)
    assert (read.header, read.rows) == (("id", "n"), [("a", "1")] + [("b", "2")] * 3)
    assert read.lines == [2, 1003, 1004, 1005]
    assert read.warnings["merged-cells"].rows == (1006,)


def test_cells_that_repeat_by_the_million_are_refused(path: Path) -> None:
    """REA-6: 1 kB of XML that says 17 thousand million cells."""
    cell = TableCell(valuetype="string", numbercolumnsrepeated=16_384)
    cell.addElement(P(text="x"))
    document, sheet = OpenDocumentSpreadsheet(), Table(name="S")
    line = TableRow(numberrowsrepeated=1_048_576)
    line.addElement(cell)
    sheet.addElement(line)
    document.spreadsheet.addElement(sheet)
    document.save(str(path))
    assert refused(path).code == "file-too-large"


def test_blanks_in_opendocument_count_once_where_they_are_not_written_as_such(path: Path) -> None:
    """As the format says: a paragraph's line ends and indents are no text."""
    cell = TableCell(valuetype="string")
    paragraph = P(text="\n   one\n   two ")
    paragraph.addElement(LineBreak())
    paragraph.addText("three")
    cell.addElement(paragraph)
    assert Read(ods(path, ("note",), (cell,))).rows == [("one two \nthree",)]


def test_a_hidden_sheet_of_opendocument_is_named_and_read_on_demand(path: Path) -> None:
    """REA-2."""
    style = Style(name="away", family="table")
    style.addElement(TableProperties(display="false"))
    refusal = refused(ods(path, ("id",), ("a",), styles=[style], stylename="away"))
    assert (refusal.code, "'S' (hidden)" in refusal.hint) == ("file-empty", True)
    assert Read(path, sheet="S").rows == [("a",)]


def test_an_encrypted_opendocument_spreadsheet_is_named_as_such(path: Path) -> None:
    """REA-6."""
    by_odfpy(path, [("id",), ("a",)])
    manifest = (
        '<manifest:manifest xmlns:manifest="m"><manifest:file-entry manifest:full-path="content.xml">'
        "<manifest:encryption-data/></manifest:file-entry></manifest:manifest>"
    )
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in {**parts, "META-INF/manifest.xml": manifest.encode()}.items():
            packed.writestr(name, content)
    assert refused(path).code == "file-encrypted"


# ---------------------------------------------------------------- xlsb


def test_a_binary_workbook_shows_what_an_xml_one_does(path: Path) -> None:
    """REA-3: numbers short and long, formats, errors, truth, hidden sheets, the 1904 system."""
    cells = [
        (made.binary_short(42), "42"),
        (made.binary_short(12.34), "12.34"),
        (made.binary_real(0.1), "0.1"),
        (made.binary_real(42, style=1), "00042"),
        (made.binary_real(44651, style=2), "2026-04-01"),
        (made.binary_truth(True), "TRUE"),
        (made.binary_error(0x2A), "#N/A"),
        (made.binary_real(1234567890123456), "1234567890123456"),
    ]
    rows = [[made.binary_text("value")], *([cell] for cell, _ in cells)]
    read = Read(made.binary_book(path, rows, codes=("00000", "yyyy-mm-dd"), from_1904=True))
    assert read.rows == [(text,) for _, text in cells]
    assert read.faults == [None] * 6 + ["error-cell@c0", "precision-lost@c0"]
    assert read.reading.layout.format == "xlsb"


@pytest.mark.parametrize("cut", [1, 3, 7, 20])
def test_a_binary_workbook_cut_off_is_damaged(path: Path, cut: int) -> None:
    """REA-6."""
    assert refused(made.binary_book(path, [[made.binary_text("value")]], cut=cut)).code == "file-damaged"


# ---------------------------------------------------------------- what is none


FOREIGN = {
    "an XML spreadsheet": b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>',
    "a flat OpenDocument": b'<?xml version="1.0"?><office:document '
    b'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"/>',
    "HTML": b"<html><body><table><tr><td>id</td></tr></table></body></html>",
    "Word": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "WordDocument".encode("utf-16-le") + bytes(40),
    "PowerPoint": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    + bytes(600)
    + "PowerPoint Document".encode("utf-16-le"),
}
PACKED = {
    "Word": "word/document.xml",
    "PowerPoint": "ppt/presentation.xml",
    "Numbers": "Index/Document.iwa",
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_saved_under_a_workbooks_name_is_named_for_what_it_is(tmp_path: Path, what: str) -> None:
    """REA-6: in plain words, with what to do."""
    path = tmp_path / "export.xls"
    path.write_bytes(FOREIGN[what])
    refusal = refused(path)
    assert (refusal.code, what in refusal.message) == ("unknown-format", True)


@pytest.mark.parametrize("what", PACKED)
def test_documents_of_other_office_programs_are_named(tmp_path: Path, what: str) -> None:
    """REA-6."""
    path = tmp_path / "export.xlsx"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(PACKED[what], "x" * 99)
        if what != "Numbers":
            packed.writestr("[Content_Types].xml", "<Types/>")
    refusal = refused(path)
    assert (refusal.code, what in refusal.message) == ("unknown-format", True)
