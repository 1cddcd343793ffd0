"""Pages of lists: at most 200 rows, whatever is asked for (INT-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

#: No page is larger.
LARGEST = 200

Entry = TypeVar("Entry")


@dataclass(frozen=True, kw_only=True)
class Page:
    """Which page of a list is asked for."""

    page: int = 1
    page_size: int = 50

    @property
    def limit(self) -> int:
        """How many rows the page holds."""
        return min(self.page_size, LARGEST)

    @property
    def offset(self) -> int:
        """How many rows come before it."""
        return (self.page - 1) * self.limit

    def part(self, found: Sequence[Entry]) -> Sequence[Entry]:
        """The page of a list that is at hand as a whole."""
        return found[self.offset : self.offset + self.limit]

    def document(self, found: Sequence[Any], total: int) -> dict[str, Any]:
        """The page for programs; ``page_size`` is the size that was given, not the one asked for."""
        return {"items": list(found), "total": total, "page": self.page, "page_size": self.limit}
