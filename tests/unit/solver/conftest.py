"""The solver's nouns over an empty store, with a clock that stands still."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from captcha_range.core.clock import StillClock
from captcha_range.core.keys import Keys
from captcha_range.core.sqlite import Database
from captcha_range.solver.accounts import Account, AccountOrder, Accounts
from captcha_range.solver.tasks import Tasks


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "solver.sqlite", ["captcha_range.core", "captcha_range.solver"])
    yield opened
    opened.close()


@pytest.fixture
def keys(database: Database) -> Keys:
    return Keys(database, b"pepper")


@pytest.fixture
def accounts(database: Database, keys: Keys) -> Accounts:
    return Accounts(database, keys)


@pytest.fixture
async def account(accounts: Accounts) -> Account:
    """An account with ten credits."""
    opened, _ = await accounts.open(AccountOrder(name="tests", balance=10))
    return opened


@pytest.fixture
def tasks(database: Database, clock: StillClock) -> Tasks:
    return Tasks(database, clock)
