"""Undoing: what taking a run back would do, previewed like an import (ROL-4, ROL-5). Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from stocktake.flows.aftermath import LINK, MADE, Aftermath
from stocktake.flows.creation import Creation, creation_of
from stocktake.flows.eligibility import eligible
from stocktake.flows.moving import moves_of
from stocktake.flows.referral import STUB_IMAGE
from stocktake.flows.restoring import Part, deleted_image, no_image
from stocktake.flows.returning import LINKED, returning
from stocktake.model.errors import RollbackBlocked
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run, RunKind
from stocktake.planning import hindrance, undo
from stocktake.planning.hindrance import GONE, KEPT, hindered
from stocktake.planning.undo import Terms, Undo
from stocktake.ports.frame import (
    ACKNOWLEDGED,
    ACKNOWLEDGED_IMAGE,
    DELETED_LINK,
    DELETED_LINKS,
    DELETED_RECORDS,
    MOVED_LINK,
    MOVED_LINKS,
)
from stocktake.ports.store import Unit
from stocktake.reporting import undoing as wording
from stocktake.reporting.sentence import plural

#: So many hindrances are listed in a refusal.
SHOWN = 100
#: So many reasons why records stay are told in the audit.
REASONS = 5

#: What is looked at before an acknowledgement is taken back.
_TOLD = {
    "source": pl.String,
    "external_id": pl.String,
    "record_id": pl.Int64,
    "acknowledged_run": pl.Int64,
    "changed_run": pl.Int64,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackPreview:
    """A run and what undoing it would do (ROL-4).

    terms: how what stands in the way is met. parts, creations: what is done to stored records, and to those it made, type
    by type. spared: keys of links that the run made to stored records and that stay. taken: ``type, id`` of records of
    later imports that go too. untaken: the ids of deleted records that cannot come back, since their keys are others';
    unmade: of those that do not, since the run that made them was rolled back. moved: links that get their external id
    back, as ``MOVED_LINK``. sightings, acknowledged: links that it only
    saw, or acknowledged, as they were. people: run → who edited by hand since. chain: the later runs that are undone
    before this one, newest first, each as a preview of its own.
    """

    run: Run
    undo: Undo
    terms: Terms
    parts: tuple[Part, ...]
    creations: tuple[Creation, ...]
    spared: pl.Series
    taken: pl.DataFrame
    untaken: pl.Series
    unmade: pl.Series
    moved: pl.DataFrame
    sightings: pl.DataFrame
    acknowledged: pl.DataFrame
    people: Mapping[int, str]
    cascades: bool
    chain: tuple[RollbackPreview, ...] = ()

    @property
    def lost(self) -> pl.Series:
        """The ids of the records that the run deleted and that do not come back."""
        return pl.concat([self.untaken, self.unmade]).unique()

    @property
    def refusal(self) -> RollbackBlocked | None:
        """Why it may not be undone as it is, or None (ROL-5)."""
        found = self.hindrances
        if found.is_empty() or self.terms.partial:
            return None
        counts, later = hindrance.counts(found), hindrance.later_runs(found)
        return RollbackBlocked(
            "rollback-blocked",
            wording.blocked(self.run.run_id, counts),
            hint=wording.ways_out(
                self.run.run_id, counts, later, edited=self.is_edited, cascades=self.cascades
            ),
            details={
                "blocked_by": self.hindering(SHOWN),
                "count": sum(counts.values()),
                "kept": counts["kept"],
                "blocked": counts["blocked"],
                "gone": counts["gone"],
                "later_runs": later,
            },
        )

    @property
    def hindrances(self) -> pl.DataFrame:
        """What stands in the way, but for what the runs of the chain did: those are undone before."""
        mine = {each.run.run_id for each in self.chain}
        return self.undo.hindrances.filter(~pl.col("_by_run").is_in(list(mine)).fill_null(value=False))

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why records stay, in a few words each, with how many."""
        told = self.undo.hindrances.unique(["record_type", "_record_id", "_why", "_by_run"])
        counted = (
            told.group_by("_why", "_by_run")
            .len()
            .sort("len", "_why", "_by_run", descending=[True, False, False])
        )
        return tuple(
            f"{count:,} {why}" + (f" by run {run_id}" if run_id is not None else "")
            for why, run_id, count in counted.head(REASONS).iter_rows()
        )

    @property
    def is_edited(self) -> bool:
        """Whether people stand in the way with values that they wrote by hand."""
        return bool(set(self.people) & set(hindrance.later_runs(self.hindrances)))

    def given_up(self) -> pl.DataFrame:
        """The values that people wrote by hand and that are given up: ``record_type, record_id, field, run_id, by``."""
        found = [(each.record_type.name, each.given_up) for each in self.parts]
        found += [(each.record_type.name, each.edited) for each in self.creations]
        told = pl.concat([mine.with_columns(record_type=pl.lit(name)) for name, mine in found])
        people = pl.col("run_id").replace_strict(
            list(self.people), list(self.people.values()), default=None, return_dtype=pl.String
        )
        return told.select("record_type", "record_id", "field", "run_id", by=people)

    def hindering(self, limit: int, bucket: str | None = None) -> list[dict[str, Any]]:
        """The first ``limit`` records that stand in the way, or that stay: why, by which run, person or record.

        ``bucket`` narrows them to what is ``kept``, ``blocked`` or ``gone`` (ROL-4).
        """
        found = self.hindrances
        chosen = found if bucket is None else found.filter(pl.col("_bucket") == bucket)
        return [
            {
                "record_type": row["record_type"],
                "record_id": row["_record_id"],
                "name": row["_name"],
                "bucket": row["_bucket"],
                "why": row["_why"],
                "fields": row["_fields"].split(", ") if row["_fields"] else [],
                "by_run": row["_by_run"],
                "by": self.people.get(row["_by_run"]),
                "source": row["_by_source"],
                "referred_by": {
                    "record_type": row["_by_type"],
                    "record_id": row["_by_record"],
                    "name": row["_by_name"],
                }
                if row["_by_record"] is not None
                else None,
            }
            for row in chosen.head(limit).iter_rows(named=True)
        ]


