"""Undoing a run, planned like an import: what goes, what comes back, what stands in the way (ROL-2, ROL-4, ROL-5)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from stocktake.model.decision import Action
from stocktake.planning.change import changed_values

#: How a link is named.
_LINK = ["source", "external_id"]

HINDRANCES = {
    "_record_id": pl.Int64,
    "_name": pl.String,
    "_why": pl.String,
    "_by_run": pl.Int64,
    "_by_source": pl.String,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """What a rollback will do.

    counts: ``deleted, restored, unretired, reretired, links_restored, links_deleted, kept, gone``, and of references
    ``relinked`` and ``stubs``. hindrances: one line per record that is kept (changed since, by which run), gone, or refers
    to what would be deleted. records: the values records get back (``id``, fields
    and lineage columns). changes: the run's changes that are undone.
    """

    counts: dict[str, int]
    hindrances: pl.DataFrame
    records: pl.DataFrame
    changes: pl.DataFrame


def hindrances(
    run_id: int, touched: pl.DataFrame, now: pl.DataFrame, created: pl.DataFrame, links: pl.DataFrame
) -> pl.DataFrame:
    """What stands in the way of undoing ``run_id``.

    touched: ``id`` of the records it changed. now: their ``_record_id, _changed_run, _name`` today. created: those it
    created and others changed since. links: links it made or wrote that another run wrote since, and other sources' links to
    what it created.
    """
    state = touched.select(_record_id="id").join(now, on="_record_id", how="left", maintain_order="left")
    gone = state.filter(pl.col("_changed_run").is_null()).select(
        "_record_id",
        "_name",
        _why=pl.lit("gone"),
        _by_run=pl.lit(None, dtype=pl.Int64),
        _by_source=pl.lit(None, dtype=pl.String),
    )
    changed = state.filter(pl.col("_changed_run") != run_id).select(
        "_record_id",
        "_name",
        _why=pl.lit("changed since"),
        _by_run="_changed_run",
        _by_source=pl.lit(None, dtype=pl.String),
    )
    since = created.select(
        "_record_id",
        "_name",
        _why=pl.lit("changed since"),
        _by_run="_by_run",
        _by_source=pl.lit(None, dtype=pl.String),
    )
    linked = links.select(
        "_record_id",
        _name=pl.col("external_id"),
        _why=pl.lit("linked or missed since"),
        _by_run="_by_run",
        _by_source="source",
    )
    found = pl.concat([pl.DataFrame(schema=HINDRANCES), changed, since, linked, gone])
    return found.unique("_record_id", keep="first", maintain_order=True).sort("_record_id")


def restored_values(
    lineage: pl.DataFrame, changes: pl.DataFrame, now: pl.DataFrame, fields: tuple[str, ...]
) -> pl.DataFrame:
    """The records as they were: ``id``, the lineage columns, and each changed field's earlier value.

    now: ``_record_id`` and today's canonical text of ``fields``, for records in which the run left a field alone.
    """
    state = lineage.join(now.select(id="_record_id", **{name: name for name in fields}), on="id", how="inner")
    named = changes.rename({"record_id": "id"})
    return changed_values(state, named, fields, key="id", value="before")


def counted(
    *,
    deleted: int,
    undeleted: int,
    touched: pl.DataFrame,
    links_restored: int,
    links_deleted: int,
    found: pl.DataFrame,
) -> dict[str, int]:
    """The numbers of a rollback; ``touched``: ``id, _act`` per record that gets its earlier values back."""
    acts = dict(touched["_act"].value_counts().iter_rows())
    gone = found.filter(pl.col("_why") == "gone").height
    return {
        "deleted": deleted,
        "undeleted": undeleted,
        "restored": acts.get(Action.UPDATE.value, 0),
        "unretired": acts.get(Action.RETIRE.value, 0),
        "reretired": acts.get(Action.REACTIVATE.value, 0),
        "links_restored": links_restored,
        "links_deleted": links_deleted,
        "kept": found.height - gone,
        "gone": gone,
    }


def with_references(plan: Undo, found: pl.DataFrame, *, stubs: int, relinked: int) -> Undo:
    """The same with what a rollback undoes because of references, and what hinders that (``found``, IDN-4)."""
    gone = found.filter(pl.col("_why") == "gone").height
    counts = {
        **plan.counts,
        "stubs": stubs,
        "relinked": relinked,
        "kept": plan.counts["kept"] + found.height - gone,
        "gone": plan.counts["gone"] + gone,
    }
    return replace(plan, counts=counts, hindrances=pl.concat([plan.hindrances, found]))


def reversed_changes(changes: pl.DataFrame) -> pl.DataFrame:
    """What undoing ``changes`` (``record_id, field, before, after``) changes itself: the same, the other way round."""
    return changes.select("record_id", "field", act=pl.lit("restore"), before="after", after="before")


def restored_sightings(image: pl.DataFrame, now: pl.DataFrame, run_id: int) -> pl.DataFrame:
    """Link images whose last sighting is given back only where no later run has seen the link (ROL-13).

    So is an acknowledgement where nobody has acknowledged since that the link is missing, if it is so again (PRE-29).
    image, now: ``source, external_id, last_run``, in ``now`` and where it comes back in ``image`` the columns of an
    acknowledgement, and in ``image`` whatever else comes back.
    """
    today = now.rename({name: f"_{name}" for name in now.columns if name not in _LINK})
    later = pl.col("_last_run") > run_id
    joined = image.join(today, on=_LINK, how="inner", maintain_order="left").with_columns(
        last_run=pl.when(later).then("_last_run").otherwise("last_run")
    )
    if "acknowledged_run" in image.columns:
        stands = ~pl.col("is_present") & (pl.col("_acknowledged_run") > run_id).fill_null(value=False)
        told = [name for name in image.columns if name.startswith("acknowledged_")]
        joined = joined.with_columns(
            pl.when(stands).then(pl.col(f"_{name}")).otherwise(pl.col(name)).alias(name) for name in told
        )
    return joined.select(image.columns)


def acknowledged_since(run_id: int, now: pl.DataFrame) -> pl.DataFrame:
    """What stands in the way of taking back that ``run_id`` acknowledged something (PRE-29), as ``HINDRANCES``.

    now: ``source, external_id, record_id, acknowledged_run, changed_run`` of the links that it wrote.
    """
    by_run = pl.max_horizontal("acknowledged_run", "changed_run")
    return now.filter(pl.col("acknowledged_run").ne_missing(run_id)).select(
        _record_id="record_id",
        _name="external_id",
        _why=pl.lit("acknowledged anew, or back, since"),
        _by_run=pl.when(by_run > run_id).then(by_run),
        _by_source="source",
    )
