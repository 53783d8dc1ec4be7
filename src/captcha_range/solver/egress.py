"""The only way out: every connection of the solver is made here, to an address inside the fence, or not at all."""

import socket
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from captcha_range.core.lab_nets import Fence


class EgressRefused(OSError):
    """The address is outside the range; no socket was opened."""


class Egress:
    """Client sessions whose sockets can only reach the fence's networks. Redirects are for callers to refuse."""

    def __init__(self, fence: Fence) -> None:
        self._fence = fence
        self._sessions: dict[str | None, aiohttp.ClientSession] = {}

    def session(self, source: str | None = None) -> aiohttp.ClientSession:
        """The session that connects from the address `source` (None: whichever the system takes)."""
        if source not in self._sessions:
            connector = aiohttp.TCPConnector(
                resolver=_FencedResolver(self._fence),
                socket_factory=self._open_socket,
                local_addr=None if source is None else (source, 0),
                limit=256,
                keepalive_timeout=30,
                happy_eyeballs_delay=None,
            )
            self._sessions[source] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=30, connect=5),
                trust_env=False,
            )
        return self._sessions[source]

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def _open_socket(self, address_info: Any) -> socket.socket:
        # The last check, on the very address that connect() gets: literals, odd spellings, mapped IPv6.
        family, kind, protocol, _, address = address_info
        if not self._fence.contains(str(address[0])):
            raise EgressRefused(f"{address[0]} is outside the range; no connection was made")
        return socket.socket(family, kind, protocol)


class _FencedResolver(AbstractResolver):
    """Resolves a name once; if any of its addresses is outside, the name is."""

    def __init__(self, fence: Fence) -> None:
        self._fence = fence
        self._plain = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._plain.resolve(host, port, family)
        if not all(self._fence.contains(entry["host"]) for entry in found):
            raise EgressRefused(f"{host} has an address outside the range; no connection was made")
        return found

    async def close(self) -> None:
        await self._plain.close()
