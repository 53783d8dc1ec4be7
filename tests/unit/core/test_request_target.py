"""Request targets as clients write them, through both of the server's HTTP implementations."""

import asyncio
from urllib.parse import urlsplit

import pytest
from starlette.types import Receive, Scope, Send

from captcha_range.core.request_target import normalise_target
from tests.served import served


async def path_and_query(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the path and the query string that it was given."""
    body = scope["path"].encode() + b" " + scope["query_string"]
    headers = [(b"content-length", b"%d" % len(body)), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def ask(url: str, method: str, target: str) -> tuple[str, str]:
    """Status line and body of the answer to a request written by hand."""
    reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
    writer.write(
        f"{method} {target} HTTP/1.1\r\nHost: range.test\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
    )
    answer = (await asyncio.wait_for(reader.read(), 10)).decode()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition("\r\n\r\n")
    return head.partition("\r\n")[0], body


TARGETS = [
    ("/createTask", "/createTask "),
    ("/createTask/", "/createTask "),
    ("/createTask//", "/createTask "),
    ("/", "/ "),
    ("//", "/ "),
    ("/a/b/?x=1&y=/", "/a/b x=1&y=/"),
    ("http://range.test/createTask", "/createTask "),
    ("http://range.test/createTask/", "/createTask "),
    ("http://range.test:8480/createTask/?x=1", "/createTask x=1"),
    ("HTTP://RANGE.TEST/createTask", "/createTask "),
    ("https://api.range.test/createTask", "/createTask "),
    ("http://user:pass@range.test/createTask", "/createTask "),
    ("http://[::1]:8480/createTask", "/createTask "),
    ("http://range.test/", "/ "),
    ("/http://range.test/createTask", "/http://range.test/createTask "),
    ("/a%2Fb%20c/", "/a/b c "),
]


@pytest.mark.parametrize("http", ["httptools", "h11"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_target_in_any_form_becomes_a_plain_path(http: str, method: str) -> None:
    async with served(normalise_target(path_and_query), http=http) as url:
        for target, expected in TARGETS:
            assert await ask(url, method, target) == ("HTTP/1.1 200 OK", expected), target


@pytest.mark.parametrize("http", ["httptools", "h11"])
@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "http://range.test"),
        ("GET", "http://"),
        ("GET", "http://[::1/x"),
        ("OPTIONS", "*"),
        ("GET", "x"),
        ("GET", "range.test:443/x"),
        ("GET", "/\u00e9"),
        ("GET", "http://range.test/%ff%fe"),
    ],
)
async def test_an_odd_target_is_no_fault_of_the_server(http: str, method: str, target: str) -> None:
    async with served(normalise_target(path_and_query), http=http) as url:
        status, body = await ask(url, method, target)
    assert status.split()[1] in {"200", "400"}, status
    assert status.split()[1] == "400" or body.startswith("/")


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("http://range.test", "/"),
        ("http://range.test/createTask/", "/createTask"),
        ("http://[::1", "/"),
        ("range.test:443", "/"),
        ("*", "/"),
        ("", "/"),
        ("//", "/"),
        ("/x///", "/x"),
    ],
)
async def test_what_the_application_sees_always_begins_with_a_slash(path: str, plain: str) -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["path"])

    async def nothing(*_: object) -> dict[str, object]:
        return {}

    await normalise_target(app)({"type": "http", "path": path}, nothing, nothing)  # type: ignore[arg-type]
    assert seen == [plain]


async def test_other_kinds_of_connection_are_left_alone() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def nothing(*_: object) -> dict[str, object]:
        return {}

    await normalise_target(app)({"type": "lifespan"}, nothing, nothing)  # type: ignore[arg-type]
    assert seen == [{"type": "lifespan"}]
