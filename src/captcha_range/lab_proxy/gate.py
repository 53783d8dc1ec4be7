"""Where a lab proxy's connections begin: from the region's address, to a checked address inside the fence, or not."""

import asyncio
import socket
from typing import NamedTuple, Protocol

from captcha_range.core.errors import RangeError
from captcha_range.core.lab_nets import Fence

CONNECT_SECONDS = 5


class TargetRefused(RangeError):
    """The target has an address outside the range; no connection was made."""

    code = "target_refused"


class TargetUnreachable(RangeError):
    """The target could not be reached."""

    code = "target_unreachable"


class Streams(NamedTuple):
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Opener(Protocol):
    """What a proxy asks for its connections."""

    async def connect(self, host: str, port: int) -> Streams:
        """A connection to a name or literal address. TargetRefused, TargetUnreachable."""
        ...

    async def connect_with_tls(self, host: str, port: int) -> Streams | None:
        """The same within TLS, for a client that asks the proxy itself for an https URL; None: not done here."""
        ...


class Gate:
    """Opens connections from one source address into the fence."""

    def __init__(self, fence: Fence, source: str) -> None:
        self._fence = fence
        self._source = source
        self._family = socket.AF_INET6 if ":" in source else socket.AF_INET

    async def connect(self, host: str, port: int) -> Streams:
        """A connection to a name or literal address. TargetRefused, TargetUnreachable."""
        address = await self._checked_address(host, port)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                opened = await asyncio.open_connection(address, port, local_addr=(self._source, 0))
        except (OSError, OverflowError) as error:
            raise TargetUnreachable(f"{host}:{port} could not be reached: {type(error).__name__}") from None
        return Streams(*opened)

    async def connect_with_tls(self, host: str, port: int) -> None:
        """Never: what is in a lab proxy's tunnels is between their ends."""

    async def _checked_address(self, host: str, port: int) -> str:
        # Looked up once: the address that was checked is the address that is connected to.
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, ValueError, OverflowError):
            raise TargetUnreachable(f"{host!r} is not the name of anything here") from None
        addresses = [(family, str(address[0])) for family, _, _, _, address in found]
        if not all(self._fence.contains(address) for _, address in addresses):
            raise TargetRefused
        for family, address in addresses:
            if family == self._family:
                return address
        raise TargetUnreachable(f"{host!r} has no address of the same kind as the region's {self._source}")
