"""Who comes in: a token or a session is shown at the door, before anything of a request is read (SEC-2, SEC-3, SEC-4)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book.serving import ServerSettings
from stocktake.interfaces.http.parameter import storable
from stocktake.interfaces.http.route import Access, Route
from stocktake.model.errors import InvalidInput, NotAllowed, NotFound, Unauthenticated

if TYPE_CHECKING:
    from stocktake.book.installation import Installation
    from stocktake.model.person import Principal, SignedIn

CSRF_HEADER = "X-CSRF-Token"
SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Lets in whoever may come in, and leaves with the request who it is, and the book of the workspace in its address."""

    installation: Installation
    settings: ServerSettings

    def admit(self, request: Request, route: Route) -> None:
        """Raises ``Unauthenticated``, ``NotAllowed``, or the ``NotFound`` of a workspace that does not exist for them."""
        _check_address(request)
        if route.needs is Access.ANYBODY:
            return
        principal = self._principal(request, route)
        request.state.principal = principal
        if route.in_workspace:
            self._admit_to_workspace(request, route, principal)
        elif isinstance(route.needs, Right):
            self.installation.people(principal).check_right(route.needs)

    def _admit_to_workspace(self, request: Request, route: Route, principal: Principal) -> None:
        try:
            book = self.installation.book(request.path_params["workspace"], principal)
            if isinstance(route.needs, Right):
                book.check_right(route.needs)
        except NotFound as error:
            if error.code != "unknown-workspace" or not route.denies or principal.is_platform_admin:
                raise
            raise NotAllowed(
                "access-denied",
                "You have no access to this workspace, or there is none of this name.",
                hint="GET /api/v1/workspaces lists those that you may look into.",
            ) from None
        request.state.book = book

    def leave(self, request: Request, answer: Response) -> None:
        """The cookie of a session whose token was renewed meanwhile."""
        session: SignedIn | None = getattr(request.state, "session", None)
        if session is not None and session.is_renewed:
            keep_session(request, answer, self.settings)

    def _principal(self, request: Request, route: Route) -> Principal:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme:
            if scheme.lower() != "bearer" or not token.strip():
                raise Unauthenticated(
                    "unauthenticated",
                    "The Authorization header holds no token.",
                    hint="Write `Authorization: Bearer stk_…`.",
                )
            return self.installation.authenticate_token(token.strip())
        cookie = request.cookies.get(cookie_name(request, self.settings))
        if not cookie:
            raise Unauthenticated(
                "unauthenticated",
                "Nobody is signed in.",
                hint="Send a token as `Authorization: Bearer stk_…`, or sign in with POST /api/v1/session.",
            )
        session = self.installation.principal_of_session(cookie)
        request.state.session = session
        request.state.cookie = cookie
        if request.method not in SAFE:
            check_own_page(request)
            if (
                not route.is_page
            ):  # The proof of a page's form stands in its body, which is read behind the door.
                _check_csrf(request, session)
        return session.principal


def cookie_name(request: Request, settings: ServerSettings) -> str:
    """The session's cookie: bound to this host and to TLS, but on the machine itself (SEC-4)."""
    return "__Host-stocktake-session" if is_secure(request, settings) else "stocktake-session"


def is_secure(request: Request, settings: ServerSettings) -> bool:
    """Whether cookies travel over TLS alone: always, but for plain HTTP on a loopback address."""
    return request.url.scheme == "https" or not settings.is_loopback


def keep_session(request: Request, response: Response, settings: ServerSettings) -> None:
    """Put a session that was begun or renewed into its cookie."""
    session: SignedIn = request.state.session
    response.set_cookie(
        cookie_name(request, settings),
        session.token,
        expires=session.expires_at,
        path="/",
        secure=is_secure(request, settings),
        httponly=True,
        samesite="lax",
    )


def drop_session(request: Request, response: Response, settings: ServerSettings) -> None:
    """Take the cookie away."""
    response.delete_cookie(
        cookie_name(request, settings),
        path="/",
        secure=is_secure(request, settings),
        httponly=True,
        samesite="lax",
    )


def check_own_page(request: Request) -> None:
    """Refuse what another site's page sends by a browser (SEC-4). Raises ``NotAllowed`` ``cross-site``."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        foreign = site not in ("same-origin", "none")
    else:
        origin = request.headers.get("origin")
        foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")
    if foreign:
        raise NotAllowed(
            "cross-site",
            "The request was sent by a page of another site. Nothing was written.",
            hint="Programs use a token; pages of other sites cannot act here.",
        )


def _check_csrf(request: Request, session: SignedIn) -> None:
    shown = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(shown.encode("utf-8", "replace"), session.csrf.encode()):
        raise NotAllowed(
            "csrf-token-missing",
            f"The request does not prove that a page of this server sent it: {CSRF_HEADER} is missing or wrong. "
            "Nothing was written.",
            hint="GET /api/v1/session tells it as `csrf`.",
        )


def _check_address(request: Request) -> None:
    """Refuse what no database can hold, in path and query."""
    try:
        for text in (request.url.path, *request.path_params.values()):
            storable(str(text))
        for name, value in request.query_params.multi_items():
            storable(name)
            storable(value)
    except ValueError as error:
        raise InvalidInput(
            "malformed-request",
            f"The address {error}.",
            hint="Leave it out.",
        ) from error
