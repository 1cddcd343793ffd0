"""Webhooks: who is told of finished runs, signed, after the commit, at least once (APP-7, SEC-6, SEC-7)."""

from __future__ import annotations

import json
import logging
import socket
import time
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import stocktake as st
from stocktake.book import courier, open_installation
from stocktake.book.courier import Courier
from stocktake.book.working import Worker
from stocktake.model.errors import InvalidInput, NotFound, Unreadable
from stocktake.model.person import owner
from stocktake.readers.posting import Poster
from stocktake.readers.uploads import UploadDirectory
from tests.receiver import KEY, Receiver, receiver
from tests.stories.desk import Desk, fleet

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOCKTAKE_SECRET_KEY", KEY)
    monkeypatch.setenv("STOCKTAKE_WEBHOOK_HOSTS", "127.0.0.1, elsewhere.example")


@pytest.fixture
def other() -> Iterator[Receiver]:
    """Whoever wants to be told."""
    with receiver() as listening:
        yield listening


def only(desk: Desk) -> Any:
    (found,) = desk.book.webhooks()
    return found


def round_of(desk: Desk) -> int:
    """What a server's courier does."""
    return Courier(desk.book.store, lambda: desk.now).go_round()


# ---------------------------------------------------------------- what is told


def test_a_run_is_told_signed_as_a_cloud_event(desk: Desk, other: Receiver):
    """APP-7: the signature holds by a computation of the test's own, and for nothing but these bytes."""
    desk.load("NINJAONE", fleet(2))
    hook, secret = desk.book.add_webhook(f"{other.url}/hooks?for=stock")
    assert (only(desk).waiting, only(desk).is_active, only(desk).delivered_at) == (0, True, None)
    run = desk.load("NINJAONE", fleet(3))
    (posted,) = desk.book.deliver_webhooks()

    assert (posted.webhook_id, posted.delivered, posted.failed, posted.waiting) == (hook.webhook_id, 1, 0, 0)
    (got,) = other.got
    assert got.path == "/hooks?for=stock"
    assert got.is_signed_with(secret)
    assert not replace(got, body=got.body + b" ").is_signed_with(secret)
    assert got.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert got.headers["webhook-timestamp"] == str(int(desk.now.timestamp()))
    assert got.headers["webhook-id"] == got.event["id"]
    assert {key: value for key, value in got.event.items() if key not in ("id", "data")} == {
        "specversion": "1.0",
        "source": "/api/v1/workspaces/default",
        "type": "stocktake.run.finished",
        "subject": f"runs/{run.run_id}",
        "time": desk.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "datacontenttype": "application/json",
    }
    data = got.event["data"]
    assert (data["run_id"], data["kind"], data["status"]) == (run.run_id, "import", "applied")
    assert (data["source"], data["record_type"]) == ("NINJAONE", "device")
    assert (data["counts"]["create"], data["counts"]["unchanged"]) == (1, 2)
    assert data["link"] == f"/api/v1/workspaces/default/runs/{run.run_id}"
    assert len(b64decode(secret.removeprefix("whsec_"))) == 32


def test_each_webhook_hears_of_every_kind_of_run_once_and_none_of_what_was_refused(
    desk: Desk, other: Receiver
):
    """APP-7, APP-10"""
    (_, first), (_, second) = (desk.book.add_webhook(f"{other.url}/{each}") for each in "ab")
    desk.declare("NINJAONE")
    desk.load("NINJAONE", fleet(10))
    with pytest.raises(st.GuardRefused):
        desk.load("NINJAONE", fleet(2))
    desk.book.edit_record("device", 1, {"model": "B"})
    desk.book.rollback(desk.book.runs()[0][0].run_id)
    desk.later()
    desk.book.prune_raw_rows("1m")
    desk.book.deliver_webhooks()

    for path, secret in (("/a", first), ("/b", second)):
        mine = [each for each in other.got if each.path == path]
        assert [each.event["data"]["kind"] for each in mine] == ["import", "edit", "rollback", "prune"]
        assert all(each.is_signed_with(secret) for each in mine)
    assert first != second
    assert len({each.event["id"] for each in other.got}) == 8
    assert desk.book.deliver_webhooks() == []


