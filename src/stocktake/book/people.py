"""People, workspaces and tokens, as somebody with the right to it keeps them (SEC-1, SEC-3, SEC-4)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from stocktake.access.naming import email_key
from stocktake.access.right import Right, check
from stocktake.access.token import SECRET
from stocktake.book.moment import length_of, moment_of
from stocktake.book.right import needs
from stocktake.flows import people, tokens, workspaces
from stocktake.flows.every_run import runs_of_all
from stocktake.flows.people import NewUser, Reach, UserChange
from stocktake.model.activity import Activity
from stocktake.model.errors import InvalidInput, NotAllowed
from stocktake.model.person import ApiToken, Member, Principal, Role, User
from stocktake.model.run import Run
from stocktake.model.workspace import Workspace
from stocktake.ports.password import Passwords
from stocktake.stores.store import DEFAULT_WORKSPACE, Store

#: How long a token holds, where nobody says otherwise.
EXPIRY = "90d"


class People:
    """What a principal may do about people. Made by ``Installation.people``; every act leaves a sentence of the audit.

    Workspaces, users and what holds for a whole account are a platform admin's; the members of a workspace are its admins';
    everybody keeps their own tokens and their own password.
    """

    def __init__(
        self,
        store: Store,
        principal: Principal,
        *,
        clock: Callable[[], datetime],
        passwords: Passwords,
        set_up: Callable[[], None],
    ) -> None:
        self.principal = principal
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self._set_up = set_up

    def check_right(self, right: Right) -> None:
        """Refuse what the principal may not do to the installation. Raises ``NotAllowed`` ``not-allowed``."""
        check(self.principal, 0, right)

    # Workspaces ----------------------------------------------------------------------------------------------------

    def workspaces(self) -> list[Workspace]:
        """The workspaces in which the principal may look, by name."""
        self._store.check_schema()
        with self._store.directory() as unit:
            return workspaces.visible_workspaces(unit, self.principal)

    def workspace(self, name: str) -> Workspace:
        """One of those. Raises ``NotFound`` ``unknown-workspace``, also for one that is not theirs."""
        return workspaces.workspace_named(self.workspaces(), name)

    @needs(Right.PLATFORM)
    def add_workspace(
        self, name: str, *, account: str = DEFAULT_WORKSPACE, allows_rollback: bool = True
    ) -> Workspace:
        """Make a workspace, and its account where that is new.

        Raises ``InvalidInput`` ``bad-name``, ``workspace-exists``.
        """
        self._set_up()
        return workspaces.add_workspace(
            self._store, name, account, allows_rollback=allows_rollback, **self._told()
        )

    @needs(Right.PLATFORM)
    def set_workspace(
        self, name: str, *, account: str | None = None, allows_rollback: bool | None = None
    ) -> Workspace:
        """Give a workspace to another account, or say whether its admins may roll back; None leaves that as it is.

        Raises ``NotFound`` ``unknown-workspace``; ``InvalidInput`` ``bad-name``, ``nothing-to-change``.
        """
        self._store.check_schema()
        return workspaces.change_workspace(
            self._store, name, account=account, allows_rollback=allows_rollback, **self._told()
        )

    @needs(Right.PLATFORM)
    def accounts(self) -> list[str]:
        """The names of all accounts."""
        self._store.check_schema()
        with self._store.directory() as unit:
            return sorted(unit.accounts())

    # Users ---------------------------------------------------------------------------------------------------------

    @needs(Right.PLATFORM)
    def users(self, *, page: int = 1, page_size: int = 50) -> tuple[list[User], int]:
        """A page of the users, by address, and how many there are."""
        self._store.check_schema()
        with self._store.directory() as unit:
            return unit.users(limit=page_size, offset=(page - 1) * page_size), unit.user_count()

    @needs(Right.PLATFORM)
    def user(self, email: str) -> User:
        """One user. Raises ``NotFound`` ``unknown-user``."""
        self._store.check_schema()
        with self._store.directory() as unit:
            return people.user_named(unit, email)

    @needs(Right.PLATFORM)
    def add_user(
        self,
        email: str,
        *,
        password: str | None = None,
        name: str | None = None,
        role: Role | str | None = None,
        workspace: str | None = None,
        account: str | None = None,
        is_platform_admin: bool = False,
    ) -> User:
        """Add a user; with a role, in a workspace (``default``), or in all workspaces of ``account``.

        Raises ``InvalidInput`` ``bad-email``, ``user-exists``, ``bad-option``, ``password-too-short``,
        ``password-too-common``; ``NotFound`` ``unknown-workspace``, ``unknown-account``.
        """
        self._set_up()
        chosen = role_of(role)
        if chosen is None and (workspace or account):
            raise InvalidInput(
                "bad-option",
                "It is said where, but not as what. Nothing was written.",
                hint=f"Add --role {Role.VIEWER}, {Role.OPERATOR} or {Role.ADMIN}.",
            )
        new = NewUser(email=email, name=name, password=password, is_platform_admin=is_platform_admin)
        given = (self._reach(workspace, account), chosen) if chosen is not None else None
        return people.add_user(self._store, new, self._passwords, role=given, **self._told())

    @needs(Right.PLATFORM)
    def set_user(
        self,
        email: str,
        *,
        password: str | None = None,
        name: str | None = None,
        is_platform_admin: bool | None = None,
        is_active: bool | None = None,
    ) -> User:
        """Change a user; None leaves a member as it is. A new password, or being inactive, ends their sessions.

        Raises ``NotFound`` ``unknown-user``; ``InvalidInput`` ``nothing-to-change``, and what is said against a password.
        """
        self._store.check_schema()
        change = UserChange(
            name=name, password=password, is_platform_admin=is_platform_admin, is_active=is_active
        )
        return people.change_user(self._store, email, change, self._passwords, **self._told())

    @needs(Right.PLATFORM)
    def remove_user(self, email: str) -> User:
        """Forget a user, with roles, sessions and tokens; the audit names them. Raises ``NotFound`` ``unknown-user``."""
        self._store.check_schema()
        return people.remove_user(self._store, email, **self._told())

    def change_own_password(self, current: str, new: str, *, session: str | None = None) -> None:
        """Give oneself another password; all other sessions end, but not that of the token ``session``.

        Raises ``NotAllowed`` ``not-a-person``; ``Unauthenticated`` ``sign-in-refused`` where the current one does not fit;
        ``InvalidInput`` as for any new password.
        """
        people.change_own_password(
            self._store, self._own_id(), current, new, self._passwords, session=session, at=self._clock()
        )

    # Members -------------------------------------------------------------------------------------------------------

    def members(self, workspace: str) -> list[Member]:
        """Who has which role in a workspace, also by a role in all of its account.

        Raises ``NotFound`` ``unknown-workspace``, ``NotAllowed``.
        """
        found = self._managed(workspace)
        with self._store.directory() as unit:
            return unit.members(workspace=found)

    @needs(Right.PLATFORM)
    def memberships(self, email: str) -> list[Member]:
        """All roles of a user. Raises ``NotFound`` ``unknown-user``."""
        self._store.check_schema()
        with self._store.directory() as unit:
            return unit.members(user_id=people.user_named(unit, email).user_id)

    def set_member(self, workspace: str, email: str, role: Role | str | None) -> None:
        """Give somebody a role in a workspace, or with None take it away.

        Who is no user yet becomes one, without a password. Raises ``NotFound`` ``unknown-workspace``, ``unknown-member``;
        ``NotAllowed``; ``InvalidInput`` ``bad-email``, ``bad-option``.
        """
        found, chosen = self._managed(workspace), role_of(role)
        reach = Reach(account_id=found.account_id, account=found.account, workspace=found)
        people.set_role(self._store, email, reach, chosen, invites=True, **self._told())

    @needs(Right.PLATFORM)
    def set_account_member(self, account: str, email: str, role: Role | str | None) -> None:
        """Give a user a role in all workspaces of an account, or with None take it away.

        Raises ``NotFound`` ``unknown-account``, ``unknown-user``, ``unknown-member``.
        """
        self._store.check_schema()
        reach = self._reach(None, account)
        people.set_role(self._store, email, reach, role_of(role), invites=False, **self._told())

    # Tokens --------------------------------------------------------------------------------------------------------

    def tokens(self, email: str | None = None) -> list[ApiToken]:
        """One's own tokens, newest first; a platform admin's are those of ``email``, or all.

        Raises ``NotFound`` ``unknown-user``; ``NotAllowed`` for those of somebody else.
        """
        self._store.check_schema()
        whose = self._whose(email)
        with self._store.directory() as unit:
            return unit.tokens(None if whose is None else people.user_named(unit, whose).user_id)

    def create_token(
        self,
        name: str,
        *,
        email: str | None = None,
        expires: str | datetime | timedelta = EXPIRY,
        workspace: str | None = None,
        role: Role | str | None = None,
    ) -> tuple[ApiToken, str]:
        """Make a token of one's own, or as a platform admin of ``email``; the token, and its text, shown this once.

        ``expires``: after a length of time such as ``90d``, or on a day. ``workspace``, ``role``: what it is narrowed to; it
        never may more than its user. Raises ``NotFound`` ``unknown-user``, ``unknown-workspace``; ``InvalidInput``
        ``bad-name``, ``token-exists``, ``bad-expiry``, ``bad-option``; ``NotAllowed``, also for who comes with a token.
        """
        self._store.check_schema()
        whose = self._whose(email)
        if self.principal.token_id is not None:
            raise NotAllowed(
                "not-allowed",
                f"{self.principal.name} may not make tokens: who has one could keep it alive for ever.",
                hint="Sign in with a password.",
            )
        if whose is None:
            raise InvalidInput(
                "bad-option", "It is not said whose token it is.", hint="Name them with --user EMAIL."
            )
        at = self._clock()
        new = tokens.NewToken(
            email=whose,
            name=name,
            expires_at=_expiry(expires, at),
            workspace=workspace,
            role=role_of(role),
        )
        secret = secrets.token_bytes(SECRET)
        return tokens.create_token(self._store, new, secret, by=self.principal.name, at=at)

    def revoke_token(self, token_id: int) -> ApiToken:
        """Let one's own token hold no longer; a platform admin's is any. Raises ``NotFound`` ``unknown-token``."""
        self._store.check_schema()
        mine = None if self.principal.is_platform_admin else self._own_id()
        return tokens.revoke_token(self._store, token_id, of_user=mine, **self._told())

    # What all workspaces do ----------------------------------------------------------------------------------------

    @needs(Right.PLATFORM)
    def runs(self, *, page: int = 1, page_size: int = 50) -> tuple[list[tuple[Workspace, Run]], int]:
        """A page of the runs of all workspaces, newest first, and how many there are (ROL-12)."""
        return runs_of_all(self._store, self.workspaces(), limit=page_size, offset=(page - 1) * page_size)

    # The audit -----------------------------------------------------------------------------------------------------

    @needs(Right.PLATFORM)
    def activity(self, *, page: int = 1, page_size: int = 50) -> tuple[list[Activity], int]:
        """A page of what happened to the installation, newest first, and how many entries there are (SEC-8)."""
        self._store.check_schema()
        with self._store.directory() as unit:
            found = unit.activity_of(limit=page_size, offset=(page - 1) * page_size)
            return found, unit.activity_count_of()

    def _told(self) -> dict[str, Any]:
        return {"by": self.principal.name, "at": self._clock()}

    def _managed(self, name: str) -> Workspace:
        """A workspace whose members the principal may keep."""
        found = self.workspace(name)
        check(self.principal, found.workspace_id, Right.MANAGE)
        return found

    def _reach(self, workspace: str | None, account: str | None) -> Reach:
        if workspace and account:
            raise InvalidInput(
                "bad-option",
                "A role holds in one workspace, or in all of an account. Nothing was written.",
                hint="Give --workspace or --account.",
            )
        if account is None:
            found = self.workspace(workspace or DEFAULT_WORKSPACE)
            return Reach(account_id=found.account_id, account=found.account, workspace=found)
        with self._store.directory() as unit:
            return Reach(account_id=workspaces.account_named(unit, account), account=account)

    def _whose(self, email: str | None) -> str | None:
        """Whose tokens are meant: those that were asked for, or one's own; None for everybody's."""
        if self.principal.is_platform_admin and (email is not None or self.principal.user_id is None):
            return email
        with self._store.directory() as unit:
            own = unit.user_of(self._own_id())
        if own is None or (email is not None and email_key(email) != email_key(own.email)):
            check(self.principal, 0, Right.PLATFORM)
        return own.email if own else None

    def _own_id(self) -> int:
        if self.principal.user_id is None:
            raise NotAllowed(
                "not-a-person",
                f"{self.principal.name} is no user, and so has no password or token.",
                hint="Name a user, or sign in as one.",
            )
        return self.principal.user_id


def role_of(word: Role | str | None) -> Role | None:
    """A role by its word. Raises ``InvalidInput`` ``bad-option``."""
    if word is None or isinstance(word, Role):
        return word
    try:
        return Role(word)
    except ValueError:
        raise InvalidInput(
            "bad-option",
            f'"{word}" is no role.',
            hint=f"Roles are {', '.join(Role)}.",
        ) from None


def _expiry(told: str | datetime | timedelta, at: datetime) -> datetime:
    """A day, a moment, or a length of time from now. Raises ``InvalidInput`` ``bad-option``."""
    if isinstance(told, timedelta) or (isinstance(told, str) and told.strip()[-1:].isalpha()):
        return at + length_of(told, option="--expires")
    found = moment_of(told, None, option="--expires")
    return found or at
