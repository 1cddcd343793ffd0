"""Closing a source: it will deliver no more, so that what only it has is retired; previewed like an import (PRE-23)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from stocktake.flows.act import Act, announced, conclude
from stocktake.flows.reopening_source import keep_declaration
from stocktake.flows.retiring import Departure, depart
from stocktake.flows.succession import handed_on
from stocktake.flows.sweeping import had_elsewhere
from stocktake.flows.trail import closing
from stocktake.model.options import ImportOptions
from stocktake.model.record_type import RecordType
from stocktake.model.run import RunKind
from stocktake.model.source import Grace, Source
from stocktake.planning import holding, review, sweep
from stocktake.planning.expression import decision
from stocktake.planning.table import SNAPSHOT
from stocktake.ports.store import Store, Unit
from stocktake.reporting.sentence import plural


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
    """What closing does to the records of one type.

    absent: every link of the source that is present, or missing and still in its grace, decided. given: values that the next
    source in order gives, since this one held them: ``_record_id, _version, field, before, after``; None where no field has
    an order (PRE-24).
    """

    record_type: RecordType
    absent: pl.DataFrame
    given: pl.DataFrame | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Links, how many records are retired or stay, and how many values are handed on."""
        return {
            **review.counts(self.absent),
            "handed_on": self.given.height if self.given is not None else 0,
        }

    @property
    def handed_on(self) -> pl.DataFrame:
        """``record_id, name, field, before, after`` of the values that the next source gives."""
        found = pl.DataFrame(schema=holding.SUCCESSION) if self.given is None else self.given
        names = self.absent.select("_record_id", "_name").unique("_record_id")
        return found.join(names, on="_record_id", how="left", maintain_order="left").select(
            "field", "before", "after", record_id="_record_id", name="_name"
        )


def preview_closing(unit: Unit, told: Closing, *, at: datetime) -> tuple[Farewell, ...]:
    """What closing the source would do, type by type."""
    return tuple(
        Farewell(
            record_type=each,
            absent=(absent := _decided(unit, told, each, at)),
            given=handed_on(unit, each, told.source.name, absent),
        )
        for each in told.record_types
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
        keep_declaration(unit, told.source.name, descriptor, runs, at=at)
        if not runs:
            entry = {
                "act": ["close-source"],
                "sentence": [f"{told.by} closed {told.source.name}{_why(told)}."],
            }
            unit.log(None, pl.DataFrame(entry), at=at, actor=told.by, source=told.source.name)
    return tuple(runs)


def _decided(unit: Unit, told: Closing, record_type: RecordType, at: datetime) -> pl.DataFrame:
    """The source's links, decided as if a snapshot had none of them; no grace waits for what will never come."""
    source = replace(told.source, grace=Grace())
    absent = _links(unit, told.source, record_type)
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


def _links(unit: Unit, source: Source, record_type: RecordType) -> pl.DataFrame:
    """The links that closing ends: those that are present, and those that are missing and still wait in their grace."""
    found: list[pl.DataFrame] = []

    def take(links: pl.DataFrame) -> None:
        present = links.filter(pl.col("_present") & ~pl.col("_keyless"))
        found.append(
            present.select("_key", "_key_raw", "_keyless", "_record_id", "_said", _link_mapping="_mapping")
        )

    unit.links(source.name, record_type.name, take)
    present = pl.concat(found).with_columns(
        _missed=pl.lit(0, dtype=pl.Int64),
        _missing_since=pl.lit(None, dtype=pl.String),
        _waited=pl.lit(value=False),
    )
    if not source.grace.delays:
        return present
    missing = unit.missing_links(source.name, record_type.name)
    retired = unit.retired_records(record_type)["_record_id"]
    waiting = sweep.waiting(missing, present.select("_key", "_keyless", "_record_id"), retired)
    waited = waiting.with_columns(
        _said=pl.lit(None, dtype=pl.String),
        _link_mapping=pl.lit(None, dtype=pl.Int64),
        _waited=pl.lit(value=True),
    )
    return pl.concat([present, waited.select(present.columns)]).sort("_key")


def _write(unit: Unit, told: Closing, farewell: Farewell, run_id: int, act: Act, *, at: datetime) -> None:
    record_type, absent = farewell.record_type, farewell.absent
    source = told.source.name
    said = pl.DataFrame({"act": ["close-source"], "sentence": [_sentence(told, farewell)]})
    departure = Departure(record_type=record_type, source=source, absent=absent, given=farewell.given)
    depart(unit, departure, run_id, said, by=told.by, at=at)
    before = unit.latest_import(source, record_type.name, full_snapshot=True)
    missing = absent.select(source=pl.lit(source), external_id="_key", held_run=pl.lit(None, dtype=pl.Int64))
    unit.miss_links(
        record_type.name, missing, at=at, run_id=run_id, seen_run=before.run_id if before else None
    )
    conclude(unit, run_id, act, farewell.counts, at=at)


def _sentence(told: Closing, farewell: Farewell) -> str:
    numbers = farewell.counts
    values = plural(numbers["handed_on"], "value")
    handed = f"; {values} fell to the next source in order" if numbers["handed_on"] else ""
    return (
        f"{told.by} closed {told.source.name}{_why(told)}; of its {plural(numbers['reviewed'], 'record')} of "
        f"{farewell.record_type.title}, {numbers['retire']:,} were retired{handed}."
    )


def _why(told: Closing) -> str:
    return f": {told.reason}" if told.reason else ""
