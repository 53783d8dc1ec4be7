"""Clients that offer HTTP/2 with every request, as Java's own client does, are answered in HTTP/1.1."""

import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from captcha_range.provider.plane import Provider
from captcha_range.provider.routes import create_app
from tests.contract.raw_http import Connection, request
from tests.contract.running_range import RunningRange
from tests.served import served

FORM = "application/x-www-form-urlencoded"
FIELDS = {"secret": "0x" + "0" * 40, "response": "10000000-aaaa-bbbb-cccc-000000000001"}
BODY = urlencode(FIELDS).encode()
JAVA_CLIENT = Path(__file__).parent / "clients" / "JavaClient.java"
OFFERS = {
    "HTTP/2": ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAAB"),
    "WebSocket": ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eA=="),
    "something unknown": ("Connection: upgrade", "Upgrade: tomorrow/1"),
}


@pytest.fixture(params=["httptools", "h11"])
async def connection(request: pytest.FixtureRequest, provider: Provider) -> AsyncIterator[Connection]:
    async with served(create_app(provider), http=request.param) as url, await Connection.open(url) as connection:
        yield connection


def offering(*headers: str, body: bytes = BODY) -> bytes:
    return request("POST", "/siteverify", body, FORM, *headers)


@pytest.mark.parametrize("offer", ["HTTP/2", "something unknown"])
async def test_a_form_that_comes_with_an_offer_is_read(connection: Connection, offer: str) -> None:
    answer = await connection.ask(offering(*OFFERS[offer]))
    assert answer.status == 200
    assert b'"success":true' in answer.body


async def test_a_form_without_an_offer_is_read_the_same(connection: Connection) -> None:
    """The control: what the others are compared with."""
    assert b'"success":true' in (await connection.ask(offering())).body


async def test_a_form_in_chunks_and_packets_of_one_byte_is_read(connection: Connection) -> None:
    head = f"POST /siteverify HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nTransfer-Encoding: chunked\r\n"
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (BODY[:7], BODY[7:])) + b"0\r\n\r\n"
    whole = head.encode() + "\r\n".join([*OFFERS["HTTP/2"], "", ""]).encode() + chunks
    for byte in whole:
        connection.writer.write(bytes([byte]))
        await connection.writer.drain()
    assert b'"success":true' in (await connection.read()).body


async def test_the_connection_goes_on_after_an_offer(connection: Connection) -> None:
    for _ in range(3):
        assert b'"success":true' in (await connection.ask(offering(*OFFERS["HTTP/2"]))).body
    connection.writer.write(offering(*OFFERS["HTTP/2"]) + offering(body=b"") + offering(*OFFERS["HTTP/2"]))
    bodies = [(await connection.read()).body for _ in range(3)]
    assert [b'"success":true' in body for body in bodies] == [True, False, True]


async def test_a_question_without_a_body_is_answered_too(connection: Connection) -> None:
    asked = request("GET", f"/siteverify?{BODY.decode()}", b"", "", *OFFERS["HTTP/2"])
    assert b'"success":true' in (await connection.ask(asked)).body


async def test_nothing_here_speaks_websocket(provider: Provider) -> None:
    async with served(create_app(provider)) as url, await Connection.open(url) as connection:
        answer = await connection.ask(offering(*OFFERS["WebSocket"]))
    assert answer.status == 200
    assert b'"success":true' in answer.body


@pytest.mark.parametrize(("target", "status"), [("hcaptcha.com:443", 400), ("/siteverify", 405)])
async def test_a_tunnel_is_refused(provider: Provider, target: str, status: int) -> None:
    async with served(create_app(provider)) as url, await Connection.open(url) as connection:
        answer = await connection.ask(f"CONNECT {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert answer.status == status


async def test_a_thousand_offers_at_once_are_all_answered(provider: Provider) -> None:
    asked = b"GET /siteverify HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"
    async with served(create_app(provider)) as url, await Connection.open(url) as connection:
        connection.writer.write(asked * 1_000)
        assert {(await connection.read()).status for _ in range(1_000)} == {200}


@pytest.mark.cold
@pytest.mark.skipif(shutil.which("java") is None, reason="needs Java 11 or newer")
def test_javas_own_client_is_answered_by_both_planes(running_range: RunningRange) -> None:
    asked = [running_range.provider_url, running_range.solver_url, running_range.client_key]
    command = ["java", str(JAVA_CLIENT), *(url.rstrip("/") for url in asked), running_range.sitekey]
    done = subprocess.run([*command, running_range.page_url], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    verdict, balance, task = done.stdout.splitlines()
    assert '"success":true' in verdict
    assert '"errorId":0' in balance
    assert '"taskId"' in task
