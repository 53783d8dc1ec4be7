"""How each client library is started: in a child process that learns the range's address by its own options only.

None of them can reach anything else: the address is checked to be loopback first.
"""

import asyncio
import ipaddress
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.contract.client_environment import node_interpreter

CLIENTS = Path(__file__).parent / "clients"
SECONDS_FOR_ONE_TOKEN = 60


class Request(NamedTuple):
    """What a client asks for; a test replaces the one part that the range must refuse."""

    solver_url: str
    client_key: str
    sitekey: str
    page_url: str

    @property
    def of_one_key(self) -> tuple[str, str, str]:
        """All but the address, for a library that takes it from the environment."""
        return self.client_key, self.sitekey, self.page_url


class Outcome(NamedTuple):
    report: dict[str, Any]
    log: str


class Installed(NamedTuple):
    """Where the libraries lie; each is asked for only by the tests that need it."""

    python: Callable[[], Path]
    node_modules: Callable[[], Path]


Library = Callable[[Installed, Request], Awaitable[Outcome]]


async def pynocaptcha(installed: Installed, request: Request) -> Outcome:
    # Its host is fixed, so the range is its HTTP proxy: the request line then carries the whole address.
    environment = {"http_proxy": _loopback(request.solver_url)}
    return await _run_python(installed, "pynocaptcha_client.py", request.of_one_key, environment)


async def python_anticaptcha(installed: Installed, request: Request) -> Outcome:
    return await _run_python(installed, "python_anticaptcha_client.py", _checked(request), {})


async def capsolver(installed: Installed, request: Request) -> Outcome:
    environment = {
        "CAPSOLVER_API_BASE": _loopback(request.solver_url),
        "CAPSOLVER_API_KEY": request.client_key,
    }
    return await _run_python(installed, "capsolver_client.py", request.of_one_key[1:], environment)


async def capmonstercloudclient(installed: Installed, request: Request) -> Outcome:
    return await _run_python(installed, "capmonstercloudclient_client.py", _checked(request), {})


async def python3_capsolver(installed: Installed, request: Request) -> Outcome:
    return await _run_python(installed, "python3_capsolver_client.py", _checked(request), {})


async def capsolver_core(installed: Installed, request: Request) -> Outcome:
    return await _run_python(installed, "capsolver_core_client.py", _checked(request), {})


async def unicaptcha_as_capsolver(installed: Installed, request: Request) -> Outcome:
    return await _run_python(installed, "unicaptcha_client.py", ("capsolver", *_checked(request)), {})


async def unicaptcha_as_anticaptcha(installed: Installed, request: Request) -> Outcome:
    return await _run_python(installed, "unicaptcha_client.py", ("anticaptcha", *_checked(request)), {})


async def capmonstercloud(installed: Installed, request: Request) -> Outcome:
    return await _run_node(installed, "capmonstercloud_client.cjs", _checked(request), {})


async def anticaptcha(installed: Installed, request: Request) -> Outcome:
    return await _run_node(installed, "anticaptcha_client.cjs", request.of_one_key, _axios_proxy(request))


async def anticaptchaofficial(installed: Installed, request: Request) -> Outcome:
    return await _run_node(installed, "anticaptchaofficial_client.cjs", request.of_one_key, _axios_proxy(request))


async def node_capmonster(installed: Installed, request: Request) -> Outcome:
    return await _run_node(installed, "node_capmonster_client.cjs", request.of_one_key, _axios_proxy(request))


def _axios_proxy(request: Request) -> dict[str, str]:
    # These hosts are fixed and https, but this axios hands a proxy the whole request in the clear, without CONNECT.
    return {"https_proxy": _loopback(request.solver_url)}


def _checked(request: Request) -> Request:
    return request._replace(solver_url=_loopback(request.solver_url))


def _loopback(url: str) -> str:
    assert ipaddress.ip_address(urlsplit(url).hostname or "").is_loopback, f"{url} is not on loopback"
    return url.rstrip("/")


async def _run_python(
    installed: Installed, script: str, arguments: tuple[str, ...], environment: Mapping[str, str]
) -> Outcome:
    return await _run([str(installed.python()), "-I", str(CLIENTS / script), *arguments], environment)


async def _run_node(
    installed: Installed, script: str, arguments: tuple[str, ...], environment: Mapping[str, str]
) -> Outcome:
    found_in = {"NODE_PATH": str(installed.node_modules())}
    return await _run([str(node_interpreter()), str(CLIENTS / script), *arguments], {**environment, **found_in})


async def _run(command: list[str], environment: Mapping[str, str]) -> Outcome:
    # Nothing is inherited: a proxy, a no_proxy or a key of the person who runs the tests would leak in.
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        output, log = await asyncio.wait_for(process.communicate(), SECONDS_FOR_ONE_TOKEN)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, log.decode()
    return Outcome(json.loads(output), log.decode())
