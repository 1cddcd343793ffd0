"""Declared record types and sources, and the tables made from them (TYP-5, TYP-7)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update

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
