"""REL-4, REL-6: who ask one server at once are answered as if they had come one after the other, or told so."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.chance import SOAK, times
from tests.reliability.database import ask
from tests.reliability.server import (
    Server,
    confirmed,
    content,
    ended,
    previewed,
    served,
    uploaded,
    with_operator,
)
from tests.reliability.stock import FIRST

#: The largest that is applied while others preview.
ROWS = 100_000 if SOAK > 1 else 20_000
#: What a lock is waited for at most, in seconds.
LOCK = 30


@pytest.fixture
def server(ready_database_url: str, tmp_path: Path) -> Iterator[Server]:
    """``stocktake serve``; no fault of ours may be in its log at the end."""
    with served(ready_database_url, with_operator(ready_database_url), tmp_path / "server.log") as opened:
        yield opened
        assert opened.faults() == []


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(act, range(count)))


@pytest.mark.chance
def test_two_who_confirm_one_plan_at_once(server: Server, ready_database_url: str):
    """REL-6, PLN-9: one applies, the other is told so; five times over, and many times as often in a soak."""
    rounds, codes = times(5), Counter[str]()
    with server.client() as client:
        for turn in range(rounds):
            place = uploaded(client, {**FIRST, "C1": (f"turn {turn}", "1")})
            plan_id = previewed(client, place)

            def confirm(_: int, place: str = place, plan_id: str = plan_id) -> httpx2.Response:
                with server.client() as other:
                    return confirmed(other, place, plan_id)

            one, other = sorted(at_once(2, confirm), key=lambda answer: answer.status_code)
            assert one.status_code == 200, one.text
            assert one.json()["status"] == "applied"
            assert other.status_code in (409, 412), other.text
            codes[other.json()["code"]] += 1
    print(codes)
    assert set(codes) <= {"plan-used", "busy", "plan-outdated", "job-waiting"}
    applied = "SELECT count(*), count(DISTINCT plan_id) FROM st_import_run WHERE status = 'applied'"
    assert ask(ready_database_url, applied) == [(rounds, rounds)]


def test_twenty_preview_while_one_applies(server: Server):
    """REL-6, PLN-5: nobody meets an error, and nobody waits longer than for a lock."""
    users = 20
    rows = {f"R{number:06}": ("many", "1") for number in range(ROWS)}
    with server.client() as client:
        large = uploaded(client, rows)
        plan_id = previewed(client, large)
        places = [uploaded(client, {f"U{each}": ("one", "1")}, "BETA") for each in range(users)]
        assert confirmed(client, large, plan_id, wait=0).status_code == 202

        def preview(user: int) -> tuple[float, httpx2.Response]:
            with server.client() as own:
                start = time.monotonic()
                answer = own.post(f"{places[user]}/preview?wait=60", json={"strategy": "merge"})
                return time.monotonic() - start, answer

        start = time.monotonic()
        with ThreadPoolExecutor(users + 1) as pool:
            asked = [pool.submit(preview, user) for user in range(users)]
            assert ended(client, large)["status"] == "applied"
            applying = time.monotonic() - start
            told = [each.result() for each in asked]
    waited = sorted(seconds for seconds, _ in told)
    print(
        f"applied in {applying:.1f} s; previews waited {waited[0]:.2f} to {waited[-1]:.2f} s, median {waited[10]:.2f} s"
    )
    assert {answer.status_code for _, answer in told} == {200}, {
        answer.text for _, answer in told if answer.status_code != 200
    }
    assert {answer.json()["counts"]["create"] for _, answer in told} == {1}
    assert waited[-1] < LOCK


@pytest.mark.chance
def test_fifty_duplicates_with_one_key_are_one_request(server: Server, ready_database_url: str):
    """REL-4: one run, and equal answers, for an upload and a confirmation; twenty times over in a soak."""
    rounds = min(times(1), 20)
    for turn in range(rounds):
        duplicated(server, turn)
    assert ask(ready_database_url, "SELECT count(*) FROM st_import_run") == [(rounds,)]
    with server.client() as client:
        form = {"file": ("other.csv", b"a,b\n1,2\n")}
        other = client.post("/imports", files=form, headers={"Idempotency-Key": "upload-0"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


def duplicated(server: Server, turn: int) -> None:
    """An import, each of whose requests is sent by fifty at once."""
    form = {"file": ("things.csv", content({**FIRST, "C1": (f"turn {turn}", "1")}))}
    key = {"Idempotency-Key": f"upload-{turn}"}
    sent = at_once(50, lambda _: answered(server, "/imports", files=form, headers=key))
    assert {(each.status_code, each.text) for each in sent} == {(201, sent[0].text)}
    place = f"/imports/{sent[0].json()['import']['import_id']}"
    with server.client() as client:
        client.put(f"{place}/mapping", json={"record_type": "thing", "source": "ALPHA"})
        told = {"plan_id": previewed(client, place)}
    key = {"Idempotency-Key": f"confirm-{turn}"}
    sent = at_once(50, lambda _: answered(server, f"{place}/confirm?wait=60", json=told, headers=key))
    assert {(each.status_code, each.text) for each in sent} == {(200, sent[0].text)}
    assert sum("idempotency-replayed" not in each.headers for each in sent) == 1


def answered(server: Server, path: str, **request: Any) -> httpx2.Response:
    """Sent again as long as the first is being answered, as the refusal says."""
    with server.client() as client:
        for _ in range(600):
            answer = client.post(path, **request)
            if answer.status_code != 409:
                return answer
            assert answer.json()["code"] == "request-in-flight", answer.text
            time.sleep(0.1)
    raise AssertionError("it was in flight for a minute")


def test_many_keys_at_once_do_not_wait_for_each_other_for_ever(server: Server):
    """REL-6: a request with a key that waits for long work takes no place that it waits for itself."""
    with server.client() as client:
        place = uploaded(client, FIRST)
        previewed(client, place)

    def asked(number: int) -> int:
        with server.client() as own:
            headers = {"Idempotency-Key": f"preview-{number}"}
            return own.post(f"{place}/preview?wait=5", json={}, headers=headers).status_code

    statuses = Counter(at_once(150, asked))
    print(statuses)
    assert set(statuses) <= {200, 202, 409}
    with server.client() as client:
        assert client.get(place).status_code == 200
