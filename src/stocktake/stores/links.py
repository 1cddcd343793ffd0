"""Source links: what each source has, and what it said last (PRE-1, PRE-4, PLN-19)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
from sqlalchemy import Select, delete, func, literal, or_, select, update

from stocktake.ports.frame import DELETED_LINK, Frames
from stocktake.stores import schema
from stocktake.stores.column_type import FLAG, to_text
from stocktake.stores.session import Session

LINKS = {
    "_key": pl.String,
    "_key_raw": pl.String,
    "_record_id": pl.Int64,
    "_hash": pl.Binary,
    "_mapping": pl.Int64,
    "_present": pl.Boolean,
    "_keyless": pl.Boolean,
    "_said": pl.String,
}

OTHER_LINKS = {
    "_source": pl.String,
    "_key": pl.String,
    "_record_id": pl.Int64,
    "_present": pl.Boolean,
    "_keyless": pl.Boolean,
    "_link_mapping": pl.Int64,
    "_said": pl.String,
    "_missed": pl.Int64,
    "_missing_since": pl.String,
    "_held_run": pl.Int64,
}

#: Links that runs have written since, and which run did last.
LINKS_SINCE = {"source": pl.String, "external_id": pl.String, "_record_id": pl.Int64, "_by_run": pl.Int64}

#: Written into the statement, so that SQLite sees that the index of what is missing serves.
NOT_PRESENT = literal(value=False, type_=FLAG, literal_execute=True)

#: The number of no feed.
NO_FEED = 0

LINK_KEYS = ["feed_id", "external_id"]

#: Links of so many records are looked up one by one; for those of more, whatever the planner thinks right.
FEW = 1_000

#: So many links are asked for by their keys at a time: each key is a Python value on its way.
NAMED_AT_ONCE = 200_000


class Links(Session):
    """Statements about source links."""

    def links(self, source: str, record_type: str, take: Callable[[pl.DataFrame], None]) -> None:
        """Every link of a source, as ``LINKS`` says, handed over some at a time; an empty frame first."""
        link = schema.source_link
        columns = (
            link.c.external_id,
            link.c.external_id_raw,
            link.c.record_id,
            link.c.row_hash,
            link.c.mapping_id,
            link.c.is_present,
            link.c.is_keyless,
            link.c.said,
        )
        take(pl.DataFrame(schema=LINKS))
        self.read(select(*columns).where(*self._of(source, record_type)), LINKS, take)

    def links_of(self, record_type: str, ids: pl.Series) -> pl.DataFrame:
        """Every link of the records ``ids``, as ``OTHER_LINKS`` says."""
        link, feeds = schema.source_link, self._feeds(record_type)
        if ids.is_empty() or not feeds:
            return pl.DataFrame(schema=OTHER_LINKS)
        mine, chosen = link.c.workspace_id, self.among(link.c.record_id, ids)
        return self._with_sources(
            select(
                link.c.feed_id,
                link.c.external_id,
                link.c.record_id,
                link.c.is_present,
                link.c.is_keyless,
                link.c.mapping_id,
                link.c.said,
                link.c.missed_snapshots,
                to_text(link.c.missing_since, self._dialect.name),
                link.c.held_run,
            ).where(
                link.c.feed_id.in_(feeds.values()),
                *(self.few(mine, chosen) if len(ids) <= FEW else (mine == self.workspace_id, chosen)),
            ),
            OTHER_LINKS,
            feeds,
        )

    def create_links(self, frames: Frames, *, source: str, record_type: str, **constants: Any) -> int:
        """Insert links of ``source``; ``frames`` and ``constants`` name the table's columns. How many there are now."""
        feed_id = self._ensure_feed(source, record_type)
        return self.load(schema.source_link, frames, feed_id=feed_id, **constants)

    def change_links(self, record_type: str, frame: pl.DataFrame, **constants: Any) -> int:
        """Set the columns of ``frame`` and ``constants`` in the links its ``source, external_id`` name."""
        return self.update(
            schema.source_link, self._with_feeds(record_type, frame), LINK_KEYS, constants=constants
        )

    def linked_records(self, record_type: str, keys: pl.DataFrame) -> pl.DataFrame:
        """``source, external_id, _record_id`` of the links that ``source, external_id`` name, source by source."""
        link = schema.source_link
        keyed = select(link.c.feed_id, link.c.external_id, link.c.record_id).where(
            link.c.is_keyless == literal(value=False, type_=FLAG)
        )
        columns = {"source": pl.String, "external_id": pl.String, "_record_id": pl.Int64}
        return self._named(record_type, keys, keyed, columns)

    def link_image_of(self, record_type: str, ids: pl.Series) -> pl.DataFrame:
        """Every link of the records ``ids`` whole, as ``DELETED_LINK`` says: what a deletion takes away."""
        link, feeds = schema.source_link, self._feeds(record_type)
        if ids.is_empty() or not feeds:
            return pl.DataFrame(schema=DELETED_LINK)
        shown = [
            to_text(link.c[name], self._dialect.name) if dtype == pl.String else link.c[name]
            for name, dtype in DELETED_LINK.items()
            if name != "source"
        ]
        chosen = select(link.c.feed_id, *shown).where(
            link.c.workspace_id == self.workspace_id,
            link.c.feed_id.in_(feeds.values()),
            self.among(link.c.record_id, ids),
        )
        return self._with_sources(chosen, DELETED_LINK, feeds)

    def delete_links_of(self, record_type: str, ids: pl.Series) -> int:
        """Delete every link of the records ``ids``; how many there were (PRE-30)."""
        link, feeds = schema.source_link, self._feeds(record_type)
        return self.run(
            delete(link).where(
                link.c.workspace_id == self.workspace_id,
                link.c.feed_id.in_(feeds.values()),
                self.among(link.c.record_id, ids),
            )
        )

    def delete_links(self, record_type: str, frame: pl.DataFrame) -> int:
        """Delete the links that ``source, external_id`` name; how many there were."""
        link, feeds = schema.source_link, self._feeds(record_type)
        return sum(
            self.run(
                delete(link).where(
                    link.c.workspace_id == self.workspace_id,
                    link.c.feed_id == feeds.get(str(source), NO_FEED),
                    self.among(link.c.external_id, keys["external_id"]),
                )
            )
            for (source,), keys in frame.group_by("source", maintain_order=True)
        )

    def recreate_links(self, record_type: str, image: pl.DataFrame) -> int:
        """Insert links as ``link_image_of`` gave them; how many."""
        return self.load(schema.source_link, self._with_feeds(record_type, image))

    def links_taken(self, record_type: str, image: pl.DataFrame) -> pl.DataFrame:
        """``LINKS_SINCE`` of the links that by now stand where those of ``image`` (``source, external_id``) stood."""
        return self._named(record_type, image, self._since(), LINKS_SINCE)

    def link_image(self, record_type: str, frame: pl.DataFrame, columns: dict[str, Any]) -> pl.DataFrame:
        """The links that ``source, external_id`` name, as they are now, with ``columns``; the first is ``source``."""
        link = schema.source_link
        shown = [
            to_text(link.c[name], self._dialect.name) if dtype == pl.String else link.c[name]
            for name, dtype in columns.items()
            if name != "source"
        ]
        return self._named(record_type, frame, select(link.c.feed_id, *shown), columns)

    def _named(
        self, record_type: str, frame: pl.DataFrame, statement: Select[Any], columns: dict[str, Any]
    ) -> pl.DataFrame:
        """Rows of ``statement`` for the links that ``source, external_id`` of ``frame`` name: each once, by source."""
        link, feeds = schema.source_link, self._feeds(record_type)
        parts = [
            self._with_sources(
                statement.where(
                    link.c.workspace_id == self.workspace_id,
                    link.c.feed_id == feeds.get(str(source), NO_FEED),
                    self.among(link.c.external_id, some["external_id"]),
                ),
                columns,
                feeds,
            )
            for (source,), keys in frame.group_by("source", maintain_order=True)
            for some in keys.select(pl.col("external_id").unique()).iter_slices(NAMED_AT_ONCE)
        ]
        return pl.concat([pl.DataFrame(schema=columns), *parts])

    def _since(self) -> Select[Any]:
        link = schema.source_link
        return select(link.c.feed_id, link.c.external_id, link.c.record_id, link.c.changed_run)

    def links_changed_since(self, record_type: str, run_id: int, keys: pl.DataFrame) -> pl.DataFrame:
        """``LINKS_SINCE`` of the links of ``keys`` that another run changed last."""
        changed = schema.source_link.c.changed_run != run_id
        return self._named(record_type, keys, self._since().where(changed), LINKS_SINCE)

    def links_written_since(self, source: str, record_type: str, run_id: int) -> pl.DataFrame:
        """``_key, _record_id, _by_run`` of the source's links that runs after ``run_id`` changed."""
        link = schema.source_link
        return self.fetch(
            select(link.c.external_id, link.c.record_id, link.c.changed_run).where(
                *self._of(source, record_type), link.c.changed_run > run_id
            ),
            {"_key": pl.String, "_record_id": pl.Int64, "_by_run": pl.Int64},
        )

    def links_written_to(self, record_type: str, ids: pl.Series, run_id: int) -> pl.DataFrame:
        """``LINKS_SINCE`` of the links to the records ``ids`` that runs after ``run_id`` made or wrote."""
        link, feeds = schema.source_link, self._feeds(record_type)
        if ids.is_empty() or not feeds:
            return pl.DataFrame(schema=LINKS_SINCE)
        newer = (
            link.c.workspace_id == self.workspace_id,
            link.c.feed_id.in_(feeds.values()),
            self.among(link.c.record_id, ids),
            or_(link.c.first_run > run_id, link.c.changed_run > run_id),
        )
        by_run = func.coalesce(link.c.changed_run, link.c.first_run)
        return self._with_sources(
            select(link.c.feed_id, link.c.external_id, link.c.record_id, by_run).where(*newer),
            LINKS_SINCE,
            feeds,
        )

    def links_version(self, source: str, record_type: str) -> int:
        """How often flows have written links of the source so far."""
        feed = schema.feed
        found = self.rows(select(feed.c.version).where(*self._feed_of(source, record_type)))
        return int(found[0][0]) if found else 0

    def raise_links_version(self, source: str, record_type: str) -> None:
        """Say that links of the source were written."""
        feed = schema.feed
        self._ensure_feed(source, record_type)
        self.run(update(feed).where(*self._feed_of(source, record_type)).values(version=feed.c.version + 1))

    def spoken_fields(self, record_type: str) -> pl.DataFrame:
        """``_link_mapping, field``: the fields that each mapping of the type feeds."""
        table = schema.mapping
        found = self.rows(
            select(table.c.mapping_id, table.c.fields).where(
                table.c.workspace_id == self.workspace_id, table.c.record_type == record_type
            )
        )
        return pl.DataFrame(
            {"_link_mapping": [row[0] for row in found], "field": [row[1].split(",") for row in found]},
            schema={"_link_mapping": pl.Int64, "field": pl.List(pl.String)},
        ).explode("field")

    def mapping_id(self, source: str, record_type: str, version: str) -> int | None:
        """The id of a mapping this source used before, or None."""
        table = schema.mapping
        found = self.rows(
            select(table.c.mapping_id).where(
                table.c.workspace_id == self.workspace_id,
                table.c.source == source,
                table.c.record_type == record_type,
                table.c.version == version,
            )
        )
        return int(found[0][0]) if found else None

    def _of(self, source: str, record_type: str) -> Sequence[Any]:
        link, feeds = schema.source_link, self._feeds(record_type)
        return (
            link.c.workspace_id == self.workspace_id,
            link.c.feed_id == feeds.get(source, NO_FEED),
        )

    def _feeds(self, record_type: str) -> dict[str, int]:
        """Source → number of its feed of the type; few, and asked for once: whoever makes one holds the type's lock."""
        known = self._known_feeds.get(record_type)
        if known is not None:
            return known
        feed = schema.feed
        found = self.rows(
            select(feed.c.source, feed.c.feed_id).where(
                feed.c.workspace_id == self.workspace_id, feed.c.record_type == record_type
            )
        )
        self._known_feeds[record_type] = {row[0]: row[1] for row in found}
        return self._known_feeds[record_type]

    def _ensure_feed(self, source: str, record_type: str) -> int:
        """The number of a source's feed of the type, made where it is not there yet."""
        if source not in self._feeds(record_type):
            self.insert_new(
                schema.feed,
                feed_id=self.reserve("feed", 1),
                source=source,
                record_type=record_type,
                version=0,
            )
            self._known_feeds.clear()
        return self._feeds(record_type)[source]

    def _feed_of(self, source: str, record_type: str) -> Sequence[Any]:
        feed = schema.feed
        return (
            feed.c.workspace_id == self.workspace_id,
            feed.c.source == source,
            feed.c.record_type == record_type,
        )

    def _with_feeds(self, record_type: str, frame: pl.DataFrame) -> pl.DataFrame:
        """``frame`` with the numbers of feeds for names of sources; a link of a source without a feed is none."""
        feeds = self._feeds(record_type)
        numbers = pl.col("source").replace_strict(
            list(feeds), list(feeds.values()), default=NO_FEED, return_dtype=pl.Int64
        )
        return frame.select(numbers.alias("feed_id"), pl.exclude("source"))

    def _with_sources(
        self, statement: Select[Any], columns: dict[str, Any], feeds: dict[str, int]
    ) -> pl.DataFrame:
        """The rows of ``statement``; its first column, a feed, becomes the name of its source, the first of ``columns``."""
        first, *others = columns
        found = self.fetch(statement, {first: pl.Int64, **{name: columns[name] for name in others}})
        names = pl.col(first).replace_strict(
            list(feeds.values()), list(feeds), default=None, return_dtype=pl.String
        )
        return found.with_columns(names)
