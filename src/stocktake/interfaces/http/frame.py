"""What stands around every request: its id, its line in the log, its headers, and an answer to faults of ours."""

from __future__ import annotations

import re
import secrets
from time import perf_counter
from typing import Any

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stocktake.interfaces.http.headers import missing_headers
from stocktake.interfaces.http.log import event_log
from stocktake.interfaces.http.metrics import Metrics
from stocktake.interfaces.http.problem import fault, refused_answer

REQUEST_ID = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")

_log = event_log("stocktake.interfaces.http")


class Frame:
    """The outermost of what is ours."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID.lower(), "")
        request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"] = request_id
        since, status = perf_counter(), 0
        is_head = _asks_for_head(scope)
        if is_head:
            scope["method"] = "GET"

        async def framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message.get("headers", ()))
                present = {name.decode("latin-1").lower() for name, _ in headers}
                headers += missing_headers(present, scheme=scope["scheme"])
                headers.append((REQUEST_ID.encode(), request_id.encode()))
                message = {**message, "headers": headers}
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, framed)
            except ClientDisconnect:
                state["refusal"] = "client-gone"
            except Exception as error:
                refusal = fault(error)
                state["refusal"] = refusal.code
                if not status:
                    answer = refused_answer(Request(scope), refusal)
                    await answer(scope, receive, framed)
            seconds = perf_counter() - since
            self._metrics.served(scope, status, seconds, state.get("refusal"))
            _tell(scope, state, status, seconds)


def _asks_for_head(scope: Scope) -> bool:
    """HEAD is answered as GET without its body (RFC 9110), for all but streams, which have no end to wait for."""
    return scope["method"] == "HEAD" and not scope["path"].endswith("/progress")


def _tell(scope: Scope, state: dict[str, Any], status: int, seconds: float) -> None:
    principal = state.get("principal")
    told = {
        "method": scope["method"],
        "route": getattr(scope.get("route"), "path", None),
        "status": status,
        "seconds": round(seconds, 4),
        "by": principal.name if principal else None,
        "workspace": scope.get("path_params", {}).get("workspace"),
        "run_id": scope.get("path_params", {}).get("run_id"),
        "refusal": state.get("refusal"),
    }
    _log.info("request", **{name: value for name, value in told.items() if value is not None})
