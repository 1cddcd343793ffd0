"""The rows of a file: settled at a glance, or matched, compared and decided (PLN-6, PLN-12, PLN-20, PLN-26)."""

from __future__ import annotations

import polars as pl

from stocktake.model.decision import DecisionTable
from stocktake.model.options import ImportOptions
from stocktake.model.record_type import RecordType
from stocktake.planning.beside import beside, beside_some, by_row, picked
from stocktake.planning.change import changed_values
from stocktake.planning.expression import decision
from stocktake.planning.lifecycle import says_retired, status_text

#: Facts of a row of the file, as columns.
ROW_FACTS = (
    "incoming",
    "skipped",
    "duplicate",
    "valid",
    "ambiguous",
    "conflicting",
    "rekeying",
    "ruled",
    "stored",
    "retired",
    "retired_by_person",
    "tracking",
    "return_refused",
    "changed",
)


#: What is kept of a decided row.
_KEPT = (
    "_row",
    "_line",
    "_key",
    "_key_raw",
    "_keyless",
    "_hash",
    "_record_id",
    "_action",
    "_rule",
    "_back",
    "_suppressed",
    "settled",
    "duplicate",
    "_link",
    "_link_record",
    "_link_present",
)


def unmet(keyed: pl.DataFrame, generated: str) -> pl.DataFrame:
    """Rows that look for no record: each gets an external id of its own, ``generated`` and its line (PLN-4, IDN-5).

    They count as keyless, for no file will ever carry that id: no sweep misses them.
    """
    nothing = pl.lit(None, dtype=pl.Int64)
    return keyed.with_columns(
        _key=pl.format("{}:{}", pl.lit(generated), pl.col("_line")),
        _key_raw=pl.lit(None, dtype=pl.String),
        _keyless=pl.lit(value=True),
        _link=pl.lit(None, dtype=pl.UInt32),
        _link_record=nothing,
        _link_present=pl.lit(None, dtype=pl.Boolean),
        settled=pl.lit(value=False),
        _record_id=nothing,
        ambiguous=pl.lit(value=False),
        conflicting=pl.lit(value=False),
        rekeying=pl.lit(value=False),
    ).drop("_faulty")


def with_retirement(rows: pl.DataFrame, retired: pl.DataFrame) -> pl.DataFrame:
    """``rows`` with ``_retired`` and ``_retired_by`` of the records they lead to; retired: ``_record_id, _retired_by``."""
    if retired.is_empty():
        nobody = pl.lit(None, dtype=pl.String)
        return rows.with_columns(_retired=pl.lit(value=False), _retired_by=nobody)
    known = retired.select("_record_id", "_retired_by", _retired=pl.lit(value=True))
    return beside(rows, known, "_record_id").with_columns(pl.col("_retired").fill_null(value=False))


def comparable(rows: pl.DataFrame, open_links: pl.DataFrame) -> pl.DataFrame:
    """The sound rows that met a record and are not settled, beside what their link remembers: ``_link_mapping, _said``."""
    meets = (
        pl.col("valid")
        & ~pl.col("settled")
        & ~pl.col("duplicate")
        & ~pl.col("ambiguous")
        & ~pl.col("conflicting")
        & pl.col("_record_id").is_not_null()
    )
    met = picked(
        rows,
        meets,
        "_row",
        "_line",
        "_key",
        "_key_raw",
        "_hash",
        "_record_id",
        "_retired",
        "_retired_by",
        "_link",
        "_link_record",
        "_link_present",
    )
    return met.with_columns(
        open_links["_said"].gather(met["_link"]),
        open_links["_mapping"].gather(met["_link"]).alias("_link_mapping"),
    )


def candidates(met: pl.DataFrame, changes: pl.DataFrame, record_type: RecordType) -> pl.DataFrame:
    """The rows of ``met`` that may act on their record or its link, beside the record's values, as :func:`no_candidates`.

    Those that change a field, bring a retired record or a missing link back, or make a link.
    """
    moved = changes.select("_row").unique()
    still = pl.col("_link_present").fill_null(value=False) & ~pl.col("_retired")
    may_act = pl.concat([met.filter(~still).select("_row"), moved]).unique()
    return met.join(may_act, on="_row", how="semi", maintain_order="left").select(
        no_candidates(record_type).columns
    )


