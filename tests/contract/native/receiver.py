"""A webhook receiver on loopback that answers as it is told and keeps what it got."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import NamedTuple

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.served import served


class Message(NamedTuple):
    """One request, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Keeps messages; `statuses` are given out one by one, then 204."""

    def __init__(self) -> None:
        self.url = ""
        self.messages: list[Message] = []
        self.statuses: list[int] = []
        self.arrived = asyncio.Event()

    async def receive(self, request: Request) -> Response:
        self.messages.append(Message(request.url.path, dict(request.headers), await request.body()))
        self.arrived.set()
        status = self.statuses.pop(0) if self.statuses else 204
        headers = {"location": f"{self.url}/elsewhere"} if 300 <= status < 400 else {}
        return Response(status_code=status, headers=headers)


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver()
    methods = ["GET", "POST"]
    app = Starlette(routes=[Route("/{path:path}", receiver.receive, methods=methods)])
    async with served(app) as url:
        receiver.url = url
        yield receiver
