"""CSV, TSV and every other text with one character between its cells (REA-1 to REA-8).

A block in which every line is one sound record of the right width, which nearly all blocks are, is parsed with
one call (:mod:`stocktake.readers.regular`). Any other block goes through :mod:`stocktake.readers.records`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path

import polars as pl

from stocktake.model.errors import Unreadable
from stocktake.model.options import ReadOptions
from stocktake.model.problem import Warning
from stocktake.ports.reader import Layout
from stocktake.readers.ahead import ahead
from stocktake.readers.cells import blank_long_cells, cut_records, parse_inner
from stocktake.readers.closing import FOOTER_ROWS, Further, find_further, further_warning, mark_footer
from stocktake.readers.dialect import SAMPLE_CHARACTERS, check_words, find_spelling
from stocktake.readers.encoding import Encoding, Replacements, find_encoding, utf8_blocks
from stocktake.readers.file import BLOCK_BYTES, check_file, check_rows, refuse_empty
from stocktake.readers.grammar import QUOTE, Grammar
from stocktake.readers.header import Header, find_header
from stocktake.readers.place import first_cell, quoted, ragged
from stocktake.readers.records import split_records
from stocktake.readers.regular import is_plain, regular
from stocktake.readers.spelling import Spelling
from stocktake.readers.tally import LINES_NAMED, BlankRows, LineEnds, Repeated, count_warnings

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
        if check_file(path, options.limits.file_bytes) == 0:
            raise refuse_empty(path)
        check_words(options)
        replaces = options.on_undecodable == "replace"
        encoding = find_encoding(path, options.encoding, replace_undecodable=replaces)
        blocks = utf8_blocks(path, encoding, _HEAD_BYTES, nul=True)
        text = next((text for _, text in blocks), b"")
        whole = next(blocks, None) is None
        blocks.close()
        ends = options.line_end
        swapped = ends == "cr" or (ends is None and _ends_in_returns(text[:SAMPLE_CHARACTERS]))
        lines = (text.translate(_SWAPPED) if swapped else text).decode(errors="ignore")
        spelling = find_spelling(lines, options, whole=whole, swapped=swapped)
        turned = spelling.turned(spelling.split(text)[0] if not whole else text)
        header = find_header(path, turned.decode(errors="ignore"), options, whole=whole, spelling=spelling)
        return DelimitedReading(path, encoding, spelling, header, options, block_bytes=self._block_bytes)


class DelimitedReading:
    """One pass over one delimited file.

    Rows without content are skipped and stated (``blank-row``); they hold nothing, so ``complete`` stays
    true. A file that ends within quotes, or without a line end in a row that is too short, was cut off: it is not
    complete (PRE-6). Until the cells are cut, the text is as the grammar knows it (``Spelling``).
    """

    def __init__(
        self,
        path: Path,
        encoding: Encoding,
        spelling: Spelling,
        header: Header,
        options: ReadOptions,
        *,
        block_bytes: int,
    ) -> None:
        self._path, self._encoding, self._spelling = path, encoding, spelling
        self._header, self._options, self._block_bytes = header, options, block_bytes
        self._grammar = Grammar(spelling.delimiter, header.width, options.limits.cell_bytes)
        self._columns = self._grammar.columns[: len(header.labels)]
        self._digest = hashlib.sha256()
        self._blanks, self._ends, self._repeated = BlankRows(), LineEnds(spelling.swapped), Repeated()
        self._replaced = Replacements()
        self._further: Further | None = None
        self._left_out: list[int] = []
        self._line, self._row = header.rows_line, 0
        self._whole, self._ended = False, False
        self._plain = spelling.is_plain
        self._last_line = header.rows_line - 1
        self._unclosed = False
        self._size, self._read = path.stat().st_size, 0
        self._expected: int | None = None

    @property
    def layout(self) -> Layout:
        """``format`` is "tsv" where a tab stands between the cells."""
        header, spelling = self._header, self._spelling
        return Layout(
            format="tsv" if spelling.delimiter == "\t" else "csv",
            header=header.labels,
            encoding=self._encoding.name,
            delimiter=spelling.delimiter,
            quote=spelling.quote,
            escape=spelling.escape,
            header_line=None if header.absent else header.line,
            header_lines=0 if header.absent else header.lines,
            first_lines=header.first_lines,
        )

    @property
    def sha256(self) -> str:
        """Of the file's bytes, not of its decoded text."""
        return self._digest.hexdigest()

    @property
    def rows_expected(self) -> int | None:
        """As many for the rest of the file as for the part that was read."""
        return self._expected

    @property
    def complete(self) -> bool:
        """Whether the walk came to the file's end, and that is the end of a row (REA-8)."""
        return self._whole and self._ended

    @property
    def plain(self) -> bool:
        """Until a block comes that is not, or whose rows had to be looked at one by one."""
        return self._plain

    @property
    def warnings(self) -> tuple[Warning, ...]:
        """Of the encoding, the header and the rows."""
        found = [
            *self._encoding.warnings(),
            *self._spelling.warnings(self._options),
            *self._replaced.warnings(self._encoding),
            *self._header.warnings(),
        ]
        found += [*self._repeated.warnings(), *self._blanks.warnings(), *self._ends.warnings()]
        if self._further is not None:
            found.append(further_warning(self._further, self._line - self._further.line))
        if self._left_out:
            message = f"The last {len(self._left_out):,} rows were left out as the table's footer, as you asked for."
            rows = tuple(self._left_out[:LINES_NAMED])
            found.append(
                Warning(code="footer-skipped", message=message, count=len(self._left_out), rows=rows)
            )
        if self.complete:
            found += count_warnings(self._row)
        return tuple(found)

    def batches(self) -> Iterator[pl.DataFrame]:
        """Frames as :mod:`stocktake.ports.reader` says, about a block's rows each; the next is read in the meantime."""
        footer = self._options.footer_lines
        if footer is None:
            footer = 0 if self._options.plain else FOOTER_ROWS
        with closing(ahead(self._estimated(footer))) as found:
            for batch, self._expected in found:
                yield batch
        self._ended = True

    def _estimated(self, footer: int) -> Generator[tuple[pl.DataFrame, int], None, None]:
        """The batches, each with the number of rows that can be expected by then."""
        with closing(self._found()) as found:
            for batch in self._closed(found, footer) if footer else found:
                yield batch, round(self._row * self._size / max(self._read, 1))

    def _closed(self, found: Iterator[pl.DataFrame], size: int) -> Iterator[pl.DataFrame]:
        """What is found, one batch behind, so that the last ``size`` rows are known as such: marked, or left out."""
        held: pl.DataFrame | None = None
        for batch in found:
            if held is None:
                held = batch
            elif batch.height < size:
                held = pl.concat([held, batch])
            else:
                yield held
                held = batch
        if held is None:
            return
        rows, tail = held.head(-size), held.tail(size)
        if self._options.footer_lines is not None:
            self._row -= tail.height
            self._left_out = tail["_line"].to_list()
        else:
            if self._whole:
                ends = "\r" if self._spelling.swapped else "\n"
                tail = mark_footer(tail, self._columns, self._header.usual_filled, line_end=ends)
            rows = pl.concat([rows, tail])
        if rows.height:
            yield rows

    def _found(self) -> Generator[pl.DataFrame, None, None]:
        rest, cut = b"", False
        with closing(ahead(self._texts())) as texts:
            for text, self._read in texts:
                if self._further is not None:
                    self._line += self._line_ends(rest) + self._line_ends(text)
                    rest = b""
                    continue
                end = text.rfind(b"\n") + 1
                if not end:
                    rest += text
                    self._check_line(rest)
                    continue
                whole = end == len(text) and not rest
                data = text if whole else b"".join((rest, memoryview(text)[:end]))
                batch, after = self._batch(data, final=False)
                rest = after + text[end:]
                if batch.height:
                    yield batch
        if rest and self._further is None:
            batch, _ = self._batch(rest, final=True)
            if batch.height:
                cut = not rest.endswith(b"\n") and _has_code(batch["_fault"].tail(1), "missing-cell").item()
                self._whole = not (cut or self._unclosed)
                yield batch
        doubtful = self._further is not None and len(self._further.labels) == self._grammar.width
        self._whole = not (cut or self._unclosed or doubtful)

    def _texts(self) -> Generator[tuple[bytes, int], None, None]:
        """The text after the header, and how much of the file is read by then; every byte goes through the digest."""
        before, read, spelling, held = self._header.rows_at, 0, self._spelling, b""
        blocks = utf8_blocks(
            self._path, self._encoding, self._block_bytes, nul=True, whole_lines=True, replaced=self._replaced
        )
        for block, text in chain(blocks, [(b"", b"")]):
            self._digest.update(block)
            read += len(block)
            if spelling.is_plain:
                turned = text
            else:
                ready, held = spelling.split(held + text) if block else (held, b"")
                turned = spelling.turned(ready)
            skipped = min(before, len(turned))
            before -= skipped
            if skipped < len(turned):
                yield turned[skipped:], read

    def _batch(self, data: bytes, *, final: bool) -> tuple[pl.DataFrame, bytes]:
        """The rows of ``data``, and its end where that belongs to the next block."""
        data = self._spelling.closed_up(data)
        batch = self._regular(data)
        after = b""
        if batch is None:
            batch, used = self._irregular(data, final=final)
            after = data[used:]
        batch = self._cleared(batch, data)
        index = pl.int_range(self._row, self._row + pl.len(), dtype=pl.UInt32)
        self._row += batch.height
        check_rows(self._path, self._row, self._options.limits.rows)
        self._note_unclosed(batch["_fault"])
        columns = [index.alias("_row"), pl.col("_line").cast(pl.UInt32), "_fault", *self._columns]
        return batch.select(columns), after

    def _cleared(self, batch: pl.DataFrame, data: bytes) -> pl.DataFrame:
        """The rows of the table alone, their cells as the file has them."""
        spelling, cells = self._spelling, pl.col(self._grammar.columns)
        if self._header.repeated:
            batch = self._repeated.without(batch, self._header.repeated, self._grammar.columns)
        if len(self._columns) < self._grammar.width:
            batch = batch.filter(pl.any_horizontal(pl.col(self._columns).str.strip_chars() != ""))
        if not spelling.is_plain:
            batch = batch.with_columns(spelling.restored(cells))
        if b"\0" in data or (spelling.quote is None and QUOTE.encode() in data):
            holds = {name: pl.col(name).str.contains("\0", literal=True) for name in self._grammar.columns}
            fault = pl.coalesce("_fault", first_cell("invalid-character", holds, "\0"))
            batch = batch.with_columns(fault.alias("_fault"))
            batch = batch.with_columns(cells.str.replace_all("\0", "\ufffd", literal=True))
        return batch

    def _line_ends(self, text: bytes) -> int:
        """Of the file, those that stand escaped within cells among them."""
        return text.count(b"\n") + self._spelling.line_ends(text)

    def _note_unclosed(self, faults: pl.Series) -> None:
        """Whether a quote was opened and never closed behind the last sound row so far."""
        sound = faults.is_null().arg_true()
        after = faults[sound[-1] + 1 :] if sound.len() else faults
        unclosed = bool(after.len() and _has_code(after, "unclosed-quote").any())
        self._unclosed = unclosed or (self._unclosed and not sound.len())

    def _regular(self, data: bytes) -> pl.DataFrame | None:
        """The rows where every line is one sound record; None where any is not, or a gap is before them."""
        if self._line > self._last_line + 1:
            return None
        found = regular(data, self._grammar)
        if found is None:
            return None
        cells = found.cells
        self._plain = self._plain and is_plain(found, data)
        self._blanks.settle()
        self._ends.note_lines(found.ended, found.crlf)
        inner = self._spelling.line_ends_in(cells)
        numbers = pl.int_range(self._line, self._line + pl.len(), dtype=pl.UInt32)
        numbers = numbers if inner is None else numbers + (inner.cum_sum() - inner)
        self._line += cells.height + self._spelling.line_ends(data)
        self._last_line = self._line - 1
        return cells.with_columns(_line=numbers, _fault=pl.lit(None, pl.String))

    def _irregular(self, data: bytes, *, final: bool) -> tuple[pl.DataFrame, int]:
        """The rows where some are blank, broken, ragged or over several lines."""
        self._plain = False
        grammar, text = self._grammar, pl.col("text")
        returns_end = self._options.line_end is None
        swapped = self._spelling.swapped
        records = split_records(data, grammar, final=final, returns_end=returns_end, swapped=swapped)
        rows = self._with_lines(records.frame)
        used, after = (
            records.used,
            self._line + records.lines + self._spelling.line_ends(data[: records.used]),
        )
        further, waits = self._find_further(rows, after, final=final)
        if further is not None:
            rows, used, after = rows.filter(pl.col("at") < further.at), further.at, further.line
            if not waits:
                self._further, used = further, len(data)
                after += self._line_ends(data[further.at :])
        self._ends.note_rows(rows["ended"], rows["led"])
        self._line = after
        blanks = rows.filter("blank").select("line", empty=text.str.strip_chars() == "")
        rows = rows.filter(~pl.col("blank"))
        self._blanks.note(blanks, int(rows["line"][-1]) if rows.height else None)
        if rows.height:
            self._last_line = int(rows["end"][-1])
        return self._cut(rows), used

    def _with_lines(self, records: pl.DataFrame) -> pl.DataFrame:
        """Records with ``line`` and ``end``, the first and the last they stand on, and whether they are ``blank``."""
        text, inner = pl.col("text"), self._spelling.line_ends_in(records.select("text"))
        if inner is None:
            inner = pl.zeros(records.height, dtype=pl.Int64, eager=True)
        line = pl.col("index") + self._line + (inner.cum_sum() - inner)
        end = pl.col("line") + text.str.count_matches("\n", literal=True) + inner
        blank = pl.col("fault").is_null() & text.str.contains(self._grammar.blank)
        return records.with_columns(line=line, blank=blank).with_columns(end=end)

    def _find_further(self, rows: pl.DataFrame, after: int, *, final: bool) -> tuple[Further | None, bool]:
        """Another table in these rows; whether only the next block can tell."""
        if self._options.plain:
            return None, False
        written = rows.filter(~pl.col("blank"))
        further, waits = find_further(written, self._last_line, after, self._grammar, self._header.kinds)
        if further is None or (waits and final):
            return None, False
        return further, waits

    def _cut(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The cells of records that hold something, ragged ones and broken ones with their fault."""
        grammar, text, fault = self._grammar, pl.col("text"), pl.col("fault")
        exact = self._spelling.is_plain
        sound, broken = rows.filter(fault.is_null()), rows.filter(fault.is_not_null())
        cells = parse_inner((sound.select(text.str.join("\n")).item() or "").encode(), grammar, sound.height)
        batch = pl.concat(
            [cells, sound.select(_line="line", _fault=ragged(sound, grammar, exact=exact))], how="horizontal"
        )
        if broken.height:
            placed = broken.select(_line="line", _fault=quoted(grammar) if exact else fault)
            cut = pl.concat([cut_records(broken, grammar), placed], how="horizontal")
            batch = pl.concat([batch, cut]).sort("_line")
        if rows.height and (rows["text"].str.len_bytes() > grammar.cell_limit).any():
            batch = blank_long_cells(batch, grammar)
        return batch

    def _check_line(self, rest: bytes) -> None:
        if len(rest) > _LINE_LIMIT:
            raise Unreadable(
                "line-too-long",
                f"Line {self._line:,} of {self._path} is longer than the limit of {_LINE_LIMIT:,} bytes.",
                hint="Check that this is a table of text with one row a line.",
                details={"path": str(self._path), "line": self._line, "limit": _LINE_LIMIT},
            )


def _has_code(faults: pl.Series, code: str) -> pl.Series:
    """Whether each fault is of this kind, wherever it stands."""
    return (faults.str.split("@").list.first() == code).fill_null(value=False)


def _ends_in_returns(sample: bytes) -> bool:
    """Whether CR alone ends the lines: outside quoted cells there is no LF."""
    bare = _QUOTED.sub(b"", sample).removesuffix(b"\r") if b"\r" in sample else b""
    return b"\r" in bare and b"\n" not in bare
