"""Upkeep: what is old enough goes (LIN-5), what is lacking is found (BAC)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, and_, delete, func, literal, or_, select, update

from stocktake.model.record_type import RecordType
from stocktake.model.run import RunStatus
from stocktake.stores import schema
from stocktake.stores.column_type import to_text
from stocktake.stores.session import Session
from stocktake.stores.typed_table import typed_table

#: Runs with raw rows, and how much those are.
OLD_ROWS = {
    "run_id": pl.Int64,
    "source": pl.String,
    "record_type": pl.String,
    "filename": pl.String,
    "applied_at": pl.String,
    "rows": pl.Int64,
    "bytes": pl.Int64,
}

#: The image that holds what was wrong with rejected rows: cells as read, hence as old as the raw rows.
PROBLEMS_IMAGE = "problems"


class Upkeep(Session):
    """Statements that mend a workspace and keep it small."""

    def records_without_link(self, record_type: RecordType, source: str) -> pl.DataFrame:
        """``_record_id, external_id`` of the source's records that no link of it leads to; retired ones left out."""
        table, link, feed = typed_table(record_type), schema.source_link, schema.feed
        linked = select(link.c.record_id).where(
            link.c.workspace_id == table.c.workspace_id,
            link.c.record_id == table.c.id,
            feed.c.workspace_id == link.c.workspace_id,
            feed.c.feed_id == link.c.feed_id,
            feed.c.record_type == record_type.name,
            feed.c.source == source,
        )
        return self.fetch(
            select(table.c.id, table.c.external_id)
            .where(
                table.c.workspace_id == self.workspace_id,
                table.c.source == source,
                table.c.external_id.is_not(None),
                table.c.retired_at.is_(None),
                ~linked.exists(),
            )
            .order_by(table.c.id),
            {"_record_id": pl.Int64, "external_id": pl.String},
        )

    def records_with_flow_elsewhere(self, record_type: RecordType) -> pl.DataFrame:
        """``_record_id, _version, _flow`` of the records that lack a discovery flow which their run or master flow tells.

        A master flow tells it where it has one flow only.
        """
        table, run, flow = typed_table(record_type), schema.import_run, schema.discovery_flow
        of_run = (
            select(run.c.discovery_flow_id)
            .where(run.c.workspace_id == table.c.workspace_id, run.c.run_id == table.c.row_run)
            .scalar_subquery()
        )
        told: ColumnElement[Any] = of_run
        if "master_flow_id" in record_type:
            of_master = (
                select(func.min(flow.c.flow_id))
                .where(
                    flow.c.workspace_id == table.c.workspace_id,
                    flow.c.master_flow_id == table.c.master_flow_id,
                )
                .having(func.count() == 1)
                .scalar_subquery()
            )
            told = func.coalesce(of_run, of_master)
        found = self.fetch(
            select(table.c.id, table.c.version, told)
            .where(table.c.workspace_id == self.workspace_id, table.c.discovery_flow_id.is_(None))
            .order_by(table.c.id),
            {"_record_id": pl.Int64, "_version": pl.Int64, "_flow": pl.String},
        )
        return found.drop_nulls("_flow")

    def raw_rows_before(self, moment: datetime) -> pl.DataFrame:
        """``OLD_ROWS``: the ended runs from before ``moment`` with raw rows that no run since has read again."""
        run, again, chunk = schema.import_run, schema.import_run.alias("again"), schema.raw_chunk
        repeated = select(again.c.run_id).where(
            again.c.workspace_id == run.c.workspace_id,
            again.c.content_run == run.c.run_id,
            again.c.status == RunStatus.APPLIED.value,
            again.c.applied_at >= moment,
        )
        size = func.length(chunk.c.cells) + func.length(chunk.c.outcome)
        ended = run.c.status.in_([RunStatus.APPLIED.value, RunStatus.ROLLED_BACK.value])
        mine = and_(chunk.c.workspace_id == run.c.workspace_id, chunk.c.run_id == run.c.run_id)
        shown = (run.c.run_id, run.c.source, run.c.record_type, run.c.filename)
        moment_of = to_text(run.c.applied_at, self._dialect.name)
        return self.fetch(
            select(*shown, moment_of, func.sum(chunk.c.rows), func.sum(size))
            .join(chunk, mine)
            .where(
                run.c.workspace_id == self.workspace_id,
                ended,
                run.c.applied_at < moment,
                ~repeated.exists(),
            )
            .group_by(*shown, run.c.applied_at)
            .order_by(run.c.run_id),
            OLD_ROWS,
        )

    def prune_raw_rows(self, run_ids: pl.Series, *, at: datetime) -> None:
        """Delete the raw rows of runs, and what was wrong with them; the runs say so.

        So do runs that had read the same rows again; none of them vouches any longer for what the same content means.
        """
        chunk, image, run = schema.raw_chunk, schema.run_image, schema.import_run
        self.run(
            delete(chunk).where(
                chunk.c.workspace_id == self.workspace_id, self.among(chunk.c.run_id, run_ids)
            )
        )
        self.run(
            delete(image).where(
                image.c.workspace_id == self.workspace_id,
                self.among(image.c.run_id, run_ids),
                image.c.name == literal(PROBLEMS_IMAGE),
            )
        )
        theirs = or_(self.among(run.c.run_id, run_ids), self.among(run.c.content_run, run_ids))
        self.run(
            update(run)
            .where(run.c.workspace_id == self.workspace_id, theirs)
            .values(raw_pruned_at=at, rules_hash=None, ground=None)
        )
