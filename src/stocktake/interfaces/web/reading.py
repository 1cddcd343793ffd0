"""How a file is read, as forms say it: words for what a person may choose, and back (REA-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from stocktake.model.errors import InvalidInput, Refusal
from stocktake.ports.reader import Layout
from stocktake.readers.raw_text import RawReading

Choices: TypeAlias = tuple[tuple[str, str], ...]

#: Encodings that people choose, and what they call them.
ENCODINGS: Choices = (
    ("utf-8", "UTF-8"),
    ("utf-8+replace", "UTF-8, what does not decode becomes \ufffd"),
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
_TITLES = {word.replace("_", "-"): title for word, title in ENCODINGS}
DELIMITERS: Choices = (
    (",", "Comma ,"),
    (";", "Semicolon ;"),
    ("\t", "Tab"),
    ("|", "Bar |"),
    (":", "Colon :"),
    (" ", "Blank"),
)
QUOTES: Choices = (('"', 'Double quote "'), ("'", "Single quote '"), ("none", "None"))

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
LINE_ENDS: Choices = (("lf", "LF"), ("crlf", "CR LF"), ("cr", "CR"))
_TEXTS = ("encoding", "delimiter", "quote", "escape", "line_end", "sheet", "member")
#: What is counted: how it is called, and the least of it.
_COUNTS = {"header_lines": ("Lines of the header", 1), "footer_lines": ("Lines at the end", 0)}


def reading_of(told: Mapping[str, str]) -> dict[str, Any]:
    """What a form says of how to read a file, without what it leaves open. Raises ``InvalidInput`` ``bad-arguments``."""
    # A delimiter may be a tab or a blank, so nothing is stripped of it.
    found: dict[str, Any] = {name: told[name] for name in _TEXTS if told.get(name)}
    name, _, undecodable = found.get("encoding", "").partition("+")
    if undecodable:
        found |= {"encoding": name, "on_undecodable": undecodable}
    if told.get("plain"):
        found["plain"] = True
    for name, (called, least) in _COUNTS.items():
        if told.get(name, "").strip():
            found[name] = _number(told[name], called, least)
    line = told.get("header_line", "").strip()
    if line == "none":
        found["header_lines"] = 0
    elif line:
        found["header_line"] = _number(line, "Header line", 1)
    return found


def _number(text: str, called: str, least: int) -> int:
    word = text.strip()
    if not word.isascii() or not word.isdigit() or not least <= int(word[:9]) <= 1_000_000:
        raise InvalidInput(
            "bad-arguments",
            f"{called}: “{word[:40]}” is no whole number from {least} to 1,000,000.",
            hint="Write it in digits, or leave the field blank.",
        )
    return int(word)


def encoding_word(reading: RawReading) -> str:
    """The word of a form for an encoding, with replacements or without."""
    return f"{reading.encoding}+replace" if reading.replaces else reading.encoding


def asked_of(refusal: Refusal) -> tuple[str, list[str]]:
    """What has to be said of how a file is read: ``encoding``, ``sheet``, ``member`` or ``header``; names to choose from."""
    details = refusal.details
    if refusal.code in ("encoding-error", "unknown-encoding"):
        return "encoding", []
    if details.get("members"):
        return "member", list(details["members"])
    if details.get("arrays") or details.get("sheets"):
        return "sheet", list(details.get("arrays") or details["sheets"])
    return "header", []


def fields_of(reading: Mapping[str, Any]) -> dict[str, Any]:
    """How a file is read, as a form says it: :func:`reading_of` the other way round."""
    told = dict(reading)
    if told.get("encoding") and told.get("on_undecodable"):
        told["encoding"] = f"{told['encoding']}+{told['on_undecodable']}"
    if told.get("header_lines") == 0:
        told["header_line"] = "none"
    return told


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
    """``UTF-8``, ``UTF-8 with a byte order mark``, ``Windows-1252 (Western Europe)``."""
    return _TITLES.get(name.replace("_", "-")) or name.upper().replace("-SIG", " with a byte order mark")


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
