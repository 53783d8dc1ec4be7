"""Proxies for tests, over real sockets: the range's own, one of other people's, and those that fail in each way."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

from asyncio_socks_server.config import Config
from asyncio_socks_server.protocols import LocalTCP

from captcha_range.core.lab_nets import Fence
from captcha_range.lab_proxy.gate import Gate
from captcha_range.lab_proxy.login import Login
from captcha_range.lab_proxy.server import LabProxy

SOURCE = "127.0.20.1"
"""Where the range's own proxies leave from: region gb."""


@contextlib.asynccontextmanager
async def lab_proxy(login: str | None = None) -> AsyncIterator[int]:
    """The port of a lab proxy in region gb, HTTP and SOCKS5."""
    proxy = LabProxy(Gate(Fence(), SOURCE), ("http", "socks5"), None if login is None else Login.parse(login))
    async with proxy.listening() as port:
        yield port


@contextlib.asynccontextmanager
async def independent_socks5(**users: str) -> AsyncIterator[int]:
    """The port of a SOCKS5 server that was written by others from the same RFCs; `users` have passwords."""
    config = Config()
    config.STRICT, config.USERS, config.AUTH_METHOD = True, users, 2 if users else 0
    serving = await asyncio.get_running_loop().create_server(lambda: LocalTCP(config), "127.0.0.1", 0)
    try:
        yield serving.sockets[0].getsockname()[1]
    finally:
        serving.close()


@contextlib.asynccontextmanager
async def saying(*answers: bytes, closes: bool = True) -> AsyncIterator[int]:
    """The port of a server that gives these answers, one to each thing it reads, and then closes or is silent."""
    stopped = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError), contextlib.closing(writer):
            for answer in answers:
                await reader.read(65_536)
                writer.write(answer)
                await writer.drain()
            if not closes:
                await stopped.wait()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        stopped.set()
        server.close()


@contextlib.contextmanager
def refusing() -> Iterator[int]:
    """A port that nothing listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextlib.contextmanager
def overrun() -> Iterator[int]:
    """The port of a listener whose queue is full: the system answers no further connection."""
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        for _ in range(8):
            waiting = opened.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        yield port
