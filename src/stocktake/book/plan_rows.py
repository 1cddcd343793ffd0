"""The rows of a plan in a file beside it, to be paged through without opening the plan (PLN-24, INT-1)."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from stocktake.book.handle import OpenPlan
from stocktake.book.plan_file import check_place, replaced
from stocktake.reporting.rejection import told_by_row

#: Rows of one group of the file: a page opens one or two.
GROUP_ROWS = 10_000


def decisions_with_problems(opened: OpenPlan) -> pl.DataFrame:
    """Every decision of a plan (``OpenPlan.decisions``), and in ``problems`` what is wrong with rejected rows."""
    told = told_by_row(opened.plan.frames.problems).select("line", "problems")
    return opened.decisions().join(told, on="line", how="left", maintain_order="left")


def save_rows(opened: OpenPlan, path: Path) -> None:
    """Write the rows of a plan that is saved at ``path`` beside it. Raises ``InvalidInput`` ``cannot-write``."""
    check_place(path)
    with replaced(_beside(path)) as file:
        decisions_with_problems(opened).write_parquet(
            file, compression="zstd", compression_level=1, row_group_size=GROUP_ROWS
        )


def row_page(path: Path, decision: str | None, *, limit: int, offset: int) -> tuple[pl.DataFrame, int]:
    """Some rows of the plan that is saved at ``path``, and how many there are; ``decision`` narrows them.

    The columns of :func:`decisions_with_problems`. Raises ``FileNotFoundError`` where the plan is gone.
    """
    rows = pl.scan_parquet(_beside(path))
    if decision is not None:
        rows = rows.filter(pl.col("action") == decision)
    total, page = pl.collect_all([rows.select(pl.len()), rows.slice(offset, limit)])
    return page, int(total.item())


def _beside(path: Path) -> Path:
    return path.with_suffix(".rows.parquet")
