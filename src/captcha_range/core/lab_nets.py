"""The fence's addresses: the only networks that the range ever connects to.

Not `ipaddress.is_private`: that is true for 169.254.169.254, where cloud machines hand out their keys.
"""

import ipaddress
from collections.abc import Iterable

from captcha_range.core.errors import RangeError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LAB_NETS: tuple[Network, ...] = (
    ipaddress.ip_network("127.0.0.0/8"),
    ipaddress.ip_network("::1/128"),
)
"""Always inside."""

NAMEABLE_NETS: tuple[Network, ...] = (
    ipaddress.ip_network("10.0.0.0/8"),
    ipaddress.ip_network("172.16.0.0/12"),
    ipaddress.ip_network("192.168.0.0/16"),
    ipaddress.ip_network("fc00::/7"),
)
"""RFC 1918 and unique local addresses (RFC 4193): an operator may name networks within these, no others."""


class NetworkNotNameable(RangeError):
    """A lab network must lie within RFC 1918 or fc00::/7; nothing else can be opened."""

    code = "network_not_nameable"


class Fence:
    """Decides whether an address is inside the range."""

    def __init__(self, named: Iterable[str] = ()) -> None:
        """`named`: networks in CIDR notation. NetworkNotNameable if one is outside `NAMEABLE_NETS`."""
        self.nets: tuple[Network, ...] = LAB_NETS + tuple(_nameable(text) for text in named)

    def contains(self, address: str) -> bool:
        """Whether a literal address, as the connection would use it, is inside. Names are not addresses."""
        parsed = parse_address(address)
        return parsed is not None and any(parsed in net for net in self.nets)


def parse_address(text: str) -> Address | None:
    """The address that a connection to `text` reaches, IPv4-mapped IPv6 unwrapped; None if it is not one."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return None
        return address.ipv4_mapped or address
    return address


def _nameable(text: str) -> Network:
    try:
        net = ipaddress.ip_network(text, strict=True)
    except ValueError as error:
        raise NetworkNotNameable(f"lab_nets: {text!r} is not a network such as 10.1.0.0/16 ({error})") from None
    if not any(_is_within(net, allowed) for allowed in NAMEABLE_NETS):
        allowed = ", ".join(str(each) for each in NAMEABLE_NETS)
        raise NetworkNotNameable(f"lab_nets: {net} is not within {allowed}; the range opens no other network")
    return net


def _is_within(net: Network, outer: Network) -> bool:
    if isinstance(net, ipaddress.IPv4Network):
        return isinstance(outer, ipaddress.IPv4Network) and net.subnet_of(outer)
    return isinstance(outer, ipaddress.IPv6Network) and net.subnet_of(outer)
