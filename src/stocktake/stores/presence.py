"""Presence and absence of source links: what is missing, what is held, and what comes back (PRE-4, PRE-8, PRE-16)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, and_, case, delete, func, literal, select

from stocktake.model.record_type import RecordType
from stocktake.planning.review import HELD
from stocktake.ports.frame import ACKNOWLEDGEMENT
from stocktake.stores import media_table, schema
from stocktake.stores.column_type import EVER, FLAG, WORDS, Instant, to_text
from stocktake.stores.links import LINK_KEYS, NO_FEED, NOT_PRESENT, Links
from stocktake.stores.remembering import Remembering
from stocktake.stores.typed_table import typed_table

MISSING_LINKS = {
    "_key": pl.String,
    "_key_raw": pl.String,
    "_keyless": pl.Boolean,
    "_record_id": pl.Int64,
    "_missed": pl.Int64,
    "_missing_since": pl.String,
    "_held_run": pl.Int64,
    "_kept_run": pl.Int64,
}

#: Of so many complete snapshots of a source it is kept what they could not see.
_UNSIGHTED_KEPT = 5

#: When links came back, the last time but one and the one before.
RETURNS = {"_key": pl.String, "_back_2": pl.Int64, "_back_3": pl.Int64}


class Presence(Remembering, Links):
    """Statements about links that are not present, or that were not."""

    def missing_links(self, source: str, record_type: str) -> pl.DataFrame:
        """The links of a source that are not present, as ``MISSING_LINKS`` says."""
        link = schema.source_link
        columns = (
            link.c.external_id,
            link.c.external_id_raw,
            link.c.is_keyless,
            link.c.record_id,
            link.c.missed_snapshots,
            to_text(link.c.missing_since, self._dialect.name),
            link.c.held_run,
            link.c.kept_run,
        )
        return self.fetch(
            select(*columns).where(
                *self._of(source, record_type),
                link.c.is_present == literal(value=False, type_=FLAG),
                link.c.missing_since >= EVER,
            ),
            MISSING_LINKS,
        )

    def held_links(self, record_type: RecordType) -> pl.DataFrame:
        """``review.HELD`` of every held retirement of the type whose record is not retired (PRE-16)."""
        return self._remembered(("held", record_type.name), lambda: self._held_frame(record_type))

    def _held_frame(self, record_type: RecordType) -> pl.DataFrame:
        table, link, feed = typed_table(record_type), schema.source_link, schema.feed
        dialect = self._dialect.name
        shown = record_type.display_field
        named = to_text(table.c[shown], dialect) if shown else link.c.external_id_raw
        return self.fetch(
            select(
                feed.c.source,
                feed.c.record_type,
                link.c.external_id,
                link.c.external_id_raw,
                link.c.record_id,
                func.coalesce(named, link.c.external_id_raw, link.c.external_id),
                link.c.held_run,
                to_text(link.c.missing_since, dialect),
                literal(None, type_=WORDS),
            ).where(*self._held_links(record_type)),
            HELD,
        )

    def _held_links(self, record_type: RecordType) -> list[ColumnElement[bool]]:
        """Conditions on links, feeds and records: a retirement is held, and the record not retired."""
        table, link, feed = typed_table(record_type), schema.source_link, schema.feed
        return [
            feed.c.workspace_id == self.workspace_id,
            feed.c.record_type == record_type.name,
            *self.few(link.c.workspace_id, link.c.is_present == NOT_PRESENT),
            link.c.feed_id == feed.c.feed_id,
            link.c.missing_since >= EVER,
            link.c.held_run.is_not(None),
            table.c.workspace_id == self.workspace_id,
            table.c.id == link.c.record_id,
            table.c.retired_at.is_(None),
        ]

    def see_links(self, record_type: str, frame: pl.DataFrame, *, run_id: int, **constants: Any) -> int:
        """Say that the links ``source, external_id`` of ``frame`` are there, and set its other columns; how many met.

        What was said of their absence is forgotten, but for when those that were missing came back (PRE-8).
        """
        link = schema.source_link
        back = link.c.is_present == literal(value=False, type_=FLAG)
        values: dict[str, Any] = {
            **constants,
            "is_present": True,
            "missed_snapshots": 0,
            "last_run": run_id,
            "changed_run": run_id,
            "back_run_1": case((back, literal(run_id)), else_=link.c.back_run_1),
            "back_run_2": case((back, link.c.back_run_1), else_=link.c.back_run_2),
            "back_run_3": case((back, link.c.back_run_2), else_=link.c.back_run_3),
            **dict.fromkeys(("missing_since", "held_run", "kept_run", *ACKNOWLEDGEMENT)),
        }
        return self.update(link, self._with_feeds(record_type, frame), LINK_KEYS, constants=values)

    def returns(self, source: str, record_type: str, since: int) -> pl.DataFrame:
        """``RETURNS`` of the source's links that came back at least twice from run ``since`` on (PRE-8)."""
        link = schema.source_link
        return self.fetch(
            select(link.c.external_id, link.c.back_run_2, link.c.back_run_3).where(
                *self._of(source, record_type),
                link.c.back_run_2 >= since,
                link.c.is_keyless == literal(value=False, type_=FLAG),
            ),
            RETURNS,
        )

    def miss_links(
        self, record_type: str, frame: pl.DataFrame, *, at: datetime, run_id: int, seen_run: int | None
    ) -> int:
        """Mark links missing; ``frame``: ``source, external_id, held_run``, and ``kept_run`` where a person keeps it.

        One that was missing before is so since then.

        ``seen_run``: the source's last complete snapshot, which saw all that were present (PRE-28).
        """
        link = schema.source_link
        values: dict[str, Any] = {
            "is_present": False,
            "missing_since": func.coalesce(link.c.missing_since, literal(at, type_=Instant)),
            "changed_run": run_id,
        }
        if seen_run is not None:
            covered = and_(link.c.is_present == literal(value=True, type_=FLAG), link.c.last_run < seen_run)
            values["last_run"] = case((covered, literal(seen_run)), else_=link.c.last_run)
        named = self._with_feeds(record_type, frame)
        return self.update(link, named, LINK_KEYS, constants=values, raises={"missed_snapshots": 1})

    def keep_unsighted(
        self, source: str, record_type: str, external_ids: pl.Series, *, run_id: int, before: int
    ) -> None:
        """Say which links a complete snapshot could not see; ``before``: the source's complete snapshot before it, or 0.

        What that had not in sight either was last seen when it says. A few snapshots back it is known, for rollbacks.
        """
        table, feed_id = media_table.unsighted_link, self._feeds(record_type).get(source, NO_FEED)
        mine = (table.c.workspace_id == self.workspace_id, table.c.feed_id == feed_id)
        runs = self.rows(select(table.c.snapshot_run).where(*mine).distinct().order_by(table.c.snapshot_run))
        if len(runs) >= _UNSIGHTED_KEPT:
            self.run(delete(table).where(*mine, table.c.snapshot_run <= runs[-_UNSIGHTED_KEPT][0]))
        if external_ids.is_empty():
            return
        known = self.fetch(
            select(table.c.external_id, table.c.seen_run).where(*mine, table.c.snapshot_run == before),
            {"external_id": pl.String, "_seen": pl.Int64},
        ).with_columns(_known=pl.lit(value=True))
        told = external_ids.unique().alias("external_id").to_frame()
        told = told.join(known, on="external_id", how="left", maintain_order="left").select(
            "external_id",
            seen_run=pl.when("_known").then("_seen").otherwise(pl.lit(before, dtype=pl.Int64)),
        )
        self.load(table, told.sort("external_id"), feed_id=feed_id, snapshot_run=run_id)

    def has_held_links(self, source: str, record_type: str) -> bool:
        """Whether retirements by the source are held for review (PRE-16)."""
        link = schema.source_link
        held = select(link.c.record_id).where(
            *self._of(source, record_type),
            link.c.is_present == literal(value=False, type_=FLAG),
            link.c.missing_since >= EVER,
            link.c.held_run.is_not(None),
        )
        return bool(self.rows(held.limit(1)))
