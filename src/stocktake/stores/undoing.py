"""Undoing: what a run has made and written, what others have done to it since, and taking it back (ROL)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Table, and_, delete, func, select

from stocktake.model.record_type import RecordType
from stocktake.planning.packed import unpack
from stocktake.ports.frame import (
    CHANGED_BENEATH,
    CHANGED_SINCE,
    CREATED_SINCE,
    LATER_RUNS,
    REFERRING,
    UNRESOLVED,
)
from stocktake.stores import schema
from stocktake.stores.links import LINKS_SINCE, Links
from stocktake.stores.records import Records


class Undoing(Records, Links):
    """Statements of rollbacks."""

    # Runs and changes since -------------------------------------------------------------------------------------------

    def runs_since(self, run_id: int) -> pl.DataFrame:
        """``LATER_RUNS``: the runs after ``run_id`` that were applied, rolled-back ones included, in order."""
        table = schema.import_run
        columns = {
            "run_id": table.c.run_id,
            "kind": table.c.kind,
            "status": table.c.status,
            "source": table.c.source,
            "record_type": table.c.record_type,
            "by": table.c.initiated_by,
            "undoes_run": table.c.undoes_run,
        }
        return self.fetch(
            select(*columns.values())
            .where(
                table.c.workspace_id == self.workspace_id,
                table.c.run_id > run_id,
                table.c.applied_at.is_not(None),
            )
            .order_by(table.c.run_id),
            LATER_RUNS,
        )

    def changes_since(self, record_type: str, run_id: int, ids: pl.Series) -> pl.DataFrame:
        """``CHANGED_SINCE``: what runs after ``run_id`` changed in the records ``ids``, run by run."""
        table = schema.record_change
        if ids.is_empty():
            return pl.DataFrame(schema=CHANGED_SINCE)
        return self.fetch(
            select(*(table.c[name] for name in CHANGED_SINCE))
            .where(
                table.c.workspace_id == self.workspace_id,
                table.c.record_type == record_type,
                self.among(table.c.record_id, ids),
                table.c.run_id > run_id,
            )
            .order_by(table.c.run_id, table.c.record_id, table.c.field),
            CHANGED_SINCE,
        )

    def changes_beneath(self, record_type: str, run_id: int, ids: pl.Series) -> pl.DataFrame:
        """``CHANGED_BENEATH``: what runs before ``run_id`` changed in the records ``ids``, and what was there before."""
        table = schema.record_change
        return self.fetch(
            select(*(table.c[name] for name in CHANGED_BENEATH)).where(
                table.c.workspace_id == self.workspace_id,
                table.c.record_type == record_type,
                self.among(table.c.record_id, ids),
                table.c.run_id < run_id,
            ),
            CHANGED_BENEATH,
        )

    def images_of(self, run_ids: pl.Series, name: str, empty: dict[str, Any]) -> pl.DataFrame:
        """What several runs overwrote, by one statement: the columns of ``empty``, and ``_run``."""
        table = schema.run_image
        columns = {"_run": pl.Int64, **empty}
        if run_ids.is_empty():
            return pl.DataFrame(schema=columns)
        found = self.rows(
            select(table.c.run_id, table.c.content)
            .where(
                table.c.workspace_id == self.workspace_id,
                self.among(table.c.run_id, run_ids),
                table.c.name == name,
            )
            .order_by(table.c.run_id, table.c.chunk)
        )
        parts = [
            unpack(content).select(pl.lit(run_id, dtype=pl.Int64).alias("_run"), *empty)
            for run_id, content in found
        ]
        return pl.concat([pl.DataFrame(schema=columns), *parts])

    # Records it created -----------------------------------------------------------------------------------------------

    def created_block(self, record_type: RecordType, run_id: int) -> tuple[int, int, int]:
        """How many records the run created that are still there, and the first and last of their ids.

        Ids come from reserved blocks: no record of another run has one in between.
        """
        table = self.table_of(record_type)
        count, first, last = self.rows(
            select(func.count(), func.min(table.c.id), func.max(table.c.id)).where(
                table.c.workspace_id == self.workspace_id, table.c.created_run == run_id
            )
        )[0]
        return int(count), int(first or 0), int(last or 0)

    def created_ids(self, record_type: RecordType, run_id: int) -> pl.Series:
        """The ids of the records the run created that are still there, in order."""
        table = self.table_of(record_type)
        mine = (table.c.workspace_id == self.workspace_id, table.c.created_run == run_id)
        return self.fetch(select(table.c.id).where(*mine).order_by(table.c.id), {"id": pl.Int64})["id"]

    def created_and_changed_since(self, record_type: RecordType, run_id: int) -> pl.DataFrame:
        """``CREATED_SINCE`` of records the run created and a later run or person changed (ROL-13)."""
        table = self.table_of(record_type)
        return self.fetch(
            select(table.c.id, self._name(record_type, table), table.c.changed_run).where(
                table.c.workspace_id == self.workspace_id,
                table.c.created_run == run_id,
                table.c.changed_run.is_not(None),
            ),
            CREATED_SINCE,
        )

    def delete_created(
        self, record_type: RecordType, run_id: int, *, staying: pl.Series | None = None
    ) -> int:
        """Delete the records the run created, but for those that stay; how many there were."""
        table = self.table_of(record_type)
        mine = (table.c.workspace_id == self.workspace_id, table.c.created_run == run_id)
        first, last = self.rows(select(func.min(table.c.id), func.max(table.c.id)).where(*mine))[0]
        if first is None:
            return 0
        gone = self.run(delete(table).where(*mine, *self._but(table.c.id, staying)))
        self._recount(record_type, first, last)
        return gone

    def delete_untouched(self, record_type: RecordType, ids: pl.Series) -> int:
        """Delete those of the records ``ids`` that nobody has changed since they were made; how many there were."""
        table = self.table_of(record_type)
        return self._deleted(record_type, self.among(table.c.id, ids), table.c.changed_run.is_(None))

    # Links it made ----------------------------------------------------------------------------------------------------

    def link_count_made(
        self,
        source: str,
        record_type: str,
        run_id: int,
        *,
        keys: pl.Series | None = None,
        records: pl.Series | None = None,
    ) -> int:
        """How many links of ``source`` the run made, but for those of ``keys`` and those to ``records``."""
        link = schema.source_link
        made = self._made(source, record_type, run_id, keys, records)
        return int(self.rows(select(func.count()).select_from(link).where(*made))[0][0])

    def delete_links_made(
        self,
        source: str,
        record_type: str,
        run_id: int,
        *,
        keys: pl.Series | None = None,
        records: pl.Series | None = None,
    ) -> int:
        """Delete the links of ``source`` that the run made, but for those; how many there were."""
        return self.run(
            delete(schema.source_link).where(*self._made(source, record_type, run_id, keys, records))
        )

    def _made(
        self,
        source: str,
        record_type: str,
        run_id: int,
        keys: pl.Series | None,
        records: pl.Series | None,
    ) -> list[ColumnElement[bool]]:
        link = schema.source_link
        return [
            *self._of(source, record_type),
            link.c.first_run == run_id,
            *self._but(link.c.external_id, keys),
            *self._but(link.c.record_id, records),
        ]

    def _but(self, column: Any, spared: pl.Series | None) -> Sequence[ColumnElement[bool]]:
        return () if spared is None or spared.is_empty() else (~self.among(column, spared),)

    def links_made_and_changed_since(self, source: str, record_type: str, run_id: int) -> pl.DataFrame:
        """``LINKS_SINCE`` of the links that the run made and another run changed last."""
        link = schema.source_link
        made = (
            *self._of(source, record_type),
            link.c.first_run == run_id,
            link.c.changed_run != run_id,
        )
        return self._with_sources(self._since().where(*made), LINKS_SINCE, self._feeds(record_type))

    def links_by_others(self, record_type: str, run_id: int, first_id: int, last_id: int) -> pl.DataFrame:
        """``LINKS_SINCE`` of links that other runs have made to the records from ``first_id`` to ``last_id``."""
        link, feeds = schema.source_link, self._feeds(record_type)
        if not feeds:
            return pl.DataFrame(schema=LINKS_SINCE)
        theirs = (
            link.c.workspace_id == self.workspace_id,
            link.c.feed_id.in_(feeds.values()),
            link.c.record_id.between(first_id, last_id),
            link.c.first_run != run_id,
        )
        return self._with_sources(self._since().where(*theirs), LINKS_SINCE, feeds)

    def wrote_older_links(self, record_type: str, run_id: int) -> bool:
        """Whether the run was the last to write a link that was there before it."""
        link, feeds = schema.source_link, self._feeds(record_type)
        written = select(link.c.record_id).where(
            link.c.workspace_id == self.workspace_id,
            link.c.feed_id.in_(feeds.values()),
            link.c.changed_run == run_id,
            link.c.first_run < run_id,
        )
        return bool(feeds) and bool(self.rows(written.limit(1)))

    # References -------------------------------------------------------------------------------------------------------

    def referring_records(
        self, record_type: RecordType, field: str, first_id: int, last_id: int
    ) -> pl.DataFrame:
        """``REFERRING``: the records whose ``field`` is an id from ``first_id`` to ``last_id``."""
        table: Table = self.table_of(record_type)
        changed = func.coalesce(table.c.changed_run, table.c.created_run)
        return self.fetch(
            select(
                table.c.id,
                self._name(record_type, table),
                changed,
                table.c.created_run,
                table.c[field],
            ).where(table.c.workspace_id == self.workspace_id, table.c[field].between(first_id, last_id)),
            REFERRING,
        )

    def unresolved_of_run(self, run_id: int) -> pl.DataFrame:
        """``UNRESOLVED`` of the references that the run let wait."""
        table = schema.unresolved_reference
        return self.fetch(
            select(*(table.c[name] for name in UNRESOLVED)).where(
                and_(table.c.workspace_id == self.workspace_id, table.c.run_id == run_id)
            ),
            UNRESOLVED,
        )

    def forget_unresolved_of_run(self, run_id: int) -> None:
        """Delete those that the run let wait."""
        table = schema.unresolved_reference
        self.run(delete(table).where(table.c.workspace_id == self.workspace_id, table.c.run_id == run_id))
