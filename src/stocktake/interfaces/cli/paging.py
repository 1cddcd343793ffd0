"""Pages of lists: ``--page`` and ``--page-size``, at most 200 rows (INT-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter
from cyclopts.validators import Number

if TYPE_CHECKING:
    from stocktake.interfaces.cli.screen import Screen

#: No page is larger.
LARGEST = 200

_GROUP = Group("Pages", sort_key=20)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Page:
    """Which page of a list is asked for."""

    page: Annotated[int, Parameter(group=_GROUP, validator=Number(gte=1), help="Which page, from 1.")] = 1
    page_size: Annotated[
        int,
        Parameter(group=_GROUP, validator=Number(gte=1), help=f"Rows on a page; {LARGEST} at most."),
    ] = 50

    @property
    def limit(self) -> int:
        """How many rows the page holds."""
        return min(self.page_size, LARGEST)

    @property
    def offset(self) -> int:
        """How many rows come before it."""
        return (self.page - 1) * self.limit

    def document(self, found: Sequence[Any], total: int) -> dict[str, Any]:
        """The page for programs; ``page_size`` is the size that was given, not the one asked for."""
        return {"items": list(found), "total": total, "page": self.page, "page_size": self.limit}

    def footer(self, screen: Screen, shown: int, total: int) -> None:
        """Say what part of the list was shown, where that is not all."""
        if shown < total:
            first = self.offset + 1
            span = f"{first:,} to {first + shown - 1:,}" if shown else "none"
            more = f" `--page {self.page + 1}` shows the next." if first + shown - 1 < total and shown else ""
            screen.line()
            screen.line(f"Shown: {span} of {total:,}.{more}", style="dim")
        if self.page_size > LARGEST:
            screen.line(f"A page holds {LARGEST} rows at most.", style="dim")


def chosen(page: Page | None) -> Page:
    """The page asked for, or the first."""
    return page or Page()
