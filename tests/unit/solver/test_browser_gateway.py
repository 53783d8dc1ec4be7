"""The browser's gate connects to checked addresses inside the fence, and looks up only the site's own names."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from captcha_range.core.lab_nets import Fence
from captcha_range.solver.browser_gateway import Door, Gateway, GatewayRefused, Pass, Trail, read_target
from captcha_range.solver.errors import ProxyUnauthorised
from captcha_range.solver.orders import Proxy
from tests.proxies import SOURCE, lab_proxy

OPEN = Pass(names=frozenset({"shop.test"}))


class Server:
    """Remembers what it was sent and by whom."""

    def __init__(self, answer: bytes = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi") -> None:
        self.heads: list[bytes] = []
        self.peers: list[str] = []
        self._answer = answer
        self._serving: list[asyncio.Task[None]] = []
        self.port = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Server"]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        yield self
        server.close()
        await asyncio.gather(*self._serving)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.peers.append(writer.get_extra_info("peername")[0])
        while True:
            try:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            except (asyncio.IncompleteReadError, ConnectionError):
                break
            writer.write(self._answer)
        writer.close()


@contextlib.asynccontextmanager
async def opened(gateway: Gateway, allowed: Pass | None) -> AsyncIterator[Door]:
    door = await gateway.open(allowed)
    yield door
    await door.close()


async def asked(door: Door, head: str) -> bytes:
    """What the door answers until it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(door.url.rpartition(":")[2]))
    writer.write(head.encode())
    writer.write_eof()
    try:
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


def resolving(*addresses: str) -> tuple[Gateway, list[str]]:
    looked_up: list[str] = []

    async def resolve(name: str) -> list[str]:
        looked_up.append(name)
        return list(addresses)

    return Gateway(Fence(), resolve), looked_up


async def test_a_request_reaches_its_server_in_origin_form_without_the_proxys_headers() -> None:
    gateway, looked_up = resolving("127.0.0.1")
    async with Server().running() as server, opened(gateway, OPEN) as door:
        url = f"http://shop.test:{server.port}/a?b=http://c/"
        answer = await asked(door, f"GET {url} HTTP/1.1\r\nHost: shop.test\r\nProxy-Connection: x\r\nX: y\r\n\r\n")
    assert answer.endswith(b"hi")
    assert server.heads == [b"GET /a?b=http://c/ HTTP/1.1\r\nHost: shop.test\r\nX: y\r\nConnection: close\r\n\r\n"]
    assert looked_up == ["shop.test"]


async def test_only_the_provider_is_told_the_trace() -> None:
    async with Server().running() as provider, Server().running() as site:
        allowed = Pass(trail=Trail("a" * 32, "127.0.0.1", provider.port))
        for server in (provider, site):
            async with opened(Gateway(Fence()), allowed) as door:
                await asked(door, f"GET http://127.0.0.1:{server.port}/ HTTP/1.1\r\nHost: x\r\n\r\n")
    (told,), (untold,) = provider.heads, site.heads
    assert told.startswith(b"GET / HTTP/1.1\r\ntraceparent: 00-" + b"a" * 32 + b"-")
    assert untold == b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


async def test_a_tunnel_passes_bytes_both_ways_from_the_regions_address() -> None:
    allowed = Pass(source="127.0.20.1")
    async with Server().running() as server, opened(Gateway(Fence()), allowed) as door:
        target = f"sub.localhost:{server.port}"
        answer = await asked(door, f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\nGET / HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 Connected\r\n\r\nHTTP/1.1 200 OK")
    assert server.peers == ["127.0.20.1"]


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("93.184.216.34", id="a public address"),
        pytest.param("169.254.169.254", id="cloud metadata"),
        pytest.param("0.0.0.0", id="unspecified"),  # noqa: S104 - an address to refuse
        pytest.param("10.0.0.1", id="a private network that nobody named"),
        pytest.param("[::]", id="unspecified IPv6"),
        pytest.param("[::ffff:93.184.216.34]", id="mapped"),
        pytest.param("[64:ff9b::7f00:1]", id="NAT64"),
        pytest.param("[fe80::1]", id="link-local"),
        pytest.param("2130706433", id="decimal"),
        pytest.param("example.test", id="a name that is none of the site's"),
        pytest.param("127.0.0.1.nip.test", id="a name that spells an address"),
        pytest.param("localhost.evil.test", id="a name that begins like loopback"),
    ],
)
@pytest.mark.parametrize("form", ["CONNECT {}:9 HTTP/1.1\r\n\r\n", "GET http://{}:9/ HTTP/1.1\r\n\r\n"])
async def test_what_lies_outside_is_refused_and_no_foreign_name_is_looked_up(target: str, form: str) -> None:
    gateway, looked_up = resolving("127.0.0.1")
    async with opened(gateway, OPEN) as door:
        answer = await asked(door, form.format(target))
    assert answer.startswith(b"HTTP/1.1 403")
    assert b"captcha-range-gateway: " in answer
    assert looked_up == []


async def test_a_name_of_the_site_with_one_address_outside_is_outside() -> None:
    gateway, _ = resolving("127.0.0.1", "93.184.216.34")
    with pytest.raises(GatewayRefused, match="outside the range"):
        await gateway.connect(OPEN, "shop.test", 80)


