"""A tunnel leads through a lab proxy to a checked address; each way in which a proxy fails has its own error."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from captcha_range.core.lab_nets import Fence
from captcha_range.solver.errors import (
    ProxyConnectTimeout,
    ProxyDenied,
    ProxyNotUnderstood,
    ProxyReadTimeout,
    ProxyRefused,
    ProxyUnauthorised,
    SolverError,
)
from captcha_range.solver.orders import Proxy
from captcha_range.solver.sockets import EgressRefused, Patience, open_tunnel
from tests.proxies import SOURCE, independent_socks5, lab_proxy, overrun, refusing, saying

KINDS = ("http", "socks5")
IMPATIENT = Patience(connect=0.3, proxy=0.3)
IPV4 = b"\x05\x00\x00\x01" + bytes(6)


async def tunnel(proxy: Proxy, port: int = 9, address: str = "127.0.0.1", source: str | None = None) -> socket.socket:
    return await open_tunnel(Fence(), proxy, source, address, port, Patience())


@pytest.fixture
async def greeter() -> AsyncIterator[int]:
    """The port of a server that speaks first, and tells who called."""
    async for port in greeting(is_first=True):
        yield port


@pytest.fixture
async def asked_greeter() -> AsyncIterator[int]:
    """The same, but it waits for a line first: the other people's server relays before it has replied."""
    async for port in greeting(is_first=False):
        yield port


async def greeting(*, is_first: bool) -> AsyncIterator[int]:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not is_first:
            await reader.readline()
        writer.write(f"hello {writer.get_extra_info('peername')[0]}".encode())
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def greeted(opened: socket.socket) -> bytes:
    reader, writer = await asyncio.open_connection(sock=opened)
    writer.write(b"and you?\n")
    try:
        return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("login", [None, "me:se:cret"])
async def test_what_the_target_says_comes_through_from_the_proxys_region(
    greeter: int, kind: str, login: str | None
) -> None:
    user, _, password = (login or "").partition(":")
    async with lab_proxy(login) as port:
        opened = await tunnel(Proxy("127.0.0.1", port, user, password, kind), greeter)
        assert await greeted(opened) == f"hello {SOURCE}".encode()


@pytest.mark.parametrize("users", [{}, {"me": "secret"}])
async def test_a_socks5_server_of_other_people_understands_the_same(asked_greeter: int, users: dict[str, str]) -> None:
    async with independent_socks5(**users) as port:
        login = ("me", "secret") if users else ("", "")
        assert (
            await greeted(await tunnel(Proxy("127.0.0.1", port, *login, "socks5"), asked_greeter)) == b"hello 127.0.0.1"
        )


async def test_a_socks5_server_of_other_people_refuses_in_the_same_way(greeter: int) -> None:
    async with independent_socks5(me="secret") as port:
        for login in (("me", "wrong"), ("", "")):
            with pytest.raises(ProxyUnauthorised):
                await tunnel(Proxy("127.0.0.1", port, *login, "socks5"), greeter)
    async with independent_socks5() as port:
        with refusing() as nothing, pytest.raises(ProxyDenied):
            await tunnel(Proxy("127.0.0.1", port, kind="socks5"), nothing)


async def test_the_proxy_is_called_from_the_address_that_was_asked_for() -> None:
    async with saying(b"HTTP/1.1 200 OK\r\n\r\n") as port:
        opened = await tunnel(Proxy("127.0.0.1", port), source="127.0.30.1")
        assert opened.getsockname()[0] == "127.0.30.1"
        opened.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("login", [None, "me:wrong"])
async def test_a_missing_or_wrong_login_is_told_as_such(greeter: int, kind: str, login: str | None) -> None:
    user, _, password = (login or "").partition(":")
    async with lab_proxy("me:secret") as port:
        with pytest.raises(ProxyUnauthorised):
            await tunnel(Proxy("127.0.0.1", port, user, password, kind), greeter)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_target_that_the_proxy_cannot_reach_is_denied(kind: str) -> None:
    async with lab_proxy() as port:
        with refusing() as nothing, pytest.raises(ProxyDenied):
            await tunnel(Proxy("127.0.0.1", port, kind=kind), nothing)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_proxy_that_is_not_there_refuses(kind: str) -> None:
    with refusing() as port, pytest.raises(ProxyRefused):
        await tunnel(Proxy("127.0.0.1", port, kind=kind))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_proxy_that_takes_no_connection_has_its_time(kind: str) -> None:
    with overrun() as port, pytest.raises(ProxyConnectTimeout):
        await open_tunnel(Fence(), Proxy("127.0.0.1", port, kind=kind), None, "127.0.0.1", 9, IMPATIENT)