def test_what_is_told_does_not_change_when_the_run_does(desk: Desk, other: Receiver):
    """APP-7: told again after a rollback, the same bytes under the same id."""
    desk.book.add_webhook(other.url)
    other.answers = [500]
    run = desk.load("NINJAONE", fleet(2))
    desk.book.deliver_webhooks()
    run.rollback()
    desk.book.deliver_webhooks()

    first, again, undone = other.got
    assert (first.body, first.headers["webhook-id"]) == (again.body, again.headers["webhook-id"])
    assert undone.event["data"]["undoes_run"] == run.run_id


# ---------------------------------------------------------------- when it fails


def test_what_failed_is_tried_again_after_a_pause(desk: Desk, other: Receiver):
    """APP-7: twice 503, then accepted; the round in between asks nobody."""
    desk.book.add_webhook(other.url)
    other.answers = [503, 503]
    desk.load("NINJAONE", fleet(1))
    assert round_of(desk) == 0
    assert only(desk).error == "The receiver answered 503: not now."
    assert round_of(desk) == 0
    assert len(other.got) == 1
    desk.later(MINUTE)
    assert round_of(desk) == 0
    desk.later(MINUTE)
    assert round_of(desk) == 0
    assert len(other.got) == 2
    desk.later(MINUTE)
    assert round_of(desk) == 1

    hook = only(desk)
    assert (hook.waiting, hook.given_up, hook.error, hook.delivered_at) == (0, 0, None, desk.now)
    assert len({each.headers["webhook-id"] for each in other.got}) == 1


def test_a_failing_receiver_holds_up_no_other(desk: Desk, other: Receiver):
    """APP-7: and is left alone after three failures in a row."""
    desk.book.add_webhook(f"{other.url}/a")
    for number in range(1, 6):
        desk.load("NINJAONE", fleet(number))
    other.then = 500
    with receiver() as well:
        desk.book.add_webhook(well.url)
        desk.load("NINJAONE", fleet(6))
        assert round_of(desk) == 1

        assert len(other.got) == 3
        assert [each.event["data"]["run_id"] for each in well.got] == [6]


def test_it_is_given_up_after_five_days_and_the_list_says_so(desk: Desk, other: Receiver):
    """APP-7"""
    desk.book.add_webhook(other.url)
    other.then = 500
    desk.load("NINJAONE", fleet(1))
    started = desk.now
    while not only(desk).given_up:
        round_of(desk)
        desk.later(timedelta(hours=1))
        assert desk.now - started < timedelta(days=6)
    assert desk.now - started > timedelta(days=4.5)
    tried = len(other.got)
    other.then = 204
    desk.load("NINJAONE", fleet(2))
    assert round_of(desk) == 1

    hook = only(desk)
    assert (hook.is_active, hook.waiting, hook.given_up) == (True, 0, 1)
    assert len(other.got) == tried + 1
    assert 20 < tried < 40


def test_a_receiver_that_is_gone_is_told_nothing_more(desk: Desk, other: Receiver):
    """APP-7, SEC-8: 410 stops the webhook; the audit says so."""
    hook, _ = desk.book.add_webhook(other.url)
    desk.load("NINJAONE", fleet(1))
    desk.load("NINJAONE", fleet(2))
    other.answers = [410]
    round_of(desk)
    desk.load("NINJAONE", fleet(3))
    desk.later()
    round_of(desk)

    assert len(other.got) == 1
    stopped = only(desk)
    assert (stopped.is_active, stopped.waiting, stopped.given_up) == (False, 0, 2)
    assert stopped.stopped_because == "its receiver answered 410: it wants no more."
    entries, _ = desk.book.activity(act="stop-webhook")
    assert [each.sentence for each in entries] == [
        f"The webhook {hook.webhook_id} at 127.0.0.1 was stopped: its receiver answered 410: it wants no more."
    ]


def test_a_redirect_is_not_followed(desk: Desk, other: Receiver):
    """SEC-6"""
    hook, _ = desk.book.add_webhook(other.url)
    other.answers = [other.elsewhere]
    with pytest.raises(Unreadable) as refused:
        desk.book.try_webhook(hook.webhook_id)

    assert refused.value.code == "webhook-not-accepted"
    assert "answered 307 and sends elsewhere; that is not followed" in refused.value.message
    assert [each.path for each in other.got] == ["/"]


