"""Order, wait, and try again if the wire fails: the steps of `solve`, which the transports only carry out."""

import math
from collections.abc import Generator

import msgspec

from captcha_range.client import calls
from captcha_range.client.calls import Call
from captcha_range.client.documents import Task
from captcha_range.client.errors import RateLimited, Unavailable
from captcha_range.core.clock import Clock
from captcha_range.core.errors import RangeError
from captcha_range.http_call import Unreachable

Steps = Generator[Call[Task], Task, Task]
"""Yields calls; is sent their answers, or has their errors thrown in; returns the task."""

TRIES = 3
"""How often one call is sent before its error is the caller's."""

PAUSE = 0.5
"""Seconds between two tries when the solver named none."""


class DeadlinePassed(RangeError):
    """The task had not ended at the deadline; `task` is how it was then."""

    code = "deadline_passed"

    def __init__(self, task: Task) -> None:
        super().__init__(f"the task {task.task} is still {task.state}; read it again, or cancel it")
        self.task = task


def solving(order: Call[Task], within: float, clock: Clock) -> Steps:
    """The steps from an order to an ended task. DeadlinePassed after `within` seconds."""
    until = clock.elapsed() + within
    task = yield from _insisting(order, until, clock)
    while not task.ended:
        left = until - clock.elapsed()
        if left <= 0:
            raise DeadlinePassed(task)
        task = yield from _insisting(calls.read_task(task.task, wait=math.ceil(left)), until, clock)
    return task


def _insisting(call: Call[Task], until: float, clock: Clock) -> Steps:
    """One call, sent again unchanged while that can help: its Idempotency-Key makes the repetition harmless."""
    for tries_left in reversed(range(TRIES)):
        try:
            return (yield call)
        except (Unreachable, Unavailable, RateLimited) as error:
            pause = _pause(error)
            if not tries_left or pause is None or clock.elapsed() + pause >= until:
                raise
            call = msgspec.structs.replace(call, pause=pause)
    raise AssertionError("the last try returns or raises")


def _pause(error: Unreachable | Unavailable | RateLimited) -> float | None:
    """Seconds until it is worth trying again; None if it never is."""
    if isinstance(error, RateLimited):
        return error.retry_after
    return PAUSE if isinstance(error, Unreachable) or error.retry_after is None else error.retry_after
