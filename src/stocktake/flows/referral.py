"""Referral: writing what a plan says about references, with the rest of it in one transaction (IDN-4, PLN-9, APP-1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl

from stocktake.flows.referring import World, stored_leads
from stocktake.flows.relinking import relinked_by, stub_targets
from stocktake.flows.staleness import SHOWN, stale
from stocktake.model.plan import Plan, ReferenceFrames
from stocktake.model.record_type import RecordType
from stocktake.planning import reference as ref
from stocktake.planning import row
from stocktake.ports.frame import LINK_IMAGE, UNRESOLVED
from stocktake.ports.store import Unit
from stocktake.reporting.sentence import plural

#: The act of a field change that an import of another type brings.
RELINK = "relink"
#: Under which name a run keeps the stubs it made, per type.
STUB_IMAGE = {"record_type": pl.String, "record_id": pl.Int64}


def stubbed_types(plan: Plan) -> list[RecordType]:
    """The other types in which the plan makes stubs: they need their table."""
    if plan.frames.references is None:
        return []
    names = plan.frames.references.stubs["to"].unique().sort()
    return [plan.referred[name] for name in names if name in plan.referred]


def targets(plan: Plan) -> list[str]:
    """The types whose lock the plan needs, in the order in which everybody takes them.

    Its own; those it refers to, so that no record goes in the meantime; those it writes to.
    """
    told = plan.frames.references
    names = [] if told is None else [told.resolved["to"], told.stubs["to"], told.relinked["record_type"]]
    return sorted({plan.record_type.name, *(name for each in names for name in each)})


def reserve_stubs(unit: Unit, plan: Plan) -> dict[str, int]:
    """Type → the first id of its stubs."""
    if plan.frames.references is None:
        return {}
    counted = plan.frames.references.stubs.group_by("to").len().sort("to")
    return {name: unit.reserve(f"record:{name}", count) for name, count in counted.iter_rows()}


def numbered(plan: Plan, created: pl.DataFrame, first_stubs: dict[str, int]) -> tuple[Plan, pl.DataFrame]:
    """The plan with ids where it points to records that are created, and its stubs with their ``_id``.

    created: ``_row, id`` of the records this plan creates from rows.
    """
    frames = plan.frames
    told = frames.references
    if told is None:
        return plan, pl.DataFrame(schema={**ref.STUBS, "_id": pl.Int64})
    stubs = told.stubs.with_columns(_id=pl.int_range(pl.len(), dtype=pl.Int64).over("to")).with_columns(
        _id=pl.col("_id") + pl.col("to").replace_strict(first_stubs, default=0, return_dtype=pl.Int64)
    )
    rows = created.select(value=ref.row_pointer(), _id="id")
    ids = pl.concat([rows, stubs.select("value", "_id")])
    fields = [each.field for each in plan.record_type.references]
    written = [name for name in frames.updates.columns if name in fields]
    mine = pl.col("field").is_in(fields)
    return replace(
        plan,
        frames=replace(
            frames,
            drafts=frames.drafts.settled(ids)
            if isinstance(frames.drafts, ref.Referred | ref.Pointing)
            else frames.drafts,
            updates=ref.settled(frames.updates, written, ids),
            changes=_settled_where(frames.changes, mine, "after", ids),
            history=_settled_where(frames.history, mine, "to_value", ids),
            references=replace(
                told,
                relinked=ref.settled(told.relinked, ["after"], ids),
                unresolved=told.unresolved.join(
                    created.select("_row", _new="id"), on="_row", how="left", maintain_order="left"
                ).with_columns(_record_id=pl.coalesce("_record_id", "_new")),
            ),
        ),
    ), stubs


def _settled_where(frame: pl.DataFrame, where: pl.Expr, column: str, ids: pl.DataFrame) -> pl.DataFrame:
    """A field's text may look like a pointer; only fields that refer hold one."""
    picked = frame.select(where).to_series()
    if not picked.any():
        return frame
    given = ref.settled(frame.select(pl.when(picked).then(column).alias(column)), [column], ids)
    return frame.with_columns(pl.when(picked).then(given[column]).otherwise(column).alias(column))


