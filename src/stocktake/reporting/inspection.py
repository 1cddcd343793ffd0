"""What a file is like, before anyone imports it: its columns and what they seem to hold (INT-11). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from stocktake.model.mapping import Mapping
from stocktake.model.problem import Warning
from stocktake.ports.reader import Layout

#: The first so many distinct values stand for a column.
SAMPLES = 3

#: Type → what every filled cell of such a column looks like; the first that fits names it.
_FORMS: tuple[tuple[str, str], ...] = (
    ("boolean", r"(?i)^(true|false|yes|no|y|n)$"),
    ("integer", r"^[+-]?(0|[1-9][0-9]{0,17})$"),
    ("decimal", r"^[+-]?(0|[1-9][0-9]*)[.,][0-9]+$|^[+-]?(0|[1-9][0-9]{0,17})$"),
    ("date", r"^[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}$|^[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}$"),
    (
        "datetime",
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?( ?(Z|[+-][0-9:]{4,6}))?$",
    ),
    ("email", r"^[^@\s]+@[^@\s]+\.[^@\s]+$"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSketch:
    """One column: how many cells are filled, how many values differ, the first of them, and a type that fits all."""

    name: str
    type: str
    filled: int
    distinct: int
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """The record type and source whose fields the file's headers meet best, and how; ``ignored`` headers on purpose."""

    record_type: str
    source: str
    mapping: Mapping
    ignored: int = 0

    @property
    def known(self) -> int:
        """How many columns mean something to the source."""
        return len({place for each in self.mapping.columns for place in each.positions}) + self.ignored

    @property
    def named(self) -> int:
        """How many columns the source names itself."""
        return len({each.position for each in self.mapping.columns if each.how == "source"}) + self.ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """A file as it was found. ``faulty`` counts rows that do not have the header's form."""

    name: str
    layout: Layout
    rows: int
    faulty: int
    complete: bool
    columns: tuple[ColumnSketch, ...]
    suggestion: Suggestion | None
    warnings: tuple[Warning, ...] = ()


def sketch(cells: pl.Series, name: str) -> ColumnSketch:
    """What one column of text holds."""
    filled = cells.filter(cells.str.strip_chars() != "")
    values = filled.unique(maintain_order=True)
    return ColumnSketch(
        name=name,
        type=_type(values.str.strip_chars()),
        filled=filled.len(),
        distinct=values.len(),
        samples=tuple(values.head(SAMPLES).to_list()),
    )


def _type(values: pl.Series) -> str:
    if values.is_empty():
        return "text"
    return next((name for name, form in _FORMS if values.str.contains(form).all()), "text")


def best(candidates: Sequence[Suggestion]) -> Suggestion | None:
    """The candidate that knows most columns; of equal ones the one that names more of them itself, then the first.

    Fewer than two columns are no reason to suggest anything.
    """
    worth = [each for each in candidates if each.known >= 2 and each.mapping.columns]
    return max(worth, key=lambda each: (each.known, each.named), default=None)
