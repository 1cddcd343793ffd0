"""Users and their roles: added, changed, removed, each with a sentence of the audit (SEC-3, SEC-8)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from stocktake.access.naming import checked_email, email_key
from stocktake.access.password import check_password
from stocktake.access.token import token_hash
from stocktake.model.errors import InvalidInput, NotFound, Unauthenticated
from stocktake.model.person import Role, User
from stocktake.model.workspace import INSTALLATION, WHOLE_ACCOUNT, Workspace
from stocktake.ports.directory import Directory
from stocktake.ports.password import Passwords
from stocktake.ports.store import Store
from stocktake.reporting.declaration import declaration


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """Somebody who is added. Without a password they sign in by an identity provider, or by tokens only."""

    email: str
    name: str | None = None
    password: str | None = None
    is_platform_admin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChange:
    """What of a user should be otherwise; None leaves a member as it is."""

    name: str | None = None
    password: str | None = None
    is_platform_admin: bool | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where a role holds: in a workspace, or in all of an account."""

    account_id: int
    account: str
    workspace: Workspace | None = None

    @property
    def workspace_id(self) -> int:
        """As memberships are kept."""
        return self.workspace.workspace_id if self.workspace else WHOLE_ACCOUNT

    @property
    def words(self) -> str:
        """In a sentence."""
        return f"the workspace {self.workspace.name}" if self.workspace else f"the account {self.account}"


def user_named(unit: Directory, email: str) -> User:
    """A user by address. Raises ``NotFound`` ``unknown-user``."""
    found = unit.user_by_email(email_key(email))
    if found is None:
        raise NotFound(
            "unknown-user",
            f'There is no user "{email[:80]}".',
            hint="List them with `stocktake user list`.",
        )
    return found


def add_user(
    store: Store,
    new: NewUser,
    passwords: Passwords,
    *,
    role: tuple[Reach, Role] | None = None,
    by: str,
    at: datetime,
) -> User:
    """Add a user, with a role if one is given.

    Raises ``InvalidInput`` ``bad-email``, ``user-exists``, and what is said against a password.
    """
    email = checked_email(new.email)
    kept = _hashed(new.password, email, passwords)
    with store.directory(writes=True) as unit:
        unit.hold()
        if unit.user_by_email(email_key(email)) is not None:
            raise InvalidInput(
                "user-exists",
                f"There is a user {email} already. Nothing was written.",
                hint="Change them with `stocktake user set`.",
            )
        unit.add_user(
            email=email,
            email_key=email_key(email),
            at=at,
            name=new.name,
            password_hash=kept,
            is_platform_admin=new.is_platform_admin,
        )
        after = user_named(unit, email)
        _log_user(unit, "add-user", None, after, by=by, at=at)
        if role is not None:
            _keep_role(unit, after, role[0], role[1], by=by, at=at)
    return after


def change_user(
    store: Store, email: str, change: UserChange, passwords: Passwords, *, by: str, at: datetime
) -> User:
    """Change a user. A new password or an end of being active ends their sessions.

    Raises ``NotFound`` ``unknown-user``; ``InvalidInput`` ``nothing-to-change``, and what is said against a password.
    """
    if change == UserChange():
        raise InvalidInput(
            "nothing-to-change",
            "Nothing is named that should change.",
            hint="`stocktake user set --help` lists what can.",
        )
    kept = _hashed(change.password, email, passwords)
    told = {
        "name": change.name,
        "password_hash": kept,
        "is_platform_admin": change.is_platform_admin,
        "is_active": change.is_active,
    }
    with store.directory(writes=True) as unit:
        before = user_named(unit, email)
        unit.change_user(before.user_id, **{name: value for name, value in told.items() if value is not None})
        if kept is not None or change.is_active is False:
            unit.end_sessions(user_id=before.user_id)
        after = user_named(unit, email)
        _log_user(unit, "change-user", before, after, by=by, at=at, has_new_password=kept is not None)
    return after


