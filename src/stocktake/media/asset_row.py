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
    "name",
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
    keys = _own_keys(discovered, assets, collection_id).alias("asset_key")
    told = discovered.select(DISCOVERED.keys()).with_columns(
        keys,
        name=asset_name(),
        collection=pl.lit(collection_id),
        enricher_checksum=pl.lit(checksum),
        enricher_snapshot=pl.lit(snapshot),
    )
    return told.select(pl.col(name).cast(pl.String) for name in ROWS)


def asset_name() -> pl.Expr:
    """What people call an asset of ``DISCOVERED``: ``The Wire S1E6, All Due Respect``, ``Heat (1995)``, else its file."""
    number = [
        pl.when(pl.col(name).is_not_null()).then(pl.format(f"{mark}{{}}", name))
        for name, mark in (("season", "S"), ("episode", "E"))
    ]
    place = pl.concat_str(*number, separator="", ignore_nulls=True)
    series = pl.when(pl.col("series_title").is_not_null()).then(
        pl.concat_str("series_title", pl.when(place != "").then(place), separator=" ", ignore_nulls=True)
    )
    told = pl.concat_str(series, "title", separator=", ", ignore_nulls=True)
    dated = pl.when(pl.col("year").is_not_null()).then(pl.format("{} ({})", told, "year")).otherwise(told)
    path = pl.coalesce("canonical_uri", "source_uri")
    return pl.when(told != "").then(dated).otherwise(path.str.split("/").list.last())


def asset_keys(hashes: pl.Series, assets: pl.DataFrame) -> pl.Series:
    """The asset keys of known assets, by the hashes of their canonical keys."""
    wanted = pl.col("canonical_key_hash").is_in(hashes.implode())
    return assets.filter(wanted)["asset_key"]


def _own_keys(discovered: pl.DataFrame, assets: pl.DataFrame, collection_id: str) -> pl.Series:
    """The key that each has, or that the one it moved from has; else a new one, which nobody has had.

    A new key is made of the collection and the canonical key. Where an asset has taken that along to another place, a
    number is put behind it.
    """
    had = assets.select("canonical_key_hash", "asset_key").unique("canonical_key_hash")
    own = discovered.select(
        _hash=pl.coalesce("moved_from", "canonical_key_hash"),
        _first=pl.lit(f"{collection_id}:") + pl.col("canonical_key_hash"),
    )
    taken = assets.group_by(_first=pl.col("asset_key").str.split("~").list.first()).agg(_times=pl.len())
    found = own.join(
        had, left_on="_hash", right_on="canonical_key_hash", how="left", maintain_order="left"
    ).join(taken, on="_first", how="left", maintain_order="left")
    another = pl.format("{}~{}", "_first", pl.col("_times") + 1)
    return found.select(pl.coalesce("asset_key", another, "_first"))["asset_key"]
