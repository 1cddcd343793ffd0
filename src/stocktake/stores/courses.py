"""What waterfalls and times in a stage are made from: what records are and were, when they came and went (HIS-6)."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from sqlalchemy import or_, select

from stocktake.model.record_type import RecordType
from stocktake.ports.frame import ENTRIES, PRESENT, RUN_MOMENTS, TURNS
from stocktake.stores import schema
from stocktake.stores.column_type import to_text
from stocktake.stores.session import Session
from stocktake.stores.typed_table import typed_table


class Courses(Session):
    """Statements that read the whole history of a record type's fields, each as one frame."""

    def run_moments(self) -> pl.DataFrame:
        """``RUN_MOMENTS`` of the applied runs, rolled-back ones included, in order."""
        table = schema.import_run
        columns = (
            table.c.run_id,
            to_text(table.c.applied_at, self._dialect.name),
            table.c.kind,
            table.c.status,
            table.c.record_type,
            table.c.undoes_run,
        )
        return self.fetch(
            select(*columns)
            .where(table.c.workspace_id == self.workspace_id, table.c.applied_at.is_not(None))
            .order_by(table.c.run_id),
            RUN_MOMENTS,
        )

    def present_values(self, record_type: RecordType, fields: Sequence[str]) -> pl.DataFrame:
        """``PRESENT`` and ``fields`` as canonical text, of every record, retired ones included."""
        table = typed_table(record_type)
        columns = (
            table.c.id,
            table.c.created_run,
            table.c.changed_run,
            to_text(table.c.updated_at, self._dialect.name),
            to_text(table.c.retired_at, self._dialect.name),
            table.c.retired_run,
            *(to_text(table.c[name], self._dialect.name) for name in fields),
        )
        return self.fetch(
            select(*columns).where(table.c.workspace_id == self.workspace_id),
            {**PRESENT, **dict.fromkeys(fields, pl.String)},
        )

    def field_entries(self, record_type: str, fields: Sequence[str]) -> pl.DataFrame:
        """``ENTRIES``: the stored history of ``fields``, of all records of the type, deleted ones included."""
        table = schema.field_history
        return self.fetch(
            select(*(table.c[name] for name in ENTRIES)).where(
                table.c.workspace_id == self.workspace_id,
                table.c.record_type == record_type,
                table.c.field.in_(fields),
            ),
            ENTRIES,
        )

    def turns(self, record_type: RecordType) -> pl.DataFrame:
        """``TURNS``: the changes by which records of the type were retired, deleted or brought back, and their undoing."""
        table, lifecycle = schema.record_change, record_type.lifecycle
        acts = table.c.act.in_(("retire", "reactivate", "delete", "restore"))
        telling = or_(acts, table.c.field == lifecycle.field) if lifecycle else acts
        return self.fetch(
            select(*(table.c[name] for name in TURNS)).where(
                table.c.workspace_id == self.workspace_id,
                table.c.record_type == record_type.name,
                telling,
            ),
            TURNS,
        )
