"""Blocks in which every line is one sound record of the right width, which nearly all blocks are (REA-4).

They are parsed once, and the parse is proved from the bytes: quotes stand where the grammar lets them, no line has more
cells than the header, and cells, delimiters, quotes and line ends together make exactly the bytes that were there, so
that none has fewer. What cannot be proved is left to :mod:`stocktake.readers.records`, line by line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from polars.exceptions import ComputeError, SchemaError

from stocktake.readers.cells import parse
from stocktake.readers.grammar import QUOTE, Grammar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_QUOTE, _LF, _CR = ord(QUOTE), ord("\n"), ord("\r")
_PIECE_BYTES = 256 * 1024
#: A cell that begins between these is not blank.
_FIRST, _LAST = "!", "\x7f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Regular:
    """The cells of a block, a row a line; how many lines an end closes, and how many of those ends are CR LF."""

    cells: pl.DataFrame
    ended: int
    crlf: int


def regular(data: bytes, grammar: Grammar) -> Regular | None:
    """The rows of ``data``, whole lines, if every one is a sound record of the right width and says something.

    None where any is not, is blank, or has more bytes than a cell may have.
    """
    import numpy as np

    codes = np.frombuffer(data, np.uint8)
    ended = sum(int(np.count_nonzero(piece == _LF)) for _, piece in _pieces(codes))
    returns = data.count(b"\r") if b"\r" in data else 0
    if returns and data.count(b"\r\n") != returns:
        return None
    quotes = _quote_bytes(codes, grammar.delimiter.encode()) if QUOTE.encode() in data else 0
    if quotes is None:
        return None
    try:
        cells = parse(data, grammar, surplus="raise")
    except (ComputeError, SchemaError):
        return None
    if cells.height != ended + (not data.endswith(b"\n")):  # a line end within quotes ends no row
        return None
    marks = cells.height * (grammar.width - 1) * len(grammar.delimiter.encode())
    sizes = cells.select(pl.all().str.len_bytes().sum()).row(0, named=True)
    if sum(sizes.values()) + marks + quotes + ended + returns != len(data):
        return None
    large = [name for name, size in sizes.items() if size > grammar.cell_limit]
    if large and max(cells.select(pl.col(large).str.len_bytes().max()).row(0)) > grammar.cell_limit:
        return None
    return None if _any_blank(cells) else Regular(cells=cells, ended=ended, crlf=returns)


def _pieces(codes: NDArray[np.uint8]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """The bytes, so many at a time that what is made of them stays in the processor's cache; each piece with its place."""
    for place in range(0, codes.size, _PIECE_BYTES):
        yield place, codes[place : place + _PIECE_BYTES]


def _quote_bytes(codes: NDArray[np.uint8], mark: bytes) -> int | None:
    """How many quotes are none of a cell's characters; None where one stands where the grammar has none.

    Quotes open and close in turn. Between a closing and the next opening one there is nothing (then the two are one
    quote within a cell) or a delimiter or line end at either side. Where the delimiter (``mark``) has several bytes, none
    is looked at.
    """
    import numpy as np

    if len(mark) > 1:
        return None
    places = np.concatenate([place + np.flatnonzero(piece == _QUOTE) for place, piece in _pieces(codes)])
    if places.size % 2:
        return None
    opening, closing = places[0::2], places[1::2]
    doubled = opening[1:] == closing[:-1] + 1
    starts, ends = opening, closing
    if doubled.any():
        starts, ends = opening[np.append(True, ~doubled)], closing[np.append(~doubled, True)]
    before, after = codes[starts[starts > 0] - 1], codes[ends[ends < codes.size - 1] + 1]
    sound = ((before == mark[0]) | (before == _LF)).all()
    sound &= ((after == mark[0]) | (after == _LF) | (after == _CR)).all()
    return int(places.size - np.count_nonzero(doubled)) if sound else None


def _any_blank(cells: pl.DataFrame) -> bool:
    """Whether a row holds nothing but blanks; looks at a further column only where all before it are blank."""
    for name in cells.columns:
        cell = pl.col(name)
        printed = (cell >= _FIRST) & (cell < _LAST)
        cells = cells.filter(~printed).filter(cell.str.strip_chars() == "")
        if cells.is_empty():
            return False
    return True
