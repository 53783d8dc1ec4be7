"""The browser's only way out: a forward proxy on loopback that connects to addresses inside the fence, or not at all.

Each browsing context gets a door of its own. What may pass it is the door's pass; a door without one is shut.
"""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from captcha_range.core.lab_nets import parse_address
from captcha_range.core.traces import traceparent
from captcha_range.solver.errors import PROXY_FAILURES, SolverError
from captcha_range.solver.orders import Proxy
from captcha_range.solver.sockets import Bounds, EgressRefused, Patience, open_tunnel

REASON_HEADER = "captcha-range-gateway"
"""Names why the gateway itself answered; an answer without it came from where it was asked for."""

_LONGEST_HEAD = 64 * 1024
_HEAD_SECONDS = 10.0
_PATIENCE = Patience(connect=5.0, proxy=5.0)
_CHUNK = 64 * 1024
_LOOPBACK = ("127.0.0.1", "::1")
_DROPPED = (b"proxy-", b"connection:", b"keep-alive:")

Resolve = Callable[[str], Awaitable[list[str]]]


class GatewayRefused(Exception):
    """The target is outside the range, or cannot be reached; the message says which."""

    def __init__(self, status: int, reason: str, failure: SolverError | None = None) -> None:
        """`failure`: what the task's own proxy did."""
        super().__init__(reason)
        self.status = status
        self.failure = failure


class Trail(NamedTuple):
    """A trace, and the one place that is told of it: the range's provider."""

    trace: str
    host: str
    port: int


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """What may leave through a door: from which own address, through which lab proxy, to which names, on which trail.

    `names` are the host names that are looked up, besides `localhost` and names below it. No other is: a name
    that a page makes up would carry what it spells to a name server outside.
    """

    source: str | None = None
    proxy: Proxy | None = None
    names: frozenset[str] = frozenset()
    trail: Trail | None = None


class Target(NamedTuple):
    """Where a request wants to go, and what is sent there first."""

    host: str
    port: int
    head: bytes | None
    """The request to pass on; None for a tunnel (CONNECT)."""


async def look_up(name: str) -> list[str]:
    """Every address of a name, as the system knows it."""
    found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Gateway:
    """Opens doors. `resolve` looks names up; every address that it finds must be inside the fence."""

    def __init__(self, fence: Bounds, resolve: Resolve = look_up, patience: Patience = _PATIENCE) -> None:
        self._fence = fence
        self._resolve = resolve
        self._patience = patience

    async def open(self, allowed: Pass | None = None) -> "Door":
        """A new door on a free port of 127.0.0.1."""
        door = Door(self, allowed)
        await door.listen()
        return door

    async def connect(self, allowed: Pass, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to a checked address of `host`. GatewayRefused."""
        addresses = await self._checked(allowed, host)
        if allowed.proxy is not None:
            return await self._through(allowed.proxy, allowed.source, addresses[0], port)
        return await self._dial(addresses, port, allowed.source)

    async def _checked(self, allowed: Pass, host: str) -> list[str]:
        addresses = await self._addresses(allowed, host.rstrip("."))
        if not addresses or not all(self._fence.contains(address) for address in addresses):
            raise GatewayRefused(403, "the address is outside the range; no connection was made")
        return addresses

    async def _addresses(self, allowed: Pass, host: str) -> list[str]:
        literal = parse_address(host)
        if literal is not None:
            return [str(literal)]
        name = host.lower()
        if name == "localhost" or name.endswith(".localhost"):
            return list(_LOOPBACK)  # RFC 6761: never asked of a name server
        if name not in allowed.names:
            raise GatewayRefused(403, "the name is no host of this site's origins; it was not looked up")
        try:
            return await self._resolve(name)
        except OSError:
            raise GatewayRefused(502, "the name has no address") from None

    async def _dial(
        self, addresses: list[str], port: int, source: str | None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for address in addresses:
            if source is not None and (":" in source) != (":" in address):
                continue
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(self._patience.connect):
                    return await asyncio.open_connection(
                        address,
                        port,
                        local_addr=None if source is None else (source, 0),
                        flags=socket.AI_NUMERICHOST,
                    )
        raise GatewayRefused(502, "nothing answers there")

    async def _through(
        self, proxy: Proxy, source: str | None, address: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A tunnel through a lab proxy. It is told the checked address, so that it resolves nothing itself."""
        try:
            tunnel = await open_tunnel(self._fence, proxy, source, address, port, self._patience)
        except EgressRefused:
            raise GatewayRefused(403, "the proxy is outside the range; no connection was made") from None
        except PROXY_FAILURES as failure:
            raise GatewayRefused(502, f"the lab proxy made no tunnel ({failure.code})", failure) from None
        return await asyncio.open_connection(sock=tunnel)


class Door:
    """One listening port of the gateway; `allowed` None refuses everything."""

    def __init__(self, gateway: Gateway, allowed: Pass | None) -> None:
        self.allowed = allowed
        self.failure: SolverError | None = None
        """What the task's own proxy did first, instead of leading on."""
        self._gateway = gateway
        self._server: asyncio.Server | None = None
        self._is_shut = False
        self._open: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """What a browser is told as its proxy."""
        assert self._server is not None  # noqa: S101 - asked of a listening door only
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=_LONGEST_HEAD)

    async def close(self) -> None:
        """Shut the door and cut what still passes."""
        self._is_shut = True
        if self._server is not None:
            self._server.close()
        for connection in self._open:
            connection.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_shut:
            writer.close()
            return
        # The writer is closed from outside: a task that is cancelled before it ran closes nothing.
        connection = asyncio.create_task(self._pass(reader, writer))
        self._open.add(connection)
        connection.add_done_callback(self._open.discard)
        connection.add_done_callback(lambda _: writer.close())

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await self._serve(reader, writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_HEAD_SECONDS):
                target = read_target(await reader.readuntil(b"\r\n\r\n"))
            # The door may be shut while the connection is made.
            allowed = self.allowed
            if allowed is None:
                raise GatewayRefused(403, "this door is shut; no connection was made")
            far_reader, far_writer = await self._gateway.connect(allowed, target.host, target.port)
        except GatewayRefused as refusal:
            self.failure = self.failure or refusal.failure
            writer.write(_refusal(refusal))
            await writer.drain()
            return
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            return
        if target.head is None:
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            far_writer.write(_head(target.head, target, allowed.trail))
        await _join(reader, writer, far_reader, far_writer)


