"""The route table: every route declares what it needs, and none can be made without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.interfaces.http.answer import Document, refusals
from stocktake.interfaces.http.once import KEY_PARAMETER, handled_once

ROOT = "/api/v1"
WORKSPACE = "/workspaces/{workspace}"

#: Statuses that every route may answer with, and every route behind the door.
_ALWAYS = (400, 408, 413, 422, 500, 503)
_GUARDED = (401, 403, 404)


class Access(StrEnum):
    """Who may ask, where it is no right in a workspace."""

    ANYBODY = "anybody"
    SIGNED_IN = "whoever is signed in"


Need = Right | Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route: ``needs`` is asked at the door, before anything of the request is read.

    ``keeps_once``: a request with an ``Idempotency-Key`` is answered once, however often it is sent. ``denies``: who has no
    access to the workspace is told so, whether it exists or not, where other routes answer that it does not (HEA-5).
    ``is_page``: it is for people, who read its refusals as pages, and whose forms carry their proof in a field.
    ``in_browser``: a browser may be sent there by somebody else; it is then answered with pages as well.
    """

    method: str
    path: str
    needs: Need
    endpoint: Callable[..., Any]
    keeps_once: bool = False
    denies: bool = False
    is_page: bool = False
    in_browser: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """``GET /api/v1/workspaces/{workspace}/runs``."""
        return f"{self.method} {self.path}"

    @property
    def in_workspace(self) -> bool:
        """Whether it is of one workspace."""
        return self.path.startswith((ROOT + WORKSPACE, WORKSPACE))


class Routes:
    """The routes of one noun, in the order in which they are tried."""

    def __init__(self, tag: str, prefix: str = "", *, root: str = ROOT) -> None:
        self._tag = tag
        self._prefix = root + prefix
        self._routes: list[Route] = []

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def get(self, path: str, **told: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Something that is only read."""
        return self._route("GET", path, **told)

    def post(self, path: str, **told: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Something that is made or done."""
        return self._route("POST", path, **told)

    def put(self, path: str, **told: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Something that is set as a whole."""
        return self._route("PUT", path, **told)

    def patch(self, path: str, **told: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Something of which parts are set."""
        return self._route("PATCH", path, **told)

    def delete(self, path: str, **told: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Something that is taken away."""
        return self._route("DELETE", path, **told)

    def _route(
        self,
        method: str,
        path: str,
        *,
        needs: Need,
        answers: dict[int, dict[str, Any]],
        refuses: tuple[int, ...] = (),
        keeps_once: bool | None = None,
        denies: bool = False,
        in_browser: bool = False,
        **options: Any,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def register(endpoint: Callable[..., Any]) -> Callable[..., Any]:
            guarded = () if needs is Access.ANYBODY else _GUARDED
            documented = refusals(*_ALWAYS, *guarded, *refuses)
            first = min(answers)
            place = self._prefix + path
            keeps = (
                method == "POST" and place.startswith(ROOT + WORKSPACE) if keeps_once is None else keeps_once
            )
            options.setdefault("response_class", Document)
            self._routes.append(
                Route(
                    method=method,
                    path=place,
                    needs=needs,
                    endpoint=endpoint,
                    keeps_once=keeps,
                    denies=denies,
                    in_browser=in_browser,
                    options={
                        "responses": {**documented, **answers},
                        "response_model": None,
                        "status_code": first,
                        "tags": [self._tag],
                        "summary": (endpoint.__doc__ or "").split("\n")[0].rstrip("."),
                        "description": _description(endpoint, needs),
                        "operation_id": endpoint.__name__.replace("_", "-"),
                        **options,
                    },
                )
            )
            return endpoint

        if not isinstance(needs, Right | Access):
            raise TypeError(f"{method} {path} does not say what it needs")
        return register


def _description(endpoint: Callable[..., Any], needs: Need) -> str:
    words = " ".join((endpoint.__doc__ or "").split())
    right = f"the right to {needs}" if isinstance(needs, Right) else needs.value
    return f"{words}\n\nNeeds: {right}."


class Doorkeeper(Protocol):
    """Whoever stands at the door."""

    def admit(self, request: Request, route: Route) -> None:
        """Raise the refusal of those who may not come in."""
        ...

    def leave(self, request: Request, answer: Response) -> None:
        """Give those who go what they need to come again."""
        ...


def mount(app: FastAPI, routes: tuple[Route, ...], door: Doorkeeper) -> None:
    """Put routes on ``app``; whoever comes is met at the door first. Raises ``TypeError`` for a route without a right."""
    for each in routes:
        app.router.add_api_route(
            each.path,
            each.endpoint,
            methods=[each.method],
            route_class_override=_guarded(each, door),
            openapi_extra=_published(each) | each.options.get("openapi_extra", {}),
            **{name: told for name, told in each.options.items() if name != "openapi_extra"},
        )
    bare = [route.path for route in app.routes if isinstance(route, APIRoute) and not hasattr(route, "needs")]
    if bare:
        raise TypeError(f"routes without a right: {', '.join(bare)}")


def _published(route: Route) -> dict[str, Any]:
    told: dict[str, Any] = {"x-needs": str(route.needs)}
    if route.needs is Access.ANYBODY:
        told["security"] = []
    if route.keeps_once:
        told["parameters"] = [KEY_PARAMETER]
    return told


def _guarded(told: Route, door: Doorkeeper) -> type[APIRoute]:
    class Guarded(APIRoute):
        """A route whose door opens before the request is read: who may not come in learns nothing of it."""

        needs = told.needs

        def get_route_handler(self) -> Callable[[Request], Any]:
            handle = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                request.state.route = told
                await run_in_threadpool(door.admit, request, told)
                answer = await (handled_once(request, handle) if told.keeps_once else handle(request))
                door.leave(request, answer)
                return answer

            return guarded

    return Guarded
