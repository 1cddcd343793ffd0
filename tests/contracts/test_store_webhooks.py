"""What every store promises of webhooks and the messages that wait for them: of one workspace (SEC-2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from stocktake.model.errors import Busy
from stocktake.model.webhook import Webhook
from stocktake.stores.store import Store, open_store
from tests.reliability.database import is_sqlite, owner

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
MOMENT = "2026-03-01T09:00:00.000000Z"


@pytest.fixture
def store(ready_database_url: str) -> Iterator[Store]:
    """Webhooks 1 and 2 in workspace 1, the second stopped; webhook 1 in workspace 2."""
    opened = open_store(ready_database_url)
    opened.migrate(at=AT)
    with owner(ready_database_url) as connection:
        connection.execute(f"INSERT INTO st_workspace VALUES (2, 'other', 1, true, '{MOMENT}')")
    for workspace_id, count in ((1, 2), (2, 1)):
        with opened.writing(workspace_id) as unit:
            for number in range(1, count + 1):
                assert unit.next_webhook() == number
                unit.add_webhook(webhook(number, f"https://{workspace_id}.example/"))
    with opened.writing(1) as unit:
        unit.change_webhook(2, is_active=False, stopped_because="gone")
    yield opened
    opened.close()


def webhook(number: int, url: str) -> Webhook:
    return Webhook(
        webhook_id=number,
        url=url,
        salt=b"salt",
        check=b"check",
        is_active=True,
        created_at=AT,
        created_by="ana",
    )


def test_each_active_webhook_gets_a_message_of_its_own(store: Store):
    """APP-7"""
    with store.writing(1) as unit:
        unit.announce_to_webhooks(7, {"counts": {"create": 1}}, at=AT)
        found = unit.waiting_outcome("webhook:1", due_at=AT, after=0)
        assert found == (7, 0, AT, {"counts": {"create": 1}})
        assert unit.waiting_outcome("webhook:2", due_at=AT, after=0) is None
        first, second = unit.webhooks()
    assert (first.waiting, first.salt, first.check, first.created_at) == (1, b"salt", b"check", AT)
    assert (second.waiting, second.is_active, second.stopped_because) == (0, False, "gone")
    with store.reading(2) as unit:
        (theirs,) = unit.webhooks()
        assert (theirs.url, theirs.waiting) == ("https://2.example/", 0)
        assert unit.due_webhooks(due_at=None) == []


def test_what_is_due_given_up_or_delivered_is_told_apart(store: Store):
    """APP-7"""
    later = AT + timedelta(minutes=1)
    with store.writing(1) as unit:
        for run_id in (1, 2, 3):
            unit.announce_to_webhooks(run_id, {}, at=AT)
        unit.change_outcome(1, "webhook:1", sent_at=later)
        unit.change_outcome(2, "webhook:1", error="no", given_up_at=later)
        unit.change_outcome(3, "webhook:1", error="not yet", next_at=later)
        assert unit.due_webhooks(due_at=AT) == []
        assert [each.webhook_id for each in unit.due_webhooks(due_at=later)] == [1]
        first = unit.webhooks()[0]
        assert (first.waiting, first.given_up, first.delivered_at, first.error) == (1, 1, later, "not yet")
        unit.give_up_outcomes("webhook:1", at=later)
        assert unit.due_webhooks(due_at=None) == []
        unit.drop_webhook(1)
        unit.drop_outcomes("webhook:1")
        assert [each.webhook_id for each in unit.webhooks()] == [2]
        assert unit.next_webhook() == 3


def test_workspaces_with_active_webhooks_are_found_at_once(store: Store):
    assert store.hooked_workspaces() == {1: "default", 2: "other"}
    with store.writing(1) as unit:
        unit.change_webhook(1, is_active=False)
    assert store.hooked_workspaces() == {2: "other"}


def test_who_does_not_wait_is_told_at_once_that_another_writes(store: Store, ready_database_url: str):
    """APP-3: of an embedded database; on a server two write at the same time."""
    if not is_sqlite(ready_database_url):
        with store.writing(1), store.writing(1, waits=False) as unit:
            assert len(unit.webhooks()) == 2
        return
    other = open_store(ready_database_url)
    with store.writing(1), pytest.raises(Busy), other.writing(1, waits=False):
        pass
    other.close()
