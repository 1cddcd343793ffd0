"""Rows of a discovery from the tables of items and files, whole columns at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import polars as pl

from stocktake.media.canonical_key import key_hashes
from stocktake.media.path_mapping import mapped_paths
from stocktake.model.media import PathMapping
from stocktake.ports.importer import DISCOVERED

#: The rule by which canonical keys are made (MED-D15).
KEY_RULE = 1

_KINDS = {"movie": "movie", "episode": "episode", "track": "track", "clip": "extra"}
#: Between a part's number and its file name stands when the server saw the file written, in seconds since 1970.
_STAMP = r"^/library/parts/\d+/(\d{1,10})/"
#: The last second whose nanoseconds fit into 64 bits, in 2262.
_LATEST = 9_223_372_035


def canonical_keys(keys: pl.Series) -> pl.Series:
    """``plex:RATINGKEY`` (MED-D4)."""
    return ("plex:" + keys).alias("canonical_key")


def located(files: pl.DataFrame, mappings: Sequence[PathMapping]) -> pl.DataFrame:
    """The files with ``local``, their path here, ``stamp`` and ``said``, what each is told by.

    What is told by: size and the time that the server saw it written; where it names none, size and the part's number.
    Neither changes when the server merely reads an item's metadata anew.
    """
    size, number = pl.col("size").cast(pl.String).fill_null("?"), pl.col("part_id").fill_null("?")
    seconds = pl.col("part_key").str.extract(_STAMP).cast(pl.Int64)
    stamp = pl.when(seconds <= _LATEST).then(seconds)
    with_stamp = files.with_columns(local=mapped_paths(files.get_column("file"), mappings), stamp=stamp)
    stamped = size + "@" + pl.col("stamp").cast(pl.String)
    return with_stamp.with_columns(said=pl.coalesce(stamped, size + "#" + number))


def rows(items: pl.DataFrame, files: pl.DataFrame, machine: str) -> pl.DataFrame:
    """``DISCOVERED`` but for ``moved_from``: one row an item that has a file; ``files`` as :func:`located` gives them."""
    listed = pl.struct(pl.coalesce("local", "file").alias("path"), "size").struct.json_encode()
    summed = (
        files.sort("at", "medium", "piece")
        .group_by("at", maintain_order=True)
        .agg(
            pl.col("local").first().alias("canonical_uri"),
            pl.when(pl.col("size").is_not_null().all()).then(pl.col("size").sum()).alias("size"),
            (pl.col("stamp").max() * 1_000_000_000).alias("mtime_ns"),
            pl.col("said").sort().str.join(" ").alias("signature"),
            pl.when(pl.len() > 1).then("[" + listed.str.join(",") + "]").alias("parts"),
        )
    )
    is_episode = pl.col("type") == "episode"
    joined = items.join(summed, on="at", how="inner", maintain_order="left")
    keys = canonical_keys(joined.get_column("key"))
    return joined.with_columns(
        keys,
        key_hashes(keys).alias("canonical_key_hash"),
        source_uri=pl.lit(f"plex://{machine or 'unknown'}/library/metadata/") + pl.col("key"),
        signature_kind=pl.lit("plex"),
        kind=pl.col("type").replace_strict(_KINDS, default="unknown", return_dtype=pl.String),
        series_title=pl.when(is_episode).then("series_title"),
        season=pl.when(is_episode).then("season"),
        episode=pl.when(is_episode).then("episode"),
        sidecars=pl.lit(None, pl.String),
        moved_from=pl.lit(None, pl.String),
    ).select(DISCOVERED.keys())


def digest(frame: pl.DataFrame, unknown: pl.Series, *standing: str) -> str:
    """sha256 over all that decides the rows and what may go missing (see ``Discovery.digest``)."""
    said = hashlib.sha256("\n".join([f"plex {KEY_RULE}", *standing, *sorted(unknown.to_list())]).encode())
    said.update(frame.sort("canonical_key_hash").write_ndjson().encode())
    return said.hexdigest()
