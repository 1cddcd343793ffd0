"""What was left out, counted by reason, with some of it by name."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from stocktake.media.raw_path import shown
from stocktake.model.media import Skips

#: How many are named for each reason.
EXAMPLES = 5
#: Reasons that are no reason to tell: it was not asked for.
_SILENT = frozenset({"out-of-scope"})


def skips_of(files: pl.DataFrame) -> tuple[Skips, ...]:
    """One for each reason in ``left``, by reason; ``path`` names the files."""
    told = (
        files.filter(pl.col("left").is_not_null())
        .group_by("left")
        .agg(pl.len(), pl.col("path").head(EXAMPLES))
    )
    return tuple(
        Skips(reason=reason, count=count, examples=tuple(paths))
        for reason, count, paths in told.sort("left").iter_rows()
    )


def skips_among(shut: Mapping[bytes, str], failed: frozenset[str]) -> tuple[Skips, ...]:
    """The same of what was not looked into, but for what is told as a failure."""
    reasons = [why for why in shut.values() if why not in failed and why not in _SILENT]
    paths = [shown(path) for path, why in shut.items() if why not in failed and why not in _SILENT]
    return skips_of(
        pl.DataFrame({"left": reasons, "path": paths}, schema={"left": pl.String, "path": pl.String})
    )


def together(*several: tuple[Skips, ...]) -> tuple[Skips, ...]:
    """One for each reason."""
    found: dict[str, Skips] = {}
    for each in (each for skips in several for each in skips):
        before = found.get(each.reason)
        examples = (*before.examples, *each.examples)[:EXAMPLES] if before else each.examples
        count = each.count + (before.count if before else 0)
        found[each.reason] = Skips(reason=each.reason, count=count, examples=examples)
    return tuple(found[reason] for reason in sorted(found))
