"""Refusals as problem details (RFC 9457), with the codes of the command line (interfaces.md)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from stocktake.interfaces.http.log import event_log
from stocktake.interfaces.http.wording import hint_in_http, in_http, worded
from stocktake.interfaces.json_text import json_text
from stocktake.model.errors import (
    Busy,
    Cancelled,
    GuardRefused,
    InvalidInput,
    NotAllowed,
    NotFound,
    Refusal,
    RollbackBlocked,
    StalePlan,
    Throttled,
    Unauthenticated,
    Unreadable,
)

MEDIA_TYPE = "application/problem+json"

#: The status of each class of refusal; ``STATUSES_BY_CODE`` says what is finer than that.
STATUSES: dict[type[Refusal], int] = {
    InvalidInput: 422,
    NotFound: 404,
    Unreadable: 422,
    GuardRefused: 409,
    StalePlan: 409,
    Busy: 409,
    RollbackBlocked: 409,
    Cancelled: 409,
    NotAllowed: 403,
    Unauthenticated: 401,
    Throttled: 429,
}
STATUSES_BY_CODE = {
    "malformed-request": 400,
    "method-not-allowed": 405,
    "not-acceptable": 406,
    "request-timeout": 408,
    "upload-too-large": 413,
    "request-too-large": 413,
    "wrong-media-type": 415,
    "plan-needed": 428,
    "not-ready": 503,
    "database-failed": 503,
    "database-unreadable": 503,
    "no-space": 503,
    "provider-unreadable": 503,
    "cannot-write": 503,
    "schema-version": 503,
    "uploads-unwritable": 503,
    "uploads-full": 503,
    "answer-timeout": 503,
}
#: What somebody is to wait before another try, where the refusal does not say so itself.
RETRY_AFTER = 5

_log = event_log("stocktake.interfaces.http")

_BY_STATUS = {
    400: "malformed-request",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    408: "request-timeout",
    413: "request-too-large",
    415: "wrong-media-type",
}


class PlanMismatch(StalePlan):
    """The plan of If-Match is not the one that is shown (412)."""


def status_of(error: Refusal) -> int:
    """The HTTP status that a refusal is answered with."""
    if isinstance(error, PlanMismatch):
        return 412
    if error.code in STATUSES_BY_CODE:
        return STATUSES_BY_CODE[error.code]
    for kind in type(error).__mro__:
        if kind in STATUSES:
            return STATUSES[kind]
    return 500


def problem_document(error: Refusal, *, status: int, instance: str, request_id: str) -> dict[str, Any]:
    """A refusal as RFC 9457 shapes it, with ``code``, ``hint``, ``details`` and the id of the request."""
    return {
        "type": f"urn:stocktake:problem:{error.code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": in_http(error.message),
        "instance": instance,
        "code": error.code,
        "hint": hint_in_http(error.code, error.hint),
        "details": worded(error.details),
        "request_id": request_id,
    }


def problem(
    error: Refusal, *, instance: str, request_id: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer that tells a refusal."""
    status = status_of(error)
    told = dict(headers or {})
    if status == 401:
        told.setdefault("WWW-Authenticate", 'Bearer realm="stocktake"')
    if status == 429 or isinstance(error, Busy) or error.code == "answer-timeout":
        told.setdefault("Retry-After", str(error.details.get("retry_after", RETRY_AFTER)))
    shape = problem_document(error, status=status, instance=instance, request_id=request_id)
    return Response(json_text(shape), status, told, MEDIA_TYPE)


def fault(error: BaseException) -> Refusal:
    """A fault of ours: a reference that finds the traceback in the log, and nothing of the fault itself (SEC-7)."""
    reference = secrets.token_hex(4)
    _log.error("fault", reference=reference, exc_info=error)
    return Refusal(
        "internal-error",
        f"Stocktake itself failed (reference {reference}).",
        hint="Whoever runs the server finds the details in its log by the reference; please report them.",
        details={"reference": reference},
    )


def handle_refusals(app: FastAPI) -> None:
    """Answer every refusal, mistake and fault of ``app`` as a problem."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)  # noqa: S101
        return refused_answer(request, error)

    async def malformed(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return refused_answer(request, _mistakes(error))

    async def status(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        refusal = getattr(error, "refusal", None)
        if isinstance(refusal, Refusal):
            return refused_answer(request, refusal, {"Connection": "close"})
        return refused_answer(request, _of_status(request, error), error.headers)

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, status)


def instance_of(request: Request) -> str:
    """The path that was asked for, as it can stand in a URI."""
    return quote(request.url.path, safe="/%:@!$&'()*+,;=~")


def refused_answer(request: Request, error: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that tells a refusal: a page where somebody looks at pages, and a problem otherwise."""
    request.state.refusal = error.code
    if _is_for_people(request):
        page: Response = request.app.state.refusal_page(request, error)
        page.headers.update(headers or {})
        return page
    return problem(
        error,
        instance=instance_of(request),
        request_id=getattr(request.state, "request_id", ""),
        headers=headers,
    )


def _is_for_people(request: Request) -> bool:
    """Whether a page was asked for: by its route, or, where there is none, by a browser outside of what is for programs."""
    route = getattr(request.state, "route", None)
    if route is not None:
        return bool(route.is_page) or (route.in_browser and is_browser(request))
    return not request.url.path.startswith("/api/") and is_browser(request)


def is_browser(request: Request) -> bool:
    """Whether whoever asks shows pages."""
    return "text/html" in request.headers.get("accept", "")


def _mistakes(error: RequestValidationError) -> Refusal:
    """What a request says that does not hold, all of it at once."""
    found = error.errors()
    if any(each.get("type") == "json_invalid" for each in found):
        return InvalidInput(
            "malformed-request", "The body of the request is not JSON.", hint="Send one JSON object."
        )
    told = [
        {"at": ".".join(str(part) for part in each["loc"]), "message": str(each["msg"])} for each in found
    ]
    first = told[0]
    more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    return InvalidInput(
        "bad-arguments",
        f"{first['at']}: {first['message']}{more}.",
        hint="The published schema, /api/v1/openapi.json, says what each route takes.",
        details={"errors": told},
    )


def _of_status(request: Request, error: HTTPException) -> Refusal:
    code = _BY_STATUS.get(error.status_code, "malformed-request")
    if error.status_code == 404:
        return NotFound(
            code, "There is nothing at this address.", hint="/api/v1/openapi.json lists the routes."
        )
    if error.status_code == 405:
        return InvalidInput(
            code,
            f"This address does not take {request.method[:20]}.",
            hint="The header Allow of this answer says what it takes.",
        )
    return InvalidInput(code, f"{error.detail}.".replace("..", "."))
