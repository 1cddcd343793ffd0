"""Records of the typed tables: reading them as canonical text, creating, changing and deleting them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import polars as pl
from sqlalchemy import Column, ColumnElement, Select, Table, delete, func, or_, select

from stocktake.model.record_type import READINESS_COLUMNS, SYSTEM_COLUMNS, RecordType
from stocktake.ports.frame import LINEAGE, Frames
from stocktake.stores import readiness, schema
from stocktake.stores.column_type import BYTES, EVER, WHOLE, to_text
from stocktake.stores.stretches import Stretches, counted, less
from stocktake.stores.typed_table import typed_table

RECORD_STATES = {
    "_record_id": pl.Int64,
    "_version": pl.Int64,
    "_creator": pl.String,
    "_retired": pl.Boolean,
    "_retired_by": pl.String,
    "_changed_run": pl.Int64,
}


def _image_type(column: Column[Any]) -> Any:
    """How a column of a record travels in an image: numbers and bytes as they are, all else as canonical text."""
    whole = column.type is WHOLE and column.name in (*SYSTEM_COLUMNS, *READINESS_COLUMNS)
    return pl.Int64 if whole else pl.Binary if column.type is BYTES else pl.String


class Records(Stretches):
    """Statements about typed tables."""

    def table_of(self, record_type: RecordType) -> Table:
        """The typed table of ``record_type``."""
        return typed_table(record_type)

    def record_count(self, record_type: RecordType) -> int:
        """How many records of the type the workspace has, retired ones left out."""
        return int(
            self.stretches(record_type.name).select(pl.col("records") - pl.col("retired")).sum().item()
        )

    def retired_records(self, record_type: RecordType) -> pl.DataFrame:
        """``_record_id, _retired_by`` of the retired records."""
        table = self.table_of(record_type)
        return self.fetch(
            select(table.c.id, table.c.retired_by).where(
                table.c.workspace_id == self.workspace_id, table.c.retired_at >= EVER
            ),
            {"_record_id": pl.Int64, "_retired_by": pl.String},
        )

    def records_in_scope(self, record_type: RecordType, field: str, values: Sequence[str]) -> pl.Series:
        """The ids of the records whose ``field``, as canonical text, is one of ``values`` (PRE-6)."""
        table = self.table_of(record_type)
        text = to_text(table.c[field], self._dialect.name)
        found = self.fetch(
            select(table.c.id).where(table.c.workspace_id == self.workspace_id, text.in_(values)),
            {"_record_id": pl.Int64},
        )
        return found["_record_id"]

    def identities(self, record_type: RecordType, fields: Sequence[str]) -> pl.DataFrame:
        """``_record_id`` and the canonical text of ``fields``, of every record."""
        table = self.table_of(record_type)
        return self.fetch(
            self._texts(table, fields, table.c.id).where(table.c.workspace_id == self.workspace_id),
            {"_record_id": pl.Int64, **dict.fromkeys(fields, pl.String)},
        )

    def identities_since(self, record_type: RecordType, fields: Sequence[str], run_id: int) -> pl.DataFrame:
        """As ``identities``, with ``_created_run, _changed_run``, of the records that runs after ``run_id`` wrote."""
        table = self.table_of(record_type)
        return self.fetch(
            self._texts(table, fields, table.c.id, table.c.created_run, table.c.changed_run).where(
                table.c.workspace_id == self.workspace_id,
                or_(table.c.created_run > run_id, table.c.changed_run > run_id),
            ),
            {
                **dict.fromkeys(("_record_id", "_created_run", "_changed_run"), pl.Int64),
                **dict.fromkeys(fields, pl.String),
            },
        )

    def record_values(self, record_type: RecordType, ids: pl.Series, fields: Sequence[str]) -> pl.DataFrame:
        """The records ``ids``: ``RECORD_STATES`` and ``fields`` as canonical text."""
        table = self.table_of(record_type)
        schema_ = {**RECORD_STATES, **dict.fromkeys(fields, pl.String)}
        if ids.is_empty():
            return pl.DataFrame(schema=schema_)
        statement = self._texts(
            table,
            fields,
            table.c.id,
            table.c.version,
            table.c.source,
            table.c.retired_at.is_not(None),
            table.c.retired_by,
            table.c.changed_run,
        )
        return self.fetch(
            statement.where(table.c.workspace_id == self.workspace_id, self.among(table.c.id, ids)), schema_
        )

    def _texts(self, table: Table, fields: Sequence[str], *columns: Any) -> Select[Any]:
        return select(*columns, *(to_text(table.c[name], self._dialect.name) for name in fields))

    def lineage_image(self, record_type: RecordType, ids: pl.Series) -> pl.DataFrame:
        """The lineage columns of the records ``ids`` as they are now."""
        if ids.is_empty():
            return pl.DataFrame(schema=LINEAGE)
        table = self.table_of(record_type)
        columns = [
            to_text(table.c[name], self._dialect.name) if dtype == pl.String else table.c[name]
            for name, dtype in LINEAGE.items()
        ]
        return self.fetch(
            select(*columns).where(table.c.workspace_id == self.workspace_id, self.among(table.c.id, ids)),
            LINEAGE,
        )

    def statuses_before_retirement(self, record_type: RecordType, field: str, ids: pl.Series) -> pl.DataFrame:
        """``_record_id, _status``: what ``field`` was before the run that retired each of the records ``ids``."""
        empty = {"_record_id": pl.Int64, "_status": pl.String}
        if ids.is_empty():
            return pl.DataFrame(schema=empty)
        table, change = self.table_of(record_type), schema.record_change
        return self.fetch(
            select(table.c.id, change.c.before).where(
                table.c.workspace_id == self.workspace_id,
                change.c.workspace_id == self.workspace_id,
                change.c.run_id == table.c.retired_run,
                change.c.record_type == record_type.name,
                change.c.record_id == table.c.id,
                change.c.field == field,
                self.among(table.c.id, ids),
            ),
            empty,
        )

    def create_records(self, record_type: RecordType, frames: Frames, **constants: Any) -> int:
        """Insert records; ``frames`` have ``id``, fields as canonical text and lineage columns. How many there are now."""
        first = readiness.created(record_type)
        grown: list[pl.DataFrame] = []
        table = self.table_of(record_type)
        there = self.load(table, self._noted(frames, grown), version=1, **first, **constants)
        self._write_stretches(record_type, *grown)
        return there

    def change_records(
        self, record_type: RecordType, frame: pl.DataFrame, *, at: datetime, **constants: Any
    ) -> int:
        """Set the columns of ``frame`` in the records ``id`` that still have its ``version``; how many met."""
        return self._written(record_type, frame, ["id", "version"], {"updated_at": at, **constants})

    def restore_records(self, record_type: RecordType, frame: pl.DataFrame, *, at: datetime) -> int:
        """Set the columns of ``frame`` in the records ``id``, whatever their version; how many met."""
        return self._written(record_type, frame, ["id"], {"updated_at": at})

    def _written(
        self, record_type: RecordType, frame: pl.DataFrame, keys: Sequence[str], constants: dict[str, Any]
    ) -> int:
        if frame.is_empty():
            return 0
        table = self.table_of(record_type)
        retires = "retired_at" in frame.columns or "retired_at" in constants
        before = self._retired_among(record_type, frame["id"]) if retires else None
        met = self.update(
            table,
            frame,
            keys,
            constants=constants,
            raises={"version": 1},
            following=partial(readiness.begun_anew, record_type, table),
        )
        if before is None:
            self._touch(record_type, frame["id"])
            return met
        is_retired = constants.get("retired_at") is not None
        told = pl.col("retired_at").is_not_null() if "retired_at" in frame.columns else pl.lit(is_retired)
        after = counted(frame.select("id", retired=told))
        if met < frame.height:  # not all are as they were told to be
            after = self._counted(record_type, self.among(table.c.id, frame["id"]))
        self._touch(record_type, frame["id"], less(before), after)
        return met

    def record_image(self, record_type: RecordType, ids: pl.Series) -> pl.DataFrame:
        """Some records whole, every column as it is now, fields as canonical text: what a deletion takes away."""
        table = self.table_of(record_type)
        kinds = {
            column.name: _image_type(column) for column in table.columns if column.name != "workspace_id"
        }
        columns = [
            to_text(table.c[name], self._dialect.name) if kind == pl.String else table.c[name]
            for name, kind in kinds.items()
        ]
        chosen = select(*columns).where(
            table.c.workspace_id == self.workspace_id, self.among(table.c.id, ids)
        )
        return self.fetch(chosen, kinds)

    def recreate_records(self, record_type: RecordType, image: pl.DataFrame, *, at: datetime) -> int:
        """Insert records as ``record_image`` gave them; their versions grow (ROL-13)."""
        again = image.drop("updated_at").with_columns(pl.col("version") + 1)
        again = readiness.recreated(record_type, again)
        grown: list[pl.DataFrame] = []
        there = self.load(self.table_of(record_type), self._noted(again, grown), updated_at=at)
        self._write_stretches(record_type, *grown)
        return there

    def delete_records(self, record_type: RecordType, frame: pl.DataFrame) -> int:
        """Delete the records ``id`` that still have their ``version``; how many met."""
        table = self.table_of(record_type)
        same = self.fetch(
            select(table.c.id, table.c.version).where(
                table.c.workspace_id == self.workspace_id, self.among(table.c.id, frame["id"])
            ),
            {"id": pl.Int64, "version": pl.Int64},
        ).join(frame.select("id", "version"), on=["id", "version"], how="semi")
        return self._deleted(record_type, self.among(table.c.id, same["id"]))

    def _deleted(self, record_type: RecordType, *chosen: ColumnElement[bool]) -> int:
        """Delete records; how many there were."""
        table = self.table_of(record_type)
        with self._thinned(record_type, *chosen):
            return self.run(delete(table).where(table.c.workspace_id == self.workspace_id, *chosen))

    def referred(self, record_type: RecordType, field: str, ids: pl.Series) -> pl.Series:
        """Those of ``ids`` that a record of ``record_type`` beside them refers to by ``field``."""
        table = self.table_of(record_type)
        found = self.fetch(
            select(table.c.id, table.c[field]).where(
                table.c.workspace_id == self.workspace_id, self.among(table.c[field], ids)
            ),
            {"_by": pl.Int64, "_record_id": pl.Int64},
        )
        return found["_record_id"].unique()

    def _name(self, record_type: RecordType, table: Table) -> Any:
        if record_type.display_field and record_type.display_field in table.c:
            shown = to_text(table.c[record_type.display_field], self._dialect.name)
            return func.coalesce(shown, table.c.external_id)
        return table.c.external_id

    def names(self, record_type: RecordType, ids: pl.Series) -> pl.DataFrame:
        """``_record_id, _name`` of the records ``ids``."""
        table = self.table_of(record_type)
        if ids.is_empty():
            return pl.DataFrame(schema={"_record_id": pl.Int64, "_name": pl.String})
        return self.fetch(
            select(table.c.id, self._name(record_type, table)).where(
                table.c.workspace_id == self.workspace_id, self.among(table.c.id, ids)
            ),
            {"_record_id": pl.Int64, "_name": pl.String},
        )
