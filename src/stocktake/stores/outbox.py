"""The outbox: what others are told about a run, after its commit (APP-7)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from stocktake.stores import schema
from stocktake.stores.session import Session


class Outbox(Session):
    """Statements about messages that wait to be delivered."""

    def announce_outcome(self, run_id: int, topic: str, content: dict[str, Any], *, at: datetime) -> None:
        """Put a message into the outbox, for after the commit (APP-7)."""
        self.insert(
            insert(schema.outbox).values(
                workspace_id=self.workspace_id,
                run_id=run_id,
                topic=topic,
                at=at,
                content=json.dumps(content),
                attempts=0,
                next_at=at,
            )
        )

    def waiting_outcome(self, topic: str, *, due_at: datetime | None, after: int) -> tuple[int, int] | None:
        """The oldest run after ``after`` whose message waits, and how often it was tried; held until the transaction ends.

        ``due_at``: only one that may be tried again by then. One that another process is about to try is passed over.
        """
        table = schema.outbox
        mine = [
            table.c.workspace_id == self.workspace_id,
            table.c.topic == topic,
            table.c.sent_at.is_(None),
            table.c.run_id > after,
        ]
        if due_at is not None:
            mine.append(table.c.next_at <= due_at)
        found = self.rows(
            select(table.c.run_id, table.c.attempts)
            .where(*mine)
            .order_by(table.c.run_id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        return (int(found[0][0]), int(found[0][1])) if found else None

    def change_outcome(self, run_id: int, topic: str, **values: Any) -> None:
        """Say what became of a message: ``attempts, next_at, error, sent_at``."""
        table = schema.outbox
        self.run(
            update(table)
            .where(
                table.c.workspace_id == self.workspace_id, table.c.run_id == run_id, table.c.topic == topic
            )
            .values(**values)
        )

    def outcomes_waiting(self, topic: str) -> int:
        """How many messages wait."""
        table = schema.outbox
        found = self.rows(
            select(func.count())
            .select_from(table)
            .where(
                table.c.workspace_id == self.workspace_id, table.c.topic == topic, table.c.sent_at.is_(None)
            )
        )
        return int(found[0][0])
