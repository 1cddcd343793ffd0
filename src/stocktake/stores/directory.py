"""The installation's directory: accounts, workspaces, people, their tokens and sessions (SEC-1 to SEC-4).

Few rows, none of them a record. On PostgreSQL nothing else than a unit of the directory sees them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, literal, or_, select, true, update

from stocktake.model.activity import Activity, ActivityFilter
from stocktake.model.person import Member, Role, User
from stocktake.model.workspace import WHOLE_ACCOUNT, Workspace
from stocktake.stores import directory_table, schema
from stocktake.stores.activity import ActivityLog
from stocktake.stores.credentials import Credentials
from stocktake.stores.session import Session

_USER = (
    "user_id",
    "email",
    "name",
    "is_platform_admin",
    "is_active",
    "created_at",
    "signed_in_at",
)


class Workspaces(Session):
    """Statements about accounts and workspaces."""

    def accounts(self) -> dict[str, int]:
        """Name → number of every account."""
        table = directory_table.account
        return {row[0]: row[1] for row in self.rows(select(table.c.name, table.c.account_id))}

    def add_account(self, name: str, *, at: datetime) -> int:
        """Make an account; its number."""
        table = directory_table.account
        account_id = self._next("account", table.c.account_id)
        self.insert(insert(table).values(account_id=account_id, name=name, created_at=at))
        return account_id

    def workspaces(self, name: str | None = None) -> list[Workspace]:
        """All of them, by name; or the one of that ``name``, where there is one."""
        kept, account = schema.workspace, directory_table.account
        statement = (
            select(
                kept.c.workspace_id,
                kept.c.name,
                kept.c.account_id,
                account.c.name.label("account"),
                kept.c.allows_rollback,
                kept.c.created_at,
            )
            .join(account, account.c.account_id == kept.c.account_id)
            .where(true() if name is None else kept.c.name == name)
            .order_by(kept.c.name)
        )
        return [
            Workspace(**{**row._mapping, "allows_rollback": bool(row.allows_rollback)})
            for row in self.rows(statement)
        ]

    def add_workspace(self, name: str, *, account_id: int, allows_rollback: bool, at: datetime) -> int:
        """Make a workspace; its number."""
        table = schema.workspace
        workspace_id = self._next("workspace", table.c.workspace_id)
        self.insert(
            insert(table).values(
                workspace_id=workspace_id,
                name=name,
                account_id=account_id,
                allows_rollback=allows_rollback,
                created_at=at,
            )
        )
        return workspace_id

    def change_workspace(self, workspace_id: int, **values: Any) -> None:
        """Change columns of a workspace."""
        table = schema.workspace
        self.run(update(table).where(table.c.workspace_id == workspace_id).values(**values))

    def _next(self, counter: str, column: ColumnElement[int]) -> int:
        """A number that nobody has; the counter's row keeps others from finding the same one."""
        self.reserve(counter, 1)
        return int(self.rows(select(func.coalesce(func.max(column), literal(0))))[0][0]) + 1


