"""People who sign in by a browser: throttled, told apart by their password, kept in a session that ends (SEC-4)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import polars as pl

from stocktake.access.naming import checked_email, email_key
from stocktake.access.standing import principal_of
from stocktake.access.throttle import BY_ADDRESS, BY_EMAIL, Patience, counted, place, subject, waiting
from stocktake.access.token import (
    LASTING,
    SECRET,
    csrf_of,
    lasting_of,
    lasting_part,
    session_token,
    token_hash,
)
from stocktake.model.errors import Busy, Throttled, Unauthenticated
from stocktake.model.person import KeptSession, Principal, SignedIn, User
from stocktake.model.workspace import INSTALLATION
from stocktake.ports.directory import Directory
from stocktake.ports.password import Passwords
from stocktake.ports.store import Store

#: An unused session is noted as seen no more often.
NOTED = timedelta(minutes=1)
#: So long the token before still holds once a session has a newer one: pages load side by side.
GRACE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTerms:
    """When a session ends: after so long unused, and at the latest after so long; its token is renewed in between."""

    idle: timedelta = timedelta(minutes=60)
    longest: timedelta = timedelta(hours=12)
    renewal: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Somebody at the door: who they say they are, their password, and from where they come."""

    email: str
    password: str = field(repr=False)
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What signing in needs beside the store: the clock, chance by the byte, and when sessions end."""

    clock: Callable[[], datetime]
    chance: Callable[[int], bytes]
    terms: SessionTerms = SessionTerms()


def sign_in(store: Store, attempt: Attempt, passwords: Passwords, door: Door) -> SignedIn:
    """A session for who knows the password. Looking takes as long for somebody who does not exist.

    Raises ``Unauthenticated`` ``sign-in-refused``, the same whatever is wrong; ``Throttled`` ``too-many-attempts``.
    """
    with store.directory(writes=True) as unit:
        forget_past(unit, at=door.clock())
        check_patience(unit, _counts(attempt), at=door.clock())
        user = unit.user_by_email(email_key(attempt.email))
        kept = unit.password_hash_of(user.user_id) if user else None
    fits = passwords.fits(attempt.password, kept)  # slow, so between the transactions
    if user is None or kept is None or not fits or not user.is_active:
        note_refusal(store, user, attempt.address, at=door.clock())
        raise _refused()
    renewed = passwords.hashed(attempt.password) if passwords.is_outdated(kept) else None
    with store.directory(writes=True) as unit:
        _forgive(unit, attempt, at=door.clock())
        if renewed is not None:
            unit.change_user(user.user_id, password_hash=renewed)
        return _begun(unit, user, attempt.address, door)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody whom an identity provider has vouched for; ``email`` only where the provider says that it is theirs."""

    issuer: str
    subject: str
    email: str | None
    address: str


def sign_in_by_identity(
    store: Store, identity: Identity, door: Door, *, admits_new: bool = False
) -> SignedIn:
    """A session for a user whom an identity provider knows: by what it calls them, at first by their verified address.

    Nobody becomes a user by this alone, unless ``admits_new``: then one without any role, whose address is verified.
    Raises ``Unauthenticated`` ``sign-in-refused``.
    """
    at = door.clock()
    with store.directory(writes=True) as unit:
        if admits_new:
            unit.hold()
        forget_past(unit, at=at)
        user = unit.user_by_identity(identity.issuer, identity.subject)
        if user is None and identity.email:
            user = unit.user_by_email(email_key(identity.email))
            if user is not None and unit.identity_of(user.user_id) is not None:
                user = None  # another identity has that address already
            elif user is not None and user.is_active:
                unit.change_user(user.user_id, issuer=identity.issuer, subject=identity.subject)
            elif user is None and admits_new:
                user = _newcomer(unit, identity, identity.email, at=at)
        if user is not None and user.is_active:
            return _begun(unit, user, identity.address, door)
    note_refusal(store, user, identity.address, at=at)
    raise Unauthenticated(
        "sign-in-refused",
        "The identity provider knows you, but nobody has added you here.",
        hint="Ask an admin to add you as a user, with the address that the provider has verified.",
    )


def _newcomer(unit: Directory, identity: Identity, address: str, *, at: datetime) -> User | None:
    """Somebody new, who may nothing yet. Raises ``InvalidInput`` ``bad-email``."""
    email = checked_email(address)
    user_id = unit.add_user(
        email=email, email_key=email_key(email), at=at, issuer=identity.issuer, subject=identity.subject
    )
    sentence = f"{email} became a user by signing in from {identity.issuer}."
    _log(unit, "add-user", sentence, actor=email, at=at)
    return unit.user_of(user_id)


def session_of(store: Store, token: str, door: Door) -> SignedIn:
    """The session that a cookie's token is of, with the roles of this moment; now and then with a newer token.

    Raises ``Unauthenticated`` ``session-ended``: unused for too long, too old, signed out, or never there.
    """
    at, lasting, key = door.clock(), lasting_of(token), token_hash(token)
    if lasting is None:
        raise _ended()
    with store.directory() as unit:
        kept = unit.session_by_hash(key)
        user = unit.user_of(kept.user_id) if kept else None
        if kept is None or user is None or not user.is_active or _is_over(kept, door.terms, at):
            raise _ended()
        principal = principal_of(user, unit.roles_of(user.user_id))
    found = SignedIn(
        principal=principal, token=token, csrf=csrf_of(token), expires_at=kept.began_at + door.terms.longest
    )
    if at - kept.last_seen_at < min(NOTED, door.terms.idle / 4):
        return found
    # Both can wait for the next request: an embedded database may be written by an import just now.
    with contextlib.suppress(Busy), store.directory(writes=True, waits=False) as unit:
        unit.see_session(kept.session_id, at=at)
        if kept.renewed_at is None and at - kept.created_at >= door.terms.renewal:
            newer = _renewed(unit, key, kept, lasting, door)
            return replace(found, token=newer, is_renewed=True) if newer else found
    return found


