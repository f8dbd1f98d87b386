"""Whose request it is, as far as addresses tell: behind proxies, and with IPv6."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest

#: A home or a ward has a whole network of IPv6, so single addresses would have no limit.
_PREFIX = 64


def address_of(request: HttpRequest, proxies: int) -> str:
    """The visitor's IPv4 address, or IPv6 network of 64 bits.

    `proxies` is how many add to X-Forwarded-For: with 0 the header is anybody's to write and is
    not read, with N the Nth last of it counts. What is not there is the connection's own.
    """
    own = request.META.get("REMOTE_ADDR", "")
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if proxies and forwarded:
        named = forwarded.split(",")
        return _network(named[-min(proxies, len(named))]) or _network(own) or "unknown"
    return _network(own) or "unknown"


def _network(text: str) -> str:
    """Empty for what is no address. A port behind it, as some proxies write it, is passed over."""
    text = text.strip().partition("%")[0]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(ip_network((address, _PREFIX), strict=False))
        address = address.ipv4_mapped
    return str(address)
