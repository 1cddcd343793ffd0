"""The assets that media files make, as a discovery wants them."""

from __future__ import annotations

import polars as pl

from stocktake.cleaning.json_text import quoted
from stocktake.media.canonical_key import key_hashes
from stocktake.media.gathering import beside
from stocktake.model.media import HashPolicy
from stocktake.readers.filetree.state import ASSETS


def assets_of(media: pl.DataFrame, files: pl.DataFrame, policy: HashPolicy) -> pl.DataFrame:
    """``ASSETS``, one row an asset, in the order of their first files.

    ``media``: as :func:`stocktake.media.gathering.gathered` gives it, with ``KEPT``; ``files``: what lies beside.
    """
    media = media.with_columns(_signature(policy))
    alone = media.filter(pl.col("lead").is_unique())
    parts = media.join(alone, on="row", how="anti")
    frames = [alone.with_columns(parts=pl.lit(None, dtype=pl.String))]
    if not parts.is_empty():
        frames.append(_joined(parts).select(frames[0].columns))
    assets = (
        pl.concat(frames)
        .sort("row")
        .join(_sidecars(files, media), on="lead", how="left", maintain_order="left")
    )
    named = assets.rename({"key": "canonical_key", "key_hash": "canonical_key_hash", "path": "canonical_uri"})
    named = named.rename({"uri": "source_uri"}).with_columns(
        guid=pl.lit(None, dtype=pl.String), moved_from=pl.lit(None, dtype=pl.String)
    )
    return named.select(pl.col(name).cast(kind) for name, kind in ASSETS.items())


def _signature(policy: HashPolicy) -> list[pl.Expr]:
    if policy is not HashPolicy.NONE:
        return []
    stat = pl.concat_str("size", "mtime_ns", "mark", separator=":", ignore_nulls=True)
    return [pl.lit("stat").alias("signature_kind"), stat.alias("signature")]


def _joined(parts: pl.DataFrame) -> pl.DataFrame:
    """One row for the parts of each asset: the first file's, with the whole's size, time and signature."""
    literal = pl.concat_str(
        pl.lit('{"path":'), quoted(pl.col("path")), pl.lit(',"size":'), "size", pl.lit("}")
    )
    told = parts.with_columns(literal=literal).sort("lead", "part")
    first = [
        pl.first(name) for name in parts.columns if name not in ("lead", "size", "mtime_ns", "signature")
    ]
    whole = told.group_by("lead", maintain_order=True).agg(
        *first,
        pl.sum("size"),
        pl.max("mtime_ns"),
        pl.col("signature").str.join("\n"),
        parts="[" + pl.col("literal").str.join(",") + "]",
    )
    return whole.with_columns(key_hashes(whole["signature"]))


def _sidecars(files: pl.DataFrame, media: pl.DataFrame) -> pl.DataFrame:
    found = beside(files, media)
    return found.group_by("lead").agg(sidecars="[" + pl.col("literal").str.join(",") + "]")
