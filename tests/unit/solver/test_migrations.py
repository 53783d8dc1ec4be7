"""A file of the first version opens as it is: keys keep working, open tasks keep their price."""

import sqlite3
from importlib import resources
from pathlib import Path

import pytest

from captcha_range.core.clock import StillClock
from captcha_range.core.keys import Keys
from captcha_range.core.sqlite import Database
from captcha_range.solver.accounts import Accounts
from captcha_range.solver.tasks import Tasks

FILES = ["core/migrations/0001_journal.sql", "core/migrations/0002_keys.sql", "solver/migrations/0001_solver.sql"]
ORDER = '{"sitekey":"338af34c-7bcb-4c7c-900b-acbec73d7d43","page_url":"http://shop.localhost/"}'


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    """An account with a key and an open task, as the first version left them."""
    path = tmp_path / "solver.sqlite"
    with sqlite3.connect(path) as connection:
        for name in FILES:
            connection.executescript((resources.files("captcha_range") / name).read_text())
        connection.executescript("""
            CREATE TABLE schema (package TEXT PRIMARY KEY, number INTEGER NOT NULL);
            INSERT INTO schema VALUES ('captcha_range.core', 2), ('captcha_range.solver', 1);
            INSERT INTO accounts VALUES ('a', 'old', 9, 5, 'uuid');
        """)
        insert = "INSERT INTO tasks (task, account, token_order, state, created_at, deadline) VALUES (?, ?, ?, ?, ?, ?)"
        connection.execute(insert, ("t", "a", ORDER, "queued", 1.0, 301.0))
    connection.close()
    return path


async def test_an_old_file_is_carried_over(old_file: Path, clock: StillClock) -> None:
    connection = sqlite3.connect(old_file)
    probe = Database(old_file.with_name("probe.sqlite"), ["captcha_range.core"])
    digest = Keys(probe, b"pepper").digest("cr_client_old")
    probe.close()
    connection.execute("INSERT INTO keys VALUES (?, 'client', 'a')", (digest,))
    connection.commit()
    connection.close()
    database = Database(old_file, ["captcha_range.core", "captcha_range.solver"])
    accounts = Accounts(database, Keys(database, b"pepper"), clock)
    assert accounts.by_key("cr_client_old", "solve").balance == 9
    assert [key.scopes for key in accounts.client_keys.of("a")] == [("solve", "verify", "read")]
    _, expired = await Tasks(database, clock).lease(1)
    assert len(expired) == 1
    assert accounts.find("a").balance == 10
    database.close()
