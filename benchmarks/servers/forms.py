"""Verification requests as a site's server sends them, and the reading of them in peers' endpoints."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Verify = Callable[[str], bool]

_encode = msgspec.json.Encoder().encode


def write_forms(file: Path, tokens: Iterable[str], secret: str) -> None:
    """One form body a line."""
    with file.open("w") as stream:
        stream.writelines(urlencode({"response": token, "secret": secret}) + "\n" for token in tokens)


def endpoint(verify: Verify) -> Callable[[Any, Receive, Send], Awaitable[None]]:
    """A raw ASGI application that answers siteverify by `verify`; as little as a peer can do around its library."""

    async def app(scope: Any, receive: Receive, send: Send) -> None:
        message = await receive()
        body = message["body"]
        while message["more_body"]:
            message = await receive()
            body += message["body"]
        fields = dict(parse_qsl(body.decode()))
        answer = _encode({"success": verify(fields["response"])})
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    return app
