"""Preview: read a source, map it, clean it, meet it with what is stored, and give the plan. Nothing is written (PLN-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from stocktake.cleaning.draft import clean, extras
from stocktake.cleaning.identity import rungs
from stocktake.flows.staging import Staged, check_not_empty, stage
from stocktake.model.errors import InvalidInput
from stocktake.model.options import ImportOptions
from stocktake.model.plan import BoundState, Deduplication, Guard, Plan, PlanFrames
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.planning import assembly, guard, identity, memory, row, sweep
from stocktake.planning.change import field_changes
from stocktake.planning.expression import decision
from stocktake.planning.problem import PROBLEMS, collisions, taken_values
from stocktake.planning.table import TABLES
from stocktake.ports.progress import Progress
from stocktake.ports.reader import Reading
from stocktake.ports.store import Unit
from stocktake.reporting.deduplication import deduplication
from stocktake.reporting.warning import warnings_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be planned. ``keepers``: the sources whose presence keeps records alive (PRE-31)."""

    plan_id: str
    at: datetime
    workspace: str
    name: str
    record_type: RecordType
    source: Source
    keepers: tuple[str, ...]
    options: ImportOptions

    @property
    def strategy(self) -> str:
        """As asked for, else the source's default, else by presence (PLN-18)."""
        usual = "snapshot" if self.source.tracks_presence else "merge"
        return self.options.strategy or self.source.default_strategy or usual


def preview(unit: Unit, reading: Reading, request: Request, progress: Progress) -> Plan:
    """The plan for one source, against what the unit's database holds.

    Raises ``InvalidInput``, ``NotFound`` and ``Unreadable`` for structural faults (ERR-4); what guards and rejected rows
    say is part of the plan, see ``planning.guard.refusal``.
    """
    _check(request)
    record_type, source, options = request.record_type, request.source, request.options
    staged = stage(reading, request.name, record_type, source, options, progress)
    check_not_empty(staged, request.strategy)

    progress.phase("cleaning", staged.file.rows)
    links = unit.links(source.name, record_type.name)
    met = row.met_links(
        staged.rows,
        links,
        unit.retired_records(record_type),
        mapping_id=unit.mapping_id(source.name, record_type.name, staged.mapping.version),
        refresh=options.refresh,
    )
    drafts, problems = _drafts(staged, met, record_type, source, progress)

    progress.phase("planning", staged.file.rows)
    matched, problems = _matched(unit, staged, met, drafts, links, problems, record_type)
    rows, changes, candidates = _decided(unit, request, staged, matched, drafts, problems)
    absent, guards = _swept(unit, request, links, rows)
    frames = _frames(unit, request, staged, rows, changes, candidates, absent, drafts, problems)
    numbers = assembly.counts(frames, suppressed_returns=int(rows["_suppressed"].sum()))
    earlier = unit.latest_import(source.name, record_type.name, sha256=staged.file.sha256)
    return Plan(
        plan_id=request.plan_id,
        made_at=request.at,
        workspace=request.workspace,
        record_type=record_type,
        source=source,
        strategy=request.strategy,
        options=options,
        mapping=staged.mapping,
        file=staged.file,
        counts=numbers,
        guards=guards,
        warnings=staged.warnings
        + warnings_of(rows, staged.file, tracks=source.tracks_presence, earlier=earlier),
        deduplication=_deduplication(unit, request, rows, links),
        state=BoundState(
            target_version=unit.target_version(record_type.name),
            links_version=unit.links_version(source.name, record_type.name),
            last_run=unit.last_run(),
        ),
        frames=frames,
    )


def _check(request: Request) -> None:
    table = TABLES.get(request.strategy)
    if table is None:
        raise InvalidInput(
            "unknown-strategy",
            f'There is no strategy "{request.strategy}".',
            hint=f"Choose one of {', '.join(TABLES)}.",
        )
    if table.sweeps and not request.source.tracks_presence:
        raise InvalidInput(
            "presence-not-tracked",
            f"{request.source.name} does not track presence, so what its file lacks means nothing (PLN-1).",
            hint="Import it with --strategy merge.",
        )
    if (
        not request.record_type.external_id
        and not request.source.external_id
        and not request.record_type.identity
    ):
        raise InvalidInput(
            "no-identity",
            f"{request.record_type.title} has neither an external id nor an identity: rows cannot be told apart (TYP-3).",
            hint="Declare external_id or identity in the record type.",
        )


