"""Preview: read a source, map it, clean it, meet it with what is stored, and give the plan. Nothing is written (PLN-5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from stocktake.flows.advising import known_words, values_before
from stocktake.flows.believing import believing
from stocktake.flows.displacing import displaced_records, remembering
from stocktake.flows.flapping import flapping_warnings
from stocktake.flows.measuring import measured
from stocktake.flows.meeting import Meeting, meet
from stocktake.flows.mending import check_partial, suggested
from stocktake.flows.overwriting import overwritten
from stocktake.flows.referring import World
from stocktake.flows.relinking import other_types, reference_counts, reference_frames, reference_warnings
from stocktake.flows.repeating import decisions_so_far, repeated_bytes, repeated_rows, vouching_import
from stocktake.flows.request import Request
from stocktake.flows.ruling import check_no_rulings
from stocktake.flows.staging import Remembered, Staged, check_not_empty, stage
from stocktake.flows.succession import succession
from stocktake.flows.sweeping import swept
from stocktake.model.decision import DecisionTable
from stocktake.model.errors import InvalidInput
from stocktake.model.plan import BoundState, Deduplication, Plan, PlanFrames
from stocktake.model.problem import Warning
from stocktake.model.run import Run
from stocktake.planning import assembly, displacing, holding, row, ruling, sweep
from stocktake.planning.beside import how_many, picked
from stocktake.planning.guard import reject_limit
from stocktake.planning.table import TABLES
from stocktake.ports.progress import Progress
from stocktake.ports.reader import Origin
from stocktake.ports.store import Unit
from stocktake.reporting.deduplication import deduplication
from stocktake.reporting.statistic import rescaled
from stocktake.reporting.unknown_word import unknown_words
from stocktake.reporting.warning import partial_export, same_content, unlike, warnings_of


def preview(
    unit: Unit, origin: Origin, request: Request, progress: Progress, *, elsewhere: Unit | None = None
) -> Plan:
    """The plan for one source, against what the unit's database holds.

    ``elsewhere``: where the other types lie while this one has no table yet; references lead there (IDN-4).

    Raises ``InvalidInput``, ``NotFound`` and ``Unreadable`` for structural faults (ERR-4); what guards and rejected rows
    say is part of the plan, see ``planning.guard.refusal``.
    """
    _check(request)
    check_partial(request, mended=False)
    table = TABLES[request.strategy]
    progress.phase("reading")
    last = vouching_import(unit, request)
    again = repeated_bytes(unit, request, origin, last)
    if again is not None:
        return again
    remembered = Remembered(
        decisions=decisions_so_far(unit, request),
        words=known_words(request.record_types.values()),
        values=values_before(unit, request.source, request.record_type),
    )
    staged = stage(origin, request, remembered, progress, matches=table.matches)
    check_not_empty(staged, sweeps=table.sweeps)
    check_partial(request, mended=staged.mended)
    again = repeated_rows(unit, request, staged, last)
    if again is not None:
        return again
    return _planned(unit, elsewhere or unit, request, measured(staged, request), progress)


def _planned(unit: Unit, elsewhere: Unit, request: Request, staged: Staged, progress: Progress) -> Plan:
    """The plan of a file at rest: its rows meet what is stored, and the table decides."""
    table, record_type = TABLES[request.strategy], request.record_type
    retired = unit.retired_records(record_type)
    world = World.of(elsewhere, request)
    believed = believing(unit, request)
    met = meet(unit, request, staged, retired, world, progress, reordered=believed.has_changed)
    absent, guards = swept(unit, request, staged, met.linked, retired, met.rows)
    frames = _referring(world, request, met, _frames(unit, request, staged, met, absent))
    progress.advance(staged.file.rows)
    counts = _counts(request, staged, met, frames)
    others = other_types(world, request, frames.references)
    stored = _deduplication(unit, request, staged, met)
    warnings = _warnings(
        unit,
        request,
        staged,
        met,
        believed.warnings(met, frames),
        absent=absent,
        counts=counts,
        stored=stored,
    )
    return Plan(
        plan_id=request.plan_id,
        made_at=request.at,
        workspace=request.workspace,
        record_type=record_type,
        source=request.source,
        strategy=request.strategy,
        options=request.options,
        mapping=staged.mapping,
        file=staged.file,
        counts=counts,
        guards=guards,
        warnings=warnings,
        deduplication=stored,
        state=_state(unit, world, request, others),
        frames=frames,
        as_of=request.as_of,
        baseline=believed.noted(staged, met, sweeps=table.sweeps),
        decisions=staged.decisions,
        referred=others,
        deliverers=world.sources if others else (),
        key=staged.key,
        advice=staged.advice,
        statistics=staged.statistics,
    )


def _counts(request: Request, staged: Staged, met: Meeting, frames: PlanFrames) -> dict[str, int]:
    """How many rows and records there are of each decision."""
    keyless = int(staged.rows["_keyless"].sum()) if TABLES[request.strategy].matches else 0
    numbers = assembly.counts(
        frames,
        suppressed_returns=int(met.rows["_suppressed"].sum()),
        without_external_id=keyless,
    )
    numbers |= reference_counts(frames.references) | holding.counts(met.kept, frames.succession)
    return numbers | displacing.counts(frames.displaced) | ruling.counts(frames.ruled)


def _state(unit: Unit, world: World, request: Request, referred: Iterable[str]) -> BoundState:
    """What of the database the plan is made against (PLN-9)."""
    source, record_type = request.source.name, request.record_type.name
    return BoundState(
        target_version=unit.target_version(record_type),
        links_version=unit.links_version(source, record_type),
        last_run=world.unit.last_run(),
        referred=tuple((name, world.unit.target_version(name)) for name in referred),
    )


def _warnings(
    unit: Unit,
    request: Request,
    staged: Staged,
    met: Meeting,
    believed: tuple[Warning, ...],
    *,
    absent: pl.DataFrame,
    counts: dict[str, int],
    stored: Deduplication,
) -> tuple[Warning, ...]:
    """All that people should know before they apply, in the order in which it came up."""
    record_type, source, table = request.record_type, request.source.name, TABLES[request.strategy]
    last = unit.latest_import(source, record_type.name)
    same = unit.latest_import(source, record_type.name, sha256=staged.file.sha256)
    return (
        *staged.warnings,
        *(suggested(unit, request, staged.file.header) if staged.mended else ()),
        *warnings_of(met.rows, tracks=request.source.tracks_presence and table.matches),
        *believed,
        *flapping_warnings(unit, request, met.rows, absent),
        *(_compared_with_last(unit, request, staged, counts) if table.sweeps else ()),
        *_scaled_otherwise(last, request, staged),
        *unknown_words(met.problems, record_type),
        *reference_warnings(met, record_type, staged.headers),
        *(partial_export(stored, staged.file.rows, counts) if table.sweeps else ()),
        *same_content(staged.file, same, last),
    )


def _scaled_otherwise(last: Run | None, request: Request, staged: Staged) -> tuple[Warning, ...]:
    """Whose numbers are of another scale than in the source's last import (CLN-4)."""
    if last is None or last.baseline is None:
        return ()
    return rescaled(staged.baseline, last.baseline, last.run_id, request.record_type, staged.headers)


