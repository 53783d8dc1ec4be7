"""Asking a lab proxy for a tunnel, over a connection that the egress gate made: SOCKS5 or HTTP's CONNECT.

SOCKS5 is CONNECT to a checked address (RFC 1928), with or without a login (RFC 1929). A library would open, and
often resolve, on its own; here it is some thirty lines on a socket that is the gate's.
"""

import asyncio
import base64
import ipaddress
import socket

from captcha_range.solver.errors import ProxyDenied, ProxyNotUnderstood, ProxyUnauthorised
from captcha_range.solver.orders import Proxy

_VERSION, _LOGIN_VERSION, _CONNECT = 5, 1, 1
_NO_LOGIN, _WITH_LOGIN, _NO_METHOD = 0, 2, 0xFF
_IPV4, _NAME, _IPV6 = 1, 3, 4
_SUCCEEDED = 0

_END = b"\r\n\r\n"
_LONGEST_HEAD = 16 * 1024


async def ask(connected: socket.socket, proxy: Proxy, address: str, port: int) -> None:
    """Let a proxy that is connected to connect on to a literal address; bytes then pass both ways.

    ProxyDenied, ProxyNotUnderstood, ProxyUnauthorised; OSError if the connection breaks.
    """
    if proxy.kind == "socks5":
        await _greet(connected, proxy)
        await _connect_on(connected, address, port)
    else:
        await _send(connected, _connect_head(proxy, f"[{address}]:{port}" if ":" in address else f"{address}:{port}"))
        _require_tunnel(await _read_head(connected))


async def _greet(connected: socket.socket, proxy: Proxy) -> None:
    """Agree on how to log in, and do it."""
    methods = bytes([_NO_LOGIN, _WITH_LOGIN] if proxy.login else [_NO_LOGIN])
    await _send(connected, bytes([_VERSION, len(methods)]) + methods)
    version, method = await _read(connected, 2)
    if version != _VERSION or method not in (*methods, _NO_METHOD):
        raise ProxyNotUnderstood
    if method == _NO_METHOD:
        raise ProxyUnauthorised
    if method == _WITH_LOGIN:
        login, password = proxy.login.encode(), proxy.password.encode()
        await _send(connected, bytes([_LOGIN_VERSION, len(login)]) + login + bytes([len(password)]) + password)
        _, status = await _read(connected, 2)
        if status != _SUCCEEDED:
            raise ProxyUnauthorised


async def _connect_on(connected: socket.socket, address: str, port: int) -> None:
    packed = ipaddress.ip_address(address).packed
    kind = _IPV4 if len(packed) == 4 else _IPV6
    await _send(connected, bytes([_VERSION, _CONNECT, 0, kind]) + packed + port.to_bytes(2, "big"))
    version, code, _, bound = await _read(connected, 4)
    if version != _VERSION or bound not in (_IPV4, _NAME, _IPV6):
        raise ProxyNotUnderstood
    if code != _SUCCEEDED:
        raise ProxyDenied
    size = (await _read(connected, 1))[0] if bound == _NAME else {_IPV4: 4, _IPV6: 16}[bound]
    await _read(connected, size + 2)  # from where it connected; nobody here needs to know


def _connect_head(proxy: Proxy, authority: str) -> bytes:
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
    lines += [f"{name}: {value}" for name, value in login_header(proxy).items()]
    return "\r\n".join([*lines, "", ""]).encode()


def login_header(proxy: Proxy) -> dict[str, str]:
    """The header that an HTTP proxy with a login asks for (RFC 7617)."""
    if not proxy.login:
        return {}
    credentials = base64.b64encode(f"{proxy.login}:{proxy.password}".encode()).decode()
    return {"Proxy-Authorization": f"Basic {credentials}"}


def _require_tunnel(head: bytes) -> None:
    version, _, rest = head.partition(b" ")
    status = rest[:3]
    if not version.startswith(b"HTTP/1.") or not status.isdigit():
        raise ProxyNotUnderstood
    if status == b"407":
        raise ProxyUnauthorised
    if not status.startswith(b"2"):
        raise ProxyDenied


async def _read_head(connected: socket.socket) -> bytes:
    """A response's head, and not a byte of what follows: that is the target's."""
    head = b""
    while not head.endswith(_END):
        if len(head) > _LONGEST_HEAD or not b"HTTP/1.".startswith(head[:7]):
            raise ProxyNotUnderstood
        missing = next(4 - size for size in (3, 2, 1, 0) if head.endswith(_END[:size]))
        head += await _read(connected, missing)
    return head


async def _send(connected: socket.socket, data: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(connected, data)


async def _read(connected: socket.socket, size: int) -> bytes:
    """Exactly so many bytes. ProxyNotUnderstood if the proxy ends before."""
    data = b""
    while len(data) < size:
        chunk = await asyncio.get_running_loop().sock_recv(connected, size - len(data))
        if not chunk:
            raise ProxyNotUnderstood
        data += chunk
    return data
