"""Blocks in which every line is one sound record of the right width, which nearly all blocks are (REA-4).

They are parsed once, and the parse is proved from the bytes: quotes stand where the grammar lets them, no line has more
cells than the header, and cells, delimiters, quotes and line ends together make exactly the bytes that were there, so
that none has fewer. What cannot be proved is left to :mod:`stocktake.readers.records`, line by line.
"""

from __future__ import annotations

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
#: What is made of so many bytes at a time stays in the processor's cache.
_PIECE_BYTES = 256 * 1024
#: In UTF-8 the first byte of U+0085 and U+00A0, and that of U+0300: all other wide blanks come after it, and what composes.
_WIDE_BLANKS, _MAY_COMPOSE = b"\xc2", 0xCC
#: A cell that begins between these is not blank.
_FIRST, _LAST = "!", "\x7f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Regular:
    """The cells of a block, a row a line; how many lines an end closes, and how many of those ends are CR LF.

    ``controls``: how many other control characters are in the cells.
    """

    cells: pl.DataFrame
    ended: int
    crlf: int
    controls: int


def regular(data: bytes, grammar: Grammar) -> Regular | None:
    """The rows of ``data``, whole lines, if every one is a sound record of the right width and says something.

    None where any is not, is blank, or has more bytes than a cell may have.
    """
    import numpy as np

    codes = np.frombuffer(data, np.uint8)
    quotes = _quote_bytes(codes, grammar.delimiter.encode()) if QUOTE.encode() in data else 0
    if quotes is None:
        return None
    try:
        cells = parse(data, grammar, surplus="raise")
    except (ComputeError, SchemaError):
        return None
    ends = _line_ends(data, codes, cells.height - (not data.endswith(b"\n")))
    if ends is None:
        return None
    marks = cells.height * (grammar.width - 1) * len(grammar.delimiter.encode())
    sizes = cells.select(pl.all().str.len_bytes().sum()).row(0, named=True)
    if sum(sizes.values()) + marks + quotes + ends.ended + ends.crlf != len(data):
        return None
    large = [name for name, size in sizes.items() if size > grammar.cell_limit]
    if large and max(cells.select(pl.col(large).str.len_bytes().max()).row(0)) > grammar.cell_limit:
        return None
    if _any_blank(cells):
        return None
    controls = ends.controls - (marks if grammar.delimiter < " " else 0)
    return Regular(cells=cells, ended=ends.ended, crlf=ends.crlf, controls=controls)


def is_plain(found: Regular, data: bytes) -> bool:
    """Whether the cells of ``found``, which was made of ``data``, are plain text (``Reading.plain``)."""
    import numpy as np

    highest = np.frombuffer(data, np.uint8).max()
    return not found.controls and bool(highest < _MAY_COMPOSE) and _WIDE_BLANKS not in data


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    """Line ends of a block, how many of them are CR LF, and how many other control characters there are in it."""

    ended: int
    crlf: int
    controls: int


def _line_ends(data: bytes, codes: NDArray[np.uint8], rows: int) -> _Ends | None:
    """The ends of lines, if they end so many ``rows`` and each is LF or CR LF; None where there are more, or other CR.

    An LF ended each row: where there are no more control characters than rows, these are they.
    """
    each = pl.Series(codes)
    controls = int((each < ord(" ")).sum())
    if controls == rows:
        return _Ends(ended=rows, crlf=0, controls=0)
    ended = int((each == _LF).sum())
    returns = data.count(b"\r") if b"\r" in data else 0
    if ended != rows or (returns and data.count(b"\r\n") != returns):  # a line end within quotes ends no row
        return None
    return _Ends(ended=ended, crlf=returns, controls=controls - ended - returns)


def _quote_bytes(codes: NDArray[np.uint8], mark: bytes) -> int | None:
    """How many quotes are none of a cell's characters; None where one stands where the grammar has none.

    Quotes open and close in turn. Between a closing and the next opening one there is nothing (then the two are one
    quote within a cell) or a delimiter or line end at either side. Where the delimiter (``mark``) has several bytes, none
    is looked at.
    """
    import numpy as np

    if len(mark) > 1:
        return None
    pieces = range(0, codes.size, _PIECE_BYTES)
    places = np.concatenate(
        [start + np.flatnonzero(codes[start : start + _PIECE_BYTES] == _QUOTE) for start in pieces]
    )
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
        unprinted = (cell < _FIRST) | (cell >= _LAST)
        if not cells.select(unprinted.any()).item():
            return False
        cells = cells.filter(unprinted).filter(cell.str.strip_chars() == "")
        if cells.is_empty():
            return False
    return True
