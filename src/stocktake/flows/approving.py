"""Approving: a person says that assets may be broadcast, and takes it back (MED-D8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from stocktake.flows.act import Act, announced, conclude
from stocktake.flows.trail import closing
from stocktake.model.errors import InvalidInput, NotFound
from stocktake.model.record_type import RecordType
from stocktake.model.run import RunKind
from stocktake.ports.store import Store, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Which assets are approved, or, if ``withdrawn``, no longer so; by whom, and why."""

    record_type: RecordType
    ids: tuple[int, ...]
    by: str
    reason: str | None = None
    withdrawn: bool = False


def approve(store: Store, workspace_id: int, approval: Approval, *, clock: Callable[[], datetime]) -> int:
    """Approve all of them or none, with an entry of the audit each; the run's id.

    Raises ``NotFound`` ``unknown-record``, and ``InvalidInput`` ``not-ready`` or ``nothing-to-change``, naming the assets.
    """
    at, kind = clock(), approval.record_type
    with store.reading(workspace_id) as unit:
        _chosen(unit, approval)
    act = Act(
        kind=RunKind.APPROVE, source=None, record_type=kind.name, by=approval.by, reason=approval.reason
    )
    run_id = announced(store, workspace_id, act, at=at)
    with closing(store, workspace_id, run_id, clock=clock), store.writing(workspace_id) as unit:
        unit.lock_target(kind.name)
        chosen = _chosen(unit, approval)
        given = not approval.withdrawn
        unit.set_readiness(
            kind,
            chosen.select("id", "content_version"),
            approved_for_broadcast=given,
            operator_verified=given,
            approved_at=at if given else None,
            approved_by=approval.by if given else None,
        )
        unit.log(run_id, _entries(chosen, approval), at=at, actor=approval.by, record_type=kind.name)
        stats = {"withdrawn" if approval.withdrawn else "approved": chosen.height}
        conclude(unit, run_id, act, stats, at=at, writes=False)
    return run_id


def _chosen(unit: Unit, approval: Approval) -> pl.DataFrame:
    kind, wanted = approval.record_type, sorted(set(approval.ids))
    if kind.name not in unit.record_type_names():
        raise NotFound("unknown-record", f"There is no {kind.title.lower()} yet.")
    found = unit.readiness_of(kind, pl.Series("id", wanted, dtype=pl.Int64))
    lacking = sorted(set(wanted) - set(found["id"].to_list()))
    if lacking:
        raise NotFound(
            "unknown-record",
            f"There is no {kind.title.lower()} {_listed(lacking)}. Nothing was written.",
            hint="List them with `stocktake asset list`.",
        )
    if approval.withdrawn:
        return _of_those(found.filter("approved_for_broadcast"), "none of them is approved")
    unready = found.filter(pl.col("state") != "ready")
    if not unready.is_empty():
        told = [f"{each['id']} ({each['state']})" for each in unready.head(10).to_dicts()]
        more = ", …" if unready.height > len(told) else ""
        raise InvalidInput(
            "not-ready",
            f"Only assets that are ready can be approved. Not ready: {', '.join(told)}{more}. Nothing was written.",
            hint="Enrich them with `stocktake asset enrich`, and see what hinders them with `stocktake asset attention`.",
            details={"ids": unready["id"].to_list()},
        )
    return _of_those(found.filter(~pl.col("approved_for_broadcast")), "all of them are approved already")


def _of_those(found: pl.DataFrame, otherwise: str) -> pl.DataFrame:
    if found.is_empty():
        raise InvalidInput(
            "nothing-to-change",
            f"There is nothing to do: {otherwise}.",
            hint="`stocktake asset list --state ready` shows which wait.",
        )
    return found


def _entries(chosen: pl.DataFrame, approval: Approval) -> pl.DataFrame:
    why = f": {approval.reason}" if approval.reason else "."
    act, did = (
        ("withdraw-approval", "withdrew the approval of") if approval.withdrawn else ("approve", "approved")
    )
    called = pl.coalesce("name", pl.lit("an asset"))
    return chosen.select(
        act=pl.lit(act),
        record_id="id",
        sentence=pl.format(f"{{}} {did} {{}} ({{}}){{}}", pl.lit(approval.by), called, "id", pl.lit(why)),
    )


def _listed(ids: list[int]) -> str:
    return ", ".join(str(each) for each in ids[:10]) + (", …" if len(ids) > 10 else "")
