"""Sweeping: the links a complete snapshot did not see, what becomes of their records, and the guards (PRE-6 to PRE-15)."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from stocktake.cleaning.key import key_texts
from stocktake.flows.request import Request
from stocktake.flows.staging import Staged
from stocktake.model.plan import Guard
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.planning import guard, sweep
from stocktake.planning.beside import how_many, picked
from stocktake.planning.expression import decision
from stocktake.planning.linked import Linked
from stocktake.planning.table import TABLES
from stocktake.ports.store import Unit


def swept(
    unit: Unit, request: Request, staged: Staged, linked: Linked, retired: pl.DataFrame, rows: pl.DataFrame
) -> tuple[pl.DataFrame, tuple[Guard, ...]]:
    """The absent links with their decisions, and what the guards say; retired: ``_record_id`` of retired records."""
    record_type, source, options = request.record_type, request.source, request.options
    table = TABLES[request.strategy]
    scope = _in_scope(unit, request)
    absent = _absent(unit, request, linked, retired, rows).pipe(_within, scope).pipe(_sighted, request)
    ids = absent["_record_id"].unique()
    status = [record_type.lifecycle.field] if record_type.lifecycle else []
    shown = [record_type.display_field] if record_type.display_field in record_type else []
    wanted = list(dict.fromkeys([*record_type.tracked, *status, *(each for each in shown if each)]))
    records = unit.record_values(record_type, ids, wanted)
    external = pl.coalesce("_key_raw", "_key")
    name = pl.coalesce(*shown, external) if shown else external
    elsewhere = had_elsewhere(
        unit, request.strategy, absent, source, request.keepers, record_type.name, request.at
    )
    found = sweep.rekeyed(rows, ids)
    referred = referred_among(unit, request.referring, ids) if table.deletes else ids.clear()

    def decide(holding: bool) -> pl.DataFrame:
        facts = sweep.absent_facts(
            absent,
            records,
            elsewhere,
            referred,
            source=source,
            options=options,
            holding=holding,
            at=request.at,
            found=found,
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
            "_waited",
            *wanted,
            _name=name,
            _external=external,
        )

    decided = decide(False)
    if not table.sweeps:
        return decided, ()
    sight = _sight(unit, request, staged, linked, retired, rows, decided, scope)
    guards = guard.verdicts(sight, source, options)
    return (decide(True) if guard.holds(guards) else decided), guards


def _in_scope(unit: Unit, request: Request) -> pl.Series | None:
    """The ids of the records that the source answers for; None where those are all it links (PRE-6)."""
    scope = request.source.scope
    if scope is None or not TABLES[request.strategy].sweeps:
        return None
    return unit.records_in_scope(request.record_type, scope.field, scope.values)


def _within(links: pl.DataFrame, scope: pl.Series | None) -> pl.DataFrame:
    return links if scope is None else links.filter(pl.col("_record_id").is_in(scope.implode()))


def _sighted(links: pl.DataFrame, request: Request) -> pl.DataFrame:
    """The links of which the content says something (REA-8)."""
    if request.unsighted is None:
        return links
    return links.filter(~pl.col("_key").is_in(request.unsighted.implode()))


def _absent(
    unit: Unit, request: Request, linked: Linked, retired: pl.DataFrame, rows: pl.DataFrame
) -> pl.DataFrame:
    """The links that are missing now: those not seen for the first time, and those still in their grace (PRE-8)."""
    table = TABLES[request.strategy]
    columns = ["_key", "_key_raw", "_keyless", "_record_id"]
    unseen = sweep.unseen(linked.open_links, rows, keyless=table.deletes).select(columns)
    if not table.sweeps:
        unseen = unseen.clear()
    first = unseen.with_columns(
        _missed=pl.lit(0, dtype=pl.Int64),
        _missing_since=pl.lit(None, dtype=pl.String),
        _waited=pl.lit(value=False),
    )
    if not (table.sweeps and request.source.grace.delays):
        return first
    missing = unit.missing_links(request.source.name, request.record_type.name)
    waiting = sweep.waiting(missing, rows, retired["_record_id"]).with_columns(_waited=pl.lit(value=True))
    return pl.concat([first, waiting.select(first.columns)]).sort("_key")


def _sight(
    unit: Unit,
    request: Request,
    staged: Staged,
    linked: Linked,
    retired: pl.DataFrame,
    rows: pl.DataFrame,
    decided: pl.DataFrame,
    scope: pl.Series | None,
) -> guard.Sight:
    """What the guards look at."""
    source, record_type, table = request.source, request.record_type, TABLES[request.strategy]
    present = (
        linked.records()
        .filter(
            pl.col("_present")
            & (~pl.col("_keyless") | pl.lit(table.deletes))
            & ~pl.col("_record_id").is_in(retired["_record_id"].implode())
        )
        .pipe(_within, scope)["_record_id"]
    )
    waited = decided.filter("_waited")["_record_id"]
    accepted = pl.col("_action").is_in(["create", "update", "unchanged", "reactivate"])
    rejected = pl.col("_action").is_in(["reject", "conflict", "ambiguous"])
    last = unit.latest_import(source.name, record_type.name, full_snapshot=True)
    true_at = (last.as_of or last.applied_at) if last else None
    since = request.at - timedelta(days=source.guards.budget_days)
    return guard.Sight(
        rows=rows.height,
        accepted=how_many(rows, accepted),
        present=pl.concat([present, waited]).n_unique(),
        retiring=sweep.lost(decided, rows),
        deletes=table.deletes,
        unreadable=how_many(rows, rejected & pl.col("_keyless")),
        missing=how_many(decided, pl.col("_rule") != pl.lit("rekeyed")),
        complete=staged.file.complete,
        baseline=staged.baseline,
        before=last.baseline if last else None,
        retired_lately=unit.retired_unreviewed(source.name, record_type.name, since),
        lost_sentinels=_lost_sentinels(request, rows),
        usual=max(unit.churn(source.name, record_type.name), default=None),
        newest=true_at if true_at and request.as_of and request.as_of < true_at else None,
        as_of=request.as_of,
    )


def _lost_sentinels(request: Request, rows: pl.DataFrame) -> tuple[str, ...]:
    """The external ids that must be in every snapshot, and are not in this one (PRE-14)."""
    named = request.source.guards.sentinels
    if not named:
        return ()
    texts = pl.Series("text", named, dtype=pl.String)
    forms = pl.select(
        text=texts, key=pl.coalesce(key_texts(texts, request.record_type, request.source), texts)
    )
    there = picked(rows, ~pl.col("_keyless") & pl.col("_key").is_in(forms["key"].implode()), "_key")["_key"]
    return tuple(forms.filter(~pl.col("key").is_in(there.implode()))["text"].to_list())


def had_elsewhere(
    unit: Unit,
    strategy: str,
    absent: pl.DataFrame,
    source: Source,
    keepers: tuple[Source, ...],
    record_type: str,
    at: datetime,
) -> pl.DataFrame:
    """``_record_id, _elsewhere``: who else keeps each absent record from being retired, or from being deleted."""
    others = unit.links_of(record_type, absent["_record_id"].unique())
    if TABLES[strategy].deletes:
        return sweep.links_elsewhere(absent, others, source)
    return sweep.presence_elsewhere(absent, others, source, keepers, at)


def referred_among(unit: Unit, referring: tuple[tuple[RecordType, str], ...], ids: pl.Series) -> pl.Series:
    """Those of the record ids ``ids`` that records beside them refer to; ``referring``: record types and their fields."""
    if ids.is_empty():
        return ids  # the type may be so new that those which refer to it stand in another store (PLN-25)
    found = [ids.clear(), *(unit.referred(record_type, field, ids) for record_type, field in referring)]
    return pl.concat(found).unique()
