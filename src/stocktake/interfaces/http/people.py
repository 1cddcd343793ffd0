"""Users, members, tokens, workspaces (SEC-1, SEC-3, SEC-4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Depends, Path, Request
from pydantic import Field

from stocktake.access.right import Right
from stocktake.book.people import People
from stocktake.book.serving import ServerSettings
from stocktake.interfaces.activity_document import activity_document
from stocktake.interfaces.http.access_schema import MEMBER, PLACE, ROLE, TOKEN, USER
from stocktake.interfaces.http.answer import page_shape, told
from stocktake.interfaces.http.parameter import Name, PageQuery, RecordId, Text, Told
from stocktake.interfaces.http.route import WORKSPACE, Access, Routes
from stocktake.interfaces.http.schema import ACTIVITY, RUN_ANYWHERE
from stocktake.interfaces.people_document import (
    member_document,
    token_document,
    user_document,
    workspace_document,
)
from stocktake.interfaces.run_document import workspace_run_document

if TYPE_CHECKING:
    from stocktake.book.installation import Installation

routes = Routes("people")


RoleName = Literal["viewer", "operator", "admin"]
Email = Annotated[Text, Path(description="Their address.", examples=["ana@example.com"])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The installation that an application serves, and how."""

    installation: Installation
    settings: ServerSettings


def _way(request: Request) -> Way:
    found: Way = request.app.state.way
    return found


def _people(request: Request) -> People:
    return _way(request).installation.people(request.state.principal)


Doorway = Annotated[Way, Depends(_way)]
Keeping = Annotated[People, Depends(_people)]


class UserAdded(Told):
    """Somebody who may sign in; without a password by an identity provider, or by tokens only."""

    email: str = Field(max_length=320, examples=["ana@example.com"])
    name: str | None = Field(default=None, max_length=200)
    password: str | None = Field(default=None, max_length=1_024, repr=False)
    is_platform_admin: bool = False
    role: RoleName | None = None
    workspace: str | None = Field(default=None, max_length=200)
    account: str | None = Field(default=None, max_length=200)


class UserChanged(Told):
    """What of a user should be otherwise; what is left out stays."""

    name: str | None = Field(default=None, max_length=200)
    password: str | None = Field(default=None, max_length=1_024, repr=False)
    is_platform_admin: bool | None = None
    is_active: bool | None = None


class RoleGiven(Told):
    """A role."""

    role: RoleName


class TokenAsked(Told):
    """A token of one's own; or, for a platform admin, of ``email``."""

    name: str = Field(max_length=200, examples=["nightly"])
    email: str | None = Field(default=None, max_length=320)
    expires: str = Field(default="90d", max_length=40, description="A length of time such as 90d, or a day.")
    workspace: str | None = Field(default=None, max_length=200)
    role: RoleName | None = None


class WorkspaceAdded(Told):
    """A workspace, and the account that it belongs to."""

    name: str = Field(max_length=200, examples=["acme"])
    account: str = Field(default="default", max_length=200)
    allows_rollback: bool = True


class WorkspaceChanged(Told):
    """What of a workspace should be otherwise; what is left out stays."""

    account: str | None = Field(default=None, max_length=200)
    allows_rollback: bool | None = None


@routes.get(
    "/workspaces", needs=Access.SIGNED_IN, answers={200: told("A page of workspaces.", page_shape(PLACE))}
)
def list_workspaces(people: Keeping, asked: PageQuery) -> dict[str, Any]:
    """The workspaces in which one may look, by name."""
    found, page = people.workspaces(), asked.wanted
    return page.document([workspace_document(each) for each in page.part(found)], len(found))


@routes.post(
    "/workspaces",
    needs=Right.PLATFORM,
    answers={201: told("The workspace.", PLACE)},
    refuses=(409, 415),
)
def add_workspace(people: Keeping, body: WorkspaceAdded) -> dict[str, Any]:
    """Make a workspace, and its account where that is new."""
    return workspace_document(
        people.add_workspace(body.name, account=body.account, allows_rollback=body.allows_rollback)
    )


@routes.get(WORKSPACE, needs=Right.VIEW, answers={200: told("The workspace.", PLACE)})
def show_workspace(people: Keeping, workspace: Name) -> dict[str, Any]:
    """One workspace."""
    return workspace_document(people.workspace(workspace))


@routes.patch(
    WORKSPACE, needs=Right.PLATFORM, answers={200: told("The workspace.", PLACE)}, refuses=(409, 415)
)
def set_workspace(people: Keeping, workspace: Name, body: WorkspaceChanged) -> dict[str, Any]:
    """Give a workspace to another account, or say whether its admins may roll back (SEC-3)."""
    return workspace_document(
        people.set_workspace(workspace, account=body.account, allows_rollback=body.allows_rollback)
    )


@routes.get(
    WORKSPACE + "/members",
    needs=Right.MANAGE,
    answers={200: told("A page of members.", page_shape(MEMBER))},
)
def list_members(people: Keeping, workspace: Name, asked: PageQuery) -> dict[str, Any]:
    """Who has which role in a workspace, also by a role in all of its account."""
    found, page = people.members(workspace), asked.wanted
    return page.document([member_document(each) for each in page.part(found)], len(found))


