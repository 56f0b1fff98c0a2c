"""Tell addresses of the public internet from those that a program of ours must never open a connection to.

Sources: IANA's special-purpose registries, as Python's `ipaddress` has them; RFC 6052 (NAT64), RFC 3056 (6to4),
RFC 4380 (Teredo). Clouds answer at addresses of their own: 169.254.169.254 and fd00:ec2::254 are covered by their
ranges, 168.63.129.16 (Azure) is not.
"""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_COMPATIBLE = ipaddress.ip_network("::/96")
_CLOUDS = frozenset({ipaddress.ip_address("168.63.129.16"), ipaddress.ip_address("100.100.100.200")})


def is_public(address: Address) -> bool:
    """Tell whether everybody on the internet would reach the same machine there.

    An IPv6 address that carries an IPv4 address is judged by both.
    """
    if address in _CLOUDS or address.is_multicast or not address.is_global:
        return False
    return all(is_public(inner) for inner in _carried(address))


def _carried(address: Address) -> list[ipaddress.IPv4Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in (*_NAT64, _COMPATIBLE)):
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in found if one is not None]