def preview_undoing(
    unit: Unit,
    run_id: int,
    record_types: Mapping[str, RecordType],
    terms: Terms,
    *,
    window: timedelta,
    at: datetime,
) -> RollbackPreview:
    """What undoing one run would do. Raises ``NotFound``, and ``RollbackBlocked`` where it never can be undone (ROL-3)."""
    run = eligible(unit, run_id, window=window, at=at)
    after = Aftermath.of(unit, run, record_types)
    own = record_types[run.record_type or ""]
    made = _links_made(after, own)
    creations = tuple(
        creation_of(after, each, terms, made if each is own else made.clear())
        for each in (own, *(record_types[name] for name in stubbed_types(unit, run)))
    )
    moves = moves_of(after, own)
    adopted = pl.concat(
        [made.filter(~pl.col("_record_id").is_between(creations[0].first, creations[0].last)), moves.written]
    )
    spared = adopted.join(after.remembering(own, adopted), on=LINK, how="anti")
    back = returning(after, own, terms, spared, creations)
    parts, blocking, untaken = back.parts, back.blocking, back.untaken
    told = unit.image_of(run_id, ACKNOWLEDGED, ACKNOWLEDGED_IMAGE)
    anew = undo.acknowledged_since(run_id, unit.link_image(own.name, told, _TOLD))
    written = spared if terms.partial or terms.force_edited else adopted
    links = (
        (written, "linked or missed since"),
        (pl.concat([untaken, moves.taken]), "its key is another record's by now"),
        (anew, "acknowledged anew, or back, since"),
    )
    found = [*(each.hindrances for each in parts), *(each.hindrances for each in creations)]
    found += [hindered(_named(mine), own.name, KEPT, why) for mine, why in links]
    found.append(hindered(_named(moves.gone), own.name, GONE, "gone"))
    standing = pl.concat([hindrance.once(pl.concat(found)), blocking.hindrances])
    preview = RollbackPreview(
        run=run,
        undo=Undo(counts={}, hindrances=standing),
        terms=terms,
        parts=parts,
        creations=blocking.creations,
        spared=spared["external_id"],
        taken=blocking.taken,
        untaken=untaken["_record_id"].unique(),
        unmade=back.unmade,
        moved=moves.back(unit, own, spared["external_id"], blocking.creations[0].staying),
        sightings=after.settled_sightings(),
        acknowledged=told.join(anew, on=LINK, how="anti"),
        people=_people(after),
        cascades=blocking.cascades,
    )
    return _counted(after, preview)


