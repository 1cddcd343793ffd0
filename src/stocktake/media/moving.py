"""Which files that are gone are files that are new under another path (MED-D11)."""

from __future__ import annotations

import polars as pl

_STRONG = ("signature_kind", "signature", "size")
_STAT = ("size", "mtime_ns", "inode")


def moves(gone: pl.DataFrame, new: pl.DataFrame, *, has_inodes: bool = True) -> pl.DataFrame:
    """Pairs ``old`` and ``new``, String: the key hash that a file was known by, and its present one.

    Both frames have ``canonical_key_hash``, ``size``, ``mtime_ns``, ``inode``, and the full hash of the content as
    ``signature_kind`` and ``signature``, null where there is none. Two files have the same content where their full hashes
    say so, or, where one of them has none, size, mtime_ns and inode together; never by size alone, and an empty file's
    hash says nothing. Only where exactly one that is gone has the content of exactly one that is new is it a move;
    where it could be several, nothing is said, and the one is missing and the other new.
    """
    told = gone.select("canonical_key_hash", *_facts()), new.select("canonical_key_hash", *_facts())
    strong = _pairs(*(each.filter(pl.col("signature").is_not_null()) for each in told), on=_STRONG)
    if not has_inodes:
        return strong.select("old", "new")
    stat = _pairs(*told, on=_STAT)
    both = (pl.col("signature_kind") == pl.col("signature_kind_new")).fill_null(value=False)
    stat = stat.filter(~both).join(strong, on="old", how="anti").join(strong, on="new", how="anti")
    return pl.concat([strong.select("old", "new"), stat.select("old", "new")])


def _facts() -> list[pl.Expr]:
    proves = pl.col("size") > 0
    hashes = [pl.when(proves).then(name).alias(name) for name in ("signature_kind", "signature")]
    return [*hashes, pl.col("size"), pl.col("mtime_ns"), pl.col("inode")]


def _pairs(gone: pl.DataFrame, new: pl.DataFrame, *, on: tuple[str, ...]) -> pl.DataFrame:
    """Those that are alone with their content, among the gone as among the new."""
    once = pl.struct(on).is_unique()
    left = gone.filter(once).rename({"canonical_key_hash": "old"})
    right = new.filter(once).rename({"canonical_key_hash": "new"})
    return left.join(right, on=on, how="inner", suffix="_new", maintain_order="right")
