"""Sockets that only reach the fence's networks: the last check, on the very address that connect() gets."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from captcha_range.solver import tunnels
from captcha_range.solver.errors import (
    ProxyConnectTimeout,
    ProxyNotUnderstood,
    ProxyReadTimeout,
    ProxyRefused,
    SolverError,
)
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


async def open_tunnel(
    bounds: Bounds, proxy: Proxy, source: str | None, address: str, port: int, patience: Patience
) -> socket.socket:
    """A connection through a lab proxy to a checked literal address, so that the proxy resolves nothing itself.

    EgressRefused if the proxy or the address is outside; else one of `PROXY_FAILURES`.
    """
    if not bounds.contains(address):
        raise EgressRefused(f"{address} is outside the range; no connection was made")
    connected = await _connect(bounds, proxy, source, patience.connect)
    with _closed_on_failure(connected, ProxyReadTimeout, ProxyNotUnderstood):
        async with asyncio.timeout(patience.proxy):
            await tunnels.ask(connected, proxy, address, port)
    return connected


async def _connect(bounds: Bounds, proxy: Proxy, source: str | None, seconds: float) -> socket.socket:
    """A connection to the proxy itself. EgressRefused, ProxyRefused, ProxyConnectTimeout."""
    opened = guarded(bounds, proxy.address, socket.AF_INET6 if ":" in proxy.address else socket.AF_INET)
    opened.setblocking(False)
    with _closed_on_failure(opened, ProxyConnectTimeout, ProxyRefused):
        if source is not None:
            opened.bind((source, 0))
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(opened, (proxy.address, proxy.port))
    return opened


@contextlib.contextmanager
def _closed_on_failure(opened: socket.socket, slow: type[SolverError], broken: type[SolverError]) -> Iterator[None]:
    """Whatever fails closes the socket; what took too long is `slow`, any other error of the system `broken`."""
    try:
        yield
    except BaseException as error:
        opened.close()
        if isinstance(error, TimeoutError):
            raise slow from None
        if isinstance(error, OSError):
            raise broken from None
        raise


def guarded(
    bounds: Bounds, address: str, family: int, kind: int = socket.SOCK_STREAM, protocol: int = socket.IPPROTO_TCP
) -> socket.socket:
    """A socket for an address inside; literals, odd spellings, mapped IPv6 are all one here. EgressRefused."""
    if not bounds.contains(address):
        raise EgressRefused(f"{address} is outside the range; no connection was made")
    return socket.socket(family, kind, protocol)
