"""Where messages of ours may go: the open network, and the private ones that the operator of the machine has
named. Whoever types an address on a page must not reach through this server what he cannot reach himself."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.request import HTTPRedirectHandler, build_opener

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
TRANSLATED = IPv6Network("64:ff9b::/96")  # NAT64 (RFC 6052): the last 32 bits are an IPv4 address


def networks_in(text: str) -> list[Network]:
    """The networks of a setting, with commas or blanks between them; ValueError where one is none."""
    return [ip_network(part) for part in text.replace(",", " ").split()]


def address_in(host: str) -> Address | None:
    """The address that a host is written as, None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def may_be_sent_to(address: Address, private: Sequence[Network]) -> bool:
    """Whether an address, and whatever is wrapped up in it, lies in the open network or in a named one."""
    return all(
        (wrapped.is_global and not wrapped.is_multicast) or any(wrapped in network for network in private)
        for wrapped in (_inner(address) or (address,))
    )


def _inner(address: Address) -> tuple[Address, ...]:
    """The IPv4 addresses that an IPv6 address leads to: mapped, 6to4, Teredo, NAT64."""
    if isinstance(address, IPv4Address):
        return ()
    if address in TRANSLATED:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    if address.teredo:
        return address.teredo
    inner = address.ipv4_mapped or address.sixtofour
    return (inner,) if inner else ()


class _NoRedirects(HTTPRedirectHandler):
    """The operator wrote one address, and no answer of it sends us to another."""

    def redirect_request(self, *_answer: object) -> None:
        return None


urlopen = build_opener(_NoRedirects).open  # for addresses out of the settings
