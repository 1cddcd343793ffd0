"""JSON documents: an array of objects, an object that holds some, or records under their keys (REA-1).

The document is walked once, value by value; its records are put aside, packed, until all of their columns are known.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from stocktake.model.options import Limits, ReadOptions
from stocktake.model.problem import Warning
from stocktake.planning.packed import CHUNK_ROWS
from stocktake.ports.reader import Layout
from stocktake.readers.encoding import Encoding, Replacements, find_encoding, mark_encoding, utf8_blocks
from stocktake.readers.file import check_columns, check_file, check_rows, refuse_empty
from stocktake.readers.jsonshape import Level, chosen, no_table, read_array, read_object
from stocktake.readers.jsonstream import JsonStream
from stocktake.readers.jsontable import Rows, Table

_STARTS = re.compile(r"\s*[\[{]")
_LINE = re.compile(r"\s*\S[^\n]*\s*")
#: How much of a file is looked at.
_HEAD = 4096


class JsonReader:
    """Reads JSON documents. ``batch_rows`` is how many rows a frame holds."""

    format: str = "json"

    def __init__(self, *, batch_rows: int = CHUNK_ROWS) -> None:
        self._batch_rows = batch_rows

    def recognises(self, head: bytes, path: Path) -> bool:
        """Whether the first character is a bracket or a brace, or it is one line of a file that is called JSON."""
        text = head[:_HEAD].decode(mark_encoding(head) or "utf-8", "ignore").removeprefix("\ufeff")
        if path.suffix.lower() == ".json" and len(head) < _HEAD and _LINE.fullmatch(text):
            return True
        return _STARTS.match(text) is not None

    def open(self, path: Path, options: ReadOptions) -> RecordReading:
        """Read the document and find its records; see :class:`~stocktake.ports.reader.Reader`.

        ``options.sheet`` names the array where there are several; ``*`` means all of them.
        """
        if check_file(path, options.limits.file_bytes) == 0:
            raise refuse_empty(path)
        text = JsonText(path, options)
        rows, name, names = self._rows(JsonStream(path, text.blocks()), options, path)
        layout = Layout(
            format=self.format, header=rows.header, encoding=text.encoding.name, sheet=name, sheets=names
        )
        return RecordReading(path, layout, text, rows, options.limits)

    def _rows(
        self, stream: JsonStream, options: ReadOptions, path: Path
    ) -> tuple[Rows, str | None, tuple[str, ...]]:
        starts = stream.peek()
        if not starts:
            raise refuse_empty(path)
        if starts == "{":
            level = Level(self._batch_rows, options.limits.cell_bytes)
            read_object(stream, level)
            stream.end()
            return chosen(level, options.sheet, path)
        if starts != "[":
            stream.value()
            stream.end()
            raise no_table(path)
        table = Table(chunk_rows=self._batch_rows, cell_bytes=options.limits.cell_bytes)
        read_array(stream, table)
        stream.end()
        if table.rows and not table.objects:
            raise no_table(path)
        return Rows({"": table}), None, ()


class RecordReading:
    """One pass over the records of one file, which was read to its end before.

    ``complete`` is taken from the file; it is given once all rows were.
    """

    def __init__(
        self,
        path: Path,
        layout: Layout,
        text: JsonText,
        rows: Rows,
        limits: Limits,
        *,
        complete: bool = True,
    ) -> None:
        if rows.count and not rows.header:
            raise no_table(path)
        check_rows(path, rows.count, limits.rows)
        check_columns(path, len(rows.header), limits.columns)
        self._layout, self._sha256, self._rows = layout, text.digest.hexdigest(), rows
        self._whole, self._complete = complete, False
        self._warnings = (*text.replaced.warnings(text.encoding), *text.encoding.warnings(), *rows.warnings())

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
        """All records."""
        return self._rows.count

    @property
    def complete(self) -> bool:
        """Whether all records were given, and the file was whole (REA-8)."""
        return self._complete

    @property
    def plain(self) -> bool:
        """False: nobody looks."""
        return False

    @property
    def warnings(self) -> tuple[Warning, ...]:
        """``blank-label`` and ``duplicate-label``, where keys are such."""
        return self._warnings

    def batches(self) -> Iterator[pl.DataFrame]:
        """Frames as :mod:`stocktake.ports.reader` says."""
        yield from self._rows.batches()
        self._complete = self._whole


class JsonText:
    """The text of a file of JSON: UTF-8, as JSON is, unless a mark, its NUL bytes or the operator say otherwise (REA-2).

    Code pages are not guessed. ``digest`` and ``replaced`` are known once all blocks were walked over.
    """

    def __init__(self, path: Path, options: ReadOptions) -> None:
        self._path, self.digest, self.replaced = path, hashlib.sha256(), Replacements()
        replaces = options.on_undecodable == "replace"
        found = find_encoding(path, options.encoding, replace_undecodable=replaces)
        wide = found.name.startswith("utf-16")
        self.encoding = found if wide or not found.guessed else Encoding(name="utf-8")

    def blocks(self) -> Iterator[str]:
        """The text, block by block. Raises ``Unreadable`` (``encoding-error``, ``not-text``)."""
        for block, text in utf8_blocks(self._path, self.encoding, replaced=self.replaced):
            self.digest.update(block)
            yield text.decode()
