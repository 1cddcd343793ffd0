"""Pages of long lists: exact totals and any page without walking over what lies before it (INT-1).

What is dear to count is counted once, and remembered by the process until somebody writes in the workspace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import ColumnElement, and_, select

from stocktake.model.record_type import RecordType
from stocktake.stores import schema
from stocktake.stores.column_type import TIME_FORMAT, to_text
from stocktake.stores.listings import Listings
from stocktake.stores.stretches import Found, Place, Stretches
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


class Asked(NamedTuple):
    """Which records a list has."""

    record_type: RecordType
    where: Mapping[str, str]
    missing_source: str | None
    retired: bool


class Pages(Stretches, Listings):
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
        """Records by id. Retired ones only when asked for (TYP-6).

        ``where`` compares fields' canonical text; with ``CONTAINS`` behind its name a field holds the text somewhere, and
        ``CONTAINS`` alone asks that of what names a record: its external id, ``RecordType.naming``, its number.
        """
        asked = Asked(record_type, where, missing_source, retired)
        found, total = self._page(asked, limit, offset, hurries=False)
        return found or [], total or 0

    def record_page_at_once(
        self,
        record_type: RecordType,
        *,
        where: Mapping[str, str],
        missing_source: str | None = None,
        retired: bool = False,
        limit: int,
        offset: int,
    ) -> tuple[list[dict[str, Any]] | None, int | None]:
        """As ``record_page``, without looking through all records: no length while there are some that nobody looked at.

        No rows either where those on the page were not found so fast.
        """
        return self._page(Asked(record_type, where, missing_source, retired), limit, offset, hurries=True)

    def _page(
        self, asked: Asked, limit: int, offset: int, *, hurries: bool
    ) -> tuple[list[dict[str, Any]] | None, int | None]:
        """The rows of a page and the length of its list; in no hurry both are there."""
        record_type, retired = asked.record_type, asked.retired
        if asked.where or asked.missing_source is not None:
            found = self._like(asked, enough=offset + limit if hurries else None)
            if not found.covers(offset + limit):
                return None, None
            place = self._place_among(record_type, found.ids, limit=limit, offset=offset)
            return self._on_page(asked, place, limit), place.total if found.is_whole else None
        place = self._place_of_all(record_type, retired=retired, limit=limit, offset=offset)
        return self._on_page(asked, place, limit), place.total

    def _like(self, asked: Asked, *, enough: int | None) -> Found:
        """The records that are like a filter, or ``enough`` of the first."""
        record_type, missing_source = asked.record_type, asked.missing_source
        conditions = self._chosen(record_type, asked.where, missing_source, retired=asked.retired)
        key = (tuple(sorted(asked.where.items())), missing_source, asked.retired)
        if missing_source is None:
            return self._found(record_type, key, conditions, enough=enough)
        number = typed_table(record_type).c.id
        listed = select(number).where(*conditions).order_by(number)
        # Links say so, and they change without their records.
        ids = self._remembered(
            ("missing of", record_type.name, key), lambda: self.fetch(listed, {"id": pl.Int64})
        )
        return Found(ids, None)

    def _on_page(self, asked: Asked, place: Place, limit: int) -> list[dict[str, Any]]:
        table = typed_table(asked.record_type)
        shown = () if asked.retired else (table.c.retired_at.is_(None),)
        system = ("source", "external_id", "retired_at", "created_run", "changed_run")
        found = self.rows(
            select(
                table.c.id,
                *self._shown(table, [each.name for each in asked.record_type.fields]),
                *(table.c[name] for name in system),
            )
            .where(table.c.workspace_id == self.workspace_id, place.within, *shown)
            .order_by(table.c.id)
            .limit(limit)
            .offset(place.skipped)
        )
        return [dict(row._mapping) for row in found]

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
        keys = self._absent([each.name for each in record_types], source, since, until)
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

    def _absent(
        self, record_types: Sequence[str], source: str | None, since: datetime | None, until: datetime | None
    ) -> pl.DataFrame:
        """The same from memory, where nothing was written since."""
        key = ("missing", tuple(record_types), source, since, until)
        return self._remembered(key, lambda: self._absent_keys(record_types, source, since, until))

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
            self.fetch(
                select(*columns, *moments).where(*self._absent_links(each, all_of_them=True), *conditions),
                _ABSENT,
            )
            for each in record_types
        ]
        newest = ("missing_since", "source", "external_id")
        return (
            pl.concat(found).sort(newest, descending=[True, False, False])
            if found
            else pl.DataFrame(schema=_ABSENT)
        )
