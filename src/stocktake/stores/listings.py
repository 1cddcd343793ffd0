"""Lists for people: records, missing links, history, activity; pages of at most 200 (APP-5, INT-1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Select, Table, and_, case, func, literal, select

from stocktake.model.record_type import RecordType
from stocktake.model.run import RunKind, RunStatus
from stocktake.ports.frame import ACKNOWLEDGEMENT, EXPORTED
from stocktake.stores import media_table, schema
from stocktake.stores.column_type import FLAG, to_text
from stocktake.stores.filtering import says
from stocktake.stores.links import NOT_PRESENT
from stocktake.stores.trail import AGAIN, Trail
from stocktake.stores.typed_table import typed_table
from stocktake.stores.view import presence_view

_WRITINGS = {
    "field": pl.String(),
    "run_id": pl.Int64(),
    "kind": pl.String(),
    "source": pl.String(),
    "by": pl.String(),
    "at": pl.Datetime("us", "UTC"),
}

#: So many records are read at a time for an export.
EXPORT_ROWS = 50_000


class Listings(Trail):
    """Statements that only read, page by page; each gives rows as dictionaries and the total."""

    def record_frames(
        self,
        record_type: RecordType,
        *,
        where: Mapping[str, str],
        missing_source: str | None = None,
        retired: bool = False,
    ) -> Iterator[pl.DataFrame]:
        """All the records that ``record_page`` would list, by id, in frames of at most ``EXPORT_ROWS`` rows.

        ``id`` (Int64), the fields and ``EXPORTED`` as canonical text. Each frame is asked for where the one before ended.
        """
        table = typed_table(record_type)
        conditions = self._chosen(record_type, where, missing_source, retired=retired)
        names = [*(each.name for each in record_type.fields), *EXPORTED]
        form = {"id": pl.Int64, **dict.fromkeys(names, pl.String)}
        statement = select(table.c.id, *self._shown(table, names)).order_by(table.c.id).limit(EXPORT_ROWS)
        last = 0
        while True:
            frame = self.fetch(statement.where(*conditions, table.c.id > last), form)
            if not frame.is_empty():
                yield frame
            if frame.height < EXPORT_ROWS:
                return
            last = frame["id"][-1]

    def _chosen(
        self, record_type: RecordType, where: Mapping[str, str], missing_source: str | None, *, retired: bool
    ) -> list[ColumnElement[bool]]:
        table = typed_table(record_type)
        conditions = [table.c.workspace_id == self.workspace_id]
        conditions += [says(record_type, name, value, self._dialect.name) for name, value in where.items()]
        if not retired:
            conditions.append(table.c.retired_at.is_(None))
        if missing_source is not None:
            absent = select(schema.source_link.c.record_id).where(
                *self._absent_links(record_type.name, all_of_them=True),
                schema.feed.c.source == missing_source,
            )
            conditions.append(table.c.id.in_(absent))
        return conditions

    def record(self, record_type: RecordType, record_id: int) -> dict[str, Any] | None:
        """One record with every column, or None."""
        table = typed_table(record_type)
        system = [column for column in table.columns if column.name not in record_type]
        found = self.rows(
            select(*system, *self._shown(table, [each.name for each in record_type.fields])).where(
                table.c.workspace_id == self.workspace_id, table.c.id == record_id
            )
        )
        return dict(found[0]._mapping) if found else None

    def links_of_record(self, record_type: str, record_id: int) -> list[dict[str, Any]]:
        """The links of one record, with the last sighting that PRE-28 defines, and ``held_at``."""
        view, run = presence_view, schema.import_run
        held = and_(run.c.workspace_id == view.c.workspace_id, run.c.run_id == view.c.held_run)
        found = self.rows(
            select(view, run.c.applied_at.label("held_at"))
            .join(run, held, isouter=True)
            .where(
                *self.few(view.c.workspace_id, view.c.record_id == record_id),
                view.c.record_type == record_type,
            )
            .order_by(view.c.source, view.c.external_id)
        )
        return [dict(row._mapping) for row in found]

    def missing_badges(
        self, record_type: str, ids: Sequence[int], *, ignored: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """Which sources but the ``ignored`` ones miss which of the records ``ids``, since when."""
        link, feed = schema.source_link, schema.feed
        feeds = dict(
            tuple(row)
            for row in self.rows(
                select(feed.c.feed_id, feed.c.source).where(
                    feed.c.workspace_id == self.workspace_id,
                    feed.c.record_type == record_type,
                    feed.c.source.not_in(list(ignored)),
                )
            )
        )
        # All links of the few records, whatever their feed: told of feeds, SQLite would walk over all links of those.
        links = self.rows(
            select(link.c.record_id, link.c.feed_id, link.c.missing_since, link.c.is_present).where(
                *self.few(link.c.workspace_id, link.c.record_id.in_(list(ids)))
            )
        )
        there = {
            (each.record_id, each.feed_id) for each in links if each.is_present
        }  # by whatever id (PRE-19)
        return [
            {
                "record_id": each.record_id,
                "source": feeds[each.feed_id],
                "missing_since": each.missing_since,
            }
            for each in links
            if each.feed_id in feeds and not each.is_present and (each.record_id, each.feed_id) not in there
        ]

    def _missing(self, record_type: RecordType, wanted: ColumnElement[bool]) -> Select[Any]:
        """The ``wanted`` links by which sources miss records of a type, each with its record; ``key`` as it is stored."""
        table, link, feed = typed_table(record_type), schema.source_link, schema.feed
        shown = record_type.display_field
        name = to_text(table.c[shown], self._dialect.name) if shown else table.c.external_id
        return select(
            feed.c.record_type,
            feed.c.source,
            link.c.feed_id,
            link.c.external_id.label("key"),
            func.coalesce(link.c.external_id_raw, link.c.external_id).label("external_id"),
            link.c.record_id,
            func.coalesce(name, link.c.external_id_raw, link.c.external_id).label("name"),
            link.c.missing_since,
            link.c.missed_snapshots,
            link.c.held_run,
            self._held_at(),
            link.c.back_run_3,
            *(link.c[each] for each in ACKNOWLEDGEMENT),
            table.c.retired_at,
            table.c.retired_by,
        ).where(
            wanted,
            feed.c.workspace_id == self.workspace_id,
            feed.c.feed_id == link.c.feed_id,
            link.c.workspace_id == self.workspace_id,
            table.c.workspace_id == self.workspace_id,
            table.c.id == link.c.record_id,
        )

    def _held_at(self) -> Any:
        """When a guard held the retirement that a link waits for."""
        run, link = schema.import_run, schema.source_link
        held = select(run.c.applied_at).where(
            run.c.workspace_id == self.workspace_id, run.c.run_id == link.c.held_run
        )
        return held.correlate(link).scalar_subquery().label("held_at")

    def raw_row(self, run_id: int, line: int) -> dict[str, Any] | None:
        """The raw row of a run at ``line``, with its cells ``c0`` … and what became of it (LIN-2), or None."""
        table = schema.raw_chunk
        named = self.name_column(run_id)
        mine = (table.c.workspace_id == self.workspace_id, table.c.run_id == run_id)
        # A row stands at a line at least as far down as its place; how much further, its chunk alone knows.
        before = self.rows(
            select(table.c.chunk).where(*mine, table.c.first_row <= line).order_by(table.c.first_row.desc())
        )
        for (number,) in before:
            found = self._chunk(run_id, number, named).filter(pl.col("line") == line)
            if not found.is_empty():
                return found.row(0, named=True)
        return None

    def raw_rows_of(self, run_id: int, record_id: int) -> list[dict[str, Any]]:
        """The raw rows that a run read and that led to one record, as ``raw_chunks`` gives them."""
        read = self._content_run(run_id) or run_id
        named, found = self.name_column(read), []
        for chunks, told in self.outcomes_of(read, "record_id"):
            places = told["record_id"].eq(record_id).fill_null(value=False).arg_true()
            for number in _chunks_at(chunks, places):
                rows = self._chunk(read, number, named)
                rows = rows.with_columns(**AGAIN) if read != run_id else rows
                found += rows.filter(pl.col("record_id") == record_id).to_dicts()
        return sorted(found, key=lambda each: int(each["line"]))

    def acts_on(self, record_type: str, record_id: int) -> list[tuple[int, str]]:
        """Which runs changed one record, and how they called it; oldest first."""
        table = schema.record_change
        found = self.rows(
            select(table.c.run_id, table.c.act)
            .where(
                table.c.workspace_id == self.workspace_id,
                table.c.record_type == record_type,
                table.c.record_id == record_id,
            )
            .distinct()
            .order_by(table.c.run_id, table.c.act)
        )
        return [(int(row[0]), str(row[1])) for row in found]

    def sightings_of(self, record_type: str, record_id: int) -> list[tuple[int, int]]:
        """For every link of one record, the runs that saw it first and last; snapshots see all that is present (PRE-28)."""
        link, feed, latest = schema.source_link, schema.feed, schema.source_freshness
        unsighted = media_table.unsighted_link
        own = and_(feed.c.workspace_id == link.c.workspace_id, feed.c.feed_id == link.c.feed_id)
        newest = and_(
            latest.c.workspace_id == feed.c.workspace_id,
            latest.c.source == feed.c.source,
            latest.c.record_type == feed.c.record_type,
            latest.c.snapshot_run > link.c.last_run,
            link.c.is_present == literal(value=True, type_=FLAG),
            link.c.is_keyless == literal(value=False, type_=FLAG),
        )
        hidden = and_(
            unsighted.c.workspace_id == link.c.workspace_id,
            unsighted.c.feed_id == link.c.feed_id,
            unsighted.c.snapshot_run == latest.c.snapshot_run,
            unsighted.c.external_id == link.c.external_id,
        )
        seen = case(
            (unsighted.c.seen_run > link.c.last_run, unsighted.c.seen_run),
            (unsighted.c.external_id.is_not(None), link.c.last_run),
            else_=func.coalesce(latest.c.snapshot_run, link.c.last_run),
        )
        found = self.rows(
            select(link.c.first_run, seen)
            .join(feed, own)
            .join(latest, newest, isouter=True)
            .join(unsighted, hidden, isouter=True)
            .where(
                *self.few(link.c.workspace_id, link.c.record_id == record_id),
                feed.c.record_type == record_type,
            )
        )
        return [(int(row[0]), int(row[1])) for row in found]

    def history_of(self, record_type: str, record_id: int) -> list[dict[str, Any]]:
        """The stored field history of one record, oldest first."""
        table = schema.field_history
        found = self.rows(
            select(table)
            .where(
                table.c.workspace_id == self.workspace_id,
                table.c.record_type == record_type,
                table.c.record_id == record_id,
            )
            .order_by(table.c.run_id, table.c.field)
        )
        return [dict(row._mapping) for row in found]

    def writings_of(self, record_type: str, record_id: int) -> pl.DataFrame:
        """``field, run_id, kind, source, by, at`` of what was written into one record and not undone, oldest first."""
        change, run = schema.record_change, schema.import_run
        found = self.rows(
            select(
                change.c.field, run.c.run_id, run.c.kind, run.c.source, run.c.initiated_by, run.c.applied_at
            )
            .where(
                change.c.workspace_id == self.workspace_id,
                change.c.record_type == record_type,
                change.c.record_id == record_id,
                run.c.workspace_id == self.workspace_id,
                run.c.run_id == change.c.run_id,
                run.c.status == RunStatus.APPLIED.value,
                run.c.kind != RunKind.ROLLBACK.value,
            )
            .order_by(run.c.run_id, change.c.field)
        )
        return pl.DataFrame([tuple(row) for row in found], schema=_WRITINGS, orient="row")

    def freshness(self) -> list[dict[str, Any]]:
        """The newest import per source and type (FRE-3)."""
        table = schema.source_freshness
        found = self.rows(
            select(table)
            .where(table.c.workspace_id == self.workspace_id)
            .order_by(table.c.source, table.c.record_type)
        )
        return [dict(row._mapping) for row in found]

    def _absent_links(self, record_type: str, *, all_of_them: bool = False) -> list[Any]:
        """Conditions on links and their feeds: a source that has the record under another id does not miss it (PRE-19).

        ``all_of_them``: no keys are named beside, and the index of what is missing says which they are.
        """
        link, feed = schema.source_link, schema.feed
        other = link.alias("other")
        renamed = (
            select(other.c.record_id)
            .where(
                other.c.workspace_id == link.c.workspace_id,
                other.c.record_id == link.c.record_id,
                other.c.feed_id == link.c.feed_id,
                other.c.is_present == literal(value=True, type_=FLAG),
            )
            .correlate(link)
            .exists()
        )
        mine, absent = link.c.workspace_id, link.c.is_present == NOT_PRESENT
        return [
            ~renamed,
            feed.c.workspace_id == self.workspace_id,
            feed.c.record_type == record_type,
            link.c.feed_id == feed.c.feed_id,
            *(self.few(mine, absent) if all_of_them else (mine == self.workspace_id, absent)),
        ]

    def _shown(self, table: Table, fields: Sequence[str]) -> list[Any]:
        return [to_text(table.c[name], self._dialect.name).label(name) for name in fields]


def _chunks_at(chunks: Sequence[tuple[int, int]], places: pl.Series) -> list[int]:
    """The numbers of the chunks, of so many rows each, in which the places lie."""
    ends = pl.Series([rows for _, rows in chunks]).cum_sum()
    return [chunks[at][0] for at in ends.search_sorted(places + 1).unique().sort()]
