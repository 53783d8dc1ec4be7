"""The journal: in order, and never changed afterwards."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from captcha_range.core import journal
from captcha_range.core.journal import Entry
from captcha_range.core.sqlite import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "store.sqlite", ["captcha_range.core"])
    yield database
    database.close()


async def write_three(database: Database) -> None:
    def append(connection: sqlite3.Connection) -> None:
        for number in (1, 2, 3):
            facts = {"is": ["多", number, None, True, 0.5]}
            journal.append(connection, 10.0 * number, "ThingDone", f"thing {number}", facts)

    await database.write(append)


async def test_an_entry_comes_back_as_it_was_written(database: Database) -> None:
    await write_three(database)
    found = database.read(journal.entries)
    assert found[0] == Entry(1, 10.0, "ThingDone", "thing 1", {"is": ["多", 1, None, True, 0.5]})


async def test_entries_come_oldest_first_and_number_rises(database: Database) -> None:
    await write_three(database)
    assert [entry.number for entry in database.read(journal.entries)] == [1, 2, 3]
    assert [entry.subject for entry in database.read(lambda c: journal.entries(c, after=1))] == ["thing 2", "thing 3"]
    assert [entry.subject for entry in database.read(lambda c: journal.entries(c, limit=2))] == ["thing 1", "thing 2"]
    assert database.read(lambda c: journal.entries(c, after=3)) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET subject = 'another'",
        "UPDATE journal SET number = 9 WHERE number = 1",
        "DELETE FROM journal",
        "DELETE FROM journal WHERE number = 2",
        "INSERT OR REPLACE INTO journal VALUES (2, 0, 'Forged', '', '{}')",
        "REPLACE INTO journal VALUES (2, 0, 'Forged', '', '{}')",
        "INSERT INTO journal VALUES (2, 0, '', '', '{}') ON CONFLICT (number) DO UPDATE SET event = 'Forged'",
    ],
)
async def test_an_entry_cannot_be_changed_or_removed(database: Database, statement: str) -> None:
    await write_three(database)
    before = database.read(journal.entries)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        await database.write(lambda connection: connection.execute(statement))
    assert database.read(journal.entries) == before


async def test_an_entry_of_an_operation_that_failed_is_not_written(database: Database) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        journal.append(connection, 1.0, "ThingDone", "thing", {})
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(fail)
    assert database.read(journal.entries) == []


async def test_numbers_go_on_after_reopening(tmp_path: Path) -> None:
    for expected in (3, 6):
        database = Database(tmp_path / "again.sqlite", ["captcha_range.core"])
        await write_three(database)
        assert database.read(journal.entries)[-1].number == expected
        database.close()
