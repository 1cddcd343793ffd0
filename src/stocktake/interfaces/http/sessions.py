"""Signing in and out, and who one is (SEC-4)."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from pydantic import Field

from stocktake.interfaces.http.access_schema import SESSION
from stocktake.interfaces.http.answer import Document, shape, told
from stocktake.interfaces.http.door import check_own_page, drop_session, keep_session
from stocktake.interfaces.http.parameter import Told
from stocktake.interfaces.http.people import Doorway, Keeping
from stocktake.interfaces.http.route import Access, Routes
from stocktake.interfaces.http.schema import TEXT
from stocktake.interfaces.people_document import principal_document
from stocktake.model.person import Principal

routes = Routes("sessions")


class Credentials(Told):
    """Who one is, and the proof."""

    email: str = Field(max_length=320, examples=["ana@example.com"])
    password: str = Field(max_length=1_024, examples=["correct horse battery staple"], repr=False)


class PasswordChange(Told):
    """The password as it is, and as it is to be."""

    current: str = Field(max_length=1_024, repr=False)
    new: str = Field(max_length=1_024, repr=False)


@routes.post(
    "/session",
    needs=Access.ANYBODY,
    answers={200: told("Signed in; the session's cookie is set.", SESSION)},
    refuses=(401, 403, 415, 429),
)
def sign_in(request: Request, doorway: Doorway, body: Credentials) -> Document:
    """Sign in with a password: sets the session's cookie, and tells what changes must show as X-CSRF-Token."""
    check_own_page(request)
    address = request.client.host if request.client else ""
    request.state.session = doorway.installation.sign_in(body.email, body.password, address)
    return session_answer(request, doorway, request.state.session.principal)


@routes.get("/session", needs=Access.SIGNED_IN, answers={200: told("Who one is.", SESSION)})
def show_session(request: Request, doorway: Doorway) -> Document:
    """Who one is, and with which roles; of a session also what changes must show as X-CSRF-Token."""
    return session_answer(request, doorway, request.state.principal)


@routes.delete("/session", needs=Access.SIGNED_IN, answers={200: told("Signed out.", shape(status=TEXT))})
def sign_out(request: Request, doorway: Doorway) -> Document:
    """Sign out: the session ends here and everywhere it was copied to. A token stays as it is."""
    cookie = getattr(request.state, "cookie", None)
    answer = Document({"status": "signed out"})
    if cookie is not None:
        doorway.installation.sign_out(cookie)
        drop_session(request, answer, doorway.settings)
        request.state.session = None
    return answer


@routes.put(
    "/session/password",
    needs=Access.SIGNED_IN,
    answers={200: told("Changed; all other sessions have ended.", shape(status=TEXT))},
    refuses=(415, 429),
)
def change_password(request: Request, people: Keeping, body: PasswordChange) -> dict[str, Any]:
    """Give oneself another password. All other sessions end."""
    session = getattr(request.state, "session", None)
    people.change_own_password(body.current, body.new, session=session.token if session else None)
    return {"status": "changed"}


def session_answer(request: Request, doorway: Doorway, principal: Principal) -> Document:
    """Who one is; with the cookie of a session."""
    session = getattr(request.state, "session", None)
    found = doorway.installation.people(principal).workspaces()
    answer = Document(principal_document(principal, found, session))
    if session is not None:
        keep_session(request, answer, doorway.settings)
    return answer
