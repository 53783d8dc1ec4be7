"""Arbitrary JSON to every endpoint that reads some: never an answer of the kind "it is my fault"."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp, Message

from captcha_range.core.clock import StillClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.core.request_target import normalise_target
from captcha_range.provider.plane import Provider
from captcha_range.provider.routes import create_app
from tests.visits import ORIGIN, register

QUICK = settings(max_examples=60, deadline=None, derandomize=True)


class Running(NamedTuple):
    """A provider's application with a site and a challenge, and a loop to run it in."""

    app: ASGIApp
    runner: asyncio.Runner
    admin_key: str
    sitekey: str
    challenge: str

    def ask(self, method: str, path: str, body: bytes, query: bytes = b"") -> tuple[int, bytes]:
        """Status and body of the answer to one request."""
        return self.runner.run(self._ask(method, path, body, query))

    async def _ask(self, method: str, path: str, body: bytes, query: bytes) -> tuple[int, bytes]:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        headers = [
            (b"host", b"range.test"),
            (b"authorization", b"Bearer " + self.admin_key.encode()),
            (b"content-type", b"application/json"),
        ]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode("utf-8", "replace"),
            "root_path": "",
            "query_string": query,
            "headers": headers,
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 8_480),
        }
        await self.app(scope, receive, send)
        return int(sent[0]["status"]), b"".join(message.get("body", b"") for message in sent[1:])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    file: Path = tmp_path_factory.mktemp("hostile") / "provider.sqlite"
    provider = Provider(file, seed=b"s", pepper=b"p", clock=StillClock(), fence=Fence(), regions=Regions())
    app = normalise_target(create_app(provider))
    with asyncio.Runner() as runner:
        site, _ = runner.run(register(provider, families=("grid",), level=1))
        running = Running(app, runner, runner.run(provider.keys.create("admin")), site.sitekey, "")
        body = json.dumps({"origin": ORIGIN}).encode()
        challenge = json.loads(running.ask("POST", f"/getcaptcha/{site.sitekey}", body)[1])["challenge"]
        yield running._replace(challenge=challenge)
    provider.close()


