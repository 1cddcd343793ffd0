"""What a server is told by the environment (SEC-9)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields

from stocktake.model.errors import InvalidInput

#: Where a server listens on its own machine alone.
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """How a server listens, and what it takes at most; each can be set by the variable of its name.

    ``host``: where it listens; only on a loopback address may cookies travel without TLS, and anybody read ``/metrics``.
    ``max_request_bytes``: what a request may hold that is no upload (``STOCKTAKE_MAX_REQUEST_BYTES``).
    ``max_upload_bytes``: what an uploaded file may hold (``STOCKTAKE_MAX_UPLOAD_BYTES``).
    ``max_request_seconds``: within that time a request must have arrived (``STOCKTAKE_MAX_REQUEST_SECONDS``).
    ``max_upload_seconds``: within that time an upload must have arrived (``STOCKTAKE_MAX_UPLOAD_SECONDS``).
    ``max_answer_seconds``: within that time an answer must have begun (``STOCKTAKE_MAX_ANSWER_SECONDS``).
    ``threads``: so many requests are worked on at once (``STOCKTAKE_THREADS``).
    """

    host: str = "127.0.0.1"
    max_request_bytes: int = 1_048_576
    max_upload_bytes: int = 2_147_483_648
    max_request_seconds: int = 30
    max_upload_seconds: int = 3_600
    max_answer_seconds: int = 300
    threads: int = 10

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches the server."""
        return self.host in LOOPBACK


def server_settings(
    environment: Mapping[str, str] | None = None, *, host: str = "127.0.0.1"
) -> ServerSettings:
    """The settings as ``environment`` (of the process, where none is handed in) gives them.

    Raises ``InvalidInput`` ``bad-setting``.
    """
    told = os.environ if environment is None else environment
    numbers = {}
    for each in fields(ServerSettings):
        variable = f"STOCKTAKE_{each.name.upper()}"
        text = told.get(variable, "").strip()
        if each.name == "host" or not text:
            continue
        if not text.isdecimal() or len(text) > 15 or int(text) == 0:
            raise InvalidInput(
                "bad-setting",
                f'{variable} is "{text}", which is no whole number above 0.',
                hint=f"Set {variable} to a number such as {each.default}, or leave it out.",
            )
        numbers[each.name] = int(text)
    return ServerSettings(host=host, **numbers)
