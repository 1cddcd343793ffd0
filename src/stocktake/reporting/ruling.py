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
    named = ruled.with_columns(_now=pl.coalesce("_aside_raw", "_aside"))
    title, nothing = pl.lit(kind.title.lower()), pl.lit(None, dtype=pl.String)
    new = pl.when("_is_new").then(pl.lit("a new")).otherwise(pl.lit("the"))
    own = named.select(
        act=pl.lit("settle"),
        record_id="_to",
        before=nothing,
        after=nothing,
        sentence=pl.format(
            '{} decided that "{}" (line {} of {}) is {} {} {}.',
            pl.lit(by),
            "_called",
            "_line",
            pl.lit(file),
            new,
            title,
            "_to",
        ),
    )
    had = named.filter(pl.col("_aside").is_not_null()).select(
        act=pl.lit("settle"),
        record_id="_had",
        before="_called",
        after="_now",
        sentence=pl.format(
            '"{}" of {} is {} {} from now on, as {} decided; {} {} goes by "{}" there.',
            "_called",
            pl.lit(source),
            title,
            "_to",
            pl.lit(by),
            title,
            "_had",
            "_now",
        ),
    )
    return pl.concat([own, had])
