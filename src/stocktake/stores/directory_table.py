"""The tables of the directory, beside that of workspaces: accounts, people, their tokens and sessions (SEC-1 to SEC-4)."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint

from stocktake.stores.column_type import BYTES, FLAG, KEY, NUMBER, WHOLE, WORDS, Instant
from stocktake.stores.schema import clustered, metadata, workspace, workspace_key

account = clustered(
    "st_account",
    metadata,
    Column("account_id", WHOLE, primary_key=True, autoincrement=False),
    Column("name", WORDS, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
)

#: ``email_key`` is the address without regard to case; ``issuer`` and ``subject`` are who an identity provider says it is.
user = clustered(
    "st_user",
    metadata,
    Column("user_id", WHOLE, primary_key=True, autoincrement=False),
    Column("email", WORDS, nullable=False),
    Column("email_key", KEY, nullable=False, unique=True),
    Column("name", WORDS),
    Column("password_hash", WORDS),
    Column("is_platform_admin", FLAG, nullable=False),
    Column("is_active", FLAG, nullable=False),
    Column("issuer", KEY),
    Column("subject", KEY),
    Column("created_at", Instant, nullable=False),
    Column("signed_in_at", Instant),
    Index("st_user_by_identity", "issuer", "subject", unique=True),
)

#: ``workspace_id`` is 0 for all workspaces of the account: a part of a key is never NULL.
member = clustered(
    "st_member",
    metadata,
    Column("user_id", WHOLE, nullable=False),
    Column("account_id", WHOLE, nullable=False),
    workspace_key(),
    Column("role", WORDS, nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("user_id", "account_id", "workspace_id"),
    Index("st_member_by_workspace", "account_id", "workspace_id"),
)

#: A token is renewed while the session goes on; ``session_id`` stays, and ``renewed_at`` says that a newer token follows.
session = clustered(
    "st_session",
    metadata,
    Column("token_hash", BYTES, primary_key=True),
    Column("session_id", WHOLE, nullable=False),
    Column("user_id", WHOLE, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("renewed_at", Instant),
    Column("expires_at", Instant, nullable=False),
    Index("st_session_by_user", "user_id", "session_id"),
    Index("st_session_by_end", "expires_at"),
)

#: ``workspace_id`` and ``role`` narrow what the token's user may do; NULL leaves it as it is.
api_token = clustered(
    "st_api_token",
    metadata,
    Column("token_id", WHOLE, primary_key=True, autoincrement=False),
    Column("token_hash", BYTES, nullable=False, unique=True),
    Column("user_id", WHOLE, nullable=False),
    Column("name", WORDS, nullable=False),
    Column("workspace_id", WHOLE),
    Column("role", WORDS),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("last_used_at", Instant),
    Column("revoked_at", Instant),
    Index("st_api_token_by_user", "user_id", "token_id"),
)

#: Attempts to sign in that did not end well, by ``email`` or by ``address``. ``subject`` is a hash: who mistakes the field
#: writes a password there.
sign_in_failure = clustered(
    "st_sign_in_failure",
    metadata,
    Column("kind", WORDS, nullable=False),
    Column("subject", BYTES, nullable=False),
    Column("attempts", NUMBER, nullable=False),
    Column("last_at", Instant, nullable=False),
    PrimaryKeyConstraint("kind", "subject"),
    Index("st_sign_in_failure_by_time", "last_at"),
)

#: People, and what they may do where: seen by a unit of the directory only; a workspace's own row also by its own units.
DIRECTORY_TABLES = frozenset(
    each.name for each in (account, workspace, user, member, session, api_token, sign_in_failure)
)
