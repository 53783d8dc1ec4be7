"""Kill cycles: a range under load is killed with SIGKILL and started again, and what it told its clients must hold.

`python -m tests.contract.kill_cycles 1000` runs a thousand cycles over one data directory and prints what it found;
a cycle takes a second or two, most of it the start.
"""

import asyncio
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from captcha_range.launch import LaunchedRange

ORIGIN = "http://shop.localhost:8000"
BALANCE = 1_000_000
CLIENTS = 8
FEWEST_BEFORE_KILL, MOST_BEFORE_KILL = 1, 64
"""Acknowledged requests of a cycle before its kill, which comes while others are under way."""

REPLAYED = 100
"""Latest tokens that are replayed after each kill; all of them are once more at the end."""

DRAIN = 300.0
"""Seconds after the last start within which every task must have ended."""


@dataclass
class History:
    """What the clients were told."""

    acknowledged: list[str] = field(default_factory=list)
    results: dict[str, set[str]] = field(default_factory=dict)
    """Task → every final result that was ever told of it: its token, or the code of its error."""
    accepted: Counter[str] = field(default_factory=Counter)
    """Token → how often siteverify said success."""
    seconds_to_ready: list[float] = field(default_factory=list)
    kills: int = 0

    @property
    def tokens(self) -> list[str]:
        return [told for results in self.results.values() for told in results if told.startswith("P1_")]


class Stored(NamedTuple):
    """What the range's files hold at the end."""

    states: dict[str, str]
    finished: Counter[str]
    """Task → how many TaskFinished its journal has."""
    verified: Counter[str]
    """Token's digest → how many TokenVerified the provider's journal has."""
    balance: int
    integrity: tuple[str, ...]


class Keys(NamedTuple):
    """What the clients know."""

    client_key: str
    sitekey: str
    secret: str


def faults(history: History, stored: Stored) -> list[str]:
    """Every promise that was broken; empty if none was."""
    found = [f"task {task}: acknowledged but lost" for task in history.acknowledged if task not in stored.states]
    for task, state in stored.states.items():
        if state not in ("ready", "failed"):
            found.append(f"task {task}: {state}, not ended")
        if stored.finished[task] != 1:
            found.append(f"task {task}: finished {stored.finished[task]} times")
    found += [f"task {task}: several results were told" for task, told in history.results.items() if len(told) != 1]
    found += [f"token {token[:16]}…: accepted {n} times" for token, n in history.accepted.items() if n > 1]
    found += [f"token {digest}: verified {n} times" for digest, n in stored.verified.items() if n > 1]
    charged = sum(state != "failed" for state in stored.states.values())
    if stored.balance != BALANCE - charged:
        found.append(f"balance {stored.balance}, but {charged} tasks were to be charged of {BALANCE}")
    found += [f"integrity: {line}" for line in stored.integrity if line != "ok"]
    return found


def run(data_dir: Path, cycles: int, seed: int = 0) -> tuple[History, Stored]:
    """So many cycles over one data directory, and one last start in which everything must come to its end."""
    history, chance = History(), random.Random(seed)  # noqa: S311 - it only chooses when to kill
    launched = LaunchedRange(data_dir, "--seed", f"kill cycles {seed}")
    started = time.perf_counter()
    with launched:
        history.seconds_to_ready.append(time.perf_counter() - started)
        site = launched.provider.add_site([ORIGIN], level=1, families=["grid"])
        account = launched.solver.open_account(balance=BALANCE)
        keys = Keys(account["client_key"], site["site"]["sitekey"], site["secret"])
        for _ in range(cycles):
            asyncio.run(_load_and_kill(launched, keys, history, chance))
            started = time.perf_counter()
            launched.start()
            history.seconds_to_ready.append(time.perf_counter() - started)
        asyncio.run(drain(launched, keys, history))
    return history, read(data_dir)


