"""The two task endpoints in raw ASGI, in front of a peer's queue; no account, no check, no journal."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

import msgspec

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

TOKEN = "t" * 1_600
"""What the no-op task returns: as long as a real token."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Desk(Protocol):
    """A peer's queue, with a worker in the same process."""

    async def submit(self, order: str) -> str:
        """Queue a no-op task that carries `order`; its id."""
        ...

    async def result(self, task: str) -> str:
        """The task's result, as soon as the queue has stored it."""
        ...


def endpoints(desk: Desk) -> Callable[[Any, Receive, Send], Awaitable[None]]:
    """The ASGI application."""

    async def app(scope: Any, receive: Receive, send: Send) -> None:
        asked = _decode((await receive())["body"])
        if scope["path"] == "/createTask":
            answer = {"errorId": 0, "taskId": await desk.submit(_encode(asked["task"]).decode())}
        else:
            token = await desk.result(asked["taskId"])
            answer = {"errorId": 0, "status": "ready", "solution": {"gRecaptchaResponse": token}}
        body = _encode(answer)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app
