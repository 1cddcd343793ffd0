"""Yielding: an identity does not come back to a record while another one has it, and will keep it (ROL-5, IDN-1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from stocktake.cleaning.identity import rungs
from stocktake.flows.aftermath import Aftermath
from stocktake.flows.creation import Creation
from stocktake.flows.restoring import TAKEN, Part
from stocktake.model.record_type import RecordType
from stocktake.planning import yielding
from stocktake.planning.change import changed_values
from stocktake.planning.hindrance import none_hindered


def nothing_taken() -> pl.DataFrame:
    """No value stands in another record."""
    return pl.DataFrame(schema=TAKEN)


def taken_values(
    after: Aftermath,
    part: Part,
    creations: Iterable[Creation],
    cascaded: pl.DataFrame,
    undeleted: pl.DataFrame,
) -> pl.DataFrame:
    """What ``part`` would give back although a record that stays has it by now, as ``TAKEN``.

    creations: the records that the run made, and which of them stay. cascaded: ``type, id`` of those of later runs that go.
    undeleted: the records that the run deleted and that come back. Only records that the run or later ones wrote can have
    come by it.
    """
    kind, run_id = part.record_type, after.run.run_id
    keys = yielding.exclusive_keys(kind)
    fields = list(dict.fromkeys(name for key in keys for name in key))
    changed = part.changes.filter(pl.col("field").is_in(fields) & pl.col("before").is_not_null())
    if not fields or not after.touches(kind) or (changed.is_empty() and undeleted.is_empty()):
        return nothing_taken()
    deleted = undeleted.select(_record_id="id", **{name: _text(undeleted, name) for name in fields})
    back = pl.concat(
        [
            changed.select("field", _record_id="record_id"),
            deleted.unpivot(fields, index="_record_id", variable_name="field").select("field", "_record_id"),
        ]
    )
    written = after.unit.identities_since(kind, fields, run_id - 1)
    staying = written.filter(~_goes(kind, creations, cascaded))
    moved = part.changes.rename({"record_id": "_record_id"})
    restored = changed_values(staying, moved, fields, key="_record_id", value="before")
    told = _keyed(pl.concat([restored.select(deleted.columns), deleted]), kind, keys)
    found = yielding.shared(told, back, keys)
    if found.is_empty():
        return nothing_taken()
    since = after.unit.changes_since(kind.name, run_id - 1, found["_holder"].unique())
    made = staying.filter(pl.col("_created_run") >= run_id)["_record_id"]
    taken = yielding.yielded(found, since, made, back, keys)
    return taken.join(_writers(after, part, creations, staying), on="_holder", how="left").select(
        TAKEN.keys()
    )


def _text(records: pl.DataFrame, name: str) -> pl.Expr:
    """A field of deleted records; it may have been declared since."""
    return pl.col(name).cast(pl.String) if name in records.columns else pl.lit(None, dtype=pl.String)


def _goes(record_type: RecordType, creations: Iterable[Creation], cascaded: pl.DataFrame) -> pl.Expr:
    """Which records are taken away by the rollback."""
    record = pl.col("_record_id")
    goes = record.is_in(cascaded.filter(pl.col("type") == record_type.name)["id"].implode())
    for each in creations:
        if each.record_type.name == record_type.name and each.count:
            goes |= record.is_between(each.first, each.last) & ~record.is_in(each.staying.implode())
    return goes


def _keyed(records: pl.DataFrame, record_type: RecordType, keys: tuple[tuple[str, ...], ...]) -> pl.DataFrame:
    """``_record_id, _key, _text`` of every key that is filled, in the form in which it is compared (IDN-2)."""
    forms = rungs(records, replace(record_type, identity=keys))
    named = forms.rename({f"_rung{place}": str(place) for place in range(len(keys))})
    wide = pl.concat([records.select("_record_id"), named], how="horizontal")
    return wide.unpivot(index="_record_id", variable_name="_key", value_name="_text").drop_nulls("_text")


def _writers(
    after: Aftermath, part: Part, creations: Iterable[Creation], records: pl.DataFrame
) -> pl.DataFrame:
    """``_holder, _by_run``: which later run keeps a record as it is, or wrote it last."""
    later = pl.max_horizontal("_created_run", "_changed_run")
    last = records.select(_holder="_record_id", _last=pl.when(later > after.run.run_id).then(later))
    told = pl.concat([none_hindered(), part.hindrances, *(each.hindrances for each in creations)])
    mine = told.filter(pl.col("record_type") == part.record_type.name)
    kept = mine.group_by(_holder="_record_id").agg(_kept=pl.col("_by_run").max())
    beside = last.join(kept, on="_holder", how="left", maintain_order="left")
    return beside.select("_holder", _by_run=pl.coalesce("_kept", "_last"))
