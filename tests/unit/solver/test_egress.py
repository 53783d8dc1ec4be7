"""Whatever is asked for, a socket is opened only towards an address inside the range."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import ResolveResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from captcha_range.core.lab_nets import Fence
from captcha_range.solver.egress import Egress
from captcha_range.solver.sockets import EgressRefused
from tests.served import served

HOSTILE = [
    "0.0.0.0",  # noqa: S104 - refused, not bound to
    "8.8.8.8",
    "10.0.0.1",
    "100.64.0.1",
    "128.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::ffff:8.8.8.8",
    "::ffff:169.254.169.254",
    "::ffff:0.0.0.0",
    "::8.8.8.8",
    "::2",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "2001:db8::1",
    "2002:7f00:1::",
    "fe80::1",
    "fe80::1%lo",
    "fd00::1",
    "ff02::1",
]
ODD_SPELLINGS = [
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "127.0.0.1.",
    "134744072",
    "0x08080808",
    "localhost",
    "",
]


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    gate = Egress(Fence())
    yield gate
    await gate.close()


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The addresses that anything tried to connect to; nothing gets through."""
    seen: list[Any] = []

    def connect(_: socket.socket, address: Any) -> None:
        seen.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    return seen


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name resolve to these addresses, without asking anybody."""

    async def resolve(_: aiohttp.ThreadedResolver, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in addresses
        ]

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", resolve)


def address_info(address: str) -> Any:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, 80)


@pytest.mark.parametrize("address", HOSTILE + ODD_SPELLINGS)
def test_no_socket_is_opened_for_an_address_outside(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_socket(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", no_socket)
    with pytest.raises(EgressRefused, match="outside the range; no connection was made"):
        Egress(Fence())._open_socket(address_info(address))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"])
def test_a_socket_is_opened_for_an_address_inside(address: str) -> None:
    with Egress(Fence())._open_socket(address_info(address)) as opened:
        assert opened.type == socket.SOCK_STREAM


def test_a_named_network_is_inside_and_its_neighbour_is_not() -> None:
    gate = Egress(Fence(["10.1.0.0/16"]))
    gate._open_socket(address_info("10.1.2.3")).close()
    with pytest.raises(EgressRefused):
        gate._open_socket(address_info("10.2.0.1"))


@pytest.mark.parametrize("address", HOSTILE)
async def test_a_session_refuses_a_literal_address_outside(egress: Egress, connects: list[Any], address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises((aiohttp.ClientError, ValueError, OSError)):
        await egress.session().get(f"http://{host}/")
    assert connects == []


@pytest.mark.parametrize("address", HOSTILE)
async def test_a_session_refuses_a_proxy_outside(egress: Egress, connects: list[Any], address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises((aiohttp.ClientError, ValueError, OSError)):
        await egress.session().get("http://127.0.0.1:9/", proxy=f"http://{host}:3128")
    assert connects == []


@pytest.mark.parametrize("spelled", ["134744072", "0x08080808", "010.8.8.8", "8.8.2056"])
async def test_a_number_that_the_system_reads_as_an_address_outside_is_refused(
    egress: Egress, connects: list[Any], spelled: str
) -> None:
    with pytest.raises((aiohttp.ClientError, ValueError, OSError)):
        await egress.session().get(f"http://{spelled}/")
    assert connects == []


@pytest.mark.parametrize(
    "addresses",
    [
        ("8.8.8.8",),
        ("127.0.0.1", "8.8.8.8"),
        ("8.8.8.8", "127.0.0.1"),
        ("127.0.0.1", "169.254.169.254"),
        ("::1", "fe80::1"),
    ],
)
async def test_a_name_with_any_address_outside_is_outside(
    egress: Egress, connects: list[Any], monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    resolving(monkeypatch, *addresses)
    with pytest.raises(aiohttp.ClientError):
        await egress.session().get("http://rebinding.test/")
    assert connects == []


async def test_a_name_that_resolves_inside_is_connected_to_at_the_checked_address(
    egress: Egress, connects: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, "127.0.0.7")
    with pytest.raises(aiohttp.ClientConnectorError):
        await egress.session().get("http://inside.test:9/")
    assert connects == [("127.0.0.7", 9)]


async def test_without_the_gate_the_same_request_reaches_out(
    connects: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the recorder sees what a plain session would have done."""
    resolving(monkeypatch, "127.0.0.1", "8.8.8.8")
    async with aiohttp.ClientSession() as plain:
        with pytest.raises(aiohttp.ClientConnectorError):
            await plain.get("http://rebinding.test:9/")
    assert ("8.8.8.8", 9) in connects


async def test_a_proxy_of_the_environment_is_not_used(
    egress: Egress, connects: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://8.8.8.8:3128")
    monkeypatch.setenv("ALL_PROXY", "http://8.8.8.8:3128")
    with pytest.raises(aiohttp.ClientConnectorError):
        await egress.session().get("http://127.0.0.1:9/")
    assert connects == [("127.0.0.1", 9)]


async def test_a_session_connects_from_the_address_that_it_was_asked_for(egress: Egress) -> None:
    async def who(request: Request) -> Response:
        assert request.client is not None
        return Response(request.client.host)

    async with served(Starlette(routes=[Route("/", who)])) as url:
        for source in ("127.0.20.1", "127.0.30.1"):
            async with egress.session(source).get(url) as answer:
                assert await answer.text() == source
        await egress.close()


async def test_no_cookie_is_kept_between_requests(egress: Egress) -> None:
    async def cookie(request: Request) -> Response:
        answer = Response(request.headers.get("cookie", "none"))
        answer.set_cookie("visitor", "1")
        return answer

    async with served(Starlette(routes=[Route("/", cookie)])) as url:
        for _ in range(2):
            async with egress.session().get(url) as answer:
                assert await answer.text() == "none"
        await egress.close()


async def test_even_a_session_that_follows_redirects_never_leaves(
    egress: Egress, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: Request) -> Response:
        return RedirectResponse("http://8.8.8.8/")

    connected: list[Any] = []
    plain = socket.socket.connect

    def connect(opened: socket.socket, address: Any) -> None:
        connected.append(address[0])
        assert address[0] == "127.0.0.1"
        plain(opened, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    async with served(Starlette(routes=[Route("/", away)])) as url:
        with pytest.raises(aiohttp.ClientError):
            await egress.session().get(url)
        await egress.close()
    assert connected == ["127.0.0.1"]


async def test_a_closed_gate_opens_again_on_demand(egress: Egress) -> None:
    first = egress.session()
    await egress.close()
    assert first.closed
    assert not egress.session().closed
    await asyncio.sleep(0)
