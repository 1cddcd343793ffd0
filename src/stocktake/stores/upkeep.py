"""Upkeep: what is old enough goes (LIN-5)."""

from __future__ import annotations

from datetime import datetime

import polars as pl
from sqlalchemy import and_, delete, func, literal, or_, select, update

from stocktake.model.run import RunStatus
from stocktake.stores import schema
from stocktake.stores.column_type import to_text
from stocktake.stores.session import Session

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
    """Statements that keep a workspace small."""

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
