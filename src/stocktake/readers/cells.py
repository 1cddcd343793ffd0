"""From records to cells: one call of Polars for all sound ones, a plain cut for the broken ones (REA-3, REA-4)."""

from __future__ import annotations

import codecs
from typing import Literal

import polars as pl

from stocktake.model.errors import InvalidInput, Unreadable
from stocktake.readers.grammar import QUOTE, Grammar
from stocktake.readers.place import first_cell

_STAND_INS = tuple(bytes([code]) for code in (*range(2, 9), 11, 12, *range(14, 32), 127))


#: Starts of text that Polars takes for something else: a byte order mark, and what compressed data starts with.
_MISTAKEN = (codecs.BOM_UTF8, b"x\x01", b"x^")


def text_lines(data: bytes) -> pl.DataFrame:
    """``text``: the lines of ``data``, whatever it starts with."""
    if data.startswith(_MISTAKEN):
        return pl.read_lines(b"\n" + data, name="text").slice(1)
    return pl.read_lines(data, name="text")


def parse_inner(data: bytes, grammar: Grammar, height: int) -> pl.DataFrame:
    """As :func:`parse_records`, of records parted by LF in which every CR belongs to a cell.

    Polars drops a CR at the end of any unquoted cell, so that a stand-in goes through it.
    """
    if b"\r" not in data:
        return parse_records(data, grammar, height)
    stand_in = _stand_in(data, "\r")
    frame = parse_records(data.replace(b"\r", stand_in.encode()), grammar, height)
    return frame.with_columns(pl.all().str.replace_all(stand_in, "\r", literal=True))


def parse_records(data: bytes, grammar: Grammar, height: int) -> pl.DataFrame:
    """The cells of ``height`` sound records as text; surplus cells dropped, missing ones "".

    The number of rows is checked: should Polars ever see other records than the grammar did, the file is
    refused instead of read differently.
    """
    frame = parse(data, grammar)
    if frame.height != height:
        raise Unreadable(
            "reader-disagrees",
            f"Two ways to count the rows disagree ({height:,} against {frame.height:,}); nothing was read.",
            hint="This is a fault of Stocktake: please report it with the file.",
            details={"expected": height, "found": frame.height},
        )
    return frame


def parse(data: bytes, grammar: Grammar, *, surplus: Literal["ignore", "raise"] = "ignore") -> pl.DataFrame:
    """What Polars makes of ``data``, as text. Missing cells are "".

    Surplus ones are dropped, or raise ``ComputeError`` or ``SchemaError``.
    """
    if data.startswith(_MISTAKEN):
        return parse(b"\n" + data, grammar, surplus=surplus).slice(1)
    separator, stand_in = grammar.delimiter, ""
    if not separator.isascii():
        separator = stand_in = _stand_in(data, grammar.delimiter)
        data = data.replace(grammar.delimiter.encode(), stand_in.encode())
    frame = pl.read_csv(
        data,
        has_header=False,
        schema=dict.fromkeys(grammar.columns, pl.String),
        infer_schema=False,
        separator=separator,
        quote_char=QUOTE if QUOTE.encode() in data else None,
        empty_string_is_null=False,
        extra_columns=surplus,
        missing_columns="insert",
    )
    if stand_in:
        frame = frame.with_columns(pl.all().str.replace_all(stand_in, grammar.delimiter, literal=True))
    return frame


def cut_records(frame: pl.DataFrame, grammar: Grammar) -> pl.DataFrame:
    """``text`` cut at every delimiter, surrounding quotes stripped: the best that can be had from a broken record."""
    parts = pl.col("text").str.split(grammar.delimiter)
    stripped = parts.list.eval(
        pl.element().str.strip_chars_end("\r").str.strip_prefix(QUOTE).str.strip_suffix(QUOTE)
    )
    cells = [
        pl.col("parts").list.get(position, null_on_oob=True).fill_null("").alias(name)
        for position, name in enumerate(grammar.columns)
    ]
    return frame.select(parts=stripped).select(cells)


def blank_long_cells(batch: pl.DataFrame, grammar: Grammar) -> pl.DataFrame:
    """Rows with a cell over the limit get ``cell-too-long``, and that cell "" (REA-6)."""
    long = {name: pl.col(name).str.len_bytes() > grammar.cell_limit for name in grammar.columns}
    fault = first_cell("cell-too-long", long)
    cells = [pl.when(is_long).then(pl.lit("")).otherwise(name).alias(name) for name, is_long in long.items()]
    return batch.with_columns(pl.coalesce("_fault", fault).alias("_fault"), *cells)


def _stand_in(data: bytes, delimiter: str) -> str:
    """A control character that does not occur, since Polars takes delimiters of one byte only, and drops some CR."""
    unused = next((mark for mark in _STAND_INS if mark not in data), None)
    if unused is None:
        raise InvalidInput(
            "bad-delimiter",
            f"The delimiter {delimiter!r} cannot be used for this file: it holds every control character.",
            hint="Export the file with a delimiter such as , or ;",
            details={"delimiter": delimiter},
        )
    return unused.decode()
