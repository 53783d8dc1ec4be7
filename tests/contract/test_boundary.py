"""The boundary, in every dialect: what is outside gets its error, nothing is queued, and nothing is connected to.

The solver is asked without sockets, so every connection that is recorded here is one that the solver made.
"""

import asyncio
import base64
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import cv2
import msgspec
import numpy as np
import pytest

from captcha_range.core.clock import StillClock
from captcha_range.core.pixels import decode_picture
from captcha_range.provider import issued
from captcha_range.provider.observation import Observation, Opening
from tests.asgi import Reply, ask
from tests.practice_range import PAGE, PracticeRange, practice_range

UNREGISTERED_KEY = "00000000-0000-4000-8000-000000000000"
PAGES_OUTSIDE = [
    "https://democaptcha.com/demo-form-eng/hcaptcha.html",
    "https://discord.com/channels/1/2",
    "http://shop.localhost/register",
    "https://shop.localhost:8000/register",
    "http://shop.localhost:8001/register",
    "http://shop.localhost:8000@evil.example/",
    "http://evil.example/?http://shop.localhost:8000/",
    "http://127.0.0.1:8000/",
    "http://169.254.169.254/latest/meta-data/",
]
PROXIES_OUTSIDE = [
    "8.8.8.8",
    "169.254.169.254",
    "0.0.0.0",  # noqa: S104 - refused, not bound to
    "100.64.0.1",
    "10.0.0.1",
    "192.168.1.1",
    "::",
    "::ffff:8.8.8.8",
    "fe80::1",
    "64:ff9b::7f00:1",
]
PROXIES_THAT_ARE_NO_ADDRESS = ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "metadata.internal"]


