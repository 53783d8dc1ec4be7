"""Through the run's proxy: hcaptcha.com leads to the front always, other hosts pass untouched, or not at all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from captcha_range.lab_proxy.server import LabProxy
from captcha_range.redirect.sightings import Sightings
from captcha_range.redirect.way_out import FrontPorts, WayOut

THIS_MACHINE = "0.0.0.0"  # noqa: S104 - connected to, never bound: an address of this machine that is not loopback
Ask = Callable[[str], Awaitable[bytes]]


async def heard(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server that says back whatever it hears, with a mark of its own in front."""
    port = writer.get_extra_info("sockname")[1]
    with contextlib.suppress(OSError):
        writer.write(f"<{port}>".encode())
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    writer.close()


@pytest.fixture
async def ports() -> AsyncIterator[tuple[int, int, int]]:
    """Of the front with TLS, of the front without, and of another host."""
    servers = [await asyncio.start_server(heard, "127.0.0.1", 0) for _ in range(3)]
    first, second, third = (server.sockets[0].getsockname()[1] for server in servers)
    yield first, second, third
    for server in servers:
        server.close()


async def asked(way_out: WayOut, request: str) -> bytes:
    """Everything that comes back for some bytes that a client sends to the proxy."""
    async with LabProxy(way_out, ("http",)).listening() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request.encode("latin-1"))
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer


def connect_to(target: str, then: str = "\x16 not a word of it is read") -> str:
    return f"CONNECT {target} HTTP/1.1\r\nHost: x\r\n\r\n{then}"


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize("host", ["hcaptcha.com", "JS.hcaptcha.com.", "anything.hcaptcha.com", "hc\u00aaptcha.com"])
async def test_every_host_of_the_zone_leads_to_the_front(ports: tuple[int, int, int], host: str, sealed: bool) -> None:
    sightings = Sightings()
    way_out = WayOut(FrontPorts(*ports[:2]), sightings, sealed=sealed)
    assert f"<{ports[0]}>".encode() in await asked(way_out, connect_to(f"{host}:443"))
    for scheme in ("http", "https"):
        assert f"<{ports[1]}>".encode() in await asked(way_out, f"GET {scheme}://{host}/x HTTP/1.1\r\n\r\n")
    assert not sightings.passed
    assert not sightings.refused


async def test_other_ports_of_the_zone_lead_nowhere(ports: tuple[int, int, int]) -> None:
    sightings = Sightings()
    way_out = WayOut(FrontPorts(*ports[:2]), sightings, sealed=False)
    answer = await asked(way_out, connect_to("hcaptcha.com:8443"))
    assert answer.startswith(b"HTTP/1.1 403")
    assert b"ports 80 and 443 only" in answer
    assert sightings.unknown == {"hcaptcha.com:8443": 1}


async def test_another_host_gets_every_byte_as_it_was_sent_and_is_listed(ports: tuple[int, int, int]) -> None:
    sightings = Sightings()
    way_out = WayOut(FrontPorts(*ports[:2]), sightings, sealed=False)
    target = f"{THIS_MACHINE}:{ports[2]}"
    sent = "".join(map(chr, range(256))) * 300
    answer = await asked(way_out, connect_to(target, sent))
    assert answer.endswith(f"<{ports[2]}>".encode() + sent.encode("latin-1"))
    assert sightings.passed == {target: 1}


async def test_a_sealed_run_connects_to_no_other_host_and_lists_it(ports: tuple[int, int, int]) -> None:
    sightings = Sightings()
    way_out = WayOut(FrontPorts(*ports[:2]), sightings, sealed=True)
    target = f"{THIS_MACHINE}:{ports[2]}"
    answer = await asked(way_out, connect_to(target))
    assert answer.startswith(b"HTTP/1.1 403")
    assert b"sealed" in answer
    assert f"<{ports[2]}>".encode() not in answer
    assert sightings.refused == {target: 1}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "shop.localhost"])
async def test_loopback_is_reached_even_when_sealed_and_not_listed(ports: tuple[int, int, int], host: str) -> None:
    sightings = Sightings()
    way_out = WayOut(FrontPorts(*ports[:2]), sightings, sealed=True)
    assert f"<{ports[2]}>".encode() in await asked(way_out, connect_to(f"{host}:{ports[2]}"))
    assert not sightings.passed + sightings.refused


async def test_rubbish_for_a_host_is_an_error_and_no_crash(ports: tuple[int, int, int]) -> None:
    way_out = WayOut(FrontPorts(*ports[:2]), Sightings(), sealed=False)
    for target in ("a..b:443", "x" * 300 + ":443", "127.0.0.1:1"):
        assert (await asked(way_out, connect_to(target))).startswith(b"HTTP/1.1 502")


async def test_an_https_request_in_the_clear_is_refused_when_sealed_and_never_goes_on_in_the_clear(
    ports: tuple[int, int, int],
) -> None:
    request = f"GET https://{THIS_MACHINE}:{ports[2]}/ HTTP/1.1\r\n\r\n"
    sealed = await asked(WayOut(FrontPorts(*ports[:2]), Sightings(), sealed=True), request)
    assert sealed.startswith(b"HTTP/1.1 403")
    # What listens there speaks no TLS.
    opened = await asked(WayOut(FrontPorts(*ports[:2]), Sightings(), sealed=False), request)
    assert opened.startswith(b"HTTP/1.1 502")
