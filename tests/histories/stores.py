"""The two stores under load: a provider and a solver's task table, stopped and started again on the same files."""

import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from captcha_range.core.clock import StillClock
from captcha_range.core.keys import Keys
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.core.sqlite import Database
from captcha_range.provider.plane import Provider
from captcha_range.provider.sites import Site
from captcha_range.provider.verdicts import Verdict
from captcha_range.solver.accounts import Account, AccountOrder, Accounts
from captcha_range.solver.orders import Solution
from captcha_range.solver.tasks import Tasks
from tests.histories.records import StoredTask
from tests.visits import register

BALANCE = 2**40


class Verifier(Protocol):
    """What the load needs of siteverify."""

    async def verify(self, fields: dict[str, str]) -> Verdict: ...


MakeSiteverify = Callable[[Provider], Verifier]
MakeTasks = Callable[[Database, StillClock], Tasks]


class Parts(NamedTuple):
    """What the load drives; a planted bug puts another part in."""

    siteverify: MakeSiteverify = lambda provider: provider.siteverify
    tasks: MakeTasks = Tasks


class Stores:
    """Both stores, open. `restart` closes and opens them; in between nothing of another coroutine runs."""

    provider: Provider
    siteverify: Verifier
    tasks: Tasks
    site: Site
    secret: str
    account: Account

    def __init__(self, folder: Path, clock: StillClock, parts: Parts) -> None:
        self._folder = folder
        self._clock = clock
        self._parts = parts
        self._open()

    async def prepare(self) -> None:
        """Register a site and open an account."""
        self.site, self.secret = await register(self.provider)
        accounts = Accounts(self._database, Keys(self._database, b"pepper"), self._clock)
        self.account, _ = await accounts.open(AccountOrder(balance=BALANCE))

    async def restart(self) -> None:
        """Stop, start on the same files, and give back what the stopped process held."""
        self.close()
        self._open()
        await self.tasks.release_own()

    def close(self) -> None:
        self.provider.close()
        self._database.close()

    def _open(self) -> None:
        self.provider = Provider(
            self._folder / "provider.sqlite",
            seed=b"histories",
            pepper=b"pepper",
            clock=self._clock,
            fence=Fence(),
            regions=Regions(),
        )
        self.siteverify = self._parts.siteverify(self.provider)
        self._database = Database(self._folder / "solver.sqlite", ["captcha_range.core", "captcha_range.solver"])
        self.tasks = self._parts.tasks(self._database, self._clock)

    def stored_tasks(self) -> dict[int, StoredTask]:
        """Every task as its row and its journal have it."""
        counts = self._database.read(lambda connection: _count(connection, "TaskFinished"))
        rows = self._database.read(lambda c: c.execute("SELECT number, task, state, solution, failure FROM tasks"))
        return {row["number"]: StoredTask(row["state"], _result(row), counts[row["task"]]) for row in rows}

    def verified(self) -> Counter[str]:
        """Start of a token's digest → its TokenVerified entries."""
        return self.provider.database.read(lambda connection: _count(connection, "TokenVerified"))

    def credits_spent(self) -> int:
        row = self._database.read(lambda connection: connection.execute("SELECT balance FROM accounts").fetchone())
        return BALANCE - int(row[0])


def _count(connection: sqlite3.Connection, event: str) -> Counter[str]:
    rows = connection.execute("SELECT subject FROM journal WHERE event = ?", (event,))
    return Counter(row[0] for row in rows)


def _result(row: sqlite3.Row) -> str:
    if row["solution"] is not None:
        return msgspec.json.decode(row["solution"], type=Solution).token
    return str(row["failure"])
