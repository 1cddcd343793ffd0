"""Editing: a person changes one record, previewed, in one transaction, and undone like an import (PRE-24, PLN-19)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from stocktake.cleaning.draft import clean
from stocktake.cleaning.identity import rungs
from stocktake.flows.act import Act, announced, conclude
from stocktake.flows.hand_edit import replace_hand_edits
from stocktake.flows.record_history import unknown_record
from stocktake.flows.referring import World, stored_leads
from stocktake.flows.staleness import stale
from stocktake.flows.trail import closing
from stocktake.model.decision import Action
from stocktake.model.errors import InvalidInput
from stocktake.model.record_type import RecordType
from stocktake.model.run import RunKind
from stocktake.model.source import Source
from stocktake.planning import editing, memory
from stocktake.planning import reference as ref
from stocktake.planning.problem import PROBLEMS, taken_values
from stocktake.ports.frame import LINK_IMAGE
from stocktake.ports.store import Store, Unit
from stocktake.reporting import sentence
from stocktake.reporting.history import EDITED


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRequest:
    """What a person asks for: ``values`` of a record by field, as text; a blank one clears its field.

    record_types, sources, stored: what references lead through, as an import has them.
    """

    record_type: RecordType
    record_id: int
    values: Mapping[str, str]
    record_types: Mapping[str, RecordType]
    sources: tuple[Source, ...]
    stored: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPreview:
    """What an edit will do to a record of ``version``: ``changes`` has ``field, before, after`` of what differs.

    ``act`` is ``retire`` or ``reactivate`` where the status turns to the retired one or away from it, else ``update``.
    """

    record_type: RecordType
    record_id: int
    name: str
    version: int
    act: Action
    changes: pl.DataFrame


def preview_edit(unit: Unit, request: EditRequest) -> EditPreview:
    """What an edit would do; nothing is written.

    Raises ``NotFound`` ``unknown-record``; ``InvalidInput`` ``unknown-field``, ``values-rejected`` (all that is wrong with
    the values, in the words of an import) and ``nothing-to-change``.
    """
    kind, ids = request.record_type, pl.Series([request.record_id], dtype=pl.Int64)
    editing.check_fields(kind, request.values)
    there = kind.name in request.stored
    now = unit.record_values(kind, ids, [each.name for each in kind.fields]) if there else pl.DataFrame()
    if now.is_empty():
        raise unknown_record(kind, request.record_id)
    cleaned = clean(*editing.handed(kind, request.values))
    drafts, unresolved = _resolved(unit, request, cleaned.drafts)
    found = [cleaned.problems, unresolved]
    found += _taken(unit, request, drafts, now)
    problems = pl.concat(found)
    if not problems.is_empty():
        raise editing.rejected(kind, request.record_id, problems)
    changes = editing.changes(now, drafts)
    if changes.is_empty():
        raise InvalidInput(
            "nothing-to-change",
            f"{kind.title} {request.record_id} has {'these values' if len(request.values) > 1 else 'this value'} already.",
            hint=f"Look at it with `stocktake record show {kind.name} {request.record_id}`.",
        )
    return EditPreview(
        record_type=kind,
        record_id=request.record_id,
        name=unit.names(kind, ids)["_name"][0] or str(request.record_id),
        version=now["_version"][0],
        act=editing.act_of(kind, changes, is_retired=now["_retired"][0]),
        changes=changes,
    )


def edit(
    store: Store,
    workspace_id: int,
    request: EditRequest,
    *,
    by: str,
    reason: str | None,
    version: int | None,
    clock: Callable[[], datetime],
) -> int:
    """Change a record by hand; the run's id. ``version``: the one that a person was shown.

    Raises what :func:`preview_edit` does, ``StalePlan`` where the record has another version by now, and ``Busy``.
    """
    at, kind = clock(), request.record_type
    with store.reading(workspace_id) as unit:
        preview_edit(unit, request)
    referred = [each.to for each in kind.references if each.field in request.values]
    act = Act(kind=RunKind.EDIT, source=None, record_type=kind.name, by=by, reason=reason)
    run_id = announced(store, workspace_id, act, at=at)
    with closing(store, workspace_id, run_id, clock=clock), store.writing(workspace_id) as unit:
        for name in sorted({kind.name, *referred}):
            unit.lock_target(name)
        unit.interrupt_dead_runs(kind.name, run_id, at=at)
        seen = preview_edit(unit, request)
        if version is not None and seen.version != version:
            raise stale(f"{kind.title} {request.record_id} has changed since it was shown.", [])
        _write(unit, seen, run_id, act, at=at)
    return run_id


def _resolved(unit: Unit, request: EditRequest, drafts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The drafts with the ids of the records that they name, and a problem for each that is not there (IDN-4)."""
    world = World(
        unit=unit,
        record_types=dict(request.record_types),
        stored=request.stored,
        sources=request.sources,
    )
    problems = [pl.DataFrame(schema=PROBLEMS)]
    for name in drafts.columns[1:]:
        each, text = request.record_type.reference(name), drafts[name][0]
        if each is None or not text:
            continue
        texts = pl.Series([text])
        leads = stored_leads(world, each, request.record_types[each.to], texts, rank=0)
        verdict = ref.verdicts(texts, leads).row(0, named=True)
        if verdict["outcome"] == ref.RESOLVED:
            drafts = drafts.with_columns(pl.lit(verdict["value"]).alias(name))
        else:
            problems.append(editing.unresolved(request.record_type, each, text, verdict["candidates"]))
    return drafts, pl.concat(problems)


