"""Where the table of a delimited file begins: after its preamble, with its header of one line or more (REA-2).

Looks at the records at the file's start, as cells. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from stocktake.readers.evidence import is_data, is_typed, kinds_of

#: So many lines may stand before a header.
_PREAMBLE_LINES = 50
#: So many lines may make up a header.
_HEADER_LINES = 3
#: So many rows must show that a column holds values before words above them are its label.
_FEWEST_ROWS = 3
_VALUES = ("integer", "number", "date")
#: From so many columns on, a line of two cells may be a note above the table.
_WIDE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRecord:
    """A record of the sample: where it starts (``start``, character; ``line``), where the next one does, its cells."""

    start: int
    end: int
    line: int
    lines: int
    cells: tuple[str, ...]
    sound: bool = True

    @property
    def filled(self) -> int:
        """How many cells hold something."""
        return sum(bool(cell.strip()) for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Positions in the sample's written records: the first and the last of the header. ``absent``: there is none."""

    first: int
    last: int
    absent: bool = False


def find_opening(records: Sequence[SampleRecord]) -> Opening:
    """The header among records that hold something; the first record where nothing speaks for another."""
    first = _after_preamble(records)
    last = first
    if _is_group(records, first):
        last += 1
    while last - first + 1 < _HEADER_LINES and _continues(records, first, last):
        last += 1
    body = [record.cells for record in records[last + 1 :]]
    if first == last and is_data(records[first].cells, body, fewest=1 if first else 2):
        return Opening(first=0, last=0, absent=first == 0)
    return Opening(first=first, last=last)


def _after_preamble(records: Sequence[SampleRecord]) -> int:
    """The first record that is no note above the table: not much narrower, or emptier from the right, than the rest."""
    widths = Counter(len(record.cells) for record in records)
    width = max(widths, key=lambda each: (widths[each], each))
    usual = median(record.filled for record in records if len(record.cells) == width)
    most = max(2 if width >= _WIDE else 1, width // 4)
    place = 0
    while place < min(len(records) - 1, _PREAMBLE_LINES) and width > 1:
        record = records[place]
        written = [bool(cell.strip()) for cell in record.cells]
        from_left = written == sorted(written, reverse=True)
        if not from_left or record.filled > most or record.filled >= usual:
            break
        place += 1
    if place == len(records) - 1 or len(records[place].cells) < width:
        return 0
    return place


def _is_group(records: Sequence[SampleRecord], place: int) -> bool:
    """Whether a record holds titles over some columns of the labels below: half of it is blank, its first cell too."""
    if place + 2 >= len(records):
        return False
    above, below = records[place], records[place + 1]
    if above.cells[0].strip() or above.filled * 2 > len(above.cells) or len(above.cells) != len(below.cells):
        return False
    is_label_line = bool(below.cells[0].strip()) and not any(is_typed(cell) for cell in below.cells)
    fuller = below.filled > above.filled
    return (
        is_label_line
        and fuller
        and not any(is_typed(cell) for cell in above.cells)
        and _typed_below(records, place + 1)
    )


def _continues(records: Sequence[SampleRecord], first: int, last: int) -> bool:
    """Whether the record after ``last`` still belongs to the header.

    Its first cell is blank, those of the rows are not; it labels columns that have no label yet, or one of two alike, or
    says words above values alone.
    """
    if last + 2 >= len(records):
        return False
    record, width = records[last + 1], len(records[last].cells)
    if record.cells[0].strip() or len(record.cells) != width or any(is_typed(cell) for cell in record.cells):
        return False
    labels = joined([each.cells for each in records[first : last + 1]])
    twice = {label for label, count in Counter(labels).items() if count > 1}
    adds = any(
        cell.strip() and label in twice | {""} for cell, label in zip(record.cells, labels, strict=True)
    )
    body = records[last + 2 : last + 22]
    kinds = kinds_of([each.cells for each in body], width)
    adds |= len(body) >= _FEWEST_ROWS and all(
        kind in _VALUES for cell, kind in zip(record.cells, kinds, strict=True) if cell.strip()
    )
    keyed = sum(bool(each.cells[0].strip()) for each in body) >= len(body) * 0.8 and bool(labels[0])
    return adds and keyed and (_typed_below(records, last + 1) or _continues(records, first, last + 1))


def _typed_below(records: Sequence[SampleRecord], place: int) -> bool:
    body = [record.cells for record in records[place + 1 :]]
    kinds = kinds_of(body, len(records[place].cells))
    return any(kind in _VALUES for kind in kinds)


def joined(lines: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The labels of a header of several lines, those of one column joined by `` / ``."""
    width = max(map(len, lines))
    padded = [[*line, *[""] * (width - len(line))] for line in lines]
    return tuple(
        " / ".join(part.strip() for part in parts if part.strip()) for parts in zip(*padded, strict=True)
    )
