"""How a file is read, as forms say it: words for what a person may choose, and back (REA-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stocktake.model.errors import InvalidInput
from stocktake.ports.reader import Layout

#: Encodings that people choose, and what they call them.
ENCODINGS: tuple[tuple[str, str], ...] = (
    ("utf-8", "UTF-8"),
    ("cp1252", "Windows-1252 (Western Europe)"),
    ("iso-8859-1", "ISO-8859-1 (Latin 1)"),
    ("iso-8859-15", "ISO-8859-15 (Latin 9, with €)"),
    ("cp1250", "Windows-1250 (Central Europe)"),
    ("cp1251", "Windows-1251 (Cyrillic)"),
    ("utf-16", "UTF-16"),
    ("mac_roman", "Mac Roman"),
    ("cp437", "CP437 (old DOS)"),
    ("cp850", "CP850 (old DOS, Western Europe)"),
    ("big5", "Big5 (Chinese, traditional)"),
    ("gb18030", "GB18030 (Chinese)"),
    ("shift_jis", "Shift JIS (Japanese)"),
)
DELIMITERS: tuple[tuple[str, str], ...] = (
    (",", "Comma ,"),
    (";", "Semicolon ;"),
    ("\t", "Tab"),
    ("|", "Bar |"),
    (":", "Colon :"),
    (" ", "Blank"),
)
QUOTES: tuple[tuple[str, str], ...] = (('"', 'Double quote "'), ("'", "Single quote '"), ("none", "None"))

_CALLED = {"\t": "tab", " ": "blank"}
_FORMATS = {
    "csv": "text",
    "tsv": "text",
    "xlsx": "Excel workbook",
    "xlsb": "binary Excel workbook",
    "xls": "old Excel workbook",
    "ods": "OpenDocument workbook",
    "json": "JSON",
    "ndjson": "JSON, one record a line",
    "parquet": "Parquet",
}
_TEXTS = ("encoding", "delimiter", "quote", "sheet", "member")


def reading_of(told: Mapping[str, str]) -> dict[str, Any]:
    """What a form says of how to read a file, without what it leaves open. Raises ``InvalidInput`` ``bad-arguments``."""
    # A delimiter may be a tab or a blank, so nothing is stripped of it.
    found: dict[str, Any] = {name: told[name] for name in _TEXTS if told.get(name)}
    line = told.get("header_line", "").strip()
    if line == "none":
        found["header_lines"] = 0
    elif line:
        if not line.isascii() or not line.isdigit() or not 1 <= int(line) <= 1_000_000:
            raise InvalidInput(
                "bad-arguments",
                f'Header line: "{line[:40]}" is no line of a file.',
                hint="Lines count from 1.",
            )
        found["header_line"] = int(line)
    return found


def sentence_of(layout: Layout) -> str:
    """``UTF-8, “;” separated, header on line 3``; ``Excel workbook, header on line 1, sheet “Deals” (2 others)``."""
    told: list[str] = []
    if layout.compression:
        told.append(f"packed as {layout.compression}")
    if layout.member:
        told.append(f"file “{layout.member}”{_others(len(layout.members) - 1)}")
    if layout.encoding and layout.delimiter:
        told.append(encoding_in_words(layout.encoding))
        told.append(f"{_CALLED.get(layout.delimiter, f'“{layout.delimiter}”')} separated")
    else:
        told.append(_FORMATS.get(layout.format, layout.format))
    told += _header(layout)
    if layout.sheet and layout.sheet != "*":
        told.append(f"sheet “{layout.sheet}”{_others(len(layout.sheets) - 1)}")
    return ", ".join(told)


def encoding_in_words(name: str) -> str:
    """``UTF-8``, ``UTF-8 with a byte order mark``, ``CP1252``."""
    return name.upper().replace("-SIG", " with a byte order mark")


def _header(layout: Layout) -> list[str]:
    first, lines = layout.header_line, layout.header_lines
    if lines == 0:
        return ["no header"]
    if first is None:
        return []
    if (lines or 1) == 1:
        return [f"header on line {first:,}"]
    return [f"header on lines {first:,} to {first + (lines or 1) - 1:,}"]


def _others(count: int) -> str:
    return "" if count < 1 else f" ({count:,} other{'s' if count > 1 else ''})"
