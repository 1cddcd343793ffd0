"""Which connections a thread is in a transaction on."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection


class OpenConnections(threading.local):
    """The connections on which a thread is in a transaction."""

    def __init__(self) -> None:
        self._connections: list[Connection] = []

    @contextmanager
    def noted(self, connection: Connection) -> Iterator[None]:
        """Keep it in mind until its block ends."""
        self._connections.append(connection)
        try:
            yield
        finally:
            self._connections.remove(connection)

    def abandon(self) -> None:
        """End what was begun on them and not ended, newest first."""
        for connection in reversed(self._connections):
            with contextlib.suppress(Exception):
                begun = connection.get_transaction()
                if begun is not None:
                    begun.rollback()
                connection.close()
