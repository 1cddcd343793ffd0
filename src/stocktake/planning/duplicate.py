"""Rows of one file that carry the same key (IDN-3)."""

from __future__ import annotations

import polars as pl

from stocktake.model.errors import InvalidInput

REPEATS = {
    "_row": pl.UInt32,
    "duplicate": pl.Boolean,
    "collision": pl.Boolean,
    "_of_line": pl.UInt32,
    "_lines": pl.String,
}

#: How ``--duplicates`` may settle rows that carry one key and differ.
CHOICES = ("reject", "first", "last", "latest:COLUMN")


def duplicates(rows: pl.DataFrame, *, choice: str) -> pl.DataFrame:
    """Which rows of a file repeat the key of another.

    ``rows``: ``_row, _line, _key, _hash`` and, for ``latest:COLUMN``, ``_order`` (the text it is ordered by). Returns one
    line per repeating row: ``_row``, ``duplicate`` (Boolean: it gives way to the row at ``_of_line``), ``collision``
    (Boolean: it differs from others of its key and nothing says which counts) and ``_lines`` (all lines of the key).
    Identical rows collapse into the first; differing ones collide, unless ``choice`` names one.
    """
    repeated = _repeated(rows)
    if choice.startswith("latest:"):
        repeated = repeated.with_columns(
            _latest=pl.col("_row").sort_by(["_order", "_row"]).last().over("_key")
        )
    winner = {
        "reject": pl.col("_row").min().over("_key"),
        "first": pl.col("_row").min().over("_key"),
        "last": pl.col("_row").max().over("_key"),
    }.get(choice.split(":")[0], pl.col("_latest") if choice.startswith("latest:") else None)
    if winner is None:
        raise InvalidInput(
            "unknown-duplicates-choice",
            f"--duplicates {choice} is not known.",
            hint=f"Choose one of {', '.join(CHOICES)}.",
        )
    differs = pl.col("_hash").n_unique().over("_key") > 1
    collides = differs if choice == "reject" else pl.lit(False)
    return (
        repeated.with_columns(_winner=winner, collision=collides)
        .with_columns(
            _of_line=pl.col("_line").filter(pl.col("_row") == pl.col("_winner")).first().over("_key")
        )
        .select(
            "_row",
            duplicate=(pl.col("_row") != pl.col("_winner")) & ~pl.col("collision"),
            collision="collision",
            _of_line="_of_line",
            _lines=lines_of("_key"),
        )
    )


def _repeated(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows whose key others carry. Equal keys have equal hashes, and numbers are told apart in less memory than text."""
    hashes = rows["_key"].hash()
    ordered = hashes.filter(rows["_key"].is_not_null()).sort()
    again = ordered.filter(ordered == ordered.shift(1)).unique()
    likely = rows.filter(hashes.is_in(again.implode())) if again.len() else rows.clear()
    return likely.filter(pl.col("_key").is_not_null() & pl.col("_key").is_duplicated())


def lines_of(group: str) -> pl.Expr:
    """The first five lines (``_line``) of the rows that share ``group``, in order, as text: ``2, 9, 10``."""
    first = pl.col("_line").sort().implode().list.head(5)
    return first.cast(pl.List(pl.String)).list.join(", ").over(group)
