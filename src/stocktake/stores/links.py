"""Source links: what each source has, and what it said last (PRE-1, PRE-4, PLN-19)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Select, case, delete, func, literal, select, update

from stocktake.ports.store import Frames
from stocktake.stores import schema
from stocktake.stores.column_type import Instant, to_text
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
}

#: Links that runs have written since, and which run did last.
LINKS_SINCE = {"source": pl.String, "external_id": pl.String, "_record_id": pl.Int64, "_by_run": pl.Int64}

LINK_KEYS = ["record_type", "source", "external_id"]


class Links(Session):
    """Statements about source links."""

    def links(self, source: str, record_type: str) -> pl.DataFrame:
        """Every link of a source, as ``LINKS`` says."""
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
        return self.fetch(select(*columns).where(*self._of(source, record_type)), LINKS)

    def links_of(self, record_type: str, ids: pl.Series) -> pl.DataFrame:
        """Every link of the records ``ids``, as ``OTHER_LINKS`` says."""
        link = schema.source_link
        if ids.is_empty():
            return pl.DataFrame(schema=OTHER_LINKS)
        return self.fetch(
            select(
                link.c.source,
                link.c.external_id,
                link.c.record_id,
                link.c.is_present,
                link.c.is_keyless,
                link.c.mapping_id,
                link.c.said,
            ).where(
                link.c.workspace_id == self.workspace_id,
                link.c.record_type == record_type,
                self.among(link.c.record_id, ids),
            ),
            OTHER_LINKS,
        )

    def create_links(self, frames: Frames, **constants: Any) -> int:
        """Insert links; ``frames`` and ``constants`` name the table's columns. How many there are now."""
        return self.load(schema.source_link, frames, **constants)

    def change_links(self, record_type: str, frame: pl.DataFrame, **constants: Any) -> int:
        """Set the columns of ``frame`` and ``constants`` in the links its ``source, external_id`` name."""
        named = frame.with_columns(record_type=pl.lit(record_type))
        return self.update(schema.source_link, named, LINK_KEYS, constants=constants)

    def miss_links(
        self,
        record_type: str,
        frame: pl.DataFrame,
        *,
        at: datetime,
        run_id: int,
        seen_at: datetime | None,
        seen_run: int | None,
    ) -> int:
        """Mark links missing; ``frame``: ``source, external_id, held_run``.

        ``seen_at, seen_run``: the source's last complete snapshot, which saw them all (PRE-28).
        """
        link = schema.source_link
        values: dict[str, Any] = {"is_present": False, "missing_since": at, "changed_run": run_id}
        if seen_at is not None:
            since = link.c.last_seen_at < literal(seen_at, Instant())
            values["last_seen_at"] = case((since, literal(seen_at, Instant())), else_=link.c.last_seen_at)
            values["last_run"] = case((since, literal(seen_run)), else_=link.c.last_run)
        named = frame.with_columns(record_type=pl.lit(record_type))
        return self.update(link, named, LINK_KEYS, constants=values, raises={"missed_snapshots": 1})

    def delete_links_made(self, source: str, record_type: str, run_id: int) -> int:
        """Delete the links of ``source`` that the run made; how many there were."""
        link = schema.source_link
        return self.run(delete(link).where(*self._of(source, record_type), link.c.first_run == run_id))

    def link_count_made(self, source: str, record_type: str, run_id: int) -> int:
        """How many links of ``source`` the run made."""
        link = schema.source_link
        mine = (*self._of(source, record_type), link.c.first_run == run_id)
        return int(self.rows(select(func.count()).select_from(link).where(*mine))[0][0])

    def link_image(self, record_type: str, frame: pl.DataFrame, columns: dict[str, Any]) -> pl.DataFrame:
        """The links that ``source, external_id`` name, as they are now, with ``columns``."""
        link = schema.source_link
        shown = [
            to_text(link.c[name], self._dialect.name) if dtype == pl.String else link.c[name]
            for name, dtype in columns.items()
        ]
        return self._named(record_type, frame, select(*shown), columns)

    def _named(
        self, record_type: str, frame: pl.DataFrame, statement: Select[Any], columns: dict[str, Any]
    ) -> pl.DataFrame:
        """Rows of ``statement`` for the links that ``source, external_id`` of ``frame`` name, source by source."""
        link = schema.source_link
        parts = [
            self.fetch(
                statement.where(
                    *self._of(str(source), record_type), self.among(link.c.external_id, keys["external_id"])
                ),
                columns,
            )
            for (source,), keys in frame.group_by("source", maintain_order=True)
        ]
        return pl.concat([pl.DataFrame(schema=columns), *parts])

    def links_made_and_changed_since(self, source: str, record_type: str, run_id: int) -> pl.DataFrame:
        """``LINKS_SINCE`` of the links that the run made and another run changed last."""
        link = schema.source_link
        return self.fetch(
            self._since().where(
                *self._of(source, record_type), link.c.first_run == run_id, link.c.changed_run != run_id
            ),
            LINKS_SINCE,
        )

    def links_by_others(self, source: str, record_type: str, first_id: int, last_id: int) -> pl.DataFrame:
        """``LINKS_SINCE`` of other sources' links to the records from ``first_id`` to ``last_id``."""
        link = schema.source_link
        return self.fetch(
            self._since().where(
                link.c.workspace_id == self.workspace_id,
                link.c.record_type == record_type,
                link.c.record_id.between(first_id, last_id),
                link.c.source != source,
            ),
            LINKS_SINCE,
        )

    def _since(self) -> Select[Any]:
        link = schema.source_link
        return select(link.c.source, link.c.external_id, link.c.record_id, link.c.changed_run)

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

    def links_version(self, source: str, record_type: str) -> int:
        """How often flows have written links of the source so far."""
        table = schema.links_version
        found = self.rows(
            select(table.c.version).where(
                table.c.workspace_id == self.workspace_id,
                table.c.source == source,
                table.c.record_type == record_type,
            )
        )
        return int(found[0][0]) if found else 0

    def raise_links_version(self, source: str, record_type: str) -> None:
        """Say that links of the source were written."""
        table = schema.links_version
        self.insert_new(table, source=source, record_type=record_type, version=0)
        self.run(
            update(table)
            .where(
                table.c.workspace_id == self.workspace_id,
                table.c.source == source,
                table.c.record_type == record_type,
            )
            .values(version=table.c.version + 1)
        )

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
        link = schema.source_link
        return (
            link.c.workspace_id == self.workspace_id,
            link.c.record_type == record_type,
            link.c.source == source,
        )
