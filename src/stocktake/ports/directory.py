"""What flows ask of a store about the installation: accounts, workspaces, people, and what they come with (SEC-1 to SEC-4).

A ``Directory`` is one open transaction over these tables and no records; whoever opened it commits.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

import polars as pl

from stocktake.model.activity import Activity
from stocktake.model.person import ApiToken, KeptSession, Member, Role, User
from stocktake.model.workspace import Workspace


class Workspaces(Protocol):
    """Accounts and their workspaces."""

    def accounts(self) -> dict[str, int]:
        """Name → number of every account."""
        ...

    def add_account(self, name: str, *, at: datetime) -> int:
        """Make an account; its number."""
        ...

    def workspaces(self, name: str | None = None) -> list[Workspace]:
        """All of them, by name; or the one of that ``name``, where there is one."""
        ...

    def add_workspace(self, name: str, *, account_id: int, allows_rollback: bool, at: datetime) -> int:
        """Make a workspace; its number."""
        ...

    def change_workspace(self, workspace_id: int, **values: Any) -> None:
        """Change columns of a workspace: ``account_id``, ``allows_rollback``."""
        ...


class People(Protocol):
    """Users, and their roles."""

    def users(self, *, limit: int, offset: int = 0) -> list[User]:
        """A page of the users, by address."""
        ...

    def user_count(self) -> int:
        """How many users there are."""
        ...

    def user_of(self, user_id: int) -> User | None:
        """A user by number."""
        ...

    def user_by_email(self, email_key: str) -> User | None:
        """A user by address, without regard to case."""
        ...

    def user_by_identity(self, issuer: str, subject: str) -> User | None:
        """A user by what an identity provider calls them."""
        ...

    def identity_of(self, user_id: int) -> tuple[str, str] | None:
        """Issuer and subject of a user, where a provider has vouched for them."""
        ...

    def password_hash_of(self, user_id: int) -> str | None:
        """The hash of a user's password, if there is one."""
        ...

    def add_user(self, *, email: str, email_key: str, at: datetime, **values: Any) -> int:
        """Make a user; their number."""
        ...

    def change_user(self, user_id: int, **values: Any) -> None:
        """Change columns of a user."""
        ...

    def remove_user(self, user_id: int) -> None:
        """Forget a user, with their roles, sessions and tokens."""
        ...

    def members(self, *, user_id: int | None = None, workspace: Workspace | None = None) -> list[Member]:
        """The roles of a user, or those that hold in a workspace, also for all of its account."""
        ...

    def roles_of(self, user_id: int) -> list[tuple[int, Role]]:
        """Workspace and role, one for each membership that reaches there."""
        ...

    def keep_member(
        self, user_id: int, *, account_id: int, workspace_id: int, role: Role, at: datetime
    ) -> None:
        """Give a user a role in a workspace, or in all of the account."""
        ...

    def drop_member(self, user_id: int, *, account_id: int, workspace_id: int) -> bool:
        """Take such a role away; whether there was one."""
        ...


class Credentials(Protocol):
    """Tokens, sessions, and attempts to sign in. Only hashes of secrets come here."""

    def tokens(self, user_id: int | None = None) -> list[ApiToken]:
        """The tokens of a user, or all, newest first."""
        ...

    def token_by_hash(self, token_hash: bytes) -> ApiToken | None:
        """A token by its hash, whether it still holds or not."""
        ...

    def add_token(self, *, token_hash: bytes, user_id: int, name: str, **values: Any) -> int:
        """Keep a token's hash; its number."""
        ...

    def change_token(self, token_id: int, **values: datetime) -> None:
        """Say that a token was used, or revoke it."""
        ...

    def session_by_hash(self, token_hash: bytes) -> KeptSession | None:
        """A session by the hash of one of its tokens."""
        ...

    def add_session(self, token_hash: bytes, kept: KeptSession) -> None:
        """Keep a session's token."""
        ...

    def new_session_id(self) -> int:
        """A number for a session that begins."""
        ...

    def renew_session(self, token_hash: bytes, *, at: datetime, expires_at: datetime) -> bool:
        """Say that a newer token follows; whether that had not been said before."""
        ...

    def see_session(self, session_id: int, *, at: datetime) -> None:
        """Note that a session is in use."""
        ...

    def end_sessions(
        self, *, user_id: int | None = None, session_id: int | None = None, but: int | None = None
    ) -> int:
        """Forget a session, or those of a user, ``but`` one; how many tokens that were."""
        ...

    def forget_ended(self, *, sessions_before: datetime, attempts_before: datetime) -> None:
        """Delete sessions that have ended, and attempts that are long past."""
        ...

    def attempts(self, kind: str, subject: bytes, *, at: datetime) -> tuple[int, datetime]:
        """How often it was tried, and when last; nobody else counts the same until the transaction ends."""
        ...

    def count_attempts(self, kind: str, subject: bytes, attempts: int, *, at: datetime) -> None:
        """Keep that number; none is forgotten."""
        ...


class Directory(Workspaces, People, Credentials, Protocol):
    """One open transaction over the installation."""

    def hold(self) -> None:
        """Let no other writer who holds the directory come in between until the transaction ends: names stay free."""
        ...

    def log_in(self, workspace_id: int, frame: pl.DataFrame, *, at: datetime, actor: str) -> None:
        """Add ``act, sentence`` … to the activity log of a workspace, or of the installation (0)."""
        ...

    def activity_of(self, *, limit: int, offset: int = 0) -> list[Activity]:
        """A page of the installation's activity log, newest first."""
        ...

    def activity_count_of(self) -> int:
        """How many entries that log has."""
        ...
