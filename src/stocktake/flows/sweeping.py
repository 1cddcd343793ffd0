"""Sweeping: the links a complete snapshot did not see, what becomes of their records, and the guards (PRE-6 to PRE-15)."""

from __future__ import annotations

import polars as pl

from stocktake.flows.request import Request
from stocktake.model.plan import Guard
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.planning import guard, sweep
from stocktake.planning.beside import how_many
from stocktake.planning.expression import decision
from stocktake.planning.linked import Linked
from stocktake.planning.table import TABLES
from stocktake.ports.store import Unit


def swept(
    unit: Unit,
    request: Request,
    linked: Linked,
    retired: pl.DataFrame,
    rows: pl.DataFrame,
    *,
    complete: bool,
) -> tuple[pl.DataFrame, tuple[Guard, ...]]:
    """The absent links with their decisions, and what the guards say; retired: ``_record_id`` of retired records."""
    record_type, source, options = request.record_type, request.source, request.options
    table = TABLES[request.strategy]
    absent = (
        sweep.unseen(linked.open_links, rows, keyless=table.deletes)
        if table.sweeps
        else linked.open_links.clear()
    )
    ids = absent["_record_id"].unique()
    status = [record_type.lifecycle.field] if record_type.lifecycle else []
    shown = [record_type.display_field] if record_type.display_field in record_type else []
    wanted = list(dict.fromkeys([*record_type.tracked, *status, *(each for each in shown if each)]))
    records = unit.record_values(record_type, ids, wanted)
    external = pl.coalesce("_key_raw", "_key")
    name = pl.coalesce(*shown, external) if shown else external
    elsewhere = had_elsewhere(unit, request.strategy, absent, source, request.keepers, record_type.name)
    referred = referred_among(unit, request.referring, ids) if table.deletes else ids.clear()

    def decide(holding: bool) -> pl.DataFrame:
        facts = sweep.absent_facts(
            absent, records, elsewhere, referred, source=source, options=options, holding=holding
        )
        ruled = facts.with_columns(decision(table, sweep.FACTS).alias("_decision")).unnest("_decision")
        return ruled.select(
            "_key",
            "_keyless",
            "_record_id",
            "_version",
            "_action",
            "_rule",
            "_elsewhere",
            *wanted,
            _name=name,
            _external=external,
        )

    decided = decide(False)
    if not table.sweeps:
        return decided, ()
    present = linked.records().filter(
        pl.col("_present")
        & (~pl.col("_keyless") | pl.lit(table.deletes))
        & ~pl.col("_record_id").is_in(retired["_record_id"].implode())
    )["_record_id"]
    accepted = pl.col("_action").is_in(["create", "update", "unchanged", "reactivate"])
    rejected = pl.col("_action").is_in(["reject", "conflict", "ambiguous"])
    guards = guard.verdicts(
        guard.Sight(
            rows=rows.height,
            accepted=how_many(rows, accepted),
            present=present.n_unique(),
            retiring=sweep.lost(decided, rows),
            deletes=table.deletes,
            unreadable=how_many(rows, rejected & pl.col("_keyless")),
            missing=decided.height,
            complete=complete,
        ),
        source,
        options,
    )
    return (decide(True) if guard.holds(guards) else decided), guards


def had_elsewhere(
    unit: Unit,
    strategy: str,
    absent: pl.DataFrame,
    source: Source,
    keepers: tuple[str, ...],
    record_type: str,
) -> pl.DataFrame:
    """``_record_id, _elsewhere``: who else keeps each absent record from being retired, or from being deleted."""
    others = unit.links_of(record_type, absent["_record_id"].unique())
    if TABLES[strategy].deletes:
        return sweep.links_elsewhere(absent, others, source)
    return sweep.presence_elsewhere(absent, others, source, keepers)


def referred_among(unit: Unit, referring: tuple[tuple[RecordType, str], ...], ids: pl.Series) -> pl.Series:
    """Those of the record ids ``ids`` that records beside them refer to; ``referring``: record types and their fields."""
    found = [ids.clear(), *(unit.referred(record_type, field, ids) for record_type, field in referring)]
    return pl.concat(found).unique()
