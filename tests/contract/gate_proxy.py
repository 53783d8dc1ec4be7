"""A task's proxy that holds every connection until it is opened: a worker that comes through it is mid-task."""

import asyncio
import contextlib
from collections.abc import AsyncIterator


class GateProxy:
    """An HTTP proxy in front of one server, however its clients spell the target."""

    def __init__(self, target: str) -> None:
        """`target`: host:port of the only server that it leads to."""
        self._host, _, port = target.partition(":")
        self._port = int(port)
        self.arrived: asyncio.Queue[None] = asyncio.Queue()
        self.opened = asyncio.Event()
        self.port = 0

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            first = await reader.readexactly(1)
            self.arrived.put_nowait(None)
            await self.opened.wait()
            behind, ahead = await asyncio.open_connection(self._host, self._port)
            ahead.write(first)
            await asyncio.gather(_pump(reader, ahead), _pump(behind, writer))
        writer.close()


@contextlib.asynccontextmanager
async def gate_proxy(target: str) -> AsyncIterator[GateProxy]:
    """One on a free port of 127.0.0.1, shut."""
    proxy = GateProxy(target)
    server = await asyncio.start_server(proxy.pass_on, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        proxy.opened.set()
        server.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while part := await reader.read(65_536):
            writer.write(part)
            await writer.drain()
    writer.close()
