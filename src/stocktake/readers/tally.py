"""What a walk over a file's blocks remembers besides the rows: oddities to state at the end (REA-4, REA-8)."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from stocktake.model.problem import Warning

#: A warning names so many lines at most.
LINES_NAMED = 100
#: Where exports stop: round pages, and the last rows of worksheets.
_CAPS = frozenset(
    [each * 10**power for power in (3, 4, 5, 6) for each in (1, 2, 5)]
    + [2_500, 25_000, 250_000, 65_535, 65_536, 1_048_575, 1_048_576]
)


@dataclass(slots=True)
class BlankRows:
    """Rows of nothing. Empty lines at the file's end are no oddity; rows of separators are, wherever they stand."""

    count: int = 0
    lines: list[int] = field(default_factory=list)
    _pending: int = 0
    _pending_lines: list[int] = field(default_factory=list)

    def note(self, blanks: pl.DataFrame, last_row: int | None) -> None:
        """Blank rows of a block (``line``, ``empty``), and the line of its last sound row."""
        if last_row is not None:
            self.settle()
        at_end = pl.col("empty") & (pl.col("line") > (last_row or 0))
        inside, ending = blanks.filter(~at_end)["line"], blanks.filter(at_end)["line"]
        self._add(inside.len(), inside.head(LINES_NAMED).to_list())
        self._pending += ending.len()
        self._pending_lines = (self._pending_lines + ending.head(LINES_NAMED).to_list())[:LINES_NAMED]

    def skip(self, first: int, count: int) -> None:
        """``count`` rows that are not there, from line ``first`` on, before one that is."""
        self._add(count, list(range(first, first + min(count, LINES_NAMED))))

    def settle(self) -> None:
        """A row follows: the empty lines before it were not at the end."""
        self._add(self._pending, self._pending_lines)
        self._pending, self._pending_lines = 0, []

    def warnings(self) -> tuple[Warning, ...]:
        """``blank-row``, where there were any."""
        if not self.count:
            return ()
        rows = (
            "1 row without any content was"
            if self.count == 1
            else f"{self.count:,} rows without any content were"
        )
        message = f"{rows} skipped."
        return (Warning(code="blank-row", message=message, count=self.count, rows=tuple(self.lines)),)

    def _add(self, count: int, lines: list[int]) -> None:
        self.count += count
        self.lines = sorted({*self.lines, *lines})[:LINES_NAMED]


@dataclass(slots=True)
class LineEnds:
    """How rows end, counted. ``swapped``: what is taken for LF is CR in the file, and the other way round."""

    swapped: bool = False
    crlf: int = 0
    lf: int = 0
    cr: int = 0

    def note_lines(self, count: int, crlf: int) -> None:
        """A block in which every line end ends a row: so many in all, ``crlf`` of them CR LF."""
        self.crlf += crlf
        self.lf += count - crlf

    def note_rows(self, ended: pl.Series, led: pl.Series) -> None:
        """Rows by how they end: ``crlf``, ``lf`` or ``cr``, null at the file's end; ``led``: CR LF was before them."""
        self.crlf += int((ended == "crlf").sum()) + int(led.sum())
        self.lf += int((ended == "lf").sum()) - int(led.sum())
        self.cr += int((ended == "cr").sum())

    def warnings(self) -> tuple[Warning, ...]:
        """``mixed-line-ends``, where rows end in more than one way."""
        lf, cr = (self.cr, self.lf) if self.swapped else (self.lf, self.cr)
        found = {"CR LF": self.crlf, "LF": lf, "CR": cr}
        mixed = [f"{count:,} with {name}" for name, count in found.items() if count > 0]
        if len(mixed) < 2:
            return ()
        message = f"Rows end in different ways: {', '.join(mixed)}. All were taken for line ends."
        return (
            Warning(
                code="mixed-line-ends",
                message=message,
                count=min(count for count in found.values() if count > 0),
            ),
        )


@dataclass(slots=True)
class Repeated:
    """Lines among the rows that say what the header says."""

    count: int = 0
    lines: list[int] = field(default_factory=list)

    def without(self, batch: pl.DataFrame, header: tuple[str, ...], columns: list[str]) -> pl.DataFrame:
        """``batch`` without rows whose cells are the header's; noted by ``_line``."""
        label = next((place for place, text in enumerate(header) if text), None)
        if label is None or not (batch[columns[label]].str.strip_chars() == header[label]).any():
            return batch
        same = [pl.col(name).str.strip_chars() == text for name, text in zip(columns, header, strict=True)]
        repeats = batch.select(pl.all_horizontal(same).alias("is"))["is"]
        self.count += int(repeats.sum())
        self.lines = [*self.lines, *batch.filter(repeats)["_line"].head(LINES_NAMED).to_list()][:LINES_NAMED]
        return batch.filter(~repeats)

    def warnings(self) -> tuple[Warning, ...]:
        """``repeated-header``, where there were any."""
        if not self.count:
            return ()
        noun = "line repeats" if self.count == 1 else "lines repeat"
        message = (
            f"{self.count:,} {noun} the header among the rows and were skipped. --plain takes them for rows."
        )
        return (Warning(code="repeated-header", message=message, count=self.count, rows=tuple(self.lines)),)


def count_warnings(rows: int) -> tuple[Warning, ...]:
    """What the number of rows says of the file: ``no-rows``, or ``looks-capped`` at a round number where pages end."""
    if not rows:
        message = "The file has a header and no rows. If its first line is a row, state --header-lines 0."
        return (Warning(code="no-rows", message=message, count=0),)
    if rows not in _CAPS:
        return ()
    message = (
        f"The file has exactly {rows:,} rows, as exports have that stop at a page's or a program's limit. "
        "Check that the rest is not missing."
    )
    return (Warning(code="looks-capped", message=message, count=rows),)
