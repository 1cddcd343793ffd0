"""Records that give way: a row takes a lower identity of another record, as the operator asked (PACK-1).

The record that the row means is the one that its higher identity leads to. The other one keeps its value with a suffix, so
that the identity leads to one record again.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from stocktake.model.record_type import Field, FieldType, RecordType
from stocktake.planning.beside import picked
from stocktake.planning.change import changed_values

#: A row (``_row``) that may take the identity ``_text`` of the record ``_record_id``; ``field`` is to get the suffix.
CLAIMS = {
    "_row": pl.UInt32,
    "_rung": pl.String,
    "_text": pl.String,
    "_record_id": pl.Int64,
    "_version": pl.Int64,
    "field": pl.String,
    "before": pl.String,
    "after": pl.String,
}

#: A record that gives way: to the row at ``_line``, which is of the record ``_by``.
DISPLACED = {
    "_record_id": pl.Int64,
    "_version": pl.Int64,
    "_name": pl.String,
    "field": pl.String,
    "before": pl.String,
    "after": pl.String,
    "_line": pl.UInt32,
    "_by": pl.Int64,
}


def no_claims() -> pl.DataFrame:
    """No claim."""
    return pl.DataFrame(schema=CLAIMS)


def claims(found: pl.DataFrame, climbing: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Which records each row would take an identity from: ``_row, _rung, _text, _record_id``.

    found: as ``identity.matches`` gives it. climbing: ``_row`` and the rungs ``names`` of the typed rows. ``_text`` is null
    where another row of the file says the same: one of them is wrong.
    """
    willing = found.filter(pl.col("displacing"))
    parts = [pl.DataFrame(schema={name: CLAIMS[name] for name in ("_row", "_rung", "_text", "_record_id")})]
    for name in names:
        once = climbing.select("_row", _text=pl.col(name), _once=~pl.col(name).is_duplicated())
        held = willing.filter(pl.col(f"{name}_held").is_not_null()).select("_row", _record_id=f"{name}_held")
        parts.append(
            held.explode("_record_id")
            .join(once, on="_row", how="inner", maintain_order="left")
            .select(
                "_row",
                _rung=pl.lit(name),
                _text=pl.when("_once").then("_text"),
                _record_id="_record_id",
            )
        )
    return pl.concat(parts)


def giving_field(
    record_type: RecordType, rung: tuple[str, ...], source: str, *, ruled: bool = False
) -> str | None:
    """The part of an identity that can take a suffix; None where none can, so that its conflicts stay for review.

    ruled: a person has decided whose it is; only then a record gives up the external id itself (PRE-20).
    """
    free = (each for each in (record_type[name] for name in rung) if _takes_a_suffix(each, source))
    chosen = next((each.name for each in free if record_type.reference(each.name) is None), None)
    return None if chosen in record_type.external_id and not ruled else chosen


def _takes_a_suffix(field: Field, source: str) -> bool:
    yields = not field.authority or field.authority[0] == source
    return field.type is FieldType.TEXT and field.pattern is None and not field.initialise and yields


def suffixed(value: pl.Expr, record_id: pl.Expr) -> pl.Expr:
    """``LT-0042~17``: what record 17 keeps of its tag; cleaners leave it alone, and no other record gets the same."""
    return pl.format("{}~{}", value, record_id)


def sound(told: pl.DataFrame, record_type: RecordType) -> pl.DataFrame:
    """The claims of the rows whose every claim can be met: all is told, and the value with its suffix fits the field.

    told: ``CLAIMS``, with nulls where something stands in the way.
    """
    return told.filter(may_be_met(record_type).all().over("_row"))


def may_be_met(record_type: RecordType) -> pl.Expr:
    """Whether a claim by itself can be met."""
    lengths = {each.name: each.max_length for each in record_type.fields if each.max_length is not None}
    limit = pl.col("field").replace_strict(lengths, default=None, return_dtype=pl.Int64)
    fits = (pl.col("after").str.len_chars() <= limit).fill_null(value=True)
    return pl.all_horizontal(pl.col("_text", "field", "before", "after").is_not_null()) & fits


