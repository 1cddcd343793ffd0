"""What waits for a person, counted and page by page: what is missing, what is held, what was left out (PRE-16, PRE-22)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl
from sqlalchemy import and_, func, or_, select

from stocktake.model.record_type import RecordType
from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.planning.review import HELD
from stocktake.stores import schema
from stocktake.stores.column_type import TIME_FORMAT
from stocktake.stores.pages import Pages
from stocktake.stores.presence import Presence
from stocktake.stores.run_row import read_run


class WorkLists(Pages, Presence):
    """Statements about what somebody must decide."""

    def missing_counts(self, record_types: Sequence[str], *, at: datetime) -> list[dict[str, Any]]:
        """``source, record_type, missing, acknowledged, since`` of what the last snapshots did not see (PRE-22).

        ``missing`` leaves out the ``acknowledged``; both are of the moment ``at``. ``since``: the oldest of all.
        """
        known = pl.col("acknowledged_run").is_not_null()
        lasts = pl.col("acknowledged_until").is_null() | (pl.col("acknowledged_until") > _text(at))
        by = ("source", "record_type")
        found = self._absent(record_types, None, None, None).group_by(by)
        counts = found.agg(
            missing=(~(known & lasts)).sum().cast(pl.Int64),
            acknowledged=(known & lasts).sum().cast(pl.Int64),
            since=_moment("missing_since").min(),
        )
        return counts.sort(by).to_dicts()

    def held_counts(self, record_types: Sequence[RecordType]) -> list[dict[str, Any]]:
        """``source, record_type, held_run, held, since`` of the held retirements, by the run whose guard held them."""
        found = self._all_held(record_types).group_by(
            "source", "record_type", "held_run", maintain_order=True
        )
        return found.agg(held=pl.len().cast(pl.Int64), since=_moment("missing_since").min()).to_dicts()

    def held_page(
        self,
        record_types: Sequence[RecordType],
        *,
        source: str | None,
        last: Sequence[int],
        limit: int,
        offset: int,
    ) -> list[dict[str, Any]]:
        """Held retirements, longest waiting first; those that the runs ``last`` held stand behind the others."""
        found = self._all_held(record_types)
        if source is not None:
            found = found.filter(pl.col("source") == source)
        behind = pl.col("held_run").is_in(list(last))
        order = (behind, "missing_since", "source", "record_id", "external_id")
        page = found.sort(*order).slice(offset, limit)
        named = pl.coalesce("external_id_raw", "external_id")
        return page.select(
            "source",
            "record_type",
            "record_id",
            "name",
            "held_run",
            external_id=named,
            missing_since=_moment("missing_since"),
        ).to_dicts()

    def _all_held(self, record_types: Sequence[RecordType]) -> pl.DataFrame:
        return pl.concat([pl.DataFrame(schema=HELD), *(self.held_links(each) for each in record_types)])

    def runs_with_rejects(self) -> list[Run]:
        """The applied imports that left rows out and were not followed by a full snapshot of their source, newest first.

        A snapshot says again what the source has, so that what an earlier file said does not count any more; nor does a
        file that was read again.
        """
        run, latest = schema.import_run, schema.source_freshness
        again = run.alias("again")
        followed = and_(
            latest.c.workspace_id == run.c.workspace_id,
            latest.c.source == run.c.source,
            latest.c.record_type == run.c.record_type,
        )
        repeated = (
            select(again.c.run_id)
            .where(
                again.c.workspace_id == self.workspace_id,
                again.c.source == run.c.source,
                again.c.record_type == run.c.record_type,
                again.c.run_id > run.c.run_id,
                or_(
                    again.c.file_sha256 == run.c.file_sha256,
                    again.c.content_run == func.coalesce(run.c.content_run, run.c.run_id),
                ),
                again.c.status == RunStatus.APPLIED.value,
            )
            .correlate(run)
            .exists()
        )
        told = self.rows(
            select(run.c.run_id, run.c.stats)
            .join(latest, followed, isouter=True)
            .where(
                run.c.workspace_id == self.workspace_id,
                run.c.kind == RunKind.IMPORT.value,
                run.c.status == RunStatus.APPLIED.value,
                or_(latest.c.snapshot_run.is_(None), run.c.run_id >= latest.c.snapshot_run),
                ~repeated,
            )
        )
        ids = [row.run_id for row in told if row.stats and json.loads(row.stats).get("errors")]
        mine = (run.c.workspace_id == self.workspace_id, run.c.run_id.in_(ids))
        found = self.rows(select(run).where(*mine).order_by(run.c.run_id.desc())) if ids else []
        return [read_run(row) for row in found]


def _moment(column: str) -> pl.Expr:
    return pl.col(column).str.to_datetime(TIME_FORMAT.replace(".%f", "%.f"), time_unit="us", time_zone="UTC")


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(TIME_FORMAT)