NUMBERS = st.one_of(
    st.integers(),
    st.integers(2**53, 2**70),
    st.integers(-(2**70), -(2**53)),
    st.floats(),
    st.sampled_from([10**400, -(10**400), 1e308, 5e-324, -0.0]),
)
TEXTS = st.text(st.characters(), max_size=30) | st.sampled_from(["", "\0", "\ud800", "x" * 3_000, ORIGIN, "en", "grid"])
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS
FIELDS = [
    "origin",
    "language",
    "preflight",
    "rqdata",
    "invisible",
    "reply",
    "points",
    "tiles",
    "origins",
    "name",
    "sitekey",
    "secret",
    "level",
    "families",
    "fraction_digits",
    "enterprise",
]
JSON: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS) | TEXTS, inner, max_size=5),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6)
NEARLY_RIGHT = st.one_of(
    st.builds(lambda **fields: {"origin": ORIGIN, **fields}, language=JSON, preflight=JSON, rqdata=JSON),
    st.builds(lambda **fields: {"reply": fields}, points=JSON | st.lists(st.tuples(NUMBERS, NUMBERS), max_size=3)),
    st.builds(lambda **fields: {"reply": fields}, tiles=JSON | st.lists(NUMBERS, max_size=9)),
    st.builds(lambda replies: {"reply": replies}, st.lists(JSON | st.just({"tiles": [1]}), max_size=4)),
    st.builds(lambda **fields: {"origins": [ORIGIN], **fields}, name=JSON, level=JSON, families=JSON, sitekey=JSON),
    st.builds(lambda **fields: {"origins": [ORIGIN], **fields}, secret=JSON, fraction_digits=JSON, enterprise=JSON),
    st.builds(lambda origins: {"origins": origins}, st.lists(TEXTS, max_size=3) | JSON),
)
BODIES = st.one_of(
    (JSON | OBJECTS | NEARLY_RIGHT).map(lambda content: json.dumps(content).encode()),
    NEARLY_RIGHT.map(lambda content: json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")),
    st.binary(max_size=100),
)

BY_HAND = [
    b"",
    b"null",
    b"NaN",
    b'{"origin": NaN}',
    b'{"reply": {"points": [[NaN, Infinity]]}}',
    b'{"reply": []}',
    b'{"reply": [[]]}',
    b'{"reply": [{"tiles": [1]}, 7]}',
    b'{"reply": [' + b"{}," * 20_000 + b"{}]}",
    b'{"reply":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    b'{"reply": {"points": [[1e999, -1e999]]}}',
    b'{"reply": {"tiles": [9223372036854775808, -9223372036854775809, 18446744073709551616]}}',
    b'{"reply": {"tiles": [' + b"9" * 4_000 + b"]}}",
    b'{"reply": {"tiles": [' + b"1," * 20_000 + b"1]}}",
    b'{"reply": {"tiles": [1], "tiles": [2]}, "reply": {"points": []}}',
    b'{"origin": "http://shop.localhost:8000", "language": "\\u0000"}',
    b'{"origin": "http://shop.localhost:8000", "language": "\\ud800"}',
    b'{"origin": "http://shop.localhost:8000", "preflight": "\\u0000\\uffff"}',
    b'{"origin": "http://shop.localhost:8000", "language": "\xff\xfe"}',
    b'{"origins": ["http://shop.localhost"], "name": "\\u0000"}',
    b'{"origins": ["http://shop.localhost"], "name": "' + b"x" * 60_000 + b'"}',
    b'{"origins": ["http://shop.localhost"], "level": 1, "level": 99999999999999999999}',
    b'{"origins": ["http://[::ffff:8.8.8.8]"]}',
    b'{"advance_seconds": 1e-400}',
    b'{"advance_seconds": 1e400}',
    b'{"advance_seconds": -0.0}',
    b"[" * 10_000,
    b"[" * 10_000 + b"]" * 10_000,
    b'{"reply":' * 7_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"reply": {"points": ' + b"[" * 10_000 + b"]" * 10_000 + b"}}",
    b"\xef\xbb\xbf{}",
    '{"origin": "x"}'.encode("utf-16"),
    b" " * 65_537,
]


def ask_all(running: Running, body: bytes) -> None:
    """Send one body to every endpoint that reads one."""
    targets = [
        f"/getcaptcha/{running.sitekey}",
        f"/checkcaptcha/{running.sitekey}/{running.challenge}",
        f"/checkcaptcha/{running.sitekey}/x",
        f"/preflight/{running.sitekey}",
        "/checksiteconfig",
        "/siteverify",
        "/admin/sites",
        "/admin/clock",
    ]
    for path in targets:
        status, answer = running.ask("POST", path, body)
        assert status < 500, (path, status, answer)
        assert json.loads(answer) is not None
        if path == "/siteverify":
            assert status == 200


@pytest.mark.parametrize("body", BY_HAND, ids=range(len(BY_HAND)))
def test_a_hostile_body_is_no_fault_of_the_providers(running: Running, body: bytes) -> None:
    ask_all(running, body)


def test_any_body_is_no_fault_of_the_providers(running: Running) -> None:
    @QUICK
    @given(BODIES)
    def ask(body: bytes) -> None:
        ask_all(running, body)

    ask()


def test_any_path_and_query_are_no_fault_of_the_providers(running: Running) -> None:
    segments = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    begin = ["", "getcaptcha", "picture", "checkcaptcha", "preflight", "range/sites", "range/pictures", "admin/sites"]
    paths = st.builds(lambda *parts: "/" + "/".join(parts), st.sampled_from(begin), segments, segments)
    queries = st.binary(max_size=60) | st.builds(
        lambda name, value: name.encode() + b"=" + value,
        st.sampled_from(["sitekey", "host", "limit", "after", "secret", "response"]),
        st.binary(max_size=30),
    )
    fixed = st.sampled_from(["/checksiteconfig", "/admin/journal", "/siteverify", "/health", "/picture/x.jpg"])

    @settings(max_examples=150, deadline=None, derandomize=True)
    @given(st.sampled_from(["GET", "POST", "DELETE", "HEAD", "OPTIONS"]), paths | fixed | segments, queries)
    def ask(method: str, path: str, query: bytes) -> None:
        status, _ = running.ask(method, path, b"{}", query)
        assert status < 500

    ask()
