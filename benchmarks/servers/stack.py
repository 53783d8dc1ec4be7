"""The HTTP stack that every Python server here is served with: uvicorn on uvloop and httptools."""

import asyncio
import gc
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import uvicorn
import uvloop

BACKLOG = 128


def serve(prepare: Callable[[], Awaitable[tuple[Any, dict[str, Any]]]]) -> None:
    """Serve the application that `prepare` makes, and announce it with the facts that it adds to the port."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(prepare))


async def _serve(prepare: Callable[[], Awaitable[tuple[Any, dict[str, Any]]]]) -> None:
    app, facts = await prepare()
    config = uvicorn.Config(
        app,
        http="httptools",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=75,
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(BACKLOG)
        # As `captcha_range.core.collector` does it, which the peers' environments do not have.
        gc.freeze()
        gc.set_threshold(10_000)
        announce({"port": listening.getsockname()[1], **facts})
        await uvicorn.Server(config).serve(sockets=[listening])


def announce(facts: dict[str, Any]) -> None:
    """The line that the benchmark waits for."""
    print(msgspec.json.encode(facts).decode(), flush=True)
