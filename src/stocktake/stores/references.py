"""References between records: whom a text names, and which references still wait for their record (IDN-4)."""

from __future__ import annotations

import polars as pl
from sqlalchemy import delete, select

from stocktake.model.record_type import RecordType
from stocktake.ports.frame import UNRESOLVED
from stocktake.stores import schema
from stocktake.stores.session import Session
from stocktake.stores.typed_table import typed_table

_UNRESOLVED_TEXTS = {name: UNRESOLVED[name] for name in ("record_type", "field", "source", "text")}


class References(Session):
    """Statements about references."""

    def records_by_external_id(self, record_type: RecordType, texts: pl.Series) -> pl.DataFrame:
        """``external_id, _record_id`` of the records that carry one of ``texts`` as their external id."""
        table = typed_table(record_type)
        columns = {"external_id": pl.String, "_record_id": pl.Int64}
        if texts.is_empty():
            return pl.DataFrame(schema=columns)
        return self.fetch(
            select(table.c.external_id, table.c.id).where(
                table.c.workspace_id == self.workspace_id, self.among(table.c.external_id, texts)
            ),
            columns,
        )

    def unresolved_texts(self, to_type: str) -> pl.DataFrame:
        """``record_type, field, source, text`` of the references that wait for a record of the type, each once."""
        table = schema.unresolved_reference
        return self.fetch(
            select(*(table.c[name] for name in _UNRESOLVED_TEXTS))
            .where(table.c.workspace_id == self.workspace_id, table.c.to_type == to_type)
            .distinct(),
            _UNRESOLVED_TEXTS,
        )

    def unresolved_to(self, to_type: str, texts: pl.Series) -> pl.DataFrame:
        """``UNRESOLVED`` of the references that wait for a record of the type and name it by one of ``texts``."""
        table = schema.unresolved_reference
        if texts.is_empty():
            return pl.DataFrame(schema=UNRESOLVED)
        return self.fetch(
            select(*(table.c[name] for name in UNRESOLVED)).where(
                table.c.workspace_id == self.workspace_id,
                table.c.to_type == to_type,
                self.among(table.c.text, texts),
            ),
            UNRESOLVED,
        )

    def unresolved_of(self, record_type: str) -> pl.DataFrame:
        """``UNRESOLVED`` of the type's own records."""
        table = schema.unresolved_reference
        return self.fetch(
            select(*(table.c[name] for name in UNRESOLVED)).where(
                table.c.workspace_id == self.workspace_id, table.c.record_type == record_type
            ),
            UNRESOLVED,
        )

    def keep_unresolved(self, frame: pl.DataFrame) -> None:
        """Let references wait for their record."""
        self.load(schema.unresolved_reference, frame)

    def forget_unresolved(self, frame: pl.DataFrame) -> int:
        """Delete what ``record_type, record_id, field`` name; a statement per field, not per record."""
        table = schema.unresolved_reference
        return sum(
            self.run(
                delete(table).where(
                    table.c.workspace_id == self.workspace_id,
                    table.c.record_type == str(record_type),
                    table.c.field == str(field),
                    self.among(table.c.record_id, mine["record_id"]),
                )
            )
            for (record_type, field), mine in frame.group_by("record_type", "field", maintain_order=True)
        )
