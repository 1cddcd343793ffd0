"""REL-1a: whatever fails during an apply or a rollback, the database is as before or as after, and its run says which."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
import sqlalchemy

from stocktake.book import Book
from stocktake.model.errors import Refusal
from tests.chance import SOAK
from tests.reliability.database import ask, fingerprint, is_sqlite
from tests.reliability.driver import Call, Tap
from tests.reliability.stock import EVERYTHING, SOME, Said, again, imported, inventory, planned

#: More calls than any operation makes.
ENOUGH = 400

#: Prepares an operation and gives the act, which can be tried again and again; its number makes each try another one.
Operation = Callable[[Book], Callable[[int], object]]


def applying(said: Said, source: str, strategy: str) -> Operation:
    def prepare(book: Book) -> Callable[[int], object]:
        made = planned(book, said, source, strategy)
        return lambda number: book.apply(again(made, number))

    return prepare


def rolling_back(book: Book) -> Callable[[int], object]:
    run = imported(book, EVERYTHING, "ALPHA")
    return lambda _number: run.rollback()


OPERATIONS = {
    "snapshot": applying(EVERYTHING, "ALPHA", "snapshot"),
    "merge": applying(SOME, "BETA", "merge"),
    "rollback": rolling_back,
}

each_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One try and what it left. ``hit``: the kind and the statement of the call that was made to fail, if there was one."""

    number: int
    hit: tuple[str, str] | None
    error: str
    before: dict[str, str]
    after: dict[str, str]
    statuses: tuple[str, ...]

    @property
    def is_unchanged(self) -> bool:
        return self.after == self.before

    @property
    def is_through(self) -> bool:
        """Nothing failed: the operation makes fewer calls than this try's number."""
        return self.hit is None

    def __str__(self) -> str:
        changed = [name for name in self.after if self.after[name] != self.before.get(name)]
        return f"call {self.number} {self.hit}: {self.error}; runs {self.statuses}; changed {changed}"


def attempt(
    url: str,
    tap: Tap,
    act: Callable[[int], object],
    number: int,
    state: dict[str, str],
    **fail: Callable[[Call], None],
) -> Try:
    """Do it, and let call ``number`` fail ``before`` it goes to the database or ``after`` it came back."""
    known = newest_run(url)
    hit: list[tuple[str, str]] = []
    error = ""

    def strike(call: Call) -> None:
        if call.number == number:
            hit.append((call.kind, call.statement[:120]))
            (fault,) = fail.values()
            fault(call)

    with tap.watched(**dict.fromkeys(fail, strike)):
        try:
            act(number)
        except BaseException as raised:  # its text only: a traceback would keep cursors alive
            error = f"{type(raised).__name__}: {raised}"
    return Try(
        number=number,
        hit=hit[0] if hit else None,
        error=error,
        before=state,
        after=fingerprint(url),
        statuses=runs_since(url, known),
    )


def attempts(
    url: str, tap: Tap, book: Book, operation: Operation, *, step: int = 1, **fail: Callable[[Call], None]
) -> Iterator[Try]:
    """Try again and again, and let the Nth call of the Nth try fail; the last try is through before its Nth call."""
    act, state = operation(book), fingerprint(url)
    for number in range(1, ENOUGH, step):
        made = attempt(url, tap, act, number, state, **fail)
        yield made
        if made.is_through:
            return
        if not made.is_unchanged:
            act, state = operation(book), fingerprint(url)
    pytest.fail("the operation never came through")


def newest_run(url: str) -> int:
    return int(ask(url, "SELECT max(run_id) FROM st_import_run")[0][0])


def runs_since(url: str, run_id: int) -> tuple[str, ...]:
    return tuple(
        row[0]
        for row in ask(url, "SELECT status FROM st_import_run WHERE run_id > ? ORDER BY run_id", run_id)
    )


@pytest.mark.chance
@each_operation
def test_an_error_at_any_database_call_leaves_the_state_before_or_after(tap, ready_database_url, operation):
    """REL-1a, APP-1, APP-6, APP-11, LIN-4: call 1, 2, … raises the driver's error until the operation is through.

    On PostgreSQL every seventh call, where each takes ten times as long; in a soak every one there, too.
    """
    step = 1 if is_sqlite(ready_database_url) or SOAK > 1 else 7

    def fail(call: Call) -> None:
        raise driver_error(ready_database_url, f"fault in call {call.number}.")

    with inventory(ready_database_url) as book:
        for each in attempts(ready_database_url, tap, book, operation, step=step, before=fail):
            if each.is_through:
                assert (each.error, each.statuses) == ("", ("applied",))
            elif each.statuses == ("applied",):
                assert not each.is_unchanged, each
            else:
                assert each.is_unchanged, each
                assert each.statuses in ((), ("failed",)), each
                assert f"fault in call {each.number}." in each.error, each
        assert each.number > 20
        the_next_import_works(book)


