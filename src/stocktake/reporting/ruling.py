"""Conflicts that a person settled, in sentences for the audit (PRE-20, PLN-8)."""

from __future__ import annotations

import polars as pl

from stocktake.model.record_type import RecordType


def settlements(
    ruled: pl.DataFrame | None, kind: RecordType, source: str, file: str, *, by: str
) -> pl.DataFrame:
    """Audit entries of conflicts that were settled: ``act, record_id, before, after, sentence``.

    One for the record that each row is, and one for the record that had its external id so far; ``before`` and ``after`` are
    the ids by which this one goes. ruled: ``ruling.RULED``, ``_is_new``, and what the row is ``_called``; ``_to`` is told of
    new records, too.
    """
    if ruled is None:
        return pl.DataFrame()
    named = ruled.with_columns(_now=pl.coalesce("_aside_raw", "_aside"), _title=pl.lit(kind.title.lower()))
    nothing, who, whole = pl.lit(None, dtype=pl.String), pl.lit(by), pl.lit(file)
    new = pl.when("_is_new").then(pl.lit("a new")).otherwise(pl.lit("the"))
    decided = '{} decided that "{}" (line {} of {}) is {} {} {}.'
    own = named.select(
        act=pl.lit("settle"),
        record_id="_to",
        before=nothing,
        after=nothing,
        sentence=pl.format(decided, who, "_called", "_line", whole, new, "_title", "_to"),
    )
    moved = '"{}" of {} is {} {} from now on, as {} decided; {} {} goes by "{}" there.'
    had = named.filter(pl.col("_aside").is_not_null()).select(
        act=pl.lit("settle"),
        record_id="_had",
        before="_called",
        after="_now",
        sentence=pl.format(moved, "_called", pl.lit(source), "_title", "_to", who, "_title", "_had", "_now"),
    )
    return pl.concat([own, had])
