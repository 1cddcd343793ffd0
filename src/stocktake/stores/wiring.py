"""Wiring: what leads nowhere, each kind by one indexed anti-join; raw rows are read as frames (HEA-2, HEA-4, LIN-11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import polars as pl
from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    Table,
    and_,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)

from stocktake.model.record_type import RecordType
from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.model.wiring import SAMPLES, Finding, Sample
from stocktake.planning.packed import unpack
from stocktake.planning.span import SPANS, between, numbers_of, outside, spans_of, widest
from stocktake.ports.frame import DELETED_BLOCK, DELETED_BLOCKS
from stocktake.stores import media_table, schema
from stocktake.stores.column_type import FLAG, to_text
from stocktake.stores.raw_spans import RawSpans
from stocktake.stores.records import Records
from stocktake.stores.runs import Runs

#: Where the raw row of a record is.
PLACES = {"_record_id": pl.Int64, "_run": pl.Int64, "_line": pl.Int64}

#: So many records at a time are looked for whose raw row is not known yet.
PLACES_ROWS = 50_000
#: So many spans of numbers are told to the database, and so many single numbers.
RANGES, GAPS = 50, 100_000


class Wiring(Records, Runs, RawSpans):
    """Statements about what should lead to one another."""

    # Counted by the database ------------------------------------------------------------------------------------------

    def records_without_flow(
        self, record_type: RecordType, *, method: str | None = None, detail: bool
    ) -> Finding:
        """Records whose ``discovery_flow_id`` is blank; ``method`` narrows them to one discovery method (LIN-6)."""
        table = self.table_of(record_type)
        conditions: list[ColumnElement[bool]] = [table.c.discovery_flow_id.is_(None)]
        if method is not None:
            conditions.append(table.c.discovery_method == method)
        return self._records(record_type, table, conditions, detail=detail)

    def records_of_unknown_flow(self, record_type: RecordType, *, detail: bool) -> Finding:
        """Records that name a discovery flow which is not there: what a foreign key would refuse (BAC-4)."""
        table, flow = self.table_of(record_type), schema.discovery_flow
        there = select(flow.c.id).where(
            flow.c.workspace_id == table.c.workspace_id, flow.c.flow_id == table.c.discovery_flow_id
        )
        unknown = [table.c.discovery_flow_id.is_not(None), not_(there.exists())]
        return self._records(record_type, table, unknown, detail=detail)

    def records_without_link_or_run(
        self, record_type: RecordType, created: pl.Series, *, detail: bool
    ) -> Finding:
        """Records that no link leads to and whose run, one of ``created``, is not there."""
        table, run = self.table_of(record_type), schema.import_run
        link, feed = schema.source_link, schema.feed
        # A million records come of a few runs: those that are not there are found among the runs, and not per record.
        known = select(run.c.run_id).where(
            run.c.workspace_id == self.workspace_id, self.among(run.c.run_id, created)
        )
        unmade = created.filter(~created.is_in([row[0] for row in self.rows(known)]))
        if unmade.is_empty():
            return Finding()
        linked = select(link.c.record_id).where(
            link.c.workspace_id == table.c.workspace_id,
            link.c.record_id == table.c.id,
            feed.c.workspace_id == link.c.workspace_id,
            feed.c.feed_id == link.c.feed_id,
            feed.c.record_type == record_type.name,
        )
        lost = [self.among(table.c.created_run, unmade), not_(linked.exists())]
        return self._records(record_type, table, lost, detail=detail)

    def links_to_missing_records(
        self, record_type: RecordType, there: pl.DataFrame, *, detail: bool
    ) -> Finding:
        """Links of the type whose record is not there; ``there``: ``SPANS`` of records that are."""
        table, link, feed = self.table_of(record_type), schema.source_link, schema.feed
        found = select(table.c.id).where(
            table.c.workspace_id == link.c.workspace_id, table.c.id == link.c.record_id
        )
        beside = _beside(link.c.record_id, widest(there, RANGES))
        mine = self.few(link.c.workspace_id, beside) if len(there) else self._feed_links(record_type)[:1]
        lost = (*mine, feed.c.record_type == record_type.name, not_(found.exists()))
        count = self._count(select(link.c.record_id).join(feed, self._own_feed()).where(*lost))
        return Finding(count=count, samples=self._link_samples(lost) if detail and count else ())

    def undecided_rows(self, statuses: Sequence[RunStatus], *, detail: bool) -> Finding:
        """Raw rows without a decision, of runs in one of ``statuses``; the sample is their runs (LIN-11)."""
        chunk, run = schema.raw_chunk, schema.import_run
        waiting = func.sum(chunk.c.rows - chunk.c.processed)
        found = self.rows(
            select(run.c.run_id, run.c.filename, run.c.started_at, waiting)
            .join(run, and_(run.c.workspace_id == chunk.c.workspace_id, run.c.run_id == chunk.c.run_id))
            .where(
                chunk.c.workspace_id == self.workspace_id,
                chunk.c.processed != chunk.c.rows,
                run.c.status.in_([each.value for each in statuses]),
            )
            .group_by(run.c.run_id, run.c.filename, run.c.started_at)
            .order_by(run.c.run_id)
        )
        samples = tuple(
            Sample(kind="run", number=row[0], name=row[1], created_at=row[2]) for row in found[:SAMPLES]
        )
        return Finding(count=sum(int(row[3]) for row in found), samples=samples if detail else ())

    def runs_applying(self) -> list[Run]:
        """The runs that are being applied, or were when their process died (REL-9)."""
        return self.runs_in([RunStatus.APPLYING])

    # Read as frames ---------------------------------------------------------------------------------------------------

    def record_spans(self, record_type: RecordType) -> pl.DataFrame:
        """``SPANS`` of the records that are there, with the ``created_run`` of each: what a run made lies together."""
        table = self.table_of(record_type)
        mine, made = table.c.workspace_id == self.workspace_id, table.c.created_run
        counts = {"created_run": pl.Int64, **SPANS, "records": pl.Int64}
        blocks = self.fetch(
            select(made, func.min(table.c.id), func.max(table.c.id), func.count()).where(mine).group_by(made),
            counts,
        )
        is_whole = pl.col("last") - pl.col("first") + 1 == pl.col("records")
        found = [blocks.filter(is_whole).drop("records")]
        for run_id in blocks.filter(~is_whole)["created_run"]:
            ids = self.fetch(select(table.c.id).where(mine, made == run_id), {"id": pl.Int64})["id"]
            found.append(spans_of(ids).select(pl.lit(run_id, dtype=pl.Int64).alias("created_run"), *SPANS))
        return pl.concat(found).sort("first")

    def raw_places(
        self, record_type: RecordType, known: Mapping[int, pl.DataFrame], *, after: int
    ) -> pl.DataFrame:
        """``PLACES`` of the next records after one, by number, whose raw row is none of the ``known``.

        known: run → ``SPANS`` of its lines, of which the widest count; no more than ``PLACES_ROWS`` are told.
        """
        table = self.table_of(record_type)
        line = table.c.row_number
        met = [
            and_(
                table.c.row_run == run_id,
                or_(false(), *(line.between(*each) for each in widest(spans, RANGES))),
            )
            for run_id, spans in known.items()
        ]
        return self.fetch(
            select(table.c.id, table.c.row_run, line)
            .where(
                table.c.workspace_id == self.workspace_id,
                table.c.id > after,
                line.is_not(None),
                not_(or_(false(), *met)),
            )
            .order_by(table.c.id)
            .limit(PLACES_ROWS),
            PLACES,
        )

    def imports_with_rows(self, record_type: str) -> list[int]:
        """The applied imports of a type that kept raw rows which led to records; rolled-back ones are not among them."""
        chunk, run = schema.raw_chunk, schema.import_run
        kept = select(chunk.c.run_id).where(
            chunk.c.workspace_id == run.c.workspace_id, chunk.c.run_id == run.c.run_id, chunk.c.linked > 0
        )
        found = self.rows(
            select(run.c.run_id)
            .where(
                run.c.workspace_id == self.workspace_id,
                run.c.record_type == record_type,
                run.c.kind == RunKind.IMPORT.value,
                run.c.status == RunStatus.APPLIED.value,
                kept.exists(),
            )
            .order_by(run.c.run_id)
        )
        return [int(row[0]) for row in found]

    def runs_without_rows(self) -> frozenset[int]:
        """The runs whose raw rows were pruned (LIN-5)."""
        run = schema.import_run
        found = self.rows(
            select(run.c.run_id).where(
                run.c.workspace_id == self.workspace_id, run.c.raw_pruned_at.is_not(None)
            )
        )
        return frozenset(int(row[0]) for row in found)

    def deleted_since(self, record_type: str) -> tuple[pl.Series, pl.DataFrame]:
        """The records that runs deleted: ids, and ``DELETED_BLOCK`` of what rollbacks took back (HEA-7)."""
        change, run, image = schema.record_change, schema.import_run, schema.run_image
        ids = self.fetch(
            select(change.c.record_id)
            .join(run, and_(run.c.workspace_id == change.c.workspace_id, run.c.run_id == change.c.run_id))
            .where(
                change.c.workspace_id == self.workspace_id,
                change.c.record_type == record_type,
                change.c.act == "delete",
                run.c.kind == RunKind.IMPORT.value,
                run.c.status == RunStatus.APPLIED.value,
            ),
            {"_record_id": pl.Int64},
        )
        found = self.rows(
            select(image.c.content)
            .join(run, and_(run.c.workspace_id == image.c.workspace_id, run.c.run_id == image.c.run_id))
            .where(
                image.c.workspace_id == self.workspace_id,
                image.c.name == DELETED_BLOCKS,
                run.c.kind == RunKind.ROLLBACK.value,
            )
        )
        blocks = pl.concat([pl.DataFrame(schema=DELETED_BLOCK), *(unpack(row[0]) for row in found)])
        return ids["_record_id"], blocks.filter(pl.col("record_type") == record_type)

    def links_before(
        self, source: str, record_type: str, snapshot_run: int, met: pl.DataFrame, *, unmet: int
    ) -> pl.Series:
        """The records of the source's present links that were there before its snapshot and that no later run saw.

        ``met``: ``SPANS`` of records that the snapshot had, which are none of them, nor what lay out of its sight (MED-D10).
        ``unmet``: so many others there are; where those are few, they are looked up, and nothing else is read.
        """
        link, unsighted = schema.source_link, media_table.unsighted_link
        hidden = exists().where(
            unsighted.c.workspace_id == link.c.workspace_id,
            unsighted.c.feed_id == link.c.feed_id,
            unsighted.c.snapshot_run == snapshot_run,
            unsighted.c.external_id == link.c.external_id,
        )
        before = (
            link.c.is_present == literal(value=True, type_=FLAG),
            link.c.is_keyless == literal(value=False, type_=FLAG),
            link.c.last_run < snapshot_run,
            ~hidden,
        )
        wanted = [(*each, *before) for each in self._links_beside(source, record_type, met, unmet)]
        found = [
            self.fetch(select(link.c.record_id).where(*each), {"_record_id": pl.Int64}) for each in wanted
        ]
        return outside(pl.concat(found)["_record_id"], met).alias("_record_id")

    def _links_beside(
        self, source: str, record_type: str, met: pl.DataFrame, unmet: int
    ) -> Iterator[tuple[ColumnElement[bool], ...]]:
        """The source's links to records in none of the spans, or to all, where naming those is dearer than reading all."""
        link, feed, gaps = schema.source_link, schema.feed, between(met)
        if met.is_empty() or unmet > GAPS:
            own = link.c.feed_id.in_(self._feed_numbers(source, record_type))
            yield (link.c.workspace_id == self.workspace_id, own)
            return
        named = select(feed.c.feed_id).where(
            feed.c.workspace_id == link.c.workspace_id,
            feed.c.feed_id == link.c.feed_id,
            feed.c.source == source,
            feed.c.record_type == record_type,
        )
        first, last = met.select(pl.col("first").min(), pl.col("last").max()).row(0)
        inside = self.among(link.c.record_id, numbers_of(gaps))
        # One by one: of what lies on either side SQLite would walk over all that is between, too.
        for beside in (link.c.record_id < first, link.c.record_id > last, inside):
            yield (*self.few(link.c.workspace_id, beside), named.exists())

    def link_keys(self, source: str, record_type: str, ids: pl.Series) -> pl.DataFrame:
        """``_record_id, _key``: what the source calls the records ``ids`` of its present links."""
        link = schema.source_link
        return self.fetch(
            select(link.c.record_id, func.coalesce(link.c.external_id_raw, link.c.external_id)).where(
                link.c.workspace_id == self.workspace_id,
                link.c.feed_id.in_(self._feed_numbers(source, record_type)),
                link.c.is_present == literal(value=True, type_=FLAG),
                self.among(link.c.record_id, ids),
            ),
            {"_record_id": pl.Int64, "_key": pl.String},
        )

    # Samples ----------------------------------------------------------------------------------------------------------

    def record_samples(self, record_type: RecordType, ids: pl.Series) -> tuple[Sample, ...]:
        """The first few of the records ``ids``."""
        table = self.table_of(record_type)
        return self._record_samples(record_type, table, [self.among(table.c.id, ids.head(SAMPLES))])

    def link_samples(self, source: str, record_type: str, ids: pl.Series) -> tuple[Sample, ...]:
        """The source's links to the first few of the records ``ids``."""
        link = schema.source_link
        return self._link_samples(
            (
                link.c.workspace_id == self.workspace_id,
                link.c.feed_id.in_(self._feed_numbers(source, record_type)),
                self.among(link.c.record_id, ids.head(SAMPLES)),
            )
        )

    def row_samples(self, run: Run, ids: pl.Series) -> tuple[Sample, ...]:
        """The first few raw rows of a run that name one of the records ``ids``."""
        found: list[Sample] = []
        for chunk in self.raw_chunks(run.run_id):
            lost = chunk.filter(pl.col("record_id").is_in(ids.implode())).head(SAMPLES - len(found))
            found += [
                Sample(kind="raw row", number=f"{run.run_id}:{line}", name=name, created_at=run.applied_at)
                for line, name in lost.select("line", "name").iter_rows()
            ]
            if len(found) == SAMPLES:
                break
        return tuple(found)

    def _records(
        self,
        record_type: RecordType,
        table: Table,
        conditions: Sequence[ColumnElement[bool]],
        *,
        detail: bool,
    ) -> Finding:
        count = self._count(select(table.c.id).where(table.c.workspace_id == self.workspace_id, *conditions))
        samples = self._record_samples(record_type, table, conditions) if detail and count else ()
        return Finding(count=count, samples=samples)

    def _record_samples(
        self, record_type: RecordType, table: Table, conditions: Sequence[ColumnElement[bool]]
    ) -> tuple[Sample, ...]:
        name = to_text(self._name(record_type, table), self._dialect.name)
        found = self.rows(
            select(table.c.id, name, table.c.imported_at)
            .where(table.c.workspace_id == self.workspace_id, *conditions)
            .order_by(table.c.id)
            .limit(SAMPLES)
        )
        return tuple(
            Sample(kind=record_type.name, number=row[0], name=row[1], created_at=row[2]) for row in found
        )

    def _link_samples(self, conditions: Sequence[ColumnElement[bool]]) -> tuple[Sample, ...]:
        link, feed, run = schema.source_link, schema.feed, schema.import_run
        first = and_(run.c.workspace_id == link.c.workspace_id, run.c.run_id == link.c.first_run)
        key = func.coalesce(link.c.external_id_raw, link.c.external_id)
        found = self.rows(
            select(link.c.record_id, feed.c.source, key, run.c.applied_at)
            .join(feed, self._own_feed())
            .join(run, first, isouter=True)
            .where(*conditions)
            .order_by(link.c.record_id)
            .limit(SAMPLES)
        )
        return tuple(
            Sample(kind="link", number=row[0], name=f"{row[1]} {row[2]}", created_at=row[3]) for row in found
        )

    def _count(self, statement: Select[Any]) -> int:
        return int(self.rows(select(func.count()).select_from(statement.subquery()))[0][0])

    def _feed_numbers(self, source: str, record_type: str) -> Select[Any]:
        feed = schema.feed
        return select(feed.c.feed_id).where(
            feed.c.workspace_id == self.workspace_id,
            feed.c.source == source,
            feed.c.record_type == record_type,
        )

    def _feed_links(self, record_type: RecordType) -> Sequence[ColumnElement[bool]]:
        link, feed = schema.source_link, schema.feed
        return (link.c.workspace_id == self.workspace_id, feed.c.record_type == record_type.name)

    def _own_feed(self) -> ColumnElement[bool]:
        link, feed = schema.source_link, schema.feed
        return and_(feed.c.workspace_id == link.c.workspace_id, feed.c.feed_id == link.c.feed_id)


def _beside(number: Column[int], spans: Sequence[tuple[int, int]]) -> ColumnElement[bool]:
    """Numbers that lie in none of the spans, which are in order."""
    if not spans:
        return true()
    parts = [number.between(before + 1, after - 1) for (_, before), (after, _) in pairwise(spans)]
    return or_(number < spans[0][0], *parts, number > spans[-1][1])
