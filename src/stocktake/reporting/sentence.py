"""Sentences for people: what a run did, why a record was retired or came back (PRE-21, APP-9, SEC-8)."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from stocktake.model.decision import Action
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run

_PARTS = (
    ("create", "{} created"),
    ("update", "{} updated"),
    ("displaced", "{} displaced"),
    ("retire", "{} retired"),
    ("delete", "{} deleted"),
    ("held", "{} held for review"),
    ("reactivate", "{} reactivated"),
    ("relinked", "{} relinked"),
    ("missing", "{} missing"),
    ("unchanged", "{} unchanged"),
    ("reject", "{} rejected"),
    ("conflict", "{} in conflict"),
    ("ambiguous", "{} ambiguous"),
    ("duplicate", "{} duplicate"),
)


def tally(counts: Mapping[str, int]) -> str:
    """``112 created, 340 updated, …``, without the zeroes."""
    said = [text.format(f"{counts[name]:,}") for name, text in _PARTS if counts.get(name)]
    return ", ".join(said) or "nothing changed"


def plural(count: int, one: str, many: str | None = None) -> str:
    """``1 row``, ``2 rows``, ``1,204 rows``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def rejected(run: Run) -> str:
    """``3 rows rejected, 2 of them mended by run 13`` (ERR-3)."""
    said = f"{plural(run.rejected, 'row')} rejected"
    if run.mended is None:
        return said
    which = ", ".join(str(each) for each in run.mended.by)
    return f"{said}, {run.mended.rows:,} of them mended by {'run' if len(run.mended.by) == 1 else 'runs'} {which}"


def review(counts: Mapping[str, int]) -> str:
    """The sentence that a review begins with."""
    changed = f"update {counts['update']:,}"
    if counts.get("fields"):
        cleared = f", {counts['cleared']:,} cleared" if counts.get("cleared") else ""
        changed += f" ({plural(counts['fields'], 'field')}{cleared})"
    rejected = counts["reject"] + counts["conflict"] + counts["ambiguous"]
    held = f", hold {counts['held']:,} for review" if counts.get("held") else ""
    gone = f"delete {counts['delete']:,}" if counts.get("delete") else f"retire {counts['retire']:,}"
    return (
        f"Applying will create {counts['create']:,}, {changed}, {gone}{held}, "
        f"reactivate {counts['reactivate']:,}. {counts['unchanged']:,} unchanged, {rejected:,} rejected. "
        f"{plural(counts['rows'], 'row')} read."
    )


def retirements(absent: pl.DataFrame, source: str, status: str | None, retired: str | None) -> pl.DataFrame:
    """Audit entries of the retirements: ``act, record_id, rule, before, after, sentence``."""
    gone = absent.filter(pl.col("_action") == "retire").unique("_record_id", maintain_order=True)
    before = pl.col(status) if status else pl.lit(None, dtype=pl.String)
    change = (
        pl.when(before.is_not_null())
        .then(pl.format(" ({} → {})", before, pl.lit(retired)))
        .otherwise(pl.lit(""))
    )
    return gone.select(
        act=pl.lit("retire"),
        record_id="_record_id",
        rule=pl.col("_rule").cast(pl.String),
        before=before,
        after=pl.lit(retired, dtype=pl.String),
        sentence=pl.format(
            "{} was retired: {} no longer has it, and no other source does{}.",
            pl.col("_name"),
            pl.lit(source),
            change,
        ),
    )


def reviewed(absent: pl.DataFrame, source: str, *, by: str, reason: str | None) -> pl.DataFrame:
    """Audit entries of held retirements that a person decided: ``act, record_id, rule, sentence`` (PRE-16)."""
    who, misses, why = pl.lit(by), pl.lit(source), pl.lit(f": {reason}" if reason else "")
    action = pl.col("_action").cast(pl.String)
    because = (
        pl.when(pl.col("_elsewhere").is_not_null())
        .then(pl.format("{} has it", "_elsewhere"))
        .otherwise(pl.lit("it is retired already"))
    )
    told = (
        pl.when(action == "retire")
        .then(pl.format("{} let {} be retired, which {} misses{}.", who, "_name", misses, why))
        .when(action == "suppressed")
        .then(pl.format("{} kept {}, though {} misses it{}.", who, "_name", misses, why))
        .otherwise(pl.format("{} reviewed {}, which {} misses; {}.", who, "_name", misses, because))
    )
    return absent.select(
        act=pl.when(action == "suppressed").then(pl.lit("keep")).otherwise(pl.lit("review")),
        record_id="_record_id",
        rule=pl.col("_rule").cast(pl.String),
        sentence=told,
    )


