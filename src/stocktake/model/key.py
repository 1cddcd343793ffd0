"""What the column of the external id is like: the facts that come before all others (MAP-5)."""

from __future__ import annotations

from dataclasses import dataclass

#: So many lines are named as examples.
SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTrouble:
    """Keys or rows of which something is odd: how many, and the first of them with their lines."""

    count: int = 0
    examples: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFacts:
    """The external ids of a file's rows.

    ``fields`` and ``columns`` that make them; of ``rows``, ``filled`` have one, and ``distinct`` differ. ``blank``: rows
    without. ``repeated``: keys that several rows have. ``case_only`` and ``blank_only``: keys that differ from another one
    by nothing but case, or blanks. ``scientific``: keys such as ``1.23E+15``, which a spreadsheet has rounded.
    """

    fields: tuple[str, ...]
    columns: tuple[str, ...]
    rows: int
    filled: int
    distinct: int
    blank: KeyTrouble = KeyTrouble()
    repeated: KeyTrouble = KeyTrouble()
    case_only: KeyTrouble = KeyTrouble()
    blank_only: KeyTrouble = KeyTrouble()
    scientific: KeyTrouble = KeyTrouble()

    @property
    def is_sound(self) -> bool:
        """Whether every row has a key of its own, and none is odd."""
        odd = (self.blank, self.repeated, self.case_only, self.blank_only, self.scientific)
        return not any(each.count for each in odd)
