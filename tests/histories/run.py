"""One history: load on both stores at once, a moved clock, restarts in the middle, then the verdict."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

from captcha_range.core.clock import StillClock
from tests.histories.recorder import Recorder
from tests.histories.records import History
from tests.histories.stores import Parts, Stores
from tests.histories.task_rules import task_breaches
from tests.histories.token_rules import token_breaches
from tests.histories.visitors import visit
from tests.histories.workers import Desk

RESTARTS = 5
"""Restarts in one history."""


def breaches(history: History) -> Iterator[str]:
    """Every broken promise, in one pass over the history."""
    yield from token_breaches(history)
    yield from task_breaches(history)


async def record(folder: Path, operations: int, seed: int, parts: Parts | None = None) -> History:
    """The history of so many operations on new stores in a folder."""
    clock, chance = StillClock(), random.Random(seed)  # noqa: S311 - it only chooses what to do
    recorder = Recorder(clock, operations)
    stores = Stores(folder, clock, parts or Parts())
    await stores.prepare()
    desk = Desk(stores, recorder, chance)
    try:
        await asyncio.gather(
            visit(stores, recorder, chance), desk.work(), _let_time_pass(recorder, chance), _restart(stores, recorder)
        )
        await desk.look_at_all()
        history = recorder.history
        history.stored, history.verified = stores.stored_tasks(), stores.verified()
        history.credits_spent = stores.credits_spent()
    finally:
        stores.close()
    return history


async def _let_time_pass(recorder: Recorder, chance: random.Random) -> None:
    """Mostly little by little; now and then past a lease, a token's life or a task's time."""
    lane = random.Random(chance.random())  # noqa: S311 - as above
    while recorder.going_on:
        await recorder.reach(recorder.done + lane.randint(1, 200))
        (jump,) = lane.choices((lane.random(), 30.0, 61.0, 121.0, 301.0), weights=(84, 6, 5, 4, 1))
        recorder.clock.advance(jump)


async def _restart(stores: Stores, recorder: Recorder) -> None:
    every = recorder.wanted // (RESTARTS + 1)
    for number in range(1, RESTARTS + 1):
        await recorder.reach(number * every)
        recorder.history.faults["restarted"] += 1
        _, span = await recorder.spanned(stores.restart())
        recorder.history.restarts.append(span)