def driver_error(url: str, message: str) -> Exception:
    """What the driver raises when a statement goes wrong."""
    return sqlite3.OperationalError(message) if is_sqlite(url) else psycopg.OperationalError(message)


def the_next_import_works(book: Book) -> None:
    """… and leaves no run that seems to be at work (REL-9)."""
    run = imported(book, {"Z1": ("the next import", "1")}, "BETA", "merge").run
    assert (run.status, run.stats["created"]) == ("applied", 1)
    statuses = {each.status for each in book.runs(page_size=200)[0]}
    assert "applying" not in statuses


def interrupt(_call: Call) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("operation", [OPERATIONS["snapshot"]], ids=["snapshot"])
def test_an_interrupt_before_any_database_call_leaves_the_state_before_or_after(
    tap, sqlite_database, operation, monkeypatch
):
    """REL-1a, APP-11: Ctrl-C while Python prepares a statement."""
    monkeypatch.setattr("stocktake.stores.sqlite.BUSY_TIMEOUT", 100)
    with inventory(sqlite_database) as book:
        for each in attempts(sqlite_database, tap, book, operation, before=interrupt):
            if each.is_through or each.statuses == ("applied",):
                assert not each.is_unchanged, each
            else:
                assert each.is_unchanged, each
                assert each.statuses in ((), ("interrupted",)), each
                assert each.error.startswith("KeyboardInterrupt"), each
        the_next_import_works(book)


@pytest.mark.chance
@each_operation
def test_an_interrupt_after_a_database_call_leaves_the_state_before_or_after(
    request, tap, ready_database_url, operation, monkeypatch
):
    """REL-1a, REL-9, APP-11: Ctrl-C reaches Python when a call has come back.

    Every third call, on PostgreSQL every eleventh, where each interrupt costs a connection; in a soak every one. What the
    run says after the COMMIT itself is ``test_a_run_whose_commit_came_through_is_applied``'s.
    """
    monkeypatch.setattr("stocktake.stores.sqlite.BUSY_TIMEOUT", 100)
    step = 1 if SOAK > 1 else 3 if is_sqlite(ready_database_url) else 11
    with inventory(ready_database_url) as book:
        for each in attempts(ready_database_url, tap, book, operation, step=step, after=interrupt):
            committing = each.hit is not None and each.hit[0] == "commit"
            if each.is_through or each.statuses == ("applied",):
                assert not each.is_unchanged, each
            elif each.is_unchanged:
                announced = ("applying",) if committing else ("interrupted",)
                assert each.statuses in ((), announced), each
                assert each.error.startswith("KeyboardInterrupt"), each
            else:
                assert committing, each
        the_next_import_works(book)


@pytest.mark.parametrize("name", ["snapshot", "rollback"])
@pytest.mark.parametrize("kind", ["interrupt", "lost reply"])
def test_a_run_whose_commit_came_through_is_applied(tap, ready_database_url, name, kind):
    """REL-1, REL-3, APP-5: the error comes after the COMMIT took effect; the row must tell what happened."""

    with inventory(ready_database_url) as book:
        act, state, known = (
            OPERATIONS[name](book),
            fingerprint(ready_database_url),
            newest_run(ready_database_url),
        )
        struck: list[int] = []

        def fail(call: Call) -> None:
            if call.kind == "commit" and not struck and fingerprint(ready_database_url) != state:
                struck.append(call.number)
                raise (
                    KeyboardInterrupt
                    if kind == "interrupt"
                    else driver_error(ready_database_url, "connection lost")
                )

        with tap.watched(after=fail), contextlib.suppress(BaseException):
            act(1)
        assert struck
        assert fingerprint(ready_database_url) != state
        assert runs_since(ready_database_url, known) == ("applied",)


@pytest.mark.parametrize("place", ["UPDATE thing", "INSERT INTO st_source_link"])
def test_a_failure_is_told_in_words_and_without_data(tap, ready_database_url, place):
    """APP-6, REL-15: what happened, and that nothing was written; the driver's error is the cause."""

    def fail(call: Call) -> None:
        if place in call.statement.replace(" OR ROLLBACK", ""):  # as SQLite is told in bulk
            raise driver_error(ready_database_url, "disk I/O error")

    with inventory(ready_database_url) as book, tap.watched(before=fail):
        with pytest.raises(Exception) as refused:
            imported(book, EVERYTHING, "ALPHA")
        (reason,) = (
            row[0]
            for row in ask(ready_database_url, "SELECT reason FROM st_import_run WHERE status = 'failed'")
        )
    assert isinstance(refused.value, Refusal)
    assert "disk I/O error" in reason
    assert "Nothing was written" in reason
    assert "[SQL" not in reason
    assert "[parameters" not in reason