def write_references(
    unit: Unit, plan: Plan, stubs: pl.DataFrame, run_id: int, *, by: str, at: datetime
) -> None:
    """Stubs, relinked references and what waits from now on, with all that the run's rollback needs."""
    told = plan.frames.references
    if told is None:
        return
    _make_stubs(unit, plan, stubs, run_id, at)
    for name, mine in _by_type(told.relinked):
        kind = plan.referred.get(name, plan.record_type)
        _relink(unit, plan, kind, mine, run_id, at)
        _overwrite(unit, kind, told.overwritten.filter(pl.col("record_type") == name), run_id)
    _keep_waiting(unit, plan, run_id)
    for name in targets(plan):
        if name != plan.record_type.name and (
            name in told.stubs["to"] or name in told.relinked["record_type"]
        ):
            unit.raise_target(name)
    said = [
        f"{plural(told.relinked.height, 'reference')} of stored records resolved"
        * bool(told.relinked.height),
        f"{plural(told.stubs.height, 'record')} made of nothing but a name" * bool(told.stubs.height),
    ]
    if any(said):
        entry = {"act": ["relink"], "sentence": [f"{by}: {', '.join(each for each in said if each)}."]}
        unit.log(
            run_id,
            pl.DataFrame(entry),
            at=at,
            actor=by,
            source=plan.source.name,
            record_type=plan.record_type.name,
        )


