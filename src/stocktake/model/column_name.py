"""What the columns of a file are called: each by a name of its own, whatever its header says (REA-4, MAP-1)."""

from __future__ import annotations

from collections.abc import Sequence


def column_names(header: Sequence[str]) -> tuple[str, ...]:
    """One name for each column: its header; by its place where that is blank; both where an earlier one has the same.

    >>> column_names(["Notes", "", "Notes"])
    ('Notes', 'column 2', 'Notes (column 3)')
    """
    taken = {each for each in header if each.strip()}
    seen: set[str] = set()
    names: list[str] = []
    for number, label in enumerate(header, 1):
        name = label
        if not label.strip() or label in seen:
            name = f"{label} (column {number})" if label.strip() else f"column {number}"
            while name in taken:
                name = f"{name} (column {number})"
            taken.add(name)
        seen.add(label)
        names.append(name)
    return tuple(names)


def is_made_up(name: str, place: int) -> bool:
    """Whether the column at ``place``, from 0, is called by its place alone."""
    return name == f"column {place + 1}"


def place_of(names: Sequence[str], name: str) -> int | None:
    """The place of the column of that name; else of the only one whose name is the same but for outer blanks and case."""
    if name in names:
        return list(names).index(name)
    folded = name.strip().casefold()
    alike = [place for place, each in enumerate(names) if folded and each.strip().casefold() == folded]
    return alike[0] if len(alike) == 1 else None
