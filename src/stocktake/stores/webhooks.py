"""Webhooks of a workspace, and how deliveries to them go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, case, cast, delete, func, insert, literal, select, update

from stocktake.model.webhook import TOPIC, Webhook
from stocktake.stores import schema
from stocktake.stores.column_type import WORDS
from stocktake.stores.session import Session
from stocktake.stores.webhook_table import webhook


class Webhooks(Session):
    """Statements about webhooks."""

    def webhooks(self) -> list[Webhook]:
        """All of them, by number, with how their deliveries go."""
        outbox = schema.outbox
        unsent = outbox.c.run_id.is_not(None) & outbox.c.sent_at.is_(None)
        open_ = unsent & outbox.c.given_up_at.is_(None)
        tallied = (
            select(
                webhook,
                func.count(case((open_, 1))).label("waiting"),
                func.count(outbox.c.given_up_at).label("given_up"),
                func.max(outbox.c.sent_at).label("delivered_at"),
                func.max(case((unsent, outbox.c.error))).label("error"),
            )
            .select_from(webhook.outerjoin(outbox, _deliveries()))
            .where(webhook.c.workspace_id == self.workspace_id)
            .group_by(*webhook.c)
            .order_by(webhook.c.webhook_id)
        )
        return [_read(row._mapping) for row in self.rows(tallied)]

    def due_webhooks(self, *, due_at: datetime | None) -> list[Webhook]:
        """The active ones for which something waits; ``due_at``: that may be tried by then."""
        outbox = schema.outbox
        due = [_deliveries(), outbox.c.sent_at.is_(None), outbox.c.given_up_at.is_(None)]
        if due_at is not None:
            due.append(outbox.c.next_at <= due_at)
        found = self.rows(
            select(webhook)
            .where(
                webhook.c.workspace_id == self.workspace_id,
                webhook.c.is_active,
                select(outbox.c.run_id).where(*due).correlate(webhook).exists(),
            )
            .order_by(webhook.c.webhook_id)
        )
        return [_read(row._mapping) for row in found]

    def next_webhook(self) -> int:
        """A number that no webhook has or had."""
        return self.reserve("webhook", 1)

    def add_webhook(self, new: Webhook) -> None:
        """Keep a new webhook."""
        self.insert(
            insert(webhook).values(
                workspace_id=self.workspace_id,
                webhook_id=new.webhook_id,
                url=new.url,
                salt=new.salt,
                secret_check=new.check,
                is_active=new.is_active,
                created_at=new.created_at,
                created_by=new.created_by,
            )
        )

    def change_webhook(self, webhook_id: int, **values: Any) -> None:
        """Change columns of one: ``url, is_active, stopped_because, salt, secret_check``."""
        self.run(update(webhook).where(*self._one(webhook_id)).values(**values))

    def drop_webhook(self, webhook_id: int) -> None:
        """Forget a webhook."""
        self.run(delete(webhook).where(*self._one(webhook_id)))

    def _one(self, webhook_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return webhook.c.workspace_id == self.workspace_id, webhook.c.webhook_id == webhook_id


def _deliveries() -> ColumnElement[bool]:
    """Which messages are a webhook's."""
    outbox = schema.outbox
    topic = literal(TOPIC, WORDS).concat(cast(webhook.c.webhook_id, Text))
    return (outbox.c.workspace_id == webhook.c.workspace_id) & (outbox.c.topic == topic)


def _read(row: Any) -> Webhook:
    return Webhook(
        webhook_id=int(row["webhook_id"]),
        url=str(row["url"]),
        salt=bytes(row["salt"]),
        check=bytes(row["secret_check"]),
        is_active=bool(row["is_active"]),
        created_at=row["created_at"],
        created_by=str(row["created_by"]),
        stopped_because=row["stopped_because"],
        waiting=int(row.get("waiting") or 0),
        given_up=int(row.get("given_up") or 0),
        delivered_at=row.get("delivered_at"),
        error=row.get("error"),
    )
