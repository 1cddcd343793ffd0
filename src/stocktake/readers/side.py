"""Tables side by side in one file, with a blank column between them: where the first of them ends (REA-2)."""

from __future__ import annotations

from collections.abc import Sequence


def first_of_several(labels: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """How many columns the first table has: all, unless a blank column parts labels that cannot be one table's.

    They cannot where both sides have a label in common, or where rows go on, on one side, below the end of the other.
    """
    gaps = [
        place
        for place, label in enumerate(labels)
        if not label and not any(row[place].strip() for row in rows if place < len(row))
    ]
    for gap in gaps:
        left, right = set(filter(None, labels[:gap])), set(filter(None, labels[gap:]))
        if left and right and (left & right or _lengths_differ(rows, gap)):
            return gap
    return len(labels)


def _lengths_differ(rows: Sequence[Sequence[str]], gap: int) -> bool:
    """Whether one side ends above the other, and both are filled throughout until then."""
    sides = [
        (any(cell.strip() for cell in row[:gap]), any(cell.strip() for cell in row[gap:])) for row in rows
    ]
    lengths = [sum(side[which] for side in sides) for which in (0, 1)]
    full = [all(side[which] for side in sides[: lengths[which]]) for which in (0, 1)]
    return lengths[0] != lengths[1] and min(lengths) > 0 and all(full)
