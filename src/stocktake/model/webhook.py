"""Webhooks: addresses that are told of finished runs, and how that goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that hears of every run of its workspace that is applied after it was added.

    salt: the chance in its secret; the secret itself is kept nowhere. check: the beginning of the secret's hash, by which
    another server key is noticed. stopped_because: why it is not active any more. waiting: deliveries that are still to be
    made; given_up: those that will not be. delivered_at: when one last arrived; error: why one that waits did not.
    """

    webhook_id: int
    url: str
    salt: bytes = field(repr=False)
    check: bytes = field(repr=False)
    is_active: bool
    created_at: datetime
    created_by: str
    stopped_because: str | None = None
    waiting: int = 0
    given_up: int = 0
    delivered_at: datetime | None = None
    error: str | None = None

    @property
    def topic(self) -> str:
        """Under which its deliveries wait in the outbox."""
        return topic_of(self.webhook_id)


#: What the topic of a webhook begins with.
TOPIC = "webhook:"


def topic_of(webhook_id: int) -> str:
    """The topic of a webhook.

    >>> topic_of(7)
    'webhook:7'
    """
    return f"{TOPIC}{webhook_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What came of one request: the answer's ``status``, None where none came, and what ``went_wrong``, if anything."""

    status: int | None
    went_wrong: str | None = None

    @property
    def arrived(self) -> bool:
        """Whether the receiver took it: an answer of 2xx, and nothing else."""
        return self.went_wrong is None

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants no more of them (410)."""
        return self.status == 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What was delivered to one webhook: how many ``delivered``, ``failed``, ``given_up``, and how many are ``waiting``."""

    webhook_id: int
    delivered: int = 0
    failed: int = 0
    given_up: int = 0
    waiting: int = 0
    error: str | None = None