def _compared_with_last(
    unit: Unit, request: Request, staged: Staged, counts: dict[str, int]
) -> tuple[Warning, ...]:
    """What is unlike the source's last snapshot (PRE-14)."""
    last = unit.latest_import(request.source.name, request.record_type.name, full_snapshot=True)
    if last is None or last.baseline is None:
        return ()
    return unlike(staged.baseline, last.baseline, counts, request.record_type)


def _referring(world: World, request: Request, met: Meeting, frames: PlanFrames) -> PlanFrames:
    """The frames with what the plan says about references, where there are any (IDN-4)."""
    given = [] if frames.displaced is None else [frames.displaced["_record_id"]]
    touched = pl.concat([frames.updates["_record_id"], frames.absent["_record_id"], *given])
    told = reference_frames(world, request, met, frames.creates, frames.changes, touched)
    return frames if told is None else replace(frames, references=told)


def _check(request: Request) -> None:
    """Refuse what can be known to be wrong before a row is read."""
    reject_limit(request.options.reject_limit, 0)
    if request.source.closed:
        raise InvalidInput(
            "source-closed",
            f"{request.source.name} was closed: it delivers no more.",
            hint=f"Open it again with `stocktake source set {request.source.name} --closed off`.",
        )
    table = TABLES.get(request.strategy)
    if table is None:
        raise InvalidInput(
            "unknown-strategy",
            f'There is no strategy "{request.strategy}".',
            hint=f"Choose one of {', '.join(TABLES)}.",
        )
    _check_fitting(request, table)


