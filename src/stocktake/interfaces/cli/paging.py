"""Pages of lists: ``--page`` and ``--page-size``, at most 200 rows (INT-1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from cyclopts import Group, Parameter
from cyclopts.validators import Number

from stocktake.interfaces import page as paged
from stocktake.interfaces.page import LARGEST

if TYPE_CHECKING:
    from stocktake.interfaces.cli.screen import Screen

_GROUP = Group("Pages", sort_key=20)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Page(paged.Page):
    """Which page of a list is asked for."""

    page: Annotated[int, Parameter(group=_GROUP, validator=Number(gte=1), help="Which page, from 1.")] = 1
    page_size: Annotated[
        int,
        Parameter(group=_GROUP, validator=Number(gte=1), help=f"Rows on a page; {LARGEST} at most."),
    ] = 50

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
