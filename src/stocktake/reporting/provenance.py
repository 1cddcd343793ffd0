"""Where the values of a record come from, field by field (PRE-24, LIN-3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from stocktake.model.record_type import Field, RecordType

#: The columns of a record's provenance.
PROVENANCE = {
    "field": pl.String(),
    "value": pl.String(),
    "how": pl.String(),
    "source": pl.String(),
    "by": pl.String(),
    "run_id": pl.Int64(),
    "at": pl.Datetime("us", "UTC"),
    "kept_by_hand": pl.Boolean(),
    "differing": pl.List(pl.Struct({"source": pl.String(), "value": pl.String()})),
}

IMPORTED, EDITED = "import", "edit"


def provenance(
    record_type: RecordType,
    record: Mapping[str, Any],
    writings: pl.DataFrame,
    edits: pl.DataFrame,
    said: pl.DataFrame,
    delivered: pl.DataFrame,
    *,
    created_by: str | None,
    created_at: datetime | None,
) -> pl.DataFrame:
    """``PROVENANCE``, a line per field; the field's blank and nobody has written it: ``how`` and what follows is null.

    writings: ``field, run_id, kind, source, by, at``, oldest first. edits: ``field, run_id`` of values that a person gave.
    said: ``_source`` and per field what the source says where the record does not. delivered: ``_source, field`` of what
    sources have spoken for. created_by, created_at: of the run that
    made the record, whose values are those that nobody has written since.
    """
    last = {each["field"]: each for each in writings.iter_rows(named=True)}
    by_hand = dict(edits.select("field", "run_id").iter_rows())
    made = {
        "kind": IMPORTED,
        "run_id": record["created_run"],
        "source": record["source"],
        "by": created_by,
        "at": created_at,
    }
    lines = []
    for each in record_type.fields:
        value = record[each.name]
        written = last.get(each.name) or (made if value is not None else {})
        held = each.name in by_hand
        lines.append(
            {
                "field": each.name,
                "value": value,
                "how": EDITED if held else written.get("kind"),
                "source": None if held else _speaker(each, value, written.get("source"), said, delivered),
                "by": written.get("by"),
                "run_id": by_hand.get(each.name, written.get("run_id")),
                "at": written.get("at"),
                "kept_by_hand": held and each.locked,
                "differing": _differing(said, each.name, value),
            }
        )
    return pl.DataFrame(lines, schema=PROVENANCE)


def _speaker(
    declared: Field, value: str | None, writer: str | None, said: pl.DataFrame, delivered: pl.DataFrame
) -> str | None:
    """Whose value it is: the writer's, unless its run handed the field on to a source that is next in order."""
    if not declared.authority or value is None:
        return writer
    differing = said.filter(
        pl.col(declared.name).ne_missing(pl.lit(value)) & pl.col(declared.name).is_not_null()
    )
    silent = differing["_source"].to_list()
    speaking: list[str] = (
        delivered.filter(pl.col("field") == declared.name)["_source"].unique().sort().to_list()
    )
    agreeing = [name for name in speaking if name not in silent]
    if writer not in silent or not agreeing:
        return writer
    order = declared.authority
    return min(agreeing, key=lambda name: order.index(name) if name in order else len(order))


def _differing(said: pl.DataFrame, name: str, value: str | None) -> list[dict[str, str]]:
    """What sources say of a field that is neither blank nor its value."""
    words = said.select("_source", _word=name).filter(
        pl.col("_word").is_not_null() & (pl.col("_word") != "") & pl.col("_word").ne_missing(pl.lit(value))
    )
    return [
        {"source": source, "value": word}
        for source, word in words.unique(maintain_order=True).sort("_source", maintain_order=True).iter_rows()
    ]


def origin(line: Mapping[str, Any]) -> str:
    """``NINJAONE, run 12`` · ``by ana, run 15, kept by hand; TELUS says "X1"``: a line of provenance for people."""
    said = "; ".join(f'{each["source"]} says "{each["value"]}"' for each in line["differing"])
    if line["how"] is None:
        return said
    who = f"by {line['by'] or 'hand'}" if line["how"] == EDITED else line["source"]
    kept = ", kept by hand" if line["kept_by_hand"] else ""
    return "; ".join(each for each in (f"{who}, run {line['run_id']}{kept}", said) if each)
