"""What a type's lifecycle says about statuses (PRE-17, PRE-25, PRE-27, TYP-6)."""

from __future__ import annotations

import polars as pl

from stocktake.model.record_type import Choice, RecordType


def status_text(setting: Choice | str | None, value_of: dict[str, pl.Expr]) -> pl.Expr:
    """The status a setting gives, as an expression; null where the type sets none.

    ``value_of`` holds, per field, the value the record will have; a choice looks whether its field is filled.
    """
    if setting is None:
        return pl.lit(None, dtype=pl.String)
    if isinstance(setting, str):
        return pl.lit(setting)
    filled = value_of.get(setting.when, pl.lit(None, dtype=pl.String)).is_not_null()
    return pl.when(filled).then(pl.lit(setting.then)).otherwise(pl.lit(setting.otherwise))


def says_retired(record_type: RecordType, columns: list[str]) -> pl.Expr:
    """Whether a draft itself states the retired status."""
    lifecycle = record_type.lifecycle
    if lifecycle is None or lifecycle.field not in columns:
        return pl.lit(False)
    return (pl.col(lifecycle.field) == lifecycle.retired).fill_null(False)
