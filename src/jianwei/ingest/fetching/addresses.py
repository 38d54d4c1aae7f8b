"""Which IP addresses a picture URL may lead to: those of the public internet, nothing of this machine or its network.

A sheet of listings is foreign input; a URL in it must not make this machine ask its own services, its router or a
cloud's metadata address. Leaves out asking name servers and connecting.

Source: the IANA special-purpose address registries, as Python's `ipaddress` holds them; NAT64 prefix of RFC 6052.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Return whether an IP address is of the public internet.

    IPv6 forms that carry an IPv4 address (mapped, 6to4, NAT64) are as public as that address. Whatever is not an
    address at all is not public.
    """
    if "%" in address:  # a scope id: only link-local addresses have one
        return False
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    carried = _carried_ipv4(parsed) if isinstance(parsed, IPv6Address) else None
    return _is_global(carried or parsed)


def written_address(host: str) -> str | None:
    """Return the address that a host name is written as, in any of the forms that resolvers take; None for a name.

    `2130706433` and `0x7f.1` are 127.0.0.1. Nothing is asked of a name server.
    """
    try:
        found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None
    return str(found[0][4][0])


def _carried_ipv4(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address.is_loopback
        or address.is_link_local
        or (isinstance(address, IPv6Address) and address.is_site_local)
    )
