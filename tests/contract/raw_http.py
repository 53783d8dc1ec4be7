"""HTTP/1.1 by hand: requests byte for byte, and answers byte for byte."""

import asyncio
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlencode, urlsplit


class Answer(NamedTuple):
    """An answer as it came over the wire: its whole head, the headers by lower-case name, and the body."""

    status: int
    head: bytes
    headers: dict[str, str]
    body: bytes


def form_request(path: str, fields: dict[str, str]) -> bytes:
    """A POST of a form."""
    return request("POST", path, urlencode(fields).encode(), "application/x-www-form-urlencoded")


def request(method: str, path: str, body: bytes = b"", content_type: str = "", *headers: str) -> bytes:
    """A request with a Content-Length; no Content-Type if it is empty."""
    lines = [f"{method} {path} HTTP/1.1", "Host: range.test", f"Content-Length: {len(body)}", *headers]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection:
    """One keep-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, url: str) -> Self:
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.writer.close()
        await self.writer.wait_closed()

    async def ask(self, written: bytes) -> Answer:
        """Send a request and read its answer."""
        self.writer.write(written)
        return await self.read(is_head=written.startswith(b"HEAD "))

    async def read(self, *, is_head: bool = False) -> Answer:
        """The next answer."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 20)
        status, *lines = head.decode("latin-1").rstrip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = 0 if is_head else int(headers.get("content-length", "0"))
        return Answer(int(status.split()[1]), head, headers, await self.reader.readexactly(length))
