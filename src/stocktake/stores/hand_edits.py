"""Values that a person gave, as long as they stand (PRE-24)."""

from __future__ import annotations

import polars as pl
from sqlalchemy import delete, select

from stocktake.ports.frame import HAND_EDIT
from stocktake.stores import schema
from stocktake.stores.session import Session


class HandEdits(Session):
    """Statements about hand edits; there are few of them: one per field that was edited."""

    def hand_edits(self, record_type: str, ids: pl.Series | None = None) -> pl.DataFrame:
        """``HAND_EDIT`` of the type's records, or of those with ``ids``."""
        table = schema.hand_edit
        conditions = [table.c.workspace_id == self.workspace_id, table.c.record_type == record_type]
        if ids is not None:
            if ids.is_empty():
                return pl.DataFrame(schema=HAND_EDIT)
            conditions.append(self.among(table.c.record_id, ids))
        return self.fetch(select(*(table.c[name] for name in HAND_EDIT)).where(*conditions), HAND_EDIT)

    def keep_hand_edits(self, record_type: str, frame: pl.DataFrame) -> None:
        """Remember values that a person gave: ``HAND_EDIT``."""
        self.load(schema.hand_edit, frame.select(HAND_EDIT.keys()), record_type=record_type)

    def forget_hand_edits(self, record_type: str, frame: pl.DataFrame) -> None:
        """Forget what ``record_id, field`` name; a statement per field, not per record."""
        table = schema.hand_edit
        for (field,), mine in frame.group_by("field", maintain_order=True):
            self.run(
                delete(table).where(
                    table.c.workspace_id == self.workspace_id,
                    table.c.record_type == record_type,
                    table.c.field == str(field),
                    self.among(table.c.record_id, mine["record_id"]),
                )
            )
