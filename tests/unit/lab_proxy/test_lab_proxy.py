"""A lab proxy over real sockets: requests leave from its region, and only towards addresses inside the range."""

import asyncio
import base64
import ipaddress
import socket
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from captcha_range.core.lab_nets import Fence
from captcha_range.lab_proxy.gate import Gate
from captcha_range.lab_proxy.login import Login, LoginInvalid
from captcha_range.lab_proxy.server import LabProxy
from tests.served import served

SOURCE = "127.0.20.1"
LOGIN = Login.parse("me:secret:with colon")
BOTH = ("http", "socks5")
OUTSIDE = ["8.8.8.8", "169.254.169.254", "10.0.0.1", "0.0.0.0", "255.255.255.255", "::ffff:8.8.8.8", "2001:db8::1"]  # noqa: S104
SOCKS_REFUSED, SOCKS_UNREACHABLE = 2, 4


async def told(request: Request) -> JSONResponse:
    """What the target sees of a request."""
    seen = {"from": request.client.host if request.client else None, "headers": dict(request.headers)}
    body = (await request.body()).decode()
    return JSONResponse({**seen, "path": request.url.path, "query": request.url.query, "body": body})


@pytest.fixture
async def target() -> AsyncIterator[str]:
    async with served(Starlette(routes=[Route("/told", told, methods=["GET", "POST"])])) as url:
        yield url


@pytest.fixture
async def proxy() -> AsyncIterator[int]:
    async with LabProxy(Gate(Fence(), SOURCE), BOTH).listening() as port:
        yield port


@pytest.fixture
async def asking_proxy() -> AsyncIterator[int]:
    async with LabProxy(Gate(Fence(), SOURCE), BOTH, LOGIN).listening() as port:
        yield port


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that anything connected to."""
    seen: list[str] = []
    plain = socket.socket.connect

    def connect(opened: socket.socket, address: Any) -> None:
        seen.append(address[0])
        plain(opened, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    return seen


async def exchange(port: int, *written: bytes) -> bytes:
    """All that the proxy says to what is written, until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"".join(written))
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    return answer


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def plain_request(url: str) -> bytes:
    return f"GET {urlsplit(url).path or '/told'} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()


def socks_request(host: bytes, port: int, *, command: int = 1) -> bytes:
    return bytes([5, command, 0]) + host + port.to_bytes(2, "big")


def packed(address: str) -> bytes:
    found = ipaddress.ip_address(address)
    return bytes([1 if found.version == 4 else 4]) + found.packed


def named(name: str) -> bytes:
    return bytes([3, len(name)]) + name.encode()


def basic(text: str) -> str:
    return f"Proxy-Authorization: Basic {base64.b64encode(text.encode()).decode()}\r\n"


async def test_a_request_arrives_from_the_region_as_the_client_wrote_it(
    http: aiohttp.ClientSession, target: str, proxy: int
) -> None:
    sent = {"headers": {"X-Kept": "yes"}, "data": "body", "proxy": f"http://127.0.0.1:{proxy}"}
    async with http.post(f"{target}/told?a=1&b=2", **sent) as answer:  # type: ignore[arg-type]
        seen = await answer.json()
    assert (seen["from"], seen["path"], seen["query"], seen["body"]) == (SOURCE, "/told", "a=1&b=2", "body")
    assert seen["headers"]["host"] == urlsplit(target).netloc
    assert seen["headers"]["x-kept"] == "yes"


async def test_the_login_and_the_headers_of_the_hop_stay_with_the_proxy(target: str, asking_proxy: int) -> None:
    head = (
        f"GET {target}/told HTTP/1.1\r\nHost: elsewhere\r\n{basic('me:secret:with colon')}"
        "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nProxy-Connection: keep-alive\r\n\r\n"
    )
    answer = await exchange(asking_proxy, head.encode())
    assert answer.startswith(b"HTTP/1.1 200 ")
    for name in (b"proxy-authorization", b"proxy-connection", b"x-hop", b"elsewhere"):
        assert name not in answer


