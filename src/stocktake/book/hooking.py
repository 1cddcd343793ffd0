"""Webhooks: others are told of finished runs by HTTP, signed, after the commit (APP-7)."""

from __future__ import annotations

import secrets
from dataclasses import replace

from stocktake.access.right import Right
from stocktake.access.signature import SALT
from stocktake.book.ground import Ground
from stocktake.book.right import needs
from stocktake.book.setting import poster, secret_key
from stocktake.flows.posting import Postman, post_test, post_waiting
from stocktake.flows.webhooks import (
    NewWebhook,
    WebhookChange,
    add_webhook,
    change_webhook,
    log_try,
    remove_webhook,
    secret_of,
    webhook_numbered,
)
from stocktake.model.errors import Unreadable
from stocktake.model.webhook import Posted, Posting, Webhook
from stocktake.ports.progress import Progress, Silence

#: A command tells a webhook of so many runs at a time.
_ALL = 10_000


class Hooking(Ground):
    """The part of a book that keeps webhooks."""

    @needs(Right.MANAGE)
    def webhooks(self) -> list[Webhook]:
        """The webhooks of this workspace, by number, with what waits for each and what was given up."""
        with self._reading() as unit:
            found: list[Webhook] = unit.webhooks()
        return found

    @needs(Right.MANAGE)
    def webhook(self, webhook_id: int) -> Webhook:
        """One webhook. Raises ``NotFound`` ``unknown-webhook``."""
        with self._reading() as unit:
            return webhook_numbered(unit, webhook_id)

    @needs(Right.MANAGE)
    def add_webhook(self, url: str) -> tuple[Webhook, str]:
        """Tell an address of every run that is applied from now on; the webhook, and its secret, shown this once.

        The secret (``whsec_…``) is what the receiver checks signatures with, as Standard Webhooks says. It is kept nowhere,
        but made anew from ``STOCKTAKE_SECRET_KEY`` (SEC-7). Raises ``InvalidInput`` ``no-secret-key``, ``bad-setting``,
        ``invalid-url``, ``address-not-allowed`` (SEC-6), ``webhook-exists``, ``too-many-webhooks``.
        """
        key = secret_key()
        new = NewWebhook(url=poster().checked(url), salt=secrets.token_bytes(SALT))
        self._set_up()
        return add_webhook(self.store, self.workspace_id, new, key, by=self.by, at=self.clock())

    @needs(Right.MANAGE)
    def remove_webhook(self, webhook_id: int) -> Webhook:
        """Forget a webhook and what waits for it; what it was. Raises ``NotFound`` ``unknown-webhook``."""
        self.store.check_schema()
        return remove_webhook(self.store, self.workspace_id, webhook_id, by=self.by, at=self.clock())

    @needs(Right.MANAGE)
    def try_webhook(self, webhook_id: int) -> Posting:
        """Send a signed test to a webhook, now and once; the receiver's answer.

        Raises ``NotFound`` ``unknown-webhook``; ``Unreadable`` ``webhook-not-accepted`` where no answer of 2xx came;
        ``InvalidInput`` ``no-secret-key``, ``bad-setting``, ``secret-key-changed``.
        """
        postman = self._postman()
        with self._reading() as unit:
            found = webhook_numbered(unit, webhook_id)
        secret_of(found, self.workspace_id, postman.key)
        log_try(self.store, self.workspace_id, found, by=self.by, at=self.clock())
        outcome = post_test(postman, found, secrets.token_hex(8))
        if not outcome.arrived:
            raise Unreadable(
                "webhook-not-accepted",
                f"Webhook {webhook_id} did not take the test. {outcome.went_wrong}",
                hint="A receiver answers with 2xx once it has checked the signature.",
                details={"webhook_id": webhook_id, "status": outcome.status},
            )
        return outcome

    @needs(Right.MANAGE)
    def deliver_webhooks(self, *, progress: Progress | None = None) -> list[Posted]:
        """Tell each webhook now of every run that waits for it, oldest first; what came of it, webhook by webhook.

        A server does so by itself. What failed before is tried again, however short a while ago. A webhook whose secret was
        made with another key is told nothing, and its ``error`` says so. Raises ``InvalidInput`` ``no-secret-key``,
        ``bad-setting``; ``Busy``.
        """
        heard, postman = progress or Silence(), self._postman()
        heard.phase("delivering", sum(each.waiting for each in self.webhooks() if each.is_active))
        return post_waiting(replace(postman, heard=heard.advance), only_due=False, at_once=_ALL)

    @needs(Right.MANAGE)
    def change_webhook(
        self, webhook_id: int, *, url: str | None = None, new_secret: bool = False
    ) -> tuple[Webhook, str | None]:
        """Tell a webhook at another address, or give it another secret; the webhook, and the secret if it is new.

        What waits for it goes there, signed so, from now on. One that was stopped is told again at its new address. A new
        secret is shown this once, and the one before holds no longer. Raises ``NotFound`` ``unknown-webhook``;
        ``InvalidInput`` ``nothing-to-change`` and what :meth:`add_webhook` does.
        """
        salt = secrets.token_bytes(SALT) if new_secret else None
        change = WebhookChange(url=poster().checked(url) if url is not None else None, salt=salt)
        key = secret_key() if new_secret else b""
        self.store.check_schema()
        return change_webhook(
            self.store, self.workspace_id, webhook_id, change, key, by=self.by, at=self.clock()
        )

    def _postman(self) -> Postman:
        self.store.check_schema()
        return Postman(
            store=self.store,
            workspace_id=self.workspace_id,
            workspace=self.workspace,
            key=secret_key(),
            post=poster(),
            clock=self.clock,
        )