@each_operation
def test_a_database_that_goes_away_leaves_a_run_that_the_next_import_marks_interrupted(
    tap, ready_database_url, operation
):
    """REL-9, APP-11: from call N on nothing comes through, not even the closing of the run; here every eleventh N."""

    with inventory(ready_database_url) as book:
        act, state = operation(book), fingerprint(ready_database_url)
        for number in range(1, ENOUGH, 11):
            known = newest_run(ready_database_url)

            def fail(call: Call, number: int = number) -> None:
                if call.number >= number:
                    raise driver_error(ready_database_url, "the database is gone")

            with tap.watched(before=fail), contextlib.suppress(Exception):
                act(number)
            statuses = runs_since(ready_database_url, known)
            if statuses == ("applied",):
                break
            assert fingerprint(ready_database_url) == state, number
            assert statuses in ((), ("applying",)), number
        assert number > 20
        the_next_import_works(book)
        left = set(runs_since(ready_database_url, 0))
    assert left <= {"applied", "interrupted", "rolled_back"}
    assert "interrupted" in left


@pytest.mark.chance
@each_operation
def test_a_terminated_backend_leaves_the_state_before_or_after(tap, postgres_copy, operation):
    """REL-1a, REL-2: the server ends the session at every eleventh call, in a soak at each; the same engine goes on."""

    def fail(call: Call) -> None:
        pid = call.connection.info.backend_pid
        ask(postgres_copy, "SELECT pg_terminate_backend(?, 5000)", pid)

    with inventory(postgres_copy) as book:
        for each in attempts(postgres_copy, tap, book, operation, step=1 if SOAK > 1 else 11, before=fail):
            if each.is_through or each.statuses == ("applied",):
                assert not each.is_unchanged, each
            else:
                assert each.is_unchanged, each
                assert each.statuses in ((), ("failed",)), each
        the_next_import_works(book)


@each_operation
def test_another_connection_never_sees_half(tap, ready_database_url, operation):
    """REL-1a, APP-1, LIN-4: looked at before each call of an apply, the old state stands until the COMMIT."""
    with inventory(ready_database_url) as book:
        act, state = operation(book), fingerprint(ready_database_url)
        seen: list[tuple[str, dict[str, str]]] = []
        with tap.watched(before=lambda call: seen.append((call.kind, fingerprint(ready_database_url)))):
            act(1)
        done = fingerprint(ready_database_url)

    committed = next(place for place, (_, look) in enumerate(seen) if look != state)
    assert seen[committed - 1][0] == "commit"
    assert committed > 20
    assert all(look == done for _, look in seen[committed:])
    assert done != state


@pytest.mark.parametrize(
    "operation", [OPERATIONS["snapshot"], OPERATIONS["merge"]], ids=["snapshot", "merge"]
)
def test_a_full_disk_leaves_the_state_before(sqlite_database, operation, monkeypatch):
    """REL-1b: SQLite itself says FULL and may roll back by itself; the run is failed, and room again means work again."""
    with inventory(sqlite_database) as book:
        act, state, known = operation(book), fingerprint(sqlite_database), newest_run(sqlite_database)
        limit = {"pages": 0}

        def narrow(connection: Any, *_: Any) -> None:
            room = limit["pages"] or 1_000_000
            connection.exec_driver_sql(f"PRAGMA max_page_count = {room}")

        pages = ask(sqlite_database, "PRAGMA page_count")[0][0]
        sqlalchemy.event.listen(sqlalchemy.Engine, "begin", narrow)
        try:
            errors = []
            for number in range(1, 12):
                limit["pages"] = pages + number
                try:
                    act(number)
                except Exception as error:
                    errors.append(str(error))
                else:
                    break
                assert fingerprint(sqlite_database) == state
            limit["pages"] = 0
            imported(book, {"Z1": ("the next import", "1")}, "BETA", "merge")
        finally:
            sqlalchemy.event.remove(sqlalchemy.Engine, "begin", narrow)
    assert errors
    assert all("full" in each for each in errors)
    assert set(runs_since(sqlite_database, known)) <= {"failed", "applied", "interrupted"}
