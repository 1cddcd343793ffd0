"""Workbooks made by hand, part by part: what no spreadsheet program would write."""

from __future__ import annotations

import zipfile
from pathlib import Path

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
