"""From what an importer discovered to the rows that are imported: identity, enrichers, all as text (MED-D4, D7, D11)."""

from __future__ import annotations

import polars as pl

from stocktake.ports.importer import DISCOVERED, KNOWN

#: The columns of the rows, in the order of the fields that they feed.
ROWS = (
    "collection",
    "canonical_key",
    "canonical_key_hash",
    "asset_key",
    "kind",
    "title",
    "series_title",
    "season",
    "episode",
    "year",
    "source_uri",
    "canonical_uri",
    "size",
    "mtime_ns",
    "signature_kind",
    "signature",
    "parts",
    "sidecars",
    "guid",
    "enricher_checksum",
    "enricher_snapshot",
)


def known(assets: pl.DataFrame) -> pl.DataFrame:
    """What an importer is told of the assets that a collection has had (``ports.media_collections.ASSETS``)."""
    return assets.select(KNOWN.keys())


def asset_rows(
    discovered: pl.DataFrame, assets: pl.DataFrame, collection_id: str, checksum: str, snapshot: str
) -> pl.DataFrame:
    """The rows of an ingest, all text.

    discovered: ``DISCOVERED``. assets: what the collection has had. checksum and snapshot: of its enrichers (MED-D6).
    An asset is known again by its asset key: that of its first sight, also where it has moved since.
    """
    keys = pl.Series("asset_key", _asset_keys(discovered, assets, collection_id))
    told = discovered.select(DISCOVERED.keys()).with_columns(
        keys,
        collection=pl.lit(collection_id),
        enricher_checksum=pl.lit(checksum),
        enricher_snapshot=pl.lit(snapshot),
    )
    return told.select(pl.col(name).cast(pl.String) for name in ROWS)


def _asset_keys(discovered: pl.DataFrame, assets: pl.DataFrame, collection_id: str) -> pl.Series:
    """The key that each has, or that the one it moved from has; else a new one, which nobody has had."""
    had = assets.select("canonical_key_hash", "asset_key").unique("canonical_key_hash")
    own = discovered.select("canonical_key_hash", "moved_from").with_columns(
        _by=pl.coalesce("moved_from", "canonical_key_hash")
    )
    found = own.join(had, left_on="_by", right_on="canonical_key_hash", how="left", maintain_order="left")
    first = pl.lit(f"{collection_id}:") + pl.col("canonical_key_hash")
    fresh = found.with_columns(_first=first)
    taken = (
        assets.select(_first=pl.col("asset_key").str.split("~").list.first())
        .group_by("_first")
        .agg(_times=pl.len())
    )
    counted = fresh.join(taken, on="_first", how="left", maintain_order="left")
    again = (
        pl.when(pl.col("_times").is_null())
        .then("_first")
        .otherwise(pl.col("_first") + "~" + (pl.col("_times") + 1).cast(pl.String))
    )
    return counted.select(pl.coalesce("asset_key", again))["asset_key"]
