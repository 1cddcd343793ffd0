"""REL-1c, REL-9: a process that is killed while it applies leaves the state before or after, and nobody has to clean up."""

from __future__ import annotations

import os
import random
import signal
import time
from http.server import BaseHTTPRequestHandler

import pytest

from tests.chance import times
from tests.receiver import KEY, receiver
from tests.reliability.child import Child
from tests.reliability.database import ask, fingerprint, is_sqlite
from tests.reliability.stock import FIRST, declare, imported, opened

ROWS = 20_000
#: No more than so many in a soak either: each leaves the next a longer history to look over.
KILLS = min(times(4), 45)


@pytest.mark.chance
def test_a_killed_apply_leaves_the_state_before_or_after(ready_database_url):
    """REL-1c, REL-9: an import that changes 20,000 records is killed at four instants; each next child imports unaided.

    A soak kills it many times as often, at other instants.
    """
    chance = random.Random(20260301)
    notes = ("one note", "another note")
    with opened(ready_database_url) as book:
        declare(book)
        imported(book, {f"C{number:05}": (notes[0], "1") for number in range(ROWS)}, "ALPHA")
        duration = measured(ready_database_url, notes[1])
    now, killed, waiting = 1, [], Child(ready_database_url, "ALPHA")
    for _ in range(KILLS):
        child, waiting = waiting, Child(ready_database_url, "ALPHA")
        state, known = fingerprint(ready_database_url), newest_run(ready_database_url)
        with child:
            child.say(command="large", rows=ROWS, note=notes[1 - now])
            assert child.hear("planned")["counts"]["update"] == ROWS
            child.say()
            time.sleep(chance.uniform(0, duration * 1.1))
            child.kill()
        settled(ready_database_url)
        if fingerprint(ready_database_url) != state:
            now = 1 - now
            assert_all_applied(ready_database_url, notes[now])
        else:
            killed += [
                row[0]
                for row in ask(ready_database_url, "SELECT run_id FROM st_import_run WHERE run_id > ?", known)
            ]
    with waiting:
        waiting.say(command="large", rows=ROWS, note=notes[1 - now])
        waiting.hear("planned")
        waiting.say()
        waiting.hear("applied")

    assert_all_applied(ready_database_url, notes[1 - now])
    statuses = dict(ask(ready_database_url, "SELECT run_id, status FROM st_import_run"))
    assert {statuses[run_id] for run_id in killed} == {"interrupted"}
    assert len(killed) >= max(1, KILLS // 4)


def measured(url: str, note: str) -> float:
    """How long an undisturbed apply takes."""
    with Child(url, "ALPHA") as child:
        child.say(command="large", rows=ROWS, note=note)
        child.hear("planned")
        start = time.monotonic()
        child.say()
        child.hear("applied")
        return time.monotonic() - start


def newest_run(url: str) -> int:
    return int(ask(url, "SELECT max(run_id) FROM st_import_run")[0][0])


def settled(url: str) -> None:
    """Wait until the killed client's server process has noticed."""
    if is_sqlite(url):
        return
    deadline = time.monotonic() + 15
    mine = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = 'stocktake' AND state <> 'idle'"
    )
    while ask(url, mine)[0][0]:
        assert time.monotonic() < deadline, "a killed client still holds its locks"
        time.sleep(0.02)


def assert_all_applied(url: str, note: str) -> None:
    """Every part of the newest applied run is there: records, links, changes, history, raw rows, freshness, outbox."""
    run_id = int(ask(url, "SELECT max(run_id) FROM st_import_run WHERE status = 'applied'")[0][0])
    counted = {
        "records": "SELECT count(*) FROM thing WHERE changed_run = ? AND note = ?",
        "links": "SELECT count(*) FROM st_source_link WHERE changed_run = ? AND last_run = changed_run",
        "changes": "SELECT count(*) FROM st_record_change WHERE run_id = ? AND after = ?",
        "history": "SELECT count(*) FROM st_field_history WHERE run_id = ? AND to_value = ?",
        "raw": "SELECT sum(rows) FROM st_raw_chunk WHERE run_id = ?",
    }
    values = (run_id, note)
    found = {name: ask(url, query, *values[: query.count("?")])[0][0] for name, query in counted.items()}
    assert found == dict.fromkeys(counted, ROWS)
    assert ask(url, "SELECT count(*) FROM st_outbox WHERE run_id = ?", run_id) == [(1,)]
    assert ask(url, "SELECT run_id FROM st_source_freshness WHERE source = 'ALPHA'") == [(run_id,)]


def test_a_process_that_dies_between_commit_and_delivery_leaves_its_run_to_be_told_of(ready_database_url):
    """APP-7: at least once; the run is applied, and the next who listens is told of it."""
    with opened(ready_database_url) as book:
        declare(book)
        with Child(ready_database_url, "ALPHA") as child:
            child.say(command="hooked")
            child.hear("applying")
            child.wait()
        heard: list[int] = []
        book.on_finished = lambda run: heard.append(run.run_id)

        assert book.run(1).run.status == "applied"
        assert ask(ready_database_url, "SELECT attempts, sent_at FROM st_outbox") == [(1, None)]
        assert book.deliver().delivered == (1,)
        assert heard == [1]


def test_a_process_killed_between_a_receivers_answer_and_its_note_leaves_the_run_to_be_told_of_again(
    ready_database_url, monkeypatch
):
    """APP-7: at least once, the same bytes under the same id; SIGKILL of a process that was stopped as the answer came."""
    monkeypatch.setenv("STOCKTAKE_SECRET_KEY", KEY)
    monkeypatch.setenv("STOCKTAKE_WEBHOOK_HOSTS", "127.0.0.1")
    with opened(ready_database_url) as book, receiver() as other:
        declare(book)
        book.add_webhook(other.url)
        run = imported(book, FIRST, "ALPHA")
        with Child(ready_database_url, "ALPHA") as child:
            child.say(command="told")
            pid = child.hear("telling")["pid"]

            def answered_to_the_dead(handler: BaseHTTPRequestHandler) -> None:
                os.kill(pid, signal.SIGSTOP)
                handler.send_response(204)
                handler.end_headers()
                os.kill(pid, signal.SIGKILL)

            other.answers = [answered_to_the_dead]
            child.wait()
        settled(ready_database_url)
        assert [each.waiting for each in book.webhooks()] == [1]

        (done,) = book.deliver_webhooks()
        assert (done.delivered, done.waiting) == (1, 0)
        assert [each.event["data"]["run_id"] for each in other.got] == [run.run_id] * 2
        assert len({each.headers["webhook-id"] for each in other.got}) == 1
        assert len({each.body for each in other.got}) == 1
        assert book.deliver_webhooks() == []
