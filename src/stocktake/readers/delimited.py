"""CSV, TSV and every other text with one character between its cells (REA-1 to REA-8).

A block in which every line is one sound record of the right width, which nearly all blocks are, is checked
with one regular expression and parsed with one call. Any other block goes through
:mod:`stocktake.readers.records`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from stocktake.model.errors import Unreadable
from stocktake.model.options import ReadOptions
from stocktake.model.problem import Warning
from stocktake.ports.reader import Layout
from stocktake.readers.cells import blank_long_cells, cut_records, parse_records, text_lines
from stocktake.readers.dialect import SAMPLE_CHARACTERS
from stocktake.readers.encoding import Encoding, find_encoding, utf8_blocks
from stocktake.readers.file import BLOCK_BYTES, CELL_LIMIT, check_file, check_rows, refuse_empty
from stocktake.readers.grammar import QUOTE, Grammar
from stocktake.readers.header import Header, find_header
from stocktake.readers.records import split_records
from stocktake.readers.tally import BlankRows, LineEnds

#: The header must end within this.
_HEAD_BYTES = 2 * 1024 * 1024
#: What may stand without a line end before the file is taken for something that has no lines.
_LINE_LIMIT = 64 * 1024 * 1024
_QUOTED = re.compile(rb'"[^"]*(?:"|\Z)')
_SWAPPED = bytes.maketrans(b"\r\n", b"\n\r")


class DelimitedReader:
    """Reads delimited text. ``block_bytes`` is how much is held at a time."""

    format: str = "csv"

    def __init__(self, *, block_bytes: int = BLOCK_BYTES) -> None:
        self._block_bytes = block_bytes

    def recognises(self, head: bytes, path: Path) -> bool:
        """Any text may be a table; this reader is asked last."""
        return True

    def open(self, path: Path, options: ReadOptions) -> DelimitedReading:
        """Find encoding, delimiter and header; see :class:`~stocktake.ports.reader.Reader`."""
        if check_file(path) == 0:
            raise refuse_empty(path)
        encoding = find_encoding(path, options.encoding)
        blocks = utf8_blocks(path, encoding, _HEAD_BYTES)
        text = next((text for _, text in blocks), b"")
        whole = next(blocks, None) is None
        blocks.close()
        swapped = _ends_in_returns(text[:SAMPLE_CHARACTERS])
        if swapped:
            text = text.translate(_SWAPPED)
        header = find_header(path, text.decode(errors="ignore"), options, whole=whole)
        return DelimitedReading(path, encoding, header, swapped=swapped, block_bytes=self._block_bytes)


class DelimitedReading:
    """One pass over one delimited file.

    Rows without content are skipped and stated (``blank-row``); they hold nothing, so ``complete`` stays
    true. A file that ends within quotes, or without a line end in a row that is too short, was cut off: it is not
    complete (PRE-6). Where CR alone ends the lines, CR and LF change places until the cells are cut (``swapped``).
    """

    def __init__(
        self, path: Path, encoding: Encoding, header: Header, *, swapped: bool, block_bytes: int
    ) -> None:
        self._path, self._encoding, self._header = path, encoding, header
        self._swapped, self._block_bytes = swapped, block_bytes
        self._grammar = Grammar(header.delimiter, len(header.labels))
        self._digest = hashlib.sha256()
        self._blanks, self._ends = BlankRows(), LineEnds()
        self._line, self._row, self._complete = header.rows_line, 0, False
        self._unclosed = False
        self._size, self._read = path.stat().st_size, 0

    @property
    def layout(self) -> Layout:
        """``format`` is "tsv" where a tab stands between the cells."""
        return Layout(
            format="tsv" if self._header.delimiter == "\t" else "csv",
            header=self._header.labels,
            encoding=self._encoding.name,
            delimiter=self._header.delimiter,
            quote=QUOTE,
            header_line=self._header.line,
        )

    @property
    def sha256(self) -> str:
        """Of the file's bytes, not of its decoded text."""
        return self._digest.hexdigest()

    @property
    def rows_expected(self) -> int | None:
        """As many for the rest of the file as for the part that was read."""
        return round(self._row * self._size / self._read) if self._read else None

    @property
    def complete(self) -> bool:
        """Whether the walk came to the file's end, and that is the end of a row (REA-8)."""
        return self._complete

    @property
    def warnings(self) -> tuple[Warning, ...]:
        """Of the encoding, the header and the rows."""
        rows = (*self._blanks.warnings(), *self._ends.warnings())
        return (*self._encoding.warnings(), *self._header.warnings(), *rows)

    def batches(self) -> Iterator[pl.DataFrame]:
        """Frames as :mod:`stocktake.ports.reader` says, about a block's rows each."""
        rest = b""
        for text in self._texts():
            data = rest + text
            end = data.rfind(b"\n") + 1
            if not end:
                rest = data
                self._check_line(rest)
                continue
            batch, used = self._batch(data[:end], final=False)
            rest = data[used:]
            if batch.height:
                yield batch
        cut = False
        if rest:
            batch, _ = self._batch(rest, final=True)
            if batch.height:
                cut = not rest.endswith(b"\n") and batch["_fault"][-1] == "missing-cell"
                yield batch
        self._complete = not (cut or self._unclosed)

    def _texts(self) -> Iterator[bytes]:
        """The text after the header; every byte of the file goes through the digest."""
        before = self._header.rows_at
        for block, text in utf8_blocks(self._path, self._encoding, self._block_bytes):
            self._digest.update(block)
            self._read += len(block)
            skipped = min(before, len(text))
            before -= skipped
            if skipped < len(text):
                yield (text.translate(_SWAPPED) if self._swapped else text)[skipped:]

    def _batch(self, data: bytes, *, final: bool) -> tuple[pl.DataFrame, int]:
        """The rows of ``data`` and how many bytes of it are used up."""
        batch = self._regular(data)
        used = len(data)
        if batch is None:
            batch, used = self._irregular(data, final=final)
        if self._swapped:
            swap = pl.col(self._grammar.columns).str.replace_many(["\r", "\n"], ["\n", "\r"])
            batch = batch.with_columns(swap)
        index = pl.int_range(self._row, self._row + pl.len(), dtype=pl.UInt32)
        self._row += batch.height
        check_rows(self._path, self._row)
        self._note_unclosed(batch["_fault"])
        columns = [index.alias("_row"), pl.col("_line").cast(pl.UInt32), "_fault", *self._grammar.columns]
        return batch.select(columns), used

    def _note_unclosed(self, faults: pl.Series) -> None:
        """Whether a quote was opened and never closed behind the last sound row so far."""
        sound = faults.is_null().arg_true()
        after = faults[sound[-1] + 1 :] if sound.len() else faults
        unclosed = bool((after == "unclosed-quote").any())
        self._unclosed = unclosed or (self._unclosed and not sound.len())

    def _regular(self, data: bytes) -> pl.DataFrame | None:
        """The rows where every line is one sound record; None where any is not."""
        lines = text_lines(data)
        text = pl.col("text")
        size = text.str.len_bytes()
        odd = (
            self._grammar.irregular(text, quoted=QUOTE.encode() in data).any()
            | text.str.contains(self._grammar.blank).any()
            | (size.max() > CELL_LIMIT)
        )
        if b"\r" in data:
            odd |= text.str.contains("\r", literal=True).any()
        is_odd, size_of_all = lines.select(odd.alias("odd"), size.cast(pl.Int64).sum().alias("size")).row(0)
        if is_odd:
            return None
        ended = lines.height - (not data.endswith(b"\n"))
        self._blanks.settle()
        self._ends.note_lines(ended, len(data) - size_of_all - ended)
        cells = parse_records(data, self._grammar, lines.height)
        numbers = pl.int_range(self._line, self._line + lines.height, dtype=pl.UInt32, eager=True)
        self._line += lines.height
        return cells.with_columns(_line=numbers, _fault=pl.lit(None, pl.String))

    def _irregular(self, data: bytes, *, final: bool) -> tuple[pl.DataFrame, int]:
        """The rows where some are blank, broken, ragged or over several lines."""
        grammar, text, fault = self._grammar, pl.col("text"), pl.col("fault")
        records = split_records(data, grammar, final=final)
        self._ends.note_rows(records.frame["crlf"], records.returns)
        is_blank = fault.is_null() & text.str.contains(grammar.blank)
        rows = records.frame.with_columns(line=pl.col("index") + self._line, blank=is_blank)
        self._line += records.lines
        blanks = rows.filter("blank").select("line", empty=text.str.strip_chars() == "")
        rows = rows.filter(~pl.col("blank"))
        self._blanks.note(blanks, int(rows["line"][-1]) if rows.height else None)
        sound, broken = rows.filter(fault.is_null()), rows.filter(fault.is_not_null())
        width = grammar.cells(text)
        ragged = (
            pl.when(width > grammar.width)
            .then(pl.lit("extra-cell"))
            .when(width < grammar.width)
            .then(pl.lit("missing-cell"))
        )
        cells = parse_records(
            (sound.select(text.str.join("\n")).item() or "").encode(), grammar, sound.height
        )
        batch = pl.concat([cells, sound.select(_line="line", _fault=ragged)], how="horizontal")
        if broken.height:
            cut = pl.concat(
                [cut_records(broken, grammar), broken.select(_line="line", _fault="fault")], how="horizontal"
            )
            batch = pl.concat([batch, cut]).sort("_line")
        if rows.height and (rows["text"].str.len_bytes() > CELL_LIMIT).any():
            batch = blank_long_cells(batch, grammar)
        return batch, records.used

    def _check_line(self, rest: bytes) -> None:
        if len(rest) > _LINE_LIMIT:
            raise Unreadable(
                "line-too-long",
                f"Line {self._line:,} of {self._path} is longer than the limit of {_LINE_LIMIT:,} bytes.",
                hint="Check that this is a table of text with one row a line.",
                details={"path": str(self._path), "line": self._line, "limit": _LINE_LIMIT},
            )


def _ends_in_returns(sample: bytes) -> bool:
    """Whether CR alone ends the lines: outside quoted cells there is no LF."""
    bare = _QUOTED.sub(b"", sample).removesuffix(b"\r") if b"\r" in sample else b""
    return b"\r" in bare and b"\n" not in bare
