"""The Python client, sync and async, against a running range and against a solver whose worker is told what to do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from captcha_range.client import (
    AnswerNotUnderstood,
    AsyncClient,
    Client,
    Conflict,
    DeadlinePassed,
    ForbiddenTarget,
    NotFound,
    RangeApiError,
    RateLimited,
    TaskWithoutToken,
    Unauthorized,
    Unavailable,
    Unprocessable,
    Unreachable,
)
from captcha_range.core.clock import StillClock
from captcha_range.http_call import call
from captcha_range.solver.errors import Unsolvable
from tests.contract.conftest import ORIGIN
from tests.contract.running_range import RunningRange
from tests.served import served
from tests.solver_desk import Desk, open_desk

PAGE_URL = f"{ORIGIN}/register"


class Caller:
    """Either client behind the same two verbs, so that each sentence is tested of both."""

    def __init__(self, client: Client | AsyncClient) -> None:
        self._client = client

    async def ask(self, method: str, *arguments: Any, **options: Any) -> Any:
        """What a method answers."""
        answer = getattr(self._client, method)
        if isinstance(self._client, Client):
            return await asyncio.to_thread(answer, *arguments, **options)
        return await answer(*arguments, **options)

    async def each(self, method: str, *arguments: Any, **options: Any) -> list[Any]:
        """All that an iterator gives."""
        items = getattr(self._client, method)(*arguments, **options)
        if isinstance(self._client, Client):
            return await asyncio.to_thread(list, items)
        return [item async for item in items]


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextlib.asynccontextmanager
async def calling(kind: str, url: str, key: str) -> AsyncIterator[Caller]:
    if kind == "sync":
        yield Caller(Client(url, key))
    else:
        async with AsyncClient(url, key) as client:
            yield Caller(client)


@pytest.fixture
async def client(kind: str, running_range: RunningRange) -> AsyncIterator[Caller]:
    async with calling(kind, running_range.solver_url, running_range.client_key) as caller:
        yield caller


@pytest.fixture
async def desk(tmp_path: Path, clock: StillClock) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path, clock) as opened:
        yield opened


@pytest.fixture
async def at_desk(kind: str, desk: Desk) -> AsyncIterator[Caller]:
    async with calling(kind, desk.url, desk.key) as caller:
        yield caller


async def test_a_solved_token_is_accepted_by_siteverify(client: Caller, running_range: RunningRange) -> None:
    task = await client.ask("solve", running_range.sitekey, running_range.page_url)
    form = {"secret": running_range.secret, "response": task.token}
    verdict = call("POST", f"{running_range.provider_url}/siteverify", form=form).json()
    assert (task.ended, verdict["success"]) == (True, True)


async def test_a_page_outside_the_range_is_a_forbidden_target(client: Caller, running_range: RunningRange) -> None:
    with pytest.raises(ForbiddenTarget) as caught:
        await client.ask("solve", running_range.sitekey, "http://elsewhere.example/")
    refusal = caught.value
    assert (refusal.status, refusal.code, refusal.type) == (403, "target_outside", "/docs#target_outside")
    assert refusal.title
    assert refusal.detail in str(refusal)


async def test_an_unknown_key_is_unauthorized(kind: str, running_range: RunningRange) -> None:
    async with calling(kind, running_range.solver_url, "unknown") as client:
        with pytest.raises(Unauthorized):
            await client.ask("account")


async def test_an_unknown_sitekey_is_unprocessable(client: Caller) -> None:
    with pytest.raises(Unprocessable):
        await client.ask("create_task", "nobody", PAGE_URL)


@pytest.mark.parametrize("task", ["00000000-0000-4000-8000-000000000000", "a/../b", "?limit=1"])
async def test_an_unknown_task_is_not_found(client: Caller, task: str) -> None:
    with pytest.raises(NotFound):
        await client.ask("task", task)


async def test_events_end_with_the_terminal_one(client: Caller, running_range: RunningRange) -> None:
    task = await client.ask("create_task", running_range.sitekey, running_range.page_url)
    events = await client.each("events", task.task)
    assert [event.state for event in events] == ["queued", "running", "ready"]
    assert events[-1].terminal
    assert await client.each("events", task.task, after=2) == events[2:]
    assert await client.each("events", task.task, after=3) == []


async def test_events_of_an_unknown_task_are_refused(client: Caller) -> None:
    with pytest.raises(NotFound):
        await client.each("events", "00000000-0000-4000-8000-000000000000")


async def test_a_fresh_picture_is_recognised(client: Caller, running_range: RunningRange) -> None:
    at = running_range
    view = call("POST", f"{at.provider_url}/getcaptcha/{at.sitekey}", json={"origin": ORIGIN, "language": "en"}).json()
    picture = call("GET", at.provider_url + view["picture"]).body
    found = await client.ask("recognise", picture, view["prompt"])
    assert found.points
    assert found.points[0].x >= 0
    assert 0 <= found.confidence <= 1
    assert found == await client.ask("recognise", picture)


async def test_a_preflight_is_kept_by_the_order_that_names_it(client: Caller, running_range: RunningRange) -> None:
    agreed = await client.ask("preflight", running_range.sitekey)
    options = {"preflight": agreed.preflight, "region": agreed.region, "user_agent": agreed.user_agent}
    task = await client.ask("solve", running_range.sitekey, running_range.page_url, **options)
    assert task.solution.user_agent == agreed.user_agent


async def test_the_account_has_prices_limits_and_the_keys_scopes(client: Caller) -> None:
    account = await client.ask("account")
    assert account.name == "contract tests"
    assert account.prices.token >= 0
    assert account.limits.tasks.quota > 0
    assert "solve" in account.scopes


async def test_a_repeated_order_under_one_key_is_one_task(at_desk: Caller, desk: Desk) -> None:
    order = (desk.sitekey, PAGE_URL)
    first = await at_desk.ask("create_task", *order, idempotency_key="once")
    assert (await at_desk.ask("create_task", *order, idempotency_key="once")).task == first.task
    assert (await at_desk.ask("create_task", *order)).task != first.task


async def test_a_cancelled_task_fails(at_desk: Caller, desk: Desk) -> None:
    task = await at_desk.ask("create_task", desk.sitekey, PAGE_URL)
    cancelled = await at_desk.ask("cancel", task.task)
    assert (cancelled.state, cancelled.failure.code) == ("failed", "cancelled")


async def test_a_task_that_is_ready_cannot_be_cancelled(at_desk: Caller, desk: Desk) -> None:
    desk.worker.end()
    task = await at_desk.ask("solve", desk.sitekey, PAGE_URL)
    with pytest.raises(Conflict):
        await at_desk.ask("cancel", task.task)


async def test_a_failed_task_is_returned_and_has_no_token(at_desk: Caller, desk: Desk) -> None:
    desk.worker.end(Unsolvable())
    task = await at_desk.ask("solve", desk.sitekey, PAGE_URL)
    assert task.failure.code == "unsolvable"
    with pytest.raises(TaskWithoutToken, match="failed"):
        _ = task.token


async def test_a_task_that_does_not_end_meets_the_deadline(at_desk: Caller, desk: Desk) -> None:
    with pytest.raises(DeadlinePassed) as caught:
        await at_desk.ask("solve", desk.sitekey, PAGE_URL, within=0.05)
    assert caught.value.task.state in ("queued", "running")


async def test_the_pages_of_tasks_are_joined(at_desk: Caller, desk: Desk) -> None:
    ordered = [(await at_desk.ask("create_task", desk.sitekey, PAGE_URL)).task for _ in range(5)]
    assert [task.task for task in await at_desk.each("tasks", page_size=2)] == ordered[::-1]
    assert await at_desk.each("tasks", state="ready") == []


async def test_a_reached_rate_limit_says_when_to_come_again(kind: str, desk: Desk) -> None:
    await desk.open_account(limits={"tasks": {"quota": 1, "window": 3_600}})
    async with calling(kind, desk.url, desk.key) as client:
        await client.ask("create_task", desk.sitekey, PAGE_URL)
        with pytest.raises(RateLimited) as caught:
            await client.ask("solve", desk.sitekey, PAGE_URL)
    assert caught.value.retry_after == 3_600


class Stub:
    """A server that answers as it is told, and keeps what it was asked."""

    def __init__(self, *answers: Response) -> None:
        self.answers = list(answers)
        self.seen: list[Request] = []

    async def answer(self, request: Request) -> Response:
        self.seen.append(request)
        return self.answers.pop(0)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self.answer, methods=["GET", "POST", "DELETE"])])


async def test_a_solver_that_stays_away_is_asked_three_times_under_one_key(kind: str) -> None:
    stub = Stub(*(Response(status_code=503, headers={"retry-after": "0"}) for _ in range(3)))
    async with served(stub.app()) as url, calling(kind, url, "key") as client:
        with pytest.raises(Unavailable):
            await client.ask("solve", "sitekey", PAGE_URL)
    keys = {request.headers["idempotency-key"] for request in stub.seen}
    assert (len(stub.seen), len(keys)) == (3, 1)


async def test_an_order_whose_answer_was_lost_is_one_task(kind: str, desk: Desk) -> None:
    lost: list[int] = []

    async def relay(request: Request) -> Response:
        url, kept = desk.url + request.url.path, ("authorization", "idempotency-key", "prefer")
        headers = {name: value for name, value in request.headers.items() if name in kept}
        async with desk.http.request(request.method, url, data=await request.body(), headers=headers) as answer:
            if not lost:
                lost.append(answer.status)
                return Response(status_code=503, headers={"retry-after": "0"})
            return Response(await answer.read(), answer.status)

    desk.worker.end()
    app = Starlette(routes=[Route("/{path:path}", relay, methods=["GET", "POST"])])
    async with served(app) as url, calling(kind, url, desk.key) as client:
        task = await client.ask("solve", desk.sitekey, PAGE_URL)
    async with calling(kind, desk.url, desk.key) as client:
        assert [each.task for each in await client.each("tasks")] == [task.task]
    assert lost == [201]


async def test_no_redirect_is_followed(kind: str) -> None:
    elsewhere = Stub()
    async with served(elsewhere.app()) as other:
        stub = Stub(RedirectResponse(f"{other}/v1/account"), RedirectResponse(f"{other}/v1/tasks/x/events"))
        async with served(stub.app()) as url, calling(kind, url, "key") as client:
            with pytest.raises(RangeApiError) as caught:
                await client.ask("account")
            with pytest.raises(RangeApiError):
                await client.each("events", "x")
    assert caught.value.status == 307
    assert elsewhere.seen == []


async def test_no_proxy_is_taken_from_the_environment(
    kind: str, running_range: RunningRange, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Stub()
    async with served(proxy.app()) as url:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        async with calling(kind, running_range.solver_url, running_range.client_key) as client:
            await client.ask("account")
    assert proxy.seen == []


async def test_an_answer_of_something_else_is_not_understood(kind: str) -> None:
    stub = Stub(Response("<html>"))
    async with served(stub.app()) as url, calling(kind, url, "key") as client:
        with pytest.raises(AnswerNotUnderstood):
            await client.ask("account")


async def test_events_that_break_off_say_where_to_listen_on(kind: str) -> None:
    data = '{"task":"t","number":4,"state":"running","attempt":1,"at":1.0,"failure":null}'
    stub = Stub(Response(f": alive\n\nid: 4\nevent: running\ndata: {data}\n\n", media_type="text/event-stream"))
    async with served(stub.app()) as url, calling(kind, url, "key") as client:
        with pytest.raises(Unreachable, match="after=4"):
            await client.each("events", "t", after=3)
    assert stub.seen[0].headers["last-event-id"] == "3"


async def test_where_nothing_listens_the_solver_is_unreachable(kind: str) -> None:
    async with served(Stub().app()) as url:
        closed = url
    async with calling(kind, closed, "key") as client:
        with pytest.raises(Unreachable):
            await client.ask("account")
        with pytest.raises(Unreachable):
            await client.each("events", "t")