class Client:
    """One client among several, talking to the range's two ports."""

    def __init__(self, session: aiohttp.ClientSession, launched: LaunchedRange, keys: Keys, history: History) -> None:
        self._session = session
        self._launched = launched
        self._keys = keys
        self._history = history

    async def create_task(self) -> None:
        task = {"type": "HCaptchaTaskProxyless", "websiteURL": f"{ORIGIN}/", "websiteKey": self._keys.sitekey}
        answer = await self._solver("/createTask", {"task": task})
        assert answer["errorId"] == 0, answer
        self._history.acknowledged.append(answer["taskId"])

    async def get_result(self, task: str) -> bool:
        """Whether the task has ended."""
        answer = await self._solver("/getTaskResult", {"taskId": task})
        if answer["errorId"] == 0 and answer["status"] == "processing":
            return False
        told = answer["errorCode"] or answer["solution"]["gRecaptchaResponse"]
        self._history.results.setdefault(task, set()).add(told)
        return True

    async def verify(self, token: str) -> None:
        form = {"secret": self._keys.secret, "response": token}
        async with self._session.post(f"{self._launched.provider_url}/siteverify", data=form) as reply:
            verdict = await reply.json()
        self._history.accepted[token] += verdict["success"]

    async def _solver(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        sent = {"clientKey": self._keys.client_key, **body}
        async with self._session.post(f"{self._launched.solver_url}{path}", json=sent) as reply:
            answer: dict[str, Any] = await reply.json()
            return answer


class _Killed(Exception):
    """The range is gone, as it was meant to be."""


async def _load_and_kill(launched: LaunchedRange, keys: Keys, history: History, chance: random.Random) -> None:
    """Replay the latest tokens, then mixed load until so many requests are acknowledged, then SIGKILL under way."""
    left = chance.randint(FEWEST_BEFORE_KILL, MOST_BEFORE_KILL)

    def count_down() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            launched.kill()
            history.kills += 1
        if left <= 0:
            raise _Killed

    async with _session() as session:
        client = Client(session, launched, keys, history)
        await _verify_all(client, history.tokens[-REPLAYED:])

        async def one(lane: random.Random) -> None:
            try:
                while True:
                    await one_request(client, history, lane)
                    count_down()
            except (_Killed, aiohttp.ClientError, ConnectionError):
                return

        lanes = [random.Random(chance.random()) for _ in range(CLIENTS)]  # noqa: S311 - as above
        await asyncio.gather(*(one(lane) for lane in lanes))


async def one_request(client: Client, history: History, lane: random.Random) -> None:
    open_tasks = [task for task in history.acknowledged[-50:] if task not in history.results]
    unverified = [token for token in history.tokens[-50:] if not history.accepted[token]]
    if unverified and lane.random() < 0.8:
        # Two at once, so that the kill may fall between their answers.
        await asyncio.gather(*(client.verify(unverified[0]) for _ in range(2)))
    elif len(open_tasks) > CLIENTS or (open_tasks and lane.random() < 0.5):
        await client.get_result(lane.choice(open_tasks))
    else:
        await client.create_task()


async def drain(launched: LaunchedRange, keys: Keys, history: History) -> None:
    """Ask for every task until it has ended, then once more for all; verify every token twice more."""
    deadline = time.monotonic() + DRAIN
    async with _session() as session:
        client = Client(session, launched, keys, history)
        for task in history.acknowledged:
            while not await client.get_result(task) and time.monotonic() < deadline:
                pass
        for _ in range(2):
            await _verify_all(client, history.tokens)


async def _verify_all(client: Client, tokens: Iterable[str]) -> None:
    await asyncio.gather(*(client.verify(token) for token in tokens))


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=32))


def read(data_dir: Path) -> Stored:
    """The files of a range that has stopped."""
    with closing(_open(data_dir / "solver.sqlite")) as solver, closing(_open(data_dir / "provider.sqlite")) as provider:
        return Stored(
            states=dict(solver.execute("SELECT task, state FROM tasks").fetchall()),
            finished=_count(solver, "TaskFinished"),
            verified=_count(provider, "TokenVerified"),
            balance=solver.execute("SELECT balance FROM accounts").fetchone()[0],
            integrity=tuple(each.execute("PRAGMA integrity_check").fetchone()[0] for each in (solver, provider)),
        )


def _open(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{file}?mode=ro", uri=True)


def _count(connection: sqlite3.Connection, event: str) -> Counter[str]:
    query = "SELECT subject, count(*) FROM journal WHERE event = ? GROUP BY subject"
    return Counter(dict(connection.execute(query, (event,)).fetchall()))


def summary(history: History, stored: Stored) -> str:
    """The figures on one line."""
    ready = history.seconds_to_ready
    return (
        f"{history.kills} kills; {len(history.acknowledged)} tasks acknowledged, {len(stored.states)} stored, "
        f"{sum(state == 'ready' for state in stored.states.values())} ready; "
        f"{len(history.tokens)} tokens, {sum(history.accepted.values())} accepted; "
        f"start to ready: median {statistics.median(ready):.2f} s, most {max(ready):.2f} s"
    )


def main() -> int:
    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    with tempfile.TemporaryDirectory() as folder:
        history, stored = run(Path(folder) / "data", cycles, seed)
    found = faults(history, stored)
    sys.stdout.write(summary(history, stored) + "\n" + "".join(f"{fault}\n" for fault in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