def test_of_an_answer_that_does_not_end_a_few_words_are_kept(desk: Desk, other: Receiver):
    """SEC-7: and nothing that a terminal would obey."""
    hook, _ = desk.book.add_webhook(other.url)
    other.answers = [other.endless]
    with pytest.raises(Unreadable) as refused:
        desk.book.try_webhook(hook.webhook_id)

    assert "The receiver answered 500: <b>wrong" in refused.value.message
    assert len(refused.value.message) < 500
    assert refused.value.message.isprintable()


def test_a_delivery_whose_note_was_lost_is_made_again(
    desk: Desk, other: Receiver, monkeypatch: pytest.MonkeyPatch
):
    """APP-7: a process that dies between the answer and its note; the id tells the receiver that it is the same."""
    desk.book.add_webhook(other.url)
    desk.load("NINJAONE", fleet(1))

    class Died(BaseException):
        pass

    class Dying(Poster):
        def __call__(self, *told: Any) -> Any:
            super().__call__(*told)
            raise Died

    with monkeypatch.context() as patch:
        patch.setattr(courier, "poster", lambda: Dying(hosts=frozenset({"127.0.0.1"})))
        with pytest.raises(Died):
            round_of(desk)
    assert only(desk).waiting == 1
    assert round_of(desk) == 0
    desk.later(MINUTE)
    assert round_of(desk) == 1
    assert len({each.headers["webhook-id"] for each in other.got}) == 1
    assert len(other.got) == 2


def test_nothing_is_told_of_a_run_that_is_not_committed(desk: Desk, other: Receiver):
    """APP-7"""
    desk.book.add_webhook(other.url)
    desk.load("NINJAONE", fleet(1))
    count = "SELECT count(*) AS n FROM st_outbox WHERE topic = 'webhook:1'"
    assert desk.rows(count)[0]["n"] == 1
    plan = desk.plan("NINJAONE", fleet(3))
    desk.load("NINJAONE", fleet(3, model="B"))
    with pytest.raises(st.StalePlan):
        plan.apply()
    assert desk.rows(count)[0]["n"] == 2


# ---------------------------------------------------------------- by the server


def test_a_worker_tells_webhooks_beside_its_jobs(desk: Desk, other: Receiver, tmp_path: Path):
    """APP-7"""
    desk.book.add_webhook(other.url)
    store, files = desk.book.store, UploadDirectory(tmp_path / "uploads", limit=10_000)
    with Worker(store, lambda name, principal: desk.book, files, clock=lambda: desk.now, threads=1):
        desk.load("NINJAONE", fleet(2))
        until = time.monotonic() + 20
        while only(desk).waiting and time.monotonic() < until:
            time.sleep(0.05)
    assert len(other.got) == 1


def test_a_server_that_stops_begins_no_further_message(desk: Desk, other: Receiver):
    """APP-7: what was begun is told, the rest waits for the next server."""
    desk.book.add_webhook(other.url)
    for number in (1, 2, 3):
        desk.load("NINJAONE", fleet(number))
    assert Courier(desk.book.store, lambda: desk.now, lambda: len(other.got) == 2).go_round() == 2
    assert only(desk).waiting == 1