def no_candidates(record_type: RecordType) -> pl.DataFrame:
    """No candidate: ``_row, _line, _hash, _record_id, _version, _retired``, ``extra``, and ``f:now`` per field f."""
    return pl.DataFrame(
        schema={
            "_row": pl.UInt32,
            "_line": pl.UInt32,
            "_hash": pl.Binary,
            "_record_id": pl.Int64,
            "_version": pl.Int64,
            "_retired": pl.Boolean,
            "extra": pl.String,
            **{f"{each.name}:now": pl.String for each in record_type.fields},
        }
    )


def narrow(rows: pl.DataFrame) -> pl.DataFrame:
    """Decided rows without the facts they were decided by."""
    return rows.select(_KEPT)


def decided(
    rows: pl.DataFrame,
    table: DecisionTable,
    record_type: RecordType,
    options: ImportOptions,
    *,
    tracking: bool,
) -> pl.DataFrame:
    """Rows with ``_action`` and ``_rule``; ``rows`` has ``_record_id``, drafts and all other facts but ``return_refused``.

    ``_suppressed`` marks rows whose retired record stays retired although its source has it again (PRE-26).
    """
    refused = _refused(options)
    facts = rows.with_columns(
        incoming=pl.lit(True),
        ruled=pl.col("ruled") if "ruled" in rows.columns else pl.lit(False),
        skipped=pl.col("_line").is_in(list(options.overrides.skip_lines)),
        stored=pl.col("_record_id").is_not_null(),
        retired=pl.col("_retired").fill_null(False),
        retired_by_person=_kept_by_person(options),
        tracking=pl.lit(tracking),
        return_refused=refused | says_retired(record_type, rows.columns),
    )
    ruled = facts.with_columns(decision(table, ROW_FACTS).alias("_decision")).unnest("_decision")
    stays = pl.col("retired") & pl.col("tracking") & (pl.col("retired_by_person") | refused)
    return ruled.with_columns(_suppressed=stays & pl.col("_action").is_in(["update", "unchanged"]))


def places(rows: pl.DataFrame, height: int) -> pl.Series:
    """UInt32 by ``_row`` of a file of ``height`` rows: which place each of ``rows`` (``_row, _key``) has by its key."""
    return by_row(rows["_row"].gather(rows["_key"].arg_sort()), height)


def creations(
    rows: pl.DataFrame, known: pl.DataFrame, record_type: RecordType, fields: tuple[str, ...]
) -> pl.DataFrame:
    """The records to insert, in the order of their keys: bookkeeping, the values planning has at hand, and ``_retires``.

    known: ``_row`` and the fields that identities, unique values and the lifecycle need. All other values stay packed, see
    :func:`created_values`.
    """
    order = picked(rows, pl.col("_action") == "create", "_row", "_key").sort("_key")["_row"]
    new = rows.select("_row", "_line", "_key", "_key_raw", "_keyless", "_hash")[order]
    return created_values(beside_some(new, known, rows.height), record_type, fields)


def created_values(drafts: pl.DataFrame, record_type: RecordType, fields: tuple[str, ...]) -> pl.DataFrame:
    """Drafts of new records as they are inserted: nothing instead of "", the status a creation gets, and ``_retires``."""
    blank = [
        pl.when(pl.col(name) != "").then(pl.col(name)).alias(name)
        for name in fields
        if name in drafts.columns and (drafts[name] == "").any()
    ]
    values = drafts.with_columns(blank)
    lifecycle = record_type.lifecycle
    if lifecycle is None:
        return values.with_columns(_retires=pl.lit(value=False))
    value_of = {name: pl.col(name) for name in fields if name in drafts.columns}
    given = value_of.get(lifecycle.field, pl.lit(None, dtype=pl.String))
    status = pl.coalesce(given, status_text(lifecycle.on_create, value_of))
    return values.with_columns(status.alias(lifecycle.field)).with_columns(
        _retires=(pl.col(lifecycle.field) == lifecycle.retired).fill_null(value=False)
    )


