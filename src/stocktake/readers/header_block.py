"""Which of a sheet's first rows are its header: one, or several where merged cells stand over the columns (REA-2, REA-4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from stocktake.readers.spreadsheet import Range

#: Line → column → text, and whether it is a number, a day or a truth value.
Grid = dict[int, dict[int, tuple[str, bool]]]

_SHOWN = 50
#: So many lines a header may have, or be away from where it is looked for first.
_LINES = 10


def header_block(grid: Grid, merges: Callable[[], Sequence[Range]]) -> tuple[int, int, tuple[Range, ...]]:
    """First and last line of the header, and the merged ranges that spread a text over several of its columns."""
    lines = list(grid)[:_SHOWN]
    fullest = max(len(grid[line]) for line in lines)
    base = next(line for line in lines if 2 * len(grid[line]) >= fullest)
    base = _before_the_rows(grid, base)
    if not _may_be_several(grid, base):
        return base, base, ()
    ranges = merges()
    base = _below_titles(grid, base, ranges)
    last = _bottom(grid, base, ranges)
    first = base
    width = max(max(grid[line]) for line in range(base, last + 1) if line in grid) + 1
    if len({text.strip() for text, _ in grid.get(last, {}).values()}) == width:
        return last, last, ()
    while _groups(grid, first - 1, ranges, width):
        first -= 1
    inside = tuple(each for each in ranges if first <= each.first_line and each.last_line <= last)
    return first, last, inside


def joined_labels(grid: Grid, first: int, last: int, spread: Sequence[Range], width: int) -> list[str]:
    """What stands over each column, from top to bottom, in one line; nothing said twice."""
    parts: list[list[str]] = [[] for _ in range(width)]
    for line in range(first, last + 1):
        row = {column: text.strip() for column, (text, _) in grid.get(line, {}).items()}
        for each in spread:
            if each.first_line == line and line < last and each.first_column in row:
                for column in range(each.first_column, min(each.last_column + 1, width)):
                    row.setdefault(column, row[each.first_column])
        for column, text in row.items():
            if column < width and text and text not in parts[column]:
                parts[column].append(text)
    return [" / ".join(each) for each in parts]


def _before_the_rows(grid: Grid, base: int) -> int:
    """``base``, or the last row of text alone before rows with numbers, where that one is fuller: notes stand above."""
    lines = [line for line in grid if line >= base]
    texts = []
    for line in lines[: _LINES + 1]:
        if any(typed for _, typed in grid[line].values()):
            break
        texts.append(line)
    else:
        return base
    if len(texts) < 2 or len(grid[texts[-1]]) <= len(grid[base]):
        return base
    found = texts[-1]
    rows = [grid[line] for line in lines if line > found][:_SHOWN]
    labels = [text.strip() for text, _ in grid[found].values()]
    numbers = {
        column
        for column in grid[found]
        if 2 * sum(row[column][1] for row in rows if column in row) > len(rows)
    }
    return found if numbers and len(set(labels)) == len(labels) else base


def _may_be_several(grid: Grid, base: int) -> bool:
    """Whether labels are missing, or do not tell the columns apart: only then it matters what is merged."""
    row = grid[base]
    labels = [text.strip() for text, _ in row.values()]
    following = [grid[line] for line in grid if line > base][:3]
    uncovered = len(row) <= max(row) or any(column not in row for each in following for column in each)
    return len(set(labels)) < len(labels) or uncovered


def _below_titles(grid: Grid, base: int, ranges: Sequence[Range]) -> int:
    """``base``, or the line below where it is one cell merged over all columns of what follows."""
    lines = [line for line in grid if line >= base]
    for line, following in pairwise(lines):
        wide = [each for each in ranges if each.first_line == line and each.first_column in grid[line]]
        covered = wide and wide[0].last_column >= max(grid[following]) and len(grid[following]) > 1
        if len(grid[line]) > 1 or not covered:
            return line
    return base


def _bottom(grid: Grid, base: int, ranges: Sequence[Range]) -> int:
    """The last line of the header: as far as its cells reach down, or the next, where it stands under merged ones only."""
    deep = max((each.last_line for each in ranges if each.first_line == base), default=base)
    if base < deep < base + _LINES and not any(
        typed for line in range(base, deep + 1) for _, typed in grid.get(line, {}).values()
    ):
        return deep
    below = grid.get(base + 1, {})
    wide = [each for each in ranges if each.first_line == base == each.last_line]
    under = {
        column for column in below if any(each.first_column <= column <= each.last_column for each in wide)
    }
    if len(under) >= 2 and len(under) == len(below) and not any(typed for _, typed in below.values()):
        return base + 1
    return base


def _groups(grid: Grid, line: int, ranges: Sequence[Range], width: int) -> bool:
    """Whether the line over a header names groups of columns: merged cells, none as wide as the table, as titles are."""
    row = grid.get(line)
    if not row:
        return False
    wide = [each for each in ranges if each.first_line <= line <= each.last_line]
    across = [each for each in wide if each.last_column > each.first_column]
    columns = sum(each.last_column - each.first_column + 1 for each in across)
    return (
        bool(across)
        and all(each.last_column - each.first_column + 1 < 0.9 * width for each in across)
        and (columns >= 2)
    )
