"""The application: an installation over HTTP, for uvicorn and any other ASGI server (interfaces.md)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from stocktake._version import __version__
from stocktake.book.serving import ServerSettings, server_settings
from stocktake.interfaces.http import (
    declarations,
    health,
    imports,
    media,
    missing,
    people,
    progress,
    records,
    rejected,
    reports,
    runs,
    sessions,
    upkeep,
    vouching,
    webhooks,
    work,
)
from stocktake.interfaces.http.answer import PROBLEM_SCHEMA
from stocktake.interfaces.http.door import Door
from stocktake.interfaces.http.frame import Frame
from stocktake.interfaces.http.limits import Limits
from stocktake.interfaces.http.log import set_up_log
from stocktake.interfaces.http.metrics import Metrics
from stocktake.interfaces.http.patience import Patience
from stocktake.interfaces.http.people import Way
from stocktake.interfaces.http.problem import handle_refusals
from stocktake.interfaces.http.result import job_result
from stocktake.interfaces.http.route import ROOT, Route, mount
from stocktake.interfaces.http.schema import COMPONENTS
from stocktake.interfaces.web.pages import PAGES
from stocktake.interfaces.web.refusal import refusal_page

if TYPE_CHECKING:
    from stocktake.book.installation import Installation

#: So many requests may wait at once, beside those that are answered: as many for long work, for a file to arrive, and
#: within a key. Each kind has places of its own, since one with a key may wait for long work while it holds its place.
WAITING = 100

#: Every route there is.
ROUTES: tuple[Route, ...] = tuple(
    route
    for module in (
        sessions,
        vouching,
        people,
        imports,
        progress,
        runs,
        rejected,
        records,
        missing,
        reports,
        declarations,
        media,
        upkeep,
        webhooks,
        work,
    )
    for route in module.routes
)

_ABOUT = (
    "Imports records that live elsewhere: previewed row by row, applied in one transaction, undone as a whole. "
    "Every error is a problem document (RFC 9457) with the codes of the command line. Lists are pages of at most 200."
)


def create_app(installation: Installation, settings: ServerSettings | None = None) -> FastAPI:
    """An application that serves ``installation``; whoever runs it closes it afterwards.

    Raises ``TypeError`` where a route does not say what it needs.
    """
    told = settings or server_settings()
    metrics = Metrics()
    worker = installation.worker(document=partial(job_result, metrics))

    @asynccontextmanager
    async def at_work(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = told.threads
        for kind in ("waiting", "arriving", "repeating"):
            setattr(app.state, kind, anyio.CapacityLimiter(WAITING))
        await anyio.to_thread.run_sync(worker.start)
        try:
            yield
        finally:
            await anyio.to_thread.run_sync(worker.stop)

    app = FastAPI(
        title="Stocktake",
        version=__version__,
        description=_ABOUT,
        openapi_url=f"{ROOT}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=at_work,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.way = Way(installation=installation, settings=told)
    app.state.metrics = metrics
    app.state.worker = worker
    app.state.refusal_page = refusal_page
    handle_refusals(app)
    mount(app, (*ROUTES, *health.routes, *PAGES), Door(installation=installation, settings=told))
    app.add_middleware(Limits, settings=told)
    app.add_middleware(Patience, settings=told)
    app.add_middleware(Frame, metrics=metrics)
    app.openapi = lambda: _published(app)  # type: ignore[method-assign]
    return app


def app_from_environment() -> FastAPI:
    """The application as the environment describes it: its factory for any ASGI server.

    ``STOCKTAKE_DB`` names the database; the settings of docs/reference/settings.md hold.
    """
    from stocktake.book.installation import open_installation

    set_up_log("console" if os.environ.get("STOCKTAKE_LOG_FORMAT") == "console" else "json")
    installation = open_installation(os.environ.get("STOCKTAKE_DB", "sqlite:///stocktake.db"))
    host = os.environ.get("STOCKTAKE_HOST", "")
    return create_app(installation, server_settings(host=host))


def _published(app: FastAPI) -> dict[str, Any]:
    """The schema, OpenAPI 3.1, with the shape of problems and how one shows who one is."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        _leave_references_alone(schema)
        components = schema.setdefault("components", {})
        components.setdefault("schemas", {}).update(COMPONENTS | {"Problem": PROBLEM_SCHEMA})
        for unused in ("HTTPValidationError", "ValidationError"):
            components["schemas"].pop(unused, None)
        components["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer", "description": "An API token, stk_…"},
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": "__Host-stocktake-session",
                "description": "Of POST /api/v1/session; changes show X-CSRF-Token as well.",
            },
        }
        schema["security"] = [{"token": []}, {"session": []}]
        app.openapi_schema = schema
    return app.openapi_schema


def _leave_references_alone(schema: dict[str, Any]) -> None:
    """Take away what fastapi writes beside the reference to a named document: that the answer is a text."""
    for operations in schema["paths"].values():
        for operation in operations.values():
            for answer in operation["responses"].values():
                for each in answer.get("content", {}).values():
                    if "$ref" in each.get("schema", {}):
                        each["schema"] = {"$ref": each["schema"]["$ref"]}
