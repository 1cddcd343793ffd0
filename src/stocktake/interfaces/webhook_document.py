"""Webhooks for programs. The secret is in them only when the webhook has just been added (SEC-7)."""

from __future__ import annotations

from typing import Any

from stocktake.interfaces.wording import moment_iso
from stocktake.model.webhook import Posted, Posting, Webhook


def webhook_document(webhook: Webhook, secret: str | None = None) -> dict[str, Any]:
    """A webhook and how its deliveries go."""
    told = {} if secret is None else {"secret": secret}
    return {
        "webhook_id": webhook.webhook_id,
        "url": webhook.url,
        "is_active": webhook.is_active,
        "stopped_because": webhook.stopped_because,
        "created_at": moment_iso(webhook.created_at),
        "created_by": webhook.created_by,
        "waiting": webhook.waiting,
        "given_up": webhook.given_up,
        "delivered_at": moment_iso(webhook.delivered_at),
        "error": webhook.error,
        **told,
    }


def posting_document(webhook_id: int, posting: Posting) -> dict[str, Any]:
    """The answer to a test."""
    return {"webhook_id": webhook_id, "status": posting.status}


def posted_document(posted: Posted) -> dict[str, Any]:
    """What was delivered to one webhook."""
    return {
        "webhook_id": posted.webhook_id,
        "delivered": posted.delivered,
        "failed": posted.failed,
        "given_up": posted.given_up,
        "waiting": posted.waiting,
        "error": posted.error,
    }
