"""The protocol worker through a task's own proxy: the token's visit comes from there, and its failures are told."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from captcha_range.core.clock import StillClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.solver.egress import Egress
from captcha_range.solver.errors import (
    ProxyConnectTimeout,
    ProxyDenied,
    ProxyNotUnderstood,
    ProxyReadTimeout,
    ProxyRefused,
    ProxyUnauthorised,
    SolverError,
    WidgetFailed,
)
from captcha_range.solver.orders import Proxy, Solution, TokenOrder
from captcha_range.solver.provider_link import ProviderLink
from captcha_range.solver.sockets import Patience
from captcha_range.solver.workers.protocol import ProtocolWorker
from tests import proxies
from tests.practice_range import PAGE, FedEye, PracticeRange, practice_range

IMPATIENT = Patience(connect=0.3, proxy=0.3, answer=0.6)
KINDS = ("http", "socks5")


@pytest.fixture
async def target(tmp_path: Path, clock: StillClock) -> AsyncIterator[PracticeRange]:
    async with practice_range(tmp_path, clock) as opened:
        yield opened


async def solve(
    target: PracticeRange, folder: Path, proxy: Proxy, patience: Patience = IMPATIENT, **fields: Any
) -> Solution:
    egress = Egress(Fence(), patience)
    link = ProviderLink(egress, target.provider_url, "key")
    worker = ProtocolWorker(link, Regions(), FedEye(folder / "provider.sqlite"))
    try:
        return await worker.solve(
            TokenOrder(**{"sitekey": target.site.sitekey, "page_url": PAGE, "proxy": proxy, **fields})
        )
    finally:
        await egress.close()


def regions_seen(target: PracticeRange) -> list[str]:
    query = "SELECT json_extract(opening, '$.loaded.region') FROM issued"
    return [row[0] for row in target.provider.database.read(lambda c: c.execute(query).fetchall())]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_token_comes_from_the_lab_proxys_region(target: PracticeRange, tmp_path: Path, kind: str) -> None:
    async with proxies.lab_proxy("me:secret") as port:
        proxy = Proxy("127.0.0.1", port, "me", "secret", kind)
        solution = await solve(target, tmp_path, proxy, Patience())
    assert (await target.siteverify(solution.token))["success"] is True
    assert regions_seen(target) == ["gb"]


async def test_a_token_comes_through_a_socks5_server_of_other_people(target: PracticeRange, tmp_path: Path) -> None:
    async with proxies.independent_socks5(me="secret") as port:
        solution = await solve(target, tmp_path, Proxy("127.0.0.1", port, "me", "secret", "socks5"), Patience())
    assert (await target.siteverify(solution.token))["success"] is True


@contextlib.asynccontextmanager
async def failing(way: str) -> AsyncIterator[int]:
    """The port of a proxy that fails in this way."""
    async with contextlib.AsyncExitStack() as opened:
        if way == "refused":
            yield opened.enter_context(proxies.refusing())
        elif way == "overrun":
            yield opened.enter_context(proxies.overrun())
        elif way == "silent":
            yield await opened.enter_async_context(proxies.saying(closes=False))
        elif way == "login":
            yield await opened.enter_async_context(proxies.lab_proxy("me:another"))
        elif way == "breaks off":
            yield await opened.enter_async_context(proxies.saying(b""))
        elif way == "web server":
            page = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nhi"
            yield await opened.enter_async_context(proxies.saying(page))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("refused", ProxyRefused),
        ("overrun", ProxyConnectTimeout),
        ("silent", ProxyReadTimeout),
        ("login", ProxyUnauthorised),
        ("breaks off", ProxyNotUnderstood),
        ("web server", ProxyNotUnderstood),
    ],
)
async def test_each_way_to_fail_is_told(
    target: PracticeRange, tmp_path: Path, kind: str, way: str, expected: type[SolverError]
) -> None:
    async with failing(way) as port:
        with pytest.raises(expected) as raised:
            await solve(target, tmp_path, Proxy("127.0.0.1", port, "me", "secret", kind))
    assert raised.value.effort is not None
    assert regions_seen(target) == []


@pytest.mark.parametrize("status", [403, 502, 503, 504])
async def test_an_http_proxy_that_does_not_lead_on_is_told_from_the_provider(
    target: PracticeRange, tmp_path: Path, status: int
) -> None:
    async with proxies.saying(f"HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n".encode()) as port:
        with pytest.raises(ProxyDenied):
            await solve(target, tmp_path, Proxy("127.0.0.1", port))


async def test_a_tunnel_that_falls_silent_has_its_time(target: PracticeRange, tmp_path: Path) -> None:
    granted = (b"\x05\x00", b"\x05\x00\x00\x01" + bytes(6))
    async with proxies.saying(*granted, closes=False) as port:
        with pytest.raises(ProxyReadTimeout):
            await solve(target, tmp_path, Proxy("127.0.0.1", port, kind="socks5"))


async def test_what_the_provider_refuses_through_a_proxy_is_not_the_proxys_failure(
    target: PracticeRange, tmp_path: Path
) -> None:
    async with proxies.lab_proxy() as port:
        for kind in KINDS:
            proxy = Proxy("127.0.0.1", port, kind=kind)
            with pytest.raises(WidgetFailed, match="HTTP 403"):
                await solve(target, tmp_path, proxy, Patience(), page_url="http://elsewhere.example/")
