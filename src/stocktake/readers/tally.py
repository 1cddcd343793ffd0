"""What a walk over a file's blocks remembers besides the rows: oddities to state at the end (REA-4, REA-8)."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from stocktake.model.problem import Warning

#: A warning names so many lines at most.
LINES_NAMED = 100


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
        message = f"{self.count:,} rows without any content were skipped."
        return (Warning(code="blank-row", message=message, count=self.count, rows=tuple(self.lines)),)

    def _add(self, count: int, lines: list[int]) -> None:
        self.count += count
        self.lines = sorted({*self.lines, *lines})[:LINES_NAMED]


@dataclass(slots=True)
class LineEnds:
    """How rows end, counted."""

    crlf: int = 0
    lf: int = 0
    cr: int = 0

    def note_lines(self, count: int, crlf: int) -> None:
        """A block in which every line end ends a row: so many in all, ``crlf`` of them CR LF."""
        self.crlf += crlf
        self.lf += count - crlf

    def note_rows(self, crlf: pl.Series, returns: int) -> None:
        """Rows by whether CR LF ends them, ``returns`` more by CR alone."""
        endings = crlf.drop_nulls()
        ended = int(endings.sum())
        self.crlf += ended
        self.lf += max(endings.len() - ended - returns, 0)
        self.cr += returns

    def warnings(self) -> tuple[Warning, ...]:
        """``mixed-line-ends``, where rows end in more than one way."""
        found = {"CR LF": self.crlf, "LF": self.lf, "CR": self.cr}
        mixed = [f"{count:,} with {name}" for name, count in found.items() if count]
        if len(mixed) < 2:
            return ()
        message = f"Rows end in different ways: {', '.join(mixed)}. All were taken for line ends."
        return (Warning(code="mixed-line-ends", message=message, count=min(filter(None, found.values()))),)
