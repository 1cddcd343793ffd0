"""Accounts, users, members, sessions, tokens, and the workspaces' accounts (SEC-1, SEC-3, SEC-4)."""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, Table, UniqueConstraint, column, insert, select, table

from stocktake.stores.column_type import BYTES, FLAG, KEY, NUMBER, WHOLE, WORDS, Instant
from stocktake.stores.definition import guard_table

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: The account that the workspaces which are there already belong to.
_ACCOUNT = 1


def upgrade() -> None:
    """Create the tables; the workspaces get an account, and let their admins roll back."""
    _workspaces()
    _users()
    _credentials()


def _credentials() -> None:
    _create(
        "st_session",
        Column("token_hash", BYTES, nullable=False),
        Column("session_id", WHOLE, nullable=False),
        Column("user_id", WHOLE, nullable=False),
        Column("began_at", Instant(), nullable=False),
        Column("created_at", Instant(), nullable=False),
        Column("last_seen_at", Instant(), nullable=False),
        Column("renewed_at", Instant()),
        Column("expires_at", Instant(), nullable=False),
        PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("st_session_by_user", "st_session", ["user_id", "session_id"])
    op.create_index("st_session_by_end", "st_session", ["expires_at"])
    _create(
        "st_api_token",
        Column("token_id", WHOLE, nullable=False, autoincrement=False),
        Column("token_hash", BYTES, nullable=False),
        Column("user_id", WHOLE, nullable=False),
        Column("name", WORDS, nullable=False),
        Column("workspace_id", WHOLE),
        Column("role", WORDS),
        Column("created_at", Instant(), nullable=False),
        Column("expires_at", Instant(), nullable=False),
        Column("last_used_at", Instant()),
        Column("revoked_at", Instant()),
        PrimaryKeyConstraint("token_id"),
        UniqueConstraint("token_hash"),
    )
    op.create_index("st_api_token_by_user", "st_api_token", ["user_id", "token_id"])
    _create(
        "st_sign_in_failure",
        Column("kind", WORDS, nullable=False),
        Column("subject", BYTES, nullable=False),
        Column("attempts", NUMBER, nullable=False),
        Column("last_at", Instant(), nullable=False),
        PrimaryKeyConstraint("kind", "subject"),
    )
    op.create_index("st_sign_in_failure_by_time", "st_sign_in_failure", ["last_at"])


def _workspaces() -> None:
    """Made anew, since SQLite adds no column that must be filled; there are few rows."""
    old = table("st_workspace", column("workspace_id"), column("name"), column("created_at", Instant()))
    connection = op.get_bind()
    known = [dict(row._mapping) for row in connection.execute(select(old))]
    op.drop_table("st_workspace")
    accounts = _made(
        "st_account",
        Column("account_id", WHOLE, nullable=False, autoincrement=False),
        Column("name", WORDS, nullable=False),
        Column("created_at", Instant(), nullable=False),
        PrimaryKeyConstraint("account_id"),
        UniqueConstraint("name"),
    )
    workspaces = _made(
        "st_workspace",
        Column("workspace_id", WHOLE, nullable=False, autoincrement=False),
        Column("name", WORDS, nullable=False),
        Column("account_id", WHOLE, nullable=False),
        Column("allows_rollback", FLAG, nullable=False),
        Column("created_at", Instant(), nullable=False),
        PrimaryKeyConstraint("workspace_id"),
        UniqueConstraint("name"),
    )
    if known:
        began = min(each["created_at"] for each in known)
        connection.execute(insert(accounts).values(account_id=_ACCOUNT, name="default", created_at=began))
        connection.execute(
            insert(workspaces), [{**each, "account_id": _ACCOUNT, "allows_rollback": True} for each in known]
        )
    for each in (accounts, workspaces):
        guard_table(connection, each)


def _users() -> None:
    _create(
        "st_user",
        Column("user_id", WHOLE, nullable=False, autoincrement=False),
        Column("email", WORDS, nullable=False),
        Column("email_key", KEY, nullable=False),
        Column("name", WORDS),
        Column("password_hash", WORDS),
        Column("is_platform_admin", FLAG, nullable=False),
        Column("is_active", FLAG, nullable=False),
        Column("issuer", KEY),
        Column("subject", KEY),
        Column("created_at", Instant(), nullable=False),
        Column("signed_in_at", Instant()),
        PrimaryKeyConstraint("user_id"),
        UniqueConstraint("email_key"),
    )
    op.create_index("st_user_by_identity", "st_user", ["issuer", "subject"], unique=True)
    _create(
        "st_member",
        Column("user_id", WHOLE, nullable=False),
        Column("account_id", WHOLE, nullable=False),
        Column("workspace_id", WHOLE, nullable=False),
        Column("role", WORDS, nullable=False),
        Column("created_at", Instant(), nullable=False),
        PrimaryKeyConstraint("user_id", "account_id", "workspace_id"),
    )
    op.create_index("st_member_by_workspace", "st_member", ["account_id", "workspace_id"])


def _create(name: str, *parts: Any) -> None:
    guard_table(op.get_bind(), _made(name, *parts))


def _made(name: str, *parts: Any) -> Table:
    return op.create_table(name, *parts, sqlite_strict=True, sqlite_with_rowid=False)
