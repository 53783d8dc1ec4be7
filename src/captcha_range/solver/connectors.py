"""What aiohttp needs to stay inside the fence: a resolver, and a connector that makes tunnels.

Imported by `Egress` alone, and with its first session: aiohttp takes a third of the start, and who orders no task needs
none of it.
"""

import socket

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.tracing import Trace

from captcha_range.core.lab_nets import Fence
from captcha_range.solver.orders import Proxy
from captcha_range.solver.sockets import EgressRefused, Patience, open_tunnel


class Tunnels(aiohttp.BaseConnector):
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
        (found, *_) = await FencedResolver(self._fence).resolve(req.url.raw_host or "", port, socket.AF_UNSPEC)
        connected = await open_tunnel(self._fence, self._proxy, self._source, found["host"], port, self._patience)
        _, handler = await self._loop.create_connection(self._factory, sock=connected)
        return handler


class FencedResolver(AbstractResolver):
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