async def test_a_shut_door_refuses_what_is_inside_too() -> None:
    async with Server().running() as server, opened(Gateway(Fence()), None) as door:
        answer = await asked(door, f"GET http://127.0.0.1:{server.port}/ HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403")
    assert server.peers == []


async def test_a_door_that_is_shut_while_it_connects_loses_no_connection() -> None:
    """A writer that is lost warns as it is collected, which is an error here."""
    async with Server().running() as server:
        door: Door

        async def resolve(name: str) -> list[str]:
            door.allowed = None
            return ["127.0.0.1"]

        async with opened(Gateway(Fence(), resolve), OPEN) as door:
            answer = await asked(door, f"GET http://shop.test:{server.port}/ HTTP/1.1\r\n\r\n")
    assert answer.endswith(b"hi")


# Not at the second turn: there asyncio's own server (3.11) forgets a connection that it has only just accepted.
@pytest.mark.parametrize("turns", [0, 1, 3, 4, 5])
async def test_a_door_that_closes_cuts_whoever_has_only_just_come(turns: int) -> None:
    """At whatever turn of the loop it closes, no writer is left for the collector, which warns: an error here."""
    async with opened(Gateway(Fence()), None) as door:
        with socket.create_connection(("127.0.0.1", int(door.url.rpartition(":")[2]))) as visitor:
            for _ in range(turns):
                await asyncio.sleep(0)
            await door.close()
            visitor.settimeout(10)
            with contextlib.suppress(ConnectionResetError):
                assert await asyncio.to_thread(visitor.recv, 1) == b""


async def test_a_lab_proxy_is_told_the_checked_address_and_its_login() -> None:
    tunnel = b"HTTP/1.1 200 Connection established\r\n\r\n"
    gateway, _ = resolving("127.0.0.1")
    async with Server(tunnel).running() as lab:
        allowed = Pass(names=OPEN.names, proxy=Proxy("127.0.0.1", lab.port, "me", "word"))
        _, writer = await gateway.connect(allowed, "shop.test", 8000)
        writer.close()
    (head,) = lab.heads
    assert head.startswith(b"CONNECT 127.0.0.1:8000 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic bWU6d29yZA==\r\n" in head


async def test_a_lab_proxy_gets_nothing_for_a_target_outside_and_must_be_inside_itself() -> None:
    gateway, _ = resolving("93.184.216.34")
    async with Server().running() as lab:
        with pytest.raises(GatewayRefused, match="outside"):
            await gateway.connect(Pass(names=OPEN.names, proxy=Proxy("127.0.0.1", lab.port)), "shop.test", 80)
        with pytest.raises(GatewayRefused, match="the proxy is outside"):
            await gateway.connect(Pass(proxy=Proxy("192.0.2.1", 3128)), "127.0.0.1", 80)
    assert lab.peers == []


async def test_a_lab_proxy_that_refuses_leads_to_a_refusal() -> None:
    async with Server(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").running() as lab:
        with pytest.raises(GatewayRefused, match="made no tunnel"):
            await Gateway(Fence()).connect(Pass(proxy=Proxy("127.0.0.1", lab.port)), "127.0.0.1", 80)


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_a_tasks_proxy_leads_on_whatever_its_kind(kind: str) -> None:
    async with Server().running() as server, lab_proxy("me:secret") as port:
        allowed = Pass(proxy=Proxy("127.0.0.1", port, "me", "secret", kind))
        async with opened(Gateway(Fence()), allowed) as door:
            answer = await asked(door, f"GET http://127.0.0.1:{server.port}/ HTTP/1.1\r\n\r\n")
        assert door.failure is None
    assert answer.endswith(b"hi")
    assert server.peers == [SOURCE]


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_a_door_remembers_what_the_proxy_did_first(kind: str) -> None:
    async with lab_proxy("me:secret") as port:
        async with opened(Gateway(Fence()), Pass(proxy=Proxy("127.0.0.1", port, "me", "no", kind))) as door:
            for _ in range(2):
                answer = await asked(door, "GET http://127.0.0.1:9/ HTTP/1.1\r\n\r\n")
        assert isinstance(door.failure, ProxyUnauthorised)
    assert answer.startswith(b"HTTP/1.1 502")
    assert b"captcha-range-gateway: the lab proxy made no tunnel (proxy_unauthorised)" in answer


async def test_a_target_outside_is_no_failure_of_the_proxy() -> None:
    async with lab_proxy() as port, opened(Gateway(Fence()), Pass(proxy=Proxy("127.0.0.1", port))) as door:
        answer = await asked(door, "GET http://192.0.2.1/ HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403")
    assert door.failure is None


@pytest.mark.parametrize(
    "line",
    ["GET / HTTP/1.1", "GET ftp://127.0.0.1/ HTTP/1.1", "GET http:/// HTTP/1.1", "GET", "CONNECT http://a/ HTTP/1.1"],
)
def test_what_is_no_proxied_request_is_refused(line: str) -> None:
    with pytest.raises(GatewayRefused):
        read_target(f"{line}\r\n\r\n".encode())


@pytest.mark.parametrize(
    ("url", "wanted"), [("http://a", b"GET / "), ("http://a?x", b"GET /?x "), ("http://a:1/b/?c#d", b"GET /b/?c#d ")]
)
def test_the_path_is_passed_on_as_it_was_written(url: str, wanted: bytes) -> None:
    head = read_target(f"GET {url} HTTP/1.1\r\n\r\n".encode()).head
    assert head is not None
    assert head.startswith(wanted)
