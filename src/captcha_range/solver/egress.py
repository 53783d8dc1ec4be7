"""The only way out: every connection of the solver is made here, to an address inside the fence, or not at all."""

import contextlib
import socket
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from captcha_range.core.lab_nets import Fence
from captcha_range.core.late import late
from captcha_range.solver.orders import Proxy
from captcha_range.solver.sockets import Patience, guarded

if TYPE_CHECKING:
    import aiohttp
else:
    aiohttp = late("aiohttp")


class Egress:
    """Client sessions whose sockets can only reach the fence's networks. Redirects are for callers to refuse."""

    def __init__(self, fence: Fence, patience: Patience = Patience()) -> None:  # noqa: B008 - a constant
        self._fence = fence
        self._patience = patience
        self._sessions: dict[str | None, aiohttp.ClientSession] = {}

    def session(self, source: str | None = None) -> "aiohttp.ClientSession":
        """The session that connects from the address `source` (None: whichever the system takes)."""
        from captcha_range.solver.connectors import FencedResolver

        if source not in self._sessions:
            connector = aiohttp.TCPConnector(
                resolver=FencedResolver(self._fence),
                socket_factory=self._open_socket,
                local_addr=None if source is None else (source, 0),
                limit=256,
                keepalive_timeout=30,
                happy_eyeballs_delay=None,
            )
            self._sessions[source] = self._new_session(connector, self._patience.connect)
        return self._sessions[source]

    @contextlib.asynccontextmanager
    async def through(self, proxy: Proxy, source: str | None = None) -> "AsyncIterator[aiohttp.ClientSession]":
        """A session of one's own whose connections are tunnels through a lab proxy.

        Its requests also raise what `open_tunnel` does.
        """
        from captcha_range.solver.connectors import Tunnels

        # The proxy's patience is kept inside the tunnel, where it is known what was waited for.
        connector = Tunnels(self._fence, proxy, source, self._patience)
        async with self._new_session(connector, None) as session:
            yield session

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def _new_session(self, connector: "aiohttp.BaseConnector", connect: float | None) -> "aiohttp.ClientSession":
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._patience.answer, connect=connect),
            trust_env=False,
        )

    def _open_socket(self, address_info: Any) -> socket.socket:
        family, kind, protocol, _, address = address_info
        return guarded(self._fence, str(address[0]), family, kind, protocol)
