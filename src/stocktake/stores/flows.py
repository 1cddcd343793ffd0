"""Discovery flows: what imports and assets belong to (LIN-6, LIN-10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from stocktake.stores import schema
from stocktake.stores.session import Session


class Flows(Session):
    """Statements about discovery flows."""

    def discovery_flows(self) -> list[dict[str, Any]]:
        """``flow_id, master_flow_id, name, created_at`` of every flow, oldest first."""
        table = schema.discovery_flow
        shown = (table.c.flow_id, table.c.master_flow_id, table.c.name, table.c.created_at)
        found = self.rows(
            select(*shown).where(table.c.workspace_id == self.workspace_id).order_by(table.c.id)
        )
        return [dict(row._mapping) for row in found]

    def keep_discovery_flow(
        self, flow_id: str, *, master_flow_id: str | None, name: str | None, at: datetime
    ) -> None:
        """Make a flow where it is not there yet; a master flow or a name that is given replaces the earlier one."""
        table = schema.discovery_flow
        mine = (table.c.workspace_id == self.workspace_id, table.c.flow_id == flow_id)
        if not self.rows(select(table.c.id).where(*mine)):
            self.insert_new(
                table,
                id=self.reserve("discovery flow", 1),
                flow_id=flow_id,
                master_flow_id=master_flow_id,
                name=name or flow_id,
                created_at=at,
            )
            return
        given = {"master_flow_id": master_flow_id, "name": name}
        values = {key: value for key, value in given.items() if value is not None}
        if values:
            self.run(update(table).where(*mine).values(**values))