def test_a_server_without_its_key_says_so_once_and_counts_no_attempt(
    desk: Desk, other: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """SEC-7"""
    desk.book.add_webhook(other.url)
    desk.load("NINJAONE", fleet(1))
    monkeypatch.delenv("STOCKTAKE_SECRET_KEY")
    going = Courier(desk.book.store, lambda: desk.now)
    with caplog.at_level(logging.ERROR, logger="stocktake"):
        assert (going.go_round(), going.go_round()) == (0, 0)
    assert [each.getMessage().split(":")[0] for each in caplog.records] == [
        "webhooks of default are not told"
    ]
    monkeypatch.setenv("STOCKTAKE_SECRET_KEY", KEY)
    assert going.go_round() == 1


# ---------------------------------------------------------------- keeping them


def test_a_webhook_that_is_changed_is_told_at_its_new_address_with_its_new_secret(
    desk: Desk, other: Receiver
):
    """APP-7, SEC-7, SEC-8: what waits goes there too; one that was stopped is told again; the audit names hosts alone."""
    hook, secret = desk.book.add_webhook(f"{other.url}/old")
    other.answers = [410]
    desk.load("NINJAONE", fleet(1))
    desk.book.deliver_webhooks()
    assert not only(desk).is_active
    moved, none = desk.book.change_webhook(hook.webhook_id, url=f"{other.url}/new?key=hidden")
    assert (moved.is_active, moved.stopped_because, none) == (True, None, None)
    desk.load("NINJAONE", fleet(2))
    _, renewed = desk.book.change_webhook(hook.webhook_id, new_secret=True)
    assert renewed is not None
    assert renewed != secret
    desk.book.deliver_webhooks()
    told = other.got[-1]
    assert (told.path, told.is_signed_with(renewed), told.is_signed_with(secret)) == (
        "/new?key=hidden",
        True,
        False,
    )
    second, _ = desk.book.add_webhook(f"{other.url}/second")
    with pytest.raises(st.InvalidInput) as taken:
        desk.book.change_webhook(second.webhook_id, url=f"{other.url}/new?key=hidden")
    assert taken.value.code == "webhook-exists"
    with pytest.raises(st.InvalidInput) as same:
        desk.book.change_webhook(second.webhook_id, url=f"{other.url}/second")
    assert same.value.code == "nothing-to-change"
    said = desk.rows("SELECT sentence FROM st_activity_log WHERE act = 'change-webhook' ORDER BY at, entry")
    assert [each["sentence"] for each in said] == [
        "ana changed the webhook 1 at 127.0.0.1: it is told at 127.0.0.1, is active again.",
        "ana changed the webhook 1 at 127.0.0.1: it has another secret.",
    ]


def test_the_secret_is_shown_once_and_kept_nowhere(
    desk: Desk, other: Receiver, caplog: pytest.LogCaptureFixture
):
    """SEC-7: not in the database, its text or its bytes; not in the log, nor in what lists and the audit tell."""
    with caplog.at_level(logging.DEBUG):
        hook, secret = desk.book.add_webhook(other.url)
        other.answers = [500]
        desk.load("NINJAONE", fleet(1))
        desk.book.deliver_webhooks()
        desk.book.try_webhook(hook.webhook_id)
    bare = secret.removeprefix("whsec_")
    raw = b64decode(bare)
    told = [repr(hook), repr(desk.book.webhooks()), repr(desk.book.activity()), caplog.text]
    names = desk.rows(
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
        if desk.is_postgres
        else "SELECT name FROM sqlite_schema WHERE type = 'table'"
    )
    for each in names:
        for row in desk.rows(f'SELECT * FROM "{each["name"]}"'):
            told.append(repr(row))
            assert not any(
                raw in bytes(value) for value in row.values() if isinstance(value, bytes | memoryview)
            )
    for text in told:
        assert bare not in text
        assert raw.hex() not in text
        assert KEY not in text
        assert hook.salt.hex() not in text


@pytest.mark.parametrize(("key", "code"), [(None, "no-secret-key"), ("k" * 31, "bad-setting")])
def test_without_a_key_of_the_server_nothing_is_added(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, key: str | None, code: str
):
    """SEC-7"""
    desk.book.set_up()
    monkeypatch.delenv("STOCKTAKE_SECRET_KEY")
    if key is not None:
        monkeypatch.setenv("STOCKTAKE_SECRET_KEY", key)
    with pytest.raises(InvalidInput) as refused:
        desk.book.add_webhook("https://example.com/")
    assert refused.value.code == code
    assert key is None or key not in refused.value.message + refused.value.hint
    assert desk.book.webhooks() == []


def test_another_key_is_noticed_before_anything_is_sent(
    desk: Desk, other: Receiver, monkeypatch: pytest.MonkeyPatch
):
    """SEC-7"""
    hook, _ = desk.book.add_webhook(other.url)
    desk.load("NINJAONE", fleet(1))
    monkeypatch.setenv("STOCKTAKE_SECRET_KEY", KEY[::-1])
    with pytest.raises(InvalidInput) as refused:
        desk.book.try_webhook(hook.webhook_id)
    assert refused.value.code == "secret-key-changed"
    _, secret = desk.book.add_webhook(f"{other.url}/new")
    desk.load("NINJAONE", fleet(2))
    old, well = desk.book.deliver_webhooks()
    assert (old.failed, old.waiting, well.delivered) == (0, 2, 1)
    assert str(old.error).startswith(
        "STOCKTAKE_SECRET_KEY is not the one that the secret of webhook 1 was made with."
    )
    assert [each.path for each in other.got] == ["/new"]
    assert other.got[0].is_signed_with(secret)


def test_a_webhook_is_added_tried_and_removed_and_the_audit_says_who(desk: Desk, other: Receiver):
    """SEC-8: of the URL the host alone, since the rest may be a secret."""
    hook, secret = desk.book.add_webhook(f"{other.url}/T0/SECRET-PATH")
    assert desk.book.try_webhook(hook.webhook_id).status == 204
    (got,) = other.got
    assert got.is_signed_with(secret)
    assert (got.event["type"], got.event["data"]["webhook_id"]) == ("stocktake.webhook.test", 1)
    desk.load("NINJAONE", fleet(1))
    assert desk.book.remove_webhook(hook.webhook_id).waiting == 1
    assert desk.book.webhooks() == []
    assert desk.rows("SELECT * FROM st_outbox WHERE topic = 'webhook:1'") == []
    again, _ = desk.book.add_webhook(f"{other.url}/T0/SECRET-PATH")
    assert again.webhook_id == 2
    entries = [
        each for act in ("add", "try", "remove") for each in desk.book.activity(act=f"{act}-webhook")[0]
    ]
    assert [each.sentence for each in entries] == [
        "ana added the webhook 2 at 127.0.0.1.",
        "ana added the webhook 1 at 127.0.0.1.",
        "ana sent a test to the webhook 1 at 127.0.0.1.",
        "ana removed the webhook 1 at 127.0.0.1.",
    ]
    assert "SECRET-PATH" not in repr(entries)


def test_the_same_url_twice_and_too_many_are_refused(desk: Desk):
    for number in range(20):
        url = f"https://elsewhere.example/{number}"
        desk.book.add_webhook(url)
    for url, code in (
        ("https://elsewhere.example/3", "webhook-exists"),
        ("https://elsewhere.example/x", "too-many-webhooks"),
    ):
        with pytest.raises(InvalidInput) as refused:
            desk.book.add_webhook(url)
        assert refused.value.code == code
    assert len(desk.book.webhooks()) == 20


def test_a_webhook_of_another_workspace_is_not_there_and_hears_nothing(
    ready_database_url: str, other: Receiver, tmp_path: Path
):
    """SEC-2: not found, as one that never was; each is told of its own workspace alone."""
    with open_installation(ready_database_url) as opened:
        root = owner("root")
        opened.people(root).add_workspace("south")
        north, south = opened.book("default", root), opened.book("south", root)
        north.add_webhook(f"{other.url}/north")
        north.add_webhook(f"{other.url}/north-2")
        south.add_webhook(f"{other.url}/south")
        for act in (south.remove_webhook, south.try_webhook):
            with pytest.raises(NotFound) as refused:
                act(2)
            assert refused.value.code == "unknown-webhook"
        assert [each.url for each in south.webhooks()] == [f"{other.url}/south"]
        file = tmp_path / "devices.csv"
        file.write_text("Serial Number\nS1\n", encoding="utf-8")
        south.plan(file, record_type="device", source="NINJAONE").apply()
        assert Courier(opened.store, opened.clock).go_round() == 1
    (got,) = other.got
    assert (got.path, got.event["data"]["workspace"]) == ("/south", "south")
    assert json.loads(got.body)["source"] == "/api/v1/workspaces/south"


def test_a_receiver_that_is_not_there_is_told_so(desk: Desk):
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    hook, _ = desk.book.add_webhook(f"http://127.0.0.1:{port}/")
    with pytest.raises(Unreadable, match="cannot be reached") as refused:
        desk.book.try_webhook(hook.webhook_id)
    assert refused.value.details["status"] is None
