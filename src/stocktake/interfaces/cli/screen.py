"""The screen: tables, colours and questions on a terminal, plain readable lines everywhere else."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from stocktake.interfaces.json_text import json_text
from stocktake.interfaces.wording import printable

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; numbers stand to the right. ``whole``: cells are never wrapped; ``width``: no wider than that."""

    title: str
    right: bool = False
    whole: bool = False
    width: int | None = None


def number(title: str) -> Column:
    """A column of numbers."""
    return Column(title, right=True, whole=True)


def mark(title: str) -> Column:
    """A column of short words or times that stay on one line."""
    return Column(title, whole=True)


class Screen:
    """Where a command writes. Results go to standard output, everything beside them to standard error."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.out = out or sys.stdout
        self.err = err or sys.stderr
        self._console: Console | None = None

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks at the results as they come."""
        return self.out.isatty()

    @property
    def width(self) -> int | None:
        """How many characters a line holds, where a person looks; None elsewhere."""
        return self._rich().width if self.is_terminal else None

    @property
    def can_ask(self) -> bool:
        """Whether a person can be asked."""
        return sys.stdin.isatty() and self.is_terminal

    def line(self, text: str = "", style: str = "") -> None:
        """One line of the result; ``style`` (as in rich) shows on a terminal only."""
        if self.is_terminal:
            from rich.text import Text

            self._rich().print(Text(text, style=style))
        else:
            print(text, file=self.out)

    def heading(self, text: str) -> None:
        """A line that begins a part."""
        self.line()
        self.line(text, style="bold")

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[object]], *, indent: int = 0) -> None:
        """Rows under their titles; None is left blank, whole numbers are grouped unless they are ids (text)."""
        cells = [[_cell(value) for value in row] for row in rows]
        if self.is_terminal:
            self._rich_table(columns, cells, indent)
        else:
            self._plain_table(columns, cells, indent)

    def document(self, shape: object) -> None:
        """The one JSON document of ``--json``."""
        print(json_text(shape, indent=2), file=self.out)

    def ask(self, question: str) -> str:
        """What a person answers; nothing at the end of input."""
        if hasattr(signal, "siginterrupt"):
            # Polars takes Ctrl-C over and lets the kernel resume a blocked read; without this it would go unheard.
            signal.siginterrupt(signal.SIGINT, True)
        self.err.write(question)
        self.err.flush()
        return sys.stdin.readline().strip()

    def error(self, message: str, code: str, hint: str) -> None:
        """A refusal in two lines: what was refused, and what to do."""
        if self.err.isatty():
            from rich.console import Console
            from rich.text import Text

            console = Console(file=self.err, highlight=False)
            head = Text.assemble(("Error: ", "bold red"), message, (f"  [{code}]", "dim"))
            console.print(head)
            if hint:
                console.print(Text(hint))
        else:
            print(f"Error: {message} [{code}]", *([hint] if hint else []), sep="\n", file=self.err)

    def aside(self, text: str) -> None:
        """A remark that is not part of the result."""
        print(text, file=self.err)

    def _rich(self) -> Console:
        if self._console is None:
            from rich.console import Console

            self._console = Console(file=self.out, highlight=False)
        return self._console

    def _rich_table(self, columns: Sequence[Column], cells: list[list[str]], indent: int) -> None:
        from rich import box
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        table = Table(
            box=box.SIMPLE_HEAD if any(each.title for each in columns) else None,
            show_header=any(each.title for each in columns),
            show_edge=False,
            pad_edge=False,
            header_style="dim",
        )
        for each in columns:
            table.add_column(
                each.title,
                justify="right" if each.right else "left",
                no_wrap=each.whole,
                max_width=each.width,
                overflow="ellipsis" if each.whole else "fold",
            )
        for row in cells:
            table.add_row(*(Text(cell) for cell in row))
        self._rich().print(Padding(table, (0, 0, 0, indent)))

    def _plain_table(self, columns: Sequence[Column], cells: list[list[str]], indent: int) -> None:
        titles = [each.title for each in columns]
        widths = [max(len(row[place]) for row in [titles, *cells]) for place in range(len(columns))]
        for row in [titles, *cells] if any(titles) else cells:
            parts = [
                cell.rjust(width) if each.right else cell.ljust(width)
                for cell, width, each in zip(row, widths, columns, strict=True)
            ]
            print((" " * indent + "  ".join(parts)).rstrip(), file=self.out)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else printable(str(value))


def as_id(value: Any) -> str:
    """A record's or run's number as lists print it: without grouping, so that it can be typed again (INT-11)."""
    return "" if value is None else str(value)
