"""What a delimited record is, strictly, as regular expressions that Polars runs over whole columns (REA-4).

A cell is quoted from end to end, with quotes inside doubled, or holds no quote at all. Strict, because a
tolerant parser accepts rows whose width is right by accident: nothing may shift silently.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from stocktake.readers.file import CELL_LIMIT

QUOTE = '"'
_INSIDE = '(?:[^"]|"")*'


@dataclass(frozen=True)
class Grammar:
    """The patterns of one delimiter and one number of columns. Each expects one line, or one record, whole."""

    delimiter: str
    width: int
    cell_limit: int = CELL_LIMIT

    @cached_property
    def record(self) -> str:
        """One or more sound cells."""
        return f"^{self._cell}(?:{self._mark}{self._cell})*$"

    @cached_property
    def opener(self) -> str:
        """A record's start that ends inside a quoted cell."""
        return f'^(?:{self._cell}{self._mark})*"{_INSIDE}$'

    @cached_property
    def opened(self) -> str:
        """As :attr:`opener`; what stands before the quote that opens is captured."""
        return f'^((?:{self._cell}{self._mark})*)"{_INSIDE}$'

    @cached_property
    def sound(self) -> str:
        """A record's start, captured as far as it is sound."""
        return f"^((?:{self._cell}{self._mark})*{self._cell})"

    @cached_property
    def closer(self) -> str:
        """A line that starts inside a quoted cell and ends a record."""
        return f'^{_INSIDE}"(?:{self._mark}{self._cell})*$'

    @cached_property
    def through(self) -> str:
        """A line that starts inside a quoted cell and ends inside that one or a later one."""
        return f'^{_INSIDE}(?:"(?:{self._mark}{self._cell})*{self._mark}"{_INSIDE})?$'

    @cached_property
    def blank(self) -> str:
        """A record whose every cell is blank."""
        cell = r'(?:[^\S\r\n]*|"\s*")' if self.delimiter.isspace() else r'(?:\s*|"\s*")'
        return f"^{cell}(?:{self._mark}{cell})*$"

    @property
    def columns(self) -> list[str]:
        """``c0`` … ``cN``, the contract's names."""
        return [f"c{position}" for position in range(self.width)]

    def cells(self, text: pl.Expr) -> pl.Expr:
        """The number of cells of a sound record."""
        return self.delimiters(text.str.replace_all('"[^"]*"', "")) + 1

    def open_delimiters(self, text: pl.Expr) -> pl.Expr:
        """Delimiters outside quotes in a record's start that may end inside a quoted cell."""
        return self.delimiters(text.str.replace_all('"[^"]*(?:"|$)', ""))

    def delimiters(self, text: pl.Expr) -> pl.Expr:
        """All delimiters, quoted or not."""
        return text.str.count_matches(self.delimiter, literal=True).cast(pl.Int64)

    @property
    def _mark(self) -> str:
        return pl.escape_regex(self.delimiter)

    @cached_property
    def _cell(self) -> str:
        return f'(?:"{_INSIDE}"|[^"{self._mark}]*)'