def sign_out(store: Store, token: str, *, at: datetime) -> None:
    """End a session, with all its tokens. One that has ended already stays so."""
    with store.directory(writes=True) as unit:
        kept = unit.session_by_hash(token_hash(token))
        user = unit.user_of(kept.user_id) if kept else None
        if kept is None or user is None:
            return
        unit.end_sessions(session_id=kept.session_id)
        _log(unit, "sign-out", f"{user.email} signed out.", actor=user.email, at=at)


def _is_over(kept: KeptSession, terms: SessionTerms, at: datetime) -> bool:
    return at >= kept.expires_at or at - kept.last_seen_at >= terms.idle


def _begun(unit: Directory, user: User, address: str, door: Door) -> SignedIn:
    at = door.clock()
    token = session_token(door.chance(SECRET), lasting_part(door.chance(LASTING)))
    kept = KeptSession(
        session_id=unit.new_session_id(),
        user_id=user.user_id,
        began_at=at,
        created_at=at,
        last_seen_at=at,
        expires_at=at + door.terms.longest,
    )
    unit.add_session(token_hash(token), kept)
    unit.change_user(user.user_id, signed_in_at=at)
    _log(unit, "sign-in", f"{user.email} signed in from {place(address)}.", actor=user.email, at=at)
    principal: Principal = principal_of(user, unit.roles_of(user.user_id))
    return SignedIn(principal=principal, token=token, csrf=csrf_of(token), expires_at=kept.expires_at)


def _renewed(unit: Directory, key: bytes, kept: KeptSession, lasting: str, door: Door) -> str | None:
    """A newer token of the session, unless another request has just got one."""
    at = door.clock()
    if not unit.renew_session(key, at=at, expires_at=min(kept.expires_at, at + GRACE)):
        return None
    newer = session_token(door.chance(SECRET), lasting)
    unit.add_session(token_hash(newer), replace(kept, created_at=at, last_seen_at=at))
    return newer


def _counts(attempt: Attempt) -> tuple[tuple[str, bytes, Patience], ...]:
    """What attempts are counted by, always in this order, so that two never wait for each other."""
    return (
        ("address", subject(place(attempt.address)), BY_ADDRESS),
        ("email", subject(email_key(attempt.email)), BY_EMAIL),
    )


def forget_past(unit: Directory, *, at: datetime) -> None:
    """What is over needs no place: with each attempt, so that attempts themselves cannot fill the database."""
    unit.forget_ended(sessions_before=at, attempts_before=at - max(BY_ADDRESS.memory, BY_EMAIL.memory))


def check_patience(unit: Directory, counts: tuple[tuple[str, bytes, Patience], ...], *, at: datetime) -> None:
    """Count the attempt, or refuse it uncounted, before anybody looks at the password. Raises ``Throttled``."""
    for kind, of, patience in counts:
        before, last_at = unit.attempts(kind, of, at=at)
        pause = waiting(before, last_at, at, patience)
        if pause > timedelta(0):
            seconds = int(pause.total_seconds()) + 1
            raise Throttled(
                "too-many-attempts",
                f"Signing in failed too often; the next attempt may come in {seconds} seconds.",
                hint="Wait, then try again; an admin can give you a new password.",
                details={"retry_after": seconds},
            )
        unit.count_attempts(kind, of, counted(before, last_at, at, patience), at=at)


def _forgive(unit: Directory, attempt: Attempt, *, at: datetime) -> None:
    """Who has shown who they are begins anew; of their address only this one attempt is taken back."""
    for kind, of, _ in _counts(attempt):
        before, last_at = unit.attempts(kind, of, at=at)
        unit.count_attempts(kind, of, 0 if kind == "email" else before - 1, at=last_at)


def note_refusal(store: Store, user: User | None, address: str, *, at: datetime) -> None:
    """Into the audit; what was typed as an address is not, where nobody has it: it may be a password (SEC-7)."""
    who = user.email if user else "somebody unknown"
    with store.directory(writes=True) as unit:
        sentence = f"Signing in as {who} from {place(address)} was refused."
        _log(unit, "refuse-sign-in", sentence, actor=who, at=at)


def _refused() -> Unauthenticated:
    return Unauthenticated(
        "sign-in-refused",
        "Address and password do not fit together.",
        hint="Try again, or ask an admin for a new password.",
    )


def _ended() -> Unauthenticated:
    return Unauthenticated("session-ended", "The session has ended.", hint="Sign in again.")


def _log(unit: Directory, act: str, sentence: str, *, actor: str, at: datetime) -> None:
    entry = pl.DataFrame({"act": [act], "sentence": [sentence]})
    unit.log_in(INSTALLATION, entry, at=at, actor=actor)
