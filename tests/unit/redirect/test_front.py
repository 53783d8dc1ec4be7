"""The front is the provider under hCaptcha's names: its answers, its faults, and nothing of its operator's side."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from captcha_range.core.clock import SystemClock
from captcha_range.provider.plane import Provider
from captcha_range.provider.routes import create_app
from captcha_range.provider.tokens import digest_of_token
from captcha_range.redirect.authority import Authority
from captcha_range.redirect.front import Front
from captcha_range.redirect.mapping import Kind
from captcha_range.redirect.sightings import Sightings
from captcha_range.redirect.way_out import FrontPorts
from tests.served import served
from tests.visits import earn, register

AUTHORITY = Authority(SystemClock().now())
TEST_KEY = {"secret": "0x" + "0" * 40, "response": "20000000-aaaa-bbbb-cccc-000000000002"}


class OnLoopback(aiohttp.ThreadedResolver):
    """Every name is this machine; its port is what the test puts into the URL."""

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[aiohttp.abc.ResolveResult]:
        found = await super().resolve("127.0.0.1", port)
        return [{**each, "hostname": host} for each in found]


@contextlib.asynccontextmanager
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    context = ssl.create_default_context(cadata=AUTHORITY.certificate)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context, resolver=OnLoopback())) as session:
        yield session


@contextlib.asynccontextmanager
async def fronting(provider_url: str, sightings: Sightings) -> AsyncIterator[FrontPorts]:
    async with Front(provider_url, AUTHORITY, sightings).listening() as ports:
        yield ports


async def test_siteverify_is_the_providers_and_noted_without_the_token(provider: Provider) -> None:
    sightings = Sightings()
    site, secret = await register(provider)
    token = await earn(provider, site)
    async with served(create_app(provider)) as url, fronting(url, sightings) as ports, client() as session:
        for expected in (True, False):
            form = {"secret": secret, "response": token}
            async with session.post(f"https://api.hcaptcha.com:{ports.tls}/siteverify", data=form) as answer:
                assert (await answer.json())["success"] is expected
        async with session.get(f"http://hcaptcha.com:{ports.plain}/siteverify", params=TEST_KEY) as answer:
            assert (await answer.json())["score"] == 0
    assert sightings.answered == {Kind.SITEVERIFY: 3}
    assert [(seen.status, (seen.verdict or {})["success"]) for seen in sightings.verifications] == [
        (200, True),
        (200, False),
        (200, True),
    ]
    assert token not in str(sightings)
    assert secret not in str(sightings)


@pytest.mark.parametrize("in_parts", [False, True])
async def test_the_token_is_named_as_in_the_journal_however_the_form_is_sent(
    provider: Provider, in_parts: bool
) -> None:
    sightings, token = Sightings(), "a token+of%20ours"
    form = aiohttp.FormData({"secret": "x", "response": token}, default_to_multipart=in_parts)
    async with served(create_app(provider)) as url, fronting(url, sightings) as ports, client() as session:
        async with session.post(f"https://api.hcaptcha.com:{ports.tls}/siteverify", data=form):
            pass
        async with session.get(f"http://hcaptcha.com:{ports.plain}/siteverify", params={"response": token}):
            pass
    subject = digest_of_token(token).hex()[:16]
    assert [seen.subject for seen in sightings.verifications] == [subject, subject]


async def test_the_script_comes_as_the_provider_serves_it(provider: Provider) -> None:
    async with served(create_app(provider)) as url, fronting(url, Sightings()) as ports, client() as session:
        async with session.get(f"{url}/1/api.js") as answer:
            wanted = await answer.read()
        async with session.get(f"https://js.hcaptcha.com:{ports.tls}/1/api.js?render=explicit") as answer:
            assert await answer.read() == wanted
            assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("address", ["hcaptcha.com{}/admin/sites", "accounts.hcaptcha.com{}/siteverify"])
async def test_what_is_not_known_is_refused_and_never_forwarded(address: str) -> None:
    sightings = Sightings()
    # Nothing listens at the provider's address: an attempt to forward would be another error.
    async with (
        fronting("http://127.0.0.1:1", sightings) as ports,
        client() as session,
        session.get("https://" + address.format(f":{ports.tls}")) as answer,
    ):
        assert answer.status == 404
        assert (await answer.json())["error"]["code"] == "not_answered"
    assert sightings.unknown == {"GET " + address.format(""): 1}
    assert not sightings.answered


async def test_another_host_without_tls_is_refused_as_sealed() -> None:
    sightings = Sightings()
    async with (
        fronting("http://127.0.0.1:1", sightings) as ports,
        client() as session,
        session.get(f"http://example.com:{ports.plain}/") as answer,
    ):
        assert answer.status == 403
    assert sightings.refused == {"example.com": 1}


async def test_a_range_that_stopped_is_a_clear_502() -> None:
    async with (
        fronting("http://127.0.0.1:1", Sightings()) as ports,
        client() as session,
        session.post(f"https://hcaptcha.com:{ports.tls}/siteverify", data=TEST_KEY) as answer,
    ):
        assert answer.status == 502
        assert (await answer.json())["error"]["code"] == "range_unreachable"


FAULTS = {
    "cut before the answer": b"",
    "cut within the answer": b'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"success":',
}


@pytest.mark.parametrize("said", FAULTS.values(), ids=FAULTS)
async def test_a_connection_that_the_provider_cuts_is_cut_for_the_client(said: bytes) -> None:
    sightings = Sightings()
    async with faulty(lambda writer: writer.write(said)) as url, fronting(url, sightings) as ports, client() as session:
        with pytest.raises(aiohttp.ClientError):
            async with session.post(f"https://hcaptcha.com:{ports.tls}/siteverify", data=TEST_KEY) as answer:
                await answer.read()
    assert [seen.verdict for seen in sightings.verifications] == ([None] if said else [])


async def test_an_answer_that_is_no_json_passes_unchanged_and_is_noted_as_no_verdict() -> None:
    sightings, said = Sightings(), b"HTTP/1.1 429 Slow\r\ncontent-length: 4\r\nretry-after: 7\r\n\r\n<p>!"
    async with (
        faulty(lambda writer: writer.write(said)) as url,
        fronting(url, sightings) as ports,
        client() as session,
        session.post(f"https://hcaptcha.com:{ports.tls}/siteverify", data=TEST_KEY) as answer,
    ):
        assert (answer.status, answer.headers["retry-after"], await answer.read()) == (429, "7", b"<p>!")
    assert [(seen.status, seen.verdict) for seen in sightings.verifications] == [(429, None)]


@contextlib.asynccontextmanager
async def faulty(speak: Callable[[asyncio.StreamWriter], None]) -> AsyncIterator[str]:
    """A provider that says what it is told to, and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"response=")
        speak(writer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
