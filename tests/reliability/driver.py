"""A tap on the database drivers: every call that goes to a database can be counted, watched, and made to fail (REL-1).

The drivers are tapped and not the stores, so that what fails is what fails in life: a statement, a row of a load, a commit.
"""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the driver. ``kind``: execute, executemany, copy, write (a block of a COPY) or commit."""

    number: int
    kind: str
    statement: str
    connection: Any
    thread: str


#: Called before a call goes to the database, or after it came back. Raising is how a call fails.
Watcher = Callable[[Call], None]


class Tap:
    """The calls of every connection that Stocktake opens, while someone watches.

    What a watcher does with a database itself is not watched.
    """

    def __init__(self) -> None:
        self._before: Watcher | None = None
        self._after: Watcher | None = None
        self._numbers = itertools.count(1)
        self._inside = threading.local()

    @contextmanager
    def watched(self, before: Watcher | None = None, after: Watcher | None = None) -> Iterator[None]:
        """Watch the calls of a block; they are numbered from 1."""
        self._before, self._after, self._numbers = before, after, itertools.count(1)
        try:
            yield
        finally:
            self._before = self._after = None

    def counted(self) -> _Counted:
        """Count the calls of a block: ``with tap.counted() as calls: …``."""
        return _Counted(self)

    @contextmanager
    def call(self, kind: str, statement: str, connection: Any) -> Iterator[Call | None]:
        """One call of a driver."""
        watching = self._before is not None or self._after is not None
        if not watching or getattr(self._inside, "flag", False) or statement.startswith("PRAGMA"):
            yield None
            return
        call = Call(
            number=next(self._numbers),
            kind=kind,
            statement=statement,
            connection=connection,
            thread=threading.current_thread().name,
        )
        self._say(self._before, call)
        yield call
        self._say(self._after, call)

    def _say(self, watcher: Watcher | None, call: Call) -> None:
        if watcher is None:
            return
        self._inside.flag = True
        try:
            watcher(call)
        finally:
            self._inside.flag = False


class _Counted:
    def __init__(self, tap: Tap) -> None:
        self.calls: list[Call] = []
        self._watched = tap.watched(before=self.calls.append)

    def __enter__(self) -> list[Call]:
        self._watched.__enter__()
        return self.calls

    def __exit__(self, *error: object) -> None:
        self._watched.__exit__(None, None, None)


def install(monkeypatch: pytest.MonkeyPatch) -> Tap:
    """Tap sqlite3 and psycopg for one test."""
    tap = Tap()
    _tap_sqlite(monkeypatch, tap)
    _tap_psycopg(monkeypatch, tap)
    return tap


def _tap_sqlite(monkeypatch: pytest.MonkeyPatch, tap: Tap) -> None:
    class Cursor(sqlite3.Cursor):
        def execute(self, statement: str, *values: Any) -> Any:
            with tap.call("execute", statement, self.connection):
                return super().execute(statement, *values)

        def executemany(self, statement: str, rows: Iterable[Any], /) -> Any:
            """Fails after its first row, so that a part of a load is in the database."""
            feed, begun = iter(rows), False
            try:
                with tap.call("executemany", statement, self.connection):
                    begun = True
                    return super().executemany(statement, feed)
            except BaseException:
                if not begun:
                    super().executemany(statement, itertools.islice(feed, 1))
                raise

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = None) -> Any:
            return super().cursor(factory or Cursor)

        def execute(self, statement: str, *values: Any) -> Any:
            return self.cursor().execute(statement, *values)

        def executemany(self, statement: str, rows: Iterable[Any], /) -> Any:
            return self.cursor().executemany(statement, rows)

        def commit(self) -> None:
            with tap.call("commit", "COMMIT", self):
                super().commit()

    real = sqlite3.dbapi2.connect

    def connect(*words: Any, **options: Any) -> Any:
        return real(*words, **{"factory": Connection, **options})

    monkeypatch.setattr(sqlite3.dbapi2, "connect", connect)


def _tap_psycopg(monkeypatch: pytest.MonkeyPatch, tap: Tap) -> None:
    execute, executemany = psycopg.Cursor.execute, psycopg.Cursor.executemany
    copy, write, commit = psycopg.Cursor.copy, psycopg.Copy.write, psycopg.Connection.commit

    def tapped_execute(self: Any, query: Any, *values: Any, **options: Any) -> Any:
        with tap.call("execute", str(query), self.connection):
            return execute(self, query, *values, **options)

    def tapped_executemany(self: Any, query: Any, rows: Any, **options: Any) -> Any:
        with tap.call("executemany", str(query), self.connection):
            return executemany(self, query, rows, **options)

    def tapped_copy(self: Any, statement: Any, *values: Any, **options: Any) -> Any:
        with tap.call("copy", str(statement), self.connection):
            return copy(self, statement, *values, **options)

    def tapped_write(self: Any, buffer: Any) -> None:
        with tap.call("write", "(rows of a COPY)", self.connection):
            write(self, buffer)

    def tapped_commit(self: Any) -> None:
        with tap.call("commit", "COMMIT", self):
            commit(self)

    monkeypatch.setattr(psycopg.Cursor, "execute", tapped_execute)
    monkeypatch.setattr(psycopg.Cursor, "executemany", tapped_executemany)
    monkeypatch.setattr(psycopg.Cursor, "copy", tapped_copy)
    monkeypatch.setattr(psycopg.Copy, "write", tapped_write)
    monkeypatch.setattr(psycopg.Connection, "commit", tapped_commit)