def _check_fitting(request: Request, table: DecisionTable) -> None:
    """Refuse a strategy that the source or the record type is not made for."""
    if not table.matches:
        check_no_rulings(request.options.overrides.rulings, f"{request.strategy} looks for no records")
    if table.deletes and request.source.tracks_presence:
        raise InvalidInput(
            "presence-tracked",
            f"{request.source.name} tracks presence: what its file lacks is retired and not deleted (PLN-17).",
            hint="Import it with --strategy snapshot.",
        )
    if table.sweeps and not table.deletes and not request.source.tracks_presence:
        raise InvalidInput(
            "presence-not-tracked",
            f"{request.source.name} does not track presence, so what its file lacks means nothing (PLN-1).",
            hint="Import it with --strategy merge, or with --strategy replace to delete what the file lacks.",
        )
    scope = request.source.scope
    if table.sweeps and scope is not None and scope.field not in request.record_type:
        raise InvalidInput(
            "unknown-field",
            f'{request.source.name} answers for records by "{scope.field}"; {request.record_type.title} has no such field.',
            hint=f"It has: {', '.join(each.name for each in request.record_type.fields)}.",
        )
    identity = request.record_type.external_id or request.source.external_id or request.record_type.identity
    if table.matches and not table.deletes and not identity:
        raise InvalidInput(
            "no-identity",
            f"{request.record_type.title} has neither an external id nor an identity: rows cannot be told apart (TYP-3).",
            hint="Import it with --strategy append or replace, or declare external_id or identity in the record type.",
        )


def _frames(unit: Unit, request: Request, staged: Staged, met: Meeting, absent: pl.DataFrame) -> PlanFrames:
    """All frames of the plan; the store is asked only about records that the plan touches."""
    record_type, rows = request.record_type, met.rows
    acting = picked(rows, pl.col("_action").is_in(["update", "reactivate"]), "_row", "_action")
    touched = met.candidates.join(acting, on="_row", how="inner", maintain_order="left")
    returning = touched.filter(pl.col("_action") == "reactivate")
    status = record_type.lifecycle.field if record_type.lifecycle else record_type.fields[0].name
    before = unit.statuses_before_retirement(record_type, status, returning["_record_id"])
    changes = row.all_changes(met.changes, returning, acting, record_type, before)
    fields = staged.fields(record_type)
    creates = row.creations(rows, met.drafts.known, record_type, fields)
    giving = displaced_records(unit, request, met, changes, creates, absent)
    changes = pl.concat([changes, displacing.own_changes(giving, touched)])
    alone = displacing.alone(giving, touched)
    fallen = displacing.without(succession(unit, request, met.linked, absent, rows), alone)
    acts = pl.concat([assembly.acts(changes, acting), holding.given(fallen), displacing.acts(alone)])
    goings = pl.concat([assembly.retirements(absent, record_type), assembly.deletions(absent)])
    links = remembering(
        giving, assembly.restated(rows, met.linked.open_links, met.said), rows, fields, request
    )
    made = remembering(giving, assembly.adoptions(rows, met.candidates, met.said), rows, fields, request)
    table = TABLES[request.strategy]
    partial = table.matches and not table.sweeps
    return PlanFrames(
        rows=assembly.shown(rows, staged.repeats),
        creates=creates,
        updates=row.writes(touched, changes, record_type),
        changes=pl.concat([acts, goings]),
        absent=absent,
        adoptions=made,
        restated=links,
        seen=assembly.seen(rows, links) if partial else links.select("_key").clear(),
        overwritten=overwritten(
            unit,
            record_type,
            request.source.name,
            displacing.speaking(ruling.staying(rows, met.ruled), alone, links),
            pl.concat([acts, goings]),
        ),
        problems=met.problems.sort("line", "_row", maintain_order=True),
        history=assembly.history(
            record_type, acts, assembly.returned(rows, met.candidates, changes, record_type), absent
        ),
        drafts=met.drafts.values,
        cells=staged.cells,
        summary=staged.summary,
        kept=met.kept,
        succession=fallen,
        displaced=giving,
        ruled=None if met.ruled.is_empty() else met.ruled,
        contested=met.contested,
    )


def _deduplication(unit: Unit, request: Request, staged: Staged, met: Meeting) -> Deduplication:
    rows = met.rows
    wanted = pl.col("_action").is_in(["update", "unchanged", "reactivate"])
    accepted = picked(rows, wanted, "_record_id", "_link_record")
    matching, by_key = accepted["_record_id"].n_unique(), accepted["_link_record"].drop_nulls().len()
    if not TABLES[request.strategy].matches:  # nothing was matched; what would have been is worth knowing
        rows = rows.with_columns(met.linked.rows["_link"])
        matching = by_key = picked(met.linked.rows, pl.col("_link_record").is_not_null(), "_key")[
            "_key"
        ].n_unique()
    return deduplication(
        rows=rows.height,
        with_key=rows.height - int(staged.rows["_keyless"].sum()),
        matching=matching,
        matched_by_key=by_key,
        new=how_many(rows, pl.col("_action") == "create"),
        existing=unit.record_count(request.record_type),
        swept=sweep.unmet(met.linked.open_links, rows).height,
        strategy=request.strategy,
        tracks=request.source.tracks_presence,
    )
