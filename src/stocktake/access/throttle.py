"""How long somebody has to wait who keeps failing to sign in (SEC-4).

Attempts are counted before the password is looked at, so that many at once are no way around it; one that succeeds is
forgiven. Who has to wait is not counted again: nobody can be kept out for ever by a stranger.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """After ``free`` attempts in a row each must wait twice as long as the one before, from ``first`` to ``most``.

    They are forgotten after a quiet time of ``memory``.
    """

    free: int
    first: timedelta
    most: timedelta
    memory: timedelta


#: With one address of a user: a person mistypes, a machine guesses.
BY_EMAIL = Patience(
    free=5, first=timedelta(seconds=30), most=timedelta(minutes=15), memory=timedelta(hours=1)
)
#: From one place on the net: many people may sit behind it.
BY_ADDRESS = Patience(
    free=30, first=timedelta(seconds=30), most=timedelta(minutes=15), memory=timedelta(hours=1)
)


def waiting(attempts: int, last_at: datetime, at: datetime, patience: Patience) -> timedelta:
    """How long the next attempt must wait still; nothing if it may come.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 2, 12, tzinfo=UTC)
    >>> [waiting(count, noon, noon, BY_EMAIL).seconds for count in (4, 5, 6, 7, 40)]
    [0, 30, 60, 120, 900]
    """
    if attempts < patience.free:
        return timedelta(0)
    doublings = min(attempts - patience.free, 20)
    pause: timedelta = min(patience.first * (1 << doublings), patience.most)
    return max(last_at + pause - at, timedelta(0))


def counted(attempts: int, last_at: datetime, at: datetime, patience: Patience) -> int:
    """How many attempts there are with this one; those before a quiet time are forgotten."""
    return 1 if at - last_at >= patience.memory else attempts + 1


def subject(text: str) -> bytes:
    """What is kept of an address: a hash, since people write passwords into the wrong field (SEC-7)."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def place(address: str) -> str:
    """From where an attempt comes, for counting: an IPv6 network is one place, since whoever has one has 2⁶⁴ addresses.

    >>> place("192.0.2.7"), place("2001:db8::1:2"), place("::ffff:192.0.2.7"), place("testclient")
    ('192.0.2.7', '2001:db8::/64', '192.0.2.7', 'testclient')
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))
