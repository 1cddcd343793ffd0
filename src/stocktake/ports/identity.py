"""What flows ask of an identity provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stocktake.model.round_trip import RoundTrip


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """Whom a provider has vouched for; ``email`` only where it says that it has verified it."""

    issuer: str
    subject: str
    email: str | None


class IdentityProvider(Protocol):
    """Knows people by itself, and says who somebody is."""

    @property
    def issuer(self) -> str:
        """How the provider calls itself."""
        ...

    @property
    def admits_new(self) -> bool:
        """Whether whoever it vouches for becomes a user, if they are none."""
        ...

    def address(self, trip: RoundTrip, *, at: datetime) -> str:
        """Where somebody goes to show it who they are. Raises ``Unreadable`` ``provider-unreadable``."""
        ...

    def vouched(self, code: str, trip: RoundTrip, *, at: datetime) -> Vouched:
        """Who came back with that code. Raises ``Unauthenticated`` ``sign-in-refused``; ``Unreadable``."""
        ...
