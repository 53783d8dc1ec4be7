"""SQLite with one writer that commits in groups.

Every write runs in one thread. Whatever arrives while a commit is being forced to the disk joins the next
transaction, so that durability (WAL, synchronous=FULL) costs one flush a group and not one a write.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from captcha_range.core.errors import RangeError

T = TypeVar("T")
Operation = Callable[[sqlite3.Connection], T]

GROUP_LIMIT = 256
CHECKPOINT_AFTER = 16
"""Groups after which an idle writer brings the log into the file: with pictures in them, some 250 to 800 pages."""


class StoreUnavailable(RangeError):
    """The store could not commit (disk full, say); the outcome of the request is unknown."""

    code = "store_unavailable"


class StoreTooNew(RangeError):
    """The file was written by a newer version of captcha-range; use that version or another data directory."""

    code = "store_too_new"


class Database:
    """One SQLite file: awaited writes in the writer thread, direct reads beside it.

    `packages` name the packages whose `migrations/NNNN_*.sql` make up the schema, in order.
    """

    def __init__(self, path: Path, packages: Sequence[str]) -> None:
        self._writer = _connect(path)
        for package in packages:
            _migrate(self._writer, package)
        self._reader = _connect(path)
        self._reader.execute("PRAGMA query_only = ON")
        self._waiting: queue.SimpleQueue[_Pending | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=f"writer {path.name}", daemon=True)
        self._thread.start()

    async def write(self, operation: Operation[T]) -> T:
        """Run `operation` in a transaction and return its result once that is on the disk.

        An exception of the operation undoes that operation only, and is raised here. StoreUnavailable
        if the store could not do it (disk full, say) or the group could not be committed.
        """
        if self._closed:
            raise StoreUnavailable("the store is closed")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.put(_Pending(operation, future))
        result: T = await future
        return result

    def read(self, operation: Operation[T]) -> T:
        """Run a short look-up at once, in the calling thread (the event loop's), on committed data.

        StoreUnavailable once the store is closed.
        """
        if self._closed:
            raise StoreUnavailable("the store is closed")
        return operation(self._reader)

    def close(self) -> None:
        """Commit what waits, then close the file. Called in the event loop's thread, as `write` is."""
        self._closed = True
        self._waiting.put(None)
        self._thread.join()
        self._reader.close()
        self._writer.close()

    def _run(self) -> None:
        unmoved = 0
        while True:
            group, closing = self._next_group()
            if group:
                _settle(group, _commit_group(self._writer, group))
                unmoved += 1
            if closing:
                return
            # SQLite would do it at the end of a commit, and its caller would wait.
            if unmoved >= CHECKPOINT_AFTER and self._waiting.empty():
                _checkpoint(self._writer)
                unmoved = 0

    def _next_group(self) -> tuple[list["_Pending"], bool]:
        pending = self._waiting.get()
        group: list[_Pending] = []
        while pending is not None:
            group.append(pending)
            if len(group) == GROUP_LIMIT or self._waiting.empty():
                return group, False
            pending = self._waiting.get_nowait()
        return group, True


class _Pending:
    __slots__ = ("error", "future", "operation", "result")

    def __init__(self, operation: Operation[Any], future: "asyncio.Future[Any]") -> None:
        self.operation = operation
        self.future = future
        self.result: Any = None
        self.error: BaseException | None = None


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    connection.row_factory = sqlite3.Row
    # Without recursive_triggers, REPLACE would delete a journal entry behind its delete trigger's back.
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "busy_timeout = 5000",
        "recursive_triggers = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _commit_group(connection: sqlite3.Connection, group: list[_Pending]) -> sqlite3.Error | None:
    """Run a group in one transaction; the error if the transaction as a whole failed.

    Savepoints are dear and matter only when an operation fails. So a group runs without them first, and
    only if one failed again with them: an operation may run twice, and must touch nothing but the database.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
        if not _run_all(connection, group):
            connection.execute("BEGIN IMMEDIATE")
            for pending in group:
                _run_one(connection, pending)
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        return error
    return None


def _checkpoint(connection: sqlite3.Connection) -> None:
    """Move what the log holds into the file, as far as no reader needs it. What fails here is tried again later."""
    with contextlib.suppress(sqlite3.Error):
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _run_all(connection: sqlite3.Connection, group: list[_Pending]) -> bool:
    """Run every operation; False, and everything undone, if one failed."""
    try:
        for pending in group:
            pending.result = pending.operation(connection)
    except Exception:  # noqa: BLE001 - the second run gives it to the caller who awaits it
        with contextlib.suppress(sqlite3.Error):  # SQLite undoes a transaction by itself when the disk is full
            connection.execute("ROLLBACK")
        return False
    return True


def _run_one(connection: sqlite3.Connection, pending: _Pending) -> None:
    connection.execute("SAVEPOINT one")
    try:
        pending.result = pending.operation(connection)
    except Exception as error:  # whatever it is belongs to the caller who awaits it
        if isinstance(error, sqlite3.Error) and not connection.in_transaction:
            raise  # SQLite undid the whole transaction, as it does when the disk is full
        pending.error = StoreUnavailable(f"the store could not write: {error}") if _is_of_the_store(error) else error
        connection.execute("ROLLBACK TO one")
    connection.execute("RELEASE one")


def _is_of_the_store(error: Exception) -> bool:
    """Whether the disk or the file failed, rather than the statement or its data."""
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode != sqlite3.SQLITE_ERROR


def _settle(group: list[_Pending], failure: sqlite3.Error | None) -> None:
    if failure is not None:
        for pending in group:
            pending.error = StoreUnavailable(f"the store could not commit: {failure}")
    # One wake-up a group, not one a write.
    by_loop: dict[asyncio.AbstractEventLoop, list[_Pending]] = {}
    for pending in group:
        by_loop.setdefault(pending.future.get_loop(), []).append(pending)
    for loop, settled in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop closed: nobody waits any more
            loop.call_soon_threadsafe(_wake, settled)


def _wake(settled: list[_Pending]) -> None:
    for pending in settled:
        if pending.future.cancelled():
            continue
        if pending.error is not None:
            pending.future.set_exception(pending.error)
        else:
            pending.future.set_result(pending.result)


def _migrate(connection: sqlite3.Connection, package: str) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS schema (package TEXT PRIMARY KEY, number INTEGER NOT NULL)")
    row = connection.execute("SELECT number FROM schema WHERE package = ?", (package,)).fetchone()
    applied = 0 if row is None else int(row[0])
    scripts = _migrations(package)
    if applied > len(scripts):
        raise StoreTooNew(
            f"the data directory holds {package} schema {applied}, this version knows {len(scripts)}; "
            "use the newer version or another data directory"
        )
    for number, script in enumerate(scripts[applied:], start=applied + 1):
        record = f"INSERT OR REPLACE INTO schema VALUES ('{package}', {number});"  # noqa: S608 - our own names
        connection.executescript(f"BEGIN IMMEDIATE; {script}\n{record} COMMIT;")


def _migrations(package: str) -> list[str]:
    """The package's migration scripts; their numbers must run 0001, 0002, … without a gap."""
    folder = resources.files(package) / "migrations"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    for number, file in enumerate(files, start=1):
        if not file.name.startswith(f"{number:04d}_"):
            raise ValueError(f"{package}/migrations: expected {number:04d}_….sql, found {file.name}")
    return [file.read_text() for file in files]