def read_target(head: bytes) -> Target:
    """What a proxied request asks for: CONNECT, or an absolute http URL (RFC 9112 §3.2). GatewayRefused."""
    line, _, rest = head.partition(b"\r\n")
    try:
        method, url, version = line.decode("ascii").split(" ")
        is_tunnel = method == "CONNECT"
        parts = urlsplit(f"//{url}" if is_tunnel else url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise GatewayRefused(400, "the request line is not understood") from None
    if is_tunnel and host and port and not parts.path:
        return Target(host, port, None)
    if is_tunnel or not host or parts.scheme != "http":
        raise GatewayRefused(400, "only http URLs and tunnels pass")
    path = url[url.index("://") + 3 :]
    start = min((path.find(sign) for sign in "/?" if sign in path), default=len(path))
    wanted = path[start:] if path[start : start + 1] == "/" else f"/{path[start:]}"
    # One request per connection: what follows it could not go anywhere else, but need not be understood.
    lines = [f"{method} {wanted} {version}".encode(), *_kept(rest), b"Connection: close", b"", b""]
    return Target(host, port or 80, b"\r\n".join(lines))


def _head(head: bytes, target: Target, trail: Trail | None) -> bytes:
    """The request, naming its trace if it goes to the provider. A page's own `traceparent` would make two: rubbish."""
    if trail is None or (target.host, target.port) != (trail.host, trail.port):
        return head
    line, _, rest = head.partition(b"\r\n")
    return b"\r\n".join([line, f"traceparent: {traceparent(trail.trace)}".encode(), rest])


def _kept(headers: bytes) -> list[bytes]:
    """The header lines without those that are the proxy's own business."""
    return [line for line in headers.split(b"\r\n") if line and not line.lower().startswith(_DROPPED)]


def _refusal(refusal: GatewayRefused) -> bytes:
    body = f"{refusal}\n".encode()
    head = (
        f"HTTP/1.1 {refusal.status} Refused\r\n{REASON_HEADER}: {refusal}\r\ncontent-type: text/plain\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


async def _join(
    near_reader: asyncio.StreamReader,
    near_writer: asyncio.StreamWriter,
    far_reader: asyncio.StreamReader,
    far_writer: asyncio.StreamWriter,
) -> None:
    """Pass bytes both ways until the far side ends."""
    forth = asyncio.create_task(_pour(near_reader, far_writer))
    try:
        await _pour(far_reader, near_writer)
    finally:
        forth.cancel()
        far_writer.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
