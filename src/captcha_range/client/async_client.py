"""The client for asyncio: calls are made with aiohttp, over connections that stay open."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Self, TypeVar, Unpack

import aiohttp
import msgspec

from captcha_range.client import calls
from captcha_range.client.calls import Address, Call, TaskOptions
from captcha_range.client.documents import Account, Event, Preflight, Recognition, State, Task
from captcha_range.client.errors import error_of
from captcha_range.client.event_reader import EventReader
from captcha_range.client.solving import Steps, solving
from captcha_range.core.clock import SystemClock
from captcha_range.core.errors import RangeError
from captcha_range.http_call import Reply, Unreachable

T = TypeVar("T")


class AsyncClient:
    """The native API of the solver at `url`, with a client key. Use it as an async context manager.

    It talks to that URL only: it follows no redirect, takes no proxy from the environment and keeps no cookie.
    Every method raises RangeApiError if the solver refuses and Unreachable if it does not answer.
    """

    def __init__(self, url: str, key: str) -> None:
        self._address = Address(url, key)
        self._clock = SystemClock()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(trust_env=False, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def solve(
        self, sitekey: str, page_url: str, *, within: float = 120.0, **options: Unpack[TaskOptions]
    ) -> Task:
        """Order a token and wait until the task has ended. DeadlinePassed after `within` seconds."""
        order = calls.create_task(sitekey, page_url, **options)
        return await self._carry_out(solving(order, within, self._clock))

    async def create_task(
        self, sitekey: str, page_url: str, *, idempotency_key: str | None = None, **options: Unpack[TaskOptions]
    ) -> Task:
        """Order a token; the same order under the same `idempotency_key` gives the same task."""
        return await self._send(calls.create_task(sitekey, page_url, idempotency_key, **options))

    async def task(self, task: str, *, wait: int | None = None) -> Task:
        """A task; `wait` holds the answer until it ends, for so many seconds, 60 at most."""
        return await self._send(calls.read_task(task, wait))

    async def tasks(self, *, state: State | None = None, page_size: int | None = None) -> AsyncIterator[Task]:
        """The account's tasks, the newest first, fetched page by page."""
        cursor: str | None = None
        while True:
            page = await self._send(calls.list_tasks(state, page_size, cursor))
            for task in page.tasks:
                yield task
            cursor = page.next
            if cursor is None:
                return

    async def cancel(self, task: str) -> Task:
        """Cancel a task. Conflict if it has ended."""
        return await self._send(calls.cancel_task(task))

    async def events(self, task: str, *, after: int = 0) -> AsyncIterator[Event]:
        """A task's events after a number, as they come, to the terminal one."""
        wanted, reader = calls.follow_task(task, after), EventReader(after)
        limits = aiohttp.ClientTimeout(total=None, sock_connect=calls.PATIENCE, sock_read=calls.LONGEST_WAIT)
        async with self._opened(wanted, limits) as answer:
            if answer.status == 204:
                return
            if answer.status != 200:
                raise error_of(await _reply(answer))
            async for line in _lines(answer):
                event = reader.take(line)
                if event is not None:
                    yield event
        reader.end()

    async def recognise(self, image: bytes, question: str | None = None) -> Recognition:
        """Where to click in a picture that this range issued; without a question it is the picture's own."""
        return await self._send(calls.recognise(image, question))

    async def preflight(self, sitekey: str) -> Preflight:
        """Agree on a region and a user agent; its id goes into an order as `preflight`."""
        return await self._send(calls.arrange_preflight(sitekey))

    async def account(self) -> Account:
        """The key's account: balance, quotas, prices, limits, scopes."""
        return await self._send(calls.read_account())

    async def _carry_out(self, steps: Steps) -> Task:
        try:
            wanted = next(steps)
            while True:
                await asyncio.sleep(wanted.pause)
                try:
                    answer = await self._send(wanted)
                except RangeError as error:
                    wanted = steps.throw(error)
                else:
                    wanted = steps.send(answer)
        except StopIteration as done:
            task: Task = done.value
            return task

    async def _send(self, wanted: Call[T]) -> T:
        async with self._opened(wanted, aiohttp.ClientTimeout(total=wanted.patience)) as answer:
            return wanted.result(await _reply(answer))

    @contextlib.asynccontextmanager
    async def _opened(self, wanted: Call[T], limits: aiohttp.ClientTimeout) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._session is None:
            raise RuntimeError("use AsyncClient as an async context manager: `async with AsyncClient(…) as client`")
        headers = self._address.headers(wanted)
        data = None
        if wanted.body is not None:
            data, headers["Content-Type"] = msgspec.json.encode(wanted.body), "application/json"
        url = self._address.of(wanted)
        with _reachable():
            answer = await self._session.request(
                wanted.method, url, data=data, headers=headers, timeout=limits, allow_redirects=False
            )
        async with answer:
            yield answer


async def _reply(answer: aiohttp.ClientResponse) -> Reply:
    with _reachable():
        body = await answer.read()
    return Reply(answer.status, {name.lower(): value for name, value in answer.headers.items()}, body)


async def _lines(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    while True:
        with _reachable():
            line = await answer.content.readline()
        if not line:
            return
        yield line


@contextlib.contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, OSError) as error:
        raise Unreachable(f"the solver does not answer ({error or type(error).__name__})") from None