@pytest.mark.parametrize(
    ("proxy", "answers"),
    [
        (Proxy("", 0), []),
        (Proxy("", 0), [b"HTTP/1.1 200 OK\r\n"]),
        (Proxy("", 0, kind="socks5"), []),
        (Proxy("", 0, kind="socks5"), [b"\x05"]),
        (Proxy("", 0, "me", "secret", "socks5"), [b"\x05\x02"]),
        (Proxy("", 0, kind="socks5"), [b"\x05\x00"]),
        (Proxy("", 0, kind="socks5"), [b"\x05\x00", IPV4[:-1]]),
    ],
    ids=repr,
)
async def test_a_proxy_that_says_no_more_has_its_time(proxy: Proxy, answers: list[bytes]) -> None:
    async with saying(*answers, closes=False) as port:
        there = Proxy("127.0.0.1", port, proxy.login, proxy.password, proxy.kind)
        with pytest.raises(ProxyReadTimeout):
            await open_tunnel(Fence(), there, None, "127.0.0.1", 9, IMPATIENT)


@pytest.mark.parametrize(
    ("kind", "answers", "expected"),
    [
        ("http", [b""], ProxyNotUnderstood),
        ("http", [b"SSH-2.0-x\r\n\r\n"], ProxyNotUnderstood),
        ("http", [b"HTTP/1.1 OK\r\n\r\n"], ProxyNotUnderstood),
        ("http", [b"HTTP/2.0 200 OK\r\n\r\n"], ProxyNotUnderstood),
        ("http", [b"\x05\x00"], ProxyNotUnderstood),
        ("http", [b"HTTP/1.1 200 OK\r\nx: " + b"y" * 70_000], ProxyNotUnderstood),
        ("http", [b"HTTP/1.1 200 OK\r\n\n\r\r\n"], ProxyNotUnderstood),
        ("http", [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"], ProxyUnauthorised),
        ("http", [b"HTTP/1.0 403 Forbidden\r\n\r\n"], ProxyDenied),
        ("http", [b"HTTP/1.1 405 Method Not Allowed\r\n\r\n"], ProxyDenied),
        ("http", [b"HTTP/1.1 302 Found\r\nlocation: http://8.8.8.8/\r\n\r\n"], ProxyDenied),
        ("socks5", [b""], ProxyNotUnderstood),
        ("socks5", [b"HTTP/1.1 400 Bad Request\r\n\r\n"], ProxyNotUnderstood),
        ("socks5", [b"\x04\x00"], ProxyNotUnderstood),
        ("socks5", [b"\x05\x02"], ProxyNotUnderstood),
        ("socks5", [b"\x05\xff"], ProxyUnauthorised),
        ("socks5", [b"\x05\x00", b"\x04\x00\x00\x01"], ProxyNotUnderstood),
        ("socks5", [b"\x05\x00", b"\x05\x00\x00\x02"], ProxyNotUnderstood),
        ("socks5", [b"\x05\x00", IPV4[:-1]], ProxyNotUnderstood),
        *[("socks5", [b"\x05\x00", bytes([5, code, 0, 1])], ProxyDenied) for code in (1, 2, 3, 4, 5, 6, 7, 8, 255)],
    ],
    ids=repr,
)
async def test_every_odd_answer_is_named(kind: str, answers: list[bytes], expected: type[SolverError]) -> None:
    async with saying(*answers) as port:
        with pytest.raises(expected):
            await tunnel(Proxy("127.0.0.1", port, kind=kind))


@pytest.mark.parametrize("bound", [IPV4, b"\x05\x00\x00\x04" + bytes(18), b"\x05\x00\x00\x03\x02ab\x00\x00"], ids=repr)
async def test_where_the_proxy_connected_from_is_read_and_not_a_byte_more(bound: bytes) -> None:
    async with saying(b"\x05\x00", bound + b"hello") as port:
        assert await greeted(await tunnel(Proxy("127.0.0.1", port, kind="socks5"))) == b"hello"


@pytest.mark.parametrize(
    "outside", ["8.8.8.8", "169.254.169.254", "10.0.0.1", "::ffff:8.8.8.8", "0x7f000001", "a.test"]
)
@pytest.mark.parametrize("kind", KINDS)
async def test_neither_proxy_nor_target_outside_is_connected_to(
    kind: str, outside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_socket(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", no_socket)
    with pytest.raises(EgressRefused):
        await tunnel(Proxy(outside, 80, kind=kind))
    with pytest.raises(EgressRefused):
        await tunnel(Proxy("127.0.0.1", 80, kind=kind), address=outside)


async def test_the_same_call_inside_does_open_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the test above."""

    class Opened(Exception):
        pass

    def opening(*_: Any, **__: Any) -> None:
        raise Opened

    monkeypatch.setattr(socket, "socket", opening)
    with contextlib.suppress(Opened):
        await tunnel(Proxy("127.0.0.1", 80))
        raise AssertionError("no socket was opened")
