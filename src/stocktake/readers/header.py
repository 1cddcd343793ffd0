"""The header of a delimited file: where it is, what it says, where the rows begin (REA-2, REA-4)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from stocktake.model.column_name import column_names
from stocktake.model.errors import InvalidInput, Unreadable
from stocktake.model.options import Limits, ReadOptions
from stocktake.model.problem import Warning
from stocktake.ports.reader import FIRST_CELLS, FIRST_LINES
from stocktake.readers.dialect import SAMPLE_CHARACTERS, find_dialect
from stocktake.readers.evidence import kinds_of, misplaced_labels
from stocktake.readers.file import CELL_LIMIT, check_columns, refuse_empty
from stocktake.readers.grammar import QUOTE, Grammar
from stocktake.readers.opening import Opening, SampleRecord, find_opening, joined
from stocktake.readers.side import first_of_several
from stocktake.readers.spelling import Spelling
from stocktake.readers.tally import LINES_NAMED

#: A longer label is none.
_LABEL_LIMIT = 5_000
_SAMPLE_RECORDS = 300
#: So much of a cell is shown.
_SHOWN = 200
#: Characters without width, and those that turn the direction of text.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """``labels`` in file order; ``line`` where it starts; the rows begin at ``rows_at`` (UTF-8 bytes) and ``rows_line``.

    ``absent``: the file has none, and ``labels`` are made up. ``repeated``: the cells of its last line, as they would stand
    among the rows. ``width``: columns of the file, of which the first ``len(labels)`` are the table's.
    ``first_lines``: of the file, as they are written.
    """

    labels: tuple[str, ...]
    line: int
    delimiter: str
    rows_at: int
    rows_line: int
    absent: bool = False
    lines: int = 1
    width: int = 0
    repeated: tuple[str, ...] = ()
    usual_filled: int = 0
    kinds: tuple[str, ...] = ()
    notes: tuple[Warning, ...] = ()
    first_lines: tuple[tuple[int, tuple[str, ...]], ...] = ()

    def warnings(self) -> tuple[Warning, ...]:
        """What is odd about where it stands, and ``blank-label`` and ``duplicate-label`` (REA-4)."""
        return (*self.notes, *label_warnings(self.labels, self.line))


def label_warnings(labels: tuple[str, ...], line: int) -> tuple[Warning, ...]:
    """What is odd about labels: blank ones, and ones that occur twice."""
    found = []
    blanks = [position for position, label in enumerate(labels, 1) if not label]
    if blanks:
        places = ", ".join(str(position) for position in blanks[:10])
        one = len(blanks) == 1
        what = "1 column has" if one else f"{len(blanks):,} columns have"
        message = (
            f"{what} no label in the header (column {places}). "
            f'Map {"it" if one else "them"} by place: --map "column {blanks[0]}=field".'
        )
        found.append(Warning(code="blank-label", message=message, count=len(blanks), rows=(line,)))
    twice = [label for label, count in Counter(labels).items() if label and count > 1]
    if twice:
        names = ", ".join(repr(label) for label in twice[:10])
        again = column_names(labels)[labels.index(twice[0], labels.index(twice[0]) + 1)]
        message = (
            f"The header names these columns more than once: {names}. "
            f'Map all but the first by place: --map "{again}=field".'
        )
        found.append(Warning(code="duplicate-label", message=message, count=len(twice), rows=(line,)))
    return tuple(found)


def find_header(
    path: Path, text: str, options: ReadOptions, *, whole: bool, spelling: Spelling | None = None
) -> Header:
    """The header in ``text``, the file's start, spelled as the grammar knows it; ``whole`` when it is all of it.

    Raises ``Unreadable`` (``file-empty``, ``header-too-long``, ``bare-quote``, ``unclosed-quote``, ``invalid-character``,
    ``too-many-columns``) and ``InvalidInput`` (``header-line-missing``, ``bad-delimiter``).
    """
    if not text.strip():
        raise refuse_empty(path)
    start, line = 0, 1
    if options.header_line is not None:
        start, line = _line_start(path, text, options.header_line), options.header_line
    if spelling is None:
        spelling = _plain_spelling(text, start, options, whole=whole)
    hint = find_dialect(text, spelling.delimiter, whole=whole)
    if start < hint.skipped:
        start, line = hint.skipped, 1 + text.count("\n", 0, hint.skipped)
    search = _Search(path, text, start, line, spelling, whole, returns_end=options.line_end is None)
    records = list(search.records())
    if not records:
        raise refuse_empty(path)
    found = _header(search, records, _opening(records, options), options)
    top = records if line == 1 else _Search(path, text, 0, 1, spelling, whole, search.returns_end).records()
    return replace(found, first_lines=_first_lines(top, spelling))


def _first_lines(
    records: Iterable[SampleRecord], spelling: Spelling
) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """The first records of a file, for people who look where the header is."""
    return tuple(
        (each.line, tuple(spelling.restored_text(cell[:_SHOWN]) for cell in each.cells[:FIRST_CELLS]))
        for each in islice(records, FIRST_LINES)
    )


def _plain_spelling(text: str, start: int, options: ReadOptions, *, whole: bool) -> Spelling:
    dialect = find_dialect(text, options.delimiter, whole=whole)
    if start and not dialect.skipped:
        dialect = find_dialect(text[start:], options.delimiter, whole=whole)
    return Spelling(delimiter=dialect.delimiter)


def _opening(records: Sequence[SampleRecord], options: ReadOptions) -> Opening:
    if options.header_lines is not None:
        last = min(max(options.header_lines - 1, 0), len(records) - 1)
        return Opening(first=0, last=last, absent=options.header_lines == 0)
    if options.plain or options.header_line is not None:
        return Opening(first=0, last=0)
    return find_opening(records)


def _header(search: _Search, records: list[SampleRecord], opening: Opening, options: ReadOptions) -> Header:
    lines, body = records[opening.first : opening.last + 1], records[opening.last + 1 :]
    if not search.whole and lines[-1].end >= len(search.text):
        raise _too_long(search.path, lines[0].line)
    cells = [search.cells_of(record, options.limits) for record in lines]
    first, line = lines[0], lines[0].line
    if opening.absent:
        body, after = records[opening.first :], first.start
        labels = tuple(f"column {place}" for place in range(1, max(len(each.cells) for each in body[:1]) + 1))
        rows_line = line
    else:
        after, rows_line = lines[-1].end, lines[-1].line + lines[-1].lines
        labels = joined(cells) if len(cells) > 1 else tuple(cell.strip() for cell in cells[0])
    check_columns(search.path, len(labels), options.limits.columns)
    notes = list(_notes(search, records, opening, labels))
    labels = tuple(_INVISIBLE.sub("", search.spelling.restored_text(label)).strip() for label in labels)
    rows = [each.cells for each in body]
    kept = len(labels)
    if not options.plain and not opening.absent:
        notes += misplaced_labels(labels, rows, line)
        kept = first_of_several(labels, rows)
        notes += _beside(labels, kept, line)
    return Header(
        labels=labels[:kept],
        line=line,
        delimiter=search.spelling.delimiter,
        rows_at=len(search.text[:after].encode()),
        rows_line=rows_line,
        absent=opening.absent,
        lines=len(lines),
        width=len(labels),
        repeated=() if options.plain or opening.absent else _as_wide(cells[-1], len(labels)),
        usual_filled=_usual_filled(body),
        kinds=tuple(kinds_of(_until_gap(body), len(labels))),
        notes=tuple(notes),
    )


def _as_wide(cells: Sequence[str], width: int) -> tuple[str, ...]:
    """The cells of a line as they stand in a row of so many: what it lacks is blank, what it has beyond is not there."""
    found = [cell.strip() for cell in cells[:width]]
    return tuple(found + [""] * (width - len(found)))


def _until_gap(body: Sequence[SampleRecord]) -> list[tuple[str, ...]]:
    """The cells of the rows before the first blank line: what comes after it may be another table."""
    found: list[tuple[str, ...]] = []
    for place, record in enumerate(body):
        if place and record.line > body[place - 1].line + body[place - 1].lines:
            break
        found.append(record.cells)
    return found


def _usual_filled(body: Sequence[SampleRecord]) -> int:
    counts = sorted(record.filled for record in body)
    return counts[len(counts) // 2] if counts else 0


def _notes(
    search: _Search, records: Sequence[SampleRecord], opening: Opening, labels: Sequence[str]
) -> Iterator[Warning]:
    """What people should know of where the header is and what it is made of."""
    before, line = records[: opening.first], records[opening.first].line
    if before:
        shown = search.spelling.restored_text(
            " ".join(filter(None, (cell.strip() for cell in before[0].cells)))
        )
        message = (
            f"{_lines(len(before))} skipped before the header, which is line {line:,}; "
            f'the first says "{shown[:80]}". --header-line states another.'
        )
        rows = tuple(record.line for record in before[:LINES_NAMED])
        yield Warning(code="preamble-skipped", message=message, count=len(before), rows=rows)
    if opening.absent:
        message = (
            f"The first line looks like the rows below it, so the file has no header; its columns are called "
            f'"column 1" to "column {len(labels)}". --header-lines 1 takes that line for the header.'
        )
        yield Warning(code="no-header", message=message, rows=(line,))
        return
    if opening.last > opening.first:
        count = opening.last - opening.first + 1
        rows = tuple(record.line for record in records[opening.first : opening.last + 1])
        message = f"The header has {count} lines; labels of one column were joined. --header-lines 1 takes the first alone."
        yield Warning(code="header-joined", message=message, count=count, rows=rows)
    hidden = [place for place, label in enumerate(labels, 1) if _INVISIBLE.search(label)]
    if hidden:
        places = ", ".join(str(place) for place in hidden[:10])
        message = (
            f"Labels hold characters that cannot be seen (column {places}); these were left out of them."
        )
        yield Warning(code="invisible-label", message=message, count=len(hidden), rows=(line,))
    folded = Counter({label.strip(): label.strip().casefold() for label in labels}.values())
    alike = [label.strip() for label in labels if label.strip() and folded[label.strip().casefold()] > 1]
    if alike:
        names = ", ".join(repr(label) for label in alike[:10])
        message = f"Labels differ by capitals only: {names}. Check which one is meant where they are mapped."
        yield Warning(code="similar-label", message=message, count=len(alike), rows=(line,))


def _lines(count: int) -> str:
    return "1 line was" if count == 1 else f"{count:,} lines were"


def _beside(labels: Sequence[str], kept: int, line: int) -> Iterator[Warning]:
    if kept < len(labels):
        others = ", ".join(f'"{label}"' for label in labels[kept:] if label)
        message = (
            f"Tables stand side by side; the first {kept:,} columns were read. Not read: {others[:200]}. "
            "--plain reads all columns as one table."
        )
        yield Warning(code="further-table", message=message, rows=(line,))


@dataclass(frozen=True, slots=True)
class _Search:
    """The file's start, from where the header may stand."""

    path: Path
    text: str
    start: int
    line: int
    spelling: Spelling
    whole: bool
    returns_end: bool

    def records(self) -> Iterator[SampleRecord]:
        """The first records that hold something. A last one that the sample cuts off is left out, unless it is the first."""
        start, line, found = self.start, self.line, 0
        while start < len(self.text) and found < _SAMPLE_RECORDS and (start < SAMPLE_CHARACTERS or found < 2):
            end = self._end(start, line, strict=not found)
            text = self.text[start:end]
            if not self.whole and end >= len(self.text) and found:
                return
            record, after = text.removesuffix("\r"), end + 1
            lines = text.count("\n") + 1 + self.spelling.line_ends(text.encode())
            if self.returns_end and _returns_end_rows(record, self.spelling.delimiter):
                record = record.split("\r")[0]
                after = start + len(record) + 1
            cells = _cells(record, self.spelling)
            if any(cell.strip() for cell in cells or (record,)):
                found += 1
                yield SampleRecord(
                    start=start,
                    end=after,
                    line=line,
                    lines=lines,
                    cells=cells if cells is not None else tuple(record.split(self.spelling.delimiter)),
                    sound=cells is not None,
                )
            line += lines
            start = after

    def cells_of(self, record: SampleRecord, limits: Limits) -> tuple[str, ...]:
        """The cells of a record of the header. Raises ``Unreadable``."""
        if not record.sound:
            what = "a quote stands inside a label that is not quoted from end to end"
            sound = re.match(self._grammar.sound, self.text[record.start : record.end])
            raise self._broken("bare-quote", record.line, what, record.start + (sound.end() if sound else 0))
        if max(map(len, record.cells)) > min(_LABEL_LIMIT, limits.cell_bytes):
            raise _too_long(self.path, record.line)
        if any("\0" in self.spelling.restored_text(cell) for cell in record.cells):
            what = "it holds the character NUL"
            at = self.text.find("\0", record.start)
            raise self._broken("invalid-character", record.line, what, at)
        return record.cells

    def _end(self, start: int, line: int, *, strict: bool) -> int:
        """The end of the record at ``start``, over several lines where a label is quoted and holds line ends."""
        text, end = self.text, _line_end(self.text, start)
        odd = text.count(QUOTE, start, end) % 2 == 1
        opened = re.fullmatch(self._grammar.opened, self._closed(text[start:end])) if odd else None
        if opened:
            closing = text.find(QUOTE, end)
            while closing >= 0 and text.count(QUOTE, closing, _line_end(text, closing)) % 2 == 0:
                closing = text.find(QUOTE, _line_end(text, closing))
            if closing >= 0 and closing - start <= CELL_LIMIT:
                return _line_end(text, closing)
            if strict:
                what = "a quote is opened in it and never closed"
                raise self._broken("unclosed-quote", line, what, start + opened.end(1))
        return end

    @property
    def _grammar(self) -> Grammar:
        return Grammar(self.spelling.delimiter, 1)

    def _broken(self, code: str, line: int, what: str, at: int) -> Unreadable:
        """The refusal of a header that breaks ``at`` a place in the text, which is told where the text is as in the file."""
        column = at - self.text.rfind("\n", 0, at) if self.spelling.is_plain else None
        place = f"line {line:,}" + (f", column {column:,}" if column else "")
        return Unreadable(
            code,
            f"The header of {self.path}, {place}, cannot be read: {what}.",
            hint="Mend that line, or export the file again.",
            details={"path": str(self.path), "line": line} | ({"column": column} if column else {}),
        )

    def _closed(self, text: str) -> str:
        """A record's start without blanks before its quotes, where the file has such."""
        if not self.spelling.spaced:
            return text
        mark = re.escape(self.spelling.delimiter)
        return re.sub(rf'(^|{mark})[ \t]+"', r'\1"', text)


def _cells(record: str, spelling: Spelling) -> tuple[str, ...] | None:
    """The cells of a record; None where its quotes are broken."""
    closed = spelling.closed_up(record.encode()).decode() if spelling.spaced else record
    if not re.fullmatch(Grammar(spelling.delimiter, 1).record, closed):
        return None
    mark = re.escape(spelling.delimiter)
    cells = re.findall(rf'{mark}(?:"((?:[^"]|"")*)"|([^"{mark}]*))', spelling.delimiter + closed)
    return tuple(quoted.replace('""', QUOTE) or plain for quoted, plain in cells)


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


def _returns_end_rows(record: str, delimiter: str) -> bool:
    """Whether CR alone ends rows here: each part then has as many cells."""
    if "\r" not in record or QUOTE in record:
        return False
    return len({part.count(delimiter) for part in record.split("\r") if part.strip()}) == 1


def _too_long(path: Path, line: int) -> Unreadable:
    return Unreadable(
        "header-too-long",
        f"The header of {path}, line {line:,}, is too long: over {_LABEL_LIMIT:,} characters a label, or 2 MiB in all.",
        hint="Check that this is a table of text with one row a line.",
        details={"path": str(path), "line": line},
    )
