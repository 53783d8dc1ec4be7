"""One trace id leads through a task's whole way, over both planes; every answer names it, whatever is asked."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from captcha_range.core import journal
from captcha_range.core.clock import StillClock
from captcha_range.core.traces import TRACE, as_uuid
from tests.practice_range import PAGE, PracticeRange, practice_range

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
PARENT = {"traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"}


@pytest.fixture
async def target(tmp_path: Path, clock: StillClock) -> AsyncIterator[PracticeRange]:
    async with practice_range(tmp_path, clock, serve_solver=True) as opened:
        yield opened


def told(target: PracticeRange, trace: str) -> list[str]:
    """What both journals tell of a trace."""
    found = [
        plane.database.read(lambda c: journal.entries(c, trace=trace)) for plane in (target.solver, target.provider)
    ]
    return [entry.event for entries in found for entry in entries]


async def solved(target: PracticeRange, http: aiohttp.ClientSession, **headers: str) -> dict[str, Any]:
    """A task that was ordered with these headers, once it has ended; read under another trace."""
    key = {"authorization": f"Bearer {target.client_key}"}
    order = {"sitekey": target.site.sitekey, "page_url": PAGE}
    async with http.post(f"{target.solver_url}/v1/tasks", json=order, headers={**key, **headers}) as answer:
        created = await answer.json()
        assert created["evidence"]["trace"] == answer.headers["x-trace-id"]
    url = f"{target.solver_url}/v1/tasks/{created['task']}"
    async with http.get(url, headers={**key, "prefer": "wait=30"}) as answer:
        document: dict[str, Any] = await answer.json()
        assert answer.headers["x-trace-id"] != document["evidence"]["trace"]
    assert document["state"] == "ready"
    return document


async def test_the_trace_of_an_order_is_found_in_the_task_and_in_both_journals(
    target: PracticeRange, http: aiohttp.ClientSession
) -> None:
    document = await solved(target, http, **PARENT)
    assert document["evidence"]["trace"] == TRACE_ID
    assert told(target, TRACE_ID) == ["TaskCreated", "TaskFinished", "ChallengeIssued", "ChallengeAnswered"]


async def test_a_new_trace_leads_as_far(target: PracticeRange, http: aiohttp.ClientSession) -> None:
    first, second = [(await solved(target, http))["evidence"]["trace"] for _ in range(2)]
    assert first != second
    for trace in (first, second):
        assert told(target, trace) == ["TaskCreated", "TaskFinished", "ChallengeIssued", "ChallengeAnswered"]


async def test_a_task_keeps_its_trace_when_it_runs_again_after_a_restart(
    target: PracticeRange, http: aiohttp.ClientSession
) -> None:
    document = await solved(target, http, **PARENT)
    stored = target.solver.tasks.find(target.account.account, document["task"])
    assert stored.order.trace == TRACE_ID


async def test_the_operator_finds_a_trace_in_the_provider_s_journal(
    target: PracticeRange, http: aiohttp.ClientSession
) -> None:
    await solved(target, http, **PARENT)
    await solved(target, http)
    headers = {"authorization": f"Bearer {await target.provider.keys.create('admin')}"}
    url = f"{target.provider_url}/admin/journal"
    async with http.get(url, params={"trace": TRACE_ID}, headers=headers) as answer:
        entries = (await answer.json())["entries"]
    assert [entry["facts"]["trace"] for entry in entries] == [TRACE_ID] * 2
    for junk in ("junk", TRACE_ID.upper(), "' OR 1"):
        async with http.get(url, params={"trace": junk}, headers=headers) as answer:
            assert answer.status == 400
            assert (await answer.json())["error"]["message"].startswith("trace: must be")


SOLVER = [
    ("POST", "/createTask", b"{}"),
    ("POST", "/createTask", b"rubbish"),
    ("POST", "/createTask", b"x" * 70_000),
    ("POST", "/getTaskResult", b"{}"),
    ("POST", "/getBalance", b"{}"),
    ("POST", "/getQueueStats", b"{}"),
    ("POST", "/reportIncorrectHcaptcha", b"{}"),
    ("POST", "/test", b"{}"),
    ("POST", "/noSuchMethod", b"{}"),
    ("GET", "/createTask", b""),
    ("POST", "/api/wanda/hcaptcha/universal", b"{}"),
    ("POST", "/api/wanda/hcaptcha/preflight", b"{}"),
    ("POST", "/captcha/recognition/hcaptcha", b"{}"),
    ("POST", "/v1/tasks", b"{}"),
    ("GET", "/v1/tasks", b""),
    ("GET", "/v1/nothing", b""),
    ("PUT", "/v1/tasks", b"{}"),
    ("GET", "/admin/accounts", b""),
    ("GET", "/nothing", b""),
    ("GET", "/metrics", b""),
    ("GET", "/openapi.json", b""),
    ("GET", "/docs", b""),
    ("GET", "/health", b""),
    ("GET", "/", b""),
]
PROVIDER = [
    ("POST", "/siteverify", b""),
    ("GET", "/siteverify?response=x&secret=y", b""),
    ("POST", "/siteverify", b"x" * 70_000),
    ("PUT", "/siteverify", b""),
    ("POST", "/getcaptcha/x", b"{}"),
    ("POST", "/getcaptcha/x", b"rubbish"),
    ("GET", "/picture/x.jpg", b""),
    ("GET", "/admin/sites", b""),
    ("GET", "/range/sites/x", b""),
    ("GET", "/1/api.js", b""),
    ("GET", "/nothing", b""),
    ("GET", "/metrics", b""),
]


@pytest.mark.parametrize(("method", "path", "body"), SOLVER, ids=lambda value: str(value)[:40])
async def test_every_answer_of_the_solver_names_its_trace(
    target: PracticeRange, http: aiohttp.ClientSession, method: str, path: str, body: bytes
) -> None:
    await _names_its_trace(http, method, target.solver_url + path, body, f"Bearer {target.client_key}")


@pytest.mark.parametrize(("method", "path", "body"), PROVIDER, ids=lambda value: str(value)[:40])
async def test_every_answer_of_the_provider_names_its_trace(
    target: PracticeRange, http: aiohttp.ClientSession, method: str, path: str, body: bytes
) -> None:
    await _names_its_trace(http, method, target.provider_url + path, body, "")


async def _names_its_trace(http: aiohttp.ClientSession, method: str, url: str, body: bytes, key: str) -> None:
    headers = {"authorization": key}
    async with http.request(method, url, data=body, headers={**headers, **PARENT}) as answer:
        assert answer.headers.getall("x-trace-id") == [TRACE_ID]
        assert TRACE_ID.encode() not in await answer.read(), "the answers' objects are closed"
    for junk in ({}, {"traceparent": "junk"}, {"traceparent": f"00-{'0' * 32}-b7ad6b7169203331-01"}):
        async with http.request(method, url, data=body, headers={**headers, **junk}) as answer:
            (trace,) = answer.headers.getall("x-trace-id")
            assert TRACE.fullmatch(trace)
            assert trace not in (TRACE_ID, "0" * 32)


@pytest.mark.parametrize("headers", [PARENT, {}], ids=["continued", "new"])
@pytest.mark.parametrize("key", ["", "good"])
async def test_the_trace_id_in_a_refused_recognition_is_that_of_the_header(
    target: PracticeRange, http: aiohttp.ClientSession, headers: dict[str, str], key: str
) -> None:
    url = f"{target.solver_url}/captcha/recognition/hcaptcha"
    bearer = {"authorization": f"Bearer {target.client_key if key else 'wrong'}"}
    async with http.post(url, data=b"{}", headers={**headers, **bearer}) as answer:
        body, trace = await answer.json(), answer.headers["x-trace-id"]
    assert list(body) == ["success", "error", "trace_id"]
    assert body["trace_id"] == as_uuid(trace)
    assert uuid.UUID(body["trace_id"]).hex == trace
