"""How the whole of a column is read: decided once, from all of its cells or by a person (CLN-1, PLN-21)."""

from __future__ import annotations

from dataclasses import dataclass

#: Who decided: the cells of this file, the operator (``--read``), an earlier import of the source.
BY_CELLS, BY_OPERATOR, BY_EARLIER = "cells", "operator", "earlier"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDecision:
    """How one column is read, and what speaks for it.

    ``column`` is its header, ``formats`` what the field's ``formats`` would have to say for it (none: as the type reads
    anyhow), ``time_zone`` where its local times are. ``reading`` is the same in words. ``example`` is a cell, ``value`` what
    it becomes, ``line`` where it stands; no line where the file has no such cell. ``only`` of ``filled`` cells allow no
    other reading. ``how`` is who decided: cells, operator, earlier.
    """

    field: str
    column: str
    formats: tuple[str, ...]
    reading: str
    time_zone: str | None = None
    how: str = BY_CELLS
    example: str = ""
    value: str = ""
    line: int = 0
    only: int = 0
    filled: int = 0

    @property
    def shown(self) -> bool:
        """Whether people need to see it: not where the column is written as its type reads anyhow."""
        return bool(self.formats or self.time_zone)
