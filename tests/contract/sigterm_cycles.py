"""SIGTERM cycles: a range under load is told to stop and started again. Every request is answered, no task is lost.

`python -m tests.contract.sigterm_cycles 100 0` runs a hundred cycles with seed 0 and prints what it found.
"""

import asyncio
import os
import random
import signal
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from captcha_range.launch import LaunchedRange
from tests.contract import kill_cycles
from tests.contract.kill_cycles import BALANCE, ORIGIN, Client, Keys, Stored

LANES = 4
FEWEST_BEFORE_STOP, MOST_BEFORE_STOP = 1, 16
"""Acknowledged requests of a cycle before its signal, which comes while others are under way."""

STUCK_EVERY = 5
"""One cycle in so many has a task that cannot end, and three requests that wait for it."""

LIMIT = 10.0
"""Seconds that the range may take to end (spec/reliability G11)."""


@dataclass
class History(kill_cycles.History):
    """What the clients were told, and how each stop went."""

    unanswered: list[str] = field(default_factory=list)
    answered_late: int = 0
    """Requests that were under way when the signal came, and were answered."""
    seconds_to_exit: list[float] = field(default_factory=list)
    exit_codes: list[int] = field(default_factory=list)
    given_back: int = 0
    stuck: list[str] = field(default_factory=list)
    cycle_faults: list[str] = field(default_factory=list)


def faults(history: History, stored: Stored, limit: float = LIMIT) -> list[str]:
    """Every promise that was broken; empty if none was. `limit`: seconds for an end."""
    found = [f"{what}: under way, and never answered" for what in history.unanswered]
    found += [f"cycle {n}: exit code {code}" for n, code in enumerate(history.exit_codes) if code != 0]
    found += [f"cycle {n}: {s:.1f} s to end" for n, s in enumerate(history.seconds_to_exit) if s > limit]
    return found + history.cycle_faults + kill_cycles.faults(history, stored)


def run(data_dir: Path, cycles: int, seed: int = 0, how: signal.Signals = signal.SIGTERM) -> tuple[History, Stored]:
    """So many cycles over one data directory, and one last start in which everything must come to its end."""
    history, chance = History(), random.Random(seed)  # noqa: S311 - it only chooses when to stop
    with LaunchedRange(data_dir, "--seed", f"sigterm cycles {seed}") as launched, _silent_proxy() as port:
        site = launched.provider.add_site([ORIGIN], level=1, families=["grid"])
        account = launched.solver.open_account(balance=BALANCE)
        keys = Keys(account["client_key"], site["site"]["sitekey"], site["secret"])
        for number in range(cycles):
            cycle = Cycle(launched, keys, history, chance, port if number % STUCK_EVERY == 0 else None)
            asyncio.run(cycle.play(how))
            _check_files(data_dir, number, history)
            launched.start()
        asyncio.run(_drain(launched, keys, history))
    return history, kill_cycles.read(data_dir)


