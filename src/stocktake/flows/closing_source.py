"""Closing a source: it will deliver no more, so that what only it has is retired; previewed like an import (PRE-23)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from stocktake.flows.act import Act, announced, conclude
from stocktake.flows.retiring import keep_absence, retire
from stocktake.flows.sweeping import had_elsewhere
from stocktake.flows.trail import closing
from stocktake.model.options import ImportOptions
from stocktake.model.record_type import RecordType
from stocktake.model.run import RunKind
from stocktake.model.source import Grace, Source
from stocktake.planning import review, sweep
from stocktake.planning.expression import decision
from stocktake.planning.table import SNAPSHOT
from stocktake.ports.store import Store, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Which source is closed, the record types it delivers that have a table, who does it and why."""

    source: Source
    record_types: tuple[RecordType, ...]
    keepers: tuple[Source, ...]
    by: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewell:
    """What closing does to the records of one type: every link of the source that is present, decided."""

    record_type: RecordType
    absent: pl.DataFrame

    @property
    def counts(self) -> dict[str, int]:
        """Links, and how many records are retired or stay."""
        return review.counts(self.absent)


def preview_closing(unit: Unit, told: Closing, *, at: datetime) -> tuple[Farewell, ...]:
    """What closing the source would do, type by type."""
    return tuple(
        Farewell(record_type=each, absent=_decided(unit, told, each, at)) for each in told.record_types
    )


def close_source(
    store: Store,
    workspace_id: int,
    told: Closing,
    descriptor: str,
    *,
    clock: Callable[[], datetime],
) -> tuple[int, ...]:
    """Close the source in one transaction, a run per record type; their ids. ``descriptor``: its declaration from now on."""
    at = clock()
    acts = [
        Act(
            kind=RunKind.CLOSE_SOURCE,
            source=told.source.name,
            record_type=each.name,
            by=told.by,
            reason=told.reason,
        )
        for each in sorted(told.record_types, key=lambda each: each.name)
    ]
    runs = [announced(store, workspace_id, act, at=at) for act in acts]
    with ExitStack() as trail:
        for run_id in runs:
            trail.enter_context(closing(store, workspace_id, run_id, clock=clock))
        unit = trail.enter_context(store.writing(workspace_id))
        for act in acts:
            unit.lock_target(act.record_type)
        farewells = {each.record_type.name: each for each in preview_closing(unit, told, at=at)}
        for run_id, act in zip(runs, acts, strict=True):
            _write(unit, told, farewells[act.record_type], run_id, act, at=at)
        unit.keep_source(told.source.name, descriptor, at=at)
        if not runs:
            entry = {
                "act": ["close-source"],
                "sentence": [f"{told.by} closed {told.source.name}{_why(told)}."],
            }
            unit.log(None, pl.DataFrame(entry), at=at, actor=told.by, source=told.source.name)
    return tuple(runs)


def _decided(unit: Unit, told: Closing, record_type: RecordType, at: datetime) -> pl.DataFrame:
    """The source's present links, decided as if a snapshot had none of them; no grace waits for what will never come."""
    source = replace(told.source, grace=Grace())
    found: list[pl.DataFrame] = []

    def take(links: pl.DataFrame) -> None:
        present = links.filter(pl.col("_present") & ~pl.col("_keyless"))
        found.append(present.select("_key", "_key_raw", "_keyless", "_record_id"))

    unit.links(source.name, record_type.name, take)
    absent = pl.concat(found).with_columns(
        _missed=pl.lit(0, dtype=pl.Int64),
        _missing_since=pl.lit(None, dtype=pl.String),
        _waited=pl.lit(value=False),
    )
    lifecycle = [record_type.lifecycle.field] if record_type.lifecycle else []
    fields = list(dict.fromkeys([*record_type.tracked, *lifecycle]))
    ids = absent["_record_id"].unique()
    facts = sweep.absent_facts(
        absent,
        unit.record_values(record_type, ids, fields),
        had_elsewhere(unit, "snapshot", absent, source, told.keepers, record_type.name, at),
        ids.clear(),
        source=source,
        options=ImportOptions(),
        holding=False,
        at=at,
    )
    ruled = facts.with_columns(decision(SNAPSHOT, sweep.FACTS).alias("_decision")).unnest("_decision")
    named = unit.names(record_type, ids)
    return ruled.join(named, on="_record_id", how="left", maintain_order="left").with_columns(
        _name=pl.coalesce("_name", "_key_raw", "_key")
    )


def _write(unit: Unit, told: Closing, farewell: Farewell, run_id: int, act: Act, *, at: datetime) -> None:
    record_type, absent = farewell.record_type, farewell.absent
    source = told.source.name
    said = pl.DataFrame({"act": ["close-source"], "sentence": [_sentence(told, farewell)]})
    keep_absence(unit, record_type, source, absent, run_id, said, by=told.by, at=at)
    retire(unit, record_type, absent, run_id, at)
    before = unit.latest_import(source, record_type.name, full_snapshot=True)
    missing = absent.select(source=pl.lit(source), external_id="_key", held_run=pl.lit(None, dtype=pl.Int64))
    unit.miss_links(
        record_type.name, missing, at=at, run_id=run_id, seen_run=before.run_id if before else None
    )
    conclude(unit, run_id, act, farewell.counts, at=at)


def _sentence(told: Closing, farewell: Farewell) -> str:
    numbers = farewell.counts
    return (
        f"{told.by} closed {told.source.name}{_why(told)}; of its {numbers['reviewed']:,} records of "
        f"{farewell.record_type.title}, {numbers['retire']:,} were retired."
    )


def _why(told: Closing) -> str:
    return f": {told.reason}" if told.reason else ""
