"""JSON documents: an array of objects, or an object that holds one (REA-1). Read whole, since JSON has no lines."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import polars as pl

from stocktake.model.errors import InvalidInput, Unreadable
from stocktake.model.options import ReadOptions
from stocktake.model.problem import Warning
from stocktake.ports.reader import Layout
from stocktake.readers.encoding import Encoding, find_encoding, mark_encoding, utf8_blocks
from stocktake.readers.file import BATCH_ROWS, check_columns, check_file, check_rows, refuse_empty
from stocktake.readers.jsontext import Number, clean_label, column_text
from stocktake.readers.tally import LINES_NAMED

_STARTS = re.compile(r"\s*[\[{]")
_CONSTANT = re.compile(r'"(?:\\.|[^"\\])*"|(-?(?:NaN|Infinity))')
_ESCAPED = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")


class JsonReader:
    """Reads JSON documents. ``batch_rows`` is how many rows a frame holds."""

    format: str = "json"

    def __init__(self, *, batch_rows: int = BATCH_ROWS) -> None:
        self._batch_rows = batch_rows

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whether the first character is a bracket or a brace."""
        text = head[:4096].decode(mark_encoding(head) or "utf-8", "ignore")
        return _STARTS.match(text.removeprefix("\ufeff")) is not None

    def open(self, path: Path, options: ReadOptions) -> JsonReading:
        """Parse the document and find its array; see :class:`~stocktake.ports.reader.Reader`.

        ``options.sheet`` names the array where there are several.
        """
        if check_file(path) == 0:
            raise refuse_empty(path)
        encoding = find_encoding(path, options.encoding)
        if encoding.guessed:
            encoding = Encoding(name="utf-8")
        digest, parts = hashlib.sha256(), []
        for block, text in utf8_blocks(path, encoding):
            digest.update(block)
            parts.append(text)
        document = _Document(path, b"".join(parts).decode())
        name, elements = document.rows(options.sheet)
        layout = Layout(
            format=self.format,
            header=document.header(elements),
            encoding=encoding.name,
            sheet=name,
            sheets=(name,) if name else (),
        )
        return JsonReading(layout, digest.hexdigest(), document, elements, self._batch_rows)


class JsonReading:
    """One pass over one document's rows."""

    def __init__(
        self, layout: Layout, sha256: str, document: _Document, elements: list[Any], batch_rows: int
    ) -> None:
        self._layout, self._sha256, self._elements = layout, sha256, elements
        self._warnings, self._keys, self._check = document.warnings(elements), document.keys, document.check
        self._batch_rows, self._complete = batch_rows, False

    @property
    def layout(self) -> Layout:
        """``sheet`` is the name of the array, where the document is an object."""
        return self._layout

    @property
    def sha256(self) -> str:
        """Of the file's bytes."""
        return self._sha256

    @property
    def rows_expected(self) -> int | None:
        """The elements of the array."""
        return len(self._elements)

    @property
    def complete(self) -> bool:
        """Whether all elements were given (REA-8)."""
        return self._complete

    @property
    def warnings(self) -> tuple[Warning, ...]:
        """``duplicate-label`` where an object names a key twice."""
        return self._warnings

    def batches(self) -> Iterator[pl.DataFrame]:
        """Frames as :mod:`stocktake.ports.reader` says."""
        for start in range(0, len(self._elements), self._batch_rows):
            yield self._batch(start, self._elements[start : start + self._batch_rows])
        self._complete = True

    def _batch(self, start: int, elements: list[Any]) -> pl.DataFrame:
        faults: dict[int, str] = {}
        objects = elements
        if set(map(type, elements)) != {dict}:
            objects = [element if isinstance(element, dict) else {} for element in elements]
            faults = {
                row: "not-an-object" for row, element in enumerate(elements) if not isinstance(element, dict)
            }
        columns = [
            column_text(objects, key, faults, check=self._check).alias(f"c{position}")
            for position, key in enumerate(self._keys)
        ]
        rows = pl.int_range(start, start + len(elements), dtype=pl.UInt32, eager=True)
        found = pl.DataFrame(
            {"at": list(faults), "_fault": list(faults.values())},
            schema={"at": pl.UInt32, "_fault": pl.String},
        ).with_columns(_row=pl.col("at") + start)
        frame = pl.DataFrame({"_row": rows, "_line": rows + 1}).join(
            found.select("_row", "_fault"), on="_row", how="left", maintain_order="left"
        )
        return frame.with_columns(pl.col("_line").cast(pl.UInt32)).hstack(columns)


