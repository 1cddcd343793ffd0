"""The HTTP application as it is served, telling with each answer what the database took of it: ``x-database-ms``.

``python -m benchmarks.page_server --db URL``: prints its port. Statements are timed where SQLAlchemy hands them to the
driver, and rows where they are fetched from it, BEGIN and COMMIT too; what Stocktake makes of the rows is not in it.
"""

from __future__ import annotations

import argparse
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from typing import Any

import uvicorn
from sqlalchemy import Engine, event
from sqlalchemy.engine import default
from sqlalchemy.engine.cursor import CursorFetchStrategy
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER, STATEMENTS = "x-database-ms", "x-statements"


class Spent:
    """Seconds in the database and statements of one request; a call within a timed one counts once."""

    def __init__(self) -> None:
        self.seconds, self.statements, self._depth = 0.0, 0, 0

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count the seconds of the block."""
        began, outermost = perf_counter(), not self._depth
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if outermost:
                self.seconds += perf_counter() - began


_spent: ContextVar[Spent | None] = ContextVar("spent", default=None)


def _timed(owner: type, name: str) -> None:
    """Count every call of a method of the toolkit as the database's."""
    plain: Callable[..., Any] = getattr(owner, name)

    def timed(*given: Any, **named: Any) -> Any:
        spent = _spent.get()
        if spent is None:
            return plain(*given, **named)
        with spent.counting():
            return plain(*given, **named)

    setattr(owner, name, timed)


def count_database() -> None:
    """Count what statements, their rows and their transactions take."""
    from stocktake.stores.session import Session

    for name in (
        "do_execute",
        "do_execute_no_params",
        "do_executemany",
        "do_commit",
        "do_rollback",
        "do_begin",
    ):
        _timed(default.DefaultDialect, name)
    for name in ("fetchone", "fetchmany", "fetchall"):
        _timed(CursorFetchStrategy, name)
    _timed(Session, "read")  # goes to the driver's own cursor

    @event.listens_for(Engine, "after_cursor_execute")
    def _count(*_: Any) -> None:
        if spent := _spent.get():
            spent.statements += 1


class Told:
    """Says with each answer what the database took of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        spent = Spent()
        _spent.set(spent)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = ((HEADER, f"{spent.seconds * 1e3:.3f}"), (STATEMENTS, str(spent.statements)))
                more = [(name.encode(), value.encode()) for name, value in found]
                message = {**message, "headers": [*message.get("headers", ()), *more]}
            await send(message)

        await self._app(scope, receive, told)


def main() -> None:
    """Serve until told to stop."""
    from stocktake.book.installation import open_installation
    from stocktake.interfaces.http.application import create_app

    parser = argparse.ArgumentParser()
    parser.add_argument("--db", required=True)
    given = parser.parse_args()
    count_database()
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as `stocktake serve` has it
    with open_installation(given.db) as installation:
        app = Told(create_app(installation))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        print(listening.getsockname()[1], flush=True)
        server.run(sockets=[listening])


if __name__ == "__main__":
    main()
