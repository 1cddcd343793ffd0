"""Pages: routes for people, beside those for programs; each says what it needs, every form proves where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import Depends
from starlette.responses import HTMLResponse

from stocktake.access.right import Right
from stocktake.interfaces.http.route import WORKSPACE, Access, Need, Route
from stocktake.interfaces.web.form import sent_form

Endpoint = Callable[..., Any]


class Pages:
    """The pages of one area, in the order in which they are tried."""

    def __init__(self, prefix: str = WORKSPACE) -> None:
        self._prefix = prefix
        self._routes: list[Route] = []

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def get(self, path: str, *, needs: Need, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """A page that is only read."""
        return self._route("GET", path, needs, options)

    def post(self, path: str, *, needs: Need, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """What a form does. Its fields are read before the endpoint is called, and refused without the session's proof."""
        return self._route("POST", path, needs, {"dependencies": [Depends(sent_form)], **options})

    def receive(self, path: str, *, needs: Need, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """A form with a file, which the endpoint reads itself as it arrives, with ``form.read_proven_file``."""
        return self._route("POST", path, needs, options)

    def _route(
        self, method: str, path: str, needs: Need, options: dict[str, Any]
    ) -> Callable[[Endpoint], Endpoint]:
        if not isinstance(needs, Right | Access):
            raise TypeError(f"{method} {path} does not say what it needs")

        def register(endpoint: Endpoint) -> Endpoint:
            self._routes.append(
                Route(
                    method=method,
                    path=self._prefix + path or "/",
                    needs=needs,
                    endpoint=endpoint,
                    is_page=True,
                    options={
                        "include_in_schema": False,
                        "response_model": None,
                        "response_class": HTMLResponse,
                        "operation_id": f"page-{endpoint.__module__.rpartition('.')[2]}-{endpoint.__name__}",
                        **options,
                    },
                )
            )
            return endpoint

        return register