class Cycle:
    """One stop under load."""

    def __init__(
        self, launched: LaunchedRange, keys: Keys, history: History, chance: random.Random, proxy: int | None
    ) -> None:
        """`proxy`: the port of a proxy that never answers, if a task shall be stuck in it."""
        self._launched = launched
        self._keys = keys
        self._history = history
        self._chance = chance
        self._proxy = proxy
        self._told = asyncio.Event()
        self._left = chance.randint(FEWEST_BEFORE_STOP, MOST_BEFORE_STOP)

    async def play(self, how: signal.Signals) -> None:
        connector = aiohttp.TCPConnector(limit=64, force_close=True)
        async with aiohttp.ClientSession(connector=connector) as session:
            client = Client(session, self._launched, self._keys, self._history)
            held = [] if self._proxy is None else await self._get_stuck(session)
            chances = [random.Random(self._chance.random()) for _ in range(LANES)]  # noqa: S311 - as above
            lanes = [asyncio.create_task(self._lane(client, each)) for each in chances]
            await self._told.wait()
            started = time.perf_counter()
            os.kill(self._launched.pid, how)
            code = await asyncio.to_thread(self._launched.wait)
            self._history.seconds_to_exit.append(time.perf_counter() - started)
            self._history.exit_codes.append(code)
            await asyncio.gather(*lanes, *held)

    async def _lane(self, client: Client, lane: random.Random) -> None:
        while not self._told.is_set():
            await self._answered("request", kill_cycles.one_request(client, self._history, lane))
            self._left -= 1
            if self._left <= 0:
                self._told.set()

    async def _get_stuck(self, session: aiohttp.ClientSession) -> list["asyncio.Task[None]"]:
        """Order a token through a silent proxy, and wait for it in three ways."""
        url, key = self._launched.solver_url, self._keys.client_key
        proxy = {"address": "127.0.0.1", "port": self._proxy}
        order = {"sitekey": self._keys.sitekey, "page_url": f"{ORIGIN}/", "proxy": proxy}
        bearer = {"authorization": f"Bearer {key}"}
        async with session.post(f"{url}/v1/tasks", json=order, headers=bearer) as reply:
            task = (await reply.json())["task"]
        self._history.stuck.append(task)
        path = f"{url}/v1/tasks/{task}"
        universal = {"sitekey": self._keys.sitekey, "referer": f"{ORIGIN}/", "proxy": f"127.0.0.1:{self._proxy}"}
        waiting = {
            "held read": session.get(path, headers={**bearer, "prefer": "wait=60"}),
            "event stream": session.get(f"{path}/events", headers=bearer),
            "held getTaskResult": session.post(f"{url}/getTaskResult", json={"clientKey": key, "taskId": task}),
            "universal": session.post(
                f"{url}/api/wanda/hcaptcha/universal", json=universal, headers={"user-token": key}
            ),
        }
        return [asyncio.create_task(self._answered(name, _read_all(call))) for name, call in waiting.items()]

    async def _answered(self, what: str, request: Awaitable[Any]) -> None:
        try:
            await request
        except (aiohttp.ClientError, OSError) as error:
            self._history.unanswered.append(f"{what} ({type(error).__name__})")
        else:
            self._history.answered_late += self._told.is_set()


async def _read_all(call: Any) -> None:
    async with call as reply:
        reply.raise_for_status()
        await reply.read()


def _check_files(data_dir: Path, cycle: int, history: History) -> None:
    """What must hold while the range is down: nothing acknowledged is missing, and nothing is held by anybody."""
    states = kill_cycles.read(data_dir).states
    lost = [task for task in (*history.acknowledged, *history.stuck) if task not in states]
    history.cycle_faults += [f"cycle {cycle}: task {task} is lost" for task in lost]
    running = [task for task, state in states.items() if state == "running"]
    history.cycle_faults += [f"cycle {cycle}: task {task} was not given back" for task in running]
    history.given_back += sum(state == "queued" for state in states.values())


async def _drain(launched: LaunchedRange, keys: Keys, history: History) -> None:
    """Cancel what cannot end, then ask for every task until it has ended."""
    bearer = {"authorization": f"Bearer {keys.client_key}"}
    async with aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{launched.solver_url}/v1/tasks?limit=200", headers=bearer) as reply:
                page = (await reply.json())["tasks"]
            hopeless = [each["task"] for each in page if each["state"] in ("queued", "running")]
            hopeless = [task for task in hopeless if task not in history.acknowledged]
            for task in hopeless:
                async with session.delete(f"{launched.solver_url}/v1/tasks/{task}", headers=bearer) as reply:
                    await reply.read()
            if not hopeless:
                break
    await kill_cycles.drain(launched, keys, history)


@contextmanager
def _silent_proxy() -> Iterator[int]:
    """A port that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=1_024) as listening:
        yield listening.getsockname()[1]


def summary(history: History, stored: Stored) -> str:
    """The figures on one line."""
    seconds = history.seconds_to_exit
    return (
        f"{len(seconds)} stops; {history.answered_late} requests under way were answered, "
        f"{len(history.unanswered)} were not; {len(history.acknowledged)} tasks acknowledged, "
        f"{sum(state == 'ready' for state in stored.states.values())} ready, {history.given_back} found given back; "
        f"signal to exit: median {statistics.median(seconds):.2f} s, most {max(seconds):.2f} s"
    )


def main() -> int:
    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    with tempfile.TemporaryDirectory() as folder:
        history, stored = run(Path(folder) / "data", cycles, seed)
    found = faults(history, stored)
    sys.stdout.write(summary(history, stored) + "\n" + "".join(f"{fault}\n" for fault in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
