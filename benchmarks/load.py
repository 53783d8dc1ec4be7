"""The load generator: a process of its own that talks HTTP/1.1 in bytes, as cheaply as Python can.

`python -m benchmarks.load` reads a plan as JSON on stdin and writes what it timed as JSON to stdout.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Generator
from itertools import islice
from pathlib import Path
from typing import cast

import msgspec
import uvloop

from benchmarks.server_process import ROOT

Conversation = Generator[bytes, bytes, None]
"""What one connection says: yields requests, is sent the bodies of their answers."""

LONGEST = 120.0
"""Seconds that a plan may take; a server that stopped answering ends the benchmark."""

_HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: python-requests/2.32.5\r\n"
    "Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n"
    "Content-Length: {length}\r\nContent-Type: {kind}\r\n\r\n"
)
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


class VerifyPlan(msgspec.Struct, frozen=True, kw_only=True, tag="verify"):
    """Post lines `first` … `first + count - 1` of a file, each a form, over several connections at once."""

    port: int
    connections: int
    forms: str
    first: int
    count: int


class TaskPlan(msgspec.Struct, frozen=True, kw_only=True, tag="tasks"):
    """Create tasks and wait for each to be ready, over several connections at once."""

    port: int
    connections: int
    count: int
    client_key: str
    sitekey: str
    page_url: str


class Timings(msgspec.Struct, frozen=True):
    """Seconds for everything, seconds for each item, and how many answers were not what they should be."""

    seconds: float
    latencies: list[float]
    wrong: int


class LoadLost(Exception):
    """The load generator ended well, but what it timed did not arrive whole."""


def generate(plan: VerifyPlan | TaskPlan) -> Timings:
    """Run a plan in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=msgspec.json.encode(plan),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        check=True,
        timeout=LONGEST,
    )
    try:
        return msgspec.json.decode(done.stdout, type=Timings)
    except msgspec.DecodeError as error:
        raise LoadLost(f"{len(done.stdout)} bytes of timings came from the load generator: {error}") from None


class _Tally:
    """What the conversations of one run note."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.wrong = 0


def _verifications(requests: list[bytes], tally: _Tally) -> Conversation:
    clock = time.perf_counter
    for request in requests:
        started = clock()
        answer = yield request
        tally.latencies.append(clock() - started)
        if b'"success":true' not in answer and b'"success": true' not in answer:
            tally.wrong += 1


def _tasks(plan: TaskPlan, count: int, tally: _Tally) -> Conversation:
    task = {"type": "HCaptchaTaskProxyless", "websiteURL": plan.page_url, "websiteKey": plan.sitekey}
    create = _request(
        plan.port, "/createTask", _JSON, msgspec.json.encode({"clientKey": plan.client_key, "task": task})
    )
    for _ in range(count):
        started = time.perf_counter()
        task_id = msgspec.json.decode((yield create)).get("taskId")
        status = "processing" if task_id is not None else "refused"
        poll = msgspec.json.encode({"clientKey": plan.client_key, "taskId": task_id})
        poll = _request(plan.port, "/getTaskResult", _JSON, poll)
        while status == "processing":
            status = msgspec.json.decode((yield poll))["status"]
        tally.latencies.append(time.perf_counter() - started)
        tally.wrong += status != "ready"


class _Connection(asyncio.Protocol):
    """Speaks one conversation; takes a new connection when the server closes after an answer."""

    def __init__(self, port: int, conversation: Conversation, request: bytes, ended: "asyncio.Future[None]") -> None:
        self._port = port
        self._conversation = conversation
        self._request = request
        self._ended = ended
        self._received = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not inherit from asyncio's.
        self._transport = cast("asyncio.WriteTransport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received = data if not self._received else self._received + data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or len(body) < _content_length(head):
            return
        self._received = b""
        assert self._transport is not None
        try:
            request = self._conversation.send(body)
        except StopIteration:
            self._ended.set_result(None)
            self._transport.close()
            return
        if head.startswith(b"HTTP/1.1") and b"connection: close" not in head.lower():
            self._transport.write(request)
        else:
            self._transport.close()
            again = _Connection(self._port, self._conversation, request, self._ended)
            connecting = asyncio.ensure_future(_connect(again))
            connecting.add_done_callback(asyncio.Future.result)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._received or (exc is not None and not self._ended.done()):
            self._ended.set_exception(ConnectionError("the server closed in the middle of an answer"))


async def _connect(connection: _Connection) -> None:
    await asyncio.get_running_loop().create_connection(lambda: connection, "127.0.0.1", connection._port)


def _content_length(head: bytes) -> int:
    lower = head.lower()
    start = lower.index(b"content-length:") + len(b"content-length:")
    end = lower.find(b"\r\n", start)
    return int(lower[start:] if end < 0 else lower[start:end])


def _request(port: int, path: str, kind: str, body: bytes) -> bytes:
    return _HEAD.format(path=path, port=port, length=len(body), kind=kind).encode() + body


def _conversations(plan: VerifyPlan | TaskPlan, tally: _Tally) -> list[Conversation]:
    if isinstance(plan, TaskPlan):
        shares = [len(range(n, plan.count, plan.connections)) for n in range(plan.connections)]
        return [_tasks(plan, share, tally) for share in shares if share]
    with Path(plan.forms).open("rb") as lines:
        forms = [line.rstrip(b"\n") for line in islice(lines, plan.first, plan.first + plan.count)]
    requests = [_request(plan.port, "/siteverify", _FORM, form) for form in forms]
    return [_verifications(requests[n :: plan.connections], tally) for n in range(plan.connections)]


async def _run(plan: VerifyPlan | TaskPlan) -> Timings:
    tally = _Tally()
    conversations = _conversations(plan, tally)
    loop = asyncio.get_running_loop()
    endings = [loop.create_future() for _ in conversations]
    started = time.perf_counter()
    for conversation, ended in zip(conversations, endings, strict=True):
        await _connect(_Connection(plan.port, conversation, next(conversation), ended))
    await asyncio.gather(*endings)
    return Timings(time.perf_counter() - started, tally.latencies, tally.wrong)


def main() -> None:
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=VerifyPlan | TaskPlan)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        timings = runner.run(_run(plan))
    # Under PYTHONUNBUFFERED the standard stream writes once and may stop half-way.
    with open(1, "wb", closefd=False) as stdout:
        stdout.write(msgspec.json.encode(timings))


if __name__ == "__main__":
    main()
