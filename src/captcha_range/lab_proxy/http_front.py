"""The HTTP side of a lab proxy: absolute-form requests and CONNECT (RFC 9110, RFC 9112), one per connection."""

import asyncio
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from captcha_range.core.errors import RangeError
from captcha_range.lab_proxy.gate import Opener, Streams, TargetRefused, TargetUnreachable
from captcha_range.lab_proxy.login import Login

_HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "proxy-authorization", "te", "upgrade", "host"}
"""Headers that are not passed on; `host` is written anew from the request line, as RFC 9112 §3.2.2 asks."""

_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_CHALLENGE = 'Proxy-Authenticate: Basic realm="captcha-range lab proxy"\r\n'


class RequestUnusable(RangeError):
    """A proxy is asked with an absolute address, as in `GET http://127.0.0.1:8480/ HTTP/1.1`, or with CONNECT."""

    code = "request_unusable"


class LoginMissing(RangeError):
    """This proxy asks for a user and password."""

    code = "login_missing"


class Head(NamedTuple):
    """A request's head."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]

    def values(self, wanted: str) -> Iterator[str]:
        return (value for name, value in self.headers if name.lower() == wanted)


_STATUS: dict[type[RangeError], str] = {
    RequestUnusable: "400 Bad Request",
    LoginMissing: "407 Proxy Authentication Required",
    TargetRefused: "403 Forbidden",
    TargetUnreachable: "502 Bad Gateway",
}


async def negotiate(first: bytes, client: Streams, gate: Opener, login: Login | None) -> Streams | None:
    """The connection that the client asked for, ready to relay; None if it was refused and told so."""
    try:
        head = _parse(first + await _rest_of_head(client.reader))
        if login is not None and not any(login.allows_header(value) for value in head.values("proxy-authorization")):
            raise LoginMissing
        if head.method == "CONNECT":
            return await _open_tunnel(head, client, gate)
        return await _forward(head, gate)
    except (RequestUnusable, LoginMissing, TargetRefused, TargetUnreachable) as error:
        client.writer.write(_refusal(error))
        return None


async def _rest_of_head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise RequestUnusable("the request's head is too long") from None


async def _open_tunnel(head: Head, client: Streams, gate: Opener) -> Streams:
    target = await gate.connect(*_host_and_port(f"//{head.target}", default=None))
    client.writer.write(_ESTABLISHED)
    return target


async def _forward(head: Head, gate: Opener) -> Streams:
    scheme = head.target.lower().partition("://")[0]
    if scheme == "http":
        target: Streams | None = await gate.connect(*_host_and_port(head.target, default=80))
    elif scheme == "https":
        target = await gate.connect_with_tls(*_host_and_port(head.target, default=443))
    else:
        target = None
    if target is None:
        raise RequestUnusable
    target.writer.write(_onward(head))
    return target


def _parse(text: bytes) -> Head:
    request_line, *lines = text.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    if any("\r" in line or "\n" in line for line in (request_line, *lines)):
        raise RequestUnusable("the request's lines must end with CR LF")
    parts = request_line.split(" ")
    if len(parts) != 3 or not parts[0].isalpha() or parts[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise RequestUnusable
    pairs = [line.partition(":") for line in lines]
    if any(not colon or not name or name != name.strip() for name, colon, _ in pairs):
        raise RequestUnusable("the request has a header line without a name")
    return Head(parts[0], parts[1], tuple((name, value.strip()) for name, _, value in pairs))


def _host_and_port(url: str, default: int | None) -> tuple[str, int]:
    try:
        split = urlsplit(url)
        host, port = split.hostname, split.port or default
    except ValueError:
        raise RequestUnusable from None
    if not host or port is None:
        raise RequestUnusable
    return host, port


def _onward(head: Head) -> bytes:
    """The head as the target gets it; the target closes after its answer, so that the client asks here again."""
    split = urlsplit(head.target)
    path = (split.path or "/") + (f"?{split.query}" if split.query else "")
    named = {name.strip().lower() for value in head.values("connection") for name in value.split(",")}
    kept = [f"{name}: {value}" for name, value in head.headers if name.lower() not in _HOP_BY_HOP | named]
    authority = split.netloc.rpartition("@")[2]
    lines = [f"{head.method} {path} HTTP/1.1", f"Host: {authority}", *kept, "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _refusal(error: RangeError) -> bytes:
    body = f"{error}\n".encode()
    challenge = _CHALLENGE if isinstance(error, LoginMissing) else ""
    return (
        f"HTTP/1.1 {_STATUS[type(error)]}\r\n{challenge}Content-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode() + body
