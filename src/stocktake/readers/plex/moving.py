"""Which new item is one that was known under another key: told by its guid, one for one (MED-D11)."""

from __future__ import annotations

import polars as pl

#: Only what Plex's own catalogue names is one and the same work everywhere. The guids of older agents
#: (``com.plexapp.agents…``) and of unmatched items (``local://``) name a match, or a row of the server's database.
_PROVING = "plex://"


def possible_moves(frame: pl.DataFrame, known: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """``canonical_key_hash, moved_from, canonical_key``: new items that bear the guid of one that is ``gone``.

    ``frame``: ``DISCOVERED``; ``known`` and ``gone``: ``KNOWN``; ``canonical_key`` is that of the one that is gone. A guid
    that several items bear, new ones or present ones, proves nothing.
    """
    before = _bearing_alone(known.filter(pl.col("is_present"))).join(
        gone.select("canonical_key_hash"), on="canonical_key_hash", how="semi"
    )
    new = _bearing_alone(frame).join(known, on="canonical_key_hash", how="anti")
    return new.select("canonical_key_hash", "guid").join(
        before.select("guid", "canonical_key", moved_from="canonical_key_hash"), on="guid"
    )


def _bearing_alone(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("guid").str.starts_with(_PROVING) & (pl.len().over("guid") == 1))


def with_moves(frame: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    """``frame`` with ``moved_from``."""
    told = moves.select("canonical_key_hash", "moved_from")
    return frame.drop("moved_from").join(told, on="canonical_key_hash", how="left", maintain_order="left")
