"""The network of an address, as visitors of one household, office or rented machine share it."""

import ipaddress
from functools import lru_cache

from captcha_range.core.lab_nets import parse_address

PREFIXES = {4: 24, 6: 48}


@lru_cache(maxsize=4_096)
def network_of(address: str) -> str:
    """The /24 of an IPv4 address or the /48 of an IPv6 address; the text itself where it is no address."""
    parsed = parse_address(address)
    if parsed is None:
        return address
    return str(ipaddress.ip_network((parsed, PREFIXES[parsed.version]), strict=False))