async def test_a_tunnel_leaves_from_the_region(target: str, proxy: int) -> None:
    connect = f"CONNECT {urlsplit(target).netloc} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    answer = await exchange(proxy, connect, plain_request(f"{target}/told"))
    assert answer.startswith(b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK")
    assert f'"from":"{SOURCE}"'.encode() in answer


@pytest.mark.parametrize("host", [packed("127.0.0.1"), named("localhost"), named("127.0.0.1")], ids=repr)
async def test_a_socks_connection_leaves_from_the_region(target: str, proxy: int, host: bytes) -> None:
    asked = (b"\x05\x01\x00", socks_request(host, port_of(target)), plain_request(f"{target}/told"))
    answer = await exchange(proxy, *asked)
    assert answer.startswith(b"\x05\x00" + b"\x05\x00\x00\x01" + ipaddress.ip_address(SOURCE).packed)
    assert f'"from":"{SOURCE}"'.encode() in answer


@pytest.mark.parametrize("address", OUTSIDE)
async def test_no_form_of_asking_reaches_an_address_outside(connects: list[str], proxy: int, address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    forwarded = await exchange(proxy, f"GET http://{host}:80/ HTTP/1.1\r\n\r\n".encode())
    tunnelled = await exchange(proxy, f"CONNECT {host}:443 HTTP/1.1\r\n\r\n".encode())
    by_socks = await exchange(proxy, b"\x05\x01\x00", socks_request(packed(address), 80))
    by_name = await exchange(proxy, b"\x05\x01\x00", socks_request(named(address), 80))
    assert forwarded.startswith(b"HTTP/1.1 403 ")
    assert tunnelled.startswith(b"HTTP/1.1 403 ")
    assert by_socks[3] == by_name[3] == SOCKS_REFUSED
    assert set(connects) == {"127.0.0.1"}


async def test_a_name_with_one_address_outside_is_refused_and_looked_up_once(
    monkeypatch: pytest.MonkeyPatch, connects: list[str], proxy: int
) -> None:
    asked: list[str] = []
    plain = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *rest: Any, **named: Any) -> list[Any]:
        if host != "two.example":
            return plain(host, port, *rest, **named)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in ("127.0.0.1", "8.8.8.8")]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    answer = await exchange(proxy, b"GET http://two.example/ HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert asked == ["two.example"]
    assert set(connects) == {"127.0.0.1"}


async def test_a_target_that_does_not_listen_is_unreachable(proxy: int) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        by_http = await exchange(proxy, f"GET http://127.0.0.1:{port}/ HTTP/1.1\r\n\r\n".encode())
        by_socks = await exchange(proxy, b"\x05\x01\x00", socks_request(packed("127.0.0.1"), port))
    assert by_http.startswith(b"HTTP/1.1 502 ")
    assert by_socks[3] == SOCKS_UNREACHABLE


async def test_an_address_of_another_kind_than_the_regions_is_unreachable(proxy: int) -> None:
    answer = await exchange(proxy, b"\x05\x01\x00", socks_request(packed("::1"), 80))
    assert answer[3] == SOCKS_UNREACHABLE


@pytest.mark.parametrize(
    "login", ["", basic("me:wrong"), basic("me"), basic("you:secret:with colon"), "Proxy-Authorization: Basic !\r\n"]
)
async def test_http_without_the_right_login_is_answered_407(connects: list[str], asking_proxy: int, login: str) -> None:
    for line in ("GET http://127.0.0.1:9/ HTTP/1.1", "CONNECT 127.0.0.1:9 HTTP/1.1"):
        answer = await exchange(asking_proxy, f"{line}\r\n{login}\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 407 ")
        assert b"\r\nProxy-Authenticate: Basic " in answer
    assert len(connects) == 2  # those of this test to the proxy


async def test_a_refusal_is_read_also_by_a_client_that_is_still_sending(asking_proxy: int) -> None:
    head = b"POST http://127.0.0.1:9/ HTTP/1.1\r\nContent-Length: 4000000\r\n\r\n"
    answer = await exchange(asking_proxy, head, bytes(4_000_000))
    assert answer.startswith(b"HTTP/1.1 407 ")


async def test_socks_with_the_right_login_connects(target: str, asking_proxy: int) -> None:
    user, password = LOGIN
    login = bytes([1, len(user)]) + user + bytes([len(password)]) + password
    asked = (b"\x05\x02\x00\x02", login, socks_request(packed("127.0.0.1"), port_of(target)))
    answer = await exchange(asking_proxy, *asked, plain_request(f"{target}/told"))
    assert answer.startswith(b"\x05\x02" + b"\x01\x00" + b"\x05\x00\x00")
    assert f'"from":"{SOURCE}"'.encode() in answer


async def test_socks_with_a_wrong_login_fails(asking_proxy: int) -> None:
    assert await exchange(asking_proxy, b"\x05\x01\x02", b"\x01\x02me\x05wrong") == b"\x05\x02\x01\x01"


async def test_socks_without_a_login_finds_no_method(asking_proxy: int) -> None:
    assert await exchange(asking_proxy, b"\x05\x01\x00") == b"\x05\xff"


@pytest.mark.parametrize(
    ("command", "host", "code"), [(2, packed("127.0.0.1"), 7), (3, packed("127.0.0.1"), 7), (1, b"\x09", 8)]
)
async def test_socks_refuses_what_it_does_not_do(proxy: int, command: int, host: bytes, code: int) -> None:
    answer = await exchange(proxy, b"\x05\x01\x00", socks_request(host, 80, command=command))
    assert answer == b"\x05\x00" + bytes([5, code, 0, 1]) + bytes(6)


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET https://127.0.0.1/ HTTP/1.1\r\n\r\n",
        b"GET http:///path HTTP/1.1\r\n\r\n",
        b"GET http://127.0.0.1:x/ HTTP/1.1\r\n\r\n",
        b"GET http://127.0.0.1:99999/ HTTP/1.1\r\n\r\n",
        b"GET http://127.0.0.1/ HTTP/2\r\n\r\n",
        b"GET http://127.0.0.1/ HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET http://127.0.0.1/ HTTP/1.1\r\nA: 1\nB: 2\r\n\r\n",
        b"GET http://127.0.0.1/ HTTP/1.1\r\nA: 1\r\n folded\r\n\r\n",
        b"CONNECT 127.0.0.1 HTTP/1.1\r\n\r\n",
        b"hello\r\n\r\n",
        b"GET http://127.0.0.1/ HTTP/1.1\r\nA: " + b"a" * 200_000 + b"\r\n\r\n",
    ],
    ids=lambda head: repr(head[:60]),
)
async def test_a_request_that_is_none_for_a_proxy_is_answered_400(proxy: int, head: bytes) -> None:
    assert (await exchange(proxy, head)).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    ("kind", "asked"),
    [("http", b"\x05\x01\x00"), ("socks5", b"GET http://127.0.0.1/ HTTP/1.1\r\n\r\n")],
)
async def test_a_proxy_of_one_kind_says_nothing_to_the_other(kind: str, asked: bytes) -> None:
    async with LabProxy(Gate(Fence(), SOURCE), (kind,)).listening() as port:
        assert await exchange(port, asked) == b""


async def test_closing_the_proxy_ends_its_connections(target: str) -> None:
    async with LabProxy(Gate(Fence(), SOURCE), BOTH).listening() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"CONNECT {urlsplit(target).netloc} HTTP/1.1\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
    assert await asyncio.wait_for(reader.read(), 20) == b""
    writer.close()


@pytest.mark.parametrize("text", ["", "me", "me:", ":secret", "mé:secret", "me:sec\nret", "m" * 256 + ":secret"])
def test_a_login_must_be_a_user_and_a_password(text: str) -> None:
    with pytest.raises(LoginInvalid):
        Login.parse(text)
