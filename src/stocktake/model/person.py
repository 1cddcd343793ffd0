"""Who acts: people with their roles, and the operating system's user at a command line (SEC-3, SEC-10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What somebody is in a workspace, least first; each may do what those before may (SEC-3)."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whoever asks for something, as it was established at the door.

    ``name`` is what the audit calls them: ``ana@example.com``, ``cli:ana``, or ``ana@example.com (token nightly)``.
    ``roles``: workspace id → role there; a workspace that is missing does not exist for them. ``is_platform_admin``: every
    right in every workspace, and over the installation. ``user_id`` is None for the owner at a command line.
    ``token_id``: the token they came with, if any.
    """

    name: str
    roles: Mapping[int, Role] = field(default_factory=dict)
    is_platform_admin: bool = False
    user_id: int | None = None
    token_id: int | None = None


def owner(name: str) -> Principal:
    """Who holds the database's URL acts as platform admin (SEC-10)."""
    return Principal(name=name, is_platform_admin=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may sign in. Whether there is a password is told; what it is, nobody knows.

    email: as it was written; another spelling of the same address is the same user. signed_in_at: the last time.
    """

    user_id: int
    email: str
    name: str | None
    is_platform_admin: bool
    is_active: bool
    has_password: bool
    created_at: datetime
    signed_in_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Who has which role where. ``workspace`` is None for all workspaces of the account (SEC-3)."""

    user_id: int
    email: str
    name: str | None
    account: str
    workspace: str | None
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """What a program comes with in a user's place. Its text is shown once, when it is made, and kept nowhere (SEC-4).

    workspace, role: what it is narrowed to; None leaves its user's rights as they are.
    """

    token_id: int
    user_id: int
    email: str
    name: str
    workspace_id: int | None
    workspace: str | None
    role: Role | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSession:
    """A session as it is kept. began_at: when they signed in; created_at: when this token of it was made."""

    session_id: int
    user_id: int
    began_at: datetime
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    renewed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session that goes on: who it is, the token that its cookie holds, and what forms of it must show.

    token: changes now and then while the session goes on; the newest is to be put into the cookie. csrf: stays the same for
    the whole session (SEC-4). expires_at: when it ends, however busy. is_renewed: whether ``token`` is another than before.
    """

    principal: Principal
    token: str = field(repr=False)
    csrf: str = field(repr=False)
    expires_at: datetime
    is_renewed: bool = False
