"""What a workbook in .xlsx says of itself: its sheets, its texts, its number formats (REA-2, REA-3)."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stocktake.readers.number_format import PLAIN, NumberFormat, builtin_format, looks_of, number_format
from stocktake.readers.package import Package
from stocktake.readers.sheet_cells import unescaped
from stocktake.readers.spreadsheet import Sheet
from stocktake.readers.xmlpart import Events, local_name

_MAIN = "xl/workbook.xml"
_TEXTS_AT_ONCE = 100_000
_TRUE = ("1", "true", "on")


@dataclass(frozen=True, slots=True, kw_only=True)
class BookParts:
    """The workbook's own part and what it refers to."""

    sheets: tuple[Sheet, ...]
    from_1904: bool
    styles: str | None
    strings: str | None


def book_parts(package: Package) -> BookParts:
    """Sheets in the order of their tabs; charts and macros are no sheets here."""
    main = next((part for kind, part in package.relations("").values() if kind == "officeDocument"), _MAIN)
    relations = package.relations(main)
    sheets: list[Sheet] = []
    epoch: list[bool] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "workbookPr":
            epoch.append(attributes.get("date1904", "0").lower() in _TRUE)
        if tag != "sheet":
            return
        reference = next((text for name, text in attributes.items() if name.endswith(":id")), "")
        kind, part = relations.get(reference, ("", ""))
        if kind == "worksheet":
            hidden = attributes.get("state", "visible") != "visible"
            sheets.append(Sheet(name=attributes.get("name", ""), part=part, hidden=hidden))

    package.parse(main, Events(start=start))
    parts = {kind: part for kind, part in relations.values() if package.has(part)}
    return BookParts(
        sheets=tuple(sheets),
        from_1904=any(epoch),
        styles=parts.get("styles"),
        strings=parts.get("sharedStrings"),
    )


def looks(package: Package, part: str | None) -> tuple[dict[str, int], tuple[NumberFormat, ...]]:
    """Style → place in the second value, which is what the formats in use show; 0 is the plain one."""
    codes: dict[str, str] = {}
    numbers: list[str] = []
    inside: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "numFmt":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "xf" and inside == ["cellXfs"]:
            numbers.append(attributes.get("numFmtId", "0"))
        elif tag == "cellXfs":
            inside.append(tag)

    def end(tag: str) -> None:
        if tag == "cellXfs":
            inside.clear()

    if part is not None:
        package.parse(part, Events(start=start, end=end))
    places, found = looks_of([_format(number, codes) for number in numbers])
    return {str(style): place for style, place in enumerate(places)}, found


def _format(number: str, codes: dict[str, str]) -> NumberFormat:
    if number in codes:
        return number_format(codes[number])
    return builtin_format(int(number)) if number.isdecimal() and len(number) < 9 else PLAIN


def shared_strings(package: Package, part: str | None) -> pl.Series:
    """The texts that cells refer to by number, without phonetic hints; the count they declare is not believed."""
    chunks: list[pl.Series] = [pl.Series("text", [], dtype=pl.String)]
    texts: list[str] = []
    pieces: list[str] = []
    taking = phonetic = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal taking, phonetic
        if tag == "si":
            pieces.clear()
        elif tag == "t":
            taking = not phonetic
        elif tag == "rPh":
            phonetic = True
        elif ":" in tag:
            start(local_name(tag), attributes)

    def end(tag: str) -> None:
        nonlocal taking, phonetic
        if tag == "si":
            texts.append(unescaped("".join(pieces)))
            if len(texts) >= _TEXTS_AT_ONCE:
                chunks.append(pl.Series("text", texts, dtype=pl.String))
                texts.clear()
        elif tag == "t":
            taking = False
        elif tag == "rPh":
            phonetic = False
        elif ":" in tag:
            end(local_name(tag))

    def text(data: str) -> None:
        if taking:
            pieces.append(data)

    if part is not None:
        package.parse(part, Events(start=start, end=end, text=text, whole_names=True))
    return pl.concat([*chunks, pl.Series("text", texts, dtype=pl.String)])
