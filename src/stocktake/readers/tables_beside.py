"""Several tables side by side in one sheet: the first is taken, the others are named (reading.md: layout)."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

#: So many rows one table must have more than the other to be told from one with an empty column in it, and which part of it.
_ROWS_MORE, _PART_MORE = 3, 0.2


def tables_beside(
    labels: Sequence[str], below: pl.DataFrame
) -> tuple[int, tuple[tuple[int, int, tuple[str, ...]], ...]]:
    """How many columns are the first table's, and of each other one its first and last column and its labels.

    below: the written cells under the header (``line, column`` …). Blocks of columns that an empty column parts are
    several tables where they say the same labels again, or where one goes on when the other has ended; else one.
    """
    used = set(below["column"].unique().to_list())
    blocks = _blocks(labels, used)
    if len(blocks) < 2:
        return len(labels), ()
    first = blocks[0]
    mine = _lines(below, first)
    apart = [
        block
        for block in blocks[1:]
        if _same_labels(labels, first, block) or _other_rows(mine, _lines(below, block), block)
    ]
    if not apart:
        return len(labels), ()
    start = apart[0][0]
    others = [block for block in blocks if block[0] >= start]
    width = max(block[1] for block in blocks if block[0] < start) + 1
    return width, tuple((left, right, tuple(labels[left : right + 1])) for left, right in others)


def columns_named(left: int, right: int, labels: Sequence[str]) -> str:
    """Such as ``E to G ('Age', 'Male')``."""
    said = ", ".join(repr(label) for label in labels[:5] if label)
    return f"{column_letters(left)} to {column_letters(right)} ({said}{', …' * (len(labels) > 5)})"


def column_letters(column: int) -> str:
    """0 → ``A``, 16,383 → ``XFD``."""
    letters, left = "", column + 1
    while left:
        left, place = divmod(left - 1, 26)
        letters = chr(65 + place) + letters
    return letters


def _blocks(labels: Sequence[str], used: set[int]) -> list[tuple[int, int]]:
    """First and last column of what stands between columns that have neither label nor cell; with a label each."""
    blocks: list[tuple[int, int]] = []
    start: int | None = None
    for place in range(len(labels) + 1):
        there = place < len(labels) and (bool(labels[place]) or place in used)
        if there and start is None:
            start = place
        elif not there and start is not None:
            if any(labels[start:place]):
                blocks.append((start, place - 1))
            start = None
    return blocks


def _lines(below: pl.DataFrame, block: tuple[int, int]) -> list[int]:
    """The lines of a block's rows; a note under a table of several columns is none."""
    least = min(2, block[1] - block[0] + 1)
    rows = below.filter(pl.col("column").is_between(*block)).group_by("line").len()
    found: list[int] = rows.filter(pl.col("len") >= least)["line"].sort().to_list()
    return found


def _same_labels(labels: Sequence[str], first: tuple[int, int], block: tuple[int, int]) -> bool:
    mine, theirs = ({label for label in labels[left : right + 1] if label} for left, right in (first, block))
    return len(theirs) >= 2 and theirs <= mine


def _other_rows(mine: list[int], theirs: list[int], block: tuple[int, int]) -> bool:
    """Whether one table ends and the other goes on."""
    if block[1] == block[0] or not mine or not theirs:
        return False
    more = max(_ROWS_MORE, _PART_MORE * len(mine))
    longer = [line for line in theirs if line > mine[-1]]
    if len(longer) >= more and set(mine) <= set(theirs):
        return True
    return len(mine) - len(theirs) >= more and theirs == mine[: len(theirs)]
