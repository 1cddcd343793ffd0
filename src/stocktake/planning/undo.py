"""Undoing a run, planned like an import: what goes, and what comes back field by field (ROL-2, ROL-4, ROL-5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from stocktake.model.decision import Action
from stocktake.model.record_type import RecordType
from stocktake.planning.change import changed_values
from stocktake.planning.memory import remembered, said
from stocktake.planning.settling import OF_RETIREMENT, OF_ROW

#: How a link is named.
_LINK = ["source", "external_id"]
_KEY = ["record_id", "field"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a run is undone where something stands in the way (ROL-5).

    partial: the rest is undone, and what is kept, blocked or gone stays. cascade: records that later imports of the same
    source made, and that are untouched, go together with those they refer to. force_edited: values that a person wrote since
    are given up.
    """

    partial: bool = False
    cascade: bool = False
    force_edited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """What a rollback will do, in numbers, and what stands in its way.

    counts: ``deleted, undeleted, restored, unretired, reretired, links_restored, links_deleted, stubs, relinked``;
    ``cascaded``: records of later imports that go with those they refer to; ``edited``: values by hand that are given up;
    ``kept, blocked, gone``: records that stand in the way, or that stay (``Terms.partial``). hindrances: those, as
    ``planning.hindrance.HINDRANCES``.
    """

    counts: dict[str, int]
    hindrances: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What of a run's changes to stored records is taken back.

    changes: those taken back: ``record_id, field, act, before, after``; ``before`` is what the record gets, ``after`` what
    it has now. lineage: as it will be, of every record that gets something back. kept: ``record_id, field`` of changes
    that stay. turned: the records whose retirement or return is taken back.
    """

    changes: pl.DataFrame
    lineage: pl.DataFrame
    kept: pl.DataFrame
    turned: pl.Series


def verdict(
    changes: pl.DataFrame,
    now: pl.DataFrame,
    lineage: pl.DataFrame,
    present: pl.DataFrame,
    *,
    record_type: RecordType,
    run_id: int,
    rewritten: pl.DataFrame,
    given_up: pl.DataFrame,
    dangling: pl.DataFrame,
    taken: pl.DataFrame,
    held: pl.Series,
) -> Verdict:
    """Which changes of ``run_id`` to some records are taken back: those whose field still has what the run wrote (ROL-5).

    now: ``_record_id`` and the fields as they are. lineage, present: the lineage before the run, and as it is. rewritten:
    ``record_id, field`` of values that later runs wrote, be they the same. given_up: of values by hand that are given up.
    dangling: of references to what is gone. taken: of what another record has by now that no two may have. held: the
    records whose retirement or return must stay, since a link of theirs was written later.
    """
    told = _told(changes, now, present, record_type, run_id)
    marks = {"_forced": given_up, "_dangling": dangling, "_taken": taken, "_rewritten": rewritten}
    for name, those in marks.items():
        told = _marked(told, those, name)
    holds = pl.col("_turns") & pl.col("record_id").is_in(held.implode())
    written = pl.col("now").eq_missing(pl.col("after")) & pl.col("_as_left") & ~pl.col("_rewritten")
    barred = holds | pl.col("_dangling") | pl.col("_taken")
    told = told.with_columns(_back=(written | pl.col("_forced")) & ~barred)
    back, kept = told.filter("_back"), told.filter(~pl.col("_back")).select(_KEY)
    lineages = _lineages(lineage, present, told, run_id, held)
    return Verdict(
        changes=back.select("record_id", "field", "act", "before", after="now"),
        lineage=lineages.filter("_any").select(lineage.columns),
        kept=kept,
        turned=lineages.filter("_turned")["id"],
    )


def _marked(told: pl.DataFrame, those: pl.DataFrame, name: str) -> pl.DataFrame:
    marks = those.select(_KEY).unique().with_columns(pl.lit(value=True).alias(name))
    return told.join(marks, on=_KEY, how="left", maintain_order="left").with_columns(
        pl.col(name).fill_null(value=False)
    )


def _told(
    changes: pl.DataFrame, now: pl.DataFrame, present: pl.DataFrame, record_type: RecordType, run_id: int
) -> pl.DataFrame:
    """``changes`` with what each field has ``now``, whether it ``_turns`` the record, and whether that is ``_as_left``."""
    fields = [name for name in now.columns if name in record_type]
    there = now.unpivot(fields, index="_record_id", variable_name="field", value_name="now")
    lifecycle = record_type.lifecycle
    is_status = pl.col("field") == (lifecycle.field if lifecycle else "retired_at")
    gone = pl.lit(lifecycle.retired if lifecycle else None, dtype=pl.String)
    retires = is_status & ((pl.col("act") == Action.RETIRE.value) | pl.col("after").eq_missing(gone))
    returns = is_status & ~retires & pl.col("before").eq_missing(gone)
    return (
        changes.join(
            there.rename({"_record_id": "record_id"}),
            on=_KEY,
            how="left",
            maintain_order="left",
        )
        .join(
            present.select("retired_at", "retired_run", record_id="id"),
            on="record_id",
            how="inner",
            maintain_order="left",
        )
        .with_columns(
            _turns=retires | returns,
            _as_left=pl.when(retires)
            .then(pl.col("retired_run").eq_missing(pl.lit(run_id, dtype=pl.Int64)))
            .when(returns)
            .then(pl.col("retired_at").is_null())
            .otherwise(pl.lit(value=True)),
        )
    )


def _lineages(
    lineage: pl.DataFrame, present: pl.DataFrame, told: pl.DataFrame, run_id: int, held: pl.Series
) -> pl.DataFrame:
    """Each record's lineage as it will be, group by group: ``_any`` says whether the record gets anything back."""
    beside = _with_fate(
        lineage.join(present, on="id", how="inner", suffix=":now", maintain_order="left"), told
    )
    mine = pl.col("changed_run:now") == run_id
    # A return that changed no status leaves no change of one behind, only its lineage.
    stays = pl.col("id").is_in(held.implode())
    silent = (
        ~pl.col("_turns")
        & pl.coalesce("_returns", mine)
        & pl.col("retired_at").is_not_null()
        & pl.col("retired_at:now").is_null()
        & ~stays
    )
    differs = pl.col("retired_at").ne_missing(pl.col("retired_at:now"))
    chosen = beside.with_columns(
        _turned=pl.col("_turned") | silent, _last=mine & pl.col("_all") & ~(stays & differs)
    ).with_columns(
        _row=pl.col("_last") | ((pl.col("row_run:now") == run_id) & pl.col("_some")),
        _retirement=pl.col("_last") | pl.col("_turned"),
    )
    groups = {
        "changed_run": "_last",
        **dict.fromkeys(OF_ROW, "_row"),
        **dict.fromkeys(OF_RETIREMENT, "_retirement"),
    }
    return chosen.with_columns(
        pl.when(rule).then(name).otherwise(f"{name}:now").alias(name) for name, rule in groups.items()
    ).with_columns(_any=pl.col("_some") | pl.col("_turned"))


