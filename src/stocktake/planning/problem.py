"""Problems that only planning can see: keys that collide within a file, values that must be unique (IDN-3, PLN-21)."""

from __future__ import annotations

import polars as pl

from stocktake.planning.beside import picked
from stocktake.planning.duplicate import lines_of

PROBLEMS = {
    "_row": pl.UInt32,
    "line": pl.UInt32,
    "column": pl.String,
    "field": pl.String,
    "value": pl.String,
    "code": pl.String,
    "message": pl.String,
}


def collisions(rows: pl.DataFrame, repeats: pl.DataFrame, column: str | None) -> pl.DataFrame:
    """One problem per row whose key other, differing rows carry (IDN-3).

    rows: ``_row, _line, _key, _key_raw, collision``. repeats: ``_row, _lines``. column: the key's header.
    """
    colliding = picked(rows, pl.col("collision"), "_row", "_line", "_key", "_key_raw").join(
        repeats.select("_row", "_lines"), on="_row", how="left", maintain_order="left"
    )
    return colliding.select(
        "_row",
        pl.col("_line").alias("line"),
        column=pl.lit(column, dtype=pl.String),
        field=pl.lit(None, dtype=pl.String),
        value=pl.coalesce("_key_raw", "_key"),
        code=pl.lit("duplicate-key"),
        message=pl.format(
            'Lines {} all carry "{}" and differ. Keep one of them, or say which counts with --duplicates first, last or '
            "latest:COLUMN.",
            pl.col("_lines"),
            pl.coalesce("_key_raw", "_key"),
        ),
    )


def taken_values(
    drafts: pl.DataFrame, stored: pl.DataFrame, field: str, header: str, title: str
) -> pl.DataFrame:
    """Problems of rows whose value of a ``unique`` field another row or another record has (TYP-1, PLN-21).

    drafts: ``_row, _line, _record_id`` and the field. stored: ``_record_id`` and the field, of every record.
    """
    filled = drafts.filter(pl.col(field).is_not_null() & (pl.col(field) != "")).select(
        "_row", "_line", "_record_id", _value=pl.col(field)
    )
    taken = stored.filter(pl.col(field).is_not_null()).select(_value=pl.col(field), _holder="_record_id")
    # Few values repeat: to count the records of each of a million takes hundreds of megabytes.
    in_file = (
        filled.filter(pl.col("_value").is_duplicated())
        .filter(~(pl.col("_record_id").is_not_null() & (pl.col("_record_id").n_unique().over("_value") == 1)))
        .with_columns(_with=lines_of("_value"))
    )
    moving = filled.filter(pl.col("_record_id").is_not_null()).select(_holder="_record_id")
    by_record = (
        filled.join(taken, on="_value", how="inner")
        .filter(pl.col("_record_id").is_null() | (pl.col("_record_id") != pl.col("_holder")))
        .join(moving, on="_holder", how="anti")
        .join(in_file, on="_row", how="anti")
        .unique("_row", maintain_order=True)
    )
    described = [
        (
            in_file,
            pl.format('{} "{}" must be unique, and lines {} all have it.', pl.lit(title), "_value", "_with"),
        ),
        (
            by_record,
            pl.format('{} "{}" must be unique, and record {} has it.', pl.lit(title), "_value", "_holder"),
        ),
    ]
    return pl.concat(
        frame.select(
            "_row",
            line=pl.col("_line"),
            column=pl.lit(header),
            field=pl.lit(field),
            value=pl.col("_value"),
            code=pl.lit("unique-error"),
            message=sentence + pl.lit(" Correct the one that is wrong."),
        )
        for frame, sentence in described
    )
