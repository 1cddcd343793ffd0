"""Where a name leads, and which of those addresses nobody may be sent to (SEC-6)."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

#: Where IPv4 addresses are written as IPv6 ones (NAT64, IPv4-compatible): the last 32 bits are the address.
_CARRIERS = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/96"), IPv6Network("::/96"))
#: Where clouds answer about themselves, beside the link-local addresses.
_METADATA = frozenset(ip_address(each) for each in ("fd00:ec2::254", "100.100.100.200", "168.63.129.16"))


def resolved(host: str, port: int | None) -> list[str]:
    """The addresses that a name leads to, as a connection takes them. Raises ``OSError``, ``UnicodeError``."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(where[0]) for *_, where in found))


def innermost(text: str) -> Address:
    """The address that is meant: unwrapped where it is an IPv4 address in the clothes of IPv6 (mapped, 6to4, NAT64).

    >>> [str(innermost(each)) for each in ("::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::a00:1", "::1", "192.0.2.1")]
    ['127.0.0.1', '127.0.0.1', '10.0.0.1', '::1', '192.0.2.1']
    """
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv4Address):
        return address
    if (inner := address.ipv4_mapped or address.sixtofour) is not None:
        return inner
    if int(address) > 1 and any(address in each for each in _CARRIERS):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_forbidden(text: str) -> bool:
    """Whether nothing may ever be asked there: link-local, multicast, nowhere at all, or where clouds keep their secrets.

    >>> [is_forbidden(each) for each in ("169.254.169.254", "::ffff:169.254.1.1", "0.0.0.0", "10.0.0.1", "192.0.2.1")]
    [True, True, True, False, False]
    """
    address = innermost(text)
    return address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA


def is_public(text: str) -> bool:
    """Whether it is an address of the whole net, and of no network within.

    >>> [is_public(each) for each in ("93.184.215.14", "10.0.0.1", "127.0.0.1", "64:ff9b::7f00:1", "100.64.0.1")]
    [True, False, False, False, False]
    """
    return innermost(text).is_global and not is_forbidden(text)
