"""What flows ask of a store about messages to others."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple, Protocol


class Waiting(NamedTuple):
    """A message that waits: which run it is about, how often it was tried, since when it is there, what it holds."""

    run_id: int
    attempts: int
    at: datetime
    content: dict[str, Any]


class Outbox(Protocol):
    """Statements about messages that wait to be delivered."""

    def announce_outcome(self, run_id: int, topic: str, content: dict[str, Any], *, at: datetime) -> None:
        """Put a message into the outbox."""
        ...

    def announce_to_webhooks(self, run_id: int, content: dict[str, Any], *, at: datetime) -> None:
        """Put a message into the outbox for each active webhook of this workspace."""
        ...

    def waiting_outcome(self, topic: str, *, due_at: datetime | None, after: int) -> Waiting | None:
        """The message about the oldest run after ``after`` of those that wait."""
        ...

    def change_outcome(self, run_id: int, topic: str, **values: Any) -> None:
        """Say what became of a message."""
        ...

    def outcomes_waiting(self, topic: str) -> int:
        """How many messages wait."""
        ...

    def give_up_outcomes(self, topic: str, *, at: datetime) -> None:
        """Say of all messages that wait that nobody will try them again."""
        ...

    def drop_outcomes(self, topic: str) -> None:
        """Forget the messages that were never delivered."""
        ...
