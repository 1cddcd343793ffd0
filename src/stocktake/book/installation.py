"""The installation: what stands above the workspaces of one database, and the door through which people come in."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from stocktake.access.right import Right, check
from stocktake.access.token import SECRET
from stocktake.book.book import Book, open_book, os_user
from stocktake.book.handle import OpenRun
from stocktake.book.identity import provider_of
from stocktake.book.password import Argon2
from stocktake.book.people import People
from stocktake.book.right import check_own_name
from stocktake.book.setting import (
    limits_of,
    owner_of_environment,
    rollback_days_of,
    session_terms,
    token_of_environment,
    uploads_of,
)
from stocktake.book.working import Rendering, Worker
from stocktake.flows.signing_in import (
    Attempt,
    Door,
    Identity,
    SessionTerms,
    session_of,
    sign_in,
    sign_in_by_identity,
    sign_out,
)
from stocktake.flows.tokens import authenticate_token
from stocktake.flows.vouching import Return, sign_in_by_provider
from stocktake.model.errors import NotFound
from stocktake.model.options import Limits
from stocktake.model.person import Principal, SignedIn, owner
from stocktake.model.round_trip import RoundTrip, begun
from stocktake.ports.identity import IdentityProvider
from stocktake.ports.password import Passwords
from stocktake.stores.store import Store, open_store


def open_installation(
    url: str = "sqlite:///stocktake.db",
    *,
    clock: Callable[[], datetime] | None = None,
    rollback_days: int | None = None,
    limits: Limits | None = None,
    terms: SessionTerms | None = None,
    provider: IdentityProvider | None = None,
) -> Installation:
    """Open a database for many people at once, as a server does; ``open_book`` opens it for one.

    ``clock`` gives the present moment in UTC. ``rollback_days`` and ``limits`` are those of all its books, as ``open_book``
    takes them. ``terms``: when sessions end (default ``STOCKTAKE_SESSION_IDLE_MINUTES``, else 60, and
    ``STOCKTAKE_SESSION_HOURS``, else 12). ``provider``: who else may say who somebody is (default: the one that
    ``STOCKTAKE_OIDC_ISSUER`` and its like name). Raises ``InvalidInput`` ``bad-database-url``, ``bad-setting``,
    ``missing-extra``.
    """
    return Installation(
        open_store(url, owner=owner_of_environment()),
        clock=clock or (lambda: datetime.now(UTC)),
        rollback_days=rollback_days_of(rollback_days),
        limits=limits_of(limits),
        terms=terms or session_terms(),
        provider=provider or provider_of(),
    )


def open_locally(url: str, *, workspace: str, by: str | None = None) -> Book:
    """Open a database for whoever sits at its command line: its owner, or whose token ``STOCKTAKE_TOKEN`` is (SEC-10).

    Raises ``InvalidInput`` ``bad-database-url``, ``bad-setting``; with a token ``Unauthenticated`` ``token-not-valid``,
    ``NotFound`` ``no-database``, ``unknown-workspace``, and ``NotAllowed`` ``not-yourself`` for another's name in ``by``.
    """
    if token_of_environment() is None:
        return open_book(url, workspace=workspace, by=by)
    with open_installation(url) as installation:
        principal = installation.local_principal()
        check_own_name(principal, by)
        installation.book(workspace, principal)
    return open_book(url, workspace=workspace, principal=principal)


class Installation:
    """One database with all its workspaces and people; a context manager that closes it. Threads may share it."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], datetime],
        rollback_days: int,
        limits: Limits,
        terms: SessionTerms,
        passwords: Passwords | None = None,
        provider: IdentityProvider | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.rollback_days = rollback_days
        self.limits = limits
        self._passwords = passwords or Argon2()
        self._provider = provider
        self._door = Door(clock=clock, chance=secrets.token_bytes, terms=terms)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Installation {self.store.url.render_as_string(hide_password=True)}>"

    def close(self) -> None:
        """Give the database's connections back."""
        self.store.close()

    def set_up(self, principal: Principal | None = None) -> None:
        """Create the database where there is none, and bring it to the newest schema: the owner's to do (SEC-11).

        Raises ``NotAllowed`` ``not-allowed``.
        """
        check(principal or self.owner, 0, Right.PLATFORM)
        self.store.migrate(at=self.clock())

    def check_ready(self) -> None:
        """Whether the database answers, at the newest schema (REL-8). Raises what opening it does."""
        self.store.check_schema()
        with self.store.directory() as unit:
            unit.user_count()

    @property
    def owner(self) -> Principal:
        """Who holds the database's URL, by the name of the operating system's user (SEC-10)."""
        return owner(os_user())

    def local_principal(self) -> Principal:
        """Who sits at the command line: the owner, or whose token ``STOCKTAKE_TOKEN`` is, with their rights (SEC-10).

        Raises ``Unauthenticated`` ``token-not-valid``; ``NotFound`` ``no-database`` where there is nobody yet.
        """
        token = token_of_environment()
        return self.owner if token is None else self.authenticate_token(token)

    def book(
        self,
        workspace: str,
        principal: Principal,
        *,
        on_finished: Callable[[OpenRun], None] | None = None,
    ) -> Book:
        """A workspace as ``principal`` may work in it. It shares the store, and closing it does not close that.

        Raises ``NotFound`` ``unknown-workspace``, the same for one that does not exist and one that is not theirs (SEC-2).
        """
        opened = Book(
            self.store,
            workspace=workspace,
            principal=principal,
            clock=self.clock,
            on_finished=on_finished,
            rollback_days=self.rollback_days,
            limits=self.limits,
            shared=True,
        )
        self.store.check_schema()
        opened.check_right(Right.VIEW)
        return opened

    def worker(self, *, threads: int = 2, document: Rendering | None = None) -> Worker:
        """A worker for the long work of all workspaces; ``document`` renders what it makes. It begins when it is started.

        Raises ``InvalidInput`` ``bad-setting``.
        """
        return Worker(
            self.store,
            self.book,
            uploads_of(self.store.address, self.store.file),
            clock=self.clock,
            threads=threads,
            document=document,
        )

    def people(self, principal: Principal) -> People:
        """Workspaces, users, members and tokens, as ``principal`` may keep them."""
        return People(
            self.store,
            principal,
            clock=self.clock,
            passwords=self._passwords,
            set_up=lambda: self.set_up(principal),
        )

    def authenticate_token(self, text: str) -> Principal:
        """Who comes with an API token, with the rights of this moment (SEC-4).

        Raises ``Unauthenticated`` ``token-not-valid``: the same for one that never was, was revoked, or has expired.
        """
        self.store.check_schema()
        return authenticate_token(self.store, text, at=self.clock())

    def sign_in(self, email: str, password: str, address: str) -> SignedIn:
        """A session for who knows the password. ``address``: from where they come, as the net says.

        ``SignedIn`` holds the token for the cookie, what forms must show, and the principal. Raises ``Unauthenticated``
        ``sign-in-refused``, the same whatever is wrong; ``Throttled`` ``too-many-attempts`` with ``details["retry_after"]``.
        """
        self.store.check_schema()
        attempt = Attempt(email=email, password=password, address=address)
        return sign_in(self.store, attempt, self._passwords, self._door)

    def sign_in_by_identity(self, issuer: str, subject: str, email: str | None, address: str) -> SignedIn:
        """A session for a user whom an identity provider vouches for; ``email`` only where it says that it is verified.

        Raises ``Unauthenticated`` ``sign-in-refused``: nobody becomes a user by signing in.
        """
        self.store.check_schema()
        identity = Identity(issuer=issuer, subject=subject, email=email, address=address)
        return sign_in_by_identity(self.store, identity, self._door)

    def leave_for_provider(self) -> tuple[str, str]:
        """Where a browser goes to sign in by the identity provider, and the secret that it must bring back in a cookie.

        Raises ``NotFound`` ``no-identity-provider``, ``Unreadable`` ``provider-unreadable``.
        """
        trip = begun(secrets.token_bytes(SECRET))
        return self.identity_provider.address(trip, at=self.clock()), trip.text

    def return_from_provider(self, secret: str, returned: Return) -> SignedIn:
        """A session for who left with ``secret`` and comes back for the first time, known to the provider and to us.

        Raises ``NotFound`` ``no-identity-provider``, ``Unauthenticated`` ``sign-in-refused``, ``Throttled``
        ``too-many-attempts``, ``Unreadable`` ``provider-unreadable``.
        """
        provider = self.identity_provider
        self.store.check_schema()
        return sign_in_by_provider(self.store, provider, RoundTrip(secret), returned, self._door)

    @property
    def identity_provider(self) -> IdentityProvider:
        """Who else says who somebody is. Raises ``NotFound`` ``no-identity-provider``."""
        if self._provider is None:
            raise NotFound(
                "no-identity-provider",
                "Nobody can sign in here by an identity provider.",
                hint="Sign in with a password; the one who runs the server can set STOCKTAKE_OIDC_ISSUER.",
            )
        return self._provider

    def principal_of_session(self, token: str) -> SignedIn:
        """The session that a cookie's token is of, its principal with the roles of this moment.

        Where ``is_renewed``, the cookie is to be set to the new ``token``; the one before holds for five minutes more.
        Raises ``Unauthenticated`` ``session-ended``.
        """
        self.store.check_schema()
        return session_of(self.store, token, self._door)

    def sign_out(self, token: str) -> None:
        """End the session of a cookie's token. One that has ended already stays so."""
        self.store.check_schema()
        sign_out(self.store, token, at=self.clock())