class People(Session):
    """Statements about users and their roles."""

    def users(self, *, limit: int, offset: int = 0) -> list[User]:
        """A page of the users, by address."""
        return self._users(_users().order_by(directory_table.user.c.email_key).limit(limit).offset(offset))

    def user_count(self) -> int:
        """How many users there are."""
        return int(self.rows(select(func.count()).select_from(directory_table.user))[0][0])

    def user_of(self, user_id: int) -> User | None:
        """A user by number."""
        return next(iter(self._users(_users().where(directory_table.user.c.user_id == user_id))), None)

    def user_by_email(self, email_key: str) -> User | None:
        """A user by address, without regard to case."""
        return next(iter(self._users(_users().where(directory_table.user.c.email_key == email_key))), None)

    def user_by_identity(self, issuer: str, subject: str) -> User | None:
        """A user by what an identity provider calls them."""
        table = directory_table.user
        named = _users().where(table.c.issuer == issuer, table.c.subject == subject)
        return next(iter(self._users(named)), None)

    def identity_of(self, user_id: int) -> tuple[str, str] | None:
        """Issuer and subject of a user, where a provider has vouched for them."""
        table = directory_table.user
        found = self.rows(select(table.c.issuer, table.c.subject).where(table.c.user_id == user_id))
        return (found[0][0], found[0][1]) if found and found[0][0] is not None else None

    def password_hash_of(self, user_id: int) -> str | None:
        """The hash of a user's password, if there is one."""
        table = directory_table.user
        found = self.rows(select(table.c.password_hash).where(table.c.user_id == user_id))
        return found[0][0] if found else None

    def add_user(self, *, email: str, email_key: str, at: datetime, **values: Any) -> int:
        """Make a user; their number."""
        user_id = self.reserve("user", 1)
        fresh = {"is_platform_admin": False, "is_active": True, **values}
        self.insert(
            insert(directory_table.user).values(
                user_id=user_id, email=email, email_key=email_key, created_at=at, **fresh
            )
        )
        return user_id

    def change_user(self, user_id: int, **values: Any) -> None:
        """Change columns of a user."""
        table = directory_table.user
        self.run(update(table).where(table.c.user_id == user_id).values(**values))

    def remove_user(self, user_id: int) -> None:
        """Forget a user, with their roles, sessions and tokens."""
        for table in (
            directory_table.member,
            directory_table.session,
            directory_table.api_token,
            directory_table.user,
        ):
            self.run(delete(table).where(table.c.user_id == user_id))

    def members(self, *, user_id: int | None = None, workspace: Workspace | None = None) -> list[Member]:
        """The roles of a user, or those that hold in a workspace, also for all of its account."""
        member, user, account, kept = (
            directory_table.member,
            directory_table.user,
            directory_table.account,
            schema.workspace,
        )
        statement = (
            select(
                member.c.user_id,
                user.c.email,
                user.c.name,
                account.c.name.label("account"),
                kept.c.name.label("workspace"),
                member.c.role,
            )
            .join(user, user.c.user_id == member.c.user_id)
            .join(account, account.c.account_id == member.c.account_id)
            .outerjoin(kept, kept.c.workspace_id == member.c.workspace_id)
            .order_by(user.c.email_key, account.c.name, member.c.workspace_id)
        )
        if user_id is not None:
            statement = statement.where(member.c.user_id == user_id)
        if workspace is not None:
            reaches = member.c.workspace_id.in_((WHOLE_ACCOUNT, workspace.workspace_id))
            statement = statement.where(member.c.account_id == workspace.account_id, reaches)
        return [Member(**{**row._mapping, "role": Role(row.role)}) for row in self.rows(statement)]

    def roles_of(self, user_id: int) -> list[tuple[int, Role]]:
        """Workspace and role, one for each membership that reaches there."""
        member, kept = directory_table.member, schema.workspace
        reaches = and_(
            kept.c.account_id == member.c.account_id,
            or_(member.c.workspace_id == WHOLE_ACCOUNT, member.c.workspace_id == kept.c.workspace_id),
        )
        found = select(kept.c.workspace_id, member.c.role).join(member, reaches)
        return [(row[0], Role(row[1])) for row in self.rows(found.where(member.c.user_id == user_id))]

    def keep_member(
        self, user_id: int, *, account_id: int, workspace_id: int, role: Role, at: datetime
    ) -> None:
        """Give a user a role in a workspace, or in all of the account."""
        table, key = directory_table.member, _membership(user_id, account_id, workspace_id)
        if not self.run(update(table).where(key).values(role=role.value)):
            self.insert(
                insert(table).values(
                    user_id=user_id,
                    account_id=account_id,
                    workspace_id=workspace_id,
                    role=role.value,
                    created_at=at,
                )
            )

    def drop_member(self, user_id: int, *, account_id: int, workspace_id: int) -> bool:
        """Take such a role away; whether there was one."""
        return (
            self.run(delete(directory_table.member).where(_membership(user_id, account_id, workspace_id))) > 0
        )

    def _users(self, statement: Select[Any]) -> list[User]:
        flags = ("is_platform_admin", "is_active", "has_password")
        found = (dict(row._mapping) for row in self.rows(statement))
        return [User(**{**each, **{name: bool(each[name]) for name in flags}}) for each in found]


class Directory(Workspaces, People, Credentials, ActivityLog):
    """All statements over one transaction of the installation."""

    def hold(self) -> None:
        """A counter's row is the lock; what is read from here on is what the one before has left."""
        self.reserve("directory", 1)

    def log_in(self, workspace_id: int, frame: pl.DataFrame, *, at: datetime, actor: str) -> None:
        """Add to the activity log of a workspace, or of the installation."""
        there = ActivityLog(self._connection, self._dialect, workspace_id)
        with self._statement() as connection:
            self._dialect.turn_to(connection, workspace_id)
        there.log(None, frame, at=at, actor=actor)
        with self._statement() as connection:
            self._dialect.turn_to(connection, self.workspace_id)

    def activity_of(self, *, limit: int, offset: int = 0) -> list[Activity]:
        """A page of the installation's activity log, newest first."""
        return self.activity(ActivityFilter(), limit=limit, offset=offset)

    def activity_count_of(self) -> int:
        """How many entries that log has."""
        return self.activity_count(ActivityFilter())


def _users() -> Select[Any]:
    table = directory_table.user
    columns = (table.c[name] for name in _USER)
    return select(*columns, table.c.password_hash.is_not(None).label("has_password"))


def _membership(user_id: int, account_id: int, workspace_id: int) -> ColumnElement[bool]:
    table = directory_table.member
    return and_(
        table.c.user_id == user_id,
        table.c.account_id == account_id,
        table.c.workspace_id == workspace_id,
    )
