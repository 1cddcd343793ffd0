"""API tokens: made, shown once, believed as long as they hold, revoked (SEC-4)."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from stocktake.access.naming import check_name
from stocktake.access.standing import narrowed, principal_of
from stocktake.access.token import api_token, is_api_token, token_hash
from stocktake.flows.people import user_named
from stocktake.flows.workspaces import workspace_named
from stocktake.model.errors import Busy, InvalidInput, NotFound, Unauthenticated
from stocktake.model.person import ApiToken, Principal, Role
from stocktake.model.workspace import INSTALLATION
from stocktake.ports.directory import Directory
from stocktake.ports.store import Store

#: No token lasts longer.
LONGEST = timedelta(days=366)
#: When a token was last used is noted no more often.
NOTED = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token that is asked for: whose, what it is called, until when, and what it is narrowed to."""

    email: str
    name: str
    expires_at: datetime
    workspace: str | None = None
    role: Role | None = None


def create_token(
    store: Store, new: NewToken, secret: bytes, *, by: str, at: datetime
) -> tuple[ApiToken, str]:
    """Keep a token's hash; the token, and its text, which nobody can tell again.

    Raises ``NotFound`` ``unknown-user``, ``unknown-workspace`` (also for one that its user may not see); ``InvalidInput``
    ``bad-name``, ``token-exists``, ``bad-expiry``, ``user-inactive``.
    """
    check_name(new.name, "a token")
    _check_expiry(new.expires_at, at)
    text = api_token(secret)
    with store.directory(writes=True) as unit:
        unit.hold()
        user = user_named(unit, new.email)
        if not user.is_active:
            raise InvalidInput(
                "user-inactive",
                f"{user.email} is not active, so no token of theirs would hold. Nothing was written.",
                hint=f"Let them back in with `stocktake user set {user.email} --active`.",
            )
        if new.name in {each.name for each in unit.tokens(user.user_id) if _holds(each, at)}:
            raise InvalidInput(
                "token-exists",
                f'{user.email} has a token "{new.name}" already. Nothing was written.',
                hint="Choose another name, or revoke that one with `stocktake token revoke`.",
            )
        known = unit.workspaces()
        if not user.is_platform_admin:
            reached = {workspace_id for workspace_id, _ in unit.roles_of(user.user_id)}
            known = [each for each in known if each.workspace_id in reached]
        chosen = workspace_named(known, new.workspace) if new.workspace is not None else None
        unit.add_token(
            token_hash=token_hash(text),
            user_id=user.user_id,
            name=new.name,
            workspace_id=chosen.workspace_id if chosen else None,
            role=new.role.value if new.role else None,
            created_at=at,
            expires_at=new.expires_at,
        )
        (made,) = (each for each in unit.tokens(user.user_id) if each.name == new.name and _holds(each, at))
        until = new.expires_at.date().isoformat()
        _log(unit, "create-token", f"{by} made the {_words(made)}, until {until}.", by=by, at=at)
    return made, text


def revoke_token(store: Store, token_id: int, *, of_user: int | None, by: str, at: datetime) -> ApiToken:
    """Let a token hold no longer. ``of_user``: only one of theirs; None: whosever it is.

    Raises ``NotFound`` ``unknown-token``.
    """
    with store.directory(writes=True) as unit:
        found = next((each for each in unit.tokens(of_user) if each.token_id == token_id), None)
        if found is None:
            raise NotFound(
                "unknown-token",
                f"There is no token {token_id}.",
                hint="List them with `stocktake token list`.",
            )
        if found.revoked_at is None:
            unit.change_token(token_id, revoked_at=at)
            _log(unit, "revoke-token", f"{by} revoked the {_words(found)}.", by=by, at=at)
        return next(each for each in unit.tokens(found.user_id) if each.token_id == token_id)


def authenticate_token(store: Store, text: str, *, at: datetime) -> Principal:
    """Who comes with a token, with the rights that its user has at this moment, narrowed as it says (SEC-4).

    Raises ``Unauthenticated`` ``token-not-valid``: the same for one that never was, was revoked, or has expired.
    """
    if not is_api_token(text):
        raise _not_valid()
    with store.directory() as unit:
        found = unit.token_by_hash(token_hash(text))
        user = unit.user_of(found.user_id) if found else None
        if found is None or user is None or not user.is_active or not _holds(found, at):
            raise _not_valid()
        principal = principal_of(user, unit.roles_of(user.user_id))
        principal = narrowed(principal, found, (each.workspace_id for each in unit.workspaces()))
    if found.last_used_at is None or at - found.last_used_at >= NOTED:
        # A note that can wait: an embedded database may be written by an import just now.
        with contextlib.suppress(Busy), store.directory(writes=True, waits=False) as unit:
            unit.change_token(found.token_id, last_used_at=at)
    return principal


def _holds(token: ApiToken, at: datetime) -> bool:
    return token.revoked_at is None and token.expires_at > at


def _not_valid() -> Unauthenticated:
    return Unauthenticated(
        "token-not-valid",
        "The token does not hold: it is unknown, was revoked, or has expired.",
        hint="Make another one with `stocktake token create`.",
    )


def _check_expiry(expires_at: datetime, at: datetime) -> None:
    if not at < expires_at <= at + LONGEST:
        raise InvalidInput(
            "bad-expiry",
            f"A token cannot hold until {expires_at.date().isoformat()}. Nothing was written.",
            hint=f"It holds for {LONGEST.days} days at most, such as --expires 90d.",
        )


def _words(token: ApiToken) -> str:
    bounds = [f"in {token.workspace}"] if token.workspace else []
    bounds += [f"as {token.role}"] if token.role else []
    return " ".join([f'token "{token.name}" of {token.email}', *bounds])


def _log(unit: Directory, act: str, sentence: str, *, by: str, at: datetime) -> None:
    entry = pl.DataFrame({"act": [act], "sentence": [sentence]})
    unit.log_in(INSTALLATION, entry, at=at, actor=by)
