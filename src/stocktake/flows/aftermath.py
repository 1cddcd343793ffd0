"""Aftermath: which runs came after one that is to be undone, and whether people or files wrote since (ROL-4, ROL-13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from stocktake.flows.referral import RELINK
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.ports.frame import LINEAGE, LINK_IMAGE
from stocktake.ports.store import Unit

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

    def written_values(self, record_type: RecordType, ids: pl.Series) -> pl.DataFrame:
        """``record_id, field`` of the values of some records that later runs wrote."""
        return (
            self.unit.changes_since(record_type.name, self.run.run_id, ids)
            .select("record_id", "field")
            .unique()
        )

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
        names = ("lineage", f"lineage:{record_type.name}")
        while True:
            undone = self._overtaken(lineage["changed_run"])
            if undone.is_empty():
                return lineage, changes
            theirs = pl.concat([self.unit.images_of(undone, name, LINEAGE) for name in names])
            beneath = theirs.filter(~pl.col("_run").eq_missing(pl.col("changed_run"))).rename({"_run": "_at"})
            here = lineage.select("id", _at="changed_run").join(beneath, on=["id", "_at"], how="inner")
            if here.is_empty():
                return lineage, changes
            before = [
                self.unit.changes_of(run_id, record_type.name).with_columns(
                    _at=pl.lit(run_id, dtype=pl.Int64)
                )
                for run_id in undone
            ]
            changes = _earlier(changes, pl.concat(before), here.select("_at", record_id="id"))
            lineage = pl.concat([lineage.join(here, on="id", how="anti"), here.select(lineage.columns)]).sort(
                "id"
            )

    def settled_links(self, suffix: str, links: pl.DataFrame) -> pl.DataFrame:
        """The same of the run's images of links."""
        while True:
            undone = self._overtaken(links["changed_run"])
            if undone.is_empty():
                return links
            theirs = self.unit.images_of(undone, f"links{suffix}", LINK_IMAGE).rename({"_run": "_at"})
            here = links.select(*LINK, _at="changed_run").join(theirs, on=[*LINK, "_at"], how="inner")
            if here.is_empty():
                return links
            links = pl.concat([links.join(here, on=LINK, how="anti"), here.select(links.columns)])

    def _overtaken(self, named: pl.Series) -> pl.Series:
        """Those of the runs ``named`` that were rolled back after this one was applied."""
        rollbacks = self.runs.filter(
            (pl.col("kind") == RunKind.ROLLBACK.value)
            & (pl.col("status") == RunStatus.APPLIED.value)
            & (pl.col("undoes_run") < self.run.run_id)
        )["undoes_run"]
        return (
            named.drop_nulls().unique().filter(named.drop_nulls().unique().is_in(rollbacks.implode())).sort()
        )


def _earlier(changes: pl.DataFrame, before: pl.DataFrame, here: pl.DataFrame) -> pl.DataFrame:
    """``changes`` that give back what was before the changes ``before`` of the same records as well."""
    mine = before.join(here, on=["record_id", "_at"], how="semi").select(
        "record_id", "field", _earlier="before", _hit=pl.lit(value=True)
    )
    hit = pl.col("_hit").fill_null(value=False)
    return (
        changes.join(mine, on=["record_id", "field"], how="left", maintain_order="left")
        .with_columns(before=pl.when(hit).then("_earlier").otherwise("before"))
        .drop("_earlier", "_hit")
    )


def own_changes(unit: Unit, run: Run, record_type: RecordType, suffix: str) -> pl.DataFrame:
    """What a run changed in records of a type by its decisions, or (``suffix``) because of references."""
    relinked = pl.col("act") == RELINK
    return unit.changes_of(run.run_id, record_type.name).filter(relinked if suffix else ~relinked)
