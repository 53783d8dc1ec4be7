"""What the solver's routes add to the dialects: holding polls, joining posts, and calm answers to trouble."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.types import Message

from captcha_range.core.bodies import IMAGES_LIMIT, JSON_LIMIT
from captcha_range.core.clock import StillClock
from captcha_range.core.sqlite import StoreUnavailable
from captcha_range.solver import routes
from captcha_range.solver.errors import Unsolvable
from captcha_range.solver.orders import Solution, TokenOrder
from captcha_range.solver.tasks import Task
from tests.asgi import Reply, ask
from tests.practice_range import PAGE, PracticeRange, practice_range

PROCESSING = {"errorId": 0, "errorCode": None, "errorDescription": None, "solution": None, "status": "processing"}
POSTS = [
    "/createTask",
    "/getTaskResult",
    "/getBalance",
    "/api/wanda/hcaptcha/universal",
    "/api/wanda/hcaptcha/preflight",
    "/captcha/recognition/hcaptcha",
]


class GatedWorker:
    """Solves nothing before its gate opens; then numbers its tokens, or fails as it is told."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.taken: asyncio.Queue[TokenOrder] = asyncio.Queue()
        self.count = 0
        self.error: Exception | None = None

    async def solve(self, order: TokenOrder) -> Solution:
        self.count += 1
        number = self.count
        self.taken.put_nowait(order)
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return Solution(f"P1_{number}", f"E0_{number}", "agent")


@pytest.fixture
async def worker() -> GatedWorker:
    return GatedWorker()


@pytest.fixture
async def target(tmp_path: Path, clock: StillClock, worker: GatedWorker) -> AsyncIterator[PracticeRange]:
    async with practice_range(tmp_path, clock, worker=worker) as opened:
        yield opened


async def post(target: PracticeRange, path: str, body: Any, **headers: str) -> Reply:
    encoded = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return await ask(
        target.solver_app, "POST", path, encoded, {name.replace("_", "-"): headers[name] for name in headers}
    )


def task_body(target: PracticeRange, **task: Any) -> dict[str, Any]:
    fields = {"type": "HCaptchaTaskProxyless", "websiteURL": PAGE, "websiteKey": target.site.sitekey, **task}
    return {"clientKey": target.client_key, "task": fields}


async def create(target: PracticeRange) -> str:
    return str((await post(target, "/createTask", task_body(target))).json()["taskId"])


async def result(target: PracticeRange, task_id: str | int) -> dict[str, Any]:
    answer = await post(target, "/getTaskResult", {"clientKey": target.client_key, "taskId": task_id})
    found: dict[str, Any] = answer.json()
    return found


async def test_a_poll_is_held_and_answered_as_soon_as_the_task_ends(
    target: PracticeRange, worker: GatedWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "HOLD", 3_600.0)
    task_id = await create(target)
    polls = [asyncio.create_task(result(target, task_id)) for _ in range(3)]
    await worker.taken.get()
    worker.gate.set()
    answers = await asyncio.wait_for(asyncio.gather(*polls), 20)
    assert [answer["solution"]["gRecaptchaResponse"] for answer in answers] == ["P1_1"] * 3


async def test_a_poll_is_not_held_longer_than_five_seconds() -> None:
    assert routes.HOLD <= 5.0


async def test_reading_a_result_changes_and_costs_nothing(target: PracticeRange, worker: GatedWorker) -> None:
    worker.gate.set()
    task_id = await create(target)
    first = await result(target, task_id)
    balance = target.solver.accounts.all()[0].balance
    target.clock.advance(299.0)
    assert [await result(target, task_id) for _ in range(5)] == [first] * 5
    assert target.solver.accounts.all()[0].balance == balance