def stubbed_types(unit: Unit, run: Run) -> list[str]:
    """The types besides its own in which the run made records of nothing but their name. Raises likewise."""
    made = unit.image_of(run.run_id, "stubs", STUB_IMAGE)["record_type"].unique().sort()
    if made.is_empty() and run.stats.get("stubs") and run.kind is RunKind.IMPORT:
        raise no_image(run)
    return [each for each in made if each != run.record_type]


def _links_made(after: Aftermath, own: RecordType) -> pl.DataFrame:
    """Links that the run made and that others have written since."""
    run = after.run
    if not after.touches(own):
        return pl.DataFrame(schema=LINKED)
    return after.unit.links_made_and_changed_since(run.source or "", own.name, run.run_id)


def _named(links: pl.DataFrame) -> pl.DataFrame:
    return links.rename({"external_id": "_name", "source": "_by_source"})


def _people(after: Aftermath) -> dict[int, str]:
    """Later run → who edited by hand in it."""
    edits = after.runs.filter(pl.col("kind") == RunKind.EDIT.value)
    return dict(edits.select("run_id", "by").iter_rows())


def _counted(after: Aftermath, seen: RollbackPreview) -> RollbackPreview:
    """The preview with its numbers. Raises ``RollbackBlocked`` ``no-image`` where deleted records were not kept (ROL-6)."""
    unit, run, (own, *stubbed) = after.unit, after.run, seen.creations
    name = own.record_type.name
    deleted = unit.changes_of(run.run_id, name).filter(pl.col("act") == "delete")["record_id"].n_unique()
    kept = deleted_image(after, name).height
    if kept != deleted:
        raise RollbackBlocked(
            "no-image",
            f"Run {run.run_id} deleted {plural(deleted, 'record')}, of which {kept:,} were kept. Nothing was written.",
            hint="Import the file of before again instead.",
        )
    relinked = [each for each in seen.parts if each.suffix]
    counts = {
        "deleted": own.going,
        "undeleted": deleted - seen.lost.len(),
        **seen.parts[0].acts,
        "links_restored": seen.parts[0].links.height + seen.acknowledged.height + seen.moved.height,
        "links_deleted": unit.link_count_made(
            run.source or "", name, run.run_id, keys=seen.spared, records=own.staying
        ),
        "stubs": sum(each.going for each in stubbed),
        "relinked": sum(each.changes.height for each in relinked),
        "cascaded": seen.taken.height,
        "edited": sum(each.given_up.height for each in seen.parts)
        + sum(each.edited.height for each in seen.creations),
        **hindrance.counts(seen.undo.hindrances),
    }
    return replace(seen, undo=replace(seen.undo, counts=counts))


def undone_after(unit: Unit, seen: RollbackPreview, later: Iterable[int]) -> RollbackPreview:
    """The preview with the numbers that it will have once the ``later`` runs, all that stand in its way, are undone."""
    run, (own, *stubbed) = seen.run, seen.creations
    name, back = own.record_type.name, [unit.image_of(each, DELETED_RECORDS, MADE) for each in later]
    linked = [unit.image_of(each, DELETED_LINKS, DELETED_LINK) for each in later]
    mine = (pl.col("source") == (run.source or "")) & (pl.col("first_run") == run.run_id)
    told = unit.image_of(run.run_id, ACKNOWLEDGED, ACKNOWLEDGED_IMAGE).height
    full, moved = seen.parts[0].full, unit.image_of(run.run_id, MOVED_LINKS, MOVED_LINK).height
    counts = {
        **seen.undo.counts,
        "deleted": own.count + sum(each.filter(pl.col("created_run") == run.run_id).height for each in back),
        "undeleted": seen.undo.counts["undeleted"] + seen.lost.len() - seen.unmade.len(),
        **{each: full[each] for each in ("restored", "unretired", "reretired")},
        "links_restored": full["links_restored"] + told + moved,
        "links_deleted": unit.link_count_made(run.source or "", name, run.run_id)
        + sum(each.filter(mine).height for each in linked),
        "stubs": sum(each.count for each in stubbed),
        "relinked": sum(each.full["changes"] for each in seen.parts if each.suffix),
        "kept": 0,
        "blocked": 0,
        "gone": 0,
    }
    return replace(seen, undo=replace(seen.undo, counts=counts))
