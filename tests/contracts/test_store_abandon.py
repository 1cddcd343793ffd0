"""What every store promises of a transaction that an interrupt left open (REL-3, APP-4)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from stocktake.model.errors import Unreadable
from stocktake.stores.store import open_store

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


def test_an_abandoned_transaction_holds_no_lock_and_never_commits(ready_database_url, monkeypatch):
    """REL-3: Ctrl-C struck between the end of its block and its rollback; the run must be closed without waiting for it."""
    monkeypatch.setattr("stocktake.stores.sqlite.BUSY_TIMEOUT", 100)
    store = open_store(ready_database_url)
    with store.writing(1) as unit:
        unit.ensure_target("thing")
    left = store.writing(1)
    unit = left.__enter__()
    unit.lock_target("thing")
    unit.raise_target("thing")

    store.abandon()

    with store.writing(1) as other:
        other.lock_target("thing")
        assert other.target_version("thing") == 0
    with pytest.raises(Unreadable, match="Nothing was written"):
        left.__exit__(None, None, None)
    with store.reading(1) as later:
        assert later.target_version("thing") == 0
    store.close()


def test_with_nothing_open_there_is_nothing_to_abandon(ready_database_url):
    store = open_store(ready_database_url)
    store.abandon()
    with store.writing(1) as unit:
        assert unit.reserve("run", 1) == 1
    store.abandon()
    with store.reading(1) as unit:
        assert unit.last_run() == 0
    store.close()
