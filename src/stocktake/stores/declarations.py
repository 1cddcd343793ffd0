"""Declared record types and sources, and the tables made from them (TYP-5, TYP-7)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select, update

from stocktake.stores import schema
from stocktake.stores.session import Session


class Declarations(Session):
    """Statements about declarations, kept as the JSON that the catalog reads."""

    def record_type_descriptors(self) -> dict[str, str]:
        """Name → descriptor of every record type of this database."""
        table = schema.record_type
        return {row[0]: row[1] for row in self.rows(select(table.c.name, table.c.descriptor))}

    def record_type_names(self) -> frozenset[str]:
        """The record types that have their table."""
        return frozenset(str(row[0]) for row in self.rows(select(schema.record_type.c.name)))

    def source_descriptors(self) -> dict[str, str]:
        """Name → descriptor of every source of this workspace."""
        table = schema.source
        return {
            row[0]: row[1]
            for row in self.rows(
                select(table.c.name, table.c.descriptor).where(table.c.workspace_id == self.workspace_id)
            )
        }

    def keep_source(self, name: str, descriptor: str, *, at: datetime) -> None:
        """Declare a source, or change its declaration."""
        table = schema.source
        changed = self.run(
            update(table)
            .where(table.c.workspace_id == self.workspace_id, table.c.name == name)
            .values(descriptor=descriptor, changed_at=at)
        )
        if not changed:
            self.insert(
                insert(table).values(
                    workspace_id=self.workspace_id,
                    name=name,
                    descriptor=descriptor,
                    created_at=at,
                    changed_at=at,
                )
            )

    def drop_source(self, name: str) -> None:
        """Forget a source's own declaration; that of a pack holds again."""
        table = schema.source
        self.run(delete(table).where(table.c.workspace_id == self.workspace_id, table.c.name == name))

    def saved_mappings(self) -> list[dict[str, str]]:
        """``name, source, record_type, descriptor`` of every saved mapping of this workspace, by name (MAP-4)."""
        table = schema.saved_mapping
        wanted = (table.c.name, table.c.source, table.c.record_type, table.c.descriptor)
        found = self.rows(
            select(*wanted).where(table.c.workspace_id == self.workspace_id).order_by(table.c.name)
        )
        return [dict(row._mapping) for row in found]

    def keep_saved_mapping(
        self, name: str, *, source: str, record_type: str, descriptor: str, at: datetime
    ) -> None:
        """Save a mapping, or save it anew."""
        table = schema.saved_mapping
        values = {"source": source, "record_type": record_type, "descriptor": descriptor, "changed_at": at}
        mine = table.c.workspace_id == self.workspace_id, table.c.name == name
        if not self.run(update(table).where(*mine).values(**values)):
            self.insert(
                insert(table).values(workspace_id=self.workspace_id, name=name, created_at=at, **values)
            )

    def drop_saved_mapping(self, name: str) -> None:
        """Forget a saved mapping."""
        table = schema.saved_mapping
        self.run(delete(table).where(table.c.workspace_id == self.workspace_id, table.c.name == name))
