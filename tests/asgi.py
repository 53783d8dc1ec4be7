"""Asking an ASGI application without a socket, so that every connection that is seen is its own."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
from starlette.types import ASGIApp, Message


class Reply(NamedTuple):
    """Status, headers (names in lower case) and body of an answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    def pairs(self) -> list[tuple[str, Any]]:
        """The top-level keys and values in the order in which they were sent."""
        return list(self.json().items())


async def ask(
    app: ASGIApp,
    method: str,
    target: str,
    body: bytes | Iterable[bytes] = b"",
    headers: Mapping[str, str] | Iterable[tuple[bytes, bytes]] = (),
) -> Reply:
    """One request; `body` may come in parts, `headers` may be raw bytes. What the application raises is raised."""
    path, _, query = target.partition("?")
    if isinstance(headers, Mapping):
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    parts = [body] if isinstance(body, bytes) else list(body) or [b""]
    waiting: list[Message] = [
        {"type": "http.request", "body": part, "more_body": number < len(parts)}
        for number, part in enumerate(parts, start=1)
    ]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "surrogatepass"),
        "query_string": query.encode("utf-8", "surrogatepass"),
        "root_path": "",
        "headers": list(headers),
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:]))
