"""Pages of long lists: exact totals and any page without walking over what lies before it (INT-1).

What is dear to count is counted once, and remembered by the process until somebody writes in the workspace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, and_, false, func, literal_column, or_, select

from stocktake.model.record_type import RecordType
from stocktake.stores import schema
from stocktake.stores.column_type import TIME_FORMAT, to_text
from stocktake.stores.listings import Listings
from stocktake.stores.stretch import BITS, STRETCHES, in_order, less, spot
from stocktake.stores.typed_table import typed_table

#: What is remembered of a link by which a source misses a record; moments are canonical text.
_ABSENT = {
    "record_type": pl.String,
    "source": pl.String,
    "feed_id": pl.Int64,
    "external_id": pl.String,
    "acknowledged_run": pl.Int64,
    "missing_since": pl.String,
    "acknowledged_until": pl.String,
}


class Pages(Listings):
    """Statements that give a page of a list and its length."""

    def record_page(
        self,
        record_type: RecordType,
        *,
        where: Mapping[str, str],
        missing_source: str | None = None,
        retired: bool = False,
        limit: int,
        offset: int,
    ) -> tuple[list[dict[str, Any]], int]:
        """Records by id; ``where`` compares fields' canonical text. Retired ones only when asked for (TYP-6)."""
        table = typed_table(record_type)
        conditions = self._chosen(record_type, where, missing_source, retired=retired)

        def count() -> pl.DataFrame:
            if where or missing_source is not None or retired:
                return in_order(self._stretches(record_type, *conditions))
            # Of all of them and of the few retired ones narrow indexes tell; of those that are not, only the table.
            gone = self._stretches(record_type, conditions[0], table.c.retired_at.is_not(None))
            return in_order(less(self._stretches(record_type, conditions[0]), gone))

        key = (record_type.name, tuple(sorted(where.items())), missing_source, retired)
        counted = count() if record_type.readiness else self._remembered(("records", *key), count)
        place = spot(counted, limit=limit, offset=offset)
        within = or_(false(), *(table.c.id.between(*each) for each in place.ranges))
        system = ("source", "external_id", "retired_at", "created_run", "changed_run")
        found = self.rows(
            select(
                table.c.id,
                *self._shown(table, [each.name for each in record_type.fields]),
                *(table.c[name] for name in system),
            )
            .where(and_(*conditions), within)
            .order_by(table.c.id)
            .limit(limit)
            .offset(place.skipped)
        )
        return [dict(row._mapping) for row in found], int(counted["records"].sum())

    def _stretches(self, record_type: RecordType, *conditions: ColumnElement[bool]) -> pl.DataFrame:
        stretch = typed_table(record_type).c.id.op(">>")(literal_column(str(BITS)))
        return self.fetch(select(stretch, func.count()).where(*conditions).group_by(stretch), STRETCHES)

    def missing_among(
        self,
        record_types: Sequence[RecordType],
        *,
        source: str | None,
        since: datetime | None,
        until: datetime | None,
        ignored: Sequence[str],
        unacknowledged_at: datetime | None,
        limit: int,
        offset: int,
    ) -> tuple[list[dict[str, Any]], int]:
        """Links that the sources' last snapshots did not see, newest first, with their records (PRE-22).

        Each of the types must have its table. ``ignored``: sources that are left out unless ``source`` names one.
        ``unacknowledged_at``: without those that somebody has acknowledged until after that moment.
        """
        names = tuple(each.name for each in record_types)
        key = ("missing", names, source, since, until)
        keys = self._remembered(key, lambda: self._absent_keys(names, source, since, until))
        if source is None:
            keys = keys.filter(~pl.col("source").is_in(list(ignored)))
        if unacknowledged_at is not None:
            over = pl.col("acknowledged_until") <= unacknowledged_at.strftime(
                TIME_FORMAT
            )  # resurfaces (PRE-22)
            keys = keys.filter(pl.col("acknowledged_run").is_null() | over)
        page, link = keys.slice(offset, limit), schema.source_link
        found: dict[tuple[int, str], dict[str, Any]] = {}
        for kind in record_types:
            mine = page.filter(pl.col("record_type") == kind.name)
            for feed_id, keys_of_feed in mine.group_by("feed_id").agg("external_id").rows():
                wanted = and_(link.c.feed_id == feed_id, link.c.external_id.in_(keys_of_feed))
                for row in self.rows(self._missing(kind, wanted)):
                    found[row.feed_id, row.key] = dict(row._mapping)
        return [found[each] for each in page.select("feed_id", "external_id").rows()], keys.height

    def _absent_keys(
        self, record_types: Sequence[str], source: str | None, since: datetime | None, until: datetime | None
    ) -> pl.DataFrame:
        """``_ABSENT`` of all links by which sources miss records of the types, newest first."""
        link, feed, name = schema.source_link, schema.feed, self._dialect.name
        columns = [
            feed.c.record_type,
            feed.c.source,
            link.c.feed_id,
            link.c.external_id,
            link.c.acknowledged_run,
        ]
        moments = [to_text(link.c.missing_since, name), to_text(link.c.acknowledged_until, name)]
        conditions: list[ColumnElement[bool]] = []
        if source is not None:
            conditions.append(feed.c.source == source)
        if since is not None:
            conditions.append(link.c.missing_since >= since)
        if until is not None:
            conditions.append(link.c.missing_since < until)
        found = [
            self.fetch(select(*columns, *moments).where(*self._absent_links(each), *conditions), _ABSENT)
            for each in record_types
        ]
        newest = ("missing_since", "source", "external_id")
        return (
            pl.concat(found).sort(newest, descending=[True, False, False])
            if found
            else pl.DataFrame(schema=_ABSENT)
        )
