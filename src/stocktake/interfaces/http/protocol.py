"""Lines on which no request comes: uvicorn's own limits begin with the first whole head, so this one is ours (SEC-9)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from stocktake.book.serving import server_settings

if TYPE_CHECKING:

    class Protocol(asyncio.Protocol):
        """What both protocols of uvicorn have."""

        transport: asyncio.Transport
        cycle: Any

else:
    Protocol = AutoHTTPProtocol


class HastyProtocol(Protocol):
    """Closes a line on which no head of a request comes in time, however many bytes of one trickle in.

    It looks every ``STOCKTAKE_MAX_REQUEST_SECONDS``; what was without a request twice in a row, with none in between, goes.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A line was opened."""
        super().connection_made(transport)
        self._seconds = server_settings().max_request_seconds
        self._idle: list[object] = []
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """It was closed."""
        self._watch.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        newest = self.cycle
        is_idle = newest is None or newest.response_complete
        if is_idle and any(each is newest for each in self._idle):
            self.transport.close()
        self._idle = [newest] if is_idle else []
        self._watch = asyncio.get_running_loop().call_later(self._seconds, self._look)
