"""APP-3, REL-6: what runs at once has the effect of one after the other, and the loser is told so."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from stocktake.book import Book
from stocktake.model.errors import Busy, Refusal
from stocktake.model.source import Source
from stocktake.stores import postgres, sqlite
from tests.reliability.child import Child
from tests.reliability.database import ask, fingerprint, is_sqlite, owner
from tests.reliability.driver import Call, Tap
from tests.reliability.stock import (
    EVERYTHING,
    SECOND,
    SOME,
    THING,
    Said,
    declare,
    frame,
    imported,
    inventory,
    opened,
    planned,
)

Act = Callable[[], object]
Prepare = Callable[[Book], Act]

#: Long enough to see that somebody waits, in seconds.
A_WHILE = 0.4
PATIENCE = 60.0


def applying(said: Said, source: str, strategy: str) -> Prepare:
    def prepare(book: Book) -> Act:
        made = planned(book, said, source, strategy)
        return lambda: book.apply(made)

    return prepare


def rolling_back(book: Book) -> Act:
    run_id = book.runs()[0][0].run_id
    return lambda: book.rollback(run_id)


ACTS: dict[str, Prepare] = {
    "snapshot of ALPHA": applying(EVERYTHING, "ALPHA", "snapshot"),
    "the same snapshot again": applying(EVERYTHING, "ALPHA", "snapshot"),
    "merge of BETA": applying(SOME, "BETA", "merge"),
    "BETA creates the same": applying({"N1": ("BETA's own", "9")}, "BETA", "merge"),
    "rollback of the last run": rolling_back,
}
PAIRS = [
    ("snapshot of ALPHA", "merge of BETA"),
    ("snapshot of ALPHA", "the same snapshot again"),
    ("snapshot of ALPHA", "BETA creates the same"),
    ("snapshot of ALPHA", "rollback of the last run"),
    ("rollback of the last run", "merge of BETA"),
]


class Pause:
    """Holds one thread at a place of its run until it is let go."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.reached = threading.Event()
        self.released = threading.Event()
        self._announced = False
        self._writing = False
        self._declared = False
        self._locking = False

    def __call__(self, call: Call) -> None:
        if call.thread != "first" or self.reached.is_set():
            return
        if self._is_here(call):
            self.reached.set()
            assert self.released.wait(PATIENCE)

    def _is_here(self, call: Call) -> bool:
        if "INSERT INTO st_import_run" in call.statement:
            self._announced = True
        if "INSERT INTO st_record_type" in call.statement:
            self._declared = True
        if "st_outbox" in call.statement:
            self._writing = True
        if self.where == "before it is announced":
            return self._announced and call.kind == "commit"
        if self.where == "before it declares":
            return self._declared and call.kind == "commit"
        if self.where == "before it commits":
            return self._writing and call.kind == "commit"
        if self._announced and call.kind == "commit":  # before it locks: the next call
            self._announced, self._locking = False, True
            return False
        return self._locking


def thread(name: str, act: Act, errors: dict[str, BaseException]) -> threading.Thread:
    def run() -> None:
        try:
            act()
        except BaseException as error:
            errors[name] = error

    return threading.Thread(target=run, name=name)


def interleaved(tap: Tap, where: str, first: Act, second: Act) -> dict[str, BaseException]:
    """Run ``second`` while ``first`` is held ``where``; the errors of both."""
    errors: dict[str, BaseException] = {}
    pause = Pause(where)
    threads = [thread("first", first, errors), thread("second", second, errors)]
    with tap.watched(before=pause):
        threads[0].start()
        assert pause.reached.wait(PATIENCE), errors
        threads[1].start()
        threads[1].join(A_WHILE)
        pause.released.set()
        for each in threads:
            each.join(PATIENCE)
            assert not each.is_alive()
    return errors


def content(url: str) -> list[Any]:
    """What people see, without numbers and times."""
    return [
        sorted(map(repr, ask(url, "SELECT code, note, CAST(amount AS TEXT), status, retired_by FROM thing"))),
        sorted(
            (source, key, bool(present))
            for source, key, present in ask(
                url,
                "SELECT source, external_id, is_present "
                "FROM st_source_link JOIN st_feed USING (workspace_id, feed_id)",
            )
        ),
        sorted(map(repr, ask(url, "SELECT source, record_count FROM st_source_freshness"))),
    ]


@cache
def serial(*names: str) -> list[Any]:
    """The content after these acts, one after the other; all were prepared before the first, refusals count as nothing.

    Made on SQLite for both stores: they are to agree on this, too.
    """
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/serial.db"
        with inventory(url) as book:
            for act in [ACTS[name](book) for name in names]:
                with contextlib.suppress(Refusal):
                    act()
            return content(url)


@pytest.mark.parametrize("where", ["before it locks", "before it commits"])
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_acts_at_once_have_the_effect_of_one_after_the_other(tap, ready_database_url, one, other, where):
    """APP-3, REL-6: forced interleavings; the loser gets StalePlan or another refusal that says why."""
    with inventory(ready_database_url) as book, opened(ready_database_url) as second:
        errors = interleaved(tap, where, ACTS[one](book), ACTS[other](second))
        found = content(ready_database_url)
        statuses = {row[0] for row in ask(ready_database_url, "SELECT status FROM st_import_run")}
        imported(book, {"Z1": ("the next import", "1")}, "BETA", "merge")

    assert all(isinstance(error, Refusal) for error in errors.values()), errors
    assert len(errors) < 2
    assert found in (serial(one, other), serial(other, one))
    assert "applying" not in statuses


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are waited for so long as a test can wait."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 200)
    monkeypatch.setitem(postgres._SETTINGS, "lock_timeout", "200")


