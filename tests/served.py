"""Serving an ASGI application over a real socket, in the test's own event loop."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp

from captcha_range.core.connections import BreakableProtocol


@contextlib.asynccontextmanager
async def served(app: ASGIApp, *, http: str = "httptools") -> AsyncIterator[str]:
    """The base URL of the application, served on a free port of 127.0.0.1; `http`: httptools or h11."""
    # Naming the protocol makes asyncio switch Nagle's delay off; without it each answer takes 40 ms.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.bind(("127.0.0.1", 0))
    bound.listen(1_024)
    protocol = BreakableProtocol if http == "httptools" else http
    config = uvicorn.Config(app, http=protocol, lifespan="off", access_log=False, log_config=None)
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[bound]))
    await server.ready.wait()
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # The test runner keeps its own signal handlers.
        yield
