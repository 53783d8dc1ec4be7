"""Raw ASGI requests made to hurt: `python -m tests.fuzz --requests 100000` counts what the solver answers.

An answer of 5xx is a finding, but for the documented ones (500 `api_error`, 502/503 problems). So is an answer
that takes over a second, and a handler that raises.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from captcha_range.core.clock import StillClock
from captcha_range.core.streams import Streams
from captcha_range.solver import routes
from captcha_range.solver.operations import OPERATIONS, Operation
from captcha_range.solver.routes import create_app
from tests.solver_desk import Desk, open_desk

SCALARS: list[bytes] = [
    rb'"\ud800"', rb'"\udfff\ud800"', b'"\xed\xa0\x80"', b'"\xff\xfe"', b"NaN", b"Infinity", b"-Infinity", b"1e999",
    b"-0", b"-0.0", b"1e-999", b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809",
    b"18446744073709551616", b"9" * 400, b'"\\u0000"', b'"a\\u0000b"', b'"\x00"', b"null", b"true", b"false", b'""',
    b"[]", b"{}", b"[[[[[[]]]]]]", b'"' + b"A" * 70_000 + b'"', b'"' + "é漢😀".encode() * 50 + b'"',
    b'"../../etc/passwd"',
    b'"\' OR 1=1 --"', b'"%00%0d%0a"', b'"http://[::1"', b'"http://127.0.0.1:99999/"', b'"1e400"', b"[" * 3_000,
    b'{"a":' * 600 + b"1" + b"}" * 600, b'"data:image/png;base64,' + b"A" * 4_000 + b'"', b"0.1", b"1e308",
]  # fmt: skip
FIELDS = [
    "clientKey", "task", "taskId", "type", "websiteURL", "websiteKey", "callbackUrl", "proxyType", "proxyPort",
    "proxyAddress", "sitekey", "page_url", "referer", "rqdata", "region", "proxy", "preflight", "callback_url",
    "queries", "question", "image", "timeout", "invisible", "balance", "name", "limits", "prices", "credits", "scopes",
]  # fmt: skip
TEXTS = [b"", b"x", b"\x00", b"\xff", b"wait=99999999999999", b"wait=0", b"9" * 40, b"a\tb", "é".encode(), b"A" * 9_000]
SLOW = 1.0


class Fuzzer:
    """Draws requests, sends them, and counts."""

    def __init__(self, desk: Desk, seed: str) -> None:
        self._desk = desk
        self._app = create_app(desk.solver)
        self._random = Streams(seed.encode()).stream("fuzz")
        self._operations = [each for each in OPERATIONS if each.name not in {"openapi", "docs", "index", "health"}]
        self._ids = ["1", "9" * 30, "%00", "..", "é"]
        self.statuses: Counter[int] = Counter()
        self.findings: list[str] = []
        self.slowest = 0.0

    def _one(self, choices: list[Any]) -> Any:
        return choices[int(self._random.integers(len(choices)))]

    def _chance(self, of: float) -> bool:
        return bool(self._random.random() < of)

    def _value(self, depth: int = 0) -> bytes:
        if depth < 2 and self._chance(0.25):
            return self._object(depth + 1)
        if self._chance(0.35):
            return msgspec.json.encode(self._one([self._desk.sitekey, self._desk.key, self._desk.order["page_url"]]))
        return bytes(self._one(SCALARS))

    def _object(self, depth: int = 0) -> bytes:
        names = [self._one(FIELDS) for _ in range(int(self._random.integers(0, 7)))]
        if names and self._chance(0.3):
            names.append(names[0])
        return b"{" + b",".join(f'"{name}":'.encode() + self._value(depth) for name in names) + b"}"

    def _body(self, operation: Operation) -> bytes:
        if self._chance(0.45):
            return self._nearly_good(operation)
        if self._chance(0.15):
            return bytes(self._random.integers(0, 256, int(self._random.integers(0, 200)), dtype=np.uint8))
        body = self._object() if self._chance(0.8) else self._value()
        return body[: int(self._random.integers(len(body) + 1))] if self._chance(0.1) else body

    def _nearly_good(self, operation: Operation) -> bytes:
        """A good body of this operation with one field, anywhere, made hostile."""
        desk = self._desk
        task = {"type": "HCaptchaTask", "websiteURL": desk.order["page_url"], "websiteKey": desk.sitekey,
                "proxyType": "http", "proxyAddress": "127.0.0.1", "proxyPort": 3128}  # fmt: skip
        good: dict[str, Any] = {**desk.order, "clientKey": desk.key, "task": task, "taskId": 1, "referer": "x"}
        if operation.tag == "native":
            good = dict(desk.order) if operation.path == "/v1/tasks" else {"sitekey": desk.sitekey}
        target = task if "task" in good and self._chance(0.5) else good
        marker = "HOSTILE-VALUE"
        target[self._one([*target, self._one(FIELDS)])] = marker
        return msgspec.json.encode(good).replace(f'"{marker}"'.encode(), bytes(self._one(SCALARS)))

    def _headers(self, operation: Operation) -> list[tuple[bytes, bytes]]:
        key = self._desk.admin_key if operation.tag == "admin" else self._desk.key
        bearer = f"Bearer {key}".encode() if self._chance(0.9) else bytes(self._one(TEXTS))
        headers = [(b"authorization", bearer), (b"user-token", self._desk.key.encode())]
        names = (b"idempotency-key", b"prefer", b"last-event-id", b"content-type", b"content-length")
        return headers + [(name, bytes(self._one(TEXTS))) for name in names if self._chance(0.15)]

    def _path(self, operation: Operation) -> str:
        path = operation.path
        while "{" in path:
            start, _, rest = path.partition("{")
            path = start + str(self._one([*self._ids, self._desk.account])).replace("/", "") + rest.partition("}")[2]
        return path

    async def send_one(self) -> None:
        """One request, and what came of it."""
        operation = self._one(self._operations)
        method = operation.method if self._chance(0.97) else self._one(["PUT", "HEAD", "OPTIONS", "TRACE", "\xff"])
        body = self._body(operation) if method != "GET" else b""
        query = bytes(self._one([b"", b"limit=1", b"limit=\xff", b"cursor=AAAA", b"state=ready", b"extended=1", b"%"]))
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": self._path(operation), "raw_path": b"/", "query_string": query, "root_path": "",
            "headers": self._headers(operation), "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1),
        }  # fmt: skip
        started = time.perf_counter()
        try:
            status, answer = await self._exchange(scope, body)
        except Exception as error:  # noqa: BLE001 - a handler that raises is what is looked for
            self.findings.append(f"{method} {scope['path']!r} {body[:200]!r}: {error!r}")
            return
        taken = time.perf_counter() - started
        self.slowest = max(self.slowest, taken)
        self.statuses[status] += 1
        self._learn(answer)
        if taken > SLOW or (status >= 500 and not _is_documented(operation, status, answer)):
            self.findings.append(
                f"{status} in {taken:.2f} s: {method} {scope['path']!r} {body[:200]!r} → {answer[:200]!r}"
            )

    async def _exchange(self, scope: dict[str, Any], body: bytes) -> tuple[int, bytes]:
        status, parts = 0, []
        pieces = [body[:100], body[100:]] if self._chance(0.2) else [body]
        gone = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if pieces:
                piece = pieces.pop(0)
                return {"type": "http.request", "body": piece, "more_body": bool(pieces)}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            parts.append(message.get("body", b""))
            # A client of a stream hears one message, then hangs up.
            if message["type"] == "http.response.body" and parts[-1]:
                gone.set()

        await self._app(scope, receive, send)
        return status, b"".join(parts)

    def _learn(self, answer: bytes) -> None:
        """Ids of real tasks make for better requests."""
        if answer.startswith(b'{"task":"') and len(self._ids) < 500:
            self._ids.append(answer[9:45].decode())


def _is_documented(operation: Operation, status: int, answer: bytes) -> bool:
    """503 (store, queue) and 502 (provider) where the document names them, and AceData's 500 for a crash or timeout."""
    return status in (502, 503) and b'"code"' in answer and operation.tag in ("native", "admin")


