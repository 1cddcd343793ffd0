"""The header of a delimited file: where it is, what it says, where the rows begin (REA-2, REA-4)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from stocktake.model.errors import InvalidInput, Unreadable
from stocktake.model.options import ReadOptions
from stocktake.model.problem import Warning
from stocktake.readers.dialect import Dialect, find_dialect
from stocktake.readers.file import CELL_LIMIT, check_columns, refuse_empty
from stocktake.readers.grammar import QUOTE, Grammar


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """``labels`` in file order; ``line`` where it starts; the rows begin at ``rows_at`` (UTF-8 bytes) and ``rows_line``."""

    labels: tuple[str, ...]
    line: int
    delimiter: str
    rows_at: int
    rows_line: int

    def warnings(self) -> tuple[Warning, ...]:
        """``blank-label`` and ``duplicate-label`` (REA-4)."""
        return label_warnings(self.labels, self.line)


def label_warnings(labels: tuple[str, ...], line: int) -> tuple[Warning, ...]:
    """What is odd about labels: blank ones, and ones that occur twice."""
    found = []
    blanks = [position for position, label in enumerate(labels, 1) if not label]
    if blanks:
        places = ", ".join(str(position) for position in blanks[:10])
        message = (
            f"{len(blanks):,} columns have no label in the header (column {places}). "
            "They can be mapped by position."
        )
        found.append(Warning(code="blank-label", message=message, count=len(blanks), rows=(line,)))
    twice = [label for label, count in Counter(labels).items() if label and count > 1]
    if twice:
        names = ", ".join(repr(label) for label in twice[:10])
        message = (
            f"The header names these columns more than once: {names}. Rename them where they are mapped."
        )
        found.append(Warning(code="duplicate-label", message=message, count=len(twice), rows=(line,)))
    return tuple(found)


def find_header(path: Path, text: str, options: ReadOptions, *, whole: bool) -> Header:
    """The header in ``text``, the file's start; ``whole`` when it is all of it.

    Raises ``Unreadable`` (``file-empty``, ``header-too-long``, ``bare-quote``, ``unclosed-quote``,
    ``too-many-columns``) and ``InvalidInput`` (``header-line-missing``, ``bad-delimiter``).
    """
    if not text.strip():
        raise refuse_empty(path)
    if options.header_line is None:
        dialect = find_dialect(text, options.delimiter, whole=whole)
        start, line = _first_written_line(text, dialect)
    else:
        start, line = _line_start(path, text, options.header_line), options.header_line
        hinted = find_dialect(text, options.delimiter, whole=whole)
        dialect = hinted if hinted.skipped else find_dialect(text[start:], options.delimiter, whole=whole)
    if not text[start:].strip():
        raise refuse_empty(path)
    record = _record_at(path, text, start, line, dialect.delimiter)
    rows_at = start + len(record) + 1
    if not whole and rows_at > len(text):
        raise _too_long(path, line)
    record = record.removesuffix("\r")
    if _returns_end_rows(record, dialect.delimiter):
        record = record.split("\r")[0]
        rows_at = start + len(record) + 1
    return Header(
        labels=_labels(path, record, line, dialect.delimiter),
        line=line,
        delimiter=dialect.delimiter,
        rows_at=len(text[:rows_at].encode()),
        rows_line=line + record.count("\n") + 1,
    )


def _first_written_line(text: str, dialect: Dialect) -> tuple[int, int]:
    """Offset and number of the first line that holds more than blanks and separators."""
    start, line = dialect.skipped, 1 + text.count("\n", 0, dialect.skipped)
    blank = re.compile(rf'(?:[\s{re.escape(dialect.delimiter)}]|"")*')
    while start < len(text) and blank.fullmatch(text, start, _line_end(text, start)):
        start, line = _line_end(text, start) + 1, line + 1
    return start, line


def _line_start(path: Path, text: str, line: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = _line_end(text, start) + 1
    if line < 1 or start >= len(text):
        raise InvalidInput(
            "header-line-missing",
            f"{path} has no line {line:,} near its start to take for the header.",
            hint="Lines count from 1. Give the line that holds the column names.",
            details={"path": str(path), "header_line": line},
        )
    return start


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _record_at(path: Path, text: str, start: int, line: int, delimiter: str) -> str:
    """The text of the record at ``start``, over several lines where a label is quoted and holds line ends."""
    end = _line_end(text, start)
    if text.count(QUOTE, start, end) % 2 and re.fullmatch(Grammar(delimiter, 1).opener, text[start:end]):
        closing = text.find(QUOTE, end)
        while closing >= 0 and text.count(QUOTE, closing, _line_end(text, closing)) % 2 == 0:
            closing = text.find(QUOTE, _line_end(text, closing))
        if closing < 0 or closing - start > CELL_LIMIT:
            raise _broken(path, "unclosed-quote", line, "a quote is opened in it and never closed")
        end = _line_end(text, closing)
    return text[start:end]


def _returns_end_rows(record: str, delimiter: str) -> bool:
    """Whether CR alone ends rows here: each part then has as many cells."""
    if "\r" not in record or QUOTE in record:
        return False
    return len({part.count(delimiter) for part in record.split("\r") if part.strip()}) == 1


def _labels(path: Path, record: str, line: int, delimiter: str) -> tuple[str, ...]:
    if not re.fullmatch(Grammar(delimiter, 1).record, record):
        raise _broken(
            path, "bare-quote", line, "a quote stands inside a label that is not quoted from end to end"
        )
    mark = re.escape(delimiter)
    cells = re.findall(rf'{mark}(?:"((?:[^"]|"")*)"|([^"{mark}]*))', delimiter + record)
    labels = tuple((quoted.replace('""', QUOTE) or plain).strip() for quoted, plain in cells)
    check_columns(path, len(labels))
    if max(map(len, labels)) > CELL_LIMIT:
        raise _too_long(path, line)
    return labels


def _too_long(path: Path, line: int) -> Unreadable:
    return Unreadable(
        "header-too-long",
        f"The header of {path}, line {line:,}, is too long: over 1 MiB a label, or 2 MiB in all.",
        hint="Check that this is a table of text with one row a line.",
        details={"path": str(path), "line": line},
    )


def _broken(path: Path, code: str, line: int, what: str) -> Unreadable:
    return Unreadable(
        code,
        f"The header of {path}, line {line:,}, cannot be read: {what}.",
        hint="Mend the quotes in that line, or export the file again.",
        details={"path": str(path), "line": line},
    )
