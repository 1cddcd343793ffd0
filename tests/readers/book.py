"""Workbooks made by hand, part by part: what no spreadsheet program would write."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path

import polars as pl

from stocktake.model.errors import Refusal
from stocktake.model.options import ReadOptions
from stocktake.readers.child import BATCH, LAYOUT
from stocktake.readers.sheet import read_sheet

_RELATIONS = '<Relationships xmlns="r">{}</Relationships>'
_RELATION = '<Relationship Id="{id}" Type="t/{kind}" Target="{target}"/>'
_PARTS = {"a": ("worksheet", "s.xml"), "b": ("sharedStrings", "t.xml"), "c": ("styles", "f.xml")}


def sheet(rows: str, after: str = "", before: str = "") -> str:
    return f'<worksheet xmlns="m">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def strings(*texts: str) -> str:
    return f"<sst>{''.join(f'<si><t>{text}</t></si>' for text in texts)}</sst>"


def styles(*codes: str) -> str:
    """Style 1 and on show numbers by these codes."""
    formats = "".join(f'<numFmt numFmtId="{200 + n}" formatCode="{code}"/>' for n, code in enumerate(codes))
    uses = "".join(f'<xf numFmtId="{200 + n}"/>' for n in range(len(codes)))
    return f'<styleSheet><numFmts>{formats}</numFmts><cellXfs><xf numFmtId="0"/>{uses}</cellXfs></styleSheet>'


def book(
    path: Path,
    rows: str,
    *,
    whole: str | None = None,
    texts: str = "<sst/>",
    formats: str = "<styleSheet/>",
    properties: str = "",
    more: dict[str, str] | None = None,
) -> Path:
    """A workbook of one sheet, ``S``; ``rows`` its rows as XML, ``whole`` the sheet's XML instead."""
    main = '<workbook xmlns:r="x">{}<sheets><sheet name="S" r:id="a"/></sheets></workbook>'
    parts = {
        "_rels/.rels": _RELATIONS.format(
            _RELATION.format(id="m", kind="officeDocument", target="xl/workbook.xml")
        ),
        "xl/workbook.xml": main.format(properties),
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(
            "".join(
                _RELATION.format(id=id, kind=kind, target=target) for id, (kind, target) in _PARTS.items()
            )
        ),
        "xl/s.xml": whole if whole is not None else sheet(rows),
        "xl/t.xml": texts,
        "xl/f.xml": formats,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in {**parts, **(more or {})}.items():
            packed.writestr(name, content)
    return path


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def text(reference: str, written: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{written}</t></is></c>'


def number(reference: str, written: str, style: int = 0) -> str:
    return f'<c r="{reference}" s="{style}"><v>{written}</v></c>'


# ---------------------------------------------------------------- .xlsb, record by record


def record(kind: int, content: bytes) -> bytes:
    """Kind and length in groups of seven bits, then the content."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, groups = len(content), b""
    while True:
        length, low = length >> 7, length & 0x7F
        groups += bytes([low | 0x80 if length else low])
        if not length:
            return head + groups + content


def wide(written: str) -> bytes:
    encoded = written.encode("utf-16-le")
    return struct.pack("<I", len(encoded) // 2) + encoded


BinaryCell = tuple[int, int, bytes]


def binary_text(written: str) -> BinaryCell:
    return 6, 0, wide(written)


def binary_real(number: float, style: int = 0) -> BinaryCell:
    return 5, style, struct.pack("<d", number)


def binary_short(number: float) -> BinaryCell:
    """A whole number, or hundredths of one."""
    hundredths = number != int(number)
    return 2, 0, struct.pack("<i", round(number * 100 if hundredths else number) << 2 | 2 | hundredths)


def binary_truth(value: bool) -> BinaryCell:
    return 4, 0, bytes([value])


def binary_error(code: int) -> BinaryCell:
    return 3, 0, bytes([code])


def binary_book(
    path: Path,
    rows: list[list[BinaryCell]],
    *,
    codes: tuple[str, ...] = (),
    from_1904: bool = False,
    cut: int = 0,
) -> Path:
    """A binary workbook of one sheet, ``S``; style 1 and on show numbers by ``codes``; cut: bytes off the sheet's end."""
    cells = b""
    for line, row in enumerate(rows):
        cells += record(0, struct.pack("<I", line) + bytes(13))
        for column, (kind, style, content) in enumerate(row):
            cells += record(kind, struct.pack("<II", column, style) + content)
    formats = b"".join(record(44, struct.pack("<H", 200 + n) + wide(code)) for n, code in enumerate(codes))
    uses = b"".join(
        record(47, struct.pack("<HH", 0, number) + bytes(12)) for number in (0, *range(200, 200 + len(codes)))
    )
    sheet = record(145, b"") + cells + record(146, b"")
    main = record(153, struct.pack("<I", from_1904)) + record(
        156, struct.pack("<II", 0, 1) + wide("a") + wide("S")
    )
    parts: dict[str, str | bytes] = {
        "_rels/.rels": _RELATIONS.format(
            _RELATION.format(id="m", kind="officeDocument", target="xl/workbook.bin")
        ),
        "xl/workbook.bin": main,
        "xl/_rels/workbook.bin.rels": _RELATIONS.format(
            _RELATION.format(id="a", kind="worksheet", target="s.bin")
            + _RELATION.format(id="c", kind="styles", target="f.bin")
        ),
        "xl/s.bin": sheet[: len(sheet) - cut],
        "xl/f.bin": formats + record(617, b"") + uses + record(618, b""),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return path


# ---------------------------------------------------------------- read in this process, for one of many


def read_here(path: Path, kind: str) -> tuple[list[str], list[tuple[int, tuple[str, ...]]]]:
    """Labels, and each row with its number, without a child process."""
    labels: list[str] = []
    rows: list[tuple[int, tuple[str, ...]]] = []
    for message, content in read_sheet(path, kind, ReadOptions(), 1000):
        if message == LAYOUT:
            labels = json.loads(content)["header"]
        elif message == BATCH:
            batch = pl.read_ipc_stream(io.BytesIO(content))
            rows += [(row[1], row[3:]) for row in batch.rows()]
    return labels, rows


def refusal_here(path: Path, kind: str) -> str | None:
    """The code of the refusal, None where the workbook is read."""
    try:
        read_here(path, kind)
    except Refusal as refusal:
        return refusal.code
    return None


def ends_well_here(path: Path, kind: str) -> bool:
    """Whether it is read, or refused with a code, a sentence and a way out."""
    try:
        read_here(path, kind)
    except Refusal as refusal:
        return bool(refusal.code and refusal.message and refusal.hint)
    return True
