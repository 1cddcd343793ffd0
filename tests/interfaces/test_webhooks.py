"""``webhook``: added, tried, told and removed from the command line (APP-7, SEC-7)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.interfaces.conftest import Command
from tests.receiver import KEY, Receiver, receiver


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("STOCKTAKE_SECRET_KEY", KEY)
    monkeypatch.setenv("STOCKTAKE_WEBHOOK_HOSTS", "127.0.0.1")
    with receiver() as listening:
        yield listening


def test_a_run_is_told_and_what_failed_is_tried_again(stocktake: Command, samples, other: Receiver):
    """APP-7: exit code 3 as long as something could not be delivered."""
    said = stocktake(f"webhook add {other.url}/hook")
    assert said.code == 0
    secret = said.out.strip()
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    assert "stocktake webhook try 1" in said.err
    assert stocktake("webhook try 1").out == "Webhook 1 took the test: it answered 204.\n"
    assert stocktake("webhook try 1 --json").document == {"webhook_id": 1, "status": 204}
    assert stocktake("import ninjaone-1.csv --type device --source NINJAONE --yes -q").code == 0
    other.answers = [500]
    failed = stocktake("webhook deliver")
    assert failed.code == 3
    assert failed.out == (
        "Webhook 1 was told of 0 runs.\n  1 attempt failed, 1 run still to tell. The receiver answered 500: not now.\n"
    )
    (shown,) = stocktake("webhook list --json").document["items"]
    assert (shown["waiting"], shown["error"]) == (1, "The receiver answered 500: not now.")
    assert "secret" not in shown
    told = stocktake("webhook deliver --json")
    assert told.code == 0
    assert told.document == {
        "items": [
            {"webhook_id": 1, "delivered": 1, "failed": 0, "given_up": 0, "waiting": 0, "error": None},
        ],
        "total": 1,
    }
    assert other.got[-1].is_signed_with(secret)
    assert stocktake("webhook deliver").out == "Nothing waits for any webhook.\n"
    assert stocktake("webhook remove 1").out == "Webhook 1 is removed.\n"
    assert stocktake("webhook list").out.startswith("There are no webhooks.")


def test_a_webhook_gets_another_address_and_another_secret(stocktake: Command, other: Receiver):
    """APP-7, SEC-7: the secret alone stands on standard output, as when it is added."""
    secret = stocktake(f"webhook add {other.url}/old").out
    moved = stocktake(f"webhook change 1 --url {other.url}/new")
    assert (moved.code, moved.out) == (0, "")
    assert "is told at its new address" in moved.err
    renewed = stocktake("webhook change 1 --new-secret")
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=\n", renewed.out)
    assert renewed.out != secret
    assert "the one before holds no longer" in renewed.err
    stocktake("webhook try 1")
    assert other.got[-1].path == "/new"
    assert other.got[-1].is_signed_with(renewed.out.strip())
    shown = stocktake(f"webhook change 1 --url {other.url}/third --json").document
    assert (shown["url"], "secret" in shown) == (f"{other.url}/third", False)
    for words, reason in (
        ("webhook change 1", "nothing-to-change"),
        ("webhook change 1 --url http://example.com/", "invalid-url"),
    ):
        said = stocktake(f"{words} --json")
        assert (said.code, said.document["error"]["code"]) == (1, reason)
    assert stocktake("webhook change 7 --new-secret").code == 2


def test_what_is_refused_has_its_exit_code(
    stocktake: Command, other: Receiver, monkeypatch: pytest.MonkeyPatch
):
    """SEC-6, SEC-7"""
    assert stocktake(f"webhook add --json {other.url}").document["secret"].startswith("whsec_")
    for words, code, reason in (
        ("webhook add http://example.com/", 1, "invalid-url"),
        ("webhook add https://localhost/", 1, "address-not-allowed"),
        ("webhook remove 7", 2, "unknown-webhook"),
        ("webhook try 7", 2, "unknown-webhook"),
    ):
        said = stocktake(f"{words} --json")
        assert (said.code, said.document["error"]["code"]) == (code, reason)
    other.then = 500
    assert stocktake("webhook try 1").code == 3
    monkeypatch.delenv("STOCKTAKE_SECRET_KEY")
    said = stocktake("webhook try 1")
    assert (said.code, "[no-secret-key]" in said.err) == (1, True)