async def fuzz(requests: int, seed: str, folder: Path) -> Fuzzer:
    """A solver with quick orders behind it, and so many requests."""
    async with _unheld(), open_desk(folder, StillClock()) as desk:
        await desk.open_account(balance=10**9, recognitions=10**9, limits={"tasks": {"quota": 10**9, "window": 1}})
        fuzzer = Fuzzer(desk, seed)
        for number in range(requests):
            await fuzzer.send_one()
            if number % 50 == 0:
                await _drain(desk)
        return fuzzer


@contextlib.asynccontextmanager
async def _unheld() -> AsyncIterator[None]:
    """Polls that are held on purpose would hide slow answers."""
    usual, routes.HOLD = routes.HOLD, 0.0
    yield
    routes.HOLD = usual


async def _drain(desk: Desk) -> None:
    """End what was ordered, so that the queue does not fill up."""
    while not desk.worker.taken.empty():
        desk.worker.taken.get_nowait()
        desk.worker.end()
        await asyncio.sleep(0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", default="fuzz")
    asked = parser.parse_args()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        fuzzer = asyncio.run(fuzz(asked.requests, asked.seed, Path(folder)))
    print(f"{asked.requests} requests in {time.perf_counter() - started:.0f} s, slowest {fuzzer.slowest * 1000:.0f} ms")
    print("statuses:", ", ".join(f"{status}: {count}" for status, count in sorted(fuzzer.statuses.items())))
    print(f"findings: {len(fuzzer.findings)}")
    for finding in fuzzer.findings[:20]:
        print(" ", finding)
    return 1 if fuzzer.findings else 0


if __name__ == "__main__":
    sys.exit(main())
