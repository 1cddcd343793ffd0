"""NDJSON, also called JSON Lines: one record a line (REA-1). A broken line is a row with a fault; the others are read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from stocktake.model.errors import Unreadable
from stocktake.model.options import ReadOptions
from stocktake.planning.packed import CHUNK_ROWS
from stocktake.ports.reader import Layout
from stocktake.readers.encoding import mark_encoding
from stocktake.readers.file import check_file, read_head, refuse_empty
from stocktake.readers.jsondoc import JsonText, RecordReading
from stocktake.readers.jsonshape import no_table
from stocktake.readers.jsonstream import VALUE_LIMIT, NoValue, Scanner
from stocktake.readers.jsontable import Rows, Table

_SUFFIXES = (".ndjson", ".jsonl", ".ldjson", ".geojsonl")
_BLANK = " \t\r\n"
#: So many lines at the start tell whether a file is made of lines.
_LINES = 20
#: What readers are shown of a file, and within what a longer first line is looked for.
_SHOWN, _HEAD = 64 * 1024, 2 * 1024 * 1024
_COLON = re.compile(r"[ \t\r]*:[ \t\r]*")
_NEXT = re.compile(r"[ \t\r]*([,}])[ \t\r]*")


class NdjsonReader:
    """Reads lines of JSON objects. ``batch_rows`` is how many rows a frame holds."""

    format: str = "ndjson"

    def __init__(self, *, batch_rows: int = CHUNK_ROWS) -> None:
        self._batch_rows = batch_rows

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whether a whole object in the first line is followed by more, or half of the first lines are whole objects.

        Where the name says so, anything but an array will do.
        """
        text = _text(head)
        if text[:1] == "{" and "\n" not in text:
            text = _text(read_head(path, _HEAD))
        if not text or text[0] == "[":
            return False
        if path.suffix.lower() in _SUFFIXES:
            return True
        lines = [line for line in text.split("\n") if line.strip(_BLANK)]
        follows = len(lines) > 1 and lines[1].lstrip(_BLANK)[0] == "{"
        whole = [_is_object(line) for line in (lines[:-1] if len(head) >= _SHOWN else lines)[:_LINES]]
        return bool(whole) and ((whole[0] and follows) or (sum(whole) > 1 and 2 * sum(whole) >= len(whole)))

    def open(self, path: Path, options: ReadOptions) -> RecordReading:
        """Read all lines; see :class:`~stocktake.ports.reader.Reader`."""
        if check_file(path, options.limits.file_bytes) == 0:
            raise refuse_empty(path)
        text = JsonText(path, options)
        table = Table(chunk_rows=self._batch_rows, cell_bytes=options.limits.cell_bytes)
        lines, rest = _Lines(path, table), ""
        for block in text.blocks():
            *whole, rest = (rest + block).split("\n")
            lines.add(whole)
            if len(rest) > VALUE_LIMIT:
                raise _too_long(path, lines.number)
        lines.add([rest])
        rows = lines.rows()
        layout = Layout(format=self.format, header=rows.header, encoding=text.encoding.name)
        complete = not (rest and lines.cut)
        return RecordReading(path, layout, text, rows, options.limits, complete=complete)


class _Lines:
    """Lines on their way to be rows. ``number`` is that of the next, ``cut`` whether the last one is broken."""

    def __init__(self, path: Path, table: Table) -> None:
        self._path, self._table, self._scanner = path, table, Scanner()
        self._objects, self._broken = 0, ""
        self.number, self.cut = 1, False

    def add(self, lines: list[str]) -> None:
        """Put lines behind those that are there. The last line of a file that ends with a line end is blank."""
        for line in lines:
            if line and not line.isspace():
                self._add(line)
            self.number += 1

    def rows(self) -> Rows:
        """The rows. Raises ``Unreadable`` where no line is a record (``file-empty``, ``not-a-table``, ``not-json``)."""
        if not self._table.rows:
            raise refuse_empty(self._path)
        if not self._objects:
            raise self._refusal() if self._broken else no_table(self._path)
        return Rows({"": self._table})

    def _add(self, line: str) -> None:
        at = len(line) - len(line.lstrip(_BLANK))
        self.cut = False
        try:
            value, end = self._scanner.scan(line, at)
            end += len(line[end:]) - len(line[end:].lstrip(_BLANK))
            if end < len(line):
                raise NoValue("extra data", end)
        except NoValue as error:
            place = f"haracter {error.at + 1:,}: {error.what}"
            self._broken = self._broken or f"line {self.number:,}, c{place}"
            self.cut = True
            found = self._readable(line, at)
            placed = f"not-json@C{place.replace(' ', '_')}"
            self._table.add(found, len(line), line=self.number, fault=placed)
            return
        self._objects += isinstance(value, dict)
        fault = "duplicate-key" if self._scanner.twice else None
        self._table.add(value, len(line), line=self.number, fault=fault)

    def _readable(self, line: str, at: int) -> dict[str, Any]:
        """The members before the place where a line breaks: its key may be among them (PRE-5)."""
        found: dict[str, Any] = {}
        try:
            while line[at : at + 1] in ("{", ","):
                at = len(line) - len(line[at + 1 :].lstrip(_BLANK))
                key, end = self._scanner.scan(line, at)
                colon = _COLON.match(line, end)
                if not isinstance(key, str) or colon is None:
                    break
                value, end = self._scanner.scan(line, colon.end())
                follows = _NEXT.match(line, end)
                if follows is None:
                    break
                found[key] = value
                at = follows.start(1)
        except NoValue:
            pass
        return found

    def _refusal(self) -> Unreadable:
        return Unreadable(
            "not-json",
            f"No line of {self._path} is a JSON object; the first that is broken: {self._broken}.",
            hint="Write each record as one object in one line, or all of them as one array.",
            details={"path": str(self._path)},
        )


def _text(head: bytes) -> str:
    text = head.decode(mark_encoding(head) or "utf-8", "ignore")
    return text.removeprefix("\ufeff").lstrip(_BLANK)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _too_long(path: Path, number: int) -> Unreadable:
    return Unreadable(
        "line-too-long",
        f"Line {number:,} of {path} is longer than the limit of {VALUE_LIMIT:,} characters.",
        hint="Check that each line of the file is one record.",
        details={"path": str(path), "line": number, "limit": VALUE_LIMIT},
    )
