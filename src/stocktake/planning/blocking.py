"""Who keeps whom: records that cannot go, since a record that stays refers to them (ROL-4, ROL-5)."""

from __future__ import annotations

import polars as pl

#: A record by its type and id.
NODES = {"type": pl.String, "id": pl.Int64}

#: One record refers to another by a field. ``taken``: by a record that a later import of the same source made, untouched.
EDGES = {
    "by_type": pl.String,
    "by_id": pl.Int64,
    "by_name": pl.String,
    "by_run": pl.Int64,
    "field": pl.String,
    "to_type": pl.String,
    "to_id": pl.Int64,
}

_BY, _TO, _NODE = ["by_type", "by_id"], ["to_type", "to_id"], ["type", "id"]


def staying(going: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """Those of ``going`` (``NODES``) that must stay, since a record that does not go refers to them, or to one that does.

    edges: references that stand after the rollback unless the referring record goes.
    """
    left = going
    while True:
        holding = edges.join(left, left_on=_BY, right_on=_NODE, how="anti")
        stuck = left.join(holding, left_on=_NODE, right_on=_TO, how="semi")
        if stuck.is_empty():
            return going.join(left, on=_NODE, how="anti")
        left = left.join(stuck, on=_NODE, how="anti")


def needed(taken: pl.DataFrame, going: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """Those of ``taken`` that go because a record which goes would be referred to by nothing else (ROL-5).

    going: the records that the run made and that go.
    """
    kept = taken
    while True:
        leading = edges.join(pl.concat([going, kept]), left_on=_TO, right_on=_NODE, how="semi")
        wanted = kept.join(leading, left_on=_NODE, right_on=_BY, how="semi")
        if wanted.height == kept.height:
            return kept
        kept = wanted


def holding(stuck: pl.DataFrame, going: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """The references, as ``EDGES``, by which records that do not go keep those that are ``stuck``."""
    return edges.join(stuck, left_on=_TO, right_on=_NODE, how="semi").join(
        going, left_on=_BY, right_on=_NODE, how="anti"
    )
