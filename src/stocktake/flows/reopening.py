"""Reopening: a saved plan meets its database again (PLN-9, PLN-24).

What is asked here is asked again under the lock when the plan is applied; asked first, it saves people an answer in vain.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC

from stocktake.catalog.plan_header import Ground
from stocktake.flows.referral import check_references
from stocktake.flows.staleness import check_fresh, used
from stocktake.model.errors import InvalidInput, StalePlan
from stocktake.model.plan import Plan
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.ports.store import Unit


def ground_of(unit: Unit, plan: Plan) -> Ground | None:
    """By what the plan's database is known again: the newest run that the plan knew; None before the first run."""
    found = unit.runs(limit=1, run_id=plan.state.last_run) if plan.state.last_run else []
    if not found:
        return None
    run = found[0]
    return Ground(
        run_id=run.run_id,
        plan_id=run.plan_id,
        started_at=run.started_at.astimezone(UTC).isoformat() if run.started_at else None,
    )


def check_declared(plan: Plan, record_types: Mapping[str, RecordType], source: Source) -> None:
    """Refuse a plan whose source, or a type it is about, is declared otherwise: ``StalePlan`` ``declaration-changed``."""
    types = {plan.record_type.name: plan.record_type, **plan.referred}
    changed = [f"the record type {name}" for name, each in types.items() if record_types.get(name) != each]
    changed += [f"the source {source.name}"] if plan.source != source else []
    if changed:
        raise StalePlan(
            "declaration-changed",
            f"Since this plan was made, {' and '.join(changed)} changed in their declaration. Nothing was written."
            if len(changed) > 1
            else f"Since this plan was made, {changed[0]} changed in its declaration. Nothing was written.",
            hint="Plan again: the file may mean something else now.",
            details={"changed": changed},
        )


def check_ground(plan: Plan, planned: Ground | None, found: Ground | None) -> None:
    """Refuse a plan of another database: ``InvalidInput`` ``plan-of-other-database``; found: ``ground_of`` here."""
    if planned == found:
        return
    number = plan.state.last_run
    seen = f"run {number} here is another one" if found else "there is none here"
    raise InvalidInput(
        "plan-of-other-database",
        f"This plan was made in another database: it knows run {number}, and {seen}. Nothing was written.",
        hint="Name the plan's database with --db, or plan again for this one.",
    )


def check_as_planned(
    unit: Unit,
    plan: Plan,
    planned: Ground | None,
    keepers: tuple[Source, ...],
    referring: tuple[tuple[RecordType, str], ...],
) -> None:
    """Refuse a plan of another database, one that a run has taken, and one whose ground has moved.

    Raises ``InvalidInput`` ``plan-of-other-database``, ``StalePlan`` ``plan-used`` or ``stale-plan``, with the rows.
    """
    check_ground(plan, planned, ground_of(unit, plan))
    run_id = unit.run_of_plan(plan.plan_id)
    if run_id is not None:
        raise used(run_id)
    check_fresh(unit, plan, keepers, referring)
    check_references(unit, plan)
