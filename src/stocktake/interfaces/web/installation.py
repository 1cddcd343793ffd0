"""The installation, for platform admins: users, workspaces, runs of all workspaces, its audit (SEC-1, SEC-3, ROL-12)."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Path, Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book.people import People
from stocktake.interfaces.http.parameter import PageQuery, Text
from stocktake.interfaces.http.people import Keeping
from stocktake.interfaces.http.problem import status_of
from stocktake.interfaces.page import Page
from stocktake.interfaces.web.attempt import attempted
from stocktake.interfaces.web.form import Sent
from stocktake.interfaces.web.page import page, pager, segment, to
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.run_line import run_line
from stocktake.interfaces.web.wording import notice
from stocktake.model.errors import InvalidInput, Refusal
from stocktake.model.person import Role

routes = Pages("")

Email = Annotated[Text, Path()]
Name = Annotated[Text, Path()]


@routes.get("/platform", needs=Right.PLATFORM)
def begin() -> Response:
    """The first of its pages."""
    return to("/platform/users")


@routes.get("/platform/users", needs=Right.PLATFORM)
def show_users(request: Request, people: Keeping, asked: PageQuery) -> Response:
    """The users, by address."""
    return _users(request, people, asked.wanted)


@routes.post("/platform/users", needs=Right.PLATFORM)
def add_user(request: Request, people: Keeping, form: Sent) -> Response:
    """Add a user, with a role if one is given."""
    told = {name: form.text(name) for name in ("name", "role", "workspace")}

    def act() -> str:
        people.add_user(
            form.get("email", ""),
            password=form.get("password") or None,
            is_platform_admin=form.is_set("is_platform_admin"),
            name=told["name"],
            role=told["role"],
            workspace=told["workspace"] if told["role"] else None,
        )
        return "/platform/users"

    return attempted(
        request,
        act,
        lambda error: _users(
            request, people, Page(), error=error, sent={**told, "email": form.text("email")}
        ),
    )


@routes.get("/platform/users/{email}", needs=Right.PLATFORM)
def show_user(request: Request, people: Keeping, email: Email) -> Response:
    """One user, with all roles and tokens."""
    return _user(request, people, email)


@routes.post("/platform/users/{email}", needs=Right.PLATFORM)
def set_user(request: Request, people: Keeping, email: Email, form: Sent) -> Response:
    """Change a user, or forget them; the audit still names them."""

    def act() -> str:
        if form.text("act") == "remove":
            if form.text("typed") != email:
                raise InvalidInput(
                    "not-confirmed",
                    f"What was typed is not {email}. Nothing was written.",
                    hint=f"Type {email} to forget them.",
                )
            people.remove_user(email)
            return "/platform/users"
        people.set_user(
            email,
            password=form.get("password") or None,
            name=form.text("name"),
            is_active=form.is_set("is_active"),
            is_platform_admin=form.is_set("is_platform_admin"),
        )
        return f"/platform/users/{segment(email)}"

    return attempted(request, act, lambda error: _user(request, people, email, error=error))


@routes.get("/platform/workspaces", needs=Right.PLATFORM)
def show_workspaces(request: Request, people: Keeping) -> Response:
    """The workspaces, and the accounts that they belong to."""
    return _workspaces(request, people)


@routes.post("/platform/workspaces", needs=Right.PLATFORM)
def add_workspace(request: Request, people: Keeping, form: Sent) -> Response:
    """Make a workspace, and its account where that is new."""

    def act() -> str:
        people.add_workspace(form.get("name", ""), account=form.text("account") or "default")
        return "/platform/workspaces"

    return attempted(
        request,
        act,
        lambda error: _workspaces(
            request,
            people,
            error=error,
            sent={"name": form.get("name", ""), "account": form.get("account", "")},
        ),
    )


@routes.post("/platform/workspaces/{name}", needs=Right.PLATFORM)
def set_workspace(request: Request, people: Keeping, name: Name, form: Sent) -> Response:
    """Say whether the admins of a workspace may roll back, or give it to another account (SEC-3)."""

    def act() -> str:
        people.set_workspace(
            name, account=form.text("account"), allows_rollback=form.is_set("allows_rollback")
        )
        return "/platform/workspaces"

    return attempted(request, act, lambda error: _workspaces(request, people, error=error))


@routes.get("/platform/runs", needs=Right.PLATFORM)
def show_runs(request: Request, people: Keeping, asked: PageQuery) -> Response:
    """What was imported and undone in all workspaces, newest first (ROL-12)."""
    wanted = asked.wanted
    found, total = people.runs(page=wanted.page, page_size=wanted.limit)
    open_book = partial(request.app.state.way.installation.book, principal=request.state.principal)
    books = {name: open_book(name) for name in {workspace.name for workspace, _ in found}}
    return page(
        request,
        "platform/runs.html",
        title="Runs of all workspaces",
        lines=[run_line(books[workspace.name], run) for workspace, run in found],
        pager=pager(request, wanted, total),
    )


@routes.get("/platform/activity", needs=Right.PLATFORM)
def show_activity(request: Request, people: Keeping, asked: PageQuery) -> Response:
    """What happened to the installation: users, workspaces, signing in; newest first (SEC-8)."""
    wanted = asked.wanted
    found, total = people.activity(page=wanted.page, page_size=wanted.limit)
    return page(
        request,
        "platform/activity.html",
        title="Activity of the installation",
        found=found,
        pager=pager(request, wanted, total),
    )


def _users(
    request: Request,
    people: People,
    wanted: Page,
    *,
    error: Refusal | None = None,
    sent: dict[str, str | None] | None = None,
) -> Response:
    found, total = people.users(page=wanted.page, page_size=wanted.limit)
    return page(
        request,
        "platform/users.html",
        status=status_of(error) if error else 200,
        title="Users",
        found=found,
        pager=pager(request, wanted, total),
        roles=list(Role),
        workspaces=people.workspaces(),
        refusal=notice(error) if error else None,
        sent=sent or dict.fromkeys(("email", "name", "role", "workspace")),
    )


def _user(request: Request, people: People, email: str, *, error: Refusal | None = None) -> Response:
    user = people.user(email)
    return page(
        request,
        "platform/user.html",
        status=status_of(error) if error else 200,
        title=user.email,
        user=user,
        memberships=people.memberships(email),
        tokens=people.tokens(email),
        refusal=notice(error) if error else None,
    )


def _workspaces(
    request: Request,
    people: People,
    *,
    error: Refusal | None = None,
    sent: dict[str, str] | None = None,
) -> Response:
    return page(
        request,
        "platform/workspaces.html",
        status=status_of(error) if error else 200,
        title="Workspaces",
        found=people.workspaces(),
        accounts=people.accounts(),
        refusal=notice(error) if error else None,
        sent=sent or {"name": "", "account": ""},
    )
