"""Posting: each webhook is told of each run, after its commit, at least once, signed, and with pauses after what failed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from stocktake.access.signature import message_id, signed_headers
from stocktake.flows.delivering import claimed, pause
from stocktake.flows.persisting import persist
from stocktake.flows.webhooks import secret_of, stop_webhook
from stocktake.model.errors import InvalidInput
from stocktake.model.webhook import Posted, Posting, Webhook
from stocktake.ports.outbox import Waiting
from stocktake.ports.store import Store
from stocktake.reporting.event import CONTENT_TYPE, finished_event, trial_event

_log = logging.getLogger("stocktake.flows")

#: What has failed for so long, and so often, is given up.
GIVEN_UP, TRIES = timedelta(days=5), 10
#: After so many failures in a row a receiver is left alone until the next time: others wait too.
IN_A_ROW = 3
#: Why a webhook was stopped.
GONE = "its receiver answered 410: it wants no more."
#: So many runs are told of at a time.
AT_ONCE = 100

#: ``(url, body, headers)`` → what came of it; never raises.
Post = Callable[[str, bytes, Mapping[str, str]], Posting]


@dataclass(frozen=True, slots=True, kw_only=True)
class Postman:
    """What delivering needs: the workspace by number and name, the server's key, how to post, and the clock.

    ``is_ending``: whether no further message is to be begun, since the process stops. ``heard`` is told of each message once
    what came of it is noted, and may end the delivery by what it raises.
    """

    store: Store
    workspace_id: int
    workspace: str
    key: bytes
    post: Post
    clock: Callable[[], datetime]
    is_ending: Callable[[], bool] = lambda: False
    heard: Callable[[int], None] = lambda messages: None


def post_waiting(postman: Postman, *, only_due: bool, at_once: int = AT_ONCE) -> list[Posted]:
    """Tell each active webhook of the runs that wait for it, oldest first; no transaction is open while one is posted.

    At least once: a process that dies between an answer and its note leaves the run to be told of again, with the same id.
    A webhook whose secret another key made is told nothing: its ``error`` says so, and nothing of it ``failed``.
    ``only_due``: pass over what failed a short while ago, and wait for no other writer. Raises ``Busy``.
    """
    with postman.store.reading(postman.workspace_id) as unit:
        due = unit.due_webhooks(due_at=postman.clock() if only_due else None)
    return [_post_to(postman, each, only_due=only_due, at_once=at_once) for each in due]


def post_test(postman: Postman, webhook: Webhook, chance: str) -> Posting:
    """Send a message that says nothing but that it arrives. ``chance``: makes it another message than the last one."""
    at = postman.clock()
    identity = message_id(webhook.salt, f"test {chance}")
    body = trial_event(identity, postman.workspace, webhook.webhook_id, at=at)
    return _sent(postman, webhook, identity, body)


def _post_to(postman: Postman, webhook: Webhook, *, only_due: bool, at_once: int) -> Posted:
    outcomes: list[Posting] = []
    given_up = last = 0
    unsigned = _unsigned(postman, webhook)
    while unsigned is None and len(outcomes) < at_once and _goes_on(outcomes):
        found = _next(postman, webhook, after=last, only_due=only_due)
        if found is None:
            break
        last = found.run_id
        outcomes.append(_told(postman, webhook, found))
        given_up += _noted(postman, webhook, found, outcomes[-1])
        postman.heard(1)
    if outcomes and outcomes[-1].is_gone:
        stop_webhook(postman.store, postman.workspace_id, webhook, GONE, at=postman.clock())
    with postman.store.reading(postman.workspace_id) as unit:
        waiting = unit.outcomes_waiting(webhook.topic)
    failed = [each for each in outcomes if not each.arrived]
    return Posted(
        webhook_id=webhook.webhook_id,
        delivered=len(outcomes) - len(failed),
        failed=len(failed),
        given_up=given_up,
        waiting=waiting,
        error=failed[-1].went_wrong if failed else unsigned,
    )


def _unsigned(postman: Postman, webhook: Webhook) -> str | None:
    """Why nothing can be signed for a webhook; None where it can."""
    try:
        secret_of(webhook, postman.workspace_id, postman.key)
    except InvalidInput as refused:
        return f"{refused.message} {refused.hint}"
    return None


def _goes_on(outcomes: list[Posting]) -> bool:
    """Whether to ask a receiver again: it has not failed several times in a row, nor said that it wants no more."""
    newest = outcomes[-IN_A_ROW:]
    failing = len(newest) == IN_A_ROW and not any(each.arrived for each in newest)
    return not failing and not any(each.is_gone for each in newest)


def _next(postman: Postman, webhook: Webhook, *, after: int, only_due: bool) -> Waiting | None:
    if postman.is_ending():
        return None
    at = postman.clock()
    return claimed(
        postman.store,
        postman.workspace_id,
        webhook.topic,
        after=after,
        due_at=at if only_due else None,
        at=at,
        waits=not only_due,
    )


def _told(postman: Postman, webhook: Webhook, waiting: Waiting) -> Posting:
    """One attempt to tell of one run."""
    with postman.store.reading(postman.workspace_id) as unit:
        (run,) = unit.runs(limit=1, run_id=waiting.run_id)
    identity = message_id(webhook.salt, f"run {run.run_id}")
    counts = waiting.content.get("counts", {})
    body = finished_event(identity, postman.workspace, run, counts, at=waiting.at)
    outcome = _sent(postman, webhook, identity, body)
    if not outcome.arrived:
        _log.warning(
            "run %s: webhook %s was not told (attempt %s): %s",
            run.run_id,
            webhook.webhook_id,
            waiting.attempts,
            outcome.went_wrong,
        )
    return outcome


def _sent(postman: Postman, webhook: Webhook, identity: str, body: bytes) -> Posting:
    secret = secret_of(webhook, postman.workspace_id, postman.key)
    timestamp = int(postman.clock().timestamp())
    headers = signed_headers(secret, identity, timestamp, body)
    return postman.post(webhook.url, body, {"Content-Type": CONTENT_TYPE, **headers})


def _noted(postman: Postman, webhook: Webhook, waiting: Waiting, outcome: Posting) -> bool:
    """Keep what came of an attempt; whether it was the last one. Whoever writes just now is waited for."""
    at = postman.clock()
    gives_up = (
        not outcome.arrived
        and waiting.attempts >= TRIES
        and at + pause(waiting.attempts) - waiting.at > GIVEN_UP
    )
    values = {
        "sent_at": at if outcome.arrived else None,
        "error": outcome.went_wrong,
        "given_up_at": at if gives_up else None,
    }
    persist(
        postman.store,
        postman.workspace_id,
        lambda unit: unit.change_outcome(waiting.run_id, webhook.topic, **values),
    )
    return gives_up