def change_own_password(
    store: Store,
    user_id: int,
    current: str,
    new: str,
    passwords: Passwords,
    *,
    session: str | None,
    at: datetime,
) -> None:
    """Another password for somebody who knows the current one; their other sessions end.

    Raises ``Unauthenticated`` ``sign-in-refused``; ``InvalidInput`` as for any new password.
    """
    with store.directory() as unit:
        user, kept = unit.user_of(user_id), unit.password_hash_of(user_id)
    if user is None or not passwords.fits(current, kept):
        raise Unauthenticated(
            "sign-in-refused",
            "That is not your current password. Nothing was written.",
            hint="Try again, or ask an admin for a new one.",
        )
    hashed = _hashed(new, user.email, passwords)
    with store.directory(writes=True) as unit:
        unit.change_user(user_id, password_hash=hashed)
        here = unit.session_by_hash(token_hash(session)) if session else None
        unit.end_sessions(user_id=user_id, but=here.session_id if here else None)
        _log_user(unit, "change-user", user, user, by=user.email, at=at, has_new_password=True)


def remove_user(store: Store, email: str, *, by: str, at: datetime) -> User:
    """Forget a user, with their roles, sessions and tokens; what they did stays in the audit. Raises ``NotFound``."""
    with store.directory(writes=True) as unit:
        found = user_named(unit, email)
        unit.remove_user(found.user_id)
        _log_user(unit, "remove-user", found, None, by=by, at=at)
    return found


def set_role(
    store: Store, email: str, reach: Reach, role: Role | None, *, invites: bool, by: str, at: datetime
) -> User:
    """Give somebody a role, or with None take it away. ``invites``: who is no user yet is added, without a password.

    An admin of a workspace learns so by no answer who is a user elsewhere (SEC-2). Raises ``NotFound`` ``unknown-user``,
    ``unknown-member``; ``InvalidInput`` ``bad-email``.
    """
    with store.directory(writes=True) as unit:
        unit.hold()
        if role is None:
            return _drop_role(unit, email, reach, by=by, at=at)
        found = unit.user_by_email(email_key(email))
        if found is None and invites:
            written = checked_email(email)
            unit.add_user(email=written, email_key=email_key(written), at=at)
            found = user_named(unit, written)
            _log_user(unit, "add-user", None, found, by=by, at=at)
        found = found or user_named(unit, email)
        _keep_role(unit, found, reach, role, by=by, at=at)
        return found


def _keep_role(unit: Directory, user: User, reach: Reach, role: Role, *, by: str, at: datetime) -> None:
    unit.keep_member(
        user.user_id, account_id=reach.account_id, workspace_id=reach.workspace_id, role=role, at=at
    )
    sentence = f"{by} made {user.email} {role} of {reach.words}."
    unit.log_in(reach.workspace_id, _entry("grant-role", sentence), at=at, actor=by)


def _drop_role(unit: Directory, email: str, reach: Reach, *, by: str, at: datetime) -> User:
    found = unit.user_by_email(email_key(email))
    if found is None or not unit.drop_member(
        found.user_id, account_id=reach.account_id, workspace_id=reach.workspace_id
    ):
        raise NotFound(
            "unknown-member",
            f'"{email[:80]}" has no role of their own in {reach.words}.',
            hint="Look who has one with `stocktake workspace members`.",
        )
    sentence = f"{by} withdrew the role of {found.email} in {reach.words}."
    unit.log_in(reach.workspace_id, _entry("withdraw-role", sentence), at=at, actor=by)
    return found


def _hashed(password: str | None, email: str, passwords: Passwords) -> str | None:
    if password is None:
        return None
    check_password(password, email=email)
    return passwords.hashed(password)


def _log_user(
    unit: Directory,
    act: str,
    before: User | None,
    after: User | None,
    *,
    by: str,
    at: datetime,
    has_new_password: bool = False,
) -> None:
    subject = after or before
    if subject is None:
        return
    entry = declaration(act, f"the user {subject.email}", _text(before), _text(after), by=by)
    if has_new_password:
        changed = _entry(act, f"{by} gave {subject.email} a new password; their sessions ended.")
        entry = changed if entry.is_empty() else pl.concat([entry, changed], how="diagonal")
    unit.log_in(INSTALLATION, entry, at=at, actor=by)


def _entry(act: str, sentence: str) -> pl.DataFrame:
    return pl.DataFrame({"act": [act], "sentence": [sentence]})


def _text(user: User | None) -> str | None:
    """A user as the audit keeps them: no secret, and nothing that only time changes."""
    if user is None:
        return None
    shown = ("email", "name", "is_platform_admin", "is_active", "has_password")
    return json.dumps({name: getattr(user, name) for name in shown}, ensure_ascii=False)
