"""Webhooks: added with a secret that is shown once, changed, removed, tried, stopped."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

import polars as pl

from stocktake.access.signature import secret_check, secret_text, webhook_secret
from stocktake.model.errors import InvalidInput, NotFound
from stocktake.model.webhook import Webhook
from stocktake.ports.store import Store, Unit
from stocktake.reporting.declaration import declaration

#: So many webhooks a workspace may have.
MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWebhook:
    """A webhook that is asked for: its checked ``url``, and the chance for its secret."""

    url: str
    salt: bytes


def add_webhook(
    store: Store, workspace_id: int, new: NewWebhook, key: bytes, *, by: str, at: datetime
) -> tuple[Webhook, str]:
    """Keep a webhook; the webhook, and its secret, which is shown this once.

    Raises ``InvalidInput`` ``webhook-exists``, ``too-many-webhooks``.
    """
    with store.writing(workspace_id) as unit:
        webhook_id = unit.next_webhook()
        known = unit.webhooks()
        _check_free(unit, new.url)
        if len(known) >= MOST:
            raise InvalidInput(
                "too-many-webhooks",
                f"This workspace has {len(known)} webhooks, as many as it may have. Nothing was written.",
                hint="Remove one first with `stocktake webhook remove`.",
            )
        secret = webhook_secret(key, workspace_id, webhook_id, new.salt)
        made = Webhook(
            webhook_id=webhook_id,
            url=new.url,
            salt=new.salt,
            check=secret_check(secret),
            is_active=True,
            created_at=at,
            created_by=by,
        )
        unit.add_webhook(made)
        entry = declaration("add-webhook", webhook_words(made), None, _text(made), by=by)
        unit.log(None, entry, at=at, actor=by)
    return made, secret_text(secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChange:
    """What of a webhook is to change, None for what stays: its checked ``url``, the chance for another secret."""

    url: str | None = None
    salt: bytes | None = None


def change_webhook(
    store: Store,
    workspace_id: int,
    webhook_id: int,
    change: WebhookChange,
    key: bytes,
    *,
    by: str,
    at: datetime,
) -> tuple[Webhook, str | None]:
    """Keep what is changed of a webhook; the webhook, and its secret where that is new. At a new address it is active.

    Raises ``NotFound`` ``unknown-webhook``; ``InvalidInput`` ``nothing-to-change``, ``webhook-exists``.
    """
    with store.writing(workspace_id) as unit:
        found, secret = webhook_numbered(unit, webhook_id), None
        changed = found
        if change.url is not None and (change.url != found.url or not found.is_active):
            _check_free(unit, change.url, but=webhook_id)
            changed = replace(changed, url=change.url, is_active=True, stopped_because=None)
        if change.salt is not None:
            secret = webhook_secret(key, workspace_id, webhook_id, change.salt)
            changed = replace(changed, salt=change.salt, check=secret_check(secret))
        if changed == found:
            raise InvalidInput(
                "nothing-to-change",
                f"Nothing of webhook {webhook_id} would change. Nothing was written.",
                hint="Name another URL, or ask for a new secret.",
            )
        unit.change_webhook(
            webhook_id,
            url=changed.url,
            is_active=changed.is_active,
            stopped_because=changed.stopped_because,
            salt=changed.salt,
            secret_check=changed.check,
        )
        what = [f"is told at {urlsplit(changed.url).hostname}"] if changed.url != found.url else []
        what += ["is active again"] if changed.is_active and not found.is_active else []
        what += ["has another secret"] if secret is not None else []
        _log(unit, "change-webhook", f"{by} changed the {_short(found)}: it {', '.join(what)}.", by=by, at=at)
    return changed, secret_text(secret) if secret is not None else None


def _check_free(unit: Unit, url: str, *, but: int | None = None) -> None:
    """Refuse an address at which another webhook is told already. Raises ``InvalidInput`` ``webhook-exists``."""
    known = (
        each for each in unit.webhooks() if each.is_active and each.url == url and each.webhook_id != but
    )
    if (same := next(known, None)) is not None:
        raise InvalidInput(
            "webhook-exists",
            f"Webhook {same.webhook_id} is told at that URL already. Nothing was written.",
            hint=f"If you need another secret: `stocktake webhook change {same.webhook_id} --new-secret`.",
        )


def remove_webhook(store: Store, workspace_id: int, webhook_id: int, *, by: str, at: datetime) -> Webhook:
    """Forget a webhook and what waits for it; what it was. Raises ``NotFound`` ``unknown-webhook``."""
    with store.writing(workspace_id) as unit:
        found = webhook_numbered(unit, webhook_id)
        unit.drop_webhook(webhook_id)
        unit.drop_outcomes(found.topic)
        entry = declaration("remove-webhook", webhook_words(found), _text(found), None, by=by)
        unit.log(None, entry, at=at, actor=by)
    return found


def stop_webhook(store: Store, workspace_id: int, webhook: Webhook, because: str, *, at: datetime) -> None:
    """Tell a webhook nothing more, since its receiver wants no more."""
    with store.writing(workspace_id) as unit:
        unit.change_webhook(webhook.webhook_id, is_active=False, stopped_because=because)
        unit.give_up_outcomes(webhook.topic, at=at)
        told = f"The {_short(webhook)} was stopped: {because}"
        _log(unit, "stop-webhook", told, by="stocktake", at=at)


def log_try(store: Store, workspace_id: int, webhook: Webhook, *, by: str, at: datetime) -> None:
    """Say in the audit that somebody has a test sent."""
    with store.writing(workspace_id) as unit:
        _log(unit, "try-webhook", f"{by} sent a test to the {_short(webhook)}.", by=by, at=at)


def webhook_numbered(unit: Unit, webhook_id: int) -> Webhook:
    """A webhook of this workspace. Raises ``NotFound`` ``unknown-webhook``: the same for one of another workspace."""
    found = next((each for each in unit.webhooks() if each.webhook_id == webhook_id), None)
    if found is None:
        raise NotFound(
            "unknown-webhook",
            f"There is no webhook {webhook_id}.",
            hint="List them with `stocktake webhook list`.",
        )
    return found


def secret_of(webhook: Webhook, workspace_id: int, key: bytes) -> bytes:
    """The secret of a webhook. Raises ``InvalidInput`` ``secret-key-changed`` where another key made it."""
    secret = webhook_secret(key, workspace_id, webhook.webhook_id, webhook.salt)
    if secret_check(secret) != webhook.check:
        raise InvalidInput(
            "secret-key-changed",
            f"STOCKTAKE_SECRET_KEY is not the one that the secret of webhook {webhook.webhook_id} was made with.",
            hint="Set the key of that time, or make another secret, which its receiver then needs: "
            f"`stocktake webhook change {webhook.webhook_id} --new-secret`.",
        )
    return secret


def webhook_words(webhook: Webhook) -> str:
    """A webhook as sentences name it. Of its URL the host alone: the rest may be what lets one in there."""
    return f"the {_short(webhook)}"


def _short(webhook: Webhook) -> str:
    return f"webhook {webhook.webhook_id} at {urlsplit(webhook.url).hostname}"


def _text(webhook: Webhook) -> str:
    return json.dumps({"webhook_id": webhook.webhook_id, "host": urlsplit(webhook.url).hostname})


def _log(unit: Unit, act: str, sentence: str, *, by: str, at: datetime) -> None:
    unit.log(None, pl.DataFrame({"act": [act], "sentence": [sentence]}), at=at, actor=by)
