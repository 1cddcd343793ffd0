"""Chain: the later runs that stand in a run's way, undone before it, newest first (ROL-5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from stocktake.flows.aftermath import LINK, Aftermath
from stocktake.flows.eligibility import ineligible
from stocktake.flows.undoing import RollbackPreview, undone_after
from stocktake.model.errors import RollbackBlocked
from stocktake.ports.frame import LINK_IMAGE
from stocktake.ports.store import Unit


def chained(
    unit: Unit,
    own: RollbackPreview,
    seen: Callable[[int], RollbackPreview],
    *,
    window: timedelta,
    at: datetime,
) -> RollbackPreview:
    """The preview with all later runs that hinder it, and that hinder those. ``seen``: the preview of one run.

    Raises ``RollbackBlocked`` ``chain-broken`` where one of them cannot be undone itself, with why.
    """
    found: dict[int, RollbackPreview] = {}
    asked = [own]
    while asked:
        preview = asked.pop()
        for run_id in sorted(_hindering(unit, preview) - {own.run.run_id, *found}):
            (run,) = unit.runs(limit=1, run_id=run_id)
            refused = ineligible(run, window=window, at=at)
            if refused is not None:
                raise _broken(own.run.run_id, refused)
            found[run_id] = _link_of_chain(own.run.run_id, seen, run_id)
            asked.append(found[run_id])
    ordered = tuple(found[run_id] for run_id in sorted(found, reverse=True))
    shown: list[RollbackPreview] = []
    for preview in ordered:
        refused = replace(preview, chain=tuple(shown)).refusal
        if refused is not None:
            raise _broken(own.run.run_id, refused)
        shown.append(undone_after(unit, preview, [each.run.run_id for each in shown]))
    whole = replace(own, chain=tuple(shown))
    return whole if whole.refusal is not None else undone_after(unit, whole, found)


def _link_of_chain(run_id: int, seen: Callable[[int], RollbackPreview], later: int) -> RollbackPreview:
    try:
        return seen(later)
    except RollbackBlocked as refused:
        raise _broken(run_id, refused) from refused


def _hindering(unit: Unit, preview: RollbackPreview) -> set[int]:
    """The later runs that have changed what this one wrote, or that made what refers to it."""
    found = preview.undo.hindrances
    after = Aftermath.of(unit, preview.run, {})
    applied = set(after.runs["run_id"].to_list())
    runs = set(found["_by_run"].drop_nulls().to_list())
    for (name,), mine in found.group_by("record_type"):
        ids = mine["_record_id"].unique()
        since = unit.changes_since(str(name), preview.run.run_id, ids)
        runs |= set(since["run_id"].to_list())
        links = unit.link_image(str(name), unit.link_image_of(str(name), ids).select(*LINK), _CHANGED)
        runs |= _writers(unit, preview.run.run_id, links)
    for (name,), mine in found.drop_nulls("_by_type").group_by("_by_type"):
        referring = unit.changes_since(str(name), preview.run.run_id, mine["_by_record"].unique())
        runs |= set(referring["run_id"].to_list())
    undone = after.runs.filter((pl.col("status") == "rolled_back") | (pl.col("kind") == "rollback"))
    return (runs & applied) - (set(undone["run_id"].to_list()) - set(found["_by_run"].drop_nulls().to_list()))


_CHANGED = {name: LINK_IMAGE[name] for name in ("source", "external_id", "changed_run")}


def _writers(unit: Unit, run_id: int, links: pl.DataFrame) -> set[int]:
    """The runs after ``run_id`` that wrote links, the last from the links themselves, the others from its images."""
    found: set[int] = set()
    later = links.filter(pl.col("changed_run") > run_id)
    while not later.is_empty():
        found |= set(later["changed_run"].to_list())
        images = unit.images_of(later["changed_run"].unique(), "links", LINK_IMAGE)
        before = later.join(
            images.select(*LINK, _before="changed_run", changed_run="_run"),
            on=[*LINK, "changed_run"],
            how="inner",
        )
        later = before.select(*LINK, changed_run="_before").filter(pl.col("changed_run") > run_id)
    return found


def _broken(run_id: int, refused: RollbackBlocked) -> RollbackBlocked:
    return RollbackBlocked(
        "chain-broken",
        f"Run {run_id} cannot be undone as a chain: {refused.message}"
        + ("" if "Nothing was written" in refused.message else " Nothing was written."),
        hint=f"`stocktake rollback {run_id} --partial` undoes the rest and keeps what stands in the way.",
        details={"broken_by": refused.code, **refused.details},
    )
