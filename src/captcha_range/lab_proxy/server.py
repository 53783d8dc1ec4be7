"""A lab proxy on one port of 127.0.0.1: the first byte of a connection tells HTTP from SOCKS5."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection

from captcha_range.lab_proxy import http_front, socks5
from captcha_range.lab_proxy.gate import Opener, Streams
from captcha_range.lab_proxy.login import Login

HANDSHAKE_SECONDS = 30
_CHUNK = 65_536


class LabProxy:
    """Serves `kinds` of clients ("http", "socks5"); whatever it connects to goes through the gate.

    It listens on loopback only: on a lab network it would open this machine's loopback to the neighbours.
    """

    def __init__(self, gate: Opener, kinds: Collection[str], login: Login | None = None) -> None:
        self._gate = gate
        self._kinds = kinds
        self._login = login
        self._open: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def listening(self, port: int = 0) -> AsyncIterator[int]:
        """The port that it listens on, for as long as the context lasts; 0 takes a free one."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", port, limit=_CHUNK)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in self._open:
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The writer is closed from outside: a task that is cancelled before it ran closes nothing.
        task = asyncio.create_task(self._serve(Streams(reader, writer)))
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        task.add_done_callback(lambda _: writer.close())

    async def _serve(self, client: Streams) -> None:
        # A client that leaves, or says nothing for too long, concerns nobody else.
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                target = await self._negotiate(client)
                if target is None:
                    await _part(client)
                    return
            with contextlib.closing(target.writer):
                await _relay(client, target)

    async def _negotiate(self, client: Streams) -> Streams | None:
        first = await client.reader.readexactly(1)
        kind, front = ("socks5", socks5) if first[0] == socks5.VERSION else ("http", http_front)
        return await front.negotiate(first, client, self._gate, self._login) if kind in self._kinds else None


async def _part(client: Streams) -> None:
    # Closing while the client still writes would reset the connection, and the refusal with it.
    client.writer.write_eof()
    while await client.reader.read(_CHUNK):
        pass


async def _relay(client: Streams, target: Streams) -> None:
    """Bytes in both directions, until the target has said all that it says."""
    asking = asyncio.create_task(_copy(client.reader, target.writer))
    try:
        await _copy(target.reader, client.writer)
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
