"""How much a request may hold, and how long it may take to arrive (SEC-9)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import anyio
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stocktake.book.serving import ServerSettings
from stocktake.interfaces.http.route import ROOT
from stocktake.model.errors import InvalidInput

#: What multipart adds to a file: boundaries, headers, other parts.
FRAMING = 65_536

#: So much of what is too large is read to its end, and for so many seconds.
DRAINED = 67_108_864
DRAINED_SECONDS = 5

_UPLOADS = re.compile("(" + re.escape(ROOT) + r")?/workspaces/[^/]+/(imports|runs/[^/]+/reimport)")


class TooLarge(HTTPException):
    """More came than the server takes."""

    def __init__(self, refusal: InvalidInput) -> None:
        super().__init__(413, refusal.message)
        self.refusal = refusal


class TooSlow(HTTPException):
    """It did not arrive in time."""

    def __init__(self, refusal: InvalidInput) -> None:
        super().__init__(408, refusal.message)
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    bytes: int
    seconds: int
    too_large: InvalidInput
    too_slow: InvalidInput


class Limits:
    """Counts what comes, and watches the clock until all of it has come."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._plain = _Limit(
            bytes=settings.max_request_bytes,
            seconds=settings.max_request_seconds,
            too_large=_too_large(settings.max_request_bytes, "request", "STOCKTAKE_MAX_REQUEST_BYTES"),
            too_slow=_too_slow(settings.max_request_seconds, "STOCKTAKE_MAX_REQUEST_SECONDS"),
        )
        self._upload = _Limit(
            bytes=settings.max_upload_bytes + FRAMING,
            seconds=settings.max_upload_seconds,
            too_large=_too_large(settings.max_upload_bytes, "upload", "STOCKTAKE_MAX_UPLOAD_BYTES"),
            too_slow=_too_slow(settings.max_upload_seconds, "STOCKTAKE_MAX_UPLOAD_SECONDS"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._upload if _is_upload(scope) else self._plain
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "")
        seen = 0
        complete = False
        deadline = anyio.current_time() + limit.seconds

        async def limited() -> Message:
            nonlocal seen, complete
            if complete:
                return await receive()
            if declared.isdecimal() and int(declared) > limit.bytes:
                await _drain(receive, headers)
                raise TooLarge(limit.too_large)
            message = None
            with anyio.CancelScope(deadline=deadline):
                message = await receive()
            if message is None:
                raise TooSlow(limit.too_slow)
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                complete = not message.get("more_body", False)
                if seen > limit.bytes:
                    await _drain(receive, headers)
                    raise TooLarge(limit.too_large)
            return message

        await self._app(scope, limited, send)


async def _drain(receive: Receive, headers: Headers) -> None:
    """Read what is still on its way and throw it away: a line that is cut while they send, many clients take for a fault.

    Only so much and so long; and not where the client waits to be told to go on.
    """
    if headers.get("expect"):
        return
    left = DRAINED
    with anyio.move_on_after(DRAINED_SECONDS):
        while left > 0:
            message = await receive()
            left -= len(message.get("body", b""))
            if message["type"] != "http.request" or not message.get("more_body", False):
                return


def _is_upload(scope: Scope) -> bool:
    return scope["method"] in ("POST", "PUT") and _UPLOADS.fullmatch(scope["path"]) is not None


def _too_large(limit: int, what: str, setting: str) -> InvalidInput:
    return InvalidInput(
        f"{what}-too-large",
        f"The {what} holds more than {limit:,} bytes, the most that this server takes.",
        hint=f"Send less, or have whoever runs the server raise {setting}.",
        details={"limit": limit, "setting": setting},
    )


def _too_slow(limit: int, setting: str) -> InvalidInput:
    return InvalidInput(
        "request-timeout",
        f"The request did not arrive within {limit:,} seconds.",
        hint=f"Send it again over a faster line, or have whoever runs the server raise {setting}.",
        details={"limit": limit, "setting": setting},
    )
