"""Columns of which nothing says how they are read, before anything is planned: what their cells may mean (CLN-1). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDoubt:
    """A column in doubt: ``code`` as the preview would refuse it, ``cells`` in doubt, ``choices``: word → what they become.

    ``whole``: all values of the column were looked at; else only the first ones, and the others may tell.
    """

    column: str
    field: str
    code: str
    cells: tuple[str, ...]
    choices: tuple[tuple[str, tuple[str | None, ...]], ...]
    whole: bool = True

    @property
    def sentence(self) -> str:
        """What is open, for people."""
        shown = " and ".join(f"“{each}”" for each in self.cells[:2])
        if self.code == "column-without-time-zone":
            return f"{self.column}: {shown} has no time zone, and its source declares none."
        if self.code == "column-mixed":
            return f"{self.column}: {shown} are written in different ways."
        means = [values[0] for _, values in self.choices if values and values[0]]
        return f"{self.column}: “{self.cells[0]}” may be {' or '.join(means)}."


def doubts_of(asked: Mapping[str, Any], whole: Mapping[str, bool]) -> tuple[ColumnDoubt, ...]:
    """The doubts that the details of a refusal tell (``column-ambiguous`` …); ``whole``: by column."""
    return tuple(
        ColumnDoubt(
            column=each["column"],
            field=each["field"],
            code=each["code"],
            cells=tuple(cell["value"] for cell in each["cells"]),
            choices=tuple((choice["read"], tuple(choice["values"])) for choice in each["choices"]),
            whole=whole.get(each["column"], False),
        )
        for each in asked["columns"]
    )