def acknowledged(name: str, source: str, *, by: str, reason: str, until: str | None) -> str:
    """The audit's sentence of somebody who has seen that a record is missing (PRE-29)."""
    end = f" until {until}" if until else ""
    return f"{by} acknowledged{end} that {source} misses {name}: {reason}."


def deletions(absent: pl.DataFrame, source: str, file: str) -> pl.DataFrame:
    """Audit entries of the deletions: ``act, record_id, rule, sentence``."""
    gone = absent.filter(pl.col("_action") == "delete").unique("_record_id", maintain_order=True)
    return gone.select(
        act=pl.lit("delete"),
        record_id="_record_id",
        rule=pl.col("_rule").cast(pl.String),
        sentence=pl.format(
            "{} was deleted: {}, which replaces the records of {}, does not have it.",
            pl.col("_name"),
            pl.lit(file),
            pl.lit(source),
        ),
    )


def displacements(giving: pl.DataFrame | None, kind: RecordType, file: str) -> pl.DataFrame:
    """Audit entries of records that gave way to a row: ``act, record_id, before, after, sentence`` (PACK-1)."""
    if giving is None:
        return pl.DataFrame()
    labels = {each.name: each.label for each in kind.fields}
    label = pl.col("field").replace_strict(labels, default=pl.col("field"), return_dtype=pl.String)
    return giving.select(
        "before",
        "after",
        act=pl.lit("displace"),
        record_id="_record_id",
        sentence=pl.format(
            '{} "{}" of {} {} became "{}": line {} of {} gives it to {} {}.',
            label,
            "before",
            pl.lit(kind.title.lower()),
            "_record_id",
            "after",
            "_line",
            pl.lit(file),
            pl.lit(kind.title.lower()),
            "_by",
        ),
    )


def returns(rows: pl.DataFrame, changes: pl.DataFrame, source: str, status: str | None) -> pl.DataFrame:
    """Audit entries of the reactivations (``rows``): ``act, record_id, rule, before, after, sentence``."""
    moved = (
        changes.filter((pl.col("field") == status) & (pl.col("_action") == "reactivate"))
        if status
        else changes.clear()
    )
    back = rows.join(
        moved.select("_record_id", "before", "after"), on="_record_id", how="left", maintain_order="left"
    )
    change = (
        pl.when(pl.col("after").is_not_null())
        .then(
            pl.format(" ({} → {})", pl.col("before").fill_null("blank"), pl.col("after").fill_null("blank"))
        )
        .otherwise(pl.lit(""))
    )
    return back.select(
        act=pl.lit("reactivate"),
        record_id="_record_id",
        rule=pl.col("_rule").cast(pl.String),
        before="before",
        after="after",
        sentence=pl.format("{} is back in {}{}.", pl.col("_name"), pl.lit(source), change),
    )


def edited(
    kind: RecordType,
    record_id: int,
    name: str,
    act: Action,
    changes: pl.DataFrame,
    *,
    by: str,
    reason: str | None,
) -> pl.DataFrame:
    """The audit entry of an edit by hand: ``act, record_id, before, after, sentence``; changes: ``field, before, after``."""
    verb = {Action.RETIRE: "retired", Action.REACTIVATE: "brought back"}.get(act, "edited")
    told = ", ".join(
        f"{kind[field].label} {_shown(before)} → {_shown(after)}"
        for field, before, after in changes.iter_rows()
    )
    why = f" Reason: {reason}" if reason else ""
    status = changes.filter(pl.col("field") == (kind.lifecycle.field if kind.lifecycle else ""))
    return pl.DataFrame(
        {
            "act": ["edit" if act is Action.UPDATE else act.value],
            "record_id": [record_id],
            "before": [status["before"][0] if status.height else None],
            "after": [status["after"][0] if status.height else None],
            "sentence": [f"{by} {verb} {name} ({kind.title.lower()} {record_id}) by hand: {told}.{why}"],
        },
        schema_overrides={"before": pl.String, "after": pl.String},
    )


def _shown(value: str | None) -> str:
    return "blank" if value is None else f'"{value}"'