def status_changes(
    returning: pl.DataFrame, changes: pl.DataFrame, record_type: RecordType, before: pl.DataFrame
) -> pl.DataFrame:
    """The lifecycle's own changes for records that come back: ``_row, _record_id, field, before, after, counted``.

    returning: rows that reactivate, with ``f:now`` per field. before: ``_record_id, _status`` before the retirement,
    used where the type declares no status for a return (PRE-27). A status the row itself changes is left to it.
    """
    lifecycle = record_type.lifecycle
    if lifecycle is None or returning.is_empty():
        return changes.clear()
    spoken = changes.filter(pl.col("field") == lifecycle.field).select("_row")
    silent = returning.join(spoken, on="_row", how="anti", maintain_order="left").join(
        before, on="_record_id", how="left", maintain_order="left"
    )
    value_of = {each.name: pl.col(f"{each.name}:now") for each in record_type.fields}
    setting = lifecycle.on_reactivate
    if setting is not None and not isinstance(setting, str):
        written = changes.filter(pl.col("field") == setting.when).select(
            "_row", _written=pl.col("after"), _hit=True
        )
        silent = silent.join(written, on="_row", how="left", maintain_order="left")
        now = value_of[setting.when]
        value_of[setting.when] = pl.when(pl.col("_hit").fill_null(False)).then("_written").otherwise(now)
    status = pl.coalesce(status_text(setting, value_of), pl.col("_status"), pl.lit(None, dtype=pl.String))
    now = pl.col(f"{lifecycle.field}:now")
    return (
        silent.with_columns(_new=status)
        .filter(pl.col("_new").ne_missing(now) & pl.col("_new").is_not_null())
        .select(
            "_row",
            "_record_id",
            field=pl.lit(lifecycle.field),
            before=now,
            after=pl.col("_new"),
            counted=pl.lit(True),
        )
    )


def all_changes(
    changes: pl.DataFrame,
    returning: pl.DataFrame,
    acting: pl.DataFrame,
    record_type: RecordType,
    before: pl.DataFrame,
) -> pl.DataFrame:
    """The field changes of rows that act (``acting``), with what the lifecycle adds for those that return."""
    own = changes.join(acting.select("_row"), on="_row", how="semi", maintain_order="left")
    return pl.concat([own, status_changes(returning, own, record_type, before)])


def stays_retired(options: ImportOptions, *, tracking: bool) -> pl.Expr:
    """Whether a row's retired record stays so: its source may not bring it back, or a person ruled it out."""
    refused = _refused(options)
    stays = pl.lit(not tracking) | _kept_by_person(options) | refused
    return pl.col("_retired").fill_null(value=False) & stays


def _kept_by_person(options: ImportOptions) -> pl.Expr:
    """Whether a person retired a row's record, and nobody allows this file to bring it back (PRE-17)."""
    by_person = (pl.col("_retired_by") == "operator").fill_null(value=False)
    return by_person & ~pl.col("_record_id").is_in(list(options.reactivate)).fill_null(value=False)


def _refused(options: ImportOptions) -> pl.Expr:
    """Whether the operator ruled a row's return out, by its record, or by not naming it (INT-3)."""
    refused = pl.col("_record_id").is_in(list(options.no_reactivate)).fill_null(value=False)
    if options.reactivate_only is None:
        return refused
    only = list(options.reactivate_only)
    named = pl.col("_key").is_in(only) | pl.col("_key_raw").is_in(only).fill_null(value=False)
    allowed = pl.col("_record_id").is_in(list(options.reactivate)).fill_null(value=False)
    return refused | ~(named | allowed)


def without_status_of_retired(
    changes: pl.DataFrame, rows: pl.DataFrame, record_type: RecordType
) -> pl.DataFrame:
    """``changes`` without a new status for a record that ``_stays`` retired: only a return gives it one (PRE-2, PRE-26)."""
    if record_type.lifecycle is None:
        return changes
    staying = rows.filter("_stays").select("_row", field=pl.lit(record_type.lifecycle.field))
    kept = changes.join(staying, on=["_row", "field"], how="anti", maintain_order="left")
    real = kept.filter("counted").select("_row").unique()
    return kept.join(real, on="_row", how="semi", maintain_order="left")


def writes(rows: pl.DataFrame, changes: pl.DataFrame, record_type: RecordType) -> pl.DataFrame:
    """The records to change, with the value each will have in every field that changes anywhere in this plan.

    ``rows``: those that update or reactivate, with ``f:now`` and ``_version``. Beside the fields: bookkeeping,
    ``_retires`` (the row states the retired status) and ``_returns``.
    """
    fields = changes["field"].unique().sort().to_list()
    base = rows.select(
        "_row",
        "_line",
        "_hash",
        "_record_id",
        "_version",
        "_action",
        "_retired",
        "extra",
        *(pl.col(f"{name}:now").alias(name) for name in fields),
    )
    base = changed_values(base, changes, fields, key="_row", value="after")
    lifecycle = record_type.lifecycle
    retires = pl.lit(False)
    if lifecycle is not None and lifecycle.field in fields:
        retires = (pl.col(lifecycle.field) == lifecycle.retired).fill_null(False) & ~pl.col(
            "_retired"
        ).fill_null(False)
    return base.with_columns(_retires=retires, _returns=pl.col("_action") == "reactivate").drop("_retired")
