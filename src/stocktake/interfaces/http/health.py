"""Whether the server is alive and ready, and its metrics."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.interfaces.http.answer import shape, told
from stocktake.interfaces.http.metrics import CONTENT_TYPE
from stocktake.interfaces.http.people import Doorway
from stocktake.interfaces.http.route import Access, Routes
from stocktake.interfaces.http.schema import TEXT
from stocktake.model.errors import InvalidInput, Refusal, Unauthenticated

routes = Routes("health", root="")

#: Headers by which a request says that it came through a proxy.
_PROXIED = ("forwarded", "x-forwarded-for", "x-real-ip")


@routes.get("/healthz", needs=Access.ANYBODY, answers={200: told("It is alive.", shape(status=TEXT))})
def show_life() -> dict[str, Any]:
    """Whether the server is alive; asks nothing of the database."""
    return {"status": "alive"}


@routes.get(
    "/readyz", needs=Access.ANYBODY, answers={200: told("It is ready.", shape(status=TEXT))}, refuses=(503,)
)
def show_readiness(doorway: Doorway) -> dict[str, Any]:
    """Whether the database answers, and is at the newest schema."""
    try:
        doorway.installation.check_ready()
    except Refusal as error:
        raise InvalidInput(
            "not-ready",
            "The database does not answer, or is not at the newest schema.",
            hint="The server's log says more. `stocktake serve` brings a database up to date where it may.",
            details={"because": error.code},
        ) from error
    return {"status": "ready"}


@routes.get(
    "/metrics",
    needs=Access.ANYBODY,
    answers={200: {"description": "The metrics.", "content": {"text/plain": {"schema": {"type": "string"}}}}},
    refuses=(401, 403),
    response_class=Response,
)
def show_metrics(request: Request, doorway: Doorway) -> Response:
    """Metrics for Prometheus: for a platform admin's token, or for anybody where only this machine reaches the server."""
    near = doorway.settings.is_loopback and not any(name in request.headers for name in _PROXIED)
    if not near:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated(
                "unauthenticated",
                "The metrics are for a platform admin.",
                hint="Send a token as `Authorization: Bearer stk_…`.",
            )
        principal = doorway.installation.authenticate_token(token.strip())
        doorway.installation.people(principal).check_right(Right.PLATFORM)
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE)
