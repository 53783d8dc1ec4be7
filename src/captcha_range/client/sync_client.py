"""The client that blocks: calls are made with urllib, one connection each."""

import time
from collections.abc import Iterator
from typing import TypeVar, Unpack

from captcha_range.client import calls
from captcha_range.client.calls import Address, Call, TaskOptions
from captcha_range.client.documents import Account, Event, Preflight, Recognition, State, Task
from captcha_range.client.errors import error_of
from captcha_range.client.event_reader import EventReader
from captcha_range.client.solving import Steps, solving
from captcha_range.core.clock import SystemClock
from captcha_range.core.errors import RangeError
from captcha_range.http_call import Reply, call, stream

T = TypeVar("T")


class Client:
    """The native API of the solver at `url`, with a client key.

    It talks to that URL only: it follows no redirect and takes no proxy from the environment. Every method
    raises RangeApiError if the solver refuses and Unreachable if it does not answer. Threads may share it.
    """

    def __init__(self, url: str, key: str) -> None:
        self._address = Address(url, key)
        self._clock = SystemClock()

    def solve(self, sitekey: str, page_url: str, *, within: float = 120.0, **options: Unpack[TaskOptions]) -> Task:
        """Order a token and wait until the task has ended. DeadlinePassed after `within` seconds."""
        order = calls.create_task(sitekey, page_url, **options)
        return self._carry_out(solving(order, within, self._clock))

    def create_task(
        self, sitekey: str, page_url: str, *, idempotency_key: str | None = None, **options: Unpack[TaskOptions]
    ) -> Task:
        """Order a token; the same order under the same `idempotency_key` gives the same task."""
        return self._send(calls.create_task(sitekey, page_url, idempotency_key, **options))

    def task(self, task: str, *, wait: int | None = None) -> Task:
        """A task; `wait` holds the answer until it ends, for so many seconds, 60 at most."""
        return self._send(calls.read_task(task, wait))

    def tasks(self, *, state: State | None = None, page_size: int | None = None) -> Iterator[Task]:
        """The account's tasks, the newest first, fetched page by page."""
        page = self._send(calls.list_tasks(state, page_size))
        yield from page.tasks
        while page.next is not None:
            page = self._send(calls.list_tasks(state, page_size, page.next))
            yield from page.tasks

    def cancel(self, task: str) -> Task:
        """Cancel a task. Conflict if it has ended."""
        return self._send(calls.cancel_task(task))

    def events(self, task: str, *, after: int = 0) -> Iterator[Event]:
        """A task's events after a number, as they come, to the terminal one."""
        wanted, reader = calls.follow_task(task, after), EventReader(after)
        url, headers = self._address.of(wanted), self._address.headers(wanted)
        with stream(url, headers=headers, timeout=calls.LONGEST_WAIT) as answer:
            if answer.status == 204:
                return
            if answer.status != 200:
                raise error_of(Reply(answer.status, answer.headers, b"".join(answer.lines)))
            for line in answer.lines:
                event = reader.take(line)
                if event is not None:
                    yield event
        reader.end()

    def recognise(self, image: bytes, question: str | None = None) -> Recognition:
        """Where to click in a picture that this range issued; without a question it is the picture's own."""
        return self._send(calls.recognise(image, question))

    def preflight(self, sitekey: str) -> Preflight:
        """Agree on a region and a user agent; its id goes into an order as `preflight`."""
        return self._send(calls.arrange_preflight(sitekey))

    def account(self) -> Account:
        """The key's account: balance, quotas, prices, limits, scopes."""
        return self._send(calls.read_account())

    def _carry_out(self, steps: Steps) -> Task:
        try:
            wanted = next(steps)
            while True:
                time.sleep(wanted.pause)
                try:
                    answer = self._send(wanted)
                except RangeError as error:
                    wanted = steps.throw(error)
                else:
                    wanted = steps.send(answer)
        except StopIteration as done:
            task: Task = done.value
            return task

    def _send(self, wanted: Call[T]) -> T:
        url, headers = self._address.of(wanted), self._address.headers(wanted)
        return wanted.result(call(wanted.method, url, json=wanted.body, headers=headers, timeout=wanted.patience))