def _taken(unit: Unit, request: EditRequest, drafts: pl.DataFrame, now: pl.DataFrame) -> list[pl.DataFrame]:
    """Problems of values that another record has, where no two may have them (TYP-1, IDN-1)."""
    kind = request.record_type
    found = []
    row = drafts.with_columns(_line=pl.lit(1, dtype=pl.UInt32), _record_id=pl.lit(request.record_id))
    for name in request.values:
        if kind[name].unique:
            stored = unit.identities(kind, [name])
            found.append(taken_values(row, stored, name, kind[name].label, kind[name].label))
    told = {name for each in found for name in each["field"]}
    ladder = [
        rung for rung in kind.identity if not set(rung).isdisjoint(request.values) and not set(rung) <= told
    ]
    parts = list(dict.fromkeys(part for rung in kind.identity for part in rung))
    if not ladder:
        return found
    stored = unit.identities(kind, parts).filter(pl.col("_record_id") != request.record_id)
    after = editing.after(now.select("_record_id", *parts), drafts)
    theirs = pl.concat([stored.select("_record_id"), rungs(stored, kind)], how="horizontal")
    found += editing.identities_taken(kind, ladder, rungs(after, kind), theirs)
    return found


def _write(unit: Unit, seen: EditPreview, run_id: int, act: Act, *, at: datetime) -> None:
    kind, changes = seen.record_type, seen.changes
    ids = pl.Series([seen.record_id], dtype=pl.Int64)
    unit.keep_image(run_id, "lineage", unit.lineage_image(kind, ids))
    _remember_said(unit, seen, ids, run_id)
    _hold(unit, seen, ids, run_id)
    written = unit.change_records(
        kind,
        editing.written(seen.record_id, seen.version, changes),
        at=at,
        changed_run=run_id,
        **_turned(seen, run_id, at),
    )
    if written != 1:
        raise stale(f"{kind.title} {seen.record_id} has changed.", [])
    named = changes.with_columns(record_id=pl.lit(seen.record_id, dtype=pl.Int64))
    unit.keep_changes(run_id, kind.name, named.with_columns(act=pl.lit(seen.act.value)))
    tracked = named.filter(pl.col("field").is_in(list(kind.tracked)))
    unit.keep_history(
        run_id,
        kind.name,
        tracked.select("record_id", "field", from_value="before", to_value="after", kind=pl.lit(EDITED)),
        at=at,
    )
    entry = sentence.edited(kind, seen.record_id, seen.name, seen.act, changes, by=act.by, reason=act.reason)
    unit.log(run_id, entry, at=at, actor=act.by, record_type=kind.name)
    stats = {"record_id": seen.record_id, "fields": changes.height, "edited": 1}
    conclude(unit, run_id, act, stats, at=at)


def _remember_said(unit: Unit, seen: EditPreview, ids: pl.Series, run_id: int) -> None:
    """Let every link of the record remember what its source said of what is overwritten (PLN-19)."""
    kind = seen.record_type
    said = memory.overwritten(
        seen.changes.with_columns(_record_id=pl.lit(seen.record_id, dtype=pl.Int64)),
        unit.links_of(kind.name, ids),
        unit.spoken_fields(kind.name),
        tuple(each.name for each in kind.fields),
    ).select(source="_source", external_id="_key", said="_said")
    if said.is_empty():
        return
    unit.keep_image(run_id, "links", unit.link_image(kind.name, said, LINK_IMAGE))
    if unit.change_links(kind.name, said, changed_run=run_id) != said.height:
        raise stale(f"Links of {kind.title.lower()} {seen.record_id} have changed.", [])


def _hold(unit: Unit, seen: EditPreview, ids: pl.Series, run_id: int) -> None:
    """The values are a person's from now on; a reference that waited for its record waits no longer."""
    kind, fields = seen.record_type, seen.changes.select("field")
    before = unit.hand_edits(kind.name, ids).join(fields, on="field", how="semi")
    replace_hand_edits(unit, run_id, before.select(pl.lit(kind.name).alias("record_type"), pl.all()))
    unit.keep_hand_edits(
        kind.name,
        fields.with_columns(
            record_id=pl.lit(seen.record_id, dtype=pl.Int64), run_id=pl.lit(run_id, dtype=pl.Int64)
        ),
    )
    waiting = unit.unresolved_of(kind.name).filter(pl.col("record_id") == seen.record_id)
    answered = waiting.join(fields, on="field", how="semi")
    if not answered.is_empty():
        unit.keep_image(run_id, "unresolved", answered)
        unit.forget_unresolved(answered)


def _turned(seen: EditPreview, run_id: int, at: datetime) -> dict[str, Any]:
    """The retirement columns of a record that a person retires or brings back (PRE-17)."""
    if seen.act is Action.RETIRE:
        return {"retired_at": at, "retired_by": "operator", "retired_run": run_id}
    if seen.act is Action.REACTIVATE:
        return {"retired_at": None, "retired_by": None, "retired_run": None}
    return {}
