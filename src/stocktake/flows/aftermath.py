"""Aftermath: which runs came after one that is to be undone, and whether people or files wrote since (ROL-4, ROL-13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from stocktake.flows.referral import RELINK
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.planning.settling import settled_changes, settled_lineage
from stocktake.ports.frame import DELETED_LINKS, DELETED_RECORDS, LINEAGE, LINK_IMAGE, SEEN_IMAGE
from stocktake.ports.store import Unit

#: Of deleted records: which they were, and which run had made them.
MADE = {"id": pl.Int64, "created_run": pl.Int64}
_CALLED = {"record_id": pl.Int64, "external_id": pl.String}
#: What tells links apart.
LINK = ["source", "external_id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What has happened since a run; ``runs``: those that came later, as ``LATER_RUNS``.

    record_types: all that are declared and have their table.
    """

    unit: Unit
    run: Run
    runs: pl.DataFrame
    record_types: Mapping[str, RecordType]

    @classmethod
    def of(cls, unit: Unit, run: Run, record_types: Mapping[str, RecordType]) -> Aftermath:
        """Of one run, as the database tells it now."""
        there = unit.record_type_names()
        stored = {name: each for name, each in record_types.items() if name in there}
        return cls(unit=unit, run=run, runs=unit.runs_since(run.run_id), record_types=stored)

    def touches(self, record_type: RecordType) -> bool:
        """Whether later runs have written records or links of the type."""
        return not self.runs.is_empty() and self.unit.later_runs(record_type.name, self.run.run_id)

    @property
    def edits(self) -> pl.Series:
        """The later runs in which people wrote by hand."""
        return self._applied(RunKind.EDIT)

    @property
    def siblings(self) -> pl.Series:
        """The later imports of the same source: other parts of one export (ROL-5)."""
        if self.run.kind is not RunKind.IMPORT or self.run.source is None:
            return pl.Series("run_id", [], dtype=pl.Int64)
        theirs = self.runs.filter(pl.col("source") == self.run.source)["run_id"]
        return self._applied(RunKind.IMPORT).filter(self._applied(RunKind.IMPORT).is_in(theirs.implode()))

    def _applied(self, kind: RunKind) -> pl.Series:
        mine = (pl.col("kind") == kind.value) & (pl.col("status") == RunStatus.APPLIED.value)
        return self.runs.filter(mine)["run_id"]

    def edited_only(self, record_type: RecordType, ids: pl.Series) -> pl.Series:
        """Those of the records ``ids`` that nobody but people have changed since."""
        since = self.unit.changes_since(record_type.name, self.run.run_id, ids)
        by_hand = since.select("record_id", _hand=pl.col("run_id").is_in(self.edits.implode()))
        told = by_hand.group_by("record_id").agg(pl.col("_hand").all())
        return told.filter("_hand")["record_id"]

    def edits_of(self, record_type: RecordType, ids: pl.Series) -> pl.DataFrame:
        """``HAND_EDIT`` of the values of some records that people wrote since, and that stand."""
        found = self.unit.hand_edits(record_type.name, ids)
        return found.filter(pl.col("run_id").is_in(self.edits.implode()))

    def deleted_by(self, record_type: RecordType, ids: pl.Series) -> pl.DataFrame:
        """``_record_id, _by_run``: which run deleted those of the records ``ids`` that are gone, as far as that is known."""
        since = self.unit.changes_since(record_type.name, self.run.run_id, ids)
        gone = since.filter(pl.col("act") == "delete").group_by("record_id").agg(pl.col("run_id").max())
        return gone.select(_record_id="record_id", _by_run="run_id")

    def unmade(self, record_type: RecordType) -> pl.DataFrame:
        """Records that the run made and that later runs, not undone themselves, deleted: ``_record_id, _name, _by_run``."""
        mine = (pl.col("record_type") == record_type.name) & (pl.col("kind") != RunKind.ROLLBACK.value)
        standing = self.runs.filter(mine & (pl.col("status") == RunStatus.APPLIED.value))["run_id"]
        deleted = self.unit.images_of(standing, DELETED_RECORDS, MADE)
        ours = deleted.filter(pl.col("created_run") == self.run.run_id)
        links = self.unit.images_of(standing, DELETED_LINKS, _CALLED).unique("record_id")
        named = ours.join(links.drop("_run"), left_on="id", right_on="record_id", how="left")
        return named.select(_record_id="id", _name="external_id", _by_run="_run")

    def written_values(self, record_type: RecordType, ids: pl.Series) -> pl.DataFrame:
        """``record_id, field`` of the values of some records that later runs wrote, and that were not undone."""
        standing = (pl.col("status") == RunStatus.APPLIED.value) & (pl.col("kind") != RunKind.ROLLBACK.value)
        runs = self.runs.filter(standing)["run_id"]
        since = self.unit.changes_since(record_type.name, self.run.run_id, ids)
        return since.filter(pl.col("run_id").is_in(runs.implode())).select("record_id", "field").unique()

    def remembering(self, record_type: RecordType, written: pl.DataFrame) -> pl.DataFrame:
        """Those of the links ``written`` since (with ``_by_run``) to which others have only added a memory (PLN-19).

        Edits, other sources and imports of other types write nothing else to a link.
        """
        own, name = self.run.run_id, record_type.name
        others = self.runs.select(
            _at="run_id",
            _by=pl.when((pl.col("kind") != RunKind.EDIT.value) & (pl.col("record_type") == name)).then(
                "source"
            ),
        )
        told = written.with_columns(_at="_by_run").join(others, on="_at", how="inner")
        open_links = told.filter(pl.col("_by").is_null() | (pl.col("_by") != pl.col("source"))).select(
            *LINK, "_at"
        )
        reached = [open_links.select(LINK).clear()]
        while not open_links.is_empty():
            runs = open_links["_at"].unique()
            images = pl.concat(
                [self.unit.images_of(runs, each, LINK_IMAGE) for each in ("links", f"links:{name}")]
            )
            before = open_links.join(
                images.select(*LINK, "changed_run", _at="_run"), on=[*LINK, "_at"], how="inner"
            )
            # What wrote it before is this run, or came before it: none but those lie between.
            reached.append(before.filter(pl.col("changed_run") <= own).select(LINK))
            deeper = before.select(*LINK, _at="changed_run").join(others, on="_at", how="inner")
            open_links = deeper.filter(pl.col("_by").is_null() | (pl.col("_by") != pl.col("source"))).select(
                *LINK, "_at"
            )
        return written.join(pl.concat(reached), on=LINK, how="semi")

    def settled_records(
        self, record_type: RecordType, lineage: pl.DataFrame, changes: pl.DataFrame
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The run's images of records, as if earlier runs that were rolled back over it had never been.

        A partial rollback leaves a record to the run that changed it later. When that one is undone too, what comes back is
        what was before both.
        """
        unit, name, run_id = self.unit, record_type.name, self.run.run_id
        overtaken = self.overtaken
        images = [unit.images_of(overtaken, each, LINEAGE) for each in ("lineage", f"lineage:{name}")]
        theirs = pl.concat(images).filter(pl.col("id").is_in(lineage["id"].implode()))
        if theirs.is_empty():
            return lineage, changes
        beneath = unit.changes_beneath(name, run_id, theirs["id"].unique())
        undoes = self.runs.clear().select("run_id", "undoes_run")
        if not beneath.is_empty():
            earlier = unit.runs_since(int(beneath["run_id"].min()) - 1)  # type: ignore[arg-type]
            undoes = earlier.filter(pl.col("kind") == RunKind.ROLLBACK.value).select("run_id", "undoes_run")
        changes, passed = settled_changes(changes, run_id, beneath, overtaken, undoes)
        status = record_type.lifecycle.field if record_type.lifecycle else "retired_at"
        turned = passed.filter(pl.col("field") == status).sort("run_id").unique("record_id", keep="first")
        turned = turned.select(id="record_id", _run="run_id")
        return settled_lineage(lineage, theirs, overtaken, turned), changes

    def settled_links(self, suffix: str, links: pl.DataFrame) -> pl.DataFrame:
        """The same of the run's images of links."""
        theirs = self.unit.images_of(self.overtaken, f"links{suffix}", LINK_IMAGE)
        settled = _through(links, theirs.drop("last_run"), "changed_run")
        return _through(settled, self._sightings, "last_run")

    def settled_sightings(self) -> pl.DataFrame:
        """The same of the links that the run only saw, as ``SEEN_IMAGE``."""
        seen = self.unit.image_of(self.run.run_id, "seen", SEEN_IMAGE)
        return _through(seen, self._sightings, "last_run")

    @property
    def _sightings(self) -> pl.DataFrame:
        """When links had been seen last before the overtaken runs saw or wrote them."""
        images = (self.unit.images_of(self.overtaken, each, SEEN_IMAGE) for each in ("links", "seen"))
        return pl.concat(images)

    @property
    def overtaken(self) -> pl.Series:
        """The earlier runs that were rolled back after this one was applied."""
        rollbacks = (pl.col("kind") == RunKind.ROLLBACK.value) & (pl.col("status") == RunStatus.APPLIED.value)
        undone = self.runs.filter(rollbacks & (pl.col("undoes_run") < self.run.run_id))
        return undone["undoes_run"].unique().sort()


def _through(links: pl.DataFrame, images: pl.DataFrame, run: str) -> pl.DataFrame:
    """``links`` with what the ``images`` (with ``_run``) of the runs that they name by ``run`` tell of before."""
    columns = [name for name in images.columns if name not in ("_run", *LINK)]
    while True:
        here = links.select(*LINK, _run=run).join(images, on=[*LINK, "_run"], how="inner").drop("_run")
        if here.is_empty():
            return links
        marked = here.unique(LINK).with_columns(_hit=pl.lit(value=True))
        beside = links.join(marked, on=LINK, how="left", suffix=":before", maintain_order="left")
        hit = pl.col("_hit").fill_null(value=False)
        links = beside.with_columns(
            pl.when(hit).then(f"{name}:before").otherwise(name).alias(name) for name in columns
        ).select(links.columns)


def own_changes(unit: Unit, run: Run, record_type: RecordType, suffix: str) -> pl.DataFrame:
    """What a run changed in records of a type by its decisions, or (``suffix``) because of references."""
    relinked = pl.col("act") == RELINK
    return unit.changes_of(run.run_id, record_type.name).filter(relinked if suffix else ~relinked)
