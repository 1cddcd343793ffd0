"""Warnings of a plan: what stops nothing and is worth knowing before applying."""

from __future__ import annotations

import polars as pl

from stocktake.model.problem import Warning
from stocktake.model.run import Run

#: Lists in a reply hold so many entries at most (interfaces.md).
SHOWN = 100


def warnings_of(rows: pl.DataFrame, *, tracks: bool, earlier: Run | None) -> tuple[Warning, ...]:
    """What planning noticed: rows without an external id, returns ruled out, the same content as before."""
    found = []
    if tracks:
        keyless = rows.filter(pl.col("_keyless"))
        if not keyless.is_empty():
            noun = "row has" if keyless.height == 1 else "rows have"
            found.append(
                _warning(
                    "without-external-id",
                    f"{keyless.height:,} {noun} no external id: imported, but presence tracking is not possible.",
                    keyless,
                )
            )
    stays = rows.filter(pl.col("_suppressed"))
    if not stays.is_empty():
        noun = "record is" if stays.height == 1 else "records are"
        found.append(
            _warning(
                "reactivation-suppressed",
                f"{stays.height:,} {noun} back in this source and stay retired, as a person decided.",
                stays,
            )
        )
    if earlier is not None:
        found.append(same_content(earlier))
    return tuple(found)


def same_content(earlier: Run) -> Warning:
    """That the same content was imported before (PLN-11)."""
    when = f" on {earlier.applied_at:%Y-%m-%d %H:%M} UTC" if earlier.applied_at else ""
    message = f"The same file was imported before, by run {earlier.run_id}{when}."
    return Warning(code="same-content", message=message)


def _warning(code: str, message: str, rows: pl.DataFrame) -> Warning:
    lines = tuple(rows["_line"].head(SHOWN).to_list())
    return Warning(code=code, message=message, count=rows.height, rows=lines)
