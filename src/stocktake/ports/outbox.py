"""What flows ask of a store about messages to others."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol


class Outbox(Protocol):
    """Statements about messages that wait to be delivered."""

    def announce_outcome(self, run_id: int, topic: str, content: dict[str, Any], *, at: datetime) -> None:
        """Put a message into the outbox."""
        ...

    def waiting_outcome(self, topic: str, *, due_at: datetime | None, after: int) -> tuple[int, int] | None:
        """The oldest run after ``after`` whose message waits, and how often it was tried."""
        ...

    def change_outcome(self, run_id: int, topic: str, **values: Any) -> None:
        """Say what became of a message."""
        ...

    def outcomes_waiting(self, topic: str) -> int:
        """How many messages wait."""
        ...
