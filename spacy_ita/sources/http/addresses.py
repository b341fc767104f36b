"""Which addresses of the internet a picture may be fetched from."""

import ipaddress
import socket

from ..errors import PictureError

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
"""Networks whose addresses stand for the IPv4 address in their last 32 bits."""


def resolve(host: str, port: int) -> list[str]:
    """Resolve a host to its addresses, all of which must be public.

    Raises:
        PictureError: If the host can't be resolved, or one of its addresses isn't public.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # UnicodeError: a label that is empty or too long
    except (OSError, UnicodeError) as error:
        raise PictureError(
            f"the host {host!r} can't be resolved: {error}", "unreachable"
        ) from error
    # an IPv6 address may have a zone behind a %
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not is_public(address):
            raise PictureError(
                f"the host {host!r} has the address {address}, which is not public", "refused"
            )
    return addresses


def is_public(address: str) -> bool:
    """Return whether an address is on the public internet.

    It isn't if it is private, loopback, link-local, multicast or reserved, or an IPv6 address that
    stands for such an IPv4 address.
    """
    if "%" in address:
        return False
    return _is_public(ipaddress.ip_address(address))


def _is_public(address: IP) -> bool:
    if address.is_multicast or not address.is_global:
        return False
    return all(_is_public(inner) for inner in _embedded(address))


def _embedded(address: IP) -> list[ipaddress.IPv4Address]:
    """Return the IPv4 addresses that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in NAT64):
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [inner for inner in found if inner is not None]