@pytest.mark.parametrize(
    "error", [sqlite3.OperationalError("disk I/O error"), StoreUnavailable(), RuntimeError("bug")], ids=repr
)
async def test_a_poll_that_meets_trouble_says_processing_and_the_next_one_is_fine(
    target: PracticeRange, worker: GatedWorker, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    worker.gate.set()
    task_id = await create(target)

    def fail(*_: Any) -> Task:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(target.solver.tasks, "find", fail)
        answer = await post(target, "/getTaskResult", {"clientKey": target.client_key, "taskId": task_id})
    assert (answer.status, answer.json()) == (200, PROCESSING)
    assert list(answer.json()) == list(PROCESSING)
    assert (await result(target, task_id))["status"] == "ready"


async def test_a_task_that_crashed_is_told_as_failed_not_as_processing(
    target: PracticeRange, worker: GatedWorker
) -> None:
    worker.error = RuntimeError("bug")
    worker.gate.set()
    answer = await result(target, await create(target))
    assert (answer["errorId"], answer["errorCode"], answer["status"]) == (12, "ERROR_CAPTCHA_UNSOLVABLE", "failed")
    assert "bug" not in json.dumps(answer)


def universal_body(target: PracticeRange, **fields: Any) -> bytes:
    return msgspec.json.encode({"sitekey": target.site.sitekey, "referer": PAGE, **fields})


async def test_three_identical_universal_posts_cause_one_task(target: PracticeRange, worker: GatedWorker) -> None:
    body = universal_body(target)
    path = "/api/wanda/hcaptcha/universal"
    posts = [asyncio.create_task(post(target, path, body, user_token=target.client_key)) for _ in range(3)]
    await worker.taken.get()
    worker.gate.set()
    answers = [answer.json() for answer in await asyncio.gather(*posts)]
    assert {answer["data"]["generated_pass_UUID"] for answer in answers} == {"P1_1"}
    assert len({answer["id"] for answer in answers}) == 3
    assert target.count_tasks() == worker.count == 1


async def test_another_body_or_token_causes_another_task(target: PracticeRange, worker: GatedWorker) -> None:
    _, other_key = await target.open_account()
    path, body = "/api/wanda/hcaptcha/universal", universal_body(target)
    posts = [
        asyncio.create_task(post(target, path, body, user_token=target.client_key)),
        asyncio.create_task(post(target, path, body + b" ", user_token=target.client_key)),
        asyncio.create_task(post(target, path, body, user_token=other_key)),
    ]
    for _ in posts:
        await worker.taken.get()
    worker.gate.set()
    answers = await asyncio.gather(*posts)
    assert len({answer.json()["data"]["generated_pass_UUID"] for answer in answers}) == 3


async def test_a_post_that_ran_out_of_time_is_joined_by_the_next_one(
    target: PracticeRange, worker: GatedWorker
) -> None:
    path, body = "/api/wanda/hcaptcha/universal", universal_body(target, timeout=0.01)
    first = (await post(target, path, body, user_token=target.client_key)).json()
    assert (first["status"], first["data"]) == (0, None)
    assert first["msg"].startswith("验证失败：验证超时")
    worker.gate.set()
    second = (await post(target, path, body, user_token=target.client_key)).json()
    while second["data"] is None:  # its patience is short; each try joins the same task
        second = (await post(target, path, body, user_token=target.client_key)).json()
    assert second["data"]["generated_pass_UUID"] == "P1_1"
    assert target.count_tasks() == 1


async def test_the_same_post_after_an_answer_is_a_new_order(target: PracticeRange, worker: GatedWorker) -> None:
    worker.gate.set()
    path, body = "/api/wanda/hcaptcha/universal", universal_body(target)
    answers = [(await post(target, path, body, user_token=target.client_key)).json() for _ in range(2)]
    assert [answer["data"]["generated_pass_UUID"] for answer in answers] == ["P1_1", "P1_2"]


async def test_a_failed_universal_solve_has_null_data_and_is_refunded(
    target: PracticeRange, worker: GatedWorker
) -> None:
    worker.error = Unsolvable("internal detail")
    worker.gate.set()
    answer = await post(target, "/api/wanda/hcaptcha/universal", universal_body(target), user_token=target.client_key)
    assert (answer.status, answer.json()["status"], answer.json()["data"]) == (200, 0, None)
    assert "internal detail" not in answer.body.decode()
    assert target.solver.accounts.all()[0].balance == target.account.balance


@pytest.mark.parametrize("path", POSTS)
async def test_a_body_that_is_too_large_is_refused_as_the_dialect_says(target: PracticeRange, path: str) -> None:
    limit = IMAGES_LIMIT if "recognition" in path else JSON_LIMIT
    headers = {"authorization": f"Bearer {target.client_key}", "user_token": target.client_key}
    answer = await post(target, path, b'{"a": "' + b"x" * limit + b'"}', **headers)
    assert answer.status == (400 if "recognition" in path else 200)
    assert "larger than" in answer.body.decode()


async def test_an_accounts_body_that_is_too_large_is_413(target: PracticeRange) -> None:
    key = await target.solver.keys.create("admin")
    answer = await post(target, "/admin/accounts", b" " * (JSON_LIMIT + 1), authorization=f"Bearer {key}")
    assert answer.status == 413
    assert answer.json()["error"]["code"] == "body_too_large"


@pytest.mark.parametrize(
    ("body", "status"), [(b"{}", 201), (b"", 422), (b"[]", 422), (b'{"x": 1}', 422), (b'{"balance": -1}', 422)]
)
async def test_accounts_are_opened_with_an_admin_key_only(target: PracticeRange, body: bytes, status: int) -> None:
    key = await target.solver.keys.create("admin")
    for authorization in ("", "Bearer x", f"Bearer {target.client_key}", key):
        assert (await post(target, "/admin/accounts", body, authorization=authorization)).status == 401
    answer = await post(target, "/admin/accounts", body, authorization=f"Bearer {key}")
    assert answer.status == status
    if status == 201:
        assert target.solver.accounts.by_key(answer.json()["client_key"]).account == answer.json()["account"]["account"]


async def test_accounts_are_listed_with_an_admin_key_only_and_without_keys(target: PracticeRange) -> None:
    key = await target.solver.keys.create("admin")
    for headers in ({}, {"authorization": f"Bearer {target.client_key}"}):
        assert (await ask(target.solver_app, "GET", "/admin/accounts", headers=headers)).status == 401
    answer = await ask(target.solver_app, "GET", "/admin/accounts", headers={"authorization": f"Bearer {key}"})
    assert [account["account"] for account in answer.json()["accounts"]] == [target.account.account]
    assert target.client_key not in answer.body.decode()


@pytest.mark.parametrize("path", POSTS)
async def test_half_a_request_counts_as_none_and_is_not_a_crash(
    target: PracticeRange, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    waiting: list[Message] = [{"type": "http.request", "body": b"{}", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Message:
        return waiting.pop(0)

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    key = target.client_key.encode()
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(b"user-token", key), (b"authorization", b"Bearer " + key)],
    }
    await target.solver_app(scope, receive, send)
    assert target.count_tasks() == 0
    assert caplog.records == []


async def test_a_crash_is_told_without_internals(
    target: PracticeRange, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(target.solver.accounts, "by_key", fail)
    for path in ("/createTask", "/getBalance", "/api/wanda/hcaptcha/universal", "/captcha/recognition/hcaptcha"):
        answer = await post(target, path, task_body(target))
        assert answer.status == (500 if "recognition" in path else 200)
        assert b"secret" not in answer.body
    assert len(caplog.records) == 4


async def test_the_balance_is_told(target: PracticeRange, worker: GatedWorker) -> None:
    worker.gate.set()
    await result(target, await create(target))
    answer = await post(target, "/getBalance", {"clientKey": target.client_key})
    assert answer.pairs() == [("errorId", 0), ("balance", target.account.balance - 1)]


async def test_an_account_may_have_its_task_ids_as_integers(target: PracticeRange, worker: GatedWorker) -> None:
    worker.gate.set()
    _, key = await target.open_account(task_ids="integer")
    body = {**task_body(target), "clientKey": key}
    task_id = (await post(target, "/createTask", body)).json()["taskId"]
    assert isinstance(task_id, int)
    for given in (task_id, str(task_id)):
        answer = await post(target, "/getTaskResult", {"clientKey": key, "taskId": given})
        assert answer.json()["status"] == "ready"


async def test_a_task_belongs_to_the_account_and_a_foreign_one_looks_unknown(target: PracticeRange) -> None:
    _, key = await target.open_account()
    task_id = await create(target)
    bodies = set()
    for given in (task_id, 1, "1", 2, "61138bb6-19fb-11ec-a9c8-0242ac110006"):
        answer = await post(target, "/getTaskResult", {"clientKey": key, "taskId": given})
        assert answer.json()["errorId"] == 16
        bodies.add(answer.body)
    assert len(bodies) == 1


async def test_health_is_told(target: PracticeRange) -> None:
    answer = await ask(target.solver_app, "GET", "/health")
    assert answer.json() == {"status": "ok", "plane": "solver"}
