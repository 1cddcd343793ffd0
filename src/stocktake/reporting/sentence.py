"""Sentences for people: what a run did, why a record was retired or came back (PRE-21, APP-9, SEC-8)."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from stocktake.model.decision import Action
from stocktake.model.plan import Plan
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run, RunKind, RunStatus

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


#: What happens to records that no row updates, in a review's first sentence, where it happens.
_MOVED = (
    ("displaced", "displace", "record"),
    ("relinked", "relink", "reference"),
    ("handed_on", "hand on", "value"),
)


#: What the log's line of an import tells, whatever the numbers.
_LOGGED = ("created", "updated", "retired", "reactivated")


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
    changed, cleared = counts.get("fields", 0), counts.get("cleared", 0)
    among = 0 < cleared <= changed
    fields = f" ({plural(changed, 'field')}{f', {cleared:,} cleared' if among else ''})" if changed else ""
    becomes = "becomes" if cleared == 1 else "become"
    blank = f"{plural(cleared, 'field')} {becomes} blank. " if cleared and not among else ""
    moved = "".join(
        f", {verb} {plural(counts[name], noun)}" for name, verb, noun in _MOVED if counts.get(name)
    )
    rejected = counts["reject"] + counts["conflict"] + counts["ambiguous"]
    held = f", hold {counts['held']:,} for review" if counts.get("held") else ""
    gone = f"delete {counts['delete']:,}" if counts.get("delete") else f"retire {counts['retire']:,}"
    return (
        f"Applying will create {counts['create']:,}, update {counts['update']:,}{fields}, {gone}{held}, "
        f"reactivate {counts['reactivate']:,}{moved}. {blank}{counts['unchanged']:,} unchanged, {rejected:,} rejected. "
        f"{plural(counts['rows'], 'row')} read."
    )


def split(counts: Mapping[str, int]) -> str:
    """How many rows get in and how many do not: ``156 will be imported, 3 will fail`` (ERR-5)."""
    failing = counts["reject"] + counts["conflict"] + counts["ambiguous"]
    return f"{counts['rows'] - failing - counts['skip']:,} will be imported, {failing:,} will fail"


def retirements(
    absent: pl.DataFrame, source: str, status: str | None, retired: str | None, *, run_id: int, by: str
) -> pl.DataFrame:
    """Audit entries of the retirements: ``act, record_id, rule, before, after, sentence``."""
    gone = absent.filter(pl.col("_action") == "retire").unique("_record_id", maintain_order=True)
    before = pl.col(status) if status else pl.lit(None, dtype=pl.String)
    after = pl.lit(retired, dtype=pl.String)
    return gone.select(
        act=pl.lit("retire"),
        record_id="_record_id",
        rule=pl.col("_rule").cast(pl.String),
        before=before,
        after=after,
        sentence=pl.format(
            "Run {} by {} retired {}{}: {} no longer has it, and no other source does.",
            pl.lit(run_id),
            pl.lit(by),
            pl.col("_name"),
            _turn(before, after),
            pl.lit(source),
        ),
    )


def _turn(before: pl.Expr, after: pl.Expr) -> pl.Expr:
    """`` (AVAILABLE → RETIRED)``; nothing where the status stays as it is."""
    shown = pl.format(" ({} → {})", before.fill_null("blank"), after.fill_null("blank"))
    return pl.when(before.ne_missing(after)).then(shown).otherwise(pl.lit(""))


def holds(absent: pl.DataFrame, source: str) -> pl.DataFrame:
    """Audit entries of retirements and deletions that a guard held: ``act, record_id, rule, sentence`` (PRE-15)."""
    waiting = absent.filter(pl.col("_action") == "held").unique("_record_id", maintain_order=True)
    return waiting.select(
        act=pl.lit("hold"),
        record_id="_record_id",
        rule=pl.col("_rule").cast(pl.String),
        sentence=pl.format("{} is held for review: {} no longer has it.", pl.col("_name"), pl.lit(source)),
    )


def kept(absent: pl.DataFrame, source: str, *, by: str) -> pl.DataFrame:
    """Audit entries of records that stay though the file lacks them: ``act, record_id, rule, sentence`` (PRE-18)."""
    stays = absent.filter(pl.col("_action") == "suppressed").unique("_record_id", maintain_order=True)
    told = (
        pl.when(pl.col("_rule") == "kept")
        .then(pl.format("{} kept {}, though {} misses it.", pl.lit(by), "_name", pl.lit(source)))
        .otherwise(
            pl.format("{} was kept, though {} misses it: other records refer to it.", "_name", pl.lit(source))
        )
    )
    return stays.select(
        act=pl.lit("keep"), record_id="_record_id", rule=pl.col("_rule").cast(pl.String), sentence=told
    )


def left_retired(rows: pl.DataFrame, source: str) -> pl.DataFrame:
    """Audit entries of rows whose retired records were not let back: ``act, record_id, rule, sentence`` (PRE-18)."""
    return rows.select(
        act=pl.lit("override"),
        record_id="_record_id",
        rule=pl.col("_rule").cast(pl.String),
        sentence=pl.format(
            "{} stays retired, as a person decided, though {} has it again.", "_name", pl.lit(source)
        ),
    )


def undone(turned: pl.DataFrame, run_id: int, *, by: str) -> pl.DataFrame:
    """Audit entries of records that a rollback brings back, or retires again: ``act, record_id, before, after, sentence``.

    turned: ``record_id, _act, _name, before, after``: what the run had done to each, and how its status is turned now.
    """
    back = pl.col("_act") != Action.REACTIVATE.value
    done = pl.when(back).then(pl.lit("brought back")).otherwise(pl.lit("retired again"))
    had = (
        pl.when(pl.col("_act") == Action.DELETE.value)
        .then(pl.lit("had deleted it"))
        .when(back)
        .then(pl.lit("had retired it"))
        .otherwise(pl.lit("had brought it back"))
    )
    return turned.select(
        "record_id",
        "before",
        "after",
        act=pl.when(back).then(pl.lit("reactivate")).otherwise(pl.lit("retire")),
        sentence=pl.format(
            "{} was {}: {} rolled back run {}, which {}.", "_name", done, pl.lit(by), pl.lit(run_id), had
        ),
    )


def refused(plan: Plan, why: str, *, by: str) -> str:
    """The audit's sentence of an import that a guard, or its rejected rows, held back (APP-11)."""
    nothing = "" if "Nothing was written" in why else " Nothing was written."
    return f"{by} was refused the import of {plan.file.name} from {plan.source.name}: {why}{nothing}"