def _by_type(frame: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    for (name,), mine in frame.sort("record_type", maintain_order=True).group_by(
        "record_type", maintain_order=True
    ):
        yield str(name), mine


def _make_stubs(unit: Unit, plan: Plan, stubs: pl.DataFrame, run_id: int, at: datetime) -> None:
    """A record per name, attributed to the run and its source; no link: the source does not have it."""
    if stubs.is_empty():
        return
    unit.keep_image(run_id, "stubs", stubs.select(record_type="to", record_id="_id"))
    for name, mine in _by_type(stubs.rename({"to": "record_type"})):
        to = plan.referred.get(name, plan.record_type)
        shown = to.display_field or ""
        drafts = mine.select(id="_id", **{shown: pl.col("name")})
        values = row.created_values(drafts, to, (shown,)).drop("_retires")
        unit.create_records(
            to,
            values,
            source=plan.source.name,
            created_run=run_id,
            row_run=run_id,
            imported_at=at,
            updated_at=at,
        )


def _relink(unit: Unit, plan: Plan, kind: RecordType, mine: pl.DataFrame, run_id: int, at: datetime) -> None:
    """Updates of records of ``kind``: one statement per set of fields that records get."""
    ids = mine["record_id"].unique().sort()
    unit.keep_image(run_id, f"lineage:{kind.name}", unit.lineage_image(kind, ids))
    together = mine.with_columns(_fields=pl.col("field").sort().str.join(",").over("record_id"))
    for (fields,), part in together.group_by("_fields", maintain_order=True):
        names = str(fields).split(",")
        wide = part.pivot(on="field", on_columns=names, index=["record_id", "_version"], values="after")
        changed = unit.change_records(
            kind,
            wide.select(*names, id="record_id", version="_version"),
            at=at,
            changed_run=run_id,
        )
        if changed != wide.height:
            raise stale(f"{wide.height - changed} records to be relinked have changed.", [])
    unit.keep_changes(
        run_id, kind.name, mine.select("record_id", "field", "before", "after", act=pl.lit(RELINK))
    )
    tracked = mine.filter(pl.col("field").is_in(list(kind.tracked)))
    unit.keep_history(
        run_id,
        kind.name,
        tracked.select(
            "record_id", "field", from_value="before", to_value="after", kind=pl.lit("file_import_diff")
        ),
        at=at,
    )


def _overwrite(unit: Unit, kind: RecordType, mine: pl.DataFrame, run_id: int) -> None:
    """Let the links of other sources remember what they said (PLN-19)."""
    if mine.is_empty():
        return
    links = mine.select(source="_source", external_id="_key", said="_said")
    unit.keep_image(run_id, f"links:{kind.name}", unit.link_image(kind.name, links, LINK_IMAGE))
    if unit.change_links(kind.name, links, changed_run=run_id) != links.height:
        raise stale("Links of records to be relinked have changed since this plan was made.", [])


def _keep_waiting(unit: Unit, plan: Plan, run_id: int) -> None:
    """Take away what waits no longer, keep it for the rollback, and put down what waits now."""
    told = plan.frames.references
    if told is None:
        return
    found = [
        told.answered,
        *(
            unit.unresolved_of(name).join(mine, on=["record_id", "field"], how="semi")
            for name, mine in _by_type(told.relinked)
        ),
    ]
    gone = pl.concat([pl.DataFrame(schema=UNRESOLVED), *found]).unique(
        ["record_type", "record_id", "field"], maintain_order=True
    )
    if not gone.is_empty():
        unit.keep_image(run_id, "unresolved", gone)
        if unit.forget_unresolved(gone) != gone.height:
            raise stale("References have ceased to wait since this plan was made.", [])
    unit.keep_unresolved(
        told.unresolved.select(
            "field",
            "text",
            record_type=pl.lit(plan.record_type.name),
            record_id="_record_id",
            to_type="to",
            source=pl.lit(plan.source.name),
            run_id=pl.lit(run_id, dtype=pl.Int64),
        )
    )


def check_references(unit: Unit, plan: Plan) -> None:
    """Refuse a plan whose references mean other records by now: ``stale-plan``, with the texts (PLN-9, PLN-23).

    Asked only where the type, or one that it refers to or that refers to it, has been written since.
    """
    told, own = plan.frames.references, plan.record_type.name
    versions = {**dict(plan.state.referred), own: plan.state.target_version}
    moved_types = {name for name, version in versions.items() if unit.target_version(name) != version}
    if told is None or not moved_types:
        return
    moved = [
        *_meanings_moved(unit, plan, told, moved_types),
        *_relinked_moved(unit, plan, told),
        *_waiting_since(unit, plan, told),
    ]
    if own in moved_types:
        moved += [*_gone_within(unit, plan, told), *_waiting_already(unit, plan, told)]
    if moved:
        raise stale("Records that this plan refers to have changed since it was made.", moved)


def _world(unit: Unit, plan: Plan) -> World:
    return World(
        unit=unit,
        record_types={**plan.referred, plan.record_type.name: plan.record_type},
        stored=frozenset({plan.record_type.name, *plan.referred}) & unit.record_type_names(),
        sources=plan.deliverers,
    )


def _meanings_moved(unit: Unit, plan: Plan, told: ReferenceFrames, types: set[str]) -> list[dict[str, Any]]:
    """Texts that the database answers otherwise than when the plan was made.

    What is meant within the file is left out: the file is the same.
    """
    world, own = _world(unit, plan), plan.record_type
    moved: list[dict[str, Any]] = []
    for each in own.references:
        mine = told.resolved.filter(pl.col("field") == each.field)
        if each.to == own.name:
            mine = mine.filter(pl.col("outcome") != ref.RESOLVED)
        if each.to not in types or mine.is_empty():
            continue
        texts, to = mine["text"], world.record_types[each.to]
        now = ref.verdicts(texts, stored_leads(world, each, to, texts, rank=0))
        before = pl.when(pl.col("outcome") == ref.RESOLVED).then("value").otherwise(pl.lit(""))
        differing = mine.with_columns(_before=before).join(
            now.select("text", _now="value"), on="text", how="left", maintain_order="left"
        )
        moved += [
            {
                "record_id": int(line["_before"]) if line["_before"] else None,
                "what": f'"{line["text"]}" names another {each.to}, or none',
            }
            for line in differing.filter(pl.col("_before") != pl.col("_now"))
            .head(SHOWN)
            .iter_rows(named=True)
        ]
    return moved


def _gone_within(unit: Unit, plan: Plan, told: ReferenceFrames) -> list[dict[str, Any]]:
    """Stored records of the imported type itself that its rows refer to, and that are gone."""
    own = plan.record_type
    meant = told.resolved.filter((pl.col("to") == own.name) & (pl.col("outcome") == ref.RESOLVED))
    ids = meant["value"].filter(~meant["value"].str.starts_with("@")).cast(pl.Int64).unique()
    there = unit.record_values(own, ids, ())["_record_id"]
    return [
        {"record_id": each, "what": "record referred to is gone"}
        for each in ids.filter(~ids.is_in(there.implode())).head(SHOWN)
    ]


def _waiting_already(unit: Unit, plan: Plan, told: ReferenceFrames) -> list[dict[str, Any]]:
    """References of this plan that another source has let wait in the meantime."""
    newer = unit.unresolved_of(plan.record_type.name).filter(pl.col("run_id") > plan.state.last_run)
    both = newer.join(
        told.unresolved.select("field", record_id="_record_id"), on=["record_id", "field"], how="semi"
    )
    return [
        {
            "record_id": line["record_id"],
            "what": "its reference waits by another word",
            "by_run": line["run_id"],
        }
        for line in both.head(SHOWN).iter_rows(named=True)
    ]


def _relinked_moved(unit: Unit, plan: Plan, told: ReferenceFrames) -> list[dict[str, Any]]:
    """Records to be relinked that have changed or are gone."""
    moved: list[dict[str, Any]] = []
    for name, mine in _by_type(told.relinked):
        kind = plan.referred.get(name, plan.record_type)
        now = unit.record_values(kind, mine["record_id"].unique(), ())
        differing = mine.join(
            now.select(record_id="_record_id", _now="_version", _by="_changed_run"),
            on="record_id",
            how="left",
        ).filter(pl.col("_now").ne_missing(pl.col("_version")))
        moved += [
            {
                "record_id": line["record_id"],
                "what": "record is gone" if line["_now"] is None else "record was changed",
                "by_run": line["_by"],
            }
            for line in differing.head(SHOWN).iter_rows(named=True)
        ]
    return moved


def _waiting_since(unit: Unit, plan: Plan, told: ReferenceFrames) -> list[dict[str, Any]]:
    """References that have come to wait for what this plan brings: they would wait on, though it is there."""
    own = plan.record_type
    brought = {own.name: _brought(plan)}
    for (stubbed,), mine in told.stubs.group_by("to"):
        to = plan.referred.get(str(stubbed), own)
        parts = [brought.get(to.name), stub_targets(mine, to)]
        brought[to.name] = pl.concat([each for each in parts if each is not None], how="diagonal")
    moved: list[dict[str, Any]] = []
    for name, known in brought.items():
        to, nobody = plan.referred.get(name, own), pl.Series(dtype=pl.Int64)
        led = relinked_by(_world(unit, plan), plan.source, own.name, to, known, nobody)
        for kind, mine in _by_type(led):
            newer = unit.unresolved_of(kind).filter(pl.col("run_id") > plan.state.last_run)
            late = mine.join(newer, on=["record_id", "field"], how="semi").join(
                told.relinked, on=["record_type", "record_id", "field"], how="anti"
            )
            moved += [
                {"record_id": each, "what": f"this {kind} waits for a record of this plan by now"}
                for each in late["record_id"].head(SHOWN)
            ]
    return moved


def _brought(plan: Plan) -> pl.DataFrame:
    """What the plan creates, renames, or gives another external id, as :func:`referring.targets_of` gives it."""
    own, frames = plan.record_type, plan.frames
    named = [each for each in frames.creates.columns if each in own]
    renamed = [
        frames.changes.filter(pl.col("field") == name).select(
            value=pl.col("_record_id").cast(pl.String), **{name: pl.col("after")}
        )
        for name in named
    ]
    parts = [
        frames.creates.select("_key", "_keyless", *named, value=ref.row_pointer()),
        frames.adoptions.select("_key", "_keyless", value=pl.col("_record_id").cast(pl.String)),
        *renamed,
    ]
    return pl.concat(parts, how="diagonal").select(
        "value",
        *named,
        _key=pl.when(~pl.col("_keyless")).then("_key"),
        _retired=pl.lit(value=False),
    )
