"""The options that say how a file is read, and which column feeds which field (INT-11, REA-1, MAP-1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from cyclopts import Group, Parameter

from stocktake.model.errors import InvalidInput

FILE = Group("How to read the file", sort_key=10)

ColumnFields = Annotated[
    tuple[str, ...],
    Parameter(
        name="--map",
        metavar='"Column=field"',
        group=FILE,
        allow_leading_hyphen=True,
        show_default=False,
        help='Let a column feed a field; "Column=" leaves it out, "Column=extra" keeps it beside the record; repeat.',
    ),
]
ColumnReadings = Annotated[
    tuple[str, ...],
    Parameter(
        name="--read",
        metavar='"Column=WAY"',
        group=FILE,
        allow_leading_hyphen=True,
        show_default=False,
        help="How a column is written, where its cells do not say: dmy, mdy, ymd, iso, month-name, excel, %d/%m/%y "
        "for dates; 1.234,56 or $1,234.56 for numbers; 12% or 12%/100; a time zone; auto to decide by this file alone. "
        "Remembered for the source's next files; repeat for more.",
    ),
]
SavedMappingName = Annotated[
    str | None,
    Parameter(
        name="--mapping",
        group=FILE,
        metavar="NAME|FILE",
        help="A saved mapping (`stocktake mappings`), or the file of one, in TOML or JSON.",
    ),
]

_DELIMITERS = {r"\t": "\t", "tab": "\t"}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ReadArguments:
    """How to read a file where the operator knows better."""

    encoding: Annotated[
        str | None,
        Parameter(
            group=FILE, metavar="NAME", help="Its encoding, such as utf-8 or cp1252; found out if left out."
        ),
    ] = None
    delimiter: Annotated[
        str | None,
        Parameter(
            group=FILE,
            metavar="CHARACTER",
            allow_leading_hyphen=True,
            help=r"What parts its cells: a character, \t or tab.",
        ),
    ] = None
    header_line: Annotated[
        int | None, Parameter(group=FILE, metavar="LINE", help="The line its headers stand in, from 1.")
    ] = None

    sheet: Annotated[
        str | None,
        Parameter(
            group=FILE,
            metavar="NAME",
            help="The sheet of a workbook, by name or by number from 1; the array of a JSON document, * for all.",
        ),
    ] = None
    member: Annotated[
        str | None,
        Parameter(
            group=FILE,
            metavar="NAME",
            help="The file to read of a zip archive with several, by name or by number from 1.",
        ),
    ] = None

    quote: Annotated[
        str | None,
        Parameter(group=FILE, metavar="CHARACTER", help="What quotes its cells, such as \" or ', or none."),
    ] = None
    escape: Annotated[
        str | None,
        Parameter(
            group=FILE,
            metavar="CHARACTER",
            help=r"What stands before a quote, a delimiter or a line end within a cell, such as \, or none.",
        ),
    ] = None
    line_end: Annotated[
        str | None,
        Parameter(group=FILE, metavar="lf|crlf|cr", help="What ends its lines; cr where CR alone does."),
    ] = None
    header_lines: Annotated[
        int | None,
        Parameter(
            group=FILE, metavar="COUNT", help="How many lines its header has; 0: none, columns are numbered."
        ),
    ] = None
    footer_lines: Annotated[
        int | None,
        Parameter(
            group=FILE,
            metavar="COUNT",
            help="How many rows at its end are totals or notes and left out; 0: all are rows.",
        ),
    ] = None
    on_undecodable: Annotated[
        str | None,
        Parameter(
            group=FILE,
            metavar="refuse|replace",
            help="What becomes of bytes that do not decode: the file is refused, or U+FFFD takes their place.",
        ),
    ] = None
    plain: Annotated[
        bool,
        Parameter(
            group=FILE,
            negative="",
            help="Its first line is the header and every other one a row: no titles, totals, repeated headers or further "
            "tables are looked for.",
        ),
    ] = False

    @property
    def told(self) -> dict[str, Any]:
        """How to read, as the book's methods take it."""
        return {
            "encoding": self.encoding,
            "delimiter": self.cell_delimiter,
            "header_line": self.header_line,
            "sheet": self.sheet,
            "member": self.member,
            "quote": self.quote,
            "escape": self.escape,
            "line_end": self.line_end,
            "header_lines": self.header_lines,
            "footer_lines": self.footer_lines,
            "on_undecodable": self.on_undecodable,
            "plain": self.plain,
        }

    @property
    def cell_delimiter(self) -> str | None:
        """The delimiter itself, where it was written as a word."""
        return _DELIMITERS.get(self.delimiter.lower(), self.delimiter) if self.delimiter else None


def pairs(words: tuple[str, ...], option: str, example: str) -> list[tuple[str, str]]:
    """``A=b`` words as pairs, parted at the last ``=``. Raises ``InvalidInput`` ``bad-option``."""
    found = []
    for word in words:
        left, equals, right = word.rpartition("=")
        if not equals or not left.strip():
            raise InvalidInput(
                "bad-option", f'{option} "{word}" has no "=".', hint=f"Write {option} {example}."
            )
        found.append((left.strip(), right.strip()))
    return found


def columns_of(words: tuple[str, ...]) -> list[tuple[str, str]]:
    """The columns and fields of ``--map``. Raises ``InvalidInput`` ``bad-option``."""
    return pairs(words, "--map", '"Serial No=serial_number"')


def reads_of(words: tuple[str, ...]) -> list[tuple[str, str]]:
    """The columns and ways of ``--read``. Raises ``InvalidInput`` ``bad-option``."""
    return pairs(words, "--read", '"Close Date=dmy"')
