"""Which region an address stands in: the operator's map from networks to labels, real on one machine."""

import ipaddress
import re
from collections.abc import Mapping

from captcha_range.core.errors import RangeError
from captcha_range.core.lab_nets import Network, parse_address

DEFAULT_REGIONS: Mapping[str, str] = {
    "us": "127.0.10.0/24",
    "gb": "127.0.20.0/24",
    "hk": "127.0.30.0/24",
    "ca": "127.0.40.0/24",
    "sg": "127.0.50.0/24",
}
"""Loopback subnets: Linux lets any process bind to any of their addresses."""

NOWHERE = "local"
"""The region of an address that no network of the map contains."""


_LABEL = re.compile(r"[a-z0-9_-]{1,40}", re.ASCII)


class RegionsInvalid(RangeError):
    """A region maps a lower-case label to a network in CIDR notation, such as gb = "127.0.20.0/24"."""

    code = "regions_invalid"


class Regions:
    """Labels of addresses, and a source address for each label."""

    def __init__(self, networks: Mapping[str, str] = DEFAULT_REGIONS) -> None:
        self._networks: dict[str, Network] = {}
        if not networks:
            raise RegionsInvalid('regions: name at least one, such as gb = "127.0.20.0/24"')
        for label, text in networks.items():
            if not _LABEL.fullmatch(label):
                raise RegionsInvalid(f"regions: {label!r} is not a label; write 1 … 40 of a-z, 0-9, - and _")
            try:
                self._networks[label] = ipaddress.ip_network(text)
            except ValueError as error:
                raise RegionsInvalid(f"regions: {label} = {text!r} is not a network ({error})") from None

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self._networks)

    def of(self, address: str) -> str:
        """The label of the first network that contains `address`, or `local`."""
        parsed = parse_address(address)
        for label, net in self._networks.items():
            if parsed is not None and parsed in net:
                return label
        return NOWHERE

    def source_address(self, label: str) -> str | None:
        """The first host address of a region's network, to bind a connection to; None for an unknown label."""
        net = self._networks.get(label)
        return None if net is None else str(net[min(1, net.num_addresses - 1)])
