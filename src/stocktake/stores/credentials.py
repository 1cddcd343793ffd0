"""What people and programs come with: tokens, sessions, attempts. Of secrets only hashes are kept (SEC-4, SEC-7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from stocktake.model.person import ApiToken, KeptSession, Role
from stocktake.stores import directory_table, schema
from stocktake.stores.session import Session


class Credentials(Session):
    """Statements about tokens, sessions and attempts."""

    def tokens(self, user_id: int | None = None) -> list[ApiToken]:
        """The tokens of a user, or all, newest first."""
        table = directory_table.api_token
        statement = _tokens().order_by(table.c.token_id.desc())
        return self._tokens(statement if user_id is None else statement.where(table.c.user_id == user_id))

    def token_by_hash(self, token_hash: bytes) -> ApiToken | None:
        """A token by its hash, whether it still holds or not."""
        found = self._tokens(_tokens().where(directory_table.api_token.c.token_hash == token_hash))
        return found[0] if found else None

    def add_token(self, *, token_hash: bytes, user_id: int, name: str, **values: Any) -> int:
        """Keep a token's hash; its number."""
        token_id = self.reserve("token", 1)
        self.insert(
            insert(directory_table.api_token).values(
                token_id=token_id, token_hash=token_hash, user_id=user_id, name=name, **values
            )
        )
        return token_id

    def change_token(self, token_id: int, **values: datetime) -> None:
        """Say that a token was used, or revoke it."""
        table = directory_table.api_token
        self.run(update(table).where(table.c.token_id == token_id).values(**values))

    def session_by_hash(self, token_hash: bytes) -> KeptSession | None:
        """A session by the hash of one of its tokens."""
        table = directory_table.session
        columns = [each for each in table.c if each.name != "token_hash"]
        found = self.rows(select(*columns).where(table.c.token_hash == token_hash))
        return KeptSession(**found[0]._mapping) if found else None

    def add_session(self, token_hash: bytes, kept: KeptSession) -> None:
        """Keep a session's token."""
        self.insert(
            insert(directory_table.session).values(
                token_hash=token_hash,
                session_id=kept.session_id,
                user_id=kept.user_id,
                began_at=kept.began_at,
                created_at=kept.created_at,
                last_seen_at=kept.last_seen_at,
                renewed_at=kept.renewed_at,
                expires_at=kept.expires_at,
            )
        )

    def new_session_id(self) -> int:
        """A number for a session that begins."""
        return self.reserve("session", 1)

    def renew_session(self, token_hash: bytes, *, at: datetime, expires_at: datetime) -> bool:
        """Say that a newer token follows; whether that had not been said before."""
        table = directory_table.session
        mine = table.c.token_hash == token_hash, table.c.renewed_at.is_(None)
        return self.run(update(table).where(*mine).values(renewed_at=at, expires_at=expires_at)) > 0

    def see_session(self, session_id: int, *, at: datetime) -> None:
        """Note that a session is in use."""
        table = directory_table.session
        self.run(update(table).where(table.c.session_id == session_id).values(last_seen_at=at))

    def end_sessions(
        self, *, user_id: int | None = None, session_id: int | None = None, but: int | None = None
    ) -> int:
        """Forget a session, or those of a user, ``but`` one; how many tokens that were."""
        table = directory_table.session
        mine = table.c.session_id == session_id if session_id is not None else table.c.user_id == user_id
        return self.run(delete(table).where(mine, *(() if but is None else (table.c.session_id != but,))))

    def forget_ended(self, *, sessions_before: datetime, attempts_before: datetime) -> None:
        """Delete sessions that have ended, and attempts that are long past."""
        self.run(
            delete(directory_table.session).where(directory_table.session.c.expires_at < sessions_before)
        )
        self.run(
            delete(directory_table.sign_in_failure).where(
                directory_table.sign_in_failure.c.last_at < attempts_before
            )
        )

    def attempts(self, kind: str, subject: bytes, *, at: datetime) -> tuple[int, datetime]:
        """How often it was tried, and when last; nobody else counts the same until the transaction ends."""
        table = directory_table.sign_in_failure
        dialect = sqlite if self._dialect.name == "sqlite" else postgresql
        fresh = {"kind": kind, "subject": subject, "attempts": 0, "last_at": at}
        self.run(dialect.insert(table).values(fresh).on_conflict_do_nothing())
        wanted = select(table.c.attempts, table.c.last_at).where(_attempts_at(kind, subject))
        row = self.rows(wanted.with_for_update())[0]
        return int(row[0]), row[1]

    def count_attempts(self, kind: str, subject: bytes, attempts: int, *, at: datetime) -> None:
        """Keep that number; none is forgotten."""
        table, mine = directory_table.sign_in_failure, _attempts_at(kind, subject)
        if attempts > 0:
            self.run(update(table).where(mine).values(attempts=attempts, last_at=at))
        else:
            self.run(delete(table).where(mine))

    def _tokens(self, statement: Select[Any]) -> list[ApiToken]:
        found = (dict(row._mapping) for row in self.rows(statement))
        return [ApiToken(**{**each, "role": Role(each["role"]) if each["role"] else None}) for each in found]


def _tokens() -> Select[Any]:
    token, user, workspace = directory_table.api_token, directory_table.user, schema.workspace
    return (
        select(
            token.c.token_id,
            token.c.user_id,
            user.c.email,
            token.c.name,
            token.c.workspace_id,
            workspace.c.name.label("workspace"),
            token.c.role,
            token.c.created_at,
            token.c.expires_at,
            token.c.last_used_at,
            token.c.revoked_at,
        )
        .join(user, user.c.user_id == token.c.user_id)
        .outerjoin(workspace, workspace.c.workspace_id == token.c.workspace_id)
    )


def _attempts_at(kind: str, subject: bytes) -> ColumnElement[bool]:
    table = directory_table.sign_in_failure
    return and_(table.c.kind == kind, table.c.subject == subject)
