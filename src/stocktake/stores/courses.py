"""What waterfalls and times in a stage are made from: what records are and were, when they came and went (HIS-6)."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from sqlalchemy import Column, ColumnElement, func, or_, select

from stocktake.model.record_type import RecordType
from stocktake.ports.frame import ENTRIES, PRESENT, RUN_MOMENTS, TURNS
from stocktake.stores import schema
from stocktake.stores.column_type import to_text
from stocktake.stores.session import Session
from stocktake.stores.typed_table import typed_table


class Courses(Session):
    """Statements that read the history of a record type's fields, of many records as one frame."""

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

    def present_values(self, record_type: RecordType, fields: Sequence[str], ids: pl.Series) -> pl.DataFrame:
        """``PRESENT`` and ``fields`` as canonical text of those of the records ``ids`` that are there, retired or not."""
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
            select(*columns).where(
                table.c.workspace_id == self.workspace_id, self.among(table.c.id, ids.sort())
            ),
            {**PRESENT, **dict.fromkeys(fields, pl.String)},
        )

    def value_counts(
        self, record_type: RecordType, fields: Sequence[str], first: int, last: int
    ) -> pl.DataFrame:
        """``created_run``, ``fields`` as canonical text: so many ``records`` have them, ``retired`` of those.

        Of the records from ``first`` to ``last``.
        """
        table = typed_table(record_type)
        columns = [table.c.created_run, *(to_text(table.c[name], self._dialect.name) for name in fields)]
        return self.fetch(
            select(*columns, func.count(), func.count(table.c.retired_at))
            .where(*self._between(table.c.id, first, last))
            .group_by(*columns),
            {
                "created_run": pl.Int64,
                **dict.fromkeys(fields, pl.String),
                "records": pl.Int64,
                "retired": pl.Int64,
            },
        )

    def retired_ids(self, record_type: RecordType, first: int, last: int) -> pl.Series:
        """The retired ones of the records from ``first`` to ``last``."""
        table = typed_table(record_type)
        found = self.fetch(
            select(table.c.id).where(
                *self._between(table.c.id, first, last), table.c.retired_at.is_not(None)
            ),
            {"record_id": pl.Int64},
        )
        return found["record_id"]

    def field_entries(self, record_type: str, fields: Sequence[str], first: int, last: int) -> pl.DataFrame:
        """``ENTRIES``: the history of ``fields``, of the records from ``first`` to ``last``, deleted ones included."""
        table = schema.field_history
        return self.fetch(
            select(*(table.c[name] for name in ENTRIES)).where(
                *self._between(table.c.record_id, first, last),
                table.c.record_type == record_type,
                table.c.field.in_(fields),
            ),
            ENTRIES,
        )

    def turns(self, record_type: RecordType, first: int, last: int) -> pl.DataFrame:
        """``TURNS``: the changes by which the records from ``first`` to ``last`` were retired, deleted or brought back."""
        table, lifecycle = schema.record_change, record_type.lifecycle
        acts = table.c.act.in_(("retire", "reactivate", "delete", "restore"))
        telling = or_(acts, table.c.field == lifecycle.field) if lifecycle else acts
        return self.fetch(
            select(*(table.c[name] for name in TURNS)).where(
                *self._between(table.c.record_id, first, last),
                table.c.record_type == record_type.name,
                telling,
            ),
            TURNS,
        )

    def _between(self, record_id: Column[int], first: int, last: int) -> tuple[ColumnElement[bool], ...]:
        return (record_id.table.c.workspace_id == self.workspace_id, record_id.between(first, last))
