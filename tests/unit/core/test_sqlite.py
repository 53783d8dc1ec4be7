"""The store: one writer, commits in groups, nothing acknowledged before it is on the disk."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from captcha_range.core import sqlite
from captcha_range.core.sqlite import CHECKPOINT_AFTER, GROUP_LIMIT, Database, StoreTooNew, StoreUnavailable

MIGRATIONS = {
    "0001_things.sql": "CREATE TABLE things (name TEXT PRIMARY KEY, size INTEGER);\n",
    "0002_size.sql": "-- a comment; with a semicolon\nCREATE INDEX things_by_size ON things (size);\n",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], str]:
    """Makes an importable package with these migrations, and gives its name."""
    made: list[str] = []

    def make(scripts: dict[str, str]) -> str:
        name = f"stored_{tmp_path.name}_{len(made)}".replace("-", "_").replace("[", "_").replace("]", "_")
        folder = tmp_path / "packages" / name / "migrations"
        folder.mkdir(parents=True)
        (folder.parent / "__init__.py").write_text("")
        for file, script in scripts.items():
            (folder / file).write_text(script)
        made.append(name)
        return name

    monkeypatch.syspath_prepend(tmp_path / "packages")
    return make


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def database(file: Path, package: Callable[[dict[str, str]], str]) -> Iterator[Database]:
    database = Database(file, [package(MIGRATIONS)])
    yield database
    database.close()


def insert(name: str, size: int = 0) -> Callable[[sqlite3.Connection], None]:
    def operation(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO things VALUES (?, ?)", (name, size))

    return operation


def names(connection: sqlite3.Connection) -> list[str]:
    return [row["name"] for row in connection.execute("SELECT name FROM things ORDER BY name")]


def from_outside(file: Path) -> list[str]:
    """The names that another process would see: only what is committed."""
    connection = sqlite3.connect(file)
    connection.row_factory = sqlite3.Row
    try:
        return names(connection)
    finally:
        connection.close()


def giving(number: int) -> Callable[[sqlite3.Connection], int]:
    return lambda _: number


def noting(numbers: list[int], number: int) -> Callable[[sqlite3.Connection], None]:
    return lambda _: numbers.append(number)


def on_the_writer(database: Database, statement: str) -> Callable[[sqlite3.Connection], str]:
    return lambda connection: str(connection.execute(statement).fetchone()[0])


class HeldUp:
    """An operation that keeps the writer busy until it is let go, so that others have to wait for it."""

    def __init__(self) -> None:
        self.running, self.let_go = threading.Event(), threading.Event()

    def __call__(self, connection: sqlite3.Connection) -> None:
        self.running.set()
        assert self.let_go.wait(10)


async def test_a_result_comes_only_after_the_commit(database: Database, file: Path) -> None:
    for number in range(20):
        await database.write(insert(f"{number:02}"))
        assert len(from_outside(file)) == number + 1


async def test_a_result_that_is_not_committed_yet_is_not_seen_by_readers(database: Database, file: Path) -> None:
    held = HeldUp()
    first = asyncio.ensure_future(database.write(insert("a")))
    second = asyncio.ensure_future(database.write(held))
    await asyncio.to_thread(held.running.wait, 10)
    assert database.read(names) == from_outside(file)
    held.let_go.set()
    await asyncio.gather(first, second)
    assert database.read(names) == ["a"]


async def test_an_operation_gives_its_result_to_its_own_caller(database: Database) -> None:
    sizes = await asyncio.gather(*[database.write(giving(number)) for number in range(500)])
    assert sizes == list(range(500))


async def test_an_exception_of_an_operation_reaches_its_caller_and_undoes_that_operation(
    database: Database, file: Path
) -> None:
    def half(connection: sqlite3.Connection) -> None:
        insert("half")(connection)
        raise LookupError("and no further")

    with pytest.raises(LookupError, match="and no further"):
        await database.write(half)
    assert from_outside(file) == []


async def test_one_failing_operation_of_a_group_does_not_undo_the_others(database: Database, file: Path) -> None:
    held = HeldUp()
    waiting = asyncio.ensure_future(database.write(held))
    await asyncio.to_thread(held.running.wait, 10)
    group = asyncio.gather(
        database.write(insert("a")),
        database.write(insert("a")),  # taken
        database.write(lambda connection: connection.execute("SELECT * FROM nothing")),
        database.write(insert("b")),
        return_exceptions=True,
    )
    await asyncio.sleep(0)
    held.let_go.set()
    await waiting
    first, taken, wrong, last = await group
    assert (first, last) == (None, None)
    assert isinstance(taken, sqlite3.IntegrityError)
    assert isinstance(wrong, sqlite3.OperationalError)
    assert from_outside(file) == ["a", "b"]


async def test_writes_that_wait_are_committed_together(database: Database) -> None:
    statements: list[str] = []
    held = HeldUp()
    await database.write(lambda connection: connection.set_trace_callback(statements.append))
    waiting = asyncio.ensure_future(database.write(held))
    await asyncio.to_thread(held.running.wait, 10)
    statements.clear()
    writes = [asyncio.ensure_future(database.write(insert(f"{number:04}"))) for number in range(3 * GROUP_LIMIT)]
    await asyncio.sleep(0)
    held.let_go.set()
    await asyncio.gather(waiting, *writes)
    await database.write(lambda connection: connection.set_trace_callback(None))
    # One for the operation that held the writer up, three full groups, and the end of the trace at most.
    assert 4 <= statements.count("COMMIT") <= 5
    assert len(database.read(names)) == 3 * GROUP_LIMIT


async def test_writes_run_in_the_order_in_which_they_came(database: Database) -> None:
    ran: list[int] = []
    await asyncio.gather(*[database.write(noting(ran, number)) for number in range(600)])
    assert ran == list(range(600))


async def test_a_caller_that_gives_up_does_not_disturb_the_others(database: Database, file: Path) -> None:
    held = HeldUp()
    waiting = asyncio.ensure_future(database.write(held))
    await asyncio.to_thread(held.running.wait, 10)
    impatient = asyncio.ensure_future(database.write(insert("impatient")))
    patient = asyncio.ensure_future(database.write(insert("patient")))
    await asyncio.sleep(0)
    impatient.cancel()
    held.let_go.set()
    await asyncio.gather(waiting, patient)
    assert "patient" in from_outside(file)


async def test_the_writer_forces_every_commit_to_the_disk(database: Database) -> None:
    assert await database.write(on_the_writer(database, "PRAGMA journal_mode")) == "wal"
    assert await database.write(on_the_writer(database, "PRAGMA synchronous")) == "2"  # FULL
    assert await database.write(on_the_writer(database, "PRAGMA foreign_keys")) == "1"


@pytest.mark.parametrize(("after", "is_moved"), [(CHECKPOINT_AFTER, True), (1_000_000, False)])
async def test_an_idle_writer_brings_the_log_into_the_file(
    database: Database, file: Path, monkeypatch: pytest.MonkeyPatch, after: int, is_moved: bool
) -> None:
    monkeypatch.setattr(sqlite, "CHECKPOINT_AFTER", after)
    written = 0
    # More than once: a write that comes at the same moment puts it off.
    while b"thing 0" not in file.read_bytes() and written < 10 * CHECKPOINT_AFTER:
        await database.write(insert(f"thing {written}"))
        written += 1
    assert (CHECKPOINT_AFTER <= written < 10 * CHECKPOINT_AFTER) is is_moved
    assert len(from_outside(file)) == written


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        database.read(insert("a"))


async def test_a_full_disk_is_reported_as_such_and_undoes_nothing_that_was_acknowledged(
    database: Database, file: Path
) -> None:
    await database.write(insert("kept"))
    await database.write(
        lambda connection: connection.execute(
            f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0]}"
        ).fetchall()
    )
    with pytest.raises(StoreUnavailable, match="full"):
        await database.write(insert("x" * 100_000))
    assert from_outside(file) == ["kept"]
    await database.write(lambda connection: connection.execute("PRAGMA max_page_count = 1000000").fetchall())
    await database.write(insert("later"))
    assert from_outside(file) == ["kept", "later"]


async def test_a_failed_commit_fails_every_write_of_its_group_and_the_next_group_works(
    database: Database, file: Path
) -> None:
    def promise_nobody_keeps(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO children VALUES ('nobody')")

    await database.write(
        lambda connection: connection.execute(
            "CREATE TABLE children (of TEXT REFERENCES things (name) DEFERRABLE INITIALLY DEFERRED)"
        )
    )
    held = HeldUp()
    waiting = asyncio.ensure_future(database.write(held))
    await asyncio.to_thread(held.running.wait, 10)
    group = asyncio.gather(database.write(insert("a")), database.write(promise_nobody_keeps), return_exceptions=True)
    await asyncio.sleep(0)
    held.let_go.set()
    await waiting
    assert [type(each) for each in await group] == [StoreUnavailable, StoreUnavailable]
    assert from_outside(file) == []
    await database.write(insert("b"))
    assert from_outside(file) == ["b"]


async def test_an_operation_that_ends_the_transaction_itself_is_not_acknowledged(database: Database) -> None:
    with pytest.raises(StoreUnavailable):
        await database.write(lambda connection: connection.execute("ROLLBACK"))
    await database.write(insert("a"))
    assert database.read(names) == ["a"]


async def test_closing_commits_what_waits(file: Path, package: Callable[[dict[str, str]], str]) -> None:
    database = Database(file, [package(MIGRATIONS)])
    writes = [asyncio.ensure_future(database.write(insert(f"{number:02}"))) for number in range(20)]
    await asyncio.sleep(0)
    database.close()
    await asyncio.gather(*writes)
    assert len(from_outside(file)) == 20


async def test_a_write_after_closing_is_refused_at_once(file: Path, package: Callable[[dict[str, str]], str]) -> None:
    database = Database(file, [package(MIGRATIONS)])
    database.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await asyncio.wait_for(database.write(insert("a")), 5)


def test_a_look_up_after_closing_is_refused(file: Path, package: Callable[[dict[str, str]], str]) -> None:
    database = Database(file, [package(MIGRATIONS)])
    database.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        database.read(lambda connection: connection.execute("SELECT 1"))


def schema(file: Path) -> dict[str, int]:
    connection = sqlite3.connect(file)
    try:
        return dict(connection.execute("SELECT package, number FROM schema").fetchall())
    finally:
        connection.close()


def test_migrations_are_applied_once_in_order(file: Path, package: Callable[[dict[str, str]], str]) -> None:
    name = package(MIGRATIONS)
    for _ in range(3):
        Database(file, [name]).close()
        assert schema(file) == {name: 2}


def test_a_newer_version_applies_only_what_is_new(file: Path, package: Callable[[dict[str, str]], str]) -> None:
    name = package({"0001_things.sql": MIGRATIONS["0001_things.sql"]})
    Database(file, [name]).close()
    folder = file.parent / "packages" / name / "migrations"
    (folder / "0002_size.sql").write_text(MIGRATIONS["0002_size.sql"])
    Database(file, [name]).close()
    assert schema(file) == {name: 2}


def test_packages_count_their_migrations_separately(file: Path, package: Callable[[dict[str, str]], str]) -> None:
    one = package(MIGRATIONS)
    two = package({"0001_other.sql": "CREATE TABLE other (x);"})
    Database(file, [one, two]).close()
    assert schema(file) == {one: 2, two: 1}


def test_a_file_of_a_newer_version_is_refused_and_left_alone(
    file: Path, package: Callable[[dict[str, str]], str]
) -> None:
    name = package(MIGRATIONS)
    Database(file, [name]).close()
    (file.parent / "packages" / name / "migrations" / "0002_size.sql").unlink()
    with pytest.raises(StoreTooNew, match=f"holds {name} schema 2, this version knows 1"):
        Database(file, [name])
    assert schema(file) == {name: 2}


@pytest.mark.parametrize("scripts", [{"0002_a.sql": ""}, {"0001_a.sql": "", "0003_b.sql": ""}, {"1_a.sql": ""}])
def test_a_gap_in_the_numbers_is_refused(
    file: Path, package: Callable[[dict[str, str]], str], scripts: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match="expected 000"):
        Database(file, [package(scripts)])


def test_a_migration_that_fails_leaves_nothing_behind(file: Path, package: Callable[[dict[str, str]], str]) -> None:
    name = package({"0001_bad.sql": "CREATE TABLE half (x); CREATE TABLE half (x);"})
    with pytest.raises(sqlite3.OperationalError):
        Database(file, [name])
    connection = sqlite3.connect(file)
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    connection.close()
    assert tables == ["schema"]
