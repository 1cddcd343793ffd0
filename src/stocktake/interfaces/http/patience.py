"""How long an answer may take until it begins (SEC-9)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stocktake.book.serving import ServerSettings
from stocktake.interfaces.http.log import event_log
from stocktake.interfaces.http.problem import instance_of, problem
from stocktake.model.errors import Unreadable

#: By this name in a request's state an answer says that it takes as long as it takes, such as a file that is written.
UNHURRIED = "unhurried"

_log = event_log("stocktake.interfaces.http")


@dataclass(slots=True)
class _Course:
    """How far a request has come. since: when it had arrived, as far as that is known."""

    since: float
    begun: bool = False
    over: bool = False


class Patience:
    """Answers 503 in the place of an answer that has not begun in time; one that has begun is never cut.

    Whatever works on the late answer goes on to its end, since a thread cannot be stopped: so that what it writes is written
    whole, and an ``Idempotency-Key`` finds it.
    """

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._seconds = settings.max_answer_seconds
        self._arrival = settings.max_request_seconds
        self._late: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # What has a body is waited for until that is there, and no longer than it may take to arrive.
        course = _Course(since=monotonic() + (self._arrival if _has_body(scope) else 0))

        async def noted() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                going_on = message.get("more_body", False)
                course.since = monotonic() + (self._arrival if going_on else 0)
            return message

        async def sent(message: Message) -> None:
            if not course.over:
                course.begun = True
                await send(message)

        task = asyncio.ensure_future(self._app(scope, noted, sent))
        try:
            await self._watch(task, course, scope)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if course.over:
            self._late.add(task)
            task.add_done_callback(self._ended_late)
            await self._refused(scope, receive, send)

    async def _watch(self, task: asyncio.Task[None], course: _Course, scope: Scope) -> None:
        """Wait until the answer is given, or did not begin in time. Raises what serving the request does."""
        while not task.done():
            left = course.since + self._seconds - monotonic()
            if course.begun or scope["state"].get(UNHURRIED):
                await asyncio.shield(task)
            elif left <= 0:
                course.over = True
                return
            else:
                # What arrives sooner than it might is known then, and not at once.
                await asyncio.wait({task}, timeout=min(left, self._seconds))
        task.result()

    async def _refused(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = Unreadable(
            "answer-timeout",
            f"The answer did not begin within {self._seconds:,} seconds. What was asked for may still be done.",
            hint="Look whether it was done before asking again, or ask for less; "
            "whoever runs the server can raise STOCKTAKE_MAX_ANSWER_SECONDS.",
            details={"limit": self._seconds, "setting": "STOCKTAKE_MAX_ANSWER_SECONDS"},
        )
        state: dict[str, Any] = scope["state"]
        state["refusal"] = refusal.code
        request_id = str(state.get("request_id", ""))
        answer = problem(refusal, instance=instance_of(Request(scope)), request_id=request_id)
        await answer(scope, receive, send)

    def _ended_late(self, task: asyncio.Task[None]) -> None:
        self._late.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.warning("late answer failed", error=type(error).__name__)


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
