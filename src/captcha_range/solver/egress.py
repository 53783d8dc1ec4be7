"""The only way out: every connection of the solver is made here, to an address inside the fence, or not at all."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any, NamedTuple, Protocol

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.tracing import Trace

from captcha_range.core.lab_nets import Fence
from captcha_range.solver import tunnels
from captcha_range.solver.errors import ProxyConnectTimeout, ProxyNotUnderstood, ProxyReadTimeout, ProxyRefused
from captcha_range.solver.orders import Proxy


class EgressRefused(OSError):
    """The address is outside the range; no socket was opened."""


class Bounds(Protocol):
    """Which addresses may be connected to; the range's `Fence` is one."""

    def contains(self, address: str) -> bool: ...


class Patience(NamedTuple):
    """Seconds to wait: for a connection, for a proxy's answers before the tunnel is there, for a whole answer."""

    connect: float = 5.0
    proxy: float = 10.0
    answer: float = 30.0


class Egress:
    """Client sessions whose sockets can only reach the fence's networks. Redirects are for callers to refuse."""

    def __init__(self, fence: Fence, patience: Patience = Patience()) -> None:  # noqa: B008 - a constant
        self._fence = fence
        self._patience = patience
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
            self._sessions[source] = self._new_session(connector, self._patience.connect)
        return self._sessions[source]

    @contextlib.asynccontextmanager
    async def through(self, proxy: Proxy, source: str | None = None) -> AsyncIterator[aiohttp.ClientSession]:
        """A session of one's own whose connections are tunnels through a lab proxy.

        Its requests also raise what `open_tunnel` does.
        """
        # The proxy's patience is kept inside the tunnel, where it is known what was waited for.
        connector = _Tunnels(self._fence, proxy, source, self._patience)
        async with self._new_session(connector, None) as session:
            yield session

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def _new_session(self, connector: aiohttp.BaseConnector, connect: float | None) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._patience.answer, connect=connect),
            trust_env=False,
        )

    def _open_socket(self, address_info: Any) -> socket.socket:
        family, kind, protocol, _, address = address_info
        return _guarded(self._fence, str(address[0]), family, kind, protocol)


async def open_tunnel(
    bounds: Bounds, proxy: Proxy, source: str | None, address: str, port: int, patience: Patience
) -> socket.socket:
    """A connection through a lab proxy to a checked literal address, so that the proxy resolves nothing itself.

    EgressRefused if the proxy or the address is outside; else one of `PROXY_FAILURES`.
    """
    if not bounds.contains(address):
        raise EgressRefused(f"{address} is outside the range; no connection was made")
    connected = await _connect(bounds, proxy, source, patience.connect)
    try:
        async with asyncio.timeout(patience.proxy):
            await tunnels.ask(connected, proxy, address, port)
    except BaseException as error:
        connected.close()
        if isinstance(error, TimeoutError):
            raise ProxyReadTimeout from None
        if isinstance(error, OSError):
            raise ProxyNotUnderstood from None
        raise
    return connected


async def _connect(bounds: Bounds, proxy: Proxy, source: str | None, seconds: float) -> socket.socket:
    """A connection to the proxy itself. EgressRefused, ProxyRefused, ProxyConnectTimeout."""
    opened = _guarded(bounds, proxy.address, socket.AF_INET6 if ":" in proxy.address else socket.AF_INET)
    opened.setblocking(False)
    try:
        if source is not None:
            opened.bind((source, 0))
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(opened, (proxy.address, proxy.port))
    except BaseException as error:
        opened.close()
        if isinstance(error, TimeoutError):
            raise ProxyConnectTimeout from None
        if isinstance(error, OSError):
            raise ProxyRefused from None
        raise
    return opened


def _guarded(
    bounds: Bounds, address: str, family: int, kind: int = socket.SOCK_STREAM, protocol: int = socket.IPPROTO_TCP
) -> socket.socket:
    # The last check, on the very address that connect() gets: literals, odd spellings, mapped IPv6.
    if not bounds.contains(address):
        raise EgressRefused(f"{address} is outside the range; no connection was made")
    return socket.socket(family, kind, protocol)


class _Tunnels(aiohttp.BaseConnector):
    """Makes each of a session's connections a tunnel. aiohttp itself speaks to HTTP proxies only."""

    def __init__(self, fence: Fence, proxy: Proxy, source: str | None, patience: Patience) -> None:
        super().__init__()
        self._fence = fence
        self._proxy = proxy
        self._source = source
        self._patience = patience

    async def _create_connection(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's signature
    ) -> ResponseHandler:
        port = req.port or 80
        (found, *_) = await _FencedResolver(self._fence).resolve(req.url.raw_host or "", port, socket.AF_UNSPEC)
        connected = await open_tunnel(self._fence, self._proxy, self._source, found["host"], port, self._patience)
        _, handler = await self._loop.create_connection(self._factory, sock=connected)
        return handler


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