class Recorder:
    """Every address that this process connects or sends to, and every name that it looks up."""

    def __init__(self) -> None:
        self.addresses: list[Any] = []
        self.names: list[str] = []

    @contextlib.contextmanager
    def recording(self, patch: pytest.MonkeyPatch) -> Iterator["Recorder"]:
        with patch.context() as patched:
            for method in ("connect", "connect_ex", "sendto"):
                patched.setattr(socket.socket, method, self._noting(getattr(socket.socket, method)))
            for function in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
                patched.setattr(socket, function, self._looking_up(getattr(socket, function)))
            yield self

    def _noting(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        def connect(opened: socket.socket, *arguments: Any) -> Any:
            if opened.family != socket.AF_UNIX:
                self.addresses.append(arguments[-1][:2])
            return plain(opened, *arguments)

        return connect

    def _looking_up(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        def look_up(host: Any, *arguments: Any, **named: Any) -> Any:
            self.names.append(str(host))
            return plain(host, *arguments, **named)

        return look_up


class Watched(NamedTuple):
    target: PracticeRange
    recorder: Recorder

    @property
    def provider_address(self) -> tuple[str, int]:
        parts = urlsplit(self.target.provider_url)
        return str(parts.hostname), int(parts.port or 0)

    async def post(self, path: str, body: Any, **headers: str) -> Reply:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await ask(self.target.solver_app, "POST", path, msgspec.json.encode(body), sent)

    async def create_task(self, **task: Any) -> Reply:
        fields = {"type": "HCaptchaTaskProxyless", "websiteURL": PAGE, "websiteKey": self.target.site.sitekey, **task}
        return await self.post("/createTask", {"clientKey": self.target.client_key, "task": fields})

    async def universal(self, **fields: Any) -> Reply:
        body = {"sitekey": self.target.site.sitekey, "referer": PAGE, **fields}
        return await self.post("/api/wanda/hcaptcha/universal", body, user_token=self.target.client_key)

    async def preflight(self, sitekey: str) -> Reply:
        return await self.post("/api/wanda/hcaptcha/preflight", {"sitekey": sitekey})

    async def recognise(self, image: bytes, question: str = "Which?") -> Reply:
        body = {"queries": [base64.b64encode(image).decode()], "question": question}
        headers = {"authorization": f"Bearer {self.target.client_key}"}
        return await self.post("/captcha/recognition/hcaptcha", body, **headers)

    def assert_nothing_happened(self, *, provider_asked: bool) -> None:
        """No task, no journal entry, no charge; and at most the range's own provider was asked."""
        assert self.target.count_tasks() == 0
        assert self.target.journal() == []
        assert self.target.solver.accounts.all() == [self.target.account]
        assert set(self.recorder.addresses) == ({self.provider_address} if provider_asked else set())
        assert set(self.recorder.names) <= {self.provider_address[0]}


@pytest.fixture
async def watched(tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watched]:
    recorder = Recorder()
    async with practice_range(tmp_path, clock) as target:
        with recorder.recording(monkeypatch):
            yield Watched(target, recorder)


def assert_create_task_refused(reply: Reply, number: int) -> None:
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert [key for key, _ in reply.pairs()] == ["errorId", "errorCode", "errorDescription"]
    assert reply.json()["errorId"] == number


def assert_nocaptcha_refused(reply: Reply, reason: str) -> None:
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    answer = reply.json()
    assert (answer["status"], answer["data"]) == (0, None)
    assert answer["msg"].startswith(f"验证失败：{reason}")


def assert_image_refused(reply: Reply) -> None:
    assert reply.status == 400
    answer = reply.json()
    assert answer["error"] == {"code": "api_not_implemented", "message": "image was not issued by this range"}


# Negative controls first: the recorder does see what it is there to see.


async def test_the_recorder_sees_a_connection_that_is_deliberately_made(watched: Watched) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        _, writer = await asyncio.open_connection(*address)
        writer.close()
        await writer.wait_closed()
    assert watched.recorder.addresses == [address]
    await asyncio.get_running_loop().getaddrinfo("localhost", 80)
    assert watched.recorder.names == ["localhost"]


async def test_the_recorder_sees_what_an_ordinary_http_client_does(watched: Watched) -> None:
    async with aiohttp.ClientSession() as plain, plain.get(f"{watched.target.provider_url}/health"):
        pass
    assert watched.recorder.addresses == [watched.provider_address]


async def test_the_recorder_sees_datagrams_and_blocking_connections(watched: Watched) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as blocking:
        assert blocking.connect_ex(listener.getsockname()) == 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
            datagram.sendto(b"x", listener.getsockname())
        assert watched.recorder.addresses == [listener.getsockname()] * 2


async def test_a_registered_page_is_solved_by_talking_to_the_provider_alone(watched: Watched) -> None:
    for reply in (await watched.universal(), await watched.universal(region="gb")):
        assert reply.json()["status"] == 1
    task_id = (await watched.create_task()).json()["taskId"]
    result = await watched.post("/getTaskResult", {"clientKey": watched.target.client_key, "taskId": task_id})
    assert result.json()["status"] == "ready"
    assert set(watched.recorder.addresses) == {watched.provider_address}
    assert watched.target.count_tasks() == 3
    assert len(watched.target.journal()) == 6


# Outside.


@pytest.mark.parametrize("page", PAGES_OUTSIDE)
async def test_a_page_outside_is_refused_by_create_task(watched: Watched, page: str) -> None:
    assert_create_task_refused(await watched.create_task(websiteURL=page), 32)
    watched.assert_nothing_happened(provider_asked=True)


@pytest.mark.parametrize("page", PAGES_OUTSIDE)
async def test_a_page_outside_is_refused_by_universal(watched: Watched, page: str) -> None:
    assert_nocaptcha_refused(await watched.universal(referer=page), "referer 不属于该 sitekey 在本靶场注册的来源")
    watched.assert_nothing_happened(provider_asked=True)


async def test_a_sitekey_outside_is_refused_in_every_dialect(watched: Watched) -> None:
    assert_create_task_refused(await watched.create_task(websiteKey=UNREGISTERED_KEY), 31)
    unregistered = "sitekey 未在本靶场注册"
    assert_nocaptcha_refused(await watched.universal(sitekey=UNREGISTERED_KEY), unregistered)
    preflight = (await watched.preflight(UNREGISTERED_KEY)).json()
    assert (preflight["success"], preflight["data"]) == (False, None)
    assert preflight["msg"].startswith(f"验证失败：{unregistered}")
    watched.assert_nothing_happened(provider_asked=True)


@pytest.mark.parametrize(
    "sitekey", ["x", "../../admin/sites", "..%2f..%2fadmin", "a" * 10_000, "10000000-ffff-ffff-ffff"]
)
async def test_a_sitekey_that_is_no_uuid_is_refused_without_asking_the_provider(watched: Watched, sitekey: str) -> None:
    assert_create_task_refused(await watched.create_task(websiteKey=sitekey), 31)
    assert_nocaptcha_refused(await watched.universal(sitekey=sitekey), "sitekey 未在本靶场注册")
    assert (await watched.preflight(sitekey)).json()["success"] is False
    watched.assert_nothing_happened(provider_asked=False)


async def test_the_official_test_sitekeys_are_not_solved(watched: Watched) -> None:
    sitekey = "10000000-ffff-ffff-ffff-000000000001"
    assert_create_task_refused(await watched.create_task(websiteKey=sitekey), 31)
    assert_nocaptcha_refused(await watched.universal(sitekey=sitekey), "sitekey 未在本靶场注册")
    watched.assert_nothing_happened(provider_asked=True)


@pytest.mark.parametrize("address", PROXIES_OUTSIDE)
async def test_a_proxy_outside_is_refused_in_every_dialect(watched: Watched, address: str) -> None:
    proxy = {"proxyType": "http", "proxyAddress": address, "proxyPort": 3128}
    assert_create_task_refused(await watched.create_task(type="HCaptchaTask", **proxy), 25)
    bracketed = f"[{address}]" if ":" in address else address
    for spelled in (f"{bracketed}:3128", f"usr:pwd@{bracketed}:3128", f"http://{bracketed}:3128"):
        assert_nocaptcha_refused(await watched.universal(proxy=spelled), "代理不在本靶场网络内")
    watched.assert_nothing_happened(provider_asked=False)


@pytest.mark.parametrize("address", PROXIES_THAT_ARE_NO_ADDRESS)
async def test_a_proxy_that_is_no_address_is_refused_and_not_looked_up(watched: Watched, address: str) -> None:
    proxy = {"proxyType": "http", "proxyAddress": address, "proxyPort": 3128}
    assert_create_task_refused(await watched.create_task(type="HCaptchaTask", **proxy), 25)
    assert_nocaptcha_refused(await watched.universal(proxy=f"{address}:3128"), "参数错误")
    watched.assert_nothing_happened(provider_asked=False)
    assert watched.recorder.names == []


async def test_an_unknown_key_is_refused_before_anything_is_looked_at(watched: Watched) -> None:
    task = {"type": "HCaptchaTaskProxyless", "websiteURL": PAGE, "websiteKey": watched.target.site.sitekey}
    reply = await watched.post("/createTask", {"clientKey": "x", "task": task})
    assert_create_task_refused(reply, 1)
    body = {"sitekey": watched.target.site.sitekey, "referer": PAGE}
    assert_nocaptcha_refused(await watched.post("/api/wanda/hcaptcha/universal", body, user_token="x"), "User-Token")
    reply = await watched.post("/captcha/recognition/hcaptcha", {"queries": ["AAAA"]}, authorization="Bearer x")
    assert (reply.status, reply.json()["error"]["code"]) == (401, "invalid_token")
    watched.assert_nothing_happened(provider_asked=False)


@pytest.mark.parametrize("field", ["callbackUrl", "imageUrl", "websiteSToken", "apiDomain", "domain", "host"])
async def test_no_other_field_is_ever_connected_to(watched: Watched, field: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        task_id = (await watched.create_task(**{field: url})).json()["taskId"]
        body = {"clientKey": watched.target.client_key, "taskId": task_id}
        assert (await watched.post("/getTaskResult", body)).json()["status"] == "ready"
        assert (await watched.universal(**{field: url})).json()["status"] == 1
    assert set(watched.recorder.addresses) == {watched.provider_address}


# Pictures.


async def issue(target: PracticeRange) -> bytes:
    opening = Opening(Observation(target.clock.now(), "127.0.0.1", "local", "tests"))
    await target.provider.issued.issue(target.site, "shop.localhost", "en", opening)
    return target.provider.records.latest(target.site.sitekey, 1)[0].picture


def png(pixels: Any) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()


async def test_a_picture_that_was_not_issued_here_is_refused(watched: Watched) -> None:
    pixels = decode_picture(await issue(watched.target))
    upside_down, corner = pixels[::-1], pixels[:90, :90]
    for foreign in (pixels[:, ::-1], upside_down, corner, np.zeros((100, 100, 3), np.uint8)):
        assert_image_refused(await watched.recognise(png(foreign)))
    watched.assert_nothing_happened(provider_asked=True)


async def test_an_issued_picture_is_recognised_until_its_time_is_over(watched: Watched) -> None:
    picture = await issue(watched.target)
    watched.target.clock.advance(issued.LIFETIME - 0.001)
    assert (await watched.recognise(picture)).status == 200
    watched.target.clock.advance(0.001)
    assert_image_refused(await watched.recognise(picture))
    assert set(watched.recorder.addresses) == {watched.provider_address}


async def test_a_copy_of_an_issued_picture_is_recognised_until_its_time_is_over(watched: Watched) -> None:
    copy = png(decode_picture(await issue(watched.target))[4:, 2:])
    assert (await watched.recognise(copy)).status == 200
    watched.target.clock.advance(issued.LIFETIME)
    assert_image_refused(await watched.recognise(copy))
    assert set(watched.recorder.addresses) == {watched.provider_address}


async def test_another_ranges_picture_is_refused(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    async with practice_range(tmp_path / "other", StillClock()) as other:
        picture = await issue(other)
    assert_image_refused(await watched.recognise(picture))