def _with_fate(records: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Whether some, all, or one of the status of each record's changes is taken back, and whether it had returned."""
    fate = told.group_by(id="record_id").agg(
        _some=pl.col("_back").any(),
        _all=pl.col("_back").all(),
        _turns=pl.col("_turns").any(),
        _turned=(pl.col("_back") & pl.col("_turns")).any(),
        _returns=(pl.col("act") == Action.REACTIVATE.value).any(),
    )
    return records.join(fate, on="id", how="left", maintain_order="left").with_columns(
        pl.col("_some", "_all").fill_null(value=True), pl.col("_turns", "_turned").fill_null(value=False)
    )


def restored_values(
    lineage: pl.DataFrame, changes: pl.DataFrame, now: pl.DataFrame, fields: tuple[str, ...]
) -> pl.DataFrame:
    """The records as they were: ``id``, the lineage columns, and each changed field's earlier value.

    now: ``_record_id`` and today's canonical text of ``fields``, for records in which the run left a field alone.
    """
    state = lineage.join(now.select(id="_record_id", **{name: name for name in fields}), on="id", how="inner")
    named = changes.rename({"record_id": "id"})
    return changed_values(state, named, fields, key="id", value="before")


def reversed_changes(changes: pl.DataFrame) -> pl.DataFrame:
    """What undoing ``changes`` (``record_id, field, before, after``) changes itself: the same, the other way round."""
    return changes.select("record_id", "field", act=pl.lit("restore"), before="after", after="before")


def acts(touched: pl.Series, changes: pl.DataFrame, turned: pl.Series) -> Mapping[str, int]:
    """``restored, unretired, reretired``: how many records get back what, by what the run did to them.

    changes: all that the run changed. A record whose retirement or return stays is only ``restored``.
    """
    did = changes.group_by("record_id").agg(_act=pl.col("act").first())
    told = (
        touched.to_frame("record_id")
        .join(did, on="record_id", how="left")
        .with_columns(_act=pl.col("_act").fill_null(Action.REACTIVATE.value))
    )
    turning = pl.col("_act").is_in([Action.RETIRE.value, Action.REACTIVATE.value])
    stays = turning & ~pl.col("record_id").is_in(turned.implode())
    acted = told.select(pl.when(stays).then(pl.lit(Action.UPDATE.value)).otherwise("_act").alias("_act"))
    found = dict(acted["_act"].value_counts().iter_rows())
    return {
        "restored": found.get(Action.UPDATE.value, 0),
        "unretired": found.get(Action.RETIRE.value, 0),
        "reretired": found.get(Action.REACTIVATE.value, 0),
    }


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
    """Links of which ``run_id`` cannot take back that it acknowledged something (PRE-29), and who wrote them last.

    now: ``source, external_id, record_id, acknowledged_run, changed_run`` of the links that it wrote. Gives ``source,
    external_id, _record_id, _by_run``.
    """
    by_run = pl.max_horizontal("acknowledged_run", "changed_run")
    return now.filter(pl.col("acknowledged_run").ne_missing(run_id)).select(
        *_LINK, _record_id="record_id", _by_run=pl.when(by_run > run_id).then(by_run)
    )


def with_later_words(
    image: pl.DataFrame, now: pl.DataFrame, edited: pl.DataFrame, fields: tuple[str, ...]
) -> pl.DataFrame:
    """Link images that keep what links remember of values that people wrote since, and the run that wrote them last.

    image, now: ``source, external_id, record_id, said, changed_run`` and, in ``image``, whatever else comes back. edited:
    ``record_id, field`` of values that a person wrote since and that stay.
    """
    both = image.join(
        now.select("source", "external_id", _said="said", _run="changed_run"),
        on=["source", "external_id"],
        how="inner",
        maintain_order="left",
    )
    before, today = remembered(both["said"], fields), remembered(both["_said"], fields)
    words = [both]
    for name in fields:
        mine = edited.filter(pl.col("field") == name)["record_id"]
        hit = both["record_id"].is_in(mine.implode())
        words.append(pl.select(pl.when(hit).then(today[name]).otherwise(before[name]).alias(f"said:{name}")))
    wide = pl.concat(words, how="horizontal")
    kept = said(wide.select(pl.col(f"said:{name}").alias(name) for name in fields), fields)
    return both.with_columns(said=kept, changed_run="_run").drop("_said", "_run")


def ranges(ids: pl.Series) -> pl.DataFrame:
    """``first_id, last_id`` of every stretch of consecutive ids; ``ids`` in order."""
    return (
        ids.to_frame("id")
        .with_row_index("_place")
        .group_by(pl.col("id") - pl.col("_place").cast(pl.Int64), maintain_order=True)
        .agg(first_id=pl.col("id").first(), last_id=pl.col("id").last())
        .select("first_id", "last_id")
    )