def _drafts(
    staged: Staged, met: pl.DataFrame, record_type: RecordType, source: Source, progress: Progress
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Type the rows that are new or changed, and no others: drafts with ``extra``, and problems."""
    wanted = met.filter(~pl.col("settled") & ~pl.col("duplicate")).select("_row")
    fields = _fields(staged, record_type)
    empty = {"_row": pl.UInt32, **dict.fromkeys(fields, pl.String), "extra": pl.String}
    drafts, problems = [pl.DataFrame(schema=empty)], [pl.DataFrame(schema=PROBLEMS)]
    for batch in staged.raw:
        part = batch if wanted.height == met.height else batch.join(wanted, on="_row", how="semi")
        progress.advance(batch.height)
        if part.is_empty():
            continue
        cleaned = clean(part, record_type, source, staged.mapping)
        kept = (
            extras(part, staged.file.header, staged.mapping)
            if record_type.unmapped == "keep"
            else pl.Series([None] * part.height, dtype=pl.String)
        )
        drafts.append(cleaned.drafts.with_columns(kept.alias("extra")).select(empty.keys()))
        problems.append(cleaned.problems)
    return pl.concat(drafts), pl.concat(problems)


def _fields(staged: Staged, record_type: RecordType) -> tuple[str, ...]:
    return tuple(name for name in staged.mapping.fields if name in record_type)


def _matched(
    unit: Unit,
    staged: Staged,
    met: pl.DataFrame,
    drafts: pl.DataFrame,
    links: pl.DataFrame,
    problems: pl.DataFrame,
    record_type: RecordType,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Every row with the record it leads to and whether its keys agree; and all problems."""
    problems = pl.concat([problems, collisions(met, staged.key_column)])
    fields = _fields(staged, record_type)
    unique = [name for name in fields if record_type[name].unique]
    needed = list(dict.fromkeys([*(part for rung in record_type.identity for part in rung), *unique]))
    names = tuple(f"_rung{index}" for index in range(len(record_type.identity)))
    unsettled = met.filter(~pl.col("settled") & ~pl.col("duplicate"))
    if not needed or unsettled.is_empty():
        matched = met.with_columns(
            _record_id=pl.col("_link_record"), ambiguous=pl.lit(False), conflicting=pl.lit(False)
        )
        return matched, problems
    stored = unit.identities(record_type, needed)
    ladder = pl.concat([stored.select("_record_id"), rungs(stored, record_type)], how="horizontal")
    climbing = pl.concat([drafts.select("_row"), rungs(drafts, record_type)], how="horizontal")
    found = identity.matches(
        unsettled.select("_row", "_key", "_keyless", "_link_record").join(
            climbing, on="_row", how="left", maintain_order="left"
        ),
        links,
        ladder,
        names,
    )
    matched = (
        met.join(found, on="_row", how="left", maintain_order="left")
        .with_columns(_record_id=pl.coalesce("_record_id", "_link_record"))
        .with_columns(pl.col("ambiguous", "conflicting").fill_null(value=False))
    )
    placed = matched.select("_row", "_line", "_record_id").join(
        drafts, on="_row", how="inner", maintain_order="left"
    )
    for name, column in (
        (each.field, each.column) for each in staged.mapping.columns if each.field in unique
    ):
        clashing = ~(pl.col("ambiguous") | pl.col("conflicting"))
        sound = placed.join(
            matched.filter(clashing).select("_row"), on="_row", how="semi", maintain_order="left"
        )
        taken = taken_values(sound, stored, name, column, record_type[name].label)
        problems = pl.concat([problems, taken])
    return matched, problems


def _decided(
    unit: Unit,
    request: Request,
    staged: Staged,
    matched: pl.DataFrame,
    drafts: pl.DataFrame,
    problems: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Rows with their decisions, the field changes, and the typed rows that met a record beside its values."""
    record_type, options = request.record_type, request.options
    fields = _fields(staged, record_type)
    all_fields = tuple(each.name for each in record_type.fields)
    faulty = problems.select("_row", _faulty=pl.lit(True)).unique("_row")
    known = matched.join(faulty, on="_row", how="left", maintain_order="left").with_columns(
        valid=pl.col("_faulty").is_null()
    )
    comparable = known.filter(
        pl.col("valid")
        & ~pl.col("settled")
        & ~pl.col("duplicate")
        & ~pl.col("ambiguous")
        & ~pl.col("conflicting")
        & pl.col("_record_id").is_not_null()
    )
    values = unit.record_values(record_type, comparable["_record_id"].unique(), all_fields)
    now = values.rename({name: f"{name}:now" for name in all_fields})
    beside = comparable.join(drafts, on="_row", how="inner", maintain_order="left").join(
        now.drop("_retired", "_retired_by"), on="_record_id", how="inner", maintain_order="left"
    )
    states = values.select("_record_id", "_retired", "_retired_by")
    beside = beside.drop("_retired", "_retired_by").join(
        states, on="_record_id", how="left", maintain_order="left"
    )
    candidates = memory.last_words(
        beside, fields, unit.spoken_fields(record_type.name), all_fields=all_fields
    )
    own = memory.own_memory(candidates, record_type, fields, all_fields, refresh=options.refresh)
    changes = row.without_status_of_retired(
        field_changes(candidates, record_type, fields, refresh=options.refresh),
        candidates,
        record_type,
        tracking=_tracking(request.source),
    )
    moved = changes.filter("counted").select("_row", changed=pl.lit(True)).unique("_row")
    lifecycle = record_type.lifecycle
    status = [lifecycle.field] if lifecycle is not None and lifecycle.field in fields else []
    facts = (
        known.drop("_retired", "_retired_by")
        .join(states, on="_record_id", how="left", maintain_order="left")
        .join(moved, on="_row", how="left", maintain_order="left")
        .join(own.rename({"_said": "_own_said"}), on="_row", how="left", maintain_order="left")
        .join(drafts.select("_row", *status), on="_row", how="left", maintain_order="left")
        .with_columns(pl.col("changed").fill_null(value=False))
    )
    table = TABLES[request.strategy]
    rows = row.decided(facts, table, record_type, options, tracking=_tracking(request.source)).with_columns(
        _back=(~pl.col("_link_present")).fill_null(value=False) & ~pl.col("duplicate")
    )
    return rows, changes, candidates


def _tracking(source: Source) -> bool:
    return source.keeps_records and not source.observe_only


def _swept(
    unit: Unit, request: Request, links: pl.DataFrame, rows: pl.DataFrame
) -> tuple[pl.DataFrame, tuple[Guard, ...]]:
    """The absent links with their decisions, and what the guards say."""
    record_type, source, options = request.record_type, request.source, request.options
    table = TABLES[request.strategy]
    seen = rows.filter(~pl.col("_keyless"))["_key"] if table.sweeps else links["_key"]
    absent = sweep.unseen(links, seen)
    ids = absent["_record_id"].unique()
    status = [record_type.lifecycle.field] if record_type.lifecycle else []
    shown = [record_type.display_field] if record_type.display_field in record_type else []
    wanted = list(dict.fromkeys([*record_type.tracked, *status, *(each for each in shown if each)]))
    records = unit.record_values(record_type, ids, wanted)
    name = pl.coalesce(*shown, "_key") if shown else pl.col("_key")
    elsewhere = sweep.presence_elsewhere(
        absent, unit.links_of(record_type.name, ids), source, request.keepers
    )

    def decide(holding: bool) -> pl.DataFrame:
        facts = sweep.absent_facts(
            absent, records, elsewhere, source=source, options=options, holding=holding
        )
        ruled = facts.with_columns(
            decision(table, {"incoming", "retired", "kept", "elsewhere", "retirable", "holding"}).alias(
                "_decision"
            )
        ).unnest("_decision")
        return ruled.select(
            "_key", "_record_id", "_version", "_action", "_rule", "_elsewhere", *wanted, _name=name
        )

    decided = decide(False)
    if not table.sweeps:
        return decided, ()
    retired = unit.retired_records(record_type).select("_record_id")
    present = links.filter(pl.col("_present") & ~pl.col("_keyless")).join(
        retired, on="_record_id", how="anti"
    )
    accepted = rows.filter(pl.col("_action").is_in(["create", "update", "unchanged", "reactivate"]))
    rejected = rows.filter(pl.col("_action").is_in(["reject", "conflict", "ambiguous"]) & pl.col("_keyless"))
    guards = guard.verdicts(
        guard.Sight(
            rows=rows.height,
            accepted=accepted.height,
            present=present["_record_id"].n_unique(),
            retiring=decided.filter(pl.col("_action") == "retire")["_record_id"].n_unique(),
            unreadable=rejected.height,
            missing=decided.height,
        ),
        source,
        options,
    )
    return (decide(True) if guard.holds(guards, options) else decided), guards


def _frames(
    unit: Unit,
    request: Request,
    staged: Staged,
    rows: pl.DataFrame,
    changes: pl.DataFrame,
    candidates: pl.DataFrame,
    absent: pl.DataFrame,
    drafts: pl.DataFrame,
    problems: pl.DataFrame,
) -> PlanFrames:
    record_type = request.record_type
    fields = _fields(staged, record_type)
    writing = rows.filter(pl.col("_action").is_in(["update", "reactivate"])).select("_row", "_action")
    touched = candidates.join(writing, on="_row", how="inner", maintain_order="left")
    returning = touched.filter(pl.col("_action") == "reactivate")
    status = record_type.lifecycle.field if record_type.lifecycle else None
    before = (
        unit.statuses_before_retirement(record_type, status, returning["_record_id"])
        if status
        else pl.DataFrame(schema={"_record_id": pl.Int64, "_status": pl.String})
    )
    changes = changes.join(writing.select("_row"), on="_row", how="semi", maintain_order="left")
    changes = pl.concat([changes, row.status_changes(returning, changes, record_type, before)])
    adopting = assembly.adoptions(rows)
    restated = assembly.restated(rows)
    seen = (
        assembly.seen(rows, restated) if request.strategy != "snapshot" else restated.clear().select("_key")
    )
    acts = changes.join(writing, on="_row", how="left", maintain_order="left").select(
        "_record_id", "_action", "field", "before", "after", "counted"
    )
    retirements = _retirements(absent, record_type)
    back = _back(rows, candidates, changes, record_type)
    creating = rows.filter(pl.col("_action") == "create").join(
        drafts, on="_row", how="inner", suffix=":draft"
    )
    return PlanFrames(
        rows=rows.select(
            "_row",
            "_line",
            "_key",
            "_keyless",
            "_record_id",
            "_action",
            "_rule",
            "_of_line",
            "_back",
            "_suppressed",
            _name=pl.coalesce("_name", "_key_raw", "_key"),
            _external=pl.when(~pl.col("_keyless")).then(pl.coalesce("_key_raw", "_key")),
        ),
        creates=row.creations(creating, record_type, fields),
        updates=row.writes(touched, changes, record_type),
        changes=pl.concat([acts, retirements]),
        absent=absent,
        adoptions=adopting.rename({"_own_said": "_said"}),
        restated=restated,
        seen=seen,
        overwritten=_overwritten(unit, request, rows, acts, retirements),
        problems=problems.sort("line", "_row", maintain_order=True),
        history=assembly.history(
            record_type, acts, back, sweep.removals(absent, record_type.tracked).select(sweep.HISTORY.keys())
        ),
        raw=staged.raw,
    )


def _retirements(absent: pl.DataFrame, record_type: RecordType) -> pl.DataFrame:
    """The status that each retirement changes, as a field change."""
    gone = absent.filter(pl.col("_action") == "retire").unique("_record_id", maintain_order=True)
    status = pl.col(record_type.lifecycle.field) if record_type.lifecycle else pl.lit(None, dtype=pl.String)
    after = record_type.lifecycle.retired if record_type.lifecycle else None
    return gone.select(
        "_record_id",
        "_action",
        field=pl.lit(record_type.lifecycle.field if record_type.lifecycle else "retired_at"),
        before=status,
        after=pl.lit(after, dtype=pl.String),
        counted=pl.lit(False),
    )


def _back(
    rows: pl.DataFrame, candidates: pl.DataFrame, changes: pl.DataFrame, record_type: RecordType
) -> pl.DataFrame:
    """``_record_id`` and tracked fields, as they will be, of records that reappear (HIS-2)."""
    again = rows.filter(pl.col("_back") | (pl.col("_action") == "reactivate")).select("_row")
    state = candidates.join(again, on="_row", how="semi", maintain_order="left").select(
        "_row", "_record_id", *(pl.col(f"{name}:now").alias(name) for name in record_type.tracked)
    )
    for name in record_type.tracked:
        mine = changes.filter(pl.col("field") == name).select("_row", _after="after", _hit=True)
        state = (
            state.join(mine, on="_row", how="left", maintain_order="left")
            .with_columns(
                pl.when(pl.col("_hit").fill_null(value=False)).then("_after").otherwise(name).alias(name)
            )
            .drop("_after", "_hit")
        )
    return state


def _overwritten(
    unit: Unit, request: Request, rows: pl.DataFrame, acts: pl.DataFrame, retirements: pl.DataFrame
) -> pl.DataFrame:
    """Other links whose source's last word this plan overwrites; a retirement overwrites its own source's too."""
    record_type = request.record_type
    ids = pl.concat([acts["_record_id"], retirements["_record_id"]]).unique()
    links = unit.links_of(record_type.name, ids)
    own = rows.filter(pl.col("_record_id").is_not_null()).select(
        _source=pl.lit(request.source.name), _key="_key"
    )
    others = links.join(own, on=["_source", "_key"], how="anti", maintain_order="left")
    return memory.overwritten(
        pl.concat([acts, retirements]).filter(pl.col("field") != "retired_at"),
        others,
        unit.spoken_fields(record_type.name),
        tuple(each.name for each in record_type.fields),
    )


def _deduplication(unit: Unit, request: Request, rows: pl.DataFrame, links: pl.DataFrame) -> Deduplication:
    accepted = rows.filter(pl.col("_action").is_in(["update", "unchanged", "reactivate"]))
    return deduplication(
        rows=rows.height,
        with_key=rows.height - int(rows["_keyless"].sum()),
        matching=accepted["_record_id"].n_unique(),
        matched_by_key=accepted["_link_record"].drop_nulls().len(),
        new=rows.filter(pl.col("_action") == "create").height,
        existing=unit.record_count(request.record_type),
        swept=links.filter("_present").join(rows.select("_key"), on="_key", how="anti").height,
        strategy=request.strategy,
        tracks=request.source.tracks_presence,
    )
