"""Media sources, collections, what importers want to be told again, and how ready assets are (MED)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import case, delete, func, insert, literal, select, update

from stocktake.model.record_type import RecordType
from stocktake.ports.media_collections import ASSETS, TO_ENRICH
from stocktake.stores import media_table, schema
from stocktake.stores.column_type import FLAG, to_text
from stocktake.stores.links import Links
from stocktake.stores.readiness import ENRICHING, NEW
from stocktake.stores.stretches import Place, Stretches
from stocktake.stores.typed_table import typed_table

#: Bytes of a scan in one row.
PART_BYTES = 8 * 1024 * 1024

_READY = {
    "id": pl.Int64,
    "name": pl.String,
    "state": pl.String,
    "approved_for_broadcast": pl.Boolean,
    "content_version": pl.Int64,
    "enriched_version": pl.Int64,
}


class MediaCollections(Stretches, Links):
    """Statements about collections and the readiness of assets."""

    def media_sources(self) -> dict[str, str]:
        """Name → descriptor."""
        table = media_table.media_source
        return {
            row[0]: row[1]
            for row in self.rows(
                select(table.c.name, table.c.descriptor)
                .where(table.c.workspace_id == self.workspace_id)
                .order_by(table.c.name)
            )
        }

    def keep_media_source(self, name: str, descriptor: str, *, at: datetime) -> None:
        """Declare a media source, or change its declaration."""
        table = media_table.media_source
        mine = (table.c.workspace_id == self.workspace_id, table.c.name == name)
        values = {"descriptor": descriptor, "changed_at": at}
        if not self.run(update(table).where(*mine).values(**values)):
            self.insert(
                insert(table).values(workspace_id=self.workspace_id, name=name, created_at=at, **values)
            )

    def collections(self) -> list[dict[str, Any]]:
        """``descriptor, last_ingest_time, key_rule`` of every collection, by media source and external id."""
        table = media_table.collection
        found = self.rows(
            select(table.c.descriptor, table.c.last_ingest_time, table.c.key_rule)
            .where(table.c.workspace_id == self.workspace_id)
            .order_by(table.c.media_source, table.c.external_id)
        )
        return [dict(row._mapping) for row in found]

    def keep_collection(self, collection_id: str, descriptor: str, *, at: datetime, **names: str) -> None:
        """Keep a collection, or keep it anew; ``names``: ``media_source, external_id, source``."""
        table = media_table.collection
        values = {**names, "descriptor": descriptor, "changed_at": at}
        if not self.run(update(table).where(*self._collection(collection_id)).values(**values)):
            self.insert(
                insert(table).values(
                    workspace_id=self.workspace_id, collection_id=collection_id, created_at=at, **values
                )
            )

    def note_ingest(self, collection_id: str, run_id: int, *, at: datetime, key_rule: str | None) -> None:
        """Say that a collection was ingested (MED-B19); ``key_rule``: by which all its keys are made now, if that is so."""
        ruled = {"key_rule": key_rule} if key_rule is not None else {}
        self.run(
            update(media_table.collection)
            .where(*self._collection(collection_id))
            .values(last_ingest_time=at, ingest_run=run_id, **ruled)
        )

    def _collection(self, collection_id: str) -> tuple[Any, ...]:
        table = media_table.collection
        return (table.c.workspace_id == self.workspace_id, table.c.collection_id == collection_id)

    def scan_of(self, collection_id: str) -> bytes | None:
        """What its importer wants to be told; None where it left nothing."""
        table = media_table.collection_scan
        found = self.rows(
            select(table.c.content)
            .where(table.c.workspace_id == self.workspace_id, table.c.collection_id == collection_id)
            .order_by(table.c.part)
        )
        return b"".join(row[0] for row in found) if found else None

    def keep_scan(self, collection_id: str, content: bytes | None) -> None:
        """Keep what its importer wants to be told next time, in the place of what it was told so far."""
        table = media_table.collection_scan
        mine = (table.c.workspace_id == self.workspace_id, table.c.collection_id == collection_id)
        self.run(delete(table).where(*mine))
        if content is None:
            return
        parts = [content[start : start + PART_BYTES] for start in range(0, len(content), PART_BYTES)] or [b""]
        self.load(
            table,
            pl.DataFrame(
                {"part": range(len(parts)), "content": parts}, schema={"part": pl.Int64, "content": pl.Binary}
            ),
            collection_id=collection_id,
        )

    def assets_of(self, record_type: RecordType, source: str) -> pl.DataFrame:
        """``ASSETS`` of a source of presence."""
        link, table = schema.source_link, typed_table(record_type)
        names = [each for each in ASSETS if each not in ("_record_id", "is_present")]
        return self.fetch(
            select(link.c.record_id, link.c.is_present, *(table.c[name] for name in names))
            .join(table, (table.c.workspace_id == link.c.workspace_id) & (table.c.id == link.c.record_id))
            .where(*self._of(source, record_type.name)),
            ASSETS,
        )

    def readiness_of(self, record_type: RecordType, ids: pl.Series) -> pl.DataFrame:
        """``id, name, state, approved_for_broadcast, content_version, enriched_version`` of some assets."""
        table = typed_table(record_type)
        return self.fetch(
            select(*(table.c[name] for name in _READY))
            .where(table.c.workspace_id == self.workspace_id, self.among(table.c.id, ids))
            .order_by(table.c.id),
            _READY,
        )

    def assets_to_enrich(self, record_type: RecordType, collection: str | None) -> pl.DataFrame:
        """``TO_ENRICH`` of the assets that are new or being enriched, by id, and their ``collection``."""
        table = typed_table(record_type)
        columns = {**TO_ENRICH, "collection": pl.String}
        mine = [table.c.workspace_id == self.workspace_id, table.c.state.in_([NEW, ENRICHING])]
        if collection is not None:
            mine.append(table.c.collection == collection)
        shown = [
            to_text(table.c[name], self._dialect.name) if dtype == pl.String else table.c[name]
            for name, dtype in columns.items()
        ]
        return self.fetch(select(*shown).where(*mine).order_by(table.c.id), columns)

    def set_readiness(
        self, record_type: RecordType, frame: pl.DataFrame, *, enriched: bool = False, **constants: Any
    ) -> int:
        """Set the columns of ``frame`` in the assets ``id`` that still have its ``content_version``; how many met.

        ``enriched``: their content as it is now is what the enrichers have seen.
        """
        table = typed_table(record_type)
        seen = {"enriched_version": table.c.content_version} if enriched else {}
        met = self.update(
            table, frame, ["id", "content_version"], constants=constants, following=lambda given: seen
        )
        self._touch(record_type, frame["id"])
        return met

    def asset_page(
        self, record_type: RecordType, where: Mapping[str, str], *, limit: int, offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        """Assets by id with their readiness, and how many there are; ``where``: columns and what they hold."""
        table = typed_table(record_type)
        if not where:
            place = self._place_of_all(record_type, retired=True, limit=limit, offset=offset)
            return self._assets(record_type, place, limit)
        wanted = [to_text(table.c[name], self._dialect.name) == value for name, value in where.items()]
        mine = (table.c.workspace_id == self.workspace_id, *wanted)
        key = ("assets", *sorted(where.items()))
        return self._assets(
            record_type, self._place_of_some(record_type, key, mine, limit=limit, offset=offset), limit
        )

    def hindered_assets(
        self, record_type: RecordType, *, limit: int, offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        """The assets that an enricher could not make sense of, as ``asset_page`` has them."""
        table = typed_table(record_type)
        mine = (table.c.workspace_id == self.workspace_id, table.c.hindrances.is_not(None))
        place = self._place_of_some(record_type, "hindered", mine, limit=limit, offset=offset)
        return self._assets(record_type, place, limit)

    def _assets(self, record_type: RecordType, place: Place, limit: int) -> tuple[list[dict[str, Any]], int]:
        table = typed_table(record_type)
        mine = (table.c.workspace_id == self.workspace_id, place.within)
        fields = [
            to_text(table.c[each.name], self._dialect.name).label(each.name) for each in record_type.fields
        ]
        system = [each for each in table.columns if each.name not in record_type]
        found = self.rows(
            select(*system, *fields).where(*mine).order_by(table.c.id).limit(limit).offset(place.skipped)
        )
        return [dict(row._mapping) for row in found], place.total

    def asset_states(self, record_type: RecordType) -> list[dict[str, Any]]:
        """``collection, state, approved, hindered, assets`` of every collection."""
        table = typed_table(record_type)
        approved = table.c.approved_for_broadcast == literal(value=True, type_=FLAG)
        found = self.rows(
            select(
                table.c.collection,
                table.c.state,
                func.sum(case((approved, 1), else_=0)).label("approved"),
                func.count(table.c.hindrances).label("hindered"),
                func.count().label("assets"),
            )
            .where(table.c.workspace_id == self.workspace_id)
            .group_by(table.c.collection, table.c.state)
            .order_by(table.c.collection, table.c.state)
        )
        return [dict(row._mapping) for row in found]
