"""What is known below folders that were not looked into: nothing can be said of it, so it is not missing (MED-D10)."""

from __future__ import annotations

import polars as pl


def lies_below(uris: pl.Series, shut: pl.Series) -> pl.Series:
    """Boolean: whether each URI is one of ``shut`` or lies below one, segment by segment.

    Both are ``file://`` URIs as :mod:`stocktake.media.raw_path` makes them, without a slash at the end.
    """
    depths = shut.str.count_matches("/", literal=True).unique().to_list()
    segments = pl.col("uri").str.split("/")
    ancestors = [segments.list.head(depth + 1).list.join("/") for depth in depths]
    below = [each.is_in(shut.implode()) for each in ancestors]
    never = pl.col("uri").is_null() & pl.lit(value=False)
    return (
        uris.alias("uri")
        .to_frame()
        .select(below=pl.any_horizontal(never, *below).fill_null(value=False))
        .to_series()
    )