@contextlib.contextmanager
def target_held(url: str) -> Iterator[None]:
    with owner(url) as connection:
        if is_sqlite(url):
            connection.execute("BEGIN IMMEDIATE")
        else:
            connection.execute("BEGIN")
            connection.execute("SELECT * FROM st_target FOR UPDATE")
        yield
        connection.execute("ROLLBACK")


@pytest.mark.parametrize("name", ["snapshot of ALPHA", "merge of BETA", "rollback of the last run"])
@pytest.mark.usefixtures("impatient")
def test_who_waits_too_long_for_the_lock_is_told_busy(ready_database_url, name):
    """APP-3: bounded waiting, a clear refusal, nothing written; with the lock free it works."""
    with inventory(ready_database_url) as book:
        act, state = ACTS[name](book), fingerprint(ready_database_url)
        with target_held(ready_database_url), pytest.raises(Busy) as refused:
            act()
        assert refused.value.code == "busy"
        assert fingerprint(ready_database_url) == state
        assert newest_status(ready_database_url) in ("applied", "failed")
        ACTS[name](book)


def newest_status(url: str) -> str:
    return str(ask(url, "SELECT status FROM st_import_run ORDER BY run_id DESC LIMIT 1")[0][0])


def test_reading_does_not_wait_for_an_apply(tap, ready_database_url):
    """APP-3: a preview and lists go on while an import is about to commit."""
    with inventory(ready_database_url) as book, opened(ready_database_url) as reader:

        def look() -> None:
            planned(reader, SOME, "BETA", "merge")
            assert reader.runs()[1] == 4

        errors = interleaved(tap, "before it commits", ACTS["snapshot of ALPHA"](book), look)
    assert not errors


def test_the_first_two_imports_of_a_type_can_come_at_once(tap, ready_database_url):
    """REL-6: no raw driver error when counters and the target's row are not there yet."""
    with inventory(ready_database_url, filled=False) as book, opened(ready_database_url) as second:
        acts = applying(SECOND, "ALPHA", "snapshot")(book), applying(SOME, "BETA", "merge")(second)
        errors = interleaved(tap, "before it is announced", *acts)
    assert all(isinstance(error, Refusal) for error in errors.values()), errors


def test_the_first_imports_of_two_types_can_come_at_once(tap, ready_database_url):
    """REL-6: the counter of mappings is not there yet either."""
    with inventory(ready_database_url, filled=False) as book, opened(ready_database_url) as second:
        declare_other(book)
        made = second.plan(frame(SOME), record_type="other", source="GAMMA", strategy="merge")
        first = applying(SECOND, "ALPHA", "snapshot")(book)
        errors = interleaved(tap, "before it commits", first, lambda: second.apply(made))
    assert all(isinstance(error, Refusal) for error in errors.values()), errors


OTHER = THING.replace('"thing"', '"other"')


def declare_other(book: Book) -> None:
    book.add_record_type(OTHER)
    book.add_source(Source(name="GAMMA", record_types=("other",), tracks_presence=True))


def test_two_can_declare_the_same_type_at_once(tap, ready_database_url):
    """REL-6, TYP-5: as two first imports of a type of a pack do."""
    with inventory(ready_database_url, filled=False) as book, opened(ready_database_url) as second:
        acts = [lambda each=each: each.add_record_type(OTHER) for each in (book, second)]
        errors = interleaved(tap, "before it declares", *acts)
    assert all(isinstance(error, Refusal) for error in errors.values()), errors
    assert ask(ready_database_url, "SELECT count(*) FROM st_record_type WHERE name = 'other'") == [(1,)]


def test_two_processes_that_import_at_once_both_come_through(ready_database_url):
    """APP-3, REL-6: real processes, five imports each of their own source on one type; no update is lost."""
    with opened(ready_database_url) as book:
        declare(book)
        imported(book, SECOND, "ALPHA")
        imported(book, {"C1": ("note 1", "1")}, "BETA", "merge")
    with Child(ready_database_url, "ALPHA") as alpha, Child(ready_database_url, "BETA") as beta:
        for child in (alpha, beta):
            child.say(command="rounds", count=5)
        told = [child.hear("rounds") for child in (alpha, beta)]

    assert [each["applied"] for each in told] == [5, 5], told
    assert {error for each in told for error in each["errors"]} <= {"StalePlan", "Busy"}
    kept = dict(ask(ready_database_url, "SELECT code, note FROM thing WHERE code IN ('ALPHA', 'BETA')"))
    assert kept == {"ALPHA": "round 4", "BETA": "round 4"}
    ids = [row[0] for row in ask(ready_database_url, "SELECT run_id FROM st_import_run")]
    assert len(ids) == len(set(ids))
    assert {row[0] for row in ask(ready_database_url, "SELECT status FROM st_import_run")} <= {
        "applied",
        "failed",
    }
