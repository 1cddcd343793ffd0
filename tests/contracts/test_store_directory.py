"""What every store promises of its directory: accounts, workspaces, people, tokens, sessions, attempts (SEC-1 to SEC-4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from stocktake.model.activity import ActivityFilter
from stocktake.model.errors import Refusal
from stocktake.model.person import KeptSession, Role
from stocktake.stores.store import Store, open_store

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def store(ready_database_url: str) -> Iterator[Store]:
    """Workspace 1 (default) of account 1, 2 (north) and 3 (south) of account 2; users 1 (ana) and 2 (bo)."""
    opened = open_store(ready_database_url)
    with opened.directory(writes=True) as unit:
        assert unit.add_account("acme", at=AT) == 2
        assert unit.add_workspace("north", account_id=2, allows_rollback=True, at=AT) == 2
        assert unit.add_workspace("south", account_id=2, allows_rollback=False, at=AT) == 3
        for name in ("ana", "bo"):
            unit.add_user(email=f"{name.title()}@x.org", email_key=f"{name}@x.org", at=AT)
    yield opened
    opened.close()


def test_workspaces_are_told_with_their_account(store: Store):
    """SEC-1."""
    with store.directory() as unit:
        told = [
            (each.name, each.workspace_id, each.account, each.allows_rollback) for each in unit.workspaces()
        ]
    assert told == [("default", 1, "default", True), ("north", 2, "acme", True), ("south", 3, "acme", False)]


def test_one_workspace_is_found_by_its_name(store: Store):
    """SEC-1."""
    with store.directory() as unit:
        found = {
            name: [each.workspace_id for each in unit.workspaces(name)] for name in ("north", "North", "")
        }
    assert found == {"north": [2], "North": [], "": []}


def test_a_reading_directory_cannot_write(store: Store):
    """SEC-2."""
    with pytest.raises(Exception) as refused, store.directory() as unit:
        unit.add_account("other", at=AT)
    assert isinstance(refused.value, Refusal) or "read" in str(refused.value).lower()
    with store.directory() as unit:
        assert set(unit.accounts()) == {"default", "acme"}


def test_a_block_that_raises_leaves_nothing(store: Store):
    with pytest.raises(ArithmeticError), store.directory(writes=True) as unit:  # noqa: PT012
        unit.add_user(email="cy@x.org", email_key="cy@x.org", at=AT)
        raise ArithmeticError
    with store.directory() as unit:
        assert unit.user_count() == 2
        assert unit.user_by_email("cy@x.org") is None


def test_a_user_is_found_by_number_address_and_identity(store: Store):
    with store.directory(writes=True) as unit:
        unit.change_user(1, issuer="https://id.example", subject="77", password_hash="x", signed_in_at=AT)
        ana = unit.user_of(1)
        assert ana is not None
        assert (ana.email, ana.has_password, ana.is_active, ana.is_platform_admin) == (
            "Ana@x.org",
            True,
            True,
            False,
        )
        assert ana == unit.user_by_email("ana@x.org") == unit.user_by_identity("https://id.example", "77")
        assert unit.identity_of(1) == ("https://id.example", "77")
        assert unit.user_by_identity("https://other.example", "77") is None
        assert (unit.password_hash_of(1), unit.password_hash_of(2), unit.password_hash_of(3)) == (
            "x",
            None,
            None,
        )
        assert [each.email for each in unit.users(limit=1, offset=1)] == ["Bo@x.org"]


def test_a_role_for_an_account_reaches_all_its_workspaces_those_to_come_too(store: Store):
    """SEC-3."""
    with store.directory(writes=True) as unit:
        unit.keep_member(1, account_id=2, workspace_id=0, role=Role.VIEWER, at=AT)
        unit.keep_member(1, account_id=2, workspace_id=2, role=Role.ADMIN, at=AT)
        assert sorted(unit.roles_of(1)) == [(2, Role.ADMIN), (2, Role.VIEWER), (3, Role.VIEWER)]
        unit.add_workspace("west", account_id=2, allows_rollback=True, at=AT)
        assert (4, Role.VIEWER) in unit.roles_of(1)
        assert unit.roles_of(2) == []


def test_a_role_is_given_anew_and_taken_away(store: Store):
    """SEC-3."""
    with store.directory(writes=True) as unit:
        unit.keep_member(1, account_id=2, workspace_id=2, role=Role.VIEWER, at=AT)
        unit.keep_member(1, account_id=2, workspace_id=2, role=Role.OPERATOR, at=AT)
        unit.keep_member(2, account_id=2, workspace_id=0, role=Role.VIEWER, at=AT)
        north = next(each for each in unit.workspaces() if each.name == "north")
        told = [(each.email, each.workspace, each.role) for each in unit.members(workspace=north)]
        assert told == [("Ana@x.org", "north", Role.OPERATOR), ("Bo@x.org", None, Role.VIEWER)]
        assert unit.drop_member(1, account_id=2, workspace_id=2)
        assert not unit.drop_member(1, account_id=2, workspace_id=2)
        assert unit.members(user_id=1) == []


def test_a_token_is_found_by_its_hash_alone(store: Store):
    """SEC-4."""
    with store.directory(writes=True) as unit:
        made = unit.add_token(
            token_hash=b"h" * 32,
            user_id=1,
            name="nightly",
            workspace_id=2,
            role="viewer",
            created_at=AT,
            expires_at=AT,
        )
        unit.add_token(token_hash=b"i" * 32, user_id=2, name="x", created_at=AT, expires_at=AT)
        unit.change_token(made, last_used_at=AT, revoked_at=AT + HOUR)
        found = unit.token_by_hash(b"h" * 32)
        assert found is not None
        assert (found.token_id, found.workspace, found.role, found.revoked_at) == (
            1,
            "north",
            Role.VIEWER,
            AT + HOUR,
        )
        assert unit.token_by_hash(b"j" * 32) is None
        assert [each.token_id for each in unit.tokens()] == [2, 1]
        assert [each.token_id for each in unit.tokens(2)] == [2]


def kept(session_id: int, user_id: int = 1) -> KeptSession:
    return KeptSession(
        session_id=session_id,
        user_id=user_id,
        began_at=AT,
        created_at=AT,
        last_seen_at=AT,
        expires_at=AT + HOUR,
    )


def test_a_session_is_renewed_by_one_request_only(store: Store):
    """SEC-4: two at once get one newer token."""
    with store.directory(writes=True) as unit:
        unit.add_session(b"a" * 32, kept(1))
        assert unit.renew_session(b"a" * 32, at=AT, expires_at=AT + HOUR / 2)
        assert not unit.renew_session(b"a" * 32, at=AT, expires_at=AT)
        found = unit.session_by_hash(b"a" * 32)
        assert found is not None
        assert (found.renewed_at, found.expires_at) == (AT, AT + HOUR / 2)


def test_sessions_end_together_but_one(store: Store):
    """SEC-4."""
    with store.directory(writes=True) as unit:
        for number, (session_id, user_id) in enumerate(((1, 1), (1, 1), (2, 1), (3, 2))):
            unit.add_session(bytes([number]) * 32, kept(session_id, user_id))
        assert unit.end_sessions(user_id=1, but=2) == 2
        assert [unit.session_by_hash(bytes([each]) * 32) is not None for each in range(4)] == [
            False,
            False,
            True,
            True,
        ]
        assert unit.end_sessions(session_id=2) == 1
        unit.forget_ended(sessions_before=AT + HOUR * 2, attempts_before=AT)
        assert unit.session_by_hash(b"\3" * 32) is None


def test_attempts_are_counted_and_forgotten(store: Store):
    """SEC-4."""
    with store.directory(writes=True) as unit:
        assert unit.attempts("email", b"e", at=AT) == (0, AT)
        unit.count_attempts("email", b"e", 3, at=AT + HOUR)
        assert unit.attempts("email", b"e", at=AT) == (3, AT + HOUR)
        assert unit.attempts("address", b"e", at=AT) == (0, AT)
        unit.count_attempts("email", b"e", 0, at=AT)
        assert unit.attempts("email", b"e", at=AT) == (0, AT)
        unit.forget_ended(sessions_before=AT, attempts_before=AT + HOUR)
        assert unit.attempts("email", b"e", at=AT + HOUR * 2) == (0, AT + HOUR * 2)


def test_a_removed_user_takes_roles_sessions_and_tokens_along(store: Store):
    """SEC-4."""
    with store.directory(writes=True) as unit:
        for user_id in (1, 2):
            unit.keep_member(user_id, account_id=2, workspace_id=0, role=Role.VIEWER, at=AT)
            unit.add_session(bytes([user_id]) * 32, kept(user_id, user_id))
            unit.add_token(
                token_hash=bytes([user_id]), user_id=user_id, name="n", created_at=AT, expires_at=AT
            )
        unit.remove_user(1)
        assert (unit.roles_of(1), unit.tokens(1), unit.user_of(1)) == ([], [], None)
        assert unit.session_by_hash(b"\1" * 32) is None
        assert len(unit.roles_of(2)) == 2
        assert unit.session_by_hash(b"\2" * 32) is not None


def test_an_entry_of_the_audit_stands_where_it_belongs_and_nowhere_else(store: Store):
    """SEC-8: in the workspace's own log, or in that of the installation."""
    entry = pl.DataFrame({"act": ["grant-role"], "sentence": ["x"]})
    with store.directory(writes=True) as unit:
        unit.log_in(2, entry, at=AT, actor="ana")
        unit.log_in(0, entry.with_columns(act=pl.lit("add-user")), at=AT, actor="ana")
    with store.directory() as unit:
        assert [each.act for each in unit.activity_of(limit=9)] == ["add-user"]
        assert unit.activity_count_of() == 1
    for workspace_id, count in ((1, 0), (2, 1), (3, 0)):
        with store.reading(workspace_id) as reading:
            assert reading.activity_count(ActivityFilter()) == count
