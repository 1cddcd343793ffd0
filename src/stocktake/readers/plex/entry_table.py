"""The entries of a listing as two tables, of items and of their files: text and numbers as the server gives them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from stocktake.readers.plex.node import Node, flag_of, is_deleted, nodes_of, text_of, whole_of

#: One row an item. ``in_trash``: the server put it there, since its files are gone.
ITEMS: dict[str, Any] = {
    "at": pl.Int64,
    "key": pl.String,
    "guid": pl.String,
    "type": pl.String,
    "title": pl.String,
    "series_title": pl.String,
    "season": pl.Int64,
    "episode": pl.Int64,
    "year": pl.Int64,
    "in_trash": pl.Boolean,
}

#: One row a file, in the server's order: several versions (``medium``) of an item, each in one or more pieces (``piece``).
FILES: dict[str, Any] = {
    "at": pl.Int64,
    "medium": pl.Int64,
    "piece": pl.Int64,
    "file": pl.String,
    "size": pl.Int64,
    "part_id": pl.String,
    "part_key": pl.String,
    "is_gone": pl.Boolean,
    "is_shut": pl.Boolean,
}


def item_table(entries: Iterable[Node]) -> pl.DataFrame:
    """``ITEMS`` of the entries that have a key."""
    rows = [
        (
            at,
            text_of(entry, "ratingKey"),
            text_of(entry, "guid"),
            text_of(entry, "type"),
            text_of(entry, "title"),
            text_of(entry, "grandparentTitle"),
            whole_of(entry, "parentIndex"),
            whole_of(entry, "index"),
            whole_of(entry, "year"),
            is_deleted(entry),
        )
        for at, entry in enumerate(entries)
    ]
    return pl.DataFrame(rows, schema=ITEMS, orient="row").filter(pl.col("key").is_not_null())


def file_table(entries: Iterable[Node]) -> pl.DataFrame:
    """``FILES`` of all entries; a part without a file, such as one of an online service, is none."""
    return pl.DataFrame(list(_file_rows(entries)), schema=FILES, orient="row")


def _file_rows(entries: Iterable[Node]) -> Iterator[tuple[Any, ...]]:
    for at, entry in enumerate(entries):
        for number, medium in enumerate(nodes_of(entry, "Media")):
            is_old = is_deleted(entry) or is_deleted(medium)
            for piece, part in enumerate(nodes_of(medium, "Part")):
                if (file := text_of(part, "file")) is None:
                    continue
                is_gone = is_old or is_deleted(part) or flag_of(part, "exists") is False
                is_shut = not is_gone and flag_of(part, "accessible") is False
                size, key = whole_of(part, "size"), text_of(part, "key")
                yield at, number, piece, file, size, text_of(part, "id"), key, is_gone, is_shut
