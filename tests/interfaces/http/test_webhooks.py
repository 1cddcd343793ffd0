"""Webhooks over HTTP: what the command line keeps, an admin keeps by requests as well (APP-7, SEC-6, SEC-7)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stocktake.catalog.packs import pack_samples
from tests.interfaces.http.conftest import OWN, Served, Traveller
from tests.receiver import KEY, Receiver, receiver

FIRST = pack_samples("it_assets")["ninjaone-1.csv"].read_bytes()


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("STOCKTAKE_SECRET_KEY", KEY)
    monkeypatch.setenv("STOCKTAKE_WEBHOOK_HOSTS", "127.0.0.1")
    with receiver() as other:
        yield other


def test_an_address_is_added_tried_told_and_removed(listening: Receiver, served: Served, journey: Traveller):
    """APP-7, SEC-7: the secret is shown once, what is told is signed with it, and what failed is told at once on demand."""
    admin = served.as_("admin")
    made = admin.post(f"{OWN}/webhooks", json={"url": f"{listening.url}/hook"})
    assert (made.status_code, made.headers["location"]) == (201, f"{OWN}/webhooks/1")
    secret = made.json()["secret"]
    shown = admin.get(made.headers["location"])
    assert (shown.status_code, shown.json()["is_active"], "secret" in shown.json()) == (200, True, False)
    assert admin.post(f"{OWN}/webhooks/1/try", json={}).json() == {"webhook_id": 1, "status": 204}
    assert listening.got[-1].is_signed_with(secret)

    listening.answers = [500, 500]
    run_id = journey("operator").imported(FIRST)["run_id"]
    told = admin.post(f"{OWN}/webhooks/deliver", json={}, timeout=60)
    assert told.status_code == 200, told.text
    while admin.get(f"{OWN}/webhooks").json()["items"][0]["waiting"]:
        assert admin.post(f"{OWN}/webhooks/deliver", json={}).status_code in (200, 409)
    assert listening.got[-1].event["data"]["run_id"] == run_id

    gone = admin.delete(f"{OWN}/webhooks/1")
    assert (gone.status_code, gone.json()["webhook_id"]) == (200, 1)
    again = admin.delete(f"{OWN}/webhooks/1")
    assert (again.status_code, again.json()["code"]) == (404, "unknown-webhook")
    assert "GET …/webhooks" in again.json()["hint"]


def test_a_receiver_that_takes_no_test_is_told_of(listening: Receiver, served_sqlite: Served):
    """APP-7: it is no fault of the server."""
    admin = served_sqlite.as_("admin")
    admin.post(f"{OWN}/webhooks", json={"url": listening.url})
    listening.then = 500
    answer = admin.post(f"{OWN}/webhooks/1/try", json={})
    assert (answer.status_code, answer.json()["code"]) == (422, "webhook-not-accepted")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.com/", "invalid-url"),
        ("https://localhost/", "address-not-allowed"),
        ("https://169.254.169.254/latest", "address-not-allowed"),
        ("file:///etc/passwd", "invalid-url"),
    ],
)
def test_an_address_in_the_servers_own_network_is_refused(
    listening: Receiver, served_sqlite: Served, url: str, code: str
):
    """SEC-6: whoever may add webhooks does not look around with them."""
    answer = served_sqlite.as_("admin").post(f"{OWN}/webhooks", json={"url": url})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert listening.got == []


def test_no_secret_is_kept_with_an_idempotency_key(listening: Receiver, served_sqlite: Served):
    """SEC-7: a second request is refused as any is that adds the same address, and nobody reads the secret again."""
    admin, told = served_sqlite.as_("admin"), {"url": listening.url}
    headers = {"Idempotency-Key": "hook-1"}
    first, second = (admin.post(f"{OWN}/webhooks", json=told, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 422)
    assert second.json()["code"] == "webhook-exists"
    assert "`PATCH …/webhooks/1` with `new_secret`" in second.json()["hint"]
