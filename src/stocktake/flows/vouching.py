"""People for whom an identity provider vouches: each way there and back is good once, and throttled by place (SEC-4)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime

from stocktake.access.throttle import BY_ADDRESS, place, subject
from stocktake.flows.signing_in import (
    Door,
    Identity,
    check_patience,
    forget_past,
    note_refusal,
    sign_in_by_identity,
)
from stocktake.model.errors import Unauthenticated
from stocktake.model.person import SignedIn
from stocktake.model.round_trip import RoundTrip
from stocktake.ports.directory import Directory
from stocktake.ports.identity import IdentityProvider
from stocktake.ports.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Somebody who comes back from the provider: with its code or its error, and from where on the net."""

    state: str
    code: str = field(repr=False)
    error: str = ""
    issuer: str = ""
    address: str


def sign_in_by_provider(
    store: Store, provider: IdentityProvider, trip: RoundTrip, returned: Return, door: Door
) -> SignedIn:
    """A session for whom the provider vouches, if they left from here and come back for the first time.

    Raises ``Unauthenticated`` ``sign-in-refused``, ``Throttled`` ``too-many-attempts``; ``Unreadable``.
    """
    with store.directory(writes=True) as unit:
        forget_past(unit, at=door.clock())
        check_patience(unit, (("address", subject(place(returned.address)), BY_ADDRESS),), at=door.clock())
        is_ours = _is_ours(unit, provider, trip, returned, at=door.clock())
    try:
        if not is_ours:
            raise _refused(
                "The way back from the identity provider is not one that began here, or was taken before."
            )
        if returned.error or not returned.code:
            raise _refused("The identity provider has let nobody in.")
        found = provider.vouched(returned.code, trip, at=door.clock())
    except Unauthenticated:
        note_refusal(store, None, returned.address, at=door.clock())
        raise
    identity = Identity(
        issuer=found.issuer, subject=found.subject, email=found.email, address=returned.address
    )
    signed_in = sign_in_by_identity(store, identity, door, admits_new=provider.admits_new)
    with store.directory(writes=True) as unit:
        key = subject(place(returned.address))
        before, last_at = unit.attempts("address", key, at=door.clock())
        unit.count_attempts("address", key, before - 1, at=last_at)
    return signed_in


def _is_ours(
    unit: Directory, provider: IdentityProvider, trip: RoundTrip, returned: Return, *, at: datetime
) -> bool:
    """Whether the browser's secret fits the answer, and was not used; from here on it was."""
    told = returned.state.encode("utf-8", "replace")
    if not trip.is_whole or not hmac.compare_digest(told, trip.state.encode()):
        return False
    if returned.issuer not in ("", provider.issuer):  # RFC 9207
        return False
    key = subject(trip.state)
    before, _ = unit.attempts("return", key, at=at)
    unit.count_attempts("return", key, before + 1, at=at)
    return before == 0


def _refused(message: str) -> Unauthenticated:
    return Unauthenticated("sign-in-refused", message, hint="Sign in again from the beginning.")
