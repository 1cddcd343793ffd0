"""What waits for a person, counted and page by page: what is missing, what is held, what was left out (PRE-16, PRE-22)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select, union_all

from stocktake.model.record_type import RecordType
from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.stores import schema
from stocktake.stores.column_type import to_text
from stocktake.stores.listings import Listings
from stocktake.stores.presence import Presence
from stocktake.stores.run_row import read_run
from stocktake.stores.typed_table import typed_table


class WorkLists(Presence, Listings):
    """Statements about what somebody must decide."""

    def missing_counts(self, record_types: Sequence[str], *, at: datetime) -> list[dict[str, Any]]:
        """``source, record_type, missing, acknowledged, since`` of what the last snapshots did not see (PRE-22).

        ``missing`` leaves out the ``acknowledged``; both are of the moment ``at``. ``since``: the oldest of all.
        """
        link, feed = schema.source_link, schema.feed
        lasts = or_(link.c.acknowledged_until.is_(None), link.c.acknowledged_until > at)
        known = case((and_(link.c.acknowledged_run.is_not(None), lasts), 1), else_=0)
        found: list[dict[str, Any]] = []
        for name in record_types:
            statement = (
                select(
                    feed.c.source,
                    feed.c.record_type,
                    func.count().label("all"),
                    func.sum(known).label("acknowledged"),
                    func.min(link.c.missing_since).label("since"),
                )
                .where(*self._absent_links(name))
                .group_by(feed.c.source, feed.c.record_type)
            )
            found += [
                {
                    "source": row.source,
                    "record_type": row.record_type,
                    "missing": int(row.all) - int(row.acknowledged),
                    "acknowledged": int(row.acknowledged),
                    "since": row.since,
                }
                for row in self.rows(statement)
            ]
        return sorted(found, key=lambda each: (each["source"], each["record_type"]))

    def held_counts(self, record_types: Sequence[RecordType]) -> list[dict[str, Any]]:
        """``source, record_type, held_run, held, since`` of the held retirements, by the run whose guard held them."""
        link, feed = schema.source_link, schema.feed
        by = (feed.c.source, feed.c.record_type, link.c.held_run)
        numbers = (func.count().label("held"), func.min(link.c.missing_since).label("since"))
        found = [
            row
            for each in record_types
            for row in self.rows(select(*by, *numbers).where(*self._held_links(each)).group_by(*by))
        ]
        return [dict(row._mapping) for row in found]

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
        if not record_types:
            return []
        held = union_all(*(self._held(each, source) for each in record_types)).subquery("held")
        behind = case((held.c.held_run.in_(list(last)), 1), else_=0)
        order = (behind, held.c.missing_since, held.c.source, held.c.record_id, held.c.external_id)
        found = self.rows(select(held).order_by(*order).limit(limit).offset(offset))
        return [dict(row._mapping) for row in found]

    def _held(self, record_type: RecordType, source: str | None) -> Select[Any]:
        table, link, feed = typed_table(record_type), schema.source_link, schema.feed
        shown = record_type.display_field
        named = to_text(table.c[shown], self._dialect.name) if shown else link.c.external_id_raw
        return select(
            feed.c.source,
            feed.c.record_type,
            func.coalesce(link.c.external_id_raw, link.c.external_id).label("external_id"),
            link.c.record_id,
            func.coalesce(named, link.c.external_id_raw, link.c.external_id).label("name"),
            link.c.held_run,
            link.c.missing_since,
        ).where(*self._held_links(record_type), *([feed.c.source == source] if source is not None else []))

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