@routes.put(
    WORKSPACE + "/members/{email}",
    needs=Right.MANAGE,
    answers={200: told("The role.", ROLE)},
    refuses=(409, 415),
)
def set_member(people: Keeping, workspace: Name, email: Email, body: RoleGiven) -> dict[str, Any]:
    """Give somebody a role in a workspace; who is no user yet becomes one, without a password."""
    people.set_member(workspace, email, body.role)
    return {"email": email, "workspace": workspace, "role": body.role}


@routes.delete(
    WORKSPACE + "/members/{email}",
    needs=Right.MANAGE,
    answers={200: told("The role is gone.", ROLE)},
    refuses=(409,),
)
def remove_member(people: Keeping, workspace: Name, email: Email) -> dict[str, Any]:
    """Take somebody's role in a workspace away."""
    people.set_member(workspace, email, None)
    return {"email": email, "workspace": workspace, "role": None}


@routes.get("/users", needs=Right.PLATFORM, answers={200: told("A page of users.", page_shape(USER))})
def list_users(people: Keeping, asked: PageQuery) -> dict[str, Any]:
    """The users, by address."""
    page = asked.wanted
    found, total = people.users(page=page.page, page_size=page.limit)
    return page.document([user_document(each) for each in found], total)


@routes.post("/users", needs=Right.PLATFORM, answers={201: told("The user.", USER)}, refuses=(409, 415))
def add_user(people: Keeping, body: UserAdded) -> dict[str, Any]:
    """Add a user, with a role if one is given."""
    return user_document(
        people.add_user(
            body.email,
            password=body.password,
            name=body.name,
            role=body.role,
            workspace=body.workspace,
            account=body.account,
            is_platform_admin=body.is_platform_admin,
        )
    )


@routes.get(
    "/users/{email}",
    needs=Right.PLATFORM,
    answers={200: told("The user.", USER)},
)
def show_user(people: Keeping, email: Email) -> dict[str, Any]:
    """One user, with all roles."""
    memberships = [member_document(each) for each in people.memberships(email)]
    return {**user_document(people.user(email)), "memberships": memberships}


@routes.patch(
    "/users/{email}", needs=Right.PLATFORM, answers={200: told("The user.", USER)}, refuses=(409, 415)
)
def set_user(people: Keeping, email: Email, body: UserChanged) -> dict[str, Any]:
    """Change a user. A new password, or being inactive, ends their sessions."""
    return user_document(
        people.set_user(
            email,
            password=body.password,
            name=body.name,
            is_platform_admin=body.is_platform_admin,
            is_active=body.is_active,
        )
    )


@routes.delete(
    "/users/{email}", needs=Right.PLATFORM, answers={200: told("Who it was.", USER)}, refuses=(409,)
)
def remove_user(people: Keeping, email: Email) -> dict[str, Any]:
    """Forget a user, with roles, sessions and tokens; the audit still names them."""
    return user_document(people.remove_user(email))


@routes.get("/tokens", needs=Access.SIGNED_IN, answers={200: told("A page of tokens.", page_shape(TOKEN))})
def list_tokens(people: Keeping, asked: PageQuery) -> dict[str, Any]:
    """One's own tokens, newest first."""
    found, page = people.tokens(), asked.wanted
    return page.document([token_document(each) for each in page.part(found)], len(found))


@routes.post(
    "/tokens",
    needs=Access.SIGNED_IN,
    answers={201: told("The token, and its text, shown this once.", TOKEN)},
    refuses=(409, 415),
)
def add_token(people: Keeping, body: TokenAsked) -> dict[str, Any]:
    """Make a token, narrowed to a workspace or a role if wanted. Its text is told this once, and kept nowhere."""
    made, text = people.create_token(
        body.name, email=body.email, expires=body.expires, workspace=body.workspace, role=body.role
    )
    return token_document(made, text)


@routes.delete(
    "/tokens/{record_id}",
    needs=Access.SIGNED_IN,
    answers={200: told("The token, revoked.", TOKEN)},
    refuses=(409,),
)
def revoke_token(people: Keeping, record_id: RecordId) -> dict[str, Any]:
    """Let a token hold no longer."""
    return token_document(people.revoke_token(record_id))


@routes.get(
    "/activity",
    needs=Right.PLATFORM,
    answers={200: told("A page of acts.", page_shape(ACTIVITY))},
)
def list_activity_of_installation(people: Keeping, asked: PageQuery) -> dict[str, Any]:
    """What happened to the installation: users, workspaces, signing in; newest first (SEC-8)."""
    page = asked.wanted
    found, total = people.activity(page=page.page, page_size=page.limit)
    return page.document([activity_document(each) for each in found], total)


@routes.get("/runs", needs=Right.PLATFORM, answers={200: told("A page of runs.", page_shape(RUN_ANYWHERE))})
def list_runs_of_all_workspaces(people: Keeping, asked: PageQuery) -> dict[str, Any]:
    """What was imported and undone in all workspaces, newest first (ROL-12)."""
    page = asked.wanted
    found, total = people.runs(page=page.page, page_size=page.limit)
    return page.document([workspace_run_document(*each) for each in found], total)