def summary(run: Run) -> str:
    """One line for the log (APP-9): ``run 3, import of NINJAONE device: 112 created, 0 updated, …``, with zeroes there."""
    about = " ".join(each for each in (run.source, run.record_type) if each)
    stats = {name: count for name, count in run.stats.items() if count and name != "record_id"}
    if run.kind is RunKind.IMPORT:
        stats = {name: run.stats.get(name, 0) for name in _LOGGED} | {"rejected": run.stats.get("errors", 0)}
    told = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in stats.items())
    return f"run {run.run_id}, {run.kind}{f' of {about}' if about else ''}: {told or 'nothing'}"


def uploaded(label: str, size: int, *, by: str) -> str:
    """The audit's sentence of a file that was handed over (UPL-1)."""
    return f"{by} uploaded {label}, {plural(size, 'byte')}."


def cancelled(run: Run, *, by: str) -> str:
    """The audit's sentence of an import that was given up before it was applied (UPL-2)."""
    return f"{by} cancelled import {run.run_id} ({run.subject}). Nothing was written."


def failed(run: Run) -> str:
    """The audit's sentence of a run that came to nothing (APP-6)."""
    why = run.reason or ""
    nothing = "" if "Nothing was written" in why else " Nothing was written."
    if run.status is RunStatus.INTERRUPTED:
        return f"Run {run.run_id} ({run.subject}) by {run.initiated_by} was interrupted.{nothing}"
    if run.status is RunStatus.CANCELLED:
        return f"Run {run.run_id} ({run.subject}) by {run.initiated_by} was cancelled before its commit.{nothing}"
    stop = "" if why.endswith(".") else "."
    return f"Run {run.run_id} ({run.subject}) by {run.initiated_by} failed: {why}{stop}{nothing}"


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


def acknowledgements(
    known: pl.DataFrame, source: str, *, by: str, reason: str, until: str | None
) -> pl.DataFrame:
    """The audit of somebody who has seen that records are missing (PRE-29): ``act, record_id, sentence``.

    known: ``_record_id``, and ``_name``, null where a record has none.
    """
    name = pl.coalesce("_name", pl.col("_record_id").cast(pl.String))
    end = f" until {until}" if until else ""
    return known.select(
        act=pl.lit("acknowledge"),
        record_id="_record_id",
        sentence=pl.format(
            "{} acknowledged{} that {} misses {}: {}.",
            pl.lit(by),
            pl.lit(end),
            pl.lit(source),
            name,
            pl.lit(reason),
        ),
    )


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


def returns(
    rows: pl.DataFrame, changes: pl.DataFrame, source: str, status: str | None, *, run_id: int, by: str
) -> pl.DataFrame:
    """Audit entries of the reactivations (``rows``): ``act, record_id, rule, before, after, sentence``."""
    back = _beside_status(rows, changes, status)
    return back.select(
        act=pl.lit("reactivate"),
        record_id="_record_id",
        rule=pl.col("_rule").cast(pl.String),
        before="before",
        after="after",
        sentence=pl.format(
            "Run {} by {} brought {} back{}: {} has it.",
            pl.lit(run_id),
            pl.lit(by),
            pl.col("_name"),
            _turn(pl.col("before"), pl.col("after")),
            pl.lit(source),
        ),
    )


def stated(
    rows: pl.DataFrame, changes: pl.DataFrame, source: str, status: str | None, *, run_id: int, by: str
) -> pl.DataFrame:
    """The same of retirements that rows themselves state (``rows``)."""
    return _beside_status(rows, changes, status).select(
        act=pl.lit("retire"),
        record_id="_record_id",
        rule=pl.col("_rule").cast(pl.String),
        before="before",
        after="after",
        sentence=pl.format(
            "Run {} by {} retired {}{}: its row from {} says so.",
            pl.lit(run_id),
            pl.lit(by),
            pl.col("_name"),
            _turn(pl.col("before"), pl.col("after")),
            pl.lit(source),
        ),
    )


def _beside_status(rows: pl.DataFrame, changes: pl.DataFrame, status: str | None) -> pl.DataFrame:
    """``rows`` with what becomes of their record's status: ``before, after``, null where it stays."""
    moved = changes.filter(pl.col("field") == status) if status else changes.clear()
    return rows.join(
        moved.select("_record_id", "before", "after"), on="_record_id", how="left", maintain_order="left"
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
