"""What flows ask of a store about webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from stocktake.model.webhook import Webhook


class Webhooks(Protocol):
    """Statements about webhooks of this workspace."""

    def webhooks(self) -> list[Webhook]:
        """All of them, by number, with how their deliveries go."""
        ...

    def due_webhooks(self, *, due_at: datetime | None) -> list[Webhook]:
        """The active ones for which something waits; ``due_at``: that may be tried by then."""
        ...

    def next_webhook(self) -> int:
        """A number that no webhook has or had."""
        ...

    def add_webhook(self, webhook: Webhook) -> None:
        """Keep a new webhook."""
        ...

    def change_webhook(self, webhook_id: int, **values: Any) -> None:
        """Change ``is_active, stopped_because``."""
        ...

    def drop_webhook(self, webhook_id: int) -> None:
        """Forget a webhook."""
        ...