class _Document:
    """A parsed document. ``check``: strings in it may hold lone surrogates or NUL, since it escapes such."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._twice: list[dict[str, Any]] = []
        self.keys: tuple[str, ...] = ()
        if not text.strip():
            raise refuse_empty(path)
        self._root = self._parse(text)
        self.check = _ESCAPED.search(text) is not None

    def rows(self, name: str | None) -> tuple[str | None, list[Any]]:
        """The array's name, None where the document is the array, and its elements."""
        if isinstance(self._root, list):
            found: tuple[str | None, list[Any]] = None, self._root
        else:
            found = self._array(name)
        check_rows(self._path, len(found[1]))
        return found

    def header(self, elements: list[Any]) -> tuple[str, ...]:
        """The keys of all objects, in order of first appearance; kept as :attr:`keys` too."""
        shapes = dict.fromkeys(tuple(element) for element in elements if isinstance(element, dict))
        self.keys = tuple(dict.fromkeys(key for shape in shapes for key in shape))
        check_columns(self._path, len(self.keys))
        return tuple(map(clean_label, self.keys))

    def warnings(self, elements: list[Any]) -> tuple[Warning, ...]:
        """``duplicate-label`` with the positions of the elements that name a key twice."""
        if not self._twice:
            return ()
        twice = set(map(id, self._twice))
        rows = tuple(position for position, element in enumerate(elements, 1) if id(element) in twice)
        message = f"{len(self._twice):,} objects name a key more than once; the last value was taken."
        return (
            Warning(code="duplicate-label", message=message, count=len(self._twice), rows=rows[:LINES_NAMED]),
        )

    def _parse(self, text: str) -> Any:
        try:
            try:
                return json.loads(
                    text, object_pairs_hook=self._object, parse_float=Number, parse_constant=_refuse
                )
            except json.JSONDecodeError:
                raise
            except ValueError as error:
                if isinstance(error, _Constant):
                    raise
                self._twice.clear()
                return json.loads(
                    text,
                    object_pairs_hook=self._object,
                    parse_float=Number,
                    parse_int=_whole,
                    parse_constant=_refuse,
                )
        except json.JSONDecodeError as error:
            raise self._broken(
                error.msg[:1].lower() + error.msg[1:], error.lineno, error.colno, text, error.pos
            ) from None
        except _Constant as error:
            place = next((match for match in _CONSTANT.finditer(text) if match[1]), None)
            at = place.start() if place else 0
            line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
            raise self._broken(f"{error} is not a JSON number", line, column, text, at) from None
        except RecursionError:
            raise self._broken("lists or objects are nested too deep", 1, 1, text, 0) from None

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            self._twice.append(found)
        return found

    def _array(self, name: str | None) -> tuple[str, list[Any]]:
        root = self._root if isinstance(self._root, dict) else {}
        lists = {key: value for key, value in root.items() if isinstance(value, list)}
        arrays = {key: value for key, value in lists.items() if any(isinstance(each, dict) for each in value)}
        arrays = arrays or {key: value for key, value in lists.items() if not value}
        if name is not None:
            if name not in arrays:
                raise InvalidInput(
                    "sheet-missing",
                    f"{self._path} holds no array of objects named {name!r}.",
                    hint=f"It holds: {', '.join(arrays) or 'none'}.",
                    details={"path": str(self._path), "sheet": name, "arrays": list(arrays)},
                )
            return name, arrays[name]
        if len(arrays) > 1:
            raise Unreadable(
                "several-arrays",
                f"{self._path} holds several arrays of objects: {', '.join(arrays)}.",
                hint="Name the one to read as the sheet.",
                details={"path": str(self._path), "arrays": list(arrays)},
            )
        if not arrays:
            raise Unreadable(
                "not-a-table",
                f"{self._path} is JSON, but neither an array of objects nor an object that holds one.",
                hint='Export a list of records, such as [{"id": 1}, {"id": 2}].',
                details={"path": str(self._path)},
            )
        return next(iter(arrays.items()))

    def _broken(self, what: str, line: int, column: int, text: str, at: int) -> Unreadable:
        hint = "Export the file again; it may have been cut off or edited by hand."
        if what == "extra data" and text[at : at + 1] == "{":
            hint = "This looks like one object a line (NDJSON). Put the objects into one array: [{…}, {…}]."
        return Unreadable(
            "not-json",
            f"{self._path} is not valid JSON: line {line:,}, column {column:,}: {what}.",
            hint=hint,
            details={"path": str(self._path), "line": line, "column": column, "offset": at},
        )


class _Constant(ValueError):
    """NaN or Infinity, which Python's parser would take."""


def _refuse(constant: str) -> NoReturn:
    raise _Constant(constant)


def _whole(text: str) -> int | Number:
    """An integer of any length: Python refuses to convert more than 4,300 digits."""
    return int(text) if len(text) <= 4300 else Number(text)