def displaced(
    told: pl.DataFrame,
    after: pl.DataFrame,
    rows: pl.DataFrame,
    changes: pl.DataFrame,
    gone: pl.Series,
    record_type: RecordType,
) -> pl.DataFrame:
    """The claims that come true: their row writes the identity into its own record, and nothing else moves the other away.

    told: ``CLAIMS`` of :func:`sound`. after: ``_row, _rung, _text``, what the rows' own records are identified by then.
    rows: ``_row, _line, _record_id`` of the file. changes: the field changes of rows that act. gone: ids of the records
    that this plan deletes. Returns ``DISPLACED`` without its ``_name``.
    """
    taken = told.join(after, on=["_row", "_rung", "_text"], how="semi", maintain_order="left")
    parts = pl.concat(
        pl.DataFrame({"_rung": f"_rung{place}", "field": list(rung)})
        for place, rung in enumerate(record_type.identity)
    )
    moved = changes.join(parts, on="field", how="inner").select("_record_id", "_rung")
    staying = taken.filter(~pl.col("_record_id").is_in(gone.implode())).join(
        moved, on=["_record_id", "_rung"], how="anti", maintain_order="left"
    )
    return (
        staying.unique(["_record_id", "field"], keep="first", maintain_order=True)
        .join(rows.select("_row", "_line", _by="_record_id"), on="_row", how="left", maintain_order="left")
        .select("_record_id", "_version", "field", "before", "after", "_line", "_by")
    )


def values_after(
    told: pl.DataFrame,
    candidates: pl.DataFrame,
    changes: pl.DataFrame,
    speaking: pl.Series,
    record_type: RecordType,
) -> pl.DataFrame:
    """``_row`` and the fields of all identities, as they will be, of the records of claiming rows that are ``speaking``.

    candidates: ``_row`` and ``f:now`` of the rows that may act. speaking: those that change something, or of which a person
    said which record they are.
    """
    fields = list(dict.fromkeys(part for rung in record_type.identity for part in rung))
    claiming = told.select("_row").unique().filter(pl.col("_row").is_in(speaking.implode()))
    state = candidates.join(claiming, on="_row", how="semi", maintain_order="left").select(
        "_row", *(pl.col(f"{name}:now").alias(name) for name in fields)
    )
    return changed_values(state, changes, fields, key="_row", value="after")


def own_changes(giving: pl.DataFrame, acting: pl.DataFrame) -> pl.DataFrame:
    """The suffixes of records that rows of the file change anyway, as ``change.CHANGES``: part of the same write."""
    own = acting.select("_record_id", "_row").join(
        giving, on="_record_id", how="inner", maintain_order="left"
    )
    return own.select("_row", "_record_id", "field", "before", "after", counted=pl.lit(value=True))


def alone(giving: pl.DataFrame, changed: pl.DataFrame) -> pl.DataFrame:
    """The records that give way and that no row of the file changes; changed: ``_record_id`` of those that rows do."""
    return giving.join(changed, on="_record_id", how="anti", maintain_order="left")


def speaking(rows: pl.DataFrame, giving: pl.DataFrame, stated: pl.DataFrame) -> pl.DataFrame:
    """The rows whose own link says anew what they say (PLN-19): all but those of records that give way and are not heard.

    rows: ``_record_id, _key``. giving: records that no row changes. stated: ``_key`` of the links that the plan states.
    """
    if giving.is_empty():
        return rows
    quiet = pl.col("_record_id").is_in(giving["_record_id"].implode())
    said = pl.col("_key").is_in(stated["_key"].implode())
    return picked(rows, ~quiet.fill_null(value=False) | said, "_record_id", "_key")


def acts(giving: pl.DataFrame) -> pl.DataFrame:
    """Their field changes, as ``PlanFrames.changes``."""
    return giving.select(
        "_record_id",
        pl.lit("update").alias("_action"),
        "field",
        "before",
        "after",
        counted=pl.lit(value=True),
    )


def without(fallen: pl.DataFrame | None, giving: pl.DataFrame) -> pl.DataFrame | None:
    """What the next source in order gives, but for fields that give way in this plan (PRE-24)."""
    if fallen is None:
        return None
    return fallen.join(giving, on=["_record_id", "field"], how="anti", maintain_order="left")


def counts(giving: pl.DataFrame | None) -> dict[str, int]:
    """How many records give way."""
    return {"displaced": 0 if giving is None else giving["_record_id"].n_unique()}
