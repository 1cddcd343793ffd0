"""The outbox: what others are told about a run, after its commit (APP-7)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, delete, func, insert, literal, select, update

from stocktake.model.webhook import TOPIC
from stocktake.ports.outbox import Waiting
from stocktake.stores import schema
from stocktake.stores.column_type import NUMBER, WHOLE, WORDS, Instant
from stocktake.stores.session import Session
from stocktake.stores.webhook_table import webhook


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

    def announce_to_webhooks(self, run_id: int, content: dict[str, Any], *, at: datetime) -> None:
        """Put a message into the outbox for each active webhook of this workspace, by one statement."""
        table = schema.outbox
        each = select(
            webhook.c.workspace_id,
            literal(run_id, WHOLE),
            literal(TOPIC, WORDS).concat(cast(webhook.c.webhook_id, Text)),
            literal(at, Instant()),
            literal(json.dumps(content), WORDS),
            literal(0, NUMBER),
            literal(at, Instant()),
        ).where(webhook.c.workspace_id == self.workspace_id, webhook.c.is_active)
        names = ("workspace_id", "run_id", "topic", "at", "content", "attempts", "next_at")
        self.run(insert(table).from_select(names, each))

    def waiting_outcome(self, topic: str, *, due_at: datetime | None, after: int) -> Waiting | None:
        """The message about the oldest run after ``after`` of those that wait; held until the transaction ends.

        ``due_at``: only one that may be tried again by then. One that another process is about to try is passed over.
        """
        table = schema.outbox
        mine = [*self._waiting(topic), table.c.run_id > after]
        if due_at is not None:
            mine.append(table.c.next_at <= due_at)
        found = self.rows(
            select(table.c.run_id, table.c.attempts, table.c.at, table.c.content)
            .where(*mine)
            .order_by(table.c.run_id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if not found:
            return None
        run_id, attempts, at, content = found[0]
        return Waiting(int(run_id), int(attempts), at, json.loads(content))

    def change_outcome(self, run_id: int, topic: str, **values: Any) -> None:
        """Say what became of a message: ``attempts, next_at, error, sent_at, given_up_at``."""
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
        found = self.rows(select(func.count()).select_from(schema.outbox).where(*self._waiting(topic)))
        return int(found[0][0])

    def give_up_outcomes(self, topic: str, *, at: datetime) -> None:
        """Say of all messages that wait that nobody will try them again."""
        self.run(update(schema.outbox).where(*self._waiting(topic)).values(given_up_at=at))

    def drop_outcomes(self, topic: str) -> None:
        """Forget the messages that were never delivered."""
        table = schema.outbox
        self.run(
            delete(table).where(
                table.c.workspace_id == self.workspace_id, table.c.topic == topic, table.c.sent_at.is_(None)
            )
        )

    def _waiting(self, topic: str) -> list[ColumnElement[bool]]:
        table = schema.outbox
        return [
            table.c.workspace_id == self.workspace_id,
            table.c.topic == topic,
            table.c.sent_at.is_(None),
            table.c.given_up_at.is_(None),
        ]
