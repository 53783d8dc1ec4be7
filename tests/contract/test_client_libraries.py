"""Client libraries from the package index, unmodified, get their tokens from the range.

Each library runs in a child process with an environment of its own, and learns the range's address by its
own options only. None of them can reach anything else: the address is checked to be loopback first.
"""

import asyncio
import ipaddress
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.contract.client_environment import client_interpreter
from tests.contract.running_range import RunningRange

pytestmark = pytest.mark.cold

CLIENTS = Path(__file__).parent / "clients"
SECONDS_FOR_ONE_TOKEN = 60


class Request(NamedTuple):
    """What a client asks for; a test replaces the one part that the range must refuse."""

    client_key: str
    sitekey: str
    page_url: str


class Outcome(NamedTuple):
    report: dict[str, Any]
    log: str


class Refusal(NamedTuple):
    replaced: dict[str, str]
    error_id: int
    error_code: str


REFUSALS = [
    pytest.param(
        Refusal({"page_url": "http://not-registered.example/"}, 32, "ERROR_RECAPTCHA_INVALID_DOMAIN"),
        id="page-outside-the-range",
    ),
    pytest.param(
        Refusal({"sitekey": "00000000-0000-4000-8000-000000000000"}, 31, "ERROR_RECAPTCHA_INVALID_SITEKEY"),
        id="unknown-sitekey",
    ),
    pytest.param(
        Refusal({"client_key": "no-such-key"}, 1, "ERROR_KEY_DOES_NOT_EXIST"),
        id="unknown-client-key",
    ),
]


@pytest.fixture(scope="session")
def client_python() -> Path:
    return client_interpreter()


@pytest.fixture
def request_for_a_token(running_range: RunningRange) -> Request:
    return Request(running_range.client_key, running_range.sitekey, running_range.page_url)


async def test_pynocaptcha_obtains_a_token_that_siteverify_accepts_once(
    client_python: Path, running_range: RunningRange, request_for_a_token: Request
) -> None:
    outcome = await pynocaptcha(client_python, running_range, request_for_a_token)
    await assert_siteverify_accepts_once(running_range, outcome)


async def test_python_anticaptcha_obtains_a_token_that_siteverify_accepts_once(
    client_python: Path, running_range: RunningRange, request_for_a_token: Request
) -> None:
    outcome = await python_anticaptcha(client_python, running_range, request_for_a_token)
    await assert_siteverify_accepts_once(running_range, outcome)


async def test_capsolver_obtains_a_token_that_siteverify_accepts_once(
    client_python: Path, running_range: RunningRange, request_for_a_token: Request
) -> None:
    outcome = await capsolver(client_python, running_range, request_for_a_token)
    await assert_siteverify_accepts_once(running_range, outcome)


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_pynocaptcha_returns_nothing_and_logs_the_reason_of_a_refusal(
    client_python: Path, running_range: RunningRange, request_for_a_token: Request, refusal: Refusal
) -> None:
    refused = request_for_a_token._replace(**refusal.replaced)
    outcome = await pynocaptcha(client_python, running_range, refused)
    assert outcome.report == {"refusal": {"exception": None}}
    assert "验证失败" in outcome.log


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_python_anticaptcha_raises_its_exception_with_the_code_of_a_refusal(
    client_python: Path, running_range: RunningRange, request_for_a_token: Request, refusal: Refusal
) -> None:
    refused = request_for_a_token._replace(**refusal.replaced)
    outcome = await python_anticaptcha(client_python, running_range, refused)
    assert_refused_with(outcome, "AnticaptchaException", refusal)


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_capsolver_raises_its_exception_with_the_code_of_a_refusal(
    client_python: Path, running_range: RunningRange, request_for_a_token: Request, refusal: Refusal
) -> None:
    refused = request_for_a_token._replace(**refusal.replaced)
    outcome = await capsolver(client_python, running_range, refused)
    # It chooses the class by the HTTP status, and a refusal is an HTTP 200.
    assert_refused_with(outcome, "UnknownError", refusal)


async def pynocaptcha(python: Path, target: RunningRange, request: Request) -> Outcome:
    # Its host is fixed, so the range is its HTTP proxy: the request line then carries the whole address.
    environment = {"http_proxy": loopback(target.solver_url)}
    return await run(python, "pynocaptcha_client.py", [*request], environment)


async def python_anticaptcha(python: Path, target: RunningRange, request: Request) -> Outcome:
    return await run(python, "python_anticaptcha_client.py", [loopback(target.solver_url), *request], {})


async def capsolver(python: Path, target: RunningRange, request: Request) -> Outcome:
    environment = {
        "CAPSOLVER_API_BASE": loopback(target.solver_url),
        "CAPSOLVER_API_KEY": request.client_key,
    }
    return await run(python, "capsolver_client.py", [request.sitekey, request.page_url], environment)


def loopback(url: str) -> str:
    assert ipaddress.ip_address(urlsplit(url).hostname or "").is_loopback, f"{url} is not on loopback"
    return url.rstrip("/")


async def run(python: Path, script: str, arguments: list[str], environment: Mapping[str, str]) -> Outcome:
    # Nothing is inherited: a proxy, a no_proxy or a key of the person who runs the tests would leak in.
    process = await asyncio.create_subprocess_exec(
        python,
        "-I",
        CLIENTS / script,
        *arguments,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, log = await asyncio.wait_for(process.communicate(), SECONDS_FOR_ONE_TOKEN)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, log.decode()
    return Outcome(json.loads(output), log.decode())


async def assert_siteverify_accepts_once(running_range: RunningRange, outcome: Outcome) -> None:
    assert "token" in outcome.report, f"{outcome.report}\n{outcome.log}"
    assert outcome.report["token"].startswith(("P1_", "F1_"))
    assert outcome.report["resp_key"].startswith("E0_")
    assert outcome.report["user_agent"]
    first = await siteverify(running_range, outcome.report["token"])
    second = await siteverify(running_range, outcome.report["token"])
    assert first["success"] is True, first
    assert second["success"] is False
    assert "already-seen-response" in second["error-codes"]


async def siteverify(running_range: RunningRange, token: str) -> dict[str, Any]:
    form = {"secret": running_range.secret, "response": token}
    url = f"{running_range.provider_url.rstrip('/')}/siteverify"
    async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
        verdict: dict[str, Any] = await answer.json()
        return verdict


def assert_refused_with(outcome: Outcome, exception: str, refusal: Refusal) -> None:
    assert "refusal" in outcome.report, "a token was given where a refusal was due"
    told = outcome.report["refusal"]
    assert told["exception"] == exception
    assert told["error_id"] == refusal.error_id
    assert told["error_code"] == refusal.error_code
    assert told["message"]
