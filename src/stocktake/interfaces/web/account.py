"""One's own account: password and tokens (SEC-4)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request
from starlette.responses import Response

from stocktake.book.people import People
from stocktake.interfaces.http.parameter import LARGEST_ID
from stocktake.interfaces.http.people import Keeping
from stocktake.interfaces.http.problem import status_of
from stocktake.interfaces.http.route import Access
from stocktake.interfaces.web.attempt import attempted
from stocktake.interfaces.web.form import Sent
from stocktake.interfaces.web.page import page
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice
from stocktake.model.errors import InvalidInput, Refusal, Throttled, Unauthenticated
from stocktake.model.person import ApiToken, Role

routes = Pages("")

TokenId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@routes.get("/account", needs=Access.SIGNED_IN)
def show_account(request: Request, people: Keeping) -> Response:
    """Who one is, one's tokens, and where one gives oneself another password."""
    return _account(request, people)


@routes.post("/account/password", needs=Access.SIGNED_IN)
def change_password(request: Request, people: Keeping, form: Sent) -> Response:
    """Give oneself another password. All other sessions end."""
    session = getattr(request.state, "session", None)

    def act() -> Response:
        if form.get("new", "") != form.get("again", ""):
            raise InvalidInput(
                "passwords-differ",
                "The new password was not written the same twice. Nothing was changed.",
                hint="Write it once more.",
            )
        people.change_own_password(
            form.get("current", ""), form.get("new", ""), session=session.token if session else None
        )
        return _account(request, people, done="Your password is changed. All your other sessions have ended.")

    return attempted(
        request,
        act,
        lambda error: _account(request, people, error=error),
        elsewhere=lambda error: not isinstance(error, InvalidInput | Throttled | Unauthenticated),
    )


@routes.post("/account/tokens", needs=Access.SIGNED_IN)
def add_token(request: Request, people: Keeping, form: Sent) -> Response:
    """Make a token. Its text is shown this once, and kept nowhere."""

    def act() -> Response:
        made = people.create_token(
            form.get("name", ""),
            expires=form.text("expires") or "90d",
            workspace=form.text("workspace"),
            role=form.text("role"),
        )
        return _account(request, people, made=made)

    return attempted(request, act, lambda error: _account(request, people, error=error))


@routes.post("/account/tokens/{token_id}", needs=Access.SIGNED_IN)
def revoke_token(request: Request, people: Keeping, token_id: TokenId) -> Response:
    """Let a token hold no longer."""

    def act() -> str:
        people.revoke_token(token_id)
        return "/account"

    return attempted(request, act, lambda error: _account(request, people, error=error))


def _account(
    request: Request,
    people: People,
    *,
    error: Refusal | None = None,
    made: tuple[ApiToken, str] | None = None,
    done: str | None = None,
) -> Response:
    who = people.principal
    return page(
        request,
        "account.html",
        status=status_of(error) if error else 200,
        title="Your account",
        who=who,
        found=people.tokens() if who.user_id is not None else [],
        workspaces=people.workspaces(),
        roles=list(Role),
        refusal=notice(error) if error else None,
        made=made,
        done=done,
    )
